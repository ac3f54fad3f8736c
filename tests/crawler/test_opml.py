"""Lists of feeds as OPML, in and out."""

from pathlib import Path

import pytest

from crawler.opml import export_opml, import_opml, read_opml
from crawler.source import Crawl, DiscoveryKind, Expect, Source, load_sources, shipped_sources_dir
from pipelines.errors import SourceError


def opml(folder: Path, body: str, head: str = "") -> Path:
    path = folder / "list.opml"
    path.write_text(f"<?xml version='1.0'?>{head}<opml version='2.0'><head/><body>{body}</body></opml>", "utf-8")
    return path


def outline(url: str, **attributes: str) -> str:
    extra = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<outline type="rss" xmlUrl="{url}"{extra}/>'


def without_what_opml_lacks(source: Source) -> Source:
    return source.model_copy(update={"notes": "", "expect": Expect(), "crawl": Crawl()})


def test_an_outline_becomes_a_source_with_language_country_and_zone(tmp_path: Path) -> None:
    path = opml(
        tmp_path,
        outline("https://www.blatt.de/f", text="Das &quot;Blatt&quot;", htmlUrl="https://blatt.de/", language="de-AT"),
    )
    source = import_opml(path)[0]
    assert (source.id, source.name, source.language) == ("blatt_de", 'Das "Blatt"', "de")
    assert (source.country, source.zone, source.homepage) == ("DE", "Europe/Berlin", "https://blatt.de/")
    assert [(entry.kind, entry.url) for entry in source.discovery] == [(DiscoveryKind.FEED, "https://www.blatt.de/f")]


@pytest.mark.parametrize(
    ("host", "language", "expected"),
    [
        pytest.param("news.example.com", "", ("und", "", "INT", "UTC"), id="nothing is known"),
        pytest.param("news.example.com", "xx-klingon", ("und", "", "INT", "UTC"), id="no such language"),
        pytest.param("news.example.com", "ja", ("ja", "", "INT", "Asia/Tokyo"), id="language tells the zone"),
        pytest.param("news.example.com", "EN_us", ("en", "", "INT", "UTC"), id="language tells no zone"),
        pytest.param("news.com.tw", "zh-Hant", ("zh", "Hant", "TW", "Asia/Taipei"), id="script"),
        pytest.param("news.example.com", "zh-TW", ("zh", "Hant", "INT", "Asia/Taipei"), id="script by region"),
        pytest.param("news.example.com", "zh-CN", ("zh", "", "INT", "Asia/Shanghai"), id="usual script"),
        pytest.param("news.co.uk", "en", ("en", "", "GB", "Europe/London"), id="national domain"),
        pytest.param("news.com.br", "pt", ("pt", "", "BR", "UTC"), id="country of several zones"),
        pytest.param("news.ai", "en", ("en", "", "INT", "UTC"), id="domain used by all the world"),
    ],
)
def test_what_is_missing_is_taken_from_the_domain_or_left_open(
    tmp_path: Path, host: str, language: str, expected: tuple[str, str, str, str]
) -> None:
    source = import_opml(opml(tmp_path, outline(f"https://{host}/feed", language=language)))[0]
    assert (source.language, source.script, source.country, source.zone) == expected


def test_folders_are_flattened_and_outlines_without_feed_are_no_sources(tmp_path: Path) -> None:
    inner = f"<outline text='deeper'>{outline('https://a.example/f', text='A')}</outline>"
    link = "<outline type='link' url='https://c.example/' text='C'/>"
    path = opml(tmp_path, f"<outline text='folder'>{inner}{outline('https://b.example/f')}</outline>{link}")
    assert [source.id for source in import_opml(path)] == ["a_example", "b_example"]


def test_feeds_of_one_host_and_language_are_one_source(tmp_path: Path) -> None:
    path = opml(
        tmp_path,
        outline("https://a.example/1", language="de")
        + outline("https://www.a.example/2", language="de")
        + outline("https://a.example/1", language="de")
        + outline("https://a.example/en", language="en"),
    )
    sources = import_opml(path)
    assert [(s.id, s.language, len(s.discovery)) for s in sources] == [("a_example", "de", 2), ("a_example_2", "en", 1)]


