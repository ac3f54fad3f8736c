"""Exit codes, the same for every command."""

from pipelines.errors import ChecksFailedError, LockedError, NewstoneError, UsageError

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2  # also what click uses for bad arguments
EXIT_NOTHING_TO_DO = 3
EXIT_CHECKS_REFUSED = 4
EXIT_LOCKED = 5


def exit_code_of(error: NewstoneError) -> int:
    """Give the exit code that stands for an error."""
    if isinstance(error, LockedError):
        return EXIT_LOCKED
    if isinstance(error, ChecksFailedError):
        return EXIT_CHECKS_REFUSED
    return EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED
