"""A folder with a checkpoint: what it says about itself, and which revision it is."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from analysis.scorers.base import InputForm
from pipelines.errors import ModelError

PACKED_WEIGHTS = "model.int8.safetensors"
"""Weights in the format of :mod:`analysis.scorers.packing`."""

_PLAIN_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
_HASHED_SUFFIXES = frozenset({".json", ".safetensors", ".txt", ".model"})
_HASH_HEX_CHARS = 16  # 64 bits: two revisions of one model never meet, and the column stays readable


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What ``config.json`` of a checkpoint folder says, and the hash of its files.

    Keys of ``config.json`` that are read beside those of transformers: ``newstone_model_id``, ``newstone_input``
    ("pair", "sentence", "masked" or "nli"), ``newstone_labels`` (label name to negative, neutral, positive),
    ``newstone_languages`` (a list of validated languages), ``newstone_max_tokens`` (longest input it was trained for),
    ``newstone_temperature`` (language code, or "" for the others, to the number that logits are divided by) and
    ``newstone_macro_f1`` (language code to the macro-F1 that was measured, 0..1).
    """

    folder: Path
    label_names: dict[int, str]
    content_hash: str
    is_packed: bool
    input_form: InputForm
    model_id: str | None = None
    label_mapping: dict[str, str] = field(default_factory=dict)
    languages: frozenset[str] | None = None
    max_tokens: int | None = None
    temperatures: dict[str, float] = field(default_factory=dict)
    macro_f1: dict[str, float] = field(default_factory=dict)


def read_checkpoint(folder: Path, name: str) -> Checkpoint:
    """Reads ``config.json`` and the names of the files; hashes all of them (0.3 s per GB).

    The input form is, in this order: ``newstone_input``; pair where the tokenizer was saved with truncation
    "only_first" (which only makes sense for pairs) or where ``name`` says that the model is aspect-based ("absa",
    "aspect"); otherwise sentence.

    Args:
        folder: the folder of the checkpoint.
        name: how the person called it, for messages and for the input form.

    Raises:
        ModelError: no config, no safetensors weights, or a key of newstone with a wrong value.
    """
    config = _read_json(folder / "config.json", name)
    is_packed = (folder / PACKED_WEIGHTS).is_file()
    if not is_packed and not any((folder / each).is_file() for each in _PLAIN_WEIGHTS):
        raise ModelError(
            f"checkpoint {name!r} has no model.safetensors. Weights in other formats (.bin, .pt, .h5) can run code "
            "when they are opened and are not read; convert them with save_pretrained of transformers, "
            "or choose a revision that has safetensors"
        )
    _check_index(folder, name)
    return Checkpoint(
        folder=folder,
        label_names=_label_names(config, name),
        content_hash=content_hash(folder),
        is_packed=is_packed,
        input_form=_input_form(config, folder, name),
        model_id=_optional_text(config, "newstone_model_id", name),
        label_mapping=_label_mapping(config, name),
        languages=_languages(config, name),
        max_tokens=_max_tokens(config, name),
        temperatures=_temperatures(config, name),
        macro_f1=_macro_f1(config, name),
    )


def _read_json(path: Path, name: str) -> Mapping[str, object]:
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ModelError(
            f"checkpoint {name!r} has no {path.name} in {path.parent}; give the folder that save_pretrained wrote"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path.name} of checkpoint {name!r} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path.name} of checkpoint {name!r} is not a JSON object")
    return content


def _check_index(folder: Path, name: str) -> None:
    """Refuse an index whose parts lie elsewhere: a checkpoint reads its own folder and nothing beside it."""
    path = folder / "model.safetensors.index.json"
    if not path.is_file():
        return
    parts = _read_json(path, name).get("weight_map")
    if not isinstance(parts, dict):
        raise ModelError(f"{path.name} of checkpoint {name!r} has no weight_map; download it again")
    for part in parts.values():
        if not isinstance(part, str) or Path(part).name != part or not part.endswith(".safetensors"):
            raise ModelError(
                f"{path.name} of checkpoint {name!r} names {part!r}; parts are .safetensors files beside it"
            )


