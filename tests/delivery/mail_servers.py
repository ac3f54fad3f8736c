"""Mail servers on loopback: aiosmtpd for what servers do, a bare socket for what connections do."""

# ruff: noqa: ARG002, N802  (aiosmtpd names its hooks, and calls them with all arguments)

import asyncio
import datetime as dt
import email
import email.policy
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PASSWORD = "correct horse äöü"  # beyond ASCII on purpose


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate for localhost and 127.0.0.1 that signs itself, and its key."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_certificate(folder: Path, *, host: str = "localhost") -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    addresses: list[x509.GeneralName] = [x509.DNSName(host)]
    if host == "localhost":
        addresses.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder / f"{host}.pem", folder / f"{host}.key")
    made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


@dataclass
class Mailbag:
    """What a server took, and what it is to answer: to a recipient, or to messages in turn."""

    port: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    data_answers: list[str] = field(default_factory=list)
    messages: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    sign_ins: list[tuple[str, bool]] = field(default_factory=list)
    n_at_the_gate: int = 1  # recipients are answered once so many conversations have named one
    n_named: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        self.options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        self.n_named += 1
        if self.n_named >= self.n_at_the_gate:
            self.gate.set()
        await self.gate.wait()
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.data_answers.pop(0) if self.data_answers else "250 queued"
        if answer.startswith("250"):
            self.raw.append(envelope.content)
            parsed = email.message_from_bytes(envelope.content, policy=email.policy.SMTP)
            assert isinstance(parsed, EmailMessage)
            self.messages.append(parsed)
            self.recipients.extend(envelope.rcpt_tos)
        return answer

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
        self.sign_ins.append((data.login.decode(), right))
        return AuthResult(success=right, handled=right)


@contextmanager
def mail_server(
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    needs_sign_in: bool = False,
    utf8: bool = True,
) -> Iterator[Mailbag]:
    """Serve on a free port of loopback in a thread of its own."""
    bag = Mailbag()
    loop = asyncio.new_event_loop()

    sessions: list[SMTP] = []

    def serve() -> SMTP:
        session = SMTP(
            bag,
            hostname="localhost",
            enable_SMTPUTF8=utf8,
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=bag.authenticate if needs_sign_in else None,
            auth_required=needs_sign_in,
            auth_require_tls=tls is None,
            loop=loop,
        )
        sessions.append(session)
        return session

    server = loop.run_until_complete(loop.create_server(serve, "127.0.0.1", 0, ssl=tls))
    bag.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield bag
    finally:
        asyncio.run_coroutine_threadsafe(_drain(server, sessions), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _drain(server: asyncio.Server, sessions: list[SMTP]) -> None:
    server.close()
    for session in sessions:
        if session.transport is not None:
            session.transport.abort()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    await asyncio.sleep(0.01)  # transports close in the turn after


@dataclass
class Wire:
    """A server of one mood, counting its conversations and the messages that it had in full."""

    port: int
    n_conversations: int = 0
    n_complete: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    at_the_dot: threading.Event = field(default_factory=threading.Event)


@contextmanager
def odd_server(*moods: str) -> Iterator[Wire]:
    """Serve one conversation per mood in turn, the last one again and again.

    Moods: ``good``; ``silent`` (no greeting); ``busy`` (421 as greeting); ``cut in data`` (closes after the first
    bytes of the message); ``cut after dot`` and ``hang after dot`` (has the whole message, then closes or says
    nothing); ``break off`` (answers 552 within the message and closes).
    """
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # a sender notices a closed end within the message
    wire = Wire(listener.getsockname()[1])
    listener.settimeout(0.1)

    def run() -> None:
        while not wire.stop.is_set():
            try:
                connection, _address = listener.accept()
            except TimeoutError:
                continue
            mood = moods[min(wire.n_conversations, len(moods) - 1)]
            wire.n_conversations += 1
            with connection:
                connection.settimeout(10)
                try:
                    _converse(connection, mood, wire)
                except OSError:
                    continue

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield wire
    finally:
        wire.stop.set()
        thread.join()
        listener.close()


def _converse(connection: socket.socket, mood: str, wire: Wire) -> None:
    if mood == "silent":
        wire.stop.wait(10)
        return
    if mood == "busy":
        connection.sendall(b"421 too many connections\r\n")
        return
    connection.sendall(b"220 odd ESMTP\r\n")
    lines = connection.makefile("rb")
    while line := lines.readline():
        verb = line.split()[0].upper() if line.split() else b""
        if verb == b"EHLO":
            connection.sendall(b"250-odd\r\n250 8BITMIME\r\n")
        elif verb == b"QUIT":
            connection.sendall(b"221 bye\r\n")
            return
        elif verb == b"DATA":
            connection.sendall(b"354 go on\r\n")
            if mood == "cut in data":
                lines.read(10)
                return
            if mood == "break off":
                lines.read(10)
                connection.sendall(b"552 too big for me\r\n")
                while not wire.stop.is_set() and lines.readline() not in {b".\r\n", b""}:
                    pass
                return
            while lines.readline() not in {b".\r\n", b""}:
                pass
            wire.n_complete += 1
            wire.at_the_dot.set()
            if mood == "cut after dot":
                return
            if mood == "hang after dot":
                wire.stop.wait(10)
                return
            connection.sendall(b"250 queued\r\n")
        else:
            connection.sendall(b"250 OK\r\n")