def test_feeds_on_a_shared_host_are_told_apart(tmp_path: Path) -> None:
    feeds = "https://feeds.feedburner.com/"
    path = opml(
        tmp_path, outline(feeds + "One") + outline(feeds + "Two") + outline(feeds + "x", htmlUrl="https://o.example/")
    )
    ids = [source.id for source in import_opml(path)]
    assert ids == ["feeds_feedburner_com_one", "feeds_feedburner_com_two", "o_example"]


def test_ids_avoid_those_that_are_taken(tmp_path: Path) -> None:
    path = opml(tmp_path, outline("https://a.example/1"))
    assert import_opml(path, taken_ids={"a_example", "a_example_2"})[0].id == "a_example_3"


def test_outlines_that_cannot_be_taken_are_told_and_the_others_imported(tmp_path: Path) -> None:
    path = opml(
        tmp_path, outline("javascript:alert(1)") + outline("https://a.example/1") + outline("https://u:p@b.example/")
    )
    found = read_opml(path)
    assert [source.id for source in found.sources] == ["a_example"]
    assert len(found.problems) == 2
    assert all("no web address" in problem.message and problem.path == path for problem in found.problems)


@pytest.mark.parametrize("attribute", ["xmlUrl", "xmlurl", "XMLURL"])
def test_attribute_names_are_read_in_any_case(tmp_path: Path, attribute: str) -> None:
    assert len(import_opml(opml(tmp_path, f"<outline {attribute}='https://a.example/1'/>"))) == 1


def test_the_feed_scheme_is_http(tmp_path: Path) -> None:
    path = opml(tmp_path, outline("feed://a.example/1") + outline("feed:https://b.example/1"))
    assert [s.discovery[0].url for s in import_opml(path)] == ["http://a.example/1", "https://b.example/1"]


def test_an_entity_of_a_dtd_is_not_expanded(tmp_path: Path) -> None:
    dtd = "<!DOCTYPE opml [<!ENTITY x SYSTEM 'file:///etc/passwd'><!ENTITY y 'boom'>]>"
    source = import_opml(opml(tmp_path, outline("https://a.example/1", text="&x;&y;"), head=dtd))[0]
    assert source.name == "&x;&y;"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("<html></html>", "no OPML file", id="other XML"),
        pytest.param("nonsense", "no OPML file", id="text"),
        pytest.param("", "no OPML file", id="nothing"),
        pytest.param("<opml><body><outline", "not well-formed", id="cut"),
        pytest.param("<opml><body/></opml>", "needs outlines with xmlUrl", id="empty"),
        pytest.param("<opml><body><outline xmlUrl='x:y'/></body></opml>", "no web address", id="nothing usable"),
    ],
)
def test_a_file_that_is_no_list_of_feeds_is_refused_with_a_remedy(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "list.opml"
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError, match=says) as caught:
        import_opml(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        import_opml(tmp_path / "none.opml")


def test_the_shipped_sources_survive_export_and_import(tmp_path: Path) -> None:
    sources = load_sources(shipped_sources_dir())
    path = tmp_path / "all.opml"
    path.write_text(export_opml(sources.values()), "utf-8")
    found = read_opml(path)
    assert found.problems == ()
    assert {s.id: s for s in found.sources} == {i: without_what_opml_lacks(s) for i, s in sources.items()}


def test_exporting_what_was_imported_changes_nothing(tmp_path: Path) -> None:
    path = opml(
        tmp_path, outline("https://a.example/1", text="Á &amp; B", language="zh-Hant") + outline("http://b.de/f")
    )
    first = export_opml(import_opml(path))
    path.write_text(first, "utf-8")
    assert export_opml(import_opml(path)) == first


def test_a_feed_reader_sees_the_feeds_of_an_export_and_no_sitemaps(tmp_path: Path) -> None:
    source = load_sources(shipped_sources_dir())["techcrunch"].model_copy(update={"enabled": False})
    text = export_opml([source])
    assert text.count("xmlUrl=") == 2
    assert text.count('type="link"') == 1
    path = tmp_path / "one.opml"
    path.write_text(text, "utf-8")
    assert import_opml(path) == [without_what_opml_lacks(source)]
