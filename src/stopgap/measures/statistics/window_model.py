"""Solve the Poisson model of the second opinion on two windows exactly, supplier by supplier.

With two windows (yearly means before and after) and an effect for every cell, the model

    E[X_ijkt] = exp(α_ikt + α_ijk + α_ijt + γ_j · post_t · sanctioned_k)

has the same maximum as a logit of each cell's after-share y / (y + x), weighted by its
total (Chamberlain 1980; Hausman, Hall and Griliches 1984):

    logit p_ijk = a_ik + b_ij + γ_j · sanctioned_k

Given γ it separates by supplier, each a table of goods by destinations, so Newton
steps are exact and cost one small linear system per supplier. It estimates every destination's
own effect at once, while dummies in a general routine need one dense column each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stopgap.measures.statistics.separation import Bools, Codes, Floats, codes_of

TOLERANCE = 1e-10
MAX_STEPS = 60
RUNAWAY = 20.0
"""Largest log effect; the figures do not bound an effect beyond e^20."""


@dataclass(frozen=True)
class WindowCells:
    """Cells with trade in either window, one per (supplier, destination, good) by code; mean US dollars a year.

    ``other_baseline_usd`` and ``other_after_usd`` are those of all other suppliers, if the model compares one supplier
    with them. The model has the effects α_ijt if ``has_pair_effects``; without ordinary goods to identify them it
    does not, and is a double difference.
    """

    supplier: Codes
    destination: Codes
    good: Codes
    is_sanctioned: Bools
    baseline_usd: Floats
    after_usd: Floats
    other_baseline_usd: Floats | None = None
    other_after_usd: Floats | None = None
    has_pair_effects: bool = True

    @property
    def pulls_down(self) -> Bools:
        """Return whether a cell keeps the sum of its effects from diverging to infinity."""
        if self.other_after_usd is None:
            return self.baseline_usd > 0
        return (self.baseline_usd > 0) & (self.other_after_usd > 0)

    @property
    def pulls_up(self) -> Bools:
        """Return whether a cell keeps the sum of its effects from diverging to minus infinity."""
        if self.other_baseline_usd is None:
            return self.after_usd > 0
        return (self.after_usd > 0) & (self.other_baseline_usd > 0)

    def __len__(self) -> int:
        return len(self.supplier)

    def take(self, rows: NDArray[Any]) -> WindowCells:
        """Return some of the cells."""
        columns = {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return replace(self, **{name: column[rows] for name, column in columns.items()})


def summed_cells(
    supplier: Codes, destination: Codes, good: Codes, is_sanctioned: Bools, baseline_usd: Floats, after_usd: Floats
) -> WindowCells:
    """Sum rows of the same supplier, destination and good to one cell."""
    cell = codes_of(supplier, destination, good)
    n = int(cell.max(initial=-1)) + 1
    first = np.zeros(n, dtype=np.int64)
    first[cell[::-1]] = np.arange(len(cell))[::-1]

    def total(values: Floats) -> Floats:
        return np.bincount(cell, weights=values, minlength=n).astype(np.float64)

    return WindowCells(
        supplier[first], destination[first], good[first], is_sanctioned[first], total(baseline_usd), total(after_usd)
    )


@dataclass(frozen=True)
class WindowFit:
    """Effects of destinations on sanctioned goods after the event, in logs; 0 if the figures do not bound them.

    ``information`` is the square information matrix of the effects, other parameters concentrated out; ``steps`` is the
    number of Newton steps; ``fitted_usd`` are fitted after-window dollars per cell.
    """

    effect: Floats
    information: Floats
    identified: Bools
    steps: int
    fitted_usd: Floats


@dataclass
class _Block:
    """One supplier as a table of goods by destinations."""

    rows: Codes
    good: Codes
    place: Codes
    destinations: Codes
    sanctioned: Floats
    total: Floats
    after: Floats
    other_total: Floats | None
    other_after: Floats | None
    has_pair_effects: bool
    a: Floats
    b: Floats


def fit_windows(cells: WindowCells, groups: NDArray[np.int64]) -> WindowFit:
    """Fit effects of groups of destinations on sanctioned goods, after against before, by maximum likelihood.

    Separated cells must have been removed (:func:`usable_cells`); ``groups`` gives each destination the number of its
    effect, or -1 for none (the comparison). Effects that diverge or that no cell identifies are set to 0.
    """
    size = int(groups.max(initial=-1)) + 1
    blocks = _blocks(cells)
    live = _supported(cells, groups, size)
    theta = np.zeros(size)
    while True:
        theta, info, steps = _newton(blocks, groups, theta * 0.0, live)
        runaway = live & (np.abs(theta) > RUNAWAY)
        if not runaway.any():
            break
        live = live & ~runaway
    live = live & _estimable(info, live)
    fitted = np.zeros(len(cells))
    for block in blocks:
        values, _, _ = _moments(block, block.a, block.b, _effects(block, groups, theta))
        fitted[block.rows] = values[block.good, block.place]
    return WindowFit(np.where(live, theta, 0.0), info, live, steps, fitted)


def fit_supplier_effects(
    cells: WindowCells, *, supplier: Codes, good: Codes, destination: int
) -> tuple[Floats, Floats, Bools, Bools]:
    """Fit log growth of given suppliers in given goods (m,), and their pull to a destination, without common effects.

    Returns ``a_ik``, ``b_ij``, and whether each is known, all (m,); 0 if unknown. A supplier's a and
    b share a constant, which cancels in their sum. Separated cells must have been removed.
    """
    blocks = _blocks(cells)
    nothing = np.full(int(cells.destination.max(initial=destination)) + 1, -1)
    _newton(blocks, nothing, np.zeros(0), np.zeros(0, dtype=bool))
    growth, pull = np.zeros(len(supplier)), np.zeros(len(supplier))
    has_growth, has_pull = np.zeros(len(supplier), dtype=bool), np.zeros(len(supplier), dtype=bool)
    for block in blocks:
        asked = np.flatnonzero(supplier == cells.supplier[block.rows[0]])
        goods = np.unique(cells.good[block.rows])
        place = np.minimum(np.searchsorted(goods, good[asked]), len(goods) - 1)
        has_growth[asked] = goods[place] == good[asked]
        level = _level(block, destination)
        growth[asked] = np.where(has_growth[asked], block.a[place] + level, 0.0)
        at = np.flatnonzero(block.destinations == destination)
        if at.size and block.has_pair_effects:
            pull[asked] = block.b[at[0]] - level
            has_pull[asked] = _reached(np.asarray(block.total > 0), int(at[0]))[place]
    return growth, pull, has_growth, has_pull


def _level(block: _Block, destination: int) -> float:
    """Return the constant that makes a supplier's destination effects 0 on average, the given destination excluded."""
    if not block.has_pair_effects:
        return 0.0
    base = (block.total - block.after) * (block.destinations != destination)[None, :]
    grown = base * np.exp(block.a)[:, None]
    over, under = float((grown * np.exp(block.b)[None, :]).sum()), float(grown.sum())
    return float(np.log(over / under)) if over > 0 and under > 0 else 0.0


