"""``newstone sources golden | verify``: keep pages with what they are expected to hold, and compare."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from newstone.cli.exits import EXIT_FAILED, EXIT_NOTHING_TO_DO, EXIT_OK
from newstone.cli.terminal import shown


@click.command("golden", short_help="Keep pages of a source, and what they hold, for verify.")
@click.argument("source_id", metavar="ID")
@click.argument("urls", metavar="[URL]...", nargs=-1)
@click.option("--newest", type=click.IntRange(1, 100), help="Without URL: this many of the newest pages. Default: 3.")
@click.pass_obj
def golden_command(config: Path | None, source_id: str, urls: tuple[str, ...], newest: int | None) -> int:
    """Keep fetched pages of a source beside newstone.toml, with what extraction gives for them now.

    The pages come from the WARC parts of earlier crawls; nothing is fetched. Look through the written .json files once:
    what stands there is what `newstone sources verify` expects from then on.
    """
    from crawler.source import load_sources
    from newstone.config import load_project
    from newstone.golden import NEWEST_PAGES, addresses_of, find_pages, golden_folder, record_golden
    from pipelines.errors import SourceError
    from pipelines.urls import normalise_url

    if urls and newest is not None:
        raise click.UsageError("name addresses or --newest, not both")
    project = load_project(config)
    source = load_sources(project.sources_dir).get(source_id)
    if source is None:
        raise SourceError(f"no source {source_id!r} in {project.sources_dir}; `newstone sources list` shows the ids")
    pages = find_pages(project.data_dir, source_id, urls, newest or NEWEST_PAGES)
    for page in pages:
        file = record_golden(golden_folder(project.root), source, page)
        expected = json.loads(file.read_text(encoding="utf-8"))["expected"]
        for line in (page.url, f"    {_in_short(expected)}", f"    {file}"):
            click.echo(shown(line))
    found = {address for page in pages for address in addresses_of(page)}
    missing = [url for url in urls if normalise_url(url) not in found]
    for url in missing:
        click.echo(shown(f"{url}: not among the pages of {source_id} that a crawl brought and that are kept"), err=True)
    if missing:
        known = f"newstone query --format csv \"FROM page SELECT url WHERE source_id = '{source_id}'\""
        click.echo(f"nothing is fetched here; `{known}` shows the addresses", err=True)
    if not pages and not missing:
        click.echo(f"{source_id}: no kept page; `newstone crawl --source {source_id}` first", err=True)
    if pages:
        told = f"{_pages(len(pages))} kept; look through the .json once, mend what is wrong there"
        click.echo(f"{told}: `newstone sources verify {source_id}` compares with it from now on", err=True)
    if missing:
        return EXIT_FAILED
    return EXIT_OK if pages else EXIT_NOTHING_TO_DO


@click.command("verify", short_help="Extract the golden pages again and compare.")
@click.argument("source_ids", metavar="[ID]...", nargs=-1)
@click.option("--update", is_flag=True, help="Write what is found now as what is expected.")
@click.option("--shipped", is_flag=True, help="The golden pages of a checkout of newstone, not those of the project.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per page that differs and line.")
@click.pass_obj
def verify_command(
    config: Path | None, source_ids: tuple[str, ...], *, update: bool, shipped: bool, as_json: bool
) -> int:
    """Extract golden pages again, under the overrides of the day they were fetched, and show what changed.

    Ends with 1 where a page differs (0 with --update), 3 where there are no golden pages.
    """
    from crawler.source import load_sources
    from newstone.config import load_project
    from newstone.golden import compare_golden, golden_folder, load_golden, renew_golden, shipped_golden_folder
    from pipelines.errors import SourceError

    project = None if shipped else load_project(config)
    folder = shipped_golden_folder() if project is None else golden_folder(project.root)
    sources = load_sources(folder if project is None else project.sources_dir)
    n_pages = n_different = 0
    for golden in load_golden(folder, source_ids):
        source_id = golden.page.source_id
        if source_id not in sources:
            raise SourceError(f"{golden.file.parent}: no source {source_id!r}; bring it back, or remove the folder")
        n_pages += 1
        difference = compare_golden(golden, sources[source_id])
        if difference is None:
            continue
        n_different += 1
        if update:
            renew_golden(golden, sources[source_id])
        if as_json:
            row = {
                "file": str(difference.file),
                "source": source_id,
                "url": difference.url,
                "fields": difference.fields,
                "diff": difference.lines,
                "updated": update,
            }
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            click.echo(shown(f"{source_id}: other {', '.join(difference.fields)}, {difference.url}"))
            click.echo(shown(f"    {difference.file}"))
            click.echo("".join(f"    {shown(line)}\n" for line in difference.lines), nl=False)
    if not n_pages:
        what = f" of {', '.join(source_ids)}" if source_ids else ""
        click.echo(f"{folder}: no golden pages{what}; `newstone sources golden ID` keeps some", err=True)
        return EXIT_NOTHING_TO_DO
    if not as_json:
        renewed = "renewed" if update else "not as expected"
        click.echo(f"{_pages(n_pages - n_different)} as expected, {n_different} {renewed}")
    if n_different and not update and not as_json:
        click.echo(
            "where the lines with + are right, `newstone sources verify --update` keeps them as expected and"
            " `newstone extract --since DAY` reads the kept pages again; else mend the source file",
            err=True,
        )
    return EXIT_FAILED if n_different and not update else EXIT_OK


def _pages(n: int) -> str:
    return f"{n} golden page" if n == 1 else f"{n} golden pages"


def _in_short(expected: Mapping[str, Any]) -> str:
    """Give what is expected of a page on one line, so that a wrong title or an empty text is seen at once."""
    if "title" not in expected:
        return ": ".join(filter(None, (expected["outcome"], expected["detail"])))
    n_chars = len("\n".join(expected["text"]))
    day = expected["published_at"][:10]
    return f"{expected['outcome']}: {expected['title']} ({day}, {n_chars} characters)"
