"""The weekly e-mail through a real server: once per week and recipient, and a report of how it stands."""

from datetime import date
from pathlib import Path

import pytest

from analysis.digest.build import build_digest
from analysis.digest.records import Digest
from analysis.digest.weeks import Week
from db.publish import publish
from db.read import open_snapshot
from db.writer import open_writer
from newstone.config import Project, parse_settings
from newstone.delivery.digest_mail import send_digest
from newstone.delivery.outbox import DeliveryState, open_outbox
from pipelines.errors import ConfigError
from tests.db import build
from tests.delivery.mail_servers import Mailbag, mail_server, odd_server

PEOPLE = ["a@example.org", "Bee <b@example.org>", "c@example.org"]


@pytest.fixture(scope="module")
def digest(tmp_path_factory: pytest.TempPathFactory) -> Digest:
    folder = tmp_path_factory.mktemp("digest")
    with open_writer(folder / "writer.duckdb") as writer:
        pages = [
            build.page(f"https://a.example/{n}", f"Acme grows {n}.", published_at=build.day(27 + n % 3))
            for n in range(6)
        ]
        build.fill(writer, pages, [0.5] * 6)
    publish(folder / "writer.duckdb", folder / "newstone.duckdb", now=build.day(31))
    with open_snapshot(folder / "newstone.duckdb") as snapshot:
        return build_digest(snapshot, Week(2025, 5), today=date(2025, 2, 3))


def project_for(folder: Path, port: int, *, digest: str = "", smtp: str = "") -> Project:
    text = f"""
    [digest]
    sender = "newstone <press@example.org>"
    recipients = {PEOPLE}
    list_id = "press.example.org"
    {digest}
    [smtp]
    host = "127.0.0.1"
    port = {port}
    security = "none"
    timeout_seconds = 0.5
    {smtp}
    """
    return Project(file=folder / "newstone.toml", settings=parse_settings(text))


def send(project: Project, digest: Digest, *, again: bool = False) -> list[tuple[str, str, bool]]:
    report = send_digest(project, digest, again=again, sleep=lambda _seconds: None)
    return [(row.recipient, row.state.value, row.is_new) for row in report.recipients]


def ids(bag: Mailbag) -> list[str]:
    return [str(message["Message-ID"]) for message in bag.messages]


def test_each_recipient_gets_the_week_once_and_again_only_when_asked(tmp_path: Path, digest: Digest) -> None:
    with mail_server() as bag:
        project = project_for(tmp_path, bag.port)
        first = send(project, digest)
        assert first == [(name, "sent", True) for name in ("a@example.org", "b@example.org", "c@example.org")]
        assert [str(message["To"]) for message in bag.messages] == PEOPLE
        assert len(set(ids(bag))) == 3
        assert send(project, digest) == [(name, state, False) for name, state, _new in first]
        assert len(bag.messages) == 3
        assert send(project, digest, again=True) == first
        assert len(set(ids(bag))) == 6
        assert send(project, digest) == [(name, state, False) for name, state, _new in first]
        assert len(bag.messages) == 6


def test_after_a_refusal_only_who_has_not_got_it_is_tried(tmp_path: Path, digest: Digest) -> None:
    with mail_server() as bag:
        bag.refused["b@example.org"] = "550 no such user"
        project = project_for(tmp_path, bag.port)
        assert [state for _name, state, _new in send(project, digest)] == ["sent", "refused", "sent"]
        bag.refused.clear()
        assert send(project, digest) == [
            ("a@example.org", "sent", False),
            ("b@example.org", "sent", True),
            ("c@example.org", "sent", False),
        ]
        assert sorted(bag.recipients) == ["a@example.org", "b@example.org", "c@example.org"]


def test_a_server_that_is_down_is_asked_for_one_recipient_only(tmp_path: Path, digest: Digest) -> None:
    with odd_server("good") as wire:
        port = wire.port
    pauses: list[float] = []
    report = send_digest(project_for(tmp_path, port), digest, again=False, sleep=pauses.append)
    assert [row.state for row in report.recipients] == [DeliveryState.FAILED] * 3
    assert pauses == [5, 10, 20]
    assert not report.ok
    assert report.recipients[1].line.startswith("b@example.org: failed, not tried: ")
    with open_outbox(tmp_path / "data" / "outbox.sqlite") as outbox:
        assert {row.recipient for row in outbox.rows()} == {"a@example.org"}


def test_a_server_that_is_down_does_not_take_back_what_was_sent(tmp_path: Path, digest: Digest) -> None:
    with mail_server() as bag:
        bag.refused["a@example.org"] = "550 not now"
        assert [state for _name, state, _new in send(project_for(tmp_path, bag.port), digest)] == [
            "refused",
            "sent",
            "sent",
        ]
        port = bag.port
    assert [(state, new) for _name, state, new in send(project_for(tmp_path, port), digest)] == [
        ("failed", True),
        ("sent", False),
        ("sent", False),
    ]


def test_what_may_have_arrived_is_told_with_the_remedy(tmp_path: Path, digest: Digest) -> None:
    with odd_server("cut after dot", "good") as wire:
        project = project_for(tmp_path, wire.port)
        assert [state for _name, state, _new in send(project, digest)] == ["unknown", "sent", "sent"]
        report = send_digest(project, digest, again=False)
        assert (report.recipients[0].state, report.recipients[0].is_new) == (DeliveryState.UNKNOWN, False)
        assert "--again" in report.recipients[0].line
        assert wire.n_complete == 3


def test_what_is_missing_is_an_error_that_names_every_key(tmp_path: Path, digest: Digest) -> None:
    project = Project(file=tmp_path / "newstone.toml", settings=parse_settings(""))
    with pytest.raises(ConfigError, match=r"smtp\.host, digest\.sender, digest\.recipients"):
        send_digest(project, digest, again=False)
    assert not project.outbox_file.exists()


def test_one_address_written_twice_gets_one_message(tmp_path: Path, digest: Digest) -> None:
    with mail_server() as bag:
        project = project_for(tmp_path, bag.port)
        settings = project.settings.model_copy(
            update={
                "digest": project.settings.digest.model_copy(
                    update={"recipients": ("a@example.org", "A <a@example.org>")}
                )
            }
        )
        assert send(Project(file=project.file, settings=settings), digest) == [("a@example.org", "sent", True)]
        assert len(bag.messages) == 1
