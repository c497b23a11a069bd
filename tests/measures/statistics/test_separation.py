"""Separated observations: by hand, by another way of finding them, and at their edges."""

from __future__ import annotations

import numpy as np
import pytest

from stopgap.measures.statistics.separation import codes_of, separated, usable_rows
from stopgap.measures.statistics.window_model import WindowCells
from stopgap.measures.statistics.window_separation import usable_cells


def test_groups_get_one_code_each_whatever_their_names() -> None:
    codes = codes_of(np.array(["b", "a", "b"]), np.array([7, 7, 9]))
    assert codes.tolist() == [1, 0, 2]
    assert codes_of(np.array([10**12, 3])).tolist() == [1, 0]
    assert codes_of(np.zeros(0, dtype=np.int64)).tolist() == []


def test_an_all_zero_group_goes_and_takes_the_singleton_it_leaves_with_it() -> None:
    value = np.array([0.0, 0.0, 5.0, 2.0, 3.0, 4.0])
    by_row = np.array([0, 0, 1, 1, 2, 2])  # group 0 is all zero
    by_column = np.array([0, 1, 2, 1, 1, 1])  # without it, column 2 has one observation left
    kept = usable_rows(value, [by_row, by_column])
    assert (kept.zero_groups, kept.singletons) == (2, 2)
    assert kept.keep.tolist() == [False, False, False, False, True, True]
    assert usable_rows(value, [by_row], singletons=False).zero_groups == 2


def test_a_regressor_that_is_positive_at_zeros_only_separates_them() -> None:
    value = np.array([1.0, 2.0, 0.0, 0.0])
    column = np.array([[0.0], [0.0], [1.0], [0.0]])
    ones = np.ones((4, 1))
    assert separated(value, np.hstack([column, ones])).tolist() == [False, False, True, False]
    # With the sign turned, or the scale, it is the same.
    assert separated(value, np.hstack([-1e6 * column, ones])).tolist() == [False, False, True, False]


def test_nothing_is_separated_without_a_zero_and_everything_without_a_positive() -> None:
    group = [np.zeros(3, dtype=np.int64)]
    nothing = np.zeros((3, 0))
    assert not separated(np.ones(3), nothing, group).any()
    assert separated(np.zeros(3), nothing, group).all()
    assert not separated(np.zeros(0), np.zeros((0, 0))).any()


def random_cells(rng: np.random.Generator) -> WindowCells:
    """A few suppliers, destinations and goods, many cells with trade in one window only."""
    shape = 2, int(rng.integers(2, 5)), int(rng.integers(2, 6))
    i, j, k = (axis.ravel() for axis in np.meshgrid(*(range(n) for n in shape), indexing="ij"))
    share = rng.choice([0.3, 0.5, 0.7])
    before, after = (1.0 * (rng.random(i.size) < share) for _ in range(2))
    return WindowCells(i, j, k, k < rng.integers(1, shape[2]), before, after)


@pytest.mark.parametrize("seed", range(40))
def test_the_graph_finds_what_the_linear_programme_finds(seed: int) -> None:
    cells = random_cells(np.random.default_rng(seed))
    usable = usable_cells(cells, target=0)
    traded = np.flatnonzero(cells.baseline_usd + cells.after_usd > 0)
    n = len(traded)
    i, j, k, sanctioned = (
        np.tile(column[traded], 2) for column in (cells.supplier, cells.destination, cells.good, cells.is_sanctioned)
    )
    period = np.repeat([0, 1], n)
    value = np.concatenate([cells.baseline_usd[traded], cells.after_usd[traded]])
    effects = [codes_of(i, k, period), codes_of(i, j, k), codes_of(i, j, period)]
    out = separated(value, np.zeros((2 * n, 0)), effects)
    assert usable.rows.tolist() == traded[~(out[:n] | out[n:])].tolist()
    assert usable.no_trade + usable.zero_groups + usable.separated + len(usable.rows) == len(cells)
    # The target's effect runs to infinity exactly where it separates more.
    treated = ((j == 0) & sanctioned & (period == 1)).astype(float)[:, None]
    more = bool((separated(value, treated, effects) & ~out).any())
    assert (usable.unbounded == "separated") == more
