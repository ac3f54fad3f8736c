"""When a feed, sitemap or section page is asked again. Pure: what is remembered and what came in, the next time out.

Two rhythms share one memory. The *night* asks every listing once; one that has failed for weeks is asked less often
(:func:`is_asked_tonight`). The *poll* between the nights (``newstone crawl --due``) asks those whose time has come
(:func:`is_due`): the share of known items decides how soon. A page that is known has its own revisit window, which does
not depend on any of this.
"""

import math
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pipelines.outcomes import FeedOutcome

DAY_SECONDS = 86_400.0

SHORTEST_SECONDS = 1800.0
LONGEST_SECONDS = DAY_SECONDS
"""Bounds of the interval between two polls. The night asks once a day anyway."""

FIRST_SECONDS = 3 * 3600.0
"""Interval before anything is known of a listing: after the first answer everything in it is new."""

NEW_SHARE = 0.25
"""Share of new items that the interval aims at. Three items in four are then known already, so a rush of four times the
usual news still loses nothing."""

ALL_NEW_SHARE = 0.9
"""From this share of new items on, more may have come than the listing holds: half the interval at most."""

GROWTH = 2.0
"""An interval at most doubles from one poll to the next: one quiet hour says little about the next."""

LONGEST_WISH_SECONDS = 6 * 3600.0
"""A publisher's wish (ttl, updatePeriod, max-age) lengthens the interval up to this. Templates ask for a day or a year
in feeds that turn over within hours; to believe them would lose items."""

SLACK_SECONDS = 300.0
"""A poll comes a little early rather than a whole round late: times of a crontab are regular, answers are not."""

TEMPORARY_SECONDS = 1800.0
SOFT_SECONDS = 6 * 3600.0
"""First pause after a failure; it doubles with each further one, up to LONGEST_SECONDS."""

RARE_AFTER_NIGHTS = 14
RARE_NIGHTS = 3
SELDOM_AFTER_NIGHTS = 60
SELDOM_NIGHTS = 7
"""After 14 bad nights in a row a listing is asked every third night, after 60 every seventh. It costs little then (a
time-out holds a connection for minutes), and is still taken up within a week of its return. What it listed meanwhile is
lost only if it has dropped out by then; so a listing whose items turn over faster is asked sooner (half of its known
turnover), every night where need be: a request is cheaper than an article."""

NIGHT_SECONDS = 12 * 3600.0
"""Failures closer together than this belong to one night; nights do not begin at the same minute either."""

GONE_SECONDS = 6 * DAY_SECONDS + NIGHT_SECONDS
"""A listing that answered 410 is asked again on the seventh night. RFC 9110 (15.5.11) says that the condition is likely
to be permanent; publishers err, and a request a week is cheap."""

OWN_OUTAGE_SECONDS = 2 * DAY_SECONDS
"""Where no listing at all has answered for this long, the fault is on this side, and all are asked at once after it."""

RATE_MEMORY_DAYS = 7.0
"""The rate of new items is a mean over about this long: a week, since weekends differ from weekdays."""


class FailureClass(StrEnum):
    """How a listing fails; decides how soon it is asked again."""

    HARD = "hard"  # 410: it says itself that it will not come back; asked again weekly
    SOFT = "soft"  # it answers, but not with a listing: 404, 401, 403, an HTML page, robots.txt; a person has to look
    TEMPORARY = "temporary"  # time-outs, connections, 429, 5xx: usually over within hours


@dataclass(frozen=True, slots=True)
class PollRecord:
    """What is remembered of the requests for one listing. Times are in UTC."""

    asked_at: datetime
    next_at: datetime  # of the poll
    answered_at: datetime | None = None  # read, or unchanged
    interval_seconds: float = FIRST_SECONDS
    failures: int = 0  # in a row
    bad_nights: int = 0  # in a row, those in which it was not asked included
    bad_night_at: datetime | None = None  # the failure that was counted last
    n_items: int = 0
    new_per_day: float | None = None  # None: it has not answered twice yet

    @property
    def turnover_days(self) -> float:
        """Days in which all items of the listing are replaced; infinite where nothing new comes or little is known."""
        return self.n_items / self.new_per_day if self.new_per_day and self.n_items else math.inf


def failure_class(outcome: FeedOutcome, status: int | None = None, n_items: int = 0) -> FailureClass | None:
    """Give how a listing failed; None where it was read, even if only up to a break (``n_items`` were taken)."""
    match outcome:
        case FeedOutcome.OK | FeedOutcome.UNCHANGED | FeedOutcome.EMPTY:
            return None
        case FeedOutcome.MALFORMED if n_items:
            return None
        case FeedOutcome.GONE:
            return FailureClass.HARD
        case FeedOutcome.TIMEOUT | FeedOutcome.CONNECTION_ERROR | FeedOutcome.TRUNCATED:
            return FailureClass.TEMPORARY
        case FeedOutcome.HTTP_ERROR if status is None or status in (408, 425, 429) or status >= 500:
            return FailureClass.TEMPORARY  # without a status: 429 or 503 after all repeats
        case _:
            return FailureClass.SOFT


