"""Mail over real connections: what is sent, what is tried again, and what nobody dares to send again."""

from pathlib import Path

import pytest

from newstone.delivery.outbox import DeliveryState, Outbox
from newstone.delivery.smtp import check_server
from newstone.delivery.smtp_faults import SmtpServer, failed
from pipelines.errors import ConfigError
from tests.delivery.conftest import Send, plain
from tests.delivery.mail_servers import PASSWORD, Certificate, mail_server, make_certificate, odd_server

BIG = "A line of the message that is sent.\n" * 200_000  # more than the buffers of both ends hold


def states(outbox: Outbox) -> list[str]:
    return [row.state.value for row in outbox.rows()]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")  # aiosmtpd, of its TLS port
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_message_goes_out_encrypted_and_signed_in(
    security: str, certificate: Certificate, send: Send, outbox: Outbox
) -> None:
    with mail_server(**{security: certificate.context()}, needs_sign_in=True) as bag:  # type: ignore[arg-type]
        server = SmtpServer("localhost", bag.port, security, "press", PASSWORD, certificate.certificate)
        answer = send(server)
    assert answer.state is DeliveryState.SENT
    assert bag.recipients == ["a@example.org"]
    assert bag.sign_ins == [("press", True)]
    [got] = bag.messages
    assert (got["Subject"], got["Message-ID"]) == ("Wöche 6", "<one@example.org>")
    assert got.get_content().replace("\r\n", "\n") == "Hello.\n.\n..two dots\n"
    [row] = outbox.rows()
    assert (row.state, row.message_id, row.recipient) == (DeliveryState.SENT, "<one@example.org>", "a@example.org")
    assert row.ended_at is not None
    assert row.ended_at >= row.began_at


def test_a_wrong_password_is_told_once_with_a_remedy_and_without_the_password(
    certificate: Certificate, send: Send, outbox: Outbox, pauses: list[float]
) -> None:
    with mail_server(starttls=certificate.context(), needs_sign_in=True) as bag:
        server = SmtpServer("localhost", bag.port, "starttls", "press", "geheim-4711", certificate.certificate)
        answer = send(server)
    assert answer.state is DeliveryState.FAILED
    assert answer.for_all
    for word in (f"localhost:{bag.port}", "535", "'press'", "NEWSTONE_SMTP_PASSWORD"):
        assert word in answer.detail
    assert "geheim-4711" not in answer.detail + repr(server) + outbox.rows()[0].detail
    assert (pauses, bag.messages) == ([], [])
    assert {right for _name, right in bag.sign_ins} == {False}


@pytest.mark.parametrize(
    "echo",
    ["geheim-4711", "AUTH PLAIN AHByZXNzAGdlaGVpbS00NzEx", "Z2VoZWltLTQ3MTE=", "x" * 195 + "geheim-4711"],
    ids=["plain", "auth-plain", "auth-login", "cut-off-within"],
)
def test_a_server_that_repeats_the_sign_in_does_not_put_it_into_messages(echo: str) -> None:
    server = SmtpServer("localhost", 587, "starttls", "press", "geheim-4711")
    detail = failed(server, "refused the sign-in", 535, f"no: {echo}").detail
    for secret in ("gehei", "AHByZXNzAGdl", "Z2VoZWlt"):
        assert secret not in detail


def test_a_certificate_that_nobody_vouches_for_is_refused_before_the_password_goes_out(
    certificate: Certificate, send: Send, pauses: list[float]
) -> None:
    with mail_server(starttls=certificate.context(), needs_sign_in=True) as bag:
        answer = send(SmtpServer("localhost", bag.port, "starttls", "press", PASSWORD))
    assert answer.state is DeliveryState.FAILED
    assert "smtp.ca_file" in answer.detail
    assert (pauses, bag.sign_ins, bag.messages) == ([], [], [])


def test_a_trusted_certificate_for_another_host_is_refused(tmp_path: Path, send: Send) -> None:
    other = make_certificate(tmp_path, host="mail.example.net")
    with mail_server(tls=other.context()) as bag:
        answer = send(SmtpServer("localhost", bag.port, "tls", ca_file=other.certificate))
    assert answer.state is DeliveryState.FAILED
    assert "not trusted" in answer.detail
    assert bag.messages == []


