"""A night on which everything fails, with every secret set: none of them is in anything that it writes."""

import base64
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest

from newstone.demo.project import make_demo_project
from pipelines.redaction import MASK, RedactingStream, redacted, without_secrets
from tests.delivery.hook_server import Reply, hook_server

PASSWORD = "pässwörd/4711+geheim"
SECRETS = {
    "NEWSTONE_SMTP_PASSWORD": PASSWORD,
    "NEWSTONE_WEBHOOK_SECRET": "whsec-7f3a9c1e55",
    "HF_TOKEN": "hf_NotARealTokenButLongEnough123",
}
PROXY_PASSWORD = "pr%40xy-pass-99"
CONFIG = """
[crawl]
contact_url = "https://example.org/bot"
timeout_seconds = 2
[monitoring]
healthcheck_url = "http://127.0.0.1:9/ping/hc-secret-0815-4242"
[alerts]
webhook_url = "{hook}"
[[alerts.rules]]
name = "any"
above = 0
[digest]
sender = "newstone <press@example.org>"
recipients = ["reader@example.org"]
[smtp]
host = "127.0.0.1"
port = 9
security = "none"
username = "press"
attempts = 1
"""
COMMANDS = (
    ("nightly", "--json"),
    ("status", "--json"),
    ("status",),
    ("sources", "test", "http://user:urlpass77@paper.example/feed.xml"),
    ("digest", "--send"),
    ("check", "--json"),
    ("model", "describe", "owner/nothing"),
)


@dataclass(frozen=True)
class Written:
    outputs: dict[str, str]  # by command
    folder: Path


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("secrets") / "demo"
    make_demo_project(folder)
    proxy = f"http://crawler:{PROXY_PASSWORD}@127.0.0.1:9"
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    environment |= SECRETS | {"http_proxy": proxy, "https_proxy": proxy, "HF_ENDPOINT": "http://127.0.0.1:9"}
    with hook_server(*[Reply(403, body=b"no")] * 20) as hook:
        # the address keeps what the demo needs to be open and gets the sections above
        text = (folder / "newstone.toml").read_text(encoding="utf-8")
        allowed = next((line for line in text.splitlines() if line.startswith("allow_addresses")), "")
        own = CONFIG.format(hook=hook.url).replace("timeout_seconds = 2", f"timeout_seconds = 2\n{allowed}")
        (folder / "newstone.toml").write_text(own, encoding="utf-8")
        outputs = {}
        for command in COMMANDS:
            done = subprocess.run(
                [sys.executable, "-m", "newstone", "--config", str(folder), *command],
                env=environment,
                cwd=Path(__file__).parents[2],
                capture_output=True,
                timeout=120,
                check=False,
            )
            outputs[" ".join(command)] = (done.stdout + done.stderr).decode("utf-8", "replace")
    return Written(outputs, folder)


def forms(secret: str) -> list[str]:
    """A secret as it stands, as addresses, headers and Python show it."""
    basic = base64.b64encode(f"crawler:{secret}".encode()).decode()
    return [secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode(), repr(secret)[1:-1], basic]


HIDDEN = {
    **{name: forms(value) for name, value in SECRETS.items()},
    "proxy": [PROXY_PASSWORD, "pr@xy-pass-99", base64.b64encode(b"crawler:pr@xy-pass-99").decode()],
    "healthcheck": ["hc-secret-0815-4242"],
    "webhook": ["geheim-4711"],
    "userinfo": ["urlpass77"],
}


@pytest.mark.slow
@pytest.mark.xdist_group("secrets")
@pytest.mark.parametrize("name", HIDDEN)
def test_no_secret_is_in_anything_that_a_failing_night_writes(written: Written, name: str) -> None:
    found = [(form, command) for form in HIDDEN[name] for command, text in written.outputs.items() if form in text]
    for path in written.folder.rglob("*"):
        if path.is_file() and path.name != "newstone.toml":
            data = path.read_bytes()
            found += [(form, str(path)) for form in HIDDEN[name] if form.encode() in data]
    assert not found


@pytest.mark.slow
@pytest.mark.xdist_group("secrets")
def test_no_secret_is_in_any_row_of_the_databases(written: Written) -> None:
    for path in (written.folder / "data" / "writer.duckdb", written.folder / "newstone.duckdb"):
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
            text = "\n".join(str(connection.execute(f'SELECT * FROM "{name}"').fetchall()) for name in tables)
        assert "ConnectionRefused" in text or "refused" in text  # the failures are told
        assert not [form for each in HIDDEN.values() for form in each if form in text]


@pytest.mark.slow
@pytest.mark.xdist_group("secrets")
def test_the_night_failed_and_said_so(written: Written) -> None:
    assert "could be read" in written.outputs["nightly --json"]
    assert "127.0.0.1:9" in written.outputs["digest --send"] or "nothing" in written.outputs["digest --send"].lower()
    assert (written.folder / "data" / "crawl" / "crawl.log").stat().st_size > 0


def test_a_process_that_meets_strangers_has_no_secrets() -> None:
    environment = without_secrets({**SECRETS, "http_proxy": "http://u:p@proxy:3128", "PATH": "/bin"})
    assert environment == {"http_proxy": "http://u:p@proxy:3128", "PATH": "/bin"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET http://user:secret@a.example/x", f"GET http://{MASK}@a.example/x"),
        ("proxy 'https://u:p%40w@[::1]:3128' failed", f"proxy 'https://{MASK}@[::1]:3128' failed"),
        ("mail to a@b.example and http://a.example/@handle", "mail to a@b.example and http://a.example/@handle"),
        ("http://a.example/?next=http://x:y@b.example", f"http://a.example/?next=http://{MASK}@b.example"),
    ],
)
def test_credentials_leave_an_address_and_nothing_else_does(text: str, expected: str) -> None:
    assert redacted(text) == expected


def test_a_secret_that_is_written_in_pieces_is_still_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_TOKEN", SECRETS["HF_TOKEN"])
    stream = RedactingStream(sys.stdout)
    for sign in f"token {SECRETS['HF_TOKEN']}\nand the rest":
        stream.write(sign)
        stream.flush()
    stream.close_line()
    assert capsys.readouterr().out == f"token {MASK}\nand the rest"
