"""One question per host: asked once, answered to everybody who waits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from crawler.failures import NotStartedError

T = TypeVar("T")


class AskedOnce(Generic[T]):
    """Keeps the answers of one crawl by key. A question that failed is forgotten, so that the next one asks again."""

    def __init__(self) -> None:
        self._answers: dict[str, asyncio.Future[T]] = {}

    async def answer(self, key: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Give the answer for a key; ``ask`` runs only where nobody has asked before.

        Raises:
            Exception: what ``ask`` raised, to everybody who waits for it.
            NotStartedError: the one who asked was cancelled, because the crawl ends.
        """
        known = self._answers.get(key)
        if known is not None:
            return await asyncio.shield(known)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._answers[key] = future
        try:
            answer = await ask()
        except BaseException as error:
            future.set_exception(error if isinstance(error, Exception) else NotStartedError("the crawl ends"))
            future.exception()  # nobody may be waiting: it counts as seen
            del self._answers[key]
            raise
        future.set_result(answer)
        return answer
