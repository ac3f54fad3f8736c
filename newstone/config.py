"""Settings: ``newstone.toml``, overridden by ``NEWSTONE_SECTION__KEY`` in the environment; an unknown key is an error.

Secrets never stand in the file but in the environment: ``HF_TOKEN`` (model hub) and the proxy variables
(``http_proxy``, ``https_proxy``, ``no_proxy``), which the libraries read themselves, ``NEWSTONE_SMTP_PASSWORD`` and
``NEWSTONE_WEBHOOK_SECRET``.
"""

import json
import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from newstone.settings import (
    AlertRule,
    AlertSettings,
    AnalyticsSettings,
    CrawlSettings,
    DigestSettings,
    ExtractSettings,
    PathSettings,
    QuerySettings,
    ReportSettings,
    ScoreSettings,
    SmtpSettings,
)
from newstone.settings_unattended import BackupSettings, MonitoringSettings, RetentionSettings, ScheduleSettings
from pipelines.errors import ConfigError
from pipelines.redaction import remember_secrets

CONFIG_NAME = "newstone.toml"
ENV_CONFIG = "NEWSTONE_CONFIG"
"""Environment variable with the path of the configuration file, for cron lines."""

SMTP_PASSWORD = "NEWSTONE_SMTP_PASSWORD"  # noqa: S105  (the name of a variable)
WEBHOOK_SECRET = "NEWSTONE_WEBHOOK_SECRET"  # noqa: S105  (the name of a variable)

SECRET_KEYS = frozenset({"alerts.webhook_url", "monitoring.healthcheck_url"})
"""Settings whose value no message repeats: whoever knows such an address can post to it."""

OTHER_VARIABLES = frozenset(
    {ENV_CONFIG, SMTP_PASSWORD, WEBHOOK_SECRET, "NEWSTONE_DATA", "NEWSTONE_SOURCES", "NEWSTONE_CONTACT"}
)
"""Variables that are no settings; the last three are those of the spiders as plain Scrapy (crawler/settings.py)."""


class Settings(BaseSettings):
    """Everything that newstone.toml can say, with absolute paths once loaded by :func:`load_settings`."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="NEWSTONE_", env_nested_delimiter="__", use_attribute_docstrings=True
    )

    paths: PathSettings = PathSettings()
    crawl: CrawlSettings = CrawlSettings()
    extract: ExtractSettings = ExtractSettings()
    score: ScoreSettings = ScoreSettings()
    query: QuerySettings = QuerySettings()
    analytics: AnalyticsSettings = AnalyticsSettings()
    report: ReportSettings = ReportSettings()
    digest: DigestSettings = DigestSettings()
    smtp: SmtpSettings = SmtpSettings()
    alerts: AlertSettings = AlertSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    monitoring: MonitoringSettings = MonitoringSettings()
    retention: RetentionSettings = RetentionSettings()
    backup: BackupSettings = BackupSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (no .env file is read)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (no secrets folder is read)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Give the environment precedence over the file, whose content comes as arguments."""
        if not isinstance(env_settings, EnvSettingsSource):
            raise TypeError(f"unexpected settings source {env_settings!r} for {settings_cls.__name__}")
        return env_settings, init_settings


class Project(BaseModel):
    """One folder with its newstone.toml: the settings and where they came from, all paths absolute."""

    model_config = ConfigDict(frozen=True)

    file: Path
    settings: Settings

    @property
    def root(self) -> Path:
        """The folder of newstone.toml."""
        return self.file.parent

    def _absolute(self, path: Path) -> Path:
        return (self.root / path.expanduser()).resolve()

    @property
    def data_dir(self) -> Path:
        """Folder for pages, crawl state, the writer database and logs."""
        return self._absolute(self.settings.paths.data)

    @property
    def sources_dir(self) -> Path:
        """Folder with the source files."""
        return self._absolute(self.settings.paths.sources)

    @property
    def watchlist_file(self) -> Path:
        """The watchlist file."""
        return self._absolute(self.settings.paths.watchlist)

    @property
    def snapshot_file(self) -> Path:
        """The published database."""
        return self._absolute(self.settings.paths.snapshot)

    @property
    def writer_file(self) -> Path:
        """The writer's database, which only newstone opens."""
        return self.data_dir / "writer.duckdb"

    @property
    def report_file(self) -> Path:
        """The report page."""
        return self._absolute(self.settings.report.file)

    @property
    def digest_dir(self) -> Path:
        """Folder for the weekly e-mails."""
        return self._absolute(self.settings.digest.folder)

    @property
    def backup_dir(self) -> Path:
        """Folder for backups."""
        return self._absolute(self.settings.backup.folder)

    @property
    def log_dir(self) -> Path:
        """Folder for the output of scheduled jobs, one file per run."""
        return self.data_dir / "logs"

    @property
    def textfile(self) -> Path | None:
        """File for the figures of the last run, in the format of node_exporter; None where none is wanted."""
        file = self.settings.monitoring.textfile
        return self._absolute(Path(file)) if file else None

    @property
    def outbox_file(self) -> Path:
        """Ledger of what was sent to whom."""
        return self.data_dir / "outbox.sqlite"

    @property
    def score_cache_file(self) -> Path:
        """Answers of the model, kept from run to run; can be deleted at any time."""
        return self.data_dir / "scores.sqlite"


