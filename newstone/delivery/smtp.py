"""One conversation with a mail server (RFC 5321): connect, agree on TLS, sign in, name both ends, hand over."""

import base64
import select
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import policy
from email.generator import BytesGenerator
from email.message import EmailMessage
from io import BytesIO

from newstone.delivery.addresses import Mailbox, is_loopback
from newstone.delivery.outbox import DeliveryState
from newstone.delivery.smtp_faults import FailureError, SmtpServer, failed, one_line, reason_of
from pipelines.errors import ConfigError

QUIT_SECONDS = 5.0
"""Wait for the goodbye of a server that has already answered."""

_READY = 220
_SIGNED_IN = 235
_SIGNED_IN_ALREADY = 503
_DONE = 250
_START_MAIL = 354
_GOING_DOWN = 421
_SIGN_IN_REMEDY = "check smtp.username and NEWSTONE_SMTP_PASSWORD"


def check_server(server: SmtpServer) -> None:
    """Look for what cannot work, before any connection.

    Raises:
        ConfigError: no host, a password without TLS, a user name without password, or a bad file of certificates.
    """
    if not server.host:
        raise ConfigError("smtp.host is empty; name the mail server")
    if server.security == "none" and not is_loopback(server.host):
        raise ConfigError(
            f'smtp.security = "none" would send everything to {server.host} readable by all on the way; '
            'write "starttls" or "tls" ("none" is for a server on this machine)'
        )
    if server.username and not server.password:
        raise ConfigError(f"smtp.username is {server.username!r}, but NEWSTONE_SMTP_PASSWORD is not set; set it")
    _tls_context(server)


