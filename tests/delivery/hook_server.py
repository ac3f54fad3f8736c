"""A webhook on loopback: answers as told, in turn, and keeps what was posted."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    wait_seconds: float = 0.0
    hangs_up: bool = False


@dataclass
class Hook:
    url: str
    replies: list[Reply]
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    n_gets: int = 0
    stop: threading.Event = field(default_factory=threading.Event)


@contextmanager
def hook_server(*replies: Reply) -> Iterator[Hook]:
    """Serve replies in turn, then 200."""
    hook = Hook("", list(replies))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.posts.append(({key.lower(): value for key, value in self.headers.items()}, body))
            reply = hook.replies.pop(0) if hook.replies else Reply(200)
            hook.stop.wait(reply.wait_seconds)
            if reply.hangs_up or hook.stop.is_set():
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def do_GET(self) -> None:
            hook.n_gets += 1
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (named by the base class)
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.url = f"http://127.0.0.1:{server.server_address[1]}/services/T00/geheim-4711"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hook
    finally:
        hook.stop.set()
        server.shutdown()
        thread.join()
        server.server_close()
