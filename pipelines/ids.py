"""Content-derived identifiers: the same input gives the same id on every machine and in every run."""

import hashlib

from pipelines.records import Page

ID_BYTES = 16
"""128 bits: a collision among 10^9 rows has a chance below 10^-20 (birthday bound)."""


def stable_id(*parts: str | bytes) -> str:
    """Give 32 lower-case hex digits that identify the sequence of parts.

    Parts are length-prefixed, so that ("ab", "c") and ("a", "bc") differ.
    """
    digest = hashlib.blake2b(digest_size=ID_BYTES)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return digest.hexdigest()


def body_hash(body: bytes) -> str:
    """Give the SHA-256 of a page body as 64 hex digits."""
    return hashlib.sha256(body).hexdigest()


def page_id(page: Page) -> str:
    """Give the identifier of one fetch: its URL, its attempt and what it brought (the body, or the failure).

    The same record read again from its WARC part has the same identifier.
    """
    if page.removed is not None:
        brought = page.removed.sha256
    else:
        brought = body_hash(page.body) if page.outcome is None else page.outcome.value
    return stable_id(page.url, str(page.attempt), brought)
