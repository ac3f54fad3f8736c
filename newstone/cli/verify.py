"""``newstone verify``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.exits import EXIT_CHECKS_REFUSED, EXIT_FAILED, EXIT_OK

if TYPE_CHECKING:
    from db.checks import CheckResult


@click.command("verify")
@click.option("--deep", is_flag=True, help="Also read every kept part: checksums, and each page at its place.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.pass_obj
def verify_command(config: Path | None, *, deep: bool, as_json: bool) -> int:
    """Check that counts add up, nothing is orphaned, and database, pages and snapshot agree. Changes nothing.

    Ends with 0 where all is well (warnings allowed), 1 where something was lost or is damaged but publishing goes on, 4
    where the next night would refuse to publish.
    """
    from db.checks import Severity
    from newstone.config import load_project
    from newstone.lock import hold_lock
    from newstone.verification import verify_project

    project = load_project(config)

    def tell(done: int, total: int) -> None:
        if not as_json and (done % 100 == 0 or done == total):
            click.echo(f"parts read: {done} of {total}", err=True)

    with hold_lock(project.data_dir, "verify"):
        results = verify_project(project, deep=deep, on_part=tell)
    if as_json:
        click.echo(json.dumps(_row(results), ensure_ascii=False, indent=2))
    else:
        for result in results:
            if not result.passed:
                click.echo(str(result))
        failed = sum(not result.passed for result in results)
        click.echo(
            f"{len(results)} checks, {len(results) - failed} passed" + ("" if deep else "; --deep reads all pages")
        )
    severities = {result.severity for result in results if not result.passed}
    if Severity.ERROR in severities:
        return EXIT_CHECKS_REFUSED
    return EXIT_FAILED if Severity.PROBLEM in severities else EXIT_OK


def _row(results: "list[CheckResult]") -> dict[str, object]:
    return {
        "passed": all(result.passed for result in results),
        "checks": [
            {
                "name": result.name,
                "severity": result.severity.value,
                "passed": result.passed,
                "n": result.n,
                "example": result.example,
                "what": result.what,
                "remedy": result.remedy,
            }
            for result in results
        ],
    }
