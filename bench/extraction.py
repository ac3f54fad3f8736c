r"""Measure extraction on pages with known truth, trafilatura beside ours, in one process on one core.

    python bench/extraction.py --pages FOLDER [--json FILE] [--misses N]

FOLDER holds ``index.jsonl`` (id, file, url, language, publisher, title, authors, date, body, gt_kind, free_access;
null = not known) and the gzipped pages. Body: mean over pages of the F1 of 4-grams (as multisets) of tokens ``\w+``,
single characters in scripts written without spaces. Title: same after Unicode normalisation, case and punctuation
aside. Date: same day in the offset of the truth; where it names none, the day as the page writes it or as the source
has it. Authors: the same set. Paywall: our outcome against free_access. CPU: process time of the whole call.
"""

import argparse
import gzip
import json
import re
import statistics
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipelines.clock import utc_now
from pipelines.dates import parse_date
from pipelines.extract import EXTRACTOR, SourceHints, extract_article
from pipelines.outcomes import Outcome
from pipelines.records import Page

GRAM_TOKENS = 4
MIN_GROUP_PAGES = 10
HAND_MARKED = frozenset({"session_annotated"})
REVIEWED = frozenset({"parser_reviewed"})
ZONES = {
    "en": "America/New_York",
    "de": "Europe/Berlin", "fr": "Europe/Paris", "es": "Europe/Madrid", "it": "Europe/Rome", "zh": "Asia/Shanghai",
    "ja": "Asia/Tokyo", "ko": "Asia/Seoul", "ru": "Europe/Moscow", "tr": "Europe/Istanbul", "pl": "Europe/Warsaw",
    "pt": "America/Sao_Paulo", "uk": "Europe/Kyiv", "hi": "Asia/Kolkata", "id": "Asia/Jakarta",
}  # fmt: skip
"""A zone for sources of each language: the index names none."""

_TOKEN = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    r"|[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)


@dataclass
class PageResult:
    """What one tool made of one page; None where there is no truth."""

    page_id: str
    language: str
    publisher: str
    gt_kind: str
    body: float | None = None
    title: bool | None = None
    date: bool | None = None
    has_clock: bool | None = None
    authors: bool | None = None
    is_free: bool | None = None
    seconds: float = 0.0
    outcome: str = ""
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """The fields that a tool gave."""

    text: str
    title: str
    authors: tuple[str, ...]
    at: datetime | None
    day: str  # ISO day for a tool that gives no more
    has_clock: bool
    outcome: str = ""


def grams(text: str) -> Counter[tuple[str, ...]]:
    """Give the 4-grams of a text with their counts; a shorter text is one gram."""
    tokens = _TOKEN.findall(text.replace("\u200c", "").replace("\u200d", ""))
    if 0 < len(tokens) < GRAM_TOKENS:
        return Counter([tuple(tokens)])
    return Counter(tuple(tokens[i : i + GRAM_TOKENS]) for i in range(len(tokens) - GRAM_TOKENS + 1))


def body_f1(found: str, truth: str) -> float:
    """Give the F1 of two texts' 4-grams, 0..1."""
    a, b = grams(found), grams(truth)
    if not a or not b:
        return float(not a and not b)
    return 2 * sum((a & b).values()) / (sum(a.values()) + sum(b.values()))


def same_text(found: str, truth: str) -> bool:
    """Tell whether two titles are the same apart from case, punctuation and spaces."""

    def key(text: str) -> str:
        return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()

    return key(found) == key(truth)


def same_day(reading: Reading, truth: str, zone: str) -> bool:
    """Tell whether the reading falls on the truth's day: in its own offset, else as the page or the source has it."""
    wanted = datetime.fromisoformat(truth)
    if reading.at is None or (wanted.tzinfo is None and reading.day == wanted.date().isoformat()):
        return reading.day == wanted.date().isoformat()
    return reading.at.astimezone(wanted.tzinfo or ZoneInfo(zone)).date() == wanted.date()


