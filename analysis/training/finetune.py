r"""Fine-tunes a checkpoint on sentences with labelled targets.

::

    python -m analysis.training.finetune DATA ENCODER OUTPUT --epochs 3

``DATA`` is as :mod:`analysis.training.data` says, ``ENCODER`` what :mod:`analysis.training.align` wrote. After every
epoch ``OUTPUT/checkpoint`` holds the weights so far and ``OUTPUT/log.json`` what was seen and measured. A run that was
stopped goes on from ``OUTPUT/state.pt`` when it is started again with the same arguments, to the same weights.
"""

import argparse
import json
import logging
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

from analysis.scorers.base import LABELS, InputForm
from analysis.scorers.checkpoint import content_hash
from analysis.scorers.loading import load_scorer
from analysis.scorers.target import TARGET_MARK, masked_input
from analysis.scorers.transformers_scorer import read_at_mark
from analysis.training.batches import epoch_batches
from analysis.training.data import LICENCES, Sentence, count_rows, read_authored, read_open, read_reader
from analysis.training.development import read_development, without_near_duplicates
from analysis.training.measure import measure
from analysis.training.names import Pool, collect_names, swap_names
from analysis.training.optimising import descend, make_optimizer
from analysis.training.settings import Settings, fingerprint, rate_factor
from analysis.training.state import load_state, save_state, write_json
from pipelines.clock import monotonic_seconds
from pipelines.errors import ModelError
from pipelines.memory import peak_memory_bytes

_LOG = logging.getLogger(__name__)
_LOG_EVERY_STEPS = 100


@dataclass(slots=True)
class _Progress:
    step: int = 0
    seconds: float = 0.0
    loss_sum: float = 0.0
    loss_steps: int = 0


def finetune(
    data: Path,
    encoder: Path,
    output: Path,
    settings: Settings,
    *,
    authored: Path | None = None,
    development: Path | None = None,
    save_every_minutes: float = 5.0,
    stop_after_step: int | None = None,
) -> None:
    """Trains, and measures the development sentences after each epoch.

    The answer is read at the mark that stands in the place of the target. Deterministic for the same settings, data,
    encoder, kind of processor and number of threads.

    Args:
        data: folder of the open sets and of what readers labelled.
        encoder: folder to start from.
        output: folder for ``checkpoint/``, ``log.json`` and ``state.pt``; made if need be.
        settings: what decides the weights.
        authored: folder of the authored sentences; None is the one of newstone.
        development: folder of the development sentences; None is the one of newstone.
        save_every_minutes: minutes of training between two saved states.
        stop_after_step: save the state and return after this step; None trains to the end.

    Raises:
        DataFileError: the data cannot be read.
        ModelError: the encoder does not fit, or ``output`` holds the state of a run with other arguments.
    """
    by_language = read_development(development)
    held_out = [each for sentences in by_language.values() for each in sentences]
    training: list[Sentence] = []
    for language, sentences in (*read_authored(authored).items(), *read_reader(data).items()):
        kept = without_near_duplicates(sentences, by_language.get(language, ()))
        if len(kept) < len(sentences):
            _LOG.info("%s: %d sentences resemble development ones, left out", language, len(sentences) - len(kept))
        training.extend(kept)
    _Run(training, held_out, read_open(data), encoder, output, settings, save_every_minutes * 60).train(stop_after_step)


