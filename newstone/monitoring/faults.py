"""What `newstone check` says of [monitoring]: settings under which nobody would be told, or no figures be seen."""

import os

from newstone.config import Project
from newstone.monitoring.ping import find_address_fault

SUFFIX = ".prom"
"""node_exporter reads no other names."""


def monitoring_faults(project: Project) -> tuple[str, ...]:
    """Give what is wrong, each with key and remedy; asks nobody and writes nothing."""
    faults = []
    if (fault := find_address_fault(project)) is not None:
        faults.append(fault)
    file = project.textfile
    if file is None:
        return tuple(faults)
    if file.suffix != SUFFIX:
        faults.append(f"monitoring.textfile: {file.name} would not be read; end the name with {SUFFIX}")
    if not file.parent.is_dir():
        faults.append(f"monitoring.textfile: no folder {file.parent}; make it, or name another")
    elif not os.access(file.parent, os.W_OK | os.X_OK):
        faults.append(f"monitoring.textfile: no right to write to {file.parent}; change rights or path")
    return tuple(faults)
