"""A stage gives one result for every item, in order, whatever one item does."""

import errno
import os
import signal
import time
from collections.abc import Iterator
from functools import partial

import pytest

from pipelines.extract import extract_article
from pipelines.stage import IN_FLIGHT_PER_WORKER, StageFailure, run_stage
from tests.pipelines.pages import CHINESE_PARAGRAPHS, ENGLISH, ENGLISH_PARAGRAPHS, html, page


def square(number: int) -> int:
    time.sleep(0.02 if number % 3 == 0 else 0)  # so that later items are ready before earlier ones
    return number * number


def treacherous(number: int) -> int:
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 7:
        raise ValueError("seven")
    return number


def unpicklable(number: int) -> object:
    return (lambda: number) if number == 2 else number


@pytest.mark.parametrize("workers", [0, 1, 2], ids=["none", "one", "two"])
def test_results_come_in_the_order_of_the_items(workers: int) -> None:
    assert list(run_stage(square, range(20), workers=workers)) == [n * n for n in range(20)]


@pytest.mark.parametrize("workers", [1, 2], ids=["serial", "processes"])
def test_an_item_that_raises_fails_alone(workers: int) -> None:
    results = list(run_stage(treacherous, [6, 7, 8], workers=workers))

    assert results == [6, StageFailure(7, "ValueError: seven"), 8]


def test_an_item_whose_process_is_killed_fails_alone_and_the_rest_goes_on() -> None:
    results = list(run_stage(treacherous, [n for n in range(16) if n != 7], workers=2))

    failures = [result for result in results if isinstance(result, StageFailure)]
    assert [failure.item for failure in failures] == [5]
    assert "died" in failures[0].reason
    assert [result for result in results if not isinstance(result, StageFailure)] == [
        n for n in range(16) if n not in (5, 7)
    ]


def test_a_result_that_cannot_be_sent_fails_alone() -> None:
    results = list(run_stage(unpicklable, [1, 2, 3], workers=2))

    assert isinstance(results[1], StageFailure)
    assert (results[0], results[2]) == (1, 3)


def test_no_more_work_is_read_ahead_than_fits_the_workers() -> None:
    read: list[int] = []

    def source() -> Iterator[int]:
        for number in range(100):
            read.append(number)
            yield number

    results = run_stage(square, source(), workers=2)
    next(results)

    assert len(read) <= 2 * IN_FLIGHT_PER_WORKER
    assert isinstance(results, Iterator)
    del results


def fill_the_disk(item: int) -> int:
    if item == 2:
        raise OSError(errno.ENOSPC, "No space left on device")
    return item


@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk_is_the_outcome_of_no_item_but_ends_the_stage(workers: int) -> None:
    with pytest.raises(OSError, match="No space left"):
        list(run_stage(fill_the_disk, range(5), workers=workers))


def test_no_work_gives_no_results() -> None:
    assert list(run_stage(square, [], workers=2)) == []


def test_extraction_in_processes_gives_what_it_gives_here() -> None:
    pages = [page(html(ENGLISH_PARAGRAPHS)), page(html(CHINESE_PARAGRAPHS)), page(b""), page(html(("Short.",)))]
    extract = partial(extract_article, hints=ENGLISH)

    assert list(run_stage(extract, pages, workers=2)) == list(run_stage(extract, pages, workers=0))
