"""Cell tests: by hand, against statsmodels, uniform under exchangeability, and where nothing calibrates them."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stopgap.measures.alerts.scores import benjamini_hochberg
from stopgap.measures.backfill.cell_tests import (
    CellSeries,
    cell_tests,
    destination_shifts,
    share_changes,
    simes,
    supplier_q_values,
)


def series_of(seed, *, suppliers=30, places=12, before=24, after=12, effect=None, surge=1.0, ordinary=True, rate=4.0):
    """Exchangeable trade of suppliers with places; ``effect`` multiplies some suppliers' at the target."""
    rng = np.random.default_rng(seed)
    periods = before + after
    is_after = np.arange(periods) >= before
    size = rng.lognormal(0, 1, (suppliers, 1, 1)) * rng.lognormal(0, 0.5, (suppliers, places, 1))
    growth = np.exp(rng.normal(0, 0.4, (suppliers, 1, 1)) * is_after)
    demand = np.where((np.arange(places) == 0)[None, :, None] & is_after, surge, 1.0)

    def shipped(scale):
        mean = rate * scale * size * growth * demand
        return rng.poisson(mean * rng.gamma(2, 0.5, mean.shape)) * 1e4

    values = shipped(np.ones((suppliers, 1, 1)))
    if effect is not None:
        values[:, 0] = np.where(is_after, values[:, 0] * effect[:, None], values[:, 0])
    other = shipped(np.ones((suppliers, 1, 1)))
    rest = rng.poisson(200 * size[:, 0] * growth[:, 0]) * 1e4
    factor = np.broadcast_to(np.where(is_after, 12 / after, 12 / before), (suppliers, periods)).copy()
    return CellSeries(
        suppliers=tuple(f"S{number:02d}" for number in range(suppliers)),
        supplier=np.arange(suppliers),
        labels=("",) * suppliers,
        places=tuple(f"P{place}" for place in range(places)),
        values=values.astype(float),
        elsewhere=(values.sum(axis=1) + rest).astype(float),
        factor=factor,
        is_after=is_after,
        ordinary=other.astype(float) * ordinary,
        ordinary_elsewhere=(other.sum(axis=1) + rest).astype(float) * ordinary,
        ordinary_factor=factor,
    )


def test_a_change_of_share_by_hand():
    # Steady trade has no dispersion, so the half count beside each sum is worth nothing: the
    # target's share of what goes to others trebles, as 10 -> 60 beside 40 -> 80.
    is_after = np.array([False] * 4 + [True] * 4)
    values = np.zeros((1, 2, 8))
    values[0, 0] = np.where(is_after, 60.0, 10.0)
    values[0, 1] = np.where(is_after, 30.0, 10.0)
    elsewhere = np.where(is_after, 140.0, 50.0)[None, :]
    factor = np.full((1, 8), 3.0)
    series = CellSeries(("CHN",), np.array([0]), ("",), ("RUS", "KAZ"), values, elsewhere, factor, is_after, values, elsewhere, factor)  # fmt: skip
    found = share_changes(series, min_periods=4)
    assert found.change[0, 0] == pytest.approx(np.log(3.0), abs=1e-5)
    # The placebo's others are without the target: 30 -> 50.
    assert found.change[0, 1] == pytest.approx(np.log(30 / 10) - np.log(50 / 30), abs=1e-5)
    assert found.volume[0].tolist() == [840.0, 480.0]
    shifts, is_centred = destination_shifts(series)
    assert is_centred
    # One supplier: its growth elsewhere is 2 (40 -> 80), as is all suppliers', so shrinking does nothing.
    assert shifts[0] == pytest.approx(np.log(60 / 20))


@settings(deadline=None, max_examples=50)
@given(hnp.arrays(float, st.integers(1, 40), elements=st.floats(0, 1)))
def test_adjusted_p_values_are_those_of_statsmodels(p_values):
    from statsmodels.stats.multitest import multipletests

    assert benjamini_hochberg(p_values) == pytest.approx(multipletests(p_values, method="fdr_bh")[1], abs=1e-12)


def test_simes_by_hand():
    assert simes(np.array([0.5, 0.02, 0.03])) == pytest.approx(0.045)  # 3 x .02 / 1, 3 x .03 / 2, .5
    assert benjamini_hochberg(np.array([])).size == 0


