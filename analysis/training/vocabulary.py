"""The vocabulary: the frequent English pieces of the base model, and new ones learned from thirteen languages."""

import json
import logging
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from analysis.scorers.target import TARGET_MARK

_LOG = logging.getLogger(__name__)
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", TARGET_MARK, "[unused1]")
_FIRST_ORDINARY_ID = 999  # of BERT's English vocabulary; unused and special pieces lie below
_ALPHABET = 5600  # Chinese and Japanese characters, Korean syllables
_MIN_FREQUENCY = 3
_CHARS_PER_LANGUAGE = 2_000_000
_DENSE_LANGUAGES = frozenset({"ja", "ko", "zh"})  # as much text in about half of the characters
_MOST_REPEATS = 3
_LONGEST_WORD_CHARS = 100
_LONGEST_INPUT_TOKENS = 256


def build_tokenizer(
    base: Path, texts: Mapping[str, Sequence[str]], *, n_english: int, n_new: int
) -> PreTrainedTokenizerFast:
    """A lower-casing WordPiece tokenizer that keeps accents.

    Two calls with the same texts give vocabularies that differ a little: the trainer of tokenizers breaks ties between
    equally frequent characters and pieces by chance.

    Args:
        base: folder of the English base model.
        texts: sentences by language code, the languages beside English.
        n_english: pieces kept of the base vocabulary, the most frequent first; its ASCII characters come on top.
        n_new: pieces learned from ``texts``, among them the special ones and those that are kept of the base vocabulary
            as well, which are not added twice.
    """
    known: dict[str, int] = json.loads((base / "tokenizer.json").read_bytes())["model"]["vocab"]
    by_id = sorted(known, key=known.__getitem__)
    english = [piece for piece in by_id[_FIRST_ORDINARY_ID:] if piece.isascii()][:n_english]
    characters = [piece for piece in by_id if len(piece.removeprefix("##")) == 1 and piece.isascii()]
    learned = _learn_pieces(texts, n_new)
    pieces = list(dict.fromkeys([*_SPECIAL, *english, *characters, *learned]))
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(
        models.WordPiece(vocab=vocabulary, unk_token="[UNK]", max_input_chars_per_word=_LONGEST_WORD_CHARS)
    )
    tokenizer.normalizer = _normalizer()
    tokenizer.pre_tokenizer = _pre_tokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    _LOG.info("vocabulary: %d pieces, %d of them English", len(pieces), len(english))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        additional_special_tokens=[TARGET_MARK],
        model_max_length=_LONGEST_INPUT_TOKENS,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )


def _normalizer() -> normalizers.Normalizer:
    return normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=True)


def _pre_tokenizer() -> pre_tokenizers.PreTokenizer:
    # Loan words in katakana are words; without the split, pieces run across the particles beside them.
    katakana = pre_tokenizers.Split(Regex(r"[\p{Katakana}ー]+"), behavior="isolated")
    return pre_tokenizers.Sequence([pre_tokenizers.BertPreTokenizer(), katakana])


def _learn_pieces(texts: Mapping[str, Sequence[str]], n_pieces: int) -> list[str]:
    learner = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    learner.normalizer = _normalizer()
    learner.pre_tokenizer = _pre_tokenizer()
    learner.train_from_iterator(
        _balanced(texts),
        trainers.WordPieceTrainer(
            vocab_size=n_pieces,
            special_tokens=list(_SPECIAL),
            limit_alphabet=_ALPHABET,
            min_frequency=_MIN_FREQUENCY,
            continuing_subword_prefix="##",
            show_progress=False,
        ),
    )
    learned = learner.get_vocab()
    return sorted(learned, key=learned.__getitem__)


def _balanced(texts: Mapping[str, Sequence[str]]) -> list[str]:
    """About the same number of characters of each language; small languages are repeated."""
    corpus: list[str] = []
    for language in sorted(texts):
        wanted = _CHARS_PER_LANGUAGE // (2 if language in _DENSE_LANGUAGES else 1)
        shuffled = list(texts[language])
        random.Random(0).shuffle(shuffled)  # noqa: S311 - not for secrets
        taken: list[str] = []
        n_chars = 0
        for text in shuffled:
            if n_chars > wanted:
                break
            taken.append(text)
            n_chars += len(text)
        repeats = max(1, min(_MOST_REPEATS, round(wanted / max(n_chars, 1))))
        _LOG.info("vocabulary: %s %d characters, taken %d times", language, n_chars, repeats)
        corpus.extend(taken * repeats)
    return corpus
