"""WHERE IT LIVES. The only package that imports duckdb.

::

    WARC part ─▶ loader ─▶ writer database ─▶ checks ─▶ publish ─▶ snapshot ─▶ read (SQL, timeline, evidence)
                   ▲             │
                   └── backlog ◀─┘   (what a stage has still to do)

``schema/`` holds the numbered migrations: append-only tables, then the views and macros of analysts, all commented in
the database itself. One process writes the writer database and opens it briefly (``writer``); everybody else reads
the published snapshot, a file that is only ever replaced as a whole. Content rows do not depend on the order of
loading, so that a night that was killed and run again ends in the same rows as an undisturbed one.
"""

CONTENT_TABLES = (
    "page",
    "extraction",
    "revision",
    "entity",
    "match_done",
    "mention",
    "theme",
    "theme_done",
    "theme_hit",
    "score",
)
"""Tables that are equal, row for row apart from times, part names and run ids, however the work was interrupted."""
