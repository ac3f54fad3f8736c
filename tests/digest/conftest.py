"""A real Chromium for the tests of rendering."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.chromium import launched_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    with launched_chromium() as browser:
        yield browser
