"""Feeds of every dialect, from our own samples."""

import pytest

from crawler.feeds import MAX_SUMMARY_CHARS, MAX_TITLE_CHARS, parse_feed
from pipelines.outcomes import FeedOutcome
from pipelines.records import FeedItem

URL = "https://blatt.example/feeds/all.xml"


def rss(*items: str, head: str = "", root: str = "") -> bytes:
    text = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"{root}><channel><title>Blatt</title>{head}'
    return (text + "".join(items) + "</channel></rss>").encode()


def only(body: bytes, url: str = URL, content_type: str = "") -> FeedItem:
    parsed = parse_feed(body, url=url, content_type=content_type)
    assert parsed.outcome is FeedOutcome.OK, parsed
    assert len(parsed.items) == 1
    return parsed.items[0]


ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr-CA"><title>Le Carnet</title>
<entry><id>tag:carnet.example,2025:1</id><title type="html">Une &amp;lt;b&amp;gt; &amp;amp; &lt;i&gt;deux&lt;/i&gt;
</title><link rel="self" href="https://carnet.example/api/1"/><link rel="alternate" type="text/html" href="/billets/1"/>
<author><name>Ana Lopes</name></author><published>2025-01-20T10:00:00+01:00</published>
<updated>2025-01-21T10:00:00+01:00</updated>
<summary type="html">&lt;p&gt;Un &lt;em&gt;essai&lt;/em&gt;.&lt;/p&gt;</summary></entry></feed>"""

RDF = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://kiji.example/"><title>記事</title><link>https://kiji.example/</link>
<dc:language>ja</dc:language><items><rdf:Seq><rdf:li rdf:resource="https://kiji.example/1"/></rdf:Seq></items></channel>
<item rdf:about="https://kiji.example/1"><title>新しい半導体</title><link>https://kiji.example/1</link>
<dc:creator>山田</dc:creator><dc:date>2025-01-20T10:00:00+09:00</dc:date></item></rdf:RDF>"""

RSS_090 = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>x</title></channel>
<item><title>Old</title><link>https://old.example/1</link></item></rdf:RDF>"""

RSS_091 = """<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
 "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><title>Caf&eacute;</title>
<language>pt-br</language><item><title>Caf&eacute; &amp; p&atilde;o</title><link>https://cafe.example/1</link></item>
</channel></rss>"""


def test_rss_2_gives_title_link_raw_date_author_and_summary() -> None:
    item = only(
        rss(
            "<item><title>Chips &amp;amp; mehr</title><link>https://blatt.example/a</link>"
            "<pubDate>Mo, 20 Januar 2025 10:00 MEZ</pubDate><author>r@b.example (Ruth)</author>"
            "<description>&lt;p&gt;Erster &lt;b&gt;Satz&lt;/b&gt;.&lt;/p&gt;"
            "&lt;script&gt;x()&lt;/script&gt;</description></item>",
            head="<language>de-DE</language>",
        )
    )
    assert item == FeedItem(
        url="https://blatt.example/a",
        title="Chips & mehr",
        published_raw="Mo, 20 Januar 2025 10:00 MEZ",
        author="Ruth",
        summary="Erster Satz.",
        language="de-DE",
        found_in=URL,
        found_by="feed",
    )


def test_atom_takes_the_alternate_link_and_the_publication_date() -> None:
    item = only(ATOM.encode(), url="https://carnet.example/atom")
    assert item.url == "https://carnet.example/billets/1"
    assert item.title == "Une <b> & deux"
    assert item.published_raw == "2025-01-20T10:00:00+01:00"
    assert item.author == "Ana Lopes"
    assert item.summary == "Un essai."
    assert item.language == "fr-CA"


def test_rss_1_takes_dublin_core_date_and_creator() -> None:
    parsed = parse_feed(RDF.encode(), url="https://kiji.example/rdf")
    assert parsed.feed_language == "ja"
    assert [(i.url, i.title, i.published_raw, i.author) for i in parsed.items] == [
        ("https://kiji.example/1", "新しい半導体", "2025-01-20T10:00:00+09:00", "山田")
    ]


