"""Our own tree of topics: one bare value per topic, and one JSON per device."""

from collections.abc import Iterator
from datetime import UTC, datetime

from pumphouse.core.model import Event
from pumphouse.sinks.mqtt.messages import OFFLINE, ONLINE, Message, compact
from pumphouse.sinks.mqtt.view import DeviceView

__all__ = ["Tree", "iso", "state_of"]


class Tree:
    """The topics below `base`.

    Args:
        base: the first level.
        qos: of values; words of availability always wait for the broker.
    """

    def __init__(self, base: str, qos: int) -> None:
        self.base = base
        self._qos = qos

    @property
    def status(self) -> str:
        """Whether Pumphouse itself is there; the broker says `offline` there in its stead."""
        return f"{self.base}/status"

    def device(self, device: str) -> str:
        """How the topics of a device begin."""
        return f"{self.base}/{device}/"

    def device_status(self, device: str) -> str:
        """Whether the device's values are fresh."""
        return f"{self.base}/{device}/status"

    def alarm(self, device: str | None) -> str:
        """What is wrong with a device as one JSON; None: with whole sources and Pumphouse."""
        return f"{self.base}/alarm" if device is None else f"{self.base}/{device}/alarm"

    def events(self, device: str | None) -> str:
        """What happens to a device; None: to whole sources and Pumphouse."""
        return f"{self.base}/event" if device is None else f"{self.base}/{device}/event"

    def device_state(self, device: str) -> str:
        """All values of a device as one JSON."""
        return f"{self.base}/{device}/state"

    def command(self, device: str, topic: str) -> str:
        """Where a value is set; `topic` is its own below the device."""
        return f"{self.base}/{device}/{topic}/set"

    def boost_command(self, device: str, name: str) -> str:
        """Where something is asked for that can be had for a while."""
        return self.command(device, f"boosts/{name}")

    def command_filters(self, device: str) -> tuple[str, ...]:
        """The filters of everything that can be asked of a device."""
        return tuple(self.command(device, place) for place in ("+", "points/+", "boosts/+"))

    def bridge(self, *, online: bool) -> Message:
        """The word on whether Pumphouse is there."""
        return Message(self.status, ONLINE if online else OFFLINE, qos=1, retain=True)

    def messages(self, device: DeviceView) -> Iterator[Message]:
        """The new values of `device`, and its state if there are any; all of them are retained."""
        for value in device.values:
            if value.changed:
                topic = f"{self.base}/{device.name}/{value.topic}"
                yield Message(topic, value.text, self._qos, retain=True)
        if device.changed:
            topic = self.device_state(device.name)
            yield Message(topic, compact(state_of(device)), self._qos, retain=True)

    def availability(self, device: DeviceView) -> Message:
        """The word on whether the values of `device` are fresh."""
        word = ONLINE if device.online else OFFLINE
        return Message(self.device_status(device.name), word, qos=1, retain=True)

    def event(self, event: Event, device: str | None) -> Message:
        """Something that happened; not retained, for who comes later was not there.

        Args:
            device: what the device is called that it happened to; None where it concerns a whole
                source or Pumphouse itself.
        """
        return Message(self.events(device), compact(_told(event)), qos=1, retain=False)

    def topics(self, device: DeviceView) -> frozenset[str]:
        """Every retained topic of `device`."""
        values = {f"{self.base}/{device.name}/{value.topic}" for value in device.values}
        about = (self.device_state, self.device_status, self.alarm)
        return frozenset({*values, *(topic(device.name) for topic in about)})


def state_of(device: DeviceView) -> dict[str, object]:
    """All values of `device` by metric, those of points without a metric below `points`.

    `ts` is the time of the newest reading. A number is a number, an enumeration its word, a switch
    ON or OFF; null is a code without a word.
    """
    state: dict[str, object] = {"ts": iso(device.newest)}
    points: dict[str, object] = {}
    for value in device.values:
        known = value.known
        told = _integer_if_whole(known) if isinstance(known, float) else known
        (points if value.metric is None else state)[value.name] = told
    if points:
        state["points"] = points
    return state


def _told(event: Event) -> dict[str, object]:
    """An event as JSON; `event_type` is the key by which Home Assistant's event entities go."""
    return {
        "event_type": event.kind.value,
        "id": event.id,
        "time": iso(event.time),
        "title": event.title,
        "severity": event.severity.value,
        "source": event.source,
        "device": event.device,
        "ended": iso(event.ended),
        "detail": dict(event.detail),
    }


def _integer_if_whole(number: float) -> float:
    return int(number) if number.is_integer() else number


def iso(time: datetime | None) -> str | None:
    """`time` as ISO 8601 in UTC, to the second."""
    return time.astimezone(UTC).isoformat(timespec="seconds") if time is not None else None
