"""Renders the pages of the generated press: three usual layouts, and what goes wrong with them."""

import json
from collections.abc import Sequence
from datetime import datetime
from html import escape

from bench.simulation.days import moment
from bench.simulation.events import EventKind
from bench.simulation.plan import PageAnswer, Plan
from bench.simulation.press import Outlet, Story, paragraphs_of, words_of

TEASER_CHARS = 260

_BODIES = (
    '<main><article><h1>{title}</h1>{date}<div class="text">{text}</div></article></main>',
    '<div id="page"><div class="headline"><h1>{title}</h1></div>{date}<div class="article-body">{text}</div></div>',
    '<main><header><h1>{title}</h1>{date}</header><section class="entry-content">{text}</section></main>',
)
_FIRST = {"paper": 0, "magazine": 1, "blog": 2}


def render_page(plan: Plan, story: Story, day: int, answer: PageAnswer) -> bytes:
    """Give the page (UTF-8) that the address of an article shows on a day: the article, or what stands in its place."""
    outlet = story.outlet
    paragraphs = paragraphs_of(plan.press, story)
    number = (_FIRST[outlet.layout] + plan.layout_number(outlet.id, day)) % len(_BODIES)
    parts = {"title": escape(story.title), "date": "", "text": _paragraphs(paragraphs)}
    when = published_shown(plan, story, day)
    is_free = answer is not PageAnswer.PAYWALL
    if not is_free:
        wall = words_of(outlet.language)["paywall"]
        parts["text"] = f'<p>{escape(teaser_of(paragraphs))} …</p><div class="paywall"><p>{escape(wall)}</p></div>'
    head = f'<link rel="canonical" href="{story.url}">'
    match sum(outlet.id.encode()) % 3:
        case 0:
            head += _json_ld(story, when, is_free=is_free)
        case 1:
            head += f'<meta property="article:published_time" content="{when.isoformat()}">'
        case _:
            parts["date"] = f'<p class="date"><time datetime="{when.isoformat()}">{when:%Y-%m-%d %H:%M}</time></p>'
    if not is_free and "ld+json" not in head:
        head += _json_ld(story, when, is_free=False)
    body = _BODIES[number].format(**parts)
    if answer is PageAnswer.SCRIPT_ONLY:
        data = json.dumps({"story": list(paragraphs)}, ensure_ascii=False).replace("</", "<\\/")
        body = f'<div id="app"><h1>{parts["title"]}</h1>{parts["date"]}</div><script>var page = {data};</script>'
    elif answer is PageAnswer.ODD_ELEMENT:
        body = f'<main><h1>{parts["title"]}</h1>{parts["date"]}</main><aside class="sidebar">{parts["text"]}</aside>'
    return _document(outlet, story.title, head, body)


def render_consent(outlet: Outlet) -> bytes:
    """Give the page that asks for consent in place of every article."""
    words = words_of(outlet.language)["consent"]
    return _document(outlet, outlet.name, "", f'<main class="consent"><p>{escape(words)}</p></main>')


def render_home(outlet: Outlet) -> bytes:
    """Give the home page: no feed."""
    return _document(outlet, outlet.name, "", f"<main><h1>{escape(outlet.name)}</h1><p>Welcome.</p></main>")


def published_shown(plan: Plan, story: Story, day: int) -> datetime:
    """Give the date that an outlet shows for an article on a day."""
    if plan.has(story.outlet.id, day, EventKind.DATES_MOVED):
        return max(story.published, moment(day))
    return story.published


def teaser_of(paragraphs: Sequence[str]) -> str:
    """Give the first lines of a text."""
    return " ".join(paragraphs)[:TEASER_CHARS]


def _paragraphs(paragraphs: Sequence[str]) -> str:
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)


def _json_ld(story: Story, when: datetime, *, is_free: bool) -> str:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": when.isoformat(),
        "isAccessibleForFree": is_free,
    }
    text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="application/ld+json">{text}</script>'


def _document(outlet: Outlet, title: str, head: str, body: str) -> bytes:
    return (
        f'<!DOCTYPE html><html lang="{outlet.language}"><head><meta charset="utf-8">'
        f"<title>{escape(title)} | {escape(outlet.name)}</title>{head}</head><body>"
        f'<nav><a href="/">{escape(outlet.name)}</a> <a href="/about">About</a></nav>{body}'
        f"<footer><p>© {escape(outlet.name)}</p></footer></body></html>"
    ).encode()
