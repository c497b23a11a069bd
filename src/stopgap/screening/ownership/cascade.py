"""Cascade rule: an asset is covered, and counts as a whole, if covered owners together reach the threshold."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from stopgap.screening.ownership.shares import WHOLE
from stopgap.screening.ownership.table import Flags, Ints, OwnershipTable

FEW = 24
"""Steps with up to this many parties are processed one by one; array operations would slow down long chains."""


@dataclass(frozen=True)
class Cascade:
    """Covered parties under the cascade rule, one array element per party.

    ``depth``: the step at which the party became covered; 0 if it is listed, -1 if it is not covered.
    ``held``: parts of it (of :data:`WHOLE`) that covered owners hold.
    """

    depth: Ints
    held: Ints


class _Held:
    """Running sums of the parts of each asset that covered owners hold.

    With ``least``, shares count at their lower bound; otherwise at their upper bound, limited to what the other owners'
    lower bounds leave.
    """

    def __init__(self, table: OwnershipTable, *, least: bool) -> None:
        self._table = table
        self._least = least
        self._low = np.zeros(len(table.ids), dtype=np.int64)
        self._high = np.zeros(len(table.ids), dtype=np.int64)

    def add(self, shares: Ints) -> Ints:
        """Add shares to the sums; return the assets that they are in."""
        assets = self._table.asset[shares]
        np.add.at(self._low, assets, self._table.low[shares])
        np.add.at(self._high, assets, self._table.high[shares])
        return np.unique(assets)

    def add_one(self, share: int) -> int:
        """Add one share to the sums; return the asset that it is in."""
        asset = int(self._table.asset[share])
        self._low[asset] += self._table.low[share]
        self._high[asset] += self._table.high[share]
        return asset

    def of(self, assets: Ints | slice) -> Ints:
        """Return the counted parts of assets; the array version of :func:`_most`."""
        low = self._low[assets]
        if self._least:
            return low
        left = WHOLE - (self._table.total[assets] - low)
        high = np.minimum(self._high[assets], WHOLE)
        bounded = np.where(self._table.contradicts[assets], high, np.minimum(high, left))
        held: Ints = np.maximum(bounded, low)
        return held

    def of_one(self, asset: int) -> int:
        low = int(self._low[asset])
        return low if self._least else _most(self._table, asset, low, int(self._high[asset]))


def cascade(table: OwnershipTable, listed: Flags, enough: int, *, least: bool) -> Cascade:
    """Find the smallest set with the listed parties and every asset of which members jointly hold ``enough`` parts."""
    depth = np.where(listed, 0, -1).astype(np.int64)
    held = _Held(table, least=least)
    fresh, step = np.flatnonzero(listed), 0
    while len(fresh):
        step += 1
        if len(fresh) <= FEW:
            fresh = _step_one_by_one(table, held, depth, fresh, enough, step)
            continue
        starts = table.out_of[fresh]
        sizes = table.out_of[fresh + 1] - starts
        first = np.repeat(starts - np.append(0, np.cumsum(sizes)[:-1]), sizes)
        assets = held.add(table.by_owner[first + np.arange(int(sizes.sum()))])
        fresh = assets[(depth[assets] < 0) & (held.of(assets) >= enough)]
        depth[fresh] = step
    return Cascade(depth, held.of(slice(None)))


def cascade_of_each(table: OwnershipTable, listed: Flags, enough: int, *, least: bool) -> Cascade:
    """Unite the cascades of each listed party alone; ``held`` is the most that any single cascade holds."""
    depth = np.where(listed, 0, -1).astype(np.int64)
    best = np.zeros(len(table.ids), dtype=np.int64)
    for party in np.flatnonzero(listed).tolist():
        _grow_from(table, party, enough, depth, best, least=least)
    return Cascade(depth, best)


def _step_one_by_one(table: OwnershipTable, held: _Held, depth: Ints, fresh: Ints, enough: int, step: int) -> Ints:
    touched = {held.add_one(share) for party in fresh.tolist() for share in table.held_by(party)}
    found = [asset for asset in touched if depth[asset] < 0 and held.of_one(asset) >= enough]
    depth[found] = step
    return np.array(sorted(found), dtype=np.int64)


def _grow_from(table: OwnershipTable, root: int, enough: int, depth: Ints, best: Ints, *, least: bool) -> None:
    low: dict[int, int] = {}
    high: dict[int, int] = {}
    steps = {root: 0}
    waiting = deque([root])
    while waiting:
        party = waiting.popleft()
        for share in table.held_by(party):
            asset = int(table.asset[share])
            low[asset] = low.get(asset, 0) + int(table.low[share])
            high[asset] = high.get(asset, 0) + int(table.high[share])
            counted = low[asset] if least else _most(table, asset, low[asset], high[asset])
            best[asset] = max(best[asset], counted)
            if asset not in steps and counted >= enough:
                steps[asset] = steps[party] + 1
                waiting.append(asset)
                if depth[asset] < 0 or depth[asset] > steps[asset]:
                    depth[asset] = steps[asset]


def _most(table: OwnershipTable, asset: int, low: int, high: int) -> int:
    """Return the upper bound of the parts of an asset held by owners whose shares sum to ``low`` to ``high``."""
    high = min(high, WHOLE)
    if not table.contradicts[asset]:
        high = min(high, WHOLE - int(table.total[asset]) + low)
    return max(high, low)
