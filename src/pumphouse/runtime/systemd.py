"""Word to systemd, when it asked for it: ready, alive, stopping.

Protocol: one datagram of `KEY=value` lines to the socket that `NOTIFY_SOCKET` names
(sd_notify(3)); `WATCHDOG_USEC` says how often it wants to hear `WATCHDOG=1`.
"""

import os
import socket
from collections.abc import Mapping

__all__ = ["notify", "watchdog_interval"]


def notify(message: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send `message`; False where nobody asked or nobody listens, which is never an error."""
    address = environment.get("NOTIFY_SOCKET")
    if not address:
        return False
    if address.startswith("@"):  # the abstract namespace
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.connect(address)
            channel.sendall(message.encode())
    except OSError:
        return False
    return True


def watchdog_interval(environment: Mapping[str, str] = os.environ) -> float | None:
    """Seconds between two signs of life, half of what systemd allows; None if it does not ask."""
    allowed = environment.get("WATCHDOG_USEC", "")
    meant_for = environment.get("WATCHDOG_PID", "")
    if not allowed.isdecimal() or (meant_for and meant_for != str(os.getpid())):
        return None
    return int(allowed) / 2e6 or None
