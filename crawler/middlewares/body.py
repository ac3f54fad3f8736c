"""Unpacks bodies within the size limit and keeps the headers as they were received."""

from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest

from crawler.failures import FetchFailedError
from crawler.night import fetch_of
from pipelines.outcomes import Outcome

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.http import Response


class BodyMiddleware(HttpCompressionMiddleware):
    """Scrapy's decompression with outcomes: ``too_large`` beyond the limit, ``truncated`` for what cannot be unpacked.

    Memory stays within the limit: unpacking stops there.
    """

    def process_response(
        self,
        request: "Request",
        response: "Response",
        spider: "Spider | None" = None,  # noqa: ARG002 (the signature of Scrapy)
    ) -> "Request | Response":
        """Give the answer with its body unpacked.

        Raises:
            FetchFailedError: too large, or damaged.
        """
        fetch = fetch_of(request)
        fetch.headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, values in response.headers.items()
            for value in values
        )
        fetch.last_url = response.url
        try:
            return super().process_response(request, response)
        except IgnoreRequest as error:  # Scrapy raises it here at the limit only
            limit = f"{self._max_size} bytes"
            detail = f"{len(response.body)} bytes grow beyond the limit of {limit} when unpacked"
            raise FetchFailedError(Outcome.TOO_LARGE, detail) from error
        except Exception as error:  # each of the four decoders has errors of its own
            raise FetchFailedError(Outcome.TRUNCATED, f"the body cannot be unpacked: {error!r}") from error
