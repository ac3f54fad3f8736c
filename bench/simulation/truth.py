"""Compares the database with the truth of the press: is every article that could be had there, once, and right?"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from bench.simulation.days import BACKLOG_DAYS, day_of, night_start
from bench.simulation.delivered import Delivered
from bench.simulation.events import EventKind
from bench.simulation.plan import DELIVERED, PageAnswer, Plan
from bench.simulation.press import Story, paragraphs_of
from db.snapshot import open_snapshot
from pipelines.outcomes import Outcome

BACK_OFF_NIGHTS = 9
"""A page that failed is tried again after seven days at the latest (crawler.state), and a night may be missed."""

GIVEN_UP_NIGHTS = 18
"""A page that fails for longer may have failed eight times, and is then forgotten (crawler.state)."""

GONE_NIGHTS = 8
"""A listing that answered 410 is asked again after a week (crawler.polling), and a night may be missed."""

RARE_AFTER_NIGHTS, SELDOM_NIGHTS = 14, 8
"""After so many bad nights a listing is asked less often, in the end every seventh night (crawler.polling)."""

ONE_SECOND = timedelta(seconds=1)
"""Feeds carry whole seconds."""

EXPECTED: dict[PageAnswer, frozenset[str]] = {
    PageAnswer.ARTICLE: frozenset({Outcome.OK.value}),
    PageAnswer.CONSENT: frozenset({Outcome.CONSENT_WALL.value}),
    PageAnswer.PAYWALL: frozenset({Outcome.PAYWALL.value}),
    # unreadable, or read with an override
    PageAnswer.SCRIPT_ONLY: frozenset({Outcome.TOO_SHORT.value, Outcome.NO_TEXT.value, Outcome.OK.value}),
    PageAnswer.ODD_ELEMENT: frozenset({Outcome.TOO_SHORT.value, Outcome.NO_TEXT.value, Outcome.OK.value}),
}
"""Outcomes in which a page must end that was delivered whole."""

_STORY = re.compile(r"/story-(\d+)(?:\.html|/)(?:\?|$)")


@dataclass(frozen=True, slots=True)
class KeptText:
    """One text of a story as extraction read it from one page."""

    outcome: str
    title: str
    text: str
    revision_id: str
    published_at: datetime


@dataclass(slots=True)
class Kept:
    """What the database holds of one story."""

    outcomes: set[str] = field(default_factory=set)
    article_ids: set[str] = field(default_factory=set)
    texts: list["KeptText"] = field(default_factory=list)


@dataclass(slots=True)
class Verdict:
    """The outcome of the comparison; every number counts stories of the press."""

    n_printed: int = 0
    n_articles: int = 0  # delivered as articles, and there as such
    n_mended: int = 0  # there thanks to an override
    recorded: Counter[str] = field(default_factory=Counter)  # had, but no article: by outcome
    unreachable: Counter[str] = field(default_factory=Counter)  # never to be had: by reason
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)  # title, text or date is not what was printed
    torn_stories: list[str] = field(default_factory=list)  # copies that do not share the story of their original
    false_stories: list[str] = field(default_factory=list)  # articles that share a story and are no copies
    n_copies: int = 0

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing was lost, doubled or altered."""
        return not (self.lost or self.doubled or self.altered)


def compare(plan: Plan, delivered: Delivered, snapshot_file: Path) -> Verdict:
    """Compare everything that was printed with a published snapshot.

    Raises:
        StoreError: there is no snapshot.
    """
    kept, stories_of, foreign = _read(plan, snapshot_file)
    verdict = Verdict()
    verdict.lost += [f"a page of nothing that was printed: {url}" for url in foreign]
    owners: defaultdict[str, set[int]] = defaultdict(set)
    for story in plan.press.stories:
        if not plan.is_printed(story):
            continue
        verdict.n_printed += 1
        found = kept.get(story.number, Kept())
        for article_id in found.article_ids:
            owners[article_id].add(story.number)
        _judge(plan, delivered, story, found, verdict)
    verdict.doubled += [f"stories {sorted(numbers)} are one article" for numbers in owners.values() if len(numbers) > 1]
    _judge_stories(plan, kept, stories_of, verdict)
    return verdict


def _judge(plan: Plan, delivered: Delivered, story: Story, found: Kept, verdict: Verdict) -> None:
    answers = delivered.answers(story.number)
    name = f"story {story.number} of {story.outlet.id} (day {day_of(story.published)})"
    if len(found.article_ids) > 1:
        verdict.doubled.append(f"{name} is {len(found.article_ids)} articles")
    whole = answers & DELIVERED
    for answer in whole:
        if not found.outcomes & EXPECTED[answer]:
            had = ", ".join(sorted(found.outcomes)) or "nothing"
            verdict.lost.append(f"{name} was delivered as {answer.value} and is there as {had}")
    if Outcome.OK.value in found.outcomes:
        if PageAnswer.ARTICLE in whole:
            verdict.n_articles += 1
        else:
            verdict.n_mended += 1
        if not any(text.outcome == Outcome.OK.value for text in found.texts):
            verdict.lost.append(f"{name} is there without its text")
        differences = sorted({what for text in found.texts for what in _differences(plan, story, text)})
        if differences:
            verdict.altered.append(f"{name}: {', '.join(differences)}")
    elif whole:
        verdict.recorded[", ".join(sorted(found.outcomes))] += 1
    else:
        reason = why_not_had(plan, delivered, story)
        if reason:
            verdict.unreachable[reason] += 1
        else:
            verdict.lost.append(f"{name} was to be had and was never fetched")


