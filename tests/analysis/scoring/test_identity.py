"""Knowing which model it is does not load it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.scorers import DeferredScorer, InputForm, Pair, identify_scorer, load_identified, load_scorer
from pipelines.errors import ModelError

MakeCheckpoint = Callable[..., Path]


def test_an_identity_is_that_of_the_loaded_scorer(make_checkpoint: MakeCheckpoint) -> None:
    folder = make_checkpoint(newstone_model_id="acme-1", newstone_languages=["de", "en"])
    for options in ({}, {"all_languages": True}, {"input_form": InputForm.PAIR}):
        identity = identify_scorer(str(folder), **options)
        scorer = load_scorer(str(folder), **options)
        for said in (scorer, load_identified(identity), DeferredScorer(identity)):
            assert said.model_id == identity.model_id == "acme-1"
            assert said.revision == identity.revision
            assert said.languages == identity.languages
            assert said.input_form is identity.input_form


def test_a_deferred_scorer_answers_like_the_loaded_one(make_checkpoint: MakeCheckpoint) -> None:
    identity = identify_scorer(str(make_checkpoint(newstone_input="pair")))
    pairs = [Pair("alpha wins", "alpha", "en"), Pair("beta loses", "beta", "en")]
    deferred = DeferredScorer(identity)
    assert deferred.score(pairs) == load_identified(identity).score(pairs)
    assert deferred.score(pairs[:1]) == deferred.score(pairs)[:1]


def test_the_weights_are_read_when_there_is_something_to_score(make_checkpoint: MakeCheckpoint) -> None:
    folder = make_checkpoint()
    (folder / "model.safetensors").write_bytes(b"damaged")
    deferred = DeferredScorer(identify_scorer(str(folder)))
    assert deferred.score([]) == []
    with pytest.raises(ModelError, match="cannot be loaded"):
        deferred.score([Pair("alpha wins", "alpha", "en")])


@pytest.mark.parametrize("kind", ["builtin", "folder", "hub"])
def test_identifying_imports_no_model_runtime(make_checkpoint: MakeCheckpoint, kind: str, tmp_path: Path) -> None:
    folder = make_checkpoint(names=("entailment", "neutral", "contradiction"))
    name = {"builtin": "builtin", "folder": str(folder), "hub": "acme/tiny"}[kind]
    code = f"""
import sys
from analysis.scorers import DeferredScorer, identify_scorer
from pipelines.errors import ModelError
try:
    DeferredScorer(identify_scorer({name!r}, offline=True)).score([])
except ModelError as error:
    assert "not in the cache" in str(error), error
print(*({{"torch", "transformers", "safetensors"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"HF_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert done.stdout.strip() == ""


def test_a_tokenizer_that_needs_another_package_is_found_without_loading(
    make_checkpoint: MakeCheckpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_checkpoint()
    (folder / "spm.model").write_bytes(b"pieces")
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    identify_scorer(str(folder))  # tokenizer.json is enough
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"as spm\.model only.*pip install sentencepiece protobuf"):
        identify_scorer(str(folder))


def test_labels_that_are_not_understood_are_found_without_loading(make_checkpoint: MakeCheckpoint) -> None:
    folder = make_checkpoint(names=("LABEL_0", "LABEL_1", "LABEL_2"))
    with pytest.raises(ModelError, match=r'labels = \{"LABEL_0" = "negative"'):
        identify_scorer(str(folder))
