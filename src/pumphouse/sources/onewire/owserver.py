"""A bus by owserver, which knows every chip there is and speaks a protocol of its own."""

import math
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Protocol

from pumphouse.core.errors import BadResponse, Unreachable
from pumphouse.sources.onewire.bus import Chip, Raw, model_of

__all__ = ["Owserver"]

#: what is read where a chip has it: its name there -> its name here. Newer servers say `counters`.
_PROPERTIES: Final = {
    "temperature": "temperature",
    "humidity": "humidity",
    "counter.A": "counters.A",
    "counter.B": "counters.B",
    "counters.A": "counters.A",
    "counters.B": "counters.B",
}
_CHIP: Final = re.compile(r"/?([0-9A-F]{2}\.[0-9A-F]{12})/?")
#: how long an answer about one property may take, in seconds: a conversion takes 0.75
_PATIENCE_SECS: Final = 10


class Owserver:
    """The chips behind one owserver."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._properties: dict[str, Sequence[str]] = {}

    def read(self) -> Sequence[Chip]:
        """Every chip that has something to measure; see `Bus.read`."""
        # Only who has such a bus shall pay for the library.
        from pyownet import protocol  # type: ignore[import-untyped] # noqa: PLC0415  (it has no types; see above)

        try:
            server: Server = protocol.proxy(self._host, self._port, flags=protocol.FLG_TEMP_C)
            chips = [found[1] for one in server.dir() if (found := _CHIP.fullmatch(one))]
            with suppress(protocol.OwnetError):  # there is no bus, or one without thermometers
                server.write("/simultaneous/temperature", b"1", timeout=_PATIENCE_SECS)
            return [self._chip(server, chip, protocol.OwnetError) for chip in sorted(chips)]
        except protocol.ConnError:
            raise Unreachable(
                f"No owserver answers at {self._host}:{self._port}; start it, or correct address"
            ) from None
        except protocol.OwnetTimeout:
            raise Unreachable(
                f"The owserver did not answer within {_PATIENCE_SECS} s; look at the"
                " adapter and the cable of the bus"
            ) from None
        except (protocol.Error, UnicodeError) as error:
            raise BadResponse(
                f"{self._host}:{self._port} does not speak as owserver does"
                f" ({type(error).__name__}); is it the right port?"
            ) from None

    def _chip(self, server: "Server", chip: str, refusal: type[Exception]) -> Chip:
        try:
            names = self._properties.get(chip) or self._listed(server, chip)
        except refusal:
            return Chip(chip, model_of(chip))
        raws = [_raw(server, f"/{chip}/{name}", refusal) for name in names]
        return Chip(chip, model_of(chip), raws)

    def _listed(self, server: "Server", chip: str) -> Sequence[str]:
        """What a chip has to measure; it is asked once, for it never changes."""
        listed = (path.rsplit("/", 1)[-1] for path in server.dir(f"/{chip}"))
        names = self._properties[chip] = [name for name in listed if name in _PROPERTIES]
        return names


def _raw(server: "Server", path: str, refusal: type[Exception]) -> Raw:
    name = _PROPERTIES[path.rsplit("/", 1)[-1]]
    try:
        text = server.read(path, timeout=_PATIENCE_SECS)
        value = float(text)
    except refusal:
        # It has tried three times by then; its own words are about something else ("Startup").
        return Raw(name, None, "it did not answer, or only with wrong checksums")
    except ValueError:
        return Raw(name, None, "its answer is no number")
    return Raw(name, value) if math.isfinite(value) else Raw(name, None, "its answer is no number")


class Server(Protocol):
    """What is needed of pyownet's proxy."""

    def dir(self, path: str = "/") -> Sequence[str]:
        """What there is below a path."""
        ...

    def read(self, path: str, *, timeout: float) -> bytes:
        """The value of a property."""
        ...

    def write(self, path: str, data: bytes, *, timeout: float) -> None:
        """Set a property."""
        ...
