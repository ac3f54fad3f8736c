"""Copies of a project that were verified, and the way back.

::

    <folder>/newstone-20261129T050000Z/        one backup, complete once it has this name
        manifest.json                          what is in it, with checksums; schema and program version
        data/writer.duckdb                     every row written anew, opened and checked
        data/crawl/state.sqlite  data/outbox.sqlite  data/*.json
        project/newstone.toml  project/sources/  project/watchlist.toml  project/golden/
        spool/new/                             pages that are in no database yet: always
        spool/done/  spool/quarantine/         all other pages: with ``--pages``, else their names and checksums

The snapshot, the model's cache of answers and logs are left out: they can be made anew. A restore takes over the parts
of the data folder that it replaces, also those that are newer than the backup, so that the next night loses nothing
and fetches nothing twice. What was taken down, pruned or has expired since stays so: the database of the backup learns
it from the database that it replaces, and from the parts themselves.
"""
