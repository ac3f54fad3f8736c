"""Answers that mean harm on the way: what is in them, how they are sent, where they lead."""

import gzip
import socket
import time
import zlib
from dataclasses import dataclass

import brotli  # type: ignore[import-untyped]

from pipelines.outcomes import Outcome
from tests.hostile.wire import Speak, answer

HTML = b"<!doctype html><html><head><title>t</title></head><body><p>An article about chips.</p></body></html>"
MEGABYTE = 1_000_000
BLOCK = b"x" * 65_536


@dataclass(frozen=True)
class Transfer:
    """How a host answers, and the outcome that its one page must end in; None: a page with a body."""

    speak: Speak
    outcome: Outcome | None
    or_else: Outcome | None = None  # where it depends on which of two limits is reached first


def says(data: bytes) -> Speak:
    return lambda connection: connection.sendall(data)


def body(data: bytes, *headers: str) -> Speak:
    return says(answer(data, "text/html", *headers))


def to(location: str) -> Speak:
    return says(answer(b"", "text/html", f"Location: {location}", status="302 Found"))


def packed(data: bytes, encoding: str) -> Speak:
    return body(data, f"Content-Encoding: {encoding}")


def chunked(data: bytes) -> Speak:
    return says(answer(data, "text/html", "Transfer-Encoding: chunked"))


def twice_zipped() -> bytes:
    return gzip.compress(gzip.compress(b"\0" * 60 * MEGABYTE))


def endlessly(begin: bytes, again: bytes, *, pause_seconds: float = 0.0) -> Speak:
    def speak(connection: socket.socket) -> None:
        connection.sendall(begin)
        until = time.monotonic() + 25
        while time.monotonic() < until:
            connection.sendall(again)
            time.sleep(pause_seconds)

    return speak


def silent(connection: socket.socket) -> None:
    connection.settimeout(25)
    connection.recv(1)


OPEN_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
BLOCKED, TOO_LARGE, TRUNCATED = Outcome.BLOCKED_ADDRESS, Outcome.TOO_LARGE, Outcome.TRUNCATED
BROKEN = Outcome.CONNECTION_ERROR

