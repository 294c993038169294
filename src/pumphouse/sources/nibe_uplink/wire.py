"""NIBE Uplink's JSON as types: what API version 1 answers, tolerant of what it may add.

Empty fields are sent as null, never omitted; enumerations are open-ended, so they stay texts.
"""

from typing import Generic, TypeVar

from pydantic import TypeAdapter

from pumphouse.sources.parsing import Tolerant, Wire

__all__ = [
    "CATEGORIES",
    "CONFIG",
    "MODE",
    "NOTIFICATIONS",
    "PARAMETERS",
    "QUEUE",
    "SOFTWARE",
    "STATUS",
    "SUBSCRIPTIONS",
    "SYSTEM",
    "SYSTEMS",
    "SYSTEM_SOFTWARE",
    "THERMOSTATS",
    "UNITS",
    "Category",
    "Image",
    "ImageSize",
    "Mode",
    "Notification",
    "NotificationInfo",
    "Page",
    "Parameter",
    "ProductConfig",
    "Queued",
    "Software",
    "StatusItem",
    "Subscription",
    "System",
    "SystemSoftware",
    "SystemUnit",
    "Thermostat",
]

ItemT = TypeVar("ItemT")


class Page(Wire, Generic[ItemT]):
    """One page of a list; `page` counts from 1."""

    page: int = 1
    items_per_page: int = 0
    num_items: int = 0
    objects: Tolerant[ItemT]


class ImageSize(Wire):
    """One size of an image; the address is relative to https://www.nibeuplink.com."""

    width: int | None = None
    height: int | None = None
    url: str | None = None


class Image(Wire):
    """An icon; `name` does not depend on the language."""

    name: str | None = None
    sizes: Tolerant[ImageSize] | None = None


class System(Wire):
    """One installation: a pump with its further units. Its address is not read at all.

    `connection_status` is ONLINE, PENDING or OFFLINE; PENDING is the normal state of rest.
    `last_activity_date` is the last contact of the pump with the cloud.
    """

    system_id: int
    name: str | None = None
    product_name: str | None = None
    security_level: str | None = None
    serial_number: str | None = None
    last_activity_date: str | None = None
    connection_status: str | None = None
    has_alarmed: bool | None = None


class Parameter(Wire):
    """One value: the register's integer, and a text with the unit glued on.

    Id 0 occurs several times, for texts about the product. "--" means that there is no sensor.
    """

    parameter_id: int
    name: str | None = None
    title: str | None = None
    designation: str | None = None
    unit: str | None = None
    display_value: str | None = None
    raw_value: float | None = None


class Category(Wire):
    """A group of parameters of one unit; `parameters` is null unless they were asked for."""

    category_id: str
    name: str | None = None
    parameters: Tolerant[Parameter] | None = None


class SystemUnit(Wire):
    """The main unit (0) or a slave."""

    system_unit_id: int
    name: str | None = None
    short_name: str | None = None
    product: str | None = None
    software_version: str | None = None


class StatusItem(Wire):
    """A component that runs, with its most relevant parameters."""

    image: Image | None = None
    inline_text: str | None = None
    title: str | None = None
    parameters: Tolerant[Parameter] | None = None


class Software(Wire):
    """One software: family, version and release; shown together as `9240R3`."""

    name: str | None = None
    version: int | None = None
    release: int | None = None
    release_date: str | None = None


class SystemSoftware(Wire):
    """The software of a system, and the newer one if there is one."""

    current: Software | None = None
    upgrade: Software | None = None


class ProductConfig(Wire):
    """What a system can do."""

    has_cooling: bool | None = None
    has_heating: bool | None = None
    has_hot_water: bool | None = None
    has_ventilation: bool | None = None


class NotificationInfo(Wire):
    """What a notification is about."""

    alarm_number: int | None = None
    type: str | None = None
    title: str | None = None
    description: str | None = None


class Notification(Wire):
    """An alarm or a message; `occured_at` is misspelt by the vendor. Comments are not read."""

    notification_id: int
    system_unit_id: int | None = None
    module_name: str | None = None
    occured_at: str | None = None
    stopped_at: str | None = None
    was_reset: bool | None = None
    reset_possible: bool | None = None
    aidmode_possible: bool | None = None
    info: NotificationInfo | None = None


class Queued(Wire):
    """A change on its way: SENDING, VERIFYING, DONE or TIMEOUT."""

    status: str
    parameter: Parameter | None = None


class Subscription(Wire):
    """A paid service: HISTORY, MANAGE or ORGANIZATION."""

    type: str | None = None
    name: str | None = None
    expiration_date: str | None = None
    is_expiring: bool | None = None


class Mode(Wire):
    """DEFAULT_OPERATION, AWAY_FROM_HOME or VACATION."""

    mode: str


class SmartHomeSystem(Wire):
    """The application that a thermostat belongs to."""

    name: str | None = None


class Thermostat(Wire):
    """A thermostat that influences the system; its temperatures are texts."""

    smart_home_system: SmartHomeSystem | None = None
    name: str | None = None
    climate_systems: list[int] | None = None
    current_temperature: str | None = None
    target_temperature: str | None = None


SYSTEM = TypeAdapter(System)
SYSTEMS = TypeAdapter(Page[System])
STATUS = TypeAdapter(Tolerant[StatusItem])
SOFTWARE = TypeAdapter(Software)
SYSTEM_SOFTWARE = TypeAdapter(SystemSoftware)
CONFIG = TypeAdapter(ProductConfig)
UNITS = TypeAdapter(Tolerant[SystemUnit])
NOTIFICATIONS = TypeAdapter(Page[Notification])
PARAMETERS = TypeAdapter(Tolerant[Parameter])
QUEUE = TypeAdapter(Tolerant[Queued])
SUBSCRIPTIONS = TypeAdapter(Tolerant[Subscription])
CATEGORIES = TypeAdapter(Tolerant[Category])
MODE = TypeAdapter(Mode)
THERMOSTATS = TypeAdapter(Tolerant[Thermostat])
