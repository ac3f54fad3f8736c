"""Runs one job of newstone in a forked child of this process, which has imported everything, on a clock of its own.

A real night starts two interpreters and imports for two seconds; here both are forked, so that a year takes minutes.
Nothing else is different: the child runs the stages of a night on a real project folder, its crawl is a process of
its own, and both can be killed. What is shortened in the crawl is named in ``_shorten_pauses``.
"""

import gc
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace, TracebackType
from typing import IO, Self

import crawler.run
import pipelines.clock
from analysis.mentions import Matcher
from analysis.themes import ThemeMatcher
from analysis.watchlist import load_watchlist, shipped_watchlist_path
from bench.simulation.dice import open_dice

RETRY_PAUSE_SECONDS = 0.1
"""Pause before a request is repeated; on the real web two seconds and more (crawler.hosts)."""

WATCH_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a job ended; a negative ``status`` is the signal that killed it, ``peak_bytes`` is its main process alone."""

    status: int
    seconds: float
    peak_bytes: int
    was_killed: bool  # it or its crawl, by this process


def warm_up(pages: Iterable[tuple[str, str, bytes]]) -> None:
    """Import all that a night needs and read what it reads only once; starts no thread.

    ``pages`` are (language, address, body) of some pages, which are extracted so that tables of languages are read.

    The clock of :mod:`pipelines.clock` is replaced by one that :func:`set_clock` sets.
    """
    import crawler.child
    import crawler.handler
    import crawler.resolver
    import crawler.spiders.night
    import newstone.jobs
    from newstone.stages import matching, scoring
    from pipelines.extract import SourceHints, extract_article
    from pipelines.records import Page

    newstone.jobs.named_stages()
    watchlist = load_watchlist(shipped_watchlist_path())
    matcher, themes = Matcher(watchlist), ThemeMatcher(watchlist.themes)
    for language, url, body in pages:
        page = Page(url, url, "", datetime.now(UTC), status=200, body=body)
        extraction = extract_article(page, SourceHints(language=language, zone="UTC", name=""))
        if extraction.article is not None:
            matcher.find("", extraction.article.text, language, "")
            themes.find("", extraction.article.text, language)
    # the watchlist never changes here, so that what is compiled from it is the same every night
    vars(matching).update(
        load_watchlist=lambda _path: watchlist, Matcher=lambda _: matcher, ThemeMatcher=lambda _: themes
    )
    vars(scoring).update(load_watchlist=lambda _path: watchlist, open_scorer=open_dice)
    real = pipelines.clock.utc_now
    for module in list(sys.modules.values()):
        if getattr(module, "utc_now", None) is real:
            vars(module)["utc_now"] = simulated_now
    vars(crawler.run)["subprocess"] = SimpleNamespace(Popen=StandbyCrawl.take_over, PIPE=subprocess.PIPE)
    gc.collect()
    gc.freeze()


_offset = timedelta(0)


def set_clock(now: datetime) -> None:
    """Let the clock of this process show a time and go on from there."""
    global _offset  # noqa: PLW0603  (a clock is one thing of the process)
    _offset = now - datetime.now(UTC)


def simulated_now() -> datetime:
    """Give the simulated time (UTC)."""
    return datetime.now(UTC) + _offset


def run_job(
    job: Callable[[], int],
    now: datetime,
    log: IO[bytes],
    *,
    kill_after_seconds: float | None = None,
    kill_crawl_only: bool = False,
) -> JobEnd:
    """Run a job in a child at a simulated time; ``kill_after_seconds`` kills it, or its crawl alone, with SIGKILL."""
    begin = time.monotonic()
    crawl_pid, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(crawl_pid)
        _be_the_child(job, now, log, told)
    os.close(told)
    with os.fdopen(crawl_pid, "r") as pipe:
        crawl = pipe.readline().strip()
    victim, was_killed = int(crawl) if kill_crawl_only and crawl else pid, False
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG if kill_after_seconds is not None else 0)
        if done:
            seconds = time.monotonic() - begin
            return JobEnd(os.waitstatus_to_exitcode(status), seconds, usage.ru_maxrss * 1024, was_killed)
        if kill_after_seconds is not None and time.monotonic() - begin >= kill_after_seconds:
            kill_after_seconds = None
            try:
                os.kill(victim, signal.SIGKILL)
                was_killed = True
            except ProcessLookupError:
                continue  # the crawl was over
        time.sleep(WATCH_SECONDS)


def _be_the_child(job: Callable[[], int], now: datetime, log: IO[bytes], told: int) -> None:
    status = 70
    try:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        set_clock(now)
        StandbyCrawl.waiting = StandbyCrawl()
        os.write(told, f"{StandbyCrawl.waiting.pid}\n".encode())
        os.close(told)
        status = job()
    except BaseException:  # noqa: BLE001  (whatever it was, this process must not return into the parent's code)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


class StandbyCrawl:
    """A crawl process that was forked before the night began and waits for its job; looks like the Popen of it.

    It is forked that early because the night opens databases, whose threads a later fork would not copy.
    """

    waiting: "StandbyCrawl | None" = None

    def __init__(self) -> None:
        job, job_end = os.pipe()
        stdin, stdin_end = os.pipe()
        stdout_end, stdout = os.pipe()
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            os.dup2(stdin, 0)
            os.dup2(stdout, 1)
            for number in (stdin, stdin_end, stdout_end, stdout, job_end):
                os.close(number)
            _wait_for_job(job)
        for number in (job, stdin, stdout):
            os.close(number)
        self.job = os.fdopen(job_end, "w", encoding="utf-8")
        self.stdin = os.fdopen(stdin_end, "w", encoding="utf-8")
        self.stdout = os.fdopen(stdout_end, "r", encoding="utf-8")

    @classmethod
    def take_over(cls, command: list[str], *, stderr: IO[bytes], **_options: object) -> Self:
        """Give the waiting process the job that the command line of the real one names."""
        child, cls.waiting = cls.waiting, None
        if not isinstance(child, cls):
            raise TypeError("this job has had its crawl already")
        with suppress(BrokenPipeError):  # it was killed while it waited; its end says so
            child.job.write(f"{command[-1]}\n{stderr.name}\n")
            child.job.close()
        return child

    def wait(self) -> int:
        """Wait for its end; gives the exit status."""
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stdout.close()
        self.wait()


def _wait_for_job(job: int) -> None:
    status = 70
    try:
        with os.fdopen(job, "r", encoding="utf-8") as pipe:
            lines = pipe.read().splitlines()
        if len(lines) < 2:  # the job had no crawl, or was killed before it
            os._exit(0)
        log = os.open(lines[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 2)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
        sys.__stdout__ = sys.stdout  # type: ignore[misc]
        _shorten_pauses()
        status = crawler.run.main([lines[0]])
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001  (see _be_the_child)
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _shorten_pauses() -> None:
    """Let repeats come after a tenth of a second: a night has two seconds, and the pauses are tested elsewhere."""
    import crawler.hosts
    import crawler.middlewares.pace

    for module in (crawler.hosts, crawler.middlewares.pace):
        vars(module)["FIRST_PAUSE_SECONDS"] = RETRY_PAUSE_SECONDS
