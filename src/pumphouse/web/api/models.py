"""The answers of the API as models: they make the OpenAPI document; `runtime.documents` fills them.

A test compares both, so that no field can be added to one of them alone.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Alarm",
    "Bucket",
    "Device",
    "Event",
    "Gap",
    "Latest",
    "LoggedWrite",
    "MessageTrial",
    "Option",
    "Point",
    "Reading",
    "Series",
    "SinkStatus",
    "SourceStatus",
    "Status",
    "StoreFigures",
    "WriteResult",
]

Time = Annotated[datetime, Field(description="ISO 8601 in UTC.", examples=["2026-01-31T12:00:00Z"])]
Source = Annotated[
    str, Field(description="Name of the source in the configuration.", examples=["house"])
]
DeviceId = Annotated[str, Field(description="The vendor's id of the device.", examples=["147463"])]
PointId = Annotated[str, Field(description="The vendor's id of the point.", examples=["40004"])]
Metric = Annotated[
    str | None,
    Field(
        description="What it means to every vendor, see the reference of metrics; null for none.",
        examples=["outdoor_temperature"],
    ),
]
Unit = Annotated[
    str,
    Field(
        description="The canonical unit of the values: °C, K, W, kWh, Hz, l/min, bar, %, s, DM …;"
        ' "" for a bare number.',
        examples=["°C"],
    ),
]
Value = Annotated[
    float | None,
    Field(description="In the unit of the point; null where it is a text.", examples=[-3.5]),
]
Text = Annotated[
    str | None,
    Field(description="The label of an enumeration or a text value, else null.", examples=[None]),
]


class Answer(BaseModel):
    """What all of them have in common: a field more is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Device(Answer):
    """One heat pump, sensor bus or meter."""

    source: Source
    device: DeviceId
    name: str = Field(description="What the vendor calls it.", examples=["F1255-6 E"])
    manufacturer: str | None = Field(examples=["NIBE"])
    model: str | None = Field(examples=["F1255-6 E"])
    serial: str | None = Field(description="Serial number.", examples=["06600315000001"])
    firmware: str | None = Field(description="Version of its software.", examples=["9682R7"])
    connected: bool | None = Field(
        description="Whether the vendor's cloud has contact with it; null where it does not say."
    )
    last_seen: datetime | None = Field(
        description="When the cloud last heard of it, ISO 8601 in UTC.",
        examples=["2026-01-31T12:00:00Z"],
    )


class Option(Answer):
    """One value of an enumeration."""

    value: float = Field(examples=[30])
    text: str = Field(examples=["heating"])


class Point(Answer):
    """One thing that a device measures or lets you set."""

    source: Source
    device: DeviceId
    point: PointId
    metric: Metric
    name: str = Field(description="What the vendor calls it.", examples=["outdoor temp."])
    unit: Unit
    writable: bool = Field(description="Whether the vendor says that it can be set.")
    min: float | None = Field(description="The least it can be set to, in `unit`.", examples=[None])
    max: float | None = Field(description="The most it can be set to, in `unit`.", examples=[None])
    step: float | None = Field(description="In which steps it can be set, in `unit`.")
    options: list[Option] = Field(description="The values of an enumeration; else empty.")


class Latest(Answer):
    """The newest reading of one point."""

    source: Source
    device: DeviceId
    point: PointId
    metric: Metric
    name: str = Field(description="What the vendor calls the point.", examples=["outdoor temp."])
    value: Value
    text: Text
    unit: Unit
    time: Time


Outcome = Literal["confirmed", "accepted", "ignored", "refused", "dry run"]


class WriteResult(Answer):
    """What became of a wish to set a point."""

    device: DeviceId
    point: PointId
    requested: float = Field(description="In the unit of the point.", examples=[2])
    before: float | None = Field(
        description="What it was set to, in the unit of the point; null where that is not known.",
        examples=[0],
    )
    after: float | None = Field(
        description="What the vendor said last that it is set to; null where it said nothing.",
        examples=[2],
    )
    outcome: Outcome = Field(
        description="`confirmed` by being read back; `accepted` by the vendor, but not seen yet;"
        " `ignored` by the device; `refused` by Pumphouse or by the vendor; `dry run`.",
    )
    detail: str = Field(description="A sentence or two, with the vendor's words.")


