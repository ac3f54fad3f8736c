"""Voices of a span: one row per entity, bucket and story, as columns, so that millions of rows are fine.

Earned media only. Days are those of UTC, spans include both ends. A voice is a story; its numbers are means over its
scored articles in the bucket.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib import resources
from typing import TYPE_CHECKING, cast

from db.read import EntityName, Grain
from db.snapshot import Snapshot
from pipelines.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_EPOCH = date(1970, 1, 1).toordinal()
_OF_THEME = "AND c.revision_id IN (SELECT t.revision_id FROM article_theme t WHERE t.theme = $theme)"


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


def read_entities(snapshot: Snapshot, entities: Sequence[str] | None) -> tuple[EntityName, ...]:
    """Give the named entities in the order asked for; None: all watched ones, the subject first, then by name.

    Raises:
        UsageError: the watchlist has no such entity.
    """
    rows = snapshot.fetch("SELECT entity, name, role FROM entities ORDER BY role <> 'subject', name, entity")
    known = {str(entity): EntityName(str(entity), str(name), str(role)) for entity, name, role in rows}
    if entities is None:
        return tuple(known.values())
    for entity in entities:
        if entity not in known:
            raise UsageError(f"the watchlist has no entity {entity!r}; it has {', '.join(sorted(known)) or 'none'}")
    return tuple(known[entity] for entity in dict.fromkeys(entities))


def check_span(since: date, until: date) -> None:
    """Refuse a span that ends before it begins.

    Raises:
        UsageError: it does.
    """
    if since > until:
        raise UsageError(f"since {since} is after until {until}; swap them")


def check_theme(snapshot: Snapshot, theme: str | None) -> None:
    """Refuse a theme that the watchlist does not have; None is no theme.

    Raises:
        UsageError: the current themes do not name it.
    """
    if theme is None:
        return
    known = [str(row[0]) for row in snapshot.fetch("SELECT theme FROM themes ORDER BY theme")]
    if theme not in known:
        raise UsageError(f"the watchlist has no theme {theme!r}; it has {', '.join(known) or 'none'}")


def read_voices(
    snapshot: Snapshot, entities: Sequence[str], since: date, until: date, grain: Grain | None, theme: str | None = None
) -> VoiceColumns:
    """Give the voices of entities by bucket; without ``grain`` the whole span is one bucket, ``since``."""
    import numpy as np

    columns = _columns(snapshot, _sql("voices", grain, theme), _span(since, until, entities, grain, theme))
    floats = [_with_nan(columns[name]) for name in ("polarity", "positive", "neutral", "negative")]
    return VoiceColumns(columns["series"].astype(np.int64), columns["bucket"].astype(np.int64), *floats)


def read_reach(
    snapshot: Snapshot, entities: Sequence[str], since: date, until: date, grain: Grain | None, theme: str | None = None
) -> list[Reach]:
    """Give articles and sources by entity and bucket, in that order; buckets without articles are missing."""
    rows = snapshot.fetch(
        _sql("voice_reach", grain, theme),
        _span(since, until, entities, grain, theme),
    )
    return [Reach(*cast("tuple[int, date, int, int]", row)) for row in rows]


def read_crawls(snapshot: Snapshot, grain: Grain) -> Crawls:
    """Give how many sources answered in each bucket in which any was asked, from the log of feed requests."""
    rows = cast(
        "list[tuple[date, int, date, date]]",
        snapshot.fetch(_sql("voice_crawls", grain, None), {"grain": grain.value}),
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

    parameters = {**_spans(before, now), "entities": list(entities)} | ({} if theme is None else {"theme": theme})
    if group_by is GroupBy.STORY:
        columns = _columns(snapshot, _sql("voice_stories", None, theme), parameters)
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
    sql = _sql("voice_groups", None, theme).replace("{key}", key).replace("{label}", label)
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
    rows = snapshot.fetch(_sql("voice_titles", None, None), {"keys": list(keys), "since": since, "until": until})
    return {int(str(key)): (str(story), str(title)) for key, story, title in rows}


def read_panel(snapshot: Snapshot, before: tuple[date, date], now: tuple[date, date]) -> tuple[str, ...]:
    """Give the sources of earned media that published in both spans, whatever they wrote about."""
    return tuple(str(row[0]) for row in snapshot.fetch(_sql("voice_panel", None, None), _spans(before, now)))


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
    rows = snapshot.fetch(_sql("voice_namings", None, theme), parameters)
    return [Naming(tuple(cast("list[str]", named)), int(str(n))) for named, n in rows]


def day_of(days: int) -> date:
    """Give the day that is so many days after 1970-01-01."""
    return date.fromordinal(_EPOCH + days)


def _span(
    since: date, until: date, entities: Sequence[str], grain: Grain | None, theme: str | None
) -> dict[str, object]:
    parameters: dict[str, object] = {"since": since, "until": until, "entities": list(entities)}
    if grain is not None:
        parameters["grain"] = grain.value
    if theme is not None:
        parameters["theme"] = theme
    return parameters


def _spans(before: tuple[date, date], now: tuple[date, date]) -> dict[str, object]:
    return {"before_since": before[0], "before_until": before[1], "since": now[0], "until": now[1]}


def _sql(name: str, grain: Grain | None, theme: str | None) -> str:
    """Give a query with its two places filled: how a day becomes a bucket, and the condition of a theme."""
    text = resources.files("db").joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")
    bucket = "$since" if grain is None else "date_trunc($grain, c.published_on)"
    return text.replace("{bucket}", bucket).replace("{theme}", "" if theme is None else _OF_THEME)


def _columns(snapshot: Snapshot, sql: str, parameters: dict[str, object]) -> "dict[str, NDArray[np.generic]]":
    return cast("dict[str, NDArray[np.generic]]", snapshot.connection.execute(sql, parameters).fetchnumpy())


def _with_nan(column: "NDArray[np.generic]") -> "NDArray[np.float64]":
    """Give a column of numbers with NaN in the place of NULL."""
    import numpy as np

    values = np.array(np.ma.getdata(column), dtype=np.float64)
    values[np.ma.getmaskarray(column)] = np.nan
    return values
