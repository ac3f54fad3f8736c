"""An alert in words: e-mail as text and HTML, JSON and Slack for a webhook.

The JSON object of ``webhook_format = "json"``, all keys always there:

======================  ==================================================================================
``version``             1; a new number means that keys changed their meaning
``kind``                ``"alert"``
``id``                  names rule, company and day; the same when it is posted again
``text``                the alert as plain text
``rule``                name of the rule
``entity``, ``name``    id and name of the company
``measure``             ``"volume"``, ``"polarity"`` or ``"theme"``
``theme``               id, or null
``languages``           list of languages; empty for all
``day``                 ``"2025-01-28"``, UTC
``value``               voices of the day, or mean polarity from -1 to 1
``usual``               median of the days before, or null
``threshold``           ``{"kind": "z" | "above" | "below", "value": number}``
``z``                   robust z-score, or null for an absolute threshold
``n_voices``            voices behind ``value``; for polarity the scored ones
``low``, ``high``       95 % interval of a polarity, or null
``stories``             list of ``{"title", "url", "outlet", "language", "n_articles", "n_outlets"}``
``sentences``           list of ``{"sentence", "outlet", "language", "url", "polarity", "model"}``
======================  ==================================================================================

``webhook_format = "slack"`` posts ``{"text": …}`` in Slack's mrkdwn, which Mattermost and others read too.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib import resources
from typing import Any

from analysis.alert_rules import Alert, Crossing, Rule
from db.read import Evidence, Story
from newstone.delivery.alert_ledger import Note

FORMAT_VERSION = 1
MAX_TITLE_CHARS = 200
"""Characters of a title or sentence that are shown; titles come from strangers."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")  # of lines and of direction
_STYLE = "font:15px/1.5 -apple-system,'Segoe UI',Helvetica,Arial,sans-serif;max-width:36em"


@cache
def _wording() -> Mapping[str, Mapping[str, Any]]:
    file = resources.files("newstone.delivery") / "alert_words.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


