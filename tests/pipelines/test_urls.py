"""URLs as identities of articles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.urls import canonical_url, host_of, is_home_page, normalise_url, registrable_host

FINAL = "https://www.courier.example/news/1?id=7"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://WWW.Courier.Example/News", "https://www.courier.example/News"),
        ("https://a.example:443/x", "https://a.example/x"),
        ("http://a.example:8080/x", "http://a.example:8080/x"),
        ("https://a.example", "https://a.example/"),
        ("https://a.example/x#top", "https://a.example/x"),
        ("https://a.example/x?utm_source=r&id=7&fbclid=q", "https://a.example/x?id=7"),
        ("https://a.example/x?b=2&a=1", "https://a.example/x?b=2&a=1"),
        ("https://a.example/%7eada/ü", "https://a.example/~ada/%C3%BC"),
        ("https://user:secret@a.example/x", "https://a.example/x"),
        ("https://пример.рф/", "https://xn--e1afmkfd.xn--p1ai/"),
        ("mailto:ada@a.example", "mailto:ada@a.example"),
        ("http://[bad", "http://[bad"),
    ],
    ids=[
        "case",
        "default port",
        "other port",
        "no path",
        "fragment",
        "tracking",
        "order stays",
        "escapes",
        "credentials",
        "IDN",
        "no http",
        "broken",
    ],
)
def test_a_url_has_one_normal_form(url: str, expected: str) -> None:
    assert normalise_url(url) == expected


@given(st.text(max_size=60), st.text(max_size=30))
def test_the_normal_form_of_a_normal_form_is_itself(path: str, query: str) -> None:
    once = normalise_url(f"https://a.example/{path}?{query}")

    assert normalise_url(once) == once


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (["https://www.courier.example/news/1"], "https://www.courier.example/news/1"),
        (["/news/1"], "https://www.courier.example/news/1"),
        (["https://m.courier.example/news/1"], "https://m.courier.example/news/1"),
        (["https://other.example/news/1"], FINAL),
        (["https://www.courier.example/"], FINAL),
        (["https://www.courier.example/en/"], FINAL),
        (["https://other.example/x", "https://www.courier.example/news/1"], "https://www.courier.example/news/1"),
        (["", "http://[bad"], FINAL),
        ([], FINAL),
    ],
    ids=[
        "same host",
        "relative",
        "sister host",
        "other host",
        "home page",
        "language home page",
        "second claim",
        "broken",
        "none",
    ],
)
def test_a_canonical_claim_counts_only_for_an_article_of_the_same_site(declared: list[str], expected: str) -> None:
    assert canonical_url(FINAL, declared) == expected


def test_hosts_under_a_public_suffix_are_not_one_site() -> None:
    assert registrable_host("news.bbc.co.uk") == "bbc.co.uk"
    assert registrable_host("a.github.io") != registrable_host("b.github.io")
    assert registrable_host("127.0.0.1") == "127.0.0.1"


def test_host_and_home_page_are_told() -> None:
    assert host_of("https://WWW.A.example:8443/x") == "www.a.example"
    assert host_of("no url") == ""
    assert is_home_page("https://a.example/index.html")
    assert not is_home_page("https://a.example/?p=7")
