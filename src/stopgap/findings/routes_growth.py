"""Growth of each supplier in each good where neither the target nor a hub is the destination."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stopgap.findings.placebo import Array, herfindahl, two_part_variance


@dataclass(frozen=True)
class ElsewhereGrowth:
    """What a dollar of a supplier's baseline trade would be after.

    Attributes:
        factor: (suppliers, goods), not below 0.
        is_borrowed: (suppliers,) whether a supplier without trade elsewhere takes the growth of all.
        is_known: Whether anybody sold anything elsewhere; the factors are 1 where not.
    """

    factor: Array
    is_borrowed: npt.NDArray[np.bool_]
    is_known: bool


def elsewhere_growth(baseline_usd: Array, after_usd: Array, square_sum: Array) -> ElsewhereGrowth:
    """Growth by supplier and good, shrunk to the supplier's overall growth.

    Args:
        baseline_usd: (suppliers, goods) dollars a year sold to control destinations.
        after_usd: (suppliers, goods).
        square_sum: (suppliers, goods) sum of squares of ``baseline_usd`` over destinations.

    Returns:
        1 everywhere where nobody sold anything elsewhere: no growth is known, so none is taken.

    Method: docs/methods/net-backfill.md: the squared distance of a good's growth from the
    supplier's is regressed on the Herfindahl index of its destinations; the weight of a
    good's own growth is the part not due to that.
    """
    base, later = baseline_usd.sum(axis=1), after_usd.sum(axis=1)
    everyone = float(later.sum() / base.sum()) if base.sum() > 0 else 1.0
    overall = np.divide(later, base, out=np.full(base.shape, everyone), where=base > 0)
    index = herfindahl(square_sum, baseline_usd)
    weight = np.zeros(baseline_usd.shape)
    known = (baseline_usd > 0) & (after_usd > 0) & (overall[:, None] > 0)
    if known.any():
        expected = (baseline_usd * overall[:, None])[known]
        squares = np.log(after_usd[known] / expected) ** 2
        level, slope = two_part_variance(squares, index[known])
        noise = level + slope * index
        weight = np.divide(level, noise, out=np.zeros_like(noise), where=noise > 0)
    grown = baseline_usd * overall[:, None]
    ratio = np.divide(after_usd, grown, out=np.ones_like(grown), where=grown > 0)
    return ElsewhereGrowth(overall[:, None] * (1 + weight * (ratio - 1)), base <= 0, bool(base.sum() > 0))