def _reached(traded: Bools, place: int) -> Bools:
    """Return the goods (k,) linked to a destination by a chain of trade, whose effects are comparable with its own."""
    goods: Bools = np.asarray(traded[:, place])
    while True:
        more: Bools = np.asarray(traded[:, traded[goods].any(axis=0)].any(axis=1))
        if bool((more == goods).all()):
            return goods
        goods = more


def _supported(cells: WindowCells, groups: NDArray[np.int64], size: int) -> Bools:
    """Return the effects whose destinations have both sanctioned and ordinary goods from one supplier."""
    live = np.zeros(size, dtype=bool)
    group = groups[cells.destination]
    if not cells.has_pair_effects:
        live[group[(group >= 0) & cells.is_sanctioned]] = True
        return live
    pair = codes_of(cells.supplier, cells.destination)
    n = int(pair.max(initial=-1)) + 1
    both = (np.bincount(pair, weights=cells.is_sanctioned, minlength=n) > 0) & (
        np.bincount(pair, weights=~cells.is_sanctioned, minlength=n) > 0
    )
    reached = group[both[pair]]
    live[reached[reached >= 0]] = True
    return live


def _blocks(cells: WindowCells) -> list[_Block]:
    order = np.argsort(cells.supplier, kind="stable")
    starts = np.flatnonzero(np.diff(cells.supplier[order], prepend=-1))
    blocks, has_pairs = [], cells.has_pair_effects
    for rows in np.split(order, starts[1:]) if len(order) else []:
        goods, good = np.unique(cells.good[rows], return_inverse=True)
        destinations, place = np.unique(cells.destination[rows], return_inverse=True)
        total = np.zeros((len(goods), len(destinations)))
        after = np.zeros_like(total)
        total[good, place] = cells.baseline_usd[rows] + cells.after_usd[rows]
        after[good, place] = cells.after_usd[rows]
        sanctioned = np.zeros(len(goods))
        sanctioned[good] = cells.is_sanctioned[rows]
        others: tuple[Floats | None, Floats | None] = (None, None)
        if cells.other_baseline_usd is not None and cells.other_after_usd is not None:
            other_total, other_after = np.zeros_like(total), np.zeros_like(total)
            other_after[good, place] = cells.other_after_usd[rows]
            other_total[good, place] = cells.other_baseline_usd[rows] + cells.other_after_usd[rows]
            others, a = (other_total, other_after), np.zeros(len(goods))
        else:
            share = (after.sum(axis=1) + 1e-9 * total.sum(axis=1)) / (total.sum(axis=1) * (1 + 2e-9))
            a = np.clip(np.log(share / (1.0 - share)), -8.0, 8.0)
        b = np.zeros(len(destinations))
        blocks.append(_Block(rows, good, place, destinations, sanctioned, total, after, *others, has_pairs, a, b))
    return blocks


