"""The watchlist: who is watched, under which names, what must stand near a name that is also a word; and themes.

The file's schema is documented at the top of ``watchlists/deepseek.toml``.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from analysis.scripts import name_key
from pipelines.errors import WatchlistError

MATCHER_VERSION = 2
"""Raised whenever the same watchlist would find other mentions; it is part of every watchlist's version."""

THEME_MATCHER_VERSION = 2
"""Raised whenever the same words would find other themes; it is part of every version of the themes."""

_VERSION_BYTES = 8
"""64 bits: enough to tell the versions of one watchlist apart, short enough to read in a table."""


MAX_NAME_CHARS = 200
"""Of one name or word; the pattern of all names nests as deep as the longest is long."""


def _check_stars(word: str) -> str:
    if "*" in word.strip("*"):
        raise ValueError("a star can stand at the beginning or the end only; write the forms out")
    return word


_Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_CHARS, strip_whitespace=True)]
_Word = Annotated[_Text, AfterValidator(_check_stars)]
_Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
_Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ambiguous(_Part):
    """Names that are also words or other people's names, and what decides whether the entity is meant."""

    names: tuple[_Text, ...] = Field(min_length=1)
    """The names, spelled as ``case`` demands. A ``#`` at the end asks for a version number after the name."""

    case: Literal["exact", "any"] = "exact"
    """``exact``: only as spelled, or all in capitals."""

    counts: Literal["with_context", "unless_vetoed"] = "with_context"
    """``with_context``: one of ``needs`` or a sure name of the entity must be near. ``unless_vetoed``: counts alone."""

    needs: tuple[_Word, ...] = ()
    """Words that speak for the entity, in the sentence, near it or in the title. ``@ai`` names a [context] list."""

    veto: tuple[_Word, ...] = ()
    """Words in the sentence that speak against it; a sure name of the entity in the sentence overrules them."""

    person: bool = False
    """The name is a first name too: a capitalised word after it (not one of ``products``) is a veto."""

    products: tuple[_Text, ...] = ()
    """Capitalised words that may follow the name: "Opus" after "Claude"."""

    capital_counts_in: tuple[_Language, ...] = ()
    """Languages in which a capital inside a sentence is context enough."""

    counts_in: tuple[_Language, ...] = ()
    """Languages in which the name is no word, so that it counts without context."""


class Entity(_Part):
    """One watched company."""

    id: _Id
    name: _Text
    """The name to show."""

    role: Literal["subject", "competitor", "partner", "supplier"]
    names: tuple[_Text, ...] = ()
    """Sure names, in any case."""

    exact: tuple[_Text, ...] = ()
    """Sure names, only in this case."""

    exclude: tuple[_Text, ...] = ()
    """Phrases, in any case, inside which no name of this entity counts."""

    exclude_in: Mapping[_Language, tuple[_Text, ...]] = Field(default_factory=dict)
    """The same for texts of one language: "meta de" is a goal in Spanish, but not in Dutch."""

    ambiguous: tuple[Ambiguous, ...] = ()


class DoubtfulWords(_Part):
    """Words of a theme that also mean something else, and what decides."""

    words: tuple[_Word, ...] = ()
    words_in: Mapping[_Language, tuple[_Word, ...]] = Field(default_factory=dict)
    needs: tuple[_Word, ...] = ()
    """Words that speak for the theme, in the sentence, the title or the lead. ``@ai`` names a [context] list."""

    needs_in: Mapping[_Language, tuple[_Word, ...]] = Field(default_factory=dict)
    topic: tuple[_Word, ...] = ()
    """Words of which one must stand there besides: who uses something does so with AI ("@ai_strict")."""

    veto: tuple[_Word, ...] = ()
    """Words in the sentence that speak against it."""


class ThemeNames(_Part):
    """The names to show."""

    en: _Text
    de: _Text


