"""Errors that say something about the machine, and nothing about the page that met them first."""

import errno

_NUMBERS = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
)


def is_of_the_machine(error: BaseException) -> bool:
    """Tell whether an error comes from a full disk, too many open files or the like.

    Such an error ends the stage, which the next run takes up again; as the outcome of a page it would stay for ever.
    (The detector of languages unpacks its model into the folder for temporary files: where that is full, every page
    fails.)
    """
    return isinstance(error, OSError) and error.errno in _NUMBERS
