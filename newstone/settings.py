"""The sections of newstone.toml. Each field is documented by the text on the line after it, which the file repeats."""

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AnyHttpUrl, BaseModel, ConfigDict, Field, TypeAdapter, model_validator


def _check_url(value: str) -> str:
    if value:
        TypeAdapter(AnyHttpUrl).validate_python(value)
    return value


def _check_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("no such time zone; write one such as Europe/Berlin or UTC") from error
    return value


def _check_hours(value: str) -> str:
    clock = "([01][0-9]|2[0-3]):[0-5][0-9]"
    found = re.fullmatch(f"(?P<begin>{clock})-(?P<end>{clock})", value)
    if value and (found is None or found["begin"] == found["end"]):
        raise ValueError('write two different times such as "22:00-07:00", or "" for none')
    return value


def _check_language(value: str) -> str:
    if re.fullmatch("[a-z]{2}", value) is None:
        raise ValueError('write a language as two letters (ISO 639-1), such as "de"')
    return value


Url = Annotated[str, AfterValidator(_check_url)]
ZoneName = Annotated[str, AfterValidator(_check_zone)]
Hours = Annotated[str, AfterValidator(_check_hours)]
LanguageCode = Annotated[str, AfterValidator(_check_language)]


class Section(BaseModel):
    """Base of all sections: frozen, no unknown keys, documented by the text on the line after each field."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class PathSettings(Section):
    """Where things lie; relative paths count from the folder of newstone.toml."""

    data: Path = Path("data")
    """Folder for pages, crawl state, database and logs."""
    sources: Path = Path("sources")
    """Folder with one TOML file per outlet."""
    watchlist: Path = Path("watchlist.toml")
    """The watched companies."""
    snapshot: Path = Path("newstone.duckdb")
    """The published database for analysts; replaced as a whole after each good night."""


class CrawlSettings(Section):
    """How pages are fetched."""

    contact_url: Url = ""
    """A page or repository that tells publishers who crawls; part of the user agent. Set it before a real crawl."""
    delay_seconds: float = Field(1.0, ge=0, le=600)
    """Pause between two requests to one host; a Crawl-delay in robots.txt lengthens it."""
    concurrency_per_host: int = Field(1, ge=1, le=2)
    """Requests to one host at the same time."""
    concurrency: int = Field(64, ge=1, le=512)
    """Requests to all hosts at the same time."""
    timeout_seconds: float = Field(60, gt=0, le=600)
    """Time limit for one request, from connecting to the last byte."""
    host_time_limit_seconds: float = Field(180, gt=0)
    """Time that one host may take of a night; what is not fetched by then stays pending."""
    time_limit_seconds: float = Field(6 * 3600, gt=0)
    """Time limit for the whole crawl; what is not fetched by then stays pending."""
    max_page_bytes: int = Field(8 * 1024 * 1024, ge=64 * 1024)
    """Largest page, after decompression."""
    max_redirects: int = Field(5, ge=0, le=20)
    """Redirects followed for one page."""
    revisit_days: float = Field(30, gt=0)
    """A fetched page is not fetched again within this time, but for canaries."""
    canaries: int = Field(2, ge=0, le=8)
    """Known pages fetched again each night of a source that has fewer new ones, to see that its pages still read."""
    max_pages_per_source: int = Field(500, ge=1)
    """Pages fetched of one source in one night; the rest stays pending."""
    allow_addresses: tuple[str, ...] = ()
    """Private addresses that may be fetched all the same, as "127.0.0.1:8899" or "10.0.0.0/8". Normally none."""


class ExtractSettings(Section):
    """How pages become articles."""

    workers: int = Field(0, ge=0, le=256)
    """Processes for extraction; 0 = one per processor core, at least 2. With 1 a page that crashes it ends the run."""


class ScoreSettings(Section):
    """Which model judges."""

    model: str = "builtin"
    """ "builtin", a folder with a transformers checkpoint, or a hub id such as "owner/name"."""
    revision: str = ""
    """Pinned commit of a hub model (`newstone model pull` shows it); "" for builtin and folders, which are hashed."""
    offline: bool = False
    """True never connects to the model hub; what is not in its cache is an error that says how to bring it."""
    all_languages: bool = False
    """True scores languages too that the model was not validated on."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Meaning of a checkpoint's own label names, e.g. {LABEL_0 = "negative", LABEL_1 = "neutral", …}."""
    input_form: Literal["", "pair", "sentence", "masked", "nli"] = ""
    """What the model reads: "pair" (sentence and target), "sentence", "masked" or "nli"; "" asks the checkpoint."""
    cache_rows: int = Field(1_000_000, ge=0)
    """Answers kept for a sentence that comes again, such as under another watchlist; 66 bytes each, 0 keeps none."""


