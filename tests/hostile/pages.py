"""Pages that mean harm, for extraction. Text and names are invented."""

import json
from collections.abc import Callable

from tests.hostile.cases import Case, table

HEADLINE = "Chip makers fall after a cheap model"
SENTENCES = "".join(
    f"<p>On day {n} DeepSeek published another model, and the makers of chips lost a part of their value.</p>"
    for n in range(8)
)
URL = "https://paper.example/2025/01/28/chip-makers-fall"
MILLION = 1_000_000


def page(*, head: str = "", body: str = SENTENCES, headline: str = HEADLINE, before: str = "") -> bytes:
    article = f"<article><h1>{headline}</h1>{body}</article>"
    html = f"<!doctype html><html lang=en><head>{head}</head><body>{before}{article}</body></html>"
    return html.encode("utf-8", "surrogatepass")


def linked(**fields: object) -> bytes:
    """A page whose JSON-LD has these fields."""
    node = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": HEADLINE, **fields}
    return page(head=f'<script type="application/ld+json">{json.dumps(node)}</script>')


def raw_linked(text: str) -> bytes:
    return page(head=f'<script type="application/ld+json">{text}</script>')


def head(markup: str) -> Callable[[], bytes]:
    return lambda: page(head=markup)


def nested_json() -> str:
    return '{"@type":"NewsArticle","author":' * 100_000


ADDRESS = {"canonical_url": URL}
IN_JANUARY = {"published_at.year": 2025}

