"""Stories of a snapshot: which revisions tell the same text. Their signatures go from DuckDB to numpy and back."""

import numpy as np

from db.writer import Writer
from pipelines.dedupe import PERMUTATIONS, group_signatures, story_id

_ITEMS = """
CREATE OR REPLACE TEMP TABLE story_item AS
WITH placed AS (
    SELECT
        revision_id, article_id, published_at,
        row_number() OVER (ORDER BY published_at, article_id, revision_id) - 1 AS place
    FROM article_fact
)
SELECT *, min(place) OVER (PARTITION BY article_id) AS first_place FROM placed
"""


def write_stories(writer: Writer) -> int:
    """Group all revisions of the database in use and fill its table ``story``; gives the number of stories.

    Holds the signatures twice for a moment: about 0.6 GB for a million articles.
    """
    connection = writer.connection
    connection.execute(_ITEMS)
    # one column a value: lists would be Python objects, twenty times as large
    values = ", ".join(f"coalesce(r.signature[{i}], 0) AS s{i}" for i in range(1, PERMUTATIONS + 1))
    columns = connection.execute(
        "SELECT epoch_us(i.published_at) // 1000000 AS published, i.first_place,"  # noqa: S608 - names of the schema
        f" len(r.signature) = {PERMUTATIONS} AS comparable, {values}"
        " FROM story_item i JOIN revision r ON r.revision_id = i.revision_id ORDER BY i.place"
    ).fetchnumpy()
    signatures = np.empty((len(columns["published"]), PERMUTATIONS), dtype=np.uint32)
    for i in range(PERMUTATIONS):
        signatures[:, i] = columns.pop(f"s{i + 1}")
    roots = group_signatures(
        np.asarray(columns["published"]),
        np.asarray(columns["first_place"]),
        signatures,
        np.asarray(columns["comparable"]),
    )
    del signatures, columns
    first_places, number = np.unique(roots, return_inverse=True)
    connection.register("story_first", {"place": first_places})
    articles = connection.execute(
        "SELECT i.article_id FROM story_first f JOIN story_item i ON i.place = f.place ORDER BY f.place"
    ).fetchnumpy()["article_id"]
    connection.unregister("story_first")
    names = np.asarray([story_id(article_id) for article_id in articles], dtype=np.object_)
    connection.register("story_of", {"place": np.arange(len(roots)), "story_id": names[number]})
    connection.execute(
        "INSERT INTO story (revision_id, story_id)"
        " SELECT i.revision_id, s.story_id FROM story_item i JOIN story_of s ON s.place = i.place ORDER BY i.place"
    )
    connection.unregister("story_of")
    connection.execute("DROP TABLE story_item")
    return len(names)
