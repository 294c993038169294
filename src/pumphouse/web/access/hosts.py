"""Which names in a Host header are ours.

A page on the Internet may make its own name point to this machine and then read our answers as its
own (DNS rebinding). It cannot do that with an address, nor with a name that no public server knows.
"""

import re
from collections.abc import Collection
from ipaddress import ip_address
from typing import Final

from pumphouse.config.settings import is_loopback

__all__ = ["host_name", "is_ours"]

_AUTHORITY: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?")
#: zones that never exist in the public DNS: RFC 6762, RFC 8375, and ICANN's choice for private use
_PRIVATE_ZONES: Final = (".local", ".home.arpa", ".internal")


def host_name(header: str) -> str | None:
    """The name in a Host header, in small letters and without the port; None where it is none."""
    match = _AUTHORITY.fullmatch(header)
    return match[1].strip("[]").rstrip(".").lower() if match else None


def is_ours(header: str, configured: Collection[str], *, guarded: bool) -> bool:
    """Whether a request with this Host header may be answered.

    Args:
        configured: names that the owner has listed.
        guarded: whether visitors have to log in. Where not, only this machine's own names are good.
    """
    name = host_name(header)
    if not name:
        return False
    if is_loopback(name) or name in configured:
        return True
    return guarded and (_is_address(name) or "." not in name or name.endswith(_PRIVATE_ZONES))


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
