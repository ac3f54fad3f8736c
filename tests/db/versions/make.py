"""Makes a small writer database with the code of an earlier version; see README.md for how to call it.

It runs a night over one outlet of the embedded newsroom, and a reader labels a sentence where that version knows
labels. Whatever packages the current folder holds are what runs.
"""

import lzma
import sys
import tempfile
from pathlib import Path

SOURCE = "fen_review"


def make(target_folder: Path) -> Path:
    """Make ``schemaNNNN.duckdb.xz`` in a folder; gives its path."""
    sys.path.insert(0, str(Path.cwd()))
    from db.migrate import load_migrations
    from newstone.demo.project import make_demo_project, newsroom_as_proxy
    from newstone.jobs import nightly_stages, run_stages

    with tempfile.TemporaryDirectory() as folder:
        project = make_demo_project(Path(folder) / "project")
        for path in project.sources_dir.rglob("*.toml"):
            if path.stem != SOURCE:
                path.unlink()
        with newsroom_as_proxy():
            report = run_stages(project, "nightly", nightly_stages(), lambda _progress: None)
        if report.state != "ok":
            raise SystemExit("\n".join(report.problems))
        if Path("db/reader_labels.py").is_file():
            label_a_sentence(project.writer_file)
        target = target_folder / f"schema{len(load_migrations()):04d}.duckdb.xz"
        target.write_bytes(lzma.compress(project.writer_file.read_bytes(), preset=9 | lzma.PRESET_EXTREME))
    return target


def label_a_sentence(writer_file: Path) -> None:
    """Record that a reader called the first scored mention neutral."""
    from db.reader_labels import Drawn, ExportedMention, ReaderLabel, load_reader_labels
    from db.writer import open_writer
    from pipelines.clock import utc_now

    with open_writer(writer_file) as writer:
        [(mention_id, model_id, revision)] = writer.fetch(
            "SELECT mention_id, model_id, model_revision FROM score WHERE outcome = 'ok' ORDER BY mention_id LIMIT 1"
        )
        mention = ExportedMention(str(mention_id), str(model_id), str(revision))
        load_reader_labels(writer, [ReaderLabel(mention, "neutral", "", Drawn.RANDOM)], "a reader", utc_now())


if __name__ == "__main__":
    made = make(Path(sys.argv[1]).resolve())
    sys.stdout.write(f"{made}: {made.stat().st_size} bytes\n")
