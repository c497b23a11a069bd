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
    """One supplier as a table of goods by destinations.

    ``listed`` are the rows of sanctioned goods; ``linked`` numbers the destinations (d,) by chains of trade: effects
    of destinations with different numbers are not comparable.
    """

    rows: Codes
    good: Codes
    place: Codes
    destinations: Codes
    sanctioned: Floats
    listed: Codes
    linked: Codes
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
        found = _moments(block, block.a, block.b, _effects(block, groups, theta))
        fitted[block.rows] = found.fitted[block.good, block.place]
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
        linked = _linked(np.asarray(total > 0))
        listed = np.flatnonzero(sanctioned)
        blocks.append(
            _Block(rows, good, place, destinations, sanctioned, listed, linked, total, after, *others, has_pairs, a, b)
        )
    return blocks


def _linked(traded: Bools) -> Codes:
    """Return the number of each destination's chain of trade, (d,), from goods by destinations with trade."""
    label = np.full(traded.shape[1], -1)
    for place in range(traded.shape[1]):
        if label[place] < 0:
            label[traded[_reached(traded, place)].any(axis=0)] = place
            label[place] = place
    return label


def _effects(block: _Block, groups: NDArray[np.int64], theta: Floats) -> Floats:
    """Return the effect per destination of the block."""
    group = groups[block.destinations]
    return np.where(group >= 0, np.append(theta, 0.0)[group], 0.0)


@dataclass(frozen=True)
class _Moments:
    """Fitted after-window dollars and their weights (goods x destinations), and the log likelihood, at one point."""

    fitted: Floats
    weight: Floats
    loglik: float


def _moments(block: _Block, a: Floats, b: Floats, effect: Floats) -> _Moments:
    """Return the moments of a supplier's table at the effects of goods, destinations and sanctioned goods."""
    eta = a[:, None] + b[None, :]
    if effect.any():
        eta[block.listed] += effect[None, :]
    if block.other_total is not None and block.other_after is not None:
        return _paired_moments(block, eta, block.other_total, block.other_after)
    p = 0.5 * (1.0 + np.tanh(0.5 * eta))
    rest = 1.0 - p
    fitted = block.total * p
    # ln(1 + e^eta), from the larger of both shares.
    soft = np.maximum(eta, 0.0) - np.log(np.maximum(p, rest))
    loglik = float(np.vdot(block.after, eta) - np.vdot(block.total, soft))
    return _Moments(fitted, fitted * rest, loglik)


def _paired_moments(block: _Block, eta: Floats, other_total: Floats, other_after: Floats) -> _Moments:
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
    return _Moments(fitted, weight, float(loglik.sum()))


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


WELL_CONDITIONED = 1e-8
"""Least reciprocal condition number of a matrix that is solved by elimination."""


def _solved(matrix: Floats, right: Floats, linked: Codes | None = None) -> Floats:
    """Return the pseudo-inverse of a positive semi-definite matrix (n, n) times columns (n, m) of its range.

    ``linked`` numbers the components (n,) of a matrix whose rows sum to 0 in each, so that it is solved by
    elimination with these directions filled in; the eigenvalues are taken where that is ill-conditioned.
    """
    from scipy.linalg import lapack

    diagonal = np.diag(matrix)
    there = diagonal > 0
    scale = np.sqrt(np.where(there, diagonal, 1.0))
    filled = matrix / scale[:, None] / scale[None, :]
    np.fill_diagonal(filled, 1.0)
    if linked is not None:
        null = np.where(there, scale, 0.0)
        length = np.bincount(linked, weights=null**2, minlength=len(linked))[linked]
        null = null / np.sqrt(np.where(length > 0, length, 1.0))
        same = linked[:, None] == linked[None, :]
        filled += np.where(same, null[:, None] * null[None, :], 0.0)
    columns = np.where(there[:, None], right / scale[:, None], 0.0)
    # Not Cholesky's method: its solver shares out even small systems to threads, which costs many times their work.
    factor, _, found, failed = lapack.dgesv(filled, columns)
    if failed == 0:
        reciprocal, failed = lapack.dgecon(factor, np.abs(filled).sum(axis=0).max(initial=0.0))
        if failed == 0 and reciprocal > WELL_CONDITIONED:
            return np.asarray(found / scale[:, None])
    return np.asarray(_symmetric_inverse(matrix) @ right)


