"""Sequence classification checkpoints of transformers, on the CPU."""

import copy
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer
from transformers.utils import logging as transformers_logging

from analysis.scorers.base import InputForm, Label, Pair, Precision, Probabilities
from analysis.scorers.batches import Batch, plan_batches
from analysis.scorers.checkpoint import PACKED_WEIGHTS, Checkpoint
from analysis.scorers.labels import LabelScheme
from analysis.scorers.packing import read_packed
from analysis.scorers.windows import window_around
from pipelines.errors import ModelError

MAX_THREADS = 8
"""More batches at the same time gain nothing: they wait for memory, not for arithmetic."""

RECHECK_MARGIN = 0.04
"""Distance of the two best labels below which a bfloat16 answer is computed again in float32.

Four times the largest difference of a probability between the two formats that was measured (0.0107 over 1,986
pairs), so that both formats choose the same label.
"""

_MAX_INPUT_TOKENS = 256  # sentences of the press are shorter; a longer input is cut to a window around its target
_POSITIONS_FROM_PADDING = frozenset({"camembert", "longformer", "mpnet", "roberta", "xlm-roberta", "xlm-roberta-xl"})
_STEPS = 1_000_000  # probabilities are multiples of 1/_STEPS, so that sums stay 1; finer than float32 is exact


@dataclass(frozen=True, slots=True)
class _Encoded:
    token_ids: tuple[int, ...]
    segment_ids: tuple[int, ...]


class TransformersScorer:
    """A :class:`~analysis.scorers.base.Scorer` over a checkpoint folder.

    Identical (sentence, target) pairs are computed once. Batches run side by side, each on one thread: results are
    then the same for any number of threads.
    """

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
    ) -> None:
        self.model_id = model_id
        self.revision = revision
        self.languages = checkpoint.languages
        self.input_form = input_form
        self.threads = threads or min(_available_processors(), MAX_THREADS)
        self.uses_bfloat16 = precision is Precision.BFLOAT16 or (precision is Precision.AUTO and has_native_bfloat16())
        self.rows_computed = 0
        """Rows that went through the model since loading, without padding rows and float32 rechecks."""
        self._tokenizer, self._model = _load(checkpoint)
        self._bfloat16_model: Any = _with_bfloat16_layers(self._model) if self.uses_bfloat16 else None
        # RoBERTa and its kin have one segment only: nothing to tell apart, and a second number is out of range.
        n_segments = getattr(self._model.config, "type_vocab_size", 0)
        self._has_segments = "token_type_ids" in self._tokenizer.model_input_names and n_segments > 1
        self._max_tokens = _max_tokens(self._tokenizer, self._model.config, checkpoint)
        self._to_labels = torch.zeros(len(scheme.labels), len(Label))
        for place, label in enumerate(Label):
            self._to_labels[list(scheme.columns(label)), place] = 1.0

    def score(self, pairs: Sequence[Pair]) -> list[Probabilities]:
        """One answer per pair, in the order of ``pairs``; see :class:`~analysis.scorers.base.Scorer`."""
        texts = list(dict.fromkeys((pair.sentence, pair.target) for pair in pairs))
        if not texts:
            return []
        inputs = dict(zip(texts, self._encode(texts), strict=True))
        # Without a target in the input, several targets of a sentence are one input.
        distinct = list(dict.fromkeys(inputs.values()))
        answers = self._compute(distinct, use_bfloat16=self.uses_bfloat16)
        self.rows_computed += len(distinct)
        if self.uses_bfloat16:
            best_two = answers.topk(2, dim=1).values
            close = torch.nonzero(best_two[:, 0] - best_two[:, 1] < RECHECK_MARGIN).flatten()
            if len(close):
                answers[close] = self._compute([distinct[i] for i in close.tolist()], use_bfloat16=False)
        found = dict(zip(distinct, map(_to_probabilities, answers.tolist()), strict=True))
        return [found[inputs[pair.sentence, pair.target]] for pair in pairs]

    def _encode(self, texts: list[tuple[str, str]]) -> list[_Encoded]:
        encoded = self._tokenize(texts)
        for i, (sentence, target) in enumerate(texts):
            if len(encoded[i].token_ids) > self._max_tokens:
                encoded[i] = self._encode_window(sentence, target, len(encoded[i].token_ids))
        return encoded

    def _encode_window(self, sentence: str, target: str, n_tokens: int) -> _Encoded:
        chars = len(sentence)
        while chars > len(target) + 1:
            chars = max(len(target) + 1, min(chars - 1, int(chars * self._max_tokens / n_tokens)))
            [encoded] = self._tokenize([(window_around(sentence, target, chars), target)])
            n_tokens = len(encoded.token_ids)
            if n_tokens <= self._max_tokens:
                return encoded
        # The target alone is longer than the input of the model.
        [encoded] = self._tokenize([(window_around(sentence, target, chars), target)], truncation="longest_first")
        return encoded

    def _tokenize(self, texts: list[tuple[str, str]], truncation: str | bool = False) -> list[_Encoded]:
        sentences = [sentence for sentence, _ in texts]
        targets = [target for _, target in texts] if self.input_form is InputForm.PAIR else None
        options = {"max_length": self._max_tokens} if truncation else {}
        found = self._tokenizer(sentences, targets, truncation=truncation, padding=False, verbose=False, **options)
        ids: list[list[int]] = found["input_ids"]
        segments: list[list[int]] = found.get("token_type_ids") or [[0] * len(each) for each in ids]
        return [_Encoded(tuple(each), tuple(parts)) for each, parts in zip(ids, segments, strict=True)]

    def _compute(self, encoded: list[_Encoded], *, use_bfloat16: bool) -> torch.Tensor:
        """Probabilities of shape [len(encoded), 3] in float32."""
        batches = plan_batches([len(each.token_ids) for each in encoded], self._max_tokens)
        answers = torch.zeros(len(encoded), len(Label))
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
        shape = (batch.n_rows, batch.n_tokens)
        token_ids = torch.full(shape, self._tokenizer.pad_token_id, dtype=torch.long)
        segment_ids = torch.full(shape, self._tokenizer.pad_token_type_id, dtype=torch.long)
        mask = torch.zeros(shape, dtype=torch.long)
        for row in range(batch.n_rows):
            # Rows without a member repeat the first: a row of padding only would divide by zero in attention.
            each = encoded[batch.members[row] if row < len(batch.members) else batch.members[0]]
            length = len(each.token_ids)
            token_ids[row, :length] = torch.tensor(each.token_ids)
            segment_ids[row, :length] = torch.tensor(each.segment_ids)
            mask[row, :length] = 1
        inputs = {"input_ids": token_ids, "attention_mask": mask}
        if self._has_segments:
            inputs["token_type_ids"] = segment_ids
        model = self._bfloat16_model if use_bfloat16 else self._model
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=use_bfloat16):
            logits: torch.Tensor = model(**inputs).logits
        with torch.inference_mode():
            return logits[: len(batch.members)].float().softmax(dim=-1) @ self._to_labels


