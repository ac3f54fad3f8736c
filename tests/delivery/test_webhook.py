"""Webhooks over real connections: signed, tried again where that helps, and silent about their address."""

import hashlib
import hmac
import logging
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime

import pytest

from newstone.delivery.mail import Answer
from newstone.delivery.outbox import DeliveryState, Kind, Outbox, Parcel
from newstone.delivery.webhook import RECIPIENT, Webhook, deliver_webhook
from pipelines.clock import utc_now
from pipelines.errors import ConfigError
from tests.delivery.hook_server import Reply, hook_server

BODY = '{"text": "Grüße"}'.encode()
PARCEL = Parcel(Kind.ALERT, "2025-01-28/rule", RECIPIENT)
Post = Callable[..., Answer]


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def post(outbox: Outbox, pauses: list[float]) -> Post:
    def posting(url: str, *, secret: str = "", timeout_seconds: float = 5, parcel: Parcel = PARCEL) -> Answer:
        return deliver_webhook(Webhook(url, secret, timeout_seconds), outbox, parcel, BODY, sleep=pauses.append)

    return posting


def test_a_receiver_can_check_the_signature_with_code_of_its_own(post: Post) -> None:
    with hook_server() as hook:
        assert post(hook.url, secret="s3cret").state is DeliveryState.SENT
    [(headers, body)] = hook.posts
    fields = dict(part.split("=") for part in headers["x-newstone-signature"].split(","))
    expected = hmac.new(b"s3cret", fields["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(expected, fields["v1"])
    assert abs(utc_now().timestamp() - int(fields["t"])) < 60
    assert (body, headers["content-type"]) == (BODY, "application/json; charset=utf-8")
    assert headers["user-agent"].startswith("newstone/")


def test_without_a_secret_nothing_is_signed(post: Post) -> None:
    with hook_server() as hook:
        post(hook.url)
    assert "x-newstone-signature" not in hook.posts[0][0]


def test_a_server_error_is_tried_again_as_the_same_delivery(post: Post, outbox: Outbox, pauses: list[float]) -> None:
    with hook_server(Reply(500), Reply(503)) as hook:
        assert post(hook.url).state is DeliveryState.SENT
    assert pauses == [2, 4]
    assert len({headers["x-newstone-delivery"] for headers, _body in hook.posts}) == 1
    assert [row.state.value for row in outbox.rows()] == ["failed", "failed", "sent"]


def test_retry_after_is_waited_for_in_seconds_and_as_a_date(post: Post, pauses: list[float]) -> None:
    later = format_datetime(utc_now() + timedelta(seconds=60), usegmt=True)
    replies = [Reply(429, (("Retry-After", "7"),)), Reply(429, (("Retry-After", later),))]
    with hook_server(*replies) as hook:
        assert post(hook.url).state is DeliveryState.SENT
    assert pauses[0] == 7
    assert 50 < pauses[1] <= 60


def test_a_long_retry_after_is_left_to_the_next_night(post: Post, pauses: list[float]) -> None:
    with hook_server(Reply(429, (("Retry-After", "3600"),))) as hook:
        assert post(hook.url).state is DeliveryState.FAILED
        assert (pauses, len(hook.posts)) == ([], 1)


def test_tries_end(post: Post, pauses: list[float]) -> None:
    with hook_server(*[Reply(500)] * 9) as hook:
        answer = post(hook.url)
    assert (answer.state, pauses, len(hook.posts)) == (DeliveryState.FAILED, [2, 4, 8], 4)


def test_a_redirect_is_not_followed_and_says_what_to_write(post: Post) -> None:
    with hook_server() as other, hook_server(Reply(302, (("Location", other.url),))) as hook:
        answer = post(hook.url)
    assert answer.state is DeliveryState.FAILED
    assert "redirect" in answer.detail
    assert (other.posts, other.n_gets) == ([], 0)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        pytest.param(422, DeliveryState.REFUSED, id="this body, for good"),
        pytest.param(403, DeliveryState.FAILED, id="this address or secret, until they are mended"),
    ],
)
def test_a_refusal_is_not_tried_again_at_once_and_shows_what_the_server_said(
    status: int, state: DeliveryState, post: Post, pauses: list[float]
) -> None:
    with hook_server(Reply(status, body=b"invalid\r\ntoken")) as hook:
        answer = post(hook.url)
    assert (answer.state, pauses, len(hook.posts)) == (state, [], 1)
    assert f"{status} invalid token" in answer.detail


def test_an_unreadable_retry_after_is_none(post: Post, pauses: list[float]) -> None:
    with hook_server(Reply(503, (("Retry-After", "²"),))) as hook:
        assert post(hook.url).state is DeliveryState.SENT
    assert pauses == [2]


def test_a_slow_server_and_one_that_hangs_up_are_tried_again(post: Post, outbox: Outbox) -> None:
    with hook_server(Reply(200, wait_seconds=5), Reply(200, hangs_up=True)) as hook:
        assert post(hook.url, timeout_seconds=0.3).state is DeliveryState.SENT
    assert [row.state.value for row in outbox.rows()] == ["failed", "failed", "sent"]
    assert "0.3 s" in outbox.rows()[0].detail or "time ran out" in outbox.rows()[0].detail


def test_what_was_posted_is_not_posted_again(post: Post) -> None:
    with hook_server() as hook:
        post(hook.url)
        again = post(hook.url)
    assert (again.state, again.is_new, len(hook.posts)) == (DeliveryState.SENT, False, 1)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://hooks.example.org/geheim-4711", id="plain http over the net"),
        pytest.param("http://10.0.0.1/geheim-4711", id="plain http in the house"),
        pytest.param("https://user:geheim-4711@hooks.example.org/", id="password in the address"),
        pytest.param("file:///geheim-4711", id="a file"),
    ],
)
def test_an_address_that_would_betray_alerts_is_refused_without_naming_it(url: str, post: Post) -> None:
    with pytest.raises(ConfigError) as caught:
        post(url)
    assert "alerts.webhook_url" in str(caught.value)
    assert "geheim-4711" not in str(caught.value)


def test_neither_address_nor_secret_stands_in_messages_logs_or_the_ledger(
    post: Post, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    with hook_server(Reply(404), Reply(302, (("Location", "/geheim-4711"),)), Reply(500)) as hook:
        for number in range(3):
            parcel = Parcel(Kind.ALERT, str(number), RECIPIENT)
            said.append(post(hook.url, secret="top-secret", parcel=parcel).detail)
        dead = hook.url
    said.append(post(dead, secret="top-secret", parcel=Parcel(Kind.ALERT, "dead", RECIPIENT)).detail)
    said += [repr(Webhook(dead, "top-secret")), caplog.text, *(row.detail for row in outbox.rows())]
    assert all("geheim-4711" not in text and "top-secret" not in text for text in said)
    assert "127.0.0.1" in said[-1]
