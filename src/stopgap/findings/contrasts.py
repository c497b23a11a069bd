"""One supplier against all others at the target: a contrast, and never backfill.

    E[X_gjkt] = exp(α_gkt + α_gjk + α_gjt + α_jkt + β · 1{g = the supplier} · 1{j = target} · post_t · sanctioned_k)

with g the supplier or all other suppliers outside the coalition together. ``α_jkt`` takes up
whatever the target bought more of from everybody, the common surge with it: β says how far
the supplier's sales there ran ahead of the others', less how far they did so elsewhere and
in ordinary goods. It is 0 where all suppliers filled the gap alike.

Method: docs/methods/second-opinion.md; fitted by pyfixest.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from stopgap.findings.excess import LEAST_PLACEBOS, LEAST_VOLUME
from stopgap.findings.ppml import PpmlPanel, fit_effects, panel_of_windows
from stopgap.findings.separation import Codes, Floats, codes_of
from stopgap.findings.window_model import WindowCells, summed_cells

Interval = tuple[float, float] | None

MOST_PLACEBOS = 40
"""Placebo destinations with an effect of their own: the largest."""


@dataclass(frozen=True)
class Contrast:
    """A supplier against all others.

    Attributes:
        supplier: Code of the supplier.
        effect: β, a log ratio; None with a ``reason``.
        ci95: From the spread of the same contrast at placebo destinations.
        placebos: How many.
        rank: The target's rank among destinations, largest first, and out of how many.
        reason: Why something is missing.
    """

    supplier: int
    effect: float | None
    ci95: Interval
    placebos: int
    rank: tuple[int, int] | None
    reason: str = ""


def contrast(
    cells: WindowCells, *, supplier: int, target: int, allowed: Collection[int] | None = None
) -> Contrast:
    """How far one supplier ran ahead of all others at the target.

    Args:
        cells: Suppliers outside the coalition; destinations without hubs.
        supplier: Code of the supplier.
        target: Code of the target.
        allowed: Destinations that may be placebos; every one when None.
    """
    if np.unique(cells.supplier).size < 2:
        return Contrast(supplier, None, None, 0, None, "there is no other supplier to compare it with")
    pooled = _against_others(cells, supplier)
    if reason := _no_ratio(pooled, target):
        return Contrast(supplier, None, None, 0, None, reason)
    candidates = _candidates(pooled, target, allowed)
    panel = panel_of_windows(pooled)
    treated = panel.is_post & panel.is_sanctioned & (panel.supplier == 1)
    at = {"target": target} | {f"placebo {place}": int(place) for place in candidates}
    columns = {
        name: (treated & (panel.destination == place)).astype(np.float64) for name, place in at.items()
    }
    fit = fit_effects(panel, columns, _effects(panel))
    if "target" not in fit.effects and len(columns) > 1:
        fit = fit_effects(panel, {"target": columns["target"]}, _effects(panel))
    effect = fit.effects.get("target")
    if effect is None:
        return Contrast(supplier, None, None, 0, None, fit.reason)
    others = np.array([fit.effects[name] for name in at if name != "target" and name in fit.effects])
    if len(others) < LEAST_PLACEBOS:
        reason = f"{len(others)} placebo destinations, needs {LEAST_PLACEBOS}: no interval"
        return Contrast(supplier, effect, None, len(others), None, reason)
    half = _half_width(others)
    centre = effect - float(others.mean())
    rank = (1 + int((others >= effect).sum()), len(others) + 1)
    return Contrast(supplier, centre, (centre - half, centre + half), len(others), rank)


def _no_ratio(pooled: WindowCells, target: int) -> str:
    """Why the supplier, or all others, have no change at the target to compare."""
    for own, who in ((1, "the supplier"), (0, "no other supplier")):
        rows = (pooled.supplier == own) & (pooled.destination == target) & pooled.is_sanctioned
        for dollars, when in ((pooled.baseline_usd, "before"), (pooled.after_usd, "after")):
            if not dollars[rows].sum() > 0:
                sold = "sold none" if own else "sold any"
                return f"{who} {sold} of these goods to the target {when} the event: there is no change to compare"
    return ""


def _half_width(others: Floats) -> float:
    """Donald and Lang: ``t_{J-2} · s · √(1 + 1/(J-1))`` with J - 1 placebos."""
    from scipy.special import stdtrit

    n = len(others)
    return float(stdtrit(n - 1, 0.975) * others.std(ddof=1) * np.sqrt(1.0 + 1.0 / n))


def _effects(panel: PpmlPanel) -> dict[str, Codes]:
    return {**panel.effects(), "jkt": codes_of(panel.destination, panel.good, panel.period)}


def _against_others(cells: WindowCells, supplier: int) -> WindowCells:
    """Two suppliers: the one (1) and the sum of all others (0)."""
    own = (cells.supplier == supplier).astype(np.int64)
    return summed_cells(
        own, cells.destination, cells.good, cells.is_sanctioned, cells.baseline_usd, cells.after_usd
    )


def _candidates(pooled: WindowCells, target: int, allowed: Collection[int] | None) -> Codes:
    """Destinations with enough of the supplier's sanctioned trade before, the largest first.

    One destination at least stays without an effect of its own: it is what the rest compare with.
    """
    own = (pooled.supplier == 1) & pooled.is_sanctioned
    size = np.bincount(
        pooled.destination, weights=np.where(own, pooled.baseline_usd, 0.0), minlength=target + 1
    )
    enough = (size > 0) & (size >= LEAST_VOLUME * size[target])
    enough[target] = False
    if allowed is not None:
        enough &= np.isin(np.arange(len(size)), list(allowed))
    found = np.flatnonzero(enough)
    found = found[np.argsort(-size[found], kind="stable")][:MOST_PLACEBOS]
    rest = np.setdiff1d(np.unique(pooled.destination[own & (pooled.baseline_usd > 0)]), [*found, target])
    return found if rest.size else found[:-1]
