"""Lines of a server of the user's own that answers without end."""

from collections.abc import AsyncGenerator
from http import HTTPStatus

from yarl import URL

from pumphouse.core.errors import BadResponse
from pumphouse.core.ports import Host
from pumphouse.http.wire import Wire

__all__ = ["stream_lines"]

_LONGEST_LINE_BYTES = 1024 * 1024


async def stream_lines(
    address: str, *, host: Host, receiver: str, silence_secs: float
) -> AsyncGenerator[list[bytes], None]:
    """What `address` answers, several lines at a time; blank lines are left out.

    Args:
        receiver: the name people know the server by.
        silence_secs: after how long without a byte the connection counts as dead.

    Raises:
        Unreachable: no answer came, or the connection broke.
        BadResponse: it answers with something else.
    """
    url = URL(address)
    rest = b""
    async with Wire(host, vendor=receiver) as wire:
        opened = wire.stream(url, headers={}, middlewares=(), silence_secs=silence_secs)
        async with opened as stream:
            if stream.status != HTTPStatus.OK:
                raise BadResponse(f"{receiver} answers GET {url.path} with HTTP {stream.status}.")
            yield []
            async for chunk in stream.chunks:
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > _LONGEST_LINE_BYTES:
                    raise BadResponse(f"{receiver} sends lines without end; is that its address?")
                yield [line for line in lines if line.strip()]
