"""The JSON shapes of NIBE Uplink v1."""

from typing import Final, NotRequired, TypedDict

from pumphouse.simulator.guard import ErrorCodes

__all__ = ["CODES", "MISSING", "Category", "Code", "Parameter", "System", "Unit"]

#: raw value of a sensor that is not there, shown as `--`
MISSING: Final = -32768


class Parameter(TypedDict):
    """One value; all seven keys are always present."""

    parameterId: int
    name: str | None
    title: str
    designation: str
    unit: str
    displayValue: str
    rawValue: int


class Category(TypedDict):
    """A group of parameters of one unit; `parameters` is null where they were not asked for."""

    categoryId: str
    name: str
    parameters: list[Parameter] | None


class Unit(TypedDict):
    """The master (0) or a slave of a system."""

    systemUnitId: int
    name: str
    shortName: str
    product: str
    softwareVersion: str


class System(TypedDict):
    """An installation; the keys that this server itself looks at."""

    systemId: int
    name: str
    productName: str
    serialNumber: str
    lastActivityDate: str
    hasAlarmed: bool
    connectionStatus: str
    securityLevel: NotRequired[str]
    productImage: NotRequired[object]
    address: NotRequired[object]


class Code:
    """Error numbers of the vendor's table."""

    UNKNOWN = 0
    FORMAT_ERROR = 1
    UNKNOWN_SYSTEM = 2
    NOT_FOUND = 7
    UNKNOWN_SYSTEM_UNIT = 9
    TOO_MANY = 13
    INVALID = 14
    OUT_OF_RANGE = 15
    NOT_SETABLE = 16
    UNKNOWN_PARAMETER = 18
    OAUTH_AUTHORIZATION_FAILED = 19
    OAUTH_INVALID_SCOPE = 20
    RATE_LIMIT = 28


CODES: Final = ErrorCodes(
    unauthorized=Code.OAUTH_AUTHORIZATION_FAILED,
    scope=Code.OAUTH_INVALID_SCOPE,
    rate=Code.RATE_LIMIT,
    missing=Code.NOT_FOUND,
    malformed=Code.FORMAT_ERROR,
    rate_text=("You have exceeded the API request rate limit and have been blocked temporarily."),
)
