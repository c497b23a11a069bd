"""Effective ownership shares: products along ownership chains, including cycles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stopgap.screening.ownership.shares import WHOLE
from stopgap.screening.ownership.table import Flags, Floats, Ints, OwnershipTable

STEPS = 500
"""Maximum number of iterations; an upper bound that has not converged by then is set to the whole."""
STILL = 1e-12


def effective_bounds(table: OwnershipTable, listed: Flags) -> tuple[Floats, Floats]:
    """Return lower and upper bounds of the effective share (ratio) of each party that listed parties jointly hold.

    The bounds of listed parties are 1. Method: with ``W`` the shares of owners that are not listed and ``b`` those of
    the listed, the lower bound is the least solution of ``x = W'x + b`` (Leontief; Brioschi, Buzzacchi and Colombo
    1989) with each share at its minimum. The upper bound is the limit of the same iteration from 0, with shares at the
    maximum that they can reach simultaneously.
    """
    low = solve_least(table, np.flatnonzero(listed))
    wide: Flags = table.high > table.low
    if not wide.any() and not table.contradicts.any():
        return low, low
    return low, np.maximum(_most(table, listed, wide), low)


def effective_of_each(table: OwnershipTable, listed: Flags) -> tuple[Floats, Floats]:
    """Return bounds of the largest effective share of each party that any single listed party holds."""
    low, high = np.zeros(len(table.ids)), np.zeros(len(table.ids))
    for party in np.flatnonzero(listed).tolist():
        parties, part = _below(table, party)
        root = parties == party
        least, most = effective_bounds(part, root)
        others = parties[~root]
        low[others] = np.maximum(low[others], least[~root])
        high[others] = np.maximum(high[others], most[~root])
    low[listed] = 1
    return low, np.maximum(low, high)


def _below(table: OwnershipTable, root: int) -> tuple[Ints, OwnershipTable]:
    """Return the parties that one party owns, directly or indirectly, and itself; and the table of their shares."""
    seen, waiting = {root}, [root]
    while waiting:
        party = waiting.pop()
        for share in table.held_by(party):
            asset = int(table.asset[share])
            if asset not in seen:
                seen.add(asset)
                waiting.append(asset)
    parties = np.array(sorted(seen), dtype=np.int64)
    shares = np.array(sorted(share for party in parties.tolist() for share in table.held_by(party)), dtype=np.int64)
    part = replace(
        table,
        ids=[table.ids[party] for party in parties.tolist()],
        owner=np.searchsorted(parties, table.owner[shares]),
        asset=np.searchsorted(parties, table.asset[shares]),
        low=table.low[shares],
        high=table.high[shares],
        total=table.total[parties],
        contradicts=table.contradicts[parties],
        rows=table.rows[shares],
    )
    return parties, part


def solve_least(table: OwnershipTable, roots: Ints) -> Floats:
    """Return the effective share (ratio) of each party that ``roots`` hold, each share at its minimum; 1 for roots."""
    from scipy.sparse import csr_array, identity
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import splu

    parties = len(table.ids)
    is_root = np.zeros(parties, dtype=bool)
    is_root[roots] = True
    weight = table.low / np.maximum(table.total[table.asset], WHOLE)
    reached = _reached(table, is_root, table.low > 0)
    found = is_root.astype(np.float64)
    unknown = np.flatnonzero(reached & ~is_root)
    if not len(unknown):
        return found
    place = np.full(parties, -1, dtype=np.int64)
    place[unknown] = np.arange(len(unknown))
    counts = (place[table.asset] >= 0) & (table.low > 0)
    direct = counts & is_root[table.owner]
    given = np.bincount(place[table.asset[direct]], weights=weight[direct], minlength=len(unknown))
    inner = counts & (place[table.owner] >= 0)
    rows, columns = place[table.asset[inner]], place[table.owner[inner]]
    held = csr_array((weight[inner], (rows, columns)), shape=(len(unknown), len(unknown)))
    # Owners before their assets: the factors are then no wider than the circles in the graph.
    circles = connected_components(held, directed=True, connection="strong")[1]
    order = np.argsort(circles, kind="stable")
    if np.any(circles[columns] > circles[rows]):
        order = order[::-1]
    matrix = (identity(len(unknown), format="csr") - held)[order][:, order].tocsc()
    solved = splu(matrix, permc_spec="NATURAL", diag_pivot_thresh=0.0).solve(given[order])
    found[unknown[order]] = np.clip(solved, 0.0, 1.0)
    return found


def _most(table: OwnershipTable, listed: Flags, wide: Flags) -> Floats:
    parties = len(table.ids)
    owner, asset = table.owner, table.asset
    low, high = table.low / WHOLE, table.high / WHOLE
    left = np.maximum(1 - table.total / WHOLE, 0)
    starts = np.flatnonzero(np.diff(asset, prepend=-1))
    assets = asset[starts]
    found = listed.astype(np.float64)
    moving = np.zeros(parties, dtype=bool)
    for _ in range(STEPS):
        held = found[owner]
        most = np.bincount(asset, weights=high * held, minlength=parties)
        # At most one owner takes all that is left; it is given to the one of whom the listed hold the most.
        best = np.zeros(parties)
        if len(starts):
            best[assets] = np.maximum.reduceat(np.where(wide, held, 0.0), starts)
        joint = np.bincount(asset, weights=low * held, minlength=parties) + left * best
        new = np.minimum(np.where(table.contradicts, most, np.minimum(most, joint)), 1.0)
        new[listed] = 1.0
        new = np.maximum(new, found)
        moving = new - found > STILL
        found = new
        if not moving.any():
            return found
    found[_reached(table, moving, table.high > 0)] = 1.0
    return found


def _reached(table: OwnershipTable, roots: Flags, counts: Flags) -> Flags:
    """Flag the parties reachable from the roots through the shares flagged in ``counts``; roots are included."""
    from scipy.sparse import csr_array

    parties = len(table.ids)
    ones = np.ones(int(counts.sum()), dtype=np.int8)
    steps = csr_array((ones, (table.asset[counts], table.owner[counts])), shape=(parties, parties))
    found = roots.copy()
    fresh = roots.astype(np.int32)
    while fresh.any():
        step = (steps @ fresh) > 0
        fresh = (step & ~found).astype(np.int32)
        found |= step
    return found
