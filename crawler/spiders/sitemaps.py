"""Pages that news sitemaps name."""

from crawler.feeds import ParsedFeed
from crawler.sitemaps import parse_news_sitemap
from crawler.source import Discovery, DiscoveryKind
from crawler.spiders.base import DiscoverySpider


def read_sitemap(body: bytes, url: str, content_type: str, discovery: Discovery) -> ParsedFeed:
    """Give what a sitemap lists, or the child sitemaps of an index."""
    del discovery
    return parse_news_sitemap(body, url=url, content_type=content_type)


class SitemapsSpider(DiscoverySpider):
    """Reads news sitemaps."""

    name = "sitemaps"
    readers = {DiscoveryKind.NEWS_SITEMAP: read_sitemap}  # noqa: RUF012
