"""Pages that feeds name: RSS, Atom, RDF."""

from crawler.feeds import ParsedFeed, parse_feed
from crawler.source import Discovery, DiscoveryKind
from crawler.spiders.base import DiscoverySpider


def read_feed(body: bytes, url: str, content_type: str, discovery: Discovery) -> ParsedFeed:
    """Give what a feed lists."""
    del discovery
    return parse_feed(body, url=url, content_type=content_type)


class FeedsSpider(DiscoverySpider):
    """Reads feeds."""

    name = "feeds"
    readers = {DiscoveryKind.FEED: read_feed}  # noqa: RUF012
