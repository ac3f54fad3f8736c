"""Classification checkpoints of transformers, on the CPU or a GPU."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
)
from transformers.utils import logging as transformers_logging

from analysis.scorers.arithmetic import (
    AUTO_DEVICE,
    RECHECK_MARGIN,
    choose_device,
    uses_bfloat16,
    with_bfloat16_layers,
)
from analysis.scorers.base import InputForm, Label, Pair, Precision, Probabilities
from analysis.scorers.batches import Batch, plan_batches, tokens_per_batch
from analysis.scorers.checkpoint import PACKED_WEIGHTS, Checkpoint
from analysis.scorers.labels import LabelScheme
from analysis.scorers.packing import read_packed
from analysis.scorers.target import TARGET_MARK, mask_target, masked_input
from analysis.scorers.windows import window_around
from pipelines.errors import ModelError

MAX_THREADS = 8
"""More batches at the same time gain nothing: they wait for memory, not for arithmetic."""

_MAX_INPUT_TOKENS = 256  # sentences of the press are shorter; a longer input is cut to a window around its target
_POSITIONS_FROM_PADDING = frozenset({"camembert", "longformer", "mpnet", "roberta", "xlm-roberta", "xlm-roberta-xl"})
_STEPS = 1_000_000  # probabilities are multiples of 1/_STEPS, so that sums stay 1; finer than float32 is exact


@dataclass(frozen=True, slots=True)
class _Encoded:
    token_ids: tuple[int, ...]
    segment_ids: tuple[int, ...]
    temperature: float
    """What the logits are divided by; a property of the language."""


class TransformersScorer:
    """A :class:`~analysis.scorers.base.Scorer` over a checkpoint folder.

    Identical (sentence, target) pairs are computed once. On the CPU batches run side by side, each on one thread:
    results are then the same for any number of threads. On a GPU they run one after the other.
    """

    n_questions = 1
    """Inputs that the model reads for one pair; see :meth:`_questions`."""
    n_kept = len(Label)
    """Numbers that are kept of each input; see :meth:`_read`."""
    recheck_margin = RECHECK_MARGIN

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        model_id: str,
        revision: str,
        scheme: LabelScheme,
        input_form: InputForm,
        precision: Precision = Precision.AUTO,
        threads: int | None = None,
        device: str = AUTO_DEVICE,
    ) -> None:
        self.model_id = model_id
        self.revision = revision
        self.languages = checkpoint.languages
        self.input_form = input_form
        self.device = choose_device(device)
        self.threads = 1 if self.device.type != "cpu" else threads or min(_available_processors(), MAX_THREADS)
        self.uses_bfloat16 = uses_bfloat16(precision, self.device)
        self.rows_computed = 0
        """Rows that went through the model since loading, without padding rows and float32 rechecks."""
        self._tokenizer, self._model = _load(checkpoint, input_form)
        self._mark_id: int | None = None
        if input_form is InputForm.MASKED:
            self._mark_id = _mark_id(self._tokenizer, checkpoint)
        self._temperatures = checkpoint.temperatures
        self._model.to(self.device)
        self._bfloat16_model: Any = with_bfloat16_layers(self._model) if self.uses_bfloat16 else None
        # RoBERTa and its kin have one segment only: nothing to tell apart, and a second number is out of range.
        n_segments = getattr(self._model.config, "type_vocab_size", 0)
        self._has_segments = "token_type_ids" in self._tokenizer.model_input_names and n_segments > 1
        self._max_tokens = _max_tokens(self._tokenizer, self._model.config, checkpoint)
        self._to_labels = torch.zeros(len(scheme.labels), len(Label))
        for place, label in enumerate(Label):
            self._to_labels[list(scheme.columns(label)), place] = 1.0

    def score(self, pairs: Sequence[Pair]) -> list[Probabilities]:
        """One answer per pair, in the order of ``pairs``; see :class:`~analysis.scorers.base.Scorer`."""
        if not pairs:
            return []
        asked = list(dict.fromkeys(pairs))
        rows = self._encode(asked)
        groups = [tuple(rows[i : i + self.n_questions]) for i in range(0, len(rows), self.n_questions)]
        inputs = dict(zip(asked, groups, strict=True))
        # Without a target in the input, several targets of a sentence are one input.
        distinct = list(dict.fromkeys(inputs.values()))
        answers = self._answer(distinct, use_bfloat16=self.uses_bfloat16)
        self.rows_computed += len(distinct) * self.n_questions
        if self.uses_bfloat16:
            best_two = answers.topk(2, dim=1).values
            close = torch.nonzero(best_two[:, 0] - best_two[:, 1] < self.recheck_margin).flatten()
            if len(close):
                answers[close] = self._answer([distinct[i] for i in close.tolist()], use_bfloat16=False)
        found = dict(zip(distinct, map(_to_probabilities, answers.tolist()), strict=True))
        return [found[inputs[pair]] for pair in pairs]

    def _questions(self, pair: Pair) -> list[Pair]:
        """The sentences and second segments that the model reads to answer for a pair."""
        return [pair]

    def _read(self, logits: torch.Tensor, temperatures: torch.Tensor) -> torch.Tensor:
        """What is kept of the logits of some inputs: the probabilities of the three labels."""
        return (logits / temperatures[:, None]).softmax(dim=-1) @ self._to_labels

    def _combine(self, kept: torch.Tensor) -> torch.Tensor:
        """Probabilities of shape [pairs, 3] from what was kept of their inputs, [pairs x n_questions, n_kept]."""
        return kept

    def _answer(self, groups: list[tuple[_Encoded, ...]], *, use_bfloat16: bool) -> torch.Tensor:
        """Probabilities of shape [len(groups), 3], one row for the inputs of each pair."""
        return self._combine(self._compute([row for group in groups for row in group], use_bfloat16=use_bfloat16))

    def _encode(self, pairs: list[Pair]) -> list[_Encoded]:
        encoded = self._tokenize([question for pair in pairs for question in self._questions(pair)])
        for i, pair in enumerate(pairs):
            own = slice(i * self.n_questions, (i + 1) * self.n_questions)
            longest = max(len(each.token_ids) for each in encoded[own])
            if longest > self._max_tokens:
                encoded[own] = self._encode_window(pair, longest)
        return encoded

    def _encode_window(self, pair: Pair, n_tokens: int) -> list[_Encoded]:
        """The inputs of a pair, all with the same part of its sentence: as much as fits into each of them."""
        if self.input_form is InputForm.MASKED:
            masked = mask_target(pair.sentence, pair.target)
            # The window is then around the mark, and as long for a short name as for a long one.
            pair = pair if masked is None else replace(pair, sentence=masked, target=TARGET_MARK)
        chars = len(pair.sentence)
        shortest = len(pair.target) + 1
        window = pair
        while chars > shortest:
            chars = max(shortest, min(chars - 1, int(chars * self._max_tokens / n_tokens)))
            window = replace(pair, sentence=window_around(pair.sentence, pair.target, chars))
            encoded = self._tokenize(self._questions(window))
            n_tokens = max(len(each.token_ids) for each in encoded)
            if n_tokens <= self._max_tokens:
                return encoded
        # The target alone is longer than the input of the model.
        return self._tokenize(self._questions(window), truncation="longest_first")

    def _tokenize(self, pairs: list[Pair], truncation: str | bool = False) -> list[_Encoded]:
        found = [_Encoded((), (), 1.0)] * len(pairs)
        options = {"max_length": self._max_tokens} if truncation else {}
        segments = [self._segments(pair) for pair in pairs]
        with_second = [i for i, (_, second) in enumerate(segments) if second]
        alone = [i for i, (_, second) in enumerate(segments) if not second]
        for chosen in (with_second, alone):
            if not chosen:
                continue
            firsts = [segments[i][0] for i in chosen]
            seconds = [segments[i][1] for i in chosen] if chosen is with_second else None
            made = self._tokenizer(firsts, seconds, truncation=truncation, padding=False, verbose=False, **options)
            ids: list[list[int]] = made["input_ids"]
            segment_ids: list[list[int]] = made.get("token_type_ids") or [[0] * len(each) for each in ids]
            for i, each, parts in zip(chosen, ids, segment_ids, strict=True):
                found[i] = _Encoded(tuple(each), tuple(parts), self._temperature(pairs[i].language))
        return found

    def _segments(self, pair: Pair) -> tuple[str, str]:
        """What the model reads of a pair; "" where there is no second segment."""
        if self.input_form is InputForm.MASKED:
            return masked_input(pair.sentence, pair.target)
        return pair.sentence, "" if self.input_form is InputForm.SENTENCE else pair.target

    def _temperature(self, language: str) -> float:
        return self._temperatures.get(language, self._temperatures.get("", 1.0))

    def _compute(self, encoded: list[_Encoded], *, use_bfloat16: bool) -> torch.Tensor:
        """What :meth:`_read` gives for each input, of shape [len(encoded), n_kept] in float32."""
        size = tokens_per_batch(is_exact=not use_bfloat16, on_gpu=self.device.type != "cpu")
        batches = plan_batches([len(each.token_ids) for each in encoded], self._max_tokens, size)
        answers = torch.zeros(len(encoded), self.n_kept)
        pool = ThreadPoolExecutor(self.threads, "scorer", initializer=torch.set_num_threads, initargs=(1,))
        try:
            for batch, rows in zip(
                batches, pool.map(lambda batch: self._forward(encoded, batch, use_bfloat16), batches), strict=True
            ):
                answers[list(batch.members)] = rows
        finally:
            pool.shutdown(cancel_futures=True)
        return answers

    def _forward(self, encoded: list[_Encoded], batch: Batch, use_bfloat16: bool) -> torch.Tensor:
        # Rows without a member repeat the first: a row of padding only would divide by zero in attention.
        spare = [batch.members[0]] * (batch.n_rows - len(batch.members))
        rows = [encoded[member] for member in (*batch.members, *spare)]
        shape = (batch.n_rows, batch.n_tokens)
        token_ids = _to_tensor([row.token_ids for row in rows], self._tokenizer.pad_token_id, shape)
        mask = torch.arange(batch.n_tokens) < torch.tensor([[len(row.token_ids)] for row in rows])
        inputs = {"input_ids": token_ids, "attention_mask": mask.long()}
        if self._has_segments:
            segments = [row.segment_ids for row in rows]
            inputs["token_type_ids"] = _to_tensor(segments, self._tokenizer.pad_token_type_id, shape)
        model = self._bfloat16_model if use_bfloat16 else self._model
        with torch.inference_mode():
            with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=use_bfloat16):
                logits = model(**{name: tensor.to(self.device) for name, tensor in inputs.items()}).logits
            logits = logits[: len(batch.members)].float().cpu()
            if self._mark_id is not None:
                logits = read_at_mark(logits, token_ids[: len(batch.members)], self._mark_id)
            temperatures = torch.tensor([encoded[i].temperature for i in batch.members])
            return self._read(logits, temperatures)


def _to_tensor(rows: Sequence[Sequence[int]], padding: int, shape: tuple[int, int]) -> torch.Tensor:
    padded = np.full(shape, padding, dtype=np.int64)
    for place, row in zip(padded, rows, strict=True):
        place[: len(row)] = row
    return torch.from_numpy(padded)


def read_at_mark(logits: torch.Tensor, token_ids: torch.Tensor, mark_id: int) -> torch.Tensor:
    """The mean of the logits of the marks in each row, or those of the first token where a row has no mark.

    Args:
        logits: of shape [rows, tokens, labels].
        token_ids: of shape [rows, tokens].
        mark_id: the token that stands for the target.
    """
    marks = token_ids == mark_id
    marks[:, 0] |= ~marks.any(dim=1)
    weights = marks.to(logits.dtype)
    return torch.einsum("rtl,rt->rl", logits, weights) / weights.sum(dim=1, keepdim=True)


def _available_processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _to_probabilities(row: Sequence[float]) -> Probabilities:
    negative, positive = round(row[0] * _STEPS), round(row[2] * _STEPS)
    if negative + positive > _STEPS:  # both rounded up
        negative, positive = (negative - 1, positive) if negative > positive else (negative, positive - 1)
    neutral = _STEPS - negative - positive
    return Probabilities(negative / _STEPS, neutral / _STEPS, positive / _STEPS)


def _max_tokens(tokenizer: Any, config: Any, checkpoint: Checkpoint) -> int:
    limits = [_MAX_INPUT_TOKENS, int(tokenizer.model_max_length)]
    positions = getattr(config, "max_position_embeddings", None)
    if positions is not None and positions > 0:
        # These number positions from pad_token_id + 1 on, some from 2 whatever the padding token is.
        offset = max(2, config.pad_token_id + 1) if config.model_type in _POSITIONS_FROM_PADDING else 0
        limits.append(positions - offset)
    if checkpoint.max_tokens is not None:
        limits.append(checkpoint.max_tokens)
    return min(limits)


@contextmanager
def _quiet_loading() -> Iterator[None]:
    # Progress bars and load reports of transformers would mix with the program's own output.
    level = transformers_logging.get_verbosity()
    had_bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(level)
        if had_bars:
            transformers_logging.enable_progress_bar()


def _mark_id(tokenizer: Any, checkpoint: Checkpoint) -> int:
    found = tokenizer.get_vocab().get(TARGET_MARK)
    if found is None:
        raise ModelError(
            f"checkpoint {checkpoint.folder} is said to read masked sentences, but its vocabulary has no "
            f"{TARGET_MARK}; set its input to 'pair' or 'sentence'"
        )
    return int(found)


def _load(checkpoint: Checkpoint, input_form: InputForm) -> tuple[Any, Any]:
    folder = str(checkpoint.folder)
    loader = AutoModelForTokenClassification if input_form is InputForm.MASKED else AutoModelForSequenceClassification
    local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        with _quiet_loading():
            tokenizer = AutoTokenizer.from_pretrained(folder, **local)
            config = AutoConfig.from_pretrained(folder, **local)
            if checkpoint.is_packed:
                config.dtype = torch.float32
                model = loader.from_config(config)
                model.load_state_dict(read_packed(checkpoint.folder / PACKED_WEIGHTS))
                missing: set[str] = set()
            else:
                model, report = loader.from_pretrained(
                    folder,
                    config=config,
                    dtype=torch.float32,
                    use_safetensors=True,
                    output_loading_info=True,
                    **local,
                )
                missing = set(report["missing_keys"])
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, SafetensorError) as error:
        raise ModelError(f"checkpoint {folder} cannot be loaded as a classification model: {error}") from error
    if missing:
        raise ModelError(
            f"checkpoint {folder} lacks weights for {', '.join(sorted(missing)[:3])}: it was not trained for "
            "classification; give a checkpoint fine-tuned for sentiment"
        )
    if tokenizer.pad_token_id is None:
        raise ModelError(f"the tokenizer of checkpoint {folder} has no padding token; add pad_token to its config")
    return tokenizer, model.eval()
