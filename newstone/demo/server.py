"""Serves the embedded newsroom on loopback, as a forward HTTP proxy for the hosts of its outlets.

``python -m newstone.demo.server --port 8900`` runs it for a person: a browser shows http://127.0.0.1:8900/, spiders
set ``http_proxy=http://127.0.0.1:8900`` and fetch ``http://nordlicht-post.example/``.
"""

import argparse
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from newstone.demo.articles import Newsroom, load_newsroom
from newstone.demo.site import Answer, answer_request, render_index

LOOPBACK = "127.0.0.1"

IDLE_TIMEOUT_SECONDS = 30.0
"""A kept-alive connection that says nothing for this long is closed, so that threads do not pile up."""

SHUTDOWN_POLL_SECONDS = 0.05
"""How long leaving the context waits at most for the serving thread; the standard library's 0.5 adds up in tests."""


@dataclass(frozen=True, slots=True)
class Request:
    """One answered request: the absolute URL as the outlet sees it, and the status of the answer."""

    method: str
    url: str
    status: int
    user_agent: str


class DemoNewsroom:
    """A running newsroom, to be used as a context manager; every start serves the same bytes.

    Args:
        port: port on 127.0.0.1; 0 takes any free one.

    Raises:
        OSError: the port is taken.
        DataFileError: a file of the newsroom is wrong.
    """

    def __init__(self, port: int = 0) -> None:
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._server = _Server((LOOPBACK, port), self._log)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(SHUTDOWN_POLL_SECONDS,),
            name="demo-newsroom",
            daemon=True,
        )

    @property
    def url(self) -> str:
        """Give the address for a browser, and for ``http_proxy``: "http://127.0.0.1:<port>", without a slash."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    @property
    def requests(self) -> tuple[Request, ...]:
        """Give the requests that were answered so far, in the order of their answers."""
        with self._lock:
            return tuple(self._requests)

    def hits(self) -> dict[str, int]:
        """Give how often each absolute URL was requested with GET so far."""
        return dict(Counter(request.url for request in self.requests if request.method == "GET"))

    def serve_forever(self) -> None:
        """Serve in the calling thread until the process is interrupted."""
        self._server.serve_forever()

    def close(self) -> None:
        """Free the port; for a newsroom that was not used as a context manager."""
        self._server.server_close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self.close()

    def _log(self, request: Request) -> None:
        with self._lock:
            self._requests.append(request)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # spiders keep connections open; closing does not wait for them
    request_queue_size = 128  # a crawl opens one connection per outlet at once

    def __init__(self, address: tuple[str, int], log: Callable[[Request], None]) -> None:
        self.room: Newsroom = load_newsroom()
        self.log = log
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "DemoNewsroom/1"
    sys_version = ""
    timeout = IDLE_TIMEOUT_SECONDS
    server: _Server

    def do_GET(self) -> None:
        host, target, base = self._addressed()
        if host in {LOOPBACK, "localhost"}:
            answer = Answer(200, render_index(self.server.room)) if target == "/" else Answer(404, b"no such page\n")
        else:
            answer = answer_request(self.server.room, host, target, base)
        self._send(answer, f"http://{host}{target}")

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is given by the base class
        """Keep quiet: requests are kept as records instead."""

    def _addressed(self) -> tuple[str, str, str]:
        """Give (host, path and query, base of links) of a proxy request, or of one with an outlet's host in front."""
        parts = urlsplit(self.path)
        host = (parts.hostname or self.headers.get("Host", "").partition(":")[0]).lower()
        query = f"?{parts.query}" if parts.query else ""
        first, _, rest = parts.path.lstrip("/").partition("/")
        if host in {LOOPBACK, "localhost"} and first.endswith(".example"):
            return first, f"/{rest}{query}", f"/{first}"
        return host, (parts.path or "/") + query, ""

    def _send(self, answer: Answer, url: str) -> None:
        if answer.conditional and self._is_known(dict(answer.headers)):
            answer = Answer(304, headers=answer.headers)
        try:
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            if answer.status != 304:
                self.send_header("Content-Type", answer.media_type)
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(answer.body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        self.server.log(Request(self.command, url, answer.status, self.headers.get("User-Agent", "")))

    def _is_known(self, validators: dict[str, str]) -> bool:
        # RFC 9110, 13.1.3: If-Modified-Since is ignored where If-None-Match is present.
        tag = self.headers.get("If-None-Match")
        if tag is not None:
            return tag.removeprefix("W/") == validators["ETag"]
        return self.headers.get("If-Modified-Since") == validators["Last-Modified"]

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Give the same Date on every answer, so that two starts serve the same bytes."""
        return super().date_time_string(FIXED_DATE_EPOCH_SECONDS if timestamp is None else timestamp)


FIXED_DATE_EPOCH_SECONDS = 1_743_379_200.0
"""31 March 2025, 00:00 UTC: the day after the newsroom's last article."""


def main(arguments: list[str] | None = None) -> None:
    """Run the newsroom until interrupted; prints its address first."""
    parser = argparse.ArgumentParser(prog="python -m newstone.demo.server", description="Serve the embedded newsroom.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes any free one")
    newsroom = DemoNewsroom(parser.parse_args(arguments).port)
    sys.stdout.write(f"{newsroom.url}\n")
    sys.stdout.flush()
    try:
        newsroom.serve_forever()
    except KeyboardInterrupt:
        sys.stdout.write("stopped\n")
    finally:
        newsroom.close()


if __name__ == "__main__":
    main()