class ThemeWords(_Part):
    """One theme: what an article may be about, whoever it names."""

    id: _Id
    name: ThemeNames
    words: tuple[_Word, ...] = ()
    """Sure words, in texts of every language."""

    words_in: Mapping[_Language, tuple[_Word, ...]] = Field(default_factory=dict)
    """Sure words in texts of one language."""

    exclude: tuple[_Text, ...] = ()
    """Phrases, in any case, inside which no word of this theme counts."""

    doubtful: tuple[DoubtfulWords, ...] = ()


class _File(_Part):
    subject: _Id
    context: Mapping[_Id, tuple[_Word, ...]] = Field(default_factory=dict)
    entity: tuple[Entity, ...] = Field(min_length=1)
    theme: tuple[ThemeWords, ...] = ()


class Watchlist(_Part):
    """A checked watchlist. ``version`` is a hash of its entities and of the matcher, not of comments or layout.

    ``themes_version`` is the same for the themes, so that a change of one never seeks the other anew.
    """

    subject: str
    entities: Mapping[str, Entity]
    version: str
    themes: tuple[ThemeWords, ...] = ()
    themes_version: str = ""


def shipped_watchlist_path() -> Path:
    """Give the path of the watchlist that comes with newstone (DeepSeek and its competitors)."""
    return Path(__file__).with_name("watchlists") / "deepseek.toml"


def load_watchlist(path: Path) -> Watchlist:
    """Read and check a watchlist file.

    Raises:
        WatchlistError: the file cannot be read, is no TOML, has an unknown or missing key, names something twice or
            refers to something that is not there; the message names file, key and remedy.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); name an existing watchlist file"
        raise WatchlistError(message) from error
    except UnicodeDecodeError as error:
        raise WatchlistError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise WatchlistError(f"{path}: not valid TOML: {error}; mend the syntax there") from error
    try:
        content = _File.model_validate(raw)
    except ValidationError as error:
        raise WatchlistError("\n".join(f"{path}: {line}" for line in _explain(error, raw))) from error
    entities = tuple(_with_context_lists(path, entity, content.context) for entity in content.entity)
    _check_names(path, content.subject, entities)
    by_id = {entity.id: entity for entity in entities}
    themes = tuple(_with_theme_lists(path, theme, content.context) for theme in content.theme)
    _check_themes(path, themes)
    return Watchlist(
        subject=content.subject,
        entities=by_id,
        version=_version(content.subject, by_id),
        themes=themes,
        themes_version=_themes_version(themes),
    )


def _explain(error: ValidationError, raw: Mapping[str, object]) -> list[str]:
    lines = []
    for detail in error.errors():
        location = detail["loc"]
        key = ".".join(str(part) for part in location)
        table = str(location[0])
        if len(location) > 1 and table in ("entity", "theme") and isinstance(location[1], int):
            rest = ".".join(str(part) for part in location[2:])
            key = f"{table} {_label(raw, table, location[1])}, key {rest}"
        match detail["type"]:
            case "extra_forbidden":
                advice = "unknown key; remove it, or see the keys at the top of the shipped deepseek.toml"
            case "missing":
                advice = "missing; add it"
            case _:
                advice = f"{detail['msg']} (found {detail['input']!r:.80}); change the value"
        lines.append(f"{key}: {advice}")
    return lines


def _label(raw: Mapping[str, object], table: str, index: int) -> str:
    tables = raw.get(table)
    if isinstance(tables, list) and index < len(tables) and isinstance(tables[index], dict):
        return repr(tables[index].get("id", f"number {index + 1}"))
    return f"number {index + 1}"


def _with_context_lists(path: Path, entity: Entity, lists: Mapping[str, tuple[str, ...]]) -> Entity:
    groups = []
    for group in entity.ambiguous:
        resolved = {
            key: _resolved(f"{path}: entity {entity.id!r}, key ambiguous.{key}", words, lists)
            for key, words in (("needs", group.needs), ("veto", group.veto))
        }
        groups.append(group.model_copy(update=resolved))
    return entity.model_copy(update={"ambiguous": tuple(groups)})


def _with_theme_lists(path: Path, theme: ThemeWords, lists: Mapping[str, tuple[str, ...]]) -> ThemeWords:
    groups = []
    for group in theme.doubtful:
        resolved = {
            key: _resolved(f"{path}: theme {theme.id!r}, key doubtful.{key}", words, lists)
            for key, words in (("needs", group.needs), ("topic", group.topic), ("veto", group.veto))
        }
        groups.append(group.model_copy(update=resolved))
    return theme.model_copy(update={"doubtful": tuple(groups)})


def _resolved(where: str, words: tuple[str, ...], lists: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Put the words of a [context] list in the place of its name."""
    expanded: list[str] = []
    for word in words:
        if not word.startswith("@"):
            expanded.append(word)
        elif word[1:] in lists:
            expanded.extend(lists[word[1:]])
        else:
            known = ", ".join(f"@{name}" for name in sorted(lists)) or "none"
            message = f"{where}: {word!r} is no list under [context]"
            raise WatchlistError(f"{message} (there are: {known}); add the list or correct the name")
    return tuple(expanded)


