"""A process that sends one message: LEDGER PORT; prints how it ended."""

import sys
from email.message import EmailMessage
from pathlib import Path

from newstone.delivery.addresses import parse_mailbox
from newstone.delivery.mail import deliver_mail
from newstone.delivery.outbox import Kind, Parcel, open_outbox
from newstone.delivery.smtp_faults import SmtpServer


def main() -> None:
    ledger, port = Path(sys.argv[1]), int(sys.argv[2])
    address = parse_mailbox("a@example.org", "digest.recipients")
    message = EmailMessage()
    message["Subject"], message["Message-ID"] = "Week 6", "<six@example.org>"
    message.set_content("Hello.\n")
    with open_outbox(ledger) as outbox:
        answer = deliver_mail(
            SmtpServer("127.0.0.1", port, "none"),
            outbox,
            Parcel(Kind.DIGEST, "2025-W06", address.spec),
            message,
            sender=address,
            recipient=address,
        )
    sys.stdout.write(f"{answer.state} {answer.is_new}\n")


if __name__ == "__main__":
    main()
