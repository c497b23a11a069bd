"""The chart over time shows the figures of the finding: window means of its points are those of the measure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stopgap.api import Lake
from stopgap.briefs.formats.text import percent
from stopgap.pages.charts.lines import lines_specification, moment_of
from stopgap.pages.episode.changes import changes
from stopgap.pages.episode.over_time import COALITION, over_time
from stopgap.pages.episode.overview import overview
from stopgap.pages.episode.query import EpisodeQuery, economy_names


@pytest.mark.parametrize("goods", [None, "optical-narrow"])
def test_means_of_the_points_are_the_figures_of_the_measure(demo_lake: Path, goods: str | None) -> None:
    lake, query = Lake(demo_lake), EpisodeQuery("russia-2022", goods)
    (chart,) = over_time(lake, query).charts
    finding = query.measure(lake, gross=True).finding
    drawn: dict[str, dict[str, float]] = {}
    for source in json.loads(chart.specification)["data"]:
        for row in source.get("values", []) if source["name"] == "rows" else []:
            drawn.setdefault(row["who"], {})[row["when"]] = row["value"]
    names, checked = economy_names(), 0
    windows = {"baseline": finding.windows.baseline, "after": finding.windows.after}
    for row in finding.suppliers:
        points = drawn.get(names.get(row.supplier, row.supplier))
        if points is None:
            continue
        for part, (first, last) in windows.items():
            years = [str(year) for year in range(int(first[:4]), int(last[:4]) + 1) if str(year) in points]
            mean = sum(points[year] for year in years) / len(years)
            assert mean == pytest.approx(getattr(row, f"{part}_usd"), rel=1e-9), (row.supplier, part)
            checked += 1
    assert checked >= 2
    if finding.members:
        first, last = windows["baseline"]
        points = drawn[COALITION]
        mean = sum(points[str(year)] for year in range(int(first[:4]), int(last[:4]) + 1)) / 2
        assert mean == pytest.approx(finding.suspended.baseline_usd, rel=1e-9)


def test_years_stand_at_their_middle_and_in_universal_time() -> None:
    assert [moment_of("2023"), moment_of("2023-04")] == ["2023-07-01", "2023-04-01"]
    rows = [{"who": "a", "when": year, "period": moment_of(year), "value": 1.0} for year in ("2021", "2020", "2021")]
    axis = lines_specification(["a"], rows, unit="USD")["layer"][0]["encoding"]["x"]
    assert axis["scale"] == {"type": "utc"}
    assert [each["year"] for each in axis["axis"]["values"]] == [2020, 2021]


def test_titles_of_charts_say_the_figures_of_the_finding(demo_lake: Path) -> None:
    lake, query = Lake(demo_lake), EpisodeQuery("russia-2022")
    finding = query.measure(lake, gross=True).finding
    (chart,) = over_time(lake, query).charts
    rows = {
        row[0].text: {head.heading: cell.text for head, cell in zip(chart.table.columns, row, strict=True)}
        for row in chart.table.rows
    }
    first, last = min(rows), max(rows)
    assert chart.title == (
        f"From {first} to {last} the coalition’s sales to Russia fell from {rows[first][COALITION]} to {rows[last][COALITION]}; "
        f"China’s rose from {rows[first]['China']} to {rows[last]['China']}"
    )
    waterfall = overview(lake, query, gross=True).chart("waterfall")
    assert waterfall is not None
    china = next(row for row in finding.suppliers if row.supplier == "CHN")
    loss, unfilled = finding.identity.loss_usd, finding.identity.unfilled_usd
    filled = china.filled_same_good_usd + china.filled_same_heading_usd
    assert waterfall.title == (
        f"Rises of other suppliers cover {percent(1 - unfilled / loss)} of the loss, good by good; China’s {percent(filled / loss)}"
    )


def test_lines_are_named_in_order_at_the_right_edge_and_apart() -> None:
    """Lines that end at 100, 99 and, a year before, 1: names stay in order of their ends, at least 16 pixels apart."""
    ends = {"a": ("2021", 99.0), "b": ("2021", 100.0), "c": ("2020", 1.0)}
    rows = [
        {"who": who, "when": when, "period": moment_of(when), "value": value} for who, (when, value) in ends.items()
    ]
    made = lines_specification(list(ends), rows, unit="US dollars a year")
    labels = next(layer["data"]["values"] for layer in made["layer"] if layer["mark"].get("type") == "text")
    assert [each["label"] for each in labels] == ["a 99", "b 100", "c 1 (2020)"]
    assert {each["period"] for each in labels} == {moment_of("2021")}
    low, top = made["layer"][0]["encoding"]["y"]["scale"]["domain"]
    pixels = {each["who"]: (top - each["at"]) / (top - low) * made["height"] for each in labels}
    assert pixels["a"] - pixels["b"] >= 16 - 1e-9
    assert pixels["b"] < pixels["a"] < pixels["c"] <= made["height"]


@pytest.mark.prove_only
def test_vintages_are_not_compared_unless_asked_on_a_large_lake(demo_lake: Path) -> None:
    lake, query = Lake(demo_lake), EpisodeQuery("russia-2022")
    told = changes(lake, query, at_once=False).values
    assert (told["earlier"], told["later"], told["table"], told["is_asked"]) == ("v6", "v7", None, False)
    compared = changes(lake, query).values
    assert compared["table"] is not None
    assert compared["table"].rows == ()
