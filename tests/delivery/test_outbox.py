"""The ledger: one message to one recipient once, whatever is killed and however many try."""

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from newstone.delivery.outbox import DeliveryRow, DeliveryState, Kind, Outbox, Parcel, open_outbox
from pipelines.errors import StoreError
from tests.delivery.conftest import Send, plain
from tests.delivery.mail_servers import mail_server, odd_server

ROOT = Path(__file__).resolve().parents[2]
PARCEL = Parcel(Kind.DIGEST, "2025-W06", "a@example.org")


def start_child(ledger: Path, port: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.delivery.sending_child", str(ledger), str(port)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_sender_killed_before_the_answer_leaves_unknown_and_no_second_message(
    outbox: Outbox,
    send: Send,
) -> None:
    with odd_server("hang after dot") as wire:
        child = start_child(outbox.path, wire.port)
        assert wire.at_the_dot.wait(30)
        assert [row.state for row in outbox.rows()] == [DeliveryState.SENDING]
        child.send_signal(signal.SIGKILL)
        child.communicate()
    held = outbox.holder(PARCEL)
    assert held is not None
    assert held.state is DeliveryState.UNKNOWN
    with mail_server() as bag:
        answer = send(plain(bag.port))
        assert (answer.state, answer.is_new, bag.messages) == (DeliveryState.UNKNOWN, False, [])
        assert "may have arrived" in answer.detail
        assert send(plain(bag.port), edition=1).state is DeliveryState.SENT
        assert len(bag.messages) == 1


def test_two_processes_at_the_same_time_send_once(outbox: Outbox) -> None:
    with mail_server() as bag:
        bag.n_at_the_gate = 2  # both have looked at the ledger before either may go on
        children = [start_child(outbox.path, bag.port) for _ in range(2)]
        said = sorted(child.communicate(timeout=30)[0].split()[1] for child in children)
    assert said == ["False", "True"]
    assert len(bag.messages) == 1
    assert [row.state for row in outbox.rows()] == [DeliveryState.SENT]


def test_a_row_is_claimed_once_and_free_again_after_a_failure(outbox: Outbox) -> None:
    first = outbox.claim(PARCEL, "<1>")
    assert isinstance(first, int)
    second = outbox.claim(PARCEL, "<1>")
    assert isinstance(second, DeliveryRow)
    assert second.id == first
    outbox.finish(first, DeliveryState.FAILED, "451")
    assert isinstance(outbox.claim(PARCEL, "<1>"), int)


def test_other_weeks_recipients_kinds_and_editions_do_not_hold_the_place(outbox: Outbox) -> None:
    parcels = [
        PARCEL,
        Parcel(Kind.DIGEST, "2025-W07", "a@example.org"),
        Parcel(Kind.DIGEST, "2025-W06", "b@example.org"),
        Parcel(Kind.ALERT, "2025-W06", "a@example.org"),
        Parcel(Kind.DIGEST, "2025-W06", "a@example.org", 1),
    ]
    assert all(isinstance(outbox.claim(parcel, "<1>"), int) for parcel in parcels)
    assert outbox.last_edition(Kind.DIGEST, "2025-W06", "a@example.org") == 1


def test_the_file_itself_refuses_a_second_row_that_may_have_arrived(outbox: Outbox) -> None:
    outbox.claim(PARCEL, "<1>")
    copy = (
        "INSERT INTO delivery SELECT NULL, kind, key, recipient, edition, message_id, state, began_at, ended_at, pid,"
    )
    with sqlite3.connect(outbox.path) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(copy + " detail FROM delivery")
    connection.close()


def test_an_old_row_in_sending_is_unknown_though_a_process_has_its_number(outbox: Outbox) -> None:
    claim = outbox.claim(PARCEL, "<1>")
    assert isinstance(claim, int)
    held = outbox.holder(PARCEL)
    assert held is not None
    assert (held.state, held.pid) == (DeliveryState.SENDING, os.getpid())
    with outbox.writing() as connection:
        old = (held.began_at - timedelta(hours=2)).isoformat()
        connection.execute("UPDATE delivery SET began_at = ?", (old,))
    held = outbox.holder(PARCEL)
    assert held is not None
    assert held.state is DeliveryState.UNKNOWN


def test_a_damaged_ledger_sends_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    path.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with pytest.raises(StoreError, match=r"outbox\.sqlite.*moved away"), open_outbox(path):
        pass


def test_a_newer_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with open_outbox(path):
        pass
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="newer newstone"), open_outbox(path):
        pass


def test_a_message_is_not_sent_where_the_ledger_cannot_be_written(outbox: Outbox, send: Send) -> None:
    other = sqlite3.connect(outbox.path)
    outbox._connection.execute("PRAGMA busy_timeout = 50")
    other.execute("BEGIN IMMEDIATE")
    with mail_server() as bag:
        with pytest.raises(StoreError):
            send(plain(bag.port))
        assert bag.messages == []
    other.close()