class _Run:
    def __init__(
        self,
        authored: list[Sentence],
        held_out: list[Sentence],
        open_sets: dict[str, list[Sentence]],
        encoder: Path,
        output: Path,
        settings: Settings,
        save_seconds: float,
    ) -> None:
        self.settings = settings
        self.output = output
        self.save_seconds = save_seconds
        output.mkdir(parents=True, exist_ok=True)
        self.authored = authored
        self.held_out = held_out
        self.open = open_sets
        # Only names of training sentences: held-out names stay unknown.
        self.names: Pool = collect_names(self.authored)
        self.start = encoder
        self.fingerprint = fingerprint(self.authored, self.open, content_hash(encoder), settings)
        torch.manual_seed(settings.seed)
        self.tokenizer = AutoTokenizer.from_pretrained(str(encoder), local_files_only=True)
        mark_id = self.tokenizer.get_vocab().get(TARGET_MARK)
        if mark_id is None:
            raise ModelError(
                f"the vocabulary of {encoder} has no {TARGET_MARK}; give what analysis.training.align wrote"
            )
        self.mark_id: int = mark_id
        # The fused attention of torch takes more than half of a backward pass on CPU.
        self.model = AutoModelForTokenClassification.from_pretrained(
            str(encoder),
            dtype=torch.float32,
            use_safetensors=True,
            local_files_only=True,
            attn_implementation="eager",
            id2label={i: label.value for i, label in enumerate(LABELS)},
            label2id={label.value: i for i, label in enumerate(LABELS)},
        )
        self.optimizer = make_optimizer(
            self.model,
            learning_rate=settings.learning_rate,
            embedding_rate_factor=settings.embedding_rate_factor,
            weight_decay=settings.weight_decay,
        )
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
            "development_rows": sum(count_rows(held_out).values()),
            "steps": len(self.batches),
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
            _LOG.info("rows: %s", self.log["rows_available"])
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
        inputs = self._padded(
            [
                (text, aim.target) if rng.random() < settings.unmasked_share else masked_input(text, aim.target)
                for text, aim in rows
            ]
        )
        wanted = torch.tensor([LABELS.index(aim.label) for _, aim in rows])
        factor = rate_factor(self.progress.step, len(self.batches), settings.warmup_share)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = self.model(**inputs).logits
        logits = read_at_mark(logits.float(), inputs["input_ids"], self.mark_id)
        loss = torch.nn.functional.cross_entropy(logits, wanted, label_smoothing=settings.label_smoothing)
        descend(self.model, self.optimizer, loss, factor)
        self._count(loss.item(), monotonic_seconds() - started)

    def _padded(self, segments: list[tuple[str, str]]) -> Any:
        """One tensor of sentences alone ("" as their second segment) and of sentences with a target."""
        encodings = [
            self.tokenizer(first, second or None, truncation="only_first", max_length=self.settings.max_tokens)
            for first, second in segments
        ]
        return self.tokenizer.pad(encodings, return_tensors="pt")

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
        scorer = load_scorer(
            str(checkpoint), input_form=InputForm.MASKED, all_languages=True, threads=torch.get_num_threads()
        )
        measured = measure(scorer, self.held_out, self.names)
        self.log |= {"seconds": round(self.progress.seconds), "peak_memory_mib": round(peak_memory_bytes() / 2**20)}
        self.log["measured"].append({"when": when, **measured.to_json_dict()})
        _LOG.info(
            "%s: macro-F1 %.3f, all targets right %s, invariant %s, by language %s",
            when,
            measured.overall.macro_f1 or 0.0,
            measured.overall.all_targets_right,
            measured.swap_invariance,
            {code: round(figures.macro_f1 or 0.0, 3) for code, figures in measured.languages.items()},
        )
        write_json(self.output / "log.json", self.log)

    def _save_checkpoint(self) -> None:
        self.model.save_pretrained(self.output / "checkpoint")
        # The tokenizer of the run has its truncation and padding set; what is shipped must not.
        AutoTokenizer.from_pretrained(str(self.start), local_files_only=True).save_pretrained(
            self.output / "checkpoint"
        )

    def _save_state(self) -> None:
        save_state(
            self.output / "state.pt",
            self.fingerprint,
            {
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "progress": asdict(self.progress),
                "log": json.dumps(self.log),
            },
        )

    def _load_state(self) -> bool:
        state = load_state(self.output / "state.pt", self.fingerprint)
        if state is None:
            return False
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.progress = _Progress(**state["progress"])
        self.log = json.loads(state["log"])
        _LOG.info("going on after step %d of %d", self.progress.step, len(self.batches))
        return True


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line of this module."""
    parser = argparse.ArgumentParser(description="Fine-tune a checkpoint on sentences with labelled targets.")
    parser.add_argument("data", type=Path, help="folder with open/ and perhaps reader/")
    parser.add_argument("encoder", type=Path, help="folder of the encoder to start from")
    parser.add_argument("output", type=Path, help="folder to write; a stopped run in it goes on")
    for each in fields(Settings):
        if each.name != "swap_names":
            kind = type(each.default)
            parser.add_argument(f"--{each.name.replace('_', '-')}", type=kind, default=each.default, dest=each.name)
    parser.add_argument("--authored", type=Path, help="folder of the authored sentences; default: that of newstone")
    parser.add_argument("--development", type=Path, help="folder of the development sentences; default: newstone's")
    parser.add_argument("--no-name-swaps", dest="swap_names", action="store_false")
    parser.add_argument("--save-every-minutes", type=float, default=5.0)
    parser.add_argument("--stop-after-step", type=int, help="save the state and end after this step")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    torch.set_num_threads(given.threads)
    finetune(
        given.data,
        given.encoder,
        given.output,
        Settings(**{each.name: getattr(given, each.name) for each in fields(Settings)}),
        authored=given.authored,
        development=given.development,
        save_every_minutes=given.save_every_minutes,
        stop_after_step=given.stop_after_step,
    )


if __name__ == "__main__":
    main()
