"""A small builder of rows: pages, articles, mentions and scores with the fields that a test does not name filled in."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from db.loader import load_mentions, load_part, load_scores, record_model, record_sources, record_watchlist
from db.rows import EntityRow, ModelRow, PageRow, PartRecord, SourceRow, WatchlistRow, page_row
from db.writer import Writer
from pipelines.ids import stable_id
from pipelines.outcomes import FETCH_OUTCOMES, Outcome
from pipelines.records import (
    Article,
    BodyKind,
    DateBasis,
    Extraction,
    FeedItem,
    Mention,
    Page,
    Rights,
    Score,
    ScoreOutcome,
    Where,
)

NOON = datetime(2025, 1, 27, 12, tzinfo=UTC)
"""The moment of everything that names no other."""

EXTRACTOR = "test-extract/1"
WATCHLIST = WatchlistRow(
    "w1",
    "acme",
    'subject = "acme"\n',
    (EntityRow("acme", "Acme", "subject"), EntityRow("globex", "Globex", "competitor")),
)
MODEL = ModelRow("tiny", "r1", ("de", "en"), "sentence with marked target")


def page(
    url: str,
    text: str = "Acme grows.",
    *,
    title: str = "News",
    attempt: int = 1,
    outcome: Outcome = Outcome.OK,
    canonical_url: str = "",
    source_id: str = "daily",
    published_at: datetime = NOON,
    has_time: bool = True,
    fetched_at: datetime = NOON,
    language: str = "en",
    detail: str = "",
    signature: Sequence[int] | None = None,
) -> PageRow:
    failed = outcome in FETCH_OUTCOMES
    fetched = Page(
        url=url,
        final_url=url,
        source_id=source_id,
        fetched_at=fetched_at,
        attempt=attempt,
        status=None if failed else 200,
        headers=(("content-type", "text/html"),),
        body=b"" if failed else f"{title}|{text}".encode(),
        outcome=outcome if failed else None,
        detail=detail if failed else "",
        item=FeedItem(url=url, title=title, found_in="https://feed.example/rss", found_by="feed"),
        rights=Rights(True, "", ("header tdm-reservation: 1",)),
    )
    kinds = {Outcome.OK: BodyKind.FULL, Outcome.TEASER: BodyKind.TEASER, Outcome.PAYWALL: BodyKind.PAYWALL}
    article = None
    if outcome in kinds:
        where = canonical_url or url
        article = Article(
            article_id=stable_id(where),
            revision_id=stable_id(where, title, text),
            canonical_url=where,
            source_id=source_id,
            title=title,
            text=text,
            language=language,
            language_confidence=0.9,
            published_at=published_at,
            published_basis=DateBasis.FEED,
            published_raw="raw",
            published_has_time=has_time,
            authors=("A. Writer",),
            body_kind=kinds[outcome],
            extractor=EXTRACTOR,
            signature=signature_of(text) if signature is None else tuple(signature),
        )
    return page_row(fetched, Extraction(outcome, detail, article), record_offset=0)


def part(name: str, pages: Sequence[PageRow], **changes: object) -> PartRecord:
    part = PartRecord(name, hashlib.sha256(name.encode()).hexdigest(), 10, len(pages), EXTRACTOR, NOON, "run1")
    return replace(part, **changes)  # type: ignore[arg-type]


def mention(
    page: PageRow,
    entity: str = "acme",
    *,
    surface: str = "Acme",
    where: Where = Where.BODY,
    watchlist_version: str = "w1",
) -> Mention:
    article = page.extraction.article
    assert article is not None
    whole = article.title if where is Where.TITLE else article.text
    start = whole.index(surface)
    return Mention(
        mention_id=stable_id(article.revision_id, entity, where.value, watchlist_version),
        revision_id=article.revision_id,
        entity=entity,
        where=where,
        sentence=whole,
        sentence_start=0,
        sentence_end=len(whole),
        surface=surface,
        start=start,
        end=start + len(surface),
        language=article.language,
        watchlist_version=watchlist_version,
    )


def score(mention: Mention, polarity: float, *, neutral: float = 0.0) -> Score:
    """A score with p_positive - p_negative = polarity."""
    rest = 1 - neutral
    return Score(
        mention.mention_id,
        MODEL.model_id,
        MODEL.model_revision,
        ScoreOutcome.OK,
        (rest - polarity) / 2,
        neutral,
        (rest + polarity) / 2,
    )


def source(source_id: str = "daily", *, medium: str = "press", version: str = "v1") -> SourceRow:
    return SourceRow(source_id, version, source_id.title(), "en", medium, "Europe/London", country="GB")


def signature_of(text: str) -> tuple[int, ...]:
    """A signature that is equal for equal texts and unlike for others."""
    return tuple(int.from_bytes(hashlib.sha256(f"{i}{text}".encode()).digest()[:4], "big") for i in range(64))


def fill(
    writer: Writer,
    pages: Sequence[PageRow],
    polarities: Sequence[float | None],
    *,
    name: str = "part1",
) -> list[Mention]:
    """Load pages as one part, with one mention of acme and one score each (None: no score)."""
    mentions = [mention(page) for page in pages]
    scored = [
        score(mention, polarity) for mention, polarity in zip(mentions, polarities, strict=True) if polarity is not None
    ]
    load_press(writer, [source(), source("weekly")], pages, mentions, scored, name=name)
    return mentions


def load_press(
    writer: Writer,
    sources: Sequence[SourceRow],
    pages: Sequence[PageRow],
    mentions: Sequence[Mention],
    scores: Sequence[Score],
    *,
    name: str = "part1",
) -> None:
    """Load pages as one part, under the watchlist and the model of this module, and what was found in them."""
    record_sources(writer, sources, NOON)
    record_watchlist(writer, WATCHLIST, NOON)
    record_model(writer, MODEL, NOON)
    load_part(writer, part(name, pages), pages)
    found: dict[str, list[Mention]] = {}
    for each in mentions:
        found.setdefault(each.revision_id, []).append(each)
    load_mentions(writer, WATCHLIST.version, list(found.items()), "run1")
    load_scores(writer, scores, "run1")


def day(number: int) -> datetime:
    """Noon of a day of January 2025, UTC."""
    return datetime(2025, 1, 1, 12, tzinfo=UTC) + timedelta(days=number - 1)
