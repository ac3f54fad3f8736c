"""Two models over the same sentences."""

import hashlib
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from analysis.measures import Estimate, Span
from analysis.model_comparison import Agreement, ComparedModel, ModelComparison, compare_models
from analysis.scorers import DeferredScorer, identify_scorer
from db.model_scores import ModelKey, mentions_to_compare
from db.read import Snapshot, open_snapshot
from pipelines.errors import UsageError
from tests.analysis.labels.conftest import Press, Probabilities, Said
from tests.analysis.scoring.conftest import write_checkpoint
from tests.db import build

JANUARY = Span(date(2025, 1, 1), date(2025, 1, 31))
NEGATIVE: Probabilities = (0.8, 0.1, 0.1)
NEUTRAL: Probabilities = (0.1, 0.8, 0.1)
POSITIVE: Probabilities = (0.1, 0.1, 0.8)
OTHER = replace(build.MODEL, model_id="other")
FIRST = ComparedModel(ModelKey(build.MODEL.model_id, build.MODEL.model_revision), None)
SECOND = ComparedModel(ModelKey(OTHER.model_id, OTHER.model_revision), None)


def load_answers(press: Press, answers: list[tuple[Said, Probabilities]]) -> None:
    """Load sentences with the answer of the first model, and add those of the second."""
    mentions = press.load([said for said, _ in answers])
    press.score(mentions, [answer for _, answer in answers], OTHER)


def said(number: int, answer: Probabilities, language: str = "en", entity: str = "acme") -> Said:
    return Said(f"{entity.title()} opens plant {number} in {language}.", answer, language, entity)


def compare(
    snapshot: Snapshot, first: ComparedModel = FIRST, second: ComparedModel = SECOND, **options: int
) -> ModelComparison:
    return compare_models(snapshot, first, second, JANUARY, **options)


def test_agreement_beyond_chance_is_that_of_the_worked_example(press: Press) -> None:
    cells = [(NEGATIVE, NEGATIVE, 20), (NEGATIVE, POSITIVE, 5), (POSITIVE, NEGATIVE, 10), (POSITIVE, POSITIVE, 15)]
    pairs = [(one, other) for one, other, n in cells for _ in range(n)]
    load_answers(press, [(said(i, one), other) for i, (one, other) in enumerate(pairs)])
    with press.opened() as store:
        found = compare(store)
    assert (found.overall.n, found.overall.agreement) == (50, 0.7)
    assert found.overall.kappa == pytest.approx(0.4)
    assert found.confusion == ((20, 0, 5), (0, 0, 0), (10, 0, 15))
    assert (found.n_sentences, found.sampled, found.scored_now) == (50, False, ())


def test_two_models_that_always_say_the_same_have_no_kappa(press: Press) -> None:
    load_answers(press, [(said(i, NEUTRAL), NEUTRAL) for i in range(6)])
    with press.opened() as store:
        overall = compare(store).overall
    assert (overall.agreement, overall.kappa) == (1.0, None)
    assert overall.shift == Estimate(0.0, 0.0, 0.0, 6, too_few=False)


def test_the_shift_goes_from_the_first_to_the_second_and_may_be_larger_than_one(press: Press) -> None:
    far = ((0.95, 0.03, 0.02), (0.02, 0.03, 0.95))
    load_answers(press, [(said(i, far[0]), far[1]) for i in range(5)])
    with press.opened() as store:
        there, back = compare(store).overall, compare(store, SECOND, FIRST).overall
    assert (there.polarity_a, there.polarity_b) == pytest.approx((-0.93, 0.93))
    assert (there.shift.value, there.shift.low, there.shift.high) == pytest.approx((1.86, 1.86, 1.86))
    assert back.shift.value == pytest.approx(-1.86)


def test_the_interval_is_over_pairs_so_that_what_moves_both_models_cancels(press: Press) -> None:
    answers = [(0.1 + i / 50, 0.2, 0.7 - i / 50) for i in range(30)]  # polarities of 0.6 down to -0.56
    shifted = [(low + 0.05, middle, high - 0.05) for low, middle, high in answers]
    load_answers(press, [(said(i, one), other) for i, (one, other) in enumerate(zip(answers, shifted, strict=True))])
    with press.opened() as store:
        shift = compare(store).overall.shift
    assert (shift.value, shift.low, shift.high) == pytest.approx((-0.1, -0.1, -0.1))


