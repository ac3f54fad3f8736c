"""What is said of failed requests, for a person."""

import pytest
from OpenSSL import SSL
from scrapy.exceptions import CannotResolveHostError, DownloadFailedError
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from twisted.internet.error import ConnectError, ConnectionLost, DNSLookupError
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed

from crawler.failures import outcome_of_error
from pipelines.outcomes import Outcome


def failed(error: Exception) -> BaseException:
    """The exception as Scrapy hands it over."""
    with pytest.raises((DownloadFailedError, CannotResolveHostError)) as caught, wrap_twisted_exceptions():
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        ([ConnectionLost()], "the connection broke off"),
        ([ConnectionLost(), ConnectionLost("again")], "the connection broke off"),
        ([SSL.Error([("SSL routines", "", "certificate verify failed")])], "certificate verify failed"),
        ([SSL.Error([("SSL routines", "", "wrong version number")])], "TLS: wrong version number"),
        ([SSL.Error([])], "TLS: the connection broke off"),
        ([ConnectError(string="refused")], "ConnectError: An error occurred while connecting: refused."),  # type: ignore[no-untyped-call]
    ],
    ids=["lost", "lost-twice", "certificate", "tls", "tls-silent", "other"],
)
def test_a_failed_download_is_said_in_plain_words(reasons: list[Exception], said: str) -> None:
    error = failed(ResponseFailed([Failure(reason) for reason in reasons]))  # type: ignore[no-untyped-call]
    assert outcome_of_error(error) == (Outcome.CONNECTION_ERROR, said)


def test_a_name_that_does_not_resolve_keeps_the_word_by_which_it_is_known() -> None:
    outcome, detail = outcome_of_error(failed(DNSLookupError("no such name")))
    assert outcome is Outcome.CONNECTION_ERROR
    assert detail.startswith("CannotResolveHostError: ")
