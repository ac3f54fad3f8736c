"""Checks before publishing: do the counts add up, does every row belong to another, is the night plausible?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from db.check_queries import CHECKS, KEYS
from db.snapshot import Snapshot
from db.times import to_stored
from db.writer import Writer
from pipelines.outcomes import ARTICLE_OUTCOMES, Outcome
from pipelines.records import ScoreOutcome

FUTURE_TOLERANCE = timedelta(days=1)
"""A publication date may lie this far ahead: a day alone, read in a zone east of UTC, begins up to 14 hours later."""


class Severity(StrEnum):
    """What a failed check means."""

    ERROR = "error"  # the last good snapshot stays
    PROBLEM = "problem"  # something was lost or is damaged that no run mends; what is in the database is whole
    WARNING = "warning"  # worth a look


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: ``n`` rows are wrong, ``example`` is the identifier of one of them ("" where none is)."""

    name: str
    severity: Severity
    what: str
    n: int
    example: str
    remedy: str

    @property
    def passed(self) -> bool:
        """True where no row is wrong."""
        return self.n == 0

    def __str__(self) -> str:
        return f"{self.severity.value} {self.name}: {self.what} ({self.n}, e.g. {self.example}). {self.remedy}"


def run_checks(store: Writer | Snapshot, *, now: datetime) -> list[CheckResult]:
    """Run all checks; gives one result each, passed or not, in a fixed order.

    Linear in the rows of the database: about a second for 100,000 articles.
    """
    vocabulary: dict[str, object] = {
        "outcomes": [outcome.value for outcome in Outcome],
        "article_outcomes": sorted(outcome.value for outcome in ARTICLE_OUTCOMES),
        "score_outcomes": [outcome.value for outcome in ScoreOutcome],
        "latest": to_stored(now + FUTURE_TOLERANCE),
    }
    results = []
    for table, key in KEYS.items():
        columns = ", ".join(f'"{name}"' for name in key)
        sql = f'SELECT "{key[0]}" AS id FROM {table} GROUP BY {columns} HAVING count(*) > 1'  # noqa: S608 - our names
        n, example = _count(store, sql, {})
        results.append(
            CheckResult(
                name=f"unique_{table}",
                severity=Severity.ERROR,
                what=f"rows of {table} with the same {', '.join(key)}",
                n=n,
                example=example,
                remedy="Restore the last backup and report this; rows are only added where their key is new.",
            )
        )
    for check in CHECKS:
        wanted = {name: value for name, value in vocabulary.items() if f"${name}" in check.sql}
        n, example = _count(store, check.sql, wanted)
        results.append(CheckResult(check.name, Severity(check.severity), check.what, n, example, check.remedy))
    return results


def failed_checks(results: Sequence[CheckResult]) -> list[CheckResult]:
    """Give the errors that did not pass, in order."""
    return [result for result in results if not result.passed and result.severity is Severity.ERROR]


def warned_checks(results: Sequence[CheckResult]) -> list[CheckResult]:
    """Give the warnings that did not pass, in order."""
    return [result for result in results if not result.passed and result.severity is Severity.WARNING]


def _count(store: Writer | Snapshot, sql: str, parameters: dict[str, object]) -> tuple[int, str]:
    counted = f"SELECT count(*), min(CAST(id AS VARCHAR)) FROM ({sql})"  # noqa: S608 - our own queries
    row = store.connection.execute(counted, parameters).fetchall()[0]
    return int(row[0]), str(row[1] or "")
