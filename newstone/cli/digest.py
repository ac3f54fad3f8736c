"""``newstone digest``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newstone.cli.exits import EXIT_FAILED, EXIT_NOTHING_TO_DO, EXIT_OK

if TYPE_CHECKING:
    from analysis.digest.records import Digest
    from newstone.config import Project

NOBODY = "newstone@newstone.invalid"
"""Sender and recipient of a written message where the configuration names none (RFC 2606)."""


@click.command("digest")
@click.option("--week", help="ISO week, Monday to Sunday, UTC, such as 2025-W06. Default: the last complete one.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder. Default: digest.folder.")
@click.option("--send", is_flag=True, help="Send it to digest.recipients instead of writing it.")
@click.option("--again", is_flag=True, help="With --send: also to those who have it already.")
@click.pass_obj
def digest_command(config: Path | None, week: str | None, out: Path | None, *, send: bool, again: bool) -> int:
    """Write the weekly e-mail as DIR/newstone-2025-W06.eml, which mail programs open, or send it.

    It says how the company and its competitors stood, what moved and why, which sources were silent, and which
    sentences to label; every figure with n and 95 % interval. Nobody gets the same week twice unless --again.
    """
    from newstone.config import load_project

    if send and out is not None:
        raise click.UsageError("--out writes a file and --send sends; give one of them")
    if again and not send:
        raise click.UsageError("--again belongs to --send; a file is written anew anyway")
    project = load_project(config)
    digest = read_digest(project, week)
    if not send:
        path, subject = write_digest(project, digest, out or project.digest_dir)
        click.echo(f"{path}: {subject}")
        return EXIT_OK
    if not digest.is_over:
        raise click.UsageError(f"{digest.week} is not over; what is sent now could not be sent again when it is")
    return _send(project, digest, again=again)


def read_digest(project: "Project", week: str | None) -> "Digest":
    """Ask the snapshot of a project for a week such as 2025-W06; None is the last complete one.

    Raises:
        UsageError: it is no week, or it has not begun.
        StoreError: there is no snapshot.
    """
    from analysis.digest.build import build_digest
    from analysis.digest.weeks import last_complete_week, parse_week
    from db.read import open_snapshot
    from newstone.analytics import spike_settings
    from pipelines.clock import utc_now

    today, analytics = utc_now().date(), project.settings.analytics
    chosen = parse_week(week, today=today) if week else last_complete_week(today)
    with open_snapshot(project.snapshot_file) as snapshot:
        return build_digest(
            snapshot,
            chosen,
            today=today,
            language=project.settings.digest.language,
            minimum_voices=analytics.minimum_voices,
            spike_settings=spike_settings(analytics),
        )


def write_digest(project: "Project", digest: "Digest", folder: Path) -> tuple[Path, str]:
    """Write the message for the first recipient into a folder, whole or not at all; gives its path and subject.

    Raises:
        ConfigError: an address of the section digest is none.
        OSError: the folder cannot be written.
    """
    from analysis.digest.message import compose_digest
    from pipelines.clock import utc_now
    from pipelines.files import write_whole

    settings = project.settings.digest
    message = compose_digest(
        digest,
        sender=settings.sender or NOBODY,
        recipient=settings.recipients[0] if settings.recipients else settings.sender or NOBODY,
        reply_to=settings.reply_to,
        list_id=settings.list_id,
        unsubscribe=settings.unsubscribe,
        date=utc_now(),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"newstone-{digest.week}.eml"
    write_whole(path, message.as_bytes())
    return path, str(message["Subject"])


def _send(project: "Project", digest: "Digest", *, again: bool) -> int:
    from newstone.delivery.digest_mail import send_digest
    from newstone.delivery.outbox import DeliveryState

    report = send_digest(project, digest, again=again)
    for row in report.recipients:
        click.echo(row.line, err=row.state is not DeliveryState.SENT)
    if not report.ok:
        return EXIT_FAILED
    return EXIT_OK if any(row.is_new for row in report.recipients) else EXIT_NOTHING_TO_DO