class QuerySettings(Section):
    """Limits for ``newstone query``."""

    max_memory: str = Field("1GB", pattern=r"^\d+(MB|GB)$")
    """Memory that a query may use."""
    timeout_seconds: float = Field(60, gt=0)
    """Time after which a query is interrupted."""


class AnalyticsSettings(Section):
    """When a number counts."""

    minimum_voices: int = Field(5, ge=2, le=1000)
    """Fewer scored voices (texts, copies counted once) than this are "too few": no interval, no spike."""
    spike_z: float = Field(3.5, gt=0)
    """Robust z-score from which a day is a spike."""
    spike_baseline_days: int = Field(28, ge=7, le=366)
    """Days before a day that it is compared with."""
    spike_cool_down_days: int = Field(7, ge=0, le=366)
    """Days after a spike in which only a larger one of the same kind is told."""


class ReportSettings(Section):
    """The report page (`newstone report`)."""

    file: Path = Path("report.html")
    """Where the page is written."""
    days: int = Field(365, ge=1)
    """Days before the last article that the page covers."""


class DigestSettings(Section):
    """The weekly e-mail (`newstone digest`)."""

    language: Literal["en", "de"] = "en"
    """Language of the wording, of dates and of numbers."""
    folder: Path = Path("digests")
    """Where `newstone digest` writes the e-mails."""
    sender: str = ""
    """From, such as "newstone <press@example.org>"."""
    recipients: tuple[str, ...] = ()
    """To, each in a message of its own."""
    reply_to: str = ""
    """Where answers go; "" = to the sender."""
    list_id: str = ""
    """List-Id of the messages, such as "press.example.org", so that mail programs can sort them."""
    unsubscribe: str = ""
    """List-Unsubscribe: a mailto: address, or an https: one that takes a POST (RFC 8058); "" leaves the header out."""


