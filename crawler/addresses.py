"""Which addresses the crawl may contact: a pure check of URLs and IP addresses, no look-ups.

A URL is checked before each request, redirects and robots.txt included; the addresses that a name resolves to are
checked by :mod:`crawler.resolver` at the moment of connecting.
"""

import ipaddress
import re
import socket
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pipelines.errors import ConfigError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DEFAULT_PORTS = frozenset({80, 443, 8000, 8080, 8443})
"""Ports on which news is served; anything else is some other service."""

MAX_URL_CHARS = 4096
"""Longer than any address that a redirect of a publisher was seen to have; servers refuse from 8 kB on."""

_SCHEME_PORTS = {"http": 80, "https": 443}

NOT_PUBLIC_V4 = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # CGNAT, and metadata services of some clouds
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, metadata services
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, deprecated
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
"""IANA IPv4 Special-Purpose Address Registry, and multicast."""

PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
"""Global unicast is allotted from this block only (IANA IPv6 Address Space)."""

NOT_PUBLIC_V6 = tuple(
    ipaddress.IPv6Network(net)
    for net in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3fff::/20",  # documentation
    )
)
"""IANA IPv6 Special-Purpose Address Registry, as far as it lies in PUBLIC_V6."""

LOCAL_SUFFIXES = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "home.arpa")
"""Names that never mean a public host (RFC 6761, RFC 6762, RFC 8375, ICANN name collision list)."""

_HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMERIC_LABEL = re.compile(r"0x[0-9a-f]*|[0-9]+")


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What may be contacted besides public addresses on the usual ports.

    ``allowed`` opens host:port pairs as they stand in URLs, ``networks`` opens address ranges on all ports, ``ports``
    are those open for public hosts. ``proxies`` are the host:port pairs of HTTP proxies: the crawl connects to them
    but never fetches a URL that names one.
    """

    ports: frozenset[int] = DEFAULT_PORTS
    allowed: frozenset[tuple[str, int]] = frozenset()
    networks: tuple[Network, ...] = ()
    proxies: frozenset[tuple[str, int]] = field(default=frozenset())

    @classmethod
    def from_entries(
        cls, entries: Iterable[str], *, ports: Iterable[int] = DEFAULT_PORTS, proxy_urls: Iterable[str] = ()
    ) -> "AddressPolicy":
        """Read an allow-list of "host:port", "[ipv6]:port" and networks such as "10.1.0.0/16".

        Raises:
            ConfigError: an entry is none of these.
        """
        allowed: set[tuple[str, int]] = set()
        networks: list[Network] = []
        for entry in entries:
            try:
                if "/" in entry:
                    networks.append(ipaddress.ip_network(entry))
                    continue
                allowed.add(_host_and_port(entry))
            except ValueError as error:
                raise ConfigError(
                    f"allowed address {entry!r} cannot be read ({error}); write host:port, [ipv6]:port or a network"
                    " such as 10.1.0.0/16"
                ) from error
        return cls(frozenset(ports), frozenset(allowed), tuple(networks), frozenset(_proxy_pairs(proxy_urls)))

    def refusal_of_url(self, url: str) -> str:
        """Say why a URL must not be requested; "" when it may, as far as the text of the URL tells."""
        if len(url) > MAX_URL_CHARS:
            return f"the URL has {len(url)} characters (limit {MAX_URL_CHARS})"
        if re.search(r"[\x00-\x20\x7f\\]", url):
            return "the URL has blanks, control characters or a backslash"
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            return f"the URL is malformed ({error})"
        if parts.scheme not in _SCHEME_PORTS:
            return f"the scheme {parts.scheme or '(none)'!r} is not http or https"
        if "@" in parts.netloc:
            return "the URL carries a user name"
        if port is None:
            port = _SCHEME_PORTS[parts.scheme]
        if (host, port) in self.allowed:
            return ""
        if (host, port) in self.proxies:
            return f"{host}:{port} is the proxy"
        return self._refusal_of_host(host, port)

    def refusal_of_address(self, host: str, port: int, address: Address) -> str:
        """Say why a connection to an address that ``host`` resolved to must not be made; "" when it may."""
        if (host, port) in self.allowed or (host, port) in self.proxies or self._in_networks(address):
            return ""
        reason = why_not_public(address)
        return f"{host} is at {address}: {reason}" if reason else ""

    def _refusal_of_host(self, host: str, port: int) -> str:
        name = unicodedata.normalize("NFKC", host).lower().replace("。", ".").removesuffix(".")
        if not name:
            return "the URL has no host"
        address = literal_address(name)
        if address is not None:
            if self._in_networks(address):
                return ""
            reason = why_not_public(address)
            if reason:
                return f"{host}: {reason}" if host == str(address) else f"{host} is {address}: {reason}"
        else:
            reason = _why_not_public_name(name)
            if reason:
                return f"{host}: {reason}"
        return "" if port in self.ports else f"port {port} is not one of {', '.join(map(str, sorted(self.ports)))}"

    def _in_networks(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self.networks)


def why_not_public(address: Address) -> str:
    """Say why an address is no public unicast address; "" for one that is."""
    if isinstance(address, ipaddress.IPv4Address):
        network = next((net for net in NOT_PUBLIC_V4 if address in net), None)
        return f"in {network}, not public" if network else ""
    if address.ipv4_mapped is not None:
        return why_not_public(address.ipv4_mapped)
    if address not in PUBLIC_V6:
        return f"outside {PUBLIC_V6}, not public"
    blocked = next((net for net in NOT_PUBLIC_V6 if address in net), None)
    return f"in {blocked}, not public" if blocked else ""


def literal_address(host: str) -> Address | None:
    """Give the address that a host text means without look-up, in every form that C libraries take; else None.

    Besides dotted quads these are decimal, octal and hexadecimal numbers and shortened forms ("127.1", "0x7f.1",
    "2130706433"), and IPv6 with or without brackets and zone.
    """
    text = host.strip("[]").partition("%")[0]
    if ":" in text:
        try:
            return ipaddress.IPv6Address(text)
        except ValueError:
            return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(text)) if _looks_numeric(text) else None
    except OSError:
        return None


def _looks_numeric(text: str) -> bool:
    return all(_NUMERIC_LABEL.fullmatch(label) for label in text.split("."))


def _why_not_public_name(name: str) -> str:
    try:
        ascii_name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return "not a host name"
    if len(ascii_name) > 253 or not _HOST_NAME.fullmatch(ascii_name):
        return "not a host name"
    labels = ascii_name.split(".")
    if len(labels) == 1:
        return "a name without a dot is a local name"
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        return "an IP address that cannot be read"
    suffix = next((end for end in LOCAL_SUFFIXES if ascii_name == end or ascii_name.endswith(f".{end}")), "")
    return f"a local name (.{suffix})" if suffix else ""


def _host_and_port(entry: str) -> tuple[str, int]:
    parts = urlsplit(f"//{entry}")
    if not parts.hostname or not parts.port:
        raise ValueError("no host and port")
    return parts.hostname, parts.port


def _proxy_pairs(urls: Iterable[str]) -> Iterable[tuple[str, int]]:
    for url in urls:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        try:
            if parts.hostname:
                yield parts.hostname, parts.port or _SCHEME_PORTS.get(parts.scheme, 80)
        except ValueError as error:
            raise ConfigError(f"proxy {url!r} cannot be read ({error}); write http://host:port") from error
