"""Name resolution that gives only addresses the policy lets through: what was checked is what is connected to."""

import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.addresses import AddressPolicy
from crawler.night import policy_from_settings

# The interfaces of Twisted have no self in their signatures, so that types cannot be checked against them: Any here.

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.internet.base import ReactorBase


@implementer(IHostnameResolver)
class GuardedResolver:
    """Resolves as the reactor does and drops the addresses that the policy refuses.

    A name of which every address was dropped looks unresolvable to the caller; ``refusals`` then tells why, by host
    and port. Results are not cached: each connection checks the address that it uses.
    """

    def __init__(self, inner: Any, policy: AddressPolicy) -> None:
        self.policy = policy
        self.refusals: dict[tuple[str, int], str] = {}
        self._inner = inner
        self._reactor: Any = None

    @classmethod
    def from_crawler(cls, crawler: "Crawler", reactor: "ReactorBase") -> Self:
        """Make the resolver that Scrapy installs (setting TWISTED_DNS_RESOLVER)."""
        resolver = cls(reactor.nameResolver, policy_from_settings(crawler.settings))
        resolver._reactor = reactor
        return resolver

    def install_on_reactor(self) -> None:
        """Let the reactor resolve all names through this."""
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 (the interface of Twisted)
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[Any] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """Resolve a name; the receiver gets the addresses that may be contacted on this port."""
        self.refusals.pop((hostName, portNumber), None)
        receiver = _Sieve(resolutionReceiver, self, hostName, portNumber)
        return self._inner.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)


@implementer(IResolutionReceiver)
class _Sieve:
    def __init__(self, outer: Any, resolver: GuardedResolver, host: str, port: int) -> None:
        self._outer = outer
        self._resolver = resolver
        self._host = host
        self._port = port
        self._passed = 0
        self._reason = ""

    def resolutionBegan(self, resolutionInProgress: Any) -> None:  # noqa: N802, N803
        self._outer.resolutionBegan(resolutionInProgress)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        literal = ipaddress.ip_address(str(address.host).partition("%")[0])
        reason = self._resolver.policy.refusal_of_address(self._host, self._port, literal)
        if reason:
            self._reason = reason
            return
        self._passed += 1
        self._outer.addressResolved(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        if self._reason and not self._passed:
            self._resolver.refusals[self._host, self._port] = self._reason
        self._outer.resolutionComplete()
