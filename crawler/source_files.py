"""Writing source files, in the layout of those that are shipped."""

import os
import tempfile
from pathlib import Path

import tomlkit
from tomlkit.items import String, Table

from crawler.overrides import Override
from crawler.source import Crawl, Expect, Source


def source_text(source: Source) -> str:
    """Give the TOML text of a source file; keys with their default value are left out, except expectations."""
    document = tomlkit.document()
    document["name"] = source.name
    document["language"] = source.language
    if source.script:
        document["script"] = source.script
    document["country"] = source.country
    document["medium"] = source.medium.value
    if source.company:
        document["company"] = source.company
    document["zone"] = source.zone
    document["homepage"] = source.homepage
    if not source.enabled:
        document["enabled"] = False
    if source.notes:
        document["notes"] = source.notes
    entries = tomlkit.aot()
    for entry in source.discovery:
        table = tomlkit.table()
        table["kind"] = entry.kind.value
        table["url"] = entry.url
        if entry.link_pattern is not None:
            table["link_pattern"] = _quoted(entry.link_pattern)
        entries.append(table)
    document["discovery"] = entries
    document["expect"] = _expect_table(source.expect)
    if source.crawl != Crawl():
        crawl = tomlkit.table()
        if source.crawl.delay_seconds is not None:
            crawl["delay_seconds"] = source.crawl.delay_seconds
        crawl["concurrency"] = source.crawl.concurrency
        document["crawl"] = crawl
    if source.override:
        blocks = tomlkit.aot()
        for block in source.override:
            blocks.append(_override_table(block))
        document["override"] = blocks
    return tomlkit.dumps(document)


def write_source(source: Source, folder: Path) -> Path:
    """Write ``<folder>/<country>/<id>.toml`` whole or not at all, and give its path; a file of that name is replaced.

    Raises:
        OSError: the folder cannot be made or the file cannot be written.
    """
    target = folder / source.country.lower() / f"{source.id}.toml"
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{source.id}-", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(source_text(source))
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)  # mkstemp gives 0600; a source file is no secret
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return target


def _expect_table(expect: Expect) -> Table:
    table = tomlkit.table()
    table["articles_per_day_min"] = _plain(expect.articles_per_day_min)
    table["articles_per_day_max"] = _plain(expect.articles_per_day_max)
    table["title_fill"] = expect.title_fill
    table["date_fill"] = expect.date_fill
    return table


def _override_table(block: Override) -> Table:
    table = tomlkit.table()
    for key, value in block.model_dump(exclude_none=True).items():
        if key.endswith("_selector"):
            table[key] = _quoted(value)
        elif key == "drop":
            table[key] = tomlkit.array()
            for selector in value:
                table[key].append(_quoted(selector))
        else:
            table[key] = value
    return table


def _quoted(text: str) -> String:
    """Give a string in single quotes where it can stand in them: nothing in it needs to be escaped then."""
    return tomlkit.string(text, literal="'" not in text and text.isprintable())


def _plain(value: float) -> float | int:
    return int(value) if value == int(value) else value
