"""Net substitution on simulated worlds turned round: what was planted is found, whoever reports it."""

from functools import cache

import pytest
from importer_worlds import CIF, importer_lake

from stopgap.measures.backfill.run import measure_list_on
from stopgap.panel.prepare import MeasureOptions
from stopgap.simulate.spec import world_spec
from stopgap.simulate.worlds import make_world


@cache
def world(kind, seed):
    return make_world(world_spec(kind, seed))


@cache
def found(kind, seed, *, gaps=0, silent=True):
    with importer_lake(world(kind, seed), gaps=gaps, silent=silent) as lake:
        return measure_list_on(lake.engine, lake.snapshot, lake.episode, lake.goods, MeasureOptions())


@pytest.mark.one_in(4)
@pytest.mark.parametrize("seed", [1001, 1002])
@pytest.mark.parametrize("silent", [True, False])
def test_the_planted_ratio_is_found_whoever_reports_the_trade_elsewhere(seed, silent):
    truth, finding = world("annual", seed).truth, found("annual", seed, silent=silent)
    assert finding.suspended.loss_usd == pytest.approx(truth["loss"]["loss_usd"] * CIF, rel=1e-6)
    low, high = finding.backfill.net_ci95
    assert low <= truth["backfill"]["net_ratio"] <= high
    assert finding.backfill.placebo_rank[0] == 1
    assert finding.counterfactual.method == "triple difference"
    said = [text for text in finding.warnings if "by other importers' reports" in text]
    assert bool(said) is silent


def test_gross_figures_do_not_depend_on_who_reports_elsewhere():
    one, other = found("annual", 1001, silent=True), found("annual", 1001, silent=False)
    assert one.backfill.gross_ratio == other.backfill.gross_ratio
    assert one.suppliers[0].gain_usd == other.suppliers[0].gain_usd


@pytest.mark.prove_only
def test_nets_of_suppliers_sum_to_the_net_of_all():
    finding = found("annual", 1001)
    nets = sum(row.net_gain_usd for row in finding.suppliers if row.net_gain_usd is not None)
    assert nets == pytest.approx(finding.backfill.net_ratio * finding.suspended.loss_usd, rel=1e-6)
