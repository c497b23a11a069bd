"""The tab of suppliers and hubs: its figures are those of the measures, and nothing above a clearance is in it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from stopgap.api import Lake
from stopgap.base.errors import UsageError
from stopgap.base.marking import CLEAR, Marking, Tlp
from stopgap.briefs.formats.text import usd
from stopgap.evidence.markings.changes import set_marking
from stopgap.evidence.markings.clearance import seen_with
from stopgap.measures.mirror.results import MirrorFinding
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.hubs.hubs_part import hubs_part
from stopgap.pages.hubs.measured import measured_hubs
from stopgap.pages.hubs.mirror_part import gap_sentence, mirror_part
from stopgap.pages.hubs.prices_part import prices_part
from stopgap.pages.hubs.route_diagram import route_diagram
from stopgap.pages.hubs.supplier_page import supplier_page
from stopgap.pages.hubs.supplier_parts import supplier_part
from stopgap.pages.hubs.suppliers_page import SORTS, suppliers_page

QUERY = EpisodeQuery("russia-2022")
GOODS = "machinery-electronics"


@pytest.fixture(scope="module")
def lake(demo_lake: Path) -> Lake:
    return Lake(demo_lake)


@pytest.mark.prove_only
def test_the_figures_of_hubs_are_those_of_routes(lake: Lake) -> None:
    routes = lake.routes("russia-2022", goods=GOODS)
    part = hubs_part(lake, QUERY)
    matches = {row[0].text: row[1].text for row in part.values["matches"].rows}
    assert len(matches) == len(routes.hubs)
    assert matches["Kyrgyzstan"] == f"{next(hub for hub in routes.hubs if hub.hub == 'KGZ').match_usd / 1e6:,.1f}"
    assert part.values["numbers"][1].value == usd(routes.routing.raw_usd)
    assert part.values["numbers"][0].value == "not known"  # chance cannot be told: no number
    assert any("consistent with routing, and no proof of it" in text for text in part.values["sentences"])


def test_both_legs_are_windows_of_the_finding(lake: Lake) -> None:
    found = measured_hubs(lake, QUERY)
    by_code = {row.supplier: row for row in found.finding.suppliers}
    assert {leg.hub for leg in found.model.legs} <= set(by_code)
    for leg in found.model.legs:
        assert leg.out_of_hub_after_usd == by_code[leg.hub].after_usd
        assert leg.out_of_hub_baseline_usd == by_code[leg.hub].baseline_usd


def test_bands_are_as_wide_as_the_dollars(lake: Lake) -> None:
    found = measured_hubs(lake, QUERY)
    chart = route_diagram(found)
    assert chart is not None
    assert found.routing is not None
    data = {source["name"]: source["values"] for source in json.loads(chart.specification)["data"]}
    hubs = {hub.hub: hub for hub in found.routing.hubs if hub.match_usd}
    wide = {(row["hub"], row["side"]): row["thick"] for row in data["bands"] if not row["is_match"]}
    match = {row["hub"]: row["thick"] for row in data["bands"] if row["is_match"]}
    emirates, turkiye = hubs["ARE"], hubs["TUR"]
    assert wide["United Arab Emirates", 0] / wide["United Arab Emirates", 1] == pytest.approx(
        emirates.e1_usd / emirates.e2_usd
    )
    assert match["United Arab Emirates"] / match["Türkiye"] == pytest.approx(emirates.match_usd / turkiye.match_usd)
    assert not any(row["counts"] for row in data["bands"])  # nothing exceeds chance, so nothing is drawn solid
    assert all(usd(hub.match_usd) in chart.description for hub in hubs.values())


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_shows_every_supplier(lake: Lake, sort: str) -> None:
    table = suppliers_page(lake, QUERY, sort=sort).values["table"]
    assert len(table.rows) == len(QUERY.measure(lake, gross=False).finding.suppliers)
    first = {
        "change": "China",
        "rise": "China",
        "fall": "Hong Kong (hub)",
        "after": "China",
        "baseline": "China",
        "net": "China",
    }
    assert table.rows[0][0].text == first.get(sort, table.rows[0][0].text)
    if sort == "hubs":
        hubs = ["(hub)" in row[0].text for row in table.rows]
        assert hubs == sorted(hubs, reverse=True)
        assert any(hubs)


def test_names_are_an_order_and_anything_else_is_none(lake: Lake) -> None:
    names = [
        row[0].text.removesuffix(" (hub)") for row in suppliers_page(lake, QUERY, sort="name").values["table"].rows
    ]
    assert names == sorted(names)
    with pytest.raises(UsageError, match="not sorted by"):
        suppliers_page(lake, QUERY, sort="<script>")


@pytest.mark.prove_only
def test_gaps_are_those_of_mirror(lake: Lake) -> None:
    mirror = lake.mirror("russia-2022", goods=GOODS)
    assert isinstance(mirror, MirrorFinding)
    text = mirror_part(lake, QUERY).values["sentence"]
    top = next(row for row in mirror.phantom if row.usd > 0 and row.is_group)
    assert usd(top.exporter_usd) in text
    assert usd(top.usd) in text
    assert text.endswith("no proof of it.")
    assert gap_sentence([], economy_names(), "CHN").startswith("No flow of China was compared")
    rows = mirror_part(lake, QUERY, economy="KGZ").values["table"].rows
    assert rows
    assert all("Kyrgyzstan" in (row[0].text, row[1].text) for row in rows)


def test_what_lacks_quantities_is_not_split(lake: Lake) -> None:
    assert "no quantities stand on the trade" in prices_part(lake, QUERY, economy="KGZ").values["split"]
    split = prices_part(lake, EpisodeQuery("russia-2022", goods="optical")).values["split"]
    assert "quantities stand on 100\u00a0% of the trade" in split


@pytest.mark.parametrize("part", ["series", "goods", "mirror", "prices"])
def test_parts_say_why_they_are_empty(lake: Lake, part: str) -> None:
    content = supplier_part(lake, EpisodeQuery("russia-2022", goods="optical"), "KGZ", part)
    assert content.marking is not None
    assert content.values.get("why") or content.values.get("table") is not None


def test_the_page_of_a_hub_answers_first(lake: Lake) -> None:
    page = supplier_page(lake, QUERY, "KGZ")
    assert page.values["answer"].startswith("Kyrgyzstan is a hub by the episode’s list")
    finding = QUERY.measure(lake, gross=False).finding
    row = next(row for row in finding.suppliers if row.supplier == "KGZ")
    assert page.values["numbers"][0].value == usd(row.after_usd)
    assert page.values["explore"] == {
        "reporters": "KGZ",
        "partners": "RUS",
        "goods": GOODS,
        "flow": "X",
        "both": "true",
    }


def test_nothing_above_a_clearance_is_in_legs_or_sentences(demo_lake: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(demo_lake, tmp_path / "lake"))
    said = {"who": "Jane Roe", "when": "2026-07-01T12:00:00Z", "why": "a test"}
    set_marking(folder, "source:comtrade-pairs", Marking(Tlp.RED), **said)
    query = EpisodeQuery("russia-2022", goods=GOODS)
    whole = measured_hubs(Lake(folder), query, hubs=("KGZ",))
    assert whole.model.legs
    assert whole.marking.tlp is Tlp.RED
    with seen_with(folder, CLEAR):
        found = measured_hubs(Lake(folder), query, hubs=("KGZ",))
        assert "comtrade-pairs" not in found.finding.coverage.sources
        assert found.model.legs == ()
        assert found.marking == CLEAR
