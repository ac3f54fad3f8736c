"""Addresses that the outbox no longer keeps."""

from datetime import datetime

from newstone.delivery.outbox import Kind, Outbox
from newstone.delivery.pseudonyms import PREFIX, make_pseudonym_key, pseudonym_of
from newstone.delivery.webhook import RECIPIENT

_OLD = (
    "FROM delivery WHERE began_at <= ? AND state <> 'sending' AND recipient <> ? AND substr(recipient, 1, ?) <> ?"
    " AND NOT (kind = ? AND key IN (SELECT day || '/' || rule FROM alert WHERE state = 'waiting'))"
)


def count_old_addresses(outbox: Outbox, until: datetime) -> tuple[int, int]:
    """Give how many attempts up to a moment (aware) still name an address, and the bytes of these.

    Raises:
        StoreError: the outbox cannot be read.
    """
    with outbox.reading() as connection:
        sql = f"SELECT count(*), coalesce(sum(length(CAST(recipient AS BLOB))), 0) {_OLD}"
        n, n_bytes = connection.execute(sql, _values(until)).fetchone()
    return int(n), int(n_bytes)


def drop_old_addresses(outbox: Outbox, until: datetime) -> int:
    """Put pseudonyms in the place of addresses, and empty what servers answered, which may quote them; give how many.

    Nothing is sent again because of it: the outbox knows an address by its pseudonym, too. No byte of the addresses
    stays in the file.

    Raises:
        StoreError: the outbox cannot be written.
    """
    with outbox.reading() as connection:
        connection.execute("PRAGMA secure_delete = ON")
    with outbox.writing() as connection:
        rows = connection.execute(f"SELECT id, recipient {_OLD}", _values(until)).fetchall()
        if not rows:
            return 0
        key = make_pseudonym_key(connection)
        connection.executemany(
            "UPDATE delivery SET recipient = ?, detail = '' WHERE id = ?",
            [(pseudonym_of(recipient, key), row_id) for row_id, recipient in rows],
        )
    return len(rows)


def _values(until: datetime) -> tuple[object, ...]:
    return until.isoformat(timespec="milliseconds"), RECIPIENT, len(PREFIX), PREFIX, Kind.ALERT
