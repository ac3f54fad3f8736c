"""A resolver for crawls under test: every name is at an address that the test chose, guarded as in use.

The environment variable REBINDING gives the addresses, one after the other for each look-up; the last one stays.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.night import policy_from_settings
from crawler.resolver import GuardedResolver

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


@implementer(IHostnameResolver)
class FixedResolver:
    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = list(addresses)

    def resolveHostName(  # noqa: N802 (the interface of Twisted)
        self,
        receiver: Any,
        name: str,
        port: int = 0,
        types: Any = None,
        transport: str = "TCP",
    ) -> Any:
        del name, types, transport
        receiver.resolutionBegan(self)
        address = self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]
        for one in address.split("+"):
            receiver.addressResolved(IPv4Address("TCP", one, port))
        receiver.resolutionComplete()
        return self


class RebindingResolver(GuardedResolver):
    @classmethod
    def from_crawler(cls, crawler: "Crawler", reactor: Any) -> Self:
        resolver = cls(FixedResolver(os.environ["REBINDING"].split(",")), policy_from_settings(crawler.settings))
        resolver._reactor = reactor
        return resolver
