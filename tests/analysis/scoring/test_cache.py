"""The cache of answers: it saves work, survives what files suffer, and never changes an answer."""

import logging
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from analysis.scorers import InputForm, Pair, Precision, Probabilities, identify_scorer, load_scorer
from analysis.scorers.cache import CachedScorer
from analysis.scorers.loading import DeferredScorer

ROOT = Path(__file__).parents[3]


class CountingScorer:
    """A whole scorer without a model, whose answers are a function of all that a cache must tell apart."""

    languages: frozenset[str] | None = frozenset({"en"})
    input_form = InputForm.PAIR

    def __init__(self, model_id: str = "m", revision: str = "1") -> None:
        self.model_id = model_id
        self.revision = revision
        self.asked: list[Pair] = []

    def score(self, pairs: Sequence[Pair]) -> list[Probabilities]:
        self.asked.extend(pairs)
        return [self.answer(pair) for pair in pairs]

    def answer(self, pair: Pair) -> Probabilities:
        chooser = random.Random(repr((pair, self.model_id, self.revision)))
        negative = chooser.randrange(1_000_001)
        positive = chooser.randrange(1_000_001 - negative)
        return Probabilities(negative / 1e6, (1_000_000 - negative - positive) / 1e6, positive / 1e6)


def some_pairs(n: int, start: int = 0) -> list[Pair]:
    return [Pair(f"Acme wins {i} times", "Acme", "en") for i in range(start, start + n)]


def rows_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM answer").fetchone()[0])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "score-cache.sqlite"


def test_what_was_answered_before_is_not_asked_again(path: Path) -> None:
    first, second = CountingScorer(), CountingScorer()
    answers = CachedScorer(first, path).score(some_pairs(5))
    cached = CachedScorer(second, path)
    assert cached.score(some_pairs(8, start=2)) == [second.answer(pair) for pair in some_pairs(8, start=2)]
    assert answers == [first.answer(pair) for pair in some_pairs(5)]
    assert second.asked == some_pairs(5, start=5)
    assert (cached.n_found, cached.n_computed) == (3, 5)


def test_the_order_and_the_repetitions_of_pairs_are_kept(path: Path) -> None:
    scorer = CountingScorer()
    cached = CachedScorer(scorer, path)
    cached.score(some_pairs(2))
    a, b, c = some_pairs(3)
    assert cached.score([c, a, c, b, a]) == [scorer.answer(pair) for pair in (c, a, c, b, a)]
    assert scorer.asked == [a, b, c]
    assert cached.score([]) == []


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Pair("Acme wins.", "Acme", "de"), id="language"),
        pytest.param(Pair("Acme wins.", "wins", "en"), id="target"),
        pytest.param(Pair("Acme wins!", "Acme", "en"), id="sentence"),
        pytest.param(Pair("Acme wins.Acme", "", "en"), id="where-the-sentence-ends"),
    ],
)
def test_pairs_that_differ_have_answers_of_their_own(path: Path, other: Pair) -> None:
    scorer = CountingScorer()
    pair = Pair("Acme wins.", "Acme", "en")
    CachedScorer(scorer, path).score([pair])
    assert CachedScorer(scorer, path).score([other]) == [scorer.answer(other)]
    assert scorer.asked == [pair, other]


def test_models_revisions_and_arithmetics_share_a_file_and_no_answer(path: Path) -> None:
    scorers = [CountingScorer("m", "1"), CountingScorer("m", "2"), CountingScorer("m2", "1"), CountingScorer("m", "1")]
    for scorer, arithmetic in zip(scorers, ("", "", "", "float32"), strict=True):
        assert CachedScorer(scorer, path, arithmetic=arithmetic).score(some_pairs(3)) == [
            scorer.answer(pair) for pair in some_pairs(3)
        ]
        assert len(scorer.asked) == 3
    assert rows_in(path) == 12


def test_another_processor_or_library_finds_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    CachedScorer(CountingScorer(), path).score(some_pairs(3))
    monkeypatch.setattr("analysis.scorers.cache._what_computes", lambda: "another")
    scorer = CountingScorer()
    CachedScorer(scorer, path).score(some_pairs(3))
    assert len(scorer.asked) == 3


def test_the_oldest_answers_go_when_there_are_too_many(path: Path) -> None:
    for start in range(0, 100, 10):
        CachedScorer(CountingScorer(), path, max_rows=30).score(some_pairs(10, start))
    assert rows_in(path) == 30
    scorer = CountingScorer()
    CachedScorer(scorer, path, max_rows=30).score(some_pairs(100))
    assert scorer.asked == some_pairs(70)


def test_it_says_of_itself_what_its_scorer_says(path: Path) -> None:
    cached = CachedScorer(CountingScorer("acme", "7"), path)
    assert (cached.model_id, cached.revision, cached.languages, cached.input_form) == (
        "acme",
        "7",
        frozenset({"en"}),
        InputForm.PAIR,
    )
    assert not path.exists()


