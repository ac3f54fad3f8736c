"""Voices of a span: one row per entity, bucket and story, as columns, so that millions of rows are fine.

Earned media only. Days are those of UTC, spans include both ends. A voice is a story; its numbers are means over its
scored articles in the bucket.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from db.read import Grain
from db.snapshot import Snapshot
from db.statements import fetch_records, load_statement, named_theme, of_theme

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class VoiceColumns:
    """One row per voice, all columns of one length, in the order of ``series``, ``bucket`` and ``polarity``.

    ``series`` is the place of the entity in the question, ``bucket`` the first day as days since 1970-01-01.
    ``polarity`` (-1 to 1) and the shares (0 to 1) are NaN where no article of the voice is scored.
    """

    series: "NDArray[np.int64]"
    bucket: "NDArray[np.int64]"
    polarity: "NDArray[np.float64]"
    positive: "NDArray[np.float64]"
    neutral: "NDArray[np.float64]"
    negative: "NDArray[np.float64]"


@dataclass(frozen=True, slots=True)
class Reach:
    """Articles and sources of one entity in one bucket; ``series`` is the place of the entity in the question."""

    series: int
    bucket: date
    n_articles: int
    n_outlets: int


@dataclass(frozen=True, slots=True)
class Crawls:
    """When sources were asked: ``n_sources_up`` by bucket (0: asked, none answered), first and last day of asking."""

    n_sources_up: dict[date, int]
    first_day: date | None
    last_day: date | None


class GroupBy(StrEnum):
    """What voices can be grouped by."""

    OUTLET = "outlet"
    LANGUAGE = "language"
    STORY = "story"


@dataclass(frozen=True, slots=True)
class GroupColumns:
    """One row per entity and group, all columns of one length, in the order of ``series`` and ``key``.

    ``weight_…`` are voices, each weighing 1 in all and evenly split over its scored copies; ``sum_…`` are sums of
    weight times polarity; ``n_…`` count voices with a copy in the group. The key of a story is a number for
    :func:`read_titles`.
    """

    series: "NDArray[np.int64]"
    key: "NDArray[np.generic]"
    label: "NDArray[np.generic]"
    weight_before: "NDArray[np.float64]"
    weight_now: "NDArray[np.float64]"
    sum_before: "NDArray[np.float64]"
    sum_now: "NDArray[np.float64]"
    n_before: "NDArray[np.int64]"
    n_now: "NDArray[np.int64]"


@dataclass(frozen=True, slots=True)
class Naming:
    """``n`` stories that name exactly these watched entities."""

    entities: tuple[str, ...]
    n: int


def read_voices(
    snapshot: Snapshot, entities: Sequence[str], since: date, until: date, grain: Grain | None, theme: str | None = None
) -> VoiceColumns:
    """Give the voices of entities by bucket; without ``grain`` the whole span is one bucket, ``since``."""
    import numpy as np

    sql = load_statement("voices", bucket=_bucket(grain), theme=of_theme(theme))
    columns = _columns(snapshot, sql, _span(since, until, entities, grain, theme))
    floats = [_with_nan(columns[name]) for name in ("polarity", "positive", "neutral", "negative")]
    return VoiceColumns(columns["series"].astype(np.int64), columns["bucket"].astype(np.int64), *floats)


def read_reach(
    snapshot: Snapshot, entities: Sequence[str], since: date, until: date, grain: Grain | None, theme: str | None = None
) -> list[Reach]:
    """Give articles and sources by entity and bucket, in that order; buckets without articles are missing."""
    sql = load_statement("voice_reach", bucket=_bucket(grain), theme=of_theme(theme))
    return fetch_records(snapshot, Reach, sql, _span(since, until, entities, grain, theme))


def read_crawls(snapshot: Snapshot, grain: Grain) -> Crawls:
    """Give how many sources answered in each bucket in which any was asked, from the log of feed requests."""
    rows = cast(
        "list[tuple[date, int, date, date]]",
        snapshot.fetch(load_statement("voice_crawls"), {"grain": grain.value}),
    )
    return Crawls(
        n_sources_up={bucket: n for bucket, n, _first, _last in rows},
        first_day=min((row[2] for row in rows), default=None),
        last_day=max((row[3] for row in rows), default=None),
    )


def read_groups(
    snapshot: Snapshot,
    entities: Sequence[str],
    before: tuple[date, date],
    now: tuple[date, date],
    group_by: GroupBy,
    theme: str | None = None,
) -> GroupColumns:
    """Give the groups of one kind in two spans, ``before`` wholly before ``now``, with weights and sums."""
    import numpy as np

    parameters = {**_spans(before, now), "entities": list(entities), **named_theme(theme)}
    if group_by is GroupBy.STORY:
        columns = _columns(snapshot, load_statement("voice_stories", theme=of_theme(theme)), parameters)
        # a voice weighs 1 in its own story, so the sums are the means
        sums = [_with_nan(columns[name]) for name in ("sum_before", "sum_now")]
        weights = [(~np.isnan(side)).astype(np.float64) for side in sums]
        return GroupColumns(
            series=columns["series"].astype(np.int64),
            key=columns["key"],
            label=columns["key"],
            weight_before=weights[0],
            weight_now=weights[1],
            sum_before=np.nan_to_num(sums[0]),
            sum_now=np.nan_to_num(sums[1]),
            n_before=weights[0].astype(np.int64),
            n_now=weights[1].astype(np.int64),
        )
    key, label = ("c.source_id", "c.outlet") if group_by is GroupBy.OUTLET else ("c.language", "c.language")
    sql = load_statement("voice_groups", theme=of_theme(theme), key=key, label=label)
    columns = _columns(snapshot, sql, parameters)
    return GroupColumns(
        series=columns["series"].astype(np.int64),
        key=columns["key"],
        label=columns["label"],
        weight_before=_with_nan(columns["weight_before"]),
        weight_now=_with_nan(columns["weight_now"]),
        sum_before=_with_nan(columns["sum_before"]),
        sum_now=_with_nan(columns["sum_now"]),
        n_before=columns["n_before"].astype(np.int64),
        n_now=columns["n_now"].astype(np.int64),
    )


def read_titles(snapshot: Snapshot, keys: Sequence[int], since: date, until: date) -> dict[int, tuple[str, str]]:
    """Give the identifier of each story, by its key, and the title of its earliest copy in the span."""
    rows = snapshot.fetch(load_statement("voice_titles"), {"keys": list(keys), "since": since, "until": until})
    return {int(str(key)): (str(story), str(title)) for key, story, title in rows}


def read_panel(snapshot: Snapshot, before: tuple[date, date], now: tuple[date, date]) -> tuple[str, ...]:
    """Give the sources of earned media that published in both spans, whatever they wrote about."""
    return tuple(str(row[0]) for row in snapshot.fetch(load_statement("voice_panel"), _spans(before, now)))


def read_namings(
    snapshot: Snapshot,
    entities: Sequence[str],
    panel: Sequence[str],
    since: date,
    until: date,
    theme: str | None = None,
) -> list[Naming]:
    """Give the stories of a span on a panel of sources, counted by which of the entities they name."""
    parameters = {**_span(since, until, entities, None, theme), "panel": list(panel)}
    return fetch_records(snapshot, Naming, load_statement("voice_namings", theme=of_theme(theme)), parameters)


def day_of(days: int) -> date:
    """Give the day that is so many days after 1970-01-01."""
    return date.fromordinal(_EPOCH + days)


def _span(
    since: date, until: date, entities: Sequence[str], grain: Grain | None, theme: str | None
) -> dict[str, object]:
    length = {} if grain is None else {"grain": grain.value}
    return {"since": since, "until": until, "entities": list(entities), **length, **named_theme(theme)}


def _spans(before: tuple[date, date], now: tuple[date, date]) -> dict[str, object]:
    return {"before_since": before[0], "before_until": before[1], "since": now[0], "until": now[1]}


def _bucket(grain: Grain | None) -> str:
    """Give the SQL of the bucket of an article."""
    return "$since" if grain is None else "date_trunc($grain, c.published_on)"


def _columns(snapshot: Snapshot, sql: str, parameters: dict[str, object]) -> "dict[str, NDArray[np.generic]]":
    return cast("dict[str, NDArray[np.generic]]", snapshot.connection.execute(sql, parameters).fetchnumpy())


def _with_nan(column: "NDArray[np.generic]") -> "NDArray[np.float64]":
    """Give a column of numbers with NaN in the place of NULL."""
    import numpy as np

    values = np.array(np.ma.getdata(column), dtype=np.float64)
    values[np.ma.getmaskarray(column)] = np.nan
    return values
