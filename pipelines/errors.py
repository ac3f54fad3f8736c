"""The exceptions of newstone.

::

    NewstoneError
    ├── UsageError            the person can mend it: a file, a key, an argument       (terminal)
    │   ├── ConfigError       newstone.toml or the environment
    │   ├── SourceError       a source file or an OPML file
    │   ├── WatchlistError    a watchlist file
    │   └── DataFileError     a file given to evaluate, import or score
    ├── ModelError            a checkpoint that cannot be loaded or understood         (terminal)
    ├── SpoolError            a WARC part that cannot be read or written               (terminal for that part)
    ├── StoreError            the database
    │   ├── SchemaError       a migration failed or the file is newer than the program (terminal)
    │   ├── BusyError         another process holds the writer database                (transient)
    │   └── QueryError        SQL of the person that DuckDB refused                     (terminal)
    ├── ChecksFailedError     publish kept the last good snapshot                      (terminal)
    ├── CrawlError            the crawl process ended badly                            (transient)
    └── LockedError           another run holds the data folder                        (transient)

A message names the value that is wrong and what to do about it. ``retryable`` says whether the same call may
succeed later without anybody changing anything.
"""


class NewstoneError(Exception):
    """Base of everything that newstone raises on purpose; ``str()`` is fit to show to a person."""

    retryable: bool = False


class UsageError(NewstoneError):
    """Something the person wrote is wrong: a file, a key or an argument."""


class ConfigError(UsageError):
    """The configuration file or the environment is wrong."""


class SourceError(UsageError):
    """A source file or an OPML file is wrong."""


class WatchlistError(UsageError):
    """A watchlist file is wrong."""


class DataFileError(UsageError):
    """A data file given on the command line is wrong."""


class ModelError(NewstoneError):
    """A checkpoint cannot be loaded, or its labels cannot be understood."""


class SpoolError(NewstoneError):
    """A WARC part cannot be read or written."""


class StoreError(NewstoneError):
    """The database cannot do what was asked."""


class SchemaError(StoreError):
    """A migration failed, or the database was written by a newer newstone."""


class BusyError(StoreError):
    """Another process has the writer database open."""

    retryable = True


class QueryError(StoreError):
    """DuckDB refused the SQL that a person wrote."""


class ChecksFailedError(NewstoneError):
    """A check failed before publishing; the last good snapshot stays."""


class CrawlError(NewstoneError):
    """The crawl process ended badly."""

    retryable = True


class LockedError(NewstoneError):
    """Another run holds the data folder."""

    retryable = True
