"""What a page declares about itself: JSON-LD, OpenGraph and other meta elements, microdata, headings, time elements."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from lxml.html import HtmlElement

from pipelines.datelines import date_candidates, element_text
from pipelines.dates import DateCandidate
from pipelines.jsonld import LinkedArticle, read_linked_articles
from pipelines.urls import normalise_url

MAX_HEADINGS = 8
"""h1 elements that are read; the article's is among the first."""

MAX_BYLINES = 12

MAX_BYLINE_CHARS = 80

META_AUTHORS = (
    "author", "article:author_name", "dc.creator", "dc:creator", "dcterms.creator", "byl", "parsely-author",
    "sailthru.author", "cxenseparse:author", "citation_author", "article:author", "og:article:author", "authors",
    "rnews:creator", "vr:author", "mediator_author", "twitter:creator:name",
)  # fmt: skip

META_SITES = (
    "og:site_name",
    "application-name",
    "publisher",
    "dc.publisher",
    "apple-mobile-web-app-title",
    "copyright",
)

_AUTHOR_CLASS = re.compile(
    r"(?:^|[\s_/-])(?:authors?|byline|autor(?:en|es|in)?|auteurs?|writer|reporter|redakteur|journalist)(?:$|[\s_/-])"
    r"|byline|authorname|(?:author|creator)-?name",
    re.IGNORECASE,
)
_PROFILE_PATH = re.compile(
    r"/(?:authors?|autor(?:en|es)?|auteurs?|redakteur|journalists?|reporters?|contributors?)/[^/]"
)
_BY = re.compile(
    r"(?:[Bb]y:?|BY|Von|VON|Por|Par|Di|Door|Av|Af|Skrevet av|Text|作者|記者|记者|文)\s*[:：/／]?\s*[^\W\d_]"
)


@dataclass(frozen=True, slots=True)
class PageFacts:
    """The declarations of one page, as found; each list in order of trust."""

    linked: LinkedArticle | None
    og_title: str
    meta_titles: tuple[str, ...]
    headings: tuple[str, ...]  # texts of h1 elements, the one marked as headline first
    html_title: str
    site_names: tuple[str, ...]
    linked_authors: tuple[str, ...]
    meta_authors: tuple[tuple[str, ...], ...]  # one entry per name of a meta element
    marked_authors: tuple[str, ...]  # microdata, rel=author
    profile_links: tuple[str, ...]  # texts of links to pages about authors
    shown_authors: tuple[str, ...]  # bylines that the page shows, read only where none is declared
    dates: tuple[DateCandidate, ...]
    is_free: bool | None
    summaries: tuple[str, ...]  # descriptions, which some pages show as the first paragraph
    languages: tuple[str, ...]
    canonical: tuple[str, ...]


def _metas(tree: HtmlElement) -> dict[str, list[str]]:
    """Give the contents of the meta elements by lower-case name, property or itemprop."""
    found: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        content = " ".join((meta.get("content") or "").split())
        if content:
            for attribute in ("property", "name", "itemprop", "http-equiv"):
                name = (meta.get(attribute) or "").strip().lower()
                if name:
                    found.setdefault(name, []).append(content)
    return found


def _closeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False).ratio() if one and other else 0.0


def pick_linked(articles: Iterable[LinkedArticle], url: str, titles: Iterable[str]) -> LinkedArticle | None:
    """Give the JSON-LD node that describes this page: by its address, by its headline, else the first article."""
    every = list(articles)
    nodes = [node for node in every if node.is_article and (node.headline or node.name or node.published)]
    if not nodes:
        nodes = [node for node in every if node.published or node.body]
    if len(nodes) < 2:
        return nodes[0] if nodes else None
    wanted = normalise_url(url).partition("://")[2].rstrip("/")
    known = [title for title in titles if title]

    def rank(node: LinkedArticle) -> tuple[bool, float, bool]:
        same_address = normalise_url(node.url).partition("://")[2].rstrip("/") == wanted if node.url else False
        close = max((_closeness(node.headline or node.name, title) for title in known[:3]), default=0.0)
        return same_address, round(close, 1), bool(node.published)

    return max(nodes, key=rank)


def _headings(tree: HtmlElement) -> tuple[str, ...]:
    marked = [element_text(e) for e in tree.xpath('//*[@itemprop="headline"][not(self::meta)]')[:2]]
    plain = [element_text(heading) for _, heading in zip(range(MAX_HEADINGS), tree.iter("h1"), strict=False)]
    wechat = [element_text(e) for e in tree.xpath('//*[@id="activity-name"]')[:1]]
    return tuple(dict.fromkeys(text for text in [*plain, *marked, *wechat] if text))


