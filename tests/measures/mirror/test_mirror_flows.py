"""Markup, reporters' quality and the reconciled figure: by hand, against statsmodels, and where they cannot be told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mirror_worlds import made_up, pairs

from stopgap.measures.mirror.cif_markup import ASSUMED_MARKUP, cif_fob, huber
from stopgap.measures.mirror.reconcile import reconcile, reconciled_sum, reporter_qualities


def exact(markup: float, count: int = 30):
    return pairs(*((f"A{n:02d}", f"B{n:02d}", 2023, 100.0 + n, (100.0 + n) * (1 + markup)) for n in range(count)))


def test_a_markup_that_every_flow_has_is_found() -> None:
    found = cif_fob(exact(0.10))
    assert found.summary.method == "median"
    assert found.summary.markup == pytest.approx(0.10)
    assert np.exp(found.log_markup) == pytest.approx(np.full(30, 1.10))


def test_with_few_pairs_the_markup_is_assumed_and_said() -> None:
    found = cif_fob(exact(0.5, count=5))
    assert (found.summary.method, found.summary.markup, found.summary.ci95) == ("assumed", ASSUMED_MARKUP, None)
    assert "only 5 flows" in found.summary.because
    empty = cif_fob(pairs(("A", "B", 2023, 1.0, None)))
    assert empty.summary.pairs == 0


def test_a_regression_that_is_identified_gives_freight_by_distance() -> None:
    world, log_distance, _ = made_up(1, markup=0.35, slope=0.12)
    found = cif_fob(world, log_distance=log_distance)
    [slope] = found.summary.coefficients
    assert found.summary.method == "regression"
    assert slope.value == pytest.approx(0.12, abs=4 * slope.standard_error)
    far, near = np.argmax(log_distance), np.argmin(log_distance)
    assert found.log_markup[far] > found.log_markup[near]


@pytest.mark.parametrize(
    ("slope", "known", "because"),
    [
        (0.0, True, "within chance"),
        (0.02, True, "next to nothing"),
        (-0.12, True, "fall with distance"),
        (0.12, False, "not known: log_distance"),
    ],
)
def test_a_regression_that_is_not_identified_falls_back_and_says_why(slope: float, known: bool, because: str) -> None:
    world, log_distance, _ = made_up(3, slope=slope)
    found = cif_fob(world, log_distance=log_distance if known else None)
    assert found.summary.method.startswith("median")
    assert because in found.summary.because
    assert found.summary.markup == pytest.approx(0.083, abs=0.03)


def test_importers_below_exporters_leave_no_markup() -> None:
    found = cif_fob(exact(-0.2))
    assert found.summary.markup == 0.0
    assert "importers report less" in found.summary.because
    assert (found.log_markup == 0).all()
    assert found.centre == pytest.approx(np.full(30, np.log(0.8)))


def test_the_robust_regression_is_that_of_statsmodels() -> None:
    rlm = pytest.importorskip("statsmodels.api").RLM
    rng = np.random.default_rng(5)
    x = np.column_stack([np.ones(300), rng.normal(size=(300, 2))])
    y = x @ [0.1, 0.5, -0.3] + rng.standard_t(2, 300)
    ours, _, _ = huber(x, y, np.ones(300))
    theirs = rlm(y, x).fit(tol=1e-10)
    # The scale is centred on the residuals' median here and on 0 there: coefficients differ in the third digit.
    assert ours == pytest.approx(theirs.params, abs=5e-3)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(1.0, 1e9), st.floats(1.0, 1e9)), min_size=1, max_size=40))
def test_whatever_is_reported_gives_bounded_markups_and_finite_figures(flows: list[tuple[float, float]]) -> None:
    world = pairs(*((f"A{n % 5}", f"B{n % 7}", 2000 + n, sold, bought) for n, (sold, bought) in enumerate(flows)))
    markups = cif_fob(world)
    assert (markups.log_markup >= 0).all()
    assert (markups.log_markup <= np.log(2) + 1e-12).all()
    qualities = reporter_qualities(world, world.log_gap() - markups.centre)
    found = reconcile(world, markups, qualities)
    fob = world.importer_usd * np.exp(-markups.log_markup)
    assert (found.value_usd >= np.minimum(world.exporter_usd, fob) * (1 - 1e-9)).all()
    assert (found.value_usd <= np.maximum(world.exporter_usd, fob) * (1 + 1e-9)).all()
    assert np.isfinite(found.log_error).all()


def noisy(seed: int, bad: int) -> tuple:
    """Pairs in which economy 0 errs by ``bad`` times as much, as exporter."""
    world, _, truth = made_up(seed, noise=0.0, markup=0.0)
    rng = np.random.default_rng(seed + 100)
    sd = np.where(world.exporter == 0, 0.1 * bad, 0.1)
    return replace(
        world,
        exporter_usd=np.exp(truth + rng.normal(0, 1, truth.size) * sd),
        importer_usd=np.exp(truth + rng.normal(0, 0.1, truth.size)),
    ), truth


def test_a_bad_reporter_is_found_and_weighs_little() -> None:
    world, truth = noisy(1, bad=8)
    qualities = reporter_qualities(world, world.log_gap())
    assert qualities.exporter[0] ** 0.5 == pytest.approx(0.8, rel=0.35)  # gaps are cut, so it is understated
    assert np.median(qualities.exporter[1:]) ** 0.5 == pytest.approx(0.1, rel=0.3)
    weight = qualities.exporter_weight(world.exporter, world.importer)
    assert weight[world.exporter == 0].max() < 0.1
    assert weight[world.exporter != 0].mean() == pytest.approx(0.5, abs=0.1)
    found = reconcile(world, cif_fob(world), qualities)
    error = np.sqrt(np.mean((np.log(found.value_usd) - truth) ** 2))
    alone = [np.sqrt(np.mean((np.log(side) - truth) ** 2)) for side in (world.exporter_usd, world.importer_usd)]
    assert error < min(alone)


def test_few_pairs_stay_near_the_average_and_none_give_equal_weights() -> None:
    world = pairs(("A", "B", 2023, 100.0, 100.0), ("C", "B", 2023, 100.0, 400.0))
    qualities = reporter_qualities(world, world.log_gap())
    a, c = (world.economies.index(name) for name in "AC")
    average = qualities.gap_variance / 2
    assert qualities.exporter[a] < qualities.exporter[c]
    assert qualities.exporter[[a, c]] == pytest.approx([average, average], rel=0.8)
    alone = pairs(("A", "B", 2023, 100.0, None))
    none = reporter_qualities(alone, alone.log_gap())
    assert none.exporter_weight(alone.exporter, alone.importer) == pytest.approx([0.5])
    assert none.pairs == 0


def test_flows_left_out_teach_nothing() -> None:
    world, _ = noisy(1, bad=8)
    suspect = world.exporter == 0
    learnt = reporter_qualities(world, world.log_gap(), left_out=suspect)
    assert learnt.exporter_pairs[0] == 0
    assert learnt.exporter[0] == pytest.approx(float(np.median(learnt.exporter)), rel=0.5)


def test_a_reconciled_sum_by_hand() -> None:
    world = pairs(("A", "Z", 2023, 100.0, 106.0), ("B", "Z", 2023, None, 212.0), ("C", "Z", 2023, 50.0, None))
    markups = cif_fob(world)  # assumed: 6 %
    found = reconcile(world, markups, reporter_qualities(world, world.log_gap() - markups.centre))
    assert found.value_usd == pytest.approx([100.0, 200.0, 50.0])
    assert found.exporter_weight[1:].tolist() == [0.0, 1.0]
    total = reconciled_sum(world, found, np.ones(3, dtype=bool), np.full(3, 2.0))
    assert (total.reconciled_usd, total.both_usd) == (pytest.approx(700.0), pytest.approx(200.0))
    assert (total.importer_only_usd, total.exporter_only_usd) == (pytest.approx(400.0), pytest.approx(100.0))
    assert (total.flows_both, total.flows_one_sided) == (1, 2)
    assert 0 < total.standard_error_usd < 700


def test_reports_that_differ_by_more_than_their_quality_widen_the_error() -> None:
    world, _ = noisy(2, bad=1)
    changed = world.exporter_usd.copy()
    changed[0] *= 50
    world = replace(world, exporter_usd=changed)
    markups = cif_fob(world)
    found = reconcile(world, markups, reporter_qualities(world, world.log_gap() - markups.centre))
    assert found.log_error[0] > 5 * np.median(found.log_error)