def test_p_values_are_uniform_where_nothing_happened():
    """Twenty worlds of 30 suppliers; the Kolmogorov distance of 600 p-values, dependent within a world,
    is allowed twice its 99 % point for independent ones."""
    p = np.sort(
        [cell.p_value for seed in range(20) for cell in cell_tests(series_of(seed), family="supplier", fdr=0.1).cells]
    )
    assert p.size == 600
    assert np.abs(p - np.arange(1, 601) / 600).max() < 2 * 1.63 / np.sqrt(600)


def test_suppliers_that_rose_are_found_and_others_are_not():
    effect = np.ones(30)
    effect[[3, 7, 20]] = 4.0
    tests = cell_tests(series_of(1, effect=effect), family="supplier", fdr=0.1)
    assert {cell.supplier for cell in tests.cells[:3]} == {"S03", "S07", "S20"}
    assert tests.discoveries >= 3
    q = supplier_q_values(tests)
    assert q == {cell.supplier: pytest.approx(cell.q_value) for cell in tests.cells}
    assert max(q["S03"], q["S07"], q["S20"]) <= 0.1


def test_a_surge_of_the_target_in_all_goods_is_nobodys_discovery():
    surged = cell_tests(series_of(2, surge=2.0), family="supplier", fdr=0.1)
    assert surged.is_centred
    assert surged.discoveries == 0
    blind = cell_tests(series_of(2, surge=2.0, ordinary=False), family="supplier", fdr=0.1)
    assert not blind.is_centred
    assert blind.discoveries > 5
    assert any("no ordinary goods" in warning for warning in blind.warnings)


def test_the_unit_of_money_and_the_order_of_cells_do_not_matter():
    series = series_of(3)
    tests = cell_tests(series, family="supplier", fdr=0.1)
    cents = replace(
        series,
        values=series.values * 100,
        elsewhere=series.elsewhere * 100,
        ordinary=series.ordinary * 100,
        ordinary_elsewhere=series.ordinary_elsewhere * 100,
    )
    assert [cell.p_value for cell in cell_tests(cents, family="supplier", fdr=0.1).cells] == [
        cell.p_value for cell in tests.cells
    ]
    order = np.random.default_rng(0).permutation(30)
    mixed = replace(
        series,
        supplier=series.supplier[order],
        values=series.values[order],
        elsewhere=series.elsewhere[order],
        factor=series.factor[order],
    )
    assert cell_tests(mixed, family="supplier", fdr=0.1).cells == tests.cells


def test_finer_cells_give_a_supplier_one_value():
    series = series_of(4, suppliers=20)
    halves = replace(
        series,
        supplier=np.repeat(series.supplier, 2),
        labels=("a", "b") * 20,
        values=np.repeat(series.values, 2, axis=0) / 2,
        elsewhere=np.repeat(series.elsewhere, 2, axis=0) / 2,
        factor=np.repeat(series.factor, 2, axis=0),
    )
    tests = cell_tests(halves, family="supplier-group", fdr=0.1)
    assert tests.tested == 40
    assert len(supplier_q_values(tests)) == 20


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"places": 2}, "cannot calibrate"),
        ({"suppliers": 1, "places": 8}, "cannot calibrate"),
        ({"before": 3}, "4 periods in each window"),
        ({"rate": 0.0}, "no cell has trade"),
    ],
)
def test_where_nothing_calibrates_there_is_a_reason(changes, reason):
    tests = cell_tests(series_of(5, **changes), family="supplier", fdr=0.1)
    assert reason in tests.reason
    assert supplier_q_values(tests) == {}
    json.dumps(asdict(tests), allow_nan=False)


def test_cells_that_cannot_be_tested_are_outside_the_family_with_a_reason():
    series = series_of(6)
    elsewhere, factor, values = series.elsewhere.copy(), series.factor.copy(), series.values.copy()
    values[0, 1:], values[0, 0] = 0.0, 1e5
    elsewhere[0] = values[0, 0]  # sells to the target alone
    factor[1, :22] = 0.0  # two periods of the baseline
    values[2, 0] = 0.0  # sells the target nothing: no cell
    tests = cell_tests(replace(series, values=values, elsewhere=elsewhere, factor=factor), family="supplier", fdr=0.1)
    left = {cell.supplier: cell.reason for cell in tests.cells if cell.q_value is None}
    assert left == {
        "S00": "no trade with other destinations to compare with",
        "S01": "fewer than 4 periods reported in a window",
    }
    assert tests.tested == 27
    json.dumps(asdict(tests), allow_nan=False)
