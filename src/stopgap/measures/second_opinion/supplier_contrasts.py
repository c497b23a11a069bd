"""Compare one supplier with all others at the target.

    E[X_gjkt] = exp(α_gkt + α_gjk + α_gjt + α_jkt + β · 1{g = the supplier} · 1{j = target} · post_t · sanctioned_k)

with g the supplier or all other suppliers outside the coalition together. ``α_jkt`` absorbs
any increase in the target's purchases from all suppliers, the common surge included: β is the
growth of the supplier's sales there beyond the others', minus the same difference elsewhere and
in ordinary goods. It is 0 if all suppliers filled the gap equally.

Method: docs/methods/second-opinion.md; solved as in :mod:`stopgap.measures.statistics.window_model`,
with the effects common to both removed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from stopgap.measures.backfill.results import Interval
from stopgap.measures.second_opinion.excess import excess_at_target
from stopgap.measures.statistics.separation import Bools
from stopgap.measures.statistics.window_model import WindowCells, summed_cells


@dataclass(frozen=True)
class Contrast:
    """A supplier compared with all others: β, a log ratio, with its interval and rank over placebo destinations.

    Missing values have a ``reason``.
    """

    effect: float | None
    ci95: Interval
    placebos: int
    rank: tuple[int, int] | None
    reason: str = ""


def contrast(cells: WindowCells, *, supplier: int, target: int, allowed: Collection[int] | None = None) -> Contrast:
    """Estimate one supplier's growth beyond all others' at the target; arguments as in :func:`excess_at_target`."""
    if np.unique(cells.supplier).size < 2:
        return Contrast(None, None, 0, None, "there is no other supplier to compare it with")
    paired = against_others(cells, supplier)
    if reason := _no_ratio(paired, target):
        return Contrast(None, None, 0, None, reason)
    excess = excess_at_target(paired, target=target, allowed=allowed)
    return Contrast(excess.effect, excess.ci95, len(excess.placebos), excess.rank, excess.reason)


def against_others(cells: WindowCells, supplier: int) -> WindowCells:
    """Return the supplier's cells, each with the sum of all other suppliers' cells."""
    own = cells.supplier == supplier
    columns = (
        np.zeros(len(cells), dtype=np.int64), cells.destination, cells.good, cells.is_sanctioned,
    )  # fmt: skip

    def part(of: Bools) -> WindowCells:
        return summed_cells(*columns, np.where(of, cells.baseline_usd, 0.0), np.where(of, cells.after_usd, 0.0))

    ours, others = part(own), part(~own)
    return replace(
        ours,
        other_baseline_usd=others.baseline_usd,
        other_after_usd=others.after_usd,
        has_pair_effects=cells.has_pair_effects,
    )


def _no_ratio(paired: WindowCells, target: int) -> str:
    """Return the reason why the supplier, or all others, have no change at the target to compare; "" if they have."""
    rows = (paired.destination == target) & paired.is_sanctioned
    assert paired.other_baseline_usd is not None
    assert paired.other_after_usd is not None
    for before, after, who in (
        (paired.baseline_usd, paired.after_usd, "the supplier sold none"),
        (paired.other_baseline_usd, paired.other_after_usd, "no other supplier sold any"),
    ):
        for dollars, when in ((before, "before"), (after, "after")):
            if not dollars[rows].sum() > 0:
                return f"{who} of these goods to the target {when} the event: there is no change to compare"
    return ""
