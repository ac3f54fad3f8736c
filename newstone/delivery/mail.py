"""One message to one recipient, entered in the ledger before it goes and after the answer.

What happens to the connection decides what may be done next. Lost before the end of the message (a dot on a line of
its own) was sent, the server must have thrown the message away (RFC 5321, 4.1.1.4): it can be sent again. Lost after
that, it may have been accepted: ``unknown``, and nobody sends it again without being told to.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from newstone.delivery.addresses import Mailbox
from newstone.delivery.outbox import DeliveryRow, DeliveryState, Outbox, Parcel
from newstone.delivery.smtp import check_server, connected, give_envelope, transmit
from newstone.delivery.smtp_faults import FailureError, SmtpServer, explained

FIRST_PAUSE_SECONDS = 5.0
"""Pause before the second try; each further one is twice as long."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a message to one recipient stands.

    ``is_new`` is false where nothing was sent because the ledger already has it as ``state``. ``for_all`` says that
    the next recipient would fare the same, as with a wrong password: trying would only lock the account.
    """

    state: DeliveryState
    detail: str
    for_all: bool = False
    is_new: bool = True


def already(held: DeliveryRow) -> Answer:
    """Give the answer for a message that is not sent because of what the ledger says."""
    told = {
        DeliveryState.SENT: f"was sent at {held.began_at:%Y-%m-%d %H:%M} UTC",
        DeliveryState.SENDING: f"is being sent by process {held.pid} since {held.began_at:%Y-%m-%d %H:%M} UTC",
    }
    doubt = f"may have arrived at {held.began_at:%Y-%m-%d %H:%M} UTC: {held.detail}"
    return Answer(held.state, told.get(held.state, doubt), is_new=False)


def deliver_mail(
    server: SmtpServer,
    outbox: Outbox,
    parcel: Parcel,
    message: EmailMessage,
    *,
    sender: Mailbox,
    recipient: Mailbox,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """Send one message to one recipient, with further tries for what may pass; every attempt stands in the ledger.

    Args:
        server: checked by :func:`check_server`.
        outbox: the ledger.
        parcel: what the message is; nothing is sent where the ledger has it as sent, under way or unknown.
        message: with all headers; its Message-ID goes into the ledger.
        sender: of the envelope.
        recipient: of the envelope.
        sleep: waits that many seconds between two tries.

    Raises:
        StoreError: the ledger cannot be written; the message was not sent, or the row stays ``sending``.
        ConfigError: as :func:`check_server`.
    """
    check_server(server)
    if (held := outbox.holder(parcel)) is not None:
        return already(held)
    pause = FIRST_PAUSE_SECONDS
    for attempt in range(1, server.attempts + 1):
        try:
            return _attempt(server, outbox, parcel, message, sender, recipient)
        except FailureError as failure:
            if not failure.retry or attempt == server.attempts:
                tries = f", after {attempt} tries" if attempt > 1 else ""
                return Answer(failure.state, failure.detail + tries, failure.for_all)
        sleep(pause)
        pause *= 2
    raise AssertionError("there is at least one attempt")


def _attempt(
    server: SmtpServer,
    outbox: Outbox,
    parcel: Parcel,
    message: EmailMessage,
    sender: Mailbox,
    recipient: Mailbox,
) -> Answer:
    message_id = str(message["Message-ID"] or "")
    row_id: int | None = None
    state, detail = DeliveryState.FAILED, "interrupted before the message was sent"
    try:
        with explained(server), connected(server) as smtp:
            body = give_envelope(server, smtp, message, sender, recipient)
            claim = outbox.claim(parcel, message_id)
            if isinstance(claim, DeliveryRow):
                return already(claim)
            row_id = claim
            state, detail = DeliveryState.UNKNOWN, "interrupted while the message was sent"
            state, detail = transmit(server, smtp, body)
            outbox.finish(row_id, state, detail)  # before the goodbye, in which a kill would make it unknown
            row_id = None
            return Answer(state, detail)
    except FailureError as failure:
        state, detail = failure.state, failure.detail
        if row_id is None:
            outbox.enter(parcel, message_id, state, detail)
        raise
    finally:
        if row_id is not None:
            outbox.finish(row_id, state, detail)