@contextmanager
def connected(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    """Connect, agree on TLS, sign in; say goodbye at the end.

    Raises:
        FailureError, OSError: no connection, no TLS or no sign-in; also what the ``with`` block raises.
    """
    context = _tls_context(server)
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout_seconds, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            _start_tls(server, smtp, context)
        if server.username:
            _sign_in(server, smtp)
        yield smtp
        _say_goodbye(smtp)
    finally:
        smtp.close()


def _start_tls(server: SmtpServer, smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
    if not smtp.has_extn("starttls"):
        raise FailureError(
            f"{server.place} offers no STARTTLS; nothing was sent. Write smtp.security = 'tls' with its port "
            "(mostly 465)",
            retry=False,
            state=DeliveryState.FAILED,
            for_all=True,
        )
    code, text = smtp.starttls(context=context)
    if code != _READY:
        raise failed(server, "refused to begin TLS", code, text, for_all=True)
    smtp.ehlo_or_helo_if_needed()


def _sign_in(server: SmtpServer, smtp: smtplib.SMTP) -> None:
    code: int
    text: bytes | str
    try:
        if (server.username + server.password).isascii():
            code, text = smtp.login(server.username, server.password)
        else:  # smtplib writes ASCII only; RFC 4616 wants UTF-8
            secret = base64.b64encode(f"\0{server.username}\0{server.password}".encode()).decode("ascii")
            code, text = smtp.docmd("AUTH", f"PLAIN {secret}")
    except smtplib.SMTPAuthenticationError as error:
        code, text = error.smtp_code, error.smtp_error
    except smtplib.SMTPNotSupportedError:
        raise FailureError(
            f'{server.place} offers no sign-in; write smtp.username = "" if it needs none, or another port',
            retry=False,
            state=DeliveryState.FAILED,
            for_all=True,
        ) from None
    if code not in {_SIGNED_IN, _SIGNED_IN_ALREADY}:
        what = f"refused the sign-in as {server.username!r}"
        raise failed(server, what, code, text, for_all=True, remedy=_SIGN_IN_REMEDY)


def give_envelope(
    server: SmtpServer, smtp: smtplib.SMTP, message: EmailMessage, sender: Mailbox, recipient: Mailbox
) -> bytes:
    """Name sender and recipient, and give the message as it goes over the wire, dots doubled.

    Raises:
        FailureError, OSError: the server did not take one of them.
    """
    is_ascii = sender.is_ascii and recipient.is_ascii
    if not is_ascii and not smtp.has_extn("smtputf8"):
        raise FailureError(
            f"{server.place} takes no address with letters beyond ASCII (no SMTPUTF8): {recipient.spec}; "
            "write one in ASCII",
            retry=False,
            state=DeliveryState.REFUSED,
        )
    has_8bit = smtp.has_extn("8bitmime")
    body = _flatten(message, has_8bit=has_8bit, has_utf8=not is_ascii)
    options = [f"SIZE={len(body)}"] if smtp.has_extn("size") else []
    options += ["BODY=8BITMIME"] if has_8bit else []
    if not is_ascii:
        options.append("SMTPUTF8")
        smtp.command_encoding = "utf-8"
    code, text = smtp.mail(sender.spec, options)
    if code != _DONE:
        raise failed(server, f"refused the sender {sender.spec}", code, text, for_all=True, remedy="see digest.sender")
    code, text = smtp.rcpt(recipient.spec)
    if code not in {250, 251}:
        raise failed(server, f"refused the recipient {recipient.spec}", code, text, state=DeliveryState.REFUSED)
    return body


def _flatten(message: EmailMessage, *, has_8bit: bool, has_utf8: bool) -> bytes:
    rules = policy.SMTP.clone(cte_type="8bit" if has_8bit else "7bit", utf8=has_utf8)
    buffer = BytesIO()
    BytesGenerator(buffer, policy=rules).flatten(message)
    body = buffer.getvalue()
    body += b"" if body.endswith(b"\r\n") else b"\r\n"
    doubled = body.replace(b"\r\n.", b"\r\n..")  # RFC 5321, 4.5.2
    return b"." + doubled if doubled.startswith(b".") else doubled


def transmit(server: SmtpServer, smtp: smtplib.SMTP, body: bytes) -> tuple[DeliveryState, str]:
    """Send the message and give ``sent`` or ``unknown``, and what was answered.

    Raises:
        FailureError, OSError: it was not accepted, also where the connection was lost before its end.
    """
    code, text = smtp.docmd("DATA")
    if code != _START_MAIL:
        raise failed(server, "did not take the message", code, text, state=DeliveryState.REFUSED)
    smtp.send(body)
    if (early := _early_answer(smtp)) is not None:
        if not early:
            raise smtplib.SMTPServerDisconnected("hung up within the message")
        early_code = int(early[:3]) if early[:3].isdigit() else _GOING_DOWN
        raise failed(server, "broke the message off", early_code, early[4:], state=DeliveryState.REFUSED)
    if smtp.sock is not None:
        smtp.sock.settimeout(max(server.timeout_seconds, server.end_of_data_seconds))
    smtp.send(b".\r\n")  # an error here says that the dot did not go out; from the next line on it did
    try:
        code, text = smtp.getreply()
    except (smtplib.SMTPException, OSError) as error:
        why = reason_of(error)
        said = f"{server.place} did not answer after the whole message was sent ({why}); it may have arrived"
        return DeliveryState.UNKNOWN, said
    if code != _DONE:
        raise failed(server, "refused the message", code, text, state=DeliveryState.REFUSED)
    return DeliveryState.SENT, f"{code} {one_line(text)}"


def _early_answer(smtp: smtplib.SMTP) -> bytes | None:
    """Give what the server says before the end of the message; empty where it hung up, None where it listens."""
    sock = smtp.sock
    if sock is None or not select.select([sock], [], [], 0)[0]:
        return None
    sock.settimeout(0)
    try:
        return sock.recv(1024)
    except (ssl.SSLWantReadError, BlockingIOError):
        return None  # a record of TLS itself
    except OSError:
        return b""
    finally:
        with suppress(OSError):
            sock.settimeout(smtp.timeout)


def _say_goodbye(smtp: smtplib.SMTP) -> None:
    with suppress(smtplib.SMTPException, OSError):
        if smtp.sock is not None:
            smtp.sock.settimeout(QUIT_SECONDS)
        smtp.quit()


def _tls_context(server: SmtpServer) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.ca_file is not None:
        try:
            context.load_verify_locations(server.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                f"smtp.ca_file = {str(server.ca_file)!r}: no certificates in it ({reason_of(error)})"
            ) from error
    return context
