"""Pages of episodes in which the target sells, or in which others sell to the coalition: every label is true to its role."""

from __future__ import annotations

import pytest
from brief_worlds import energy_lake, tariff_lake

from stopgap.api import Lake
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.hubs.hubs_part import hubs_part
from stopgap.pages.hubs.supplier_page import supplier_page
from stopgap.pages.hubs.supplier_parts import supplier_part
from stopgap.pages.hubs.suppliers_page import suppliers_page
from stopgap.pages.levers.page import levers_page
from stopgap.pages.levers.query import LeverQuery
from stopgap.pages.map.flow_map import map_page
from stopgap.pages.map.flows import map_flows

ENERGY, TARIFFS = EpisodeQuery("russia-2022-energy"), EpisodeQuery("us-china-tariffs-2018")


@pytest.fixture(scope="module")
def energy(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Lake(energy_lake(tmp_path_factory.mktemp("energy")))


@pytest.fixture(scope="module")
def tariffs(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Lake(tariff_lake(tmp_path_factory.mktemp("tariffs")))


def test_who_buys_from_the_target_is_a_buyer(energy: Lake) -> None:
    page = suppliers_page(energy, ENERGY)
    assert page.title == "Buyers and hubs"
    assert "other buyers bought" in page.values["lead"].lower()
    values = supplier_page(energy, ENERGY, "IND").values
    assert values["trade"].startswith("Its purchases from Russia rose")
    levers = levers_page(energy, ENERGY, LeverQuery("IND", share=50)).values
    assert "by 12 buyers" in levers["lead"]
    assert dict(levers["who_choices"])["Together"][0] == ("", "every buyer")


def test_flows_of_a_target_that_sells_start_there(energy: Lake) -> None:
    flows = map_flows(ENERGY.measure(energy, gross=True).finding, economy_names())
    assert {flow.start for flow in flows} == {"RUS"}
    assert {flow.end for flow in flows} >= {"IND", "DEU"}


def test_what_others_sell_to_a_coalition_is_told_apart_from_what_it_buys_of_the_target(tariffs: Lake) -> None:
    flows = {flow.economy: flow for flow in map_flows(TARIFFS.measure(tariffs, gross=True).finding, economy_names())}
    assert (flows["USA"].start, flows["USA"].end, flows["USA"].name) == ("CHN", "USA", "China to United States")
    assert (flows["VNM"].start, flows["VNM"].end) == ("VNM", "USA")
    assert map_page(tariffs, TARIFFS).charts[0].title == "Who lost and who gained trade with the United States"
    assert supplier_page(tariffs, TARIFFS, "USA").values["trade"].startswith("Its purchases from China fell")
    assert supplier_page(tariffs, TARIFFS, "VNM").values["trade"].startswith("Its sales to the United States rose")


def test_what_is_not_measured_of_a_role_is_said(tariffs: Lake) -> None:
    assert (
        hubs_part(tariffs, TARIFFS).values["why"].startswith("This episode is about other suppliers to the coalition")
    )
    assert "levers are of trade with the target" in levers_page(tariffs, TARIFFS, LeverQuery()).values["why"]
    assert suppliers_page(tariffs, TARIFFS).values["parts"] == ("hubs",)
    answer = supplier_page(tariffs, TARIFFS, "VNM").values["answer"]
    assert "was not measured" in answer
    assert "stopgap routes" not in answer
    assert supplier_part(tariffs, TARIFFS, "VNM", "mirror").values["mirror"] is None
