"""Checkpoints from the model hub, as folders."""

from dataclasses import dataclass
from pathlib import Path

import httpx2
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError, RevisionNotFoundError

from pipelines.errors import ModelError

_WANTED = ["*.safetensors", "*.json", "*.txt", "*.model", "README.md", "LICENSE*"]
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

    Only weights as safetensors, configuration, tokenizer files and the model's card are downloaded; never code, never
    pickles. A whole commit that is in the cache is taken from there without a connection.

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
    except RevisionNotFoundError as error:
        raise ModelError(
            f"the hub has no revision {revision!r} of {model_id!r}; give a branch, a tag or a commit of it"
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"the hub does not show a model {model_id!r}; mind its spelling (owner/name). "
            "One that is private or asks for consent needs a token in HF_TOKEN"
        ) from error
    except (OSError, httpx2.HTTPError) as error:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        raise ModelError(_how_to_bring(model_id, revision, reason, offline=offline)) from error
    path = Path(folder)
    return FetchedCheckpoint(folder=path, commit=path.name)


def _how_to_bring(model_id: str, revision: str | None, reason: str, *, offline: bool) -> str:
    at = f" at revision {revision}" if revision else ""
    pin = f" --revision {revision}" if revision else ""
    why = (
        f"`newstone model pull {model_id}{pin}` fetches it" if offline else f"cannot be fetched from the hub ({reason})"
    )
    name = model_id.rpartition("/")[2]
    patterns = " ".join(f'--include "{each}"' for each in _WANTED)
    return (
        f"checkpoint {model_id!r}{at} is not in the cache and {why}.\n"
        "Where the hub cannot be reached, bring the files:\n"
        f"1. On another computer: hf download {model_id}{pin} --local-dir {name} {patterns}\n"
        f"2. Copy the folder {name} beside newstone.toml. It needs config.json, model.safetensors (or "
        "model.safetensors.index.json and the parts that it names) and tokenizer.json (or the vocabulary files of the "
        "tokenizer).\n"
        f'3. In newstone.toml, [score]: model = "./{name}" and no revision.\n'
        "The cache of another computer (HF_HOME) can be copied instead; offline = true then never asks the hub."
    )
