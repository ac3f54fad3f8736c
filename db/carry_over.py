"""What was found in texts that are no longer kept, carried from one version of the watchlist to the next.

A changed watchlist is sought anew in every text. Where only metadata is kept there is nothing left to seek in, so the
mentions of entities that are still watched stay, with their scores; where a text is cut down at all, its themes stay as
they were found in the whole text. New names and new themes are not found in such texts.
"""

from db.writer import Writer
from pipelines.ids import stable_id

_MENTIONS = """
WITH due AS (
    SELECT t.revision_id
    FROM text_pruned t
    WHERE t.kept = 'metadata' AND NOT EXISTS (
        SELECT 1 FROM match_done d WHERE d.revision_id = t.revision_id AND d.watchlist_version = $version
    )
), newest AS (
    SELECT d.revision_id, d.watchlist_version
    FROM match_done d
    JOIN due u ON u.revision_id = d.revision_id
    JOIN (SELECT version, max(recorded_at) AS recorded_at FROM watchlist GROUP BY version) w
        ON w.version = d.watchlist_version
    QUALIFY row_number() OVER (PARTITION BY d.revision_id ORDER BY w.recorded_at DESC, w.version) = 1
)
SELECT n.revision_id, m.mention_id, m.entity, m.place, m.sentence_start
FROM newest n
LEFT JOIN mention m
    ON m.revision_id = n.revision_id AND m.watchlist_version = n.watchlist_version
    AND m.entity IN (SELECT e.entity FROM entity e WHERE e.watchlist_version = $version)
ORDER BY ALL
"""
_THEMES = """
CREATE OR REPLACE TEMP TABLE kept_themes AS
SELECT d.revision_id, d.themes_version
FROM theme_done d
JOIN (SELECT version, max(recorded_at) AS recorded_at FROM theme_set GROUP BY version) s ON s.version = d.themes_version
WHERE d.revision_id IN (SELECT revision_id FROM text_pruned) AND d.revision_id NOT IN (
    SELECT revision_id FROM theme_done WHERE themes_version = ?
)
QUALIFY row_number() OVER (PARTITION BY d.revision_id ORDER BY s.recorded_at DESC, s.version) = 1
"""


def carry_mentions(writer: Writer, watchlist_version: str, run_id: str) -> int:
    """Give the texts of which only metadata is kept their mentions under a watchlist; gives how many texts that were.

    One transaction; doing it twice adds nothing.
    """
    rows = writer.connection.execute(_MENTIONS, {"version": watchlist_version}).fetchall()
    if not rows:
        return 0
    carried = []
    counts: dict[str, int] = {}
    for revision_id, mention_id, entity, place, start in rows:
        counts.setdefault(revision_id, 0)
        if mention_id is not None:
            counts[revision_id] += 1
            carried.append([mention_id, stable_id(revision_id, entity, place, str(start), watchlist_version)])
    writer.connection.execute("CREATE OR REPLACE TEMP TABLE carried (old_id VARCHAR, new_id VARCHAR)")
    if carried:
        with writer.connection.appender("carried") as appender:
            appender.append_rows(carried)
    with writer.transaction():
        writer.insert_new(
            "match_done",
            ("revision_id", "watchlist_version", "n_mentions", "run_id"),
            ("revision_id", "watchlist_version"),
            [(revision_id, watchlist_version, n, run_id) for revision_id, n in counts.items()],
        )
        writer.connection.execute(
            "INSERT INTO mention BY NAME SELECT m.* REPLACE (c.new_id AS mention_id, ? AS watchlist_version,"
            " ? AS run_id) FROM carried c JOIN mention m ON m.mention_id = c.old_id",
            [watchlist_version, run_id],
        )
        writer.connection.execute(
            "INSERT INTO score BY NAME SELECT s.* REPLACE (c.new_id AS mention_id, ? AS run_id)"
            " FROM carried c JOIN score s ON s.mention_id = c.old_id",
            [run_id],
        )
    return len(counts)


def carry_themes(writer: Writer, themes_version: str, run_id: str) -> int:
    """Give the texts that are cut down the themes that were found in them; gives how many texts that were.

    One transaction; doing it twice adds nothing.
    """
    writer.connection.execute(_THEMES, [themes_version])
    n = int(str(writer.fetch("SELECT count(*) FROM kept_themes")[0][0]))
    if not n:
        return 0
    hits = (
        "FROM theme_hit h JOIN kept_themes k ON k.revision_id = h.revision_id AND k.themes_version = h.themes_version"
        " WHERE h.theme IN (SELECT t.theme FROM theme t WHERE t.themes_version = $version)"
    )
    values = {"version": themes_version, "run_id": run_id}
    with writer.transaction():
        writer.connection.execute(
            "INSERT INTO theme_done BY NAME SELECT k.revision_id, $version AS themes_version,"  # noqa: S608 - ours
            " count(f.revision_id) AS n_hits, $run_id AS run_id FROM kept_themes k"
            f" LEFT JOIN (SELECT h.revision_id {hits}) f ON f.revision_id = k.revision_id GROUP BY k.revision_id",
            values,
        )
        writer.connection.execute(
            f"INSERT INTO theme_hit BY NAME SELECT h.* REPLACE ($version AS themes_version, $run_id AS run_id) {hits}",
            values,
        )
    return n
