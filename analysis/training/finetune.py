r"""Fine-tunes a checkpoint on sentences with labelled targets.

::

    python -m analysis.training.finetune DATA CHECKPOINT OUTPUT --epochs 5

``DATA`` is as :mod:`analysis.training.data` says, ``CHECKPOINT`` a folder of transformers with three labels. After
every epoch ``OUTPUT/checkpoint`` holds the weights so far and ``OUTPUT/log.json`` what was seen and measured. A run
that was stopped goes on from ``OUTPUT/state.pt`` when it is started again with the same arguments, to the same weights.
"""

import argparse
import json
import logging
import math
import os
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from analysis.scorers.base import LABELS, Label
from analysis.scorers.checkpoint import read_checkpoint
from analysis.scorers.labels import parse_labels
from analysis.scorers.loading import load_scorer
from analysis.training.batches import epoch_batches
from analysis.training.data import LICENCES, Sentence, count_rows, read_authored, read_open
from analysis.training.holdout import hold_out
from analysis.training.measure import measure
from analysis.training.names import Pool, collect_names, swap_names
from analysis.training.settings import Settings, fingerprint, rate_factor
from pipelines.clock import monotonic_seconds
from pipelines.errors import ModelError

_LOG = logging.getLogger(__name__)
_LOG_EVERY_STEPS = 100
_MAX_GRADIENT_NORM = 1.0


@dataclass(slots=True)
class _Progress:
    step: int = 0
    seconds: float = 0.0
    loss_sum: float = 0.0
    loss_steps: int = 0


def finetune(
    data: Path,
    checkpoint: Path,
    output: Path,
    settings: Settings,
    *,
    save_every_minutes: float = 5.0,
    stop_after_step: int | None = None,
) -> None:
    """Trains, and measures the held-out sentences before, after each epoch and at the end.

    Deterministic for the same settings, data, checkpoint, kind of processor and number of threads.

    Args:
        data: folder of the training data.
        checkpoint: folder to start from.
        output: folder for ``checkpoint/``, ``log.json``, ``held_out.jsonl`` and ``state.pt``; made if need be.
        settings: what decides the weights.
        save_every_minutes: minutes of training between two saved states.
        stop_after_step: save the state and return after this step; None trains to the end.

    Raises:
        DataFileError: the data cannot be read.
        ModelError: the checkpoint does not fit, or ``output`` holds the state of a run with other arguments.
    """
    _Run(data, checkpoint, output, settings, save_every_minutes * 60).train(stop_after_step)