def _differences(plan: Plan, story: Story, kept: KeptText) -> Iterator[str]:
    """Say what of a text that was read as an article is not as printed."""
    if kept.outcome != Outcome.OK.value:
        return
    if kept.title != story.title:
        yield "title"
    if kept.text.replace("\n", "") != "".join(paragraphs_of(plan.press, story)):
        yield "text"
    moved = any(event.kind is EventKind.DATES_MOVED for event in plan.events_of.get(story.outlet.id, ()))
    if not moved and abs(kept.published_at - story.published) > ONE_SECOND:
        yield f"date {kept.published_at:%Y-%m-%d %H:%M:%S}"


def why_not_had(plan: Plan, delivered: Delivered, story: Story) -> str:
    """Say why an article was never to be had; "" where it was, so that somebody has lost it.

    This looks at the plan, not at what newstone did, but for one thing: on which nights it chose to ask a listing that
    had failed for long, and within the limits of that choice.
    """
    outlet = story.outlet
    nights = [
        night
        for night in range(max(0, day_of(story.published)), plan.n_nights)
        if night_start(night) >= story.published and story in plan.listed(outlet, night_start(night))
    ]
    if not nights:
        is_late = story.published > night_start(plan.n_nights - 1)
        return "printed after the last night" if is_late else "dropped out of the listing before the next night"
    running = [night for night in nights if not plan.nights[night].machine_off]
    if not running:
        return "machine off while it was listed"
    watched = [night for night in running if night >= plan.added[outlet.id]]
    if not watched:
        return "listed before the outlet was added"
    open_nights = [night for night in watched if plan.listing_answers(outlet.id, night)]
    if not open_nights:
        kinds = {event.kind.value for night in watched for event in plan.holding(outlet.id, night)}
        return f"listing closed while it was listed: {', '.join(sorted(kinds)) or 'network down'}"
    asked = [night for night in open_nights if night in delivered.asked[outlet.id]]
    if not asked:
        return _why_not_asked(plan, delivered, outlet.id, open_nights)
    return _why_no_page(plan, story, asked[0])


def _why_not_asked(plan: Plan, delivered: Delivered, outlet_id: str, open_nights: Iterable[int]) -> str:
    for night in open_nights:
        gone = any(
            event.kind is EventKind.FEED_GONE and event.begin < night < min(event.end, plan.n_nights) + GONE_NIGHTS
            for event in plan.events_of.get(outlet_id, ())
        )
        good = max((one for one in delivered.asked[outlet_id] if one < night), default=-BACKLOG_DAYS)
        ended = max((e.end for e in plan.events_of.get(outlet_id, ()) if e.end <= night), default=-BACKLOG_DAYS)
        rare = ended - good > RARE_AFTER_NIGHTS and night - ended < SELDOM_NIGHTS
        if not gone and not rare:
            return ""
    return "listing not asked again yet after 410 or weeks of failure"


def _why_no_page(plan: Plan, story: Story, first: int) -> str:
    tries = [night for night in range(first, plan.n_nights) if not plan.nights[night].machine_off]
    failing = [night for night in tries if plan.page_answer(story, night) not in DELIVERED]
    good = [night for night in tries if plan.page_answer(story, night) in DELIVERED]
    kinds = ", ".join(sorted({plan.page_answer(story, night).value for night in failing}))
    if not good:
        return f"page failed to the end: {kinds}"
    if failing and failing[0] < good[0]:
        if good[0] - first >= GIVEN_UP_NIGHTS:
            return f"page given up: {kinds}"
        if plan.n_nights - good[0] <= BACK_OFF_NIGHTS:
            return f"page failed, to be tried again after the end: {kinds}"
    return ""


def _judge_stories(plan: Plan, kept: dict[int, Kept], story_of: dict[str, str], verdict: Verdict) -> None:
    def groups(number: int) -> set[str]:
        texts = [text for text in kept.get(number, Kept()).texts if text.outcome == Outcome.OK.value]
        return {story_of[text.revision_id] for text in texts if text.revision_id in story_of}

    members: defaultdict[str, set[int]] = defaultdict(set)
    for number in kept:
        original = plan.press.stories[number].copy_of
        for group in groups(number):
            members[group].add(original if original >= 0 else number)
    verdict.false_stories += [f"stories {sorted(numbers)}" for numbers in members.values() if len(numbers) > 1]
    for story in plan.press.stories:
        if story.copy_of < 0 or not groups(story.number) or not groups(story.copy_of):
            continue
        verdict.n_copies += 1
        if not groups(story.number) & groups(story.copy_of):
            verdict.torn_stories.append(f"story {story.number} is a copy of {story.copy_of}")


def _read(plan: Plan, snapshot_file: Path) -> tuple[dict[int, Kept], dict[str, str], list[str]]:
    """Give what is kept by story, the story id by revision, and addresses that no outlet printed."""
    kept: defaultdict[int, Kept] = defaultdict(Kept)
    foreign: list[str] = []
    with open_snapshot(snapshot_file) as store:
        pages = store.fetch(
            "SELECT p.url, coalesce(p.fetch_outcome, e.outcome), r.article_id, r.title, r.text, r.revision_id,"
            " e.published_at"
            " FROM page p LEFT JOIN extraction e USING (page_id) LEFT JOIN revision r USING (revision_id)"
        )
        stories = store.fetch("SELECT revision_id, story_id FROM story")
    for url, outcome, article_id, title, text, revision, published_at in pages:
        found = _STORY.search(str(url))
        if found is None or int(found[1]) >= len(plan.press.stories):
            foreign.append(str(url))
            continue
        one = kept[int(found[1])]
        one.outcomes.add(str(outcome))
        if article_id is not None:
            one.article_ids.add(str(article_id))
            when = cast("datetime", published_at).replace(tzinfo=UTC)
            one.texts.append(KeptText(str(outcome), str(title), str(text), str(revision), when))
    return dict(kept), {str(revision): str(story) for revision, story in stories}, foreign
