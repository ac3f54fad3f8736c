"""Invents outlets and what they print; the same seed gives the same press, text by text."""

import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

from bench.simulation.days import BACKLOG_DAYS, is_weekend, moment

Layout = Literal["paper", "magazine", "blog"]
FeedKind = Literal["rss", "atom", "news_sitemap", "rss_and_news_sitemap"]

N_OUTLETS = 30
EVERY_NTH_IS_LARGE = 6
LARGE_PER_DAY = 3.0
WEEKEND_SHARE = 0.5
"""Articles of a Saturday or Sunday, as a share of those of a weekday."""

COPY_SHARE = 0.06
"""Share of the agency's articles that each of its customers prints."""

COMPANY_SHARE = 0.35
"""Share of articles that name a watched company."""

COMPANIES = (
    *("DeepSeek", "OpenAI", "Nvidia", "Huawei", "Alibaba", "Mistral AI", "Anthropic", "Microsoft"),
    *("Google", "Tencent", "Baidu", "AMD"),
)
_LANGUAGES = ("en", "de", "fr", "es", "zh", "en", "de", "en")
_COUNTRIES = {"en": "GB", "de": "DE", "fr": "FR", "es": "ES", "zh": "CN"}
_LAYOUTS: tuple[Layout, ...] = ("paper", "magazine", "blog")
_FEEDS: tuple[FeedKind, ...] = ("rss", "atom", "rss", "rss_and_news_sitemap", "news_sitemap", "rss")
_NAMES = ("Courier", "Ledger", "Beacon", "Signal", "Observer", "Herald", "Gazette", "Monitor", "Chronicle", "Review")

FIRST_WORDS, LAST_WORDS = 150, 400


@dataclass(frozen=True, slots=True)
class Outlet:
    """One invented outlet; ``per_day`` is its mean number of articles on a weekday."""

    id: str
    name: str
    host: str
    language: str
    layout: Layout
    feed: FeedKind
    feed_size: int  # items
    per_day: float
    has_full_feed: bool  # the feed carries the text of its items
    customer_of: str = ""  # id of the agency that it copies from

    @property
    def country(self) -> str:
        """Where it is at home, ISO 3166-1."""
        return _COUNTRIES[self.language]


@dataclass(frozen=True, slots=True)
class Story:
    """One article as its outlet prints it; ``copy_of`` is the number of the article it is a copy of, or -1."""

    number: int
    outlet: Outlet
    published: datetime
    title: str
    copy_of: int = -1

    @property
    def path(self) -> str:
        """The path of its page; stays whatever happens to the outlet."""
        when = self.published
        return {
            "paper": f"/news/{when:%Y%m%d}/story-{self.number}.html",
            "magazine": f"/{when:%Y/%m}/story-{self.number}/",
            "blog": f"/{when:%Y/%m/%d}/story-{self.number}/",
        }[self.outlet.layout]

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"http://{self.outlet.host}{self.path}"


@dataclass(frozen=True, slots=True)
class Press:
    """All outlets and all they print in the time that is simulated; a number is a place in ``stories``."""

    seed: int
    outlets: tuple[Outlet, ...]
    stories: tuple[Story, ...]
    by_outlet: dict[str, tuple[Story, ...]] = field(repr=False)  # oldest first


