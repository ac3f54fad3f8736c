"""Pages that section pages link to."""

from crawler.feeds import ParsedFeed
from crawler.sections import parse_section
from crawler.source import Discovery, DiscoveryKind
from crawler.spiders.base import DiscoverySpider


def read_section(body: bytes, url: str, content_type: str, discovery: Discovery) -> ParsedFeed:
    """Give the article links of a section page."""
    return parse_section(body, url=url, link_pattern=discovery.link_pattern, content_type=content_type)


class SectionsSpider(DiscoverySpider):
    """Reads section pages."""

    name = "sections"
    readers = {DiscoveryKind.SECTION: read_section}  # noqa: RUF012