def name_set(names: Iterable[str]) -> set[str]:
    """Give author names for comparison."""
    return {" ".join(unicodedata.normalize("NFKC", name).casefold().split()) for name in names}


def run_ours(body: bytes, url: str, language: str, zone: str) -> Reading:
    """Read a page with newstone."""
    page = Page(url=url, final_url=url, source_id="bench", fetched_at=utc_now(), status=200, body=body)
    extraction = extract_article(page, SourceHints(language=language, zone=zone))
    article = extraction.article
    if article is None:
        return Reading("", "", (), None, "", False, extraction.outcome)
    known = article.published_basis != "first_seen"
    written = parse_date(article.published_raw, zone=zone, language=article.language, now=page.fetched_at)
    return Reading(
        article.text,
        article.title,
        article.authors,
        article.published_at if known else None,
        written.day.isoformat() if written is not None else "",
        article.published_has_time and known,
        extraction.outcome,
    )


def run_trafilatura(body: bytes, url: str, _language: str, _zone: str) -> Reading:
    """Read a page with trafilatura's defaults, comments off."""
    from trafilatura import bare_extraction

    found = bare_extraction(body, url=url, include_comments=False, with_metadata=True)
    if found is None or isinstance(found, dict):
        return Reading("", "", (), None, "", False)
    names = tuple(part.strip() for part in (found.author or "").split(";") if part.strip())
    return Reading(found.text or "", found.title or "", names, None, found.date or "", False)


def measure(
    rows: Sequence[dict[str, object]], folder: Path, tool: Callable[[bytes, str, str, str], Reading]
) -> list[PageResult]:
    """Run one tool over all pages that have any truth."""
    results = []
    for row in rows:
        language, url = str(row["language"]), str(row["url"] or "https://example.org/article")
        zone = ZONES.get(language, "UTC")
        body = gzip.decompress((folder / str(row["file"])).read_bytes())
        start = time.process_time()
        reading = tool(body, url, language, zone)
        result = PageResult(str(row["id"]), language, str(row["publisher"]), str(row["gt_kind"]))
        result.seconds = time.process_time() - start
        result.outcome = reading.outcome
        result.is_free = bool(row["free_access"]) if row.get("free_access") is not None else None
        if row["body"]:
            result.body = body_f1(reading.text, str(row["body"]))
        if row["title"]:
            result.title = same_text(reading.title, str(row["title"]))
            result.detail["title"] = f"{reading.title!r} for {row['title']!r}"
        if row["date"]:
            result.date = same_day(reading, str(row["date"]), zone)
            result.has_clock = reading.has_clock
            result.detail["date"] = f"{reading.at or reading.day} for {row['date']}"
        if isinstance(row["authors"], list):
            result.authors = name_set(reading.authors) == name_set(map(str, row["authors"]))
            result.detail["authors"] = f"{list(reading.authors)} for {row['authors']}"
        results.append(result)
    return results