def has_native_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself; without that bfloat16 is slower than float32."""
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(flag, False) for flag in ("avx512_bf16", "amx_bf16", "bf16"))


def _with_bfloat16_layers(model: Any) -> Any:
    """A copy whose linear layers hold bfloat16 weights; everything else is shared with ``model``.

    Autocast alone gives the same numbers, but converts every weight again for every batch.
    """
    twin = copy.deepcopy(model, {id(each): each for each in (*model.parameters(), *model.buffers())})
    for layer in twin.modules():
        if isinstance(layer, torch.nn.Linear):
            layer.weight = torch.nn.Parameter(layer.weight.detach().to(torch.bfloat16), requires_grad=False)
            if layer.bias is not None:
                layer.bias = torch.nn.Parameter(layer.bias.detach().to(torch.bfloat16), requires_grad=False)
    return twin


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


def _load(checkpoint: Checkpoint) -> tuple[Any, Any]:
    folder = str(checkpoint.folder)
    local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        with _quiet_loading():
            tokenizer = AutoTokenizer.from_pretrained(folder, **local)
            config = AutoConfig.from_pretrained(folder, **local)
            if checkpoint.is_packed:
                config.dtype = torch.float32
                model = AutoModelForSequenceClassification.from_config(config)
                model.load_state_dict(read_packed(checkpoint.folder / PACKED_WEIGHTS))
                missing: set[str] = set()
            else:
                model, report = AutoModelForSequenceClassification.from_pretrained(
                    folder,
                    config=config,
                    dtype=torch.float32,
                    use_safetensors=True,
                    output_loading_info=True,
                    **local,
                )
                missing = set(report["missing_keys"])
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, SafetensorError) as error:
        raise ModelError(f"checkpoint {folder} cannot be loaded as a sequence classification model: {error}") from error
    if missing:
        raise ModelError(
            f"checkpoint {folder} lacks weights for {', '.join(sorted(missing)[:3])}: it was not trained for "
            "classification; give a checkpoint fine-tuned for sentiment"
        )
    if tokenizer.pad_token_id is None:
        raise ModelError(f"the tokenizer of checkpoint {folder} has no padding token; add pad_token to its config")
    return tokenizer, model.eval()