def _check_names(path: Path, subject: str, entities: tuple[Entity, ...]) -> None:
    seen_ids: set[str] = set()
    owners: dict[str, str] = {}
    for entity in entities:
        if entity.id in seen_ids:
            raise WatchlistError(f"{path}: entity {entity.id!r} stands twice; join the two tables")
        seen_ids.add(entity.id)
        names = [*entity.names, *entity.exact, *(name for group in entity.ambiguous for name in group.names)]
        if not names:
            raise WatchlistError(f"{path}: entity {entity.id!r} has no names; add some under names or exact")
        for name in names:
            key = name_key(name)
            if not key.strip(" #"):
                raise WatchlistError(f"{path}: entity {entity.id!r}: the name {name!r} has no letters; remove it")
            owner = owners.setdefault(key, entity.id)
            if owner != entity.id:
                message = f"{path}: the name {name!r} stands under {owner!r} and {entity.id!r}"
                raise WatchlistError(f"{message}; a name can have one owner, remove one of them")
    if subject not in seen_ids:
        known = ", ".join(sorted(seen_ids))
        raise WatchlistError(f"{path}: subject = {subject!r} is no entity id (there are: {known}); correct it")


def _check_themes(path: Path, themes: tuple[ThemeWords, ...]) -> None:
    seen: set[str] = set()
    for theme in themes:
        where = f"{path}: theme {theme.id!r}"
        if theme.id in seen:
            raise WatchlistError(f"{where} stands twice; join the two tables")
        seen.add(theme.id)
        groups = [(theme.words, theme.words_in), *((group.words, group.words_in) for group in theme.doubtful)]
        if not any(words or words_in for words, words_in in groups):
            raise WatchlistError(f"{where} has no words; add some under words or words_in")
        for words, words_in in groups:
            for word in (*words, *(word for each in words_in.values() for word in each)):
                if not name_key(word).strip(" *"):
                    raise WatchlistError(f"{where}: the word {word!r} has no letters; remove it")
        for group in theme.doubtful:
            if not (group.needs or group.needs_in or group.veto):
                raise WatchlistError(f"{where}: doubtful words need needs or veto; add some, or put them under words")


def _version(subject: str, entities: Mapping[str, Entity]) -> str:
    content = {
        "matcher": MATCHER_VERSION,
        "subject": subject,
        "entities": {key: _normalised(entity.model_dump()) for key, entity in entities.items()},
    }
    return _hash(content)


def _themes_version(themes: tuple[ThemeWords, ...]) -> str:
    return _hash({"matcher": THEME_MATCHER_VERSION, "themes": [_normalised(theme.model_dump()) for theme in themes]})


def _hash(content: object) -> str:
    raw = json.dumps(content, ensure_ascii=False, sort_keys=True).encode("utf-8")
    return hashlib.blake2b(raw, digest_size=_VERSION_BYTES).hexdigest()


def _normalised(value: object) -> object:
    """Lists of words mean the same in any order and however often a word is repeated."""
    if isinstance(value, dict):
        return {key: _normalised(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        parts = [_normalised(part) for part in value]
        return sorted(set(map(str, parts))) if all(isinstance(part, str) for part in parts) else parts
    return value
