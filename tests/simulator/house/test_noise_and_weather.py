from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.simulator.house.noise import Noise
from pumphouse.simulator.house.weather import Weather, season

HOUR_2025 = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) // 3600


@given(st.integers(0, 2**31), st.integers(-(10**9), 10**9))
def test_chance_is_a_function_of_seed_name_and_index(seed, index):
    number = Noise(seed, "a").chance(index)
    assert 0.0 <= number < 1.0
    assert number == Noise(seed, "a").chance(index)
    assert number != Noise(seed, "b").chance(index)


def test_chance_is_even():
    noise = Noise(1, "even")
    numbers = [noise.chance(index) for index in range(20_000)]
    assert sum(numbers) / len(numbers) == pytest.approx(0.5, abs=0.01)
    tenth = [sum(place / 10 <= x < (place + 1) / 10 for x in numbers) for place in range(10)]
    assert min(tenth) > 1800
    assert max(tenth) < 2200


@given(st.floats(-1e6, 1e6))
def test_a_wave_is_smooth_and_bounded(position):
    noise = Noise(3, "wave")
    assert -1.0 <= noise.wave(position) <= 1.0
    assert noise.wave(position + 1e-4) == pytest.approx(noise.wave(position), abs=1e-2)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_year_of_weather_is_like_stockholm(seed):
    weather = Weather(seed)
    skies = [weather.at(HOUR_2025 + hour) for hour in range(8760)]
    temperatures = [sky.outdoor for sky in skies]
    assert -20.0 < min(temperatures) < -8.0
    assert 22.0 < max(temperatures) < 31.0
    assert 5.0 < sum(temperatures) / 8760 < 8.5
    assert 700.0 < sum(sky.sun for sky in skies) / 1000.0 < 1250.0  # kWh/m²
    assert all(0.3 <= sky.humidity <= 0.99 for sky in skies)


def test_the_sun_is_down_at_midnight_and_up_at_noon():
    weather = Weather(1)
    for day in range(0, 365, 7):
        assert weather.at(HOUR_2025 + 24 * day + 23).sun < 1.0
        assert weather.at(HOUR_2025 + 24 * day + 11).sun > 0.0


def test_january_is_cold_and_july_warm():
    assert season(HOUR_2025 + 24 * 21) == pytest.approx(-1.0, abs=0.01)
    assert season(HOUR_2025 + 24 * 203) == pytest.approx(1.0, abs=0.01)