def test_rss_090_is_read() -> None:
    assert only(RSS_090.encode()).url == "https://old.example/1"


def test_rss_091_with_its_doctype_is_read_and_html_entities_are_resolved() -> None:
    parsed = parse_feed(RSS_091.encode(), url=URL)
    assert parsed.outcome is FeedOutcome.OK
    assert parsed.items[0].title == "Café & pão"
    assert parsed.feed_language == "pt-br"
    assert "DOCTYPE" in parsed.detail


@pytest.mark.parametrize(
    ("element", "raw"),
    [
        pytest.param("<pubDate>2016/6/29</pubDate>", "2016/6/29", id="slashes"),
        pytest.param("<pubDate>2024年5月1日 下午3:00</pubDate>", "2024年5月1日 下午3:00", id="Chinese"),
        pytest.param("<pubDate>Wed, 01 May 2024 08:00:00 CST</pubDate>", "Wed, 01 May 2024 08:00:00 CST", id="CST"),
        pytest.param("<pubDate> 3 Mayıs 2024 </pubDate>", "3 Mayıs 2024", id="Turkish"),
        pytest.param("<pubDate>nonsense</pubDate>", "nonsense", id="nonsense"),
        pytest.param("<dc:date>2024-05-01</dc:date>", "2024-05-01", id="dc:date"),
        pytest.param("<dc:date>2024-05-01</dc:date><pubDate>May 2</pubDate>", "May 2", id="pubDate before dc:date"),
        pytest.param("<a:updated>2024-05-03T00:00Z</a:updated>", "2024-05-03T00:00Z", id="atom:updated"),
        pytest.param("", "", id="none"),
    ],
)
def test_the_date_stays_the_string_that_it_is(element: str, raw: str) -> None:
    namespaces = ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:a="http://www.w3.org/2005/Atom"'
    body = rss(f"<item><title>t</title><link>https://b.example/1</link>{element}</item>", root=namespaces)
    assert only(body).published_raw == raw


@pytest.mark.parametrize(
    ("inner", "url"),
    [
        pytest.param("<link>/rel/1</link>", "https://blatt.example/rel/1", id="relative to the feed"),
        pytest.param("<link>\n https://b.example/1 \n</link>", "https://b.example/1", id="white space around"),
        pytest.param("<link>https://b.example/1#top</link>", "https://b.example/1", id="fragment dropped"),
        pytest.param("<link><![CDATA[https://b.example/?a=1&b=2]]></link>", "https://b.example/?a=1&b=2", id="CDATA"),
        pytest.param("<link>https://b.example/?a=1&b=2</link>", "https://b.example/?a=1&b=2", id="bare ampersand"),
        pytest.param("<guid>https://b.example/g</guid>", "https://b.example/g", id="permalink guid"),
        pytest.param(
            '<guid isPermaLink="false">https://b.example/g</guid>', "https://b.example/g", id="guid that is an address"
        ),
        pytest.param(
            "<guid>https://b.example/g</guid><link>https://b.example/l</link>", "https://b.example/l", id="link first"
        ),
        pytest.param(
            '<link>https://b.example/1</link><enclosure url="https://b.example/a.mp3" type="audio/mpeg"/>',
            "https://b.example/1",
            id="enclosure ignored",
        ),
        pytest.param("<link>https://b.example/ü bung</link>", "https://b.example/ü%20bung", id="space within"),
    ],
)
def test_the_link_of_an_item_is_found(inner: str, url: str) -> None:
    assert only(rss(f"<item><title>t</title>{inner}</item>")).url == url


def test_relative_links_follow_xml_base() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://base.example/x/"><title>t</title>'
        '<entry xml:base="deep/"><title>t</title><link href="1.html"/></entry></feed>'
    )
    assert only(body.encode()).url == "https://base.example/x/deep/1.html"


