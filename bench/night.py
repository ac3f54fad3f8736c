"""Measure a night on replayed pages: ``python bench/night.py --newsroom ../shared/newsroom [--faults] [--keep DIR]``.

The newsroom is a forward proxy (``serve.py``) that answers for hundreds of publishers with archived pages. The script
starts it, makes a project from its OPML, runs ``newstone nightly`` twice as a person would, and prints a Markdown
table: pages per second of each stage, peak memory, and what the second night fetched again. All figures come from
the ledger that ``nightly --json`` prints; requests are counted in the access log of the newsroom.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

SAMPLE_SECONDS = 0.2


class MemoryWatch:
    """Samples the resident memory of a process and all its descendants; pages they share count for each."""

    def __init__(self, pid: int) -> None:
        self.peak_bytes = 0
        self._process = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """End the sampling and give the peak in bytes."""
        self._over.set()
        self._thread.join()
        return self.peak_bytes

    def _watch(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            total = 0
            try:
                family = [self._process, *self._process.children(recursive=True)]
            except psutil.NoSuchProcess:
                return
            for member in family:
                with suppress(psutil.NoSuchProcess):
                    total += member.memory_info().rss
            self.peak_bytes = max(self.peak_bytes, total)


def newstone(*arguments: str, cwd: Path, env: dict[str, str]) -> tuple[str, int]:
    """Run the command line of this environment; give its standard output and the peak memory of all its processes.

    Exit code 1 (a night that lost something) is allowed.
    """
    command = [sys.executable, "-m", "newstone", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=cwd, env=env, stdout=pipe, stderr=pipe, text=True) as run:
        watch = MemoryWatch(run.pid)
        output, errors = run.communicate()
    peak = watch.stop()
    if run.returncode not in (0, 1):
        raise SystemExit(f"newstone {' '.join(arguments)} ended with {run.returncode}:\n{errors[-4000:]}")
    return output, peak


@contextmanager
def running_newsroom(folder: Path, log: Path, *, faults: bool) -> Iterator[str]:
    """Run the newsroom on a free port; gives its address."""
    command = [sys.executable, str(folder / "serve.py"), "--log", str(log), *(["--faults"] if faults else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            if server.stdout is None:
                raise SystemExit("the newsroom has no standard output")
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def article_requests(log: Path) -> Counter[str]:
    """Count the requests for article pages: not robots.txt, feeds, sitemaps, section pages or well-known files."""
    counted: Counter[str] = Counter()
    for line in log.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        path = urlsplit(row["url"]).path
        plain = path in {"", "/", "/robots.txt", "/feed.xml", "/news-sitemap.xml"} or path.startswith("/.well-known/")
        if not plain and row["status"] == 200:
            counted[row["url"]] += 1
    return counted


def table(nights: list[tuple[str, dict[str, Any], float, int]]) -> Iterator[str]:
    """Give the Markdown table of the runs."""
    yield "| night | stage | in | out | seconds | in per second | peak memory |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for name, report, wall, peak in nights:
        for stage in report["stages"]:
            seconds, n_in = stage["elapsed_seconds"], stage["n_in"]
            rate = f"{n_in / seconds:.1f}" if seconds >= 0.05 and n_in else "–"
            memory = f"{stage['peak_memory_bytes'] / 2**20:.0f} MiB"
            yield f"| {name} | {stage['stage']} | {n_in} | {stage['n_out']} | {seconds:.1f} | {rate} | {memory} |"
        yield f"| {name} | all, with all processes | | | {wall:.1f} | | {peak / 2**20:.0f} MiB |"


def main() -> None:
    """Run two nights and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--newsroom", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "newsroom")
    parser.add_argument("--faults", action="store_true", help="let a third of the hosts misbehave")
    parser.add_argument("--keep", type=Path, help="make the project here and keep it")
    arguments = parser.parse_args()
    if not (arguments.newsroom / "serve.py").is_file():
        raise SystemExit(f"{arguments.newsroom}: no serve.py; name the newsroom with --newsroom")
    with tempfile.TemporaryDirectory() as scratch:
        base = Path(scratch)
        project = (arguments.keep or base / "night").resolve()  # the runs below work in another folder
        opml, log = base / "newsroom.opml", base / "access.jsonl"
        serve = [sys.executable, str(arguments.newsroom / "serve.py"), "--opml"]
        opml.write_bytes(subprocess.run(serve, check=True, capture_output=True).stdout)
        env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        newstone("init", str(project), "--sources", "none", cwd=base, env=env)
        newstone("--config", str(project), "sources", "import", str(opml), cwd=base, env=env)
        nights, status = [], ""
        with running_newsroom(arguments.newsroom, log, faults=arguments.faults) as proxy:
            env["http_proxy"] = proxy
            for name in ("first", "second"):
                started = time.perf_counter()
                output, peak = newstone("--config", str(project), "nightly", "--json", cwd=base, env=env)
                report = json.loads(output)
                nights.append((name, report, time.perf_counter() - started, peak))
                status = status or newstone("--config", str(project), "status", "--all", cwd=base, env=env)[0]
                print(f"# {name} night: {report['state']}", *report["problems"], sep="\n# ", file=sys.stderr)
        print("\n".join(table(nights)))
        twice = [url for url, count in article_requests(log).items() if count > 1]
        print(f"\nArticle pages answered: {len(article_requests(log))}; answered more than once: {len(twice)}.")
        for url in twice[:10]:
            print(f"- {url}")
        print(f"\nStatus after the first night:\n\n```\n{status}```")


if __name__ == "__main__":
    main()
