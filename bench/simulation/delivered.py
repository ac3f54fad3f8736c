"""Reads the log of the server of the press: what newstone was given, and when."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from bench.simulation.plan import DELIVERED, PageAnswer

CANARIES = 2
"""Known pages of an outlet that a night may fetch again, the default of [crawl] canaries."""


@dataclass(slots=True)
class Delivered:
    """What was delivered; nights are numbers."""

    pages: dict[int, list[tuple[int, PageAnswer]]] = field(default_factory=lambda: defaultdict(list))  # by story
    listed: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))  # nights, by story
    asked: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))  # nights of good listings, by outlet
    again: list[tuple[str, int, int]] = field(default_factory=list)  # path, night before, night: fetched twice
    n_canaries: int = 0  # fetched again to see that they read

    def answers(self, story: int) -> set[PageAnswer]:
        """Give the answers that a story's addresses gave."""
        return {answer for _, answer in self.pages.get(story, ())}


def read_delivered(log_file: Path, *, least_days: int, killed_nights: set[int]) -> Delivered:
    """Read the log.

    ``again`` holds pages that were fetched again within ``least_days`` though no run was killed, and beyond the
    CANARIES of their outlet in that night.
    """
    found = Delivered()
    canaries: defaultdict[tuple[str, int], int] = defaultdict(int)  # by outlet and night
    last: dict[str, tuple[int, int]] = {}  # night and run, by address
    with log_file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            night = row["night"]
            if row["kind"] == "listing":
                found.asked[row["outlet"]].add(night)
                for number in row["stories"]:
                    found.listed[number].add(night)
                continue
            answer = PageAnswer(row["answer"])
            found.pages[row["story"]].append((night, answer))
            if answer not in DELIVERED:
                continue
            address = f"{row['outlet']}{row['path']}"
            before = last.get(address)
            if before is not None and night - before[0] < least_days and before[0] not in killed_nights:
                canaries[row["outlet"], night] += 1
                if canaries[row["outlet"], night] > CANARIES:
                    found.again.append((address, before[0], night))
            last[address] = (night, row["run"])
    found.n_canaries = sum(min(n, CANARIES) for n in canaries.values())
    return found
