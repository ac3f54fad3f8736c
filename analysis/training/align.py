"""Carries the English encoder over to other languages: a sentence gets the vector of its English translation.

After Reimers and Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation":
the teacher is the English base model, the student starts from it with new word embeddings
(:mod:`analysis.training.embeddings`) and learns to give every sentence, and its English, the teacher's vectors: the
mean over the tokens and the first token.
"""

import hashlib
import json
import logging
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, BertModel

from analysis.training.embeddings import encode
from analysis.training.optimising import descend, make_optimizer
from analysis.training.settings import rate_factor
from analysis.training.state import load_state, save_state, write_json
from pipelines.clock import monotonic_seconds
from pipelines.errors import ModelError
from pipelines.memory import peak_memory_bytes

_LOG = logging.getLogger(__name__)
_LOG_EVERY_STEPS = 200
_SAVE_EVERY_SECONDS = 300.0
_PAIRS_PER_CHUNK = 6000  # within which sentences of like length are put together
_SQUARES_FACTOR = 10.0  # brings the squared error to the size of the cosine distance
_EVALUATED_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class AlignSettings:
    """Everything that decides the weights, beside the data and the encoder."""

    steps: int = 4200
    seed: int = 0
    batch_tokens: int = 2400
    """Padded tokens in a batch."""
    learning_rate: float = 2e-4
    embedding_rate_factor: float = 3.0
    warmup_share: float = 0.01
    max_tokens: int = 64


@dataclass(frozen=True, slots=True)
class Translation:
    """A sentence to learn, and its English; the same sentence twice for English itself."""

    english: str
    other: str


def align(
    base: Path,
    encoder: Path,
    translations: Sequence[Translation],
    measured: Mapping[str, Sequence[Translation]],
    output: Path,
    settings: AlignSettings,
) -> None:
    """Trains the student; ``output`` gets its weights, tokenizer and ``log.json``. A stopped run goes on.

    Args:
        base: folder of the teacher.
        encoder: folder of the student to start from.
        translations: what to learn, in any order; repeats count.
        measured: pairs per language that are left out of training; retrieval is measured on them.
        output: folder, made if need be.
        settings: what decides the weights.

    Raises:
        ModelError: there is nothing to learn, or ``output`` holds the state of a run with other arguments.
    """
    if not translations:
        raise ModelError("there are no translations to learn from; give a data folder with parallel/")
    output.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    run = _Run(base, encoder, translations, measured, output, settings)
    run.train()


