"""Flows of an episode as the map draws them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from stopgap.api import Lake
from stopgap.base.vocab import Direction, EpisodeRole
from stopgap.measures.backfill.results import Finding
from stopgap.pages.charts.vega import drawn_on_server
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.map.flow_map import SHOWN, flow_map
from stopgap.pages.map.flows import largest_member, map_flows

QUERY = EpisodeQuery("russia-2022")


@pytest.fixture(scope="module")
def finding(demo_lake: Path) -> Finding:
    return QUERY.measure(Lake(demo_lake), gross=True).finding


def test_flows_are_those_of_the_finding(finding: Finding) -> None:
    flows = map_flows(finding, economy_names())
    members = [flow for flow in flows if flow.role == "member of the coalition"]
    others = [flow for flow in flows if flow.role != "member of the coalition"]
    assert -sum(flow.change_usd for flow in members) == pytest.approx(finding.suspended.loss_usd)
    assert sum(flow.change_usd for flow in others) == pytest.approx(sum(row.gain_usd for row in finding.suppliers))
    assert {flow.economy for flow in flows if flow.role == "hub"} == {
        row.supplier for row in finding.suppliers if row.is_hub
    }
    assert [abs(flow.change_usd) for flow in flows] == sorted((abs(flow.change_usd) for flow in flows), reverse=True)
    assert all((flow.start, flow.end) == (flow.economy, "RUS") for flow in flows)


def test_goods_leave_a_target_that_sells(finding: Finding) -> None:
    sold = replace(finding, direction=str(Direction.IMPORTS_FROM_TARGET), role=str(EpisodeRole.BUYERS_FROM_TARGET))
    assert all((flow.start, flow.end) == ("RUS", flow.economy) for flow in map_flows(sold, {}))


def test_suppliers_that_the_coalition_turned_to_sell_to_it(finding: Finding) -> None:
    turned = replace(
        finding, direction=str(Direction.IMPORTS_FROM_TARGET), role=str(EpisodeRole.SUPPLIERS_TO_COALITION)
    )
    largest = max(finding.members, key=lambda row: row.baseline_usd).supplier
    assert largest_member(turned) == largest
    for flow in map_flows(turned, {}):
        is_member = flow.role == "member of the coalition"
        assert (flow.start, flow.end) == (("RUS", flow.economy) if is_member else (flow.economy, largest))


def test_the_map_says_what_it_draws_and_is_drawn_on_the_server(finding: Finding) -> None:
    chart = flow_map(finding, economy_names(), QUERY)
    assert chart is not None
    made = json.loads(chart.specification)
    drawn = {source["name"]: source.get("values", []) for source in made["data"]}
    assert len(drawn["flows"]) == SHOWN
    assert len(chart.table.rows) == len(map_flows(finding, economy_names()))
    [market] = [place for place in drawn["places"] if place["is_market"]]
    assert market["tip"] == "Russia"
    assert {label["text"] for place in drawn["places"] for label in place["labels"]} >= {
        "Russia",
        "China +18.0\u00a0bn",
    }
    assert "China USD\u00a018.0\u00a0bn" in chart.description
    assert drawn_on_server(chart.specification, "png", width=920, title=[chart.title])[:4] == b"\x89PNG"


def test_nobody_with_figures_is_no_map(finding: Finding) -> None:
    assert flow_map(replace(finding, suppliers=(), members=()), {}, QUERY) is None
