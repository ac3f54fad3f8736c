"""The buckets of a span in order, and how a person reads them."""

from dataclasses import dataclass
from datetime import date, timedelta

from analysis.measures import Span
from db.read import Grain


@dataclass(frozen=True, slots=True)
class Bucket:
    """One day, week (from Monday) or month; ``since`` and ``until`` are its days within the span, both inclusive."""

    first: date
    last: date
    since: date
    until: date
    label: str


def bucket_of(day: date, grain: Grain) -> date:
    """Give the first day of the bucket that a day falls in."""
    if grain is Grain.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain is Grain.MONTH else day


def list_buckets(span: Span, grain: Grain) -> tuple[Bucket, ...]:
    """Give all buckets that the span touches, also those without articles."""
    found = []
    first = bucket_of(span.since, grain)
    while first <= span.until:
        after = _next(first, grain)
        last = after - timedelta(days=1)
        since, until = max(first, span.since), min(last, span.until)
        part = "" if (since, until) == (first, last) else f", {since.day} to {until.day} {until:%B} only"
        found.append(Bucket(first, last, since, until, _label(first, grain) + part))
        first = after
    return tuple(found)


def bucket_places(span: Span, grain: Grain) -> dict[date, int]:
    """Give the place of each bucket in the span by its first day."""
    return {bucket.first: place for place, bucket in enumerate(list_buckets(span, grain))}


def day_text(day: date) -> str:
    """Write a day as "6 January 2025"."""
    return f"{day.day} {day:%B %Y}"


def span_text(span: Span) -> str:
    """Write a span as "6 January – 2 March 2025"."""
    begin = f"{span.since.day} {span.since:%B}" + ("" if span.since.year == span.until.year else f" {span.since:%Y}")
    return day_text(span.until) if span.n_days == 1 else f"{begin} – {day_text(span.until)}"


def _next(first: date, grain: Grain) -> date:
    if grain is Grain.MONTH:
        return (first + timedelta(days=32)).replace(day=1)
    return first + timedelta(days=7 if grain is Grain.WEEK else 1)


def _label(first: date, grain: Grain) -> str:
    if grain is Grain.MONTH:
        return f"{first:%B %Y}"
    return f"week of {day_text(first)}" if grain is Grain.WEEK else day_text(first)
