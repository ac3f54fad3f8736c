"""The alert stage over real snapshots, mail server and webhook: told once, lost never, and no night fails for it."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from newstone.delivery.alert_ledger import AlertState, last_evaluated_day, logged_alerts
from newstone.delivery.outbox import DeliveryState, Kind, Parcel, open_outbox
from newstone.jobs import alert_stages, nightly_stages, run_stages
from newstone.stages.alerting import first_day, tell_alerts
from newstone.stages.context import StageContext, StageResult
from tests.alerts.press import Press, at, day, make_press
from tests.delivery.hook_server import Reply, hook_server
from tests.delivery.mail_servers import mail_server

BUSY = """
[[alerts.rules]]
name = "busy"
above = 4
cool_down_days = 0
"""


def config(
    *, port: int = 0, recipients: Sequence[str] = (), webhook: str = "", alerts: str = "", rules: str = BUSY
) -> str:
    return f"""
[digest]
sender = "newstone <press@example.org>"
[smtp]
host = "{"127.0.0.1" if port else ""}"
port = {port or 587}
security = "{"none" if port else "starttls"}"
timeout_seconds = 2
attempts = 1
[alerts]
recipients = {list(recipients)}
webhook_url = "{webhook}"
{alerts}
{rules}
"""


def tell(press: Press, now: datetime) -> StageResult:
    context = StageContext(press.project, "run1", lambda _progress: None)
    return tell_alerts(context, now=now, sleep=lambda _seconds: None)


def states(press: Press) -> list[tuple[str, int, str]]:
    with open_outbox(press.project.outbox_file) as outbox:
        return [(one.rule, (one.day - day(0)).days, one.state.value) for one in logged_alerts(outbox)]


def test_a_fired_alert_is_told_to_everybody_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSTONE_WEBHOOK_SECRET", "s3cret")
    with mail_server() as bag, hook_server() as hook:
        recipients = ["a@example.org", "b@example.org"]
        press = make_press(tmp_path, config(port=bag.port, recipients=recipients, webhook=hook.url))
        press.write({28: [0.1] * 6})
        result = tell(press, at(29, "03:00"))
        assert (result.n_in, result.n_out, result.problems) == (1, 1, ())
        assert tell(press, at(29, "04:00")).n_in == 0
        assert tell(press, at(30, "03:00")).n_in == 0
    assert bag.recipients == recipients
    assert str(bag.messages[0]["Subject"]) == "Acme: 6 voices, 28 January 2025"
    assert bag.messages[0].get_content_type() == "multipart/alternative"
    [(headers, body)] = hook.posts
    assert json.loads(body)["rule"] == "busy"
    assert "x-newstone-signature" in headers
    assert states(press) == [("busy", 28, "told")]


def test_a_late_article_lets_a_day_cross_within_three_days_and_not_later(tmp_path: Path) -> None:
    with hook_server() as hook:
        press = make_press(tmp_path, config(webhook=hook.url))
        press.write({26: [0.1] * 3, 30: [0.1] * 3})
        assert tell(press, at(29, "03:00")).n_in == 0
        press.write({26: [0.1] * 3})
        assert tell(press, at(29, "05:00")).n_out == 1
        assert tell(press, at(31, "03:00")).n_in == 0
        press.write({30: [0.1] * 3})
        assert tell(press, at(36, "03:00")).n_out == 1  # a pause of five days is made up for
        press.write({31: [0.1] * 6})
        assert tell(press, at(37, "03:00")).n_in == 0
    assert [json.loads(body)["day"] for _headers, body in hook.posts] == ["2025-01-26", "2025-01-30"]


@pytest.mark.parametrize(
    ("last", "first"),
    [
        pytest.param(None, 27, id="the first time: as for late articles"),
        pytest.param(30, 27, id="today already"),
        pytest.param(29, 27, id="yesterday"),
        pytest.param(28, 26, id="since the last time, and for late articles"),
        pytest.param(1, 23, id="seven days at most"),
    ],
)
def test_the_days_to_look_at_begin_after_the_last_time(last: int | None, first: int) -> None:
    assert first_day(day(30), None if last is None else day(last)) == day(first)


def test_quiet_hours_keep_alerts_until_the_next_run_after_them(tmp_path: Path) -> None:
    alerts = 'quiet_hours = "22:00-07:00"\ntime_zone = "Europe/Berlin"'
    with hook_server() as hook:
        press = make_press(tmp_path, config(webhook=hook.url, alerts=alerts))
        press.write({28: [0.1] * 6})
        quiet = tell(press, at(29, "03:00"))
        assert (quiet.n_in, quiet.n_out, quiet.problems) == (1, 0, ())
        assert quiet.counts["quiet until 06:00 UTC"] == 1
        assert (hook.posts, states(press)) == ([], [("busy", 28, "waiting")])
        assert tell(press, at(29, "06:00")).n_out == 1
        assert len(hook.posts) == 1
    assert states(press) == [("busy", 28, "told")]


def test_alerts_whose_every_run_is_quiet_are_a_problem_after_a_day(tmp_path: Path) -> None:
    press = make_press(tmp_path, config(webhook="http://127.0.0.1:9/", alerts='quiet_hours = "22:00-07:00"'))
    press.write({28: [0.1] * 6})
    assert tell(press, at(29, "03:00")).problems == ()
    assert tell(press, at(30, "03:00")).problems == ()
    [problem] = tell(press, at(31, "03:00")).problems
    assert "1 wait, the oldest since 2025-01-29 03:00 UTC" in problem
    assert "`newstone publish`" in problem


def test_cool_down_and_mute_hold_across_runs(tmp_path: Path) -> None:
    rules = """
