"""Sources: one TOML file per outlet, its stem the id of the source.

``check_sources`` tells everything that is wrong in a folder; ``load_sources`` gives the sources or raises.
"""

import difflib
import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, Field, ValidationError, field_validator, model_validator

from crawler.iso_codes import COUNTRIES, INTERNATIONAL, LANGUAGES, UNDETERMINED
from crawler.links import absolute_http_url
from crawler.overrides import MAX_OVERRIDES, STRICT, Override, ZoneName, overlaps
from pipelines.errors import SourceError
from pipelines.redaction import redacted

ID_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]*")
"""What a source id, and so a file stem, looks like."""

MAX_SOURCE_FILE_BYTES = 65_536
"""A source file is some hundred bytes; anything this large is something else."""


class Medium(StrEnum):
    """What kind of medium a source is; company newsrooms and state media are shown apart from earned media."""

    PRESS = "press"
    AGENCY = "agency"
    BLOG = "blog"
    AGGREGATOR = "aggregator"
    COMPANY_NEWSROOM = "company_newsroom"
    STATE_MEDIA = "state_media"


class DiscoveryKind(StrEnum):
    """How article addresses are found."""

    FEED = "feed"
    NEWS_SITEMAP = "news_sitemap"
    SECTION = "section"


def _language(value: str) -> str:
    if value not in LANGUAGES and value != UNDETERMINED:
        raise ValueError(f"{value!r} is no ISO 639-1 code; write two lower-case letters such as 'de', or 'und'")
    return value


def _country(value: str) -> str:
    if value not in COUNTRIES and value != INTERNATIONAL:
        raise ValueError(f"{value!r} is no ISO 3166-1 code; write two capitals such as 'DE', or 'INT'")
    return value


def _web_address(value: str) -> str:
    if absolute_http_url(value, "") is None or re.search(r"\s", value):
        raise ValueError(f"{value!r} is no web address; write it in full with https:// or http://")
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is no regular expression ({error}); mend it or leave the key out") from None
    return value


def _source_id(value: str) -> str:
    if not ID_PATTERN.fullmatch(value):
        raise ValueError(f"{value!r} is no source id; name the file with a-z, 0-9, - and _ only")
    return value


