"""How fast newstone scores beside the pipeline of transformers as a person would call it, on sentences made here.

::

    python bench/scoring.py [--pairs 600] [--threads 1 2] [--models builtin xlm-r-base]

Two models: the built-in checkpoint, and one of the size and architecture of XLM-RoBERTa base with random weights.
Everything in a row of the table runs in one process with the same number of threads, on the same sentences and the
same weights; loading, and the first sentences, are not counted. Prints a Markdown table.
"""

import argparse
import itertools
import json
import multiprocessing
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
    pipeline,
)

from analysis.scorers import InputForm, Pair, Precision, Scorer, load_scorer
from analysis.scorers.builtin import builtin_folder
from analysis.scorers.cache import CachedScorer
from analysis.scorers.checkpoint import PACKED_WEIGHTS, read_checkpoint
from analysis.scorers.packing import read_packed
from analysis.scorers.target import TARGET_MARK, mask_target

_WARM_UP = 200  # sentences; most lengths, so that kernels for them are there
_LOGIT_SPREAD = 2.0  # standard deviation over sentences; 2.0 in the built-in checkpoint as well
_NAMES = ("DeepSeek", "Nvidia", "Huawei", "OpenAI", "Mistral", "Alibaba", "Tencent", "Lenovo", "Baidu", "Anthropic")
_CLAUSES: dict[str, tuple[str, ...]] = {
    "en": (
        "{a} beat the expectations of analysts and raised its outlook for the year",
        "regulators opened an inquiry into {a} after complaints about the handling of personal data",
        "{a} will present its results on Thursday after the close of trading",
        "customers moved to the cheaper offer of {a} within a few weeks",
        "engineers praised the documentation that {a} published along with the weights of the model",
    ),
    "de": (
        "{a} hat die Erwartungen der Analysten übertroffen und die Prognose für das Gesamtjahr angehoben",
        "die Datenschutzbehörde prüft nach mehreren Beschwerden das Angebot von {a}",
        "{a} legt am Donnerstag nach Börsenschluss seine Zahlen vor",
    ),
    "es": (
        "{a} superó las previsiones de los analistas y elevó sus objetivos para el ejercicio",
        "los usuarios se quejan de los retrasos de {a} en la entrega de los pedidos",
    ),
    "fr": (
        "les salariés reprochent à {a} d'avoir annoncé les suppressions de postes par courriel",
        "{a} ouvrira au printemps un centre de recherche près de Grenoble",
    ),
    "ru": (
        "пользователи жалуются на сбои в работе сервиса {a}",
        "{a} представила новую версию модели и снизила цены на треть",
    ),
    "ar": ("أعلنت {a} عن نتائج فصلية فاقت توقعات المحللين", "تواجه {a} دعوى قضائية بسبب استخدام بيانات المستخدمين"),
    "ko": ("{a}의 새 모델이 여러 시험에서 가장 높은 점수를 받았다", "{a}는 개인정보 유출로 과징금을 물게 됐다"),
    "zh": ("{a}的新模型在多项测试中领先", "监管机构因数据安全问题对{a}展开调查", "{a}将于周四公布季度业绩"),
    "ja": ("{a}は通期の業績予想を上方修正した", "{a}のサービスで障害が発生し、他社に乗り換える企業が相次いだ"),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What one way of scoring gave: the best label of each sentence and its probability."""

    name: str
    sentences_per_second: float
    best: list[tuple[str, float]]


def make_pairs(n: int) -> list[Pair]:
    """``n`` different pairs: sentences of one to four clauses, so that lengths spread as in news.

    The target stands in one clause only, since the pipeline gives an answer for every place and newstone one for all.
    """
    chooser = random.Random(7)
    pairs: list[Pair] = []
    for language in itertools.islice(itertools.cycle(_CLAUSES), n):
        n_clauses = chooser.choice((1, 1, 1, 2, 2, 3, 4))
        names = chooser.sample(_NAMES, n_clauses)
        clauses = [chooser.choice(_CLAUSES[language]).format(a=name) for name in names]
        joined = ("，" if language in {"zh", "ja"} else ", ").join(clauses)
        pairs.append(Pair(f"{joined} ({len(pairs)}).", chooser.choice(names), language))
    return pairs


def write_builtin(folder: Path) -> None:
    """The built-in weights as a plain checkpoint, which the pipeline needs; without temperatures, which it ignores."""
    source = builtin_folder()
    is_masked = read_checkpoint(source, "builtin").input_form is InputForm.MASKED
    loader = AutoModelForTokenClassification if is_masked else AutoModelForSequenceClassification
    model = loader.from_config(AutoConfig.from_pretrained(source))
    model.load_state_dict(read_packed(source / PACKED_WEIGHTS))
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(source).save_pretrained(folder)
    config = json.loads((source / "config.json").read_bytes())
    config.pop("newstone_temperature", None)
    (folder / "config.json").write_text(json.dumps(config))


def write_xlm_roberta_base(folder: Path) -> None:
    """Random weights in the architecture of XLM-RoBERTa base, with the tokenizer of the built-in checkpoint.

    Its classifier reads the three directions in which the sentences differ most, scaled until answers spread as those
    of a trained model do. With random rows all answers were nearly alike, and told apart by rounding only.
    """
    tokenizer = AutoTokenizer.from_pretrained(builtin_folder())
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    labels = dict(enumerate(("negative", "neutral", "positive")))
    config = XLMRobertaConfig(
        vocab_size=250_002,
        max_position_embeddings=514,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
        pad_token_id=tokenizer.pad_token_id,
        id2label=labels,
        label2id={name: i for i, name in labels.items()},
    )
    model = XLMRobertaForSequenceClassification(config).eval()
    pairs = make_pairs(64)
    inputs = tokenizer(
        [pair.sentence for pair in pairs], [pair.target for pair in pairs], padding=True, return_tensors="pt"
    )
    head = model.classifier
    with torch.no_grad():
        features = head.dense(model.roberta(**inputs).last_hidden_state[:, 0]).tanh()
        centred = features - features.mean(dim=0)
        directions = torch.linalg.svd(centred, full_matrices=False).Vh[: len(labels)]
        head.out_proj.weight.copy_(directions * (_LOGIT_SPREAD / (centred @ directions.T).std(dim=0))[:, None])
        head.out_proj.bias.copy_(-head.out_proj.weight @ features.mean(dim=0))
    model.save_pretrained(folder)
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"newstone_input": InputForm.PAIR.value}))


MODELS: dict[str, Callable[[Path], None]] = {"builtin": write_builtin, "xlm-r-base": write_xlm_roberta_base}


def open_pipeline(folder: Path, form: InputForm) -> Callable[[Sequence[Pair], int | None], list[tuple[str, float]]]:
    """A function from pairs and a batch size (None: one by one) to the best label of each and its probability."""
    if form is InputForm.MASKED:
        classify = pipeline("token-classification", model=str(folder), device="cpu", ignore_labels=[])
        inputs: Callable[[Pair], Any] = lambda pair: mask_target(pair.sentence, pair.target)  # noqa: E731
    else:
        classify = pipeline("text-classification", model=str(folder), device="cpu")
        inputs = lambda pair: {"text": pair.sentence, "text_pair": pair.target}  # noqa: E731

    def best(answer: Any) -> tuple[str, float]:
        if form is not InputForm.MASKED:
            return answer["label"], answer["score"]
        at_mark = next(token for token in answer if token["word"] == TARGET_MARK)
        return at_mark["entity"], at_mark["score"]

    def run(pairs: Sequence[Pair], batch_size: int | None) -> list[tuple[str, float]]:
        texts = [inputs(pair) for pair in pairs]
        if batch_size is None:
            return [best(classify(text)) for text in texts]
        return [best(answer) for answer in classify(texts, batch_size=batch_size)]

    return run


def measure(folder: Path, threads: int, n_pairs: int) -> list[Measured]:
    """Scores the same pairs in every way; runs in a process of its own, since thread counts are set per process."""
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(threads)
    pairs = make_pairs(n_pairs)
    form = read_checkpoint(folder, folder.name).input_form
    run_pipeline = open_pipeline(folder, form)
    plain = load_scorer(str(folder), precision=Precision.FLOAT32, threads=threads)
    fast = load_scorer(str(folder), threads=threads)
    cached = CachedScorer(fast, folder / "cache.sqlite")
    ways: dict[str, Callable[[Sequence[Pair]], list[tuple[str, float]]]] = {
        "pipeline, one by one": lambda some: run_pipeline(some, None),
        "pipeline, batch_size=32": lambda some: run_pipeline(some, 32),
        "newstone, float32": lambda some: _score(plain, some),
        "newstone": lambda some: _score(fast, some),
        "newstone, answers known": lambda some: _score(cached, some),
    }
    found = []
    for name, way in ways.items():
        way(pairs if name.endswith("known") else pairs[:_WARM_UP])
        start = time.perf_counter()
        best = way(pairs)
        found.append(Measured(name, len(pairs) / (time.perf_counter() - start), best))
    return found


def _score(scorer: Scorer, pairs: Sequence[Pair]) -> list[tuple[str, float]]:
    return [
        (answer.label.value, max(answer.negative, answer.neutral, answer.positive)) for answer in scorer.score(pairs)
    ]


def print_rows(model: str, threads: int, found: Sequence[Measured]) -> None:
    """Markdown rows; labels and probabilities are compared with the pipeline's, one by one."""
    one_by_one, batched = found[:2]
    for each in found:
        n_same = sum(ours[0] == theirs[0] for ours, theirs in zip(each.best, one_by_one.best, strict=True))
        largest = max(
            abs(ours[1] - theirs[1])
            for ours, theirs in zip(each.best, one_by_one.best, strict=True)
            if ours[0] == theirs[0]
        )
        print(
            f"| {model} | {threads} | {each.name} | {each.sentences_per_second:,.0f} "
            f"| {each.sentences_per_second / one_by_one.sentences_per_second:.1f} "
            f"| {each.sentences_per_second / batched.sentences_per_second:.1f} "
            f"| {n_same} of {len(each.best)} | {largest:.4f} |",
            flush=True,
        )


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=600)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--models", nargs="+", choices=sorted(MODELS), default=list(MODELS))
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    pairs = make_pairs(arguments.pairs)
    tokens = AutoTokenizer.from_pretrained(builtin_folder())([pair.sentence for pair in pairs])["input_ids"]
    print(
        f"{len(pairs)} sentences in {len(_CLAUSES)} languages, {sum(map(len, tokens)) / len(pairs):.0f} tokens on "
        f"average, {max(map(len, tokens))} at most; torch {torch.__version__}, transformers "
        f"{transformers.__version__}\n"
    )
    print(
        "| model | threads | scorer | sentences/s | times one by one | times batched | same labels "
        "| largest difference of the best label's probability |"
    )
    print("|---|---:|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as temporary:
        for model in arguments.models:
            folder = Path(temporary, model)
            MODELS[model](folder)
            for threads in arguments.threads:
                with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
                    found = process.submit(measure, folder, threads, arguments.pairs).result()
                print_rows(model, threads, found)


if __name__ == "__main__":
    main()
