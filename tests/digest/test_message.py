"""The message as mail programs read it: parsed back by the standard library."""

import email
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

import pytest

from analysis.digest.message import compose_digest, header_text
from analysis.digest.records import Digest, Standing
from pipelines.errors import ConfigError
from tests.digest import samples

DATE = datetime(2025, 2, 3, 6, 30, tzinfo=UTC)
MOST_HTML_BYTES = 90_000  # Gmail clips at 102 KB


def composed(digest: Digest | None = None, **changes: object) -> EmailMessage:
    """Compose a message, write it as bytes, and read those back."""
    usual: dict[str, object] = {
        "sender": "Newstone für Acme <press@example.org>",
        "recipient": "ada@example.net",
        "reply_to": "desk@example.org",
        "list_id": "press.example.org",
        "unsubscribe": "https://list.example.org/off",
        "date": DATE,
        "again": 0,
    }
    message = compose_digest(digest or samples.ordinary(), **(usual | changes))  # type: ignore[arg-type]
    parsed = email.message_from_bytes(message.as_bytes(), policy=default)
    assert isinstance(parsed, EmailMessage)
    assert parsed.defects == []
    return parsed


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content


def test_the_headers_are_those_of_a_list_and_of_a_machine() -> None:
    message = composed()
    assert message["From"] == "Newstone für Acme <press@example.org>"
    assert message["To"] == "ada@example.net"
    assert message["Reply-To"] == "desk@example.org"
    assert message["Subject"] == "Acme 2025-W05: polarity −0.12, 1,234 articles"
    assert message["Date"].datetime == DATE
    assert message["List-Id"] == "<press.example.org>"
    assert message["List-Unsubscribe"] == "<https://list.example.org/off>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en"
    assert message["MIME-Version"] == "1.0"
    assert re.fullmatch(r"<2025-W05\.[0-9a-f]{24}@press\.example\.org>", message["Message-ID"])


