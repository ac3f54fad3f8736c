"""What holds for every address."""

import ipaddress
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from crawler.addresses import AddressPolicy, literal_address, why_not_public
from crawler.links import absolute_http_url, without_dot_segments
from pipelines.redaction import redacted
from pipelines.urls import canonical_url, host_of, normalise_url, registrable_host
from tests.properties.examples import FIXED

PIECES = st.sampled_from(
    [
        *(
            "http://",
            "https://",
            "//",
            "HTTP://",
            "file://",
            "javascript:",
            "user:pw@",
            "@",
            ":",
            ":80",
            ":443",
            ":99999",
        ),
        *(
            "a.example",
            "ü.example",
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "[::1]",
            "[::ffff:10.0.0.1]",
            "localhost",
            "１２７.０.０.１",
        ),
        *(
            "/",
            "/../",
            "/./",
            "/%2e%2e/",
            "%00",
            "%zz",
            "%41",
            "?",
            "&",
            "utm_source=x",
            "b=2",
            "#x",
            " ",
            "\t",
            "\r\n",
            "\\",
        ),
        *("深", "\ud800", "\u202e", "..", "。", ";", "'", '"', "<"),
    ]
)
ADDRESSES = (
    st.lists(PIECES, max_size=9).map("".join)
    | st.text(max_size=60)
    | st.text(max_size=40).map("http://a.example/".__add__)
)


@FIXED
@given(ADDRESSES)
def test_the_normal_form_is_one_and_carries_no_credentials(url: str) -> None:
    once = normalise_url(url)
    assert normalise_url(once) == once
    if host_of(once):
        assert "@" not in urlsplit(once).netloc
        assert "#" not in once
        assert host_of(once) == host_of(url)


@FIXED
@given(ADDRESSES)
def test_an_address_that_passes_the_guard_is_public_and_plain(url: str) -> None:
    if AddressPolicy().refusal_of_url(url):
        return
    parts = urlsplit(url)
    assert parts.scheme in ("http", "https")
    assert "@" not in parts.netloc
    address = literal_address((parts.hostname or "").rstrip("."))
    assert address is None or not why_not_public(address)
    assert not any(sign.isspace() or ord(sign) < 32 for sign in url if sign.isascii())


@FIXED
@given(st.integers(0, 2**32 - 1), st.sampled_from(["quad", "number", "hex", "octal", "mapped", "dots"]))
def test_no_way_of_writing_an_address_gets_around_the_guard(number: int, form: str) -> None:
    address = ipaddress.IPv4Address(number)
    octets = str(address).split(".")
    host = {
        "quad": str(address),
        "number": str(number),
        "hex": hex(number),
        "octal": ".".join(f"0{int(part):o}" for part in octets),
        "mapped": f"[::ffff:{address}]",
        "dots": "。".join(octets),
    }[form]
    refused = bool(AddressPolicy().refusal_of_url(f"http://{host}/"))
    assert refused == bool(why_not_public(address))


@FIXED
@given(st.integers(0, 2**128 - 1))
def test_what_is_public_is_global_for_python_too(number: int) -> None:
    for address in (ipaddress.IPv6Address(number), ipaddress.IPv4Address(number % 2**32)):
        if not why_not_public(address):
            assert address.is_global
            assert not address.is_multicast


@FIXED
@given(ADDRESSES, ADDRESSES)
def test_a_link_becomes_a_web_address_or_none(raw: str, base: str) -> None:
    link = absolute_http_url(raw, base)
    if link is not None:
        assert link.startswith(("http://", "https://"))
        assert "@" not in urlsplit(link).netloc
        assert not any(sign in link for sign in "\r\n\t \x00")
        assert "/../" not in urlsplit(link).path


@FIXED
@given(ADDRESSES)
def test_dot_segments_are_gone_for_good(url: str) -> None:
    try:
        once = without_dot_segments(url)
    except ValueError:  # no URL: the callers have split it before
        return
    assert without_dot_segments(once) == once


@FIXED
@given(ADDRESSES, st.lists(ADDRESSES, max_size=3))
def test_the_address_of_an_article_stays_on_its_site(final: str, declared: list[str]) -> None:
    chosen = canonical_url(final, declared)
    if host_of(final):
        assert registrable_host(host_of(chosen)) == registrable_host(host_of(final))


@FIXED
@given(st.text("abcdefgh:%+", min_size=1, max_size=20), st.sampled_from(["http", "https", "socks5"]))
def test_no_credentials_are_left_in_a_message(credentials: str, scheme: str) -> None:
    said = redacted(f"cannot reach {scheme}://{credentials}@proxy.example:3128/, try again")
    assert f"{credentials}@" not in said
    assert said.endswith("@proxy.example:3128/, try again")
