"""Panels of cells for tests of alerts."""

from __future__ import annotations

import numpy as np

from stopgap.measures.alerts.cell_panel import CellPanel, Labels


def panel(values, *, suppliers=None, destinations=None, goods=None, in_family=None, start=1):
    """A panel; every cell of another supplier and good unless told otherwise."""
    values = np.asarray(values, dtype=float)
    cells, months = values.shape
    return CellPanel(
        suppliers=Labels.of(suppliers or (f"S{cell:03d}" for cell in range(cells))),
        destinations=Labels.of(destinations or ("RUS",) * cells),
        goods=Labels.of(goods or (f"{850000 + cell}" for cell in range(cells))),
        in_family=np.ones(cells, dtype=bool) if in_family is None else np.asarray(in_family, dtype=bool),
        values_usd=values,
        seasons=(np.arange(months) + start - 1) % 12 + 1,
    )


def noise(seed, suppliers=12, goods=10, months=61, shape=4.0):
    """Gamma noise about lognormal levels: (panel, levels)."""
    rng = np.random.default_rng(seed)
    cells = suppliers * goods
    level = rng.lognormal(10, 1, cells)
    values = level[:, None] * rng.gamma(shape, 1 / shape, (cells, months))
    names = [f"S{number:02d}" for number in range(suppliers) for _ in range(goods)]
    codes = [f"{850000 + number}" for _ in range(suppliers) for number in range(goods)]
    return panel(values, suppliers=names, goods=codes), level
