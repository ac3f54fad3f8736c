"""``newstone init [DIR]``."""

import shlex
from pathlib import Path

import click


@click.command("init")
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option(
    "--sources",
    "choice",
    default="all",
    show_default=True,
    metavar="all|none|LANG[,LANG…]",
    help="Which of the shipped sources to copy: all, none, or those in these languages, e.g. de,en.",
)
def init_command(folder: Path, choice: str) -> None:
    """Write a commented newstone.toml, the folder sources/ and a watchlist into DIR (default: here)."""
    from newstone.scaffold import init_project

    named = frozenset() if choice == "none" else frozenset(part.strip() for part in choice.split(","))
    languages = None if choice == "all" else named
    made = init_project(folder, languages=languages)
    click.echo(f"{made.config}: the settings, each with its default; set crawl.contact_url before a real crawl")
    click.echo(f"{made.sources_dir}: {made.n_sources} sources, one file per outlet")
    click.echo(f"{made.watchlist}: the watched companies")
    go = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    click.echo(f"Next: {go}newstone check && newstone nightly")
