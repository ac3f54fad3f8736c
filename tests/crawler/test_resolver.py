"""Names that lead to private addresses, and TLS: crawls without a proxy, against real servers on loopback."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.addresses import AddressPolicy
from crawler.resolver import GuardedResolver
from pipelines.outcomes import FeedOutcome, Outcome
from tests.crawler.conftest import Nights
from tests.crawler.rebinding import FixedResolver
from tests.crawler.site import Reply, article, feed, running

REBINDING = {"TWISTED_DNS_RESOLVER": "tests.crawler.rebinding.RebindingResolver"}


class Receiver:
    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.is_complete = False

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        """Part of the interface."""

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self.addresses.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802
        self.is_complete = True


def resolve(resolver: GuardedResolver, name: str, port: int = 80) -> list[str]:
    receiver = Receiver()
    resolver.resolveHostName(receiver, name, port)
    assert receiver.is_complete
    return receiver.addresses


def test_only_public_addresses_of_a_name_are_given() -> None:
    resolver = GuardedResolver(FixedResolver(["10.0.0.1+93.184.215.14+127.0.0.1"]), AddressPolicy())
    assert resolve(resolver, "mixed.example") == ["93.184.215.14"]
    assert resolver.refusals == {}


def test_a_name_that_moves_to_a_private_address_is_refused_at_the_second_look_up() -> None:
    resolver = GuardedResolver(FixedResolver(["93.184.215.14", "169.254.169.254"]), AddressPolicy())
    assert resolve(resolver, "rebinds.example") == ["93.184.215.14"]
    assert resolve(resolver, "rebinds.example") == []
    assert "169.254.169.254" in resolver.refusals["rebinds.example", 80]


def test_a_refusal_is_forgotten_when_the_name_moves_back() -> None:
    resolver = GuardedResolver(FixedResolver(["10.0.0.1", "93.184.215.14"]), AddressPolicy())
    assert resolve(resolver, "rebinds.example") == []
    assert resolve(resolver, "rebinds.example") == ["93.184.215.14"]
    assert resolver.refusals == {}


def test_a_public_name_at_a_private_address_is_never_connected_to(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REBINDING", "127.0.0.1")
    with running({}) as site:
        nights.add_source("evil", ("feed", f"http://evil.example:{site.port}/feed.xml"))
        report = nights.crawl(allowed_ports=(site.port,), settings=REBINDING)
        assert site.hits == []
    (check,) = report.feed_checks
    assert check.outcome is FeedOutcome.BLOCKED_ADDRESS
    assert "evil.example is at 127.0.0.1" in check.detail


def test_the_same_name_is_crawled_when_the_allow_list_names_it(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REBINDING", "127.0.0.1")
    with running({}) as site:
        host = f"good.example:{site.port}"
        site.web[host] = {"/feed.xml": feed(f"http://{host}/a"), "/a": article()}
        nights.add_source("good", ("feed", f"http://{host}/feed.xml"))
        report = nights.crawl(allowed_addresses=(host,), settings=REBINDING)
    assert report.pages == 1


def test_loopback_that_the_allow_list_opens_is_crawled_and_other_ports_stay_closed(nights: Nights) -> None:
    with running({}) as other, running({}) as site:
        host = f"127.0.0.1:{site.port}"
        pages = {"/a": article(), "/b": Reply(302, headers={"Location": f"http://127.0.0.1:{other.port}/secret"})}
        site.web[host] = {"/feed.xml": feed(f"http://{host}/a", f"http://{host}/b"), **pages}
        nights.add_source("demo", ("feed", f"http://{host}/feed.xml"))
        nights.crawl(allowed_addresses=(host,))
        assert other.hits == []
    assert sorted((page.url[-1], page.outcome) for page in nights.pages()) == [
        ("a", None),
        ("b", Outcome.BLOCKED_ADDRESS),
    ]


def make_certificate(folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "good.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("good.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.mark.parametrize(
    ("is_trusted", "outcome"), [(False, FeedOutcome.CONNECTION_ERROR), (True, FeedOutcome.OK)], ids=["self", "trusted"]
)
def test_a_certificate_is_verified(
    nights: Nights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_trusted: bool, outcome: FeedOutcome
) -> None:
    monkeypatch.setenv("REBINDING", "127.0.0.1")
    certificate = make_certificate(tmp_path)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with running({}, certificate=certificate) as site:
        host = f"good.example:{site.port}"
        site.web[host] = {"/feed.xml": feed(f"https://{host}/a"), "/a": article()}
        nights.add_source("tls", ("feed", f"https://{host}/feed.xml"))
        report = nights.crawl(allowed_addresses=(host,), settings=REBINDING)
    (check,) = report.feed_checks
    assert check.outcome is outcome
    assert report.pages == int(is_trusted)
