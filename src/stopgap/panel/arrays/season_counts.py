"""How often suppliers reported each season in both windows, which weighs the months of a mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.panel.arrays.coded import Index, Mask


@dataclass(frozen=True)
class SeasonCounts:
    """How often each season was reported in each window.

    Attributes:
        season: Position of the season of each period, (periods,).
        baseline: Periods reported, (suppliers, seasons); ``after`` those of the after-window.
        usable: Whether it was reported in both, (suppliers, seasons).
    """

    season: Index
    baseline: Index
    after: Index
    usable: Mask

    @classmethod
    def of(cls, is_reported: Mask, part: Index, season: Index) -> SeasonCounts:
        """Count who reported which period, (suppliers, periods).

        Args:
            part: 1 for periods of the after-window, 0 for those of the baseline, (periods,).
            season: Number of the season of each period, (periods,).
        """
        seasons, place = np.unique(season, return_inverse=True)
        counts = np.zeros((2, len(is_reported), seasons.size), dtype=np.int64)
        for at, (own_part, own) in enumerate(zip(part.tolist(), place.tolist(), strict=True)):
            counts[own_part, :, own] += is_reported[:, at]
        return cls(place, counts[0], counts[1], np.asarray((counts > 0).all(axis=0)))

    def after_periods(self) -> Index:
        """Return the periods of the after-window that each supplier reported in usable seasons, (suppliers,)."""
        found: Index = np.where(self.usable, self.after, 0).sum(axis=1)
        return found
