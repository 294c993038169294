"""Changing a setting of NIBE Uplink: what is sent, and what its answers mean."""

import pytest

from pumphouse.core.errors import AccessDenied, RequestRefused, ServerFailure, TransientError
from pumphouse.core.model import Option, Point, PointKey
from pumphouse.core.units import parse_unit
from pumphouse.sources.nibe_uplink import NibeUplinkSettings
from pumphouse.sources.nibe_uplink.source import NibeUplink

PARAMETERS = "/api/v1/systems/7/parameters"
MODE = "/api/v1/systems/7/smarthome/mode"
SYSTEM = {"systemId": 7, "name": "S", "lastActivityDate": "2026-01-15T11:58:00Z"}


def point(native_id: str, unit: str = "", options: tuple[Option, ...] = ()) -> Point:
    key = PointKey("ground", "7", native_id)
    return Point(
        key,
        f"point {native_id}",
        unit=parse_unit(unit).canonical,
        vendor_unit=unit,
        options=options,
    )


OFFSET = point("47011")
SMART_MODE = point("smart_home_mode", options=(Option(0, "Default"), Option(1, "Away")))


@pytest.fixture
async def source(cloud, host, consent):
    await consent("ground", "authorization_code", "READSYSTEM", "WRITESYSTEM")
    settings = NibeUplinkSettings(
        client_id="id", client_secret="secret", base_url=cloud.url, write=True
    )
    async with NibeUplink("ground", settings, host) as opened:
        yield opened


def sent(cloud):
    return [(one.method, one.query, one.body) for one in cloud.asked if one.method != "GET"]


@pytest.mark.parametrize(
    ("target", "value", "query", "settings"),
    [
        (OFFSET, -3.0, (), {"47011": "-3"}),
        (point("47398", "°C"), 21.5, (), {"47398": "21.5"}),
        (point("47212", "kW"), 6500.0, (), {"47212": "6.5"}),
        (point("1/47011"), 2.0, (("systemUnitId", "1"),), {"47011": "2"}),
        (point("48132", options=(Option(0, "Off"), Option(4, "On"))), 4.0, (), {"48132": "4"}),
    ],
)
async def test_a_value_travels_in_the_unit_people_read(
    source, cloud, target, value, query, settings
):
    cloud.answers = {PARAMETERS: [{"status": "SENDING", "parameter": None}]}
    assert await source.write(target, value) == "NIBE Uplink says SENDING."
    assert sent(cloud) == [("PUT", query, {"settings": settings})]


async def test_whether_a_silent_pump_has_taken_it_is_not_certain(source, cloud):
    cloud.answers = {PARAMETERS: [{"status": "TIMEOUT", "parameter": None}]}
    with pytest.raises(ServerFailure, match="heard nothing of the pump in time"):
        await source.write(OFFSET, 1.0)


@pytest.mark.parametrize(
    ("code", "details", "error", "sentence"),
    [
        (1, "Error 14:  47011", RequestRefused, "does not take this setting from outside"),
        (1, "Error 15: Value out of range 47011", RequestRefused, "out of range"),
        (1, "Error 16:  47011", RequestRefused, "cannot be set"),
        (12, "", AccessDenied, "Premium Manage"),
        (11, "", AccessDenied, "access level"),
        (26, "", TransientError, "offline"),
    ],
)
async def test_an_error_number_becomes_a_sentence(source, cloud, code, details, error, sentence):
    body = {"httpStatusCode": 400, "errorCode": code, "details": [details], "data": None}
    cloud.answers = {PARAMETERS: (400, body)}
    with pytest.raises(error, match=sentence) as caught:
        await source.write(OFFSET, 1.0)
    assert type(caught.value) is error
    assert len(sent(cloud)) == 1


@pytest.mark.parametrize("status", [400, 404])
async def test_a_refusal_without_a_number_names_the_usual_causes(source, cloud, status):
    cloud.answers = {PARAMETERS: (status, None)}
    with pytest.raises(RequestRefused, match=f"{status}.*Premium Manage"):
        await source.write(OFFSET, 1.0)


async def test_the_mode_is_sent_by_its_name_and_read_back(source, cloud):
    cloud.answers = {MODE: (200, {"mode": "AWAY_FROM_HOME"}), "/api/v1/systems/7": SYSTEM}
    assert await source.write(SMART_MODE, 1.0) == "NIBE Uplink has taken the mode."
    assert sent(cloud) == [("PUT", (), {"mode": "AWAY_FROM_HOME"})]
    reading = await source.read_back(SMART_MODE)
    assert reading is not None
    assert reading.value == 1.0
    cloud.answers[MODE] = {"mode": "SOMETHING_NEW"}
    assert await source.read_back(SMART_MODE) is None


def test_only_a_mode_other_than_the_default_expires(source):
    assert source.expires_after(SMART_MODE, 1.0) == 1800
    assert source.expires_after(SMART_MODE, 0.0) is None
    assert source.expires_after(OFFSET, 1.0) is None


async def test_reading_back_asks_for_one_parameter_and_takes_the_systems_time(source, cloud):
    row = {"parameterId": 47398, "name": "47398", "unit": "°C", "displayValue": "21.5°C"}
    cloud.answers = {PARAMETERS: [row | {"rawValue": 215}], "/api/v1/systems/7": SYSTEM}
    reading = await source.read_back(point("47398", "°C"))
    assert reading is not None
    assert reading.value == 21.5
    assert reading.time.isoformat() == "2026-01-15T11:58:00+00:00"
    cloud.answers[PARAMETERS] = []
    assert await source.read_back(OFFSET) is None
    assert sent(cloud) == []
