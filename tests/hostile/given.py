"""Files that somebody gives a person to use: sources, OPML, watchlists, tables, models; and SQL."""

import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

MEGABYTE = 1_000_000

SOURCE = """
name = "The Paper"
language = "en"
country = "GB"
medium = "press"
homepage = "https://paper.example/"
[[discovery]]
kind = "feed"
url = "https://paper.example/feed.xml"
"""


def source(**changes: str) -> str:
    """The honest source file with some of its lines replaced."""
    lines = [
        f"{line.partition(' = ')[0]} = {changes[key]}" if (key := line.partition(" = ")[0]) in changes else line
        for line in SOURCE.splitlines()
    ]
    return "\n".join(lines)


SOURCES: dict[str, str] = {
    "a-private-feed-by-javascript": source(url='"javascript:alert(1)"'),
    "a-file-as-a-feed": source(url='"file:///etc/passwd"'),
    "a-password-in-the-feed": source(url='"https://user:hunter22@paper.example/feed.xml"'),
    "a-zone-that-is-a-path": SOURCE.replace("[[discovery]]", 'zone = "../../../etc/passwd"\n[[discovery]]'),
    "a-pattern-that-is-none": source(kind='"section"') + "link_pattern = '(((('\n",
    "a-key-nobody-knows": SOURCE + 'run = "rm -rf /"\n',
    "an-id-of-its-own": 'id = "../../evil"\n' + SOURCE,
    "a-hundred-kilobytes": SOURCE + f"# {'x' * 100_000}\n",
    "nested-ten-thousand-deep": "x = " + "[" * 10_000,
}
"""TOML of a source file, each refused with a message that names the file and the key, and never shows a password."""


def opml(outlines: str, before: str = "") -> bytes:
    return f"<?xml version='1.0'?>{before}<opml version='2.0'><head/><body>{outlines}</body></opml>".encode()


def outline(url: str, text: str = "The Paper", more: str = "") -> str:
    return f"<outline type='rss' text='{text}' xmlUrl='{url}' {more}/>"


FEED = outline("https://paper.example/feed.xml")
OWN = "xmlns:newstone='urn:newstone:opml:1'"
OPMLS: dict[str, tuple[bytes, tuple[str, ...] | None]] = {
    "external-entity": (
        opml(
            outline("https://paper.example/feed.xml", "&x;"), "<!DOCTYPE o [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
        ),
        ("paper_example",),
    ),
    "billion-laughs": (
        opml(
            outline("https://paper.example/feed.xml", "&l9;"),
            "<!DOCTYPE o [<!ENTITY l0 'lol'>"
            + "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
            + "]>",
        ),
        ("paper_example",),
    ),
    "files-and-scripts": (opml(outline("file:///etc/passwd") + outline("javascript:x") + FEED), ("paper_example",)),
    "passwords": (opml(outline("https://u:pw@paper.example/feed.xml") + FEED), ("paper_example",)),
    "an-id-that-climbs": (
        opml(f"<outline {OWN} type='rss' text='x' xmlUrl='https://paper.example/f' newstone:id='../../../evil'/>"),
        ("evil",),
    ),
    "a-host-that-climbs": (
        opml(outline("https://..%2f..%2fevil.example/feed.xml") + FEED),
        ("2f_2fevil_example", "paper_example"),
    ),
    "names-with-escape-sequences": (
        opml(outline("https://paper.example/feed.xml", "P&#27;[2Japer \x1b]0;x\x07")),
        ("paper_example",),
    ),
    "outlines-within-outlines": (opml("<outline text='x'>" * 200 + FEED + "</outline>" * 200), ("paper_example",)),
    "a-pattern-that-is-none": (
        opml(
            f"<outline {OWN} type='link' text='x' url='https://paper.example/' newstone:kind='section' "
            "newstone:link_pattern='(((('/>" + FEED
        ),
        None,
    ),
    "a-thousand-attributes-and-more": (
        opml("<outline " + " ".join(f"a{n}='&gt;>'" for n in range(2_000)) + "/>" + FEED),
        None,
    ),
}
"""OPML files, and the ids of the sources that come of each; None: refused as no OPML or without a usable feed."""

WATCHLISTS: dict[str, str] = {
    "a-name-that-is-a-pattern": 'subject = "a"\n[[entity]]\nid = "a"\nname = "A"\nrole = "subject"\n'
    'names = ["(a+)+$", "[[[[", "\\\\1"]\n',
    "names-that-nest": 'subject = "a"\n[[entity]]\nid = "a"\nname = "A"\nrole = "subject"\nnames = ['
    + ",".join(f'"{"a" * n}"' for n in range(1, 100))
    + "]\n",
    "names-by-the-ten-thousand": 'subject = "a"\n[[entity]]\nid = "a"\nname = "A"\nrole = "subject"\nnames = ['
    + ",".join(f'"name{n}"' for n in range(10_000))
    + "]\n",
}
"""Watchlists that are legal and mean to make the matcher slow; each must match a long text in little time."""

TABLES: dict[str, bytes] = {
    "null-bytes": b"label,sentence_id\n\0\0\0,1\n",
    "a-cell-of-ten-megabytes": b"label,mention_id\npositive," + b"x" * 10 * MEGABYTE + b"\n",
    "a-quote-that-never-ends": b'label,mention_id\n"positive,1\n' * 1_000,
    "no-text": bytes(range(256)) * 100,
    "a-formula-as-a-label": b"mention_id,label\n1,=cmd|' /C calc'!A0\n",
}
"""Tables for ``newstone label import``, each refused with a message."""

