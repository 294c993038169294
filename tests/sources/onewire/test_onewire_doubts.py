"""85 °C, -127 °C and what no sensor can measure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.sources.onewire.doubts import doubt

measurable = st.floats(min_value=-55, max_value=125)


@given(measurable, st.none() | measurable)
def test_only_85_is_doubted_within_the_range(value, before):
    assert (doubt(value, before) is None) or value == 85.0


@given(st.floats(min_value=75, max_value=95))
def test_85_is_believed_near_85(before):
    assert doubt(85.0, before) is None


@pytest.mark.parametrize("before", [None, 20.0, 74.9, 95.1])
def test_85_is_doubted_elsewhere(before):
    assert "without power" in (doubt(85.0, before) or "")


@given(st.floats(allow_nan=False).filter(lambda value: not -55 <= value <= 125), measurable)
def test_nothing_outside_the_range_is_believed(value, before):
    assert doubt(value, before)
