"""A week of the snapshot as a Digest."""

from collections.abc import Mapping
from datetime import date

from analysis.change import build_changes
from analysis.digest.moves import find_moves
from analysis.digest.new_themes import find_new_themes
from analysis.digest.records import Digest, Language, Standing
from analysis.digest.weeks import Week
from analysis.measures import MINIMUM_VOICES, Change, Span
from analysis.reader_labels import live_precision
from analysis.spikes import SpikeSettings, find_spikes
from analysis.themes import list_themes
from analysis.timeline import build_series
from analysis.uncertain import most_uncertain
from db.read import Grain
from db.snapshot import Snapshot
from db.source_health import SpanHealth, read_source_health
from db.source_states import read_source_states
from db.watched import read_entities
from db.week import EntityCounts, read_counts, read_provenance, read_stories, read_theme_voices, read_unscored
from pipelines.errors import UsageError

TREND_WEEKS = 12
"""Weeks of the chart: a quarter."""

TOP_STORIES = 5
UNCERTAIN_SENTENCES = 5

MOST_OTHERS = 25
"""Rows of the table of companies, more than the shipped watchlist has; what is beyond is counted."""


def build_digest(
    snapshot: Snapshot,
    week: Week,
    *,
    today: date,
    language: Language = "en",
    minimum_voices: int = MINIMUM_VOICES,
    spike_settings: SpikeSettings | None = None,
) -> Digest:
    """Ask the snapshot for everything that the e-mail of a week says; ``today`` is the day in UTC.

    Raises:
        UsageError: the snapshot has no watchlist yet.
    """
    entities = read_entities(snapshot, None)
    if not entities:
        raise UsageError(f"{snapshot.path} names no watched company; run `newstone nightly` with a watchlist first")
    span, before = week.span, week.earlier(1).span
    subject = entities[0].entity
    changes = build_changes(snapshot, None, before, span, minimum_voices=minimum_voices)
    counts, counts_before = (read_counts(snapshot, part.since, part.until) for part in (span, before))
    first, *rest = (_standing(change, counts, counts_before) for change in changes)
    loud = [standing for standing in rest if standing.change.n_voices_now >= minimum_voices]
    loud.sort(key=lambda standing: (-standing.change.n_voices_now, standing.change.name))
    trend_span = Span(week.earlier(TREND_WEEKS - 1).span.since, span.until)
    trend = build_series(snapshot, [subject], trend_span, Grain.WEEK, minimum_voices=minimum_voices)[0]
    themes = list_themes(snapshot)
    theme_voices = read_theme_voices(snapshot, subject, span.since, span.until)
    new_themes = find_new_themes(snapshot, week, subject, voices=theme_voices, themes=themes, minimum=minimum_voices)
    moves = find_moves(
        snapshot,
        week,
        subject,
        changes=changes,
        spikes=find_spikes(snapshot, None, span, spike_settings or SpikeSettings(minimum_voices=minimum_voices)),
        themes=theme_voices,
        new_themes=new_themes,
        theme_names={theme.id: theme.names.get(language, theme.id) for theme in themes},
        minimum_voices=minimum_voices,
    )
    health = read_source_health(snapshot, span.since, span.until)
    return Digest(
        week=week,
        language=language,
        is_over=span.until < today,
        minimum_voices=minimum_voices,
        subject=first,
        others=tuple(loud[:MOST_OTHERS]),
        n_others_quiet=len(rest) - len(loud),
        n_covered=len(counts),
        trend=trend,
        moves=moves.strongest,
        n_moves=moves.n_all,
        n_compared=moves.n_compared,
        stories=read_stories(snapshot, subject, span.since, span.until, TOP_STORIES),
        n_stories=first.change.n_voices_now,
        n_voices_earlier=sum(row.n_before for row in theme_voices if row.theme is None),
        new_themes=new_themes,
        unscored=read_unscored(snapshot, subject, span.since, span.until),
        health=health,
        newest_health=_newest(snapshot, health),
        precision=live_precision(snapshot),
        uncertain=most_uncertain(snapshot, span, UNCERTAIN_SENTENCES),
        provenance=read_provenance(snapshot),
        source_states=read_source_states(snapshot, span.until),
    )


def _standing(
    change: Change, counts: Mapping[str, EntityCounts], counts_before: Mapping[str, EntityCounts]
) -> Standing:
    return Standing(change, counts.get(change.entity), counts_before.get(change.entity))


def _newest(snapshot: Snapshot, health: SpanHealth) -> SpanHealth | None:
    """Give the newest day on which sources were asked, where the week has none."""
    if health.days or health.last_asked is None:
        return None
    return read_source_health(snapshot, health.last_asked, health.last_asked)
