"""Opening the place that somebody wants to import from: a file or the address of a server."""

import base64
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from pumphouse.catalogue.catalogue import load_catalogue
from pumphouse.core.errors import UsageError
from pumphouse.core.model import Interval
from pumphouse.core.ports import Host, Store
from pumphouse.importers.database import Database
from pumphouse.importers.destination import Destination
from pumphouse.importers.influxdb import InfluxDb
from pumphouse.importers.mapping import BUILT_IN, read_mapping
from pumphouse.importers.pieces import Reader
from pumphouse.importers.prometheus import Prometheus
from pumphouse.importers.prometheus_names import OUR_NAMES
from pumphouse.importers.recognise import FILE_FORMATS, Manner, open_file

__all__ = ["FORMATS", "Login", "Wish", "opened"]

_ADDRESS: Final = re.compile("https?://", re.IGNORECASE)
_SERVERS: Final = ("influxdb", "prometheus")
FORMATS: Final = (*FILE_FORMATS, *_SERVERS)
"""What `--format` may be."""


@dataclass(frozen=True, slots=True)
class Login:
    """How to get into a server; what is None is not sent."""

    user: str | None = None
    password: str | None = None
    token: str | None = None

    def headers(self) -> Mapping[str, str]:
        """The header that says who asks."""
        if self.token:
            return {"Authorization": f"Token {self.token}"}
        if self.user:
            pair = f"{self.user}:{self.password or ''}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        return {}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be imported and how.

    Attributes:
        place: a file, or the address of a server.
        form: its format; recognised by itself where it is None.
        device: the id or name of the device that everything belongs to.
        mapping: a file of rules that come before the built-in ones.
        interval: what to read from a server.
        database: of InfluxDB.
        series: of Prometheus, a selector.
    """

    place: str
    interval: Interval
    form: str | None = None
    device: str | None = None
    mapping: Path | None = None
    database: str | None = None
    series: str = '{__name__=~".+"}'
    login: Login = Login()


@asynccontextmanager
async def opened(wish: Wish, store: Store, host: Host) -> AsyncIterator[Reader]:
    """A reader of the place.

    Raises:
        UsageError: it cannot be read, has no known format, or something that it needs is missing.
    """
    destination = Destination(
        load_catalogue(), await store.devices(), await store.points(), chosen=wish.device
    )
    rules = read_mapping(wish.mapping) if wish.mapping else ()
    said = (wish.device or "", str(wish.interval.start), wish.place)
    manner = Manner(destination, ZoneInfo(host.site.timezone), rules, said)
    if not _ADDRESS.match(wish.place):
        if wish.form in _SERVERS:
            raise UsageError(f"{wish.form} is a server: give its address, http://…")
        yield open_file(Path(wish.place), manner, wish.form)
        return
    form = wish.form or ("influxdb" if wish.database else None)
    what = {"influxdb": "InfluxDB", "prometheus": "Prometheus"}.get(form or "", "The server")
    headers = wish.login.headers()
    async with Database(wish.place, what=what, host=host, headers=headers) as server:
        if form is None:
            form = "prometheus" if await server.speaks_promql() else "influxdb"
        yield _server(form, server, wish, manner)


def _server(form: str, server: Database, wish: Wish, manner: Manner) -> Reader:
    if form == "influxdb":
        if not wish.database:
            raise UsageError(
                f"{wish.place} is taken for InfluxDB: say which database to read, --database NAME"
            )
        return InfluxDb(
            server,
            wish.database,
            destination=manner.destination,
            rules=(*manner.rules, *BUILT_IN),
            interval=wish.interval,
            how=manner.identity,
        )
    if form == "prometheus":
        return Prometheus(
            server,
            wish.series,
            destination=manner.destination,
            rules=(*manner.rules, *OUR_NAMES),
            interval=wish.interval,
            how=manner.identity,
        )
    raise UsageError(f"{form} is a format of files, not of a server")
