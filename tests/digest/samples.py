"""Digests made by hand, for tests of wording and rendering: an ordinary week, a huge one, a hostile one, empty ones."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from analysis.digest.records import Digest, Move, MoveKind, NewTheme, Standing
from analysis.digest.weeks import Week
from analysis.measures import (
    Change,
    Contribution,
    Estimate,
    GroupKind,
    Point,
    Series,
    Span,
    Term,
)
from analysis.reader_labels import LabelPrecision, LanguagePrecision, Proportion
from analysis.scorers.base import Label
from db.read import Evidence, Grain, Story
from db.source_health import CrawledDay, SourceHealth, SpanHealth
from db.week import EntityCounts, Provenance, Unscored

WEEK = Week(2025, 5)
NOON = datetime(2025, 1, 28, 12, tzinfo=UTC)
NOTHING = Estimate(None, None, None, 0, True)


def estimate(value: float, half: float, n: int) -> Estimate:
    return Estimate(value, value - half, value + half, n, False)


def change(entity: str = "acme", name: str = "Acme", **changes: object) -> Change:
    usual = Change(
        entity=entity,
        name=name,
        before=WEEK.earlier(1).span,
        now=WEEK.span,
        n_articles_before=15,
        n_articles_now=1234,
        n_voices_before=13,
        n_voices_now=987,
        n_sources=18,
        share_before=estimate(0.21, 0.05, 13),
        share_now=estimate(0.243, 0.055, 19),
        share_change=estimate(0.033, 0.05, 19),
        polarity_before=estimate(0.31, 0.15, 13),
        polarity_now=estimate(-0.12, 0.2, 19),
        polarity_change=estimate(-0.43, 0.25, 19),
        mix=-0.08,
        within=-0.35,
        contributions=(),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def counts(entity: str = "acme", n_articles: int = 1234, n_voices: int = 987, n_outlets: int = 17) -> EntityCounts:
    return EntityCounts(entity, n_articles, n_voices, n_outlets, n_articles, n_voices)


def evidence(
    sentence: str = "Acme leaks data.",
    *,
    language: str = "en",
    url: str = "https://daily.example/a",
    title: str = "News",
) -> Evidence:
    return Evidence(
        published_at=NOON, outlet="The Daily", medium="press", earned=True, language=language, title=title, url=url,
        where="body", sentence=sentence, sentence_start=0, sentence_end=len(sentence), surface="Acme", start=0, end=4,
        p_negative=0.41, p_neutral=0.38, p_positive=0.21, polarity=-0.2, label="negative", score_outcome="ok",
        model_id="tiny", model_revision="r1", watchlist_version="w1", extractor="test/1", part="part1",
        record_offset=0, page_id="p", story_id="s", article_id="a", revision_id="r", mention_id="m",
    )  # fmt: skip


def story(
    title: str = "Acme in trouble", *, language: str = "en", url: str = "https://daily.example/a", number: int = 0
) -> Story:
    return Story(f"s{number}", title, url, "The Daily", language, NOON, 4, 3, ("The Daily", "Weekly"), 3, -0.4)


def move(kind: MoveKind = MoveKind.POLARITY_SPIKE, **changes: object) -> Move:
    usual = Move(
        kind=kind, entity="acme", name="Acme", theme=None, day=date(2025, 1, 28), value=-0.62, usual=0.2, n=9,
        n_before=None, difference=None, z=-5.1, strength=5.1, stories=(story(),),
        terms=(Term("leak", "en", 4.2, 9), Term("泄露", "zh", 3.9, 4)), sentences=(evidence(),), contributions=(),
    )  # fmt: skip
    return replace(usual, **changes)  # type: ignore[arg-type]


def source(source_id: str = "daily", **changes: object) -> SourceHealth:
    return replace(SourceHealth(source_id, source_id.title(), 7, 7, "ok", 200, 10, 0, 0, 5, 20), **changes)  # type: ignore[arg-type]


def health(*sources: SourceHealth, days: int = 7, gaps: tuple[date, ...] = ()) -> SpanHealth:
    span = WEEK.span
    crawled = tuple(CrawledDay(span.since + timedelta(days=n), 9, 8) for n in range(days))
    return SpanHealth(
        span.since,
        span.until,
        sources or (source(),),
        crawled,
        gaps,
        date(2025, 1, 1),
        date(2025, 2, 9),
        date(2025, 2, 9),
    )


def trend(n_weeks: int = 12, missing: tuple[int, ...] = (3,)) -> Series:
    span = Span(WEEK.earlier(n_weeks - 1).span.since, WEEK.span.until)
    points = tuple(
        Point(
            span.since + timedelta(weeks=n), 10 + n * 3, 9 + n, 5, 0.5, 0.2, 0.3,
            estimate(0.3 - n * 0.04, 0.2, 9) if n != 5 else Estimate(0.4, None, None, 3, True),
            9,
        )
        for n in range(n_weeks)
        if n not in missing
    )  # fmt: skip
    gaps = tuple(span.since + timedelta(weeks=n) for n in missing)
    return Series("acme", "Acme", None, Grain.WEEK, span, points, gaps)


def precision() -> LanguagePrecision:
    share = Proportion(40, 33, 0.825, 0.68, 0.91)
    none = Proportion(0, 0, None, None, None)
    labels = tuple(LabelPrecision(label, share) for label in Label)
    return LanguagePrecision("de", "tiny", "r1", share, labels, none, 0, 0)


def ordinary(language: str = "en", **changes: object) -> Digest:
    """A week with something in every section."""
    parts = (Contribution(GroupKind.OUTLET, "daily", "The Daily", 4, 6, -0.05, -0.2),)
    moves = (
        move(),
        move(MoveKind.VOLUME_SPIKE, value=23.0, usual=2.5, n=23, z=9.3),
        move(
            MoveKind.POLARITY_CHANGE, name="Globex", entity="globex", day=None, z=None, value=-0.1, usual=0.3, n=12,
            n_before=9, difference=estimate(-0.4, 0.2, 12), contributions=parts,
        ),
        move(
            MoveKind.SHARE_CHANGE, day=None, z=None, value=0.24, usual=0.12, n=100, n_before=75, n_sources=14,
            difference=estimate(0.12, 0.05, 12), also=(("Globex", 0.064), ("Initech", 0.05)),
        ),
        move(MoveKind.THEME_RISE, theme="Prices", day=None, z=None, value=0.5, usual=0.1, n=20, n_before=40),
    )  # fmt: skip
    names = (("en", "Chips and export controls"), ("de", "Chips und Ausfuhrbeschränkungen"))
    usual = Digest(
        week=WEEK,
        language=language,  # type: ignore[arg-type]
        is_over=True,
        minimum_voices=5,
        subject=Standing(change(), counts(), counts(n_articles=15, n_voices=13)),
        others=(
            Standing(change("globex", "Globex"), counts("globex", 40, 30, 9), counts("globex", 20, 18)),
            Standing(
                change(
                    "umbrella", "Umbrella 伞", polarity_now=Estimate(0.2, None, None, 3, True), polarity_change=NOTHING
                ),
                counts("umbrella", 6, 6, 5),
                None,
            ),
        ),
        n_others_quiet=3,
        n_covered=6,
        trend=trend(),
        moves=moves,
        n_moves=7,
        n_compared=12,
        stories=(
            story(),
            story("深度求索发布新模型", language="zh", url="https://zh.example/1", number=1),
            story("شركة أكمي تعلن عن نموذج جديد", language="ar", url="https://ar.example/1", number=2),
        ),
        n_stories=19,
        n_voices_earlier=40,
        new_themes=(NewTheme("chips", names, 5, 19, 1, 40, (story(),)),),
        unscored=(Unscored("uk", "unsupported_language", 3), Unscored("de", "paywall", 1)),
        health=health(
            source(),
            source("weekly", n_articles=0),
            source("herald", n_good=0, last_outcome="http_error", last_status=503),
            source("echo", n_good=0, last_outcome="robots", last_status=None),
            source("post", n_walled=3),
            source("asleep", n_checks=0, n_good=0, last_outcome=None, last_status=None),
        ),
        newest_health=None,
        precision=(precision(),),
        uncertain=(evidence("Acme könnte gewinnen oder verlieren.", language="de"),),
        provenance=Provenance("tiny", "r1abcdefghijklmnop", "w1", datetime(2025, 2, 3, 6, 5, tzinfo=UTC)),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]
