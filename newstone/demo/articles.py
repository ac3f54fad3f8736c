"""Reads the embedded newsroom: outlets, articles, and what a full crawl of it must find."""

import re
import tomllib
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import ClassVar, Literal
from urllib.parse import quote

from pydantic import ConfigDict, TypeAdapter, ValidationError

from pipelines.errors import DataFileError
from pipelines.outcomes import FeedOutcome, Outcome

FENCE = "+++"
"""Stands alone on the first line of an article file and on the line after the front matter."""

_BREAKING_SPACES = re.compile(r"[ \t\r\n]+")
"""What a line break in a file may become; no-break spaces (U+00A0, U+202F) are typography and stay."""


class Feature(StrEnum):
    """What is unusual about the page of one article."""

    NONE = ""
    PAYWALL = "paywall"  # teaser and a subscription box; JSON-LD says isAccessibleForFree false
    CONSENT = "consent"  # the address redirects to /consent
    WRONG_CHARSET = "wrong_charset"  # the header says iso-8859-1, the bytes are UTF-8
    MISSING = "missing"  # listed in the feed, but answers 404
    DATE_TEXT_ONLY = "date_text_only"  # no date in feed, JSON-LD or meta; only a day in local style on the page


@dataclass(frozen=True, slots=True)
class Outlet:
    """One invented outlet as ``outlets.toml`` describes it; ``host`` is lower case and ends in ``.example``."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    id: str
    name: str
    host: str
    language: str
    country: str
    zone: str
    medium: str
    feed: Literal["rss", "atom", "rdf", "news_sitemap", "section"]
    layout: Literal["broadsheet", "magazine", "blog", "portal", "wire"]
    script: str = ""
    tagline: str = ""
    feed_dates: Literal["rfc822", "iso", "naive"] = "rfc822"
    faults: tuple[Literal["broken_feed", "html_feed"], ...] = ()
    robots_disallow: tuple[str, ...] = ()
    crawl_delay_seconds: int = 0
    tdm_reserved: bool = False

    @property
    def language_tag(self) -> str:
        """Give the BCP 47 tag of the pages: language, and script where it is not the usual one ("zh-Hant")."""
        return f"{self.language}-{self.script}" if self.script else self.language

    @property
    def homepage(self) -> str:
        """Give the absolute address of the front page."""
        return f"http://{self.host}/"

    @property
    def discovery(self) -> tuple[tuple[str, str], ...]:
        """Give (kind, absolute URL) of every way to find this outlet's articles; kinds as in a source file."""
        ways = [_DISCOVERY[self.feed]]
        if "broken_feed" in self.faults:
            ways.append(_DISCOVERY["news_sitemap"])
        if "html_feed" in self.faults:
            ways.append(("feed", "/feed/old"))
        return tuple((kind, f"http://{self.host}{path}") for kind, path in ways)


_DISCOVERY = {
    "rss": ("feed", "/feed.xml"),
    "atom": ("feed", "/atom.xml"),
    "rdf": ("feed", "/index.rdf"),
    "news_sitemap": ("news_sitemap", "/news-sitemap.xml"),
    "section": ("section", "/"),
}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stands between the fences of an article file; ``published`` carries the outlet's local offset."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    outlet: str
    title: str
    published: datetime
    author: str
    section: str
    copy_of: str = ""
    feature: Feature = Feature.NONE
    encoding: Literal["utf-8", "gb18030", "shift_jis", "euc_kr"] = "utf-8"
    dateline: str = ""  # put in front of the first paragraph, as agencies and their customers do


@dataclass(frozen=True, slots=True)
class DemoArticle:
    """One article of the newsroom; ``key`` is "<language>/<slug>", paragraphs are plain text."""

    key: str
    outlet: Outlet
    front: FrontMatter
    paragraphs: tuple[str, ...]

    @property
    def slug(self) -> str:
        """Give the file's stem."""
        return self.key.partition("/")[2]

    @property
    def section_path(self) -> str:
        """Give the section as one path segment in ASCII, "news" where nothing of it is ASCII."""
        plain = unicodedata.normalize("NFKD", self.front.section).encode("ascii", "ignore").decode().lower()
        return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "news"

    @property
    def path(self) -> str:
        """Give the path of the page on its host; its form depends on the outlet's layout."""
        day = self.front.published
        slug, section = quote(self.slug), self.section_path
        return {
            "broadsheet": f"/{section}/{slug}.html",
            "magazine": f"/{section}/{day:%Y/%m}/{slug}/",
            "blog": f"/{day:%Y/%m/%d}/{slug}/",
            "portal": f"/{section}/{day:%Y%m%d}-{slug}.shtml",
            "wire": f"/story/{slug}",
        }[self.outlet.layout]

    @property
    def url(self) -> str:
        """Give the absolute address of the page."""
        return f"http://{self.outlet.host}{self.path}"

    @property
    def expected(self) -> Outcome:
        """Give the outcome in which a crawl of this page must end."""
        if any(self.path.startswith(prefix) for prefix in self.outlet.robots_disallow):
            return Outcome.ROBOTS
        return _EXPECTED.get(self.front.feature, Outcome.OK)


