"""Answers that are kept from one run to the next, so that no sentence is read twice.

::

    pairs ─▶ key (sentence, target, language, model, revision, what computes) ─▶ file ─▶ answers that are known
                                                                                   ▲
                                                   the others ─▶ scorer ───────────┘

A changed watchlist makes every mention anew, though most of its sentences and targets stay what they were; a wire
story comes through many outlets. The file is a convenience: one that is damaged, locked or cannot be written costs
time, never an answer.
"""

import hashlib
import json
import logging
import os
import platform
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from analysis.scorers.base import InputForm, Pair, Probabilities, Scorer

logger = logging.getLogger(__name__)

MAX_ROWS = 1_000_000
"""Answers in a cache that says nothing else: 66 MB, and what half an hour of computing gives."""

_STEPS = 1_000_000  # probabilities are multiples of 1/_STEPS
_KEY_BYTES = 16
_ANSWER = struct.Struct("<III")  # negative and positive in steps, and a checksum over the key and both
_LIBRARIES = ("torch", "transformers", "tokenizers")
_APPLICATION_ID = 0x6E777363  # "nwsc", marks a SQLite file as ours
_LOCK_TIMEOUT_SECONDS = 1.0  # the other run writes some thousand rows; computing anew is no misfortune
_DAMAGE_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
_BUSY_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_PRIMARY_CODE = 0xFF  # the low byte of SQLite's extended error codes
_CREATE = f"""
BEGIN IMMEDIATE;
PRAGMA application_id = {_APPLICATION_ID};
CREATE TABLE IF NOT EXISTS answer (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, answer BLOB NOT NULL);
COMMIT;
"""
_SELECT = "SELECT answer FROM answer WHERE key = ?"
_INSERT = "INSERT OR IGNORE INTO answer (key, answer) VALUES (?, ?)"
_DROP_OLDEST = "DELETE FROM answer WHERE id <= (SELECT max(id) FROM answer) - ?"


class _DamageError(Exception):
    """What stands in the file is not what was written."""


class _ForeignError(Exception):
    """The file is a database that somebody else made."""