class _Run:
    def __init__(
        self,
        base: Path,
        encoder: Path,
        translations: Sequence[Translation],
        measured: Mapping[str, Sequence[Translation]],
        output: Path,
        settings: AlignSettings,
    ) -> None:
        self.settings = settings
        self.output = output
        self.tokenizer = AutoTokenizer.from_pretrained(str(encoder), local_files_only=True)
        self.base_tokenizer = AutoTokenizer.from_pretrained(str(base), local_files_only=True)
        self.teacher = _encoder(base).eval()
        self.student = _encoder(encoder).float()
        for module in self.student.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        english = list(dict.fromkeys(each.english for each in translations))
        number = {text: i for i, text in enumerate(english)}
        self.english = self._framed(self.base_tokenizer, english)
        self.others = self._framed(self.tokenizer, [each.other for each in translations])
        self.english_of = [number[each.english] for each in translations]
        self.taught: dict[int, torch.Tensor] = {}
        self.measured = {
            language: (
                self._framed(self.base_tokenizer, [each.english for each in pairs]),
                self._framed(self.tokenizer, [each.other for each in pairs]),
            )
            for language, pairs in sorted(measured.items())
        }
        digest = hashlib.sha256(f"{asdict(settings)}".encode())
        for each in translations:
            digest.update(f"{each.english}\0{each.other}\n".encode())
        digest.update((encoder / "model.safetensors").read_bytes())
        self.fingerprint = digest.hexdigest()
        self.optimizer = make_optimizer(
            self.student,
            learning_rate=settings.learning_rate,
            embedding_rate_factor=settings.embedding_rate_factor,
            weight_decay=0.0,
        )
        self.log: dict[str, Any] = {
            "settings": asdict(settings),
            "sentences": len(translations),
            "english_sentences": len(english),
            "losses": [],
            "retrieval": [],
        }
        self.step = 0
        self.seconds = 0.0

    def _framed(self, tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
        longest = self.settings.max_tokens - 2
        return [[tokenizer.cls_token_id, *ids[:longest], tokenizer.sep_token_id] for ids in encode(tokenizer, texts)]

    def train(self) -> None:
        state = load_state(self.output / "state.pt", self.fingerprint)
        if state is None:
            self._measure()
        else:
            self.student.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.seconds, self.log = state["step"], state["seconds"], json.loads(state["log"])
            _LOG.info("alignment goes on after step %d of %d", self.step, self.settings.steps)
        self.student.train()
        losses: list[float] = []
        saved_at = monotonic_seconds()
        for number, batch in enumerate(self._batches()):
            if number < self.step:
                continue
            if self.step >= self.settings.steps:
                break
            started = monotonic_seconds()
            losses.append(self._learn(batch))
            self.step += 1
            self.seconds += monotonic_seconds() - started
            if self.step % _LOG_EVERY_STEPS == 0:
                mean = sum(losses) / len(losses)
                losses.clear()
                self.log["losses"].append({"step": self.step, "loss": round(mean, 4), "seconds": round(self.seconds)})
                _LOG.info("alignment step %d: loss %.4f, %.0f s", self.step, mean, self.seconds)
            if monotonic_seconds() - saved_at >= _SAVE_EVERY_SECONDS:
                self._save_state()
                saved_at = monotonic_seconds()
        self._measure()
        self.student.save_pretrained(self.output)
        self.tokenizer.save_pretrained(self.output)
        self.log |= {"seconds": round(self.seconds), "peak_memory_mib": round(peak_memory_bytes() / 2**20)}
        write_json(self.output / "log.json", self.log)
        (self.output / "state.pt").unlink(missing_ok=True)

    def _save_state(self) -> None:
        save_state(
            self.output / "state.pt",
            self.fingerprint,
            {
                "model": self.student.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
                "seconds": self.seconds,
                "log": json.dumps(self.log),
            },
        )

    def _learn(self, batch: list[int]) -> float:
        wanted = self._teach([self.english_of[i] for i in batch])
        found = _vectors(self.student, [self.others[i] for i in batch])
        half = found.shape[1] // 2
        distance = 1 - torch.nn.functional.cosine_similarity(found[:, :half], wanted[:, :half])
        loss = (found - wanted).square().mean() * _SQUARES_FACTOR + distance.mean()
        factor = rate_factor(self.step, self.settings.steps, self.settings.warmup_share)
        descend(self.student, self.optimizer, loss, factor)
        return loss.item()

    def _teach(self, numbers: list[int]) -> torch.Tensor:
        missing = sorted({i for i in numbers if i not in self.taught}, key=lambda i: len(self.english[i]))
        if missing:
            with torch.no_grad():
                vectors = _vectors(self.teacher, [self.english[i] for i in missing]).half()
            self.taught.update(zip(missing, vectors.clone(), strict=True))
        return torch.stack([self.taught[i] for i in numbers]).float()

    def _batches(self) -> Iterator[list[int]]:
        rng = random.Random(self.settings.seed)  # noqa: S311 - not for secrets
        while True:
            order = list(range(len(self.others)))
            rng.shuffle(order)
            for start in range(0, len(order), _PAIRS_PER_CHUNK):
                chunk = sorted(order[start : start + _PAIRS_PER_CHUNK], key=lambda i: len(self.others[i]))
                batches: list[list[int]] = []
                batch: list[int] = []
                for i in chunk:  # the longest comes last
                    if batch and (len(batch) + 1) * len(self.others[i]) > self.settings.batch_tokens:
                        batches.append(batch)
                        batch = []
                    batch.append(i)
                batches.append(batch)
                rng.shuffle(batches)
                yield from batches

    def _measure(self) -> None:
        self.student.eval()
        figures = {
            language: _retrieval(self.teacher, english, self.student, others)
            for language, (english, others) in self.measured.items()
        }
        self.student.train()
        self.log["retrieval"].append({"step": self.step, **figures})
        _LOG.info("alignment step %d: retrieval %s", self.step, figures)


def _encoder(folder: Path) -> BertModel:
    # The fused attention of torch takes more than half of a backward pass on CPU: 0.62 s a step instead of 0.35 s.
    model: BertModel = BertModel.from_pretrained(str(folder), local_files_only=True, attn_implementation="eager")
    return model


def _vectors(model: Any, sentences: Sequence[Sequence[int]]) -> torch.Tensor:
    """Mean over the tokens and first token: shape [len(sentences), 2 x width], float32."""
    longest = max(map(len, sentences))
    ids = torch.zeros(len(sentences), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, each in enumerate(sentences):
        ids[row, : len(each)] = torch.tensor(each)
        mask[row, : len(each)] = 1
    with torch.autocast("cpu", dtype=torch.bfloat16):
        states = model(input_ids=ids, attention_mask=mask).last_hidden_state
    states = states.float()
    weights = mask[..., None].float()
    return torch.cat([(states * weights).sum(1) / weights.sum(1), states[:, 0]], dim=1)


@torch.no_grad()
def _retrieval(teacher: Any, english: Sequence[Sequence[int]], student: Any, others: Sequence[Sequence[int]]) -> float:
    """Part of the sentences whose nearest English sentence (cosine) is their translation."""

    def embed(model: Any, sentences: Sequence[Sequence[int]]) -> torch.Tensor:
        parts = [
            _vectors(model, sentences[i : i + _EVALUATED_AT_ONCE]) for i in range(0, len(sentences), _EVALUATED_AT_ONCE)
        ]
        found = torch.cat(parts)
        return torch.nn.functional.normalize(found[:, : found.shape[1] // 2], dim=1)

    nearest = (embed(student, others) @ embed(teacher, english).T).argmax(dim=1)
    return round(float((nearest == torch.arange(len(others))).float().mean()), 3)
