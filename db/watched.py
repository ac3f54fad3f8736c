"""What a question may ask for: the entities and themes of the current watchlist, and spans that run forward."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from db.snapshot import Snapshot
from db.statements import fetch_records
from pipelines.errors import StoreError, UsageError


@dataclass(frozen=True, slots=True)
class EntityName:
    """A watched entity; ``role`` is "subject" or "competitor"."""

    entity: str
    name: str
    role: str


def read_entities(snapshot: Snapshot, entities: Sequence[str] | None) -> tuple[EntityName, ...]:
    """Give the named entities in the order asked for; None: all watched ones, the subject first, then by name.

    Raises:
        UsageError: the watchlist has no such entity.
    """
    sql = "SELECT {columns} FROM entities ORDER BY role <> 'subject', name, entity"
    known = {each.entity: each for each in fetch_records(snapshot, EntityName, sql)}
    if entities is None:
        return tuple(known.values())
    for entity in entities:
        if entity not in known:
            raise UsageError(f"the watchlist has no entity {entity!r}; it has {', '.join(sorted(known)) or 'none'}")
    return tuple(known[entity] for entity in dict.fromkeys(entities))


def watched_entity(snapshot: Snapshot, entity: str | None) -> str:
    """Give an entity of the current watchlist: the subject where None.

    Raises:
        UsageError: the watchlist does not name the entity.
        StoreError: no watchlist was recorded yet.
    """
    if entity is not None:
        return read_entities(snapshot, [entity])[0].entity
    rows = snapshot.fetch("SELECT subject FROM current_watchlist")
    if not rows:
        raise StoreError(f"{snapshot.path} has no watchlist yet; run `newstone match`, then `newstone publish`")
    return str(rows[0][0])


def check_span(since: date, until: date) -> None:
    """Refuse a span that ends before it begins.

    Raises:
        UsageError: it does.
    """
    if since > until:
        raise UsageError(f"since {since} is after until {until}; swap them")


def check_theme(snapshot: Snapshot, theme: str | None) -> None:
    """Refuse a theme that the watchlist does not have; None is no theme.

    Raises:
        UsageError: the current themes do not name it.
    """
    if theme is None:
        return
    known = [str(row[0]) for row in snapshot.fetch("SELECT theme FROM themes ORDER BY theme")]
    if theme not in known:
        raise UsageError(f"the watchlist has no theme {theme!r}; it has {', '.join(known) or 'none'}")
