"""Commands for the owner's own sensors: what there is, names, and new batteries."""

from datetime import UTC, datetime
from typing import Annotated

from cyclopts import App, Parameter

from pumphouse.cli.context import AsJson, InContext
from pumphouse.cli.output import print_json, print_table, say, shown_value
from pumphouse.runtime.documents import age
from pumphouse.runtime.sensors import keeping
from pumphouse.runtime.sensors.registry import Sensor, sensors_now

__all__ = ["app"]

app = App(name="sensors", help="Your own sensors: list them; name, bind and unbind them.")

OfSource = Annotated[
    str | None, Parameter(help="Only this source, where two have the same device.")
]


@app.default
async def list_all(*, as_json: AsJson = False, context: InContext) -> None:
    """List your own sensors: names, newest values, batteries, and what may belong together."""
    now = datetime.now(UTC)
    async with context.store() as (_, store):
        found = await sensors_now(store, now)
    if as_json:
        print_json(found.document())
        return
    if not found.sensors:
        say("no sensors yet: add a source of type onewire, rtl433 or mqtt")
        return
    print_table(
        ("sensor", "device", "source", "newest", "battery", "signal>", "heard>", "doubtful>"),
        (_row(sensor, now) for sensor in found.sensors),
    )
    for one in found.suggestions:
        say(
            f"{one.hardware} may be {one.device} with a new battery: {one.reason}.\n"
            f"  If so: pumphouse sensors bind {one.hardware} {one.device}"
        )


def _row(sensor: Sensor, now: datetime) -> tuple[str, ...]:
    device = sensor.device
    newest = ", ".join(shown_value(*row) for row in sensor.values)
    signal = "" if sensor.signal is None else f"{sensor.signal:g} dB"
    doubts = str(len(sensor.suspects) or "")
    heard = age(sensor.last_heard, now)
    return (device.name, device.id, device.source, newest, _battery(sensor), signal, heard, doubts)


def _battery(sensor: Sensor) -> str:
    if sensor.battery_low is None:
        return ""
    charge = "" if sensor.battery is None else f" ({sensor.battery:g} %)"
    return ("low" if sensor.battery_low else "good") + charge


@app.command
async def name(
    device: Annotated[str, Parameter(help="Its id, or the name it has.")],
    new_name: Annotated[str, Parameter(help='What you call it; "" for the vendor\'s name again.')],
    *,
    metric: Annotated[
        str | None, Parameter(help="What it measures, such as room_temperature.")
    ] = None,
    point: Annotated[str | None, Parameter(help="Which of its points that is.")] = None,
    source: OfSource = None,
    context: InContext,
) -> None:
    """Give a sensor your own name, and say what it measures."""
    async with context.store() as (_, store):
        found = keeping.find_device(await store.devices(), device, source)
        await keeping.name_sensor(store, found, new_name)
        said = f"{found.id} is called {new_name or 'as its vendor calls it'}"
        if metric is not None:
            meant = await keeping.set_metric(store, found, metric, point)
            said += f"; its {meant.name} is {metric}"
    say(said)


@app.command
async def bind(
    new: Annotated[str, Parameter(help="The id of the new hardware.")],
    old: Annotated[str, Parameter(help="The sensor that it goes on with: its id, or its name.")],
    *,
    source: OfSource = None,
    context: InContext,
) -> None:
    """Let new hardware go on where a sensor has ended: a new battery, or a new sensor there."""
    async with context.store() as (_, store):
        devices = await store.devices()
        hardware = keeping.find_device(devices, new, source)
        device = keeping.find_device(devices, old, hardware.source)
        moved = await keeping.bind(store, hardware, device)
    say(f"{hardware.id} goes on as {device.name}; {moved} readings were moved to it")


@app.command
async def unbind(
    hardware: Annotated[str, Parameter(help="The id of the hardware that was bound.")],
    *,
    source: OfSource = None,
    context: InContext,
) -> None:
    """Undo a binding: what the hardware has said is its own again."""
    async with context.store() as (_, store):
        moved = await keeping.unbind(store, hardware, source)
    say(f"{hardware} is a sensor of its own again; {moved} readings were moved back to it")
