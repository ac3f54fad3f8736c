"""What is no longer kept of texts: which these are, and how they go. Pages are in :mod:`db.page_retention`.

A text is judged by all pages that hold it. Its age counts from the first fetch. It is reserved where the newest of its
pages that said anything about text and data mining reserved it; pages that say nothing change nothing. Nothing goes
before the current watchlist and themes were sought in it, and no sentence before the current model has judged it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from db.statements import load_statement
from db.times import to_stored
from db.writer import Writer
from pipelines.reduction import keep_sentences

_LEVELS = {"full": 0, "sentences": 1, "metadata": 2}
_BATCH_TEXTS = 10_000
"""Texts in one transaction: some seconds of work and 100 MB. They go in the order in which they lie in the file, as
DuckDB writes a row group anew for one changed text in it."""

_TEXTS = """
SELECT
    d.place, d.revision_id, d.kept, d.reason, r.text,
    coalesce(list([m.sentence_start, m.sentence_end]) FILTER (m.place <> 'title'), []) AS spans,
    coalesce(sum(strlen(m.sentence)) FILTER (m.place <> 'title'), 0) AS sentence_bytes
FROM (SELECT * FROM doomed_text WHERE place > ? ORDER BY place LIMIT ?) d
JOIN revision r ON r.revision_id = d.revision_id
LEFT JOIN mention m ON m.revision_id = d.revision_id
GROUP BY ALL
ORDER BY d.place
"""


@dataclass(frozen=True, slots=True)
class KeepRules:
    """What is kept, as moments and words; None for no limit. ``reserved_keep`` is full, sentences or metadata."""

    pages_until: datetime | None
    text_until: datetime | None
    reserved_until: datetime
    reserved_keep: str


@dataclass(frozen=True, slots=True)
class Amount:
    """How many of a kind go, and how many bytes of them."""

    n: int = 0
    n_bytes: int = 0


@dataclass(frozen=True, slots=True)
class _ShortText:
    revision_id: str
    kept: str
    reason: str
    text: str
    freed_bytes: int


def rules_at(now: datetime, *, pages_days: int, text_days: int, reserved_days: int, reserved_keep: str) -> KeepRules:
    """Give the rules of [retention] at a moment (aware); 0 days are no limit, but for what is reserved."""

    def until(days: int) -> datetime | None:
        return now - timedelta(days=days) if days else None

    return KeepRules(until(pages_days), until(text_days), now - timedelta(days=reserved_days), reserved_keep)


def choose_texts(writer: Writer, rules: KeepRules) -> None:
    """Choose the texts that are no longer kept in full; they stay chosen in this connection.

    A second for a million pages.
    """
    writer.connection.execute(
        load_statement("doomed_texts"),
        {
            "reserved_until": to_stored(rules.reserved_until),
            "reserved_level": _LEVELS[rules.reserved_keep],
            "text_until": None if rules.text_until is None else to_stored(rules.text_until),
        },
    )


def weigh_texts(writer: Writer) -> dict[str, Amount]:
    """Give how many of the chosen texts are cut down to what ("sentences", "metadata"), and the bytes that go.

    White space does not count.
    """
    found = {"sentences": Amount(), "metadata": Amount()}
    for batch in _short_texts(writer):
        for short in batch:
            found[short.kept] = _more(found[short.kept], short.freed_bytes)
    return found


def cut_texts(writer: Writer, now: datetime, run_id: str) -> dict[str, Amount]:
    """Cut the chosen texts down, a batch in one transaction; gives the same as :func:`weigh_texts` before.

    Killed in between, the texts of the batches before are cut down, and the next call does the rest. Of a million texts
    a hundred thousand that lie anywhere take half a minute.
    """
    found = {"sentences": Amount(), "metadata": Amount()}
    for batch in _short_texts(writer):
        writer.connection.execute(
            "CREATE OR REPLACE TEMP TABLE short_text (revision_id VARCHAR, kept VARCHAR, text VARCHAR)"
        )
        with writer.connection.appender("short_text") as appender:
            appender.append_rows([[short.revision_id, short.kept, short.text] for short in batch])
        with writer.transaction():
            writer.connection.execute(
                "UPDATE revision SET text = s.text FROM short_text s WHERE revision.revision_id = s.revision_id"
            )
            _empty_sentences(writer)
            writer.insert_new(
                "text_pruned",
                ("revision_id", "kept", "reason", "pruned_at", "run_id"),
                ("revision_id", "kept"),
                [(short.revision_id, short.kept, short.reason, to_stored(now), run_id) for short in batch],
            )
        for short in batch:
            found[short.kept] = _more(found[short.kept], short.freed_bytes)
    return found


def _short_texts(writer: Writer) -> Iterator[list[_ShortText]]:
    last = -1
    while rows := writer.fetch(_TEXTS, [last, _BATCH_TEXTS]):
        batch = []
        for row in cast("list[tuple[int, str, str, str, str, list[tuple[int, int]], int]]", rows):
            last, revision_id, kept, reason, text, spans, sentence_bytes = row
            if kept == "metadata":
                batch.append(_ShortText(revision_id, kept, reason, "", _bytes_of(text) + sentence_bytes))
                continue
            short = keep_sentences(text, [(start, end) for start, end in spans])
            batch.append(_ShortText(revision_id, kept, reason, short, _bytes_of(text) - _bytes_of(short)))
        yield batch


def _bytes_of(text: str) -> int:
    return len("".join(text.split()).encode())


def _empty_sentences(writer: Writer) -> None:
    """Empty the sentences of what is kept as metadata; remove labels of those that stand nowhere else."""
    mine = "SELECT revision_id FROM short_text WHERE kept = 'metadata'"
    writer.connection.execute(
        "CREATE OR REPLACE TEMP TABLE emptied AS SELECT DISTINCT entity, sentence FROM mention"  # noqa: S608 - ours
        f" WHERE place <> 'title' AND sentence <> '' AND revision_id IN ({mine})"
    )
    writer.connection.execute(
        f"UPDATE mention SET sentence = '' WHERE place <> 'title' AND sentence <> '' AND revision_id IN ({mine})"  # noqa: S608
    )
    writer.connection.execute(
        "DELETE FROM reader_label WHERE EXISTS (SELECT 1 FROM emptied e"
        " WHERE e.entity = reader_label.entity AND e.sentence = reader_label.sentence)"
        " AND NOT EXISTS (SELECT 1 FROM mention m"
        " WHERE m.entity = reader_label.entity AND m.sentence = reader_label.sentence)"
    )


def _more(amount: Amount, n_bytes: int) -> Amount:
    return Amount(amount.n + 1, amount.n_bytes + n_bytes)
