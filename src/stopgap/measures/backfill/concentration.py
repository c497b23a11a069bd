"""Bootstrap interval of supplier concentration over blocks of months."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stopgap.measures.backfill.results import Interval
from stopgap.measures.statistics.arrays import significant

BLOCK_MONTHS = 3
DRAWS = 400
LEAST_MONTHS = 6


def hhi_interval(value_usd: npt.NDArray[np.float64], *, seed: int = 0) -> Interval:
    """The 95 % interval of the Herfindahl index of suppliers.

    Args:
        value_usd: (suppliers, months) of one window, members included.
        seed: Of the draws.

    Returns:
        Percentiles over circular blocks of three months; ``None`` with fewer than six months or
        without trade.

    Method: circular block bootstrap (Politis and Romano 1992).
    """
    months = value_usd.shape[1]
    if months < LEAST_MONTHS or not value_usd.sum() > 0:
        return None
    draws = np.random.default_rng(seed)
    starts = draws.integers(0, months, (DRAWS, -(-months // BLOCK_MONTHS)))
    picked = ((starts[:, :, None] + np.arange(BLOCK_MONTHS)) % months).reshape(DRAWS, -1)[:, :months]
    counts = np.zeros((DRAWS, months))
    np.add.at(counts, (np.arange(DRAWS)[:, None], picked), 1.0)
    sums = counts @ value_usd.T
    totals = sums.sum(axis=1, keepdims=True)
    index = (np.divide(sums, totals, out=np.zeros_like(sums), where=totals > 0) ** 2).sum(axis=1)
    low, high = (significant(float(value)) for value in np.percentile(index, (2.5, 97.5)))
    return None if low is None or high is None else (low, high)
