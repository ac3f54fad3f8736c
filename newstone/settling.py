"""Parts in the folder that the ledger says they are in, after a run was killed while it wrote parts anew."""

from collections.abc import Collection

from db.part_ledger import parts_in_state
from db.writer import Writer
from newstone.config import Project
from pipelines.rewriting import remove_file, settle_rewritten
from pipelines.spool import PART_SUFFIX, folder


def settle_parts(project: Project, writer: Writer) -> int:
    """Move rewritten parts to their place, remove those that are replaced or expired; give how many files that were.

    Quick where there is nothing to do. Doing it twice is no error.

    Raises:
        SpoolError: a file cannot be moved or removed.
    """

    def done(names: Collection[str]) -> Collection[str]:
        return parts_in_state(writer, names, "done")

    n_files = settle_rewritten(project.data_dir, done)
    for state in ("done", "quarantine"):
        paths = {path.name: path for path in folder(project.data_dir, state).glob(f"*{PART_SUFFIX}")}
        for name in sorted(parts_in_state(writer, paths.keys(), "replaced", "expired")):
            remove_file(paths[name].with_name(f"{name}.reason"))
            remove_file(paths[name])
            n_files += 1
    return n_files
