import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from safetensors.torch import load_file

from analysis.scorers import InputForm, Pair, load_scorer
from analysis.training.finetune import finetune, main
from analysis.training.settings import Settings
from pipelines.errors import ModelError


class Folders(NamedTuple):
    data: Path
    authored: Path
    development: Path
    encoder: Path


@pytest.fixture
def folders(data: Path, authored: Path, development: Path, encoder: Path) -> Folders:
    return Folders(data, authored, development, encoder)


def run(folders: Folders, output: Path, settings: Settings, stop_after_step: int | None = None) -> None:
    finetune(
        folders.data,
        folders.encoder,
        output,
        settings,
        authored=folders.authored,
        development=folders.development,
        stop_after_step=stop_after_step,
    )


_SETTINGS = Settings(epochs=1.5, batch_rows=16, learning_rate=3e-3, seed=5)
_WAIT_SECONDS = 120
pytestmark = pytest.mark.usefixtures("one_thread")


def _weights(output: Path) -> dict[str, torch.Tensor]:
    weights: dict[str, torch.Tensor] = load_file(output / "checkpoint" / "model.safetensors")
    return weights


def _same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def _log(output: Path) -> dict[str, Any]:
    return dict(json.loads((output / "log.json").read_text(encoding="utf-8")))


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(folders: Folders, tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        run(folders, tmp_path / name, Settings(epochs=0.5, batch_rows=16, seed=seed))
    assert _same(_weights(tmp_path / "a"), _weights(tmp_path / "b"))
    assert not _same(_weights(tmp_path / "a"), _weights(tmp_path / "c"))


def test_a_run_that_was_stopped_and_continued_ends_with_the_weights_of_one_that_was_not(
    folders: Folders, tmp_path: Path
) -> None:
    run(folders, tmp_path / "whole", _SETTINGS)
    for step in (3, 17, None):
        run(folders, tmp_path / "parts", _SETTINGS, stop_after_step=step)
    assert _same(_weights(tmp_path / "whole"), _weights(tmp_path / "parts"))
    whole, parts = _log(tmp_path / "whole"), _log(tmp_path / "parts")
    assert whole["measured"] == parts["measured"]
    assert [each["when"] for each in whole["measured"]] == ["after epoch 1", "after epoch 1.5"]
    assert [each["loss"] for each in whole["losses"]] == [each["loss"] for each in parts["losses"]]


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_to_the_same_weights(folders: Folders, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "analysis.training.finetune", str(folders.data), str(folders.encoder)]
    command += [str(tmp_path / "killed"), "--authored", str(folders.authored)]
    command += ["--development", str(folders.development)]
    command += ["--epochs", "6", "--batch-rows", "16", "--seed", "5", "--save-every-minutes", "0"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    state = tmp_path / "killed" / "state.pt"
    waited_until = time.monotonic() + _WAIT_SECONDS
    while not state.is_file() and process.poll() is None and time.monotonic() < waited_until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=_WAIT_SECONDS) == -signal.SIGKILL
    assert torch.load(state, weights_only=True)["progress"]["step"] >= 1
    settings = Settings(epochs=6, batch_rows=16, seed=5)
    run(folders, tmp_path / "killed", settings)
    run(folders, tmp_path / "whole", settings)
    assert _same(_weights(tmp_path / "killed"), _weights(tmp_path / "whole"))


def test_a_finished_run_is_left_as_it_is(folders: Folders, tmp_path: Path) -> None:
    output = tmp_path / "out"
    run(folders, output, _SETTINGS)
    weights, log = _weights(output), _log(output)
    run(folders, output, _SETTINGS)
    assert _same(weights, _weights(output))
    assert log == _log(output)


def test_the_state_of_another_run_is_refused(folders: Folders, tmp_path: Path) -> None:
    output = tmp_path / "out"
    run(folders, output, _SETTINGS, stop_after_step=1)
    with pytest.raises(ModelError, match="other settings, data or checkpoint"):
        run(folders, output, Settings(epochs=1.5, batch_rows=16, seed=99))


def test_training_lowers_the_loss_and_learns_who_is_praised(folders: Folders, tmp_path: Path) -> None:
    output = tmp_path / "out"
    run(folders, output, Settings(epochs=25, batch_rows=16, learning_rate=2e-3, swap_names=False))
    log = _log(output)
    losses = [each["loss"] for each in log["losses"]]
    assert losses[-1] < losses[0] * 0.9
    after = log["measured"][-1]
    assert after["macro_f1"] > 0.9
    assert after["all_targets_right"] > 0.8
    assert set(after["languages"]) == {"en", "nl"}


def test_the_log_counts_what_was_trained_on_and_what_was_left_out(folders: Folders, tmp_path: Path) -> None:
    twin = (folders.development / "en.jsonl").read_text(encoding="utf-8").splitlines()[:2]
    with (folders.authored / "1" / "en.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in twin)
    run(folders, tmp_path / "out", Settings(epochs=1, batch_rows=16))
    log = _log(tmp_path / "out")
    assert log["rows_available"]["authored"] == {"rows": 257, "licence": "MIT"}
    assert log["rows_trained"] == {"authored": 257, "gerntsa": 20, "newsmtsc": 20}
    assert log["development_rows"] == 48


def test_what_comes_out_answers_at_the_mark(folders: Folders, tmp_path: Path) -> None:
    output = tmp_path / "out"
    command = [str(folders.data), str(folders.encoder), str(output), "--epochs", "0.3", "--batch-rows", "16"]
    main([*command, "--authored", str(folders.authored), "--development", str(folders.development)])
    scorer = load_scorer(str(output / "checkpoint"), input_form=InputForm.MASKED)
    one, same = scorer.score([Pair(f"{name} wins praise", name, "en") for name in ("Alpha", "Bravo")])
    assert one == same
    assert not list(output.glob("*.partial"))
    before, after = ((folder / "tokenizer.json").read_bytes() for folder in (folders.encoder, output / "checkpoint"))
    assert json.loads(before) == json.loads(after)