[[alerts.rules]]
name = "cooling"
above = 4
cool_down_days = 3
[[alerts.rules]]
name = "muted"
above = 4
mute_until = 2025-01-30
"""
    with hook_server() as hook:
        press = make_press(tmp_path, config(webhook=hook.url, rules=rules))
        press.write({26: [0.1] * 6, 29: [0.1] * 6, 30: [0.1] * 6})
        tell(press, at(26, "23:00"))
        result = tell(press, at(29, "23:00"))
        assert (result.counts["cool-down"], result.counts["muted"]) == (1, 2)
        assert tell(press, at(30, "23:00")).n_out == 2
    told = [(json.loads(body)["rule"], json.loads(body)["day"][-2:]) for _headers, body in hook.posts]
    assert told == [("cooling", "26"), ("cooling", "30"), ("muted", "30")]


def test_a_channel_that_fails_is_a_problem_and_only_it_is_tried_again(tmp_path: Path) -> None:
    with mail_server() as bag, hook_server(Reply(422), Reply(200)) as hook:
        press = make_press(
            tmp_path, config(port=bag.port, recipients=["a@example.org", "b@example.org"], webhook=hook.url)
        )
        press.write({28: [0.1] * 6})
        bag.refused["b@example.org"] = "451 try later"
        first = tell(press, at(29, "03:00"))
        assert (first.n_out, len(first.problems)) == (0, 2)
        assert "b@example.org" in first.problems[0]
        assert "451 try later" in first.problems[0]
        assert "geheim-4711" not in "".join(first.problems)
        bag.refused.clear()
        second = tell(press, at(30, "03:00"))
        assert (second.n_out, second.problems) == (1, ())
    assert bag.recipients == ["a@example.org", "b@example.org"]
    assert len(hook.posts) == 1  # refused for good


def test_an_alert_waits_until_the_secret_of_the_webhook_is_mended(tmp_path: Path) -> None:
    with hook_server(Reply(401), Reply(200)) as hook:
        press = make_press(tmp_path, config(webhook=hook.url))
        press.write({28: [0.1] * 6})
        first = tell(press, at(29, "03:00"))
        assert (first.n_out, len(first.problems)) == (0, 1)
        assert "NEWSTONE_WEBHOOK_SECRET" in first.problems[0]
        assert tell(press, at(30, "03:00")).n_out == 1


def test_a_server_that_is_down_is_no_problem_of_those_who_have_their_mail(tmp_path: Path) -> None:
    recipients = ["new@example.org", "old@example.org"]
    press = make_press(tmp_path, config(port=9, recipients=recipients))
    press.write({28: [0.1] * 6})
    with open_outbox(press.project.outbox_file) as outbox:
        had = outbox.claim(Parcel(Kind.ALERT, "2025-01-28/busy", "old@example.org"), "<1@example.org>")
        assert isinstance(had, int)
        outbox.finish(had, DeliveryState.SENT, "250 OK")
    [problem] = tell(press, at(29, "03:00")).problems
    assert "new@example.org" in problem


def test_a_project_without_a_watchlist_yet_has_a_problem_and_its_snapshot(tmp_path: Path) -> None:
    press = make_press(tmp_path, config())
    press.publish()
    result = tell(press, at(29))
    assert "no watchlist yet" in result.problems[0]
    with open_outbox(press.project.outbox_file) as outbox:
        assert last_evaluated_day(outbox) is None


def test_the_day_is_that_of_utc_wherever_the_clock_stands(tmp_path: Path) -> None:
    press = make_press(tmp_path, config())
    press.write({28: [0.1] * 6})
    tell(press, at(28, "16:30").astimezone(ZoneInfo("Asia/Tokyo")))  # there it is the 29th
    with open_outbox(press.project.outbox_file) as outbox:
        assert last_evaluated_day(outbox) == day(28)


def test_an_alert_that_nobody_can_be_told_is_given_up_after_a_week(tmp_path: Path) -> None:
    with hook_server(*[Reply(500)] * 99) as hook:
        press = make_press(tmp_path, config(webhook=hook.url))
        press.write({28: [0.1] * 6})
        assert tell(press, at(29, "03:00")).n_out == 0
        assert tell(press, at(35, "03:00")).problems
        assert states(press) == [("busy", 28, "waiting")]
        assert "given up after 7 days" in tell(press, at(36, "04:00")).problems[-1]
        assert tell(press, at(37, "03:00")).problems == ()
    assert states(press) == [("busy", 28, AlertState.EXPIRED.value)]


def test_wrong_rules_and_missing_settings_are_problems_that_keep_no_other_rule_from_its_work(tmp_path: Path) -> None:
    wrong = '[[alerts.rules]]\nname = "wrong"\nentity = "nobody"\nabove = 1\n'
    with hook_server() as hook:
        press = make_press(tmp_path, config(webhook=hook.url, recipients=["a@example.org"], rules=wrong + BUSY))
        press.write({28: [0.1] * 6})
        result = tell(press, at(29, "03:00"))
    assert "'wrong'" in result.problems[0]
    assert "smtp.host" in result.problems[1]
    assert len(hook.posts) == 1
    assert states(press) == [("busy", 28, "waiting")]  # the mail is still to come


def test_fired_alerts_without_anybody_to_tell_are_a_problem(tmp_path: Path) -> None:
    press = make_press(tmp_path, config())
    press.write({28: [0.1] * 6})
    [problem] = tell(press, at(29, "03:00")).problems
    assert "alerts.recipients and alerts.webhook_url are empty" in problem


def test_without_a_snapshot_or_with_a_damaged_ledger_the_stage_is_a_problem(tmp_path: Path) -> None:
    press = make_press(tmp_path / "a", config())
    assert "does not exist" in tell(press, at(29)).problems[0]
    press.write({28: [0.1] * 6})
    press.project.outbox_file.write_bytes(b"damaged" * 1000)
    assert "ledger" in tell(press, at(29)).problems[0]


def test_a_night_whose_alert_fails_is_partial_and_keeps_its_snapshot(tmp_path: Path) -> None:
    press = make_press(
        tmp_path, config(webhook="http://127.0.0.1:9/", rules=BUSY.replace("busy", "wrong") + 'entity = "x"')
    )
    press.write({28: [0.1] * 6})
    before = press.project.snapshot_file.stat().st_ino
    stages = (nightly_stages()[-1], *alert_stages(press.project))
    report = run_stages(press.project, "publish", stages, lambda _progress: None)
    assert (report.state, [result.stage for result in report.stages]) == ("partial", ["publish", "alert"])
    assert "'wrong'" in report.problems[0]
    assert press.project.snapshot_file.stat().st_ino != before


def test_a_project_without_rules_has_no_alert_stage(tmp_path: Path) -> None:
    assert alert_stages(make_press(tmp_path, config(rules="")).project) == ()
