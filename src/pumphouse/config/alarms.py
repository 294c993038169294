"""`[alarms]`: what is worth an alarm, and the sinks that tell people of them."""

import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from pumphouse.config.settings import Section, SinkSettings
from pumphouse.core.model import Severity

__all__ = ["AlarmRuleSettings", "AlarmSettings", "MessageSinkSettings"]

_HOURS: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")

Name = Annotated[str, StringConstraints(pattern=re.compile(r"^[A-Za-z0-9_-]{1,64}$"))]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


def _quiet(text: str) -> str:
    found = _HOURS.fullmatch(text)
    if found is None or found.group(1, 2) == found.group(3, 4):
        raise ValueError(f'"{text}" are no hours; write them as "22:00-07:00"')
    return text


class AlarmRuleSettings(Section):
    """A value that is out of range for some time."""

    device: Words = Field(
        description="The device's id, as `pumphouse devices` prints it.", examples=["147463"]
    )
    metric: Words = Field(
        description="A metric, or the vendor's id of a point.", examples=["room_temperature"]
    )
    above: float | None = Field(
        default=None,
        description="Values above this are out of range, in the canonical unit.",
        examples=[26.0],
    )
    below: float | None = Field(
        default=None, description="Values below this are out of range.", examples=[17.0]
    )
    back_by: float = Field(
        default=0.0,
        ge=0,
        description="How far the value has to be back in range before it counts as well again.",
    )
    for_minutes: float = Field(
        default=15,
        ge=0,
        le=10080,
        description="How long it has to be out of range before it is an alarm, and in range before"
        " that is over.",
    )
    severity: Literal["info", "warning", "error"] = Field(
        default="warning", description="How much it matters."
    )
    title: Words | None = Field(
        default=None,
        description="What the alarm says; by default what is out of range.",
        examples=["The house is getting cold"],
    )

    @model_validator(mode="after")
    def _has_a_range(self) -> Self:
        if self.above is None and self.below is None:
            raise ValueError("write `above` or `below`, or both")
        if self.above is not None and self.below is not None and self.below >= self.above:
            raise ValueError("`below` has to be less than `above`: between them all is well")
        if (
            self.above is not None
            and self.below is not None
            and 2 * self.back_by > self.above - self.below
        ):
            raise ValueError("`back_by` leaves nothing between `below` and `above`")
        return self


class AlarmSettings(Section):
    """What is worth an alarm."""

    notifications_minutes: float = Field(
        default=15,
        ge=5,
        le=1440,
        description="Minutes between two askings for the vendor's own alarms.",
    )
    source_failing_minutes: float = Field(
        default=30,
        ge=1,
        le=10080,
        description="A source that has not answered for so long is an alarm; one that waits for a"
        " login is one at once.",
    )
    gap_hours: float = Field(
        default=6, ge=1, le=720, description="Readings that are missing for so long are an error."
    )
    stale_device_minutes: float = Field(
        default=120,
        ge=5,
        le=10080,
        description="A device that its cloud has not heard of for so long is an alarm, though the"
        " cloud answers.",
    )
    sink_failing_minutes: float = Field(
        default=30, ge=1, le=10080, description="The same for a sink that takes nothing."
    )
    sink_lag: int = Field(
        default=50_000,
        ge=100,
        description="A sink that is so many readings behind for six hours is an alarm.",
    )
    disk_free_mb: float = Field(
        default=500, ge=1, description="Less room on the store's disk is an alarm, in MB."
    )
    verdicts: bool = Field(
        default=True,
        description="Whether once a day the last week is examined for what needs attention, such"
        " as short cycles and faulty sensors.",
    )
    rules: Mapping[Name, AlarmRuleSettings] = Field(
        default={}, description="Values to watch, each under a name of your own."
    )


class MessageSinkSettings(SinkSettings):
    """What every sink understands that carries messages to people."""

    minimum_severity: Literal["info", "warning", "error"] = Field(
        default="info", description="What matters less than this is not told."
    )
    quiet_hours: Annotated[str, AfterValidator(_quiet)] | None = Field(
        default=None,
        description="Hours of the site's day in which nothing is told; what still lasts is told"
        " when they are over.",
        examples=["22:00-07:00"],
    )
    errors_break_quiet: bool = Field(
        default=True, description="Whether errors are told in the quiet hours too."
    )
    recoveries: bool = Field(
        default=True, description="Whether it is told too when an alarm is over."
    )

    @property
    def least(self) -> Severity:
        """`minimum_severity` as a domain value."""
        return Severity(self.minimum_severity)

    def quiet(self) -> tuple[time, time] | None:
        """When the quiet hours begin and end; they may span midnight."""
        found = _HOURS.fullmatch(self.quiet_hours or "")
        if found is None:
            return None
        begin, begin_minute, end, end_minute = map(int, found.groups())
        return time(begin, begin_minute), time(end, end_minute)
