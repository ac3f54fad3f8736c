"""How fast the built-in scorer is beside the pipeline of transformers, on sentences made here.

::

    python bench/scoring.py [--pairs 600] [--threads 1]

Prints a Markdown table. All variants run with the same number of threads, on the same pairs and the same weights.
"""

import argparse
import itertools
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer, pipeline

from analysis.scorers import Pair, Precision, load_scorer
from analysis.scorers.builtin import builtin_folder
from analysis.scorers.checkpoint import PACKED_WEIGHTS
from analysis.scorers.packing import read_packed

_NAMES = ("DeepSeek", "Nvidia", "Huawei", "OpenAI", "Mistral", "Alibaba", "Tencent", "Lenovo", "Baidu", "Anthropic")
_CLAUSES: dict[str, tuple[str, ...]] = {
    "en": (
        "{a} beat the expectations of analysts and raised its outlook for the year",
        "regulators opened an inquiry into {a} after complaints about the handling of personal data",
        "{a} will present its results on Thursday after the close of trading",
        "customers of {b} moved to the cheaper offer of {a} within a few weeks",
        "engineers praised the documentation that {a} published along with the weights of the model",
    ),
    "de": (
        "{a} hat die Erwartungen der Analysten übertroffen und die Prognose für das Gesamtjahr angehoben",
        "die Datenschutzbehörde prüft nach mehreren Beschwerden das Angebot von {a}",
        "{a} legt am Donnerstag nach Börsenschluss seine Zahlen vor, {b} folgt eine Woche später",
    ),
    "es": (
        "{a} superó las previsiones de los analistas y elevó sus objetivos para el ejercicio",
        "los usuarios de {b} se quejan de los retrasos, mientras que {a} atiende los pedidos a tiempo",
    ),
    "zh": ("{a}的新模型在多项测试中领先于{b}", "监管机构因数据安全问题对{a}展开调查", "{a}将于周四公布季度业绩"),
    "ja": ("{a}は通期の業績予想を上方修正した", "{a}のサービスで障害が発生し、{b}に乗り換える企業が相次いだ"),
}


def make_pairs(n: int) -> list[Pair]:
    """``n`` different pairs: sentences of one to four clauses, so that lengths spread as in news."""
    chooser = random.Random(7)
    pairs: dict[tuple[str, str], Pair] = {}
    for language in itertools.cycle(_CLAUSES):
        if len(pairs) >= n:
            break
        first, second = chooser.sample(_NAMES, 2)
        n_clauses = chooser.choice((1, 1, 2, 2, 3, 4))
        clauses = [chooser.choice(_CLAUSES[language]).format(a=first, b=second) for _ in range(n_clauses)]
        sentence = ("，" if language in {"zh", "ja"} else ", ").join(clauses) + f" ({len(pairs)})."
        pairs[sentence, first] = Pair(sentence, first, language)
    return list(pairs.values())


def open_pipeline(folder: Path) -> Any:
    """The text-classification pipeline over the unpacked built-in weights, which it needs as a plain checkpoint."""
    model = AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(builtin_folder()))
    model.load_state_dict(read_packed(builtin_folder() / PACKED_WEIGHTS))
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(builtin_folder()).save_pretrained(folder)
    return pipeline("text-classification", model=str(folder), device="cpu", dtype=torch.float32)


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=600)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    pairs = make_pairs(arguments.pairs)
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        classify = open_pipeline(Path(folder))
    inputs = [{"text": pair.sentence, "text_pair": pair.target} for pair in pairs]
    plain = load_scorer(precision=Precision.FLOAT32, threads=arguments.threads)
    fast = load_scorer(threads=arguments.threads)
    variants: dict[str, Callable[[], Sequence[str]]] = {
        "transformers pipeline, one by one": lambda: [classify(each)["label"] for each in inputs],
        "transformers pipeline, batch_size=32": lambda: [each["label"] for each in classify(inputs, batch_size=32)],
        "newstone, float32": lambda: [answer.label.value for answer in plain.score(pairs)],
        "newstone, default precision": lambda: [answer.label.value for answer in fast.score(pairs)],
    }
    print(f"{len(pairs)} pairs, {arguments.threads} thread(s), torch {torch.__version__}\n")
    print("| scorer | sentences/s | ratio | same labels |")
    print("|---|---:|---:|---:|")
    reference: Sequence[str] = ()
    base_rate = 0.0
    for name, run in variants.items():
        start = time.perf_counter()
        labels = run()
        rate = len(pairs) / (time.perf_counter() - start)
        reference, base_rate = (reference, base_rate) if base_rate else (labels, rate)
        n_same = sum(one == other for one, other in zip(labels, reference, strict=True))
        print(f"| {name} | {rate:.0f} | {rate / base_rate:.1f} | {n_same / len(pairs):.2%} |")


if __name__ == "__main__":
    main()
