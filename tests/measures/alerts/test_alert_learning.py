"""What alerts learn by whole arrays is what plain Python learns series by series; blocks and threads change nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from alert_panels import noise, panel
from alert_reference import factors, learnt
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stopgap.measures.alerts.detection import Dated, find_signals, negative_binomial_quantile
from stopgap.measures.alerts.expectation import expect
from stopgap.measures.alerts.learning import learn
from stopgap.measures.alerts.panel import cells_of_rows, joined
from stopgap.measures.alerts.persistence import persistent
from stopgap.measures.alerts.scores import conformal_p, one_month


@st.composite
def made_panels(draw):
    """Panels with months that a supplier did not report, late starts, months without trade and revised figures."""
    suppliers, goods = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    destinations = draw(st.sampled_from([("RUS",), ("RUS", "*"), ("RUS", "TUR", "*")]))
    months = draw(st.integers(26, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    names = [
        (f"S{supplier}", destination, f"{850000 + good}")
        for supplier in range(suppliers)
        for destination in destinations
        for good in range(goods)
        if rng.random() < 0.9
    ] or [("S0", "RUS", "850000")]
    shape = (len(names), months)
    values = rng.lognormal(9, 1.5, len(names))[:, None] * rng.gamma(2.0, 0.5, shape)
    values *= rng.random(shape) < draw(st.sampled_from([0.15, 0.6, 1.0]))
    values[:, -3:] *= np.exp(rng.normal(0, 0.3, (len(names), 3)))  # revised since
    silent = rng.random((suppliers, months)) < draw(st.sampled_from([0.0, 0.1, 0.5]))
    start = np.where(rng.random(suppliers) < 0.3, rng.integers(0, 20, suppliers), 0)
    for cell, (supplier, _, _) in enumerate(names):
        own = int(supplier[1:])
        values[cell, silent[own] | (np.arange(months) < start[own])] = np.nan
    return names, values


@settings(max_examples=60, deadline=None)
@given(made_panels(), st.integers(1, 12))
def test_level_dispersion_season_and_common_factors_are_those_of_single_series(made, start):
    names, values = made
    suppliers, destinations, goods = zip(*names, strict=True)
    whole = panel(values, suppliers=suppliers, destinations=destinations, goods=goods, start=start)
    last = values.shape[1] - 1
    got = learn(whole, np.arange(last))
    months = whole.seasons.tolist()
    want = learnt(values[:, :last].tolist(), months[:last], list(goods))
    assert got.usable.tolist() == want.usable
    assert got.too_short.tolist() == want.too_short
    assert got.n_eff == pytest.approx(want.n_eff, rel=1e-11)
    assert got.level_usd == pytest.approx(want.level, rel=1e-11)
    assert got.cv2 == pytest.approx(want.cv2, rel=1e-9)
    seasons = [want.season.get((good, month), 1.0) for good in goods for month in range(1, 13)]
    assert got.season[got.good, 1:].ravel() == pytest.approx(seasons, rel=1e-11)
    found = expect(whole, got, last)
    assert found.factor == pytest.approx(factors(values[:, last].tolist(), months[last], want, names), rel=1e-9)


def same(one, other):
    """Whether two results are equal to the last bit, NaN for NaN."""
    return all(
        np.array_equal(np.asarray(mine), np.asarray(theirs), equal_nan=True)
        for mine, theirs in zip(vars(one).values(), vars(other).values(), strict=True)
        if isinstance(mine, np.ndarray)
    )


@pytest.mark.parametrize("seed", range(3))
def test_small_blocks_and_months_side_by_side_give_the_same_to_the_last_bit(seed, monkeypatch):
    made, _ = noise(seed)
    values = made.values_usd.copy()
    values[np.random.default_rng(seed).random(values.shape) < 0.1] = np.nan
    values[5:20, :9] = np.nan
    made = replace(made, values_usd=values)
    whole = (one_month(made, 60, made.in_family), persistent(made, 60, made.in_family))
    assert np.isfinite(whole[0].p_value).any()
    monkeypatch.setattr("stopgap.measures.alerts.learning._BLOCK_CELLS", 7)
    monkeypatch.setattr("stopgap.measures.alerts.scores.THREADED_CELLS", 1)
    parts = replace(made)
    split = (one_month(parts, 60, parts.in_family), persistent(parts, 60, parts.in_family))
    assert all(same(one, other) for one, other in zip(whole, split, strict=True))


def test_a_panel_whose_months_lie_one_after_the_other_in_memory_gives_the_same():
    made, _ = noise(8)
    other = replace(made, values_usd=np.asfortranarray(made.values_usd))
    months = tuple(f"{2019 + number // 12}-{number % 12 + 1:02d}" for number in range(61))
    one, two = (find_signals(Dated(each, each, months, True), 60, each.in_family, fdr=0.5) for each in (made, other))
    assert one == two


@settings(max_examples=200, deadline=None)
@given(st.floats(0.001, 0.999), st.floats(0.05, 500.0), st.floats(1e-4, 500.0))
def test_the_quantiles_of_the_negative_binomial_are_those_of_scipy(share, size, mean):
    got, chance = negative_binomial_quantile(share, size, mean), size / (size + mean)
    want = float(stats.nbinom.ppf(share, size, chance))
    # Where the chance of a count is the share to the last digits, either neighbour is right.
    near = abs(stats.nbinom.cdf(min(got, want), size, chance) - share) < 1e-12
    assert got == want or (near and abs(got - want) == 1)


@given(st.lists(st.integers(0, 9), max_size=30), st.lists(st.integers(0, 9), max_size=30))
def test_conformal_p_values_are_counts_in_any_order(score, past):
    want = [(1 + sum(other >= each for other in past)) / (1 + len(past)) for each in score]
    assert conformal_p(np.array(score, dtype=float), np.array(past, dtype=float)).tolist() == want


def rows_of(seed):
    rng = np.random.default_rng(seed)
    rows = [
        (supplier, destination, good, dt.date(2024, month, 1), round(float(rng.lognormal(8, 1)), 2))
        for supplier in ("CHN", "IND", "TUR")
        for destination in ("*", "RUS", "ARE")
        for good in ("840010", "850020", "850030", "901010", "84+85")
        for month in range(1, 7)
        if rng.random() < 0.4
    ]
    columns = zip(*rows, strict=True)
    names = ("supplier", "destination", "good", "period", "value_usd")
    return pa.table(dict(zip(names, map(list, columns), strict=True)))


@pytest.mark.parametrize("seed", range(4))
def test_cells_read_in_parts_of_the_goods_are_those_read_at_once(seed):
    rows, months = rows_of(seed), [f"2024-{month:02d}" for month in range(1, 7)]
    reported = pa.table(
        {
            "supplier": ["CHN", "CHN", "IND", "TUR"],
            "chapter": ["85", "84", "85", "84+85"],
            "period": [dt.date(2024, month, 1) for month in (1, 2, 3, 4)],
        }
    )
    whole = cells_of_rows(rows, reported, months)
    goods = sorted(set(rows["good"].to_pylist()))
    parts = [
        rows.filter(pa.array([good in some for good in rows["good"].to_pylist()])) for some in (goods[:2], goods[2:])
    ]
    made = joined([cells_of_rows(part, reported, months) for part in parts])
    for one, other in ((whole, made), (whole.between("2024-02", "2024-03"), made.between("2024-02", "2024-03"))):
        mine, theirs = (getattr(each, "panel", each) for each in (one, other))
        for name in ("suppliers", "destinations", "goods"):
            assert list(getattr(mine, name)) == list(getattr(theirs, name))
            assert getattr(mine, name).names == getattr(theirs, name).names
        assert np.array_equal(mine.values_usd, theirs.values_usd, equal_nan=True)
        assert mine.in_family.tolist() == theirs.in_family.tolist()
    kept = [row for row in rows.to_pylist() if 2 <= row["period"].month <= 3]
    cells = sorted({(row["supplier"], row["destination"], row["good"]) for row in kept})
    between = made.between("2024-02", "2024-03")
    assert list(zip(between.suppliers, between.destinations, between.goods, strict=True)) == cells
