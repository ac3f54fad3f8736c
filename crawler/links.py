"""Web addresses as feeds, sitemaps and pages write them."""

import re
from urllib.parse import urljoin, urlsplit

from crawler.addresses import MAX_URL_CHARS

_STRAY = re.compile(r"[\x00-\x20\x7f]")
"""Control characters and spaces: line breaks within an address are dropped, as browsers do; spaces become %20."""


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
    joined = parts._replace(fragment="").geturl()
    return joined if len(joined) <= MAX_URL_CHARS else None
