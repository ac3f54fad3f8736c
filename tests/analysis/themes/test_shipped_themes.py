"""The shipped themes on short news items in fourteen languages, which were written before their words."""

import json
from collections import Counter
from pathlib import Path

import pytest

from analysis.scorers.builtin import builtin_folder
from analysis.themes import ThemeMatcher, find_themes
from analysis.watchlist import Watchlist, load_watchlist, shipped_watchlist_path

ITEMS = [
    json.loads(line)
    for line in Path(__file__).with_name("items.jsonl").read_text(encoding="utf-8").splitlines()
    if line
]
THEMES = ("chips", "privacy", "regulation", "adoption", "models", "markets", "security")
LANGUAGES = tuple(sorted({str(item["language"]) for item in ITEMS}))
LEAST = 0.9
"""Least precision and recall for each theme and each language (0.86 for a language with one miss in seven)."""


def test_the_shipped_themes_are_those_of_the_reports(shipped: Watchlist) -> None:
    assert tuple(theme.id for theme in shipped.themes) == THEMES
    assert all(theme.name.en and theme.name.de for theme in shipped.themes)


def test_every_theme_has_words_in_every_language_of_the_built_in_model(shipped: Watchlist) -> None:
    config = json.loads((builtin_folder() / "config.json").read_bytes())
    languages = set(config["newstone_macro_f1"])
    assert languages == set(LANGUAGES)
    for theme in shipped.themes:
        spoken = set(theme.words_in) | {code for group in theme.doubtful for code in group.words_in}
        assert languages <= spoken, theme.id


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_is_found_where_it_is_and_only_there(theme: str, shipped_themes: ThemeMatcher) -> None:
    counts = Counter(_verdict(item, theme, shipped_themes) for item in ITEMS)
    assert counts["right"] >= 13  # nearly one item in each language
    assert counts["right"] / (counts["right"] + counts["wrong"]) >= LEAST
    assert counts["right"] / (counts["right"] + counts["missed"]) >= LEAST


@pytest.mark.parametrize("language", LANGUAGES)
def test_themes_are_found_in_every_language(language: str, shipped_themes: ThemeMatcher) -> None:
    items = [item for item in ITEMS if item["language"] == language]
    counts = Counter(_verdict(item, theme, shipped_themes) for item in items for theme in THEMES)
    assert counts["right"] >= 6
    assert counts["wrong"] + counts["missed"] <= 1


def _verdict(item: dict[str, object], theme: str, themes: ThemeMatcher) -> str:
    found = theme in find_themes(str(item["title"]), str(item["text"]), str(item["language"]), themes)
    expected, allowed = item["themes"], item["also"]
    assert isinstance(expected, list)
    assert isinstance(allowed, list)
    if theme in expected:
        return "right" if found else "missed"
    return "wrong" if found and theme not in allowed else "quiet"


BLIND = [
    json.loads(line)
    for line in Path(__file__).with_name("blind_items.jsonl").read_text(encoding="utf-8").splitlines()
    if line
]


def test_oblique_news_items_are_found_by_most_themes_with_few_errors(shipped_themes: ThemeMatcher) -> None:
    """The words were chosen by the items of odd number; those of even number were only measured."""
    held_out = [item for item in BLIND if item["number"] % 2 == 0]
    assert {item["language"] for item in held_out} == set(LANGUAGES)
    counts = Counter(_verdict(item, theme, shipped_themes) for item in held_out for theme in THEMES)
    assert counts["right"] / (counts["right"] + counts["wrong"]) >= LEAST
    assert counts["right"] / (counts["right"] + counts["missed"]) >= 0.8
    assert [item["title"] for item in held_out if not item["themes"]]  # some are about none of the themes


@pytest.mark.parametrize("theme", THEMES)
def test_no_theme_nearly_never_fires_on_oblique_items(theme: str, shipped_themes: ThemeMatcher) -> None:
    counts = Counter(_verdict(item, theme, shipped_themes) for item in BLIND)
    assert counts["right"] / (counts["right"] + counts["wrong"]) >= 0.8
    assert counts["right"] / (counts["right"] + counts["missed"]) >= 0.75


