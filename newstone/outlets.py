"""The sources of a project: taking an OPML file in beside what is there, and trying one out."""

from dataclasses import dataclass
from pathlib import Path

from crawler.opml import read_opml
from crawler.overrides import override_on
from crawler.probe import Verdict, probe
from crawler.probe_fetch import open_probe_fetch
from crawler.source import Source, load_sources
from crawler.source_files import write_source
from newstone.config import load_project
from newstone.settings import CrawlSettings
from pipelines.clock import utc_now
from pipelines.errors import ConfigError, SourceError
from pipelines.urls import host_of


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, by source id; ``problems`` are outlines that could not be taken, with the reason."""

    added: tuple[str, ...]
    extended: tuple[str, ...]
    known: tuple[str, ...]
    problems: tuple[str, ...]


def import_into(folder: Path, opml: Path) -> ImportReport:
    """Add the feeds of an OPML file to a sources folder.

    A feed that a source names already is left alone; a feed of an outlet that is there (the same host) is added to
    that outlet's file; every other host becomes a source of its own.

    Raises:
        SourceError: the OPML file or a source file is wrong.
    """
    existing = load_sources(folder) if folder.is_dir() else {}
    known_urls = {entry.url for source in existing.values() for entry in source.discovery}
    by_host = {_outlet_host(source): source for source in existing.values()}
    found = read_opml(opml, taken_ids=frozenset(existing))
    added, extended, known = [], [], []
    for source in found.sources:
        fresh = tuple(entry for entry in source.discovery if entry.url not in known_urls)
        present = by_host.get(_outlet_host(source))
        if not fresh:
            known.append(source.id)
        elif present is not None and (source.language in {present.language, "und"}):
            write_source(present.model_copy(update={"discovery": (*present.discovery, *fresh)}), folder)
            extended.append(present.id)
        else:
            write_source(source.model_copy(update={"discovery": fresh}), folder)
            added.append(source.id)
    return ImportReport(tuple(added), tuple(extended), tuple(known), tuple(str(problem) for problem in found.problems))


def _outlet_host(source: Source) -> str:
    return host_of(source.homepage).removeprefix("www.")


def override_today(config: Path | None, what: str) -> str:
    """Say which overrides hold for pages that a source of the project gets today (UTC); "" where there are none."""
    if what.startswith(("http://", "https://")):
        return ""
    source = load_sources(load_project(config).sources_dir)[what]
    if not source.override:
        return ""
    today = utc_now().date()
    inside = [block for block in source.override if block.covers(today)]
    if not inside:
        return f"overrides: none of {len(source.override)} holds today"
    blocks = "; ".join(f"{', '.join(sorted(block.overridden()))} ({block.period()})" for block in inside)
    return f"override {override_on(source.override, today).version} holds today: {blocks}"


def verdicts_of(config: Path | None, what: str) -> list[Verdict]:
    """Try a source of the project, or one web address, which needs no project; fetches under the rules of the crawl.

    Raises:
        SourceError: no source has that id, and the text is no web address.
        ConfigError: there is no project to look for the id in.
    """
    is_address = what.startswith(("http://", "https://"))
    settings, target = CrawlSettings(), None
    try:
        project = load_project(config)
        settings = project.settings.crawl
        target = None if is_address else load_sources(project.sources_dir).get(what)
        if target is None and not is_address:
            raise SourceError(f"no source {what!r} in {project.sources_dir}; `newstone sources list` shows the ids")
    except ConfigError:
        if config is not None or not is_address:
            raise
    with open_probe_fetch(
        contact_url=settings.contact_url,
        allowed_addresses=settings.allow_addresses,
        timeout_seconds=min(settings.timeout_seconds, 20),
    ) as fetch:
        return probe(target or what, fetch=fetch)