def _newton(
    blocks: Sequence[_Block], groups: NDArray[np.int64], theta: Floats, live: Bools
) -> tuple[Floats, Floats, int]:
    """Maximise the likelihood by Newton's method with step halving; supplier effects are stored in the blocks."""
    size = len(theta)
    found = [_moments(block, block.a, block.b, _effects(block, groups, theta)) for block in blocks]
    best = sum(each.loglik for each in found)
    info = np.zeros((size, size))
    used = np.flatnonzero(live)
    for step in range(1, MAX_STEPS + 1):
        info, score, parts = _system(blocks, groups, size, found)
        move = np.zeros(size)
        if used.size:
            move[used] = _solved(info[np.ix_(used, used)], score[used, None])[:, 0]
        length, gain = 1.0, -np.inf
        moves = [_block_move(block, part, each, move) for block, part, each in zip(blocks, parts, found, strict=True)]
        while length > 1e-6:
            tried = theta + length * move
            found = [
                _moments(block, block.a + length * da, block.b + length * db, _effects(block, groups, tried))
                for block, (da, db) in zip(blocks, moves, strict=True)
            ]
            new = sum(each.loglik for each in found)
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
    """One supplier's pieces of a Newton step.

    ``has`` are the destinations (h,) with a common effect, of the groups ``group``; ``own_step`` (d,) is the step of
    the destinations' effects without common ones, and ``per_effect`` (d, h) what a step of each of those adds.
    """

    inverse_a: Floats
    score_a: Floats
    has: Codes
    group: Codes
    own_step: Floats
    per_effect: Floats


def _system(
    blocks: Sequence[_Block], groups: NDArray[np.int64], size: int, found: Sequence[_Moments]
) -> tuple[Floats, Floats, list[_Part]]:
    """Return information and score of the effects, with goods' and destinations' effects concentrated out."""
    info, score, parts = np.zeros((size, size)), np.zeros(size), []
    for block, each in zip(blocks, found, strict=True):
        w, listed = each.weight, block.listed
        residual = block.after - each.fitted
        row = w.sum(axis=1)
        inverse_a = np.where(row > 0, 1.0 / np.where(row > 0, row, 1.0), 0.0)
        scaled = w * inverse_a[:, None]
        group = groups[block.destinations]
        has = np.flatnonzero(group >= 0)
        listed_w = w[np.ix_(listed, has)]
        diagonal = listed_w.sum(axis=0)
        s_gb = -(listed_w.T @ scaled[listed])
        s_gb[np.arange(len(has)), has] += diagonal
        s_gg = np.diag(diagonal) - listed_w.T @ scaled[np.ix_(listed, has)]
        score_a, score_b = residual.sum(axis=1), residual.sum(axis=0)
        step_a = inverse_a * score_a
        score_g = residual[np.ix_(listed, has)].sum(axis=0) - listed_w.T @ step_a[listed]
        own_step, per_effect = np.zeros(w.shape[1]), np.zeros((w.shape[1], len(has)))
        if block.has_pair_effects:
            s_bb = np.diag(w.sum(axis=0)) - scaled.T @ w
            reduced_b = score_b - w.T @ step_a
            solved = _solved(s_bb, np.column_stack([reduced_b, s_gb.T]), block.linked)
            own_step, per_effect = solved[:, 0], solved[:, 1:]
        np.add.at(info, (group[has][:, None], group[has][None, :]), s_gg - s_gb @ per_effect)
        np.add.at(score, group[has], score_g - s_gb @ own_step)
        parts.append(_Part(inverse_a, score_a, has, group[has], own_step, per_effect))
    return info, score, parts


def _block_move(block: _Block, part: _Part, found: _Moments, move: Floats) -> tuple[Floats, Floats]:
    """Return the steps of one supplier's own effects, given the step of the common ones."""
    own = move[part.group]
    db = part.own_step - part.per_effect @ own
    change = part.score_a - found.weight @ db
    change[block.listed] -= found.weight[np.ix_(block.listed, part.has)] @ own
    return part.inverse_a * change, db


def _estimable(info: Floats, live: Bools) -> Bools:
    """Return which effects the information matrix bounds."""
    found = np.zeros(len(live), dtype=bool)
    used = np.flatnonzero(live)
    if len(used):
        part = info[np.ix_(used, used)]
        off = np.abs(_symmetric_inverse(part) @ part - np.eye(len(used))).max(axis=1)
        found[used] = off < 1e-4
    return found
