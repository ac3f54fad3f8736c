"""Other addresses of the same stories."""

from collections.abc import Collection

from db.snapshot import Snapshot


def copies_elsewhere(snapshot: Snapshot, revision_ids: Collection[str]) -> list[str]:
    """Give the canonical URLs of articles that tell the same story as some revisions and are not among them."""
    rows = snapshot.fetch(
        "WITH chosen AS (SELECT unnest($ids::VARCHAR[]) AS revision_id), stories AS ("
        "SELECT DISTINCT s.story_id FROM story s JOIN chosen c ON c.revision_id = s.revision_id"
        ") SELECT DISTINCT r.canonical_url FROM story s JOIN stories t ON t.story_id = s.story_id"
        " JOIN revision r ON r.revision_id = s.revision_id"
        " WHERE r.article_id NOT IN ("
        "SELECT o.article_id FROM revision o JOIN chosen c ON c.revision_id = o.revision_id) ORDER BY 1",
        {"ids": sorted(revision_ids)},
    )
    return [str(row[0]) for row in rows]
