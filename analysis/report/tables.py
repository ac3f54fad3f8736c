"""Tables and moves as text ready for the template: what the page shows without a script."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.measures import ChangePoint, Estimate, Measure, Series, Spike
from analysis.report.aggregate import Meets, sum_reach, sum_voices
from analysis.report.buckets import bucket_of, bucket_places, day_text, list_buckets
from analysis.report.facts import ReportFacts
from analysis.report.headline import interval
from analysis.report.safe_text import count, language_name, percent, signed
from db.report_cells import EARNED, ReachCell

TOP_OUTLETS = 25
"""Outlets in the table that needs no script."""

TOP_MOVES = 3
"""Moves of the subject that stand under the headline figures."""


@dataclass(frozen=True, slots=True)
class PointRow:
    """One bucket of one company."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PointTable:
    """The points of one company."""

    name: str
    rows: tuple[PointRow, ...]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One language, outlet or theme of the subject."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """One spike as text; ``place`` and ``bucket`` are those of company and day, ``number`` is the mark in the chart."""

    number: int
    place: int
    bucket: int
    spike: Spike
    what: str
    verdict: str


@dataclass(frozen=True, slots=True)
class ChangePointRow:
    """One change point as text; ``place`` and ``bucket`` are those of company and day."""

    place: int
    bucket: int
    name: str
    measure: str
    text: str


def point_tables(facts: ReportFacts, n_companies: int) -> list[PointTable]:
    """Give the points of the first companies."""
    labels = {b.first: b.label for b in list_buckets(facts.span, facts.grain)}
    by_entity = {s.entity: s for s in facts.series}
    tables = []
    for entity in facts.entities[:n_companies]:
        series: Series | None = by_entity.get(entity.entity)
        rows = [
            PointRow(
                labels[p.bucket],
                (
                    f"{p.n_articles:,}",
                    f"{p.n_voices:,}",
                    f"{p.n_outlets:,}",
                    percent(p.share_positive),
                    percent(p.share_negative),
                    signed(p.polarity.value),
                    interval(p.polarity),
                    f"{p.polarity.n:,}",
                ),
            )
            for p in (series.points if series else ())
        ]
        tables.append(PointTable(entity.name, tuple(rows)))
    return tables


def language_rows(facts: ReportFacts) -> list[GroupRow]:
    """Give the subject's languages, the most voices first."""
    subject = facts.subject.entity
    voices = [c for c in facts.voices if c.entity == subject and c.media == EARNED]
    stories = [c for c in facts.long_stories if c.entity == subject and c.media == EARNED]
    found = []
    for code in sorted({c.language for c in facts.reach}):
        sums = sum_voices(voices, stories, _appears_in(code), minimum=facts.minimum_voices)
        if sums.n_voices:
            found.append((sums.n_voices, language_name(code), sums.polarity))
    return _group_rows(found)


def theme_rows(facts: ReportFacts) -> list[GroupRow]:
    """Give the subject's themes, the most voices first."""
    found = []
    for theme in facts.themes:
        cells = [
            c for c in facts.themed if c.entity == facts.subject.entity and c.theme == theme.id and c.media == EARNED
        ]
        stories = [
            c
            for c in facts.long_themes
            if c.entity == facts.subject.entity and c.theme == theme.id and c.media == EARNED
        ]
        sums = sum_voices(cells, stories, lambda _: True, minimum=facts.minimum_voices)
        if sums.n_voices:
            found.append((sums.n_voices, theme.names["en"], sums.polarity))
    return _group_rows(found)


def outlet_rows(facts: ReportFacts) -> list[GroupRow]:
    """Give the subject's outlets, the most articles first."""
    found = []
    by_source: dict[str, list[ReachCell]] = defaultdict(list)
    for cell in facts.reach:
        if cell.entity == facts.subject.entity:
            by_source[cell.source_id].append(cell)
    for outlet in facts.outlets:
        if outlet.earned and (cells := by_source.get(outlet.source_id)):
            sums = sum_reach(cells, minimum=facts.minimum_voices)
            found.append((sums.n_articles, outlet.name, sums.polarity))
    return _group_rows(found)[:TOP_OUTLETS]


def moves(facts: ReportFacts) -> list[Move]:
    """Give the spikes as text, in the order of the page."""
    places = {entity.entity: place for place, entity in enumerate(facts.entities)}
    buckets = bucket_places(facts.span, facts.grain)
    told = []
    for number, spike in enumerate(facts.spikes, start=1):
        tone = ""  # more voices are neither good nor bad
        if spike.measure is Measure.VOLUME:
            what = f"{count(round(spike.value), 'voice')}, usual {spike.usual:g}"
        else:
            tone = "up" if spike.z > 0 else "down"
            what = f"polarity {signed(spike.value)}, usual {signed(spike.usual)} ({count(spike.n_voices, 'voice')})"
        bucket = buckets[bucket_of(spike.day, facts.grain)]
        told.append(Move(number, places[spike.entity], bucket, spike, what, tone))
    return told


def top_moves(told: Sequence[Move]) -> list[Move]:
    """Give the subject's farthest moves from usual, by day."""
    own = sorted((move for move in told if move.place == 0), key=lambda move: -abs(move.spike.z))[:TOP_MOVES]
    return sorted(own, key=lambda move: move.number)


def change_points(facts: ReportFacts) -> list[ChangePointRow]:
    """Give the change points as text."""
    places = {entity.entity: place for place, entity in enumerate(facts.entities)}
    buckets = bucket_places(facts.span, facts.grain)
    return [
        ChangePointRow(
            places[point.entity],
            buckets[bucket_of(point.bucket, facts.grain)],
            point.name,
            point.measure.value,
            _change_point_text(point),
        )
        for point in facts.change_points
    ]


def _change_point_text(point: ChangePoint) -> str:
    """Say from when on a series runs on another level."""
    if point.measure is Measure.POLARITY:
        levels = f"polarity {signed(point.before.value)} ({interval(point.before)}, n = {point.before.n:,}) before, "
        levels += f"{signed(point.after.value)} ({interval(point.after)}, n = {point.after.n:,}) after"
    else:
        levels = f"{_plain(point.before)} voices a bucket before, {_plain(point.after)} after"
    return f"From {day_text(point.bucket)} on another level: {levels}."


def _appears_in(code: str) -> Meets:
    return lambda signature: any(language == code for language, _ in signature)


def _plain(estimate: Estimate) -> str:
    return "–" if estimate.value is None else f"{estimate.value:.1f}"


def _group_rows(found: list[tuple[int, str, Estimate]]) -> list[GroupRow]:
    return [
        GroupRow(label, (f"{n:,}", signed(estimate.value), interval(estimate), f"{estimate.n:,}"))
        for n, label, estimate in sorted(found, key=lambda row: (-row[0], row[1]))
    ]
