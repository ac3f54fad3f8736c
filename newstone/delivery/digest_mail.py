"""The weekly e-mail, sent once per week and recipient."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newstone.config import Project
from newstone.delivery.accounts import mail_account
from newstone.delivery.mail import Answer, already, deliver_mail
from newstone.delivery.outbox import DeliveryState, Kind, Parcel, open_outbox
from pipelines.clock import utc_now

if TYPE_CHECKING:
    from analysis.digest.records import Digest


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """How the message to one recipient stands; ``is_new`` is false where it was not sent now."""

    recipient: str
    state: DeliveryState
    detail: str
    is_new: bool

    @property
    def line(self) -> str:
        """One line for a person, with what to do."""
        if self.is_new and self.state is DeliveryState.SENT:
            return f"{self.recipient}: sent"
        if self.state is DeliveryState.SENT:
            return f"{self.recipient}: not sent again, it {self.detail}; --again sends it once more"
        if self.state is DeliveryState.UNKNOWN:
            return f"{self.recipient}: unknown, {self.detail}; ask there, and send it once more with --again"
        if self.state is DeliveryState.SENDING:
            return f"{self.recipient}: not sent, it {self.detail}; wait for it, or send it once more with --again"
        return f"{self.recipient}: {self.state}, {self.detail}"


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """How the digest of a week stands, one row per recipient in the order of the configuration."""

    week: str
    recipients: tuple[RecipientReport, ...]

    @property
    def ok(self) -> bool:
        """True where everybody has it, now or from before."""
        return all(row.state is DeliveryState.SENT for row in self.recipients)


def send_digest(
    project: Project, digest: "Digest", *, again: bool, sleep: Callable[[float], None] = time.sleep
) -> DeliveryReport:
    """Send a digest to everybody who has not got it; with ``again`` to everybody, as a message of its own.

    A recipient who is refused does not keep the others from theirs; a server that lets nobody sign in does, and the
    rest is ``failed`` without a try. What may have arrived is not sent again without ``again``.

    Raises:
        ConfigError: sender, recipients or server are missing or wrong; names the keys.
        StoreError: the ledger cannot be used.
    """
    from analysis.digest.message import compose_digest

    settings = project.settings.digest
    account = mail_account(project, settings.recipients, "digest.recipients")
    week = str(digest.week)
    rows = []
    fault: Answer | None = None
    with open_outbox(project.outbox_file) as outbox:
        for recipient in account.recipients:
            edition = outbox.last_edition(Kind.DIGEST, week, recipient.spec) + again
            parcel = Parcel(Kind.DIGEST, week, recipient.spec, edition)
            if (held := outbox.holder(parcel)) is not None:
                answer = already(held)
                rows.append(RecipientReport(recipient.spec, answer.state, answer.detail, is_new=False))
                continue
            if fault is not None:
                rows.append(RecipientReport(recipient.spec, fault.state, f"not tried: {fault.detail}", is_new=True))
                continue
            message = compose_digest(
                digest,
                sender=account.sender.shown,
                recipient=recipient.shown,
                reply_to=settings.reply_to,
                list_id=settings.list_id,
                unsubscribe=settings.unsubscribe,
                date=utc_now(),
                again=edition,
            )
            answer = deliver_mail(
                account.server,
                outbox,
                parcel,
                message,
                sender=account.sender,
                recipient=recipient,
                sleep=sleep,
            )
            rows.append(RecipientReport(recipient.spec, answer.state, answer.detail, is_new=answer.is_new))
            fault = answer if answer.for_all else None
    return DeliveryReport(week, tuple(rows))
