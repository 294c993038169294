"""A redacted dump of what Tibber's Data API answers: a bug report becomes a fixture."""

import random
import uuid
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from pumphouse.http.session import ApiClient
from pumphouse.sources.redaction import invented_serial, kept, replaced, rows

__all__ = ["record_account"]

_LISTED: Final = ("id", "externalId", "info", "supportedHistory")
_DETAIL: Final = (*_LISTED, "status", "capabilities", "attributes")
_CAPABILITY: Final = ("id", "description", "value", "unit", "availableValues", "$type")
_ATTRIBUTE: Final = ("id", "value", "status", "$type")
_INFO: Final = ("brand", "model")
#: texts that say nothing about whose device it is; any other is left out
_HARMLESS: Final = frozenset({"isOnline", "firmwareVersion"})


async def record_account(client: ApiClient, rng: random.Random) -> Mapping[str, object]:
    """What the API answers for all homes, with everything private invented.

    Raises:
        SourceError: a call failed; half a recording is of no use.
    """
    body = await client.get("/v1/homes")
    homes = [str(row["id"]) for row in rows(_member(body, "homes")) if "id" in row]
    secrets = {home: str(uuid.UUID(int=rng.getrandbits(128), version=4)) for home in homes}
    lists: dict[str, object] = {}
    devices: dict[str, object] = {}
    for home in homes:
        path = f"/v1/homes/{quote(home, safe='')}/devices"
        listed = rows(_member(await client.get(path), "devices"))
        lists[home] = {"devices": [_listed(row) for row in listed]}
        for row in listed:
            device = str(row.get("id"))
            secrets[device] = f"recorded-{rng.getrandbits(64):016x}"
            detail = await client.get(f"{path}/{quote(device, safe='')}")
            devices[device] = _detail(detail, secrets, rng) if isinstance(detail, dict) else detail
    dump = {
        "product": "Tibber",
        "source": "recorded with pumphouse",
        "homes": {"homes": [{"id": home, "name": "Home"} for home in homes]},
        "lists": lists,
        "devices": devices,
    }
    cleaned = replaced(dump, secrets)
    assert isinstance(cleaned, dict)
    return cleaned


def _member(body: object, name: str) -> object:
    return body.get(name) if isinstance(body, dict) else None


def _listed(row: Mapping[str, object]) -> dict[str, object]:
    """A device without the name that its owner gave it."""
    known = kept(row, _LISTED)
    info = row.get("info")
    known["info"] = {"name": "Device", **(kept(info, _INFO) if isinstance(info, dict) else {})}
    return known


def _detail(
    row: Mapping[str, object], secrets: dict[str, str], rng: random.Random
) -> dict[str, object]:
    """The device; what identifies it goes into `secrets`, to be replaced wherever it stands."""
    if row.get("externalId"):
        secrets.setdefault(str(row["externalId"]), invented_serial(None, rng))
    attributes = [kept(one, _ATTRIBUTE) for one in rows(row.get("attributes"))]
    for one in attributes:
        if isinstance(one.get("value"), str) and one.get("id") not in _HARMLESS:
            one["value"] = secrets.setdefault(str(one["value"]), invented_serial(None, rng))
    return {
        **kept(row, _DETAIL),
        **_listed(row),
        "attributes": attributes,
        "capabilities": [kept(one, _CAPABILITY) for one in rows(row.get("capabilities"))],
    }