def _effects(block: _Block, groups: NDArray[np.int64], theta: Floats) -> Floats:
    """Return the effect per destination of the block."""
    group = groups[block.destinations]
    return np.where(group >= 0, np.append(theta, 0.0)[group], 0.0)


def _moments(block: _Block, a: Floats, b: Floats, effect: Floats) -> tuple[Floats, Floats, float]:
    """Return fitted after-window dollars and their weights (goods x destinations), and the log likelihood."""
    eta = a[:, None] + b[None, :] + block.sanctioned[:, None] * effect[None, :]
    if block.other_total is not None and block.other_after is not None:
        return _paired_moments(block, eta, block.other_total, block.other_after)
    p = 0.5 * (1.0 + np.tanh(0.5 * eta))
    fitted = block.total * p
    loglik = float((block.after * eta - block.total * np.logaddexp(0.0, eta)).sum())
    return fitted, fitted * (1.0 - p), loglik


def _paired_moments(
    block: _Block, eta: Floats, other_total: Floats, other_after: Floats
) -> tuple[Floats, Floats, float]:
    """Return the same for one supplier against others, with their common effect at a destination removed.

    The common effect c of a good at a destination solves n₀σ(c) + n₁σ(c + η) = y₀ + y₁, a
    quadratic in exp(c + η/2).
    """
    half = np.exp(0.5 * np.clip(eta, -60.0, 60.0))
    after = block.after + other_after
    left = block.total + other_total - after
    middle = (other_total - after) / half + (block.total - after) * half
    root = np.sqrt(middle**2 + 4.0 * left * after)
    z = np.where(middle > 0, _by(2.0 * after, middle + root), _by(root - middle, 2.0 * left))
    own, other = _by(z * half, 1.0 + z * half), _by(z / half, 1.0 + z / half)
    fitted = block.total * own
    own_weight, other_weight = fitted * (1.0 - own), other_total * other * (1.0 - other)
    weight = _by(own_weight * other_weight, own_weight + other_weight)
    log_z = np.log(np.where(z > 0, z, 1.0))
    log_half = np.log(half)
    loglik = (
        block.after * (log_z + log_half)
        + other_after * (log_z - log_half)
        - block.total * np.log1p(z * half)
        - other_total * np.log1p(z / half)
    )
    return fitted, weight, float(loglik.sum())


def _by(over: Floats, under: Floats) -> Floats:
    """Return the ratio, 0 if the divisor is not above 0."""
    return np.asarray(np.divide(over, under, out=np.zeros_like(over), where=under > 0))


def _symmetric_inverse(matrix: Floats) -> Floats:
    """Return the pseudo-inverse of a positive semi-definite matrix, scaled to a unit diagonal first."""
    scale = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    scale = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(matrix / scale[:, None] / scale[None, :])
    keep = values > 1e-9 * max(float(values.max(initial=0.0)), 1e-300)
    inverse = (vectors[:, keep] / values[keep]) @ vectors[:, keep].T
    return np.asarray(inverse / scale[:, None] / scale[None, :])


