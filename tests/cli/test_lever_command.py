"""``stopgap levers`` as a user runs it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from cli_calls import Run, csv_rows

CALL = ("levers", "russia-2022", "--goods", "machinery-electronics", "--after", "2023-01:2023-12")
PAGE = Path(__file__).resolve().parents[2] / "docs/reference/levers.md"


@pytest.fixture
def answer(demo_lake: Path, stopgap_run: Run) -> Any:
    ran = stopgap_run(*CALL, "--if", "stop TUR", "--if", "cut hubs by 50%", "--format", "json", "--lake", demo_lake)
    assert (ran.code, ran.err) == (0, "")
    return ran.document


def test_the_document_holds_levers_a_what_if_and_what_is_assumed(answer: Any) -> None:
    first = answer["levers"][0]
    assert {"rank", "kind", "supplier", "hub", "good", "description", "carried_usd", "share_of_inflow"} <= set(first)
    assert {"alternatives", "reroute_share", "reroute_ci95", "removed_usd", "removed_ci95", "why"} <= set(first)
    assert {"count", "hhi"} <= set(first["alternatives"])
    assert "consistent_with_routing_usd" in first
    assert [row["rank"] for row in answer["levers"]] == list(range(1, len(answer["levers"]) + 1))
    together, (turkey, hubs) = answer["what_if"]["combined"], answer["what_if"]["actions"]
    # Half of every hub, and the other half of Turkey.
    assert together["carried_usd"] == pytest.approx(hubs["carried_usd"] + turkey["carried_usd"] / 2)
    assert len(answer["assumptions"]) >= 8
    for name in ("episode", "goods_version", "as_of", "route", "valuation", "windows", "frequency", "unit", "coverage"):
        assert answer[name]
    assert answer["queries"]
    assert answer["warnings"]


def test_the_rows_behind_a_lever(answer: Any, demo_lake: Path, stopgap_run: Run) -> None:
    rows = stopgap_run("query", answer["queries"][0], "--lake", demo_lake, "--format", "json").document["rows"]
    turkey = sum(row["value_usd"] for row in rows if row["supplier"] == "TUR")
    assert answer["what_if"]["actions"][0]["carried_usd"] == pytest.approx(turkey)


def test_the_measure_behind_is_kept(answer: Any, demo_lake: Path, stopgap_run: Run) -> None:
    sql = f"SELECT finding_id FROM findings WHERE finding_id = '{answer['finding_id']}'"
    assert len(stopgap_run("query", sql, "--lake", demo_lake, "--format", "json").document["rows"]) == 1


def test_routes_can_be_left_out(demo_lake: Path, stopgap_run: Run) -> None:
    ran = stopgap_run(*CALL, "--no-routes", "--limit", "1", "--lake", demo_lake, "--format", "json")
    assert ran.document["inflow"]["consistent_with_routing_usd"] is None
    assert any("routes were left out" in text for text in ran.document["assumptions"])


def test_the_table_and_its_assumptions(demo_lake: Path, stopgap_run: Run) -> None:
    ran = stopgap_run(*CALL, "--by", "hub", "--limit", "2", "--if", "stop KGZ", "--lake", demo_lake, "--notes")
    assert ran.code == 0
    assert "what if: stop KGZ: carries USD" in ran.out
    assert ran.out.count("assumes:") >= 8
    table = csv_rows(stopgap_run(*CALL, "--by", "supplier", "--limit", "0", "--format", "csv", "--lake", demo_lake).out)
    assert table[0]["supplier"] == "CHN"
    carried = [float(row["carried_usd"]) for row in table]
    assert carried == sorted(carried, reverse=True)


@pytest.mark.parametrize(
    ("text", "code", "what"),
    [("halve TUR", 2, "begins with stop or cut"), ("stop KGZ 8542", 2, "no good measured"), ("stop BLR", 4, "silent")],
)
def test_bad_questions(text: str, code: int, what: str, demo_lake: Path, stopgap_run: Run) -> None:
    ran = stopgap_run(*CALL, "--if", text, "--format", "json", "--lake", demo_lake)
    assert ran.code == code
    assert what in ran.document["error"]["what"]
    assert ran.document["error"]["fix"]


def keys(document: object) -> set[str]:
    if isinstance(document, dict):
        return set(document) | {name for value in document.values() for name in keys(value)}
    if isinstance(document, list):
        return {name for value in document for name in keys(value)}
    return set()


def test_every_field_and_column_is_documented(answer: Any) -> None:
    from stopgap.measures.levers.results import _COLUMNS

    text = PAGE.read_text("utf-8")
    shared = keys(answer["coverage"])
    names = (keys(answer) - shared) | {name for name, _ in _COLUMNS}
    assert not {name for name in names if f"`{name}`" not in text}


def test_every_kind_of_lever_is_documented() -> None:
    from stopgap.measures.levers.ranking import KINDS

    text = PAGE.read_text("utf-8")
    assert all(f"`{kind}`" in text for kind in (*KINDS, "company"))
    assert re.search(r"reserved", text)
