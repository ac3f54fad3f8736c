"""Against a small hub of our own on loopback, spoken to by the real client."""

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import huggingface_hub
import pytest

from analysis.scorers import Pair, load_scorer
from pipelines.errors import ModelError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = "acme/tiny-sentiment"


class Hub(ThreadingHTTPServer):
    """Serves one folder as one repository; ``fetched`` lists the files that were asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.fetched: list[str] = []

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
        path = urlsplit(self.path).path
        files = sorted(self.server.folder.iterdir())
        api = f"/api/models/{REPOSITORY}"
        if path == f"{api}/revision/main":
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
            self.send_header("X-Error-Code", "RepoNotFound")
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


@pytest.fixture(autouse=True)
def client_of_a_plain_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    huggingface_hub.close_session()
    yield
    huggingface_hub.close_session()


@pytest.fixture
def hub(make_checkpoint: Callable[..., Path]) -> Iterator[Hub]:
    folder = make_checkpoint("repository", newstone_languages=["en"])
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "modeling_evil.py").write_text("raise SystemExit\n")
    with Hub(folder) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_model_is_fetched_without_pickles_and_code_and_then_read_from_the_cache(hub: Hub, tmp_path: Path) -> None:
    pairs = [Pair("alpha wins", "alpha", "en")]
    fetched = load_scorer(REPOSITORY, cache_dir=tmp_path / "cache", endpoint=hub.url)
    assert (fetched.model_id, fetched.revision, fetched.languages) == (REPOSITORY, COMMIT, frozenset({"en"}))
    assert "model.safetensors" in hub.fetched
    assert not {"pytorch_model.bin", "modeling_evil.py"} & set(hub.fetched)
    hub.fetched.clear()
    cached = load_scorer(REPOSITORY, cache_dir=tmp_path / "cache", offline=True)
    assert cached.revision == COMMIT
    assert cached.score(pairs) == fetched.score(pairs)
    assert not hub.fetched


def test_a_model_that_the_hub_does_not_have_is_named(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="'acme/other' is not in the cache and cannot be fetched"):
        load_scorer("acme/other", cache_dir=tmp_path, endpoint=hub.url)


def test_an_unreachable_hub_is_explained_with_the_way_to_bring_the_files(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"  # bound but not listening: connections are refused
        with pytest.raises(ModelError, match=r"hf download acme/tiny --local-dir FOLDER.*give its path"):
            load_scorer("acme/tiny", cache_dir=tmp_path, endpoint=endpoint)


def test_offline_says_that_the_model_is_not_in_the_cache(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="at revision v2 is not in the cache"):
        load_scorer("acme/tiny", revision="v2", cache_dir=tmp_path, offline=True)


def test_a_name_that_cannot_be_a_hub_id_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="neither 'builtin', nor a folder that exists, nor an id"):
        load_scorer("not a/valid/id", cache_dir=tmp_path)
