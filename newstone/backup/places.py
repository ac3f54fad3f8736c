"""Where backups may lie: outside of what they are copies of, in a folder that can be written."""

import os
from pathlib import Path

from newstone.config import Project


def find_folder_fault(project: Project, folder: Path) -> str | None:
    """Give why an absolute folder cannot hold backups of a project: it lies within what newstone reads; None if it can.

    In the folder of the sources the copied source files would count as sources, and each id be taken twice.
    """
    for what, place in (("data folder", project.data_dir), ("folder of the sources", project.sources_dir)):
        if folder.is_relative_to(place):
            return f"{folder} lies within the {what}"
    return None


def backup_faults(project: Project) -> tuple[str, ...]:
    """Give what is wrong with [backup], each with key and remedy; writes nothing.

    Whether the folder can be written counts only where somebody wants backups there: a job, or a folder of their own.
    """
    folder, settings = project.backup_dir, project.settings
    if (fault := find_folder_fault(project, folder)) is not None:
        return (f"backup.folder: {fault}; name a place outside",)
    if not settings.schedule.backup and "folder" not in settings.backup.model_fields_set:
        return ()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not existing.is_dir():
        return (f"backup.folder: {existing} is no folder; name another",)
    if not os.access(existing, os.W_OK | os.X_OK):
        return (f"backup.folder: no right to write to {existing}; change rights or path",)
    return ()
