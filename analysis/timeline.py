"""Coverage of entities over time: points with n and interval, gaps where nobody was asked. Earned media only."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analysis.bootstrap import estimate_means
from analysis.measures import MINIMUM_VOICES, Estimate, Point, Series, Span
from db.gaps import find_gaps
from db.read import Grain
from db.snapshot import Snapshot
from db.voices import Crawls, Reach, VoiceColumns, day_of, read_crawls, read_reach, read_voices
from db.watched import check_span, check_theme, read_entities


def build_series(
    snapshot: Snapshot,
    entities: Sequence[str] | None,
    span: Span,
    grain: Grain,
    *,
    theme: str | None = None,
    minimum_voices: int = MINIMUM_VOICES,
) -> tuple[Series, ...]:
    """Give one series per entity in the order asked for; None: all watched entities, the subject first.

    ``theme`` keeps articles about that theme only. A bucket that ``span`` cuts has what lies inside. A gap may have a
    point: what a later crawl still found of those days.

    Raises:
        UsageError: the watchlist names no such entity or theme, or the span ends before it begins.
    """
    check_span(span.since, span.until)
    check_theme(snapshot, theme)
    names = read_entities(snapshot, entities)
    ids = [name.entity for name in names]
    crawls = read_crawls(snapshot, grain)
    gaps = gaps_of(crawls, span, grain)
    reaches = read_reach(snapshot, ids, span.since, span.until, grain, theme)
    voices = read_voices(snapshot, ids, span.since, span.until, grain, theme)
    points: list[list[Point]] = [[] for _ in names]
    for reach, point in zip(reaches, _points(reaches, voices, crawls, minimum_voices), strict=True):
        points[reach.series].append(point)
    return tuple(
        Series(
            entity=name.entity,
            name=name.name,
            theme=theme,
            grain=grain,
            span=span,
            points=tuple(points[place]),
            gaps=gaps,
        )
        for place, name in enumerate(names)
    )


def estimate_themes(
    snapshot: Snapshot, entity: str, span: Span, themes: Sequence[str], *, minimum_voices: int = MINIMUM_VOICES
) -> tuple[Estimate, ...]:
    """Give the mean polarity of an entity over a whole span in the articles about each theme, in the order asked for.

    Raises:
        UsageError: the watchlist names no such entity or theme, or the span ends before it begins.
    """
    check_span(span.since, span.until)
    (name,) = read_entities(snapshot, [entity])
    groups: list[NDArray[np.float64]] = []
    for theme in themes:
        check_theme(snapshot, theme)
        polarity = read_voices(snapshot, [name.entity], span.since, span.until, None, theme).polarity
        groups.append(polarity[~np.isnan(polarity)])
    return estimate_means(groups, minimum_voices)


def gaps_of(crawls: Crawls, span: Span, grain: Grain) -> tuple[date, ...]:
    """Give the buckets of the span between the first and the last crawl in which no source answered."""
    up = {bucket for bucket, n_up in crawls.n_sources_up.items() if n_up}
    return find_gaps(up, crawls.first_day, crawls.last_day, span.since, span.until, grain)


def _points(reaches: Sequence[Reach], voices: VoiceColumns, crawls: Crawls, minimum_voices: int) -> list[Point]:
    """Give the point of each reach; voices come in the same order of entity and bucket."""
    if not reaches:
        return []
    changes = (np.diff(voices.series) != 0) | (np.diff(voices.bucket) != 0)
    starts = np.concatenate(([0], np.flatnonzero(changes) + 1))
    stops = np.append(starts[1:], len(voices.series))
    is_scored = ~np.isnan(voices.polarity)
    groups = [voices.polarity[start:stop][is_scored[start:stop]] for start, stop in zip(starts, stops, strict=True)]
    estimates = estimate_means(groups, minimum_voices)
    points: list[Point] = []
    for reach, start, stop, polarity in zip(reaches, starts, stops, estimates, strict=True):
        if (reach.series, reach.bucket) != (voices.series[start], day_of(int(voices.bucket[start]))):
            raise AssertionError("the two queries differ in their buckets")
        points.append(_point(reach, voices, slice(start, stop), is_scored, polarity, crawls))
    return points


def _point(
    reach: Reach,
    voices: VoiceColumns,
    part: slice,
    is_scored: NDArray[np.bool_],
    polarity: Estimate,
    crawls: Crawls,
) -> Point:
    scored = is_scored[part]
    shares = [
        float(column[part][scored].mean()) if scored.any() else None
        for column in (voices.positive, voices.neutral, voices.negative)
    ]
    return Point(
        bucket=reach.bucket,
        n_articles=reach.n_articles,
        n_voices=int(part.stop - part.start),
        n_outlets=reach.n_outlets,
        share_positive=shares[0],
        share_neutral=shares[1],
        share_negative=shares[2],
        polarity=polarity,
        n_sources_up=crawls.n_sources_up.get(reach.bucket),
    )
