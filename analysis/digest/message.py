"""The digest as a message: multipart/alternative of a text part and an HTML part with its picture."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from urllib.parse import urlsplit

from analysis.digest.charts import draw_trend
from analysis.digest.html import render_html, safe_url
from analysis.digest.records import Digest
from analysis.digest.text import render_text
from analysis.digest.writing import cut_letter, write_letter
from pipelines.errors import ConfigError

NO_DOMAIN = "newstone.invalid"
"""Domain of a Message-ID where neither list nor sender has one (RFC 2606)."""

MOST_HTML_BYTES = 90_000
"""Largest HTML part: Gmail cuts messages off at 102 KB."""

CUTS = (5, 3, 2, 1)
"""Entries of each list, tried one after the other where the HTML part is too large."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A digest laid out; ``png`` is b"" where there is nothing to draw. The HTML names the picture as ``cid``."""

    subject: str
    language: str
    text: str
    html: str
    png: bytes
    cid: str


@lru_cache(maxsize=2)
def render_digest(digest: Digest, *, unsubscribe: str = "") -> Rendered:
    """Lay out a digest: words, text part, HTML part and picture, the same for every recipient.

    About a second the first time in a process, most of it for the picture; the last two are kept.
    """
    letter = write_letter(digest, unsubscribe=unsubscribe)
    cid = f"chart.{digest.week}@{NO_DOMAIN}"
    html = render_html(letter, chart=f"cid:{cid}")
    for most in CUTS:
        if len(html.encode()) <= MOST_HTML_BYTES:
            break
        letter = cut_letter(write_letter(digest, unsubscribe=unsubscribe), most)
        html = render_html(letter, chart=f"cid:{cid}")
    return Rendered(
        letter.subject,
        letter.language,
        render_text(letter),
        html,
        draw_trend(digest.trend, digest.week, digest.language),
        cid,
    )


def compose_digest(
    digest: Digest,
    *,
    sender: str,
    recipient: str,
    reply_to: str,
    list_id: str,
    unsubscribe: str,
    date: datetime,
    again: int = 0,
) -> EmailMessage:
    """Write the message for one recipient.

    ``sender``, ``recipient`` and ``reply_to`` are addresses such as ``newstone <press@example.org>``; ``reply_to``,
    ``list_id`` and ``unsubscribe`` (mailto: or https:) may be "". ``date`` is aware. The Message-ID depends on list,
    company, week, recipient and ``again`` alone (0 for the first time), so that a repeated try is the same message, and
    the digest of another company is another.

    Raises:
        ConfigError: an address, the list id or the unsubscribe address is none.
    """
    link = parse_unsubscribe(unsubscribe)
    rendered = render_digest(digest, unsubscribe=link)
    message = EmailMessage(policy=SMTP)
    from_address, to_address = _address(sender, "digest.sender"), _address(recipient, "digest.recipients")
    message["From"] = from_address
    message["To"] = to_address
    if reply_to:
        message["Reply-To"] = _address(reply_to, "digest.reply_to")
    message["Subject"] = header_text(rendered.subject)
    message["Date"] = format_datetime(date)
    message["Message-ID"] = _message_id(digest, list_id or from_address.domain, to_address, again)
    if list_id:
        message["List-Id"] = f"<{parse_list_id(list_id)}>"
    if link:
        message["List-Unsubscribe"] = f"<{link}>"
        if link.startswith("https:"):
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    if rendered.png:
        html = message.get_payload(1)
        assert isinstance(html, EmailMessage)
        html.add_related(
            rendered.png,
            "image",
            "png",
            cid=f"<{rendered.cid}>",
            filename=f"newstone-{digest.week}.png",
            disposition="inline",
        )
    message["Content-Language"] = rendered.language  # last: making the parts takes all Content- headers away
    return message


def header_text(text: str) -> str:
    """Give a text on one line without control characters, so that a title cannot write headers of its own."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def _address(text: str, key: str) -> Address:
    name, address = parseaddr(text)
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or _CONTROLS.search(text):
        raise ConfigError(f"{key} = {text!r} is no address; write it like newstone <press@example.org>")
    try:
        return Address(display_name=name, username=local, domain=domain)
    except (ValueError, IndexError) as error:
        raise ConfigError(f"{key} = {text!r} is no address ({error}); write it like press@example.org") from error


def parse_list_id(text: str) -> str:
    """Give a list id without brackets.

    Raises:
        ConfigError: it is none.
    """
    bare = text.strip().strip("<>")
    if not _DOMAIN.fullmatch(bare):
        raise ConfigError(f"digest.list_id = {text!r} is no list id; write it like press.example.org")
    return bare


def parse_unsubscribe(address: str) -> str:
    """Give an address to unsubscribe at as it is; "" stays "".

    Raises:
        ConfigError: it is neither mailto: nor https:.
    """
    if not address:
        return ""
    is_mail = re.fullmatch(r"mailto:[^\s<>@,]+@[^\s<>@,]+", address) is not None
    if is_mail or (safe_url(address) and urlsplit(address).scheme == "https" and not set(address) & set("<>,")):
        return address
    raise ConfigError(f"digest.unsubscribe = {address!r} is neither a mailto: nor an https: address")


def _message_id(digest: Digest, list_name: str, recipient: Address, again: int) -> str:
    named = (list_name, digest.subject.change.entity, str(digest.week), recipient.addr_spec.lower(), str(again))
    said = "\n".join(named)
    domain = list_name.strip("<> ")
    if not _DOMAIN.fullmatch(domain):
        domain = NO_DOMAIN
    return f"<{digest.week}.{hashlib.sha256(said.encode()).hexdigest()[:24]}@{domain}>"