def test_copies_of_a_story_are_one_voice_of_the_shift(press: Press) -> None:
    wire = Said("Acme halts trading in all of its markets until further notice.", POSITIVE)
    copies = [
        replace(wire, source_id=each, url=f"https://{each}.example/{i}")
        for i in range(4)
        for each in ("daily", "weekly")
    ]
    load_answers(press, [(each, NEGATIVE) for each in copies] + [(said(i, NEUTRAL), NEUTRAL) for i in range(6)])
    with press.published() as snapshot:
        overall = compare(snapshot).overall
    assert (overall.n, overall.shift.n) == (14, 7)
    assert overall.shift.value == pytest.approx(-1.4 / 7)


def test_languages_and_entities_stand_apart_the_largest_first_and_few_have_no_interval(press: Press) -> None:
    load_answers(
        press,
        [(said(i, POSITIVE), POSITIVE) for i in range(6)]
        + [(said(i, POSITIVE, "de", "globex"), NEGATIVE) for i in range(3)],
    )
    with press.opened() as store:
        found = compare(store)

    def figures(rows: tuple[Agreement, ...]) -> list[tuple[str, int, float, bool]]:
        return [(row.key, row.n, row.agreement, row.shift.too_few) for row in rows]

    assert figures(found.languages) == [("en", 6, 1.0, False), ("de", 3, 0.0, True)]
    assert figures(found.entities) == [("acme", 6, 1.0, False), ("globex", 3, 0.0, True)]
    assert found.languages[1].shift.low is None
    assert found.languages[1].shift.value == pytest.approx(-1.4)


def test_the_sentences_that_differ_most_come_with_place_and_link_each_text_once(press: Press) -> None:
    wire = Said("Breaking: Acme fails.", NEGATIVE, url="https://wire.example/1")
    load_answers(
        press,
        [(wire, POSITIVE), (replace(wire, source_id="weekly", url="https://copy.example/1"), POSITIVE)]
        + [(said(i, NEUTRAL), NEUTRAL) for i in range(5)]
        + [(said(9, NEUTRAL), NEGATIVE)],
    )
    with press.opened() as store:
        first, second = compare(store, n_differences=2).differences
    assert first.url in {"https://wire.example/1", "https://copy.example/1"}
    assert first.sentence[first.start : first.end] == first.surface == "Acme"
    assert (first.label_a, first.label_b) == ("negative", "positive")
    assert (first.polarity_a, first.polarity_b) == pytest.approx((-0.7, 0.7))
    assert (second.sentence, second.label_b) == ("Acme opens plant 9 in en.", "negative")


def test_only_earned_media_of_the_span_is_compared(press: Press) -> None:
    load_answers(
        press,
        [
            (said(1, POSITIVE), POSITIVE),
            (replace(said(2, POSITIVE), source_id="agitprop"), NEGATIVE),
            (replace(said(3, POSITIVE), published_at=build.day(-5)), NEGATIVE),
        ],
    )
    with press.opened() as store:
        found = compare(store)
    assert (found.overall.n, found.n_sentences, found.overall.agreement) == (1, 1, 1.0)


def test_one_model_twice_and_a_span_without_sentences_are_wrong_usage(press: Press) -> None:
    load_answers(press, [(said(1, POSITIVE), POSITIVE)])
    with press.opened() as store:
        with pytest.raises(UsageError, match="name two models"):
            compare(store, FIRST, FIRST)
        with pytest.raises(UsageError, match="widen the span"):
            compare_models(store, FIRST, SECOND, Span(date(2020, 1, 1), date(2020, 1, 2)))


def checkpoint(folder: Path, seed: int, languages: list[str] | None = None) -> ComparedModel:
    write_checkpoint(folder, seed=seed, newstone_languages=languages)
    scorer = DeferredScorer(identify_scorer(str(folder)))
    return ComparedModel(ModelKey(scorer.model_id, scorer.revision), scorer)


@pytest.fixture
def mixed(press: Press) -> Press:
    """40 English, 10 German and 4 Dutch sentences about two companies, scored by the first model only."""
    press.load(
        [said(i, (NEGATIVE, NEUTRAL, POSITIVE)[i % 3], "en", ("acme", "globex")[i % 5 == 0]) for i in range(40)]
        + [said(i, POSITIVE, "de") for i in range(10)]
        + [said(i, POSITIVE, "nl") for i in range(4)]
    )
    return press


def test_a_model_without_scores_reads_a_sample_now_and_nothing_is_kept(mixed: Press, tmp_path: Path) -> None:
    asked = checkpoint(tmp_path / "tiny", 1, ["de", "en"])
    before = hashlib.sha256(mixed.store.read_bytes()).digest()
    with mixed.opened() as store:
        found = compare(store, FIRST, asked, sample=30)
        again = compare(store, FIRST, asked, sample=30)
    assert hashlib.sha256(mixed.store.read_bytes()).digest() == before
    assert found == again
    assert (found.n_sentences, found.overall.n, found.sampled, found.scored_now) == (54, 30, True, (asked.key,))
    assert {row.key: row.n for row in found.languages} == {"en": 20, "de": 10}  # Dutch is none of its languages
    assert {row.key: row.n for row in found.entities} == {"acme": 22, "globex": 8}
    assert asked.scorer is not None
    for row in found.differences:
        assert -1 <= row.polarity_b <= 1


def test_two_checkpoints_without_scores_both_read_the_sample(mixed: Press, tmp_path: Path) -> None:
    one, other = checkpoint(tmp_path / "one", 1), checkpoint(tmp_path / "other", 2, ["nl", "en"])
    with mixed.opened() as store:
        found = compare(store, one, other, sample=100)
    assert found.scored_now == (one.key, other.key)
    assert {row.key: row.n for row in found.languages} == {"en": 40, "nl": 4}


def test_the_answers_of_a_sample_are_those_that_the_score_stage_would_keep(mixed: Press, tmp_path: Path) -> None:
    from analysis.scoring import score_mentions

    asked = checkpoint(tmp_path / "tiny", 1)
    assert asked.scorer is not None
    with mixed.opened() as store:
        passing = compare(store, FIRST, asked, sample=1000)
        mentions = mentions_to_compare(
            store, JANUARY.since, JANUARY.until, 1000, scored_by=None, languages=None, seed=0
        )
    answers = [(row.p_negative, row.p_neutral, row.p_positive) for row in score_mentions(mentions, asked.scorer)]
    row = replace(build.MODEL, model_id=asked.key.model_id, model_revision=asked.key.revision)
    mixed.score(mentions, answers, row)  # type: ignore[arg-type]
    with mixed.opened() as store:
        kept = compare(store, FIRST, asked)
    assert not kept.sampled
    assert (kept.overall, kept.languages, kept.confusion) == (passing.overall, passing.languages, passing.confusion)


def test_a_model_with_neither_scores_nor_weights_is_wrong_usage(mixed: Press) -> None:
    with mixed.opened() as store, pytest.raises(UsageError, match=r"other@r1 has no scores .* give a folder"):
        compare(store)


def test_a_sample_is_spread_over_entities_and_languages_and_follows_its_seed(mixed: Press) -> None:
    with open_snapshot(mixed.store) as store:

        def drawn(seed: int, limit: int) -> list[str]:
            found = mentions_to_compare(
                store, JANUARY.since, JANUARY.until, limit, scored_by=None, languages=None, seed=seed
            )
            assert len({each.mention_id for each in found}) == limit
            spread.append(Counter((each.entity, each.language) for each in found))
            return [each.mention_id for each in found]

        spread: list[Counter[tuple[str, str]]] = []
        assert drawn(0, 12) == drawn(0, 12) != drawn(1, 12)
    pairs = {("acme", "en"), ("acme", "de"), ("acme", "nl"), ("globex", "en")}
    assert spread == [Counter(dict.fromkeys(pairs, 3))] * 3
