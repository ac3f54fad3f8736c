import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from analysis.scorers import load_scorer
from analysis.training.finetune import finetune, main
from analysis.training.settings import Settings
from pipelines.errors import ModelError

_SETTINGS = Settings(epochs=1.5, batch_rows=16, learning_rate=3e-3, seed=5, held_out_share=0.1)
_WAIT_SECONDS = 120


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _weights(output: Path) -> dict[str, torch.Tensor]:
    weights: dict[str, torch.Tensor] = load_file(output / "checkpoint" / "model.safetensors")
    return weights


def _same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def _log(output: Path) -> dict[str, Any]:
    return dict(json.loads((output / "log.json").read_text(encoding="utf-8")))


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    data: Path, checkpoint: Path, tmp_path: Path
) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        finetune(data, checkpoint, tmp_path / name, Settings(epochs=0.5, batch_rows=16, seed=seed))
    assert _same(_weights(tmp_path / "a"), _weights(tmp_path / "b"))
    assert not _same(_weights(tmp_path / "a"), _weights(tmp_path / "c"))


def test_a_run_that_was_stopped_and_continued_ends_with_the_weights_of_one_that_was_not(
    data: Path, checkpoint: Path, tmp_path: Path
) -> None:
    finetune(data, checkpoint, tmp_path / "whole", _SETTINGS)
    for step in (3, 17, None):
        finetune(data, checkpoint, tmp_path / "parts", _SETTINGS, stop_after_step=step)
    assert _same(_weights(tmp_path / "whole"), _weights(tmp_path / "parts"))
    whole, parts = _log(tmp_path / "whole"), _log(tmp_path / "parts")
    assert whole["measured"] == parts["measured"]
    assert [each["when"] for each in whole["measured"]] == ["before", "after epoch 1", "after epoch 1.5"]
    assert [each["loss"] for each in whole["losses"]] == [each["loss"] for each in parts["losses"]]


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_to_the_same_weights(data: Path, checkpoint: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "analysis.training.finetune", str(data), str(checkpoint), str(tmp_path / "killed")]
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
    finetune(data, checkpoint, tmp_path / "killed", settings)
    finetune(data, checkpoint, tmp_path / "whole", settings)
    assert _same(_weights(tmp_path / "killed"), _weights(tmp_path / "whole"))


def test_a_finished_run_is_left_as_it_is(data: Path, checkpoint: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    finetune(data, checkpoint, output, _SETTINGS)
    weights, log = _weights(output), _log(output)
    finetune(data, checkpoint, output, _SETTINGS)
    assert _same(weights, _weights(output))
    assert log == _log(output)


def test_a_stopped_run_may_be_made_shorter_and_says_so(data: Path, checkpoint: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    finetune(data, checkpoint, output, Settings(epochs=4, batch_rows=16), stop_after_step=3)
    finetune(data, checkpoint, output, Settings(epochs=1, batch_rows=16))
    first, second = _log(output)["lengths"]
    assert first["from_step"] == 0
    assert second["from_step"] == 3
    assert second["n_steps"] < first["n_steps"]
    assert _log(output)["losses"][-1]["step"] == second["n_steps"]


def test_the_state_of_another_run_is_refused(data: Path, checkpoint: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    finetune(data, checkpoint, output, _SETTINGS, stop_after_step=1)
    with pytest.raises(ModelError, match="other settings, data or checkpoint"):
        finetune(data, checkpoint, output, Settings(epochs=1.5, batch_rows=16, seed=99))


def test_a_run_cannot_be_made_shorter_than_it_already_is(data: Path, checkpoint: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    finetune(data, checkpoint, output, Settings(epochs=1, batch_rows=16), stop_after_step=12)
    with pytest.raises(ModelError, match="already at step 12 of 8; give more epochs"):
        finetune(data, checkpoint, output, Settings(epochs=0.5, batch_rows=16))


def test_training_lowers_the_loss_and_learns_who_is_praised(data: Path, checkpoint: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    settings = Settings(epochs=25, batch_rows=16, learning_rate=2e-3, swap_names=False)
    finetune(data, checkpoint, output, settings)
    log = _log(output)
    losses = [each["loss"] for each in log["losses"]]
    assert losses[-1] < losses[0] * 0.9
    before, after = log["measured"][0], log["measured"][-1]
    assert after["macro_f1"] > before["macro_f1"]
    assert after["n_contrasting"] == after["n_sentences"]


def test_held_out_sentences_are_written_down_and_not_trained_on(data: Path, checkpoint: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    finetune(data, checkpoint, output, Settings(epochs=1, batch_rows=16, held_out_share=0.1))
    rows = [json.loads(line) for line in (output / "held_out.jsonl").read_text(encoding="utf-8").splitlines()]
    log = _log(output)
    assert log["held_out_rows"] == {"authored": len(rows)}
    assert log["rows_available"]["authored"] == {"rows": 256 - len(rows), "licence": "MIT"}
    assert log["rows_trained"]["authored"] == 256 - len(rows)
    assert {row["lang"] for row in rows} == {"en", "nl"}
    assert sum(log["rows_trained"].values()) == 256 - len(rows) + 20


def test_what_comes_out_is_a_checkpoint_that_can_be_loaded(data: Path, checkpoint: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    main([str(data), str(checkpoint), str(output), "--epochs", "0.3", "--batch-rows", "16"])
    assert load_scorer(str(output / "checkpoint")).input_form == "pair"
    assert not list(output.glob("*.partial"))
    before, after = ((folder / "tokenizer.json").read_bytes() for folder in (checkpoint, output / "checkpoint"))
    assert json.loads(before) == json.loads(after)
