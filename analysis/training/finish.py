"""From averaged weights to the shipped folder: temperatures, packing, figures, card."""

import json
import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.scorers.base import InputForm
from analysis.scorers.loading import load_scorer
from analysis.sentiment_evaluation import JudgedRow, compare
from analysis.training.calibrate import fit_temperatures
from analysis.training.card import write_card
from analysis.training.data import TEST_SETS, Sentence, read_authored, read_open
from analysis.training.development import read_development
from analysis.training.measure import by_language, judge, measure
from analysis.training.names import Pool, collect_names
from analysis.training.pack import pack_checkpoint, write_config
from analysis.training.state import write_json

_LOG = logging.getLogger(__name__)
VALIDATED_MACRO_F1 = 0.70
"""Macro-F1 on its development sentences from which a language counts as validated."""

_FIGURES = "figures.json"


def finish(
    work: Path,
    output: Path,
    data: Path,
    model_id: str,
    *,
    authored: Path | None = None,
    development: Path | None = None,
) -> dict[str, object]:
    """Calibrates and packs ``work/averaged`` into ``output``, measures what was packed, and writes its card.

    Args:
        work: folder of :func:`analysis.training.make_model.make_model`.
        output: folder of the packed checkpoint.
        data: folder of the open sets.
        model_id: what the checkpoint calls itself.
        authored: folder of the authored sentences; None is the one of newstone.
        development: folder of the development sentences; None is the one of newstone.

    Returns:
        What the log of the run keeps; all figures stand in ``work/figures.json``.
    """
    sentences = [each for part in read_development(development).values() for each in part]
    names = collect_names([each for part in read_authored(authored).values() for each in part])
    tests = {name: part for name, part in read_open(data, TEST_SETS, split="test").items() if part}
    log = json.loads((work / "log.json").read_bytes())
    config: dict[str, object] = {
        "newstone_model_id": model_id,
        "newstone_input": InputForm.MASKED.value,
        "newstone_max_tokens": log["sizes"]["finetune"]["max_tokens"],
    }
    pack_checkpoint(work / "averaged", output, config)
    answers = by_language(sentences, judge(load_scorer(str(output)), sentences))
    macro_f1 = {language: compare(rows, n_rows=len(rows)).macro_f1 or 0.0 for language, rows in answers.items()}
    config |= {
        "newstone_temperature": fit_temperatures(
            [(language, row.label, row.answer) for language, rows in answers.items() for row in rows]
        ),
        "newstone_languages": [language for language, value in macro_f1.items() if value >= VALIDATED_MACRO_F1],
        "newstone_macro_f1": {language: round(value, 3) for language, value in macro_f1.items()},
    }
    write_config(work / "averaged", output, config)  # a temperature changes no label
    figures = _figures(work, output, log["averaged"]["seeds"], sentences, tests, names)
    write_json(work / _FIGURES, figures)
    write_card(output, figures, log)
    return {"languages": config["newstone_languages"], "development_macro_f1": figures["development"]["macro_f1"]}


def _figures(
    work: Path,
    output: Path,
    seeds: Sequence[int],
    sentences: Sequence[Sentence],
    tests: dict[str, list[Sentence]],
    names: Pool,
) -> dict[str, Any]:
    shipped = load_scorer(str(output), all_languages=True)
    full = load_scorer(str(work / "averaged"), input_form=InputForm.MASKED, all_languages=True)
    everything = {"development": sentences, **tests}
    development = measure(shipped, sentences, names)
    judged = {"development": development.rows} | {name: judge(shipped, part) for name, part in tests.items()}
    figures: dict[str, Any] = {
        "development": development.to_json_dict(),
        "tests": {name: _test_figures(judged[name]) for name in tests},
        "packing_agreement": {name: _agreement(judged[name], judge(full, part)) for name, part in everything.items()},
        "runs": {},
    }
    for seed in seeds:
        checkpoint = str(work / f"seed-{seed}" / "checkpoint")
        scorer = load_scorer(checkpoint, input_form=InputForm.MASKED, all_languages=True)
        runs = {name: judge(scorer, part) for name, part in everything.items()}
        figures["runs"][f"seed-{seed}"] = {
            name: compare(rows, n_rows=len(rows)).macro_f1 for name, rows in runs.items()
        }
    _LOG.info("figures: %s", figures)
    return figures


def _test_figures(rows: Sequence[JudgedRow]) -> dict[str, object]:
    """With ``constant_accuracy``, that of always answering the most frequent label."""
    most_frequent = max(Counter(row.label for row in rows).values())
    return {**compare(rows, n_rows=len(rows)).to_json_dict(), "constant_accuracy": most_frequent / len(rows)}


def _agreement(one: Sequence[JudgedRow], other: Sequence[JudgedRow]) -> float:
    """Part of the rows that have the same label in both."""
    return sum(a.answer.label is b.answer.label for a, b in zip(one, other, strict=True)) / len(one)
