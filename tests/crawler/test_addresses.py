"""URLs and addresses that the crawl must not contact, in every form they are known to come in."""

import ipaddress

import pytest

from crawler.addresses import AddressPolicy, literal_address, why_not_public
from pipelines.errors import ConfigError

REFUSED = {
    "loopback": "http://127.0.0.1/",
    "loopback-other": "http://127.9.9.9/",
    "loopback-decimal": "http://2130706433/",
    "loopback-hex": "http://0x7f000001/",
    "loopback-hex-dotted": "http://0x7f.0x0.0x0.0x1/",
    "loopback-octal": "http://0177.0.0.1/",
    "loopback-octal-long": "http://017700000001/",
    "loopback-short": "http://127.1/",
    "loopback-three-parts": "http://127.0.1/",
    "loopback-trailing-dot": "http://127.0.0.1./",
    "loopback-full-width": "http://１２７.０.０.１/",
    "loopback-circled": "http://①②⑦.⓪.⓪.①/",
    "loopback-ideographic-dot": "http://127。0。0。1/",
    "loopback-percent": "http://%31%32%37.0.0.1/",
    "loopback-v6": "http://[::1]/",
    "loopback-v6-long": "http://[0:0:0:0:0:0:0:1]/",
    "loopback-mapped": "http://[::ffff:127.0.0.1]/",
    "loopback-mapped-hex": "http://[::ffff:7f00:1]/",
    "loopback-compatible": "http://[::127.0.0.1]/",
    "loopback-nat64": "http://[64:ff9b::7f00:1]/",
    "loopback-6to4": "http://[2002:7f00:1::]/",
    "zero": "http://0.0.0.0/",
    "zero-short": "http://0/",
    "unspecified-v6": "http://[::]/",
    "private-10": "http://10.0.0.1/",
    "private-172": "http://172.31.255.255/",
    "private-192": "http://192.168.1.1/",
    "private-mapped": "http://[::ffff:192.168.0.1]/",
    "unique-local-v6": "http://[fd00::1]/",
    "link-local": "http://169.254.169.254/latest/meta-data/",
    "link-local-decimal": "http://2852039166/",
    "link-local-v6": "http://[fe80::1]/",
    "link-local-v6-zone": "http://[fe80::1%25eth0]/",
    "cgnat": "http://100.64.0.1/",
    "cgnat-metadata": "http://100.100.100.200/latest/",
    "multicast": "http://224.0.0.1/",
    "multicast-v6": "http://[ff02::1]/",
    "broadcast": "http://255.255.255.255/",
    "reserved": "http://240.0.0.1/",
    "benchmark": "http://198.18.0.1/",
    "documentation": "http://192.0.2.1/",
    "documentation-v6": "http://[2001:db8::1]/",
    "teredo": "http://[2001::1]/",
    "localhost": "http://localhost/",
    "localhost-case-dot": "http://LOCALHOST./",
    "localhost-sub": "http://a.localhost/",
    "single-label": "http://router/",
    "mdns": "http://printer.local/",
    "metadata-name": "http://metadata.google.internal/",
    "home-arpa": "http://nas.home.arpa/",
    "numeric-last-label": "http://example.256/",
    "five-parts": "http://127.0.0.0.1/",
    "user-name": "http://example.com@127.0.0.1/",
    "user-name-public": "http://127.0.0.1@example.com/",
    "user-name-empty": "http://@example.com/",
    "backslash": "http://example.com\\@127.0.0.1/",
    "blank": "http://example.com /",
    "line-break": "http://example.com\r\nHost: a/",
    "null-byte": "http://example.com\x00.evil.test/",
    "file": "file:///etc/passwd",
    "ftp": "ftp://example.com/",
    "gopher": "gopher://example.com/",
    "data": "data:text/html,x",
    "no-scheme": "//example.com/",
    "no-host": "http:///path",
    "port-ssh": "http://example.com:22/",
    "port-redis": "http://example.com:6379/",
    "port-zero": "http://example.com:0/",
    "port-malformed": "http://example.com:99999/",
    "bracket": "http://[::1",
    "long": "http://example.com/" + "a" * 5000,
}
PUBLIC = {
    "name": "http://example.com/",
    "name-https": "https://www.example.co.uk/a?b=c#d",
    "name-port": "https://example.com:8443/",
    "name-idn": "http://müller.example/",
    "name-cjk": "https://例え.jp/",
    "name-underscore": "http://a_b.example.com/",
    "name-trailing-dot": "http://example.com./",
    "name-with-digits": "http://163.com/",
    "name-like-address": "http://127.0.0.1.example.com/",
    "address": "http://93.184.215.14/",
    "address-v6": "http://[2606:4700:4700::1111]/",
}


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED)
def test_a_url_that_is_not_public_is_refused_with_a_reason(url: str) -> None:
    assert AddressPolicy().refusal_of_url(url)


@pytest.mark.parametrize("url", PUBLIC.values(), ids=PUBLIC)
def test_a_public_url_passes(url: str) -> None:
    assert AddressPolicy().refusal_of_url(url) == ""


def test_the_allow_list_opens_exactly_what_it_names() -> None:
    policy = AddressPolicy.from_entries(["127.0.0.1:8899", "[::1]:9000", "10.1.0.0/16"])
    assert policy.refusal_of_url("http://127.0.0.1:8899/x") == ""
    assert policy.refusal_of_url("http://[::1]:9000/") == ""
    assert policy.refusal_of_url("http://10.1.2.3/") == ""
    assert policy.refusal_of_url("http://127.0.0.1:8898/")
    assert policy.refusal_of_url("http://127.0.0.1/")
    assert policy.refusal_of_url("http://10.2.0.1/")
    assert policy.refusal_of_url("http://10.1.2.3:8812/") == ""


def test_the_proxy_may_be_connected_to_and_never_fetched() -> None:
    policy = AddressPolicy.from_entries([], proxy_urls=["http://127.0.0.1:8080", "proxy.example.com:8080"])
    loopback = ipaddress.ip_address("127.0.0.1")
    assert policy.refusal_of_address("127.0.0.1", 8080, loopback) == ""
    assert policy.refusal_of_address("127.0.0.1", 8081, loopback)
    assert "is the proxy" in policy.refusal_of_url("http://127.0.0.1:8080/")
    assert "is the proxy" in policy.refusal_of_url("http://proxy.example.com:8080/")


def test_an_address_behind_a_name_is_judged_by_itself() -> None:
    policy = AddressPolicy.from_entries(["demo.example:8899"])
    loopback = ipaddress.ip_address("127.0.0.1")
    assert "demo.example is at 127.0.0.1" in policy.refusal_of_address("demo.example", 80, loopback)
    assert policy.refusal_of_address("demo.example", 8899, loopback) == ""
    assert policy.refusal_of_address("demo.example", 80, ipaddress.ip_address("93.184.215.14")) == ""


@pytest.mark.parametrize("entry", ["127.0.0.1", "host", "host:port", "10.0.0.0/99", ":80", "[::1:80"])
def test_an_allow_list_entry_that_means_nothing_is_an_error_that_names_it(entry: str) -> None:
    with pytest.raises(ConfigError, match="write host:port"):
        AddressPolicy.from_entries([entry])


@pytest.mark.parametrize("name", ["example.com", "163.com", "0x7g.1", "a.1", ""])
def test_a_name_is_no_literal_address(name: str) -> None:
    assert literal_address(name) is None


def test_mapped_public_addresses_are_public() -> None:
    assert why_not_public(ipaddress.ip_address("::ffff:93.184.215.14")) == ""
