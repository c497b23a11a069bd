"""Pairs of reports by hand, for the tests of the mirror's statistics."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from stopgap.measures.mirror.pairs import Reported, ReportPairs, pairs_of

NAMES = (
    "exporter",
    "importer",
    "good",
    "period",
    "exporter_usd",
    "importer_usd",
    "exporter_kg",
    "importer_kg",
    "reexports_usd",
)
TYPES = (pa.string(), pa.string(), pa.string(), pa.date32(), *[pa.float64()] * 5)


def pairs(*rows: Iterable[Any], good: str = "84+85") -> ReportPairs:
    """Pairs from (exporter, importer, year or month, exporter's dollars, importer's dollars, more by name)."""
    table = []
    for exporter, importer, period, sold, bought, *more in rows:
        day = dt.date(period, 1, 1) if isinstance(period, int) else dt.date.fromisoformat(f"{period}-01")
        named = more[0] if more else {}
        row = dict.fromkeys(NAMES) | {
            "exporter": exporter, "importer": importer, "good": named.get("good", good), "period": day,
            "exporter_usd": sold, "importer_usd": bought,
        }  # fmt: skip
        table.append(row | {name: value for name, value in named.items() if name in NAMES})
    return pairs_of(pa.Table.from_pylist(table, schema=pa.schema(list(zip(NAMES, TYPES, strict=True)))))


def all_reported(found: ReportPairs, *, silent: Iterable[tuple[str, str, int]] = ()) -> Reported:
    """Everyone reported every period of the pairs, but ("X" or "M", economy, period)."""
    periods = np.unique(found.period)
    sides = np.ones((2, len(found.economies), periods.size), dtype=bool)
    for flow, name, period in silent:
        sides[int(flow == "M"), found.economies.index(name), int(np.searchsorted(periods, period))] = False
    return Reported(periods, sides[0], sides[1])


def made_up(
    seed: int, *, economies: int = 20, goods: int = 10, markup: float = 0.08, slope: float = 0.0, noise: float = 0.2
) -> tuple[ReportPairs, np.ndarray, np.ndarray]:
    """Pairs with a planted markup, the log distance of each, and the true log dollars."""
    rng = np.random.default_rng(seed)
    exporter, importer = (np.repeat(side, goods) for side in np.nonzero(~np.eye(economies, dtype=bool)))
    count = exporter.size
    spread = rng.normal(0.0, 1.0, (economies, economies))
    log_distance = 8.0 + ((spread + spread.T) / 2**0.5)[exporter, importer]
    truth = rng.normal(13.0, 1.5, count)
    nothing = np.full(count, np.nan)
    found = ReportPairs(
        tuple(f"E{number:02d}" for number in range(economies)), tuple(f"{number:06d}" for number in range(goods)),
        exporter, importer, np.tile(np.arange(goods), count // goods), np.full(count, 2023 * 12),
        np.exp(truth + rng.normal(0.0, noise, count)),
        np.exp(truth + markup + slope * (log_distance - 8.0) + rng.normal(0.0, noise, count)),
        nothing, nothing, nothing,
    )  # fmt: skip
    return found, log_distance, truth
