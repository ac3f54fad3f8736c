"""What ``newstone check`` looks at: configuration, sources, watchlist, model; every problem, not only the first."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analysis.watchlist import load_watchlist
from crawler.source import check_sources, load_sources
from newstone.config import Project, load_project
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
        findings = tuple(Finding("error", line) for line in str(error).splitlines())
        return CheckReport(str(config or ""), 0, 0, 0, 0, findings)
    findings_found: list[Finding] = []
    n_sources, n_enabled, n_languages = _check_sources(project, findings_found)
    n_entities = _check_watchlist(project, findings_found)
    _check_model(project, findings_found)
    if not project.settings.crawl.contact_url:
        findings_found.append(
            Finding("warning", f"{project.file}: crawl.contact_url is empty; publishers cannot tell who crawls")
        )
    return CheckReport(str(project.file), n_sources, n_enabled, n_languages, n_entities, tuple(findings_found))


def _check_sources(project: Project, findings: list[Finding]) -> tuple[int, int, int]:
    problems = check_sources(project.sources_dir)
    findings.extend(Finding("error", str(problem)) for problem in problems)
    if problems:
        return 0, 0, 0
    try:
        sources = load_sources(project.sources_dir).values()
    except SourceError as error:
        findings.append(Finding("error", str(error)))
        return 0, 0, 0
    enabled = [source for source in sources if source.enabled]
    if not enabled:
        remedy = "`newstone sources import FILE.opml`, or `newstone init` in a new folder copies the shipped ones"
        findings.append(Finding("error", f"{project.sources_dir}: no enabled source; {remedy}"))
    return len(sources), len(enabled), len({source.language for source in enabled})


def _check_watchlist(project: Project, findings: list[Finding]) -> int:
    try:
        return len(load_watchlist(project.watchlist_file).entities)
    except WatchlistError as error:
        findings.append(Finding("error", str(error)))
        return 0


def _check_model(project: Project, findings: list[Finding]) -> None:
    name = project.settings.score.model
    looks_like_path = name.startswith((".", "/", "~"))
    if looks_like_path and not (project.root / Path(name).expanduser()).is_dir():
        findings.append(Finding("error", f'{project.file}: score.model = "{name}": no such folder'))
