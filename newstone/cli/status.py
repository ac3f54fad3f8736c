"""``newstone status``."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.exits import EXIT_OK
from newstone.cli.json_records import json_text
from newstone.cli.source_lines import source_lines
from newstone.cli.terminal import shown

if TYPE_CHECKING:
    from analysis.reader_labels import LanguagePrecision, Proportion
    from db.status import RunStatus
    from newstone.health import ProjectStatus

HOUR_SECONDS = 3600


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.option("--all", "show_all", is_flag=True, help="Each failing source by itself, not only the first 40 lines.")
@click.pass_obj
def status_command(config: Path | None, *, as_json: bool, show_all: bool) -> int:
    """Show the last good run, backlog, quarantine, failing sources and the age of the snapshot."""
    from newstone.config import load_project
    from newstone.health import read_project_status

    status = read_project_status(load_project(config))
    if as_json:
        click.echo(json_text(asdict(status), indent=2))
    else:
        _show(status, None if show_all else 40)
    return EXIT_OK


def _show(status: "ProjectStatus", limit: int | None) -> None:
    store = status.store
    if status.holder:
        click.echo(f"working now: {status.holder}")
    if store.last_run is None:
        click.echo("no night yet" + ("" if status.holder else "; `newstone nightly` runs the first one"))
        return
    if store.note:
        click.echo(store.note)
    good, last = store.last_good_run, store.last_run
    click.echo("last good run: " + (f"{good.command} {good.started_at:%Y-%m-%d %H:%M} UTC" if good else "none yet"))
    if good is None or last.run_id != good.run_id:
        _show_run("last run", last)
    night = store.last_night
    if night is not None and night.state != "ok" and night.run_id != last.run_id:  # a good poll after it hides no night
        _show_run("last night", night)
    if store.snapshot_age_seconds is None:
        click.echo("snapshot: none yet; `newstone nightly` publishes one")
    else:
        click.echo(f"snapshot: {store.snapshot_age_seconds / HOUR_SECONDS:.1f} h old, {status.snapshot_file}")
    if store.last_publication is not None and store.last_publication.state != "passed":
        click.echo(f"publishing was refused {store.last_publication.recorded_at:%Y-%m-%d %H:%M} UTC:")
        click.echo(shown(f"  {store.last_publication.detail}", lines=True))
    to_match, to_score = store.n_revisions_to_match or 0, store.n_mentions_to_score or 0
    click.echo(
        f"backlog: {status.n_parts_to_extract} parts to extract, {to_match} articles to match, "
        f"{to_score} mentions to score, {store.n_revisions_without_themes or 0} articles without themes"
    )
    if store.unscored_languages:
        names = ", ".join(f"{language} {count}" for language, count in store.unscored_languages)
        click.echo(f"not scored, language not validated: {names}")
    for line in precision_lines(status.live_precision):
        click.echo(line)
    if store.night_outcomes:
        click.echo("pages of the last night: " + ", ".join(f"{name} {count}" for name, count in store.night_outcomes))
    click.echo(f"quarantine: {len(store.quarantined)} parts")
    for part in store.quarantined:
        click.echo(shown(f"  {part.part}: {part.detail}"))
    for line in _job_lines(status):
        click.echo(shown(line))
    for line in source_lines(status, limit):
        click.echo(shown(line))


def _show_run(heading: str, run: "RunStatus") -> None:
    click.echo(f"{heading}: {run.command} {run.started_at:%Y-%m-%d %H:%M} UTC, {run.state}")
    for line in run.detail.splitlines():
        click.echo(shown(f"  {line}"))


def _job_lines(status: "ProjectStatus") -> Iterator[str]:
    if status.jobs:
        yield "jobs of the schedule, the last run of each:"
    for job in status.jobs:
        detail = f" ({job.detail})" if job.detail else ""
        yield f"  {job.job}: {job.outcome} {job.started_at:%Y-%m-%d %H:%M} UTC{detail}"


def precision_lines(languages: "Sequence[LanguagePrecision]") -> Iterator[str]:
    """Give live precision for a person, one line a language; nothing where nobody has labelled."""
    if not languages:
        return
    yield f"right by readers' labels of a random sample, {languages[0].model_id} {languages[0].model_revision[:12]}:"
    for each in languages:
        labels = ", ".join(
            f"{row.label} {row.precision.n_right} of {row.precision.n}" for row in each.by_label if row.precision.n
        )
        parts = [_share(each.precision) if each.n else "none drawn at random yet"]
        parts += [f"where it says {labels}"] if labels else []
        if each.of_the_uncertain.n:
            parts.append(f"of the uncertain {each.of_the_uncertain.n_right} of {each.of_the_uncertain.n}")
        if each.n_unclear:
            parts.append(f"unclear {each.n_unclear}")
        if each.n_not_scored:
            parts.append(f"not scored by this model {each.n_not_scored}")
        yield f"  {each.language}: {'; '.join(parts)}"


def _share(found: "Proportion") -> str:
    if found.value is None or found.low is None or found.high is None:
        return ""
    return f"{found.value:.0%} ({found.low:.0%} to {found.high:.0%}, n = {found.n})"
