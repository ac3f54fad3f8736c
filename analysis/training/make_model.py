r"""The whole way from the data to the shipped checkpoint.

::

    python -m analysis.training.make_model DATA WORK --output analysis/models/builtin

``DATA`` has ``parallel/`` (:mod:`analysis.training.parallel`), ``open/`` and, for labels of your own, ``reader/``
(:mod:`analysis.training.data`); the sentences written for newstone lie in the source tree. Stages, each in a folder
of ``WORK``: ``encoder`` (vocabulary, word embeddings), ``aligned`` (other languages carried over), ``seed-N``
(fine-tuning, one process for each seed), ``averaged``, then calibration, packing, figures and card into the output
folder. A stage that is done is not done again; one that was stopped goes on. ``WORK/log.json`` says what each stage
read, its seconds and its memory.
"""

import argparse
import json
import logging
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer

from analysis.scorers.builtin import builtin_folder
from analysis.training.align import AlignSettings, Translation, align
from analysis.training.base_model import base_model_folder
from analysis.training.data import LICENCES, read_authored, read_open
from analysis.training.embeddings import make_encoder
from analysis.training.finish import finish
from analysis.training.parallel import (
    FAMILY_LICENCES,
    PARALLEL_LANGUAGES,
    ParallelPair,
    read_measured,
    read_parallel,
)
from analysis.training.settings import Settings
from analysis.training.soup import average_checkpoints
from analysis.training.state import write_json
from analysis.training.vocabulary import build_tokenizer
from pipelines.clock import monotonic_seconds
from pipelines.errors import ModelError
from pipelines.memory import peak_memory_bytes

