"""What ``newstone sources test`` says about a source or an address: one verdict per place where articles are found.

Fetching is a parameter, so that the rules of the crawl (robots.txt, addresses, sizes) hold here as well:
:mod:`crawler.probe_fetch` asks through the crawl's own settings.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.feeds import ParsedFeed, parse_feed
from crawler.links import absolute_http_url
from crawler.page_marks import ROBOTS_UNAVAILABLE
from crawler.sections import feed_links, parse_section
from crawler.sitemaps import parse_news_sitemap
from crawler.source import Discovery, DiscoveryKind, Source
from pipelines.clock import utc_now
from pipelines.dates import parse_date
from pipelines.errors import SourceError
from pipelines.outcomes import FeedOutcome
from pipelines.records import FeedItem

STALE_AFTER = timedelta(days=60)
"""A feed whose newest item is older than this is alive only in name."""

MAX_FEEDS_NAMED = 5
"""Feeds of a page that are named in a verdict."""


_TELLING_MORE = frozenset((FeedOutcome.CONNECTION_ERROR, FeedOutcome.BLOCKED_ADDRESS, FeedOutcome.HTTP_ERROR))
"""Outcomes whose detail belongs into the summary."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer, or the reason why there is none.

    ``outcome`` is None when the host answered, with whatever status; else ROBOTS, BLOCKED_ADDRESS, TIMEOUT,
    CONNECTION_ERROR, TRUNCATED, TOO_LARGE or REDIRECT_LIMIT, and ``detail`` says more. ``body`` is decompressed.
    """

    url: str
    final_url: str
    status: int | None = None
    content_type: str = ""
    body: bytes = b""
    outcome: FeedOutcome | None = None
    detail: str = ""
    moved_permanently: bool = False  # all redirects on the way were 301 or 308


Fetch = Callable[[str], Fetched]
"""Gives the answer of one URL, redirects followed; never raises for what the network does."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person should know about one feed, sitemap or section page.

    ``summary`` is one line ("works: 30 items, newest 2 h ago"). ``works`` is True where articles can be found there.
    ``newest_at`` is in UTC, None where no date could be read.
    """

    url: str
    kind: str  # "feed", "news_sitemap" or "section"
    works: bool
    summary: str
    detail: str = ""
    n_items: int = 0
    newest_at: datetime | None = None
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    """How dates are to be read."""

    zone: str
    language: str
    now: datetime


def probe(url_or_source: str | Source, *, fetch: Fetch, now: datetime | None = None) -> list[Verdict]:
    """Give a verdict for each discovery entry of a source, or for one address whose kind is found out.

    One request per entry, one more for a sitemap index. ``now`` (aware; default: the clock) is what ages count from.

    Raises:
        SourceError: the text is no web address.
    """
    moment = now if now is not None else utc_now()
    if isinstance(url_or_source, Source):
        reading = _Reading(url_or_source.zone, url_or_source.language, moment)
        return [_verdict(entry, entry.kind, fetch, reading) for entry in url_or_source.discovery]
    url = absolute_http_url(url_or_source, "")
    if url is None:
        raise SourceError(f"{url_or_source!r} is neither a source id nor a web address; write https:// in front")
    entry = Discovery(kind=DiscoveryKind.FEED, url=url)
    return [_verdict(entry, None, fetch, _Reading("UTC", "", moment))]


def _verdict(entry: Discovery, kind: DiscoveryKind | None, fetch: Fetch, reading: _Reading) -> Verdict:
    answer = fetch(entry.url)
    verdict = Verdict(entry.url, (kind or DiscoveryKind.FEED).value, works=False, summary="", http_status=answer.status)
    if answer.outcome is not None:
        return replace(verdict, summary=_no_answer(answer), detail=answer.detail)
    if answer.status is not None and not 200 <= answer.status < 300:
        return replace(verdict, summary=_refused(answer.status), detail=answer.detail)
    found, parsed = _parse(answer, entry, kind)
    verdict = replace(verdict, kind=found.value, detail=parsed.detail)
    if parsed.child_urls:
        verdict = _index_verdict(verdict, parsed, fetch, reading)
    elif parsed.outcome is FeedOutcome.NOT_A_FEED:
        return replace(verdict, summary=_not_a_feed(answer, found, parsed))
    elif kind is None and found is DiscoveryKind.SECTION:
        feeds = feed_links(answer.body, url=answer.final_url, content_type=answer.content_type)
        links = f"as a section page it has {_counted(len(parsed.items), 'article link')}" if parsed.items else ""
        more = "; ".join(part for part in ("answers an HTML page, not a feed", _named_feeds(feeds) or links) if part)
        verdict = replace(verdict, summary=more, n_items=len(parsed.items))
    else:
        verdict = _items_verdict(verdict, parsed, reading)
    if answer.final_url != entry.url:
        advice = ": update the file" if answer.moved_permanently else " for now"
        verdict = replace(verdict, summary=f"{verdict.summary}; redirects to {answer.final_url}{advice}")
    return verdict


def _parse(answer: Fetched, entry: Discovery, kind: DiscoveryKind | None) -> tuple[DiscoveryKind, ParsedFeed]:
    def as_kind(wanted: DiscoveryKind) -> ParsedFeed:
        given = {"url": answer.final_url, "content_type": answer.content_type}
        if wanted is DiscoveryKind.FEED:
            return parse_feed(answer.body, url=answer.final_url, content_type=answer.content_type)
        if wanted is DiscoveryKind.NEWS_SITEMAP:
            return parse_news_sitemap(answer.body, **given)
        return parse_section(answer.body, link_pattern=entry.link_pattern, **given)

    if kind is not None:
        return kind, as_kind(kind)
    for guess in DiscoveryKind:
        parsed = as_kind(guess)
        if parsed.outcome is not FeedOutcome.NOT_A_FEED:
            return guess, parsed
    return DiscoveryKind.FEED, as_kind(DiscoveryKind.FEED)


def _index_verdict(verdict: Verdict, parsed: ParsedFeed, fetch: Fetch, reading: _Reading) -> Verdict:
    n_children = _counted(len(parsed.child_urls), "sitemap")
    child = Discovery(kind=DiscoveryKind.NEWS_SITEMAP, url=parsed.child_urls[0])
    answer = fetch(child.url)
    if answer.outcome is not None or answer.status is None or not 200 <= answer.status < 300:
        why = _no_answer(answer) if answer.outcome is not None else _refused(answer.status or 0)
        return replace(verdict, summary=f"an index of {n_children}, but the newest, {child.url}: {why}")
    _, inner = _parse(answer, child, DiscoveryKind.NEWS_SITEMAP)
    if inner.child_urls or inner.outcome is FeedOutcome.NOT_A_FEED:
        what = "is an index itself" if inner.child_urls else f"answers {inner.detail}"
        return replace(verdict, summary=f"an index of {n_children}, but the newest, {child.url}, {what}")
    below = _items_verdict(verdict, inner, reading)
    return replace(below, summary=f"{below.summary} (an index of {n_children}; this is the newest)")


def _items_verdict(verdict: Verdict, parsed: ParsedFeed, reading: _Reading) -> Verdict:
    n_items = len(parsed.items)
    if parsed.outcome is FeedOutcome.MALFORMED:
        summary = f"malformed after {_counted(n_items, 'item')}"
        return replace(
            verdict, works=n_items > 0, summary=summary, n_items=n_items, newest_at=_newest(parsed.items, reading)
        )
    if not n_items:
        is_page = verdict.kind == DiscoveryKind.SECTION.value
        empty = "no article links on this page; set or mend link_pattern" if is_page else "well-formed, but no items"
        return replace(verdict, works=not is_page, summary=f"empty: {empty}")
    newest = _newest(parsed.items, reading)
    if verdict.kind == DiscoveryKind.SECTION.value:
        return replace(verdict, works=True, summary=f"works: {_counted(n_items, 'article link')}", n_items=n_items)
    return replace(
        verdict,
        works=True,
        summary=f"works: {_counted(n_items, 'item')}, {_freshness(parsed.items, newest, reading.now)}",
        n_items=n_items,
        newest_at=newest,
    )


def _newest(items: tuple[FeedItem, ...], reading: _Reading) -> datetime | None:
    moments = []
    for item in items:
        language = reading.language if reading.language not in {"", "und"} else item.language[:2].lower()
        date = parse_date(item.published_raw, zone=reading.zone, language=language, now=reading.now)
        if date is not None:
            moments.append(date.at)
    return max(moments, default=None)


def _freshness(items: tuple[FeedItem, ...], newest: datetime | None, now: datetime) -> str:
    if newest is None:
        raw = next((item.published_raw for item in items if item.published_raw), "")
        return f"dates cannot be read, for example {raw!r}" if raw else "none with a date"
    age = now - newest
    text = f"newest {spoken_age(age)}"
    return f"{text}: stale, look for the address that replaced it" if age > STALE_AFTER else text


def spoken_age(age: timedelta) -> str:
    """Say an age in its largest fitting unit: "4 min ago", "2 h ago", "3 d ago"; "in the future" below zero."""
    seconds = int(age.total_seconds())
    if seconds < -300:  # five minutes of clock difference are nothing to speak of
        return "in the future"
    if seconds < 60:
        return "just now"
    for unit, length in (("d", 86_400), ("h", 3_600)):
        if seconds >= 2 * length or (unit == "h" and seconds >= length):
            return f"{seconds // length} {unit} ago"
    return f"{seconds // 60} min ago"


def _no_answer(answer: Fetched) -> str:
    meaning = {
        FeedOutcome.ROBOTS: "blocked by robots.txt: this address may not be crawled",
        FeedOutcome.BLOCKED_ADDRESS: "private address refused",
        FeedOutcome.TIMEOUT: "not reachable: no complete answer in time",
        FeedOutcome.CONNECTION_ERROR: "not reachable",
        FeedOutcome.TRUNCATED: "cut off: the connection closed before the promised length",
        FeedOutcome.TOO_LARGE: "too large: the answer is over the size limit",
        FeedOutcome.REDIRECT_LIMIT: "redirects without end",
        FeedOutcome.HTTP_ERROR: "no usable answer",
    }
    text = meaning.get(answer.outcome or FeedOutcome.CONNECTION_ERROR, "not reachable")
    if answer.outcome is FeedOutcome.ROBOTS and answer.detail.startswith(ROBOTS_UNAVAILABLE):
        return f"blocked, because its rules are not known: {answer.detail}"
    return f"{text}: {answer.detail}" if answer.outcome in _TELLING_MORE and answer.detail else text


def _refused(status: int) -> str:
    if status == 410:
        return "gone (410): remove it or find the new address"
    if status == 404:
        return "not found (404): find the new address"
    if status in {401, 403, 451}:
        return f"refused ({status}): the host does not let this crawler in"
    if status == 429:
        return "asked to slow down (429): try again later"
    if status >= 500:
        return f"the host fails ({status}): try again later"
    return f"no usable answer (HTTP {status})"


def _not_a_feed(answer: Fetched, kind: DiscoveryKind, parsed: ParsedFeed) -> str:
    wanted = {"feed": "a feed", "news_sitemap": "a sitemap", "section": "a section page"}[kind.value]
    if "use kind" in parsed.detail:  # the parser knows what it is instead
        return f"answers {parsed.detail}"
    text = f"answers, but not {wanted}: {parsed.detail}"
    if parsed.detail == "an HTML page":
        text = f"answers {parsed.detail}, not {wanted}"
        named = _named_feeds(feed_links(answer.body, url=answer.final_url, content_type=answer.content_type))
        return f"{text}; {named}" if named else text
    return text


def _named_feeds(feeds: tuple[str, ...]) -> str:
    if not feeds:
        return ""
    more = f" and {len(feeds) - MAX_FEEDS_NAMED} more" if len(feeds) > MAX_FEEDS_NAMED else ""
    return f"the page links to these feeds: {', '.join(feeds[:MAX_FEEDS_NAMED])}{more}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
