"""Scores of matches: the probability to nine decimals, and behind them what orders matches of the same probability."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ORDERED_FROM = 0.1
"""Least probability whose score has an order behind its decimals: what is less probable is not looked at."""

UNITS = 10**9
"""Units of the last decimal that is the probability's."""

_MOST_IN_COMMON = 1024.0
_MOST_PART = 0.999  # of a unit


def ordered_scores(chances: Floats, in_common: Floats) -> Floats:
    """Return the scores of matches: of two with the same nine decimals the one with more in common has the higher.

    A threshold of nine decimals or fewer is reached by exactly those scores whose probability reaches it.

    Args:
        chances: (matches,) probabilities, 0 to 1.
        in_common: (matches,) how rare what both names share is, from 0; see
            :meth:`stopgap.screening.index.name_index.NameIndex.in_common`.
    """
    units = np.floor(chances * UNITS)
    units -= units / UNITS > chances
    units += (units + 1) / UNITS <= chances
    scores = np.minimum((units + np.clip(in_common / _MOST_IN_COMMON, 0.0, _MOST_PART)) / UNITS, 1.0)
    return np.where(chances >= ORDERED_FROM, scores, chances)
