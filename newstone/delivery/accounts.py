"""Who sends and who receives, from the configuration and the environment."""

import os
from dataclasses import dataclass

from newstone.config import SMTP_PASSWORD, WEBHOOK_SECRET, Project
from newstone.delivery.addresses import Mailbox, parse_mailbox, webhook_fault
from newstone.delivery.smtp import check_server
from newstone.delivery.smtp_faults import SmtpServer
from newstone.delivery.webhook import Webhook
from pipelines.errors import ConfigError


@dataclass(frozen=True, slots=True)
class MailAccount:
    """A checked server, the sender, and the recipients without doubles."""

    server: SmtpServer
    sender: Mailbox
    recipients: tuple[Mailbox, ...]


def smtp_server(project: Project) -> SmtpServer:
    """Give the server of [smtp], with the password from the environment; nothing is checked."""
    settings = project.settings.smtp
    return SmtpServer(
        host=settings.host,
        port=settings.port,
        security=settings.security,
        username=settings.username,
        password=os.environ.get(SMTP_PASSWORD, ""),
        ca_file=project.root / settings.ca_file if settings.ca_file else None,
        timeout_seconds=settings.timeout_seconds,
        attempts=settings.attempts,
    )


def mail_account(project: Project, recipients: tuple[str, ...], key: str) -> MailAccount:
    """Give everything that sending takes; ``key`` names where the recipients stand.

    Raises:
        ConfigError: host, sender or recipients are missing or wrong; names every missing key.
    """
    settings = project.settings
    needed = {"smtp.host": settings.smtp.host, "digest.sender": settings.digest.sender, key: recipients}
    if missing := [name for name, value in needed.items() if not value]:
        raise ConfigError(f"{project.file}: nothing can be sent without {', '.join(missing)}; write them there")
    server = smtp_server(project)
    check_server(server)
    sender = parse_mailbox(settings.digest.sender, "digest.sender")
    found = {mailbox.spec: mailbox for mailbox in (parse_mailbox(text, key) for text in recipients)}
    return MailAccount(server, sender, tuple(found.values()))


def alert_webhook(project: Project) -> Webhook | None:
    """Give the webhook of [alerts], with the secret from the environment; None where none is set.

    Raises:
        ConfigError: its address is neither https nor on this machine.
    """
    settings = project.settings.alerts
    if not settings.webhook_url:
        return None
    if (fault := webhook_fault(settings.webhook_url)) is not None:
        raise ConfigError(f"{project.file}: alerts.webhook_url: {fault}")
    return Webhook(settings.webhook_url, os.environ.get(WEBHOOK_SECRET, ""), settings.webhook_timeout_seconds)
