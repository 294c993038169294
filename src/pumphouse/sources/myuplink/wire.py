"""myUplink's JSON as types: what the public API v2 answers, with the forms of earlier years."""

from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field, TypeAdapter

from pumphouse.sources.parsing import Tolerant, Wire

__all__ = [
    "AID_MODE",
    "DEVICE",
    "FEATURES",
    "FIRMWARE",
    "MODE",
    "MODIFIED",
    "NOTIFICATIONS",
    "POINTS",
    "SUBSCRIPTIONS",
    "SYSTEMS",
    "ZONES",
    "AidMode",
    "Device",
    "EnumValue",
    "Firmware",
    "FirmwareInfo",
    "Notification",
    "Notifications",
    "Point",
    "Product",
    "SmartHomeMode",
    "StatusChange",
    "Subscription",
    "Subscriptions",
    "System",
    "SystemDevice",
    "Systems",
    "Zone",
]


def _empty_is_none(value: object) -> object:
    """Limits have been seen as empty texts."""
    return None if value == "" else value


def _list_is_empty_object(value: object) -> object:
    """In 2021 an object without members was sent as an empty list."""
    return {} if value == [] else value


def _as_list(value: object) -> object:
    """The document says a list of objects, clients met one object: take both."""
    return [value] if isinstance(value, dict) else value


def _unwrapped(value: object) -> object:
    """Until autumn 2024 replies to changes came inside `payload`."""
    if isinstance(value, dict) and isinstance(value.get("payload"), dict):
        return value["payload"]
    return value


Limit = Annotated[float | None, BeforeValidator(_empty_is_none)]
Features = Annotated[dict[str, bool | None], BeforeValidator(_list_is_empty_object)]


class Product(Wire):
    """What a device is; the name may hold soft hyphens."""

    serial_number: str | None = None
    name: str | None = None


class SystemDevice(Wire):
    """A device in the list of systems. Its id is opaque; in 2021 the state was a number."""

    id: str
    connection_state: str | int | None = None
    current_fw_version: str | None = None
    device_type: str | None = None
    product: Product | None = None


class System(Wire):
    """One installation. Its name is the user's and may be an address: it is not read."""

    system_id: str
    security_level: str | None = None
    has_alarm: bool | None = None
    country: str | None = None
    devices: Tolerant[SystemDevice] | None = None


class Systems(Wire):
    """One page of the systems; `page` counts from 1."""

    page: int = 1
    items_per_page: int = 0
    num_items: int = 0
    systems: Tolerant[System]


class Firmware(Wire):
    """Versions of a device's software."""

    current_fw_version: str | None = None
    desired_fw_version: str | None = None


class Device(Wire):
    """A device by itself. A listed feature does not mean that a public endpoint exists."""

    id: str
    connection_state: str | int | None = None
    firmware: Firmware | None = None
    product: Product | None = None
    available_features: Features = Field(default_factory=dict)


class EnumValue(Wire):
    """One value of an enumeration; the code is a text, also with decimals."""

    value: str | float
    text: str | None = None


class Point(Wire):
    """One point of a device.

    `value` is in display units in v2 and v3. Limits are raw in v2 (times `scale_value`) and in
    display units in v3. `timestamp` is the last change at the device, not the request.
    """

    parameter_id: Annotated[str, Field(coerce_numbers_to_str=True)]
    category: str | None = None
    parameter_name: str | None = None
    parameter_unit: str | None = None
    writable: bool | None = None
    timestamp: str | None = None
    value: bool | float | str | None = None
    str_val: str | None = None
    smart_home_categories: list[str] | None = None
    min_value: Limit = None
    max_value: Limit = None
    step_value: Limit = None
    enum_values: Tolerant[EnumValue] | None = None
    scale_value: str | float | None = None
    zone_id: str | int | None = None


class Zone(Wire):
    """A room or climate zone. 0 for carbon dioxide or humidity means that there is no sensor."""

    zone_id: Annotated[str, Field(coerce_numbers_to_str=True)]
    name: str | None = None
    command_only: bool | None = None
    supported_modes: str | None = None
    mode: str | None = None
    temperature: float | None = None
    setpoint: float | None = None
    setpoint_heat: float | None = None
    setpoint_cool: float | None = None
    setpoint_range_min: float | None = None
    setpoint_range_max: float | None = None
    is_celsius: bool | None = Field(
        default=None, validation_alias=AliasChoices("isCelsius", "isCelcius")
    )
    indoor_co2: float | None = None
    indoor_humidity: float | None = None


class FirmwareInfo(Wire):
    """Versions of a device's software; an update exists where desired is set and not current."""

    device_id: str | None = None
    firmware_id: str | None = None
    current_fw_version: str | None = None
    pending_fw_version: str | None = None
    desired_fw_version: str | None = None


class AidMode(Wire):
    """Whether the device runs in its emergency mode (1)."""

    aid_mode: int


class StatusChange(Wire):
    """When a notification changed its status; `datetime` is Unix time."""

    status: str | int | None = None
    datetime: float | None = None


class Notification(Wire):
    """An alarm. Status: None, Active, DismissedByDevice, ResetByUserOnDevice/FromCloud, Unknown."""

    id: str
    alarm_number: int | None = None
    device_id: str | None = None
    severity: int | None = None
    status: str | int | None = None
    created_datetime: str | None = None
    status_history: Tolerant[StatusChange] | None = None
    header: str | None = None
    description: str | None = None
    equip_name: str | None = None


class Notifications(Wire):
    """One page of notifications; `page` counts from 1."""

    page: int = 1
    items_per_page: int = 0
    num_items: int = 0
    notifications: Tolerant[Notification]


class SmartHomeMode(Wire):
    """Default, Normal, Away, Vacation or Home."""

    smart_home_mode: str


class Subscription(Wire):
    """A paid service: history, manage or organization."""

    valid_until: str | None = None
    type: str | None = None


class Subscriptions(Wire):
    """The paid services of a system."""

    subscriptions: Tolerant[Subscription] | None = None


SYSTEMS = TypeAdapter(Systems)
DEVICE = TypeAdapter(Device)
POINTS = TypeAdapter(Tolerant[Point])
MODIFIED = TypeAdapter(Annotated[dict[str, object], BeforeValidator(_unwrapped)])
ZONES = TypeAdapter(Tolerant[Zone])
FEATURES = TypeAdapter(Features)
FIRMWARE = TypeAdapter(FirmwareInfo)
AID_MODE = TypeAdapter(AidMode)
NOTIFICATIONS = TypeAdapter(Notifications)
MODE = TypeAdapter(SmartHomeMode)
SUBSCRIPTIONS = TypeAdapter(Annotated[Tolerant[Subscriptions], BeforeValidator(_as_list)])
