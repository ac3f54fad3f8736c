"""Web addresses as feeds, sitemaps and pages write them."""

import re
from urllib.parse import urljoin, urlsplit

from crawler.addresses import MAX_URL_CHARS

_STRAY = re.compile(r"[\x00-\x20\x7f\ud800-\udfff]")
"""Control characters and spaces: line breaks within an address are dropped, as browsers do; spaces become %20."""

_DOT_SEGMENT = re.compile(r"/(?:\.|%2e){1,2}(?=/|$)", re.IGNORECASE)


def absolute_http_url(raw: str, base: str) -> str | None:
    """Give the absolute http or https address that ``raw`` means on the page ``base``, without its fragment.

    None where ``raw`` is empty, longer than MAX_URL_CHARS, malformed, carries a user name, or has another scheme.
    """
    text = raw.strip()
    if not text or len(text) > MAX_URL_CHARS:
        return None
    text = _STRAY.sub(lambda match: "%20" if match.group() == " " else "", text)
    try:
        joined = urljoin(base, text)
        parts = urlsplit(joined)
        host, _ = parts.hostname, parts.port  # both raise on addresses such as http://[ or http://h:99999
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        return None
    joined = without_dot_segments(parts._replace(fragment="").geturl())
    return joined if len(joined) <= MAX_URL_CHARS else None


def without_dot_segments(url: str) -> str:
    """Give a URL with the "." and ".." of its path resolved (RFC 3986 §5.2.4): servers do, so robots.txt must too."""
    parts = urlsplit(url)
    if not _DOT_SEGMENT.search(parts.path):
        return url
    kept: list[str] = []
    for segment in parts.path.split("/")[1:]:
        plain = segment.lower().replace("%2e", ".")
        if plain == "..":
            kept = kept[:-1]
        elif plain != ".":
            kept.append(segment)
    is_folder = plain in (".", "..") and bool(kept)
    return parts._replace(path="/" + "/".join(kept) + ("/" if is_folder else "")).geturl()