class SmtpSettings(Section):
    """The mail server. The password comes from the environment: NEWSTONE_SMTP_PASSWORD."""

    host: str = ""
    """Name of the server."""
    port: int = Field(587, ge=1, le=65535)
    """587 for STARTTLS, 465 for TLS."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """"none" is for a server on this machine only."""
    username: str = ""
    """Name to sign in with; "" = no sign-in."""
    ca_file: str = ""
    """Certificates (PEM) to trust besides those of the system, such as that of your own authority; "" = none."""
    timeout_seconds: float = Field(30, gt=0)
    """Time limit for each answer of the server; the last one, after the message, may take 10 minutes (RFC 5321)."""
    attempts: int = Field(4, ge=1, le=10)
    """Tries for a failure that may pass; the pause doubles from 5 seconds on."""


class AlertRule(Section):
    """One rule: what is watched, and from where on it is told. Exactly one of z, above and below is set."""

    name: str = Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")
    """What the rule is called in alerts; no two are called the same."""
    entity: str = ""
    """Company by its id in the watchlist; "" = the subject."""
    measure: Literal["volume", "polarity", "theme"] = "volume"
    """"volume": voices of a day; "polarity": their mean tone; "theme": voices of a day on one theme."""
    theme: str = ""
    """Theme by its id, such as "regulation"; needed where the measure is "theme", and narrows "polarity"."""
    z: float | None = Field(None, gt=0, allow_inf_nan=False)
    """Tells days at least this far from usual, as a robust z-score against the days before."""
    above: float | None = Field(None, allow_inf_nan=False)
    """Tells days with more voices than this, or with a mean tone above it (-1 to 1)."""
    below: float | None = Field(None, allow_inf_nan=False)
    """Tells days with fewer voices than this, or with a mean tone below it (-1 to 1)."""
    direction: Literal["both", "up", "down"] = "both"
    """For z: which way is told; with voices only rises are."""
    minimum_voices: int = Field(5, ge=1, le=100_000)
    """Fewer voices than this tell nothing; for polarity only scored ones count. Not for "below" with voices."""
    cool_down_days: int = Field(3, ge=0, le=366)
    """Days around a told day in which the rule stays silent."""
    mute_until: date | None = None
    """Nothing is told of days before this one, such as 2025-03-01; leave it out for never."""
    languages: tuple[LanguageCode, ...] = ()
    """Only articles in these languages, such as ["de", "en"]; [] = all, and always all with z."""

    @model_validator(mode="after")
    def _check(self) -> "AlertRule":
        given = [key for key in ("z", "above", "below") if getattr(self, key) is not None]
        if len(given) != 1:
            said = " and ".join(given) or "none"
            raise ValueError(f"rule {self.name!r} needs exactly one of z, above and below; it has {said}")
        if self.measure == "theme" and not self.theme:
            raise ValueError(f'rule {self.name!r} measures a theme; name it, such as theme = "regulation"')
        if self.measure == "volume" and self.theme:
            raise ValueError(f'rule {self.name!r} has a theme; write measure = "theme"')
        if self.z is not None and self.languages:
            raise ValueError(f"rule {self.name!r}: z compares articles in all languages; leave languages out")
        if self.z is not None and self.direction == "down" and self.measure != "polarity":
            raise ValueError(f"rule {self.name!r}: z tells no fall in voices; use below")
        if self.z is None and self.direction != "both":
            raise ValueError(f"rule {self.name!r}: direction belongs to z; above and below say which way themselves")
        lowest, highest = (-1.0, 1.0) if self.measure == "polarity" else (0.0, float("inf"))
        for key, bound in (("above", self.above), ("below", self.below)):
            if bound is not None and (bound >= highest if key == "above" else bound <= lowest):
                what = "polarity runs from -1 to 1" if self.measure == "polarity" else "no day has less than 0 voices"
                raise ValueError(f"rule {self.name!r}: {what}, {key} = {bound:g} is never met")
        return self


class AlertSettings(Section):
    """What is told at once, after each `publish`; `newstone alerts test` shows what the rules would have told."""

    recipients: tuple[str, ...] = ()
    """To, each in a message of its own; the sender is that of [digest], the server that of [smtp]."""
    webhook_url: Url = ""
    """Where alerts are posted as JSON, https only; a secret address is better set in NEWSTONE_ALERTS__WEBHOOK_URL."""
    webhook_format: Literal["json", "slack"] = "json"
    """"json": all figures, signed where NEWSTONE_WEBHOOK_SECRET is set; "slack": what Slack and its like read."""
    webhook_timeout_seconds: float = Field(20, gt=0, le=300)
    """Time limit for each answer of the webhook."""
    quiet_hours: Hours = ""
    """Hours such as "22:00-07:00" in which nothing is sent; what fired then goes with the next `newstone publish`."""
    time_zone: ZoneName = "UTC"
    """Time zone of the quiet hours, such as "Europe/Berlin"."""
    rules: tuple[AlertRule, ...] = ()
    """The rules. Instead of this line write, at the end of this section, a block for each (more keys in the README):
    [[alerts.rules]]
    name = "tone falls"
    entity = "deepseek"
    measure = "polarity"
    below = -0.3
    minimum_voices = 8
    [[alerts.rules]]
    name = "much more press than usual"
    measure = "volume"
    z = 3.5"""

    @model_validator(mode="after")
    def _check(self) -> "AlertSettings":
        for name, n in Counter(rule.name for rule in self.rules).items():
            if n > 1:
                raise ValueError(f"{n} rules are called {name!r}; give each a name of its own")
        return self
