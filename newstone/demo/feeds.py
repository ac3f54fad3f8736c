"""Renders the feeds and sitemaps of the embedded newsroom: RSS 2.0, Atom, RDF (RSS 1.0), Google News sitemap."""

from collections.abc import Callable, Sequence
from email.utils import format_datetime
from xml.sax.saxutils import escape  # nosec B406 # it writes, nothing is parsed

from newstone.demo.articles import DemoArticle, Feature, Outlet

XML_HEAD = "<?xml version='1.0' encoding='utf-8'?>\n"


def render_feed(outlet: Outlet, articles: Sequence[DemoArticle]) -> tuple[str, bytes]:
    """Give (media type, bytes in UTF-8) of the outlet's feed with the articles in the order given.

    A feed with the fault ``broken_feed`` ends inside the title of the item in its middle.
    """
    media_type, render = _FEEDS[outlet.feed]
    text = render(outlet, articles)
    if "broken_feed" in outlet.faults:
        victim = escape(articles[len(articles) // 2].front.title)
        text = text[: text.index(victim) + len(victim) // 2]
    return media_type, text.encode()


def render_news_sitemap(outlet: Outlet, articles: Sequence[DemoArticle]) -> tuple[str, bytes]:
    """Give (media type, bytes in UTF-8) of a Google News sitemap of the articles."""
    return "application/xml", _news_sitemap(outlet, articles).encode()


def _rss(outlet: Outlet, articles: Sequence[DemoArticle]) -> str:
    items = "".join(
        f"<item><title>{escape(article.front.title)}</title><link>{article.url}</link>"
        f"<guid isPermaLink='true'>{article.url}</guid>"
        f"<description>{escape(article.paragraphs[0])}</description>"
        f"<dc:creator>{escape(article.front.author)}</dc:creator>{_dated(article, 'pubDate')}</item>\n"
        for article in articles
    )
    return (
        f"{XML_HEAD}<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel>"
        f"<title>{escape(outlet.name)}</title><link>{outlet.homepage}</link>"
        f"<description>{escape(outlet.tagline)}</description><language>{outlet.language}</language>\n"
        f"{items}</channel></rss>\n"
    )


def _atom(outlet: Outlet, articles: Sequence[DemoArticle]) -> str:
    entries = "".join(
        f"<entry><id>{article.url}</id><title>{escape(article.front.title)}</title><link href='{article.url}'/>"
        f"<author><name>{escape(article.front.author)}</name></author>{_dated(article, 'published', 'iso')}"
        f"{_dated(article, 'updated', 'iso')}<summary>{escape(article.paragraphs[0])}</summary></entry>\n"
        for article in articles
    )
    newest = articles[0].front.published.isoformat() if articles else ""
    return (
        f"{XML_HEAD}<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='{outlet.language}'>"
        f"<title>{escape(outlet.name)}</title><id>{outlet.homepage}</id><updated>{newest}</updated>\n{entries}</feed>\n"
    )


def _rdf(outlet: Outlet, articles: Sequence[DemoArticle]) -> str:
    items = "".join(
        f"<item rdf:about='{article.url}'><title>{escape(article.front.title)}</title><link>{article.url}</link>"
        f"<dc:creator>{escape(article.front.author)}</dc:creator>{_dated(article, 'dc:date', 'iso')}</item>\n"
        for article in articles
    )
    order = "".join(f"<rdf:li rdf:resource='{article.url}'/>" for article in articles)
    return (
        f"{XML_HEAD}<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
        "xmlns='http://purl.org/rss/1.0/' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        f"<channel rdf:about='{outlet.homepage}'><title>{escape(outlet.name)}</title><link>{outlet.homepage}</link>"
        f"<description>{escape(outlet.tagline)}</description><dc:language>{outlet.language}</dc:language>"
        f"<items><rdf:Seq>{order}</rdf:Seq></items></channel>\n{items}</rdf:RDF>\n"
    )


def _news_sitemap(outlet: Outlet, articles: Sequence[DemoArticle]) -> str:
    urls = "".join(
        f"<url><loc>{article.url}</loc><news:news><news:publication><news:name>{escape(outlet.name)}</news:name>"
        f"<news:language>{_sitemap_language(outlet)}</news:language></news:publication>"
        f"{_dated(article, 'news:publication_date', 'iso')}<news:title>{escape(article.front.title)}</news:title>"
        "</news:news></url>\n"
        for article in articles
    )
    return (
        f"{XML_HEAD}<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
        f"xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>\n{urls}</urlset>\n"
    )


def _sitemap_language(outlet: Outlet) -> str:
    # Google News asks for zh-cn and zh-tw instead of zh.
    return f"zh-{outlet.country.lower()}" if outlet.language == "zh" else outlet.language


def _dated(article: DemoArticle, element: str, style: str = "") -> str:
    """Give the element with the article's date, or "" where only the page itself says when it was printed."""
    if article.front.feature is Feature.DATE_TEXT_ONLY:
        return ""
    moment = article.front.published
    text = {
        "iso": moment.isoformat(),
        "naive": f"{moment:%Y-%m-%d %H:%M:%S}",
        "rfc822": format_datetime(moment),
    }[style or article.outlet.feed_dates]
    return f"<{element}>{text}</{element}>"


_FEEDS: dict[str, tuple[str, Callable[[Outlet, Sequence[DemoArticle]], str]]] = {
    "rss": ("application/rss+xml", _rss),
    "atom": ("application/atom+xml", _atom),
    "rdf": ("application/rdf+xml", _rdf),
}