class NoteWriter:
    """Writes alerts in one language, "en" or "de"."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._words = _wording()[language]

    def write(self, alert: Alert) -> Note:
        """Give an alert in words; everything in them is a field of the alert."""
        subject, lines = self._subject(alert), self._lines(alert)
        return Note(
            subject=subject,
            text=self._text(alert, subject, lines),
            html=self._html(alert, subject, lines),
            json_body=json.dumps(self._json(alert, "\n".join((subject, *lines))), ensure_ascii=False),
            slack_body=json.dumps({"text": self._slack(alert, subject, lines)}, ensure_ascii=False),
        )

    def _say(self, key: str, **values: object) -> str:
        return str(self._words[key]).format(**values)

    def _count(self, key: str, n: int, **values: object) -> str:
        return self._say(f"{key}_one", n=n, **values) if n == 1 else self._say(key, n=n, **values)

    def _number(self, value: float, *, signed: bool = False, digits: int = 2) -> str:
        rounded = round(value, digits) or 0.0  # no minus before zero
        sign = "+" if signed and rounded else ""
        text = f"{rounded:{sign}.{digits}f}" if signed else f"{rounded:.{digits}f}".rstrip("0").rstrip(".")
        return text.replace("-", "−").replace(".", str(self._words["decimal"]))

    def _amount(self, rule: Rule, value: float) -> str:
        """Give a polarity with its sign, or a number of voices."""
        return self._number(value, signed=rule.is_polarity, digits=2 if rule.is_polarity else 1)

    def _subject(self, alert: Alert) -> str:
        crossing = alert.crossing
        rule, day = crossing.rule, crossing.day
        if rule.is_polarity:
            what = self._say("tone", value=self._amount(rule, crossing.value))
        else:
            what = self._voices(crossing)
        date = self._say("date", day=day.day, month=self._words["months"][day.month - 1], year=day.year)
        theme = _one_line(dict(alert.theme_names).get(self._language, rule.theme or ""))
        key = "subject_theme" if theme else "subject"
        return self._say(key, name=_one_line(crossing.name), theme=theme, what=what, date=date)

    def _voices(self, crossing: Crossing) -> str:
        return self._count("voices", int(crossing.value), value=self._amount(crossing.rule, crossing.value))

    def _lines(self, alert: Alert) -> tuple[str, ...]:
        """Give what is said of the figures: the rule, what is usual, and how sure it is."""
        crossing, rule = alert.crossing, alert.crossing.rule
        bounds = (("above", rule.above), ("below", rule.below))
        threshold = [self._say(key, bound=self._amount(rule, value)) for key, value in bounds if value is not None]
        if rule.z_bound is not None:
            threshold.append(f"{rule.z_bound[0]} {self._number(rule.z_bound[1])}")
        languages = [self._say("languages", languages=", ".join(rule.languages))] if rule.languages else []
        about = ", ".join([*threshold, *languages])
        figures = []
        if crossing.usual is not None:
            figures.append(self._say("usual", usual=self._amount(rule, crossing.usual)))
        if crossing.z is not None:
            figures.append(self._say("z", z=self._number(crossing.z, signed=True, digits=1)))
        if rule.is_polarity:
            figures.append(self._count("scored", crossing.n_voices))
            figures.append(self._interval(crossing))
        return f"{self._say('rule', rule=_one_line(rule.name))}: {about}", "; ".join(figures)

    def _interval(self, crossing: Crossing) -> str:
        if crossing.low is None or crossing.high is None:
            return self._say("too_few")
        low, high = (self._number(bound, signed=True) for bound in (crossing.low, crossing.high))
        return self._say("interval", low=low, high=high)

    def _about_story(self, story: Story) -> str:
        articles = self._count("articles", story.n_articles, outlets=story.n_outlets)
        return self._say("story", outlet=_short(story.outlet), articles=articles)

    def _about_sentence(self, evidence: Evidence) -> str:
        polarity = "" if evidence.polarity is None else f", {self._number(evidence.polarity, signed=True)}"
        return f"{_short(evidence.outlet)}{polarity}"

    def _text(self, alert: Alert, subject: str, lines: tuple[str, ...]) -> str:
        parts = [subject, "", *(line for line in lines if line), ""]
        if alert.stories:
            parts.append(self._say("stories"))
            for story in alert.stories:
                parts += [f"- {_short(story.title)}", f"  {self._about_story(story)}", *_indented(story.url)]
            parts.append("")
        if alert.sentences:
            parts.append(self._say("sentences"))
            for evidence in alert.sentences:
                said = f"  {self._about_sentence(evidence)}"
                parts += [f"- {_short(evidence.sentence)}", said, *_indented(evidence.url)]
            parts.append("")
        if not alert.stories:
            parts += [self._say("none"), ""]
        return "\n".join([*parts, "-- ", self._say("footer"), ""])

    def _html(self, alert: Alert, subject: str, lines: tuple[str, ...]) -> str:
        parts = [f'<h1 style="font-size:18px;margin:0 0 8px">{escape(subject)}</h1>']
        parts += [f'<p style="margin:0 0 4px">{escape(line)}</p>' for line in lines if line]
        stories = [
            f"<li>{_link(story.title, story.url, story.language)}<br>{escape(self._about_story(story))}</li>"
            for story in alert.stories
        ]
        sentences = [
            f"<li>{_link(one.sentence, one.url, one.language)}<br>{escape(self._about_sentence(one))}</li>"
            for one in alert.sentences
        ]
        for key, items in (("stories", stories), ("sentences", sentences)):
            if items:
                parts.append(f'<h2 style="font-size:15px;margin:16px 0 4px">{escape(self._say(key))}</h2>')
                parts.append(f'<ul style="margin:0;padding-left:20px">{"".join(items)}</ul>')
        if not stories:
            parts.append(f"<p>{escape(self._say('none'))}</p>")
        parts.append(f'<p style="font-size:13px;margin:16px 0 0">{escape(self._say("footer"))}</p>')
        return (
            f'<!doctype html><html lang="{self._language}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<meta name="color-scheme" content="light dark"><title>{escape(subject)}</title>'
            f'</head><body style="margin:16px"><div style="{_STYLE}">{"".join(parts)}</div></body></html>'
        )

    def _slack(self, alert: Alert, subject: str, lines: tuple[str, ...]) -> str:
        parts = [f"*{_slack_text(subject)}*", *(_slack_text(line) for line in lines if line)]
        parts.extend(
            f"• {_slack_link(story.title, story.url)}, {_slack_text(self._about_story(story))}"
            for story in alert.stories
        )
        parts.extend(
            f"› {_slack_text(_short(one.sentence))} ({_slack_text(self._about_sentence(one))})"
            for one in alert.sentences
        )
        return "\n".join(parts)

    def _json(self, alert: Alert, text: str) -> dict[str, object]:
        crossing, rule = alert.crossing, alert.crossing.rule
        kind = "z" if rule.z is not None else "above" if rule.above is not None else "below"
        return {
            "version": FORMAT_VERSION,
            "kind": "alert",
            "id": hashlib.sha256(f"{rule.name}\n{crossing.entity}\n{crossing.day}".encode()).hexdigest()[:32],
            "text": text,
            "rule": rule.name,
            "entity": crossing.entity,
            "name": crossing.name,
            "measure": rule.measure.value,
            "theme": rule.theme,
            "languages": list(rule.languages),
            "day": crossing.day.isoformat(),
            "value": crossing.value,
            "usual": crossing.usual,
            "threshold": {"kind": kind, "value": getattr(rule, kind)},
            "z": crossing.z,
            "n_voices": crossing.n_voices,
            "low": crossing.low,
            "high": crossing.high,
            "stories": [
                {
                    "title": story.title,
                    "url": story.url,
                    "outlet": story.outlet,
                    "language": story.language,
                    "n_articles": story.n_articles,
                    "n_outlets": story.n_outlets,
                }
                for story in alert.stories
            ],
            "sentences": [
                {
                    "sentence": one.sentence,
                    "outlet": one.outlet,
                    "language": one.language,
                    "url": one.url,
                    "polarity": one.polarity,
                    "model": one.model_id,
                }
                for one in alert.sentences
            ],
        }


def _one_line(text: str) -> str:
    """Give a text on one line, so that it cannot write headers or lines of its own, nor turn those beside it round."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def _short(text: str) -> str:
    line = _one_line(text)
    return line if len(line) <= MAX_TITLE_CHARS else line[: MAX_TITLE_CHARS - 1].rstrip() + "…"


def _is_web(url: str) -> bool:
    return url.lower().startswith(("https://", "http://")) and url.isprintable() and " " not in url


def _indented(url: str) -> list[str]:
    return [f"  {url}"] if _is_web(url) else []


def _link(text: str, url: str, language: str) -> str:
    shown = f'<span lang="{escape(language)}" dir="auto">{escape(_short(text))}</span>'
    return f'<a href="{escape(url)}">{shown}</a>' if _is_web(url) else shown


def _slack_text(text: str) -> str:
    """Escape the three characters that mean something to Slack, and break the @all that would call for others."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "@\u200b")


def _slack_link(title: str, url: str) -> str:
    shown = _slack_text(_short(title)).replace("|", "¦")
    return f"<{_slack_text(url.replace('@', '%40').replace('|', '%7C'))}|{shown}>" if _is_web(url) else shown
