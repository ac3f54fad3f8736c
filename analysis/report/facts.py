"""Everything that the report page tells, read from a snapshot once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from analysis.blind_spots import BlindSpots, find_blind_spots
from analysis.change import build_changes, previous_span
from analysis.change_points import find_change_points
from analysis.measures import Change, ChangePoint, Series, Span, Spike
from analysis.reader_labels import LanguagePrecision, live_precision
from analysis.spikes import SpikeSettings, find_spikes
from analysis.themes import Theme, list_themes
from analysis.timeline import build_series
from db.read import EntityName, Grain, Snapshot, covered_days_of
from db.report_cells import (
    EARNED,
    LongStory,
    OutletName,
    ReachCell,
    ReportProvenance,
    ToldSentence,
    VoiceCell,
    article_themes,
    long_stories,
    long_themes,
    outlets,
    provenance,
    reach_cells,
    theme_cells,
    told_sentences,
    voice_cells,
)
from db.watched import read_entities
from pipelines.errors import UsageError

DAYS_BY_DAY = 45
"""A span up to this many days is shown by day."""

DAYS_BY_WEEK = 731
"""A span up to this many days is shown by week, a longer one by month."""

RECENT_DAYS = 28
"""The newest days that are compared with as many before; half the span where it is shorter than twice that."""

MOST_CELLS = 250_000
"""Rows of sums that fit into a page of 5 MB; above, a coarser grain is taken where the person named none."""

MOST_THEME_CELLS = 80_000
"""Rows of sums of themes; companies beyond have no numbers by theme in the page, the most covered go first."""

MOST_MOVES = 40
"""Spikes that the page tells; those of the subject and the farthest from usual stay."""

COMPARED = 4
"""Competitors that the page shows at first, the most covered."""

SENTENCES_PER_DIRECTION = 20
"""Sentences of each company, bucket and direction (positive, negative)."""

SENTENCES = 20_000
"""Sentences read, before the byte budget of the page cuts them."""

SUBJECT_LEAD = 3
"""The subject's n-th sentence of a bucket goes before the (n / SUBJECT_LEAD)-th of a competitor."""


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What the page tells. ``entities`` have coverage: the subject first, then the most voices.

    ``recent`` is the newest part of ``span``; ``changes`` compare each of the two with as many days before.
    ``theme_entities`` are those that ``themed`` and ``long_themes`` are about.
    """

    span: Span
    recent: Span
    grain: Grain
    generated_at: datetime
    minimum_voices: int
    baseline_days: int
    entities: tuple[EntityName, ...]
    series: tuple[Series, ...]
    changes: tuple[Change, ...]
    recent_changes: tuple[Change, ...]
    spikes: tuple[Spike, ...]
    change_points: tuple[ChangePoint, ...]
    themes: tuple[Theme, ...]
    theme_entities: tuple[str, ...]
    blind_spots: BlindSpots
    precision: tuple[LanguagePrecision, ...]
    provenance: ReportProvenance
    outlets: tuple[OutletName, ...]
    voices: tuple[VoiceCell, ...]
    long_stories: tuple[LongStory, ...]
    reach: tuple[ReachCell, ...]
    themed: tuple[VoiceCell, ...]
    long_themes: tuple[LongStory, ...]
    sentences: tuple[ToldSentence, ...]
    article_themes: dict[str, tuple[str, ...]]

    @property
    def subject(self) -> EntityName:
        """The company that the page is about."""
        return self.entities[0]


def report_span(snapshot: Snapshot, since: date | None, until: date | None, days: int) -> Span:
    """Fill the missing ends: the last day with coverage, and ``days`` before it or the first day with coverage.

    Raises:
        UsageError: there is no coverage, or the span ends before it begins.
    """
    covered = covered_days_of(snapshot)
    if covered is None:
        raise UsageError("no watched company was in the press yet; `newstone status` says what was crawled")
    last = until or max(covered[1], since or covered[1])
    first = since or max(covered[0], last - timedelta(days=days - 1))
    if first > last:
        raise UsageError(
            f"the report would begin on {first} and end on {last}; coverage runs from {covered[0]} to {covered[1]}"
        )
    return Span(first, last)


def grain_of(span: Span) -> Grain:
    """Give the grain that suits the length of a span."""
    if span.n_days <= DAYS_BY_DAY:
        return Grain.DAY
    return Grain.WEEK if span.n_days <= DAYS_BY_WEEK else Grain.MONTH


def gather_facts(
    snapshot: Snapshot, span: Span, grain: Grain | None, *, now: datetime, minimum_voices: int, spikes: SpikeSettings
) -> ReportFacts:
    """Read everything; ``grain`` None takes the finest that suits the span and the size of the page.

    Raises:
        UsageError: no watched company was in the press in the span.
    """
    chosen = grain or grain_of(span)
    voices, reach = _cells(snapshot, span, chosen)
    while grain is None and len(voices) + len(reach) > MOST_CELLS and chosen is not Grain.MONTH:
        chosen = Grain.WEEK if chosen is Grain.DAY else Grain.MONTH
        voices, reach = _cells(snapshot, span, chosen)
    stories = long_stories(snapshot, span.since, span.until, chosen)
    entities = _ranked(read_entities(snapshot, None), voices, stories)
    if not entities:
        raise UsageError(f"no watched company was in the press from {span.since} to {span.until}; choose other days")
    ids = [entity.entity for entity in entities]
    n_recent = min(RECENT_DAYS, max(1, span.n_days // 2))
    recent = Span(span.until - timedelta(days=n_recent - 1), span.until)
    themes = list_themes(snapshot)
    theme_entities, themed, themed_stories = _themed(snapshot, ids if themes else [], span, chosen)
    return ReportFacts(
        span=span,
        recent=recent,
        grain=chosen,
        generated_at=now,
        minimum_voices=minimum_voices,
        baseline_days=spikes.baseline_days,
        entities=entities,
        series=build_series(snapshot, ids, span, chosen, minimum_voices=minimum_voices),
        changes=build_changes(snapshot, ids, previous_span(span), span, minimum_voices=minimum_voices),
        recent_changes=build_changes(snapshot, ids, previous_span(recent), recent, minimum_voices=minimum_voices),
        spikes=_told(find_spikes(snapshot, ids, span, spikes), ids),
        change_points=find_change_points(snapshot, ids, span, minimum_voices=minimum_voices),
        themes=themes,
        theme_entities=theme_entities,
        blind_spots=find_blind_spots(snapshot, ids[0], span, minimum_voices=minimum_voices),
        precision=live_precision(snapshot),
        provenance=provenance(snapshot, span.since, span.until),
        outlets=tuple(outlets(snapshot, span.since, span.until)),
        voices=tuple(voices),
        long_stories=tuple(stories),
        reach=tuple(reach),
        themed=themed,
        long_themes=themed_stories,
        sentences=tuple(
            told_sentences(
                snapshot,
                span.since,
                span.until,
                chosen,
                subject=ids[0],
                lead=SUBJECT_LEAD,
                most=SENTENCES_PER_DIRECTION,
                most_of_all=SENTENCES,
            )
        ),
        article_themes=article_themes(snapshot, span.since, span.until),
    )


def _told(spikes: Sequence[Spike], entities: Sequence[str]) -> tuple[Spike, ...]:
    """Give the spikes that the page tells by company in the order of the page, then by day."""
    kept = sorted(spikes, key=lambda spike: (spike.entity != entities[0], -abs(spike.z)))[:MOST_MOVES]
    return tuple(sorted(kept, key=lambda spike: (entities.index(spike.entity), spike.day, spike.measure)))


def _themed(
    snapshot: Snapshot, entities: Sequence[str], span: Span, grain: Grain
) -> tuple[tuple[str, ...], tuple[VoiceCell, ...], tuple[LongStory, ...]]:
    """Give the first companies whose sums of themes fit into the page, and these sums."""
    fitting: list[str] = []
    cells: list[VoiceCell] = []
    stories: list[LongStory] = []
    for entity in entities:
        more = theme_cells(snapshot, [entity], span.since, span.until, grain)
        if len(cells) + len(more) > MOST_THEME_CELLS:
            break
        fitting.append(entity)
        cells += more
        stories += long_themes(snapshot, [entity], span.since, span.until, grain)
    return tuple(fitting), tuple(cells), tuple(stories)


def _cells(snapshot: Snapshot, span: Span, grain: Grain) -> tuple[list[VoiceCell], list[ReachCell]]:
    return (
        voice_cells(snapshot, span.since, span.until, grain),
        reach_cells(snapshot, span.since, span.until, grain),
    )


def _ranked(names: Sequence[EntityName], voices: list[VoiceCell], stories: list[LongStory]) -> tuple[EntityName, ...]:
    """Give the companies with coverage in the order of the page: the subject, then by voices in earned media."""
    found = {cell.entity for cell in voices} | {row.entity for row in stories}
    counts = Counter[str]()
    for cell in voices:
        counts[cell.entity] += cell.n_voices if cell.media == EARNED else 0
    counts.update(
        entity for entity, media, _ in {(row.entity, row.media, row.story_id) for row in stories} if media == EARNED
    )
    kept = [name for name in names if name.entity in found or name.role == "subject"]
    if not found:
        return ()
    return tuple(sorted(kept, key=lambda name: (name.role != "subject", -counts[name.entity], name.entity)))
