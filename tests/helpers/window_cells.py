"""Cells of two windows for tests of the models on them: one square by hand, and noise with zeros."""

from __future__ import annotations

import numpy as np

from stopgap.measures.statistics.window_model import WindowCells

TARGET = 0


def cells_of(rows: list[tuple[int, int, int, bool, float, float]], **changes: bool) -> WindowCells:
    """Cells from (supplier, destination, good, sanctioned, baseline, after)."""
    i, j, k, sanctioned, before, after = (np.array(column) for column in zip(*rows, strict=True))
    return WindowCells(i, j, k, sanctioned, before.astype(float), after.astype(float), **changes)


def noisy(
    seed: int = 3, *, suppliers: int = 5, destinations: int = 9, goods: int = 8, gain: float = 1.0
) -> WindowCells:
    """Cells with noise and zeros; sanctioned goods at the target multiplied by ``gain`` after."""
    rng = np.random.default_rng(seed)
    shape = suppliers, destinations, goods
    i, j, k = (axis.ravel() for axis in np.meshgrid(*(range(n) for n in shape), indexing="ij"))
    sanctioned = k < goods // 2
    level = np.exp(3 + rng.normal(0, 1, i.size))
    growth = np.exp(rng.normal(0.1, 0.3, (suppliers, goods)))[i, k]
    treated = np.where((j == TARGET) & sanctioned, gain, 1.0)
    before = rng.poisson(level * rng.gamma(2, 0.5, i.size)).astype(float)
    after = rng.poisson(level * growth * treated * rng.gamma(2, 0.5, i.size)).astype(float)
    return WindowCells(i, j, k, sanctioned, before, after)


# One supplier; target 0 and another; a sanctioned good 0 and an ordinary one 1.
SQUARE = [
    (0, 0, 0, True, 100.0, 300.0),  # grew threefold
    (0, 0, 1, False, 50.0, 75.0),  # 1.5
    (0, 1, 0, True, 80.0, 96.0),  # 1.2
    (0, 1, 1, False, 40.0, 40.0),  # 1.0
]
