"""Where the built-in checkpoint lies."""

from pathlib import Path

import analysis.models


def builtin_folder() -> Path:
    """The folder of the checkpoint that is installed with newstone; its README.md is the model card."""
    return Path(analysis.models.__file__).parent / "builtin"