def test_an_original_address_is_preferred_to_a_tracking_redirect() -> None:
    body = rss(
        "<item><title>t</title><link>https://feeds.example/~r/1</link>"
        "<fb:origLink>https://b.example/1</fb:origLink></item>",
        root=' xmlns:fb="http://rssnamespace.org/feedburner/ext/1.0"',
    )
    assert only(body).url == "https://b.example/1"


def test_titles_of_pictures_do_not_replace_those_of_items() -> None:
    body = rss(
        "<item><media:title>Picture</media:title><title>Text</title><link>https://b.example/1</link>"
        "<media:description>about the picture</media:description></item>",
        root=' xmlns:media="http://search.yahoo.com/mrss/"',
    )
    item = only(body)
    assert (item.title, item.summary) == ("Text", "")


def test_xhtml_titles_and_summaries_become_text() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
        'H<sub>2</sub>O &lt; 5 &amp; more</div></title><link href="https://b.example/1"/><summary type="xhtml">'
        '<div xmlns="http://www.w3.org/1999/xhtml"><p>One <em>two</em>.</p><p>Three</p></div></summary></entry></feed>'
    )
    item = only(body.encode())
    assert (item.title, item.summary) == ("H2O < 5 & more", "One two. Three")


def test_the_full_text_stands_in_where_there_is_no_summary() -> None:
    root = ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    full = "<content:encoded><![CDATA[<p>Full &amp; long</p>]]></content:encoded>"
    link = "<link>https://b.example/1</link>"
    assert only(rss(f"<item>{link}{full}</item>", root=root)).summary == "Full & long"
    short = f"<item>{link}{full}<description>Short</description></item>"
    assert only(rss(short, root=root)).summary == "Short"


def test_prefixes_that_a_feed_forgot_to_declare_are_understood() -> None:
    body = rss(
        '<item rdf:about="x"><title>t</title><link>https://b.example/1</link><dc:date>2025-01-20</dc:date>'
        "<media:title>Picture</media:title><dc:creator>Ana</dc:creator><odd:link>https://c.example/</odd:link></item>"
    )
    item = only(body)
    assert (item.url, item.title, item.published_raw, item.author) == ("https://b.example/1", "t", "2025-01-20", "Ana")


def test_an_address_named_twice_is_one_item() -> None:
    item = "<item><title>t</title><link>https://b.example/1</link></item>"
    assert only(rss(item, item)).url == "https://b.example/1"


def test_an_empty_feed_is_empty_and_no_failure() -> None:
    assert parse_feed(rss(), url=URL).outcome is FeedOutcome.EMPTY


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        pytest.param("utf-8", "utf-8", "", id="utf-8"),
        pytest.param("utf-8", "iso-8859-1", "text/xml; charset=iso-8859-1", id="utf-8 called latin-1"),
        pytest.param("utf-8-sig", "utf-8", "", id="utf-8 with mark"),
        pytest.param("utf-16", "utf-16", "", id="utf-16 with mark"),
        pytest.param("utf-16-le", "utf-16", "", id="utf-16 without mark"),
        pytest.param("utf-16-be", "utf-16", "", id="utf-16-be without mark"),
        pytest.param("gbk", "gb2312", "", id="gbk called gb2312"),
        pytest.param("gb18030", "", "text/xml; charset=gb18030", id="named by the header only"),
    ],
)
def test_the_encoding_is_found(encoding: str, declared: str, content_type: str) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    text = f"{head}<rss><channel><item><title>深度求索鎔</title><link>https://b.example/1</link></item></channel></rss>"
    assert only(text.encode(encoding), content_type=content_type).title == "深度求索鎔"


@pytest.mark.parametrize("encoding", ["shift_jis", "euc-jp", "iso-2022-jp"])
def test_japanese_encodings_are_read(encoding: str) -> None:
    inner = "<item><title>半導体</title><link>https://b.example/1</link></item>"
    text = f'<?xml version="1.0" encoding="{encoding}"?><rss><channel>{inner}</channel></rss>'
    assert only(text.encode(encoding)).title == "半導体"


