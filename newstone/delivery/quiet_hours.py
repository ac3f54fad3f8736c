"""Hours in which nothing is sent, as a person in some time zone writes them: ``22:00-07:00``."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def quiet_until(now: datetime, hours: str, zone_name: str) -> datetime | None:
    """Give the moment (UTC) at which the quiet hours end that hold at ``now``; None where none hold.

    ``hours`` is "" (never) or HH:MM-HH:MM by the clock of the zone, the end excluded, across midnight where it comes
    first; two equal times are never. An end that the clock skips in spring is the moment after the gap; one that it
    shows twice in autumn is the first, or the second where that has passed. ``now`` is aware.
    """
    if not hours:
        return None
    begin, end = (time.fromisoformat(text) for text in hours.split("-"))
    zone = ZoneInfo(zone_name)
    local = now.astimezone(zone)
    clock = local.time()
    spans_midnight = begin > end
    is_quiet = (clock >= begin or clock < end) if spans_midnight else begin <= clock < end
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=spans_midnight and clock >= begin)
    ends = datetime.combine(day, end, tzinfo=zone).astimezone(UTC)
    if ends <= now:  # the clock was put back within the quiet hours
        ends = datetime.combine(day, end, tzinfo=zone).replace(fold=1).astimezone(UTC)
    return ends
