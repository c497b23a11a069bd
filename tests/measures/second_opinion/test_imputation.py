"""The model fitted without the target's sanctioned goods: by hand, against pyfixest, and at its edges."""

from __future__ import annotations

import numpy as np
import pytest
from window_cells import SQUARE, TARGET, cells_of, noisy

from stopgap.measures.second_opinion.estimates import impute_at_target
from stopgap.measures.second_opinion.excess import excess_at_target
from stopgap.measures.statistics.ppml import fit_effects, panel_of_windows


def test_the_counterfactual_is_growth_elsewhere_times_the_excess_of_ordinary_goods_by_hand() -> None:
    """100 would have grown by 1.2 as elsewhere, times 1.5 / 1.0 of ordinary goods: 180, and 300 were sold."""
    found = impute_at_target(cells_of(SQUARE), target=TARGET)
    assert found.expected_usd == pytest.approx(180.0)
    assert found.observed_usd == 300.0
    assert found.net_usd(found.effect or 0.0) == pytest.approx(120.0)


def test_without_effects_of_pairs_it_is_growth_elsewhere_alone() -> None:
    rows = [row for row in SQUARE if row[3]]
    found = impute_at_target(cells_of(rows, has_pair_effects=False), target=TARGET)
    assert found.expected_usd == pytest.approx(120.0)


def test_entrants_count_whole_and_what_is_sold_nowhere_else_takes_the_others_excess() -> None:
    entrant = [(0, 0, 2, True, 0.0, 50.0), (0, 1, 2, True, 10.0, 10.0)]
    alone = [(0, 0, 3, True, 20.0, 30.0)]  # sold nowhere else
    found = impute_at_target(cells_of([*SQUARE, *entrant, *alone]), target=TARGET)
    assert (found.entrants_usd, found.unmatched_usd) == (50.0, 30.0)
    assert found.observed_usd == 300.0
    share = 1.0 - np.exp(-found.effect)
    assert found.net_usd(found.effect) == pytest.approx(330.0 * share + 50.0)


def test_a_supplier_without_ordinary_goods_at_the_target_takes_the_others_excess_in_them() -> None:
    other = [(1, 0, 0, True, 10.0, 40.0), (1, 1, 0, True, 100.0, 200.0), (1, 1, 1, False, 30.0, 30.0)]
    found = impute_at_target(cells_of([*SQUARE, *other]), target=TARGET)
    assert found.borrowed == 1
    assert found.expected_usd > 180.0


def test_unequal_backfill_is_summed_and_one_effect_is_not() -> None:
    """One supplier fills all of the gap, the others none: what is planted comes out."""
    cells = noisy(11, suppliers=8, destinations=12, goods=16)
    filler = (cells.supplier == 0) & (cells.destination == TARGET) & cells.is_sanctioned
    planted = 4.0 * cells.baseline_usd[filler].sum()
    before = impute_at_target(cells, target=TARGET)
    cells.after_usd[filler] += 4.0 * cells.baseline_usd[filler]
    after = impute_at_target(cells, target=TARGET)
    assert after.expected_usd == pytest.approx(before.expected_usd)
    gained = after.net_usd(after.effect) - before.net_usd(before.effect)
    assert gained == pytest.approx(planted)


def test_it_agrees_with_pyfixest_given_an_effect_for_every_cell_of_the_target() -> None:
    """An effect of its own for a cell is the log of what it sold by what the rest of the model expects."""
    cells = excess_at_target(noisy(gain=1.7), target=TARGET).usable.cells
    at = np.flatnonzero((cells.destination == TARGET) & cells.is_sanctioned)
    for dollars in (cells.baseline_usd, cells.after_usd):  # a cell without trade has no effect to fit
        dollars[at] += 1.0
    panel = panel_of_windows(cells)
    n = len(cells)
    columns = {str(row): (np.arange(2 * n) == n + row).astype(float) for row in at}
    fit = fit_effects(panel, columns, panel.effects())
    expected = sum(cells.after_usd[row] * np.exp(-fit.effects[str(row)]) for row in at)
    found = impute_at_target(cells, target=TARGET)
    assert found.expected_usd == pytest.approx(expected, rel=1e-4)


def test_where_nothing_is_sold_elsewhere_there_is_no_counterfactual() -> None:
    found = impute_at_target(cells_of([row for row in SQUARE if row[1] == 0]), target=TARGET)
    assert found.effect is None
    assert "no counterfactual" in found.reason
    nothing = impute_at_target(cells_of([(*row[:4], 0.0, 0.0) for row in SQUARE]), target=TARGET)
    assert nothing.effect is None
