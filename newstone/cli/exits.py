"""Exit codes and messages of errors, the same for every command."""

import errno

from pipelines.errors import ChecksFailedError, LockedError, NewstoneError, UsageError

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2  # also what click uses for bad arguments
EXIT_NOTHING_TO_DO = 3
EXIT_CHECKS_REFUSED = 4
EXIT_LOCKED = 5


REMEDIES = {
    errno.ENOENT: "make it first, or name another place",
    errno.EEXIST: "remove it, or name another place",
    errno.ENOTDIR: "name another place",
    errno.EISDIR: "name a file",
    errno.EACCES: "change its rights, or name another place",
    errno.EPERM: "change its rights, or name another place",
    errno.EROFS: "name another place",
    errno.ENOSPC: "free some space and run it again",
    errno.EDQUOT: "free some space and run it again",
    errno.EFBIG: "raise the limit of file sizes (ulimit -f) and run it again",
    errno.EIO: "the disk may be failing: look at the system log, then `newstone verify`",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}
"""What a person can do about an error of the operating system."""


def explain_os_error(error: OSError) -> str:
    """Give an error of the operating system as one line for a person: the path, what is wrong, the remedy."""
    what = (error.strerror or str(error) or type(error).__name__).lower()
    place = "" if error.filename is None else f"{error.filename}: "
    remedy = f"; {REMEDIES[error.errno]}" if error.errno in REMEDIES else ""
    return f"{place}{what}{remedy}"


def exit_code_of(error: NewstoneError) -> int:
    """Give the exit code that stands for an error."""
    if isinstance(error, LockedError):
        return EXIT_LOCKED
    if isinstance(error, ChecksFailedError):
        return EXIT_CHECKS_REFUSED
    return EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED
