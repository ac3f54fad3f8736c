import itertools
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from analysis.scorers import InputForm, Pair, Precision, Probabilities, identify_scorer, load_scorer
from analysis.scorers.arithmetic import RECHECK_MARGIN
from analysis.scorers.labels import LabelScheme
from analysis.scorers.transformers_scorer import TransformersScorer
from pipelines.errors import ModelError

PRECISIONS = [pytest.param(Precision.FLOAT32, id="float32"), pytest.param(Precision.BFLOAT16, id="bfloat16")]
MakeCheckpoint = Callable[..., Path]


def load(folder: Path, **options: object) -> TransformersScorer:
    options = {"precision": Precision.FLOAT32} | options
    scorer = load_scorer(str(folder), **options)  # type: ignore[arg-type]
    assert isinstance(scorer, TransformersScorer)
    return scorer


def some_pairs(n: int) -> list[Pair]:
    words = [
        "maker",
        "of",
        "chips",
        "wins",
        "loses",
        "praise",
        "court",
        "market",
        "falls",
        "rises",
        "calm",
        "report",
        "very",
        ",",
        "the",
        "but",
        "with",
    ]
    chooser = random.Random(5)
    pairs = []
    for i in range(n):
        target = chooser.choice(["alpha", "beta", "gamma"])
        sentence = [chooser.choice(words) for _ in range(chooser.randint(2, 40))]
        sentence.insert(chooser.randrange(len(sentence)), target)
        pairs.append(Pair(" ".join([*sentence, "."] if i % 2 else sentence), target, "en"))
    return pairs


def test_probabilities_are_those_of_the_model_itself(make_checkpoint: MakeCheckpoint) -> None:
    scorer = load(make_checkpoint(newstone_input="pair"))
    for pair, answer in zip(pairs := some_pairs(12), scorer.score(pairs), strict=True):
        inputs = scorer._tokenizer(pair.sentence, pair.target, return_tensors="pt")
        with torch.inference_mode():
            expected = scorer._model(**inputs).logits.softmax(-1)[0].tolist()
        assert [answer.negative, answer.neutral, answer.positive] == pytest.approx(expected, abs=2e-6)
        assert answer.negative + answer.neutral + answer.positive == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    ("names", "row_order"),
    [
        pytest.param(("positive", "negative", "neutral"), (2, 0, 1), id="positive-first"),
        pytest.param(("NEUTRAL", "Positive", "negative"), (1, 2, 0), id="neutral-first"),
    ],
)
def test_answers_do_not_depend_on_the_order_of_labels(
    make_checkpoint: MakeCheckpoint, names: tuple[str, ...], row_order: tuple[int, ...]
) -> None:
    pairs = some_pairs(8)
    usual = load(make_checkpoint("usual")).score(pairs)
    permuted = load(make_checkpoint("permuted", names=names, row_order=row_order)).score(pairs)
    assert [as_list(answer) for answer in permuted] == [pytest.approx(as_list(answer), abs=2e-6) for answer in usual]
    assert len({answer.negative for answer in usual}) > 1


def as_list(answer: Probabilities) -> list[float]:
    return [answer.negative, answer.neutral, answer.positive]


def test_a_pair_model_reads_the_target_and_a_sentence_model_does_not(make_checkpoint: MakeCheckpoint) -> None:
    pairs = [Pair("alpha wins but beta loses", target, "en") for target in ("alpha", "beta")]
    pair_model, sentence_model = (load(make_checkpoint(form, newstone_input=form)) for form in ("pair", "sentence"))
    first, second = pair_model.score(pairs)
    assert first != second
    first, second = sentence_model.score(pairs)
    assert first == second
    assert sentence_model.rows_computed == 1


def test_input_form_is_read_from_the_tokenizer_and_the_name(make_checkpoint: MakeCheckpoint) -> None:
    plain = make_checkpoint("plain")
    assert load(plain).input_form is InputForm.SENTENCE
    assert load(make_checkpoint("some-absa-model")).input_form is InputForm.PAIR
    path = plain / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"truncation_strategy": "only_first"}))
    assert load(plain).input_form is InputForm.PAIR


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("threads", [1, 3])
def test_answers_do_not_depend_on_the_company_of_a_pair(
    make_checkpoint: MakeCheckpoint, precision: Precision, threads: int
) -> None:
    folder = make_checkpoint(newstone_input="pair")
    pairs = some_pairs(150)
    known = dict(zip(pairs, load(folder, precision=precision, threads=1).score(pairs), strict=True))
    scorer = load(folder, precision=precision, threads=threads)
    for seed in range(6):
        some = random.Random(seed).sample(pairs, random.Random(seed).randint(1, len(pairs)))
        assert scorer.score(some) == [known[pair] for pair in some]


def test_bfloat16_chooses_the_labels_of_float32(make_checkpoint: MakeCheckpoint) -> None:
    folder = make_checkpoint(newstone_input="pair")
    pairs = some_pairs(150)
    exact, fast = (load(folder, precision=each).score(pairs) for each in (Precision.FLOAT32, Precision.BFLOAT16))
    assert [answer.label for answer in fast] == [answer.label for answer in exact]
    assert fast != exact  # otherwise bfloat16 was not used at all


def test_close_answers_of_bfloat16_are_those_of_float32(
    make_checkpoint: MakeCheckpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_checkpoint(newstone_input="pair")
    pairs = some_pairs(600)
    exact, fast = (load(folder, precision=each) for each in (Precision.FLOAT32, Precision.BFLOAT16))
    is_close = [margin(answer) < RECHECK_MARGIN / 2 for answer in exact.score(pairs)]
    is_clear = [margin(answer) > RECHECK_MARGIN * 2 for answer in exact.score(pairs)]
    assert 3 < sum(is_close) < 100
    same = [one == other for one, other in zip(exact.score(pairs), fast.score(pairs), strict=True)]
    assert all(itertools.compress(same, is_close))
    assert not all(itertools.compress(same, is_clear))
    monkeypatch.setattr(fast, "recheck_margin", 2.0)
    assert fast.score(pairs) == exact.score(pairs)


def margin(answer: Probabilities) -> float:
    *_, second, best = sorted(as_list(answer))
    return best - second


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_the_processor_computes_where_there_is_no_gpu(
    make_checkpoint: MakeCheckpoint, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    scorer = load_on(make_checkpoint(newstone_input="pair"), device)
    assert scorer.device.type == "cpu"
    assert len(scorer.score(some_pairs(4))) == 4


@pytest.mark.parametrize(
    ("device", "message"),
    [
        pytest.param("cuda", r"device 'cuda' is not there: torch .* can use 0 GPUs here; use 'cpu'", id="no-gpu"),
        pytest.param("cuda:3", r"device 'cuda:3' is not there", id="no-such-gpu"),
        pytest.param("banana", r"device 'banana' is unknown; use 'auto', 'cpu', 'cuda'", id="no-device"),
        pytest.param("meta", r"device 'meta' is unknown", id="device-of-another-kind"),
    ],
)
def test_a_device_that_is_not_there_is_named(
    make_checkpoint: MakeCheckpoint, device: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ModelError, match=message):
        load_on(make_checkpoint(), device)


def load_on(folder: Path, device: str) -> TransformersScorer:
    identity = identify_scorer(str(folder))
    assert isinstance(identity.scheme, LabelScheme)
    return TransformersScorer(
        identity.checkpoint,
        model_id=identity.model_id,
        revision=identity.revision,
        scheme=identity.scheme,
        input_form=identity.input_form,
        device=device,
    )


def test_identical_pairs_are_computed_once(make_checkpoint: MakeCheckpoint) -> None:
    scorer = load(make_checkpoint(newstone_input="pair"))
    pairs = [*some_pairs(5), *some_pairs(5), *some_pairs(5)]
    answers = scorer.score(pairs)
    assert scorer.rows_computed == 5
    assert answers[:5] == answers[5:10] == answers[10:]


def test_nothing_to_score_gives_nothing(make_checkpoint: MakeCheckpoint) -> None:
    assert load(make_checkpoint()).score([]) == []


@pytest.mark.parametrize("form", [InputForm.PAIR, InputForm.SENTENCE])
def test_a_long_sentence_is_read_around_its_target(make_checkpoint: MakeCheckpoint, form: InputForm) -> None:
    scorer = load(make_checkpoint(newstone_input=form.value))
    filler = "filler words stand here , " * 60
    ends = [Pair(f"{filler} the court report on alpha {end}", "alpha", "en") for end in ("wins praise", "loses market")]
    for pair in ends:
        [encoded] = scorer._encode([pair])
        assert len(encoded.token_ids) <= 64
        tokens = scorer._tokenizer.convert_ids_to_tokens(encoded.token_ids)
        assert tokens.count("alpha") == (2 if form is InputForm.PAIR else 1)
        assert len(tokens) > 40  # the window uses the room that there is
    first, second = scorer.score(ends)
    assert first != second


def test_a_target_longer_than_the_input_is_still_answered(make_checkpoint: MakeCheckpoint) -> None:
    scorer = load(make_checkpoint(newstone_input="pair"))
    target = " ".join(["alpha"] * 100)
    [answer] = scorer.score([Pair(f"the maker {target} wins", target, "en")])
    assert answer.negative + answer.neutral + answer.positive == pytest.approx(1.0)


def test_the_length_limit_of_the_checkpoint_is_kept(make_checkpoint: MakeCheckpoint) -> None:
    scorer = load(make_checkpoint(newstone_max_tokens=20))
    [encoded] = scorer._encode([Pair("the alpha " * 30, "alpha", "en")])
    assert len(encoded.token_ids) <= 20


def test_numbered_labels_need_a_mapping(make_checkpoint: MakeCheckpoint) -> None:
    folder = make_checkpoint(names=("LABEL_0", "LABEL_1", "LABEL_2"))
    with pytest.raises(ModelError, match="newstone_labels"):
        load(folder)
    mapping = {"LABEL_0": "negative", "LABEL_1": "neutral", "LABEL_2": "positive"}
    mapped = load(folder, labels=mapping)
    pairs = some_pairs(4)
    assert mapped.score(pairs) == load(make_checkpoint("named")).score(pairs)
    in_config = load(make_checkpoint("config", names=tuple(mapping), newstone_labels=mapping))
    assert in_config.score(pairs) == mapped.score(pairs)


def test_the_revision_changes_with_weights_and_with_choices(make_checkpoint: MakeCheckpoint) -> None:
    folder = make_checkpoint()
    before = load(folder).revision
    assert load(folder).revision == before
    assert load(folder, input_form=InputForm.PAIR).revision.startswith(f"{before}+")
    assert load(folder, input_form=InputForm.SENTENCE).revision == before
    assert load(folder, all_languages=True).revision.startswith(f"{before}+")
    assert load(folder, all_languages=True).languages is None
    weights = load_file(folder / "model.safetensors")
    weights["classifier.bias"][0] += 1.0
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert load(folder).revision != before


def test_model_id_and_languages_are_those_of_the_config(make_checkpoint: MakeCheckpoint) -> None:
    plain = load(make_checkpoint("plain"))
    assert (plain.model_id, plain.languages) == ("plain", None)
    named = load(make_checkpoint("named", newstone_model_id="acme-1", newstone_languages=["de", "en"]))
    assert (named.model_id, named.languages) == ("acme-1", frozenset({"de", "en"}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("newstone_input", "both", id="input"),
        pytest.param("newstone_model_id", "", id="model-id"),
        pytest.param("newstone_labels", ["negative"], id="labels"),
        pytest.param("newstone_languages", "de", id="languages"),
        pytest.param("newstone_max_tokens", 0, id="max-tokens"),
    ],
)
def test_wrong_keys_in_the_config_are_named(make_checkpoint: MakeCheckpoint, key: str, value: object) -> None:
    with pytest.raises(ModelError, match=key):
        load(make_checkpoint(**{key: value}))


def test_pickled_weights_are_refused(make_checkpoint: MakeCheckpoint) -> None:
    folder = make_checkpoint()
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"no model\.safetensors.*save_pretrained"):
        load(folder)


def test_code_of_a_checkpoint_is_never_run(make_checkpoint: MakeCheckpoint, tmp_path: Path) -> None:
    mark = tmp_path / "was_run"
    folder = make_checkpoint(auto_map={"AutoConfig": "evil.EvilConfig"}, model_type="evil")
    (folder / "evil.py").write_text(f"open({str(mark)!r}, 'w').close()\n")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load(folder)
    assert not mark.exists()


def test_a_checkpoint_without_a_trained_classifier_is_refused(make_checkpoint: MakeCheckpoint) -> None:
    folder = make_checkpoint()
    weights = load_file(folder / "model.safetensors")
    del weights["classifier.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"lacks weights for classifier\.weight"):
        load(folder)


def test_damaged_weights_are_refused(make_checkpoint: MakeCheckpoint) -> None:
    folder = make_checkpoint()
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ModelError, match="cannot be loaded"):
        load(folder)


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "~/nowhere-at-all"])
def test_a_folder_that_does_not_exist_is_named(name: str) -> None:
    with pytest.raises(ModelError, match=f"no folder '{name}'"):
        load_scorer(name)


def test_an_empty_folder_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no config\.json"):
        load_scorer(str(tmp_path))


def test_a_revision_of_a_folder_is_refused(make_checkpoint: MakeCheckpoint) -> None:
    with pytest.raises(ModelError, match="only models of the hub have revisions"):
        load_scorer(str(make_checkpoint()), revision="main")