_EXPECTED = {
    Feature.PAYWALL: Outcome.PAYWALL,
    Feature.CONSENT: Outcome.CONSENT_WALL,
    Feature.MISSING: Outcome.GONE,
}


@dataclass(frozen=True, slots=True)
class Newsroom:
    """All outlets by id, and all articles, newest first (ties by key)."""

    outlets: dict[str, Outlet]
    articles: tuple[DemoArticle, ...]

    def of_outlet(self, outlet_id: str) -> tuple[DemoArticle, ...]:
        """Give the articles of one outlet, newest first; empty for an outlet that printed nothing."""
        return tuple(article for article in self.articles if article.outlet.id == outlet_id)


def parse_article(text: str, name: str) -> tuple[FrontMatter, tuple[str, ...]]:
    """Give front matter and paragraphs of one article file; ``name`` stands in messages.

    Raises:
        DataFileError: no fences, TOML that does not parse, an unknown or missing key, or a date without an offset.
    """
    pieces = re.split(rf"^{re.escape(FENCE)}[ \t]*$", text, maxsplit=2, flags=re.MULTILINE)
    if len(pieces) != 3 or pieces[0].strip():
        raise DataFileError(f"{name}: put the front matter between two lines {FENCE!r} at the top of the file")
    try:
        front = TypeAdapter(FrontMatter).validate_python(tomllib.loads(pieces[1]))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise DataFileError(f"{name}: the front matter is wrong: {error}") from error
    if front.published.tzinfo is None:
        raise DataFileError(f"{name}: published = {front.published.isoformat()} has no offset, e.g. +01:00")
    blocks = re.split(r"\n\s*\n", pieces[2].strip())
    return front, tuple(_BREAKING_SPACES.sub(" ", block).strip() for block in blocks if block.strip())


def load_outlets() -> dict[str, Outlet]:
    """Read ``outlets.toml``: outlet id to outlet, in the order of the file.

    Raises:
        DataFileError: an unknown key or value.
    """
    raw = tomllib.loads((files("newstone.demo") / "outlets.toml").read_text("utf-8"))
    adapter = TypeAdapter(Outlet)
    try:
        return {name: adapter.validate_python({"id": name, **table}) for name, table in raw["outlets"].items()}
    except ValidationError as error:
        raise DataFileError(f"outlets.toml: {error}") from error


@cache
def load_newsroom() -> Newsroom:
    """Read all outlets and articles of the package; cached, about 50 ms the first time.

    Raises:
        DataFileError: a file does not parse, names an outlet that does not exist, copies an article that does not
            exist, or has neither a body nor ``copy_of``.
    """
    outlets = load_outlets()
    articles: dict[str, DemoArticle] = {}
    for key, file in _article_files():
        front, paragraphs = parse_article(file.read_text("utf-8"), key)
        if front.outlet not in outlets:
            raise DataFileError(f"{key}: outlet {front.outlet!r} is not in outlets.toml")
        articles[key] = DemoArticle(key, outlets[front.outlet], front, paragraphs)
    for key, article in articles.items():
        if not article.paragraphs:
            original = articles.get(article.front.copy_of)
            if original is None or not original.paragraphs:
                raise DataFileError(f"{key}: write a body, or name in copy_of an article that has one")
            articles[key] = replace(article, paragraphs=original.paragraphs)
    for key, article in articles.items():
        if article.front.dateline:
            first, *others = article.paragraphs
            articles[key] = replace(article, paragraphs=(f"{article.front.dateline} {first}", *others))
    newest_first = sorted(articles.values(), key=lambda article: article.key)
    newest_first.sort(key=lambda article: article.front.published, reverse=True)
    return Newsroom(outlets, tuple(newest_first))


def expected_outcomes() -> dict[Outcome, int]:
    """Give how many pages of a full crawl must end in each outcome; outcomes that do not occur are left out."""
    return dict(Counter(article.expected for article in load_newsroom().articles))


def expected_feed_outcomes() -> dict[FeedOutcome, int]:
    """Give how many feeds, sitemaps and section pages of a first full crawl must end in each outcome."""
    count: Counter[FeedOutcome] = Counter()
    for outlet in load_newsroom().outlets.values():
        for kind, url in outlet.discovery:
            if url.endswith("/feed/old"):
                count[FeedOutcome.NOT_A_FEED] += 1
            elif kind == "feed" and "broken_feed" in outlet.faults:
                count[FeedOutcome.MALFORMED] += 1
            else:
                count[FeedOutcome.OK] += 1
    return dict(count)


def _article_files() -> list[tuple[str, Traversable]]:
    """Give ("<language>/<slug>", file) of every article file, sorted by key."""
    found = []
    for folder in (files("newstone.demo") / "articles").iterdir():
        if folder.is_dir():
            found += [
                (f"{folder.name}/{file.name.removesuffix('.md')}", file)
                for file in folder.iterdir()
                if file.name.endswith(".md")
            ]
    return sorted(found)
