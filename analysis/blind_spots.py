"""Blind spots: where nothing is said about an entity because nobody looked, nobody answered, or nobody wrote.

A quiet timeline may mean a quiet press. These lists say where it may mean something else. Days are those of UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from analysis.measures import MINIMUM_VOICES, Span
from analysis.source_rules import WELL, SourceState
from db.blind_spots import (
    BadFeed,
    LanguageYield,
    SourceYield,
    WalledPages,
    read_bad_feeds,
    read_crawled_span,
    read_language_yields,
    read_source_yields,
    read_walled_pages,
)
from db.snapshot import Snapshot
from db.source_states import SourceStateRow, read_source_states
from db.watched import watched_entity

SILENT_DAYS = 7
"""Days without an article from which on a source that publishes oftener than weekly is silent."""

SILENT_GAPS = 3
"""A source is silent only after this many times its usual pause: a monthly magazine is not silent after a week."""

USUAL_ARTICLES = 3
"""Articles from which on a source has a usual pause."""

WALLED_SHARE = 0.5
"""Share of walled pages from which on an outlet counts as walled."""

WALLED_PAGES = 3
"""Fewer pages than this say nothing about an outlet."""


class LanguageReason(StrEnum):
    """Why a language says little about an entity."""

    NOTHING_PUBLISHED = "nothing_published"  # a source writes in it, but no article came in the span
    NEVER_NAMED = "never_named"  # articles came, none names the entity
    NOT_SCORED = "not_scored"  # the model was not validated on it, or has not come to it yet
    FEW_VOICES = "few_voices"  # too few scored voices for an interval


class WallReason(StrEnum):
    """What stands before the texts of an outlet."""

    PAYWALL = "paywall"
    CONSENT_WALL = "consent_wall"


class UnreachedReason(StrEnum):
    """Why a source never gave anything."""

    NEVER_ASKED = "never_asked"
    NEVER_ANSWERED = "never_answered"
    NO_ARTICLE = "no_article"  # it answers, but no page of it became an article


@dataclass(frozen=True, slots=True)
class NeverNaming:
    """An earned source that published in the span, but never named the entity."""

    source_id: str
    outlet: str
    language: str
    medium: str
    n_articles: int


@dataclass(frozen=True, slots=True)
class ThinLanguage:
    """A language with little about the entity; all counts but ``n_published`` are about the entity."""

    language: str
    reason: LanguageReason
    n_published: int
    n_articles: int
    n_voices: int
    n_scored_voices: int


@dataclass(frozen=True, slots=True)
class FailingFeed:
    """A feed that did not answer well; ``n_days`` since it last did, or since it was first asked where it never did."""

    source_id: str
    outlet: str
    url: str
    outcome: str
    status: int | None
    last_good_on: date | None
    n_days: int


@dataclass(frozen=True, slots=True)
class SilentSource:
    """A source without an article for the last ``n_days`` of the span that used to have one every ``usual_days``."""

    source_id: str
    outlet: str
    last_published_on: date
    n_days: int
    usual_days: float


@dataclass(frozen=True, slots=True)
class IllSource:
    """A source whose nights say that it is not well, in another way than silent, and since when; see source_state."""

    source_id: str
    outlet: str
    state: str
    since: date
    n_nights: int
    reason: str


@dataclass(frozen=True, slots=True)
class WalledOutlet:
    """An outlet of which ``share`` (0 to 1) of the pages stood behind a wall; ``reason`` is the commoner one."""

    source_id: str
    outlet: str
    reason: WallReason
    n_pages: int
    n_walled: int
    share: float


@dataclass(frozen=True, slots=True)
class UnreachedSource:
    """An enabled source that never gave an article, at any time."""

    source_id: str
    outlet: str
    language: str
    reason: UnreachedReason


@dataclass(frozen=True, slots=True)
class BlindSpots:
    """The blind spots of one entity in a span.

    Feeds and walls are as seen by the crawls of the span; ``crawled_in_span`` is False where there was none (articles
    older than the first crawl): then by all crawls. ``last_crawl`` is the day they are counted to. States are those at
    the end of the span; where one is known, it also says whether the source is silent.
    """

    entity: str
    span: Span
    crawled_in_span: bool
    last_crawl: date | None
    never_naming: tuple[NeverNaming, ...]
    languages: tuple[ThinLanguage, ...]
    failing_feeds: tuple[FailingFeed, ...]
    silent_sources: tuple[SilentSource, ...]
    walled: tuple[WalledOutlet, ...]
    unreached: tuple[UnreachedSource, ...]
    not_well: tuple[IllSource, ...] = ()


def find_blind_spots(
    snapshot: Snapshot,
    entity: str,
    span: Span,
    *,
    minimum_voices: int = MINIMUM_VOICES,
    silent_days: int = SILENT_DAYS,
) -> BlindSpots:
    """Find where the coverage of an entity may be silent for another reason than a quiet press; worst first.

    Raises:
        UsageError: the watchlist does not name the entity.
    """
    watched_entity(snapshot, entity)
    sources = read_source_yields(snapshot, entity, span.since, span.until)
    crawled = read_crawled_span(snapshot, span.since, span.until)
    feeds: Sequence[BadFeed] = ()
    walls: Sequence[WalledPages] = ()
    if crawled.first is not None and crawled.last is not None:
        feeds = read_bad_feeds(snapshot, crawled.last)
        walls = read_walled_pages(snapshot, crawled.first, crawled.last)
    states = {row.source_id: row for row in read_source_states(snapshot, span.until)}
    languages = read_language_yields(snapshot, entity, span.since, span.until)
    return BlindSpots(
        entity=entity,
        span=span,
        crawled_in_span=crawled.in_span,
        last_crawl=crawled.last,
        never_naming=_never_naming(sources),
        languages=_thin(languages, minimum_voices),
        failing_feeds=_failing(feeds),
        silent_sources=_silent(sources, span.until, silent_days, states),
        walled=_walled(walls),
        unreached=_unreached(sources),
        not_well=_not_well(sources, states),
    )


def _never_naming(sources: Sequence[SourceYield]) -> tuple[NeverNaming, ...]:
    found = [
        NeverNaming(source.source_id, source.outlet, source.language, source.medium, source.n_in_span)
        for source in sources
        if source.earned and source.n_in_span and not source.n_naming
    ]
    return tuple(sorted(found, key=lambda each: (-each.n_articles, each.outlet, each.source_id)))


def _thin(languages: Sequence[LanguageYield], minimum_voices: int) -> tuple[ThinLanguage, ...]:
    found = [
        ThinLanguage(each.language, reason, each.n_published, each.n_articles, each.n_voices, each.n_scored_voices)
        for each in languages
        if (reason := _language_reason(each, minimum_voices)) is not None
    ]
    order = list(LanguageReason)
    return tuple(sorted(found, key=lambda each: (order.index(each.reason), -each.n_published, each.language)))


def _language_reason(each: LanguageYield, minimum_voices: int) -> LanguageReason | None:
    if not each.n_published:
        return LanguageReason.NOTHING_PUBLISHED
    if not each.n_articles:
        return LanguageReason.NEVER_NAMED
    if not each.n_scored_voices:
        return LanguageReason.NOT_SCORED
    return LanguageReason.FEW_VOICES if each.n_scored_voices < minimum_voices else None


def _failing(feeds: Sequence[BadFeed]) -> tuple[FailingFeed, ...]:
    found = [
        FailingFeed(
            feed.source_id,
            feed.outlet,
            feed.url,
            feed.outcome,
            feed.status,
            feed.last_good_on,
            (feed.asked_on - (feed.last_good_on or feed.first_asked_on)).days,
        )
        for feed in feeds
    ]
    return tuple(sorted(found, key=lambda each: (each.last_good_on is not None, -each.n_days, each.outlet, each.url)))


def _silent(
    sources: Sequence[SourceYield], until: date, silent_days: int, states: Mapping[str, SourceStateRow]
) -> tuple[SilentSource, ...]:
    found = []
    for source in sources:
        if source.first_on is None or source.last_on is None or source.n_until < USUAL_ARTICLES:
            continue
        usual = (source.last_on - source.first_on).days / (source.n_until - 1)
        n_days = (until - source.last_on).days
        known = states.get(source.source_id)
        is_silent = n_days >= max(silent_days, SILENT_GAPS * usual)
        if is_silent if known is None else known.state == SourceState.QUIET:
            found.append(SilentSource(source.source_id, source.outlet, source.last_on, n_days, usual))
    return tuple(sorted(found, key=lambda each: (-each.n_days, each.outlet, each.source_id)))


def _not_well(sources: Sequence[SourceYield], states: Mapping[str, SourceStateRow]) -> tuple[IllSource, ...]:
    found = [
        IllSource(source.source_id, source.outlet, row.state, row.since, row.n_nights, row.reason)
        for source in sources
        if (row := states.get(source.source_id)) is not None and row.state not in {*WELL, SourceState.QUIET}
    ]
    return tuple(sorted(found, key=lambda each: (each.since, each.outlet, each.source_id)))


def _walled(walls: Sequence[WalledPages]) -> tuple[WalledOutlet, ...]:
    found = []
    for each in walls:
        n_walled = each.n_paywall + each.n_consent_wall
        if each.n_pages >= WALLED_PAGES and n_walled / each.n_pages >= WALLED_SHARE:
            reason = WallReason.PAYWALL if each.n_paywall >= each.n_consent_wall else WallReason.CONSENT_WALL
            share = n_walled / each.n_pages
            found.append(WalledOutlet(each.source_id, each.outlet, reason, each.n_pages, n_walled, share))
    return tuple(sorted(found, key=lambda each: (-each.share, -each.n_pages, each.outlet)))


def _unreached(sources: Sequence[SourceYield]) -> tuple[UnreachedSource, ...]:
    return tuple(
        UnreachedSource(source.source_id, source.outlet, source.language, reason)
        for source in sources
        if (reason := _unreached_reason(source)) is not None
    )


def _unreached_reason(source: SourceYield) -> UnreachedReason | None:
    if source.n_articles:
        return None
    if not source.n_checks and not source.n_pages:
        return UnreachedReason.NEVER_ASKED
    return UnreachedReason.NO_ARTICLE if source.n_good or source.n_pages else UnreachedReason.NEVER_ANSWERED
