"""The report's flows against the stages, and lakes that cannot answer."""

from __future__ import annotations

import json

import numpy as np
import pytest
from simulated_lake import simulated_lake

from stopgap.measures.second_opinion import run as second_opinion
from stopgap.measures.second_opinion.request import CounterfactualRequest
from stopgap.panel.all_destinations import open_world
from stopgap.panel.prepare import MeasureOptions
from stopgap.panel.world_stages import WORLD_CELLS
from stopgap.simulate.spec import world_spec
from stopgap.simulate.worlds import make_world


@pytest.mark.parametrize("kind", ["gaps", "annual"])
def test_flows_by_period_make_the_cells_of_the_stage(kind: str) -> None:
    """Suppliers outside the coalition, every destination but hubs; windows matched to the same months."""
    made = make_world(world_spec(kind, 4, economies=14, goods=6))
    with simulated_lake(made) as lake:
        world = open_world(lake.engine, lake.snapshot, lake.episode, lake.goods, MeasureOptions())
        flows = second_opinion._flows(lake.engine, lake.snapshot, lake.episode, world)
        stage = lake.engine.run(WORLD_CELLS, tables=world.tables, params=world.params).to_pylist()
    cells = flows.between(flows.in_part("baseline"), flows.in_part("after"))
    found = {
        (flows.suppliers[i], flows.destinations[j], flows.goods[k]): (before, after)
        for i, j, k, before, after in zip(
            cells.supplier, cells.destination, cells.good, cells.baseline_usd, cells.after_usd, strict=True
        )
    }
    inside = {*world.members, world.target}
    expected = {
        (row["supplier"], row["destination"], row["good"]): (row["baseline_usd"], row["after_usd"])
        for row in stage
        if row["supplier"] not in inside and row["destination"] not in world.hubs
    }
    assert len(expected) > 100
    assert set(found) == set(expected)
    assert np.allclose([found[key] for key in expected], list(expected.values()), rtol=1e-9, atol=1e-3)
    assert not world.hubs & set(flows.destinations)


def test_more_flows_than_memory_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from stopgap.base.errors import MissingDataError

    monkeypatch.setattr(second_opinion, "MOST_FLOWS", 10)
    made = make_world(world_spec("annual", 4, economies=10, goods=4))
    with simulated_lake(made) as lake:
        world = open_world(lake.engine, lake.snapshot, lake.episode, lake.goods, MeasureOptions())
        with pytest.raises(MissingDataError, match="more than can be compared at once"):
            second_opinion._flows(lake.engine, lake.snapshot, lake.episode, world)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"loss_share": 0.0, "backfill_ratio": 0.0, "entrants": 0}, "loss"),
        ({"members": 2, "hubs": 1, "economies": 6, "entrants": 0}, "placebo"),
    ],
    ids=["nothing lost", "few destinations"],
)
def test_worlds_without_an_answer_give_none_with_a_reason(changes: dict[str, float], said: str) -> None:
    spec = {"economies": 10, "goods": 4, **changes}
    made = make_world(world_spec("annual", 3, **spec))
    with simulated_lake(made) as lake:
        finding = second_opinion.measure_on(lake.engine, lake.snapshot, lake.episode, MeasureOptions())
        world = open_world(lake.engine, lake.snapshot, lake.episode, lake.goods, MeasureOptions())
        flows = second_opinion._flows(lake.engine, lake.snapshot, lake.episode, world)
    report = second_opinion._report(
        finding, lake.episode, world, flows, CounterfactualRequest(contrasts=1), lambda text, share: None
    )
    json.dumps(report.as_dict(), allow_nan=False)
    assert report.table().num_rows > 5
    assert report.lines()
    if report.second_opinion.net_ratio is None or report.second_opinion.net_ci95 is None:
        assert said in report.second_opinion.reason
