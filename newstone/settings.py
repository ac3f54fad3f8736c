"""The sections of newstone.toml. Each field is documented by the text on the line after it, which the file repeats."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AnyHttpUrl, BaseModel, ConfigDict, Field, TypeAdapter


def _check_url(value: str) -> str:
    if value:
        TypeAdapter(AnyHttpUrl).validate_python(value)
    return value


Url = Annotated[str, AfterValidator(_check_url)]


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
    """A fetched page is not fetched again within this time."""
    max_pages_per_source: int = Field(500, ge=1)
    """Pages fetched of one source in one night; the rest stays pending."""
    allow_addresses: tuple[str, ...] = ()
    """Private addresses that may be fetched all the same, as "127.0.0.1:8899" or "10.0.0.0/8". Normally none."""


class ExtractSettings(Section):
    """How pages become articles."""

    workers: int = Field(0, ge=0, le=256)
    """Processes for extraction; 0 = one per processor core."""


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
    """List-Unsubscribe: a mailto: or https: address; "" leaves the header out."""


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
    timeout_seconds: float = Field(30, gt=0)
    """Time limit for each answer of the server."""
    attempts: int = Field(4, ge=1, le=10)
    """Tries for a failure that may pass; the pause doubles from 5 seconds on."""
