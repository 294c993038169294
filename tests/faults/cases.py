"""Every call of both vendors' APIs, and what each kind of fault has to come to."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pumphouse.core.errors import (
    BadResponse,
    CredentialsRefused,
    LoginRequired,
    RateLimited,
    ServerFailure,
    SourceError,
    Unreachable,
)
from pumphouse.simulator.faults import FaultKind
from pumphouse.sources.myuplink.api import MyUplinkApi
from pumphouse.sources.nibe_uplink.api import NibeUplinkApi

VENDORS: Final = ("nibe_uplink", "myuplink")
APIS: Final = {"nibe_uplink": NibeUplinkApi, "myuplink": MyUplinkApi}
#: a guarded endpoint of each vendor, to force what an expired or withdrawn token leads to
PROBES: Final[Mapping[str, str]] = {
    "nibe_uplink": "/api/v1/systems",
    "myuplink": "/v2/protected-ping",
}

#: what a read begins with
LISTS: Final[Mapping[str, str]] = {
    "nibe_uplink": "/api/v1/systems",
    "myuplink": "/v2/systems/me",
}

PUMP: Final = 80105
SERIAL: Final = "06512199000102"
DEVICE: Final = "emmy-r-208006-20240516-06615223110021-54-10-ec-c4-ca-9a"
HOME: Final = "322dfde7-8987-55e5-8012-29809ddbdad9"


@dataclass(frozen=True)
class Case:
    """One method of an API and the endpoint it asks, below the vendor's base."""

    vendor: str
    name: str
    verb: str
    path: str
    call: Callable[..., Awaitable[object]]
    guarded: bool = True

    def __str__(self) -> str:
        return f"{self.vendor}-{self.verb}-{self.path.rpartition('/')[2]}-{self.name}"


def _nibe(
    name: str, rest: str, call: Callable[[NibeUplinkApi], Awaitable[object]], verb: str = "GET"
) -> Case:
    return Case("nibe_uplink", name, verb, f"/api/v1{rest}", call)


def _myuplink(
    name: str,
    path: str,
    call: Callable[[MyUplinkApi], Awaitable[object]],
    verb: str = "GET",
    *,
    guarded: bool = True,
) -> Case:
    return Case("myuplink", name, verb, path, call, guarded)


_S = f"/systems/{PUMP}"
_H = f"/v2/systems/{HOME}"
_D = f"/v2/devices/{DEVICE}"

CASES: Final = (
    _nibe("systems", "/systems", lambda api: api.systems()),
    _nibe("system", _S, lambda api: api.system(PUMP)),
    _nibe("status", f"{_S}/status/system", lambda api: api.status(PUMP)),
    _nibe("unit_status", f"{_S}/status/systemUnit/0", lambda api: api.unit_status(PUMP, 0)),
    _nibe("system_software", f"{_S}/software", lambda api: api.system_software(PUMP)),
    _nibe("software", "/software", lambda api: api.software(SERIAL)),
    _nibe("config", f"{_S}/config", lambda api: api.config(PUMP)),
    _nibe("units", f"{_S}/units", lambda api: api.units(PUMP)),
    _nibe("notifications", f"{_S}/notifications", lambda api: api.notifications(PUMP)),
    _nibe("parameters", f"{_S}/parameters", lambda api: api.parameters(PUMP, ["40004"])),
    _nibe(
        "set_parameters",
        f"{_S}/parameters",
        lambda api: api.set_parameters(PUMP, {"47011": "1"}),
        "PUT",
    ),
    _nibe("premium", f"{_S}/premium", lambda api: api.premium(PUMP)),
    _nibe(
        "categories",
        f"{_S}/serviceinfo/categories",
        lambda api: api.categories(PUMP, parameters=True),
    ),
    _nibe(
        "category",
        f"{_S}/serviceinfo/categories/STATUS",
        lambda api: api.category(PUMP, "STATUS"),
    ),
    _nibe("mode", f"{_S}/smarthome/mode", lambda api: api.mode(PUMP)),
    _nibe(
        "set_mode", f"{_S}/smarthome/mode", lambda api: api.set_mode(PUMP, "AWAY_FROM_HOME"), "PUT"
    ),
    _nibe("thermostats", f"{_S}/smarthome/thermostats", lambda api: api.thermostats(PUMP)),
    _nibe(
        "set_thermostat",
        f"{_S}/smarthome/thermostats",
        lambda api: api.set_thermostat(PUMP, 7, "Kitchen", actual=20.5),
        "POST",
    ),
    _myuplink("ping", "/v2/ping", lambda api: api.ping(), guarded=False),
    _myuplink("protected_ping", "/v2/protected-ping", lambda api: api.protected_ping()),
    _myuplink("systems", "/v2/systems/me", lambda api: api.systems()),
    _myuplink("notifications", f"{_H}/notifications", lambda api: api.notifications(HOME)),
    _myuplink(
        "notifications",
        f"{_H}/notifications/active",
        lambda api: api.notifications(HOME, active=True),
    ),
    _myuplink("smart_home_mode", f"{_H}/smart-home-mode", lambda api: api.smart_home_mode(HOME)),
    _myuplink(
        "set_smart_home_mode",
        f"{_H}/smart-home-mode",
        lambda api: api.set_smart_home_mode(HOME, "Away"),
        "PUT",
    ),
    _myuplink("subscriptions", f"{_H}/subscriptions", lambda api: api.subscriptions(HOME)),
    _myuplink("device", _D, lambda api: api.device(DEVICE)),
    _myuplink("points", f"{_D}/points", lambda api: api.points(DEVICE)),
    _myuplink(
        "points",
        f"/v3/devices/{DEVICE}/points",
        lambda api: api.points(DEVICE, version="v3"),
    ),
    _myuplink(
        "set_points", f"{_D}/points", lambda api: api.set_points(DEVICE, {"3671": "1"}), "PATCH"
    ),
    _myuplink("zones", f"{_D}/smart-home-zones", lambda api: api.zones(DEVICE)),
    _myuplink(
        "set_zone",
        f"{_D}/zones/1",
        lambda api: api.set_zone(DEVICE, "1", setpoint_heat=21.5),
        "PATCH",
    ),
    _myuplink(
        "smart_home_categories",
        f"{_D}/smart-home-categories",
        lambda api: api.smart_home_categories(DEVICE),
    ),
    _myuplink("firmware_info", f"{_D}/firmware-info", lambda api: api.firmware_info(DEVICE)),
    _myuplink("aid_mode", f"{_D}/aidMode", lambda api: api.aid_mode(DEVICE)),
)
#: served by the simulated clouds, asked by nobody here: downloads, and a check of passwords
NOT_ASKED: Final = ("/user/validate", "/firmware/")


