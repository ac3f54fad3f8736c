"""The model card: what the checkpoint reads, how good it is, what it was made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.scorers.checkpoint import PACKED_WEIGHTS, Checkpoint, read_checkpoint
from analysis.training.state import write_atomically

_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class _Comparison:
    title: str
    others: str


_COMPARISONS: dict[str, _Comparison] = {
    "newsmtsc_rw": _Comparison(
        "NewsMTSC rw (English)", "GRU-TSC 83.1, BERT-base SPC 80.1 (Hamborg and Donnay 2021; English only)"
    ),
    "newsmtsc_mt": _Comparison("NewsMTSC mt (English)", "GRU-TSC 82.5, BERT-base SPC 73.7 (the same)"),
    "gerntsa": _Comparison("GerNTSA, test part (German)", "linear baseline 40"),
    "rusentne": _Comparison(
        "RuSentNE-2023, test part (Russian)",
        "linear baseline 56; best of the shared task 66 as mean F1 of positive and negative (Golubev et al. 2023)",
    ),
    "chabsa": _Comparison("chABSA, test part (Japanese)", "linear baseline 69"),
}


def write_card(folder: Path, figures: Mapping[str, Any], log: Mapping[str, Any]) -> None:
    """Writes ``README.md`` into the folder of a packed checkpoint.

    Args:
        folder: the packed checkpoint.
        figures: of :func:`analysis.training.finish.finish`.
        log: of :func:`analysis.training.make_model.make_model`, one entry per finished stage.

    Raises:
        ModelError: ``folder`` holds no checkpoint that can be understood.
    """
    checkpoint = read_checkpoint(folder, str(folder))
    parts = [
        _head(checkpoint, folder),
        _quality(checkpoint, figures),
        _names(figures),
        _calibration(checkpoint, figures),
        _data(log),
        _way(log),
    ]
    write_atomically(folder / "README.md", ("\n\n".join(part.strip() for part in parts) + "\n").encode())


def _head(checkpoint: Checkpoint, folder: Path) -> str:
    size = (folder / PACKED_WEIGHTS).stat().st_size / _MEGABYTE
    return f"""
# {checkpoint.model_id}

The built-in checkpoint of newstone: sentiment of a news sentence toward a name in it, in 14 languages.

| | |
|---|---|
| Input | the sentence with `[TARGET]` in place of the name, so that the name itself cannot carry sentiment |
| Output | probabilities of negative, neutral, positive, read at the mark |
| Architecture | BERT (token classification), 6 layers of 384; embeddings of its own for 14 languages |
| Longest input | {checkpoint.max_tokens} tokens; a longer sentence is cut to a window around the name |
| File | `{PACKED_WEIGHTS}`, {size:.1f} MB: one byte per weight and a scale for every 64, float32 when loaded |
| Licence | MIT, with newstone. The base, all-MiniLM-L6-v2, is under Apache-2.0 |
"""


def _quality(checkpoint: Checkpoint, figures: Mapping[str, Any]) -> str:
    development = figures["development"]
    languages = development["languages"]
    title = f"development sentences, {len(languages)} languages"
    lines = [
        "## Quality",
        "",
        "Macro-F1 over negative, neutral and positive in %, with its 95 % interval (bootstrap over sentences), of the",
        "file in this folder. “Seeds” are the single runs before their weights were averaged. A name that stands",
        "twice in a sentence of a set is one row, with its first label. “Constant” is the accuracy of always answering",
        "the most frequent label.",
        "",
        "| Set | Rows | Macro-F1 | Interval | Seeds | Accuracy | Constant | Others (macro-F1) |",
        "|---|---:|---:|---|---|---:|---:|---|",
        _row(title, development, _seeds(figures, "development"), "–", "–"),
    ]
    for name, found in figures["tests"].items():
        compared = _COMPARISONS[name]
        lines.append(
            _row(compared.title, found, _seeds(figures, name), _percent(found["constant_accuracy"]), compared.others)
        )
    validated = checkpoint.languages or frozenset()
    lines += [
        "",
        "Macro-F1 on the development sentences by language, in %:",
        "",
        _table(
            ["Language", "Rows", "Macro-F1", "Interval", "All targets right", "Validated"],
            [
                [
                    code,
                    found["n"],
                    _percent(found["macro_f1"]),
                    _interval(found),
                    f"{_percent(found['all_targets_right'])} (of {found['n_contrasting']})",
                    "yes" if code in validated else "no",
                ]
                for code, found in languages.items()
            ],
        ),
        "",
        f"Of the {development['n_contrasting']} development sentences with targets of different label, every target",
        f"got its label in {_percent(development['all_targets_right'])} %.",
        "",
        "The development sentences were written for the same guide as the training text, by others, who saw neither it",
        "nor answers of a model: the first 40 of each language before training, the others after it. The temperatures",
        "were fitted on them. They are invented sentences of the tech and business press, with one labeller each:",
        "**expect less on text of strangers**. A language counts as validated from 70 here; the",
        "others stay unscored unless the configuration says otherwise.",
        "",
        "GerNTSA and RuSentNE are political news in which the neutral label prevails; NewsMTSC is US politics.",
    ]
    return "\n".join(lines)


def _row(title: str, found: Mapping[str, Any], seeds: str, majority: str, others: str) -> str:
    cells = [title, found["n"], _percent(found["macro_f1"]), _interval(found), seeds, _percent(found["accuracy"])]
    return "| " + " | ".join(str(cell) for cell in [*cells, majority, others]) + " |"


def _names(figures: Mapping[str, Any]) -> str:
    development = figures["development"]
    return f"""
