"""A small press whose every sentence was given its probabilities by hand."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from db.loader import load_mentions, load_part, load_scores, record_model, record_sources, record_watchlist
from db.publish import publish
from db.read import Snapshot, open_snapshot
from db.reader_labels import Drawn, ExportedMention, LabelReport, ReaderLabel, load_reader_labels
from db.rows import ModelRow
from db.writer import Writer, open_writer
from pipelines.ids import stable_id
from pipelines.records import Mention, Score, ScoreOutcome
from tests.db import build

Probabilities = tuple[float, float, float]
SURE: Probabilities = (0.9, 0.08, 0.02)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence that is an article of its own, and what the model says about it; those of one ``story`` are one."""

    sentence: str
    answer: Probabilities | None = SURE
    language: str = "en"
    entity: str = "acme"
    source_id: str = "daily"
    published_at: datetime = build.NOON
    url: str = ""
    story: str = ""


class Press:
    """A writer database, and the snapshot that is published from it."""

    def __init__(self, store: Path, snapshot: Path) -> None:
        self.store = store
        self.snapshot = snapshot
        self.n_parts = 0

    def load(
        self, sayings: Sequence[Said], model: ModelRow = build.MODEL, watchlist_version: str = "w1"
    ) -> list[Mention]:
        """Add articles with one mention and, unless the answer is None, one score each; gives the mentions."""
        pages = [
            build.page(
                each.url or f"https://a.example/{stable_id(each.sentence, each.source_id)}",
                each.sentence,
                title="",
                source_id=each.source_id,
                language=each.language,
                published_at=each.published_at,
                signature=build.signature_of(each.story or each.sentence),
            )
            for each in sayings
        ]
        mentions = [
            build.mention(page, each.entity, surface=each.entity.title(), watchlist_version=watchlist_version)
            for page, each in zip(pages, sayings, strict=True)
        ]
        self.n_parts += 1
        with open_writer(self.store) as writer:
            state = build.source("agitprop", medium="state_media")
            record_sources(writer, [build.source(), build.source("weekly"), state], build.NOON)
            record_watchlist(writer, replace(build.WATCHLIST, version=watchlist_version), build.NOON)
            load_part(writer, build.part(f"part{self.n_parts}", pages), pages)
            found = [(mention.revision_id, [mention]) for mention in mentions]
            load_mentions(writer, watchlist_version, found, "run1")
            _score(writer, mentions, [each.answer for each in sayings], model)
        return mentions

    def score(
        self, mentions: Sequence[Mention], answers: Sequence[Probabilities | None], model: ModelRow = build.MODEL
    ) -> None:
        """Add what a model says; the model is the current one from then on."""
        with open_writer(self.store) as writer:
            _score(writer, mentions, answers, model)

    def label(
        self,
        labels: Mapping[str, str],
        drawn: Drawn = Drawn.RANDOM,
        reader: str = "ada",
        model: ModelRow = build.MODEL,
        note: str = "",
    ) -> LabelReport:
        """Add labels by mention_id."""
        given = [
            ReaderLabel(ExportedMention(mention_id, model.model_id, model.model_revision), label, note, drawn)
            for mention_id, label in labels.items()
        ]
        with open_writer(self.store) as writer:
            return load_reader_labels(writer, given, reader, build.NOON)

    @contextmanager
    def opened(self) -> Iterator[Snapshot]:
        """Open the writer database for reading: the same rows as in a snapshot, without stories, in less time."""
        with open_snapshot(self.store) as store:
            yield store

    @contextmanager
    def published(self) -> Iterator[Snapshot]:
        """Publish and open the snapshot."""
        publish(self.store, self.snapshot, now=build.NOON)
        with open_snapshot(self.snapshot) as snapshot:
            yield snapshot


def _score(
    writer: Writer, mentions: Sequence[Mention], answers: Sequence[Probabilities | None], model: ModelRow
) -> None:
    scores = [
        Score(mention.mention_id, model.model_id, model.model_revision, ScoreOutcome.OK, *answer)
        for mention, answer in zip(mentions, answers, strict=True)
        if answer is not None
    ]
    record_model(writer, model, build.NOON)
    load_scores(writer, scores, "run1")


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows, to copy."""
    path = tmp_path_factory.mktemp("empty") / "store.duckdb"
    with open_writer(path):
        pass
    return path


@pytest.fixture
def make_press(tmp_path: Path, empty_store: Path) -> Callable[[str], Press]:
    """``make_press(name)`` gives another press."""

    def make(name: str) -> Press:
        store = tmp_path / f"{name}.duckdb"
        shutil.copy(empty_store, store)
        return Press(store, tmp_path / f"{name}_snapshot.duckdb")

    return make


@pytest.fixture
def press(make_press: Callable[[str], Press]) -> Press:
    return make_press("press")
