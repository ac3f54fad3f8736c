"""The records that stages hand to each other: frozen, slotted, strict.

Every ``datetime`` is aware and in UTC. Character offsets count Unicode code points, start inclusive, end exclusive.
Languages are lower-case ISO 639-1 codes ("de", "zh"); "und" where the language could not be told.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pipelines.outcomes import FeedOutcome, Outcome


class DateBasis(StrEnum):
    """Where a publication date was read."""

    FEED = "feed"
    JSON_LD = "json-ld"
    META = "meta"
    TEXT = "text"  # a <time> element or a dateline on the page
    URL = "url"
    FIRST_SEEN = "first_seen"  # nothing said so: the moment of the first fetch


class BodyKind(StrEnum):
    """How much of the article the stored text is."""

    FULL = "full"
    TEASER = "teaser"
    PAYWALL = "paywall"
    CONSENT_WALL = "consent_wall"


class Where(StrEnum):
    """The part of an article in which a sentence stands."""

    TITLE = "title"
    LEAD = "lead"  # the first paragraph of the text
    BODY = "body"


@dataclass(frozen=True, slots=True)
class FeedItem:
    """What a feed, sitemap or section page said about one URL. Texts are as found, only stripped; "" where missing."""

    url: str
    title: str = ""
    published_raw: str = ""
    author: str = ""
    summary: str = ""
    language: str = ""  # as declared by the feed or sitemap, e.g. "de-DE"
    found_in: str = ""  # URL of the feed, sitemap or section page
    found_by: str = ""  # "feed", "news_sitemap" or "section"
    body: str = ""  # the whole text, one paragraph a line; only where an override of the source wants it (feed_body)


@dataclass(frozen=True, slots=True)
class Rights:
    """Reservations of text and data mining that were seen with a page (TDMRep, X-Robots-Tag, meta robots).

    ``reserved`` is True where any signal reserves, False where a signal permits explicitly, None where nothing was
    said. ``signals`` holds each signal as "where: value", e.g. "header tdm-reservation: 1".
    """

    reserved: bool | None = None
    policy_url: str = ""
    signals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemovedBody:
    """What is still known of a body that retention took out of its WARC part; ``reason`` is that of db.retention."""

    sha256: str
    size_bytes: int
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """One fetched page, or one attempt that failed.

    ``outcome`` is None for a page that has a body to extract; otherwise a member of
    :data:`pipelines.outcomes.FETCH_OUTCOMES`, and ``body`` is empty. ``attempt`` counts the fetches of this URL by
    this data folder, from 1. ``body`` is decompressed. Header names are lower case, in the order received. ``removed``
    is set where the page had a body that is no longer kept: there is nothing to extract, and the outcome is None still.
    """

    url: str
    final_url: str
    source_id: str
    fetched_at: datetime
    attempt: int = 1
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    outcome: Outcome | None = None
    detail: str = ""
    item: FeedItem | None = None
    rights: Rights = field(default_factory=Rights)
    retries: int = 0  # repeated requests within this attempt (429, 503, time-outs)
    elapsed_seconds: float = 0.0
    removed: RemovedBody | None = None


@dataclass(frozen=True, slots=True)
class FeedCheck:
    """One request for a feed, sitemap or section page."""

    source_id: str
    url: str
    kind: str  # "feed", "news_sitemap" or "section"
    fetched_at: datetime
    outcome: FeedOutcome
    status: int | None = None
    n_items: int = 0
    n_new: int = 0  # items that were requested in this run
    newest_item_at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SourceNight:
    """What one crawl did for one source.

    ``requests`` counts every request sent (robots.txt, listings, pages, redirects, repeats). ``handed_over`` counts the
    page URLs given to the downloader; it is the sum of the counts in ``outcomes``, whose names are fetch outcomes and
    "fetched" for pages with a body. ``pending`` URLs are known and due and were not requested in this crawl.
    """

    source_id: str
    crawl_id: str
    started_at: datetime
    requests: int = 0
    retries: int = 0
    n_429: int = 0
    n_503: int = 0
    bytes_received: int = 0  # bodies as they came over the wire, compressed or not
    handed_over: int = 0
    outcomes: tuple[tuple[str, int], ...] = ()
    pending: int = 0
    elapsed_seconds: float = 0.0  # from the first request of this source to its last answer


@dataclass(frozen=True, slots=True)
class Article:
    """The cleaned article of one page.

    ``article_id`` identifies the canonical URL, ``revision_id`` the canonical URL with this title and text.
    ``signature`` is the MinHash signature of the text (:mod:`pipelines.dedupe`), empty for a text too short to compare.
    ``text`` has one paragraph a line.
    """

    article_id: str
    revision_id: str
    canonical_url: str
    source_id: str
    title: str
    text: str
    language: str
    language_confidence: float  # 0..1
    published_at: datetime
    published_basis: DateBasis
    published_raw: str  # the string the date was read from, "" for first_seen
    published_has_time: bool  # False: only a day is known; published_at is that day 00:00 in the source's zone
    authors: tuple[str, ...]
    body_kind: BodyKind
    extractor: str  # name and version of the extractor, e.g. "newstone-extract/1 trafilatura/2.3.1"
    signature: tuple[int, ...] = ()
    site_name: str = ""
    notes: tuple[str, ...] = ()  # e.g. "charset header iso-8859-1 contradicts the bytes: utf-8 used"


@dataclass(frozen=True, slots=True)
class Extraction:
    """What extraction made of one page: exactly one outcome, and an article for those in ARTICLE_OUTCOMES."""

    outcome: Outcome
    detail: str = ""
    article: Article | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """One sentence of one article revision that names one watched entity.

    ``sentence_start`` and ``sentence_end`` are offsets into the title or the text (``where`` says which); ``start``
    and ``end`` are offsets of the first naming into the sentence, so ``sentence[start:end] == surface``.
    """

    mention_id: str
    revision_id: str
    entity: str
    where: Where
    sentence: str
    sentence_start: int
    sentence_end: int
    surface: str
    start: int
    end: int
    language: str
    watchlist_version: str


class ScoreOutcome(StrEnum):
    """Whether a mention was scored."""

    OK = "ok"
    UNSUPPORTED_LANGUAGE = "unsupported_language"  # the model was not validated on this language
    TEXT_NOT_KEPT = "text_not_kept"  # retention had emptied the sentence before this model came


@dataclass(frozen=True, slots=True)
class Score:
    """The sentiment of one mention toward its entity by one model; probabilities are None unless outcome is ok."""

    mention_id: str
    model_id: str
    model_revision: str
    outcome: ScoreOutcome
    p_negative: float | None = None
    p_neutral: float | None = None
    p_positive: float | None = None
