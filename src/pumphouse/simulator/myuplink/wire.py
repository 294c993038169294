"""The JSON shapes of myUplink."""

from typing import Final, NotRequired, TypedDict

from pumphouse.simulator.guard import ErrorCodes

__all__ = ["CODES", "INVALID", "MISSING", "EnumValue", "Point", "Product", "SystemDevice"]

#: value of a sensor that is not there
MISSING: Final = -32768


class EnumValue(TypedDict):
    """One value of an enumeration; all texts."""

    value: str
    text: str
    icon: str


class Point(TypedDict):
    """One data point. Limits are raw in v2 (to be multiplied by `scaleValue`)."""

    category: str | None
    parameterId: str
    parameterName: str
    parameterUnit: str
    writable: bool
    timestamp: str
    value: float | str | None
    strVal: str
    smartHomeCategories: list[str]
    minValue: float | None
    maxValue: float | None
    stepValue: NotRequired[float | None]
    enumValues: list[EnumValue]
    scaleValue: str
    zoneId: str | None


class Product(TypedDict):
    """What stands on the plate."""

    serialNumber: str
    name: str


class SystemDevice(TypedDict):
    """A device as the list of systems shows it."""

    id: str
    connectionState: str
    currentFwVersion: str
    deviceType: NotRequired[str]
    product: Product


#: the error number of a refused value; the vendor publishes no table
INVALID: Final = 400

CODES: Final = ErrorCodes(
    unauthorized=401,
    scope=403,
    rate=429,
    missing=404,
    malformed=INVALID,
    rate_text="API calls quota exceeded! maximum admitted 25 per 1m.",
    server=500,
)
