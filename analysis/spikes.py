"""Spikes: days on which the press about an entity left its usual range, in volume or in tone, and what stands behind.

``analysis/spike_rules.py`` holds the statistics. Here the days are laid out: which were observed, and which sources
were there all along. A volume is judged on the voices of sources that were there before the first day it is compared
with, so that new sources are no news.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from analysis.measures import Measure, Span, Spike, Term
from analysis.spike_rules import Floats, Truths, median_of, score_polarity, score_volume, told_days
from analysis.terms import distinctive_terms
from db.daily import (
    AskedDay,
    AskedSpan,
    DailyVoices,
    KnownDays,
    read_daily_voices,
    read_known_days,
    read_stories,
    read_strongest,
    read_texts,
)
from db.snapshot import Snapshot
from db.watched import check_span, check_theme, read_entities

GAP_DAYS = 28
"""A source, and the database as a whole, that had nothing for longer than this begins anew."""

COOL_DOWNS_BACK = 4
"""Cool-downs before a span in which spikes are looked for too, as they may silence one within it."""

N_STORIES = 5
"""Stories of a spike."""

N_SENTENCES = 5
"""Sentences of a spike."""

N_TERMS = 8
"""Distinctive terms of a spike in each language."""

N_VOICES_READ = 300
"""Voices of a spike, and of the days before it, that are read for terms in each language; more say the same."""

DIGITS = 6
"""Decimals of a spike's numbers, so that the order in which a database adds never shows."""


@dataclass(frozen=True, slots=True)
class SpikeSettings:
    """When a day is told.

    From ``z`` on, against the ``baseline_days`` before it, with at least ``minimum_voices`` (for polarity: scored
    ones). Within ``cool_down_days`` after a spike only a larger one of its kind and direction is told.
    """

    z: float = 3.5
    baseline_days: int = 28
    minimum_voices: int = 5
    cool_down_days: int = 7


@dataclass(frozen=True, slots=True)
class Days:
    """Arrays over consecutive days from ``first``; ``start`` is for each the place of its first comparable day."""

    first: date
    observed: Truths
    start: Floats


@dataclass(frozen=True, slots=True)
class DailyPress:
    """What days are judged by: which were observed, and the voices of each entity that was asked for."""

    days: Days
    voices: dict[str, list[DailyVoices]]


@dataclass(frozen=True, slots=True)
class Outlier:
    """A day that is told, without what stands behind it; the fields are those of a spike."""

    entity: str
    measure: Measure
    day: date
    value: float
    usual: float
    z: float
    n_voices: int

    @property
    def direction(self) -> int:
        """Which way its sentences pull: 1 or -1, 0 for either."""
        return 0 if self.measure is Measure.VOLUME else 1 if self.z > 0 else -1


def find_spikes(
    snapshot: Snapshot,
    entities: Sequence[str] | None,
    span: Span,
    settings: SpikeSettings = SpikeSettings(),
    *,
    theme: str | None = None,
) -> tuple[Spike, ...]:
    """Give the spikes of entities (None: all) in a span, by day, then by entity; of a day volume before polarity.

    ``theme`` counts only articles with that theme. A spike in volume is always upward. ``value`` and ``usual`` of a
    volume count all sources, ``z`` only those that were there on all compared days. Terms are those of the day against
    the compared days before. Costs a pass over the coverage of the span and about three months before; texts are read
    for days with a spike alone.

    Raises:
        UsageError: the watchlist does not name an entity or theme, or the span ends before it begins.
    """
    check_span(span.since, span.until)
    check_theme(snapshot, theme)
    names = {one.entity: one.name for one in read_entities(snapshot, None)}
    wanted = [one.entity for one in read_entities(snapshot, entities)]
    press = read_daily_press(snapshot, wanted, span, settings, theme=theme)
    found = [outlier for entity in wanted for outlier in find_outliers(press, entity, span, settings)]
    return _explain(snapshot, found, names, settings, theme)


def read_daily_press(
    snapshot: Snapshot, entities: Sequence[str], span: Span, settings: SpikeSettings, *, theme: str | None = None
) -> DailyPress:
    """Read all that the days of a span are judged by; serves all settings with the same baseline and cool-down."""
    lead = settings.baseline_days + COOL_DOWNS_BACK * settings.cool_down_days
    first = span.since - timedelta(days=lead + 2 * GAP_DAYS)
    known = read_known_days(snapshot, first, span.until)
    voices: dict[str, list[DailyVoices]] = {entity: [] for entity in entities}
    for row in read_daily_voices(snapshot, entities, first, span.until, GAP_DAYS, theme):
        voices[row.entity].append(row)
    return DailyPress(lay_out(known, first, span.until, settings.baseline_days), voices)


def find_outliers(press: DailyPress, entity: str, span: Span, settings: SpikeSettings) -> list[Outlier]:
    """Give the told days of an entity in a span, volume first, then rises and falls of polarity.

    ``press`` was read for that entity and span, with the same baseline and cool-down.
    """
    judged_from = span.since - timedelta(days=COOL_DOWNS_BACK * settings.cool_down_days)
    found = _judge(entity, press.voices[entity], press.days, judged_from, settings)
    return [outlier for outlier in found if outlier.day >= span.since]


