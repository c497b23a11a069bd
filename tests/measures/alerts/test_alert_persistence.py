"""Persistent rises, both kinds together, and when a rise began."""

from __future__ import annotations

import numpy as np
import pytest
from alert_panels import noise, panel

from stopgap.measures.alerts.detection import Dated, find_signals
from stopgap.measures.alerts.panel import not_above
from stopgap.measures.alerts.persistence import LIMIT, date_break, persistent
from stopgap.measures.alerts.results import AlertKind

MONTHS = tuple(f"{2019 + month // 12}-{month % 12 + 1:02d}" for month in range(61))


def risen(seed, cell=5, since=54, factor=3.0):
    made, _ = noise(seed)
    values = made.values_usd.copy()
    values[cell, since:] *= factor
    return panel(values, suppliers=made.suppliers, goods=made.goods)


def test_a_rise_that_lasts_is_seen_and_dated():
    found = find_signals(Dated(risen(1), risen(1), MONTHS, True), 60, np.ones(120, dtype=bool))
    [rise] = [signal for signal in found.signals if signal.kind is AlertKind.PERSISTENT]
    assert (rise.supplier, rise.good) == ("S00", "850005")
    assert abs(MONTHS.index(rise.began) - 54) <= 2
    assert rise.broke is not None
    assert abs(MONTHS.index(rise.broke) - 54) <= 2
    assert rise.value_at_stake_usd > 4 * (rise.value_usd - rise.expected_usd) / 3


def test_one_high_month_is_no_rise():
    watched = persistent(risen(2, since=60, factor=50.0), 60, np.ones(120, dtype=bool))
    assert watched.statistic[5] < LIMIT


def test_a_rise_that_a_revision_made_is_none():
    """What was released first stood at its old level: the lower of the two is watched."""
    now = risen(1)
    values = now.values_usd.copy()
    values[5, 54:] /= 3.0
    first = panel(values, suppliers=now.suppliers, goods=now.goods)
    held = not_above(now, first, np.arange(49, 61))
    watched = persistent(held, 60, np.ones(120, dtype=bool))
    assert watched.statistic[5] < LIMIT
    assert held.values_usd[5, 40] == now.values_usd[5, 40]


def test_few_months_are_not_watched():
    made, _ = noise(3, months=34)
    assert np.isnan(persistent(made, 33, made.in_family).statistic).all()


def test_months_not_reported_leave_the_watch_as_it_was():
    values = risen(1).values_usd.copy()
    values[5, 57] = np.nan
    gap = panel(values, suppliers=risen(1).suppliers, goods=risen(1).goods)
    assert persistent(gap, 60, gap.in_family).statistic[5] > LIMIT


def test_false_alarms_are_few():
    over = []
    for seed in range(200, 210):
        made, _ = noise(seed)
        over.append(persistent(made, 60, made.in_family).statistic > LIMIT)
    assert np.mean(np.concatenate(over)) <= 0.005  # 1,200 cells


def test_a_break_is_dated_and_a_steady_series_has_none():
    rng = np.random.default_rng(4)
    steady = rng.gamma(20, 5, 48)
    assert date_break(steady) is None
    assert date_break(np.where(np.arange(48) >= 40, steady * 4, steady)) == 40
    assert date_break(np.zeros(48)) is None
    assert date_break(steady[:5]) is None


def test_signals_are_ranked_by_the_dollars_at_stake_and_say_what_they_rest_on():
    made, level = noise(5)
    values = made.values_usd.copy()
    for cell in (11, 47):
        values[cell, -1] = level[cell] * 12
    both = panel(values, suppliers=made.suppliers, goods=made.goods)
    found = find_signals(Dated(both, both, MONTHS, True), 60, both.in_family)
    stakes = [signal.value_at_stake_usd for signal in found.signals]
    assert stakes == sorted(stakes, reverse=True)
    by_cell = {(signal.supplier, signal.good): signal for signal in found.signals}
    signal = by_cell[both.suppliers[11], both.goods[11]]
    assert signal.value_at_stake_usd == pytest.approx(signal.value_usd - signal.expected_usd)
    assert signal.ratio == pytest.approx(signal.value_usd / signal.expected_usd)
    assert signal.band_usd[0] <= signal.expected_usd <= signal.band_usd[1] < signal.value_usd
    assert signal.q_value <= 0.1
    assert "36 months reported before" in signal.explanation
    assert "do not say why" in signal.explanation
    assert found.counts.tested == 120


def test_cells_not_asked_for_are_not_tested():
    made, level = noise(6)
    values = made.values_usd.copy()
    values[[3, 90], -1] = level[[3, 90]] * 15
    both = panel(values, suppliers=made.suppliers, goods=made.goods)
    asked = np.arange(120) < 60
    found = find_signals(Dated(both, both, MONTHS, True), 60, asked)
    assert {signal.good for signal in found.signals} == {both.goods[3]}
    assert found.counts.tested == 60


def test_new_trade_has_no_expectation_and_is_counted():
    made, _ = noise(7)
    values = made.values_usd.copy()
    values[0, :-1] = 0.0
    fresh = panel(values, suppliers=made.suppliers, goods=made.goods)
    counts = find_signals(Dated(fresh, fresh, MONTHS, True), 60, fresh.in_family).counts
    assert (counts.without_history, counts.tested) == (1, 119)
    assert counts.without_history_usd == pytest.approx(values[0, -1])
