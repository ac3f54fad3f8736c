"""Peak memory of this process."""

import re
import resource
import sys
from pathlib import Path


def peak_memory_bytes() -> int:
    """Give the largest resident size that this process has had, in bytes.

    Linux tells it as VmHWM. ``getrusage`` would not do there: its figure survives exec, so that a child starts with the
    peak of the process that spawned it (getrusage(2)).
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(encoding="ascii", errors="replace"), re.MULTILINE)
        if found:
            return int(found[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