Language = Annotated[str, AfterValidator(_language)]
Country = Annotated[str, AfterValidator(_country)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
LinkPattern = Annotated[str, AfterValidator(_pattern)]
SourceId = Annotated[str, AfterValidator(_source_id)]
Share = Annotated[float, Field(ge=0, le=1)]


class Discovery(BaseModel):
    """One place where article addresses are found."""

    model_config = STRICT

    kind: DiscoveryKind
    """``feed`` (RSS, Atom, RDF), ``news_sitemap`` (Google News or plain sitemap, or an index) or ``section`` (HTML)."""
    url: WebAddress
    """Address of the feed, sitemap or section page."""
    link_pattern: LinkPattern | None = None
    """Section pages only: regular expression searched in the absolute URL of each link; without it, by heuristics."""

    @model_validator(mode="after")
    def _pattern_belongs_to_sections(self) -> Self:
        if self.link_pattern is not None and self.kind is not DiscoveryKind.SECTION:
            raise ValueError(f"link_pattern has no meaning for kind {self.kind.value!r}; remove it")
        return self


class Expect(BaseModel):
    """What a healthy week looks like; ``newstone status`` shows a source that falls out of it. Rough on purpose."""

    model_config = STRICT

    articles_per_day_min: Annotated[float, Field(ge=0)] = 0.0
    """Articles per day, mean over seven days: fewer is suspicious."""
    articles_per_day_max: Annotated[float, Field(gt=0)] = 500.0
    """Articles per day, mean over seven days: more is suspicious."""
    title_fill: Share = 0.9
    """Least share (0..1) of articles that have a title."""
    date_fill: Share = 0.8
    """Least share (0..1) of articles whose date was read, not assumed from the first fetch."""

    @model_validator(mode="after")
    def _range_is_a_range(self) -> Self:
        if self.articles_per_day_min > self.articles_per_day_max:
            raise ValueError(
                f"articles_per_day_min {self.articles_per_day_min:g} is above articles_per_day_max"
                f" {self.articles_per_day_max:g}; swap them"
            )
        return self


class Crawl(BaseModel):
    """How gently the hosts of a source are asked."""

    model_config = STRICT

    delay_seconds: Annotated[float, Field(ge=0, le=600)] | None = None
    """Seconds between two requests to one host; None: the crawl's default. A longer Crawl-delay of robots.txt wins."""
    concurrency: Annotated[int, Field(ge=1, le=2)] = 1
    """Requests to one host at the same time."""


class Source(BaseModel):
    """One outlet."""

    model_config = STRICT

    id: SourceId
    """The stem of the file, never a key in it; unique over the whole tree."""
    name: Annotated[str, Field(min_length=1, max_length=200)]
    """Name of the outlet as readers know it, in its own script."""
    language: Language
    """Language of the articles, ISO 639-1 in lower case; ``und``: told from the text of each article."""
    script: Annotated[str, Field(pattern=r"^([A-Z][a-z]{3})?$")] = ""
    """Script where the language has several, ISO 15924 (``Hant``); empty: the usual one."""
    country: Country
    """Where the outlet is at home, ISO 3166-1 alpha-2 in capitals; ``INT``: international or not known."""
    medium: Medium
    """``press``, ``agency``, ``blog``, ``aggregator``, ``company_newsroom`` or ``state_media``."""
    company: Annotated[str, Field(pattern=r"^([a-z0-9_]+)?$")] = ""
    """Company newsrooms only: the watchlist id of the company; empty where it is not watched."""
    zone: ZoneName = "UTC"
    """IANA time zone in which dates without an offset are meant. A change holds for pages that come from then on;
    ``newstone extract --since`` reads kept pages again."""
    homepage: WebAddress
    """Start page of the outlet, for people."""
    enabled: bool = True
    """False: kept in the tree, never crawled."""
    notes: str = ""
    """Anything a person should know about this source."""
    discovery: Annotated[tuple[Discovery, ...], Field(min_length=1)]
    """Where articles are found; at least one."""
    expect: Expect = Expect()
    """What a healthy week looks like."""
    crawl: Crawl = Crawl()
    """How gently the hosts are asked."""
    override: Annotated[tuple[Override, ...], Field(max_length=MAX_OVERRIDES)] = ()
    """How pages of one period are to be read, where the usual way fails (:mod:`crawler.overrides`)."""

    @model_validator(mode="after")
    def _company_belongs_to_newsrooms(self) -> Self:
        if self.company and self.medium is not Medium.COMPANY_NEWSROOM:
            raise ValueError(f"company is set but medium is {self.medium.value!r}; set medium = 'company_newsroom'")
        urls = [entry.url for entry in self.discovery]
        twice = sorted({url for url in urls if urls.count(url) > 1})
        if twice:
            raise ValueError(f"discovery names {twice[0]!r} twice; remove one")
        return self

    @field_validator("override")
    @classmethod
    def _one_override_a_day(cls, blocks: tuple[Override, ...]) -> tuple[Override, ...]:
        for problem in overlaps(blocks):
            raise ValueError(problem)
        return blocks


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a source file; ``key`` is dotted ("discovery.0.url"), "" for the whole file."""

    path: Path
    key: str
    message: str  # names the value and the remedy

    def __str__(self) -> str:
        return redacted(f"{self.path}: {self.key}: {self.message}" if self.key else f"{self.path}: {self.message}")


def parse_source(text: str, path: Path) -> tuple[Source | None, list[Problem]]:
    """Give the source that a TOML text describes, or everything that is wrong with it; ``path`` names it."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return None, [Problem(path, "", f"not valid TOML: {error}; mend the file at that place")]
    if "id" in table:
        return None, [Problem(path, "id", f"the id is the file name ({path.stem}); remove the key")]
    try:
        return Source.model_validate({**table, "id": path.stem}), []
    except ValidationError as error:
        return None, [_problem(path, found) for found in error.errors(include_url=False)]


def check_sources(folder: Path) -> list[Problem]:
    """Give everything that is wrong in the source files below ``folder``, by file; empty when all is well."""
    return _read(folder)[1]


def load_sources(folder: Path) -> dict[str, Source]:
    """Give the sources of all ``*.toml`` files below ``folder`` by id, in order of id; disabled ones included.

    Raises:
        SourceError: the folder is missing, or files are wrong; the message has one line per problem, each naming
            file, key and remedy.
    """
    sources, problems = _read(folder)
    if problems:
        raise SourceError("\n".join(str(problem) for problem in problems))
    return dict(sorted(sources.items()))


def shipped_sources_dir() -> Path:
    """Give the folder of the source files that come with newstone."""
    return Path(__file__).resolve().parent / "sources"


def source_version(source: Source) -> str:
    """Give 16 hex digits that change when anything in the source changes."""
    # sources without overrides keep the version that they had before there were any
    content = source.model_dump(mode="json", exclude=set() if source.override else {"override"})
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _read(folder: Path) -> tuple[dict[str, Source], list[Problem]]:
    if not folder.is_dir():
        return {}, [Problem(folder, "", "no such folder; create it with `newstone init`, or name the right one")]
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    path_of_id: dict[str, Path] = {}
    path_of_url: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.toml")):
        first = path_of_id.setdefault(path.stem, path)
        if first != path:
            problems.append(Problem(path, "", f"id {path.stem!r} is taken by {first}; rename one of the files"))
            continue
        try:
            text = _read_text(path)
        except (OSError, UnicodeDecodeError, ValueError) as error:
            problems.append(Problem(path, "", f"cannot be read: {error}; mend or remove the file"))
            continue
        source, found = parse_source(text, path)
        problems.extend(found)
        if source is None:
            continue
        sources[source.id] = source
        for number, entry in enumerate(source.discovery):
            first = path_of_url.setdefault(entry.url, path)
            if first != path:
                problems.append(
                    Problem(path, f"discovery.{number}.url", f"{entry.url} is also in {first}; keep it in one file")
                )
    return sources, problems


def _read_text(path: Path) -> str:
    size = path.stat().st_size
    if size > MAX_SOURCE_FILE_BYTES:
        raise ValueError(f"{size} bytes are too many for a source file (limit {MAX_SOURCE_FILE_BYTES})")
    return path.read_text(encoding="utf-8-sig")


_KEYS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "": frozenset(Source.model_fields) - {"id"},
        "discovery": frozenset(Discovery.model_fields),
        "expect": frozenset(Expect.model_fields),
        "crawl": frozenset(Crawl.model_fields),
        "override": frozenset(Override.model_fields),
    }
)