class CachedScorer:
    """A :class:`~analysis.scorers.base.Scorer` that asks another one only what it has not answered before.

    Answers are the same as without it. They are kept by what they depend on: the pair, the model and its revision,
    the code of this package, the libraries and the processor. After an update of any of these nothing is found, and
    what was kept goes when newer answers need its place.

    One file serves any number of models. It can be deleted at any time; killing a run costs the answers of one call.

    Args:
        scorer: asked for what is not known; a deferred one loads no weights while everything is.
        path: the file, made with its folder where missing.
        max_rows: the oldest answers go when there are more; 66 bytes each.
        arithmetic: precision and device of ``scorer`` where they are not the default, in any words.
    """

    def __init__(self, scorer: Scorer, path: Path, *, max_rows: int = MAX_ROWS, arithmetic: str = "") -> None:
        self.path = path
        self.n_found = 0
        """Pairs that were answered from the file since the start."""
        self.n_computed = 0
        """Pairs that the other scorer was asked for since the start; one that comes twice in a call counts once."""
        self._scorer = scorer
        self._max_rows = max_rows
        origin = json.dumps([scorer.model_id, scorer.revision, arithmetic, _what_computes()]).encode()
        self._key_of_keys = hashlib.sha256(origin).digest()
        self._is_usable = True

    @property
    def model_id(self) -> str:
        """That of the other scorer."""
        return self._scorer.model_id

    @property
    def revision(self) -> str:
        """That of the other scorer."""
        return self._scorer.revision

    @property
    def languages(self) -> frozenset[str] | None:
        """Those of the other scorer."""
        return self._scorer.languages

    @property
    def input_form(self) -> InputForm:
        """That of the other scorer."""
        return self._scorer.input_form

    def score(self, pairs: Sequence[Pair]) -> list[Probabilities]:
        """One answer per pair, in the order of ``pairs``.

        Raises:
            ModelError: as the other scorer.
        """
        keys = {pair: self._key(pair) for pair in pairs}
        known = self._read(keys.values())
        self.n_found += sum(keys[pair] in known for pair in pairs)
        missing = [pair for pair, key in keys.items() if key not in known]
        if missing:
            self.n_computed += len(missing)
            computed = {keys[pair]: answer for pair, answer in zip(missing, self._scorer.score(missing), strict=True)}
            self._write(computed)
            known |= computed
        return [known[keys[pair]] for pair in pairs]

    def _key(self, pair: Pair) -> bytes:
        content = json.dumps([pair.sentence, pair.target, pair.language]).encode()
        return hashlib.blake2b(content, digest_size=_KEY_BYTES, key=self._key_of_keys).digest()

    def _read(self, keys: Iterable[bytes]) -> dict[bytes, Probabilities]:
        if not self._is_usable or not self.path.exists():
            return {}
        found: dict[bytes, Probabilities] = {}
        try:
            with closing(_connect(self.path)) as connection:
                for key in keys:
                    row = connection.execute(_SELECT, (key,)).fetchone()
                    if row is not None:
                        found[key] = _unpack(key, row[0])
        except (sqlite3.Error, OSError, _DamageError, _ForeignError) as error:
            self._do_without(error)
            return {}
        return found

    def _write(self, answers: Mapping[bytes, Probabilities]) -> None:
        if not self._is_usable:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(_connect(self.path)) as connection, connection:
                connection.executemany(_INSERT, [(key, _pack(key, answer)) for key, answer in answers.items()])
                connection.execute(_DROP_OLDEST, (self._max_rows,))
        except (sqlite3.Error, OSError, _DamageError, _ForeignError) as error:
            self._do_without(error)

    def _do_without(self, error: Exception) -> None:
        """Drops a damaged file, waits for a locked one until the next call, and leaves any other alone for good."""
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
        if code in _BUSY_CODES:
            logger.info("score cache %s is in use by another run; computing instead", self.path)
            return
        if code in _DAMAGE_CODES or isinstance(error, _DamageError):
            logger.warning("score cache %s is damaged (%s); it is dropped and begun anew", self.path, error)
            try:
                for suffix in ("-journal", ""):
                    self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
            except OSError as refusal:
                error = refusal
            else:
                return
        self._is_usable = False
        logger.warning(
            "score cache %s cannot be used (%s); sentences are computed anew until that is mended", self.path, error
        )


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_LOCK_TIMEOUT_SECONDS)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] == _APPLICATION_ID:
        return
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise _ForeignError("it is a database of another program; give another path")
    connection.executescript(_CREATE)


def _pack(key: bytes, answer: Probabilities) -> bytes:
    negative, positive = round(answer.negative * _STEPS), round(answer.positive * _STEPS)
    return _ANSWER.pack(negative, positive, _checksum(key, negative, positive))


def _unpack(key: bytes, content: object) -> Probabilities:
    if not isinstance(content, bytes) or len(content) != _ANSWER.size:
        raise _DamageError("an answer of the wrong size")
    negative, positive, checksum = _ANSWER.unpack(content)
    if checksum != _checksum(key, negative, positive):
        raise _DamageError("an answer with a wrong checksum")
    return Probabilities(negative / _STEPS, (_STEPS - negative - positive) / _STEPS, positive / _STEPS)


def _checksum(key: bytes, negative: int, positive: int) -> int:
    return zlib.crc32(struct.pack("<II", negative, positive), zlib.crc32(key))


@cache
def _what_computes() -> str:
    """A hash of what answers depend on beside pair and model; costs some milliseconds, once per process."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.iterdir()):
        if path.suffix in {".py", ".toml"}:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    digest.update(json.dumps([_versions(), platform.machine(), _processor(), _gpus()]).encode())
    return digest.hexdigest()


def _versions() -> list[str]:
    found = []
    for library in _LIBRARIES:
        try:
            found.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            found.append(f"{library} missing")
    return found


def _processor() -> list[str]:
    """What tells processors apart that choose other kernels."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return [platform.processor()]
    return sorted({line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))})


def _gpus() -> list[str]:
    reports = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
    lines = [line for report in reports for line in report.read_text(errors="replace").splitlines()]
    return [*sorted(line for line in lines if line.startswith("Model:")), os.environ.get("CUDA_VISIBLE_DEVICES", "")]
