"""The demo project: a folder like any other, whose sources are the outlets of the embedded newsroom."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.watchlist import shipped_watchlist_path
from newstone.config import CONFIG_NAME, Project, load_project
from newstone.demo.server import DemoNewsroom
from newstone.demo.sources import DEMO_DELAY_SECONDS, write_demo_sources
from pipelines.errors import ConfigError

MARK = "# The demo project of newstone; `newstone demo` makes this folder anew."

CONFIG = f"""\
{MARK}
# Its newsroom runs on loopback and only while `newstone demo` works.

[crawl]
contact_url = "https://newsroom.example/about"
delay_seconds = {DEMO_DELAY_SECONDS}
"""

PROXY_VARIABLES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def make_demo_project(folder: Path) -> Project:
    """Make the demo project in ``folder``; an earlier demo there is removed, anything else is left alone.

    Raises:
        ConfigError: the folder exists and is no demo.
    """
    config = folder / CONFIG_NAME
    if folder.exists() and any(folder.iterdir()):
        if not (config.is_file() and config.read_text(encoding="utf-8").startswith(MARK)):
            raise ConfigError(f"{folder} exists and is no demo of newstone; name another folder with --dir")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_demo_sources(folder / "sources")
    shutil.copyfile(shipped_watchlist_path(), folder / "watchlist.toml")
    config.write_text(CONFIG, encoding="utf-8")
    return load_project(config)


@contextmanager
def newsroom_as_proxy() -> Iterator[DemoNewsroom]:
    """Serve the embedded newsroom and make it the HTTP proxy of this process for the length of a ``with`` block."""
    before = {name: os.environ.pop(name, None) for name in PROXY_VARIABLES}
    try:
        with DemoNewsroom() as newsroom:
            os.environ["http_proxy"] = newsroom.url
            yield newsroom
    finally:
        os.environ.pop("http_proxy", None)
        os.environ.update({name: value for name, value in before.items() if value is not None})
