"""Addresses as people write them in the configuration."""

import ipaddress
import re
from dataclasses import dataclass
from email.headerregistry import Address
from urllib.parse import urlsplit

from pipelines.errors import ConfigError

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII | re.IGNORECASE)
_LOCAL = re.compile(
    r"[^\x00-\x20\x7f\"(),.:;<>@\[\]\\]+(\.[^\x00-\x20\x7f\"(),.:;<>@\[\]\\]+)*"
)  # RFC 5322, 6531: dot-atom
_WRITTEN = re.compile(r"(?P<name>[^<>]*)<(?P<named>[^<>]*)>|(?P<bare>[^<>]*)")
_MAX_LOCAL_BYTES = 64  # RFC 5321, 4.5.3.1.1


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address: ``spec`` is for the envelope, ``shown`` for a header; the domain is written in ASCII in both."""

    spec: str
    shown: str

    @property
    def is_ascii(self) -> bool:
        """False where the part before the @ needs a server that offers SMTPUTF8."""
        return self.spec.isascii()


def parse_mailbox(text: str, key: str) -> Mailbox:
    """Read one address, such as ``press@example.org`` or ``Press <press@example.org>``; ``key`` names it in errors.

    Raises:
        ConfigError: it is empty, no address, or more than one.
    """
    remedy = f"{key} = {text!r} is no address; write one such as press@example.org or Press <press@example.org>"
    found = _WRITTEN.fullmatch(text.strip()) if text.isprintable() else None
    if found is None:
        raise ConfigError(remedy)
    name = (found["name"] or "").strip().strip('"')
    local, at, domain = (found["named"] or found["bare"] or "").rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or len(local.encode()) > _MAX_LOCAL_BYTES:
        raise ConfigError(remedy)
    try:
        domain = domain.encode("idna").decode("ascii").lower()  # or its two spellings would get two messages
    except UnicodeError as error:
        raise ConfigError(remedy) from error
    labels = domain.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or (len(labels) == 1 and domain != "localhost"):
        raise ConfigError(remedy)
    try:
        shown = str(Address(name, local, domain))
    except ValueError as error:  # a dot too many before the @
        raise ConfigError(remedy) from error
    return Mailbox(f"{local}@{domain}", shown)


def is_loopback(host: str) -> bool:
    """True where a host is this machine by its very name; nothing is looked up."""
    name = host.strip("[]").rstrip(".").lower()
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def webhook_fault(url: str) -> str | None:
    """Say what keeps a webhook's address from being used, without repeating it; None where nothing does."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        return f"the address on {host} begins with {parts.scheme}:; alerts leave this machine by https: only"
    if parts.username is not None or parts.password is not None:
        return f"the address on {host} holds a user name; put a token into the path, or use NEWSTONE_WEBHOOK_SECRET"
    return None
