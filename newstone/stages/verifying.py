"""The verify stage: do the database, the parts and the last snapshot agree?

The checks on rows run when the snapshot is published, on its copy. This stage adds what they cannot see, and is quick:
sizes of all parts, checksums of those that this run has loaded. ``newstone verify --deep`` reads all.
"""

import json

from db.checks import CheckResult, Severity, failed_checks
from db.verify import last_counts_of, parts_of_run, read_ledger
from db.writer import Writer, open_writer
from newstone.stages.context import StageClock, StageContext, StageResult
from newstone.verification import check_agreement, check_parts
from pipelines.errors import ChecksFailedError

STAGE = "verify"

MENDED_BY_PUBLISHING = frozenset({"snapshot_is_whole"})
"""Checks whose failure the next stage mends."""


def verify_store(context: StageContext) -> StageResult:
    """Verify the store before it is published.

    A part that is gone or damaged is no reason to publish nothing for ever: it makes the night partial once, when it
    is noticed, and stands in the counts of the stage from then on. ``n_in`` counts the parts of the ledger.

    Raises:
        ChecksFailedError: publishing would spread damage; the last good snapshot stays.
        StoreError: the database cannot be read.
    """
    clock = StageClock(STAGE)
    project = context.project
    with open_writer(project.writer_file) as writer:
        ledger = read_ledger(writer)
        results = check_agreement(writer, project)
        results += check_parts(project.data_dir, ledger, to_sum=parts_of_run(writer, context.run_id))
        told = _told_before(writer)
    if errors := failed_checks(results):
        raise ChecksFailedError(
            f"{len(errors)} checks failed, the last good snapshot stays:\n" + "\n".join(str(each) for each in errors)
        )
    failed = [result for result in results if not result.passed]
    problems = tuple(_line(result) for result in failed if _is_news(result, told))
    counts = {result.name: result.n for result in failed}
    n_failed = sum(result.n for result in failed if result.name.startswith("part_"))
    return clock.result(n_in=len(ledger), n_out=len(ledger) - n_failed, counts=counts, problems=problems)


def _is_news(result: CheckResult, told: dict[str, int]) -> bool:
    is_problem = result.severity is Severity.PROBLEM and result.name not in MENDED_BY_PUBLISHING
    return is_problem and result.n > told.get(result.name, 0)


def _line(result: CheckResult) -> str:
    example = result.example.partition(", ")[0]
    return f"{result.what} ({result.n}, e.g. {example}). {result.remedy} `newstone verify` lists them."


def _told_before(writer: Writer) -> dict[str, int]:
    counts = json.loads(last_counts_of(writer, STAGE))
    return {str(name): int(n) for name, n in counts.items()}