def model_folder(name: str, root: Path) -> Path | None:
    """Give the folder that a model's name stands for, absolute; None for "builtin" and for an id on the model hub.

    A name is a folder where it begins like a path, or where ``root`` holds such a folder.
    """
    folder = (root / Path(name).expanduser()).resolve()
    is_folder = name.startswith((".", "/", "~")) or (name != "builtin" and folder.is_dir())
    return folder if is_folder else None


def find_config(given: Path | None = None, *, cwd: Path | None = None) -> Path:
    """Find the configuration file: as given, from NEWSTONE_CONFIG, here, in a folder above, or in the one folder below.

    Raises:
        ConfigError: nothing was found, or more than one folder below holds one.
    """
    if given is None and (named := os.environ.get(ENV_CONFIG)):
        given = Path(named)
    if given is not None:
        path = given / CONFIG_NAME if given.is_dir() else given
        if not path.is_file():
            folder = path.parent if path.name == CONFIG_NAME else path
            raise ConfigError(f"{path}: no such file; `newstone init {folder}` writes one")
        return path.resolve()
    here = (cwd or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / CONFIG_NAME).is_file():
            return folder / CONFIG_NAME
    below = sorted(here.glob(f"*/{CONFIG_NAME}"))
    if len(below) == 1:
        return below[0]
    if below:
        names = ", ".join(str(path.relative_to(here)) for path in below)
        raise ConfigError(f"several configurations below {here}: {names}; name one with --config")
    raise ConfigError(f"no {CONFIG_NAME} in {here}, above or one folder below; `newstone init` writes one here")


def load_project(given: Path | None = None) -> Project:
    """Find, read and validate the configuration.

    Raises:
        ConfigError: the file is missing, cannot be read, is no TOML, or has an unknown key or a bad
            value; names file, key and remedy.
    """
    file = find_config(given)
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror}); change its rights") from error
    settings = parse_settings(text, origin=str(file))
    remember_secrets((settings.alerts.webhook_url, settings.monitoring.healthcheck_url))
    return Project(file=file, settings=settings)


def load_project_if_any(given: Path | None = None) -> Project | None:
    """Give the project as :func:`load_project` does; None where no usable one is found and none was named.

    Raises:
        ConfigError: as :func:`load_project`, where ``given`` names a configuration.
    """
    try:
        return load_project(given)
    except ConfigError:
        if given is not None:
            raise
        return None


def parse_settings(text: str, *, origin: str = CONFIG_NAME) -> Settings:
    """Parse the text of a configuration; ``origin`` names it in errors.

    Raises:
        ConfigError: see :func:`load_project`.
    """
    try:
        raw: dict[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{origin}: not valid TOML: {error}") from error
    try:
        return Settings(**raw)
    except SettingsError as error:
        names = ", ".join(_variables_without_json())
        raise ConfigError(f"environment: {names}: a list or table is written as JSON, such as '[\"a\"]'") from error
    except ValidationError as error:
        lines = [_explain(problem) for problem in error.errors()]
        raise ConfigError("\n".join(f"{origin}: {line}" for line in lines)) from error


def _explain(problem: Any) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    variable = "NEWSTONE_" + "__".join(str(part).upper() for part in problem["loc"])
    origin = f" (from the environment variable {variable})" if variable in os.environ else ""
    if problem["type"] == "extra_forbidden":
        section = problem["loc"][0] if len(problem["loc"]) > 1 else None
        known = Settings.model_fields if section is None else _section_fields(str(section))
        if problem["loc"][:2] == ("alerts", "rules"):
            known = AlertRule.model_fields
        return f"unknown key {key!r}{origin}; known here: {', '.join(sorted(known))}"
    if key in SECRET_KEYS:
        return f"{key}{origin}: {problem['msg']}"
    message = str(problem["msg"]).removeprefix("Value error, ")
    if isinstance(problem["input"], dict):  # a rule as a whole; its message names it
        return f"{key}: {message}"
    return f"{key} = {problem['input']!r}{origin}: {message}"


def unknown_variables() -> list[str]:
    """Give the variables of the environment that begin like a setting of newstone and match none."""
    return sorted(name for name in _setting_variables() if _default_of(name) is _NO_SETTING)


def _variables_without_json() -> list[str]:
    names = []
    for name, value in _setting_variables().items():
        if isinstance(_default_of(name), BaseModel | dict | tuple):
            try:
                json.loads(value)
            except ValueError:
                names.append(name)
    return names


def _setting_variables() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name.upper().startswith("NEWSTONE_") and name.upper() not in OTHER_VARIABLES
    }


_NO_SETTING = object()


def _default_of(variable: str) -> object:
    """Give the default of the setting or section that a variable stands for; ``_NO_SETTING`` where there is none."""
    section, _, key = variable.upper().removeprefix("NEWSTONE_").lower().partition("__")
    field = Settings.model_fields.get(section)
    if field is None or not key:
        return _NO_SETTING if field is None else field.default
    first = key.partition("__")[0]
    return getattr(field.default, first) if first in _section_fields(section) else _NO_SETTING


def _section_fields(section: str) -> list[str]:
    annotation = Settings.model_fields[section].annotation if section in Settings.model_fields else None
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return list(annotation.model_fields)
    return []
