"""The whole truth of a simulated year: press, events and faults, and what every address answers on every night."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bench.simulation.days import day_of
from bench.simulation.events import Event, EventKind, NightFault, draw_events, draw_nights
from bench.simulation.press import N_OUTLETS, Outlet, Press, Story, make_press, newest

SITEMAP_HOURS = 48
"""Google's rule for news sitemaps: articles of the last two days."""


class PageAnswer(StrEnum):
    """What the address of an article answers."""

    ARTICLE = "article"
    CONSENT = "consent"
    PAYWALL = "paywall"
    SCRIPT_ONLY = "script_only"
    ODD_ELEMENT = "odd_element"
    FORBIDDEN = "forbidden"
    REFUSED = "refused"
    SERVER_ERROR = "server_error"
    TRUNCATED = "truncated"
    HANGING = "hanging"
    NO_CONNECTION = "no_connection"


DELIVERED = frozenset(
    {
        *(PageAnswer.ARTICLE, PageAnswer.CONSENT, PageAnswer.PAYWALL),
        *(PageAnswer.SCRIPT_ONLY, PageAnswer.ODD_ELEMENT),
    }
)
"""Answers that end the matter for the crawl, whatever extraction makes of them; after the others it tries again."""

_PAGES = {
    EventKind.CONSENT: PageAnswer.CONSENT,
    EventKind.PAYWALL: PageAnswer.PAYWALL,
    EventKind.SCRIPT_ONLY: PageAnswer.SCRIPT_ONLY,
    EventKind.ODD_ELEMENT: PageAnswer.ODD_ELEMENT,
    EventKind.FORBIDDEN: PageAnswer.FORBIDDEN,
    EventKind.REFUSED: PageAnswer.REFUSED,
    EventKind.SERVER_ERROR: PageAnswer.SERVER_ERROR,
    EventKind.TRUNCATED: PageAnswer.TRUNCATED,
    EventKind.HOST_DEAD: PageAnswer.NO_CONNECTION,
    EventKind.ROBOTS_503: PageAnswer.FORBIDDEN,  # never asked, since robots.txt forbids it then
}
_CLOSED_LISTINGS = frozenset(
    {
        *(EventKind.FORBIDDEN, EventKind.REFUSED, EventKind.FEED_MISSING, EventKind.FEED_GONE),
        *(EventKind.FEED_HTML, EventKind.HOST_DEAD, EventKind.ROBOTS_503),
    }
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens when; ``added`` is the day on which the source file of an outlet appears."""

    press: Press
    n_nights: int
    added: dict[str, int]
    events: tuple[Event, ...]
    nights: tuple[NightFault, ...]
    events_of: dict[str, tuple[Event, ...]] = field(repr=False)

    def holding(self, outlet_id: str, day: int) -> Iterator[Event]:
        """Give the events of an outlet that hold on a day."""
        return (event for event in self.events_of.get(outlet_id, ()) if event.holds(day))

    def has(self, outlet_id: str, day: int, kind: EventKind) -> bool:
        """Tell whether an outlet has a kind of event on a day."""
        return any(event.kind is kind for event in self.holding(outlet_id, day))

    def listing_answers(self, outlet_id: str, day: int) -> bool:
        """Tell whether the listings of an outlet give their items on a day."""
        if self.nights[day].network_down:
            return False
        return not any(event.kind in _CLOSED_LISTINGS for event in self.holding(outlet_id, day))

    def page_answer(self, story: Story, day: int) -> PageAnswer:
        """Give what the address of an article answers on a day."""
        if self.nights[day].network_down:
            return PageAnswer.NO_CONNECTION
        for event in self.holding(story.outlet.id, day):
            if event.kind is EventKind.HANGING and story.number % 3 == 0:
                return PageAnswer.HANGING
            if event.kind in _PAGES:
                return _PAGES[event.kind]
        return PageAnswer.ARTICLE

    def is_printed(self, story: Story) -> bool:
        """Tell whether an article exists: a silent outlet prints nothing."""
        return not self.has(story.outlet.id, day_of(story.published), EventKind.SILENT)

    def listed(self, outlet: Outlet, until: datetime) -> list[Story]:
        """Give what the listings of an outlet name at a time, newest first."""
        printed = self.press.by_outlet[outlet.id]
        # a silent time leaves gaps: enough is read that they do not matter
        some = [story for story in newest(printed, until, 4 * outlet.feed_size) if self.is_printed(story)]
        if outlet.feed == "news_sitemap":
            return [story for story in some if story.published > until - timedelta(hours=SITEMAP_HOURS)]
        return some[: outlet.feed_size]

    def layout_number(self, outlet_id: str, day: int) -> int:
        """Give how many times an outlet has changed its layout."""
        events = self.events_of.get(outlet_id, ())
        return sum(event.kind is EventKind.NEW_LAYOUT and event.begin <= day for event in events)

    def feed_moves(self, outlet_id: str, day: int) -> int:
        """Give how often the listings of an outlet have moved."""
        events = self.events_of.get(outlet_id, ())
        return sum(event.kind is EventKind.FEED_MOVED and event.begin <= day for event in events)


def make_plan(seed: int, n_nights: int, n_outlets: int = N_OUTLETS) -> Plan:
    """Draw a whole year; a second of work."""
    press = make_press(seed, n_nights, n_outlets)
    added, events = draw_events(seed, press.outlets, n_nights)
    events_of: dict[str, tuple[Event, ...]] = {}
    for event in events:
        events_of[event.outlet_id] = (*events_of.get(event.outlet_id, ()), event)
    return Plan(press, n_nights, added, events, draw_nights(seed, n_nights), events_of)
