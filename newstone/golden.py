"""Golden pages: kept pages with what extraction is expected to give for them, compared whenever anything changed.

A golden page is two files in ``golden/<source>/``: ``<name>.html.gz``, the bytes of the page, and ``<name>.json``,
where it came from and what it holds. The folder stands beside newstone.toml; it holds text of publishers and is
private.
"""

import gzip
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import unified_diff
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.source import Source
from newstone.source_hints import hints_on
from pipelines.errors import DataFileError, SourceError
from pipelines.extract import extract_article
from pipelines.ids import stable_id
from pipelines.records import Extraction, FeedItem, Page
from pipelines.spool import list_parts, read_pages
from pipelines.urls import normalise_url

FOLDER = "golden"
"""Name of the folder beside newstone.toml."""

_BODY_SUFFIX = ".html.gz"

NEWEST_PAGES = 3
"""Pages recorded where no address is named: enough to see a template, few enough to read."""

MAX_NAME_CHARS = 50

KEPT_HEADERS = frozenset({"content-type", "content-language"})
"""Headers that extraction may look at; others say something about the server and the night."""


@dataclass(frozen=True, slots=True)
class GoldenPage:
    """One golden page: its description file, the page, and what is expected of it by field."""

    file: Path
    page: Page
    expected: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One golden page that is no longer read as expected; ``lines`` are a unified diff of its fields."""

    file: Path
    source_id: str
    url: str
    fields: tuple[str, ...]
    lines: tuple[str, ...]


def golden_folder(root: Path) -> Path:
    """Give the folder of the golden pages of a project or of the tests."""
    return root / FOLDER


def shipped_golden_folder() -> Path:
    """Give the folder of the golden pages that stand in a checkout, with their source files.

    Raises:
        SourceError: this is no checkout.
    """
    folder = Path(__file__).resolve().parent.parent / "tests" / FOLDER
    if not folder.is_dir():
        raise SourceError(f"no shipped golden pages in {folder}; they come with a checkout, not with a package")
    return folder


def expectation_of(extraction: Extraction) -> dict[str, Any]:
    """Give what extraction gave as the fields of a description file, in the order in which a person reads them."""
    article = extraction.article
    found: dict[str, Any] = {"outcome": extraction.outcome.value, "detail": extraction.detail}
    if article is None:
        return found
    return found | {
        "title": article.title,
        "published_at": article.published_at.astimezone(UTC).isoformat(),
        "published_has_time": article.published_has_time,
        "published_basis": article.published_basis.value,
        "authors": list(article.authors),
        "language": article.language,
        "body_kind": article.body_kind.value,
        "canonical_url": article.canonical_url,
        "site_name": article.site_name,
        "notes": list(article.notes),
        "text": article.text.split("\n"),
    }


def find_pages(data_dir: Path, source_id: str, urls: Collection[str], newest: int) -> list[Page]:
    """Give kept pages of a source, newest part first: those of ``urls``, or the ``newest`` that have a body.

    Addresses may be written as a browser shows them (:func:`pipelines.urls.normalise_url`). Of an address that was
    fetched several times the newest page is given. Reads the WARC parts, about a second for each 500 pages, until all
    is found.

    Raises:
        SpoolError: a part cannot be read.
    """
    wanted, found = {normalise_url(url) for url in urls}, dict[str, Page]()
    for part in reversed(list_parts(data_dir)):
        own = [stored.page for stored in read_pages(part) if stored.page.source_id == source_id]
        for page in reversed(own):
            if page.outcome is not None or page.removed is not None or page.url in found:
                continue
            if not urls or wanted & addresses_of(page):
                found[page.url] = page
                wanted -= addresses_of(page)
            if (urls and not wanted) or (not urls and len(found) >= newest):
                return list(found.values())
    return list(found.values())


def addresses_of(page: Page) -> set[str]:
    """Give the addresses under which a page can be named, in their normal form."""
    return {normalise_url(page.url), normalise_url(page.final_url)}


def record_golden(folder: Path, source: Source, page: Page) -> Path:
    """Write a page and what extraction gives for it now; gives the description file. An earlier one is replaced.

    Raises:
        OSError: the files cannot be written.
    """
    day = page.fetched_at.astimezone(UTC).date()
    stem = re.sub(r"[^a-z0-9]+", "-", urlsplit(page.url).path.lower()).strip("-")[-MAX_NAME_CHARS:].strip("-")
    file = folder / source.id / f"{day}-{stem or 'page'}-{stable_id(page.url)[:6]}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    headers = tuple((name, value) for name, value in page.headers if name in KEPT_HEADERS)
    _body_file(file).write_bytes(gzip.compress(page.body, mtime=0))
    _write(GoldenPage(file, replace(page, headers=headers), _extract(page, source)))
    return file


def load_golden(folder: Path, source_ids: Collection[str] = ()) -> Iterator[GoldenPage]:
    """Give the golden pages of all or some sources, in the order of their names.

    Raises:
        DataFileError: a file is damaged or its partner is missing.
    """
    for file in _descriptions(folder):
        if not source_ids or file.parent.name in source_ids:
            yield _load(file)


def golden_files(folder: Path) -> Iterator[tuple[Path, ...]]:
    """Give the files of each golden page that are there, its description first; reads none of them."""
    for file in _descriptions(folder):
        body = _body_file(file)
        yield (file, body) if body.is_file() else (file,)


def address_in(description: Path) -> str:
    """Give the address that a description file names, in its normal form.

    Raises:
        DataFileError: the file is damaged.
    """
    return normalise_url(_load(description, with_body=False).page.url)


def compare_golden(golden: GoldenPage, source: Source | None) -> Difference | None:
    """Extract a golden page under the overrides of its day; None where all is as expected."""
    found = _extract(golden.page, source)
    if found == golden.expected:
        return None
    fields = tuple(
        name for name in dict.fromkeys((*golden.expected, *found)) if golden.expected.get(name) != found.get(name)
    )
    lines = [line for name in fields for line in _field_diff(name, golden.expected.get(name), found.get(name))]
    return Difference(golden.file, golden.page.source_id, golden.page.url, fields, tuple(lines))


def renew_golden(golden: GoldenPage, source: Source | None) -> None:
    """Write what extraction gives now as what is expected; the page stays.

    Raises:
        OSError: the file cannot be written.
    """
    _write(replace(golden, expected=_extract(golden.page, source)))


def remove_golden(folder: Path, is_wanted: Callable[[Page], bool]) -> list[Path]:
    """Remove the golden pages that a person wants gone; gives their description files.

    ``is_wanted`` gets pages without their bodies. Killed anywhere, the next call completes it: a body without its
    description stops nobody and goes then, as does that of a recording that was killed.

    Raises:
        DataFileError: a description is damaged, so that nobody can tell what it describes.
        OSError: a file cannot be removed.
    """
    files = [file for file in _descriptions(folder) if is_wanted(_load(file, with_body=False).page)]
    for file in files:
        file.unlink()
    for body in folder.glob(f"*/*{_BODY_SUFFIX}"):
        if not body.with_name(f"{body.name.removesuffix(_BODY_SUFFIX)}.json").exists():
            body.unlink()
    return files


def _extract(page: Page, source: Source | None) -> dict[str, Any]:
    day = page.fetched_at.astimezone(UTC).date()
    return expectation_of(extract_article(page, hints_on(source, day)))


def _descriptions(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.json"))


def _body_file(file: Path) -> Path:
    return file.with_suffix(_BODY_SUFFIX)


def _field_diff(name: str, expected: object, found: object) -> list[str]:
    one, two = _lines_of(expected), _lines_of(found)
    return [line.rstrip("\n") for line in unified_diff(one, two, f"{name} (expected)", f"{name} (now)", lineterm="")]


def _lines_of(value: object) -> list[str]:
    if value is None:
        return []
    return [str(line) for line in value] if isinstance(value, list) else [str(value)]


def _write(golden: GoldenPage) -> None:
    page, item = golden.page, golden.page.item
    described = {
        "url": page.url,
        "final_url": page.final_url,
        "fetched_at": page.fetched_at.astimezone(UTC).isoformat(),
        "headers": dict(page.headers),
        "item": None if item is None else {name: text for name in FeedItem.__slots__ if (text := getattr(item, name))},
        "expected": golden.expected,
    }
    text = json.dumps(described, ensure_ascii=False, indent=2)
    golden.file.write_text(f"{text}\n", encoding="utf-8")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"fetched_at {text!r} has no offset; write +00:00 behind it")
    return moment


def _load(file: Path, *, with_body: bool = True) -> GoldenPage:
    try:
        described = json.loads(file.read_text(encoding="utf-8"))
        page = Page(
            url=described["url"],
            final_url=described["final_url"],
            source_id=file.parent.name,
            fetched_at=_moment(described["fetched_at"]),
            status=200,
            headers=tuple(described["headers"].items()),
            body=gzip.decompress(_body_file(file).read_bytes()) if with_body else b"",
            item=None if described["item"] is None else FeedItem(**described["item"]),
        )
        return GoldenPage(file, page, dict(described["expected"]))
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{file}: no golden page ({type(error).__name__}: {error}); record it again or remove both files"
        raise DataFileError(message) from error
