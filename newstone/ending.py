"""How a run of several stages takes signals: SIGTERM lets the running stage end, a second one ends at once.

SIGINT (Ctrl-C) always ends at once: who sits at the terminal can start the rest whenever they like, and what a stage
had in hand is rolled back. The crawl takes both by itself: it stops within seconds, and what waits stays pending.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

NOTICE = b"newstone: ending after the running stage; a second SIGTERM ends at once\n"


class EndRequest:
    """Whether somebody asked this run to end."""

    def __init__(self) -> None:
        self.is_made = False
        self.is_closing = False
        """True while the end of the run is recorded; a signal then waits for it, since it takes no time."""


@contextmanager
def taking_signals(*, after_stage: bool) -> Iterator[EndRequest]:
    """Take SIGTERM and SIGINT for the length of a ``with`` block; outside of the main thread nothing is changed.

    ``after_stage`` False lets the first SIGTERM end at once, too: where no other stage follows, waiting for the end of
    the running one would be the same as ignoring the signal.

    Raises:
        KeyboardInterrupt: a signal that ends at once came, wherever the block was.
    """
    request = EndRequest()

    def take(number: int, frame: FrameType | None) -> None:
        del frame
        is_first, request.is_made = not request.is_made, True
        if request.is_closing:
            return
        if number == signal.SIGTERM and is_first and after_stage:
            os.write(2, NOTICE)  # not through sys.stderr, which the signal may have interrupted
            return
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    # an ignored SIGINT stays ignored: that is how a shell starts what runs in its background
    numbers = [n for n in (signal.SIGTERM, signal.SIGINT) if signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, take) for number in numbers}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