@dataclass(frozen=True)
class Outcome:
    """What one fault comes to.

    Attributes:
        error: exactly this kind, None where the user does not notice.
        asked: requests to the endpoint.
        renewals: requests for a token.
        seconds: what the simulator is told with the fault.
    """

    error: type[SourceError] | None
    asked: int = 1
    renewals: int = 0
    seconds: float | None = None


#: at an endpoint of an API, as the error tree and `http.session` document it
OUTCOMES: Final[Mapping[FaultKind, Outcome]] = {
    FaultKind.RATE_LIMIT: Outcome(RateLimited),
    FaultKind.SERVER_ERROR: Outcome(ServerFailure),
    FaultKind.HTML_ERROR: Outcome(ServerFailure),
    FaultKind.MALFORMED_JSON: Outcome(BadResponse),
    FaultKind.TIMEOUT: Outcome(Unreachable, seconds=1.0),
    FaultKind.DISCONNECT: Outcome(Unreachable),
    FaultKind.UNAUTHORIZED: Outcome(None, asked=2, renewals=1),
    FaultKind.EXPIRE_TOKENS: Outcome(None, asked=2, renewals=1),
    FaultKind.REVOKE_GRANTS: Outcome(LoginRequired, renewals=1),
    FaultKind.MAINTENANCE: Outcome(ServerFailure, seconds=90),
}
#: at the token endpoint, while a token is renewed: `http.messages` and `http.oauth2` document it
RENEWALS: Final[Mapping[FaultKind, type[SourceError] | None]] = {
    FaultKind.RATE_LIMIT: RateLimited,
    FaultKind.SERVER_ERROR: ServerFailure,
    FaultKind.HTML_ERROR: ServerFailure,
    FaultKind.MALFORMED_JSON: BadResponse,
    FaultKind.TIMEOUT: Unreachable,
    FaultKind.DISCONNECT: Unreachable,
    FaultKind.UNAUTHORIZED: CredentialsRefused,
    FaultKind.EXPIRE_TOKENS: None,  # no token there that could have expired: the fault waits
    FaultKind.REVOKE_GRANTS: LoginRequired,
    FaultKind.MAINTENANCE: ServerFailure,
}
#: kinds that end a request with an error that another try may mend
PASSING: Final = tuple(
    kind for kind, outcome in OUTCOMES.items() if outcome.error not in (None, LoginRequired)
)


def outcome_of(case: Case, kind: FaultKind) -> Outcome:
    """The outcome of a fault at an endpoint; where no token is needed, none can have ended."""
    if not case.guarded and kind in (FaultKind.EXPIRE_TOKENS, FaultKind.REVOKE_GRANTS):
        return Outcome(None)
    return OUTCOMES[kind]
