import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from urllib.error import HTTPError

import pytest

from newstone.demo.server import DemoNewsroom


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Message
    body: bytes


Fetch = Callable[..., Reply]


class KeepRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@pytest.fixture(scope="module")
def newsroom() -> Iterator[DemoNewsroom]:
    with DemoNewsroom() as running:
        yield running


@pytest.fixture(scope="module")
def fetch(newsroom: DemoNewsroom) -> Fetch:
    """Fetch an absolute URL through the newsroom as a proxy, without following redirects."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": newsroom.url}), KeepRedirects)

    def get(url: str, method: str = "GET", **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(url, headers=named, method=method)
        try:
            with opener.open(request, timeout=10) as answer:
                return Reply(answer.status, answer.headers, answer.read())
        except HTTPError as error:
            with error:
                return Reply(error.code, error.headers, error.read())

    return get