def test_a_server_without_starttls_gets_neither_password_nor_message(send: Send) -> None:
    with mail_server() as bag:
        answer = send(SmtpServer("localhost", bag.port, "starttls", "press", PASSWORD))
    assert answer.state is DeliveryState.FAILED
    assert "STARTTLS" in answer.detail
    assert (bag.sign_ins, bag.messages) == ([], [])


def test_tls_spoken_to_a_port_for_starttls_names_both_ports(certificate: Certificate, send: Send) -> None:
    with mail_server(starttls=certificate.context()) as bag:
        answer = send(SmtpServer("localhost", bag.port, "tls", ca_file=certificate.certificate, attempts=1))
    assert answer.state is DeliveryState.FAILED
    assert "587" in answer.detail
    assert "465" in answer.detail


@pytest.mark.parametrize(
    ("server", "words"),
    [
        pytest.param(SmtpServer("", 587, "starttls"), "smtp.host", id="no host"),
        pytest.param(SmtpServer("mail.example.org", 25, "none"), "smtp.security", id="plain text over the net"),
        pytest.param(SmtpServer("h.example", 587, "tls", "press"), "NEWSTONE_SMTP_PASSWORD", id="no password"),
        pytest.param(SmtpServer("h.example", 587, "tls", ca_file=Path("/none.pem")), "smtp.ca_file", id="no CA file"),
        pytest.param(SmtpServer("h.example", 587, "tls", ca_file=Path(__file__)), "smtp.ca_file", id="no certificate"),
    ],
)
def test_settings_that_cannot_work_are_errors_before_any_connection(server: SmtpServer, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        check_server(server)


def test_of_three_recipients_the_refused_one_does_not_keep_the_others_from_theirs(send: Send, outbox: Outbox) -> None:
    with mail_server() as bag:
        bag.refused["b@example.org"] = "550 no such user"
        answers = [send(plain(bag.port), f"{name}@example.org") for name in "abc"]
    assert [answer.state for answer in answers] == [DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.SENT]
    assert "b@example.org: 550 no such user" in answers[1].detail
    assert not answers[1].for_all
    assert bag.recipients == ["a@example.org", "c@example.org"]
    assert states(outbox) == ["sent", "refused", "sent"]


@pytest.mark.parametrize("answer", ["451 try later", "421 closing"])
def test_a_temporary_refusal_of_the_message_is_tried_again_after_a_pause(
    answer: str, send: Send, outbox: Outbox, pauses: list[float]
) -> None:
    with mail_server() as bag:
        bag.data_answers = [answer, answer]
        assert send(plain(bag.port)).state is DeliveryState.SENT
    assert pauses == [5, 10]
    assert len(bag.messages) == 1
    assert states(outbox) == ["failed", "failed", "sent"]


def test_a_message_refused_for_good_is_not_tried_again(send: Send, outbox: Outbox, pauses: list[float]) -> None:
    with mail_server() as bag:
        bag.data_answers = ["554 looks like spam"]
        answer = send(plain(bag.port))
    assert (answer.state, pauses) == (DeliveryState.REFUSED, [])
    assert "554 looks like spam" in answer.detail
    assert states(outbox) == ["refused"]


def test_tries_end_and_the_pauses_double(send: Send, outbox: Outbox, pauses: list[float]) -> None:
    with mail_server() as bag:
        bag.refused["a@example.org"] = "450 greylisted"
        answer = send(plain(bag.port, attempts=4))
    assert (answer.state, pauses) == (DeliveryState.FAILED, [5, 10, 20])
    assert "after 4 tries" in answer.detail
    assert states(outbox) == ["failed"] * 4


def test_a_server_that_is_down_is_tried_again_and_named(send: Send, pauses: list[float]) -> None:
    with odd_server("good") as wire:
        port = wire.port
    answer = send(plain(port, attempts=2))
    assert (answer.state, answer.for_all, pauses) == (DeliveryState.FAILED, True, [5])
    assert f"127.0.0.1:{port}" in answer.detail
    assert "smtp.port" in answer.detail


def test_a_server_that_says_nothing_is_given_up_after_the_time_limit(send: Send, pauses: list[float]) -> None:
    with odd_server("silent") as wire:
        answer = send(plain(wire.port, attempts=2, timeout_seconds=0.2))
    assert (answer.state, pauses) == (DeliveryState.FAILED, [5])
    assert "0.2 s" in answer.detail


def test_a_busy_server_is_tried_again(send: Send, outbox: Outbox) -> None:
    with odd_server("busy", "good") as wire:
        assert send(plain(wire.port)).state is DeliveryState.SENT
    assert states(outbox) == ["failed", "sent"]


def test_a_connection_lost_within_the_message_is_tried_again(send: Send, outbox: Outbox) -> None:
    with odd_server("cut in data", "good") as wire:
        assert send(plain(wire.port), text=BIG).state is DeliveryState.SENT
        assert (wire.n_conversations, wire.n_complete) == (2, 1)
    assert states(outbox) == ["failed", "sent"]
    assert "nothing arrived" in outbox.rows()[0].detail


def test_a_server_that_breaks_the_message_off_is_heard(send: Send, outbox: Outbox, pauses: list[float]) -> None:
    with odd_server("break off") as wire:
        server = plain(wire.port)
        answer = send(server, text=BIG)
    assert answer.state in {DeliveryState.REFUSED, DeliveryState.FAILED}
    assert wire.n_complete == 0


@pytest.mark.parametrize("mood", ["cut after dot", "hang after dot"])
def test_a_connection_lost_after_the_last_dot_is_unknown_and_never_sent_again(
    mood: str, send: Send, outbox: Outbox, pauses: list[float]
) -> None:
    with odd_server(mood) as wire:
        server = plain(wire.port, timeout_seconds=0.3, end_of_data_seconds=0.3)
        answer = send(server)
        assert answer.state is DeliveryState.UNKNOWN
        assert "may have arrived" in answer.detail
        again = send(server)
        assert (again.state, again.is_new) == (DeliveryState.UNKNOWN, False)
        assert (wire.n_complete, pauses) == (1, [])
    assert states(outbox) == ["unknown"]


def test_what_was_sent_is_not_sent_again_unless_a_new_edition_asks_for_it(send: Send, outbox: Outbox) -> None:
    with mail_server() as bag:
        assert send(plain(bag.port)).state is DeliveryState.SENT
        again = send(plain(bag.port))
        assert (again.state, again.is_new) == (DeliveryState.SENT, False)
        assert len(bag.messages) == 1
        assert send(plain(bag.port), edition=1).state is DeliveryState.SENT
        assert len(bag.messages) == 2
    assert states(outbox) == ["sent", "sent"]


def test_a_message_is_eight_bit_only_where_the_server_takes_that(send: Send, outbox: Outbox) -> None:
    with mail_server() as bag:  # aiosmtpd offers 8BITMIME
        send(plain(bag.port), text="Grüße aus Köln\n")
    assert "BODY=8BITMIME" in bag.options
    assert "Grüße".encode() in bag.raw[0]
    assert bag.messages[0].get_content().strip() == "Grüße aus Köln"


def test_an_address_beyond_ascii_goes_only_to_a_server_that_takes_it(send: Send) -> None:
    with mail_server() as bag:
        assert send(plain(bag.port), "größe@bücher.example").state is DeliveryState.SENT
    assert bag.recipients == ["größe@xn--bcher-kva.example"]
    assert "SMTPUTF8" in bag.options
    with mail_server(utf8=False) as bag:
        answer = send(plain(bag.port), "größer@bücher.example")
    assert answer.state is DeliveryState.REFUSED
    assert "SMTPUTF8" in answer.detail
    assert bag.messages == []


def test_a_kilometre_of_dots_arrives_as_it_was(send: Send) -> None:
    text = "".join(f"{'.' * n}\n" for n in range(1, 60))
    with mail_server() as bag:
        send(plain(bag.port), text=text)
    assert bag.messages[0].get_content().replace("\r\n", "\n") == text