def _marked_authors(tree: HtmlElement) -> tuple[str, ...]:
    found: list[str] = []
    for element in tree.xpath('//*[@itemprop="author" or @rel="author"]')[:8]:
        named = element.xpath('.//*[@itemprop="name"]')
        found.extend(" ".join((inner.get("content") or element_text(inner)).split()) for inner in named or [element])
    return tuple(dict.fromkeys(name for name in found if name))


def _shown_authors(tree: HtmlElement) -> tuple[str, ...]:
    """Give the texts of short elements that are marked as byline or begin with "By", in document order."""
    marked: list[str] = []
    worded: list[str] = []
    for element in tree.iter("a", "span", "p", "div", "address", "strong", "li", "em", "cite"):
        marks = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('href') or ''}"
        is_marked = bool(_AUTHOR_CLASS.search(marks))
        if len(element) > 4 or (not is_marked and len(element.text or "") > MAX_BYLINE_CHARS):
            continue
        shown = element_text(element)
        if not 2 < len(shown) <= MAX_BYLINE_CHARS:
            continue
        if is_marked:
            marked.append(shown)
        elif _BY.match(shown):
            worded.append(shown)
        if len(marked) >= MAX_BYLINES:
            break
    return tuple(dict.fromkeys([*marked, *worded]))


def _profile_links(tree: HtmlElement) -> tuple[str, ...]:
    """Give the texts of links to pages about authors, in document order."""
    found = [
        shown
        for link in tree.iter("a")
        if _PROFILE_PATH.search(link.get("href") or "") and 2 < len(shown := element_text(link)) <= MAX_BYLINE_CHARS
    ]
    return tuple(dict.fromkeys(found[:MAX_BYLINES]))


def _names_somebody(values: list[str]) -> bool:
    return any("@" not in value and "://" not in value for value in values)


def read_facts(tree: HtmlElement, url: str) -> PageFacts:
    """Give what the page declares. ``url`` is its final address. About 2 ms on a usual page."""
    metas = _metas(tree)
    scripts = tree.xpath('//script[contains(translate(@type, "LDJSON", "ldjson"), "ld+json")]/text()')
    articles = read_linked_articles(str(script) for script in scripts)
    og_title = next(iter(metas.get("og:title", [])), "")
    headings = _headings(tree)
    html_title = next((element_text(title) for title in tree.iter("title")), "")
    linked = pick_linked(articles, url, [og_title, *headings[:2]] if og_title or headings else [html_title])
    free = [node.is_free for node in articles if node.is_free is not None and (node is linked or not node.is_article)]
    tiers = [
        value.lower() for name in ("article:content_tier", "og:article:content_tier") for value in metas.get(name, [])
    ]
    canonical = [
        link.get("href") or "" for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split()
    ]
    root_language = tree.get("lang") or tree.get("xml:lang") or ""
    marked = _marked_authors(tree)
    declared = (
        marked
        or (linked.authors if linked is not None else ())
        or any(_names_somebody(metas.get(key, [])) for key in META_AUTHORS)
    )
    return PageFacts(
        linked=linked,
        og_title=og_title,
        meta_titles=tuple(
            value
            for name in ("twitter:title", "dc.title", "title", "headline", "parsely-title")
            for value in metas.get(name, [])[:1]
        ),
        headings=headings,
        html_title=html_title,
        site_names=tuple(
            dict.fromkeys(
                [name for key in META_SITES for name in metas.get(key, [])[:1]]
                + [node.site_name for node in articles if node.site_name]
                + [node.name for node in articles if node.kind == "website" and node.name]
            )
        ),
        linked_authors=linked.authors if linked is not None else (),
        meta_authors=tuple(tuple(dict.fromkeys(metas[name])) for name in META_AUTHORS if name in metas),
        profile_links=_profile_links(tree),
        shown_authors=() if declared else _shown_authors(tree),
        marked_authors=marked,
        dates=date_candidates(tree, metas, linked, url),
        is_free=False if False in free or "locked" in tiers else (True if True in free else None),
        summaries=tuple(
            dict.fromkeys(
                text
                for text in [
                    linked.description if linked is not None else "",
                    *metas.get("og:description", [])[:1],
                    *metas.get("description", [])[:1],
                ]
                if text
            )
        ),
        languages=tuple(
            value for value in [root_language, *metas.get("content-language", []), *metas.get("og:locale", [])] if value
        ),
        canonical=tuple(value for value in [*canonical, *metas.get("og:url", [])] if value),
    )
