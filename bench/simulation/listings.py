"""Renders the feeds and news sitemaps of the generated press."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from bench.simulation.events import EventKind
from bench.simulation.pages import published_shown, teaser_of
from bench.simulation.plan import Plan
from bench.simulation.press import Outlet, Story, paragraphs_of

REPUBLISHED_ITEMS = 5
"""Newest articles that a listing names once more."""

_XML = '<?xml version="1.0" encoding="utf-8"?>\n'


def listing_paths(outlet: Outlet) -> dict[str, str]:
    """Give the kind of each listing of an outlet, as a source file calls it, by its first path."""
    feeds = {"/feed.xml": "feed"} if outlet.feed != "news_sitemap" else {}
    maps = {"/news-sitemap.xml": "news_sitemap"} if "news_sitemap" in outlet.feed else {}
    return {**feeds, **maps}


def moved_path(path: str, moves: int) -> str:
    """Give the path of a listing that has moved so many times."""
    return path.replace(".xml", f"-{moves + 1}.xml") if moves else path


def republished_path(story: Story) -> str:
    """Give the second address under which an article may be named; its page says which is the first."""
    return f"/amp/story-{story.number}/"


def render_listing(plan: Plan, outlet: Outlet, kind: str, day: int, until: datetime) -> tuple[bytes, list[Story]]:
    """Give a listing (UTF-8) as it stands at a time, and what it names."""
    stories = plan.listed(outlet, until)
    if kind == "news_sitemap":
        return _sitemap(plan, stories, day), stories
    return (_atom if outlet.feed == "atom" else _rss)(plan, outlet, stories, day), stories


def _addressed(plan: Plan, stories: Sequence[Story], day: int) -> Iterator[tuple[Story, str]]:
    """Give each article with its address, and the second one where it has one."""
    for place, story in enumerate(stories):
        url = story.url
        if plan.has(story.outlet.id, day, EventKind.TRACKED):
            url += f"?utm_source=feed&utm_campaign=day{day}"
        yield story, url
        if place < REPUBLISHED_ITEMS and plan.has(story.outlet.id, day, EventKind.REPUBLISHED):
            yield story, f"http://{story.outlet.host}{republished_path(story)}"


def _full_text(plan: Plan, story: Story) -> str:
    return escape("".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs_of(plan.press, story)))


def _rss(plan: Plan, outlet: Outlet, stories: Sequence[Story], day: int) -> bytes:
    items = []
    for story, url in _addressed(plan, stories, day):
        full = f"<content:encoded>{_full_text(plan, story)}</content:encoded>" if outlet.has_full_feed else ""
        items.append(
            f"<item><title>{escape(story.title)}</title><link>{escape(url)}</link><guid>{escape(url)}</guid>"
            f"<description>{escape(teaser_of(paragraphs_of(plan.press, story)))}</description>{full}"
            f"<pubDate>{format_datetime(published_shown(plan, story, day))}</pubDate></item>\n"
        )
    return (
        f'{_XML}<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{escape(outlet.name)}</title><link>http://{outlet.host}/</link><description>News</description>\n"
        f"{''.join(items)}</channel></rss>\n"
    ).encode()


def _atom(plan: Plan, outlet: Outlet, stories: Sequence[Story], day: int) -> bytes:
    entries = []
    for story, url in _addressed(plan, stories, day):
        when = published_shown(plan, story, day).isoformat()
        full = f'<content type="html">{_full_text(plan, story)}</content>' if outlet.has_full_feed else ""
        entries.append(
            f"<entry><id>{escape(url)}</id><title>{escape(story.title)}</title><link href={quoteattr(url)}/>"
            f"<published>{when}</published><updated>{when}</updated>"
            f"<summary>{escape(teaser_of(paragraphs_of(plan.press, story)))}</summary>{full}</entry>\n"
        )
    return (
        f'{_XML}<feed xmlns="http://www.w3.org/2005/Atom"><title>{escape(outlet.name)}</title>'
        f"<id>http://{outlet.host}/</id>\n{''.join(entries)}</feed>\n"
    ).encode()


def _sitemap(plan: Plan, stories: Sequence[Story], day: int) -> bytes:
    urls = [
        f"<url><loc>{escape(url)}</loc><news:news><news:publication><news:name>{escape(story.outlet.name)}</news:name>"
        f"<news:language>{story.outlet.language}</news:language></news:publication>"
        f"<news:publication_date>{published_shown(plan, story, day).isoformat()}</news:publication_date>"
        f"<news:title>{escape(story.title)}</news:title></news:news></url>\n"
        for story, url in _addressed(plan, stories, day)
    ]
    return (
        f'{_XML}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        f' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{"".join(urls)}</urlset>\n'
    ).encode()
