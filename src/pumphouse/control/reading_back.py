"""Asking again and again, ever more slowly, until a change is seen or the time is over."""

from typing import Final

import structlog

from pumphouse.control.values import same
from pumphouse.core.errors import SourceError
from pumphouse.core.model import Point, Reading
from pumphouse.core.ports import Clock, SupportsWrite

__all__ = ["read_back"]

log = structlog.get_logger()

#: seconds between a question and the next; each may cost a vendor's scarce requests
_PAUSES: Final = (0.0, 2.0, 4.0, 8.0, 16.0, 30.0)


async def read_back(
    source: SupportsWrite, point: Point, wanted: float, *, within: float, clock: Clock
) -> Reading | None:
    """The last that the vendor said of a point; at once when it says `wanted`.

    What cannot be read is asked again while there is time; it is asked once at least.

    Args:
        within: seconds after which the last question is asked.
    """
    began = clock.monotonic()
    last: Reading | None = None
    for pause in _pauses(within):
        if pause:
            await clock.sleep(pause)
        try:
            last = await source.read_back(point) or last
        except SourceError as problem:
            log.debug("not read back", point=point.key.point, error=str(problem))
        if last is not None and same(last.value, wanted):
            break
        if clock.monotonic() - began >= within:
            break  # answers may take their time too
    return last


def _pauses(within: float) -> list[float]:
    """How long to wait before each question, so that the last one comes at the end."""
    pauses: list[float] = []
    left = within
    for pause in _PAUSES:
        if pause >= left > 0:
            break
        pauses.append(pause)
        left -= pause
    while left > _PAUSES[-1]:
        pauses.append(_PAUSES[-1])
        left -= _PAUSES[-1]
    return [*pauses, left] if left > 0 else pauses
