"""The JSON shapes of myUplink."""

from typing import Final, NotRequired, TypedDict

from pumphouse.simulator.guard import ErrorCodes

__all__ = ["CODES", "INVALID", "MISSING", "EnumValue", "Point", "Product", "SystemDevice"]

#: value of a sensor that is not there
MISSING: Final = -32768


class EnumValue(TypedDict, total=False):
    """One value of an enumeration; all texts, but recordings may lack any."""

    value: str | None
    text: str | None
    icon: str | None


class Point(TypedDict, total=False):
    """One data point. Limits are raw in v2 (to be multiplied by `scaleValue`).

    Recordings are served as they are, so any key may be missing and any value null.
    """

    category: str | None
    parameterId: str | None
    parameterName: str | None
    parameterUnit: str | None
    writable: bool | None
    timestamp: str | None
    value: float | str | None
    strVal: str | None
    smartHomeCategories: list[str] | None
    minValue: float | None
    maxValue: float | None
    stepValue: float | None
    enumValues: list[EnumValue] | None
    scaleValue: str | None
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
