"""A small model hub on loopback, spoken to by the real client."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = "acme/tiny-sentiment"


class Hub(ThreadingHTTPServer):
    """Serves one folder as one repository; ``fetched`` lists the files that were asked for, ``asked`` all paths."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.fetched: list[str] = []
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append(path)
        files = sorted(each for each in self.server.folder.iterdir() if each.is_file())
        api = f"/api/models/{REPOSITORY}"
        if path in {f"{api}/revision/main", f"{api}/revision/{COMMIT}"}:
            siblings = [{"rfilename": file.name} for file in files]
            self._send(json.dumps({"id": REPOSITORY, "sha": COMMIT, "siblings": siblings}).encode(), with_body)
        elif path == f"{api}/tree/{COMMIT}":
            tree = [
                {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": _digest(file)} for file in files
            ]
            self._send(json.dumps(tree).encode(), with_body)
        elif path.startswith(f"/{REPOSITORY}/resolve/{COMMIT}/"):
            file = self.server.folder / path.rsplit("/", 1)[1]
            self.server.fetched.append(file.name)
            self._send(file.read_bytes(), with_body, etag=_digest(file))
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RevisionNotFound" if path.startswith(f"{api}/") else "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _send(self, body: bytes, with_body: bool, etag: str | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        if etag:
            self.send_header("ETag", f'"{etag}"')
            self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Keeps the output of the tests clean."""


def _digest(file: Path) -> str:
    return hashlib.sha1(file.read_bytes()).hexdigest()


@contextmanager
def serve_hub(folder: Path) -> Iterator[Hub]:
    """A hub whose repository holds the files of a folder, for the length of a ``with`` block."""
    with Hub(folder) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
