"""A certificate made for the session, an empty ledger for each test, and what sends one message."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from newstone.delivery.addresses import parse_mailbox
from newstone.delivery.mail import Answer, deliver_mail
from newstone.delivery.outbox import Kind, Outbox, Parcel, open_outbox
from newstone.delivery.smtp_faults import SmtpServer
from tests.delivery.mail_servers import Certificate, make_certificate

Send = Callable[..., Answer]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with open_outbox(tmp_path / "data" / "outbox.sqlite") as opened:
        yield opened


def message(text: str = "Hello.\n.\n..two dots\n", subject: str = "Wöche 6") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "newstone <press@example.org>"
    made["To"] = "a@example.org"
    made["Subject"] = subject
    made["Message-ID"] = "<one@example.org>"
    made.set_content(text)
    return made


def plain(port: int, **changes: object) -> SmtpServer:
    server = SmtpServer("127.0.0.1", port, "none", timeout_seconds=5, end_of_data_seconds=5)
    return replace(server, **changes)  # type: ignore[arg-type]


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def send(outbox: Outbox, pauses: list[float]) -> Send:
    def sending(
        server: SmtpServer, recipient: str = "a@example.org", *, text: str = "Hello.\n.\n..two dots\n", edition: int = 0
    ) -> Answer:
        return deliver_mail(
            server,
            outbox,
            Parcel(Kind.DIGEST, "2025-W06", recipient, edition),
            message(text),
            sender=parse_mailbox("newstone <press@example.org>", "digest.sender"),
            recipient=parse_mailbox(recipient, "digest.recipients"),
            sleep=pauses.append,
        )

    return sending
