"""The sections `[schedules.…]` and `[thermostats.…]` of the configuration."""

from datetime import time
from typing import Annotated

from pydantic import Field

from pumphouse.config.settings import Section

__all__ = ["ScheduleSettings", "ThermostatSettings"]


class ScheduleSettings(Section):
    """A setting that is changed in the cheapest hours of every day, and back after them."""

    device: str = Field(description="The id of the device.", examples=["80105"])
    point: str = Field(
        description="What is set: a native id or metric; without a value a boost that"
        " `pumphouse boost` lists.",
        examples=["heating_offset"],
    )
    value: str | float | None = Field(
        default=None, description="To what: a number or a label.", examples=[2]
    )
    hours: float = Field(gt=0, le=24, description="How many hours.", examples=[3])
    after: time = Field(
        default=time(0), description="The hours are chosen after this time of day …"
    )
    before: time = Field(
        default=time(0),
        description="… and before this one, of the next day where it is not later.",
    )
    in_one_piece: bool = Field(
        default=False, description="Whether the hours have to follow one another."
    )
    metric: str = Field(
        default="electricity_price", description="What is to be low: the metric of the price."
    )
    price_device: str | None = Field(
        default=None,
        description="The device that tells it, where there are several.",
        examples=["home"],
    )


class ThermostatSettings(Section):
    """A room thermostat that NIBE Uplink is told of while Pumphouse runs.

    Half an hour after the last time it has forgotten it: so it ends cleanly, whatever happens.
    """

    device: str = Field(description="The id of the system.", examples=["80105"])
    sensor: str = Field(
        description="What measures the room: a native id or metric.",
        examples=["room_temperature"],
    )
    sensor_device: str | None = Field(
        default=None,
        description="The device that measures it, where that is another one.",
        examples=["28-0316a2793d4f"],
    )
    target: float = Field(ge=5, le=35, description="The wanted temperature, °C.", examples=[21])
    climate_systems: tuple[Annotated[int, Field(ge=1, le=8)], ...] = Field(
        default=(1,), description="Which climate systems it concerns."
    )
