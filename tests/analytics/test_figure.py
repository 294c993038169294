"""Figures, their sums and ratios."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumphouse.analytics.figure import Boundary, Figure, Provenance, ratio, total

figures = st.builds(
    Figure,
    st.floats(0, 1e6),
    st.floats(0, 1e3),
    st.sampled_from(Provenance),
    st.sampled_from(Boundary),
)


@pytest.mark.parametrize(("value", "error"), [(math.nan, 0), (1, math.nan), (math.inf, 1), (1, -1)])
def test_what_is_no_number_is_no_figure(value, error):
    with pytest.raises(ValueError, match="is no figure"):
        Figure(value, error, Provenance.MEASURED)


@given(st.lists(figures, min_size=1, max_size=8))
def test_a_sum_is_as_weak_as_its_weakest_part(parts):
    whole = total(parts)
    assert whole is not None
    order = list(Provenance)
    assert whole.value == pytest.approx(sum(part.value for part in parts))
    assert order.index(whole.provenance) == max(order.index(part.provenance) for part in parts)
    together = total(parts, independent=False)
    assert together is not None
    assert together.error >= whole.error * (1 - 1e-9)
    boundaries = {part.boundary for part in parts}
    assert whole.boundary == (boundaries.pop() if len(boundaries) == 1 else None)


def test_a_sum_with_a_missing_part_is_missing():
    one = Figure(1.0, 0.1, Provenance.DERIVED)
    assert total([]) is None
    assert total([one, None]) is None


@given(figures, figures)
def test_a_ratio_adds_relative_errors_in_squares(upper, lower):
    found = ratio(upper, lower)
    if lower.value <= 1e-3:
        return
    assert found is not None
    assert found.value == pytest.approx(upper.value / lower.value)
    assert found.boundary is lower.boundary
    expected = math.hypot(upper.error, found.value * lower.error) / lower.value
    assert found.error == pytest.approx(expected)


def test_a_ratio_to_nothing_is_nothing():
    tiny = Figure(5e-324, 1.0, Provenance.DERIVED)
    assert ratio(Figure(1.0, 0.1, Provenance.DERIVED), tiny) is None
    one, none = Figure(1.0, 0.1, Provenance.DERIVED), Figure(0.0, 0.0, Provenance.DERIVED)
    assert ratio(one, none) is None
    assert ratio(None, one) is None
    assert ratio(one, None) is None


def test_scaling_scales_the_error_too():
    assert Figure(2.0, 0.5, Provenance.DERIVED).scaled(-2.0) == Figure(
        -4.0, 1.0, Provenance.DERIVED
    )
