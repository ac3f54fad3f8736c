"""Records of the store as JSON for programs: moments as ISO 8601 with their offset, JSON columns as JSON."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime


def json_text(records: object, *, indent: int | None = None) -> str:
    """Give a record, such as from ``asdict``, or several, as JSON.

    Moments without a zone are those of the store, which keeps UTC. ``outcomes`` is parsed, whose column holds JSON.
    """
    return json.dumps(_unfolded(records), default=_plain, ensure_ascii=False, indent=indent)


def _unfolded(value: object) -> object:
    if isinstance(value, Mapping):
        return {
            name: json.loads(inner) if name == "outcomes" and isinstance(inner, str) else _unfolded(inner)
            for name, inner in value.items()
        }
    return [_unfolded(inner) for inner in value] if isinstance(value, list | tuple) else value


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
