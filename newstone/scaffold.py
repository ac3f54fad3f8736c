"""What ``newstone init`` writes: a commented configuration, the sources and the watchlist."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from analysis.watchlist import shipped_watchlist_path
from crawler.source import load_sources, shipped_sources_dir
from crawler.source_files import write_source
from newstone.config import CONFIG_NAME, Settings
from pipelines.errors import ConfigError

HEADER = """\
# newstone.toml: what newstone does in this folder.
# Every key stands here with its default, switched off by a "#" right before it; remove that to change the value.
# Each key can also be set in the environment: NEWSTONE_CRAWL__DELAY_SECONDS=2 overrides [crawl] delay_seconds.
# `newstone check` says what is wrong in this file, in sources/ and in the watchlist, and how to mend it.
"""


@dataclass(frozen=True, slots=True)
class Scaffold:
    """What was written by :func:`init_project`."""

    config: Path
    watchlist: Path
    sources_dir: Path
    n_sources: int


def render_config() -> str:
    """Render the commented newstone.toml from the fields of :class:`~newstone.config.Settings` and their texts."""
    lines = [HEADER]
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if not (isinstance(section, type) and issubclass(section, BaseModel)):
            raise TypeError(f"[{name}] is no section")
        lines.append(f"[{name}]")
        for key, value in section.model_fields.items():
            lines.extend(f"# {line.strip()}" for line in (value.description or "").strip().splitlines())
            default = value.get_default(call_default_factory=True, validated_data={})
            if default is PydanticUndefined:
                raise TypeError(f"[{name}] {key} has no default")
            lines.append(f"#{key} = {_toml(default)}")
        lines.append("")
    return "\n".join(lines)


def _toml(value: object) -> str:
    plain = str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value
    if isinstance(plain, dict):
        table = tomlkit.inline_table()
        table.update(plain)
        return table.as_string()
    return tomlkit.item(plain).as_string()


def init_project(folder: Path, *, languages: frozenset[str] | None = None) -> Scaffold:
    """Write newstone.toml, sources/ and watchlist.toml into ``folder``, which is made where missing.

    Args:
        folder: nothing that it already holds is overwritten.
        languages: the shipped sources to copy, by language; None = all, an empty set = none.

    Raises:
        ConfigError: the folder already holds one of the three, or no shipped source is in one of the languages.
        OSError: the folder cannot be written to.
    """
    config, watchlist, sources = folder / CONFIG_NAME, folder / "watchlist.toml", folder / "sources"
    for path in (config, watchlist, sources):
        if path.exists():
            raise ConfigError(f"{path} exists already; choose another folder or remove it first")
    shipped = load_sources(shipped_sources_dir()).values()
    known = {source.language for source in shipped}
    if unknown := sorted((languages or frozenset()) - known):
        raise ConfigError(f"no shipped source in {', '.join(map(repr, unknown))}; there are {', '.join(sorted(known))}")
    chosen = [source for source in shipped if languages is None or source.language in languages]
    sources.mkdir(parents=True)
    for source in chosen:
        write_source(source, sources)
    shutil.copyfile(shipped_watchlist_path(), watchlist)
    # The configuration comes last: a folder that has one is complete.
    config.write_text(render_config(), encoding="utf-8")
    return Scaffold(config=config, watchlist=watchlist, sources_dir=sources, n_sources=len(chosen))
