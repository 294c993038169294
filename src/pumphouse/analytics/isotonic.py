"""A curve that only falls, fitted to points: isotonic regression."""

import numpy as np

from pumphouse.analytics.series import Floats

__all__ = ["falling"]


def falling(values: Floats, weights: Floats) -> Floats:
    """The falling sequence that is nearest to `values` in weighted least squares.

    Pool adjacent violators: wherever a value is larger than the one before, both are replaced by
    their weighted mean, until none is (Barlow et al., Statistical Inference under Order
    Restrictions, 1972). Each value enters and leaves the pool once, so it takes linear time.

    Args:
        values: in order of what they depend on.
        weights: how much each counts; above 0.
    """
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many values
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        mean, heavy, count = value, weight, 1
        while pools and pools[-1][0] < mean:
            other, more, others = pools.pop()
            mean = (mean * heavy + other * more) / (heavy + more)
            heavy, count = heavy + more, count + others
        pools.append((mean, heavy, count))
    means, _, counts = zip(*pools, strict=True) if pools else ((), (), ())
    return np.repeat(np.array(means, dtype=np.float64), np.array(counts, dtype=np.intp))
