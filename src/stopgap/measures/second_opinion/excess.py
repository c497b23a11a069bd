"""Estimate the target's excess of sanctioned goods between two windows, with the spread of placebo destinations.

The second opinion, the event study, placebo dates and named placebo tests share this
estimate: the effect γ of the target in the model of :mod:`stopgap.measures.statistics.window_model`, and
its spread at destinations that no coalition sanctioned.

Method: docs/methods/second-opinion.md; Donald and Lang (2007).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from stopgap.measures.statistics.counterfactual import LEAST_VOLUME
from stopgap.measures.statistics.placebo import LEAST_PLACEBOS, t_quantile
from stopgap.measures.statistics.separation import Bools, Codes, Floats
from stopgap.measures.statistics.window_model import WindowCells, WindowFit, fit_windows
from stopgap.measures.statistics.window_separation import Usable, usable_cells

UNBOUNDED = {
    "absorbed": "no supplier's trade bears on the effect: it sold the target, or others, none of the goods to compare",
    "separated": "sanctioned goods at the target were traded in one window only: the effect has no finite value",
}


@dataclass(frozen=True)
class Excess:
    """Log excess of sanctioned goods at the target, after against before; missing values have a ``reason``.

    ``effect`` is β, ``None`` if the figures do not bound it; ``half_width`` is half of its 95 % interval, from the
    spread of placebos, ``None`` with fewer than three; ``rank`` is the target's rank among destinations, largest effect
    first, and their number. ``deviations`` (p,) are the placebos' effects, each minus the others' weighted mean.
    """

    effect: float | None
    half_width: float | None
    rank: tuple[int, int] | None
    placebos: Codes
    deviations: Floats
    usable: Usable
    reason: str = ""

    @property
    def ci95(self) -> tuple[float, float] | None:
        """Return the 95 % interval of ``effect``; ``None`` if unknown."""
        if self.effect is None or self.half_width is None:
            return None
        return self.effect - self.half_width, self.effect + self.half_width


def excess_at_target(cells: WindowCells, *, target: int, allowed: Collection[int] | None = None) -> Excess:
    """Estimate the target's excess and its interval.

    ``cells`` are of suppliers outside the coalition and of destinations without hubs; a cell without a row has no
    trade. ``allowed`` are the destinations that may be placebos; ``None`` allows all.
    """
    usable = usable_cells(cells, target=target)
    count = int(cells.destination.max(initial=target)) + 1
    groups = np.full(count, -1)
    groups[target] = 0
    fit = None if usable.unbounded else fit_windows(usable.cells, groups)
    if fit is None or not fit.identified[0]:
        reason = UNBOUNDED[usable.unbounded or "absorbed"]
        return Excess(None, None, None, np.zeros(0, dtype=np.int64), np.zeros(0), usable, reason)
    effect = float(fit.effect[0])
    candidates = _candidates(usable.cells, fit, target, effect, count, allowed)
    placebos, deviations, weight = _placebo_effects(usable.cells, target, candidates, count)
    if len(placebos) < LEAST_PLACEBOS:
        reason = f"{len(placebos)} placebo destinations, needs {LEAST_PLACEBOS}: no interval"
        return Excess(effect, None, None, placebos, deviations, usable, reason)
    rank = (1 + int((deviations >= effect).sum()), len(placebos) + 1)
    return Excess(effect, effect_half_width(deviations, weight), rank, placebos, deviations, usable)


def effect_half_width(deviations: Floats, weight: Floats) -> float:
    """Return half of the 95 % interval of a destination's effect, from placebos' deviations.

    ``t_{J-2} · s · √(1 + Σw²)`` with J - 1 placebos, ``s`` their spread and ``w`` their weights
    in the comparison: with equal weights the root is that of Donald and Lang, √(1 + 1/(J-1)).
    """
    n = len(deviations)
    s = float(np.sqrt((deviations**2).sum() / (n - 1)))
    return t_quantile(n - 1) * s * float(np.sqrt(1.0 + (weight**2).sum()))


def _candidates(
    cells: WindowCells, fit: WindowFit, target: int, effect: float, count: int, allowed: Collection[int] | None
) -> Codes:
    """Return the destinations, except the target, with at least 5 % of the target's expected sanctioned trade."""
    expected = np.bincount(
        cells.destination, weights=np.where(cells.is_sanctioned, fit.fitted_usd, 0.0), minlength=count
    )
    enough: Bools = (expected > 0) & (expected >= LEAST_VOLUME * expected[target] * np.exp(-effect))
    enough[target] = False
    if allowed is not None:
        enough &= np.isin(np.arange(count), list(allowed))
    return np.flatnonzero(enough)


def _placebo_effects(cells: WindowCells, target: int, candidates: Codes, count: int) -> tuple[Codes, Floats, Floats]:
    """Return each placebo's effect minus the weighted mean of the others', and the weights.

    Effects are relative to the target's, which cancels in the differences; smaller
    destinations share one effect.
    """
    nothing = np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
    if not len(candidates):
        return nothing
    groups = np.full(count, len(candidates))
    groups[target] = -1
    groups[candidates] = np.arange(len(candidates))
    fit = fit_windows(cells, groups)
    found = np.flatnonzero(fit.identified[: len(candidates)])
    if len(found) < 2:
        return nothing
    effect = fit.effect[found]
    information = np.diag(fit.information)[found]
    weight = information / information.sum()
    others = ((weight * effect).sum() - weight * effect) / (1.0 - weight)
    return candidates[found], effect - others, weight
