"""URLs as identities: normal form, canonical address of an article, hosts."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from urllib.parse import SplitResult, quote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

from tldextract import TLDExtract

DEFAULT_PORTS = {"http": 80, "https": 443}

TRACKING_PARAMETERS = frozenset(
    {
        "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "twclid", "yclid", "ysclid", "igshid",
        "igsh", "ttclid", "li_fat_id", "mc_cid", "mc_eid", "mkt_tok", "_ga", "_gl", "_hsenc", "_hsmi", "oly_anon_id",
        "oly_enc_id", "vero_id", "wt_mc", "wt_zmc", "wtmc", "ns_mchannel", "ns_campaign", "ns_source", "ns_linkname",
        "ns_fee", "at_medium", "at_campaign", "at_link_id", "at_link_type", "at_link_origin", "at_ptr_name",
        "at_format", "at_bbc_team", "cmpid", "ocid", "smid", "ncid", "icid", "xtor", "guccounter", "guce_referrer",
        "guce_referrer_sig", "spm", "scm", "share_token", "__twitter_impression", "outputtype", "amp_js_v",
    }
)  # fmt: skip
"""Query parameters that say where a reader came from and never what the page shows."""

TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "piwik_", "matomo_", "hsa_", "itm_", "stm_")

SCRIPT_HOME_PAGES = re.compile(r"^/(?:index|default|home)?(?:\.(?:html?|php|aspx?|jsp))?/?$", re.IGNORECASE)
"""Paths that are the home page of a host."""

LANGUAGE_HOME_PAGE = re.compile(r"^/[a-z]{2}(?:[-_][a-z]{2})?/?$", re.IGNORECASE)
"""The home page of one language edition, e.g. /en/ or /pt-br."""

_SAFE_PATH = "!$&'()*+,;=:@/-._~"
_SAFE_QUERY = _SAFE_PATH + "?"
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@cache
def _suffixes() -> TLDExtract:
    """Give the public suffix list that is shipped with tldextract: no network, no cache folder."""
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def _split(url: str) -> SplitResult | None:
    """Split a URL; None for a string that is no http(s) URL."""
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    return parts if parts.scheme in DEFAULT_PORTS and host else None


def host_of(url: str) -> str:
    """Give the host of an http(s) URL: lower case, IDN as punycode, without port; "" where there is none."""
    parts = _split(url)
    if parts is None:
        return ""
    host = (parts.hostname or "").rstrip(".")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


@lru_cache(maxsize=4096)
def registrable_host(host: str) -> str:
    """Give the registrable domain of a host ("news.bbc.co.uk" → "bbc.co.uk"); the host itself where it has none."""
    found = _suffixes()(host)
    if found.top_domain_under_public_suffix or found.suffix or found.ipv4 or found.ipv6:
        return found.top_domain_under_public_suffix or host
    return ".".join(host.split(".")[-2:])  # a suffix that is not listed counts as one label, the list's rule "*"


def _normalise_escapes(text: str, safe: str) -> str:
    """Percent-encode non-ASCII as UTF-8, decode escaped unreserved characters, write escapes in upper case."""

    def one(match: re.Match[str]) -> str:
        byte = unquote_to_bytes(match.group(0))
        return byte.decode("ascii") if byte[0] in _UNRESERVED else match.group(0).upper()

    return quote(_ESCAPE.sub(one, text), safe=safe + "%", errors="replace")  # half a character becomes "?"


def _is_tracking(parameter: str) -> bool:
    name = parameter.partition("=")[0].lower()
    return name in TRACKING_PARAMETERS or name.startswith(TRACKING_PREFIXES)


def normalise_url(url: str) -> str:
    """Give the normal form of an http(s) URL; a string that is no such URL comes back stripped.

    Scheme and host are lower case, default ports, fragments, credentials and tracking parameters are gone, escapes
    are uniform. The order of the other parameters and the scheme stay. Applying it twice changes nothing.
    """
    stripped = url.strip()
    parts = _split(stripped)
    if parts is None:
        return stripped
    host = host_of(stripped)
    if ":" in host:
        host = f"[{host}]"
    if parts.port is not None and parts.port != DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{parts.port}"
    path = _normalise_escapes(parts.path, _SAFE_PATH) or "/"
    kept = [parameter for parameter in parts.query.split("&") if parameter and not _is_tracking(parameter)]
    query = _normalise_escapes("&".join(kept), _SAFE_QUERY)
    return urlunsplit((parts.scheme, host, path, query, ""))


def is_home_page(url: str) -> bool:
    """Tell whether the URL is the home page of its host or of one language edition, not an article."""
    parts = _split(url)
    if parts is None or [p for p in parts.query.split("&") if p and not _is_tracking(p)]:
        return False
    return bool(SCRIPT_HOME_PAGES.match(parts.path) or LANGUAGE_HOME_PAGE.match(parts.path) or not parts.path)


def canonical_url(final_url: str, declared: Iterable[str]) -> str:
    """Give the address that identifies an article.

    ``declared`` are the page's own claims (``rel=canonical``, then ``og:url``), absolute or relative. The first that
    lies on the registrable host of ``final_url`` and is no home page wins; otherwise ``final_url``. Normalised.
    """
    home = registrable_host(host_of(final_url))
    for claim in declared:
        try:
            absolute = urljoin(final_url, claim.strip())
        except ValueError:
            continue
        host = host_of(absolute)
        if host and registrable_host(host) == home and (not is_home_page(absolute) or is_home_page(final_url)):
            return normalise_url(absolute)
    return normalise_url(final_url)
