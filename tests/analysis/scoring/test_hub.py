"""Against a small hub of our own on loopback, spoken to by the real client."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import huggingface_hub
import pytest

from analysis.scorers import InputForm, Pair, identify_scorer, load_scorer
from pipelines.errors import ModelError
from tests.analysis.hub_server import COMMIT, REPOSITORY, Hub, serve_hub


@pytest.fixture(autouse=True)
def client_of_a_plain_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    huggingface_hub.close_session()
    yield
    huggingface_hub.close_session()


@pytest.fixture
def hub(make_checkpoint: Callable[..., Path]) -> Iterator[Hub]:
    folder = make_checkpoint("repository", newstone_languages=["en"])
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Tiny\n")
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "modeling_evil.py").write_text("raise SystemExit\n")
    with serve_hub(folder) as server:
        yield server


def test_a_model_is_fetched_without_pickles_and_code_and_then_read_from_the_cache(hub: Hub, tmp_path: Path) -> None:
    pairs = [Pair("alpha wins", "alpha", "en")]
    fetched = load_scorer(REPOSITORY, cache_dir=tmp_path / "cache", endpoint=hub.url)
    assert (fetched.model_id, fetched.revision, fetched.languages) == (REPOSITORY, COMMIT, frozenset({"en"}))
    assert {"model.safetensors", "README.md"} <= set(hub.fetched)
    assert not {"pytorch_model.bin", "modeling_evil.py"} & set(hub.fetched)
    hub.fetched.clear()
    cached = load_scorer(REPOSITORY, cache_dir=tmp_path / "cache", offline=True)
    assert cached.revision == COMMIT
    assert cached.score(pairs) == fetched.score(pairs)
    assert not hub.fetched


def test_a_pinned_commit_that_is_in_the_cache_needs_no_connection(hub: Hub, tmp_path: Path) -> None:
    first = identify_scorer(REPOSITORY, revision=COMMIT, cache_dir=tmp_path / "cache", endpoint=hub.url)
    hub.asked.clear()
    again = identify_scorer(REPOSITORY, revision=COMMIT, cache_dir=tmp_path / "cache", endpoint=hub.url)
    assert again == first
    assert hub.asked == []


@pytest.mark.parametrize("lost", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_download_that_was_broken_off_is_taken_up_again(hub: Hub, tmp_path: Path, lost: str) -> None:
    first = identify_scorer(REPOSITORY, revision=COMMIT, cache_dir=tmp_path / "cache", endpoint=hub.url)
    (first.checkpoint.folder / lost).unlink()
    hub.fetched.clear()
    assert identify_scorer(REPOSITORY, revision=COMMIT, cache_dir=tmp_path / "cache", endpoint=hub.url) == first
    assert lost in hub.fetched


def test_offline_a_download_that_was_broken_off_is_not_taken_for_whole(hub: Hub, tmp_path: Path) -> None:
    first = identify_scorer(REPOSITORY, revision=COMMIT, cache_dir=tmp_path / "cache", endpoint=hub.url)
    (first.checkpoint.folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=f"newstone model pull {REPOSITORY} --revision {COMMIT}"):
        identify_scorer(REPOSITORY, revision=COMMIT, cache_dir=tmp_path / "cache", offline=True)


def test_a_choice_of_ones_own_stands_behind_the_commit_in_the_revision(hub: Hub, tmp_path: Path) -> None:
    identity = identify_scorer(REPOSITORY, cache_dir=tmp_path, endpoint=hub.url)
    assert (identity.input_form, identity.revision) == (InputForm.SENTENCE, COMMIT)
    forced = identify_scorer(REPOSITORY, cache_dir=tmp_path, offline=True, input_form=InputForm.PAIR)
    assert forced.revision.startswith(f"{COMMIT}+")


def test_a_model_that_the_hub_does_not_have_is_named(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"does not show a model 'acme/other'.*spelling.*HF_TOKEN"):
        load_scorer("acme/other", cache_dir=tmp_path, endpoint=hub.url)


def test_a_revision_that_the_hub_does_not_have_is_named(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no revision 'v9' of 'acme/tiny-sentiment'"):
        load_scorer(REPOSITORY, revision="v9", cache_dir=tmp_path, endpoint=hub.url)


def test_an_unreachable_hub_is_explained_with_the_way_to_bring_the_files(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"  # bound but not listening: connections are refused
        with pytest.raises(ModelError) as caught:
            load_scorer("acme/tiny", revision="v2", cache_dir=tmp_path, endpoint=endpoint)
    message = str(caught.value)
    assert "'acme/tiny' at revision v2 is not in the cache and cannot be fetched from the hub" in message
    assert 'hf download acme/tiny --revision v2 --local-dir tiny --include "*.safetensors"' in message
    for file in ("config.json", "model.safetensors", "tokenizer.json"):
        assert file in message
    assert 'model = "./tiny" and no revision' in message
    assert "offline = true" in message


def test_offline_says_that_the_model_is_not_in_the_cache_and_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"at revision v2 is not in the cache and `newstone model pull acme/tiny --rev"
    ):
        load_scorer("acme/tiny", revision="v2", cache_dir=tmp_path, offline=True)


def test_a_name_that_cannot_be_a_hub_id_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="neither 'builtin', nor a folder that exists, nor an id"):
        load_scorer("not a/valid/id", cache_dir=tmp_path)
