"""A small project of our own pages, fetched over three nights, whose texts hold words that stand nowhere else."""

import gzip
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from newstone.config import Project, load_project
from newstone.demo.project import make_demo_project
from newstone.jobs import RunReport, Stage, run_stages
from newstone.stages.extracting import extract_parts
from newstone.stages.matching import match_articles
from newstone.stages.publishing import publish_snapshot
from newstone.stages.scoring import score_backlog
from pipelines.ids import stable_id
from pipelines.outcomes import Outcome
from pipelines.records import FeedItem, Page, Rights
from pipelines.spool import PART_SUFFIX, folder
from pipelines.warc import page_bytes

NIGHTS = tuple(datetime(2025, 1, day, 2, 30, tzinfo=UTC) for day in (10, 20, 30))
MONTH_LATER = NIGHTS[1] + timedelta(days=31)
"""The pages of the first two nights are older than 30 days then, those of the third are not."""
RESERVED = Rights(True, "", ("header tdm-reservation: 1",))
PERMITTED = Rights(False, "", ("header tdm-reservation: 0",))
SILENT = Rights()
FIRST, SECOND = "bay_ledger", "fen_review"
"""Two sources of the demo."""

WATCHLIST = """\
subject = "deepseek"

[[entity]]
id = "deepseek"
name = "DeepSeek"
role = "subject"
names = ["DeepSeek"]

[[entity]]
id = "nvidia"
name = "Nvidia"
role = "supplier"
names = ["Nvidia"]

[[theme]]
id = "markets"
name = { en = "Markets", de = "Märkte" }
words_in.en = ["analysts said"]
"""
"""Two companies and a theme: the shipped list takes most of a test's time to read."""


def url(name: str) -> str:
    return f"http://{name}.bayledger.example/2025/01/story.html"


def word(name: str, place: str) -> str:
    """A word that stands only at one place of one text; no compression shortens it away."""
    return "q" + stable_id(name, place)[:14]


def html(name: str, *, canonical: str = "", told: int = 1) -> bytes:
    """A page with a lead, three paragraphs with words of their own, and two that name a watched company."""
    paragraphs = [
        f"The harbour town woke to {word(name, 'lead')} on the quay, and nobody there could say at once what it meant.",
        f"DeepSeek delighted its users with {word(name, 'praise')} after months. Prices of {word(name, 'aside')} held.",
        f"Nothing in the {word(name, 'body')} report concerned anybody who lives farther than a mile from the shore.",
        f"Nvidia suffered a painful {word(name, 'blow')} that day, analysts said. The gulls took no notice of it.",
        f"Version {told} of this account was read aloud in the {word(name, 'hall')} before the doors were closed.",
    ]
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f"<html lang='en'><head><title>Harbour notes {word(name, 'title')}</title>{link}"
        f"</head><body><article><h1>Harbour notes {word(name, 'title')}</h1>{body}</article></body></html>"
    ).encode()


def page(
    name: str,
    at: datetime,
    *,
    address: str = "",
    rights: Rights = SILENT,
    source_id: str = FIRST,
    canonical: str = "",
    attempt: int = 1,
    told: int = 1,
    text_of: str = "",
) -> Page:
    where = address or url(name)
    return Page(
        url=where,
        final_url=where,
        source_id=source_id,
        fetched_at=at,
        attempt=attempt,
        status=200,
        headers=(("content-type", "text/html; charset=utf-8"),),
        body=html(text_of or name, canonical=canonical, told=told),
        item=FeedItem(
            where, title=f"Feed {word(name, 'feed-title')}", summary=f"Feed {word(name, 'summary')}", found_by="feed"
        ),
        rights=rights,
    )


def failure(name: str, at: datetime, outcome: Outcome = Outcome.TIMEOUT) -> Page:
    return replace(page(name, at), body=b"", status=None, headers=(), outcome=outcome, detail="after 60 s")


def write_part(project: Project, at: datetime, pages: Sequence[Page]) -> Path:
    """Write a part that waits for extraction, named as if it had been opened then."""
    name = f"{at:%Y%m%dT%H%M%S.%fZ}-{stable_id(*[p.url for p in pages])[:8]}{PART_SUFFIX}"
    path = folder(project.data_dir, "new") / name
    path.write_bytes(b"".join(page_bytes(each) for each in pages))
    return path


PRESS: tuple[tuple[datetime, tuple[Page, ...]], ...] = (
    (
        NIGHTS[0],
        (
            page("reserved", NIGHTS[0], rights=RESERVED),
            page("open", NIGHTS[0]),
            failure("late", NIGHTS[0]),
            replace(page("thin", NIGHTS[0], rights=RESERVED), body=f"<p>{word('thin', 'body')}</p>".encode()),
        ),
    ),
    (
        NIGHTS[1],
        (
            page("late", NIGHTS[1], attempt=2),
            # the same article under a second address, and a later telling of it
            page("reserved", NIGHTS[1], address=url("reserved") + "?page=all", canonical=url("reserved")),
            page("revised", NIGHTS[1]),
            page("copy", NIGHTS[1], source_id=SECOND, text_of="open"),
        ),
    ),
    (
        NIGHTS[2],
        (
            page("revised", NIGHTS[2], attempt=2, told=2),
            page("other", NIGHTS[2], source_id=SECOND),
            page("fresh", NIGHTS[2], rights=RESERVED),
            page("permitted", NIGHTS[2], rights=PERMITTED, source_id=SECOND),
        ),
    ),
)
STAGES: tuple[Stage, ...] = (extract_parts, match_articles, score_backlog, publish_snapshot)


def make_press(where: Path) -> Project:
    """Make the project and put all three nights through the stages."""
    project = make_demo_project(where)
    project.file.write_text(f"{project.file.read_text()}\n[extract]\nworkers = 1\n")
    project = load_project(project.file)
    project.watchlist_file.write_text(WATCHLIST, encoding="utf-8")
    for at, pages in PRESS:
        write_part(project, at, pages)
    run(project, *STAGES)
    return project


def copy_press(project: Project, where: Path) -> Project:
    shutil.copytree(project.root, where)
    return load_project(where / "newstone.toml")


def run_sound(project: Project, *stages: Stage) -> RunReport:
    """Run stages as one run without a problem; publishing makes all checks, and none of them may even warn."""
    report = run_stages(project, "test", stages, lambda _progress: None)
    assert report.problems == ()
    assert [result.counts.get("warnings", 0) for result in report.stages if result.stage == "publish"] in ([], [0])
    return report


def run(project: Project, *stages: Stage) -> dict[str, int]:
    """Run stages as :func:`run_sound` does; gives their counts together."""
    report = run_sound(project, *stages)
    return {name: count for result in report.stages for name, count in result.counts.items()}


def files_with(root: Path, *needles: str) -> list[str]:
    """Give the files below a folder in whose bytes, or in whose unpacked pages, one of some words stands."""
    found = []
    for path in _files(root):
        data = _bytes_of(path)
        if any(needle.encode() in data for needle in needles):
            found.append(str(path.relative_to(root)))
    return found


def _files(root: Path) -> Iterator[Path]:
    yield from (path for path in sorted(root.rglob("*")) if path.is_file())


def _bytes_of(path: Path) -> bytes:
    data = path.read_bytes()
    if path.name.endswith(".gz"):
        data += gzip.decompress(data)
    return data


def days_after(at: datetime, days: float) -> datetime:
    return at + timedelta(days=days)
