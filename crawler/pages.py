"""From an answer or a failure to the one Page of a URL. No network."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.night import Fetch, Night
from crawler.page_marks import CRAWL_ENDED
from crawler.rights import rights_of
from pipelines.clock import monotonic_seconds
from pipelines.outcomes import Outcome
from pipelines.records import Page, Rights

if TYPE_CHECKING:
    from scrapy.http import Response

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
UNCERTAIN_TYPES = frozenset({"", "text/plain", "application/octet-stream", "text/xml", "application/xml"})
"""Types that servers also send with HTML; the beginning of the body decides."""

SNIFFED_BYTES = 1024
"""What browsers look at (WHATWG MIME Sniffing)."""

_HTML_START = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


def page_of_response(fetch: Fetch, response: "Response", night: Night) -> Page:
    """Give the page of a final answer: with its body, or with the outcome that says why it has none."""
    outcome, detail = _judge(response)
    parts = urlsplit(response.url)
    rules = night.tdm_rules.get(f"{parts.scheme}://{parts.netloc}", ())
    body = response.body if outcome is None else b""
    return _page(
        fetch,
        night,
        final_url=response.url,
        status=response.status,
        headers=fetch.headers,
        body=body,
        outcome=outcome,
        detail=detail,
        rights=rights_of(response.url, fetch.headers, body, rules),
    )


def page_of_failure(fetch: Fetch, outcome: Outcome, detail: str, final_url: str, night: Night) -> Page:
    """Give the page of a URL that ended without an answer."""
    return _page(fetch, night, final_url=final_url, outcome=outcome, detail=detail)


def page_cut(fetch: Fetch, night: Night) -> Page:
    """Give the page of a URL that was under way when the crawl ended."""
    detail = f"{CRAWL_ENDED} ({night.closing or 'finished'}) before the answer"
    return _page(fetch, night, final_url=fetch.last_url or fetch.url, outcome=Outcome.TIMEOUT, detail=detail)


def _page(
    fetch: Fetch,
    night: Night,
    *,
    final_url: str,
    status: int | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
    outcome: Outcome | None,
    detail: str = "",
    rights: Rights | None = None,
) -> Page:
    return Page(
        url=fetch.url,
        final_url=final_url,
        source_id=fetch.source_id,
        fetched_at=night.now(),
        attempt=fetch.attempt,
        status=status,
        headers=headers,
        body=body,
        outcome=outcome,
        detail=detail,
        item=fetch.item,
        rights=rights or Rights(),
        retries=fetch.retries,
        elapsed_seconds=round(monotonic_seconds() - fetch.sent_at, 3) if fetch.sent else 0.0,
    )


def _judge(response: "Response") -> tuple[Outcome | None, str]:
    status = response.status
    if status in (404, 410):
        return Outcome.GONE, f"HTTP {status}"
    if status in (429, 503):
        return Outcome.RATE_LIMITED, f"HTTP {status}"
    if not 200 <= status < 300:
        return Outcome.HTTP_ERROR, f"HTTP {status}"
    if not response.body:
        return Outcome.NOT_HTML, f"HTTP {status} with an empty body"
    looks_like_html = _HTML_START.search(response.body[:SNIFFED_BYTES].replace(b"\0", b"")) is not None
    encoding = response.headers.get("Content-Encoding")
    if encoding and not looks_like_html:  # those that are known have been unpacked and removed; "none" is a usual lie
        return Outcome.NOT_HTML, f"content encoding {encoding.decode('latin-1')[:40]!r} is not supported"
    declared = (response.headers.get("Content-Type") or b"").decode("latin-1")
    kind = declared.partition(";")[0].strip().lower()
    if kind in HTML_TYPES:
        return None, ""
    if kind in UNCERTAIN_TYPES and looks_like_html:
        return None, ""
    return Outcome.NOT_HTML, f"content type {kind[:80]!r}" if kind else "no content type and no HTML"
