"""Find observations that a Poisson model cannot fit with finite effects: all-zero groups and separated cells.

A Poisson model has no maximum if some combination of its effects is zero on every
positive observation and of one sign on the rest: the fit diverges to minus infinity
there. Such observations carry no information on the other effects and must be removed before the fit.

Method: Correia, Guimarães and Zylkin (2019), "Verifying the existence of maximum
likelihood estimates for generalized linear models", arXiv:1903.01633; solved here as one
linear programme, and for two windows as components of a directed graph (ours).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.int64]

SMALLEST = 1e-9
"""Share of a column's largest value below which a coefficient counts as 0."""


def codes_of(*columns: NDArray[Any]) -> Codes:
    """Encode rows with the same values in all columns as dense codes 0, 1, 2 … in the order of the sorted values."""
    found = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        if column.dtype.kind in "iub" and len(column) and column.min() >= 0:
            levels = column.astype(np.int64)
        else:
            _, levels = np.unique(column, return_inverse=True)
        found = _dense(found * (int(levels.max(initial=0)) + 1) + levels)
    return found


def _dense(codes: Codes) -> Codes:
    """Renumber the groups without gaps."""
    top = int(codes.max(initial=-1)) + 1
    if top <= 4 * len(codes) + 1024:
        used = np.zeros(top, dtype=np.int64)
        used[codes] = 1
        return np.asarray((np.cumsum(used) - 1)[codes], dtype=np.int64)
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.int64)


@dataclass(frozen=True)
class Kept:
    """Which observations a fit can use, and how many were removed as part of an all-zero group or alone in one."""

    keep: Bools
    zero_groups: int
    singletons: int


def usable_rows(value: Floats, effects: Sequence[Codes], *, singletons: bool = True) -> Kept:
    """Find observations outside all-zero and one-observation groups, repeated until none is left.

    ``effects`` are one array of group codes (0 or more) each. ``singletons`` also drops groups of one observation:
    they change no coefficient, only the number of observations that an error seems to use.
    """
    keep = np.ones(len(value), dtype=bool)
    positive = value > 0
    zero = single = 0
    rows = np.arange(len(value))
    while True:
        before = len(rows)
        for codes in effects:
            taken = codes[rows]
            size = int(taken.max(initial=-1)) + 1
            bad = np.bincount(taken, weights=positive[rows], minlength=size)[taken] == 0
            zero += int(bad.sum())
            rows = rows[~bad]
            if singletons:
                taken = codes[rows]
                alone = np.bincount(taken, minlength=size)[taken] == 1
                single += int(alone.sum())
                rows = rows[~alone]
        if len(rows) == before:
            keep[:] = False
            keep[rows] = True
            return Kept(keep, zero, single)


def separated(value: Floats, regressors: Floats, effects: Sequence[Codes] = ()) -> Bools:
    """Find observations separated by any combination of regressors (observations x regressors) and fixed effects.

    No intercept is added: give a column of ones, or a fixed effect. Without a zero outcome, none is separated.

    Method: maximise the number of zero observations with z ≥ 1 over all z = Xγ + Dδ
        that are 0 where the outcome is positive and 0 or more where it is zero. The
        certificates form a cone, so the optimum reaches 1 at every separated
        observation and 0 at every other.
    """
    found = np.zeros(len(value), dtype=bool)
    kept = usable_rows(value, effects, singletons=False).keep if effects else ~found
    found[~kept] = True
    rows = np.flatnonzero(kept)
    zero = rows[value[rows] == 0]
    if not len(zero):
        return found
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, eye_array, hstack

    design = _design(regressors[rows], [codes[rows] for codes in effects])
    is_zero = value[rows] == 0
    at_zero, at_positive = design[is_zero], design[~is_zero]
    cuts = hstack([-at_zero, eye_array(len(zero))], format="csr")
    size = design.shape[1]
    cost = np.concatenate([np.zeros(size), -np.ones(len(zero))])
    equal = hstack([at_positive, csr_array((at_positive.shape[0], len(zero)))], format="csr")
    answer = linprog(
        cost,
        A_ub=cuts,
        b_ub=np.zeros(len(zero)),
        A_eq=equal if equal.shape[0] else None,
        b_eq=np.zeros(equal.shape[0]) if equal.shape[0] else None,
        bounds=[(None, None)] * size + [(0.0, 1.0)] * len(zero),
        method="highs",
    )
    if answer.x is not None:
        found[zero] = answer.x[size:] > 0.5
    return found


def _design(regressors: Floats, effects: Sequence[Codes]) -> Any:
    """Build a sparse matrix of the regressors (each scaled to 1) and dummies of the fixed effects."""
    from scipy.sparse import csr_array, hstack

    n = regressors.shape[0]
    scale = np.abs(regressors).max(axis=0, initial=0.0) if n else np.zeros(regressors.shape[1])
    scaled = regressors / np.where(scale > 0, scale, 1.0)
    scaled[np.abs(scaled) < SMALLEST] = 0.0
    blocks = [csr_array(scaled)]
    for codes in effects:
        dense = _dense(codes)
        blocks.append(csr_array((np.ones(n), (np.arange(n), dense)), shape=(n, int(dense.max(initial=-1)) + 1)))
    return hstack(blocks, format="csr")
