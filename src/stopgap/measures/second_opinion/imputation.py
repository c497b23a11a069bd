"""Imputed counterfactual sales, by the Poisson model fitted without the treated cells.

The model of :mod:`stopgap.measures.statistics.window_model` is fitted to all other cells; each cell of
the target's sanctioned goods then has as counterfactual its baseline times exp(a_ik + b_iT).
That is the same model with an effect of its own for every such cell: suppliers and goods may
fill the gap as unequally as they do, where one common effect would push the difference into
the other effects.

Method: Wooldridge (2023), "Simple approaches to nonlinear difference-in-differences with panel
data"; docs/methods/second-opinion.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.statistics.separation import Bools, Floats
from stopgap.measures.statistics.window_model import WindowCells, fit_supplier_effects
from stopgap.measures.statistics.window_separation import usable_cells


@dataclass(frozen=True)
class Imputed:
    """Sanctioned goods at the target, US dollars a year.

    Attributes:
        effect: Log of observed by expected; None with a ``reason``.
        observed_usd: Sold after by cells with a baseline and a counterfactual.
        expected_usd: What they would have sold.
        entrants_usd: Sold after by cells without a baseline; counted whole.
        unmatched_usd: Sold after by cells with a baseline whose supplier sold the good nowhere
            else: taken at the excess of the others.
        borrowed: Suppliers that sold the target no ordinary goods, and take the others' excess in them.
        reason: Why there is no effect.
    """

    effect: float | None
    observed_usd: float
    expected_usd: float
    entrants_usd: float
    unmatched_usd: float
    borrowed: int
    reason: str = ""

    def net_usd(self, effect: float) -> float:
        """Net gain at an effect: the part of sales beyond the counterfactual, entrants whole."""
        share = -float(np.expm1(min(-effect, 700.0)))
        return (self.observed_usd + self.unmatched_usd) * share + self.entrants_usd


def impute_at_target(cells: WindowCells, *, target: int) -> Imputed:
    """The target's sanctioned goods against the model of everything else.

    Args:
        cells: Suppliers outside the coalition; destinations without hubs.
        target: Code of the target.
    """
    treated = (cells.destination == target) & cells.is_sanctioned
    rest = usable_cells(cells.take(np.flatnonzero(~treated)), target=target).cells
    growth, pull, has_growth, has_pull = fit_supplier_effects(
        rest, supplier=cells.supplier[treated], good=cells.good[treated], destination=target
    )
    before, after = cells.baseline_usd[treated], cells.after_usd[treated]
    continuing = before > 0
    borrowed = 0
    if cells.has_pair_effects:
        lacks = continuing & has_growth & ~has_pull
        borrowed = int(np.unique(cells.supplier[treated][lacks]).size)
        pull = np.where(has_pull, pull, _shared_pull(rest, target))
    known = continuing & has_growth
    expected = float((before * np.exp(growth + pull))[known].sum())
    observed = float(after[known].sum())
    entrants = float(after[~continuing].sum())
    unmatched = float(after[continuing & ~known].sum())
    if expected > 0 and observed > 0:
        return Imputed(float(np.log(observed / expected)), observed, expected, entrants, unmatched, borrowed)
    reason = "no supplier with sanctioned goods at the target before and after sold them elsewhere: there is no counterfactual"
    return Imputed(None, observed, expected, entrants, unmatched, borrowed, reason)


def _shared_pull(cells: WindowCells, target: int) -> float:
    """The target's excess in ordinary goods over all suppliers, for those that sold it none."""
    at: Bools = (cells.destination == target) & ~cells.is_sanctioned
    if not at.any():
        return 0.0
    growth, _, has_growth, _ = fit_supplier_effects(
        cells, supplier=cells.supplier[at], good=cells.good[at], destination=target
    )
    expected: Floats = np.where(has_growth, cells.baseline_usd[at] * np.exp(growth), 0.0)
    observed = float(cells.after_usd[at][has_growth].sum())
    total = float(expected.sum())
    return float(np.log(observed / total)) if observed > 0 and total > 0 else 0.0
