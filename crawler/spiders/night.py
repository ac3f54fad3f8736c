"""A whole night: every way of discovery in one crawl, so that hosts, robots.txt and known URLs are shared."""

from crawler.spiders.base import DiscoverySpider
from crawler.spiders.feeds import FeedsSpider
from crawler.spiders.sections import SectionsSpider
from crawler.spiders.sitemaps import SitemapsSpider


class NightSpider(DiscoverySpider):
    """Reads everything that its sources name."""

    name = "night"
    readers = {**FeedsSpider.readers, **SitemapsSpider.readers, **SectionsSpider.readers}  # noqa: RUF012