def _problem(path: Path, found: Any) -> Problem:
    location = tuple(found["loc"])
    key = ".".join(str(part) for part in location)
    kind: str = found["type"]
    if kind == "extra_forbidden":
        known = sorted(_keys_beside(location))
        near = difflib.get_close_matches(str(location[-1]), known, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else f"remove it; known keys: {', '.join(known)}"
        return Problem(path, key, f"unknown key; {remedy}")
    if kind == "missing":
        return Problem(path, key, f"missing; add {location[-1]!r}")
    message: str = found["msg"].removeprefix("Value error, ")
    if kind == "value_error":
        return Problem(path, key, message)
    if kind == "tuple_type":
        is_table = key in ("discovery", "override")
        remedy = f"write [[{key}]] above it" if is_table else "write a list in square brackets"
        return Problem(path, key, f"only one where several may stand; {remedy}")
    if kind == "too_short" and found["input"] in ((), []):
        return Problem(
            path, key, "nothing stands in it; add something" + ("" if key == "discovery" else " or leave it out")
        )
    given = found["input"]
    shown = f"{given!r}: " if isinstance(given, str | int | float | bool) else ""
    return Problem(path, key, f"{shown}{message[:1].lower()}{message[1:]}; mend the value")


def _keys_beside(location: tuple[str | int, ...]) -> Iterator[str]:
    table = str(location[0]) if len(location) > 1 else ""
    yield from _KEYS.get(table, _KEYS[""])
