"""Fetching for :mod:`crawler.probe` under the rules of the crawl: robots.txt, addresses, sizes, pace, certificates.

A child process (:mod:`crawler.probe_child`) runs the crawl's own middlewares; nothing is stored.
"""

import base64
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crawler.probe import Fetch, Fetched
from crawler.run import child_environment
from crawler.settings import user_agent
from pipelines.errors import CrawlError
from pipelines.outcomes import FeedOutcome

TIMEOUT_SECONDS = 20.0
"""For one answer: a person waits for it."""

END_SECONDS = 10.0
"""The child ends within milliseconds of its input closing; after this it is killed."""

LOG_TAIL_CHARS = 2_000


@contextmanager
def open_probe_fetch(
    *,
    contact_url: str = "",
    allowed_addresses: Sequence[str] = (),
    allowed_ports: Sequence[int] | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    settings: Mapping[str, Any] | None = None,
) -> Iterator[Fetch]:
    """Give a function that fetches one URL; the child process behind it ends with the ``with`` block.

    ``allowed_addresses`` and ``allowed_ports`` are those of :class:`crawler.run.CrawlJob`, ``settings`` further Scrapy
    settings. Starting costs about a second, a fetch costs its robots.txt once per host.

    Raises:
        CrawlError: by the given function, when the child process ended; the message has the tail of its log.
    """
    chosen: dict[str, Any] = {
        "NEWSTONE_ALLOWED_ADDRESSES": list(allowed_addresses),
        "USER_AGENT": user_agent(contact_url),
        "DOWNLOAD_TIMEOUT": timeout_seconds,
        **(settings or {}),
    }
    if allowed_ports is not None:
        chosen["NEWSTONE_ALLOWED_PORTS"] = list(allowed_ports)
    with tempfile.TemporaryDirectory(prefix="newstone-probe-") as folder:
        settings_path, log_path = Path(folder) / "settings.json", Path(folder) / "log"
        settings_path.write_text(json.dumps(chosen), encoding="utf-8")
        with (
            log_path.open("wb") as log,
            subprocess.Popen(
                [sys.executable, "-m", "crawler.probe_child", str(settings_path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=child_environment(),
                text=True,
            ) as child,
        ):
            try:
                yield lambda url: _asked(child, url, log_path)
            finally:
                _end(child)


def _asked(child: "subprocess.Popen[str]", url: str, log_path: Path) -> Fetched:
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(json.dumps(url) + "\n")
        child.stdin.flush()
        line = child.stdout.readline()
    except BrokenPipeError:
        line = ""
    if not line:
        tail = log_path.read_bytes()[-LOG_TAIL_CHARS:].decode("utf-8", "replace")
        raise CrawlError(f"the process that fetches {url} ended; try again. Its log ends with:\n{tail}")
    row = json.loads(line)
    outcome = FeedOutcome(row["outcome"]) if row["outcome"] else None
    return Fetched(**{**row, "outcome": outcome, "body": base64.b64decode(row["body"])})


def _end(child: "subprocess.Popen[str]") -> None:
    assert child.stdin is not None
    try:
        child.stdin.close()
    except BrokenPipeError:
        child.kill()
    try:
        child.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
