"""The drawing of ownership: owners stand above what they own, each share once, the shortest paths first."""

from __future__ import annotations

import json

import pytest
from ownership_made import coverage_of

from stopgap.pages.companies.ownership_chart import MOST_PARTIES, ownership_chart
from stopgap.screening.ownership.paths import explain
from stopgap.screening.ownership.rule import OwnershipRule
from stopgap.screening.ownership.run import ListedParty, OwnershipRun

RULE = OwnershipRule("ofac")


def _drawn(rows: list[tuple[object, ...]], listed: str, party: str):
    coverage = coverage_of(rows, listed, RULE)
    index = coverage.table.index
    found = explain(coverage, index[party])
    run = OwnershipRun(
        coverage, {index[name]: (ListedParty("made-up", name, None, "id"),) for name in listed.split()}, (), None, ()
    )
    chart = ownership_chart(found, run, "BASIS")
    [source] = [each for each in json.loads(chart.specification)["data"] if each["name"] == "rows"]
    return chart, source["values"]


def test_owners_stand_above_and_each_share_is_drawn_once() -> None:
    chart, rows = _drawn([("A", "B", 60), ("B", "D", 55), ("A", "D", 10)], "A", "D")
    nodes = {row["name"]: (row["y"], row["shape"]) for row in rows if row["kind"] == "node"}
    edges = sorted((row["owner"], row["said"], row["asset"]) for row in rows if row["kind"] == "edge")
    assert nodes == {"A": (2, "listed"), "B": (1, "between"), "D": (0, "the firm")}
    assert edges == [("A", "10 %", "D"), ("A", "60 %", "B"), ("B", "55 %", "D")]
    assert all(row["y"] > row["y2"] for row in rows if row["kind"] == "edge")
    assert (
        "2 paths from listed parties. A holds 10 % of D. A holds 60 % of B, which holds 55 % of D." in chart.description
    )
    assert [[cell.text for cell in row] for row in chart.table.rows] == [
        ["A", "10 %", "D"],
        ["A", "60 %", "B"],
        ["B", "55 %", "D"],
    ]


@pytest.mark.parametrize("count", [3, 60])
def test_of_many_owners_only_as_many_are_drawn_as_can_be_read(count: int) -> None:
    rows = [(f"L{number}", "D", 100 / count) for number in range(count)]
    _, drawn = _drawn(rows, " ".join(f"L{number}" for number in range(count)), "D")
    nodes = [row for row in drawn if row["kind"] == "node"]
    assert 2 <= len(nodes) <= MOST_PARTIES
    assert all(0 < row["x"] < 1 for row in nodes)
