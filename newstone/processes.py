"""Processes of this machine by their number."""

import os


def is_running(pid: int) -> bool:
    """Tell whether a process lives, also one of another user; a number may have gone to another process since."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