def lay_out(known: KnownDays, first: date, until: date, baseline_days: int) -> Days:
    """Tell the observed days: between the first and the last crawl those on which a source answered, and all before.

    What lies before the first crawl is back catalogue and counts as known from the first day with articles on.
    """
    n = (until - first).days + 1
    places = np.arange(n)
    with_articles = np.zeros(n, dtype=bool)
    with_articles[[(day - first).days for day in known.with_articles]] = True
    last_seen = np.maximum.accumulate(np.where(with_articles, places, -n))
    begins = with_articles & (places - np.concatenate(([-2 * n], last_seen[:-1])) > GAP_DAYS)
    begun = np.maximum.accumulate(np.where(begins, places, -1))
    observed = begun >= 0
    if known.first_crawl is not None and known.last_crawl is not None:
        ends = (known.first_crawl, known.last_crawl + timedelta(days=1))
        low, high = (min(max((day - first).days, 0), n) for day in ends)
        answered = np.zeros(n, dtype=bool)
        answered[[place for day in known.answered if 0 <= (place := (day - first).days) < n]] = True
        observed[low:high] &= answered[low:high]
    return Days(first, observed, np.maximum(places - baseline_days, begun).astype(np.float64))


def _judge(
    entity: str, rows: Sequence[DailyVoices], days: Days, judged_from: date, settings: SpikeSettings
) -> list[Outlier]:
    """Give the told days of one entity, from ``judged_from`` on."""
    n = len(days.observed)
    at = np.array([(row.day - days.first).days for row in rows], dtype=np.int64)
    there = np.array([(row.there_since - days.first).days for row in rows], dtype=np.int64)
    voices, scored, sums, squares = (
        np.bincount(at, weights=values, minlength=n).astype(np.float64)
        for values in (
            [row.n_voices for row in rows],
            [row.n_scored for row in rows],
            [row.polarity_sum for row in rows],
            [row.polarity_squares for row in rows],
        )
    )
    window = settings.baseline_days
    # only days with enough voices can be told, and they are few
    judged = np.flatnonzero(voices >= settings.minimum_voices)
    judged = judged[judged >= max((judged_from - days.first).days, window)]
    before = judged[:, None] + np.arange(-window, 0)
    observed = days.observed[before] & (before >= days.start[judged][:, None])
    # voices[day, place] of sources there since the place-th of the days on which any source began, or earlier
    begins = np.unique(there)
    table = np.zeros((n, len(begins) + 1))
    np.add.at(table, (at, np.searchsorted(begins, there) + 1), [row.n_voices for row in rows])
    table = table.cumsum(axis=1)
    panel = np.searchsorted(begins, days.start[judged], side="right")
    weekdays = (days.first.weekday() + judged) % 7
    counts = table[judged, panel]
    volume = score_volume(counts, table[before, panel[:, None]], observed, weekdays)
    volume_z = np.where(counts >= settings.minimum_voices, volume.z, np.nan)
    tone = score_polarity(scored[judged], sums[judged], scored[before], sums[before], squares[before], observed)
    tone_z = np.where(scored[judged] >= settings.minimum_voices, tone.z, np.nan)
    usual = median_of(voices[before], observed)
    found = []
    for place in told_days(judged, volume_z, settings.z, settings.cool_down_days):
        day = int(judged[place])
        found.append(
            Outlier(
                entity,
                Measure.VOLUME,
                days.first + timedelta(days=day),
                float(voices[day]),
                float(usual[place]),
                round(float(volume_z[place]), DIGITS),
                int(voices[day]),
            )
        )
    for sign in (1, -1):
        for place in told_days(judged, sign * tone_z, settings.z, settings.cool_down_days):
            day = int(judged[place])
            found.append(
                Outlier(
                    entity,
                    Measure.POLARITY,
                    days.first + timedelta(days=day),
                    round(float(sums[day] / scored[day]), DIGITS),
                    round(float(tone.usual[place]), DIGITS),
                    round(float(tone_z[place]), DIGITS),
                    int(scored[day]),
                )
            )
    return found


def _explain(
    snapshot: Snapshot,
    found: Sequence[Outlier],
    names: dict[str, str],
    settings: SpikeSettings,
    theme: str | None,
) -> tuple[Spike, ...]:
    """Add stories, sentences and terms, each by one query for all spikes."""
    asked = [AskedDay(one.entity, one.day, one.direction) for one in found]
    stories = read_stories(snapshot, asked, N_STORIES, theme)
    sentences = read_strongest(snapshot, asked, N_SENTENCES, theme)
    terms = _terms(snapshot, sorted({(one.entity, one.day) for one in found}), names, settings, theme)
    spikes = [
        Spike(
            one.entity,
            names[one.entity],
            one.measure,
            theme,
            one.day,
            one.value,
            one.usual,
            one.z,
            one.n_voices,
            stories[one.entity, one.day],
            terms[one.entity, one.day],
            sentences[key],
        )
        for one, key in zip(found, asked, strict=True)
    ]
    order = {entity: place for place, entity in enumerate(names)}
    kinds = list(Measure)
    return tuple(sorted(spikes, key=lambda spike: (spike.day, order[spike.entity], kinds.index(spike.measure))))


def _terms(
    snapshot: Snapshot,
    keys: Sequence[tuple[str, date]],
    names: dict[str, str],
    settings: SpikeSettings,
    theme: str | None,
) -> dict[tuple[str, date], tuple[Term, ...]]:
    spans = [AskedSpan(entity, day, day) for entity, day in keys]
    spans += [
        AskedSpan(entity, day - timedelta(days=settings.baseline_days), day - timedelta(days=1)) for entity, day in keys
    ]
    texts = read_texts(snapshot, spans, N_VOICES_READ, theme)
    return {
        key: distinctive_terms(texts[place], texts[place + len(keys)], names=(key[0], names[key[0]]), limit=N_TERMS)
        for place, key in enumerate(keys)
    }
