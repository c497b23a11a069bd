"""The Poisson model on two windows: a sum by hand, another implementation, and its interval."""

from __future__ import annotations

import numpy as np
import pytest
from window_cells import SQUARE, TARGET, cells_of, noisy

from stopgap.measures.second_opinion.excess import effect_half_width, excess_at_target
from stopgap.measures.second_opinion.supplier_contrasts import against_others, contrast
from stopgap.measures.statistics import window_model
from stopgap.measures.statistics.ppml import PpmlPanel, fit_effects, fit_target, panel_of_windows
from stopgap.measures.statistics.separation import codes_of
from stopgap.measures.statistics.window_model import WindowCells, fit_windows


def test_the_excess_is_the_ratio_of_ratios_done_by_hand() -> None:
    excess = excess_at_target(cells_of(SQUARE), target=TARGET)
    assert excess.effect == pytest.approx(np.log((3.0 / 1.5) / (1.2 / 1.0)))
    assert excess.half_width is None
    assert "0 placebo destinations, needs 3" in excess.reason


def test_without_ordinary_goods_it_is_the_double_difference() -> None:
    rows = [row for row in SQUARE if row[3]]
    excess = excess_at_target(cells_of(rows, has_pair_effects=False), target=TARGET)
    assert excess.effect == pytest.approx(np.log(3.0 / 1.2))
    fit = fit_target(panel_of_windows(cells_of(rows, has_pair_effects=False)), target=TARGET)
    assert fit.beta == pytest.approx(np.log(3.0 / 1.2))
    # With the effects of pairs nothing is left to tell it by.
    assert excess_at_target(cells_of(rows), target=TARGET).effect is None


def test_a_contrast_is_the_ratio_of_two_excesses_done_by_hand() -> None:
    others = [(1, j, k, s, before, before) for _, j, k, s, before, _ in SQUARE]  # nothing changed
    doubled = [(2, j, k, s, b, 2.0 * b if (j, k) == (0, 0) else b) for _, j, k, s, b, _ in SQUARE]
    cells = cells_of([*SQUARE, *others])
    assert contrast(cells, supplier=0, target=TARGET).effect == pytest.approx(np.log(2.0 / 1.2))
    # Where both did alike there is no contrast, however large the surge.
    alike = cells_of([*doubled, *[(0, *row[1:]) for row in doubled]])
    assert contrast(alike, supplier=0, target=TARGET).effect == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("pairs", [True, False])
def test_it_agrees_with_pyfixest(pairs: bool) -> None:
    cells = noisy(gain=1.6)
    if not pairs:
        cells = cells.take(np.flatnonzero(cells.is_sanctioned))
    cells = WindowCells(*list(vars(cells).values())[:6], has_pair_effects=pairs)
    excess = excess_at_target(cells, target=TARGET)
    fit = fit_target(panel_of_windows(excess.usable.cells), target=TARGET)
    assert excess.effect == pytest.approx(fit.beta, abs=1e-6)  # pyfixest stops at 1e-8 of the deviance


def test_destinations_own_effects_agree_with_dummies() -> None:
    cells = noisy()
    groups = np.arange(9) - 1
    own = fit_windows(excess_at_target(cells, target=TARGET).usable.cells, groups)
    panel = panel_of_windows(cells)
    treated = panel.is_post & panel.is_sanctioned
    dummies = {str(j): (treated & (panel.destination == j)).astype(float) for j in range(1, 9)}
    fit = fit_effects(panel, dummies, panel.effects())
    assert own.identified.all()
    assert own.effect == pytest.approx([fit.effects[str(j)] for j in range(1, 9)], abs=1e-6)


def test_a_contrast_agrees_with_pyfixest_on_the_four_way_model() -> None:
    cells = noisy(gain=1.5)
    one = contrast(cells, supplier=1, target=TARGET)
    paired = against_others(cells, 1)
    n = len(paired)
    assert paired.other_baseline_usd is not None
    assert paired.other_after_usd is not None
    panel = PpmlPanel(
        np.repeat([1, 0, 1, 0], n),
        np.tile(paired.destination, 4),
        np.tile(paired.good, 4),
        np.repeat([0, 0, 1, 1], n),
        np.concatenate([paired.baseline_usd, paired.other_baseline_usd, paired.after_usd, paired.other_after_usd]),
        np.tile(paired.is_sanctioned, 4),
        np.repeat([False, False, True, True], n),
    )
    treated = (panel.supplier == 1) & (panel.destination == TARGET) & panel.is_post & panel.is_sanctioned
    effects = {**panel.effects(), "jkt": codes_of(panel.destination, panel.good, panel.period)}
    fit = fit_effects(panel, {"target": treated.astype(float)}, effects)
    assert one.effect == pytest.approx(fit.beta, abs=1e-5)


