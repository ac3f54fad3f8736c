from collections.abc import Callable
from pathlib import Path

import pytest

from analysis import watchlist as watchlist_module
from analysis.watchlist import Watchlist, load_watchlist, shipped_watchlist_path
from pipelines.errors import WatchlistError

SMALL = """
subject = "acme"
[context]
tools = ["hammer*", "anvil"]
[[entity]]
id = "acme"
name = "Acme"
role = "subject"
names = ["Acme", "Acme Corp"]
[[entity.ambiguous]]
names = ["Peak"]
needs = ["@tools"]
"""

DESIGN_IDS = (
    "deepseek openai anthropic google meta microsoft alibaba baidu tencent bytedance moonshot zhipu mistral xai huawei"
    " nvidia amd moore_threads enflame kunlunxin hygon lenovo geely"
)


def test_the_shipped_watchlist_follows_deepseek_and_the_companies_of_the_design(watchlist: Watchlist) -> None:
    assert watchlist.subject == "deepseek"
    assert set(watchlist.entities) == set(DESIGN_IDS.split())
    assert watchlist.entities["deepseek"].role == "subject"
    assert [entity.id for entity in watchlist.entities.values() if entity.role == "subject"] == ["deepseek"]


def test_context_lists_are_put_where_they_are_named(write_watchlist: Callable[[str], Path]) -> None:
    loaded = load_watchlist(write_watchlist(SMALL))
    assert loaded.entities["acme"].ambiguous[0].needs == ("hammer*", "anvil")


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        pytest.param('role = "subject"', 'role = "boss"', ["'acme'", "role", "change"], id="unknown role"),
        pytest.param('name = "Acme"', 'nmae = "Acme"', ["'acme'", "nmae", "unknown key"], id="misspelled key"),
        pytest.param('name = "Acme"\n', "", ["'acme'", "key name", "add it"], id="missing key"),
        pytest.param("@tools", "@toolz", ["@toolz", "@tools", "[context]"], id="unknown context list"),
        pytest.param("@tools", "hard* ware", ["hard* ware", "beginning or the end"], id="star inside a phrase"),
        pytest.param('subject = "acme"', 'subject = "acmee"', ["acmee", "acme", "correct"], id="unknown subject"),
        pytest.param('"Acme Corp"', '""', ["'acme'", "names"], id="empty name"),
        pytest.param('"Acme Corp"', '"#"', ["'acme'", "'#'", "remove"], id="name without letters"),
        pytest.param('id = "acme"', 'id = "Acme Inc"', ["id", "Acme Inc"], id="id with a space"),
        pytest.param("[context]", "[context", ["TOML", "line 3"], id="broken syntax names the line"),
        pytest.param('names = ["Peak"]', "names = []", ["'acme'", "ambiguous"], id="ambiguous group without names"),
        pytest.param('names = ["Acme", "Acme Corp"]', 'names = "Acme"', ["'acme'", "names"], id="string for a list"),
    ],
)
def test_a_wrong_file_is_refused_with_file_key_and_remedy(
    write_watchlist: Callable[[str], Path], old: str, new: str, parts: list[str]
) -> None:
    assert old in SMALL
    path = write_watchlist(SMALL.replace(old, new, 1))
    with pytest.raises(WatchlistError) as caught:
        load_watchlist(path)
    message = str(caught.value)
    assert str(path) in message
    for part in parts:
        assert part in message


SECOND = '[[entity]]\nid = "{id}"\nname = "Other"\nrole = "competitor"\nnames = ["{name}"]\n'


@pytest.mark.parametrize(
    ("second", "part"),
    [
        pytest.param(SECOND.format(id="acme", name="Other"), "stands twice", id="same id"),
        pytest.param(SECOND.format(id="other", name="ACME-corp"), "one owner", id="same name in another spelling"),
        pytest.param(SECOND.format(id="other", name="Other").replace('["Other"]', "[]"), "has no names", id="no names"),
    ],
)
def test_two_entities_that_contradict_each_other_are_refused(
    write_watchlist: Callable[[str], Path], second: str, part: str
) -> None:
    with pytest.raises(WatchlistError, match=part):
        load_watchlist(write_watchlist(SMALL + second))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WatchlistError, match=r"missing\.toml: cannot be read"):
        load_watchlist(tmp_path / "missing.toml")


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes(SMALL.replace("Acme Corp", "Acmé").encode("latin-1"))
    with pytest.raises(WatchlistError, match="save the file as UTF-8"):
        load_watchlist(path)


@pytest.mark.parametrize(
    "same",
    [
        pytest.param("# a comment\n" + SMALL, id="comment"),
        pytest.param(SMALL.replace("\n", "\r\n"), id="line ends"),
        pytest.param(SMALL.replace('["Acme", "Acme Corp"]', '[\n  "Acme Corp",\n  "Acme",\n]'), id="order and layout"),
    ],
)
def test_the_version_stays_when_only_the_writing_changes(write_watchlist: Callable[[str], Path], same: str) -> None:
    version = load_watchlist(write_watchlist(SMALL)).version
    assert load_watchlist(write_watchlist(same)).version == version


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('"Acme Corp"', '"Acme Inc"', id="name"),
        pytest.param('"anvil"', '"bench"', id="word of a context list"),
        pytest.param("needs =", "veto =", id="key"),
        pytest.param('role = "subject"', 'role = "partner"', id="role"),
    ],
)
def test_the_version_changes_with_the_content(write_watchlist: Callable[[str], Path], old: str, new: str) -> None:
    version = load_watchlist(write_watchlist(SMALL)).version
    assert load_watchlist(write_watchlist(SMALL.replace(old, new, 1))).version != version


def test_the_version_changes_with_the_matcher(watchlist: Watchlist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchlist_module, "MATCHER_VERSION", watchlist_module.MATCHER_VERSION + 1)
    assert load_watchlist(shipped_watchlist_path()).version != watchlist.version
