"""Reads the log of the server of the press: what newstone was given, and when."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from bench.simulation.plan import DELIVERED, PageAnswer


@dataclass(slots=True)
class Delivered:
    """What was delivered; nights are numbers."""

    pages: dict[int, list[tuple[int, PageAnswer]]] = field(default_factory=lambda: defaultdict(list))  # by story
    listed: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))  # nights, by story
    asked: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))  # nights of good listings, by outlet
    again: list[tuple[str, int, int]] = field(default_factory=list)  # path, night before, night: fetched twice

    def answers(self, story: int) -> set[PageAnswer]:
        """Give the answers that a story's addresses gave."""
        return {answer for _, answer in self.pages.get(story, ())}


def read_delivered(log_file: Path, *, least_days: int, killed_nights: set[int]) -> Delivered:
    """Read the log; ``again`` holds pages that were fetched again within ``least_days`` though no run was killed."""
    found = Delivered()
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
                found.again.append((address, before[0], night))
            last[address] = (night, row["run"])
    return found
