"""What a trusted proxy says about the browser behind it; what anybody else says is not believed."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from starlette.requests import HTTPConnection

__all__ = ["Proxies"]


class Proxies:
    """The proxies that the owner trusts.

    Args:
        networks: where they are, addresses or networks.
        header: in which of their headers the user's name stands; None where it stands nowhere.
    """

    def __init__(self, networks: Sequence[str], header: str | None) -> None:
        self._networks = [ip_network(network) for network in networks]
        self._header = header

    def user(self, request: HTTPConnection) -> str | None:
        """Whom the proxy has let in, None where nobody or where no trusted proxy says so."""
        if self._header is None or not self._trusts(_peer(request)):
            return None
        return request.headers.get(self._header) or None

    def address(self, request: HTTPConnection) -> str:
        """The address of the browser: the last that our proxies name and that is not theirs."""
        address = _peer(request)
        behind = request.headers.get("x-forwarded-for", "").split(",")
        while behind and self._trusts(address) and (named := behind.pop().strip()):
            address = named
        return address

    def is_secure(self, request: HTTPConnection) -> bool:
        """Whether the browser came by https."""
        if request.url.scheme == "https":
            return True
        says = request.headers.get("x-forwarded-proto", "").lower()
        return says == "https" and self._trusts(_peer(request))

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)


def _peer(request: HTTPConnection) -> str:
    return request.client.host if request.client else ""
