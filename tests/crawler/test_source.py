"""Reading, checking and writing source files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.source import (
    Crawl,
    Discovery,
    DiscoveryKind,
    Medium,
    Source,
    check_sources,
    load_sources,
    source_version,
)
from crawler.source_files import source_text, write_source
from pipelines.errors import SourceError

GOOD = """
name = "Morgenblatt"
language = "de"
country = "DE"
medium = "press"
zone = "Europe/Berlin"
homepage = "https://morgenblatt.example/"

[[discovery]]
kind = "feed"
url = "https://morgenblatt.example/feed.xml"
"""


def write(folder: Path, text: str, name: str = "de/morgenblatt.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


def test_a_good_file_gives_a_source_named_by_its_stem(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    sources = load_sources(tmp_path)
    source = sources["morgenblatt"]
    assert list(sources) == ["morgenblatt"]
    assert (source.name, source.language, source.country, source.zone) == ("Morgenblatt", "de", "DE", "Europe/Berlin")
    assert source.enabled is True
    assert source.discovery == (Discovery(kind=DiscoveryKind.FEED, url="https://morgenblatt.example/feed.xml"),)


@pytest.mark.parametrize(
    ("change", "key", "says"),
    [
        pytest.param(lambda t: 'colour = "red"\n' + t, "colour", "unknown key", id="unknown key"),
        pytest.param(replaced("language =", "langauge ="), "langauge", "did you mean 'language'", id="misspelt key"),
        pytest.param(replaced("language =", "langauge ="), "language", "missing", id="missing key"),
        pytest.param(lambda t: t + 'colour = "red"\n', "discovery.0.colour", "known keys: kind", id="nested unknown"),
        pytest.param(replaced('"de"', '"ger"'), "language", "'ger' is no ISO 639-1", id="language"),
        pytest.param(replaced('"DE"', '"de"'), "country", "'de' is no ISO 3166-1", id="country"),
        pytest.param(replaced("Europe/Berlin", "Mars/Olympus"), "zone", "'Mars/Olympus' is no time zone", id="zone"),
        pytest.param(replaced("Europe/Berlin", "../etc/passwd"), "zone", "no time zone", id="zone as a path"),
        pytest.param(replaced('"press"', '"gazette"'), "medium", "'gazette'", id="medium"),
        pytest.param(
            replaced("https://morgenblatt.example/f", "ftp://x.example/f"), "discovery.0.url", "ftp", id="ftp"
        ),
        pytest.param(replaced("morgenblatt.example/f", "a:b@m.example/f"), "discovery.0.url", "no web", id="user name"),
        pytest.param(lambda t: t + 'link_pattern = "("\n', "discovery.0.link_pattern", "no regular", id="bad pattern"),
        pytest.param(lambda t: t + 'link_pattern = "x"\n', "discovery.0", "no meaning for kind 'feed'", id="pattern"),
        pytest.param(lambda t: t + "[crawl]\nconcurrency = 9\n", "crawl.concurrency", "9", id="too eager"),
        pytest.param(lambda t: t + "[expect]\ntitle_fill = 95\n", "expect.title_fill", "95", id="percent"),
        pytest.param(
            lambda t: t + "[expect]\narticles_per_day_min = 9\narticles_per_day_max = 3\n", "expect", "swap", id="range"
        ),
        pytest.param(lambda t: 'company = "openai"\n' + t, "", "company_newsroom", id="company of a newspaper"),
        pytest.param(lambda t: 'id = "x"\n' + t, "id", "remove the key", id="id as key"),
        pytest.param(lambda t: t + "]", "", "not valid TOML", id="broken TOML"),
    ],
)
def test_a_problem_names_file_key_and_remedy(tmp_path: Path, change: Callable[[str], str], key: str, says: str) -> None:
    path = write(tmp_path, change(GOOD))
    problems = check_sources(tmp_path)
    assert all(problem.path == path for problem in problems)
    fitting = [problem for problem in problems if problem.key == key]
    assert fitting, problems
    assert says in fitting[0].message
    with pytest.raises(SourceError) as caught:
        load_sources(tmp_path)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace('"de"', '"xx"').replace('"DE"', '"XX"'))
    write(tmp_path, "name = 1\n", "fr/matin.toml")
    problems = check_sources(tmp_path)
    assert {problem.path.stem for problem in problems} == {"morgenblatt", "matin"}
    assert {"language", "country"} <= {p.key for p in problems if p.path.stem == "morgenblatt"}
    with pytest.raises(SourceError) as caught:
        load_sources(tmp_path)
    assert len(str(caught.value).splitlines()) == len(problems)


def test_two_files_must_not_share_an_id_or_an_address(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, GOOD, "at/morgenblatt.toml")
    write(tmp_path, GOOD, "de/zweitblatt.toml")
    messages = [str(problem) for problem in check_sources(tmp_path)]
    assert any("id 'morgenblatt' is taken" in message for message in messages)
    assert any("is also in" in message and "discovery.0.url" in message for message in messages)


def test_an_id_must_be_readable_in_a_path(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "de/Morgen Blatt.toml")
    assert "name the file with a-z" in check_sources(tmp_path)[0].message


@pytest.mark.parametrize(
    "raw",
    [pytest.param(b"\xff\xfe\x00", id="not UTF-8"), pytest.param(b"#" * 70_000, id="far too large")],
)
def test_a_file_that_cannot_be_read_is_a_problem_and_no_crash(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "odd.toml").write_bytes(raw)
    assert "cannot be read" in check_sources(tmp_path)[0].message


def test_a_missing_folder_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such folder"):
        load_sources(tmp_path / "nowhere")


def test_a_source_cannot_be_changed(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    source = load_sources(tmp_path)["morgenblatt"]
    with pytest.raises(ValueError, match="frozen"):
        source.name = "other"


def test_the_version_changes_with_the_content_only(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    source = load_sources(tmp_path)["morgenblatt"]
    write(tmp_path, "# a comment\n" + GOOD)
    assert source_version(load_sources(tmp_path)["morgenblatt"]) == source_version(source)
    other = source.model_copy(update={"zone": "Europe/Vienna"})
    assert source_version(other) != source_version(source)


def test_writing_and_reading_gives_the_same_source(tmp_path: Path) -> None:
    source = Source(
        id="firma",
        name='Firma "X" 新闻',
        language="zh",
        script="Hant",
        country="TW",
        medium=Medium.COMPANY_NEWSROOM,
        company="firma_x",
        zone="Asia/Taipei",
        homepage="https://firma.example/",
        enabled=False,
        notes="Two lines\nof notes.",
        discovery=(
            Discovery(kind=DiscoveryKind.SECTION, url="https://firma.example/news", link_pattern=r"/news/\d+'?"),
            Discovery(kind=DiscoveryKind.NEWS_SITEMAP, url="https://firma.example/map.xml"),
        ),
        crawl=Crawl(delay_seconds=2.5, concurrency=2),
    )
    path = write_source(source, tmp_path)
    assert path == tmp_path / "tw" / "firma.toml"
    assert load_sources(tmp_path) == {"firma": source}
    assert [entry.name for entry in path.parent.iterdir()] == ["firma.toml"]


def test_writing_again_replaces_the_file_and_changes_no_byte(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    source = load_sources(tmp_path)["morgenblatt"]
    first = write_source(source, tmp_path / "out").read_bytes()
    assert write_source(source, tmp_path / "out").read_bytes() == first == source_text(source).encode()
