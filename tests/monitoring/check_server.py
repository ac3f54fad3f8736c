"""A health-check service on loopback: answers as told, in turn, and keeps what it was asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Reply:
    status: int = 200
    location: str = ""
    hangs: bool = False
    trickles: bool = False


@dataclass
class CheckServer:
    port: int = 0
    replies: list[Reply] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, body
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/geheim-4711"

    @property
    def signals(self) -> list[str]:
        """The paths asked, without the secret."""
        return [path.removeprefix("/geheim-4711") for _method, path, _body in self.asked]


@contextmanager
def check_server(*replies: Reply) -> Iterator[CheckServer]:
    """Serve replies in turn, then 200."""
    service = CheckServer(replies=list(replies))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            service.asked.append((self.command, self.path, body))
            reply = service.replies.pop(0) if service.replies else Reply()
            if reply.hangs:
                service.stop.wait(10)
                return
            if reply.trickles:
                self.wfile.write(b"HTTP/1.1 200 ")
                while not service.stop.wait(0.05):
                    try:
                        self.wfile.write(b"o")
                        self.wfile.flush()
                    except OSError:
                        return
                return
            self.send_response(reply.status)
            if reply.location:
                self.send_header("Location", reply.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET  # noqa: N815  (named by the base class)
        do_CONNECT = do_GET  # noqa: N815  (named by the base class)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (named by the base class)
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        service.stop.set()
        server.shutdown()
        thread.join()
        server.server_close()
