"""What the versions of InfluxDB do differently: the address to write to, its parameters, the login.

=======  ==================  =============================  ===============================
version  path                parameters                     login
=======  ==================  =============================  ===============================
1        `/write`            `db`, `rp`, `precision`        Basic, or a token as Bearer
2        `/api/v2/write`     `org`, `bucket`, `precision`   Token
3        `/api/v3/write_lp`  `db`, `precision`, …           Bearer
=======  ==================  =============================  ===============================
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pumphouse.sinks.influxdb.line_protocol import Precision
from pumphouse.sinks.influxdb.settings import InfluxDbSettings

__all__ = ["Dialect", "dialect"]

_LONG_NAMES: Final = {Precision.SECOND: "second", Precision.MILLISECOND: "millisecond"}
_SHORT_NAMES: Final = {precision: precision.value for precision in Precision}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one server is written to.

    Attributes:
        path: below the configured address.
        params: of every request, without the precision.
        precisions: what a precision is called.
        headers: the login, if any.
        creation: how somebody makes the missing database, in words.
    """

    path: str
    params: tuple[tuple[str, str], ...]
    precisions: Mapping[Precision, str]
    headers: Mapping[str, str] = field(repr=False)
    creation: str

    def query(self, precision: Precision) -> Sequence[tuple[str, str]]:
        """The parameters of a request whose time stamps have this precision.

        It is always said: servers that guess take early instants for other units.
        """
        return (*self.params, ("precision", self.precisions[precision]))


def dialect(settings: InfluxDbSettings) -> Dialect:
    """The dialect that the settings ask for."""
    database = settings.database
    match settings.version:
        case 1:
            policy = settings.retention_policy
            return Dialect(
                "/write",
                (("db", database), *((("rp", policy),) if policy else ())),
                _SHORT_NAMES,
                _basic(settings) or _bearing("Bearer", settings),
                f"create it with `influx -execute 'CREATE DATABASE \"{database}\"'`",
            )
        case 2:
            return Dialect(
                "/api/v2/write",
                (("org", settings.org or ""), ("bucket", database)),
                _SHORT_NAMES,
                _bearing("Token", settings),
                f"create it with `influx bucket create --org '{settings.org}' --name '{database}'`",
            )
        case 3:
            return Dialect(
                "/api/v3/write_lp",
                (("db", database), ("accept_partial", "true"), ("no_sync", "false")),
                _LONG_NAMES,
                _bearing("Bearer", settings),
                f"create it with `influxdb3 create database '{database}'`",
            )


def _basic(settings: InfluxDbSettings) -> Mapping[str, str]:
    if settings.user is None or settings.password is None:
        return {}
    login = f"{settings.user}:{settings.password.get_secret_value()}"
    return {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}


def _bearing(scheme: str, settings: InfluxDbSettings) -> Mapping[str, str]:
    if settings.token is None:
        return {}
    return {"Authorization": f"{scheme} {settings.token.get_secret_value()}"}
