"""The words of an alert: both languages, escaped everywhere, and no more than the record says."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from analysis.alert_rules import Alert, AlertMeasure, Crossing, Direction, Rule
from db.read import Evidence, Story
from newstone.delivery.alert_ledger import AlertState, LoggedAlert, Note
from newstone.delivery.alert_notes import NoteWriter
from newstone.stages.alerting import compose_alert

MOMENT = datetime(2025, 1, 28, 9, tzinfo=UTC)
RULE = Rule("tone falls", "acme", AlertMeasure.POLARITY, below=-0.3)
CROSSING = Crossing(RULE, "acme", "Acme", date(2025, 1, 28), -0.4123, 0.1, None, 8, -0.61, -0.2)
EVIL = 'A <b>&"bold"</b>\r\nBcc: x@example.org\u202e <!channel> | title'
STORY = Story(
    "s1", "Acme slumps", "https://a.example/1?x=1&y=2", "Daily", "en", MOMENT, 3, 2, ("Daily", "Weekly"), 3, -0.5
)
SENTENCE = Evidence(
    MOMENT, "Daily", "press", True, "en", "Acme slumps", "https://a.example/1", "body", "Acme slumps badly.", 0, 18,
    "Acme", 0, 4, 0.8, 0.1, 0.1, -0.7, "negative", "ok", "tiny", "r1", "w1", "x/1", "part", 0, "p1", "s1", "a1", "r1",
    "m1",
)  # fmt: skip
ALERT = Alert(CROSSING, (), (STORY,), (SENTENCE,))


def write(alert: Alert, language: str = "en") -> Note:
    return NoteWriter(language).write(alert)


def everything(note: Note) -> str:
    return f"{note.subject}\n{note.text}\n{note.html}\n{json.loads(note.slack_body)['text']}"


def test_an_english_alert_says_value_usual_interval_rule_and_sources() -> None:
    note = write(ALERT)
    assert note.subject == "Acme: mean tone −0.41, 28 January 2025"
    for words in ("Rule “tone falls”: below −0.30", "usually +0.10", "8 scored voices", "95 % interval −0.61 to −0.20"):
        assert words in note.text
        assert words in note.html
    assert "- Acme slumps\n  Daily, 3 articles in 2 outlets\n  https://a.example/1?x=1&y=2" in note.text
    assert "- Acme slumps badly.\n  Daily, −0.70" in note.text


def test_a_german_alert_has_german_words_numbers_and_dates() -> None:
    note = write(ALERT, "de")
    assert note.subject == "Acme: mittlerer Ton −0,41, 28. Januar 2025"
    assert "8 bewertete Stimmen; 95-%-Intervall −0,61 bis −0,20" in note.text
    assert 'lang="de"' in note.html


def test_voices_theme_z_and_languages_are_named() -> None:
    rule = Rule("bans", "acme", AlertMeasure.THEME, "bans", above=4, languages=("de", "en"))
    crossing = replace(CROSSING, rule=rule, value=6, usual=1.5, low=None, high=None, n_voices=6)
    alert = Alert(crossing, (("en", "bans and regulation"), ("de", "Verbote")), (), ())
    assert write(alert).subject == "Acme, bans and regulation: 6 voices, 28 January 2025"
    assert write(alert, "de").subject == "Acme, Verbote: 6 Stimmen, 28. Januar 2025"
    assert "above 4, articles in de, en only" in write(alert).text
    assert "usually 1.5" in write(alert).text
    assert "No article stands behind this day." in write(alert).text
    spike = replace(CROSSING, rule=Rule("spike", "acme", z=3.5), value=1, usual=None, z=4.26, low=None, high=None)
    assert write(Alert(spike, (), (), ())).subject == "Acme: 1 voice, 28 January 2025"
    assert "z ≥ 3.5\nz +4.3" in write(Alert(spike, (), (), ())).text


def test_too_few_voices_for_an_interval_are_called_so() -> None:
    assert "too few for an interval" in write(replace(ALERT, crossing=replace(CROSSING, low=None, high=None))).text


def test_titles_and_names_cannot_write_markup_lines_or_mentions() -> None:
    alert = Alert(
        replace(CROSSING, name=EVIL, rule=replace(RULE, name=EVIL)),
        (),
        (replace(STORY, title=EVIL, outlet=EVIL, url='javascript:alert("1")'),),
        (replace(SENTENCE, sentence=EVIL, outlet=EVIL, url='https://a.example/"><script>'),),
    )
    note = write(alert)
    assert "<b>" not in note.html
    assert "<script>" not in note.html
    assert "javascript:" not in note.html + note.text + note.slack_body
    assert "\u202e" not in everything(note)
    assert "\nBcc" not in note.text
    assert "<!channel>" not in json.loads(note.slack_body)["text"]
    message = compose_alert(
        LoggedAlert("rule", date(2025, 1, 28), MOMENT, AlertState.WAITING, note),
        sender="newstone <press@example.org>",
        recipient="a@example.org",
        date=MOMENT,
    )
    raw = message.as_bytes()
    assert b"\nBcc" not in raw
    assert message["Bcc"] is None
    assert raw.isascii()
    assert str(message["Message-ID"]).endswith("@example.org>")


def test_the_json_body_has_every_key_of_its_description() -> None:
    body = json.loads(write(ALERT).json_body)
    assert list(body) == [
        *("version", "kind", "id", "text", "rule", "entity", "name", "measure", "theme", "languages", "day", "value"),
        *("usual", "threshold", "z", "n_voices", "low", "high", "stories", "sentences"),
    ]
    assert (body["version"], body["kind"], body["day"], body["value"]) == (1, "alert", "2025-01-28", -0.4123)
    assert body["threshold"] == {"kind": "below", "value": -0.3}
    assert body["stories"][0]["url"] == STORY.url
    assert body["sentences"][0] == {
        "sentence": "Acme slumps badly.",
        "outlet": "Daily",
        "language": "en",
        "url": "https://a.example/1",
        "polarity": -0.7,
        "model": "tiny",
    }
    assert body["id"] == json.loads(write(ALERT, "de").json_body)["id"]


def test_the_slack_body_is_text_with_links_alone() -> None:
    body = json.loads(write(ALERT).slack_body)
    assert list(body) == ["text"]
    assert "<https://a.example/1?x=1&amp;y=2|Acme slumps>" in body["text"]


def test_a_title_cannot_call_everybody_of_a_channel() -> None:
    loud = replace(STORY, title="@all @channel: <!here>", url="https://a.example/@all")
    text = json.loads(write(replace(ALERT, stories=(loud,))).slack_body)["text"]
    assert re.search("@all|@channel|<!here>", text) is None
    assert "<https://a.example/%40all|" in text


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        pytest.param(Rule("r", z=3.5), ": z ≥ 3.5", id="voices"),
        pytest.param(Rule("r", measure=AlertMeasure.POLARITY, z=3), ": |z| ≥ 3", id="either way"),
        pytest.param(Rule("r", measure=AlertMeasure.POLARITY, z=3, direction=Direction.DOWN), ": z ≤ −3", id="a fall"),
    ],
)
def test_the_threshold_says_which_way_it_counts(rule: Rule, words: str) -> None:
    assert words in write(replace(ALERT, crossing=replace(CROSSING, rule=rule, z=-4.0))).text


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_tone_that_rounds_to_zero_has_no_sign(language: str) -> None:
    subject = write(replace(ALERT, crossing=replace(CROSSING, value=-0.001)), language).subject
    assert "−" not in subject
    assert "+" not in subject


def test_the_same_rule_on_the_same_day_is_another_message_for_another_company() -> None:
    notes = [write(ALERT), write(replace(ALERT, crossing=replace(CROSSING, entity="bmce", name="Bmce")))]
    messages = [
        compose_alert(
            LoggedAlert("rule", date(2025, 1, 28), MOMENT, AlertState.WAITING, note),
            sender="press@example.org",
            recipient="a@example.org",
            date=MOMENT,
        )
        for note in (*notes, notes[0])
    ]
    ids = [message["Message-ID"] for message in messages]
    assert ids[0] == ids[2] != ids[1]
    assert json.loads(notes[0].json_body)["id"] != json.loads(notes[1].json_body)["id"]
