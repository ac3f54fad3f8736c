"""What a page declares about itself: JSON-LD, OpenGraph and other meta elements, microdata, headings, time elements."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from lxml.html import HtmlElement

from pipelines.credits import marked_authors, shown_authors
from pipelines.datelines import date_candidates, element_text
from pipelines.dates import DateCandidate
from pipelines.jsonld import LinkedArticle, read_linked_articles
from pipelines.urls import host_of, normalise_url

MAX_HEADINGS = 8
"""h1 elements that are read; the article's is among the first."""

MAX_SUBHEADINGS = 40

META_AUTHORS = (
    "author", "article:author_name", "dc.creator", "dc:creator", "dcterms.creator", "byl", "parsely-author",
    "sailthru.author", "cxenseparse:author", "citation_author", "article:author", "og:article:author", "authors",
    "rnews:creator", "vr:author", "mediator_author", "twitter:creator:name",
    "articleauthor", "article_author", "author_name", "article:authors", "shareaholic:article_author_name", "byline",
    "article:byline", "twitter:misc:written by",
)  # fmt: skip

META_SITES = (
    "og:site_name",
    "application-name",
    "publisher",
    "dc.publisher",
    "apple-mobile-web-app-title",
    "copyright",
)


_WRITTEN_BY = re.compile(
    r"written by|by$|authors?$|geschrieben von|verfasst von|von$|autor|(?:é|e)crit par|auteur|escrito por|scritto da|"
    r"geschreven door|skrevet av|skriven av|napisane przez|yazan|автор|作者|投稿者|글쓴이",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PageFacts:
    """The declarations of one page, as found; each list in order of trust."""

    linked: LinkedArticle | None
    og_title: str
    meta_titles: tuple[str, ...]
    headings: tuple[str, ...]  # texts of h1 elements, the one marked as headline first
    subheadings: tuple[str, ...]  # texts of h2 to h4
    html_title: str
    site_names: tuple[str, ...]
    linked_authors: tuple[str, ...]
    meta_authors: tuple[tuple[str, ...], ...]  # one entry per name of a meta element
    marked_authors: tuple[str, ...]  # microdata, rel=author
    shown_authors: tuple[str, ...]  # bylines that the page shows, only where no person is declared
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


def _labelled_authors(metas: dict[str, list[str]]) -> list[str]:
    """Give the author of a sharing card, which WordPress writes as a pair of label and value."""
    return [
        value
        for number in ("1", "2")
        for label in metas.get(f"twitter:label{number}", [])[:1]
        if _WRITTEN_BY.match(label)
        for value in metas.get(f"twitter:data{number}", [])[:1]
    ]


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


def _subheadings(tree: HtmlElement) -> tuple[str, ...]:
    found = (element_text(heading) for heading in tree.iter("h2", "h3", "h4"))
    return tuple(text for _, text in zip(range(MAX_SUBHEADINGS), found, strict=False) if text)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _names_a_person(values: Iterable[str], own: set[str]) -> bool:
    """Tell whether one of these authors may be a person, not an address or the site (``own``, letters only)."""
    return any("@" not in value and "://" not in value and _letters(value) not in own for value in values)


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
    marked = marked_authors(tree)
    sites = tuple(
        dict.fromkeys(
            [name for key in META_SITES for name in metas.get(key, [])[:1]]
            + [node.site_name for node in articles if node.site_name]
            + [node.name for node in articles if node.kind == "website" and node.name]
        )
    )
    host = host_of(url).removeprefix("www.")
    own = {_letters(name) for name in (*sites, host, host.partition(".")[0])}
    authors = linked.authors if linked is not None else ()
    meta_authors = [tuple(dict.fromkeys(metas[name])) for name in META_AUTHORS if name in metas]
    meta_authors += [(author,) for author in _labelled_authors(metas)]
    declared = any(_names_a_person(names, own) for names in (authors, marked, *meta_authors))
    bylines = () if declared else shown_authors(tree)
    return PageFacts(
        linked=linked,
        og_title=og_title,
        meta_titles=tuple(
            value
            for name in ("twitter:title", "dc.title", "title", "headline", "parsely-title")
            for value in metas.get(name, [])[:1]
        ),
        headings=headings,
        subheadings=_subheadings(tree),
        html_title=html_title,
        site_names=sites,
        linked_authors=authors,
        meta_authors=tuple(meta_authors),
        shown_authors=bylines,
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