def interval(values: Sequence[float], draws: int = 1000) -> tuple[float, float, float]:
    """Give the mean and its 95 % bootstrap interval."""
    array = np.asarray(values, dtype=float)
    means = np.random.default_rng(7).choice(array, (draws, len(array))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(array.mean()), float(low), float(high)


def describe(name: str, ours: Sequence[float], theirs: Sequence[float]) -> None:
    """Print one line of the table."""
    if ours:
        mean, low, high = interval(ours)
        print(f"{name:<34} {len(ours):>4}   {statistics.fmean(theirs):.3f}   {mean:.3f} [{low:.3f}, {high:.3f}]")


def table(ours: list[PageResult], theirs: list[PageResult]) -> None:
    """Print trafilatura beside ours."""
    print(f"{'measure':<34} {'n':>4}   trafilatura  {EXTRACTOR}")

    def line(name: str, value: Callable[[PageResult], float | None], keep: Callable[[PageResult], bool]) -> None:
        pairs = [(value(a), value(b)) for a, b in zip(ours, theirs, strict=True) if keep(a)]
        known = [(float(a), float(b or 0.0)) for a, b in pairs if a is not None]
        describe(name, [a for a, _ in known], [b for _, b in known])

    line("body F1, all", lambda r: r.body, lambda _: True)
    for kind in sorted({r.gt_kind for r in ours if r.body is not None}):
        line(f"body F1, {kind}", lambda r: r.body, lambda r, kind=kind: r.gt_kind == kind)  # type: ignore[misc]
    groups = Counter(r.language for r in ours if r.body is not None)
    for language, count in groups.most_common():
        if count >= MIN_GROUP_PAGES:
            line(f"body F1, {language}", lambda r: r.body, lambda r, code=language: r.language == code)  # type: ignore[misc]
    small = {language for language, count in groups.items() if count < MIN_GROUP_PAGES}
    line("body F1, smaller languages", lambda r: r.body, lambda r: r.language in small)
    line("title, reviewed", lambda r: r.title, lambda r: r.gt_kind in REVIEWED)
    line("title, hand-marked", lambda r: r.title, lambda r: r.gt_kind in HAND_MARKED)
    groups_of_truth = {"reviewed or hand-marked": REVIEWED | HAND_MARKED, "all": {r.gt_kind for r in ours}}
    for name, kinds in groups_of_truth.items():
        line(f"date, {name}", lambda r: r.date, lambda r, kinds=kinds: r.gt_kind in kinds)  # type: ignore[misc]
        line(f"clock time, {name}", lambda r: r.has_clock, lambda r, kinds=kinds: r.gt_kind in kinds)  # type: ignore[misc]
        line(f"authors, {name}", lambda r: r.authors, lambda r, kinds=kinds: r.gt_kind in kinds)  # type: ignore[misc]
    for name, results in (("trafilatura", theirs), ("ours", ours)):
        milliseconds = sorted(r.seconds * 1000 for r in results)
        p95 = milliseconds[int(len(milliseconds) * 0.95)]
        median = statistics.median(milliseconds)
        print(f"CPU ms {name:<12} median {median:.1f}  p95 {p95:.1f}  sum {sum(milliseconds):.0f}")
    print("outcomes", dict(Counter(r.outcome for r in ours).most_common()))


def paywalls(results: list[PageResult]) -> None:
    """Print how our paywall outcome agrees with what is known of the pages."""
    known = [r for r in results if r.is_free is not None]
    if known:
        found = [r for r in known if r.outcome == Outcome.PAYWALL]
        walled = [r for r in known if not r.is_free]
        right = sum(1 for r in found if not r.is_free)
        print(f"paywall: {right} of {len(found)} found are right, {right} of {len(walled)} are found, n={len(known)}")


def misses(results: list[PageResult], limit: int) -> None:
    """Print up to ``limit`` misses of each field: what was read for what is true."""
    for name in ("date", "authors", "title"):
        wrong = [r for r in results if getattr(r, name) is False][:limit]
        for result in wrong:
            print(f"{name:<8} {result.page_id} {result.publisher} {result.outcome}: {result.detail[name]}")


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, default=Path(__file__).resolve().parents[2] / "shared/newsroom/pages")
    parser.add_argument("--json", type=Path, help="write the result of every page here")
    parser.add_argument("--misses", type=int, default=0, help="print so many misses of each field")
    parser.add_argument("--skip-peer", action="store_true", help="do not run trafilatura beside ours")
    arguments = parser.parse_args()
    lines = (arguments.pages / "index.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    warm = rows[:20]
    measure(warm, arguments.pages, run_ours)
    measure(warm, arguments.pages, run_trafilatura)
    ours = measure(rows, arguments.pages, run_ours)
    theirs = ours if arguments.skip_peer else measure(rows, arguments.pages, run_trafilatura)
    table(ours, theirs)
    paywalls(ours)
    misses(ours, arguments.misses)
    if arguments.json:
        arguments.json.write_text("\n".join(json.dumps(asdict(r), ensure_ascii=False) for r in ours), encoding="utf-8")


if __name__ == "__main__":
    main()
