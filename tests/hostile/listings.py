"""Feeds, sitemaps and section pages that mean harm. What :mod:`tests.crawler.test_feeds_hostile` has stands there."""

import gzip
import zlib
from collections.abc import Callable

from tests.hostile.cases import Case, table

URL = "https://paper.example/feed.xml"
GOOD = "https://paper.example/1"
MILLION = 1_000_000


def item(link: str = GOOD, title: str = "Chips fall", extra: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{extra}</item>"


def rss(*items: str, before: str = "", attributes: str = "") -> bytes:
    inner = "".join(items)
    head = f"<?xml version='1.0'?>{before}<rss version='2.0'{attributes}>"
    return f"{head}<channel><title>x</title>{inner}</channel></rss>".encode()


def sitemap(*entries: str, root: str = "urlset", attributes: str = "") -> bytes:
    return f"<?xml version='1.0'?><{root}{attributes}>{''.join(entries)}</{root}>".encode()


def entry(link: str, tag: str = "url", extra: str = "") -> str:
    return f"<{tag}><loc>{link}</loc>{extra}</{tag}>"


def feed(*items: str) -> Callable[[], bytes]:
    return lambda: rss(*items)


ONE = {"urls": (GOOD,)}
NONE: dict[str, object] = {"urls": ()}

FEEDS = table(
    Case(
        "xinclude",
        feed(
            item(
                extra="<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd' parse='text'/>"
            )
        ),
        "ok",
        ("root:",),
        ONE,
    ),
    Case(
        "a-stylesheet-from-elsewhere",
        lambda: rss(item(), before="<?xml-stylesheet type='text/xsl' href='http://127.0.0.1:9/x.xsl'?>"),
        "ok",
        facts=ONE,
    ),
    Case("a-php-instruction", lambda: rss(item(), before="<?php system('id'); ?>"), "ok", ("uid=",), ONE),
    Case("cdata-that-ends-early", feed(item(title="<![CDATA[a]]>]]&gt;<![CDATA[b]]>")), "ok", facts=ONE),
    Case(
        "cdata-with-a-script",
        feed(item(title="<![CDATA[<script>alert(1)</script>Chips fall]]>")),
        "ok",
        ("<script",),
        ONE,
    ),
    Case("cdata-within-cdata", feed(item(title="<![CDATA[<![CDATA[Chips]]>")), "ok", facts=ONE),
    Case(
        "a-namespace-declared-thousands-of-times",
        lambda: rss(item(), attributes="".join(f" xmlns:n{n}='urn:x'" for n in range(3000))),
        "not_a_feed",
        facts=NONE,
    ),
    Case("one-attribute-twice", lambda: rss(item(), attributes=" a='1' a='2'"), "ok", facts=ONE),
    Case(
        "attributes-with-greater-than",
        lambda: rss(item(), attributes="".join(f" a{n}='>'" for n in range(40_000))),
        "not_a_feed",
        facts=NONE,
    ),
    Case(
        "links-to-scripts-and-files",
        feed(item("javascript:alert(1)"), item("file:///etc/passwd"), item("data:text/html,x"), item()),
        "ok",
        facts=ONE,
    ),
    Case("links-with-passwords", feed(item("https://u:pw@paper.example/2"), item()), "ok", ("pw@",), ONE),
    Case(
        "links-that-break-the-request-line",
        feed(item("https://paper.example/1&#13;&#10;Host: evil.example"), item("https://paper.example/2")),
        "ok",
        ("\r", "\n"),
        {},
    ),
    Case(
        "a-guid-that-is-a-script",
        feed("<item><title>x</title><guid isPermaLink='true'>javascript:alert(1)</guid></item>", item()),
        "ok",
        facts=ONE,
    ),
    Case("a-guid-of-a-megabyte", feed(item(extra=f"<guid>{'g' * MILLION}</guid>")), "ok", facts=ONE),
    Case(
        "an-atom-id-that-is-a-private-file",
        lambda: (
            b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>file:///etc/passwd</id><title>x</title></entry></feed>"
        ),
        "malformed",
        facts=NONE,
    ),
    Case(
        "a-base-that-points-elsewhere",
        lambda: (
            b"<feed xmlns='http://www.w3.org/2005/Atom' xml:base='file:///etc/'>"
            b"<entry><title>x</title><link href='passwd'/></entry></feed>"
        ),
        "malformed",
        ("file:",),
        NONE,
    ),
    Case(
        "titles-with-escape-sequences",
        feed(item(title="Chips &#27;[2J&#x9b;31m fall \x1b]0;x\x07")),
        "ok",
        ("\x1b", "\x9b", "\x07"),
        ONE,
    ),
    Case("titles-on-many-lines", feed(item(title="Chips&#13;&#10;Bcc: all@example.org")), "ok", ("\r", "\n"), ONE),
    Case(
        "dates-of-no-calendar", feed(item(extra="<pubDate>Mon, 99 Foo 99999 99:99:99 +9999</pubDate>")), "ok", facts=ONE
    ),
    Case(
        "a-hundred-thousand-items",
        lambda: rss(*(item(f"https://paper.example/{n}") for n in range(100_000))),
        "ok",
        facts={"n_urls": 5000},
    ),
    Case("the-same-item-ten-thousand-times", lambda: rss(*[item()] * 10_000), "ok", facts=ONE),
    Case(
        "an-enclosure-as-large-as-the-disk",
        feed(item(extra="<enclosure url='file:///dev/zero' length='1e309' type='x'/>")),
        "ok",
        facts=ONE,
    ),
    Case("a-thousand-levels", feed(item(), "<a>" * 1000 + "x" + "</a>" * 1000), "ok", facts=ONE),
    Case(
        "a-declared-charset-that-unpacks",
        lambda: rss(item()).replace(b"version='1.0'", b"version='1.0' encoding='zip'"),
        "ok",
        facts=ONE,
    ),
    Case("utf-7", lambda: b"<?xml version='1.0' encoding='utf-7'?>+ADw-rss+AD4-", "not_a_feed", facts=NONE),
)

SITEMAPS = table(
    Case(
        "an-index-that-names-itself",
        lambda: sitemap(entry(URL, "sitemap"), root="sitemapindex"),
        "empty",
        facts={"children": ()},
    ),
    Case(
        "an-index-of-private-places",
        lambda: sitemap(entry("file:///etc/passwd", "sitemap"), entry("javascript:x", "sitemap"), root="sitemapindex"),
        "empty",
        facts={"children": ()},
    ),
    Case(
        "an-index-of-ten-thousand",
        lambda: sitemap(
            *(entry(f"https://paper.example/{n}.xml", "sitemap") for n in range(10_000)), root="sitemapindex"
        ),
        "ok",
        facts={"n_children": 50},
    ),
    Case(
        "a-hundred-thousand-entries",
        lambda: sitemap(*(entry(f"https://paper.example/{n}") for n in range(100_000))),
        "ok",
        facts={"n_urls": 5000},
    ),
    Case("a-gzip-bomb", lambda: gzip.compress(b"\0" * 60 * MILLION), "not_a_feed", facts=NONE),
    Case(
        "a-gzip-bomb-that-begins-well",
        lambda: gzip.compress(sitemap(entry(GOOD))[:-9] + b" " * 60 * MILLION),
        "malformed",
    ),
    Case("gzip-within-gzip", lambda: gzip.compress(gzip.compress(sitemap(entry(GOOD)))), "not_a_feed", facts=NONE),
    Case(
        "a-torn-gzip",
        lambda: gzip.compress(sitemap(*(entry(f"https://paper.example/{n}") for n in range(100))))[:-20],
        "malformed",
    ),
    Case("a-raw-deflate-stream", lambda: zlib.compress(sitemap(entry(GOOD))), "not_a_feed", facts=NONE),
    Case(
        "a-location-with-markup",
        lambda: sitemap(entry("https://paper.example/&lt;script&gt;"), entry(GOOD)),
        "ok",
        (),
        {"n_urls": 2},
    ),
    Case(
        "dates-that-do-not-sort",
        lambda: sitemap(
            entry(GOOD, extra="<lastmod>99999-99-99T99:99:99+99:99</lastmod>"),
            entry("https://paper.example/2", extra="<lastmod>2025-01-01</lastmod>"),
        ),
        "ok",
        facts={"n_urls": 2},
    ),
    Case(
        "an-external-entity",
        lambda: (
            b"<!DOCTYPE u [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>https://paper.example/1</loc><news:title>&x;</news:title></url></urlset>"
        ),
        "ok",
        ("root:",),
        ONE,
    ),
)

SECTIONS = table(
    Case(
        "a-million-attributes",
        lambda: b"<html><body><a " + b" ".join(b"a%d" % n for n in range(MILLION)) + b">",
        "not_a_feed",
        facts=NONE,
    ),
    Case(
        "a-base-elsewhere",
        lambda: b"<html><base href='https://evil.example/'><a href='/2025/01/28/one-two-three'>x</a></html>",
        "ok",
        ("evil",),
        {},
    ),
    Case(
        "a-hundred-thousand-links",
        lambda: (
            b"<html>"
            + b"".join(b"<a href='/2025/01/28/story-number-%d'>x</a>" % n for n in range(100_000))
            + b"</html>"
        ),
        "ok",
        facts={"n_urls": 5000},
    ),
    Case(
        "links-within-links",
        lambda: b"<html>" + b"<a href='/2025/01/28/a-b-c-d'>" * 20_000 + b"</html>",
        "ok",
        facts={"n_urls": 1},
    ),
    Case(
        "scripts-and-data",
        lambda: b"<html><a href='javascript:x'>a</a><a href='data:x'>b</a><a href='vbscript:x'>c</a></html>",
        "empty",
        facts=NONE,
    ),
    Case(
        "titles-with-escape-sequences",
        lambda: b"<html><a href='/2025/01/28/a-b-c-d'>Chips &#27;[2J \x1b[31m fall</a></html>",
        "ok",
        ("\x1b",),
        {"n_urls": 1},
    ),
)
