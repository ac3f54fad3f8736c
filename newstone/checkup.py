"""What ``newstone check`` looks at: settings, sources, watchlist, model, places, delivery; every problem it finds."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analysis.watchlist import Watchlist, load_watchlist
from crawler.source import load_sources
from newstone.backup.places import backup_faults
from newstone.config import Project, load_project, model_folder, unknown_variables
from newstone.delivery.plausibility import delivery_faults
from newstone.monitoring.faults import monitoring_faults
from newstone.schedule.jobs import schedule_doubts
from pipelines.errors import ConfigError, SourceError, WatchlistError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong (``error``) or worth knowing (``warning``)."""

    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was found, and what is there."""

    config: str
    n_sources: int
    n_enabled: int
    n_languages: int
    n_entities: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """True where no finding is an error."""
        return all(finding.severity != "error" for finding in self.findings)

    def to_json_dict(self) -> dict[str, Any]:
        """Give the report for ``json.dumps``."""
        return {"ok": self.ok, **asdict(self)}

    def lines(self) -> list[str]:
        """Give the report as lines for a terminal."""
        shown = [f"{finding.severity}: {finding.message}" for finding in self.findings]
        if self.ok:
            shown.append(
                f"{self.config}: fine; {self.n_enabled} of {self.n_sources} sources enabled in {self.n_languages} "
                f"languages, {self.n_entities} companies watched"
            )
        return shown


def check_project(config: Path | None) -> CheckReport:
    """Validate everything that a person can write; opens no network connection and no database."""
    try:
        project = load_project(config)
    except ConfigError as error:
        wrong = tuple(Finding("error", line) for line in str(error).splitlines())
        return CheckReport(str(config or ""), 0, 0, 0, 0, wrong)
    findings: list[Finding] = []
    n_sources, n_enabled, n_languages = _check_sources(project, findings)
    watchlist = _check_watchlist(project, findings)
    _check_model(project, findings)
    _check_places(project, findings)
    findings.extend(Finding(fault.severity, fault.message) for fault in delivery_faults(project, watchlist))
    faults = (*monitoring_faults(project), *backup_faults(project))
    findings.extend(Finding("error", f"{project.file}: {fault}") for fault in faults)
    findings.extend(
        Finding("error", f"{name} in the environment matches no setting; write NEWSTONE_SECTION__KEY or unset it")
        for name in unknown_variables()
    )
    findings.extend(Finding("warning", f"{project.file}: {doubt}") for doubt in schedule_doubts(project))
    if not project.settings.crawl.contact_url:
        findings.append(
            Finding("warning", f"{project.file}: crawl.contact_url is empty; publishers cannot tell who crawls")
        )
    n_entities = 0 if watchlist is None else len(watchlist.entities)
    return CheckReport(str(project.file), n_sources, n_enabled, n_languages, n_entities, tuple(findings))


def _check_sources(project: Project, findings: list[Finding]) -> tuple[int, int, int]:
    try:
        sources = load_sources(project.sources_dir).values()
    except SourceError as error:
        findings.extend(Finding("error", line) for line in str(error).splitlines())
        return 0, 0, 0
    enabled = [source for source in sources if source.enabled]
    if not enabled:
        remedy = "`newstone sources import FILE.opml`, or `newstone init` in a new folder copies the shipped ones"
        findings.append(Finding("error", f"{project.sources_dir}: no enabled source; {remedy}"))
    return len(sources), len(enabled), len({source.language for source in enabled})


def _check_watchlist(project: Project, findings: list[Finding]) -> Watchlist | None:
    try:
        return load_watchlist(project.watchlist_file)
    except WatchlistError as error:
        findings.append(Finding("error", str(error)))
        return None


def _check_model(project: Project, findings: list[Finding]) -> None:
    name = project.settings.score.model
    folder = model_folder(name, project.root)
    if folder is None:
        return
    said = f'{project.file}: score.model = "{name}"'
    if not folder.is_dir():
        findings.append(Finding("error", f"{said}: no such folder"))
    elif not (folder / "config.json").is_file():
        findings.append(Finding("error", f"{said}: no config.json in it; name a checkpoint folder"))


def _check_places(project: Project, findings: list[Finding]) -> None:
    """Look whether data and snapshot can be written, without writing."""
    for key, folder in (("data", project.data_dir), ("snapshot", project.snapshot_file.parent)):
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        if not existing.is_dir():
            findings.append(Finding("error", f"{project.file}: paths.{key}: {existing} is no folder; name another"))
        elif not os.access(existing, os.W_OK | os.X_OK):
            findings.append(
                Finding("error", f"{project.file}: paths.{key}: no right to write to {existing}; change rights or path")
            )
    if project.snapshot_file.is_dir():
        findings.append(
            Finding("error", f"{project.file}: paths.snapshot: {project.snapshot_file} is a folder; name a file")
        )