TRANSFERS: dict[str, Transfer] = {
    # -- what unpacks
    "honest": Transfer(body(HTML), None),
    "brotli-bomb": Transfer(packed(brotli.compress(b"\0" * 60 * MEGABYTE), "br"), TOO_LARGE),
    "deflate-bomb": Transfer(packed(zlib.compress(b"\0" * 60 * MEGABYTE), "deflate"), TOO_LARGE),
    "gzip-in-gzip-bomb": Transfer(packed(twice_zipped(), "gzip, gzip"), TOO_LARGE),
    "gzip-said-once-packed-twice": Transfer(packed(gzip.compress(gzip.compress(HTML)), "gzip"), None),
    "encodings-without-end": Transfer(packed(HTML, ", ".join(["gzip"] * 1_000)), TRUNCATED),
    "an-unknown-encoding": Transfer(packed(HTML, "x-secret"), None),
    # -- how long it is
    "length-of-an-exabyte": Transfer(body(HTML, "Content-Length: 1000000000000000000"), TOO_LARGE),
    "length-below-zero": Transfer(body(HTML, "Content-Length: -1"), BROKEN),
    "length-of-no-number": Transfer(body(HTML, "Content-Length: lots"), BROKEN),
    "length-twice": Transfer(body(HTML, "Content-Length: 10", "Content-Length: 20"), BROKEN),
    "length-too-short": Transfer(body(HTML, f"Content-Length: {len(HTML) - 20}"), None),
    "length-and-chunks": Transfer(
        body(b"5\r\n<p>hi\r\n0\r\n\r\n", "Content-Length: 5", "Transfer-Encoding: chunked"), None
    ),
    "chunk-of-an-exabyte": Transfer(chunked(b"ffffffffffffffff\r\n" + HTML), TRUNCATED),
    "chunk-below-zero": Transfer(chunked(b"-5\r\n" + HTML), TRUNCATED),
    "chunk-without-end": Transfer(chunked(b"%x\r\n" % len(HTML) + HTML), TRUNCATED),
    "chunk-extension-of-a-megabyte": Transfer(chunked(b"5;" + b"e" * MEGABYTE + b"\r\n<p>hi\r\n0\r\n\r\n"), TRUNCATED),
    "trailers-of-a-megabyte": Transfer(chunked(b"5\r\n<p>hi\r\n0\r\n" + b"X: y\r\n" * 200_000 + b"\r\n"), TRUNCATED),
    "endless-body": Transfer(endlessly(OPEN_HEAD + b"\r\n", BLOCK), TOO_LARGE, Outcome.TIMEOUT),
    "endless-chunks": Transfer(
        endlessly(OPEN_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + BLOCK + b"\r\n"),
        TOO_LARGE,
        Outcome.TIMEOUT,
    ),
    "slow-body": Transfer(endlessly(OPEN_HEAD + b"\r\n", b"x", pause_seconds=0.5), Outcome.TIMEOUT),
    "slow-head": Transfer(endlessly(OPEN_HEAD, b"X: y\r\n", pause_seconds=0.5), Outcome.TIMEOUT),
    "silence": Transfer(silent, Outcome.TIMEOUT),
    # -- heads
    "hundred-thousand-headers": Transfer(says(OPEN_HEAD + b"X: y\r\n" * 200_000 + b"\r\n" + HTML), BROKEN),
    "header-of-a-megabyte": Transfer(says(OPEN_HEAD + b"X: " + b"y" * MEGABYTE + b"\r\n\r\n" + HTML), BROKEN),
    "endless-headers": Transfer(endlessly(OPEN_HEAD, b"X: y\r\n" * 10_000), BROKEN),
    "endless-continue": Transfer(endlessly(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000), BROKEN),
    "cookies-by-the-hundred": Transfer(body(HTML, *(f"Set-Cookie: a{n}=b" for n in range(300))), None),
    "refresh-to-this-machine": Transfer(body(HTML, "Refresh: 0;url=http://127.0.0.1/"), None),
    "escape-sequences-in-headers": Transfer(body(HTML, "X-Title: \x1b]0;owned\x07"), None),
    "status-999": Transfer(says(answer(HTML, status="999 No")), Outcome.HTTP_ERROR),
    "status-of-no-number": Transfer(says(b"HTTP/1.1 abc OK\r\n\r\n"), BROKEN),
    "no-http-at-all": Transfer(says(b"SSH-2.0-OpenSSH_9.2\r\n"), BROKEN),
    "nothing": Transfer(says(b""), BROKEN),
    "an-image-called-html": Transfer(body(b"\x89PNG\r\n\x1a\n" + bytes(200)), None),
    # -- where it leads
    "to-a-file": Transfer(to("file:///etc/passwd"), BLOCKED),
    "to-gopher": Transfer(to("gopher://127.0.0.1:6379/_INFO"), BLOCKED),
    "to-javascript": Transfer(to("javascript:alert(1)"), BLOCKED),
    "to-data": Transfer(to("data:text/html,<p>x"), BLOCKED),
    "to-this-machine": Transfer(to("http://127.0.0.1/"), BLOCKED),
    "to-this-machine-as-a-number": Transfer(to("http://2130706433/"), BLOCKED),
    "to-this-machine-in-octal": Transfer(to("http://0177.0.0.1/"), BLOCKED),
    "to-this-machine-as-zero": Transfer(to("http://0.0.0.0/"), BLOCKED),
    "to-this-machine-mapped": Transfer(to("http://[::ffff:127.0.0.1]/"), BLOCKED),
    "to-this-machine-by-6to4": Transfer(to("http://[2002:7f00:1::]/"), BLOCKED),
    "to-this-machine-by-nat64": Transfer(to("http://[64:ff9b::7f00:1]/"), BLOCKED),
    "to-this-machine-without-scheme": Transfer(to("//127.0.0.1/"), BLOCKED),
    "to-this-machine-with-backslashes": Transfer(to("http:\\\\127.0.0.1\\"), BLOCKED),
    "to-this-machine-by-name": Transfer(to("http://localhost/"), BLOCKED),
    "to-metadata": Transfer(to("http://169.254.169.254/latest/meta-data/"), BLOCKED),
    "to-a-mail-server": Transfer(to("http://public.test:25/"), BLOCKED),
    "to-a-user-name": Transfer(to("http://public.test@127.0.0.1/"), BLOCKED),
    "to-a-password": Transfer(to("http://u:pw@public.test/"), BLOCKED),
    "to-a-broken-host": Transfer(to("http://a b.test/"), BLOCKED),
    "to-an-address-of-100-kilobytes": Transfer(to("http://public.test/" + "a" * 10_000), BLOCKED),
}
