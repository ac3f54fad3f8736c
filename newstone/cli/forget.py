"""``newstone forget``."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.days import DAY
from newstone.cli.exits import EXIT_FAILED, EXIT_NOTHING_TO_DO, EXIT_OK

if TYPE_CHECKING:
    from newstone.config import Project
    from newstone.forgetting import Foresight

SHOWN = 10
"""Addresses and titles that are listed; the counts are those of all."""


@click.command("forget")
@click.option("--url", help="An article: all its texts, all addresses under which it came.")
@click.option("--source", "source_id", metavar="ID", help="Everything of one source.")
@click.option(
    "--before",
    type=DAY,
    help="Everything published before this day (UTC); pages without an article: fetched before it.",
)
@click.option("--copies", is_flag=True, help="Also the same stories under other addresses, by the last snapshot.")
@click.option("--reason", default="", help="Why, for the journal of takedowns.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def forget_command(
    config: Path | None,
    url: str | None,
    source_id: str | None,
    before: date | None,
    reason: str,
    *,
    copies: bool,
    dry_run: bool,
    yes: bool,
) -> int:
    """Take pages down for good: page bytes, texts, sentences, scores, labels; never fetched again.

    What stays is a tombstone: the URL, its source and when it was fetched, with the outcome "forgotten". Killed
    anywhere, the same command completes it. Ends with 3 where nothing is known of what was named.
    """
    from db.forget_selection import SelectedBy, Takedown
    from newstone.cli.display import run_shown
    from newstone.cli.terminal import shown
    from newstone.config import load_project
    from newstone.forgetting import bury_waiting, foresee, forget_pages, take_in
    from newstone.lock import hold_lock
    from newstone.stages.publishing import publish_snapshot

    named = [(SelectedBy.URL, url), (SelectedBy.SOURCE, source_id), (SelectedBy.BEFORE, before and before.isoformat())]
    given = [(by, str(value)) for by, value in named if value]
    if len(given) != 1:
        raise click.UsageError("give one of --url, --source and --before")
    takedown = Takedown(*given[0], reason)
    project = load_project(config)
    if not dry_run:
        run_shown(project, "forget", [take_in], as_json=False, quiet=True)
    with hold_lock(project.data_dir, "forget"):
        foresight = foresee(project, takedown, with_copies=copies)
    if not foresight.plan.keys and not foresight.waiting:
        click.echo(f"nothing is known of {takedown.by.value} {shown(takedown.selected)}", err=True)
        for address in foresight.near:
            click.echo(f"  known and much alike: {address}", err=True)
        return EXIT_NOTHING_TO_DO
    _tell(foresight, with_copies=copies)
    if dry_run:
        return EXIT_OK
    if not (yes or _is_confirmed()):
        click.echo("nothing was removed; --yes does not ask", err=True)
        return EXIT_FAILED
    stages = [bury_waiting(takedown), forget_pages(takedown, with_copies=copies), publish_snapshot]
    report = run_shown(project, "forget", stages, as_json=False, quiet=False)
    _tell_rest(project, source_id)
    return EXIT_OK if report.state == "ok" else EXIT_FAILED


def _is_confirmed() -> bool:
    """Ask; nobody there to answer (no terminal, end of input) is a no."""
    try:
        return click.confirm("Remove this for good?", err=True)
    except click.Abort:
        click.echo(err=True)
        return False


def _tell(foresight: "Foresight", *, with_copies: bool) -> None:
    plan = foresight.plan
    if foresight.n_new_parts:
        click.echo(f"{foresight.n_new_parts} parts were not extracted yet and are not looked at")
    click.echo(
        f"pages {plan.n_pages}, texts {len(plan.revision_ids)}, mentions {plan.n_mentions}, scores {plan.n_scores},"
        f" labels {plan.n_labels}; parts to write anew: up to {len(plan.parts)}"
    )
    if plan.n_forgotten_before:
        click.echo(f"forgotten before: {plan.n_forgotten_before} pages")
    if plan.sources:
        click.echo("sources: " + ", ".join(f"{source} {n}" for source, n in plan.sources))
    _list("addresses", plan.urls)
    _list("titles", plan.titles)
    _list("waiting to be fetched, dropped", foresight.waiting)
    if foresight.copies:
        kept = "taken down, too" if with_copies else "kept; --copies takes them down, too"
        _list(f"the same stories under other addresses ({kept})", foresight.copies)


def _list(name: str, values: tuple[str, ...]) -> None:
    from newstone.cli.terminal import shown

    if values:
        click.echo(f"{name}:")
        for value in values[:SHOWN]:
            click.echo(f"  {shown(value)}")
        if len(values) > SHOWN:
            click.echo(f"  … {len(values) - SHOWN} more")


def _tell_rest(project: "Project", source_id: str | None) -> None:
    from newstone.forgetting import places_of_copies

    click.echo("The URLs stay as tombstones. Copies may remain in:", err=True)
    for path in places_of_copies(project):
        click.echo(f"  {path}", err=True)
    click.echo(
        "and in whatever was sent, exported or put elsewhere by `backup --to`; remove or renew these by hand.", err=True
    )
    click.echo("A backup with pages holds the page itself: a part linked there stays when it goes here.", err=True)
    click.echo("Kept pages that link there hold address and headline as their own content.", err=True)
    if source_id is not None:
        click.echo(f"New pages of {source_id} are fetched until its source file says enabled = false.", err=True)