def test_windows_letters_under_a_latin_1_declaration_are_read() -> None:
    inner = "<item><title>“Größe” – 5 €</title><link>https://b.example/1</link></item>"
    text = f'<?xml version="1.0" encoding="iso-8859-1"?><rss><channel>{inner}</channel></rss>'
    assert only(text.encode("cp1252")).title == "“Größe” – 5 €"


def test_a_feed_cut_in_the_middle_gives_the_items_before_the_break() -> None:
    items = [f"<item><title>t{n}</title><link>https://b.example/article-{n}</link></item>" for n in range(10)]
    whole = rss(*items)
    for end in range(len(rss()), len(whole) - len("</rss>") - 1, 7):
        parsed = parse_feed(whole[:end], url=URL)
        n_whole = whole[:end].count(b"</item>")
        assert parsed.outcome is FeedOutcome.MALFORMED
        assert [item.url for item in parsed.items] == [f"https://b.example/article-{n}" for n in range(n_whole)]
        assert "cut off" in parsed.detail


@pytest.mark.parametrize(
    "title",
    [
        pytest.param("A & B", id="bare ampersand"),
        pytest.param("A &nbsp; B", id="undeclared entity"),
        pytest.param("A \x0b B", id="control character"),
        pytest.param("A <br> B", id="unclosed tag"),
        pytest.param("A &#0; B", id="forbidden reference"),
    ],
)
def test_a_feed_with_a_slip_keeps_all_its_items(title: str) -> None:
    body = rss(*(f"<item><title>{title}</title><link>https://b.example/{n}</link></item>" for n in range(3)))
    parsed = parse_feed(body, url=URL)
    assert len(parsed.items) == 3
    assert parsed.outcome is FeedOutcome.OK
    assert parsed.items[0].title.startswith("A")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b"<!DOCTYPE html><html><body>We moved.</body></html>", "HTML", id="HTML"),
        pytest.param(b"<html><body>We moved.<br>unclosed", "HTML", id="sloppy HTML"),
        pytest.param(b"", "no content", id="nothing"),
        pytest.param(b" \n ", "no content", id="white space"),
        pytest.param(b'{"items": []}', "JSON", id="JSON"),
        pytest.param(b"Not found", "neither", id="text"),
        pytest.param(b"%PDF-1.7 \x00\x01\x02\xff", "neither", id="PDF"),
        pytest.param(b"<urlset><url><loc>https://b.example/1</loc></url></urlset>", "news_sitemap", id="sitemap"),
        pytest.param(b"<opml><body/></opml>", "<opml>", id="other XML"),
    ],
)
def test_what_is_no_feed_is_called_by_its_name(body: bytes, says: str) -> None:
    parsed = parse_feed(body, url=URL, content_type="application/rss+xml")
    assert parsed.outcome is FeedOutcome.NOT_A_FEED
    assert says in parsed.detail
    assert parsed.items == ()


def test_a_feed_served_as_html_is_a_feed() -> None:
    assert only(rss("<item><title>t</title><link>https://b.example/1</link></item>"), content_type="text/html")


def test_comments_behind_the_end_do_not_make_a_feed_broken() -> None:
    body = rss("<item><title>t</title><link>https://b.example/1</link></item>") + b"\n<!-- cached -->\n"
    assert parse_feed(body, url=URL).outcome is FeedOutcome.OK


def test_long_texts_are_cut() -> None:
    body = rss(
        f"<item><title>{'t' * 5000}</title><link>https://b.example/1</link>"
        f"<description>{'d ' * 5000}</description></item>"
    )
    item = only(body)
    assert len(item.title) == MAX_TITLE_CHARS
    assert len(item.summary) <= MAX_SUMMARY_CHARS
