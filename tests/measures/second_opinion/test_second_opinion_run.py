"""The report's flows against the stages, and lakes that cannot answer."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from brief_fixture import SUPPLIERS, finding_of
from simulated_lake import simulated_lake

from stopgap.measures.second_opinion import flow_rows
from stopgap.measures.second_opinion import run as second_opinion
from stopgap.measures.second_opinion.flow_rows import read_flows
from stopgap.measures.second_opinion.request import CounterfactualRequest
from stopgap.panel.all_destinations import open_world
from stopgap.panel.prepare import MeasureOptions
from stopgap.panel.world_stages import WORLD_CELLS, WORLD_FLOWS
from stopgap.simulate.spec import world_spec
from stopgap.simulate.worlds import make_world


@pytest.mark.parametrize("kind", ["gaps", "annual"])
def test_flows_by_period_make_the_cells_of_the_stage(kind: str) -> None:
    """Suppliers outside the coalition, every destination but hubs; windows matched to the same months."""
    made = make_world(world_spec(kind, 4, economies=14, goods=6))
    with simulated_lake(made) as lake:
        world = open_world(lake.engine, lake.snapshot, lake.episode, lake.goods, MeasureOptions())
        flows = read_flows(lake.engine, lake.snapshot, lake.episode, world)
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


@pytest.mark.one_in(2)
@pytest.mark.parametrize("is_split", [False, True], ids=["rows", "sums"])
def test_flows_are_those_of_the_panel_to_the_last_digit(is_split: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stage of the panel gives names, sums and weights of each flow; zeros and silence are left to the reader."""
    monkeypatch.setattr(flow_rows, "_is_split", lambda world: is_split)
    made = make_world(world_spec("gaps", 4, economies=12, goods=6))
    with simulated_lake(made) as lake:
        world = open_world(lake.engine, lake.snapshot, lake.episode, lake.goods, MeasureOptions())
        flows = read_flows(lake.engine, lake.snapshot, lake.episode, world)
        stage = lake.engine.run(WORLD_FLOWS, tables=world.tables, params=world.params).to_pylist()
    inside = {*world.members, world.target}
    expected = {
        (row["supplier"], row["destination"], row["good"], row["period"]): (row["value_usd"], row["net_kg"])
        for row in stage
        if row["supplier"] not in inside and row["destination"] not in world.hubs
    }
    found = {
        (flows.suppliers[flows.supplier[cell]], flows.destinations[flows.destination[cell]],
         flows.goods[flows.good[cell]], flows.periods[at]): (value, None if np.isnan(kg) else kg)
        for cell, at, value, kg in zip(flows.cell, flows.period, flows.value_usd, flows.net_kg, strict=True)
    }  # fmt: skip
    assert len(expected) > 1000
    assert len(flows.cell) == len(expected)
    assert found == expected
    goods = {row["good"]: row["is_sanctioned"] for row in stage}
    assert dict(zip(flows.goods, flows.is_sanctioned.tolist(), strict=True)) == goods


def test_more_flows_than_memory_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from stopgap.base.errors import MissingDataError

    monkeypatch.setattr(flow_rows, "MOST_FLOWS", 10)
    made = make_world(world_spec("annual", 4, economies=10, goods=4))
    with simulated_lake(made) as lake:
        world = open_world(lake.engine, lake.snapshot, lake.episode, lake.goods, MeasureOptions())
        with pytest.raises(MissingDataError, match="more than can be compared at once"):
            read_flows(lake.engine, lake.snapshot, lake.episode, world)


@pytest.mark.one_in(2)
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
        flows = read_flows(lake.engine, lake.snapshot, lake.episode, world)
    report = second_opinion._report(
        finding, lake.episode, world, flows, CounterfactualRequest(contrasts=1), lambda text, share: None
    )
    json.dumps(report.as_dict(), allow_nan=False)
    assert report.table().num_rows > 5
    assert report.lines()
    if report.second_opinion.net_ratio is None or report.second_opinion.net_ci95 is None:
        assert said in report.second_opinion.reason


def test_a_share_of_a_loss_that_is_not_known_says_so() -> None:
    finding = finding_of(SUPPLIERS, {})
    silent = replace(finding, coverage=replace(finding.coverage, missing_reporters=("DEU", "FRA")))
    members = ("DEU", "FRA")
    assert second_opinion._loss(silent, members).reason == (
        "no member of the coalition has figures in both windows, so its loss is not known: a share of the loss is undefined"
    )
    reports = replace(finding, coverage=replace(finding.coverage, missing_reporters=("FRA",)))
    assert "members of the coalition with figures lost nothing" in second_opinion._loss(reports, members).reason
