"""Buckets of time, and those of which nothing is known because no source answered. Days are those of UTC."""

from collections.abc import Collection
from datetime import date, timedelta

from db.read import Grain


def find_gaps(
    up: Collection[date], first: date | None, last: date | None, since: date, until: date, grain: Grain
) -> tuple[date, ...]:
    """Give the buckets from ``since`` to ``until`` (inclusive) in which no source answered.

    ``up`` holds the first days of the buckets in which one did. Only buckets between the ``first`` and the ``last`` day
    of crawling are gaps: before the first lies the back catalogue, nothing was asked then and nothing is missing.
    """
    if first is None or last is None:
        return ()
    return tuple(bucket for bucket in buckets_of(max(since, first), min(until, last), grain) if bucket not in up)


def buckets_of(since: date, until: date, grain: Grain) -> list[date]:
    """Give the first days of all buckets that a span touches, in order; none for a span that ends before it begins."""
    buckets: list[date] = []
    bucket = bucket_of(since, grain)
    while bucket <= until and since <= until:
        buckets.append(bucket)
        # 31 days on from the first of a month is always in the next one
        bucket = bucket_of(bucket + timedelta(days={Grain.DAY: 1, Grain.WEEK: 7, Grain.MONTH: 31}[grain]), grain)
    return buckets


def bucket_of(day: date, grain: Grain) -> date:
    """Give the first day of the bucket that a day lies in."""
    if grain is Grain.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain is Grain.MONTH else day
