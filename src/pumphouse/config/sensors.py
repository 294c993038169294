"""`[sensors]`: what is believed of the owner's own sensors."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from pumphouse.config.settings import Section

__all__ = ["CheckSettings", "SensorsSettings"]


class CheckSettings(Section):
    """What is believed of sensors whose metric or id the section's name matches."""

    minimum: float | None = Field(
        default=None,
        description="Values below are set aside; in the metric's unit.",
        examples=[-40],
    )
    maximum: float | None = Field(
        default=None, description="Values above are set aside.", examples=[60]
    )
    change_per_minute: float | None = Field(
        default=None,
        gt=0,
        description="A value that changes faster is set aside, until the change has lasted.",
        examples=[5],
    )
    confirmations: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="How many similar values in a row make a change that has lasted; 3 without it.",
        examples=[3],
    )
    enabled: bool = Field(default=True, description="With false everything is believed.")

    @model_validator(mode="after")
    def _leave_room(self) -> Self:
        least, most = self.minimum, self.maximum
        if least is not None and most is not None and least >= most:
            raise ValueError("minimum must be less than maximum")
        return self


class SensorsSettings(Section):
    """Your own sensors."""

    checks: Mapping[str, CheckSettings] = Field(
        default={},
        description="By metric, id of a device, or `device/point`, with wildcards; a later section"
        " adds to an earlier one.",
    )