## Names

The target is hidden, so its own name changes nothing. When two names of a sentence are exchanged, the label stays with
the place in {_percent(development["swap_invariance"])} % of {development["n_exchanged"]} rows of the development
sentences; when all names are replaced by others, in {_percent(development["replacement_invariance"])} % of
{development["n_replaced"]} rows. What stands beside a name still counts: a model number, a job title, a country.
"""


def _calibration(checkpoint: Checkpoint, figures: Mapping[str, Any]) -> str:
    languages = figures["development"]["languages"]
    table = _table(
        ["", *languages],
        [
            ["temperature", *(checkpoint.temperatures[code] for code in languages)],
            ["error, %", *(_percent(found["expected_calibration_error"]) for found in languages.values())],
        ],
    )
    n_rows = [found["n"] for found in languages.values()]
    overall = _percent(figures["development"]["expected_calibration_error"])
    agreement = ", ".join(f"{name} {_percent(value)}" for name, value in figures["packing_agreement"].items())
    return f"""
## Probabilities and packing

Logits are divided by a temperature per language (`newstone_temperature`). Expected calibration error over all
development sentences, ten bins: {overall} %. A language has {min(n_rows)} to {max(n_rows)} rows; so few give even a
perfectly calibrated model an error of several per cent:

{table}

Packing keeps the label of the float32 weights on (%): {agreement}.
"""


def _data(log: Mapping[str, Any]) -> str:
    trained: Mapping[str, int] = log["seeds"]["rows_trained"]
    licences: Mapping[str, str] = log["seeds"]["licences"]
    total = sum(trained.values())
    families: Mapping[str, int] = log["encoder"]["pairs"]
    return "\n".join(
        [
            "## Training data",
            "",
            "Rows seen in one run of fine-tuning, repeats counted; `authored` was written for newstone and lies in",
            "`analysis/training/authored/`:",
            "",
            _table(
                ["Data", "Rows", "Share", "Licence"],
                [
                    [name, f"{n:,}", f"{_percent(n / total)} %", licences[name]]
                    for name, n in sorted(trained.items(), key=lambda item: -item[1])
                ],
            ),
            "",
            "Sentence pairs that carried the English base to 13 languages:",
            "",
            _table(
                ["Data", "Pairs", "Licence"],
                [[name, f"{n:,}", log["aligned"]["licences"][name]] for name, n in families.items()],
            ),
        ]
    )


def _way(log: Mapping[str, Any]) -> str:
    stages = _table(
        ["Stage", "Seconds", "Peak memory, MiB"],
        [[name, said["seconds"], said["peak_memory_mib"]] for name, said in log.items() if "seconds" in said],
    )
    retrieval = {key: value for key, value in log["aligned"]["retrieval"].items() if key != "step"}
    found = ", ".join(f"{code} {_percent(value)}" for code, value in retrieval.items())
    return f"""
## Way

`make model`: vocabulary and word embeddings (IBM model 1), alignment to the English base by distillation, fine-tuning
with {len(log["averaged"]["seeds"])} seeds, mean of their weights, temperatures, packing.

{stages}

Retrieval after alignment, part of 300 news sentences whose nearest English one is their translation (%), for the
languages that have such sentences: {found}.
"""


def _seeds(figures: Mapping[str, Any], name: str) -> str:
    return ", ".join(_percent(run[name]) for run in figures["runs"].values())


def _interval(found: Mapping[str, Any]) -> str:
    interval = found["macro_f1_interval"]
    return "–" if interval is None else f"{_percent(interval[0])}–{_percent(interval[1])}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def _table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
