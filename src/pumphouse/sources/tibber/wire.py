"""The JSON of Tibber's Data API as types; what is not known is ignored, as the vendor asks."""

from pydantic import AliasChoices, AliasPath, Field, TypeAdapter

from pumphouse.sources.parsing import Tolerant, Wire

__all__ = [
    "DEVICE",
    "DEVICES",
    "HISTORY",
    "HOMES",
    "Attribute",
    "Capability",
    "Device",
    "Devices",
    "Home",
    "Homes",
    "Info",
    "ListedDevice",
    "Page",
    "Period",
    "SupportedHistory",
    "Window",
]

Value = bool | int | float | str | None


class Home(Wire):
    """A home. Its name has been in two places, and missing."""

    id: str
    name: str | None = Field(
        default=None, validation_alias=AliasChoices("name", AliasPath("info", "name"))
    )


class Homes(Wire):
    """All homes that the consent lets us see."""

    homes: Tolerant[Home]


class Info(Wire):
    """What a device is called and who made it: best-effort texts."""

    name: str | None = None
    brand: str | None = None
    model: str | None = None


class SupportedHistory(Wire):
    """What past there is: resolutions are quarterHour, hour, day and month; none: no past."""

    resolutions: list[str] | None = None
    max_retention_days: int | None = None


class Status(Wire):
    """When Tibber last heard of the device: the only sign of age there is."""

    last_seen: str | None = None


class ListedDevice(Wire):
    """A device in the list of a home; `id` is opaque, `external_id` may be empty."""

    id: str
    external_id: str | None = None
    info: Info = Info()
    supported_history: SupportedHistory = SupportedHistory()


class Devices(Wire):
    """The devices of one home, as far as the consent covers them."""

    devices: Tolerant[ListedDevice]


class Attribute(Wire):
    """Something about a device that seldom changes; connectivity has a status, not a value."""

    id: str
    value: Value = None
    status: Value = None


class Capability(Wire):
    """Something that a device measures or is set to: a number, or one of `available_values`."""

    id: str
    description: str | None = None
    value: Value = None
    unit: str | None = None
    available_values: list[str] | None = None


class Device(ListedDevice):
    """All there is to know about one device."""

    status: Status = Status()
    attributes: Tolerant[Attribute] = Field(default_factory=list)
    capabilities: Tolerant[Capability] = Field(default_factory=list)


class Window(Wire):
    """What the vendor made of the window that was asked for."""

    effective_start: str | None = None
    effective_end: str | None = None


class Period(Wire):
    """One closed period; the keys of its data are the device's own and may be nested."""

    time: str
    data: dict[str, object]


class Page(Wire):
    """A page of history; `next` leads to later periods, `prev` to earlier ones."""

    query: Window = Window()
    items: Tolerant[Period]
    next: str | None = None
    prev: str | None = None


HOMES = TypeAdapter(Homes)
DEVICES = TypeAdapter(Devices)
DEVICE = TypeAdapter(Device)
HISTORY = TypeAdapter(Page)
