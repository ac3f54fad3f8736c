"""Feed the parsers mutated input for a while: ``python -m bench.fuzz [--seconds 60] [--target feed …] [--keep DIR]``.

Coverage-guided (libFuzzer through atheris, ``pip install -e .[fuzz]``), seeded with the feeds and pages of the demo.
A finding is any exception that is none of ours, a broken promise (below, ``_check_…``), one input that takes more than
INPUT_SECONDS or more than MEMORY_MB. It is kept with its bytes in DIR/TARGET; ``--repeat FILE --target …`` runs it
again alone. At the end stands a table; the exit code is 1 where something was found.
"""

import argparse
import gzip
import importlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from pipelines.errors import NewstoneError

INPUT_SECONDS = 10
"""One input of at most MAX_BYTES is read in well under a second."""

MEMORY_MB = 3072
MAX_BYTES = 40_000
MAX_FINDINGS = 20
"""Per target; each ends a process of libFuzzer, and another one goes on."""

NOW = datetime(2025, 2, 1, 12, tzinfo=UTC)
URL = "https://paper.example/2025/01/28/chip-makers-fall"
INSTRUMENTED = ["crawler", "pipelines", "feedparser", "trafilatura", "justext", "htmldate", "dateparser", "warcio"]


class BrokenPromiseError(Exception):
    """A result that the function under test says it never gives."""


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise BrokenPromiseError(what)


def _check_items(parsed: Any) -> None:
    for item in parsed.items:
        _expect(item.url.startswith(("http://", "https://")), f"an item at {item.url!r}")
        _expect(not re.search(r"[\x00-\x1f\x7f-\x9f]", item.title + item.author), f"a control character in {item!r}")


def _feed(data: bytes) -> None:
    from crawler.feeds import parse_feed

    _check_items(parse_feed(data, url="https://paper.example/feed.xml"))


def _sitemap(data: bytes) -> None:
    from crawler.sitemaps import parse_news_sitemap

    _check_items(parse_news_sitemap(data, url="https://paper.example/sitemap.xml"))


def _section(data: bytes) -> None:
    from crawler.sections import parse_section

    _check_items(parse_section(data, url="https://paper.example/tech"))


def _extract(data: bytes) -> None:
    from pipelines.extract import SourceHints, extract_article
    from pipelines.outcomes import Outcome
    from pipelines.records import Page

    page = Page(URL, URL, "paper", NOW, status=200, headers=(("content-type", "text/html"),), body=data)
    found = extract_article(page, SourceHints("en", "Europe/Berlin", "The Paper"))
    _expect(found.outcome is not Outcome.EXTRACT_ERROR, found.detail)
    if found.article is not None:
        _expect(found.article.published_at <= NOW, f"published {found.article.published_at}")
        shown = found.article.title + "".join(found.article.authors) + found.article.site_name
        _expect(not re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", shown), f"a control character in {shown!r}")
        found.article.text.encode("utf-8")


def _warc(data: bytes) -> None:
    from pipelines.warc import iter_members, page_from

    part = data[1:] if data[:1] < b"\x20" else b"".join(map(gzip.compress, data[1:].split(b"\0\0GZ\0\0")))
    response = None
    for member in iter_members(BytesIO(part)):
        if member.kind == "metadata":
            page_from(member, response)
        response = member if member.kind == "response" else None


def _opml(data: bytes) -> None:
    from crawler.opml import export_opml, read_opml

    with tempfile.NamedTemporaryFile(suffix=".opml") as file:
        file.write(data)
        file.flush()
        export_opml(read_opml(Path(file.name)).sources)


def _dates(data: bytes) -> None:
    from pipelines.dates import DateCandidate, choose_date
    from pipelines.records import DateBasis

    text = data.decode("utf-8", "surrogateescape")
    zone, language = (("America/New_York", "en"), ("Asia/Shanghai", "zh"), ("Europe/Berlin", "de"))[len(data) % 3]
    chosen = choose_date([DateCandidate(text, DateBasis.META)], zone=zone, language=language, fetched_at=NOW)
    _expect(chosen.at <= NOW, f"{text!r} is {chosen.at}")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "feed": _feed,
    "sitemap": _sitemap,
    "section": _section,
    "extract": _extract,
    "warc": _warc,
    "opml": _opml,
    "dates": _dates,
}


def _answers(*, is_page: bool) -> Iterator[bytes]:
    """Give the demo's article pages, or its feeds, sitemaps and section pages."""
    from newstone.demo.articles import load_newsroom
    from newstone.demo.site import answer_request

    room = load_newsroom()
    if is_page:
        urls = [article.url for article in room.articles]
    else:
        urls = [url for outlet in room.outlets.values() for _kind, url in outlet.discovery]
    for url in urls:
        host, _, path = url.partition("://")[2].partition("/")
        yield answer_request(room, host, f"/{path}").body