def _label_names(config: Mapping[str, object], name: str) -> dict[int, str]:
    found = config.get("id2label")
    if isinstance(found, dict) and found:
        try:
            return {int(key): str(value) for key, value in found.items()}
        except ValueError:
            raise ModelError(f"id2label of checkpoint {name!r} must have numbers as keys, not {found}") from None
    # transformers leaves id2label out where it is its default of two labels
    n_labels = config.get("num_labels", 2)
    return {i: f"LABEL_{i}" for i in range(n_labels if isinstance(n_labels, int) else 2)}


def content_hash(folder: Path) -> str:
    """Hash of the configuration, tokenizer and weights in a folder, of their names and contents."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in _HASHED_SUFFIXES and path.is_file():
            with path.open("rb") as file:
                digest.update(f"{path.name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()[:_HASH_HEX_CHARS]


def _input_form(config: Mapping[str, object], folder: Path, name: str) -> InputForm:
    stated = config.get("newstone_input")
    if stated is not None:
        try:
            return InputForm(str(stated))
        except ValueError:
            raise ModelError(
                f"newstone_input of checkpoint {name!r} is {stated!r}; use 'pair', 'sentence', 'masked' or 'nli'"
            ) from None
    tokenizer_config = folder / "tokenizer_config.json"
    if tokenizer_config.is_file() and _read_json(tokenizer_config, name).get("truncation_strategy") == "only_first":
        return InputForm.PAIR
    return InputForm.PAIR if any(word in name.lower() for word in ("absa", "aspect")) else InputForm.SENTENCE


def _optional_text(config: Mapping[str, object], key: str, name: str) -> str | None:
    value = config.get(key)
    if value is None or (isinstance(value, str) and value):
        return value
    raise ModelError(f"{key} of checkpoint {name!r} is {value!r}; it must be a text that is not empty")


def _label_mapping(config: Mapping[str, object], name: str) -> dict[str, str]:
    value = config.get("newstone_labels", {})
    if isinstance(value, dict) and all(isinstance(meaning, str) for meaning in value.values()):
        return dict(value)
    raise ModelError(f"newstone_labels of checkpoint {name!r} must map label names to negative, neutral or positive")


def _languages(config: Mapping[str, object], name: str) -> frozenset[str] | None:
    value = config.get("newstone_languages")
    if value is None:
        return None
    if isinstance(value, list) and all(isinstance(code, str) for code in value):
        return frozenset(value)
    raise ModelError(f"newstone_languages of checkpoint {name!r} must be a list of language codes, not {value!r}")


def _max_tokens(config: Mapping[str, object], name: str) -> int | None:
    value = config.get("newstone_max_tokens")
    if value is None or (isinstance(value, int) and value > 0):
        return value
    raise ModelError(f"newstone_max_tokens of checkpoint {name!r} must be a number above 0, not {value!r}")


def _temperatures(config: Mapping[str, object], name: str) -> dict[str, float]:
    value = config.get("newstone_temperature", {})
    if isinstance(value, dict) and all(isinstance(each, int | float) and each > 0 for each in value.values()):
        return {str(code): float(each) for code, each in value.items()}
    raise ModelError(
        f"newstone_temperature of checkpoint {name!r} must map language codes to numbers above 0, not {value!r}"
    )


def _macro_f1(config: Mapping[str, object], name: str) -> dict[str, float]:
    value = config.get("newstone_macro_f1", {})
    if isinstance(value, dict) and all(isinstance(each, int | float) and 0 <= each <= 1 for each in value.values()):
        return {str(code): float(each) for code, each in value.items()}
    raise ModelError(f"newstone_macro_f1 of checkpoint {name!r} must map language codes to 0..1, not {value!r}")
