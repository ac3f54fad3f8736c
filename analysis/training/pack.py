"""Packs a full checkpoint into the form that is shipped: one byte per weight."""

import json
import shutil
from pathlib import Path

from safetensors.torch import load_file

from analysis.scorers.checkpoint import PACKED_WEIGHTS
from analysis.scorers.packing import write_packed

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")


def pack_checkpoint(full: Path, packed: Path, extra_config: dict[str, object]) -> None:
    """Writes config, tokenizer and packed weights of ``full`` into the folder ``packed``; leaves other files there.

    Args:
        full: folder with config.json, model.safetensors and the tokenizer files.
        packed: folder to write; made if it does not exist.
        extra_config: keys to add to config.json.
    """
    packed.mkdir(parents=True, exist_ok=True)
    write_config(full, packed, extra_config)
    for name in _TOKENIZER_FILES:
        shutil.copyfile(full / name, packed / name)
    write_packed(load_file(full / "model.safetensors"), packed / PACKED_WEIGHTS)


def write_config(full: Path, packed: Path, extra_config: dict[str, object]) -> None:
    """Writes ``config.json`` alone; arguments as those of :func:`pack_checkpoint`."""
    config = json.loads((full / "config.json").read_text(encoding="utf-8")) | extra_config
    config["dtype"] = "float32"  # what the weights are once they are loaded
    (packed / "config.json").write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
