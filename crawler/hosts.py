"""How each host is treated in one crawl: its pace, its pauses, its share of the night. No network, no clock."""

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime

MAX_CRAWL_DELAY_SECONDS = 60.0
"""A longer Crawl-delay is honoured as this, and the host's share of the night then allows a handful of pages."""

MAX_RETRY_AFTER_SECONDS = 60.0
"""A host that asks to wait longer is left alone for the rest of the crawl."""

MAX_SLOWED_DELAY_SECONDS = 15.0
"""Refusals (429, 503) double the delay of a host up to this."""

MAX_FAILED_IN_ROW = 3
"""A host on which this many URLs in a row failed for good is left alone for the rest of the crawl."""

ANSWERS_TO_RECOVER = 10
"""Good answers in a row after which a doubled delay is halved again."""

FIRST_PAUSE_SECONDS = 2.0
"""Pause after the first refusal that names no time; doubles with each further one in a row."""


@dataclass(slots=True)
class Host:
    """One host: ``delay_seconds`` between the starts of two requests, ``concurrency`` at a time.

    ``not_before`` is on the clock of the caller's ``now``. ``spent_seconds`` is the time that the host has taken.
    ``closed`` says why nothing more is asked of it, "" while it is open.
    """

    base_delay_seconds: float
    delay_seconds: float
    concurrency: int
    not_before: float = 0.0
    spent_seconds: float = 0.0
    refusals_in_row: int = 0
    answers_in_row: int = 0
    failed_in_row: int = 0
    closed: str = ""


@dataclass(slots=True)
class HostBook:
    """All hosts of a crawl. ``budget_seconds`` is the share of the night that one host may take."""

    delay_seconds: float
    concurrency: int
    budget_seconds: float
    _hosts: dict[str, Host] = field(default_factory=dict)

    def host(self, name: str) -> Host:
        """Give the host of a name."""
        if name not in self._hosts:
            self._hosts[name] = Host(self.delay_seconds, self.delay_seconds, self.concurrency)
        return self._hosts[name]

    def set_pace(self, name: str, delay_seconds: float | None, concurrency: int) -> None:
        """Take over what a source file says about its hosts; the slower wish wins."""
        host = self.host(name)
        if delay_seconds is not None:
            host.base_delay_seconds = max(host.base_delay_seconds, delay_seconds)
            host.delay_seconds = max(host.delay_seconds, delay_seconds)
        host.concurrency = max(1, min(host.concurrency, concurrency))

    def set_crawl_delay(self, name: str, seconds: float) -> None:
        """Take over the Crawl-delay of robots.txt, up to MAX_CRAWL_DELAY_SECONDS; the host is then asked one by one."""
        if seconds > 0:
            self.set_pace(name, min(seconds, MAX_CRAWL_DELAY_SECONDS), 1)

    def refusal(self, name: str, retry_after_seconds: float | None, now: float) -> float | None:
        """Slow a host down after 429 or 503; give the pause in seconds, None when it is closed for this crawl."""
        host = self.host(name)
        host.answers_in_row = 0
        host.refusals_in_row += 1
        host.delay_seconds = max(
            host.base_delay_seconds, min(max(host.delay_seconds, 0.5) * 2, MAX_SLOWED_DELAY_SECONDS)
        )
        if retry_after_seconds is not None and retry_after_seconds > MAX_RETRY_AFTER_SECONDS:
            host.closed = host.closed or f"it asks to wait {retry_after_seconds:.0f} s"
            return None
        pause = retry_after_seconds
        if pause is None:
            pause = min(FIRST_PAUSE_SECONDS * 2 ** (host.refusals_in_row - 1), MAX_SLOWED_DELAY_SECONDS)
        host.not_before = max(host.not_before, now + pause)
        host.spent_seconds += pause
        return pause

    def answer(self, name: str) -> None:
        """Note an answer that is no refusal; the pace recovers slowly."""
        host = self.host(name)
        host.refusals_in_row = 0
        host.answers_in_row += 1
        if host.answers_in_row >= ANSWERS_TO_RECOVER:
            host.answers_in_row = 0
            host.delay_seconds = max(host.base_delay_seconds, host.delay_seconds / 2)

    def finished(self, name: str, *, has_failed: bool) -> None:
        """Note that a URL ended, for good or with a failure of the host; closes a host that fails again and again."""
        host = self.host(name)
        host.failed_in_row = host.failed_in_row + 1 if has_failed else 0
        if host.failed_in_row >= MAX_FAILED_IN_ROW:
            host.closed = host.closed or f"its last {host.failed_in_row} URLs failed"

    def spend(self, name: str, seconds: float) -> None:
        """Charge the time of one request: its transfer or the delay, whichever is longer, shared by concurrency."""
        host = self.host(name)
        host.spent_seconds += max(seconds, host.delay_seconds) / host.concurrency

    def left_seconds(self, name: str) -> float:
        """Give how much of its share a host has left, 0 when it has none."""
        return max(0.0, self.budget_seconds - self.host(name).spent_seconds)

    def why_not(self, name: str) -> str:
        """Say why a host is not asked any more in this crawl; "" when it is."""
        host = self.host(name)
        if host.closed:
            return f"{name} is left alone: {host.closed}"
        if self.left_seconds(name) <= 0:
            return f"{name} had its {self.budget_seconds:.0f} s of this crawl"
        return ""


def retry_after_seconds(value: str, now: datetime) -> float | None:
    """Read a Retry-After header (RFC 9110 §10.2.3: seconds or an HTTP date); None where it is missing or neither."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, (moment - now).total_seconds())
