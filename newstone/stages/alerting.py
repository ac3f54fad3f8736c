"""The alert stage: rules over the newest snapshot; what fired is written down, then told by e-mail and webhook.

Nothing here fails a night: the snapshot is published, and what could not be told is a problem of the run that the next
one tries again.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from analysis.alert_rules import AlertMeasure, Crossing, Direction, Rule, Verdict, decide
from analysis.alerts import CrossingFinder, explain
from analysis.measures import Span
from db.snapshot import Snapshot, open_snapshot
from newstone.config import Project
from newstone.delivery.accounts import MailAccount, alert_webhook, mail_account
from newstone.delivery.alert_ledger import (
    AlertState,
    LoggedAlert,
    fired_days,
    last_evaluated_day,
    logged_alerts,
    record_evaluation,
    settle,
)
from newstone.delivery.alert_notes import NoteWriter
from newstone.delivery.mail import Answer, deliver_mail
from newstone.delivery.outbox import DeliveryState, Kind, Outbox, Parcel, open_outbox
from newstone.delivery.quiet_hours import quiet_until
from newstone.delivery.webhook import RECIPIENT, Webhook, deliver_webhook
from newstone.settings import AlertRule
from newstone.stages.context import StageClock, StageContext, StageProgress, StageResult
from pipelines.clock import utc_now
from pipelines.errors import ConfigError, NewstoneError, UsageError

STAGE = "alert"
LATE_DAYS = 3
"""Days that are looked at again: late articles may let a day cross that had not."""
MOST_DAYS = 7
"""Days looked back at most after a pause: older news is in the digest."""
EXPIRY = timedelta(days=7)
"""Time after which an alert that could not be told is given up."""

MOST_QUIET = timedelta(days=1)
"""Time after which an alert has missed the end of the quiet hours: no run came outside of them."""


def rule_of(settings: AlertRule) -> Rule:
    """Give the rule that a block of the configuration describes."""
    return Rule(
        name=settings.name,
        entity=settings.entity,
        measure=AlertMeasure(settings.measure),
        theme=settings.theme or None,
        z=settings.z,
        above=settings.above,
        below=settings.below,
        direction=Direction(settings.direction),
        minimum_voices=settings.minimum_voices,
        cool_down_days=settings.cool_down_days,
        mute_until=settings.mute_until,
        languages=settings.languages,
    )


def crossing_finder(project: Project, snapshot: Snapshot, span: Span) -> CrossingFinder:
    """Give what looks for crossings in a span, with the limits of [analytics]."""
    limits = project.settings.analytics
    return CrossingFinder(
        snapshot, span, baseline_days=limits.spike_baseline_days, minimum_voices=limits.minimum_voices
    )


def tell_alerts(
    context: StageContext, *, now: datetime | None = None, sleep: Callable[[float], None] = time.sleep
) -> StageResult:
    """Look at the days since the last time, write down what fired, and tell it unless the hours are quiet.

    ``now`` is aware; None is the current time. In the result, ``n_in`` counts alerts that fired or waited, ``n_out``
    those with an answer from everybody. Raises nothing but what stops the whole run: every other trouble is a problem.
    """
    clock = StageClock(STAGE)
    project = context.project
    desk = _Desk(project, now or utc_now(), sleep)
    context.on_progress(StageProgress(STAGE, 0))
    for step in (desk.evaluate, desk.tell):  # what waits is told, whatever hinders new alerts
        try:
            with open_outbox(project.outbox_file) as outbox:
                step(outbox)
        except (NewstoneError, OSError) as error:
            desk.problems.append(f"alerts: {error}")
    return clock.result(
        n_in=desk.counts["fired"] + desk.counts["waited"],
        n_out=desk.counts["told"],
        counts=desk.counts,
        problems=tuple(desk.problems),
    )


@dataclass(slots=True)
class _Desk:
    """One evaluation: what it counted, and what a person must hear."""

    project: Project
    now: datetime
    sleep: Callable[[float], None]
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def evaluate(self, outbox: Outbox) -> None:
        """Find what fired in the days to look at, and write it down with the words that it is told in."""
        today = self.now.astimezone(UTC).date()
        self.counts["waited"] = len(logged_alerts(outbox, AlertState.WAITING))
        told = fired_days(outbox)
        span = Span(first_day(today, last_evaluated_day(outbox)), today)
        writer = NoteWriter(self.project.settings.digest.language)
        found = []
        with open_snapshot(self.project.snapshot_file) as snapshot:
            for decision in decide(self._crossings(snapshot, span), told):
                crossing = decision.crossing
                if decision.verdict is Verdict.TELL:
                    found.append((crossing.rule.name, crossing.day, writer.write(explain(snapshot, crossing))))
                elif decision.verdict is not Verdict.TOLD:
                    self.counts[decision.verdict.value] += 1
        self.counts["fired"] = len(record_evaluation(outbox, self.now, today, found))

    def _crossings(self, snapshot: Snapshot, span: Span) -> list[Crossing]:
        crossings: list[Crossing] = []
        finder = crossing_finder(self.project, snapshot, span)
        for settings in self.project.settings.alerts.rules:
            try:
                crossings += finder.find(rule_of(settings))
            except UsageError as error:
                self.problems.append(str(error))
        return crossings

    def tell(self, outbox: Outbox) -> None:
        """Send what waits, unless the hours are quiet; what everybody has an answer to is told."""
        waiting = logged_alerts(outbox, AlertState.WAITING)
        if not waiting:
            return
        alerts = self.project.settings.alerts
        if (until := quiet_until(self.now, alerts.quiet_hours, alerts.time_zone)) is not None:
            self.counts[f"quiet until {until:%H:%M} UTC"] = len(waiting)
            oldest = min(alert.fired_at for alert in waiting)
            if self.now - oldest > MOST_QUIET:
                self.problems.append(
                    f"alerts: {len(waiting)} wait, the oldest since {oldest:%Y-%m-%d %H:%M} UTC, because every run "
                    "falls into alerts.quiet_hours; run `newstone publish` after them"
                )
            return
        channels = _Channels(self.project, self.sleep)
        self.problems += channels.faults
        for alert in waiting:
            answers = list(channels.send(outbox, alert))
            self.problems += [
                f"alert {alert.rule!r} of {alert.day} to {recipient}: {_outcome(answer)}"
                for recipient, answer in answers
                if answer.state is not DeliveryState.SENT
            ]
            is_done = not channels.faults and all(
                answer.state not in {DeliveryState.FAILED, DeliveryState.SENDING} for _recipient, answer in answers
            )
            if is_done:
                settle(outbox, alert, AlertState.TOLD)
                self.counts["told"] += 1
            elif self.now - alert.fired_at > EXPIRY:
                settle(outbox, alert, AlertState.EXPIRED)
                self.problems.append(f"alert {alert.rule!r} of {alert.day}: given up after {EXPIRY.days} days")
            else:
                self.counts["waiting"] += 1


class _Channels:
    """Everybody who is to hear of an alert; ``faults`` are channels that cannot be used at all."""

    def __init__(self, project: Project, sleep: Callable[[float], None]) -> None:
        self.faults: list[str] = []
        self._settings = project.settings.alerts
        self._sleep = sleep
        self._account: MailAccount | None = None
        self._webhook: Webhook | None = None
        self._broken: Answer | None = None
        try:
            if self._settings.recipients:
                self._account = mail_account(project, self._settings.recipients, "alerts.recipients")
        except ConfigError as error:
            self.faults.append(f"alerts: {error}")
        try:
            self._webhook = alert_webhook(project)
        except ConfigError as error:
            self.faults.append(f"alerts: {error}")
        if not self._settings.recipients and not self._settings.webhook_url:
            keys = "alerts.recipients and alerts.webhook_url are empty"
            self.faults.append(f"alerts: fired, but {keys}; name somebody in {project.file}")

    def send(self, outbox: Outbox, alert: LoggedAlert) -> Iterator[tuple[str, Answer]]:
        """Send one alert to everybody who has not got it, and give their answers."""
        if self._account is not None:
            for recipient in self._account.recipients:
                parcel = Parcel(Kind.ALERT, alert.key, recipient.spec)
                if outbox.was_refused(parcel):
                    continue
                if self._broken is not None and outbox.holder(parcel) is None:
                    yield recipient.spec, self._broken
                    continue
                answer = deliver_mail(
                    self._account.server,
                    outbox,
                    parcel,
                    compose_alert(alert, sender=self._account.sender.shown, recipient=recipient.shown, date=utc_now()),
                    sender=self._account.sender,
                    recipient=recipient,
                    sleep=self._sleep,
                )
                if answer.for_all:
                    self._broken = answer
                yield recipient.spec, answer
        if self._webhook is not None:
            parcel = Parcel(Kind.ALERT, alert.key, RECIPIENT)
            if not outbox.was_refused(parcel):
                is_slack = self._settings.webhook_format == "slack"
                body = (alert.note.slack_body if is_slack else alert.note.json_body).encode()
                yield RECIPIENT, deliver_webhook(self._webhook, outbox, parcel, body, sleep=self._sleep)


def first_day(today: date, last_evaluated: date | None) -> date:
    """Give the first day to look at: three before those since the last time, for late articles, at most seven back."""
    since = today if last_evaluated is None else min(last_evaluated + timedelta(days=1), today)
    return max(since - timedelta(days=LATE_DAYS), today - timedelta(days=MOST_DAYS))


def compose_alert(alert: LoggedAlert, *, sender: str, recipient: str, date: datetime) -> EmailMessage:
    """Write the e-mail for one recipient; its Message-ID depends on alert and recipient alone: a repeat has the same.

    The words count too: another project may have a rule of that name, and mail servers drop what they take for a copy.
    """
    domain = sender.rpartition("@")[2].rstrip(">")
    said = sha256(f"{alert.key}\n{recipient}\n{alert.note.text}".encode()).hexdigest()[:32]
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = sender, recipient
    message["Subject"] = alert.note.subject
    message["Date"] = format_datetime(date)
    message["Message-ID"] = f"<newstone.alert.{said}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(alert.note.text, cte="quoted-printable")
    message.add_alternative(alert.note.html, subtype="html", cte="quoted-printable")
    return message


def _outcome(answer: Answer) -> str:
    if answer.state is DeliveryState.UNKNOWN:
        return f"unknown, {answer.detail}; it is not sent again"
    return f"{answer.state}, {answer.detail}"
