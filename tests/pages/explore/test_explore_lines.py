"""What Explore shows of a series: sums done by hand, and why a period is blank."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lake_rows import put
from series_rows import month_rows, year_row

from stopgap.api.lake import open_lake
from stopgap.pages.explore.chart import MOST, chart_specification, drawn_lines
from stopgap.pages.explore.lines import ShownLine, ShownPoint, ShownUnit, first_whole, shown_lines
from stopgap.pages.explore.page import explore_page
from stopgap.pages.explore.query import ExploreQuery


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Germany's exports to Kyrgyzstan: 2020 and 2021 whole, 2022 without the months after June; its own imports less."""
    folder = tmp_path_factory.mktemp("explore") / "lake"
    rows = [*month_rows(2020, 1e6), *month_rows(2021, 2e6), *month_rows(2022, 4e6, range(1, 7))]
    imports = [
        year_row(year, 15e6, reporter="KGZ", partner="DEU", flow="M", source="comtrade", valuation="CIF")
        for year in (2020, 2021)
    ]
    put(folder, rows, name="a" * 16)
    put(folder, imports, name="b" * 16)
    return folder


def test_levels_growth_and_index_are_those_worked_out_by_hand(lake: Path) -> None:
    asked = ExploreQuery("DEU", "KGZ", "8542")
    level = explore_page(open_lake(lake), asked)
    assert [[cell.text for cell in row[:2]] for row in level.values["shown"]["table"].rows] == [
        ["2020", "12.00"], ["2021", "24.00"], ["2022", "24.00 in part"],
    ]  # fmt: skip
    assert level.values["shown"]["table"].rows[2][3].text == "6 of 12 months"
    growth = explore_page(open_lake(lake), ExploreQuery("DEU", "KGZ", "8542", shows="growth"))
    cells = [row[1] for row in growth.values["shown"]["table"].rows]
    assert [cell.text for cell in cells] == ["", "+100.0\u00a0%", ""]
    assert [cell.missing for cell in cells] == [
        "no comparable whole period a year before",
        "",
        "in part: 6 of 12 months",
    ]
    index = explore_page(open_lake(lake), ExploreQuery("DEU", "KGZ", "8542", shows="index"))
    assert [row[1].text for row in index.values["shown"]["table"].rows] == ["100.0", "200.0", ""]
    assert "2020 = 100" in index.values["shown"]["table"].caption


def test_both_reports_stand_side_by_side_with_the_gap(lake: Path) -> None:
    content = explore_page(open_lake(lake), ExploreQuery("DEU", "KGZ", "8542", both=True))
    rows = content.values["shown"]["table"].rows
    assert [cell.text for cell in rows[0]] == ["2020", "12.00", "15.00", "3.00", "25\u00a0%"]
    assert [cell.text for cell in rows[1]] == ["2021", "24.00", "15.00", "−9.00", "−38\u00a0%"]
    assert rows[2][2].missing == "not reported"
    assert rows[2][3].missing == "no whole period"
    assert len(content.values["shown"]["queries"]) == 2
    assert "FOB" in content.values["shown"]["gap_note"]


def test_rows_of_one_figure_are_asked_for_by_its_period(lake: Path) -> None:
    content = explore_page(open_lake(lake), ExploreQuery("DEU", "KGZ", "8542"))
    query = content.values["shown"]["table"].rows[1][1].query
    assert query["period"] == "2021:2021"
    found = open_lake(lake).series(ExploreQuery("DEU", "KGZ", "8542", period="2021:2021").request())
    rows = open_lake(lake).query(found.finding.queries[0]).arrow
    assert rows["value_usd"].to_pylist() == [2e6] * 12


def test_an_unknown_economy_is_said_on_the_page_with_its_status(lake: Path) -> None:
    content = explore_page(open_lake(lake), ExploreQuery("<script>alert(1)</script>", "KGZ"))
    assert content.values["status"] == 404
    assert content.values["error"]["what"].startswith("No economy, group or aggregate")


def test_the_permanent_address_holds_what_is_not_so_without_being_given() -> None:
    assert ExploreQuery("DEU", "KGZ").options == {"reporters": "DEU", "partners": "KGZ"}
    assert ExploreQuery("DEU", "KGZ", both=True, axis="log").options["both"] is True
    assert "index" not in ExploreQuery("DEU", "KGZ", index="2020").source().query


def _line(name: str, *values: float | None) -> ShownLine:
    points = [ShownPoint(str(2020 + at), f"{2020 + at}-01-01", value, False, "") for at, value in enumerate(values)]
    return ShownLine(name, name, "KGZ", "exporter", tuple(points))


def test_the_chart_has_the_largest_lines_and_breaks_where_there_is_no_figure() -> None:
    lines = [_line(f"L{number}", float(number), None, float(number)) for number in range(1, 12)]
    kept = drawn_lines([*lines, _line("none", None, None)])
    assert [line.name for line in kept] == [f"L{number}" for number in range(4, 12)]
    assert len(kept) == MOST
    drawn = json.loads(chart_specification(kept, ShownUnit(1, "USD a year", "level"), is_log=False, description="x"))
    [rows] = [source["values"] for source in drawn["data"] if source["name"] == "rows"]
    assert [row["y"] for row in rows[:3]] == [4.0, None, 4.0]
    assert [row["label"] for row in rows[:3]] == [None, None, "L4"]


def test_a_log_axis_leaves_out_what_is_not_above_zero() -> None:
    lines = [_line("a", 0.0, 10.0, 1000.0), _line("b", 5.0, None, -1.0)]
    drawn = json.loads(chart_specification(lines, ShownUnit(1, "USD", "level"), is_log=True, description="x"))
    [rows] = [source["values"] for source in drawn["data"] if source["name"] == "rows"]
    assert [row["y"] for row in rows] == [None, 10.0, 1000.0, 5.0, None, None]
    [scale] = [each for each in drawn["scales"] if each["name"] == "y"]
    assert scale["type"] == "log"
    assert scale["domain"] == pytest.approx([4.0, 1250.0])


def test_the_base_of_an_index_is_the_first_period_that_all_lines_have() -> None:
    assert first_whole([_line("a", None, 2.0, 3.0), _line("b", 1.0, 2.0, 3.0), _line("c", None, None)]) == "2021"
    assert first_whole([_line("a", None)]) is None


def test_names_are_as_short_as_they_tell_lines_apart(lake: Path) -> None:
    finding = open_lake(lake).series(ExploreQuery("DEU", "KGZ", "8542").request()).finding
    assert [line.name for line in shown_lines(finding, "level")] == ["Germany – Kyrgyzstan"]
    assert [line.name for line in shown_lines(finding, "level", with_report=True)] == ["Exporter’s report"]
