"""Answers for the hosts of the embedded newsroom: pages, feeds, robots.txt, and what is wrong with them on purpose."""

import json
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import quote, urlsplit

from newstone.demo.articles import DemoArticle, Feature, Newsroom, Outlet
from newstone.demo.feeds import render_feed, render_news_sitemap

N_RELATED = 4
"""Teasers of other articles below an article, as most outlets show them; they are no part of the text."""

CHARSET_LABELS = {"utf-8": "utf-8", "gb18030": "gb2312", "shift_jis": "Shift_JIS", "euc_kr": "EUC-KR"}
"""What header and meta element call an encoding. Many Chinese sites say gb2312 and send gb18030."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; ``headers`` does not hold Content-Length. ``conditional``: carries ETag and Last-Modified."""

    status: int
    body: bytes = b""
    media_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def conditional(self) -> bool:
        """Tell whether a request with If-None-Match or If-Modified-Since may be answered with 304."""
        return any(name == "ETag" for name, _ in self.headers)


def answer_request(room: Newsroom, host: str, target: str, base: str = "") -> Answer:
    """Give the answer of one outlet's host to a GET of ``target`` (path and query).

    ``base`` replaces "http://<host>" in links between pages, so that a person can look at the newsroom without a
    proxy; canonical addresses and feeds keep the real one. An unknown host answers 502, as a proxy does.
    """
    outlet = next((outlet for outlet in room.outlets.values() if outlet.host == host), None)
    if outlet is None:
        return Answer(502, f"no outlet has the host {host}\n".encode(), "text/plain; charset=utf-8")
    answer = _answer(room, outlet, target, base or f"http://{host}")
    if outlet.tdm_reserved:
        return Answer(answer.status, answer.body, answer.media_type, (*answer.headers, *_tdm_headers(outlet)))
    return answer


def render_index(room: Newsroom) -> bytes:
    """Give a page that lists all outlets, for a person who looks at the server without a proxy."""
    rows = "".join(
        f'<tr><td><a href="/{outlet.host}/">{escape(outlet.name)}</a></td><td>{outlet.language}</td>'
        f"<td>{outlet.country}</td><td>{outlet.medium.replace('_', ' ')}</td>"
        f"<td>{len(room.of_outlet(outlet.id))}</td></tr>"
        for outlet in room.outlets.values()
    )
    return _template("index").substitute(rows=rows).encode()


def _answer(room: Newsroom, outlet: Outlet, target: str, base: str) -> Answer:
    parts, articles = urlsplit(target), room.of_outlet(outlet.id)
    if parts.path in _feed_paths(outlet):
        media_type, body = (
            render_news_sitemap(outlet, articles)
            if parts.path == "/news-sitemap.xml"
            else render_feed(outlet, articles)
        )
        return _with_validators(body, media_type, articles)
    if parts.path == "/robots.txt":
        return Answer(200, _robots(outlet), "text/plain; charset=utf-8")
    if parts.path == "/.well-known/tdmrep.json" and outlet.tdm_reserved:
        rule = [{"location": "/", "tdm-reservation": 1, "tdm-policy": f"{outlet.homepage}tdm-policy.json"}]
        return Answer(200, json.dumps(rule).encode(), "application/json")
    if parts.path == "/feed/old" and "html_feed" in outlet.faults:
        return _list_page(outlet, base, articles)
    if parts.path == "/consent":
        return _consent_page(outlet, base)
    sections = {f"/{article.section_path}/": article.section_path for article in articles}
    if parts.path == "/" or parts.path in sections:
        wanted = sections.get(parts.path)
        return _list_page(outlet, base, [a for a in articles if wanted in (None, a.section_path)])
    article = next((article for article in articles if article.path == parts.path), None)
    if article is None or article.front.feature is Feature.MISSING:
        return Answer(404, _shell(outlet, base, "404", _wording(outlet)["gone"], f"<p>{_wording(outlet)['gone']}</p>"))
    if article.front.feature is Feature.CONSENT:
        where = f"{base}/consent?target={quote(article.url, safe='')}"
        return Answer(302, headers=(("Location", where),))
    return _article_page(article, base, articles)


def _feed_paths(outlet: Outlet) -> set[str]:
    return {urlsplit(url).path for kind, url in outlet.discovery if kind != "section" and not url.endswith("/feed/old")}


def _with_validators(body: bytes, media_type: str, articles: tuple[DemoArticle, ...]) -> Answer:
    newest = max(article.front.published for article in articles) if articles else datetime(2025, 1, 1, tzinfo=UTC)
    return Answer(
        200,
        body,
        f"{media_type}; charset=utf-8",
        (
            ("ETag", f'"{sha256(body).hexdigest()[:16]}"'),
            ("Last-Modified", format_datetime(newest.astimezone(UTC), usegmt=True)),
        ),
    )


def _robots(outlet: Outlet) -> bytes:
    lines = ["User-agent: *"]
    if outlet.crawl_delay_seconds:
        lines.append(f"Crawl-delay: {outlet.crawl_delay_seconds}")
    lines += [f"Disallow: {prefix}" for prefix in ("/suche/", *outlet.robots_disallow)]
    lines += [f"Sitemap: {url}" for kind, url in outlet.discovery if kind == "news_sitemap"]
    return ("\n".join(lines) + "\n").encode()


def _tdm_headers(outlet: Outlet) -> tuple[tuple[str, str], ...]:
    return (("tdm-reservation", "1"), ("tdm-policy", f"{outlet.homepage}tdm-policy.json"))


