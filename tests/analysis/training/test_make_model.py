"""Every stage of the way from data to checkpoint, in miniature."""

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from analysis.scorers import Label, Pair, Probabilities, load_scorer
from analysis.scorers.target import TARGET_MARK
from analysis.training.align import AlignSettings, Translation, align
from analysis.training.calibrate import fit_temperatures
from analysis.training.embeddings import make_encoder
from analysis.training.make_model import Sizes, make_model
from analysis.training.parallel import ParallelPair, read_measured, read_parallel
from analysis.training.settings import Settings, rate_factor
from analysis.training.soup import average_checkpoints
from analysis.training.vocabulary import build_tokenizer
from analysis.training.word_alignment import align_words
from pipelines.errors import DataFileError, ModelError
from tests.analysis.training.conftest import parallel_rows

_SIZES = Sizes(
    n_english=5000,
    n_new=200,
    align=AlignSettings(steps=30, batch_tokens=200),
    finetune=Settings(epochs=0.5, batch_rows=16, learning_rate=2e-3, max_tokens=60),
    seeds=(0, 1),
)


def test_only_families_that_may_be_trained_on_are_read(data: Path) -> None:
    pairs = read_parallel(data, "nl")
    assert {pair.family for pair in pairs} == {"ntrex", "tatoeba"}
    measured = read_measured(data, "nl", 5)
    assert {pair.family for pair in measured} == {"newstest"}
    assert len(measured) == 5
    assert not {pair.english for pair in measured} & {pair.english for pair in pairs}


def test_a_line_of_parallel_text_without_three_fields_is_named(data: Path) -> None:
    path = data / "parallel" / "nl.tsv.gz"
    path.write_bytes(gzip.compress(b"ntrex\tgood day\tgoede dag\nntrex\tonly two\n"))
    with pytest.raises(DataFileError, match=r"nl\.tsv\.gz, line 2: 2 fields"):
        read_parallel(data, "nl")
    path.write_bytes(gzip.compress(b"ntrex\tgood day\tgoede dag\n" * 99)[:-9])
    with pytest.raises(DataFileError, match=r"nl\.tsv\.gz cannot be read"):
        read_parallel(data, "nl")
    path.unlink()
    with pytest.raises(DataFileError, match=r"nl\.tsv\.gz cannot be read"):
        read_parallel(data, "nl")


def test_words_are_aligned_to_their_translations() -> None:
    # Piece n of the other language is piece n + 100 of English, in another order in each sentence.
    rng = np.random.default_rng(0)
    pairs = []
    for _ in range(200):
        english = rng.choice(20, size=5, replace=False)
        pairs.append(((english + 100).tolist(), rng.permutation(english).tolist()))
    found = align_words(pairs, n_english=200, n_other=30)
    assert sorted(found) == list(range(20))
    for piece, translations in found.items():
        assert translations.english[0] == piece + 100
        assert translations.weights[0] > 0.8
        assert translations.weights.sum() == pytest.approx(1.0)


def test_nothing_in_common_gives_no_alignment() -> None:
    assert align_words([([], [1]), ([1], [])], n_english=5, n_other=5) == {}


def test_the_vocabulary_keeps_english_learns_new_pieces_and_never_splits_the_mark(base: Path) -> None:
    tokenizer = build_tokenizer(base, {"nl": ["verliest het vertrouwen"] * 9}, n_english=5000, n_new=60)
    assert tokenizer.tokenize("loses trust") == ["loses", "trust"]
    assert tokenizer.tokenize("VERTROUWEN") == ["vertrouwen"]
    for sentence in (f"Aandeel {TARGET_MARK}s daalt", f"{TARGET_MARK}は下落", f"«{TARGET_MARK}»"):
        assert tokenizer.tokenize(sentence).count(TARGET_MARK) == 1


def test_katakana_words_are_not_joined_to_what_stands_beside_them(base: Path) -> None:
    texts = ["新しいサービスで障害", "このサービスは便利"] * 9
    tokenizer = build_tokenizer(base, {"ja": texts}, n_english=5000, n_new=60)
    assert "サービス" in tokenizer.tokenize("そのサービスが")


def test_a_new_piece_starts_as_its_translation(base: Path) -> None:
    tokenizer = build_tokenizer(
        base, {"nl": [other for _, _, other in parallel_rows("nl")] * 3}, n_english=5000, n_new=80
    )
    pairs = [ParallelPair("tatoeba", english, other, "nl") for _, english, other in parallel_rows("nl")]
    encoder = make_encoder(base, tokenizer, {"nl": pairs}, ["wins praise"])
    known = load_file(base / "model.safetensors")["embeddings.word_embeddings.weight"]
    base_tokenizer = AutoTokenizer.from_pretrained(str(base))
    made = encoder.embeddings.word_embeddings.weight.detach()
    for english, dutch in (("praise", "lof"), ("loses", "verliest")):
        one = made[tokenizer.convert_tokens_to_ids(dutch)]
        nearest = torch.nn.functional.cosine_similarity(known, one[None]).argmax()
        assert base_tokenizer.convert_ids_to_tokens(int(nearest)) == english


