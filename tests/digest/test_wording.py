"""The words as data: every language says the same things."""

import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import analysis.digest
from analysis.digest.figures import Figures, isolated
from analysis.digest.records import MoveKind
from analysis.digest.sections import DIRECTED
from analysis.digest.wording import LANGUAGES, PLURALS, Wording, phrases_of

ONLY_UPWARD = {MoveKind.VOLUME_SPIKE, MoveKind.THEME_RISE}


def placeholders(phrase: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name is not None}


def forms(language: str) -> Iterator[tuple[str, str, str]]:
    for key, phrase in phrases_of(language).items():
        for form, text in phrase.items() if not isinstance(phrase, str) else [("", phrase)]:
            yield key, form, text


def test_every_language_has_the_same_keys_and_forms() -> None:
    first, *others = ({(key, form) for key, form, _ in forms(language)} for language in LANGUAGES)
    for other in others:
        assert other ^ first == set()


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_phrase_has_the_same_placeholders_as_in_english(language: str) -> None:
    english = {(key, form): placeholders(text) for key, form, text in forms("en")}
    differing = {
        (key, form): placeholders(text) ^ english[key, form]
        for key, form, text in forms(language)
        if placeholders(text) != english[key, form]
    }
    assert differing == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_with_numbers_have_every_form_and_are_never_empty(language: str) -> None:
    for key, phrase in phrases_of(language).items():
        if not isinstance(phrase, str):
            assert set(phrase) == PLURALS, key
    assert all(text.strip() for _, _, text in forms(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_move_can_be_told_upward_and_what_can_fall_downward(language: str) -> None:
    wording = Wording(language)
    for kind in MoveKind:
        assert wording.has(f"moves.{DIRECTED[kind]}_up")
        assert wording.has(f"moves.{DIRECTED[kind]}_down") is (kind not in ONLY_UPWARD)


def test_every_phrase_is_used() -> None:
    folder = Path(analysis.digest.__file__).parent
    code = "\n".join(file.read_text(encoding="utf-8") for file in [*folder.glob("*.py"), *folder.glob("*.j2")])
    made = ("form.day_", "unit.", "reason.", "outcome.", "health.", "moves.", "table.")  # put together in the code
    unused = [key for key in phrases_of("en") if not re.search(f"[\"']{key}[\"']", code) and not key.startswith(made)]
    assert unused == []


def test_one_and_many_differ() -> None:
    english, german = Wording("en"), Wording("de")
    assert [english.count("unit.voices", n) for n in (0, 1, 2)] == ["0 voices", "1 voice", "2 voices"]
    assert [german.count("unit.outlets", n) for n in (0, 1, 2)] == ["0 Medien", "1 Medium", "2 Medien"]


def test_a_word_that_is_missing_or_a_plain_phrase_counted_is_an_error() -> None:
    with pytest.raises(KeyError):
        Wording("en").say("summary.rose", size="1")
    with pytest.raises(KeyError, match="no forms"):
        Wording("en").count("form.none", 1)
    with pytest.raises(KeyError, match="follows a number"):
        Wording("en").say("unit.voices")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["+0.14", "−0.06", "0.00", "24 %", "+3.3 points", "1,234", "2.5"]),
        ("de", ["+0,14", "−0,06", "0,00", "24 %", "+3,3 Prozentpunkte", "1.234", "2,5"]),
    ],
)
def test_figures_are_those_of_the_locale(language: str, expected: list[str]) -> None:
    figures = Figures(Wording(language))
    written = [figures.signed(value) for value in (0.1449, -0.06, -0.004)]
    written += [figures.percent(0.243), figures.points(0.0331), figures.count(1234), figures.count(2.5)]
    assert [text.replace("\u00a0", " ") for text in written] == expected


def test_names_beyond_the_limit_are_counted() -> None:
    figures = Figures(Wording("de"))
    assert figures.names(["A", "B", "C"], 3) == "A, B und C"
    assert figures.names(["A", "B", "C", "D"], 2) == "A, B und 2 weitere"


def test_only_text_from_right_to_left_is_isolated() -> None:
    assert isolated("深度求索 Umbrella") == "深度求索 Umbrella"
    assert re.fullmatch("\u2068.*\u2069", isolated("شركة 5"))