def _newton(
    blocks: Sequence[_Block], groups: NDArray[np.int64], theta: Floats, live: Bools
) -> tuple[Floats, Floats, int]:
    """Maximise the likelihood by Newton's method with step halving; supplier effects are stored in the blocks."""
    size = len(theta)
    best = sum(_moments(block, block.a, block.b, _effects(block, groups, theta))[2] for block in blocks)
    info = np.zeros((size, size))
    for step in range(1, MAX_STEPS + 1):
        info, score, parts = _system(blocks, groups, theta)
        move = np.zeros(size)
        if live.any():
            used = np.flatnonzero(live)
            move[used] = _symmetric_inverse(info[np.ix_(used, used)]) @ score[used]
        length, gain = 1.0, -np.inf
        moves = [_block_move(block, part, groups, move) for block, part in zip(blocks, parts, strict=True)]
        while length > 1e-6:
            tried = theta + length * move
            new = 0.0
            for block, (da, db) in zip(blocks, moves, strict=True):
                effect = _effects(block, groups, tried)
                new += _moments(block, block.a + length * da, block.b + length * db, effect)[2]
            gain = new - best
            if gain >= -1e-12 * abs(best):
                break
            length /= 2.0
        else:
            return theta, info, step
        theta = tried
        for block, (da, db) in zip(blocks, moves, strict=True):
            block.a += length * da
            block.b += length * db
        best = new
        if gain <= TOLERANCE * (abs(best) * 1e-3 + 1e-9) and np.abs(move).max(initial=0.0) < 1e-8:
            return theta, info, step
        if np.abs(theta).max(initial=0.0) > 2 * RUNAWAY:
            return theta, info, step
    return theta, info, MAX_STEPS


@dataclass(frozen=True)
class _Part:
    """One supplier's pieces of a Newton step."""

    inverse_a: Floats
    w: Floats
    inverse_s: Floats
    s_gb: Floats
    score_a: Floats
    score_b: Floats
    group: Codes
    sanctioned_w: Floats


def _system(blocks: Sequence[_Block], groups: NDArray[np.int64], theta: Floats) -> tuple[Floats, Floats, list[_Part]]:
    """Return information and score of the effects, with goods' and destinations' effects concentrated out."""
    size = len(theta)
    info, score, parts = np.zeros((size, size)), np.zeros(size), []
    for block in blocks:
        fitted, w, _ = _moments(block, block.a, block.b, _effects(block, groups, theta))
        residual = block.after - fitted
        row = w.sum(axis=1)
        inverse_a = np.where(row > 0, 1.0 / np.where(row > 0, row, 1.0), 0.0)
        sw = block.sanctioned[:, None] * w
        s_bb = np.zeros((w.shape[1], w.shape[1]))
        if block.has_pair_effects:
            s_bb = np.diag(w.sum(axis=0)) - (w * inverse_a[:, None]).T @ w
        diagonal = np.diag(sw.sum(axis=0))
        s_gb = diagonal - (sw * inverse_a[:, None]).T @ w
        s_gg = diagonal - (sw * inverse_a[:, None]).T @ sw
        inverse_s = _symmetric_inverse(s_bb)
        score_a, score_b = residual.sum(axis=1), residual.sum(axis=0)
        reduced_b = score_b - w.T @ (inverse_a * score_a)
        score_g = (block.sanctioned[:, None] * residual).sum(axis=0) - sw.T @ (inverse_a * score_a)
        score_g = score_g - s_gb @ (inverse_s @ reduced_b)
        block_info = s_gg - s_gb @ inverse_s @ s_gb.T
        group = groups[block.destinations]
        has = group >= 0
        np.add.at(info, (group[has][:, None], group[has][None, :]), block_info[np.ix_(has, has)])
        np.add.at(score, group[has], score_g[has])
        parts.append(_Part(inverse_a, w, inverse_s, s_gb, score_a, reduced_b, group, sw))
    return info, score, parts


def _block_move(block: _Block, part: _Part, groups: NDArray[np.int64], move: Floats) -> tuple[Floats, Floats]:
    """Return the steps of one supplier's own effects, given the step of the common ones."""
    own = _effects(block, groups, move)
    db = part.inverse_s @ (part.score_b - part.s_gb.T @ own)
    da = part.inverse_a * (part.score_a - part.w @ db - part.sanctioned_w @ own)
    return da, db


def _estimable(info: Floats, live: Bools) -> Bools:
    """Return which effects the information matrix bounds."""
    found = np.zeros(len(live), dtype=bool)
    used = np.flatnonzero(live)
    if len(used):
        part = info[np.ix_(used, used)]
        off = np.abs(_symmetric_inverse(part) @ part - np.eye(len(used))).max(axis=1)
        found[used] = off < 1e-4
    return found
