"""The JSON shapes of NIBE Uplink v1."""

from typing import Final, TypedDict

from pumphouse.simulator.guard import ErrorCodes

__all__ = ["CODES", "MISSING", "Category", "Code", "Parameter", "System", "Unit"]

#: raw value of a sensor that is not there, shown as `--`
MISSING: Final = -32768


# Recordings are served as they are, so any key may be missing and any value null.


class Parameter(TypedDict, total=False):
    """One value; the vendor always sends all seven keys."""

    parameterId: int | None
    name: str | None
    title: str | None
    designation: str | None
    unit: str | None
    displayValue: str | None
    rawValue: int | None


class Category(TypedDict, total=False):
    """A group of parameters of one unit; `parameters` is null where they were not asked for."""

    categoryId: str | None
    name: str | None
    parameters: list[Parameter] | None


class Unit(TypedDict, total=False):
    """The master (0) or a slave of a system."""

    systemUnitId: int | None
    name: str | None
    shortName: str | None
    product: str | None
    softwareVersion: str | None


class System(TypedDict, total=False):
    """An installation."""

    systemId: int | None
    name: str | None
    productName: str | None
    serialNumber: str | None
    lastActivityDate: str | None
    hasAlarmed: bool | None
    connectionStatus: str | None
    securityLevel: str | None
    productImage: object
    address: object


class Code:
    """Error numbers of the vendor's table."""

    UNKNOWN = 0
    FORMAT_ERROR = 1
    UNKNOWN_SYSTEM = 2
    NOT_FOUND = 7
    UNKNOWN_SYSTEM_UNIT = 9
    NO_PREMIUM = 12
    TOO_MANY = 13
    INVALID = 14
    OUT_OF_RANGE = 15
    NOT_SETABLE = 16
    UNKNOWN_PARAMETER = 18
    OAUTH_AUTHORIZATION_FAILED = 19
    OAUTH_INVALID_SCOPE = 20
    SYSTEM_OFFLINE = 26
    RATE_LIMIT = 28


CODES: Final = ErrorCodes(
    unauthorized=Code.OAUTH_AUTHORIZATION_FAILED,
    scope=Code.OAUTH_INVALID_SCOPE,
    rate=Code.RATE_LIMIT,
    missing=Code.NOT_FOUND,
    malformed=Code.FORMAT_ERROR,
    rate_text=("You have exceeded the API request rate limit and have been blocked temporarily."),
)
