"""The health-check address, as healthchecks.io and its like want it.

``URL/start`` when a night begins, ``URL`` after a good one, ``URL/fail`` after any other, with a short text as body.
The service counts the time between, and tells a person when nothing came: that is how a machine that is off is noticed.

Whoever knows the address can keep the service quiet, so no message names more of it than its host.
"""

import http.client
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Literal
from urllib.parse import urlsplit, urlunsplit

from newstone import __version__
from newstone.config import Project
from newstone.delivery.addresses import is_loopback
from pipelines.redaction import redacted

Signal = Literal["start", "ok", "fail"]

TIMEOUT_SECONDS = 10.0
"""Time limit for each answer of the service."""

PAUSES_SECONDS = (2.0, 5.0)
"""Pauses before the second and the third try; only failures that may pass are tried again."""

LIMIT_SECONDS = 45.0
"""The most that all tries together may hold up a night, however slowly a server drips its answer."""

MAX_BODY_CHARS = 8_000
"""The end of the text that is sent; healthchecks.io keeps 100 kB, but a person reads some lines."""

_PATHS = {"start": "/start", "ok": "", "fail": "/fail"}
_BUSY = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Check:
    """The address. It is never shown."""

    url: str = field(repr=False)

    @property
    def host(self) -> str:
        """The part that may be shown."""
        return urlsplit(self.url).hostname or ""

    def address(self, signal: Signal) -> str:
        """Give the address that is asked for a signal."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(path=parts.path.rstrip("/") + _PATHS[signal], fragment=""))


def ping(
    project: Project,
    signal: Signal,
    text: str = "",
    *,
    is_hasty: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[str, ...]:
    """Tell the service of ``monitoring.healthcheck_url``; nothing where none is set. Never raises.

    Gives what went wrong, for a person, without the address. ``text`` goes with it, its end where it is long.
    ``is_hasty`` makes one try only: somebody waits for the process to end.
    """
    if not project.settings.monitoring.healthcheck_url:
        return ()
    check = Check(project.settings.monitoring.healthcheck_url)
    if (fault := find_address_fault(project)) is not None:
        return (fault,)
    body = redacted(text)[-MAX_BODY_CHARS:].encode("utf-8", "replace")
    said: list[str | None] = []
    pauses = () if is_hasty else PAUSES_SECONDS

    def work() -> None:
        said.append(_ask_patiently(check, signal, body, pauses, sleep))

    worker = threading.Thread(target=work, daemon=True, name="ping")  # a trickling answer outlasts every time-out
    worker.start()
    worker.join(TIMEOUT_SECONDS if is_hasty else LIMIT_SECONDS)
    problem = said[0] if said else f"{check.host} did not answer in time"
    return () if problem is None else (f"the health check was not told ({signal}): {problem}",)


def find_address_fault(project: Project) -> str | None:
    """Say why an address is never asked; None for one that is, and where none is set."""
    if not project.settings.monitoring.healthcheck_url:
        return None
    check = Check(project.settings.monitoring.healthcheck_url)
    parts, where = urlsplit(check.url), f"monitoring.healthcheck_url: the address on {check.host}"
    if parts.scheme != "https" and not is_loopback(check.host):
        return f"{where} begins with {parts.scheme}:; pings leave this machine by https: only"
    if parts.username is not None or parts.password is not None:
        return f"{where} holds a user name; the secret belongs into its path"
    return None


def _ask_patiently(
    check: Check, signal: Signal, body: bytes, pauses: tuple[float, ...], sleep: Callable[[float], None]
) -> str | None:
    for pause in (*pauses, None):
        problem, may_pass = _ask(check, signal, body)
        if problem is None or not may_pass or pause is None:
            return problem
        sleep(pause)
    raise AssertionError("the last pause is None")


class _OnSameHost(urllib.request.HTTPRedirectHandler):
    """Redirects are followed on the same host alone, and never from https to http: the path is the secret."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        if before.hostname != after.hostname or after.scheme not in (before.scheme, "https"):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _ask(check: Check, signal: Signal, body: bytes) -> tuple[str | None, bool]:
    """Ask once; give what went wrong, None for nothing, and whether another try may help."""
    headers = {"User-Agent": f"newstone/{__version__}", "Content-Type": "text/plain; charset=utf-8"}
    request = urllib.request.Request(  # noqa: S310  (the scheme was checked)
        check.address(signal), data=body or None, headers=headers, method="POST" if body else "GET"
    )
    handlers: list[urllib.request.BaseHandler] = [_OnSameHost()]
    if is_loopback(check.host):
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT_SECONDS):
            return None, False
    except urllib.error.HTTPError as error:
        with error:
            return _judge(check, error.code)
    except TimeoutError:
        return f"no answer from {check.host} within {TIMEOUT_SECONDS:g} s", True
    except (OSError, http.client.HTTPException, ValueError) as error:
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate of {check.host} is not trusted ({cause.verify_message})", False
        why = getattr(cause, "strerror", None) or type(cause).__name__  # other texts may hold the address
        return f"no answer from {check.host} ({why})", True


def _judge(check: Check, code: int) -> tuple[str, bool]:
    if 300 <= code < 400:
        return f"{check.host} answered {code}, a redirect to another host; write the final address", False
    if code in _BUSY or code >= 500:
        return f"{check.host} answered {code}", True
    return f"{check.host} answered {code}; check monitoring.healthcheck_url", False
