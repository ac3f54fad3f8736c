"""What changed from one span to another: share of voice, polarity, and what moved it. Earned media only."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from analysis.bootstrap import Values, estimate_difference, estimate_means
from analysis.decomposition import find_contributions
from analysis.measures import MINIMUM_VOICES, Change, GroupKind, Span
from analysis.share_bootstrap import NamingCounts, estimate_shares
from db.snapshot import Snapshot
from db.voices import Naming, read_namings, read_panel, read_reach, read_voices
from db.watched import check_span, check_theme, read_entities
from pipelines.errors import UsageError


def previous_span(span: Span) -> Span:
    """Give the equally long span that ends the day before."""
    return Span(span.since - timedelta(days=span.n_days), span.since - timedelta(days=1))


def build_changes(
    snapshot: Snapshot,
    entities: Sequence[str] | None,
    before: Span,
    now: Span,
    *,
    theme: str | None = None,
    minimum_voices: int = MINIMUM_VOICES,
) -> tuple[Change, ...]:
    """Give one change per entity in the order asked for; None: all watched entities, the subject first.

    Shares are those of all watched entities, whichever are asked for. ``theme`` keeps articles about that theme only,
    in shares too.

    Raises:
        UsageError: the watchlist names no such entity or theme, a span ends before it begins, or ``before`` does not
            end before ``now`` begins.
    """
    check_span(before.since, before.until)
    check_span(now.since, now.until)
    if before.until >= now.since:
        raise UsageError(
            f"the span before ends on {before.until}, not before {now.since}; give spans that do not overlap"
        )
    check_theme(snapshot, theme)
    watched = [name.entity for name in read_entities(snapshot, None)]
    names = read_entities(snapshot, entities)
    ids = [name.entity for name in names]
    early, late = (before.since, before.until), (now.since, now.until)
    panel = read_panel(snapshot, early, late)
    counts_before, counts_now = (
        count_namings(read_namings(snapshot, watched, panel, *days, theme), watched) for days in (early, late)
    )
    shares = dict(zip(watched, estimate_shares(counts_before, counts_now, minimum_voices), strict=True))
    reaches = [
        {reach.series: reach.n_articles for reach in read_reach(snapshot, ids, *days, None, theme)}
        for days in (early, late)
    ]
    sides = [_voices(snapshot, ids, span, theme) for span in (before, now)]
    estimates = [estimate_means([values for _n, values in side], minimum_voices) for side in sides]
    contributions = find_contributions(snapshot, ids, early, late, theme)
    changes: list[Change] = []
    for place, name in enumerate(names):
        (n_before, values_before), (n_now, values_now) = sides[0][place], sides[1][place]
        outlets = [part for part in contributions[place] if part.kind is GroupKind.OUTLET]
        share = shares[name.entity]
        changes.append(
            Change(
                entity=name.entity,
                name=name.name,
                before=before,
                now=now,
                n_articles_before=reaches[0].get(place, 0),
                n_articles_now=reaches[1].get(place, 0),
                n_voices_before=n_before,
                n_voices_now=n_now,
                n_sources=len(panel),
                share_before=share.before,
                share_now=share.now,
                share_change=share.change,
                polarity_before=estimates[0][place],
                polarity_now=estimates[1][place],
                polarity_change=estimate_difference(values_before, values_now, minimum_voices),
                mix=sum(part.mix for part in outlets) if outlets else None,
                within=sum(part.within for part in outlets) if outlets else None,
                contributions=contributions[place],
            )
        )
    return tuple(changes)


def count_namings(namings: Sequence[Naming], entities: Sequence[str]) -> NamingCounts:
    """Give the stories of a span as a table of which sets of entities they name."""
    places = {entity: place for place, entity in enumerate(entities)}
    named = np.zeros((len(namings), len(entities)))
    for row, naming in enumerate(namings):
        named[row, [places[entity] for entity in naming.entities]] = 1
    return NamingCounts(named, np.array([naming.n for naming in namings], dtype=np.float64))


def _voices(snapshot: Snapshot, entities: Sequence[str], span: Span, theme: str | None) -> list[tuple[int, Values]]:
    """Give the number of voices and the polarities of the scored ones of each entity."""
    voices = read_voices(snapshot, entities, span.since, span.until, None, theme)
    stops = np.searchsorted(voices.series, np.arange(len(entities) + 1))
    sides: list[tuple[int, Values]] = []
    for place in range(len(entities)):
        polarity = voices.polarity[stops[place] : stops[place + 1]]
        sides.append((len(polarity), polarity[~np.isnan(polarity)]))
    return sides
