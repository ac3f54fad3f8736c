"""The command line: one command per file, found by name and imported only when called."""

import importlib
import signal
import sys
import traceback
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import Any

import click

from newstone import __version__
from newstone.cli.exits import EXIT_FAILED, exit_code_of, explain_os_error
from newstone.cli.terminal import shown
from pipelines.errors import NewstoneError
from pipelines.redaction import redacted

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("newstone.cli.init", "Write newstone.toml, sources/ and a watchlist into a folder."),
    "check": ("newstone.cli.check", "Validate configuration, sources, watchlist and places to write."),
    "sources": ("newstone.cli.sources", "List, test, verify, import and export sources."),
    "model": ("newstone.cli.model", "Fetch, describe and list sentiment models."),
    "nightly": ("newstone.cli.nightly", "Run all stages: crawl, extract, match, score, publish."),
    "schedule": ("newstone.cli.schedule", "Run the jobs at their times; print what an administrator installs."),
    "crawl": ("newstone.cli.stage", "Fetch new pages of all or some sources."),
    "extract": ("newstone.cli.stage", "Turn fetched pages into articles."),
    "match": ("newstone.cli.stage", "Find sentences that name watched companies."),
    "score": ("newstone.cli.stage", "Score those sentences toward the company."),
    "publish": ("newstone.cli.stage", "Verify the store, check the database, publish the snapshot."),
    "timeline": ("newstone.cli.timeline", "Show coverage of one company over time."),
    "themes": ("newstone.cli.themes", "Show what the press writes about: themes, voices, sentiment."),
    "spikes": ("newstone.cli.spikes", "Show the days on which coverage moved, and why."),
    "blind-spots": ("newstone.cli.blind_spots", "Show where a quiet timeline may not mean a quiet press."),
    "evidence": ("newstone.cli.evidence", "Show the sentences behind one point of the timeline."),
    "digest": ("newstone.cli.digest", "Write or send the weekly e-mail."),
    "report": ("newstone.cli.report", "Write the report page: one HTML file with charts and sentences."),
    "alerts": ("newstone.cli.alerts", "List alert rules; show what they would have told."),
    "query": ("newstone.cli.query", "Run read-only SQL on the published database."),
    "status": ("newstone.cli.status", "Show the last runs, backlog, failing sources and snapshot."),
    "verify": ("newstone.cli.verify", "Check that database, pages and snapshot are whole and agree."),
    "backup": ("newstone.cli.backup", "Write a verified copy of all that cannot be fetched again."),
    "restore": ("newstone.cli.restore", "Bring a backup back."),
    "label": ("newstone.cli.label", "Label sentences: to measure the model, to train the next."),
    "compare-models": ("newstone.cli.compare_models", "Compare two models over the same sentences."),
    "evaluate": ("newstone.cli.evaluate", "Measure matching or sentiment on a labelled file."),
    "prune": ("newstone.cli.prune", "Remove what is older than [retention] allows."),
    "forget": ("newstone.cli.forget", "Take pages down for good: bytes, texts, sentences, scores."),
    "replay": ("newstone.cli.replay", "Rebuild a database from the kept pages and compare."),
    "demo": ("newstone.cli.demo", "Crawl the embedded newsroom and show the result."),
}
"""Name of each command, its module, and the line that ``newstone --help`` shows (so that it imports nothing)."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order in which a newcomer needs them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and give a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; an unknown name ends as wrong usage that names the nearest ones."""
        if near := get_close_matches(args[0], COMMANDS) if args[0] not in COMMANDS else []:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {' or '.join(map(repr, near))}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_module, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="newstone")
@click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path),
    help="newstone.toml or its folder. Default: $NEWSTONE_CONFIG, else here, above, or one folder below.",
)
@click.pass_context
def cli(ctx: click.Context, config: Path | None) -> None:
    """Press monitoring with sentiment toward the companies you watch."""
    ctx.obj = config


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code; an error of ours or of the operating system is one message."""
    sys.excepthook = _show_fault
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # like Ctrl-C; a run of stages takes it its own way
    try:
        result: Any = cli.main(args=arguments, prog_name="newstone", standalone_mode=False)
    except NewstoneError as error:
        click.echo(shown(redacted(f"newstone: {error}"), lines=True), err=True)
        sys.exit(exit_code_of(error))
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except OSError as error:
        click.echo(shown(redacted(f"newstone: {explain_os_error(error)}"), lines=True), err=True)
        sys.exit(EXIT_FAILED)
    except (KeyboardInterrupt, click.Abort):
        click.echo("newstone: interrupted; nothing is lost, the next run picks up what is left", err=True)
        sys.exit(EXIT_FAILED)
    sys.exit(result if isinstance(result, int) else 0)


def _show_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Write the traceback of a fault of ours, without secrets that a library put into its message."""
    click.echo(redacted("".join(traceback.format_exception(kind, error, trace))), err=True, nl=False)
