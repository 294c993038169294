"""The section of an MQTT source in the configuration: which topic is which point."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from pumphouse.config.settings import Section, SourceSettings
from pumphouse.mqtt.settings import BrokerSettings
from pumphouse.sources.mqtt.path import parse_path
from pumphouse.sources.mqtt.topics import check_filter, check_template

__all__ = ["MqttPointSettings", "MqttSourceSettings"]


def _checked_path(text: str) -> str:
    parse_path(text)
    return text


_Path = Annotated[str, AfterValidator(_checked_path)]
_Filter = Annotated[str, AfterValidator(check_filter)]
_Name = Annotated[str, StringConstraints(pattern=re.compile(r"^[A-Za-z0-9_.-]{1,64}$"))]


class MqttPointSettings(Section):
    """One point: where its value stands, and what it means."""

    topic: _Filter = Field(
        description="Topic whose messages hold the value; + and # stand for many topics.",
        examples=["zigbee2mqtt/living room"],
    )
    path: _Path | None = Field(
        default=None,
        description="Where the value stands in a message that is JSON, such as ENERGY.Power or"
        " temps[0]; without it the message is the value.",
        examples=["temperature"],
    )
    kind: Literal["number", "switch", "text"] = Field(
        default="number",
        description="What the value is; a switch is on or off, true or false, open or closed.",
    )
    unit: str | None = Field(
        default=None,
        description="Unit of the value; that of the metric without it.",
        examples=["°C"],
    )
    factor: float = Field(default=1.0, description="The value is multiplied by it.")
    metric: str | None = Field(
        default=None,
        description="What it means: a name of the reference of metrics, such as room_temperature.",
        examples=["room_temperature"],
    )
    name: str | None = Field(
        default=None, min_length=1, description="What people call it; the section's name without."
    )
    device: str | None = Field(
        default=None,
        min_length=1,
        description="Which device it belongs to; {2} stands for the second level of the topic."
        " Without it each topic is a device.",
        examples=["{2}"],
    )
    rate_secs: float = Field(
        default=0,
        ge=0,
        le=86400,
        description="At most one value is kept in so many seconds; of a switch or a text, changes"
        " are kept in any case.",
    )
    stale_secs: float | None = Field(
        default=None,
        gt=0,
        description="Without a value for so long, the status of the source says so; of a topic with"
        " wildcards, for each device that has told one.",
        examples=[3600.0],
    )
    time_path: _Path | None = Field(
        default=None,
        description="Where the time of the value stands in a message that is JSON (ISO 8601, or"
        " seconds or milliseconds since 1970); without it, it is when the message came.",
    )
    retained: bool = Field(
        default=False,
        description="Whether a value that the broker has kept counts as new. Nobody knows how old"
        " it is, unless time_path tells.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.device is not None:
            check_template(self.device, self.topic)
        if self.kind != "number" and (self.unit is not None or self.factor != 1.0):
            raise ValueError(f"a {self.kind} has no unit and no factor")
        return self


class MqttSourceSettings(BrokerSettings, SourceSettings):
    """Any device that speaks MQTT: Zigbee2MQTT, Shelly, Tasmota, ESPHome and others."""

    type: Literal["mqtt"] = Field(default="mqtt", description="Values from an MQTT broker.")
    points: Mapping[_Name, MqttPointSettings] = Field(
        default={},
        description="What is read: a table [sources.NAME.points.POINT] for each point, see the"
        " how-to page on MQTT devices.",
    )
    listen_secs: float = Field(
        default=60, gt=0, le=600, description="How long `pumphouse poll` listens."
    )
    interval_secs: float = Field(
        default=300,
        ge=1,
        le=86400,
        description="How long the broker may be away before it is a gap: two and a half times"
        " this.",
    )

    @model_validator(mode="after")
    def _each_means_something_else(self) -> Self:
        taken: dict[tuple[str, str], str] = {}
        for name, point in self.points.items():
            if point.metric is None:
                continue
            place = (point.device or point.topic, point.metric)
            if place in taken:
                raise ValueError(
                    f"points.{name} and points.{taken[place]} have the same metric and the same"
                    " device"
                )
            taken[place] = name
        return self
