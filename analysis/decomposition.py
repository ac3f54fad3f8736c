"""Which outlets, languages and stories moved a mean polarity: mix and within (Kitagawa 1955).

With T the mean over voices, and of each group g its share s of the voices and its own mean t in both spans,

    now T - before T = sum over g of (now s - before s) * (mean t - reference) + (mean s) * (now t - before t)

where "mean" is that of both spans and the reference is the mean of both T: since the shares of either span add up to
1, it takes nothing from the sum, and lets growth of a group that is as friendly as all others count as nothing. A group
without voices in one span has no tone there, so all that it did is mix: (now s - before s) * (its t - reference). The
parts then add up exactly. New and ended stories are mix, what a continuing story changed in tone is within.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analysis.measures import Contribution, GroupKind
from db.snapshot import Snapshot
from db.voices import GroupBy, GroupColumns, read_groups, read_titles

MOST_GROUPS = 50
"""Groups of one kind that are told apart; the others are one, so that a year of stories stays a list to read."""


def find_contributions(
    snapshot: Snapshot,
    entities: Sequence[str],
    before: tuple[date, date],
    now: tuple[date, date],
    theme: str | None = None,
) -> list[tuple[Contribution, ...]]:
    """Give what each group did to the mean polarity of each entity, by kind, the largest first within a kind.

    Earned media, scored articles; a voice that several groups printed is split evenly over its copies. Groups beyond
    ``MOST_GROUPS`` of a kind are summed up in a last one with the empty key. Empty for an entity without scored voices
    in one of the spans.
    """
    parts: list[list[Contribution]] = [[] for _ in entities]
    for kind in GroupKind:
        groups = read_groups(snapshot, entities, before, now, GroupBy(kind.value), theme)
        # rows are in the order of the entities
        stops = np.searchsorted(groups.series, np.arange(len(entities) + 1))
        for place in range(len(entities)):
            parts[place] += _of_entity(groups, kind, slice(stops[place], stops[place + 1]))
    keys = {int(part.key) for found in parts for part in found if part.kind is GroupKind.STORY and part.key}
    titles = read_titles(snapshot, sorted(keys), before[0], now[1])
    return [tuple(_titled(part, titles) for part in found) for found in parts]


def _titled(part: Contribution, titles: dict[int, tuple[str, str]]) -> Contribution:
    if part.kind is not GroupKind.STORY or not part.key:
        return part
    story, title = titles[int(part.key)]
    return replace(part, key=story, label=title)


def _of_entity(groups: GroupColumns, kind: GroupKind, rows: slice) -> list[Contribution]:
    weight_before, weight_now = groups.weight_before[rows], groups.weight_now[rows]
    n_before, n_now = groups.n_before[rows], groups.n_now[rows]
    if not weight_before.sum() or not weight_now.sum():
        return []
    mix, within = split_change(weight_before, groups.sum_before[rows], weight_now, groups.sum_now[rows])
    # equal sizes keep the order of the keys
    order = np.argsort(-np.abs(mix + within), kind="stable")
    found = [
        Contribution(
            kind=kind,
            key=str(groups.key[rows][i]),
            label=str(groups.label[rows][i]),
            n_before=int(n_before[i]),
            n_now=int(n_now[i]),
            mix=float(mix[i]),
            within=float(within[i]),
        )
        for i in order[:MOST_GROUPS]
    ]
    if (rest := order[MOST_GROUPS:]).size:
        others = Contribution(
            kind=kind,
            key="",
            label="",
            n_before=int(n_before[rest].sum()),
            n_now=int(n_now[rest].sum()),
            mix=float(mix[rest].sum()),
            within=float(within[rest].sum()),
        )
        found.append(others)
    return found


def split_change(
    weight_before: NDArray[np.float64],
    sum_before: NDArray[np.float64],
    weight_now: NDArray[np.float64],
    sum_now: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give mix and within of each group from its weights and its sums of weight times polarity in both spans.

    All arrays have the shape (groups,); both spans have some weight. The sum of both results over all groups is the
    change of the weighted mean.
    """
    share_before, share_now = weight_before / weight_before.sum(), weight_now / weight_now.sum()
    reference = (sum_before.sum() / weight_before.sum() + sum_now.sum() / weight_now.sum()) / 2
    is_before, is_now = weight_before > 0, weight_now > 0
    tone_before = np.divide(sum_before, weight_before, out=np.zeros_like(sum_before), where=is_before)
    tone_now = np.divide(sum_now, weight_now, out=np.zeros_like(sum_now), where=is_now)
    # a side without voices borrows the tone of the other
    tone_before, tone_now = np.where(is_before, tone_before, tone_now), np.where(is_now, tone_now, tone_before)
    mix = (share_now - share_before) * ((tone_before + tone_now) / 2 - reference)
    within = (share_before + share_now) / 2 * (tone_now - tone_before)
    return mix, within
