"""Rules that hold for every order of events: grants, rate limits, limits of points."""

from hypothesis import given
from hypothesis import strategies as st
from tests.simulator.conftest import REDIRECT, FakeClock

from pumphouse.core.errors import PumphouseError
from pumphouse.simulator.limits import Bucket, Window
from pumphouse.simulator.myuplink.points import scaled
from pumphouse.simulator.myuplink.wire import Point
from pumphouse.simulator.nibe_uplink.settings import SETTINGS, settle
from pumphouse.simulator.oauth.grants import AuthorizationRequest, GrantBook
from pumphouse.simulator.oauth.policy import NIBE_UPLINK, OAuthRefusal, Reuse
from pumphouse.simulator.oauth.tokens import opaque_mint


def logged_in(reuse: Reuse) -> tuple[GrantBook, str]:
    book = GrantBook(NIBE_UPLINK, FakeClock(), reuse, opaque_mint)
    code = book.authorize(AuthorizationRequest("code", REDIRECT, ("READSYSTEM",)), ("READSYSTEM",))
    return book, str(book.redeem(code, REDIRECT, None)["refresh_token"])


@given(st.lists(st.sampled_from(["saved", "lost", "used"]), max_size=12))
def test_whoever_loses_replies_can_still_refresh_with_a_tolerant_server(events):
    book, kept = logged_in(Reuse.TOLERANT)
    for event in events:
        reply = book.refresh(kept)
        if event != "lost":
            kept = str(reply["refresh_token"])
        if event == "used":
            assert book.check(str(reply["access_token"])) is not None
    assert book.refresh(kept)


@given(st.lists(st.booleans(), min_size=1, max_size=8))
def test_with_a_strict_server_the_first_lost_reply_ends_the_grant(lost):
    book, kept = logged_in(Reuse.STRICT)
    alive = True
    for one in lost:
        try:
            reply = book.refresh(kept)
        except OAuthRefusal:
            alive = False
            break
        if not one:
            kept = str(reply["refresh_token"])
    assert alive is not any(lost[:-1])


@given(st.lists(st.floats(0, 40), max_size=120))
def test_a_bucket_never_lets_more_through_than_its_burst_and_its_rate(pauses):
    clock = FakeClock()
    bucket = Bucket(clock)
    admitted = 0
    for pause in pauses:
        clock.move(seconds=pause)
        admitted += bucket.admit("client").allowed
        assert admitted <= 30 + clock.elapsed / 4 + 1e-6


@given(st.lists(st.floats(0, 10), max_size=120))
def test_a_window_never_lets_more_through_than_its_limit(pauses):
    clock = FakeClock()
    window = Window(clock)
    served: list[float] = []
    for pause in pauses:
        clock.move(seconds=pause)
        verdict = window.admit("client")
        if verdict.allowed:
            served.append(clock.elapsed)
        assert int(verdict.headers["RateLimit-Remaining"]) >= 0
        assert 0 < int(verdict.headers["RateLimit-Reset"]) <= 60
    for began in served[::25]:
        assert sum(began <= at < began + 60 for at in served) <= 50


@given(st.sampled_from(["1", "0.1", "0.01"]), st.integers(-30000, 30000))
def test_scaled_limits_times_the_scale_are_the_raw_ones(scale, raw):
    point: Point = {
        "category": None,
        "parameterId": "1",
        "parameterName": "",
        "parameterUnit": "",
        "writable": True,
        "timestamp": "",
        "value": 0,
        "strVal": "",
        "smartHomeCategories": [],
        "minValue": raw,
        "maxValue": None,
        "enumValues": [],
        "scaleValue": scale,
        "zoneId": None,
    }
    limit = scaled(point)["minValue"]
    assert limit is not None
    assert round(limit / float(scale)) == raw
    assert "stepValue" not in scaled(point)


@given(st.sampled_from(sorted(SETTINGS)), st.floats(allow_nan=True) | st.text(max_size=5))
def test_a_setting_is_either_within_its_limits_or_refused(register, value):
    try:
        found, raw = settle(str(register), value)
    except PumphouseError:
        return
    setting = SETTINGS[register]
    assert found == register
    assert setting.minimum <= raw / setting.divisor <= setting.maximum
