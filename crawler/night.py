"""What one crawl shares between its spider, its middlewares and its download handler."""

import asyncio
import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit
from urllib.request import getproxies

from crawler.addresses import AddressPolicy
from crawler.hosts import HostBook
from crawler.rights import TdmRule
from pipelines.clock import monotonic_seconds, stamp, utc_now
from pipelines.outcomes import Outcome
from pipelines.records import FeedItem, SourceNight

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response
    from scrapy.settings import BaseSettings

META_KEY = "newstone_fetch"

FetchKind = Literal["page", "listing", "robots", "tdmrep"]


@dataclass(slots=True, eq=False)
class Fetch:
    """One URL on its way, the same object through all repeats and redirects.

    ``sent`` tells whether any request of it reached the network; ``headers`` are those of the last answer, as received.
    """

    kind: FetchKind
    source_id: str
    url: str
    item: FeedItem | None = None
    attempt: int = 1
    handed_over: bool = False
    sent: bool = False
    sent_at: float = 0.0
    retries: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    last_url: str = ""


def fetch_of(request: "Request") -> Fetch:
    """Give the fetch that a request belongs to."""
    fetch = request.meta[META_KEY]
    assert isinstance(fetch, Fetch)
    return fetch


@dataclass(slots=True)
class Tally:
    """Running figures of one source."""

    requests: int = 0
    retries: int = 0
    n_429: int = 0
    n_503: int = 0
    bytes_received: int = 0
    handed_over: int = 0
    pending: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    first: float | None = None
    last: float = 0.0


class Night:
    """One crawl: its policy, its hosts, its figures, its clock."""

    def __init__(
        self,
        *,
        policy: AddressPolicy,
        hosts: HostBook,
        now: datetime | None = None,
        time_limit_seconds: float | None = None,
    ) -> None:
        self.crawl_id = f"{stamp(utc_now())}-{secrets.token_hex(4)}"
        self.policy = policy
        self.hosts = hosts
        self.tallies: dict[str, Tally] = {}
        self.closing = ""
        self.tdm_rules: dict[str, tuple[TdmRule, ...]] = {}  # by "scheme://host:port"
        self.transfers: set[asyncio.Future[Response]] = set()
        self._zero = monotonic_seconds()
        self._now = now or utc_now()
        self.time_limit_seconds = time_limit_seconds

    @classmethod
    def from_settings(cls, settings: "BaseSettings") -> "Night":
        """Make the night that the NEWSTONE_ settings describe.

        Raises:
            ConfigError: an allowed address or a proxy cannot be read.
        """
        now = settings.get("NEWSTONE_NOW")
        limit = settings.getfloat("NEWSTONE_TIME_LIMIT_SECONDS")
        return cls(
            policy=policy_from_settings(settings),
            hosts=HostBook(
                delay_seconds=settings.getfloat("DOWNLOAD_DELAY"),
                concurrency=settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"),
                budget_seconds=settings.getfloat("NEWSTONE_HOST_SECONDS"),
            ),
            now=datetime.fromisoformat(now) if now else None,
            time_limit_seconds=limit or None,
        )

    def now(self) -> datetime:
        """Give the time of the night in UTC: the clock, or the time that the night was told to begin at and on."""
        return self._now + timedelta(seconds=self.elapsed_seconds())

    def elapsed_seconds(self) -> float:
        """Give the seconds since the night began."""
        return monotonic_seconds() - self._zero

    def left_seconds(self) -> float:
        """Give the seconds until the time limit; infinite without one."""
        return float("inf") if self.time_limit_seconds is None else self.time_limit_seconds - self.elapsed_seconds()

    @staticmethod
    def host_key(url: str) -> str:
        """Give the name under which the host of a URL is paced: that of Scrapy's slot."""
        return urlsplit(url).hostname or ""

    def tally(self, source_id: str) -> Tally:
        """Give the running figures of a source."""
        return self.tallies.setdefault(source_id, Tally())

    def request_sent(self, fetch: Fetch) -> None:
        """Count a request that goes to the network."""
        tally = self.tally(fetch.source_id)
        moment = monotonic_seconds()
        tally.requests += 1
        tally.first = moment if tally.first is None else tally.first
        tally.last = moment
        if not fetch.sent:
            fetch.sent, fetch.sent_at = True, moment

    def answer_received(self, fetch: Fetch, status: int, n_bytes: int) -> None:
        """Count an answer."""
        tally = self.tally(fetch.source_id)
        tally.last = monotonic_seconds()
        tally.bytes_received += n_bytes
        tally.n_429 += status == 429
        tally.n_503 += status == 503

    def page_ended(self, fetch: Fetch, outcome: Outcome | None) -> None:
        """Count the outcome of a page URL."""
        self.tally(fetch.source_id).outcomes["fetched" if outcome is None else outcome.value] += 1

    def source_nights(self) -> list[SourceNight]:
        """Give the figures so far, by source id."""
        return [
            SourceNight(
                source_id=source_id,
                crawl_id=self.crawl_id,
                started_at=self._now,
                requests=tally.requests,
                retries=tally.retries,
                n_429=tally.n_429,
                n_503=tally.n_503,
                bytes_received=tally.bytes_received,
                handed_over=tally.handed_over,
                outcomes=tuple(sorted(tally.outcomes.items())),
                pending=tally.pending,
                elapsed_seconds=0.0 if tally.first is None else round(tally.last - tally.first, 3),
            )
            for source_id, tally in sorted(self.tallies.items())
        ]


def policy_from_settings(settings: "BaseSettings") -> AddressPolicy:
    """Give the address policy of the settings and of the proxies that the environment names.

    Raises:
        ConfigError: an allowed address or a proxy cannot be read.
    """
    proxies = {scheme: url for scheme, url in getproxies().items() if scheme in ("http", "https")}
    return AddressPolicy.from_entries(
        settings.getlist("NEWSTONE_ALLOWED_ADDRESSES"),
        ports=(int(port) for port in settings.getlist("NEWSTONE_ALLOWED_PORTS")),
        proxy_urls=proxies.values(),
    )
