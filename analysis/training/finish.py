"""From averaged weights to the shipped folder: temperatures, packing, figures, card."""

import json
import logging
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
from analysis.training.measure import Measured, judge, measure
from analysis.training.names import Pool, collect_names
from analysis.training.pack import pack_checkpoint
from analysis.training.state import write_atomically

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
    tests = {name: part for each in TEST_SETS for name, part in read_open(data, [each], split="test").items() if part}
    log = json.loads((work / "log.json").read_bytes())
    config: dict[str, object] = {
        "newstone_model_id": model_id,
        "newstone_input": InputForm.MASKED.value,
        "newstone_max_tokens": log["sizes"]["finetune"]["max_tokens"],
    }
    pack_checkpoint(work / "averaged", output, config)
    before = measure(load_scorer(str(output)), sentences, names)
    config |= {
        "newstone_temperature": fit_temperatures(
            [(language, row.label, row.answer) for language, rows in before.rows.items() for row in rows]
        ),
        "newstone_languages": _validated(before),
        "newstone_macro_f1": {
            language: round(figures.macro_f1 or 0.0, 3) for language, figures in before.languages.items()
        },
    }
    pack_checkpoint(work / "averaged", output, config)
    figures = _figures(work, output, log["averaged"]["seeds"], sentences, tests, names)
    write_atomically(work / _FIGURES, (json.dumps(figures, indent=1, ensure_ascii=False) + "\n").encode())
    write_card(output, figures, log)
    return {"languages": config["newstone_languages"], "development_macro_f1": figures["development"]["macro_f1"]}


def _validated(measured: Measured) -> list[str]:
    return [
        language
        for language, figures in measured.languages.items()
        if figures.macro_f1 is not None and figures.macro_f1 >= VALIDATED_MACRO_F1
    ]


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
    judged = {name: judge(shipped, part) for name, part in everything.items()}
    figures: dict[str, Any] = {
        "development": measure(shipped, sentences, names).to_json_dict(),
        "tests": {name: compare(judged[name], n_rows=len(judged[name])).to_json_dict() for name in tests},
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


def _agreement(one: Sequence[JudgedRow], other: Sequence[JudgedRow]) -> float:
    """Part of the rows that have the same label in both."""
    return sum(a.answer.label is b.answer.label for a, b in zip(one, other, strict=True)) / len(one)
