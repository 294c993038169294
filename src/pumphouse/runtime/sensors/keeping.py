"""What the owner does with sensors: name them, and say which hardware goes on with which."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import UsageError
from pumphouse.core.model import Batch, Device, Point
from pumphouse.core.ports import Binding, SensorName, Store
from pumphouse.runtime.sensors.batteries import battery_event_id
from pumphouse.runtime.sensors.past import was_heard_before

__all__ = ["bind", "find_device", "name_sensor", "set_metric", "unbind"]

LONGEST_NAME = 80


def find_device(devices: Sequence[Device], name: str, source: str | None = None) -> Device:
    """The one device that is called so, by its id or its name.

    Raises:
        UsageError: there is none, or more than one.
    """
    known = [one for one in devices if source in {None, one.source}]
    found = [one for one in known if one.id == name] or [one for one in known if one.name == name]
    if len(found) == 1:
        return found[0]
    if found:
        which = ", ".join(f"{one.id} (source {one.source})" for one in found)
        raise UsageError(f'"{name}" exists more than once: {which}')
    near = get_close_matches(name, [one.id for one in known] + [one.name for one in known], n=1)
    hint = f"did you mean {near[0]}?" if near else "`pumphouse sensors` lists all"
    raise UsageError(f'there is no sensor "{name}"; {hint}')


async def name_sensor(store: Store, device: Device, name: str) -> None:
    """Give a device the owner's name; an empty one gives it the vendor's back.

    Raises:
        UsageError: the name is too long, or another sensor has it.
    """
    wanted = " ".join(name.split())
    if len(wanted) > LONGEST_NAME:
        raise UsageError(
            f"a name has {LONGEST_NAME} characters at most; this one has {len(wanted)}"
        )
    others = [one for one in await store.devices() if (one.source, one.id) != _key(device)]
    if wanted and any(one.name.casefold() == wanted.casefold() for one in others):
        raise UsageError(f'another device is called "{wanted}" already; choose another name')
    await store.sensors.save_name(replace(await _named(store, device), name=wanted or None))


async def set_metric(store: Store, device: Device, metric: str, point: str | None = None) -> Point:
    """Say what a point of a device means, such as `room_temperature`.

    Args:
        point: its native id; without it the one point that measures this quantity.

    Returns:
        the point.

    Raises:
        UsageError: there is no such metric or point, it measures something else, or another point
            of the device means this already.
    """
    known = load_catalogue().metric(metric)
    if known is None:
        near = get_close_matches(metric, load_catalogue().metrics, n=1)
        hint = f"did you mean {near[0]}?" if near else "the reference of metrics lists all"
        raise UsageError(f'there is no metric "{metric}"; {hint}')
    own = [one for one in await store.points(device.id) if one.key.source == device.source]
    if any(one.metric == metric and one.key.point != point for one in own):
        raise UsageError(f"another point of {device.name} is {metric} already")
    fitting = [
        one for one in own if one.unit.quantity is known.quantity and point in {None, one.key.point}
    ]
    if len(fitting) != 1:
        points = ", ".join(sorted(one.key.point for one in (fitting or own)))
        what = "more than one point that" if fitting else "no point that"
        raise UsageError(
            f"{device.name} has {what} can be {metric}; say which with --point: {points}"
        )
    name = await _named(store, device)
    metrics = {**name.metrics, fitting[0].key.point: metric}
    await store.sensors.save_name(replace(name, metrics=metrics))
    return fitting[0]


async def bind(store: Store, new: Device, old: Device) -> int:
    """Let the hardware `new` go on where `old` has ended: from now on both are one line.

    Returns:
        how many readings have moved to it.

    Raises:
        UsageError: they are of different sources, or the old one was heard after the new one.
    """
    if new.source != old.source or new.id == old.id:
        raise UsageError(f"{new.name} cannot go on where {old.name} ended: two of one source can")
    began = await _began(store, new)
    ended = [
        reading.time
        for point, reading in await store.latest(old.id)
        if point.key.source == old.source
    ]
    if ended and (max(ended) >= began or await was_heard_before(store, new, max(ended))):
        raise UsageError(
            f"{old.id} was heard at {max(ended):%Y-%m-%d %H:%M} UTC, after {new.id} had begun:"
            " these are two sensors, not one"
        )
    moved = await store.sensors.bind(Binding(new.source, new.id, old.id, began))
    await _end_battery(store, old, began)
    return moved


async def unbind(store: Store, hardware: str, source: str | None = None) -> int:
    """Undo a binding: what this hardware has said is its own again.

    Returns:
        how many readings have moved back.

    Raises:
        UsageError: it is not bound.
    """
    bindings = await store.sensors.bindings()
    found = [one for one in bindings if one.hardware == hardware and source in {None, one.source}]
    if len(found) != 1:
        known = ", ".join(one.hardware for one in bindings) or "nothing is"
        raise UsageError(f"{hardware} is not bound; bound: {known}")
    return await store.sensors.unbind(found[0].source, hardware)


def _key(device: Device) -> tuple[str, str]:
    return device.source, device.id


async def _named(store: Store, device: Device) -> SensorName:
    names = {(one.source, one.device): one for one in await store.sensors.names()}
    return names.get(_key(device), SensorName(device.source, device.id))


async def _began(store: Store, device: Device) -> datetime:
    times = [
        reading.time
        for point, reading in await store.earliest(device.id)
        if point.key.source == device.source
    ]
    if not times:
        raise UsageError(f"{device.name} has not said anything yet; wait until it was heard")
    return min(times)


async def _end_battery(store: Store, old: Device, at: datetime) -> None:
    """The empty battery of the old hardware is no news any more."""
    name = battery_event_id(old.id)
    over = tuple(
        replace(event, ended=max(at, event.time))
        for event in await store.lasting_events()
        if event.source == old.source and event.id.startswith(name)
    )
    if over:
        await store.append(Batch(old.source, events=over))
