"""A limit on the head of an answer. Twisted has one on each line of it and none on their number."""

from typing import Any

MAX_HEAD_BYTES = 512 * 1024
"""Status line and headers, 1xx answers before it included; browsers give up at 256 KiB. Measured by what the network
hands over, so that the first piece of the body may count."""


class HeadTooLargeError(ValueError):
    """An answer that sends headers without end."""


def limit_heads() -> None:
    """Let every HTTP client of this process give up an answer whose head is larger than MAX_HEAD_BYTES."""
    from twisted.web._newclient import HEADER, STATUS, HTTPClientParser

    unlimited: Any = HTTPClientParser.dataReceived
    if getattr(unlimited, "limits_heads", False):
        return

    def limited(self: Any, data: bytes) -> None:
        if self.state in (STATUS, HEADER):
            self.newstone_head_bytes = getattr(self, "newstone_head_bytes", 0) + len(data)
            if self.newstone_head_bytes > MAX_HEAD_BYTES:
                raise HeadTooLargeError(f"the head of the answer is larger than {MAX_HEAD_BYTES} bytes")
        unlimited(self, data)

    limited.limits_heads = True  # type: ignore[attr-defined]
    HTTPClientParser.dataReceived = limited  # type: ignore[method-assign]
