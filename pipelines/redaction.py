"""Keeps secrets out of what is written down: logs, messages, rows of the ledger, JSON for machines.

A secret is known by its value, not by the place where it might turn up: libraries put addresses and headers into their
messages as they like. Secrets are the values of SECRET_VARIABLES, the name and password of every proxy, and what
:func:`remember_secrets` was told (addresses of the configuration that are secrets themselves). Besides, any
``scheme://user:password@host`` loses what stands before the host, whoever wrote it.
"""

import base64
import os
import re
from collections.abc import Iterable, Mapping
from typing import TextIO
from urllib.parse import quote, unquote, urlsplit

SECRET_VARIABLES = frozenset(
    {
        "NEWSTONE_SMTP_PASSWORD",
        "NEWSTONE_WEBHOOK_SECRET",
        "NEWSTONE_ALERTS__WEBHOOK_URL",
        "NEWSTONE_MONITORING__HEALTHCHECK_URL",
        "HF_TOKEN",
        "HUGGING_FACE_HUB_TOKEN",
    }
)
"""Variables of the environment whose values are never shown; a process that meets strangers' pages never has them."""

PROXY_VARIABLES = frozenset({"http_proxy", "https_proxy", "all_proxy", "ftp_proxy"})
"""Names, in any case, of variables that hold the address of a proxy, often with name and password."""

MASK = "[secret]"

MIN_SECRET_CHARS = 4
"""A shorter value would take harmless letters out of every line and could be guessed all the same."""

MIN_PATH_CHARS = 12
"""Path and query of a secret address are secrets by themselves (a request line shows them) from this length on."""

_CREDENTIALS = re.compile(r"(?<![\w+.-])([a-zA-Z][a-zA-Z0-9+.-]{0,19}://)[^\s/?#@\"'<>]{1,300}@")

_remembered: set[str] = set()


def remember_secrets(values: Iterable[str]) -> None:
    """Take further values that must never be shown by this process, such as secret addresses of the configuration."""
    _remembered.update(value for value in values if value)


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Give an environment for a child process that needs no secret; proxies stay, for it must reach the web."""
    return {name: value for name, value in environment.items() if name.upper() not in SECRET_VARIABLES}


def redacted(text: str) -> str:
    """Give a text without the secrets that this process knows. Costs some microseconds."""
    for secret in sorted(_secrets(), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return _CREDENTIALS.sub(rf"\g<1>{MASK}@", text) if "@" in text else text


class RedactingStream:
    """A text stream that redacts what is written to it, line by line; a secret must not be cut in two by a flush."""

    def __init__(self, inner: TextIO) -> None:
        self._inner = inner
        self._line = ""

    def write(self, text: str) -> int:
        """Write the lines that are complete, keep the rest."""
        whole, end, rest = (self._line + text).rpartition("\n")
        if end:
            self._inner.write(redacted(whole) + end)
        self._line = rest
        return len(text)

    def flush(self) -> None:
        """Write through what is complete."""
        self._inner.flush()

    def close_line(self) -> None:
        """Write what has no line break yet: at the end of the process."""
        self._inner.write(redacted(self._line))
        self._line = ""
        self._inner.flush()

    def isatty(self) -> bool:
        """Tell whether a terminal is behind it."""
        return self._inner.isatty()

    def fileno(self) -> int:
        """Give the descriptor, which bypasses the redaction: for faults of the interpreter itself."""
        return self._inner.fileno()

    @property
    def encoding(self) -> str:
        """The encoding of the stream behind it."""
        return self._inner.encoding


def _secrets() -> set[str]:
    values = {value for name, value in os.environ.items() if name.upper() in SECRET_VARIABLES} | _remembered
    found = {form for value in values for form in _forms(value)}
    for name, value in os.environ.items():
        if name.lower() in PROXY_VARIABLES:
            found |= _proxy_credentials(value)
    return {value for value in found if len(value) >= MIN_SECRET_CHARS}


def _forms(value: str) -> set[str]:
    """Give a secret as it stands, as an address escapes it, and as headers carry it."""
    forms = {value, quote(value, safe=""), quote(value), base64.b64encode(value.encode()).decode("ascii")}
    forms |= {repr(value)[1:-1], value.strip()}
    if value.startswith(("http://", "https://")):
        parts = _split(value)
        local = value.partition(parts)[2] if parts else ""
        if len(local) >= MIN_PATH_CHARS:
            forms |= {local, local.lstrip("/")}
    return forms


def _split(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _proxy_credentials(url: str) -> set[str]:
    """Give what a proxy's address says before the "@": whole, and the password alone, as written and as meant."""
    before, at, _ = url.partition("://")[2].rpartition("@") if "://" in url else url.rpartition("@")
    if not at:
        return set()
    password = before.partition(":")[2]
    meant = unquote(before)
    header = base64.b64encode(meant.encode()).decode("ascii")
    return {before, meant, header} | ({password, unquote(password)} if password else set())