class _Run:
    def __init__(self, data: Path, checkpoint: Path, output: Path, settings: Settings, save_seconds: float) -> None:
        self.settings = settings
        self.output = output
        self.save_seconds = save_seconds
        output.mkdir(parents=True, exist_ok=True)
        self.authored: list[Sentence] = []
        self.held_out: list[Sentence] = []
        for sentences in read_authored(data).values():
            split = hold_out(sentences, share=settings.held_out_share, n_seen=settings.n_seen)
            self.authored.extend(split.training)
            self.held_out.extend(split.held_out)
        self.open = read_open(data)
        # Only names of training sentences: held-out names stay unknown.
        self.names: Pool = collect_names(self.authored)
        self.start = checkpoint
        self.fingerprint = fingerprint(
            self.authored, self.open, read_checkpoint(checkpoint, str(checkpoint)).content_hash, settings
        )
        self.columns = _columns(checkpoint)
        torch.manual_seed(settings.seed)
        self.tokenizer = AutoTokenizer.from_pretrained(str(checkpoint), local_files_only=True)
        self.model = AutoModelForSequenceClassification.from_pretrained(
            str(checkpoint), dtype=torch.float32, use_safetensors=True, local_files_only=True
        )
        self.optimizer = _optimizer(self.model, settings)
        self.batches: list[list[Sentence]] = []
        self.measure_after: dict[int, str] = {}
        """Step to name of the measurement."""
        self._plan()
        self.progress = _Progress()
        self.log: dict[str, Any] = {
            "settings": asdict(settings),
            "rows_available": {
                source: {"rows": n, "licence": LICENCES[source]}
                for source, n in count_rows(
                    [*self.authored, *(each for part in self.open.values() for each in part)]
                ).items()
            },
            "rows_trained": count_rows([each for batch in self.batches for each in batch]),
            "held_out_rows": count_rows(self.held_out),
            "lengths": [{"from_step": 0, "n_steps": len(self.batches)}],
            "losses": [],
            "measured": [],
        }

    def _plan(self) -> None:
        settings = self.settings
        left = settings.epochs
        for epoch in range(math.ceil(settings.epochs)):
            batches = epoch_batches(
                self.authored, self.open, epoch=epoch, batch_rows=settings.batch_rows, seed=settings.seed
            )
            self.batches.extend(batches[: round(min(1.0, left) * len(batches))])
            left -= 1
            self.measure_after[len(self.batches)] = f"after epoch {min(settings.epochs, epoch + 1):g}"

    def train(self, stop_after_step: int | None) -> None:
        if not self._load_state():
            _write_held_out(self.output / "held_out.jsonl", self.held_out)
            _LOG.info("rows: %s", self.log["rows_available"])
            self._measure("before", self.start)
        self.model.train()
        saved_at = monotonic_seconds()
        for batch in self.batches[self.progress.step :]:
            self._step(batch)
            measures = self.measure_after.get(self.progress.step)
            if measures:
                self._save_checkpoint()
                self._measure(measures, self.output / "checkpoint")
            stops = self.progress.step == stop_after_step
            if measures or stops or monotonic_seconds() - saved_at >= self.save_seconds:
                self._save_state()
                saved_at = monotonic_seconds()
            if stops:
                return

    def _step(self, batch: list[Sentence]) -> None:
        started = monotonic_seconds()
        settings = self.settings
        rng = random.Random(f"{settings.seed}/step/{self.progress.step}")  # noqa: S311 - not for secrets
        if settings.swap_names:
            batch = [swap_names(each, self.names, rng) for each in batch]
        rows = [(each.text, aim) for each in batch for aim in each.aims]
        inputs = self.tokenizer(
            [text for text, _ in rows],
            [aim.target for _, aim in rows],
            padding=True,
            truncation="only_first",
            max_length=settings.max_tokens,
            return_tensors="pt",
        )
        wanted = torch.tensor([self.columns[aim.label] for _, aim in rows])
        factor = rate_factor(self.progress.step, len(self.batches), settings.warmup_share)
        for group in self.optimizer.param_groups:
            group["lr"] = group["highest_rate"] * factor
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = self.model(**inputs).logits
        loss = torch.nn.functional.cross_entropy(logits.float(), wanted, label_smoothing=settings.label_smoothing)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), _MAX_GRADIENT_NORM)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self._count(loss.item(), monotonic_seconds() - started)

    def _count(self, loss: float, seconds: float) -> None:
        progress = self.progress
        progress.step += 1
        progress.seconds += seconds
        progress.loss_sum += loss
        progress.loss_steps += 1
        if progress.step % _LOG_EVERY_STEPS == 0 or progress.step == len(self.batches):
            mean = progress.loss_sum / progress.loss_steps
            self.log["losses"].append(
                {"step": progress.step, "loss": round(mean, 4), "seconds": round(progress.seconds)}
            )
            _LOG.info("step %d of %d: loss %.4f, %.0f s", progress.step, len(self.batches), mean, progress.seconds)
            progress.loss_sum, progress.loss_steps = 0.0, 0

    def _measure(self, when: str, checkpoint: Path) -> None:
        figures: dict[str, object] = {}
        if self.held_out:
            scorer = load_scorer(str(checkpoint), all_languages=True, threads=torch.get_num_threads())
            figures = measure(scorer, self.held_out, self.names).to_json_dict()
        self.log["measured"].append({"when": when, **figures})
        _LOG.info("%s: %s", when, figures)
        _write_atomically(self.output / "log.json", (json.dumps(self.log, indent=1) + "\n").encode())

    def _save_checkpoint(self) -> None:
        self.model.save_pretrained(self.output / "checkpoint")
        # The tokenizer of the run has its truncation and padding set; what is shipped must not.
        AutoTokenizer.from_pretrained(str(self.start), local_files_only=True).save_pretrained(
            self.output / "checkpoint"
        )

    def _save_state(self) -> None:
        partial = self.output / "state.pt.partial"
        state = {
            "fingerprint": self.fingerprint,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "progress": asdict(self.progress),
            "log": json.dumps(self.log),
        }
        with partial.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.output / "state.pt")

    def _load_state(self) -> bool:
        path = self.output / "state.pt"
        if not path.is_file():
            return False
        state = torch.load(path, map_location="cpu", weights_only=True)
        if state["fingerprint"] != self.fingerprint:
            raise ModelError(
                f"{path} is the state of a run with other settings, data or checkpoint; "
                "delete it to start anew, or give another output folder"
            )
        if state["progress"]["step"] > len(self.batches):
            raise ModelError(
                f"{path} is already at step {state['progress']['step']} of {len(self.batches)}; give more epochs"
            )
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"])
        self.progress = _Progress(**state["progress"])
        rows_trained = self.log["rows_trained"]
        self.log = json.loads(state["log"]) | {"rows_trained": rows_trained, "settings": asdict(self.settings)}
        if self.log["lengths"][-1]["n_steps"] != len(self.batches):
            self.log["lengths"].append({"from_step": self.progress.step, "n_steps": len(self.batches)})
        _LOG.info("going on after step %d of %d", self.progress.step, len(self.batches))
        return True


