"""What rules of alerts did, and what they would have done; reads only."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from analysis.alert_rules import Crossing, Verdict, decide
from analysis.measures import Span
from db.read import covered_days, open_snapshot
from newstone.config import Project
from newstone.delivery.alert_ledger import AlertState, LoggedAlert, logged_alerts
from newstone.delivery.outbox import open_outbox
from newstone.delivery.quiet_hours import quiet_until
from newstone.stages.alerting import crossing_finder, rule_of
from pipelines.clock import utc_now


@dataclass(frozen=True, slots=True)
class RuleStanding:
    """A rule, the newest day (UTC) that it has told, and how many of its alerts wait."""

    name: str
    company: str
    measure: str
    threshold: str
    minimum_voices: int
    cool_down_days: int
    mute_until: date | None
    is_muted: bool
    last_told: date | None
    n_waiting: int

    def to_json_dict(self) -> dict[str, Any]:
        """Give the record for ``json.dumps``."""
        return {key: str(value) if isinstance(value, date) else value for key, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A day (UTC) on which a rule's threshold was crossed, and what would have become of it."""

    day: date
    rule: str
    company: str
    measure: str
    theme: str | None
    value: float
    usual: float | None
    z: float | None
    n_voices: int
    low: float | None
    high: float | None
    outcome: str  # told, told (quiet), cool-down, muted

    @property
    def is_told(self) -> bool:
        """True where it would have been sent, at once or after the quiet hours."""
        return self.outcome.startswith("told")

    def shown(self, value: float) -> str:
        """Write a polarity with its sign, or a number of voices."""
        if self.measure != "polarity":
            return f"{value:g}"
        return f"{value:+.2f}".replace("-0.00", "0.00").replace("+0.00", "0.00")

    def to_json_dict(self) -> dict[str, Any]:
        """Give the record for ``json.dumps``."""
        return {**asdict(self), "day": self.day.isoformat()}


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Crossings by day over ``span``, which is None where there is no article at all."""

    span: Span | None
    rows: tuple[Rehearsed, ...]


def list_rules(project: Project) -> tuple[RuleStanding, ...]:
    """Give the configured rules in their order.

    Raises:
        StoreError: the ledger cannot be read.
    """
    logged: list[LoggedAlert] = []
    if project.outbox_file.exists():
        with open_outbox(project.outbox_file) as outbox:
            logged = logged_alerts(outbox)
    today = utc_now().date()
    standings = []
    for rule in project.settings.alerts.rules:
        mine = [alert for alert in logged if alert.rule == rule.name]
        bounds = [("above", rule.above), ("below", rule.below), rule_of(rule).z_bound or ("z", None)]
        standings.append(
            RuleStanding(
                name=rule.name,
                company=rule.entity or "subject",
                measure=f"{rule.measure} {rule.theme}".rstrip(),
                threshold=" ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None),
                minimum_voices=rule.minimum_voices,
                cool_down_days=rule.cool_down_days,
                mute_until=rule.mute_until,
                is_muted=rule.mute_until is not None and today < rule.mute_until,
                last_told=max((alert.day for alert in mine if alert.state is AlertState.TOLD), default=None),
                n_waiting=sum(alert.state is AlertState.WAITING for alert in mine),
            )
        )
    return tuple(standings)


def rehearse(project: Project, days: int) -> Rehearsal:
    """Evaluate the rules over the last days of the data, to the last article; sends and remembers nothing.

    Raises:
        UsageError: a rule names a company or theme that the watchlist has not; names the rule.
        StoreError: there is no snapshot.
    """
    covered = covered_days(project.snapshot_file)
    if covered is None:
        return Rehearsal(None, ())
    span = Span(max(covered[1] - timedelta(days=days - 1), covered[0]), covered[1])
    with open_snapshot(project.snapshot_file) as snapshot:
        finder = crossing_finder(project, snapshot, span)
        crossings = [one for rule in project.settings.alerts.rules for one in finder.find(rule_of(rule))]
    published = datetime.fromtimestamp(project.snapshot_file.stat().st_mtime, UTC).time()
    return Rehearsal(
        span,
        tuple(_row(project, one.crossing, one.verdict, published) for one in decide(crossings, ())),
    )


def _row(project: Project, crossing: Crossing, verdict: Verdict, published: time) -> Rehearsed:
    alerts = project.settings.alerts
    outcome = verdict.value
    if verdict is Verdict.TELL:
        evaluated = datetime.combine(crossing.day + timedelta(days=1), published, tzinfo=UTC)
        is_quiet = quiet_until(evaluated, alerts.quiet_hours, alerts.time_zone) is not None
        outcome = "told (quiet)" if is_quiet else "told"
    return Rehearsed(
        day=crossing.day,
        rule=crossing.rule.name,
        company=crossing.name,
        measure=crossing.rule.measure.value,
        theme=crossing.rule.theme,
        value=crossing.value,
        usual=crossing.usual,
        z=crossing.z,
        n_voices=crossing.n_voices,
        low=crossing.low,
        high=crossing.high,
        outcome=outcome,
    )
