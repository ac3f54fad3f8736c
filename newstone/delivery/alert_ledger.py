"""Alerts in the ledger: what fired and waits to be told, what was told, and how far the days were looked at.

An alert is written down as the words it will be told in, together with the days that were looked at, in one
transaction. So nothing that fired is lost to quiet hours, to a mail server that is down, or to a kill.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum

from newstone.delivery.outbox import Outbox
from pipelines.errors import StoreError


class AlertState(StrEnum):
    """How an alert stands: ``told`` has an answer from everybody, ``expired`` was given up after a week of trying."""

    WAITING = "waiting"
    TOLD = "told"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Note:
    """An alert in words: subject, text part and HTML part of an e-mail, and the bodies of a webhook as JSON."""

    subject: str
    text: str
    html: str
    json_body: str
    slack_body: str


@dataclass(frozen=True, slots=True)
class LoggedAlert:
    """One alert: rule and day (UTC) name it; ``fired_at`` is the moment (UTC) at which it was found."""

    rule: str
    day: date
    fired_at: datetime
    state: AlertState
    note: Note

    @property
    def key(self) -> str:
        """What names it among the deliveries."""
        return f"{self.day}/{self.rule}"


def record_evaluation(
    outbox: Outbox, now: datetime, last_day: date, found: Sequence[tuple[str, date, Note]]
) -> list[tuple[str, date]]:
    """Write down that all days up to ``last_day`` were looked at and what fired (rule, day, words).

    Gives the rules and days that are new: one that another process wrote meanwhile stays as it is.

    Raises:
        StoreError: the ledger cannot be written; the next evaluation finds the same again.
    """
    written = []
    with outbox.writing() as connection:
        for rule, day, note in found:
            cursor = connection.execute(
                "INSERT OR IGNORE INTO alert (rule, day, fired_at, state, note) VALUES (?, ?, ?, ?, ?)",
                (
                    rule,
                    day.isoformat(),
                    now.isoformat(timespec="seconds"),
                    AlertState.WAITING,
                    json.dumps(asdict(note)),
                ),
            )
            if cursor.rowcount:
                written.append((rule, day))
        connection.execute(
            "INSERT INTO evaluation (evaluated_at, last_day) VALUES (?, ?)",
            (now.isoformat(timespec="seconds"), last_day.isoformat()),
        )
    return written


def last_evaluated_day(outbox: Outbox) -> date | None:
    """Give the last day (UTC) that was looked at, None where none was."""
    with outbox.reading() as connection:
        [newest] = connection.execute("SELECT max(last_day) FROM evaluation").fetchone()
    return None if newest is None else date.fromisoformat(newest)


def fired_days(outbox: Outbox) -> frozenset[tuple[str, date]]:
    """Give rule and day (UTC) of every alert that fired, whatever became of it."""
    with outbox.reading() as connection:
        rows = connection.execute("SELECT rule, day FROM alert").fetchall()
    return frozenset((rule, date.fromisoformat(day)) for rule, day in rows)


def logged_alerts(outbox: Outbox, state: AlertState | None = None) -> list[LoggedAlert]:
    """Give the alerts by day, then in the order in which they fired.

    Raises:
        StoreError: the ledger cannot be read.
    """
    with outbox.reading() as connection:
        rows = connection.execute(
            "SELECT rule, day, fired_at, state, note FROM alert WHERE ?1 IS NULL OR state = ?1 ORDER BY day, rowid",
            (state,),
        ).fetchall()
    try:
        return [
            LoggedAlert(
                rule, date.fromisoformat(day), datetime.fromisoformat(at), AlertState(kept), Note(**json.loads(note))
            )
            for rule, day, at, kept, note in rows
        ]
    except (ValueError, TypeError) as error:
        raise StoreError(f"{outbox.path}: an alert in it cannot be read ({error}); move the file away") from error


def settle(outbox: Outbox, alert: LoggedAlert, state: AlertState) -> None:
    """Write down how an alert ended.

    Raises:
        StoreError: the ledger cannot be written.
    """
    with outbox.writing() as connection:
        connection.execute(
            "UPDATE alert SET state = ? WHERE rule = ? AND day = ?", (state, alert.rule, alert.day.isoformat())
        )