def _columns(checkpoint: Path) -> dict[Label, int]:
    scheme = parse_labels(read_checkpoint(checkpoint, str(checkpoint)).label_names)
    if len(scheme.labels) != len(LABELS):
        raise ModelError(f"{checkpoint} has {len(scheme.labels)} labels; give a checkpoint with exactly three")
    return {label: scheme.columns(label)[0] for label in LABELS}


def _optimizer(model: Any, settings: Settings) -> torch.optim.Optimizer:
    words = [each for name, each in model.named_parameters() if "word_embeddings" in name]
    others = [each for name, each in model.named_parameters() if "word_embeddings" not in name]
    rate = settings.learning_rate
    groups = [
        {"params": words, "highest_rate": rate * settings.embedding_rate_factor},
        {"params": others, "highest_rate": rate},
    ]
    return torch.optim.AdamW(groups, lr=rate, weight_decay=settings.weight_decay, fused=True)


def _write_held_out(path: Path, sentences: Sequence[Sentence]) -> None:
    rows = [
        {"text": each.text, "target": aim.target, "label": aim.label.value, "lang": each.language}
        for each in sentences
        for aim in each.aims
    ]
    _write_atomically(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())


def _write_atomically(path: Path, content: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line of this module."""
    parser = argparse.ArgumentParser(description="Fine-tune a checkpoint on sentences with labelled targets.")
    parser.add_argument("data", type=Path, help="folder with authored/ and open/")
    parser.add_argument("checkpoint", type=Path, help="folder of the checkpoint to start from")
    parser.add_argument("output", type=Path, help="folder to write; a stopped run in it goes on")
    for each in fields(Settings):
        if each.name != "swap_names":
            kind = type(each.default)
            parser.add_argument(f"--{each.name.replace('_', '-')}", type=kind, default=each.default, dest=each.name)
    parser.add_argument("--no-name-swaps", dest="swap_names", action="store_false")
    parser.add_argument("--save-every-minutes", type=float, default=5.0)
    parser.add_argument("--stop-after-step", type=int, help="save the state and end after this step")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    torch.set_num_threads(given.threads)
    finetune(
        given.data,
        given.checkpoint,
        given.output,
        Settings(**{each.name: getattr(given, each.name) for each in fields(Settings)}),
        save_every_minutes=given.save_every_minutes,
        stop_after_step=given.stop_after_step,
    )


if __name__ == "__main__":
    main()