def test_what_is_not_configured_is_left_out() -> None:
    message = composed(reply_to="", list_id="", unsubscribe="")
    assert not {"Reply-To", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"} & set(message.keys())
    assert message["Message-ID"].endswith("@example.org>")
    assert "Unsubscribe" not in body(message, "html")


def test_a_mail_address_to_unsubscribe_has_no_one_click() -> None:
    message = composed(unsubscribe="mailto:off@example.org?subject=off")
    assert message["List-Unsubscribe"] == "<mailto:off@example.org?subject=off>"
    assert "List-Unsubscribe-Post" not in message
    assert "mailto:off@example.org" in body(message, "html")


def test_the_message_id_depends_on_list_week_recipient_and_edition_alone() -> None:
    first = composed()["Message-ID"]
    assert composed(date=datetime(2025, 2, 4, tzinfo=UTC), sender="other@example.org")["Message-ID"] == first
    assert composed(samples.ordinary("de"))["Message-ID"] == first
    others = [
        composed(again=1),
        composed(recipient="bob@example.net"),
        composed(list_id="other.example.org"),
        composed(replace(samples.ordinary(), week=samples.WEEK.earlier(1))),
    ]
    assert len({first, *(message["Message-ID"] for message in others)}) == 5


def test_the_parts_are_text_or_html_with_its_picture() -> None:
    message = composed()
    assert message.get_content_type() == "multipart/alternative"
    text, related = message.iter_parts()
    assert (text.get_content_type(), related.get_content_type()) == ("text/plain", "multipart/related")
    html, picture = related.iter_parts()
    assert isinstance(picture, EmailMessage)
    assert picture.get_content().startswith(b"\x89PNG\r\n")
    assert picture.get_content_disposition() == "inline"
    sources = re.findall(r'<img[^>]* src="([^"]+)"', html.get_content())
    assert [f"<{source.removeprefix('cid:')}>" for source in sources] == [picture["Content-ID"]]
    assert "Chart of 11 weeks with articles" in html.get_content()


def test_without_a_point_there_is_no_picture_and_no_word_of_one() -> None:
    message = composed(samples.ordinary(trend=samples.trend(12, tuple(range(12)))))
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert "<img" not in body(message, "html")
    assert "twelve weeks" not in body(message, "plain")


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_html_loads_nothing_and_runs_nothing(language: str) -> None:
    html = body(composed(samples.ordinary(language)), "html")
    assert re.findall(r"<(?:script|link|iframe|form|object|base)\b", html) == []
    assert re.findall(r'(?:src|background)="(?!cid:)', html) == []
    assert "url(" not in html
    assert "@import" not in html
    assert f'<html lang="{language}"' in html


def test_hostile_names_cannot_write_headers() -> None:
    hostile = "Acme\r\nBcc: all@example.org\r\n\r\n<b>hello</b>\u2028Cc: x@example.org " + "ü" * 300
    change = samples.change(name=hostile)
    digest = samples.ordinary(subject=Standing(change, samples.counts(), None), stories=(samples.story(hostile),))
    message = composed(digest)
    assert "Bcc" not in message
    assert "Cc" not in message
    assert len(message["Subject"]) <= 78
    raw = compose_digest(
        digest, sender="a@example.org", recipient="b@example.org", reply_to="", list_id="", unsubscribe="", date=DATE
    ).as_bytes()
    head = raw.partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))
    assert head.isascii()
    assert b"=?utf-8?" in head


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_subject_is_short_and_carries_the_figure(language: str) -> None:
    subject = composed(samples.ordinary(language))["Subject"]
    assert "2025-W05" in subject
    assert "0.12" in subject or "0,12" in subject
    assert len(subject) <= 60


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("sender", "nobody", "digest.sender"),
        ("sender", "", "digest.sender"),
        ("recipient", "a@b@c", "digest.recipients"),
        ("recipient", "x <a@example.org>\nBcc: b@example.org", "digest.recipients"),
        ("reply_to", "two words", "digest.reply_to"),
        ("list_id", "a list>\r\nX: y", "digest.list_id"),
        ("unsubscribe", "javascript:alert(1)", "digest.unsubscribe"),
        ("unsubscribe", "http://list.example/off", "digest.unsubscribe"),
        ("unsubscribe", "https://list.example/off>, <https://evil.example", "digest.unsubscribe"),
        ("unsubscribe", "mailto:nobody", "digest.unsubscribe"),
    ],
)
def test_wrong_addresses_are_refused_and_named(key: str, value: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        composed(None, **{key: value})


def test_a_huge_week_stays_under_the_limit_with_all_its_sections() -> None:
    long = "Das größte anzunehmende Ergebnis: 深度求索 " * 40
    story = samples.story(long, url="https://daily.example/" + "a" * 1400)
    sentence = samples.evidence(long * 5, url="https://daily.example/" + "b" * 1400)
    moves = tuple(
        samples.move(stories=(story,) * 2, sentences=(sentence,) * 2, name=f"Company {n} {long}") for n in range(5)
    )
    others = tuple(
        Standing(samples.change(f"e{n}", f"Company {n}", n_articles_now=10**6), samples.counts(f"e{n}", 10**6), None)
        for n in range(25)
    )
    sources = [samples.source(f"source{n}", n_articles=0, n_walled=3, n_blocked=2) for n in range(400)]
    digest = samples.ordinary(
        "de", moves=moves, others=others, stories=(story,) * 5, uncertain=(sentence,) * 5,
        new_themes=samples.ordinary().new_themes * 8, health=samples.health(*sources), n_stories=10**6,
    )  # fmt: skip
    message = composed(digest)
    html = body(message, "html")
    assert len(html.encode()) < MOST_HTML_BYTES
    assert html.count("<h2") == 8
    assert "Listen sind hier gekürzt" in html
    assert "Listen sind hier gekürzt" in " ".join(body(message, "plain").split())
    assert "Listen sind" not in body(composed(samples.ordinary("de")), "html")
    assert "und 392 weitere" in html
    assert len(message.as_bytes()) < 600_000


def test_header_text_is_one_line_without_controls() -> None:
    assert header_text("a\r\n\tb\x00c\u2028d  e\x85f") == "a b c d e f"
