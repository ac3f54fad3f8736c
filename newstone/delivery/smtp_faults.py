"""What goes wrong with a mail server: whether another try may help, what a person can do. Passwords are never in it."""

import base64
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from newstone.delivery.outbox import DeliveryState

END_OF_DATA_SECONDS = 600.0
"""Wait for the answer to a whole message: RFC 5321, 4.5.3.2.6 asks for ten minutes, lest it arrive twice."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server and how to sign in; the password is never shown. ``ca_file`` is trusted besides the system's."""

    host: str
    port: int
    security: str  # starttls, tls, none
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    timeout_seconds: float = 30.0
    attempts: int = 4
    end_of_data_seconds: float = END_OF_DATA_SECONDS

    @property
    def place(self) -> str:
        """Host and port, for messages."""
        return f"{self.host}:{self.port}"


class FailureError(Exception):
    """An attempt that ended without the message being accepted."""

    def __init__(self, detail: str, *, retry: bool, state: DeliveryState, for_all: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry = retry
        self.state = state
        self.for_all = for_all


@contextmanager
def explained(server: SmtpServer) -> Iterator[None]:
    """Turn whatever ends a conversation within a ``with`` block into a failure.

    Raises:
        FailureError: says what broke and what to do.
    """
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise failed(server, "turned the connection away", error.smtp_code, error.smtp_error, for_all=True) from error
    except smtplib.SMTPServerDisconnected as error:
        if isinstance(error.__context__, TimeoutError):
            raise _too_slow(server) from error
        raise broken(f"{server.place} hung up before it had the whole message; nothing arrived", retry=True) from error
    except smtplib.SMTPException as error:
        raise broken(f"{server.place}: {one_line(str(error))}", retry=False) from error
    except TimeoutError as error:
        raise _too_slow(server) from error
    except OSError as error:
        detail, retry = _explain(server, error)
        raise broken(detail, retry=retry) from error


def _explain(server: SmtpServer, error: OSError) -> tuple[str, bool]:
    """Say what an error of TLS or the network means, and whether it may pass."""
    why = reason_of(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        remedy = "if it is that of your own authority, name its file in smtp.ca_file"
        return f"the certificate of {server.place} is not trusted ({error.verify_message}); {remedy}", False
    if isinstance(error, ssl.SSLError):
        remedy = "port 587 mostly goes with starttls and 465 with tls"
        return f"no TLS with {server.place} ({why}); {remedy}", isinstance(error, ssl.SSLEOFError)
    if isinstance(error, socket.gaierror):
        remedy = "check smtp.host and the network"
        return f"{server.host} is not found ({why}); {remedy}", error.errno == socket.EAI_AGAIN
    return f"no connection to {server.place} ({why}); check smtp.host and smtp.port", True


def _too_slow(server: SmtpServer) -> FailureError:
    return broken(
        f"{server.place} did not answer within {server.timeout_seconds:g} s; check smtp.host, smtp.port and the "
        "network, or raise smtp.timeout_seconds",
        retry=True,
    )


def broken(detail: str, *, retry: bool) -> FailureError:
    """Make a failure of TLS or the network, which the next recipient would meet too."""
    return FailureError(detail, retry=retry, state=DeliveryState.FAILED, for_all=True)


def failed(
    server: SmtpServer,
    what: str,
    code: int,
    text: bytes | str,
    *,
    state: DeliveryState = DeliveryState.FAILED,
    for_all: bool = False,
    remedy: str = "",
) -> FailureError:
    """Make a failure of an answer: 4yz may pass, 5yz does not."""
    retry = not 500 <= code <= 599
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    if server.password:
        sent = (server.password, f"\0{server.username}\0{server.password}")  # as they go in AUTH LOGIN and AUTH PLAIN
        for secret in (server.password, *(base64.b64encode(each.encode()).decode("ascii") for each in sent)):
            said = said.replace(secret, "…")
    said = one_line(said)
    detail = f"{server.place} {what}: {code} {said}" + (f"; {remedy}" if remedy else "")
    return FailureError(detail, retry=retry, state=DeliveryState.FAILED if retry else state, for_all=for_all)


def reason_of(error: Exception) -> str:
    """Give an error in a few words."""
    if isinstance(error, TimeoutError):
        return "time ran out"
    return one_line(getattr(error, "strerror", None) or str(error) or type(error).__name__)


def one_line(text: bytes | str) -> str:
    """Give what a server said as one short line."""
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join("".join(letter if letter.isprintable() else " " for letter in plain).split())[:200]
