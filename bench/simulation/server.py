"""Serves the generated press on loopback as a forward HTTP proxy, in a process of its own.

``python -m bench.simulation.server --seed N --nights N --outlets N --log FILE`` prints its address. A request for
``/control?night=N&now=TIME`` sets the day; every delivered listing and article stands in the log afterwards, one JSON
line each: what the server knows that newstone was given.
"""

import argparse
import asyncio
import hashlib
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO
from urllib.parse import parse_qs, urlsplit

from bench.simulation.days import moment
from bench.simulation.events import EventKind
from bench.simulation.listings import listing_paths, moved_path, render_listing
from bench.simulation.pages import render_consent, render_home, render_page
from bench.simulation.plan import PageAnswer, Plan, make_plan
from bench.simulation.press import Outlet, Story

LOOPBACK = "127.0.0.1"

LONG_RETRY_AFTER_SECONDS = 3600
"""More than the crawl waits for: it leaves the host alone for the night."""

HANG_SECONDS = 3.0
"""Longer than the time limit of the crawl that is simulated."""

_STORY = re.compile(r"/story-(\d+)(?:\.html|/)$")
_STATUS = {200: "OK", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 403: "Forbidden", 404: "Not Found"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; status 0 closes the connection without one. ``cut`` sends half of the body."""

    status: int
    body: bytes = b""
    media_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    cut: bool = False
    wait_seconds: float = 0.0


_REFUSED = Answer(429, headers=(("Retry-After", str(LONG_RETRY_AFTER_SECONDS)),))
_NONE = Answer(0)
_PAGE_FAULTS = {
    PageAnswer.FORBIDDEN: Answer(403, b"<p>Forbidden.</p>"),
    PageAnswer.REFUSED: _REFUSED,
    PageAnswer.SERVER_ERROR: Answer(500, b"<p>Error.</p>"),
    PageAnswer.NO_CONNECTION: _NONE,
    PageAnswer.HANGING: Answer(0, wait_seconds=HANG_SECONDS),
}
_LISTING_FAULTS = {
    EventKind.FORBIDDEN: Answer(403, b"<p>Forbidden.</p>"),
    EventKind.REFUSED: _REFUSED,
    EventKind.FEED_MISSING: Answer(404, b"<p>Not here.</p>"),
    EventKind.FEED_GONE: Answer(410, b"<p>Gone.</p>"),
    EventKind.HOST_DEAD: _NONE,
}


class PressServer:
    """Answers for all outlets as of the day that it was told."""

    def __init__(self, plan: Plan, log: IO[str]) -> None:
        self._plan, self._log = plan, log
        self._outlets = {outlet.host: outlet for outlet in plan.press.outlets}
        self._night, self._run, self._now = 0, 0, moment(0)

    def answer(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Give the answer to one request; the URL is absolute, header names are lower case."""
        parts = urlsplit(url)
        if parts.hostname == LOOPBACK or parts.hostname is None:
            return self._control(parse_qs(parts.query))
        outlet = self._outlets.get(parts.hostname)
        if outlet is None or self._plan.nights[self._night].network_down:
            return _NONE
        if parts.path == "/robots.txt":
            return self._robots(outlet)
        for first_path, kind in listing_paths(outlet).items():
            moves = self._plan.feed_moves(outlet.id, self._night)
            if parts.path in {moved_path(first_path, n) for n in range(moves + 1)}:
                return self._listing(outlet, kind, parts.path, moved_path(first_path, moves), headers)
        if parts.path == "/consent":
            return Answer(200, render_consent(outlet))
        found = _STORY.search(parts.path)
        if found and int(found[1]) < len(self._plan.press.stories):
            story = self._plan.press.stories[int(found[1])]
            if story.outlet == outlet:
                return self._page(story, parts.path)
        is_dead = self._plan.has(outlet.id, self._night, EventKind.HOST_DEAD)
        return _NONE if is_dead else Answer(404, b"<p>Not here.</p>")

    def _control(self, query: Mapping[str, list[str]]) -> Answer:
        self._night, self._run = int(query["night"][0]), self._run + 1
        self._now = datetime.fromisoformat(query["now"][0])
        self._log.flush()
        return Answer(200, b"set\n", "text/plain")

    def _robots(self, outlet: Outlet) -> Answer:
        if self._plan.has(outlet.id, self._night, EventKind.HOST_DEAD):
            return _NONE
        if self._plan.has(outlet.id, self._night, EventKind.ROBOTS_503):
            return Answer(503, headers=(("Retry-After", "0"),))
        return Answer(200, b"User-agent: *\nDisallow: /private/\n", "text/plain")

    def _listing(self, outlet: Outlet, kind: str, path: str, now_at: str, headers: Mapping[str, str]) -> Answer:
        for event in self._plan.holding(outlet.id, self._night):
            if event.kind in _LISTING_FAULTS:
                return _LISTING_FAULTS[event.kind]
            if event.kind is EventKind.FEED_HTML:
                return Answer(200, render_home(outlet))
        if path != now_at:
            return Answer(301, headers=(("Location", f"http://{outlet.host}{now_at}"),))
        body, stories = render_listing(self._plan, outlet, kind, self._night, self._now)
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        is_known = headers.get("if-none-match") == tag
        numbers = [story.number for story in stories]
        self._note(kind="listing", outlet=outlet.id, status=304 if is_known else 200, stories=numbers)
        return Answer(304 if is_known else 200, b"" if is_known else body, "application/xml", (("ETag", tag),))

    def _page(self, story: Story, path: str) -> Answer:
        answer = self._plan.page_answer(story, self._night)
        self._note(kind="page", outlet=story.outlet.id, story=story.number, answer=answer.value, path=path)
        if answer in _PAGE_FAULTS:
            return _PAGE_FAULTS[answer]
        if answer is PageAnswer.CONSENT:
            return Answer(302, headers=(("Location", f"http://{story.outlet.host}/consent?next={story.path}"),))
        body = render_page(self._plan, story, self._night, answer)
        return Answer(200, body, cut=answer is PageAnswer.TRUNCATED)

    def _note(self, **row: object) -> None:
        self._log.write(json.dumps({"night": self._night, "run": self._run, **row}) + "\n")


async def _converse(server: PressServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one connection until the other side closes it."""
    try:
        while request := await reader.readuntil(b"\r\n\r\n"):
            line, *lines = request.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in lines if row)}
            answer = server.answer(line.split(" ")[1], headers)
            if answer.wait_seconds:
                await asyncio.sleep(answer.wait_seconds)
            if answer.status == 0:
                break
            writer.write(_head(answer) + (answer.body[: len(answer.body) // 2] if answer.cut else answer.body))
            await writer.drain()
            if answer.cut:
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the crawl has closed the connection, or was killed
    finally:
        writer.close()


def _head(answer: Answer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {_STATUS.get(answer.status, 'Other')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if answer.status != 304:
        lines += [f"Content-Type: {answer.media_type}", f"Content-Length: {len(answer.body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def _serve(server: PressServer) -> None:
    listening = await asyncio.start_server(lambda r, w: _converse(server, r, w), LOOPBACK, 0, backlog=256)
    port = listening.sockets[0].getsockname()[1]
    sys.stdout.write(f"http://{LOOPBACK}:{port}\n")
    sys.stdout.flush()
    async with listening:
        await asyncio.to_thread(sys.stdin.read)  # until the bench closes it or dies


def main() -> None:
    """Serve until standard input closes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--nights", type=int, required=True)
    parser.add_argument("--outlets", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    arguments = parser.parse_args()
    plan = make_plan(arguments.seed, arguments.nights, arguments.outlets)
    with arguments.log.open("a", encoding="utf-8") as log:
        asyncio.run(_serve(PressServer(plan, log)))


if __name__ == "__main__":
    main()
