"""Estimate how far the target's whole demand moved, from ordinary goods of which some are half sanctioned.

Where the coalition stopped selling ordinary goods too, other suppliers sell more of them for that reason
alone, and their excess overstates the move of demand. The dose is the coalition's loss in each
ordinary good: the excess at dose zero is the move.

Method: docs/methods/net-backfill.md (ours), a regression without an intercept in dollars,
weighted for errors in proportion; errors of the estimate after White (1980).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.statistics.array_types import Array

LEAST_GOODS = 30
"""Fewest ordinary goods with sales of both sides for the dose-response form."""

WORST_CONDITION = 1e8
"""Condition number of both columns, scaled, from which they cannot be told apart."""

_ROUNDS = 200
_SMALL_SHARE = 0.01  # of a good's own size, below which its weight does not rise further


@dataclass(frozen=True)
class DoseResponse:
    """Move of the target's demand as ``e^excess``, and the share of the coalition's ordinary loss that others filled.

    ``error`` is the standard error of ``excess``, ``plain_error`` that of one excess of all goods by the same
    residuals; ``goods`` is the number of goods used.
    """

    excess: float
    error: float
    plain_error: float
    filled_share: float
    goods: int


def dose_response(
    observed: Array, expected: Array, member_observed: Array, member_expected: Array, *, noise: float = 0.0
) -> DoseResponse | None:
    """Fit ``observed = e^a expected + f (e^a member_expected - member_observed)`` over ordinary goods, (goods,) each.

    ``observed`` and ``expected`` are dollars a year that suppliers outside the coalition sold to the target, and
    their counterfactual, ``member_*`` the coalition's. ``noise`` is the variance of a dose by chance, relative to the
    square of what members were expected to sell: it would dilute the response (Fuller 1987), and is removed up to
    half of the doses' own scatter. Goods without sales expected of both sides are left out.
    Returns ``None`` with fewer than :data:`LEAST_GOODS` goods, or if the two columns cannot be told apart.
    """
    used = (expected > 0) & (member_expected > 0)
    if int(used.sum()) < LEAST_GOODS:
        return None
    x, cf, sold, cf_members = observed[used], expected[used], member_observed[used], member_expected[used]
    size = cf + cf_members
    level, filled = float(x.sum() / cf.sum()), 0.0
    if not level > 0:
        return None
    fit = np.array([level, filled])
    inverse = residual = design = np.zeros((2, 2))
    weight = np.ones_like(x)
    for _ in range(_ROUNDS):
        lost = fit[0] * cf_members - sold
        fitted = fit[0] * cf + fit[1] * lost
        # Errors are in proportion to what is expected; a fit near 0 would weigh without bound.
        weight = 1.0 / np.maximum(fitted, _SMALL_SHARE * size) ** 2
        design = np.column_stack([cf + fit[1] * cf_members, lost])
        normal = (design * weight[:, None]).T @ design
        scale = np.sqrt(np.diag(normal))
        if not (scale > 0).all() or np.linalg.cond(normal / np.outer(scale, scale)) > WORST_CONDITION:
            return None
        inverse = np.linalg.inv(normal)
        diluted = min(noise * float((weight * (fit[0] * cf_members) ** 2).sum()), 0.5 * float(normal[1, 1]))
        score = (design * weight[:, None]).T @ (x - fitted)
        step = inverse @ (score + diluted * np.array([fit[1] ** 2 / fit[0], fit[1]]))
        # A step never takes away more than half of the level: logarithms stay possible.
        fit = fit + step * min(1.0, 0.5 * fit[0] / abs(step[0]) if step[0] else 1.0)
        if not np.isfinite(fit).all():
            return None
        if np.abs(step).max() < 1e-12:
            break
    residual = x - fit[0] * cf - fit[1] * (fit[0] * cf_members - sold)
    count = x.size
    scores = design * (weight * residual)[:, None]
    covariance = inverse @ (scores.T @ scores) @ inverse * count / (count - 2)
    plain = np.sqrt(float((residual**2).sum())) / float(x.sum())
    return DoseResponse(
        excess=float(np.log(fit[0])),
        error=float(np.sqrt(covariance[0, 0]) / fit[0]),
        plain_error=plain,
        filled_share=float(fit[1]),
        goods=count,
    )