PAGES = table(
    # -- structure
    Case("divs-nested-100000-deep", lambda: page(body="<div>" * 100_000 + SENTENCES), "too_complex"),
    Case("spans-nested-600-deep", lambda: page(body="<b><i>" * 300 + "x" + SENTENCES), "too_complex"),
    Case(
        "a-million-attributes",
        lambda: page(before="<p " + " ".join(f"a{n}" for n in range(MILLION)) + ">"),
        "too_complex",
        facts={"detail": "an element with more than 1000 attributes"},
    ),
    Case(
        "a-million-attributes-behind-a-script-that-hides-the-tag",
        lambda: page(before='<script>\'<b y="\'</script><p x=">" ' + " ".join(f"a{n}" for n in range(MILLION)) + ">"),
        "too_complex",
    ),
    Case(
        "attributes-without-blanks-between",
        lambda: page(before="<p " + "".join(f'a{n}=""' for n in range(100_000)) + ">"),
        "too_complex",
    ),
    Case("tags-within-tags", lambda: page(before="<a " + "<b " * MILLION), "too_complex"),
    Case("a-million-open-tags", lambda: b"<a>" * MILLION, "too_complex"),
    Case("a-text-of-a-megabyte", lambda: page(body=f"<p>{'word ' * 200_000}</p>"), "ok"),
    Case("nothing-but-less-than", lambda: b"<" * 8 * MILLION, "no_text"),
    Case("nothing-but-null-bytes", lambda: b"\0" * 8 * MILLION, "no_text"),
    Case("an-open-comment", lambda: b"<!--" + page(), "no_text"),
    Case("an-open-script", lambda: b"<script>" + page(), "no_text"),
    Case("a-script-that-writes-a-script-end", lambda: page(before="<script>'</scr'+'ipt>'</script>"), "ok"),
    Case("text-in-a-style", lambda: page(before="<style>p{content:'DeepSeek was bought'}</style>"), "ok", ("bought",)),
    Case("text-in-a-template", lambda: page(before="<noscript><p>DeepSeek was bought</p></noscript>"), "ok"),
    Case("an-svg-with-a-script", lambda: page(before="<svg><script>alert(1)</script></svg>"), "ok", ("alert(1)",)),
    Case("a-plaintext-element", lambda: page(before="<plaintext>"), "ok"),
    Case("framesets-only", lambda: b"<frameset><frame src='file:///etc/passwd'></frameset>", "no_text", ("root:",)),
    # -- bytes and charsets
    Case("null-bytes-in-the-name", lambda: page().replace(b"DeepSeek", b"Deep\0Seek"), "ok", ("\0",)),
    Case("utf-7", lambda: b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-" + page(), "ok", ("<script",)),
    Case(
        "overlong-utf-8",
        lambda: page(headline="Chips \xc0\xbcscript").replace("À¼".encode(), b"\xc0\xbc"),
        "ok",
        ("<script",),
    ),
    Case("a-charset-that-is-a-codec-of-python", lambda: b"<meta charset=rot13>" + page(), "ok"),
    Case("a-charset-that-unpacks", lambda: b"<meta charset=zlib_codec>" + page(), "ok"),
    Case("utf-16-mark-before-utf-8", lambda: b"\xff\xfe" + page(), "ok", ("<h1>",)),
    Case("lone-surrogates", lambda: page(headline="Chips \ud800\udfff\ud800 fall"), "ok", ("\ud800",)),
    Case("half-a-character-at-the-end", lambda: page() + "深".encode()[:2], "ok"),
    # -- JSON-LD
    Case("json-100000-deep", lambda: raw_linked(nested_json()), "ok"),
    Case("json-lists-100000-deep", lambda: raw_linked("[" * 100_000 + "]" * 100_000), "ok"),
    Case("json-of-a-million-nodes", lambda: raw_linked("[" + '{"@type":"Article"},' * 80_000 + "{}]"), "ok"),
    Case(
        "json-that-refers-to-itself",
        lambda: linked(**{"@id": "#a", "author": {"@id": "#a"}, "publisher": {"@id": "#a"}, "hasPart": {"@id": "#a"}}),
        "ok",
    ),
    Case("json-of-wrong-types", lambda: linked(headline=[1, None], author=7, datePublished={}, articleBody=True), "ok"),
    Case(
        "json-number-too-large",
        lambda: raw_linked('{"@type":"NewsArticle","datePublished":1e309}'),
        "ok",
        facts=IN_JANUARY,
    ),
    Case(
        "json-integer-of-100000-digits",
        lambda: raw_linked('{"@type":"NewsArticle","wordCount":' + "9" * 100_000 + "}"),
        "ok",
    ),
    Case(
        "json-escapes-half-a-character",
        lambda: raw_linked('{"@type":"NewsArticle","headline":"' + HEADLINE + ' \\ud800"}'),
        "ok",
        ("\ud800",),
    ),
    Case("json-authors-of-a-megabyte", lambda: linked(author=[{"name": "x" * MILLION}]), "ok"),
    Case(
        "json-of-ten-thousand-authors", lambda: linked(author=[{"name": f"Jane Doe {n}"} for n in range(10_000)]), "ok"
    ),
    # -- dates
    Case("year-9999", lambda: linked(datePublished="9999-12-31T23:59:59Z"), "ok", facts=IN_JANUARY),
    Case("year-10000", lambda: linked(datePublished="10000-01-01"), "ok", facts=IN_JANUARY),
    Case("year-minus-1", lambda: linked(datePublished="-0001-01-01T00:00:00Z"), "ok", facts=IN_JANUARY),
    Case("offset-of-99-hours", lambda: linked(datePublished="2025-01-28T10:00:00+99:99"), "ok", facts=IN_JANUARY),
    Case("a-date-of-a-megabyte", lambda: linked(datePublished="2025-01-28 " * 100_000), "ok", facts=IN_JANUARY),
    Case("a-date-in-a-million-years", lambda: linked(datePublished="in 1000000 years"), "ok", facts=IN_JANUARY),
    # -- addresses
    Case(
        "meta-refresh-to-this-machine",
        head('<meta http-equiv=refresh content="0;url=http://127.0.0.1/">'),
        "ok",
        facts=ADDRESS,
    ),
    Case(
        "base-elsewhere",
        head('<base href="https://evil.example/"><link rel=canonical href="/x">'),
        "ok",
        ("evil.example",),
    ),
    Case("canonical-on-another-host", head('<link rel=canonical href="https://evil.example/x">'), "ok", facts=ADDRESS),
    Case("canonical-javascript", head('<link rel=canonical href="javascript:alert(1)">'), "ok", facts=ADDRESS),
    Case("canonical-data", head('<link rel=canonical href="data:text/html,x">'), "ok", facts=ADDRESS),
    Case("canonical-file", head('<link rel=canonical href="file:///etc/passwd">'), "ok", facts=ADDRESS),
    Case(
        "canonical-with-a-password",
        head('<link rel=canonical href="https://u:pw@paper.example/2025/a-b">'),
        "ok",
        ("pw@",),
    ),
    Case(
        "canonical-with-a-broken-port",
        head('<link rel=canonical href="https://paper.example:99999/a">'),
        "ok",
        facts=ADDRESS,
    ),
    Case(
        "canonical-of-the-whole-paper", head('<link rel=canonical href="https://paper.example/">'), "ok", facts=ADDRESS
    ),
    Case(
        "hreflang-to-private-addresses",
        head('<link rel=alternate hreflang=de href="http://10.0.0.1/">' * 500),
        "ok",
        ("10.0.0.1",),
    ),
    # -- titles
    Case(
        "title-with-escape-sequences",
        lambda: linked(headline="\x1b]0;owned\x07Chips \x1b[2J\x9b31m fall"),
        "ok",
        ("\x1b", "\x07", "\x9b"),
    ),
    Case(
        "title-with-numeric-escapes",
        lambda: page(headline="Chips &#27;[2J &#155;31m &#x1b; fall again"),
        "ok",
        ("\x1b", "\x9b"),
    ),
    Case(
        "title-turned-around", lambda: page(headline="Chips \u202egnp.exe\u2066 fall again"), "ok", ("\u202e", "\u2066")
    ),
    Case(
        "title-with-zero-width-characters",
        lambda: page(headline="Deep\u200bSeek\u2060 makes chips fall"),
        "ok",
        ("\u200b", "\u2060"),
    ),
    Case("title-with-html", lambda: page(headline="Chips &lt;img src=x onerror=alert(1)&gt; fall"), "ok"),
    Case(
        "title-on-many-lines",
        lambda: linked(headline="Chips fall\r\nBcc: all@example.org\r\n\r\nand more"),
        "ok",
        ("\r",),
    ),
    Case("title-of-a-megabyte", lambda: page(headline="Chip " * 200_000), "ok"),
)
