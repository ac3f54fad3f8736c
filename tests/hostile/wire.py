"""A server that speaks HTTP as badly as it likes: an answer is whatever a function writes to the socket.

It works as a forward proxy, so that every case has a host of its own and a request that escapes to another host is
seen in :attr:`HostileServer.hosts`.
"""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import cast
from urllib.parse import urlsplit

Speak = Callable[[socket.socket], None]

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
HEAD_BYTES = 65_536


class HostileServer(socketserver.ThreadingTCPServer):
    """Listens on loopback, port 0. ``answers`` are by host; every host has a feed with the one address ``/a``."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, answers: Mapping[str, Speak]) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.answers = answers
        self.hosts: list[str] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Talk(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        server = cast("HostileServer", self.server)
        connection: socket.socket = self.request
        connection.settimeout(30)
        with suppress(OSError):  # the client had enough: that is what most cases are about
            head = connection.recv(HEAD_BYTES)
            target = head.split(b" ", 2)[1].decode("latin-1") if head.count(b" ") > 1 else ""
            parts = urlsplit(target)
            host, path = parts.hostname or "", parts.path
            server.hosts.append(host)
            if path == "/feed.xml":
                connection.sendall(answer(feed_of(f"http://{host}/a"), "application/rss+xml"))
            elif path == "/a" and host in server.answers:
                server.answers[host](connection)
            else:
                connection.sendall(NOT_FOUND)


def feed_of(url: str) -> bytes:
    return f"<rss><channel><title>x</title><item><title>x</title><link>{url}</link></item></channel></rss>".encode()


def answer(body: bytes, content_type: str = "text/html", *headers: str, status: str = "200 OK") -> bytes:
    """An honest answer, apart from the headers given."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", *headers]
    if not any(line.lower().startswith(("content-length:", "transfer-encoding:")) for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    lines.append("Connection: close")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@contextmanager
def serving(answers: Mapping[str, Speak]) -> Iterator[HostileServer]:
    """Serve until the end of a ``with`` block."""
    server = HostileServer(answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
