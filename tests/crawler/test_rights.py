"""Reservations of text and data mining: read wherever they may stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.rights import TdmRule, parse_tdmrep, rights_of

URL = "https://news.example/politics/a.html?x=1"

HEADERS = {
    "reserved": ([("tdm-reservation", "1")], True),
    "permitted": ([("tdm-reservation", "0")], False),
    "unclear": ([("tdm-reservation", "maybe")], None),
    "noai": ([("x-robots-tag", "noai, noimageai")], True),
    "noai-for-one-bot": ([("x-robots-tag", "newstone: noai")], True),
    "images-only": ([("x-robots-tag", "noimageai")], None),
    "noindex": ([("x-robots-tag", "noindex, nofollow")], None),
    "both": ([("tdm-reservation", "0"), ("x-robots-tag", "noai")], True),
    "nothing": ([("content-type", "text/html")], None),
}
METAS = {
    "reserved": ('<meta name="tdm-reservation" content="1">', True),
    "single-quotes": ("<META NAME='tdm-reservation' CONTENT='1' />", True),
    "no-quotes": ("<meta content=1 name=tdm-reservation>", True),
    "permitted": ('<meta name="tdm-reservation" content="0">', False),
    "noai": ('<meta name="robots" content="max-snippet:-1, noai">', True),
    "other": ('<meta name="robots" content="index">', None),
    "in-text": ("<p>tdm-reservation 1</p>", None),
}


@pytest.mark.parametrize(("headers", "reserved"), HEADERS.values(), ids=HEADERS)
def test_headers_reserve(headers: list[tuple[str, str]], reserved: bool | None) -> None:
    assert rights_of(URL, headers).reserved is reserved


@pytest.mark.parametrize(("markup", "reserved"), METAS.values(), ids=METAS)
def test_meta_elements_reserve(markup: str, reserved: bool | None) -> None:
    assert rights_of(URL, [], f"<html><head>{markup}</head>".encode()).reserved is reserved


def test_signals_are_recorded_with_their_place_and_policies_resolved() -> None:
    rights = rights_of(URL, [("tdm-reservation", "1"), ("tdm-policy", "/policy.json")])
    assert rights.signals == ("header tdm-reservation: 1", "header tdm-policy: /policy.json")
    assert rights.policy_url == "https://news.example/policy.json"


@pytest.mark.parametrize(
    ("location", "is_hit"),
    [
        ("/", True),
        ("/politics/", True),
        ("/sport/", False),
        ("*.html", True),
        ("/*.html$", False),
        ("/politics/*x=1$", True),
        ("*x=1$", True),
        ("/a", False),
        ("/politics/*/*/*", False),
    ],
)
def test_locations_match_as_in_robots_txt(location: str, is_hit: bool) -> None:
    assert (rights_of(URL, [], rules=(TdmRule(location, True),)).reserved is True) is is_hit


def test_the_longest_location_counts() -> None:
    rules = (TdmRule("/", True), TdmRule("/politics/", False))
    assert rights_of(URL, [], rules=rules).reserved is False
    assert rights_of("https://news.example/sport", [], rules=rules).reserved is True


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        (b'[{"location": "/", "tdm-reservation": 1}]', (TdmRule("/", True),)),
        (b'{"location": "/", "tdm-reservation": "0"}', (TdmRule("/", False),)),
        (b'\xef\xbb\xbf[{"location": "/a", "tdm-policy": "p"}]', (TdmRule("/a", None, "p"),)),
        (b'[{"tdm-reservation": 1}, 7, null]', ()),
        (b"<html>", ()),
        (b"[" * 100_000, ()),
    ],
    ids=["list", "object", "bom", "no-location", "html", "deep"],
)
def test_a_tdmrep_file_gives_what_can_be_read_of_it(body: bytes, rules: tuple[TdmRule, ...]) -> None:
    assert parse_tdmrep(body) == rules


@given(st.binary(max_size=300), st.text(max_size=40), st.text(max_size=40))
def test_nothing_on_a_page_makes_it_raise(body: bytes, value: str, location: str) -> None:
    rights_of(URL, [("tdm-policy", value), ("x-robots-tag", value)], b"<meta " + body, (TdmRule(location, None),))
    parse_tdmrep(body)
