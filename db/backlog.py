"""What a stage has still to do: anti-joins against the ledgers. The order is the same on every machine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar, cast

from db.statements import to_mention
from db.writer import Writer
from pipelines.records import Mention

Item = TypeVar("Item")

# A paywalled text is kept and its title and teaser may name an entity, but its sentences are never scored.
_TO_MATCH = """
FROM article a
WHERE a.body_kind IN ('full', 'teaser', 'paywall')
    AND NOT EXISTS (
        SELECT 1 FROM match_done d WHERE d.revision_id = a.revision_id AND d.watchlist_version = ?
    )
"""
_TO_THEME = """
FROM article a
WHERE a.body_kind IN ('full', 'teaser', 'paywall')
    AND NOT EXISTS (
        SELECT 1 FROM theme_done d WHERE d.revision_id = a.revision_id AND d.themes_version = ?
    )
"""
_TO_SCORE = """
FROM mention m
JOIN article a ON a.revision_id = m.revision_id
WHERE m.watchlist_version = ?
    AND a.body_kind IN ('full', 'teaser')
    AND NOT EXISTS (
        SELECT 1 FROM score s WHERE s.mention_id = m.mention_id AND s.model_id = ? AND s.model_revision = ?
    )
"""


@dataclass(frozen=True, slots=True)
class ArticleText:
    """What matching needs to know of one article revision."""

    revision_id: str
    title: str
    text: str
    language: str


def in_batches(
    read: Callable[[int], list[Item]], count: Callable[[], int], size: int
) -> Iterator[tuple[list[Item], int]]:
    """Give what is still to do, up to ``size`` items at a time, each with how many there were at first.

    The caller has written down what it did with a batch before it asks for the next one. A batch that is not full is
    the last, so that the backlog of a usual night is read once: to find it is dearer than to do it.
    """
    total: int | None = None
    while batch := read(size):
        if total is None:
            total = len(batch) if len(batch) < size else count()
        yield batch, total
        if len(batch) < size:
            return


def processed_parts(writer: Writer, extractor: str | None = None) -> frozenset[str]:
    """Give the file names of the WARC parts that are done or in quarantine, by any or by one extractor."""
    rows = writer.fetch("SELECT DISTINCT part FROM part WHERE extractor = coalesce(?, extractor)", [extractor])
    return frozenset(str(row[0]) for row in rows)


def fetched_urls(writer: Writer) -> frozenset[str]:
    """Give the URLs of all pages that were fetched or tried."""
    return frozenset(str(row[0]) for row in writer.fetch("SELECT DISTINCT url FROM page"))


def revisions_to_match(writer: Writer, watchlist_version: str, limit: int) -> list[ArticleText]:
    """Give up to ``limit`` revisions in which this watchlist was not sought yet, by revision_id.

    Full texts, teasers and paywalled articles are matched; consent walls are not.
    """
    rows = writer.fetch(
        "SELECT a.revision_id, a.title, a.text, a.language" + _TO_MATCH + "ORDER BY a.revision_id LIMIT ?",
        [watchlist_version, limit],
    )
    return [ArticleText(*cast("tuple[str, str, str, str]", row)) for row in rows]


def count_revisions_to_match(writer: Writer, watchlist_version: str) -> int:
    """Count the revisions in which this watchlist was not sought yet."""
    return cast("int", writer.fetch("SELECT count(*)" + _TO_MATCH, [watchlist_version])[0][0])


def revisions_without_themes(writer: Writer, themes_version: str, limit: int) -> list[ArticleText]:
    """Give up to ``limit`` revisions in which these themes were not sought yet, by revision_id."""
    rows = writer.fetch(
        "SELECT a.revision_id, a.title, a.text, a.language" + _TO_THEME + "ORDER BY a.revision_id LIMIT ?",
        [themes_version, limit],
    )
    return [ArticleText(*cast("tuple[str, str, str, str]", row)) for row in rows]


def count_revisions_without_themes(writer: Writer, themes_version: str) -> int:
    """Count the revisions in which these themes were not sought yet."""
    return cast("int", writer.fetch("SELECT count(*)" + _TO_THEME, [themes_version])[0][0])


def mentions_to_score(
    writer: Writer, model_id: str, model_revision: str, watchlist_version: str, limit: int
) -> list[Mention]:
    """Give up to ``limit`` mentions that this model has not scored yet, by revision and mention_id.

    Only sentences of full texts and teasers: paywalls and consent walls are never scored. Mentions in languages that
    the model does not know are given too; they get a score row that says so.
    """
    rows = writer.fetch(
        "SELECT m.mention_id, m.revision_id, m.entity, m.place, m.sentence, m.sentence_start, m.sentence_end,"
        " m.surface, m.surface_start, m.surface_end, m.language, m.watchlist_version"
        + _TO_SCORE
        + "ORDER BY m.revision_id, m.mention_id LIMIT ?",
        [watchlist_version, model_id, model_revision, limit],
    )
    return [to_mention(row) for row in rows]


def count_mentions_to_score(writer: Writer, model_id: str, model_revision: str, watchlist_version: str) -> int:
    """Count the mentions of a watchlist that this model has not scored yet."""
    parameters = [watchlist_version, model_id, model_revision]
    return cast("int", writer.fetch("SELECT count(*)" + _TO_SCORE, parameters)[0][0])