LINES: dict[str, bytes] = {
    "nested-hundred-thousand-deep": b"[" * 100_000 + b"\n",
    "numbers-too-large": b'{"text": "x", "target": "x", "lang": "en", "label": 1e999}\n',
    "a-list-as-a-label": b'{"text": "x", "target": "x", "lang": "en", "label": []}\n',
    "an-integer-of-ten-thousand-digits": b'{"text": ' + b"9" * 10_000 + b"}\n",
    "null-bytes": b"\0\0\0\n",
    "no-text": bytes(range(256)) + b"\n",
    "half-a-character": b'{"text": "\\ud800", "target": ["x"], "lang": "en", "label": "positive"}\n',
}
"""JSON lines for ``newstone evaluate``, each refused with a message."""


def pickled(folder: Path) -> None:
    class Run:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
            return Path.write_text, (folder / "owned", "owned")

    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Run()))


def with_code(folder: Path) -> None:
    code = f"from pathlib import Path\nPath({str(folder / 'owned')!r}).write_text('owned')\n"
    (folder / "evil.py").write_text(code)
    names = {
        "AutoConfig": "evil.EvilConfig",
        "AutoModelForSequenceClassification": "evil.EvilModel",
        "AutoTokenizer": ["evil.EvilTokenizer", None],
    }
    change(folder / "config.json", auto_map=names, model_type="evil")
    change(
        folder / "tokenizer_config.json",
        auto_map={"AutoTokenizer": ["evil.EvilTokenizer", None]},
        tokenizer_class="EvilTokenizer",
    )


def indexed_elsewhere(folder: Path) -> None:
    (folder.parent / "outside.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    (folder / "model.safetensors").unlink()
    index = {"metadata": {}, "weight_map": {"classifier.weight": "../outside.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def header_of_an_exabyte(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 2**60) + b"{}")


def header_that_overlaps(folder: Path) -> None:
    header = json.dumps(
        {"classifier.weight": {"dtype": "F32", "shape": [2**40, 2**20], "data_offsets": [0, 8]}}
    ).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))


def pickle_called_safetensors(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(pickle.dumps({"classifier.weight": 1}))


def template_that_runs(folder: Path) -> None:
    change(folder / "tokenizer_config.json", chat_template="{{ ''.__class__.__mro__[1].__subclasses__() }}")


def change(path: Path, **fields: object) -> None:
    known = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps({**known, **fields}))


CHECKPOINTS: dict[str, tuple[Callable[[Path], None], bool]] = {
    "weights-as-a-pickle": (pickled, False),
    "code-beside-the-weights": (with_code, False),
    "an-index-that-leads-outside": (indexed_elsewhere, False),
    "a-header-of-an-exabyte": (header_of_an_exabyte, False),
    "a-tensor-larger-than-memory": (header_that_overlaps, False),
    "a-pickle-called-safetensors": (pickle_called_safetensors, False),
    "a-template-that-looks-around": (template_that_runs, True),
}
"""What is done to a checkpoint folder, and whether it may still be loaded (then it works as before)."""

QUERIES: dict[str, str] = {
    "environment": "SELECT getenv('HOME')",
    "attach-memory": "ATTACH ':memory:' AS m",
    "attach-over-http": "ATTACH 'http://127.0.0.1:9/x.duckdb' AS m",
    "install-from-elsewhere": "INSTALL httpfs FROM 'http://127.0.0.1:9'",
    "load-a-library": "LOAD '/tmp/evil.duckdb_extension'",
    "create-secret": "CREATE SECRET s (TYPE http, BEARER_TOKEN 'x')",
    "read-lines": "SELECT * FROM read_json('/etc/passwd')",
    "read-ndjson-objects": "SELECT * FROM read_ndjson_objects('/etc/hostname')",
    "read-parquet": "SELECT * FROM read_parquet('/etc/passwd')",
    "read-a-device": "SELECT * FROM read_blob('/dev/zero')",
    "read-a-process": "SELECT content FROM read_text('/proc/self/environ')",
    "own-database-as-a-file": "SELECT * FROM read_blob('newstone.duckdb')",
    "import-database": "IMPORT DATABASE '/tmp'",
    "checkpoint": "CHECKPOINT",
    "vacuum": "VACUUM",
    "set-global": "SET GLOBAL memory_limit = '100GB'",
    "macro": "CREATE MACRO m() AS 1",
    "execute-immediate": "EXECUTE 'x'",
    "delete-in-a-cte": "WITH gone AS (DELETE FROM page RETURNING *) SELECT * FROM gone",
    "endless-recursion": "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
    "doubling-list": "SELECT list_sum(range(1000000000))",
    "product-of-all": "SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c "
    "WHERE a.range = b.range + c.range % 7",
    "log-of-another": "CALL enable_logging(storage_path = '/tmp/newstone-log')",
    "profile-into-a-file": "PRAGMA profiling_output = '/tmp/newstone-profile'",
    "comment-that-hides-a-second": "SELECT 1 --\n; COPY (SELECT 1) TO '/tmp/newstone-copy'",
}
"""SQL that ``newstone query`` must refuse or stop; more of it stands in tests/db/test_query.py."""
