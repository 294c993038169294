"""The section of an MQTT sink in the configuration."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from pumphouse.config.settings import SinkSettings
from pumphouse.mqtt.settings import BrokerSettings

__all__ = ["MqttSettings"]

_FORBIDDEN_IN_TOPICS: Final = re.compile(r"[+#\s\x00-\x1f\x7f]")


def _topic(text: str) -> str:
    if not text or _FORBIDDEN_IN_TOPICS.search(text) or "//" in f"/{text}/" or text[0] == "$":
        raise ValueError(
            f'"{text}" is no topic; it has no blank, no + and no #, and no / at its ends'
        )
    return text


Topic = Annotated[str, AfterValidator(_topic)]
OwnName = Annotated[str, StringConstraints(pattern=re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$"))]


class MqttSettings(BrokerSettings, SinkSettings):
    """An MQTT broker, with discovery for Home Assistant."""

    type: Literal["mqtt"] = Field(default="mqtt", description="An MQTT broker.")
    base_topic: Topic = Field(default="pumphouse", description="First level of all topics.")
    devices: dict[str, OwnName] = Field(
        default={},
        description='Names of devices in topics: { "source/vendor\'s id" = "name" }; '
        "otherwise the source's name and the vendor's id.",
    )
    stale_after_secs: float = Field(
        default=7200,
        ge=60,
        description="A device without a new reading for so long is shown as offline.",
    )
    home_assistant: bool = Field(
        default=True, description="Whether Home Assistant is told what there is."
    )
    discovery_prefix: Topic = Field(
        default="homeassistant", description="First level of Home Assistant's discovery topics."
    )
    commands: bool = Field(
        default=True,
        description="Whether settings can be changed by messages to <topic>/set, of sources with "
        "write = true. Whoever may publish to the broker may do so.",
    )
    legacy_topics: bool = Field(
        default=False,
        description="Whether myuplink/<system>/<parameter>/value and /unit are published too, "
        "as the scripts of the well-known recipe do.",
    )
    homie: bool = Field(default=False, description="Whether Homie 5 topics are published too.")
    qos: Literal[0, 1] = Field(
        default=1, description="Quality of service of readings: 1 waits for the broker's word."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> "MqttSettings":
        if len(set(self.devices.values())) != len(self.devices):
            raise ValueError("two of the names in `devices` are equal")
        return self
