"""A small web of invented hosts for the crawl tests: one real HTTP server on port 0, used as a forward proxy.

A host is a table of paths; a path answers with a :class:`Reply`, with one after the other of a list (the last one
again and again), or by a function of the request's headers. Every request is logged.
"""

import gzip
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = HTML
    promised_length: int | None = None  # a lie in Content-Length
    chunked: bool = False  # no Content-Length: the connection closes at the end
    bytes_per_second: int = 0  # 0: at once
    wait_seconds: float = 0.0


@dataclass(frozen=True)
class Hit:
    at: float  # monotonic seconds
    host: str
    path: str
    headers: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"http://{self.host}{self.path}"


Answer = Reply | list[Reply] | Callable[[Message], Reply]
Web = Mapping[str, Mapping[str, Answer]]


def article(text: str = "An article about chips.") -> Reply:
    return Reply(body=f"<!doctype html><html><head><title>t</title></head><body><p>{text}</p></body></html>".encode())


def feed(*urls: str, etag: str = "", last_modified: str = "") -> Callable[[Message], Reply]:
    """An RSS feed of these URLs that answers conditional requests."""
    items = "".join(
        f"<item><title>Title of {escape(url)}</title><link>{escape(url)}</link>"
        f"<pubDate>Mon, 20 Jan 2025 10:0{number % 10}:00 GMT</pubDate></item>"
        for number, url in enumerate(urls)
    )
    body = f"<?xml version='1.0'?><rss version='2.0'><channel><title>f</title>{items}</channel></rss>".encode()
    headers = {name: value for name, value in (("ETag", etag), ("Last-Modified", last_modified)) if value}

    def answer(request: Message) -> Reply:
        if (etag and request.get("If-None-Match") == etag) or (
            last_modified and request.get("If-Modified-Since") == last_modified
        ):
            return Reply(304, headers=headers)
        return Reply(body=body, headers=headers, content_type="application/rss+xml")

    return answer


def robots(text: str) -> Reply:
    return Reply(body=text.encode(), content_type="text/plain")


def zipped(body: bytes) -> Reply:
    return Reply(body=gzip.compress(body), headers={"Content-Encoding": "gzip"})


class Site:
    """The running server. ``web`` may be changed between crawls."""

    def __init__(self, web: Web) -> None:
        self.web = dict(web)
        self.hits: list[Hit] = []
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.site = self

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def proxy(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, host: str, path: str, headers: Message) -> Reply:
        with self._lock:
            self.hits.append(Hit(time.monotonic(), host, path, dict(headers.items())))
            number = self._counts[host, path]
            self._counts[host, path] += 1
        found = self.web.get(host, {}).get(path)
        if found is None:
            return Reply(404, b"not found", content_type="text/plain")
        if isinstance(found, list):
            return found[min(number, len(found) - 1)]
        return found if isinstance(found, Reply) else found(headers)

    def forget(self) -> None:
        self.hits.clear()

    def hits_of(self, url: str) -> list[Hit]:
        return [hit for hit in self.hits if hit.url == url]

    def page_hits(self) -> list[str]:
        """URLs requested besides robots.txt, tdmrep.json and listings."""
        return [hit.url for hit in self.hits if not hit.path.endswith((".txt", ".json", ".xml"))]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    site: Site


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        host = parts.netloc or self.headers.get("Host", "")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        reply = cast("_Server", self.server).site.answer(host, path, self.headers)
        time.sleep(reply.wait_seconds)
        try:
            self._send(reply)
        except OSError:
            self.close_connection = True  # the client had enough: that is what some tests are about

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        if reply.content_type is not None:
            self.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.chunked or reply.promised_length is not None:
            self.close_connection = True
            self.send_header("Connection", "close")
        if not reply.chunked and reply.status != 304:
            length = len(reply.body) if reply.promised_length is None else reply.promised_length
            self.send_header("Content-Length", str(length))
        self.end_headers()
        step = reply.bytes_per_second or len(reply.body) or 1
        for start in range(0, len(reply.body), step):
            self.wfile.write(reply.body[start : start + step])
            self.wfile.flush()
            if reply.bytes_per_second:
                time.sleep(1)


@contextmanager
def running(web: Web, *, certificate: Path | None = None) -> Iterator[Site]:
    """Serve a web; with ``certificate`` (PEM with its key) over TLS."""
    site = Site(web)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
        thread.join(5)
