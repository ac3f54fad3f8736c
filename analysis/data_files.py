"""Text files that people give: labelled sentences, parallel text."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from pipelines.errors import DataFileError


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text file, plain or ``.gz``, from number 1 on, with their line feeds.

    Raises:
        DataFileError: the file cannot be read or is not UTF-8.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8", newline="\n") as file:
            yield from enumerate(file, start=1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataFileError(
            f"{path} cannot be read: {error}; name an existing file, plain or .gz, and get a damaged one anew"
        ) from error
    except UnicodeDecodeError as error:
        raise DataFileError(f"{path} is not UTF-8 ({error}); save it as UTF-8") from error
