"""``newstone status``."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.exits import EXIT_OK
from newstone.cli.terminal import shown

if TYPE_CHECKING:
    from analysis.reader_labels import LanguagePrecision, Proportion
    from newstone.health import ProjectStatus

HOUR_SECONDS = 3600


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.option("--all", "show_all", is_flag=True, help="Every failing source, not only the first 40.")
@click.pass_obj
def status_command(config: Path | None, *, as_json: bool, show_all: bool) -> int:
    """Show the last good run, backlog, quarantine, failing sources and the age of the snapshot."""
    from newstone.config import load_project
    from newstone.health import read_project_status

    status = read_project_status(load_project(config))
    if as_json:
        click.echo(json.dumps(asdict(status), default=str, ensure_ascii=False, indent=2))
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
        click.echo(f"last run: {last.command} {last.started_at:%Y-%m-%d %H:%M} UTC, {last.state}")
        for line in last.detail.splitlines():
            click.echo(shown(f"  {line}"))
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
    for line in _source_lines(status, limit):
        click.echo(shown(line))


def _job_lines(status: "ProjectStatus") -> Iterator[str]:
    if status.jobs:
        yield "jobs of the schedule, the last run of each:"
    for job in status.jobs:
        detail = f" ({job.detail})" if job.detail else ""
        yield f"  {job.job}: {job.outcome} {job.started_at:%Y-%m-%d %H:%M} UTC{detail}"


def _source_lines(status: "ProjectStatus", limit: int | None) -> Iterator[str]:
    """Give the sources that are not well, then what else went wrong in the last night; each source once."""
    from newstone.cli.source_health import issue_line
    from newstone.health import issues_of, kinds_of

    states = status.store.source_states
    issues = issues_of(states)
    if states:
        counts = Counter(row.state for row in issues)
        kinds = ", ".join(f"{state} {count}" for state, count in counts.items())
        new = f"; {n_new} new" if (n_new := sum(row.state == "new" for row in states)) else ""
        yield f"sources that are not well: {len(issues)} of {len(states)}" + (f" ({kinds})" if kinds else "") + new
    reasons = {trouble.source_id: trouble.reasons for trouble in status.troubles}
    for row in issues[:limit]:
        yield f"  {issue_line(row)}"
        yield from (f"    {reason}" for reason in reasons.get(row.source_id, ()))
    yield from _left_out(len(issues), limit)
    named = {row.source_id for row in issues}
    others = [trouble for trouble in status.troubles if trouble.source_id not in named]
    kinds = ", ".join(f"{kind} {count}" for kind, count in kinds_of(others).most_common())
    heading = "other sources with trouble in the last night" if states else "sources with trouble"
    yield f"{heading}: {len(others)}" + (f" ({kinds})" if kinds else "")
    yield from (f"  {trouble.source_id}: {'; '.join(trouble.reasons)}" for trouble in others[:limit])
    yield from _left_out(len(others), limit)


def _left_out(n: int, limit: int | None) -> Iterator[str]:
    if limit is not None and n > limit:
        yield f"  … and {n - limit} more; --all shows them"


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
