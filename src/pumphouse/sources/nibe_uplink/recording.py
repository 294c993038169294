"""A redacted dump of one system, as NIBE Uplink answered it: a bug report becomes a fixture."""

import random
from collections.abc import Mapping, Sequence
from typing import Final

from pumphouse.http.session import ApiClient
from pumphouse.sources.nibe_uplink.api import MAX_PARAMETERS
from pumphouse.sources.nibe_uplink.manage import asked_by_id
from pumphouse.sources.redaction import invented_serial, kept, replaced, rows

__all__ = ["record_first_system"]

_SYSTEM: Final = (
    "systemId", "name", "productName", "productImage", "securityLevel", "serialNumber",
    "lastActivityDate", "connectionStatus", "address", "hasAlarmed",
)  # fmt: skip
_UNIT: Final = ("systemUnitId", "name", "shortName", "product", "softwareVersion")
_CATEGORY: Final = ("categoryId", "name", "parameters")
_PARAMETER: Final = (
    "parameterId", "name", "title", "designation", "unit", "displayValue", "rawValue",
)  # fmt: skip
_ADDRESS: Final = {
    "addressLine1": None,
    "addressLine2": None,
    "postalCode": None,
    "city": None,
    "region": None,
    "country": "UNKNOWN",
}
_HEADERS: Final = {"Accept-Language": "en"}


async def record_first_system(client: ApiClient, rng: random.Random) -> Mapping[str, object]:
    """What the API answers for the account's first system, with everything private invented.

    The shape is that of the project's recordings: `systems`, `units`, `categories` by unit and
    `parameters` by unit.

    Raises:
        SourceError: a call failed; half a recording is of no use.
    """
    page = await client.get("/systems", (("page", "1"), ("itemsPerPage", "1")), _HEADERS)
    systems = rows(page.get("objects") if isinstance(page, dict) else None)[:1]
    if not systems:
        return {"product": "none", "systems": [], "units": [], "categories": {}, "parameters": {}}
    system = systems[0]
    path = f"/systems/{system.get('systemId')}"
    units = [kept(row, _UNIT) for row in rows(await client.get(f"{path}/units", (), _HEADERS))]
    categories = {
        str(unit.get("systemUnitId")): await _categories(client, path, unit) for unit in units
    }
    dump: Mapping[str, object] = {
        "product": " + ".join(str(unit.get("product")) for unit in units),
        "source": "recorded with pumphouse",
        "systems": [_without_home(system)],
        "units": units,
        "categories": categories,
        "parameters": {"0": await _settings(client, path, categories.get("0", ()))},
    }
    cleaned = replaced(dump, _secrets(system, categories, rng))
    assert isinstance(cleaned, dict)
    cleaned["systems"][0]["systemId"] = rng.randrange(500_000, 1_000_000)
    return cleaned


def _without_home(system: Mapping[str, object]) -> dict[str, object]:
    known = kept(system, _SYSTEM)
    return known | {
        "name": system.get("productName"),
        "productImage": None,
        "address": dict(_ADDRESS),
    }


async def _categories(
    client: ApiClient, path: str, unit: Mapping[str, object]
) -> Sequence[dict[str, object]]:
    query = (("systemUnitId", str(unit.get("systemUnitId"))), ("parameters", "true"))
    body = await client.get(f"{path}/serviceinfo/categories", query, _HEADERS)
    return [
        kept(row, _CATEGORY) | {"parameters": _parameters(row.get("parameters"))}
        for row in rows(body)
    ]


async def _settings(
    client: ApiClient, path: str, categories: Sequence[dict[str, object]]
) -> list[dict[str, object]]:
    present = [
        str(row.get("parameterId")) for part in categories for row in rows(part["parameters"])
    ]
    ids = asked_by_id((str(part.get("categoryId")) for part in categories), present)
    found: list[dict[str, object]] = []
    for start in range(0, len(ids), MAX_PARAMETERS):
        query = [("parameterIds", name) for name in ids[start : start + MAX_PARAMETERS]]
        found += _parameters(await client.get(f"{path}/parameters", query, _HEADERS))
    return found


def _parameters(body: object) -> list[dict[str, object]]:
    return [kept(row, _PARAMETER) for row in rows(body)]


def _secrets(
    system: Mapping[str, object],
    categories: Mapping[str, Sequence[dict[str, object]]],
    rng: random.Random,
) -> dict[str, str]:
    """Serial numbers, which occur in more than one place."""
    serials = {str(system.get("serialNumber") or "")} | {
        str(row.get("displayValue") or "")
        for parts in categories.values()
        for part in parts
        for row in rows(part["parameters"])
        if row.get("parameterId") == 0 and row.get("title") == "serial number"
    }
    return {serial: invented_serial(serial, rng) for serial in serials}
