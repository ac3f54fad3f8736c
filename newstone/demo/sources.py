"""Writes the source files from which the embedded newsroom is crawled."""

from pathlib import Path

from crawler.source import Crawl, Discovery, DiscoveryKind, Medium, Source
from crawler.source_files import write_source
from newstone.demo.articles import Outlet, load_outlets

DEMO_DELAY_SECONDS = 0.05
"""Between two requests to one outlet; a real outlet is asked far more gently, this one is a thread on loopback."""

LINK_PATTERNS = {
    "broadsheet": r"/[a-z0-9-]+/[^/]+\.html$",
    "magazine": r"/\d{4}/\d{2}/[^/]+/$",
    "blog": r"/\d{4}/\d{2}/\d{2}/[^/]+/$",
    "portal": r"/\d{8}-[^/]+\.shtml$",
    "wire": r"/story/[^/]+$",
}
"""What an article address looks like in each layout."""


def outlet_source(outlet: Outlet) -> Source:
    """Give the source of one outlet; its id is that of the outlet."""
    return Source(
        id=outlet.id,
        name=outlet.name,
        language=outlet.language,
        script=outlet.script,
        country=outlet.country,
        medium=Medium(outlet.medium),
        zone=outlet.zone,
        homepage=outlet.homepage,
        notes="An invented outlet of the embedded newsroom.",
        discovery=tuple(
            Discovery(
                kind=DiscoveryKind(kind),
                url=url,
                link_pattern=LINK_PATTERNS[outlet.layout] if kind == "section" else None,
            )
            for kind, url in outlet.discovery
        ),
        crawl=Crawl(delay_seconds=DEMO_DELAY_SECONDS),
    )


def write_demo_sources(folder: Path) -> list[Path]:
    """Write one source file per outlet below ``folder``, by country; gives the paths in the order of the outlets.

    Raises:
        OSError: the folder cannot be made or a file cannot be written.
    """
    return [write_source(outlet_source(outlet), folder) for outlet in load_outlets().values()]
