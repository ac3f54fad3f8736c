"""No name server; no mail server."""

import socket
from pathlib import Path

from newstone.delivery.outbox import DeliveryState, open_outbox
from tests.crash.conftest import Ground
from tests.delivery.mail_servers import mail_server


def test_without_a_name_server_the_crawl_is_partial_and_the_next_one_whole(ground: Ground, tmp_path: Path) -> None:
    project = ground.fresh(tmp_path / "project")
    hits = ground.hits()
    # names of .example resolve nowhere (RFC 2606), and without the proxy of the newsroom they must be resolved
    ended = ground.run(project, "crawl", "--quiet", http_proxy="")
    assert ended.code == 1
    assert "none of 2 feeds could be read; is there a network?" in ended.errors
    assert len(ended.errors.splitlines()) == 1
    assert ground.hits() == hits
    status = ground.run(project, "status").out
    assert "fen_review" in status
    assert "last good run: none yet" in status
    assert ground.run_stages(project, "crawl").state == "ok"
    assert {url for url, n in ground.hits().items() if n == hits[url] + 1} == ground.articles


def test_without_a_mail_server_the_digest_waits_for_the_next_try(ground: Ground, tmp_path: Path) -> None:
    project = ground.after_night(tmp_path / "project")
    settings = {
        "NEWSTONE_DIGEST__SENDER": "press@example.org",
        "NEWSTONE_DIGEST__RECIPIENTS": '["a@example.org"]',
        "NEWSTONE_SMTP__HOST": "127.0.0.1",
        "NEWSTONE_SMTP__SECURITY": "none",
        "NEWSTONE_SMTP__ATTEMPTS": "1",
    }
    send = ("digest", "--send", "--week", "2025-W06")
    with socket.socket() as closed:  # bound, so that nobody else gets the port, and deaf
        closed.bind(("127.0.0.1", 0))
        closed_port = closed.getsockname()[1]
        ended = ground.run(project, *send, NEWSTONE_SMTP__PORT=str(closed_port), **settings)
    assert ended.code == 1
    assert f"127.0.0.1:{closed_port}" in ended.errors or "refused" in ended.errors
    with mail_server() as bag:
        for code in (0, 3):  # the second finds that it was sent
            ended = ground.run(project, *send, NEWSTONE_SMTP__PORT=str(bag.port), **settings)
            assert ended.code == code, ended.errors
        assert bag.recipients == ["a@example.org"]
    with open_outbox(project.outbox_file) as outbox:
        assert [row.state for row in outbox.rows()] == [DeliveryState.FAILED, DeliveryState.SENT]