_LOG = logging.getLogger(__name__)
_VOCABULARY_PART = "1"
"""Part of the authored text that the vocabulary is made from, so that more text does not change it."""
_AUTHORED_REPEATS = 2  # in the text of the vocabulary: it is the press, the rest mostly is not
_PRESS_REPEATS = 2  # news among the parallel families, which are mostly everyday sentences
_SMALL_LANGUAGE_REPEATS = {"ko": 2}  # a quarter of the pairs of the others
_ENGLISH_SELF_PAIRS = 12_000  # of the parallel text, beside all of the English press
_MEASURED_PAIRS = 300


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything; the defaults are those of the shipped checkpoint."""

    n_english: int = 16_000
    n_new: int = 51_000
    align: AlignSettings = field(default_factory=AlignSettings)
    finetune: Settings = field(default_factory=Settings)
    seeds: tuple[int, ...] = (0, 1)


def make_model(
    data: Path,
    work: Path,
    output: Path,
    sizes: Sizes,
    *,
    model_id: str,
    base: Path | None = None,
    tokenizer: Path | None = None,
    authored: Path | None = None,
    development: Path | None = None,
) -> None:
    """Makes the checkpoint in ``output``; see the module for the stages.

    Args:
        data: folder with ``parallel/``, ``open/`` and perhaps ``reader/``.
        work: folder for what the stages make; made if need be.
        output: folder for the packed checkpoint and its card.
        sizes: how much of everything.
        model_id: what the checkpoint calls itself.
        base: folder of the English encoder; None is that of its package.
        tokenizer: folder of a tokenizer whose vocabulary is kept; None learns one, a little different each time.
        authored: folder of the sentences written for newstone; None is the one in the source tree.
        development: folder of the development sentences; None is the one in the source tree.

    Raises:
        DataFileError: the data cannot be read.
        ModelError: the base model is not installed, or ``work`` is of a run with other settings.
    """
    run = _Run(data, work, sizes, base or base_model_folder(), tokenizer, authored, development)
    run.stage("encoder", run.make_encoder)
    run.stage("aligned", run.align)
    run.stage("seeds", run.finetune)
    run.stage("averaged", run.average)
    run.stage("finished", lambda: finish(work, output, data, model_id, authored=authored, development=development))


class _Run:
    def __init__(
        self,
        data: Path,
        work: Path,
        sizes: Sizes,
        base: Path,
        tokenizer: Path | None,
        authored: Path | None,
        development: Path | None,
    ) -> None:
        self.data = data
        self.work = work
        self.sizes = sizes
        self.base = base
        self.tokenizer = tokenizer
        self.authored = authored
        self.development = development
        work.mkdir(parents=True, exist_ok=True)
        self.log_file = work / "log.json"
        self.log: dict[str, Any] = json.loads(self.log_file.read_bytes()) if self.log_file.is_file() else {}
        wanted = json.loads(json.dumps(asdict(sizes)))
        if self.log.setdefault("sizes", wanted) != wanted:
            raise ModelError(f"{work} is of a run with other settings; delete it to start anew, or give another folder")

    def stage(self, name: str, make: Callable[[], dict[str, object]]) -> None:
        """Runs a stage unless the log says that it is done."""
        if name in self.log:
            _LOG.info("stage %s is done", name)
            return
        _LOG.info("stage %s", name)
        started = monotonic_seconds()
        said = make()
        here = {
            "seconds": round(monotonic_seconds() - started),
            "peak_memory_mib": round(peak_memory_bytes() / 2**20),
        }
        self.log[name] = here | said  # a stage that may be stopped and go on counts for itself
        write_json(self.log_file, self.log)

    def make_encoder(self) -> dict[str, object]:
        pairs = {language: read_parallel(self.data, language) for language in PARALLEL_LANGUAGES}
        texts = {language: [pair.other for pair in pairs[language]] for language in pairs}
        english: list[str] = []
        open_sets = read_open(self.data)
        for sentence in (each for part in open_sets.values() for each in part):
            texts.get(sentence.language, english).append(sentence.text)
        for language, sentences in read_authored(self.authored, {_VOCABULARY_PART}).items():
            if language in texts:
                texts[language] += [each.text for each in sentences] * _AUTHORED_REPEATS
        if self.tokenizer is not None:
            tokenizer = AutoTokenizer.from_pretrained(str(self.tokenizer), local_files_only=True)
        else:
            tokenizer = build_tokenizer(self.base, texts, n_english=self.sizes.n_english, n_new=self.sizes.n_new)
        english += dict.fromkeys(pair.english for language in pairs for pair in pairs[language])
        encoder = make_encoder(self.base, tokenizer, pairs, english)
        encoder.save_pretrained(self.work / "encoder")
        tokenizer.save_pretrained(self.work / "encoder")
        return {"pieces": len(tokenizer), "pairs": _count_families(pairs)}

    def align(self) -> dict[str, object]:
        pairs = {language: read_parallel(self.data, language) for language in PARALLEL_LANGUAGES}
        translations = [
            Translation(pair.english, pair.other)
            for language in pairs
            for pair in pairs[language]
            for _ in range(_repeats(pair))
        ]
        press = [each.text for part in read_open(self.data).values() for each in part if each.language == "en"]
        press += [each.text for each in read_authored(self.authored, {_VOCABULARY_PART}).get("en", [])]
        everyday = list(dict.fromkeys(each.english for each in translations))
        drawn = random.Random(0).sample(everyday, min(len(everyday), _ENGLISH_SELF_PAIRS))  # noqa: S311
        translations += [Translation(text, text) for text in [*dict.fromkeys(press), *drawn]]
        measured = {
            language: [Translation(p.english, p.other) for p in read_measured(self.data, language, _MEASURED_PAIRS)]
            for language in PARALLEL_LANGUAGES
        }
        align(
            self.base,
            self.work / "encoder",
            translations,
            {language: found for language, found in measured.items() if found},
            self.work / "aligned",
            self.sizes.align,
        )
        log = json.loads((self.work / "aligned" / "log.json").read_bytes())
        return {
            "sentences": len(translations),
            "licences": FAMILY_LICENCES,
            "retrieval": log["retrieval"][-1],
            "seconds": log["seconds"],
            "peak_memory_mib": log["peak_memory_mib"],
        }

    def finetune(self) -> dict[str, object]:
        """One process for each seed, side by side: on few cores faster than one run on all of them."""
        runs = [subprocess.Popen(self._command(seed)) for seed in self.sizes.seeds]
        try:
            codes = [run.wait() for run in runs]
        finally:
            for run in runs:
                run.terminate()  # nothing happens to one that has ended
        if any(codes):
            raise ModelError(f"fine-tuning ended with {codes}; see its output above, then start again: it goes on")
        logs = [json.loads((self.work / f"seed-{seed}" / "log.json").read_bytes()) for seed in self.sizes.seeds]
        return {
            "rows_trained": logs[0]["rows_trained"],
            "licences": LICENCES,
            "measured": [log["measured"][-1] for log in logs],
            "seconds": max(log["seconds"] for log in logs),
            "peak_memory_mib": sum(log["peak_memory_mib"] for log in logs),
        }

    def _command(self, seed: int) -> list[str]:
        command = [sys.executable, "-m", "analysis.training.finetune"]
        command += [str(self.data), str(self.work / "aligned"), str(self.work / f"seed-{seed}")]
        for name in Settings.__dataclass_fields__:
            value = seed if name == "seed" else getattr(self.sizes.finetune, name)
            if name == "swap_names":
                command += [] if value else ["--no-name-swaps"]
            else:
                command += [f"--{name.replace('_', '-')}", str(value)]
        for name, folder in (("--authored", self.authored), ("--development", self.development)):
            command += [name, str(folder)] if folder else []
        return command

    def average(self) -> dict[str, object]:
        checkpoints = [self.work / f"seed-{seed}" / "checkpoint" for seed in self.sizes.seeds]
        average_checkpoints(checkpoints, self.work / "averaged")
        return {"seeds": list(self.sizes.seeds)}


def _repeats(pair: ParallelPair) -> int:
    return _SMALL_LANGUAGE_REPEATS.get(pair.language, 1) * (_PRESS_REPEATS if pair.family == "ntrex" else 1)


def _count_families(pairs: dict[str, list[ParallelPair]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for pair in (each for part in pairs.values() for each in part):
        counts[pair.family] = counts.get(pair.family, 0) + 1
    return dict(sorted(counts.items()))


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line of this module."""
    parser = argparse.ArgumentParser(description="Make the built-in checkpoint from the data.")
    parser.add_argument("data", type=Path, help="folder with parallel/, open/ and perhaps reader/")
    parser.add_argument("work", type=Path, help="folder for what the stages make; a stopped run in it goes on")
    parser.add_argument("--output", type=Path, required=True, help="folder of the packed checkpoint and its card")
    parser.add_argument("--model-id", default="newstone-sentiment-3", help="what the checkpoint calls itself")
    parser.add_argument(
        "--threads", type=int, default=torch.get_num_threads(), help="for the stages before fine-tuning"
    )
    parser.add_argument("--new-vocabulary", action="store_true", help="learn one instead of keeping the shipped one")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    torch.set_num_threads(given.threads)
    tokenizer = None if given.new_vocabulary else builtin_folder()
    make_model(given.data, given.work, given.output, Sizes(), model_id=given.model_id, tokenizer=tokenizer)


if __name__ == "__main__":
    main()