HARMLESS = {
    "snack": (
        "en",
        "Game day snacks",
        "Put out chips and salsa. The chips go first. More salsa for the chips, please.",
    ),
    "footer": (
        "en",
        "A quiet town",
        "The harbour is calm. See our privacy policy. By reading on you accept the Privacy Policy.",
    ),
    "verb": ("en", "A film night", "She shares his view of the film. He shares her love of the sea."),
    "model": (
        "en",
        "An AI lab moves house",
        "The model makers moved to a bigger office. The model is popular with students.",
    ),
    "train": (
        "de",
        "Ein Verein für Modelle",
        "Der Verein zeigt eine Modelleisenbahn. Das neue Modell fährt im Keller.",
    ),
    "football": (
        "en",
        "Striker misses the derby",
        "The striker was banned for two matches. The ban ends in May, before the final.",
    ),
    "heart": (
        "en",
        "Runner recovers",
        "He had a heart attack on the track. The attack came without a warning, users of the track said.",
    ),
    "actions": (
        "es",
        "El alcalde explica sus acciones",
        "Las acciones del alcalde fueron rápidas. Otras acciones vendrán después.",
    ),
    "gain": ("tr", "Bahar geldi", "Bahar gelir, çiçekler açar. Sonra yaz gelir ve hava ısınır."),
    "hospital": (
        "en",
        "Hospital tries a new scanner",
        "Two doctors have been using it since March. The clinic relies on it and staff like it.",
    ),
    "downloads": (
        "de",
        "Fahrplan-App an der Spitze",
        "Die App der Verkehrsbetriebe wurde oft heruntergeladen. Kunden nutzen sie im Bus, die Stadt freut sich.",
    ),
    "road": (
        "pl",
        "Miliard na drogi",
        "Gmina inwestuje w drogi i mosty. Urzędnicy korzystają z nowych map, a mieszkańcy je pobierają.",
    ),
    "company-form": (
        "ja",
        "町の菓子店が新装開店",
        "株式会社みなと堂は土曜日に店を開けた。株式会社の名は祖父が付けた。",
    ),
}


@pytest.mark.parametrize("case", sorted(HARMLESS))
def test_words_with_another_meaning_make_no_theme(case: str, shipped_themes: ThemeMatcher) -> None:
    language, title, text = HARMLESS[case]
    assert find_themes(title, text, language, shipped_themes) == frozenset()


INFLECTED = {
    "de": ("Die Exportkontrollen werden verschärft", "chips"),
    "pl": ("Producenci półprzewodników protestują", "chips"),
    "ru": ("О полупроводниках говорили весь день", "chips"),
    "tr": ("Yapay zekâ çiplerinin satışı durdu", "chips"),
    "ko": ("반도체에서는 더 이상 못 판다", "chips"),
    "ar": ("وبأشباه الموصلات تتنافس الدول", "chips"),
    "ja": ("半導体をめぐる争い", "chips"),
    "fr": ("L'interdiction des applications chinoises", "regulation"),
}


@pytest.mark.parametrize("language", sorted(INFLECTED))
def test_inflected_and_glued_words_are_found(language: str, shipped_themes: ThemeMatcher) -> None:
    title, theme = INFLECTED[language]
    assert theme in find_themes(title, "", language, shipped_themes)


def test_themes_do_not_change_the_version_of_the_watchlist(shipped: Watchlist, tmp_path: Path) -> None:
    text = shipped_watchlist_path().read_text(encoding="utf-8")
    bare = tmp_path / "bare.toml"
    bare.write_text(text[: text.index("[[theme]]\nid")], encoding="utf-8")
    without = load_watchlist(bare)
    assert without.themes == ()
    assert without.version == shipped.version
    assert without.themes_version != shipped.themes_version
