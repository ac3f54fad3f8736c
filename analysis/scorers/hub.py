"""Checkpoints from the model hub, as folders."""

from dataclasses import dataclass
from pathlib import Path

import httpx2
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError

from pipelines.errors import ModelError

_WANTED = ["*.safetensors", "*.json", "*.txt", "*.model"]
_UNWANTED = ["*/*"]  # sub-folders hold the same weights in other formats (onnx, openvino) or training states


@dataclass(frozen=True, slots=True)
class FetchedCheckpoint:
    """``commit`` is the commit of the repository that ``folder`` holds."""

    folder: Path
    commit: str


def fetch_checkpoint(
    model_id: str,
    *,
    revision: str | None = None,
    cache_dir: Path | None = None,
    offline: bool = False,
    endpoint: str | None = None,
) -> FetchedCheckpoint:
    """The files of a checkpoint, from the cache where they are there, otherwise downloaded.

    Only weights as safetensors, configuration and tokenizer files are downloaded; never code, never pickles.

    Args:
        model_id: ``owner/name`` on the hub.
        revision: branch, tag or commit; the main branch if None.
        cache_dir: where downloads are kept; the cache of huggingface_hub if None (``HF_HOME``).
        offline: use the cache only.
        endpoint: another hub; ``HF_ENDPOINT`` or huggingface.co if None.

    Raises:
        ModelError: the hub cannot be reached, or has no such model or revision; says how to bring the files.
    """
    try:
        folder = snapshot_download(
            model_id,
            revision=revision,
            cache_dir=cache_dir,
            local_files_only=offline,
            endpoint=endpoint,
            allow_patterns=_WANTED,
            ignore_patterns=_UNWANTED,
        )
    except HFValidationError as error:
        raise ModelError(
            f"{model_id!r} is neither 'builtin', nor a folder that exists, nor an id on the model hub (owner/name): "
            f"{error}"
        ) from error
    except (OSError, httpx2.HTTPError) as error:
        at = f" at revision {revision}" if revision else ""
        reason = " ".join(str(error).split())
        raise ModelError(
            f"checkpoint {model_id!r}{at} is not in the cache and cannot be fetched from the hub "
            f"({type(error).__name__}: {reason}). Where the hub cannot be reached, download the files on another "
            f"computer with `hf download {model_id} --local-dir FOLDER`, copy FOLDER here and give its path "
            "instead of the id; a private model needs a token in HF_TOKEN"
        ) from error
    path = Path(folder)
    return FetchedCheckpoint(folder=path, commit=path.name)
