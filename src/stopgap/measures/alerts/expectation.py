"""Estimate the expected value of a cell's month from level, season and factors common to many cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.alerts.cell_panel import CellPanel
from stopgap.measures.alerts.learning import History
from stopgap.measures.statistics.array_types import Array, Index, Mask

_WINSOR_SD = 3.0
_FACTOR_LIMITS = (0.2, 5.0)


@dataclass(frozen=True)
class Expected:
    """Expected value of each cell in one month."""

    mean_usd: Array
    unit_usd: Array  # dollars of one pseudo-count
    pseudo_mean: Array  # the same in pseudo-counts: dollars by variance over mean
    pseudo_value: Array  # the reported figure in pseudo-counts; NaN where not reported
    size: Array  # size of the negative binomial: what the estimation of the level is worth
    factor: Array  # what moved many cells at once: the common part of the month
    usable: Mask  # cells that can be scored in this month


def expect(panel: CellPanel, history: History, column: int) -> Expected:
    """Compute the expectation of one month from a history, including the factor common to its groups of cells.

    The common factor of a cell is estimated from the other cells of its destination, of its
    supplier, and of its good at the destination, each shrunk by the part that chance explains, so
    that a month in which all trade moved does not raise an alert for each cell.
    """
    values = panel.values_usd[:, column]
    usable = history.usable & np.isfinite(values)
    base = history.level_usd * history.season[history.good, panel.seasons[column]]
    safe = np.where(usable & (base > 0), base, 1.0)
    ratio = np.where(usable, values / safe, 1.0)
    variance = history.cv2 * (1.0 + 1.0 / np.maximum(history.n_eff, 1.0))
    weight, highest = np.where(usable, 1.0 / variance, 0.0), _WINSOR_SD * np.sqrt(variance)
    groupings = [_Grouping.of(group, number, weight) for group, number in panel.groupings]
    factor = np.ones_like(base)
    # Twice: large figures are capped, and how large they are is known after the first round.
    for grouping in groupings * 2:
        excess = ratio / factor
        excess -= 1.0
        np.minimum(excess, highest, out=excess)
        excess *= weight
        factor *= grouping.common(excess)
    pseudo = 1.0 / history.cv2 + 0.5 / np.maximum(history.n_eff, 1.0)
    relative = np.where(usable, base / np.where(history.level_usd > 0, history.level_usd, 1.0), 1.0) * factor
    # A month above the level scales the figures, one below it their number: the wider of the two.
    unit = np.where(usable, history.level_usd * history.cv2, 1.0) * np.maximum(relative, 1.0)
    return Expected(
        mean_usd=base * factor,
        unit_usd=unit,
        pseudo_mean=pseudo * np.minimum(relative, 1.0),
        pseudo_value=np.where(usable, values / unit, np.nan),
        size=history.n_eff / history.cv2 + 0.5,
        factor=factor,
        usable=usable,
    )


@dataclass(frozen=True)
class _Grouping:
    """Groups of cells with what each cell and group weighs in one month."""

    group: Index
    weights: Array  # of the groups
    error: Array  # variance of a group's mean; 0 where it has no cell
    rest: Array  # what the other cells of a cell's group weigh; 1 where there are none
    alone: Index  # cells without others in their group

    @classmethod
    def of(cls, group: Index, number: int, weight: Array) -> _Grouping:
        """Weigh the groups; ``weight`` is 0 for cells that cannot be scored."""
        weights = np.asarray(np.bincount(group, weight, number), dtype=np.float64)
        error = np.divide(1.0, weights, out=np.zeros(number), where=weights > 0)
        rest = weights[group] - weight
        alone = np.flatnonzero(rest <= 1e-9)
        rest[alone] = 1.0
        return cls(group, weights, error, rest, alone)

    def common(self, weighted: Array) -> Array:
        """Estimate the common factor of each cell's group from the group's other cells, shrunk (empirical Bayes).

        ``weighted`` is the excess of each cell over its expectation, by its weight.
        """
        sums = np.bincount(self.group, weighted, len(self.weights))
        mean = np.divide(sums, self.weights, out=np.zeros(len(sums)), where=self.weights > 0)
        # Groups with much to say say how far groups move at all.
        moved = float(((mean**2 - self.error) * self.weights).sum() / max(float(self.weights.sum()), 1e-12))
        tau2 = max(moved, 0.0)
        other = sums[self.group] - weighted
        other /= self.rest
        kept = 1.0 / self.rest
        kept += tau2
        np.divide(tau2, kept, out=kept)
        kept *= other
        kept += 1.0
        kept[self.alone] = 1.0
        np.clip(kept, *_FACTOR_LIMITS, out=kept)
        return kept
