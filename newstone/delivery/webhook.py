"""Alerts as JSON by POST, signed: ``X-Newstone-Signature: t=1737979200,v1=…``.

``v1`` is the HMAC-SHA256, in hex, of the bytes ``t``, a dot, and the body, with NEWSTONE_WEBHOOK_SECRET as key; ``t``
is the moment of the attempt in seconds since 1970. Whoever checks it also refuses a ``t`` older than some minutes.
Every attempt for one alert carries the same ``X-Newstone-Delivery``, so that a receiver can drop the second of two.

The address may itself be a secret (Slack): no message or log names more of it than its host.
"""

import hashlib
import hmac
import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import IO
from urllib.parse import urlsplit

from newstone import __version__
from newstone.delivery.addresses import is_loopback, webhook_fault
from newstone.delivery.mail import Answer, already
from newstone.delivery.outbox import DeliveryRow, DeliveryState, Outbox, Parcel
from pipelines.clock import utc_now
from pipelines.errors import ConfigError

RECIPIENT = "webhook"
"""What stands in the ledger in place of an address."""
FIRST_PAUSE_SECONDS = 2.0
"""Pause before the second try; each further one is twice as long, or as long as Retry-After says."""
LONGEST_PAUSE_SECONDS = 120.0
"""A longer Retry-After is left to the next night."""
ATTEMPTS = 4
"""Tries for a failure that may pass."""

_BUSY = frozenset({408, 425, 429})  # the client may try again, beside all of 5xx
_UNREADABLE = frozenset({400, 413, 415, 422})  # it is this body that the receiver does not take
_READ_BYTES = 512  # of an answer, for the message


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where alerts go. Neither the address nor the secret is ever shown; without a secret nothing is signed."""

    url: str = field(repr=False)
    secret: str = field(default="", repr=False)
    timeout_seconds: float = 20.0

    @property
    def host(self) -> str:
        """The part of the address that may be shown."""
        return urlsplit(self.url).hostname or ""


def sign(secret: str, body: bytes, timestamp: int) -> str:
    """Give the value of ``X-Newstone-Signature``; ``timestamp`` in seconds since 1970."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def deliver_webhook(
    webhook: Webhook,
    outbox: Outbox,
    parcel: Parcel,
    body: bytes,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """Post one body, with further tries for 408, 425, 429, 5xx and a lost connection; redirects are not followed.

    Gives ``refused`` only where the receiver does not take this very body. A redirect, 401, 403 or 404 is ``failed``
    after one try: a person can mend address or secret, and the alert must still wait then. A connection that is lost
    after the body went out is tried again: receivers know the delivery by its id. Only a process that is killed leaves
    ``unknown``.

    Raises:
        StoreError: the ledger cannot be written.
        ConfigError: the address is neither https nor on this machine.
    """
    if (fault := webhook_fault(webhook.url)) is not None:
        raise ConfigError(f"alerts.webhook_url: {fault}")
    if (held := outbox.holder(parcel)) is not None:
        return already(held)
    name = f"{parcel.kind}|{parcel.key}|{parcel.edition}\n"  # with the body: another project may use the same name
    delivery_id = hashlib.sha256(name.encode() + body).hexdigest()[:32]
    pause = FIRST_PAUSE_SECONDS
    for attempt in range(1, ATTEMPTS + 1):
        claim = outbox.claim(parcel, delivery_id)
        if isinstance(claim, DeliveryRow):
            return already(claim)
        reply = _Reply(DeliveryState.UNKNOWN, "interrupted while it was sent", None)
        try:
            reply = _post(webhook, body, delivery_id)
        finally:
            outbox.finish(claim, reply.state, reply.detail)
        if reply.retry_seconds is None:
            return Answer(reply.state, reply.detail)
        wait = max(pause, reply.retry_seconds)
        if attempt == ATTEMPTS or wait > LONGEST_PAUSE_SECONDS:
            tries = f", after {attempt} tries" if attempt > 1 else ""
            return Answer(reply.state, reply.detail + tries)
        sleep(wait)
        pause *= 2
    raise AssertionError("there is at least one attempt")


@dataclass(frozen=True, slots=True)
class _Reply:
    """``retry_seconds`` is None where another try is of no use, else the least pause that the server asks for."""

    state: DeliveryState
    detail: str
    retry_seconds: float | None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other: a signed body goes to the address that a person wrote."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        del req, fp, code, msg, headers, newurl


def _post(webhook: Webhook, body: bytes, delivery_id: str) -> _Reply:
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"newstone/{__version__}",
        "X-Newstone-Delivery": delivery_id,
    }
    if webhook.secret:
        headers["X-Newstone-Signature"] = sign(webhook.secret, body, int(utc_now().timestamp()))
    request = urllib.request.Request(webhook.url, data=body, headers=headers, method="POST")  # noqa: S310  (checked)
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
    if is_loopback(webhook.host):
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=webhook.timeout_seconds) as response:
            return _Reply(DeliveryState.SENT, str(response.status), None)
    except urllib.error.HTTPError as error:
        with error:
            return _judge(webhook, error)
    except TimeoutError:
        return _lost(webhook, f"no answer within {webhook.timeout_seconds:g} s")
    except (OSError, http.client.HTTPException) as error:
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(cause, ssl.SSLCertVerificationError):
            said = f"the certificate of {webhook.host} is not trusted ({cause.verify_message})"
            remedy = "mend it there, or name its authority in the environment variable SSL_CERT_FILE"
            return _Reply(DeliveryState.FAILED, f"{said}; {remedy}", None)
        return _lost(webhook, "time ran out" if isinstance(cause, TimeoutError) else _named(cause))


def _judge(webhook: Webhook, error: urllib.error.HTTPError) -> _Reply:
    said = f"{webhook.host} answered {error.code}"
    if 300 <= error.code < 400:
        return _Reply(DeliveryState.FAILED, f"{said}, a redirect; write the final address in alerts.webhook_url", None)
    if error.code in _BUSY or error.code >= 500:
        return _Reply(DeliveryState.FAILED, said, _retry_after(error.headers.get("Retry-After")))
    try:
        text = error.read(_READ_BYTES).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        text = ""
    shown = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:120]
    detail = f"{said} {shown}".rstrip().replace(webhook.url, "…")
    if error.code in _UNREADABLE:
        return _Reply(DeliveryState.REFUSED, f"{detail}; check alerts.webhook_format", None)
    return _Reply(DeliveryState.FAILED, f"{detail}; check alerts.webhook_url and NEWSTONE_WEBHOOK_SECRET", None)


def _lost(webhook: Webhook, why: str) -> _Reply:
    return _Reply(DeliveryState.FAILED, f"no answer from {webhook.host} ({why}); check alerts.webhook_url", 0.0)


def _named(cause: object) -> str:
    """Name an error of the network without its text where that could hold the address."""
    return str(getattr(cause, "strerror", None) or getattr(cause, "verify_message", None) or type(cause).__name__)


def _retry_after(value: str | None) -> float:
    """Read Retry-After, in seconds or as a date (RFC 9110, 10.2.3); 0 where it is missing or unreadable."""
    if value is None:
        return 0.0
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - utc_now()).total_seconds())
    except (ValueError, TypeError):
        return 0.0
