"""What ``newstone check`` finds wrong with mail, webhook and alerts, without any connection."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from analysis.watchlist import Watchlist
from newstone.config import WEBHOOK_SECRET, Project
from newstone.delivery.accounts import alert_webhook, smtp_server
from newstone.delivery.addresses import parse_mailbox
from newstone.delivery.smtp import check_server
from pipelines.errors import ConfigError

_TLS_PORT = 465
_STARTTLS_PORT = 587


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong (``error``) or worth knowing (``warning``)."""

    severity: str
    message: str


def delivery_faults(project: Project, watchlist: Watchlist | None) -> Iterator[Fault]:
    """Give what is wrong; ``watchlist`` None leaves companies and themes of the rules unchecked."""
    yield from _mail_faults(project)
    yield from _webhook_faults(project)
    yield from _rule_faults(project, watchlist)


def _mail_faults(project: Project) -> Iterator[Fault]:
    from analysis.digest.message import parse_list_id, parse_unsubscribe

    digest, smtp, alerts = project.settings.digest, project.settings.smtp, project.settings.alerts
    checks = [partial(parse_mailbox, text, "digest.recipients") for text in digest.recipients]
    checks += [partial(parse_mailbox, text, "alerts.recipients") for text in alerts.recipients]
    named = (("digest.sender", digest.sender), ("digest.reply_to", digest.reply_to))
    checks += [partial(parse_mailbox, text, key) for key, text in named if text]
    yield from _refusals(project, *checks)
    if digest.list_id:
        yield from _refusals(project, partial(parse_list_id, digest.list_id))
    yield from _refusals(project, partial(parse_unsubscribe, digest.unsubscribe))
    if digest.recipients or alerts.recipients:
        needed = {"smtp.host": smtp.host, "digest.sender": digest.sender}
        if missing := [key for key, value in needed.items() if not value]:
            yield Fault("error", f"{project.file}: there are recipients, but no {' and no '.join(missing)}; write it")
    if smtp.host:
        yield from _refusals(project, partial(check_server, smtp_server(project)))
    usual = {"tls": _TLS_PORT, "starttls": _STARTTLS_PORT}.get(smtp.security)
    if smtp.host and {smtp.port, usual} == {_TLS_PORT, _STARTTLS_PORT}:
        message = (
            f'smtp.port = {smtp.port} with smtp.security = "{smtp.security}"; servers mostly speak that on {usual}'
        )
        yield Fault("warning", f"{project.file}: {message}")


def _refusals(project: Project, *checks: Callable[[], object]) -> Iterator[Fault]:
    for check in checks:
        try:
            check()
        except ConfigError as error:
            yield Fault("error", f"{project.file}: {error}")


def _webhook_faults(project: Project) -> Iterator[Fault]:
    try:
        webhook = alert_webhook(project)
    except ConfigError as error:
        yield Fault("error", str(error))
        return
    if webhook is not None and not webhook.secret and project.settings.alerts.webhook_format == "json":
        message = f"alerts.webhook_url is set, but {WEBHOOK_SECRET} is not: what is posted is not signed"
        yield Fault("warning", f"{project.file}: {message}")


def _rule_faults(project: Project, watchlist: Watchlist | None) -> Iterator[Fault]:
    alerts = project.settings.alerts
    if alerts.rules and not alerts.recipients and not alerts.webhook_url:
        yield Fault(
            "warning",
            f"{project.file}: alert rules, but alerts.recipients and alerts.webhook_url are empty: nobody hears",
        )
    if watchlist is None:
        return
    themes = [theme.id for theme in watchlist.themes]
    for rule in alerts.rules:
        if rule.entity and rule.entity not in watchlist.entities:
            known = ", ".join(sorted(watchlist.entities))
            yield Fault(
                "error", f"{project.file}: alert rule {rule.name!r}: no company {rule.entity!r}; there are {known}"
            )
        if rule.theme and rule.theme not in themes:
            known = ", ".join(themes) or "none"
            yield Fault(
                "error", f"{project.file}: alert rule {rule.name!r}: no theme {rule.theme!r}; there are {known}"
            )
