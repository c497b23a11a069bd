"""Conformal bands of the unrecorded share at ordinary destinations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.mirror.pairs import Array, Whole

ASSUMED_GROUP, ASSUMED_SINGLE = 0.40, 0.80
"""Shares assumed where there are too few ordinary flows, of a group's exports and of one exporter's.

What 95 % of destinations stayed under in UN Comtrade, machinery and electronics of 2023 from the EU's members
together and from each (docs/methods/mirror.md).
"""
FEWEST = 19
NEAREST = 100
LEVEL = 0.95


@dataclass(frozen=True)
class Bands:
    """The share allowed for at each value asked, never below 0, and how many ordinary flows it rests on (0: assumed)."""

    share: Array
    rests_on: Whole


def bands(
    log_usd: Array, share: Array, at: Array, *, assumed: float, level: float = LEVEL, nearest: int = NEAREST
) -> Bands:
    """The ``level`` quantile of ordinary shares, over the flows nearest in value.

    Args:
        log_usd: Log dollars of each ordinary flow.
        share: What it leaves unrecorded, by its exports; 1 where the destination has no row.
        at: Log dollars of the flows to be judged.
        assumed: Share where fewer than 19 ordinary flows are there.
        level: Part of ordinary flows that stay under the band.
        nearest: How many ordinary flows count, by value.

    Returns:
        The ceil((n + 1) level)-th least share: an ordinary flow lies above it in at most 1 − ``level``
        of the cases.
    """
    count = share.size
    if count < FEWEST:
        return Bands(np.full(at.size, assumed), np.zeros(at.size, dtype=np.int64))
    order = np.argsort(log_usd, kind="stable")
    wide = min(count, nearest)
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(share[order], wide), axis=1)
    rank = min(int(np.ceil((wide + 1) * level)), wide) - 1
    place = np.searchsorted(log_usd[order], at) - wide // 2
    found = windows[np.clip(place, 0, count - wide), rank]
    return Bands(np.maximum(found, 0.0), np.full(at.size, wide, dtype=np.int64))