def _seeds(target: str) -> Iterator[bytes]:
    if target in ("feed", "sitemap", "section"):
        yield from _answers(is_page=False)
        from tests.hostile.listings import FEEDS, SECTIONS, SITEMAPS

        yield from (case.make() for cases in (FEEDS, SITEMAPS, SECTIONS) for case in cases.values())
    elif target == "extract":
        yield from _answers(is_page=True)
        from tests.hostile.pages import PAGES

        yield from (case.make() for case in PAGES.values())
    elif target == "opml":
        from crawler.opml import export_opml
        from crawler.source import load_sources, shipped_sources_dir

        sources = list(load_sources(shipped_sources_dir()).values())
        yield from (export_opml(sources[start : start + 8]).encode() for start in range(0, 40, 8))
    elif target == "dates":
        texts = "Tue, 28 Jan 2025 10:00:00 GMT|2025-01-28T10:00:00+01:00|2025年1月28日 10時|28. Januar 2025, 10:00 Uhr"
        yield from (text.encode() for text in f"{texts}|3 hours ago|1/28/2025 5:01 PM ET|1738058400".split("|"))
    else:
        yield from _parts()


def _parts() -> Iterator[bytes]:
    from pipelines.outcomes import Outcome
    from pipelines.records import FeedItem, Page
    from pipelines.warc import page_bytes

    item = FeedItem(URL, "Chips fall", found_by="feed")
    body = next(_answers(is_page=True))[:4_000]
    pages = (
        Page(URL, URL, "paper", NOW, status=200, headers=(("content-type", "text/html"),), body=body, item=item),
        Page(URL, URL, "paper", NOW, outcome=Outcome.TIMEOUT, detail="no answer"),
    )
    for page in pages:
        part = page_bytes(page)
        yield b"\0" + part
        yield b"\x20" + part
        members, stream = [], BytesIO(part)
        while chunk := stream.read():  # each member of its own, unpacked, so that mutations reach the record
            members.append(gzip.decompress(chunk))
        yield b"\x20" + b"\0\0GZ\0\0".join(members)


@dataclass
class Figures:
    """What the fuzzing of one target came to."""

    target: str
    executions: int = 0
    seconds: float = 0.0
    edges: int = 0
    findings: int = 0


def fuzz(target: str, seconds: float, keep: Path) -> Figures:
    """Fuzz one target in processes of its own; findings stay in ``keep/TARGET``."""
    folder = keep / target
    seeds, corpus = folder / "seeds", folder / "corpus"
    for path in (seeds, corpus):
        path.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(_seeds(target)):
        if len(seed) <= MAX_BYTES:
            (seeds / f"{number:04d}").write_bytes(seed)
    figures = Figures(target)
    begin = time.monotonic()
    while (left := seconds - (time.monotonic() - begin)) >= 1 and figures.findings < MAX_FINDINGS:
        command = [sys.executable, "-m", "bench.fuzz", "--target", target, "--child", str(folder), "--seconds"]
        done = subprocess.run([*command, str(int(left))], capture_output=True, check=False)
        log = done.stderr.decode("utf-8", "replace")
        counts = [int(number) for number in re.findall(r"^#(\d+)\s", log, re.MULTILINE)]
        counts += [int(number) for number in re.findall(r"number_of_executed_units: (\d+)", log)]
        figures.executions += max(counts, default=0)
        figures.edges = max([figures.edges, *(int(number) for number in re.findall(r" cov: (\d+)", log))])
        if done.returncode:
            figures.findings += 1
            said = done.stdout.decode("utf-8", "replace")
            (folder / f"finding-{figures.findings:02d}.log").write_text(
                said[-20_000:] + log[-20_000:], encoding="utf-8"
            )
            if not counts:
                break  # it did not even start, or a seed is a finding: the log says which
    figures.seconds = time.monotonic() - begin
    shutil.rmtree(seeds)
    return figures


def _child(target: str, seconds: int, folder: Path) -> None:
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=INSTRUMENTED):
        for name in ("crawler.feeds", "crawler.sitemaps", "crawler.sections", "crawler.opml", "pipelines.extract"):
            importlib.import_module(name)
        importlib.import_module("pipelines.warc")
        importlib.import_module("feedparser")
        importlib.import_module("dateparser")
    one = TARGETS[target]

    def run(data: bytes) -> None:
        try:
            one(data)
        except NewstoneError:
            return

    limits = [f"-timeout={INPUT_SECONDS}", f"-rss_limit_mb={MEMORY_MB}", f"-max_len={MAX_BYTES}", "-verbosity=1"]
    options = [f"-max_total_time={seconds}", f"-artifact_prefix={folder}/", "-print_final_stats=1", "-seed=7"]
    atheris.Setup([sys.argv[0], *limits, *options, str(folder / "corpus"), str(folder / "seeds")], run)
    atheris.Fuzz()


def main() -> int:
    """Fuzz the chosen targets one after the other and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for each target")
    parser.add_argument("--target", action="append", choices=TARGETS)
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    parser.add_argument("--repeat", type=Path, help="run one kept input alone")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    chosen = given.target or list(TARGETS)
    if given.child is not None:
        _child(chosen[0], int(given.seconds), given.child)
        return 0
    if given.repeat is not None:
        TARGETS[chosen[0]](given.repeat.read_bytes())
        return 0
    rows = [fuzz(target, given.seconds, given.keep) for target in chosen]
    print("| target | executions | executions/s | edges | findings |\n|---|---|---|---|---|")
    for row in rows:
        rate = row.executions / row.seconds if row.seconds else 0.0
        print(f"| {row.target} | {row.executions} | {rate:.0f} | {row.edges} | {row.findings} |")
    return 1 if any(row.findings for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
