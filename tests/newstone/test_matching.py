"""The match stage seeks companies and themes, each with a backlog of its own."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from db.snapshot import open_snapshot
from db.writer import open_writer
from newstone.config import Project, load_project
from newstone.jobs import nightly_stages, run_stages
from newstone.scaffold import init_project
from pipelines.records import Page
from pipelines.spool import PartWriter

PARAGRAPH = (
    "The town of Brackwater wants to know what Acme does with the numbers that its machines bring home every night. "
    "Nobody at the town hall could say so on Tuesday, and the mayor promised to ask again before the summer. "
)
TITLES = ("Acme and the tariffs", "Tariffs once more", "Acme builds a crane", "A quiet week in Brackwater")
WATCHLIST = """
subject = "acme"

[[entity]]
id = "acme"
name = "Acme"
role = "subject"
names = ["Acme"]
"""
THEME = """
[[theme]]
id = "trade"
name = { en = "Trade", de = "Handel" }
words = ["tariff*"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Four extracted articles."""
    init_project(tmp_path / "p", languages=frozenset())
    project = load_project(tmp_path / "p")
    writer = PartWriter(project.data_dir)
    for number, title in enumerate(TITLES):
        url = f"https://www.brackwater-mail.example/news/{number}.html"
        body = (
            f"<html lang=en><head><title>{title}</title></head><body><article><h1>{title}</h1>"
            f"<p>{PARAGRAPH}{number}</p><p>{PARAGRAPH * 3}</p></article></body></html>"
        )
        headers = (("content-type", "text/html; charset=utf-8"),)
        at = datetime(2025, 1, 28, 12, number, tzinfo=UTC)
        writer.append(Page(url, url, "brackwater", at, status=200, headers=headers, body=body.encode()))
    writer.close()
    run_stages(project, "extract", nightly_stages()[1:2], lambda _progress: None)
    return project


def match(project: Project, watchlist: str) -> tuple[int, int]:
    """Match with this watchlist; gives how many revisions were read, and how many are in the two ledgers together."""
    project.watchlist_file.write_text(watchlist, encoding="utf-8")
    report = run_stages(project, "match", nightly_stages()[2:3], lambda _progress: None)
    assert report.state == "ok"
    with open_writer(project.writer_file) as store:
        counts = store.fetch("SELECT (SELECT count(*) FROM match_done) + (SELECT count(*) FROM theme_done)")
    return report.stages[0].n_in, int(str(counts[0][0]))


def test_a_changed_half_of_the_watchlist_is_sought_anew_and_the_other_is_not(project: Project) -> None:
    assert match(project, WATCHLIST) == (4, 4)  # without themes nothing is sought
    assert match(project, WATCHLIST + THEME) == (4, 8)
    assert match(project, WATCHLIST + THEME) == (0, 8)
    assert match(project, WATCHLIST + THEME.replace("tariff*", "crane*")) == (4, 12)
    assert match(project, WATCHLIST.replace('["Acme"]', '["Acme", "Acme Corp"]') + THEME) == (4, 16)


def test_the_snapshot_tells_what_an_article_is_about(project: Project) -> None:
    match(project, WATCHLIST + THEME)
    run_stages(project, "publish", nightly_stages()[-1:], lambda _progress: None)
    with open_snapshot(project.snapshot_file) as snapshot:
        about = snapshot.fetch(
            "SELECT a.title, t.theme FROM article a JOIN article_theme t ON t.revision_id = a.revision_id ORDER BY ALL"
        )
        assert about == [("Acme and the tariffs", "trade"), ("Tariffs once more", "trade")]
        assert snapshot.fetch("SELECT theme, n_articles FROM theme_shares('acme', NULL, NULL)") == [("trade", 2)]
