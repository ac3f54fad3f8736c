"""Ctrl-C and SIGTERM within a statement."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interruptible() -> Iterator[None]:
    """Give a signal that comes within a statement as the KeyboardInterrupt that it is.

    DuckDB swallows what the handler of the signal raises and says ``RuntimeError: Query interrupted`` instead.

    Raises:
        KeyboardInterrupt: a signal came within a statement.
    """
    try:
        yield
    except RuntimeError as error:
        if "query interrupted" in str(error).lower():
            raise KeyboardInterrupt from error
        raise
