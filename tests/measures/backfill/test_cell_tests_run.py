"""Cell tests from a lake: a simulated world whose entrants are known, each family, and annual figures."""

import pytest
from simulated_lake import simulated_lake

from stopgap.measures.backfill.cell_test_arrays import cell_tests_on
from stopgap.measures.backfill.cell_tests import supplier_q_values
from stopgap.panel.all_destinations import open_world
from stopgap.panel.episodes import DeclaredTests
from stopgap.panel.prepare import measure_options
from stopgap.simulate.spec import world_spec
from stopgap.simulate.worlds import make_world


def cells_of(kind, declared):
    spec = world_spec(kind, 4, economies=16, goods=8, baseline_months=24, after_months=12)
    with simulated_lake(make_world(spec)) as lake:
        world = open_world(lake.engine, lake.snapshot, lake.episode, lake.goods, measure_options())
        return cell_tests_on(lake.engine, world, declared), lake.world, world


@pytest.mark.one_in(3)
@pytest.mark.parametrize("family", ["supplier", "supplier-group", "supplier-good"])
def test_entrants_are_discovered(family):
    found, made, world = cells_of("basic", DeclaredTests(family, 0.10))
    entrants = set(made.truth["episode"]["entrants"])
    q = supplier_q_values(found)
    assert entrants
    assert all(q[name] <= 0.10 for name in entrants)
    assert found.is_centred
    assert found.family == family
    outside = set(world.chosen) - set(world.members) - {world.target}
    assert {cell.supplier for cell in found.cells} <= outside
    assert not set(found.placebos) & {world.target, *world.hubs}
    goods = {cell.cell for cell in found.cells}
    assert goods == ({""} if family != "supplier-good" else set(world.prepared.basis.items))


def test_placebos_that_are_given_are_the_ones_used():
    spec = world_spec("basic", 4, economies=16, goods=8, baseline_months=24, after_months=12)
    with simulated_lake(make_world(spec)) as lake:
        world = open_world(lake.engine, lake.snapshot, lake.episode, lake.goods, measure_options())
        own = cell_tests_on(lake.engine, world, DeclaredTests())
        again = cell_tests_on(lake.engine, world, DeclaredTests(), placebos=own.placebos)
        fewer = cell_tests_on(lake.engine, world, DeclaredTests(), placebos=own.placebos[:2])
    assert again == own
    assert "2 placebo destinations" in fewer.reason


def test_annual_figures_of_a_few_years_are_not_tested():
    found, _, _ = cells_of("annual", DeclaredTests())
    assert "4 periods in each window" in found.reason
    assert found.cells == ()
