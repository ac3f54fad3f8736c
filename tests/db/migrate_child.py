"""Opens a writer database, which migrates it; to be killed: ``python -m tests.db.migrate_child STORE [SECONDS]``.

With SECONDS a further migration is applied that takes about so long.
"""

import sys
from pathlib import Path

from db.migrate import Migration, load_migrations
from db.writer import open_writer

ROWS_PER_SECOND = 30_000_000


def slow_migration(seconds: float) -> Migration:
    """Give a migration that makes a table and then computes for a while."""
    rows = int(seconds * ROWS_PER_SECOND)
    sql = f"CREATE TABLE half_done (x INTEGER); INSERT INTO half_done SELECT sum(md5_number(i::VARCHAR) % 7) FROM range({rows}) r (i);"  # noqa: E501
    return Migration(len(load_migrations()) + 1, "9999_slow.sql", sql)


if __name__ == "__main__":
    steps = load_migrations()
    if len(sys.argv) > 2:
        steps = (*steps, slow_migration(float(sys.argv[2])))
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    with open_writer(Path(sys.argv[1]), migrations=steps):
        sys.stdout.write("migrated\n")
