"""Work that the crash tests kill: ``python -m tests.db.crash_child load|publish STORE SNAPSHOT``."""

import sys
from pathlib import Path

from db.backlog import mentions_to_score, processed_parts, revisions_to_match, revisions_without_themes
from db.loader import (
    load_mentions,
    load_part,
    load_scores,
    record_model,
    record_run_start,
    record_sources,
    record_watchlist,
)
from db.publish import publish
from db.rows import PageRow, RunStart, ThemeRow, ThemeSetRow
from db.themes import ThemeHit, load_theme_hits, record_theme_set
from db.writer import Writer, open_writer
from tests.db import build

PARTS = 8
PAGES = 250  # a part is then written in some tens of milliseconds: long enough to be hit
LIMIT = 300


def load(store: Path) -> None:
    with open_writer(store) as writer:
        record_run_start(writer, RunStart("run1", "nightly", build.NOON, "0", "c"))
        record_sources(writer, [build.source()], build.NOON)
        record_watchlist(writer, build.WATCHLIST, build.NOON)
        record_model(writer, build.MODEL, build.NOON)
        record_theme_set(writer, ThemeSetRow("t1", (ThemeRow("trade", "Trade", "Handel"),)), build.NOON)
        for number in range(PARTS):
            name = f"part{number}"
            if name not in processed_parts(writer):
                pages = [
                    build.page(f"https://a.example/{number}/{i}", f"Acme {number} {i}. " * 99) for i in range(PAGES)
                ]
                load_part(writer, build.part(name, pages), pages)
                _say(name)
        _match_and_score(writer)


def _match_and_score(writer: Writer) -> None:
    mentions = {}
    for number in range(PARTS):
        found = [build.mention(page) for page in _pages(number)]
        mentions.update({mention.revision_id: mention for mention in found})
    while todo := revisions_to_match(writer, "w1", LIMIT):
        load_mentions(writer, "w1", [(text.revision_id, [mentions[text.revision_id]]) for text in todo], "run1")
        _say("matched")
    while todo := revisions_without_themes(writer, "t1", LIMIT):
        hits = [
            (text.revision_id, [ThemeHit("trade", i % 3 + 1, False, False, True)][: i % 2])
            for i, text in enumerate(todo)
        ]
        load_theme_hits(writer, "t1", hits, "run1")
        _say("themed")
    while batch := mentions_to_score(writer, "tiny", "r1", "w1", LIMIT):
        load_scores(writer, [build.score(mention, len(mention.sentence) % 7 / 7) for mention in batch], "run1")
        _say("scored")


def _pages(number: int) -> list[PageRow]:
    return [build.page(f"https://a.example/{number}/{i}", f"Acme {number} {i}. " * 99) for i in range(PAGES)]


def _say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1] == "load":
        load(Path(sys.argv[2]))
    else:
        for _ in range(50):
            publish(Path(sys.argv[2]), Path(sys.argv[3]), now=build.NOON)
            _say("published")
