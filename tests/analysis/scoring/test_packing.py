from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from analysis.scorers import Pair, Precision, load_scorer
from analysis.scorers.checkpoint import PACKED_WEIGHTS
from analysis.scorers.packing import dequantise_rows, quantise_rows, read_packed, write_packed
from analysis.training.pack import pack_checkpoint
from pipelines.errors import ModelError


def test_no_row_has_more_error_than_plain_rounding_and_many_have_less() -> None:
    weights = torch.randn(200, 64, generator=torch.Generator().manual_seed(1)) * torch.logspace(-3, 2, 200)[:, None]
    step = weights.abs().amax(dim=1, keepdim=True) / 127
    plain_error = ((weights / step).round() * step - weights).square().sum(dim=1)
    error = (dequantise_rows(*quantise_rows(weights)) - weights).square().sum(dim=1)
    assert bool((error <= plain_error * 1.0001).all())
    assert int((error < plain_error * 0.99).sum()) > 40


def test_rows_of_zeros_stay_zeros() -> None:
    assert torch.equal(dequantise_rows(*quantise_rows(torch.zeros(3, 5))), torch.zeros(3, 5))


def test_whole_numbers_within_the_range_are_exact() -> None:
    weights = torch.tensor([[127.0, -3.0, 0.0, 64.0]])
    assert torch.equal(dequantise_rows(*quantise_rows(weights)), weights)


def test_a_state_dict_comes_back_with_all_names_and_shapes(tmp_path: Path) -> None:
    state = {"w": torch.randn(4, 8), "b": torch.randn(4), "ids": torch.arange(6)}
    write_packed(state, tmp_path / "packed.safetensors")
    restored = read_packed(tmp_path / "packed.safetensors")
    assert {name: (each.shape, each.dtype) for name, each in restored.items()} == {
        name: (each.shape, each.dtype) for name, each in state.items()
    }
    assert torch.equal(restored["ids"], state["ids"])
    assert torch.equal(restored["b"], state["b"].half().float())


def test_files_of_another_format_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_file({"w": torch.zeros(2, 2)}, path)
    with pytest.raises(ModelError, match="has format None"):
        read_packed(path)
    path.write_bytes(b"not safetensors at all")
    with pytest.raises(ModelError, match="cannot be read"):
        read_packed(path)


def test_a_packed_checkpoint_answers_like_the_full_one(make_checkpoint: Callable[..., Path], tmp_path: Path) -> None:
    full = make_checkpoint("full")
    packed = tmp_path / "packed"
    pack_checkpoint(full, packed, {"newstone_input": "pair", "newstone_model_id": "packed-1"})
    assert not (packed / "model.safetensors").exists()
    n_full, n_packed = ((folder / name).stat().st_size for folder, name in _weights(full, packed))
    assert n_packed < n_full / 2
    scorer = load_scorer(str(packed), precision=Precision.FLOAT32)
    reference = load_scorer(str(make_checkpoint("full2", newstone_input="pair")), precision=Precision.FLOAT32)
    pairs = [Pair(f"alpha {verb} and beta {verb}", "alpha", "en") for verb in ("wins", "loses", "falls", "rises")]
    assert scorer.model_id == "packed-1"
    for answer, expected in zip(scorer.score(pairs), reference.score(pairs), strict=True):
        assert answer.positive == pytest.approx(expected.positive, abs=0.1)
        assert answer != expected


def _weights(full: Path, packed: Path) -> list[tuple[Path, str]]:
    return [(full, "model.safetensors"), (packed, PACKED_WEIGHTS)]