def _flip_an_answer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        (content,) = connection.execute("SELECT answer FROM answer WHERE id = 3").fetchone()
        connection.execute("UPDATE answer SET answer = ? WHERE id = 3", (bytes([content[0] ^ 1]) + content[1:],))


def _empty_an_answer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE answer SET answer = x'' WHERE id = 3")


def _lose_the_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE answer")


def _overwrite_pages(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(_flip_an_answer, id="one-bit"),
        pytest.param(_empty_an_answer, id="empty-answer"),
        pytest.param(_lose_the_table, id="no-table"),
        pytest.param(_overwrite_pages, id="pages"),
        pytest.param(lambda path: path.write_bytes(b"no database" * 1000), id="no-database"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:5000]), id="cut-off"),
    ],
)
def test_a_damaged_file_is_dropped_and_begun_anew(
    path: Path, damage: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    CachedScorer(CountingScorer(), path).score(some_pairs(200))
    damage(path)
    scorer = CountingScorer()
    cached = CachedScorer(scorer, path)
    with caplog.at_level(logging.WARNING):
        assert cached.score(some_pairs(200)) == [scorer.answer(pair) for pair in some_pairs(200)]
    assert f"score cache {path} is damaged" in caplog.text
    assert scorer.asked == some_pairs(200)
    assert cached.score(some_pairs(200)) == [scorer.answer(pair) for pair in some_pairs(200)]
    assert len(scorer.asked) == 200


def test_an_empty_file_becomes_a_cache(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    CachedScorer(CountingScorer(), path).score(some_pairs(3))
    assert rows_in(path) == 3


def test_a_database_of_somebody_else_is_left_alone(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE answer (question TEXT)")
    before = path.read_bytes()
    scorer = CountingScorer()
    cached = CachedScorer(scorer, path)
    for _ in range(2):
        assert cached.score(some_pairs(2)) == [scorer.answer(pair) for pair in some_pairs(2)]
    assert path.read_bytes() == before
    assert caplog.text.count("it is a database of another program; give another path") == 1


def test_a_file_that_cannot_be_made_costs_time_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    scorer = CountingScorer()
    cached = CachedScorer(scorer, tmp_path / "data" / "score-cache.sqlite")
    assert cached.score(some_pairs(2)) == [scorer.answer(pair) for pair in some_pairs(2)]
    assert cached.score(some_pairs(2)) == [scorer.answer(pair) for pair in some_pairs(2)]
    assert caplog.text.count("cannot be used") == 1


def test_a_file_that_another_run_writes_is_used_again_later(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("analysis.scorers.cache._LOCK_TIMEOUT_SECONDS", 0.01)
    scorer = CountingScorer()
    cached = CachedScorer(scorer, path)
    cached.score(some_pairs(2))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert cached.score(some_pairs(3)) == [scorer.answer(pair) for pair in some_pairs(3)]
        other.execute("ROLLBACK")
    assert rows_in(path) == 2
    cached.score(some_pairs(3))
    assert rows_in(path) == 3
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


_WRITE_FOR_EVER = """
import sys
from pathlib import Path
from analysis.scorers.cache import CachedScorer
from tests.analysis.scoring.test_cache import CountingScorer, some_pairs

cached = CachedScorer(CountingScorer(), Path(sys.argv[1]), max_rows=5000)
for start in range(0, 10**9, 50):
    cached.score(some_pairs(50, start))
    if start % 500 == 0:
        print(start, flush=True)
"""


def test_a_killed_writer_leaves_a_file_that_can_be_used(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    chooser = random.Random(1)
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITE_FOR_EVER, str(path)], cwd=ROOT, stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            for _ in range(chooser.randint(1, 4)):
                writer.stdout.readline()
            os.kill(writer.pid, signal.SIGKILL)
        scorer = CountingScorer()
        cached = CachedScorer(scorer, path, max_rows=5000)
        assert cached.score(some_pairs(500)) == [scorer.answer(pair) for pair in some_pairs(500)]
        assert cached.n_found >= 50
    assert not caplog.records


def test_a_model_whose_answers_are_known_is_not_loaded(make_checkpoint: Callable[..., Path], path: Path) -> None:
    folder = make_checkpoint(newstone_input="pair")
    pairs = [Pair("alpha wins but beta loses", target, "en") for target in ("alpha", "beta")]
    plain = load_scorer(str(folder), precision=Precision.FLOAT32)
    identity = identify_scorer(str(folder))
    answers = CachedScorer(plain, path).score(pairs)
    shutil.rmtree(folder)
    assert CachedScorer(DeferredScorer(identity), path).score(pairs) == answers == plain.score(pairs)
