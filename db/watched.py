"""Which entity a question is about."""

from db.snapshot import Snapshot
from pipelines.errors import StoreError, UsageError


def watched_entity(snapshot: Snapshot, entity: str | None) -> str:
    """Give an entity of the current watchlist: the subject where None.

    Raises:
        UsageError: the watchlist does not name the entity.
        StoreError: no watchlist was recorded yet.
    """
    if entity is None:
        rows = snapshot.fetch("SELECT subject FROM current_watchlist")
        if not rows:
            raise StoreError(f"{snapshot.path} has no watchlist yet; run `newstone match`, then `newstone publish`")
        return str(rows[0][0])
    known = [str(row[0]) for row in snapshot.fetch("SELECT entity FROM entities ORDER BY entity")]
    if entity not in known:
        raise UsageError(f"the watchlist has no entity {entity!r}; it has {', '.join(known) or 'none'}")
    return entity
