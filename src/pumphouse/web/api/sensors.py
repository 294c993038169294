"""The owner's own sensors, as `pumphouse sensors --json` prints them."""

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from pumphouse.runtime.sensors.registry import sensors_now
from pumphouse.web.api.answers import answer, encoded
from pumphouse.web.api.models import Answer, DeviceId, Metric, PointId, Source, Time, Unit
from pumphouse.web.api.openapi import refusals
from pumphouse.web.context import Context

__all__ = ["SensorList", "router"]

router = APIRouter(prefix="/api")


class SensorValue(Answer):
    """The newest reading of one point of a sensor."""

    point: PointId
    metric: Metric
    value: float = Field(description="In `unit`.", examples=[21.4])
    unit: Unit
    time: Time


class Doubt(Answer):
    """A value that was not believed; it is in no series."""

    point: PointId
    value: float = Field(description="What the sensor said.", examples=[85.0])
    time: Time
    reason: str = Field(description="Why it was not believed, a sentence.")


class BoundHardware(Answer):
    """Hardware that goes on where a sensor had ended."""

    hardware: str = Field(description="The id of the hardware.")
    since: Time


class Sensor(Answer):
    """One of the owner's own sensors."""

    source: Source
    device: DeviceId
    name: str = Field(description="The owner's name, else the vendor's.")
    named: bool = Field(description="Whether the owner has named it.")
    model: str | None
    battery_low: bool | None = Field(description="null where it has no battery or does not tell.")
    battery: float | None = Field(description="Charge in %; null where it does not tell.")
    signal: float | None = Field(description="Strength of its signal in dB; null for a wire.")
    last_heard: datetime | None = Field(description="ISO 8601 in UTC; null for never.")
    suspects: list[Doubt] = Field(description="What was not believed within a day.")
    values: list[SensorValue]
    bindings: list[BoundHardware]


class Suggested(Answer):
    """That hardware may be a sensor with a new battery; its owner decides."""

    source: Source
    hardware: str = Field(description="The id of the new hardware.")
    device: DeviceId
    since: datetime = Field(description="When the hardware was heard first.")
    reason: str = Field(description="Why that is likely.")


class SensorList(Answer):
    """The owner's own sensors, and which may be the same."""

    sensors: list[Sensor]
    suggestions: list[Suggested]


@router.get(
    "/sensors",
    tags=["house"],
    summary="Your own sensors: names, values, batteries, doubts",
    response_model=SensorList,
    responses=refusals(304),
)
async def sensors(request: Request, context: Context) -> Response:
    """`pumphouse sensors --json`."""
    installation = context.installation
    found = await sensors_now(installation.store, installation.host.clock.now())
    return answer(request, encoded(found.document()))