def test_the_unit_of_money_changes_nothing() -> None:
    cells = noisy(gain=1.5)
    million = WindowCells(
        cells.supplier, cells.destination, cells.good, cells.is_sanctioned,
        cells.baseline_usd * 1e7, cells.after_usd * 1e7,
    )  # fmt: skip
    one, other = (excess_at_target(each, target=TARGET) for each in (cells, million))
    assert other.effect == pytest.approx(one.effect, abs=1e-9)
    assert other.half_width == pytest.approx(one.half_width)
    assert other.rank == one.rank


def test_the_half_width_with_equal_weights_is_that_of_donald_and_lang() -> None:
    deviations = np.array([-1.0, 1.0, -2.0, 2.0])
    spread = np.sqrt(10.0 / 3.0)
    expected = 3.182446305284263 * spread * np.sqrt(1.0 + 1.0 / 4.0)  # t with 3 degrees of freedom
    assert effect_half_width(deviations, np.full(4, 0.25)) == pytest.approx(expected)


def test_a_planted_gain_ranks_first_and_lies_in_the_interval() -> None:
    excess = excess_at_target(noisy(gain=3.0, suppliers=10, goods=16), target=TARGET)
    assert excess.rank == (1, 9)
    assert excess.ci95 is not None
    assert excess.ci95[0] < np.log(3.0) < excess.ci95[1]
    allowed = excess_at_target(noisy(gain=3.0), target=TARGET, allowed=[1, 2, 3, 4])
    assert allowed.placebos.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([row for row in SQUARE if row[1] == 0], "none of the goods to compare"),  # no other destination
        ([row for row in SQUARE if row[3]], "none of the goods to compare"),  # no ordinary goods
        ([(*row[:4], 0.0, 0.0) for row in SQUARE], "none of the goods to compare"),  # all zeros
        ([(*row[:4], 0.0 if row[:3] == (0, 0, 0) else row[4], row[5]) for row in SQUARE], "no finite value"),
        ([(*row[:5], 0.0 if row[:3] == (0, 0, 0) else row[5]) for row in SQUARE], "no finite value"),
    ],
    ids=["one destination", "no ordinary goods", "all zeros", "nothing before", "nothing after"],
)
def test_what_the_figures_do_not_bound_has_a_reason(
    rows: list[tuple[int, int, int, bool, float, float]], says: str
) -> None:
    excess = excess_at_target(cells_of(rows), target=TARGET)
    assert (excess.effect, excess.half_width, excess.rank) == (None, None, None)
    assert says in excess.reason


def test_a_contrast_without_another_supplier_or_a_change_has_a_reason() -> None:
    assert "no other supplier" in contrast(cells_of(SQUARE), supplier=0, target=TARGET).reason
    entrant = [(1, j, k, s, 0.0, after) for _, j, k, s, _, after in SQUARE]
    found = contrast(cells_of([*SQUARE, *entrant]), supplier=1, target=TARGET)
    assert found.effect is None
    assert "sold none of these goods to the target before the event" in found.reason


@pytest.mark.parametrize("faint", [1.0, 1e-14], ids=["elimination", "eigenvalues"])
def test_a_table_of_unlinked_parts_is_solved_as_by_the_pseudo_inverse(faint: float) -> None:
    """Two chains of trade that share no good, and a destination without trade."""
    rng = np.random.default_rng(2)
    weight = np.zeros((7, 6))
    weight[:4, :3], weight[4:, 3:5] = rng.uniform(1, 2, (4, 3)), rng.uniform(1, 2, (3, 2))
    weight[0, 0], weight[1:4, 0] = 1.0, faint  # nearly a part of its own
    linked = window_model._linked(weight > 0)
    assert linked.tolist() == [0, 0, 0, 3, 3, 5]
    matrix = np.diag(weight.sum(axis=0)) - weight.T @ (weight / weight.sum(axis=1)[:, None])
    right = matrix @ rng.normal(size=(6, 2))
    found = window_model._solved(matrix, right, linked)
    scale = np.sqrt(np.where(np.diag(matrix) > 0, np.diag(matrix), 1.0))
    expected = np.linalg.pinv(matrix / np.outer(scale, scale), rcond=1e-9) @ (right / scale[:, None]) / scale[:, None]
    assert np.allclose(found, expected, atol=1e-9)
    assert np.allclose(matrix @ found, right, atol=1e-9)
