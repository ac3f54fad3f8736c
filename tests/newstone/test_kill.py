"""kill -9 at random moments of a night, then one clean run: the database equals that of an undisturbed night."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from db.snapshot import open_snapshot
from db.writer import open_writer
from newstone.demo.project import make_demo_project
from tests.newstone.conftest import Night

KILLS = 20
SEED = 20250127
LONGEST_SECONDS = 5.0
"""About half of an undisturbed night: what a killed run has done is not done again, so that every stage is hit."""

# Everything but times, run ids, and where in which part a page came to lie.
CONTENT = {
    "page": "page_id, url, final_url, source_id, attempt, http_status, content_type, body_sha256, fetch_outcome,"
    " feed_title, feed_published_raw, found_in, found_by, rights_reserved, rights_policy_url, rights_signals",
    "extraction": "page_id, extractor, outcome, detail, revision_id, language, language_confidence, published_at,"
    " published_basis, published_raw, published_has_time, authors, body_kind, site_name, notes",
    "revision": "revision_id, article_id, canonical_url, title, text, signature",
    "match_done": "revision_id, watchlist_version, n_mentions",
    "mention": "mention_id, revision_id, entity, place, sentence, sentence_start, sentence_end, surface, surface_start,"
    " surface_end, language, watchlist_version",
    "theme_set": "version",
    "theme": "themes_version, theme, name_en, name_de, place",
    "theme_done": "revision_id, themes_version, n_hits",
    "theme_hit": "revision_id, theme, n_sentences, in_title, in_lead, is_about, themes_version",
    "score": "mention_id, model_id, model_revision, outcome, p_negative, p_neutral, p_positive",
    "story": "revision_id, story_id",
    "source": "source_id, version, name, language, country, medium, company, zone, homepage, enabled",
    "watchlist": "version, subject, content",
    "entity": "watchlist_version, entity, name, role",
    "model": "model_id, model_revision, languages, input_form",
    "coverage": "entity, revision_id, story_id, published_at, source_id, n_mentions, n_scored, polarity, label",
}


def content_of(database: Path) -> dict[str, list[tuple[object, ...]]]:
    with open_snapshot(database) as snapshot:
        return {
            table: snapshot.fetch(f"SELECT {columns} FROM {table} ORDER BY ALL", [])
            for table, columns in CONTENT.items()
        }


def _nightly(config: Path, proxy: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "newstone", "--config", str(config), "nightly", "--quiet"],
        env={**os.environ, "http_proxy": proxy},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


@pytest.mark.slow
def test_twenty_kills_and_one_clean_run_leave_what_an_undisturbed_night_leaves(night: Night, tmp_path: Path) -> None:
    project = make_demo_project(tmp_path / "demo")
    moments = random.Random(SEED)
    n_killed = 0
    for _ in range(KILLS):
        with _nightly(project.file, night.newsroom.url) as run:
            time.sleep(moments.uniform(0.3, LONGEST_SECONDS))
            if run.poll() is None:
                run.send_signal(signal.SIGKILL)
                n_killed += 1
    with _nightly(project.file, night.newsroom.url) as run:
        _out, errors = run.communicate()
    assert run.returncode == 0, errors.decode()
    assert n_killed >= 3  # of runs that find little left to do, a fast machine ends most before their kill
    undisturbed, disturbed = content_of(night.project.snapshot_file), content_of(project.snapshot_file)
    for table, rows in undisturbed.items():
        assert disturbed[table] == rows, f"{table} differs"


@pytest.mark.parametrize("state", ["open", "done"], ids=["while-crawling", "later"])
def test_a_terminated_night_says_so_and_the_next_one_picks_up(night: Night, tmp_path: Path, state: str) -> None:
    project = make_demo_project(tmp_path / "demo")
    parts = project.data_dir / "spool" / state
    with _nightly(project.file, night.newsroom.url) as run:
        while run.poll() is None and not list(parts.glob("*.warc.gz")):
            time.sleep(0.02)
        run.terminate()
        _out, errors = run.communicate()
    assert run.returncode == 1
    assert b"the next run picks up what is left" in errors
    assert b"Traceback" not in errors
    with open_writer(project.writer_file) as writer:
        assert writer.fetch("SELECT state FROM run_end") == [("interrupted",)]
    with _nightly(project.file, night.newsroom.url) as run:
        _out, errors = run.communicate()
    assert run.returncode == 0, errors.decode()
    assert content_of(project.snapshot_file)["coverage"] == content_of(night.project.snapshot_file)["coverage"]
