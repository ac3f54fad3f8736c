"""What befalls the outlets of the generated press, and the crawl itself: drawn by seed, known to everybody."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bench.simulation.press import LARGE_PER_DAY, Outlet


class EventKind(StrEnum):
    """What happens to one outlet from a day on."""

    # -- outages: newstone should notice them
    SILENT = "silent"  # prints nothing; the feed answers as before
    FORBIDDEN = "forbidden"  # 403 for everything but robots.txt
    REFUSED = "refused"  # 429 with a long Retry-After for everything
    CONSENT = "consent"  # every article redirects to a page that asks for consent
    PAYWALL = "paywall"  # articles show their first lines and say that the rest is for subscribers
    FEED_MISSING = "feed_missing"  # the listings answer 404
    FEED_GONE = "feed_gone"  # the listings answer 410
    FEED_HTML = "feed_html"  # the listings answer with the home page
    HOST_DEAD = "host_dead"  # no connection: the name is gone from the DNS, as a proxy shows it
    SCRIPT_ONLY = "script_only"  # a new layout whose text only a script brings in
    ODD_ELEMENT = "odd_element"  # a new layout with the text in an element that looks like a side column
    # -- trouble of one night, over before anybody could do a thing
    ROBOTS_503 = "robots_503"
    TRUNCATED = "truncated"  # articles break off in the middle
    HANGING = "hanging"  # a third of the articles never answers
    SERVER_ERROR = "server_error"  # articles answer 500
    # -- changes that should cost nothing
    NEW_LAYOUT = "new_layout"  # another of the usual layouts
    FEED_MOVED = "feed_moved"  # the listings move for ever and answer 301
    DATES_MOVED = "dates_moved"  # the outlet gives all that it shows the date of today
    REPUBLISHED = "republished"  # the listings name articles once more under another address
    TRACKED = "tracked"  # the listings put tracking parameters on their addresses, others every day


OUTAGES = frozenset(
    {
        *(EventKind.SILENT, EventKind.FORBIDDEN, EventKind.REFUSED, EventKind.CONSENT, EventKind.PAYWALL),
        *(EventKind.FEED_MISSING, EventKind.FEED_GONE, EventKind.FEED_HTML, EventKind.HOST_DEAD),
        *(EventKind.SCRIPT_ONLY, EventKind.ODD_ELEMENT),
    }
)
TROUBLES = (EventKind.ROBOTS_503, EventKind.TRUNCATED, EventKind.HANGING, EventKind.SERVER_ERROR)
CHANGES = (
    *(EventKind.NEW_LAYOUT, EventKind.FEED_MOVED, EventKind.DATES_MOVED, EventKind.REPUBLISHED, EventKind.TRACKED),
)
LAYOUT_OUTAGES = frozenset({EventKind.SCRIPT_ONLY, EventKind.ODD_ELEMENT})

QUIET_NIGHTS_FIRST = 16
"""Nights of an outlet before its first event: newstone compares with its own last ten."""

FOR_EVER = 10_000


@dataclass(frozen=True, slots=True)
class Event:
    """One event; it holds on the days from ``begin`` until before ``end``."""

    outlet_id: str
    kind: EventKind
    begin: int
    end: int

    @property
    def is_outage(self) -> bool:
        """Tell whether newstone should notice it."""
        return self.kind in OUTAGES

    def holds(self, day: int) -> bool:
        """Tell whether it holds on a day."""
        return self.begin <= day < self.end


@dataclass(frozen=True, slots=True)
class NightFault:
    """What befalls one night of the crawl. ``kills`` are the numbers of runs that are killed in a row."""

    kills: int = 0
    kills_crawl_only: bool = False  # the crawl's process dies and the night goes on
    network_down: bool = False
    machine_off: bool = False
    clock_set_back: bool = False  # the clock of the night is an hour behind
    polls: int = 0  # crawls of the feeds that are due, in the afternoon before


def draw_events(seed: int, outlets: Sequence[Outlet], n_nights: int) -> tuple[dict[str, int], tuple[Event, ...]]:
    """Give the day on which each outlet is added (0: from the start), and all events by outlet and begin.

    Every kind of outage comes about equally often; a few outlets fall silent or die for good.
    """
    added: dict[str, int] = {}
    events: list[Event] = []
    # one for the large and one for the small outlets, so that every kind of outage befalls both
    wheels = {
        is_large: _wheel(random.Random(f"{seed}/wheel/{is_large}"), sorted(OUTAGES)) for is_large in (True, False)
    }
    for number, outlet in enumerate(outlets):
        draw = random.Random(f"{seed}/events/{outlet.id}")
        added[outlet.id] = draw.randrange(5, max(6, n_nights * 2 // 3)) if number % 4 == 3 else 0
        day = added[outlet.id] + QUIET_NIGHTS_FIRST + draw.randrange(0, 30)
        while day < n_nights:
            event = _draw_event(draw, wheels[outlet.per_day >= LARGE_PER_DAY], outlet, day, n_nights)
            events.append(event)
            day = event.end + QUIET_NIGHTS_FIRST + draw.randrange(0, 24)
            if event.kind in CHANGES:
                day = event.begin + 6 + draw.randrange(0, 20)
    return added, tuple(events)


def _draw_event(draw: random.Random, wheel: Iterator[EventKind], outlet: Outlet, day: int, n_nights: int) -> Event:
    chance = draw.random()
    if chance < 0.25:
        return Event(outlet.id, draw.choice(TROUBLES), day, day + 1)
    if chance < 0.45:
        kind = draw.choice(CHANGES)
        is_lasting = kind in (EventKind.NEW_LAYOUT, EventKind.FEED_MOVED)
        return Event(outlet.id, kind, day, FOR_EVER if is_lasting else day + draw.randrange(3, 15))
    kind = next(wheel)
    if kind in LAYOUT_OUTAGES:
        return Event(outlet.id, kind, day, day + draw.randrange(10, 40))
    is_for_ever = kind in (EventKind.SILENT, EventKind.HOST_DEAD) and day > n_nights // 2 and draw.random() < 0.4
    return Event(outlet.id, kind, day, FOR_EVER if is_for_ever else day + draw.randrange(4, 14))


def _wheel(draw: random.Random, kinds: Sequence[EventKind]) -> Iterator[EventKind]:
    while True:
        yield from draw.sample(list(kinds), len(kinds))


KILL_SHARE = 0.1
CRAWL_KILL_SHARE = 0.2


def draw_nights(seed: int, n_nights: int) -> tuple[NightFault, ...]:
    """Give what befalls each night; the first eight are left in peace so that there is something to compare with."""
    draw = random.Random(f"{seed}/nights")
    off: set[int] = set()
    for _ in range(max(1, n_nights // 90)):
        begin = draw.randrange(8, max(9, n_nights - 4))
        off.update(range(begin, begin + draw.randrange(1, 5)))
    down = {draw.randrange(8, max(9, n_nights)) for _ in range(max(1, n_nights // 120))}
    back = {draw.randrange(8, max(9, n_nights)) for _ in range(max(1, n_nights // 90))}
    polled = {draw.randrange(0, n_nights // 7 + 1) for _ in range(max(1, n_nights // 90))}
    nights = []
    for night in range(n_nights):
        is_killed = draw.random() < KILL_SHARE
        nights.append(
            NightFault(
                kills=draw.randrange(1, 3) if is_killed else 0,
                kills_crawl_only=is_killed and draw.random() < CRAWL_KILL_SHARE,
                network_down=night in down,
                machine_off=night in off and night not in down,
                clock_set_back=night in back,
                polls=1 if night // 7 in polled else 0,
            )
        )
    return tuple(nights)
