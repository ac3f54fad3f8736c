"""A synthetic press in the real schema: two years, 400 sources in 14 languages, made by SQL within the writer database.

Stories have copies (a power law), weekdays a rhythm, some days a rush; the subject and a few large companies take most
of the namings. The same number of mentions gives the same rows in every run. Texts are short and in English, so the
database is smaller than one of real articles with as many mentions; the numbers of rows are what a question costs.
"""

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from analysis.watchlist import Watchlist, load_watchlist, shipped_watchlist_path
from db.loader import record_model, record_sources, record_watchlist
from db.rows import EntityRow, ModelRow, SourceRow, ThemeRow, ThemeSetRow, WatchlistRow
from db.themes import record_theme_set
from db.writer import Writer, open_writer

FIRST_DAY, LAST_DAY = date(2024, 1, 1), date(2025, 12, 31)
N_SOURCES = 400
SUBJECT = "deepseek"
MODEL = ModelRow("synthetic-model", "r1", ("en",), "sentence with marked target")
UNSCORED = ("fi",)
"""A language that the model was not validated on: its sentences have a row without probabilities."""

_OUTLETS_OF_A_HUNDRED = {
    "en": 30, "zh": 12, "de": 10, "fr": 8, "es": 7, "ja": 7, "ko": 5,
    "it": 4, "pt": 4, "ru": 4, "nl": 3, "pl": 2, "tr": 2, "fi": 2,
}  # fmt: skip
_COUNTRIES = {"en": "GB", "zh": "CN", "ja": "JP", "ko": "KR"}  # where it is not the code of the language
_MEDIA = ["press"] * 15 + ["agency", "blog", "aggregator", "company_newsroom", "state_media"]
_MENTIONS_A_STORY = 8.3  # of all copies and revisions; measured on a million mentions
_CHUNK_DAYS = 31  # at 10 million mentions a month is half a million sentences: some hundred MB of intermediate rows
_START = datetime(2023, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PressSize:
    """Rows of a synthetic press."""

    n_mentions: int
    n_articles: int
    n_revisions: int
    n_pages: int


def build_press(store: Path, n_mentions: int, *, max_memory: str = "4GB", threads: int = 2) -> PressSize:
    """Make a writer database with about that many mentions; takes about 30 s a million on two cores."""
    days = (LAST_DAY - FIRST_DAY).days + 1
    here = Path(__file__).parent
    chunk_sql = (here / "synthetic_press.sql").read_text(encoding="utf-8")
    with open_writer(store) as writer:
        connection = writer.connection
        connection.execute(f"SET max_memory = '{max_memory}'")
        connection.execute(f"SET threads = {threads}")
        watchlist = load_watchlist(shipped_watchlist_path())
        _record(writer, watchlist)
        connection.execute((here / "synthetic_press_setup.sql").read_text(encoding="utf-8"))
        for name, value in {
            "stories_a_day": n_mentions / _MENTIONS_A_STORY / days,
            "watchlist_version": watchlist.version,
            "themes_version": watchlist.themes_version,
            "model_id": MODEL.model_id,
            "model_revision": MODEL.model_revision,
            "unscored": list(UNSCORED),
        }.items():
            connection.execute(f"SET VARIABLE {name} = $1", [value])
        first = FIRST_DAY
        while first <= LAST_DAY:
            last = min(first + timedelta(days=_CHUNK_DAYS - 1), LAST_DAY)
            connection.execute("SET VARIABLE first_day = $1", [first])
            connection.execute("SET VARIABLE last_day = $1", [last])
            connection.execute(chunk_sql)
            first = last + timedelta(days=1)
        row = writer.fetch(
            "SELECT (SELECT count(*) FROM mention), (SELECT count(DISTINCT article_id) FROM revision),"
            " (SELECT count(*) FROM revision), (SELECT count(*) FROM page)"
        )[0]
    return PressSize(*(int(str(value)) for value in row))


def _record(writer: Writer, watchlist: Watchlist) -> None:
    entities = tuple(EntityRow(entity.id, entity.name, entity.role) for entity in watchlist.entities.values())
    content = shipped_watchlist_path().read_text(encoding="utf-8")
    themes = tuple(ThemeRow(theme.id, theme.name.en, theme.name.de) for theme in watchlist.themes)
    record_sources(writer, _sources(), _START)
    record_watchlist(writer, WatchlistRow(watchlist.version, watchlist.subject, content, entities), _START)
    record_theme_set(writer, ThemeSetRow(watchlist.themes_version, themes), _START)
    record_model(writer, MODEL, _START)


def _sources() -> list[SourceRow]:
    languages = [language for language, n in _OUTLETS_OF_A_HUNDRED.items() for _ in range(n)]
    return [
        SourceRow(
            source_id=f"outlet-{number:03d}",
            version="v1",
            name=f"Outlet {number:03d}",
            language=language,
            medium=_MEDIA[number * 7 % len(_MEDIA)],
            zone="UTC",
            country=_COUNTRIES.get(language, language.upper()),
        )
        for number, language in enumerate(itertools.islice(itertools.cycle(languages), N_SOURCES))
    ]
