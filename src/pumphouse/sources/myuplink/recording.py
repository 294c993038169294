"""A redacted dump of an account, as myUplink answered it: a bug report becomes a fixture."""

import random
import uuid
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from pumphouse.http.session import ApiClient
from pumphouse.sources.redaction import invented_serial, kept, replaced, rows

__all__ = ["record_account"]

_PAGE: Final = ("page", "itemsPerPage", "numItems", "systems")
_SYSTEM: Final = ("systemId", "name", "securityLevel", "hasAlarm", "country", "devices")
_LISTED: Final = ("id", "connectionState", "currentFwVersion", "deviceType", "product")
_DEVICE: Final = ("id", "connectionState", "firmware", "product", "availableFeatures")
_POINT: Final = (
    "category", "parameterId", "parameterName", "parameterUnit", "writable", "timestamp", "value",
    "strVal", "smartHomeCategories", "minValue", "maxValue", "stepValue", "enumValues",
    "scaleValue", "zoneId",
)  # fmt: skip
_HEADERS: Final = {"Accept-Language": "en-US"}


async def record_account(client: ApiClient, rng: random.Random) -> Mapping[str, object]:
    """What the API answers for all devices of an account, with everything private invented.

    The shape is that of the project's recordings: `systems`, `devices` and `points` by device.

    Raises:
        SourceError: a call failed; half a recording is of no use.
    """
    body = await client.get("/v2/systems/me", (("page", "1"), ("itemsPerPage", "100")), _HEADERS)
    page = kept(body, _PAGE) if isinstance(body, dict) else {}
    systems = [
        kept(row, _SYSTEM)
        | {
            "name": "Home",
            "country": "Unknown",
            "devices": [kept(device, _LISTED) for device in rows(row.get("devices"))],
        }
        for row in rows(page.get("systems"))
    ]
    devices: dict[str, object] = {}
    points: dict[str, object] = {}
    for listed in [device for system in systems for device in rows(system["devices"])]:
        device = str(listed.get("id"))
        path = f"/v2/devices/{quote(device, safe='')}"
        detail = await client.get(path, (), _HEADERS)
        devices[device] = kept(detail, _DEVICE) if isinstance(detail, dict) else detail
        found = rows(await client.get(f"{path}/points", (), _HEADERS))
        points[device] = [kept(row, _POINT) for row in found]
    dump = {
        "product": ", ".join(_product(listed) for s in systems for listed in rows(s["devices"])),
        "source": "recorded with pumphouse",
        "systems": page | {"systems": systems},
        "devices": devices,
        "points": points,
    }
    cleaned = replaced(dump, _secrets(systems, rng))
    assert isinstance(cleaned, dict)
    return cleaned


def _product(device: Mapping[str, object]) -> str:
    product = device.get("product")
    return str(product.get("name")) if isinstance(product, dict) else "unknown"


def _secrets(systems: list[dict[str, object]], rng: random.Random) -> dict[str, str]:
    """Ids and serial numbers, which occur in more than one place."""
    secrets: dict[str, str] = {}
    for system in systems:
        secrets[str(system.get("systemId"))] = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        for device in rows(system["devices"]):
            product = device.get("product")
            serial = str(product.get("serialNumber") or "") if isinstance(product, dict) else ""
            secrets[serial] = invented_serial(serial, rng)
            secrets[str(device.get("id"))] = f"recorded-{rng.getrandbits(64):016x}"
    return secrets