def _article_page(article: DemoArticle, base: str, siblings: tuple[DemoArticle, ...]) -> Answer:
    outlet, front, wording = article.outlet, article.front, _wording(article.outlet)
    paywalled = front.feature is Feature.PAYWALL
    shown = article.paragraphs[:1] if paywalled else article.paragraphs
    body = "\n".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in shown)
    if paywalled:
        body += f'\n<div class="paywall"><p>{wording["subscribe"]}</p></div>'
    here = siblings.index(article)
    others = [other for other in siblings[here + 1 :] + siblings[:here] if other.section_path != "intern"]
    main = _template(f"{outlet.layout}.article").substitute(
        title=escape(front.title),
        section=escape(front.section),
        byline=escape(wording["by"].format(author=front.author)),
        moment=_visible_date(article),
        body=body,
        related_title=wording["related"],
        related="".join(_link(base, other) for other in others[:N_RELATED]),
        newsletter=wording["newsletter"],
    )
    page = _shell(outlet, base, front.title, article.paragraphs[0], main, article)
    label = "iso-8859-1" if front.feature is Feature.WRONG_CHARSET else CHARSET_LABELS[front.encoding]
    # Characters outside the page's character set become references, as publishing systems write them.
    encoded = page.decode().encode(front.encoding, "xmlcharrefreplace")
    return Answer(200, encoded, f"text/html; charset={label}")


def _list_page(outlet: Outlet, base: str, articles: tuple[DemoArticle, ...] | list[DemoArticle]) -> Answer:
    main = f"<div><h1>{escape(outlet.name)}</h1><ul>{''.join(_link(base, article) for article in articles)}</ul></div>"
    return Answer(200, _shell(outlet, base, outlet.name, outlet.tagline, main))


def _consent_page(outlet: Outlet, base: str) -> Answer:
    wording = _wording(outlet)
    title = wording["consent_title"]
    main = (
        f'<div class="consent-wall" role="dialog"><h1>{title}</h1><p>{wording["consent"]}</p>'
        f'<form method="post"><button>{wording["accept"]}</button></form></div>'
    )
    return Answer(200, _shell(outlet, base, title, wording["consent"], main))


def _shell(
    outlet: Outlet, base: str, title: str, description: str, main: str, article: DemoArticle | None = None
) -> bytes:
    """Give a whole page in UTF-8; the charset in its meta element is that of the article's encoding."""
    wording = _wording(outlet)
    page = _template(outlet.layout).substitute(
        lang=outlet.language_tag,
        charset=CHARSET_LABELS[article.front.encoding] if article else "utf-8",
        title=escape(title),
        outlet=escape(outlet.name),
        tagline=escape(outlet.tagline),
        head=_head(article, description) if article else "",
        home_url=f"{base}/",
        nav=f'<a href="{base}/">{wording["home"]}</a>',
        main=main,
        imprint=wording["imprint"],
        cookie=wording["cookie"],
        accept=wording["accept"],
    )
    return page.encode()


def _head(article: DemoArticle, description: str) -> str:
    front, outlet = article.front, article.outlet
    lines = [
        f'<link rel="canonical" href="{article.url}">',
        f'<meta name="description" content="{escape(description)}">',
        f'<meta property="og:type" content="article"><meta property="og:title" content="{escape(front.title)}">',
        f'<meta property="og:site_name" content="{escape(outlet.name)}">',
        f'<meta property="og:url" content="{article.url}"><meta name="author" content="{escape(front.author)}">',
    ]
    if outlet.tdm_reserved:
        lines.append('<meta name="tdm-reservation" content="1">')
    if front.feature is Feature.DATE_TEXT_ONLY:
        return "\n".join(lines)
    if outlet.layout in {"blog", "wire"}:  # these two print no JSON-LD, as small sites often do not
        lines.append(f'<meta property="article:published_time" content="{front.published.isoformat()}">')
    else:
        lines.append(f'<script type="application/ld+json">{_json_ld(article)}</script>')
    return "\n".join(lines)


def _json_ld(article: DemoArticle) -> str:
    front, outlet = article.front, article.outlet
    paywalled = front.feature is Feature.PAYWALL
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": front.title,
        "datePublished": front.published.isoformat(),
        "author": [{"@type": "Person", "name": front.author}],
        "publisher": {"@type": "Organization", "name": outlet.name},
        "mainEntityOfPage": article.url,
        "inLanguage": outlet.language,
        "isAccessibleForFree": not paywalled,
    }
    if paywalled:
        data["hasPart"] = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paywall"}
    return json.dumps(data, ensure_ascii=False).replace("</", "<\\/")


def _visible_date(article: DemoArticle) -> str:
    moment, wording = article.front.published, _wording(article.outlet)
    day_only = article.front.feature is Feature.DATE_TEXT_ONLY
    text = wording["day" if day_only else "moment"].format(
        day=moment.day,
        number=moment.month,
        month=wording["months"].split()[moment.month - 1],
        year=moment.year,
        hour=moment.hour,
        minute=moment.minute,
    )
    return text if day_only else f'<time datetime="{moment.isoformat()}">{text}</time>'


def _link(base: str, article: DemoArticle) -> str:
    return f'<li><a href="{base}{article.path}">{escape(article.front.title)}</a></li>'


@cache
def _all_wording() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("newstone.demo") / "wording.toml").read_text("utf-8"))


def _wording(outlet: Outlet) -> dict[str, str]:
    every = _all_wording()
    return every.get(outlet.language_tag) or every[outlet.language]


@cache
def _template(name: str) -> Template:
    return Template((files("newstone.demo") / "layouts" / f"{name}.html").read_text("utf-8"))
