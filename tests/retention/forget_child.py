"""A takedown, or a pruning, killed at a named point: ``python -m tests.retention.forget_child ROOT WHAT POINT``.

A point is "module:function:N"; the process is killed in place of the N-th call of that function.
"""

import importlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from db.forget_selection import SelectedBy, Takedown
from newstone.config import load_project
from newstone.forgetting import forget_pages
from newstone.jobs import Stage, run_stages
from newstone.stages import pruning
from newstone.stages.publishing import publish_snapshot
from tests.retention import press


def die_at(point: str) -> None:
    """Replace a function by one that kills this process when it is called for the N-th time."""
    module_name, name, number = point.split(":")
    module = importlib.import_module(module_name)
    real: Callable[..., Any] = getattr(module, name)
    calls = 0

    def deadly(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == int(number):
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)

    setattr(module, name, deadly)


def stages_of(what: str) -> tuple[Stage, ...]:
    if what == "forget":
        return (forget_pages(Takedown(SelectedBy.URL, press.url("reserved"))), publish_snapshot)
    pruning.utc_now = lambda: press.MONTH_LATER  # type: ignore[attr-defined]
    return (pruning.prune_store, publish_snapshot)


def main(root: str, what: str, point: str) -> None:
    if point:
        die_at(point)
    run_stages(load_project(Path(root)), what, stages_of(what), lambda _progress: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