class LoggedWrite(Answer):
    """One change in the log."""

    id: int = Field(description="Its number.", ge=1, examples=[12])
    source: Source
    device: DeviceId
    point: PointId
    requested: float = Field(description="In the unit of the point.", examples=[2])
    before: float | None = Field(description="What it was set to; null where that is not known.")
    after: float | None = Field(description="What it was seen to be set to afterwards.")
    outcome: Outcome | None = Field(description="What became of it; null while it is under way.")
    detail: str = Field(description="A sentence or two, with the vendor's words.")
    purpose: Literal["change", "restore", "renewal"] = Field(
        description="Whether it changes something, sets it back, or says it again."
    )
    by: str = Field(description="Who wanted it.", examples=["api token kitchen"])
    asked_at: Time
    ended_at: datetime | None = Field(description="When its outcome was known.")
    override: int | None = Field(description="The override that it begins or ends.")
    renewals: int = Field(description="How often it was said again since.", ge=0)
    renewed_at: datetime | None = Field(description="When it was said again last.")


class Reading(Answer):
    """One reading of a raw series."""

    time: Time
    value: Value
    text: Text


class Bucket(Answer):
    """The readings of one stretch of time, summed up; all values in the unit of the point."""

    time: datetime = Field(description="Where the stretch begins.")
    value: float = Field(description="What `aggregate` names.", examples=[-2.9])
    min: float = Field(description="The smallest reading.", examples=[-5.1])
    max: float = Field(description="The largest reading.", examples=[0.3])
    count: int = Field(description="How many readings there are.", ge=1, examples=[12])


class Series(Answer):
    """The readings of one point over time."""

    point: Point
    readings: list[Reading] | list[Bucket] = Field(
        description="In time order: single readings, or with `step` stretches that hold at least"
        " one."
    )


class Event(Answer):
    """Something that happened."""

    id: str = Field(description="The same when the same thing is seen again.")
    time: Time
    ended: datetime | None = Field(description="When it was over; null while it lasts.")
    kind: str = Field(
        description="alarm, mode, write, gap, source, sink, store or sensor.", examples=["alarm"]
    )
    severity: Literal["info", "warning", "error"]
    title: str = Field(description="One line for people.")
    source: str | None
    device: str | None
    detail: dict[str, str] = Field(description="Further facts, such as the vendor's number.")


class Acknowledgement(Answer):
    """Somebody has taken note of an alarm."""

    time: Time
    by: str = Field(description="Who: web, command line, an API token.", examples=["web"])


class Alarm(Event):
    """An alarm, of a vendor or of our own rules."""

    acknowledged: Acknowledgement | None = Field(
        description="Who has taken note of it; null where nobody has."
    )
    meaning: str | None = Field(description="What it usually means; null where that is not known.")
    steps: list[str] = Field(description="What to do first.")


class MessageTrial(Answer):
    """What came of a message to see whether it arrives."""

    sink: str = Field(description="Name of the sink in the configuration.", examples=["phone"])
    problems: list[str] = Field(description="What has not taken it; empty where all is well.")


class SourceStatus(Answer):
    """How a source is doing."""

    state: Literal["new", "ok", "retrying", "login required", "stopped"]
    last_success: datetime | None = Field(description="When it was last read without an error.")
    last_error: str | None = Field(description="What is wrong, a sentence; null where nothing is.")
    requests: int = Field(description="Requests sent to the vendor since the start.", ge=0)
    rate_remaining: int | None = Field(description="Requests that the vendor still allows now.")
    resumes_at: datetime | None = Field(description="When it is tried again.")


class SinkStatus(Answer):
    """How a sink is doing."""

    state: Literal["new", "ok", "retrying", "stopped"]
    lag: int = Field(description="Readings that it has not been given yet.", ge=0)
    cursor: int | None = Field(description="Its place in the journal.")
    delivered: int = Field(description="Readings that it has taken.", ge=0)
    dropped: int = Field(description="Readings that it has refused for good.", ge=0)
    rejected: int = Field(description="How many of these are still kept.", ge=0)
    last_success: datetime | None = Field(description="When something was delivered last.")
    last_error: str | None = Field(description="What is wrong, a sentence; null where nothing is.")
    resumes_at: datetime | None = Field(description="When it is tried again.")


class StoreFigures(Answer):
    """How big the store is."""

    path: str
    bytes: int = Field(ge=0)
    readings: int = Field(ge=0)
    points: int = Field(ge=0)


class Gap(Answer):
    """A stretch for which a source brought nothing."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True)

    source: Source
    from_: datetime = Field(alias="from", description="Where it begins.")
    to: datetime | None = Field(description="Where it ends; null while it is open.")
    cause: str = Field(description="Why, a sentence.")
    filled_by: str | None = Field(description="Where later data came from; null for nowhere.")


class Status(Answer):
    """Sources, sinks, store and gaps."""

    sources: dict[str, SourceStatus] = Field(description="By configured name.")
    sinks: dict[str, SinkStatus] = Field(description="By configured name.")
    store: StoreFigures
    gaps: list[Gap] = Field(description="Newest first.")
