"""What stands in the outbox for an address that is no longer kept: enough to not send twice, nothing to write to.

A pseudonym is a keyed hash; the key is random, made once for each outbox and kept in it. Whoever has the file can test
whether an address that they know already was written to, and cannot read any from it.
"""

import hashlib
import secrets
import sqlite3

PREFIX = "address:"

_KEY_BYTES = 16


def pseudonym_of(recipient: str, key: bytes) -> str:
    """Give the pseudonym of an address."""
    return PREFIX + hashlib.blake2b(recipient.encode("utf-8", "surrogatepass"), key=key, digest_size=16).hexdigest()


def pseudonym_key(connection: sqlite3.Connection) -> bytes | None:
    """Give the key of an outbox; None where no address of it was ever replaced."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'pseudonym'").fetchone()
    if found is None:
        return None
    [key] = connection.execute("SELECT key FROM pseudonym").fetchone()
    return bytes(key)


def make_pseudonym_key(connection: sqlite3.Connection) -> bytes:
    """Give the key of an outbox, made where there is none; within a transaction that writes."""
    key = pseudonym_key(connection)
    if key is None:
        key = secrets.token_bytes(_KEY_BYTES)
        connection.execute("CREATE TABLE pseudonym (key BLOB NOT NULL)")
        connection.execute("INSERT INTO pseudonym (key) VALUES (?)", (key,))
    return key
