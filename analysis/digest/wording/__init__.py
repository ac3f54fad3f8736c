"""The words of the weekly e-mail as data: one file per language, chosen by ``[digest] language``."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from babel import Locale

LANGUAGES = ("en", "de")
"""Languages that have a file here."""

PLURALS = frozenset({"one", "other"})
"""Forms of a phrase that follows a number; both are needed in every language here."""


class Wording:
    """The phrases of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._phrases = phrases_of(language)
        self._plural_of = Locale.parse(language).plural_form

    def say(self, key: str, **words: object) -> str:
        """Give the phrase of a key such as ``summary.rose`` with its words filled in.

        Raises:
            KeyError: there is no such phrase, or a word that it needs is missing.
        """
        return self._plain(key).format_map(words)

    def count(self, key: str, number: int, shown: str = "", **words: object) -> str:
        """Give the phrase of a key in the form that ``number`` asks for; ``shown`` is the number as written.

        Raises:
            KeyError: there is no such phrase, or a word that it needs is missing.
        """
        forms = self._phrases[key]
        if isinstance(forms, str):
            raise KeyError(f"{key} in {self.language}.toml has no forms for numbers")
        return forms[self._plural_of(number)].format_map({"n": shown or str(number), **words})

    def has(self, key: str) -> bool:
        """Say whether there is such a phrase."""
        return key in self._phrases

    def _plain(self, key: str) -> str:
        phrase = self._phrases[key]
        if not isinstance(phrase, str):
            raise KeyError(f"{key} in {self.language}.toml follows a number")
        return phrase


@lru_cache(maxsize=len(LANGUAGES))
def phrases_of(language: str) -> Mapping[str, str | Mapping[str, str]]:
    """Give all phrases of a language by ``section.key``; one that follows a number is a mapping of its forms."""
    file = resources.files(__name__) / f"{language}.toml"
    sections = tomllib.loads(file.read_text(encoding="utf-8"))
    return {f"{section}.{key}": phrase for section, phrases in sections.items() for key, phrase in phrases.items()}