@pytest.mark.usefixtures("one_thread")
def test_alignment_brings_translations_together_and_goes_on_after_a_stop(
    base: Path, encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = [Translation(english, other) for _, english, other in parallel_rows("nl")]
    measured: dict[str, Sequence[Translation]] = {"nl": learned[:20]}
    settings = AlignSettings(steps=60, batch_tokens=200, learning_rate=3e-3)
    align(base, encoder, learned, measured, tmp_path / "whole", settings)
    log = json.loads((tmp_path / "whole" / "log.json").read_bytes())
    first, last = log["retrieval"]
    assert last["nl"] > first["nl"]
    assert last["step"] == 60

    # Saved after every step, and stopped before step 25.
    monkeypatch.setattr("analysis.training.align._SAVE_EVERY_SECONDS", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr("analysis.training.align.rate_factor", _stops_at(25))
        with pytest.raises(_StopError):
            align(base, encoder, learned, measured, tmp_path / "parts", settings)
    align(base, encoder, learned, measured, tmp_path / "parts", settings)
    whole, parts = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "parts"))
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


class _StopError(Exception):
    pass


def _stops_at(stop: int) -> Callable[[int, int, float], float]:
    def factor(step: int, n_steps: int, warmup_share: float) -> float:
        if step == stop:
            raise _StopError
        return rate_factor(step, n_steps, warmup_share)

    return factor


def test_the_average_of_checkpoints_is_the_mean_of_their_weights(encoder: Path, base: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    average_checkpoints([encoder], other)
    weights = load_file(encoder / "model.safetensors")
    save_file({name: tensor + 1 for name, tensor in weights.items()}, other / "model.safetensors", {"format": "pt"})
    average_checkpoints([encoder, other], tmp_path / "mean")
    mean = load_file(tmp_path / "mean" / "model.safetensors")
    assert all(torch.allclose(mean[name], weights[name] + 0.5) for name in weights)
    assert (tmp_path / "mean" / "tokenizer.json").is_file()
    with pytest.raises(ModelError, match="not of one architecture"):
        average_checkpoints([encoder, base], tmp_path / "none")


def _answers(language: str, n: int, confidence: float, share_right: float) -> list[tuple[str, Label, Probabilities]]:
    said = Probabilities(confidence, (1 - confidence) / 2, (1 - confidence) / 2)
    n_right = round(share_right * n)
    return [(language, Label.NEGATIVE if i < n_right else Label.POSITIVE, said) for i in range(n)]


@pytest.mark.parametrize(
    ("confidence", "share_right", "lowest", "highest"),
    [
        pytest.param(0.95, 0.7, 1.5, 4.0, id="too-sure"),
        pytest.param(0.8, 0.8, 0.98, 1.02, id="just-right"),
        pytest.param(0.8, 0.9, 0.4, 0.9, id="not-sure-enough"),
    ],
)
def test_a_temperature_brings_the_confidence_to_the_share_that_is_right(
    confidence: float, share_right: float, lowest: float, highest: float
) -> None:
    assert lowest <= fit_temperatures(_answers("de", 2000, confidence, share_right))["de"] <= highest


def test_a_language_with_few_rows_stays_near_the_others() -> None:
    rows = _answers("de", 2000, 0.9, 0.9) + _answers("ko", 4, 0.9, 0.0)
    found = fit_temperatures(rows)
    alone = fit_temperatures(_answers("ko", 4, 0.9, 0.0))
    assert abs(found["ko"] - found[""]) < abs(alone[""] - found[""]) / 2


@pytest.mark.slow
def test_the_whole_way_gives_a_checkpoint_with_a_card_and_is_not_walked_twice(
    data: Path, authored: Path, development: Path, base: Path, tmp_path: Path
) -> None:
    work, output = tmp_path / "work", tmp_path / "builtin"

    def make() -> None:
        make_model(
            data,
            work,
            output,
            _SIZES,
            model_id="newstone-test",
            base=base,
            authored=authored,
            development=development,
        )

    make()
    scorer = load_scorer(str(output), all_languages=True)
    assert scorer.model_id == "newstone-test"
    one, same = scorer.score([Pair(f"{name} wins praise", name, "en") for name in ("Alpha", "Bravo")])
    assert one == same
    config = json.loads((output / "config.json").read_bytes())
    figures = json.loads((work / "figures.json").read_bytes())
    assert set(config["newstone_macro_f1"]) == {"en", "nl"}
    for language, value in config["newstone_macro_f1"].items():
        assert (language in config["newstone_languages"]) == (value >= 0.7)
    assert set(config["newstone_temperature"]) == {"", "en", "nl"}
    assert set(figures["runs"]) == {"seed-0", "seed-1"}
    assert set(figures["tests"]) == {"gerntsa", "newsmtsc_rw"}
    card = (output / "README.md").read_text(encoding="utf-8")
    for said in ("CC BY 4.0", "CC BY-SA 4.0", "authored", "ntrex", "NewsMTSC rw", "Names"):
        assert said in card
    log = json.loads((work / "log.json").read_bytes())
    assert list(log) == ["sizes", "encoder", "aligned", "seeds", "averaged", "finished"]
    assert all(log[stage]["peak_memory_mib"] > 0 for stage in list(log)[1:])
    before = {path: path.stat().st_mtime_ns for path in work.rglob("*") if path.is_file()}
    make()
    assert before == {path: path.stat().st_mtime_ns for path in work.rglob("*") if path.is_file()}
    with pytest.raises(ModelError, match="other settings"):
        make_model(data, work, output, replace(_SIZES, seeds=(0,)), model_id="newstone-test", base=base)