def make_outlets(seed: int, n_outlets: int = N_OUTLETS) -> tuple[Outlet, ...]:
    """Invent outlets: the first is an agency, every sixth prints three articles a day and more."""
    outlets: list[Outlet] = []
    for number in range(n_outlets):
        draw = random.Random(f"{seed}/outlet/{number}")
        is_large = number % EVERY_NTH_IS_LARGE == 0
        per_day = 4.0 if number == 0 else draw.uniform(LARGE_PER_DAY, 3.6) if is_large else draw.uniform(0.2, 0.5)
        name = f"{draw.choice(_SYLLABLES).title()}{draw.choice(_SYLLABLES)}"
        outlets.append(
            Outlet(
                id=f"o{number:02d}_{name.lower()}",
                name=f"{name} {_NAMES[number % len(_NAMES)]}",
                host=f"www.{name.lower()}-{number}.example",
                language=_language_of(number),
                layout=_LAYOUTS[draw.randrange(len(_LAYOUTS))],
                feed=_FEEDS[(number + number // len(_FEEDS)) % len(_FEEDS)],
                feed_size=40 if is_large else 20,
                per_day=per_day,
                has_full_feed=number % 2 == 0,
                customer_of=outlets[0].id if number and _language_of(number) == "en" else "",
            )
        )
    return tuple(outlets)


def _language_of(number: int) -> str:
    return _LANGUAGES[(number + number // EVERY_NTH_IS_LARGE) % len(_LANGUAGES)]


def make_press(seed: int, n_nights: int, n_outlets: int = N_OUTLETS) -> Press:
    """Invent a press that prints from ``BACKLOG_DAYS`` before the first night until the last."""
    outlets = make_outlets(seed, n_outlets)
    drafts: list[tuple[datetime, Outlet, int]] = []  # when, by whom, place among the agency's articles or -1
    wire: list[datetime] = []
    for outlet in outlets:
        draw = random.Random(f"{seed}/print/{outlet.id}")
        for day in range(-BACKLOG_DAYS, n_nights):
            share = WEEKEND_SHARE if is_weekend(day) else 1.0
            drafts += [
                (moment(day, draw.uniform(5, 22) * 3600), outlet, -1)
                for _ in range(_count(draw, outlet.per_day * share))
            ]
        if outlet is outlets[0]:
            wire = sorted(when for when, _, _ in drafts)
        elif outlet.customer_of:
            drafts += [(when, outlet, place) for place, when in enumerate(wire) if draw.random() < COPY_SHARE]
    return _number(seed, outlets, drafts, wire)


def _number(
    seed: int, outlets: tuple[Outlet, ...], drafts: list[tuple[datetime, Outlet, int]], wire: list[datetime]
) -> Press:
    # a copy carries the time of its original and stands after it, since sorting is stable and the agency comes first
    drafts = sorted(drafts, key=lambda draft: draft[0])
    place_of = {when: place for place, when in enumerate(wire)}
    number_of_wire: dict[int, int] = {}
    stories: list[Story] = []
    for number, (when, outlet, copied) in enumerate(drafts):
        if outlet is outlets[0]:
            number_of_wire[place_of[when]] = number
        copy_of = number_of_wire[copied] if copied >= 0 else -1
        title = stories[copy_of].title if copy_of >= 0 else _title(seed, number, outlet.language)
        stories.append(Story(number, outlet, when, title, copy_of))
    by_outlet: dict[str, list[Story]] = {outlet.id: [] for outlet in outlets}
    for story in stories:
        by_outlet[story.outlet.id].append(story)
    return Press(seed, outlets, tuple(stories), {name: tuple(printed) for name, printed in by_outlet.items()})


@lru_cache(maxsize=512)
def text_of(seed: int, number: int, language: str) -> tuple[str, ...]:
    """Give the paragraphs of an original article."""
    draw, words = random.Random(f"{seed}/text/{number}"), _words()[language]
    n_words = draw.randint(FIRST_WORDS, LAST_WORDS)
    names = draw.sample(COMPANIES, draw.randint(1, 3)) if draw.random() < COMPANY_SHARE else []
    paragraphs: list[str] = []
    sentences: list[str] = []
    written = 0
    while written < n_words:
        kind = draw.random()
        form = (
            draw.choice(words["company"])
            if names and kind < 0.2
            else words["said"]
            if kind < 0.45
            else words["sentence"]
        )
        sentence = _fill(draw, words, form, draw.choice(names) if names else "")
        written += len(sentence) // 2 if language == "zh" else sentence.count(" ") + 1
        sentences.append(sentence)
        if len(sentences) == 4:
            paragraphs.append((" " if language != "zh" else "").join(sentences))
            sentences = []
    if sentences:
        paragraphs.append((" " if language != "zh" else "").join(sentences))
    return tuple(paragraphs)


def paragraphs_of(press: Press, story: Story) -> tuple[str, ...]:
    """Give the text of an article; a copy has a line of its own in front."""
    if story.copy_of < 0:
        return text_of(press.seed, story.number, story.outlet.language)
    original = press.stories[story.copy_of]
    text = text_of(press.seed, original.number, original.outlet.language)
    return (f"{story.outlet.name} reprints a report of {original.outlet.name}.", *text)


def words_of(language: str) -> dict[str, Any]:
    """Give the fragments of a language."""
    return _words()[language]


def _title(seed: int, number: int, language: str) -> str:
    draw, words = random.Random(f"{seed}/title/{number}"), _words()[language]
    return _fill(draw, words, words["title"], "")


def _fill(draw: random.Random, words: dict[str, Any], form: str, company: str) -> str:
    text = form.format(
        company=company,
        subject=draw.choice(words["subjects"]),
        verb=draw.choice(words["verbs"]),
        object=draw.choice(words["objects"]),
        adverbial=draw.choice(words["adverbials"]),
        ending=draw.choice(words["endings"]),
        person=f"{_name(draw)} {_name(draw)}",
        place=_name(draw),
        number=draw.randint(2, 99),
        number2=draw.randint(100, 999),
    )
    return text[:1].upper() + text[1:]


_SYLLABLES = (
    *("bal", "dor", "ven", "mir", "tas", "lun", "kor", "fen", "gra", "hol", "jas", "nim", "pel", "quen"),
    *("ros", "sil", "tur", "ulm", "wes", "zan", "bri", "cal", "dun", "elm"),
)


def _name(draw: random.Random) -> str:
    return "".join(draw.choices(_SYLLABLES, k=2)).title() + draw.choice(("a", "o", "en", "is", ""))


def _count(draw: random.Random, mean: float) -> int:
    """Draw a number from a Poisson distribution (Knuth 1969: multiply until below e^-mean)."""
    floor, product, count = 2.718281828459045**-mean, draw.random(), 0
    while product > floor:
        product *= draw.random()
        count += 1
    return count


@cache
def _words() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


def newest(stories: Sequence[Story], until: datetime, n: int) -> list[Story]:
    """Give the newest ``n`` of stories (oldest first) that were printed until a time, newest first."""
    low, high = 0, len(stories)
    while low < high:
        middle = (low + high) // 2
        if stories[middle].published <= until:
            low = middle + 1
        else:
            high = middle
    return list(stories[max(0, low - n) : low][::-1])
