"""The health check: what is asked, what is tried again, and that the address never shows."""

import socket
from pathlib import Path

import pytest

from newstone.config import Project, load_project
from newstone.monitoring import ping as module
from newstone.monitoring.ping import MAX_BODY_CHARS, PAUSES_SECONDS, ping
from tests.monitoring.check_server import Reply, check_server

SECRET = "geheim-4711"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


def project_with(tmp_path: Path, url: str) -> Project:
    (tmp_path / "newstone.toml").write_text(f'[monitoring]\nhealthcheck_url = "{url}"\n', encoding="utf-8")
    return load_project(tmp_path)


def test_start_success_and_failure_are_asked_at_their_addresses(tmp_path: Path) -> None:
    with check_server() as service:
        project = project_with(tmp_path, service.url)
        assert ping(project, "start") == ()
        assert ping(project, "ok", "crawl 3 -> 3") == ()
        assert ping(project, "fail", "b\u00f6se") == ()
    assert service.asked == [
        ("GET", f"/{SECRET}/start", ""),
        ("POST", f"/{SECRET}", "crawl 3 -> 3"),
        ("POST", f"/{SECRET}/fail", "b\u00f6se"),
    ]


def test_an_address_may_end_with_a_slash_and_carry_a_query(tmp_path: Path) -> None:
    with check_server() as service:
        ping(project_with(tmp_path, f"{service.url}/?create=1"), "fail")
    assert service.signals == ["/fail?create=1"]


def test_without_an_address_nothing_is_asked(tmp_path: Path) -> None:
    assert ping(project_with(tmp_path, ""), "ok", "text") == ()


def test_only_the_end_of_a_long_text_is_sent(tmp_path: Path) -> None:
    with check_server() as service:
        ping(project_with(tmp_path, service.url), "fail", "x" * 100_000 + "the last problem")
    body = service.asked[0][2]
    assert len(body) == MAX_BODY_CHARS
    assert body.endswith("the last problem")


def test_the_address_and_other_secrets_are_taken_out_of_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSTONE_SMTP_PASSWORD", "hunter-zwei")
    with check_server() as service:
        ping(project_with(tmp_path, service.url), "fail", f"{service.url} said no to hunter-zwei")
    assert SECRET not in service.asked[0][2]
    assert "hunter-zwei" not in service.asked[0][2]


def test_what_may_pass_is_tried_again(tmp_path: Path) -> None:
    slept: list[float] = []
    with check_server(Reply(503), Reply(429)) as service:
        assert ping(project_with(tmp_path, service.url), "ok", "text", sleep=slept.append) == ()
    assert len(service.asked) == 3
    assert slept == list(PAUSES_SECONDS)


def test_after_three_tries_it_is_told_without_the_address(tmp_path: Path) -> None:
    with check_server(*[Reply(500)] * 5) as service:
        (line,) = ping(project_with(tmp_path, service.url), "ok", sleep=lambda _seconds: None)
    assert len(service.asked) == 3
    assert "127.0.0.1 answered 500" in line
    assert SECRET not in line


def test_a_wrong_address_is_told_after_one_try(tmp_path: Path) -> None:
    with check_server(Reply(404)) as service:
        (line,) = ping(project_with(tmp_path, service.url), "ok")
    assert len(service.asked) == 1
    assert "404; check monitoring.healthcheck_url" in line
    assert SECRET not in line


def test_somebody_who_waits_for_the_end_waits_for_one_try_only(tmp_path: Path) -> None:
    with check_server(Reply(503)) as service:
        assert len(ping(project_with(tmp_path, service.url), "fail", is_hasty=True)) == 1
    assert len(service.asked) == 1


def test_a_redirect_to_another_host_is_not_followed(tmp_path: Path) -> None:
    with check_server() as other, check_server(Reply(302, f"http://localhost:{other.port}/x")) as service:
        (line,) = ping(project_with(tmp_path, service.url), "ok")
    assert other.asked == []
    assert "redirect" in line


def test_a_redirect_on_the_same_host_is_followed(tmp_path: Path) -> None:
    with check_server(Reply(302, "/elsewhere")) as service:
        assert ping(project_with(tmp_path, service.url), "start") == ()
    assert service.asked[1][1] == "/elsewhere"


def test_nobody_at_the_address_is_told_without_it(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/{SECRET}"
        (line,) = ping(project_with(tmp_path, url), "ok", sleep=lambda _seconds: None)
    assert "no answer from 127.0.0.1" in line
    assert SECRET not in line


@pytest.mark.parametrize("reply", [Reply(hangs=True), Reply(trickles=True)], ids=["hangs", "trickles"])
def test_a_server_that_does_not_come_to_an_end_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(module, "LIMIT_SECONDS", 1.0)
    with check_server(reply, reply, reply) as service:
        (line,) = ping(project_with(tmp_path, service.url), "ok", sleep=lambda _seconds: None)
        assert "127.0.0.1" in line


@pytest.mark.parametrize("url", ["http://hc.example.org/x", "https://name:geheim-4711@hc.example.org/x"])
def test_a_ping_leaves_this_machine_by_https_alone_and_without_a_password(tmp_path: Path, url: str) -> None:
    (line,) = ping(project_with(tmp_path, url), "ok")
    assert "hc.example.org" in line
    assert SECRET not in line


def test_a_proxy_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with check_server(*[Reply(403)] * 3) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        (line,) = ping(project_with(tmp_path, f"https://hc.example.org/{SECRET}"), "ok", sleep=lambda _seconds: None)
    assert proxy.asked[0][:2] == ("CONNECT", "hc.example.org:443")
    assert SECRET not in line
