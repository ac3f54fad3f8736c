"""The sources that need a look, as lines of ``newstone status``; those with the same trouble share one."""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from newstone.cli.source_health import issue_line

if TYPE_CHECKING:
    from db.source_states import SourceStateRow
    from newstone.health import ProjectStatus

Row = TypeVar("Row")

FOLDED_FROM = 3
"""Sources with the same trouble from which on they share a line; two can be read one by one."""

NAMED = 3
"""Sources that a shared line names."""

_ADDRESS = re.compile(r"https?://\S+?(?=[\s;,)]|$)|(?<![\w.-])(?!robots\.txt\b)(?:[\w-]+\.)+[a-z]{2,}(?![\w-])")
_COUNT = re.compile(r"\b\d+ (page|request|answer)s?\b")
_LAST_GOOD = re.compile(r", last good \d{4}-\d{2}-\d{2}$")


def source_lines(status: "ProjectStatus", limit: int | None) -> Iterator[str]:
    """Give the sources that are not well, then what else went wrong in the last night; each source once.

    ``limit`` is how many lines each of both lists may have; None gives each source a line of its own.
    """
    from newstone.health import issues_of, kinds_of

    states = status.store.source_states
    issues = issues_of(states)
    if states:
        counts = Counter(row.state for row in issues)
        kinds = ", ".join(f"{state} {count}" for state, count in counts.items())
        new = f"; {n_new} new" if (n_new := sum(row.state == "new" for row in states)) else ""
        yield f"sources that are not well: {len(issues)} of {len(states)}" + (f" ({kinds})" if kinds else "") + new
    reasons = {trouble.source_id: trouble.reasons for trouble in status.troubles}
    yield from _issue_lines(issues, reasons, limit)
    named = {row.source_id for row in issues}
    others = [trouble for trouble in status.troubles if trouble.source_id not in named]
    kinds = ", ".join(f"{kind} {count}" for kind, count in kinds_of(others).most_common())
    heading = "other sources with trouble in the last night" if states else "sources with trouble"
    yield f"{heading}: {len(others)}" + (f" ({kinds})" if kinds else "")
    groups = _folded(((same_words(each.reasons), each) for each in others), is_wanted=limit is not None)
    for group in groups[:limit]:
        if len(group) == 1:
            yield f"  {group[0].source_id}: {'; '.join(group[0].reasons)}"
        else:
            words = "; ".join(same_words(group[0].reasons))
            yield f"  {_names([each.source_id for each in group])}: {words}"
    yield from _left_out(groups, limit)


def same_words(reasons: Iterable[str]) -> tuple[str, ...]:
    """Give reasons without what differs between sources in the same trouble: addresses, counts, days."""
    words = (_LAST_GOOD.sub("", _COUNT.sub(r"\1s", _ADDRESS.sub("…", reason))) for reason in reasons)
    return tuple(dict.fromkeys(f"feed{word[1:]}" if word.startswith("… ") else word for word in words))


def _issue_lines(
    issues: "Sequence[SourceStateRow]", reasons: dict[str, tuple[str, ...]], limit: int | None
) -> Iterator[str]:
    def sameness(row: "SourceStateRow") -> Hashable:
        said = same_words((row.reason, *reasons.get(row.source_id, ())))
        return row.state, row.since, row.n_nights, row.last_good_night, said

    groups = _folded(((sameness(row), row) for row in issues), is_wanted=limit is not None)
    for group in groups[:limit]:
        first = group[0]
        said = reasons.get(first.source_id, ())
        if len(group) == 1:
            yield f"  {issue_line(first)}"
        else:
            line = issue_line(replace(first, reason=same_words([first.reason])[0])).removeprefix(first.source_id)
            yield f"  {_names([row.source_id for row in group])}{line}"
            said = same_words(said)
        yield from (f"    {reason}" for reason in said)
    yield from _left_out(groups, limit)


def _folded(rows: Iterable[tuple[Hashable, Row]], *, is_wanted: bool) -> list[list[Row]]:
    """Put rows with the same key together where they are enough of them, in the place of the first."""
    by_key: defaultdict[Hashable, list[Row]] = defaultdict(list)
    for key, row in rows:
        by_key[key].append(row)
    folded: list[list[Row]] = []
    for group in by_key.values():
        folded += [group] if is_wanted and len(group) >= FOLDED_FROM else [[row] for row in group]
    return folded


def _names(source_ids: Sequence[str]) -> str:
    n_more = len(source_ids) - NAMED
    names = ", ".join(source_ids[:NAMED]) + (f" and {n_more} more" if n_more > 0 else "")
    return f"{len(source_ids)} sources ({names})"


def _left_out(groups: Sequence[Sequence[object]], limit: int | None) -> Iterator[str]:
    if limit is not None and (n := sum(map(len, groups[limit:]))):
        yield f"  … and {n} more; --all shows them"
