"""Compares the recorded states of the sources with the events: was every outage seen, and soon, and nothing else?"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bench.simulation.days import date_of
from bench.simulation.editor import is_mended
from bench.simulation.events import OUTAGES, Event, EventKind
from bench.simulation.plan import Plan
from bench.simulation.press import LARGE_PER_DAY, Outlet
from db.snapshot import open_snapshot
from db.source_states import read_source_history

WITHIN_NIGHTS = 2

RIGHT: dict[EventKind, frozenset[str]] = {
    EventKind.SILENT: frozenset({"quiet"}),
    EventKind.FORBIDDEN: frozenset({"blocked"}),
    EventKind.REFUSED: frozenset({"blocked"}),
    EventKind.CONSENT: frozenset({"walled"}),
    EventKind.PAYWALL: frozenset({"walled"}),
    EventKind.FEED_MISSING: frozenset({"gone"}),
    EventKind.FEED_GONE: frozenset({"gone"}),
    EventKind.FEED_HTML: frozenset({"gone"}),
    EventKind.HOST_DEAD: frozenset({"gone", "blocked"}),  # behind a proxy nobody can tell
    EventKind.SCRIPT_ONLY: frozenset({"changed_layout"}),
    EventKind.ODD_ELEMENT: frozenset({"changed_layout"}),
}
WELL = frozenset({"ok", "new"})

ECHO_NIGHTS = 3
"""Nights after an event in which a state that is not well is no false alarm; later it lingers, if it never went."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """One outage; ``after_nights`` counts the nights that ran from its begin on, None: never noticed.

    ``state`` is the one that told it, or those that stood there instead.
    """

    event: Event
    outlet: Outlet
    after_nights: int | None
    state: str
    n_nights: int  # that ran while it lasted

    @property
    def is_in_time(self) -> bool:
        """Tell whether it was noticed in time; an outage that was over before could not be."""
        if self.after_nights is None:
            return self.n_nights < WITHIN_NIGHTS
        return self.after_nights <= WITHIN_NIGHTS

    @property
    def is_strict(self) -> bool:
        """Tell whether it has to be noticed in time; a small outlet may have nothing to print for a week."""
        return self.event.kind is not EventKind.SILENT or self.outlet.per_day >= LARGE_PER_DAY


@dataclass(slots=True)
class OutageReport:
    """All outages, and the nights of sources that were called ill without an event; counts of nights by state."""

    outages: list[Noticed] = field(default_factory=list)
    n_judged: int = 0  # nights of sources that were judged
    n_peaceful: int = 0  # of them without an event, now or shortly before
    lingering: Counter[str] = field(default_factory=Counter)  # nights on which the state of an outage still stood
    false_alarms: Counter[str] = field(default_factory=Counter)  # nights of states that came without an event
    examples: list[str] = field(default_factory=list)

    def late(self) -> list[Noticed]:
        """Give the outages that had to be noticed in time and were not."""
        return [one for one in self.outages if one.is_strict and not one.is_in_time]


def compare_states(plan: Plan, snapshot_file: Path) -> OutageReport:
    """Compare events and states.

    Raises:
        StoreError: there is no snapshot.
    """
    states: defaultdict[str, dict[int, tuple[str, str]]] = defaultdict(dict)
    with open_snapshot(snapshot_file) as store:
        for row in read_source_history(store, date.min):
            states[row.source_id][(row.night - date_of(0)).days] = (row.state, row.reason)
    report = OutageReport()
    for outlet in plan.press.outlets:
        for event in plan.events_of.get(outlet.id, ()):
            if event.is_outage:
                report.outages.append(_notice(plan, outlet, event, states[outlet.id]))
        _count_false(plan, outlet, states[outlet.id], report)
    return report


def _notice(plan: Plan, outlet: Outlet, event: Event, states: dict[int, tuple[str, str]]) -> Noticed:
    nights = list(_nights_within(plan, outlet, event))
    seen = []
    for place, night in enumerate(nights, start=1):
        state = states.get(night, ("not judged", ""))[0]
        if state in RIGHT[event.kind]:
            return Noticed(event, outlet, place, state, len(nights))
        seen.append(state)
    return Noticed(event, outlet, None, ", ".join(dict.fromkeys(seen)), len(nights))


def _nights_within(plan: Plan, outlet: Outlet, event: Event) -> Iterator[int]:
    """Give the nights within an outage that ran.

    Of a silence those after the one that fetches what came before it, of a layout those until a person has mended it.
    """
    first = event.begin + 1 if event.kind is EventKind.SILENT else event.begin
    for night in range(max(first, plan.added[outlet.id]), min(event.end, plan.n_nights)):
        ran = not plan.nights[night].machine_off and not plan.nights[night].network_down
        if ran and not is_mended(event, outlet, night):
            yield night


def _count_false(plan: Plan, outlet: Outlet, states: dict[int, tuple[str, str]], report: OutageReport) -> None:
    lingers = ""  # the state of an outage that has not gone since
    for night, (state, reason) in sorted(states.items()):
        report.n_judged += 1
        if _is_eventful(plan, outlet, night):
            lingers = state
            continue
        report.n_peaceful += 1
        if state in WELL:
            lingers = ""
        elif state == lingers:
            report.lingering[state] += 1
        else:
            report.false_alarms[state] += 1
            report.examples.append(f"{outlet.id} ({outlet.per_day:.1f} a day) night {night}: {state} ({reason})")


def _is_eventful(plan: Plan, outlet: Outlet, night: int) -> bool:
    """Tell whether something holds or held shortly before that may make a state other than well."""
    for event in plan.events_of.get(outlet.id, ()):
        if event.kind not in OUTAGES and event.end - event.begin > 1:
            continue  # changes that should cost nothing
        if event.begin <= night < event.end + ECHO_NIGHTS:
            return True
    return any(
        plan.nights[one].network_down or plan.nights[one].machine_off
        for one in range(max(0, night - ECHO_NIGHTS), night + 1)
    )
