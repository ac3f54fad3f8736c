"""Settings of the crawl for Scrapy; ``crawler.run`` and ``scrapy crawl`` both start from these.

The environment gives NEWSTONE_DATA (data folder), NEWSTONE_SOURCES (folder of source files) and NEWSTONE_CONTACT
(contact URL of the user agent). Names without NEWSTONE_ are Scrapy's own.
"""

import os
from importlib.metadata import PackageNotFoundError, version

from crawler.addresses import DEFAULT_PORTS
from crawler.source import shipped_sources_dir
from crawler.state import REVISIT_DAYS


def user_agent(contact_url: str) -> str:
    """Give the user agent; its first word is the product token that robots.txt files may name."""
    try:
        number = version("newstone")
    except PackageNotFoundError:
        number = "0"
    return f"newstone/{number} (+{contact_url})" if contact_url else f"newstone/{number}"


BOT_NAME = "newstone"
SPIDER_MODULES = ["crawler.spiders"]
USER_AGENT = user_agent(os.environ.get("NEWSTONE_CONTACT", ""))

NEWSTONE_DATA_DIR = os.environ.get("NEWSTONE_DATA", "data")
NEWSTONE_SOURCES_DIR = os.environ.get("NEWSTONE_SOURCES", str(shipped_sources_dir()))
NEWSTONE_ALLOWED_ADDRESSES: list[str] = []  # host:port or networks that may be contacted though they are not public
NEWSTONE_ALLOWED_PORTS = sorted(DEFAULT_PORTS)
NEWSTONE_REVISIT_DAYS = REVISIT_DAYS
NEWSTONE_TIME_LIMIT_SECONDS = 0.0  # 0: no limit on the whole crawl
NEWSTONE_HOST_SECONDS = 180.0  # share of a night that one host may take: keeps a slow host from holding it up
NEWSTONE_LISTING_SECONDS = 60.0  # pages wait this long for all listings, so that sources are attributed in fixed order
NEWSTONE_MAX_PAGES_PER_SOURCE = 0  # 0: no limit
NEWSTONE_MAX_PAGES = 0  # 0: no limit
NEWSTONE_CANARIES = 2  # known pages fetched again of a source with fewer new ones in a night (crawler.canaries)
NEWSTONE_DUE_ONLY = False  # True asks only the listings whose next poll is due (crawler.polling)
NEWSTONE_NOW = ""  # ISO 8601 with offset: the night begins at this time instead of the clock's
NEWSTONE_PROGRESS = False  # JSON progress lines on standard output
NEWSTONE_MAX_PART_BYTES = 64 * 1024 * 1024
NEWSTONE_MAX_PART_PAGES = 500

# -- pace
CONCURRENT_REQUESTS = 64  # hosts at a time, nearly; all of them at DOWNLOAD_MAXSIZE at once take 0.6 GB
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1.0  # seconds between two requests to one host
DOWNLOAD_DELAY_JITTER = 0.0  # a delay is a promise: never shorter
AUTOTHROTTLE_ENABLED = False  # it does not slow down on 429 and 503; crawler.middlewares.pace does

# -- limits
DOWNLOAD_TIMEOUT = 60  # seconds for one answer, from connecting to the last byte
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024  # bytes, before and after decompression
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_FAIL_ON_DATALOSS = True
REDIRECT_MAX_TIMES = 5
RETRY_TIMES = 2
REACTOR_THREADPOOL_MAXSIZE = 20  # name look-ups at a time

# -- safety
DOWNLOAD_VERIFY_CERTIFICATES = True
TWISTED_DNS_RESOLVER = "crawler.resolver.GuardedResolver"
DOWNLOAD_HANDLERS = {
    "http": "crawler.handler.GuardedHandler",
    "https": "crawler.handler.GuardedHandler",
    "file": None,
    "ftp": None,
    "s3": None,
    "data": None,
}
COOKIES_ENABLED = False
REFERER_ENABLED = False
METAREFRESH_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
ROBOTSTXT_OBEY = False  # Scrapy's middleware allows everything when robots.txt fails; ours follows RFC 9309
ROBOTSTXT_USER_AGENT = "newstone"

DEFAULT_REQUEST_HEADERS = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
    "crawler.middlewares.budget.BudgetMiddleware": 50,
    "crawler.middlewares.guard.GuardMiddleware": 60,
    "crawler.middlewares.robots.RobotsMiddleware": 100,
    "crawler.middlewares.tdm.TdmMiddleware": 110,
    "crawler.middlewares.pace.PaceMiddleware": 550,
    "crawler.middlewares.body.BodyMiddleware": 590,
    "crawler.middlewares.redirect.GuardedRedirectMiddleware": 600,
}
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
ITEM_PIPELINES = {"pipelines.scrapy_items.SpoolPipeline": 100}
EXTENSIONS = {"crawler.keeper.NightKeeper": 100}

# -- logs
LOG_LEVEL = "INFO"
LOGSTATS_INTERVAL = 0
STATS_DUMP = False