def after_answer(
    before: PollRecord | None, now: datetime, *, n_items: int | None, n_new: int = 0, wish_seconds: float = 0.0
) -> PollRecord:
    """Give the record after an answer; ``n_items`` is None where the listing is unchanged or lists other listings.

    The new interval is the one in which NEW_SHARE of the items would have been new, judged by the time since the last
    answer. It is within SHORTEST_SECONDS and LONGEST_SECONDS, at most GROWTH times the old one, and at least what the
    publisher asks for, up to LONGEST_WISH_SECONDS.
    """
    if before is None or before.answered_at is None or before.answered_at >= now:  # the clock was set back
        first = before or PollRecord(now, now)
        interval = _within(FIRST_SECONDS, wish_seconds)
        rate = first.new_per_day
    else:
        gap = (now - before.answered_at).total_seconds()
        interval = _within(_interval(before, gap, before.n_items if n_items is None else n_items, n_new), wish_seconds)
        rate = _rate(before.new_per_day, gap / DAY_SECONDS, n_items or 0, n_new)
    known = before.n_items if before is not None else 0
    return PollRecord(
        asked_at=now,
        next_at=now + timedelta(seconds=interval),
        answered_at=now,
        interval_seconds=interval,
        n_items=known if n_items is None else n_items,
        new_per_day=rate,
    )


def _interval(before: PollRecord, gap_seconds: float, n_items: int, n_new: int) -> float:
    new_share = n_new / n_items if n_items else 0.0
    longest = before.interval_seconds * (1 / GROWTH if new_share >= ALL_NEW_SHARE else GROWTH)
    return min(gap_seconds * NEW_SHARE / new_share, longest) if new_share else longest


def _within(interval: float, wish_seconds: float) -> float:
    shortest = max(SHORTEST_SECONDS, min(wish_seconds, LONGEST_WISH_SECONDS))
    return min(max(interval, shortest), LONGEST_SECONDS)


def _rate(before: float | None, gap_days: float, n_items: int, n_new: int) -> float | None:
    """Give new items a day as an exponentially weighted mean over RATE_MEMORY_DAYS; None while nothing is known."""
    seen = n_new / gap_days
    if before is None:
        return seen if n_new or gap_days * DAY_SECONDS >= NIGHT_SECONDS else None  # a quiet hour says nothing yet
    if n_items and n_new >= ALL_NEW_SHARE * n_items:
        return max(before, seen)  # more may have come and gone: this is only a lower bound
    weight = 1.0 - math.exp(-gap_days / RATE_MEMORY_DAYS)
    return before + weight * (seen - before)


def after_failure(before: PollRecord | None, now: datetime, failure: FailureClass) -> PollRecord:
    """Give the record after a failure."""
    record = before or PollRecord(now, now)
    if failure is FailureClass.HARD:
        pause = timedelta(seconds=GONE_SECONDS)
    else:
        first = TEMPORARY_SECONDS if failure is FailureClass.TEMPORARY else SOFT_SECONDS
        pause = timedelta(seconds=min(first * 2 ** min(record.failures, 10), LONGEST_SECONDS))
    counted = record.bad_night_at
    passed = NIGHT_SECONDS if counted is None or counted > now else (now - counted).total_seconds()
    record = replace(record, asked_at=now, next_at=now + pause, failures=record.failures + 1)
    if passed < NIGHT_SECONDS:
        return record
    nights = min(max(1, round(passed / DAY_SECONDS)), nights_between(record))  # not those in which nothing ran
    return replace(record, bad_nights=record.bad_nights + nights, bad_night_at=now)


def nights_between(record: PollRecord) -> int:
    """Give after how many nights a listing is asked again: 1 but for those that have failed for long."""
    if record.bad_nights < RARE_AFTER_NIGHTS:
        return 1
    nights = RARE_NIGHTS if record.bad_nights < SELDOM_AFTER_NIGHTS else SELDOM_NIGHTS
    return int(max(1, min(nights, record.turnover_days / 2)))


def is_asked_tonight(record: PollRecord | None, now: datetime, any_answer_at: datetime | None) -> bool:
    """True where the night asks a listing; ``any_answer_at`` is when any listing at all answered last."""
    if record is None or record.asked_at > now:  # the clock was set back
        return True
    if any_answer_at is None or (now - any_answer_at).total_seconds() > OWN_OUTAGE_SECONDS:
        return True
    wait = (nights_between(record) - 1) * DAY_SECONDS + NIGHT_SECONDS
    return nights_between(record) == 1 or (now - record.asked_at).total_seconds() >= wait


def is_due(record: PollRecord | None, now: datetime) -> bool:
    """True where a poll between the nights asks a listing."""
    if record is None or record.asked_at > now:  # the clock was set back
        return True
    return record.next_at <= now + timedelta(seconds=SLACK_SECONDS)


def max_age_seconds(cache_control: str) -> float:
    """Give the max-age of a Cache-Control header (RFC 9111, 5.2.2.1); 0 where there is none."""
    found = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?([0-9]{1,9})", cache_control, re.IGNORECASE | re.ASCII)
    return float(found.group(1)) if found else 0.0
