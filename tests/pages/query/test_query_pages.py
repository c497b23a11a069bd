"""The page for SQL: its views are those that a statement can read, in the words of the reference, and values are shown whole."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from stopgap.api import Lake
from stopgap.lake.query.limits import query_limits
from stopgap.lake.query.relations import RELATIONS
from stopgap.pages.query.page import LONGEST, SHOWN, limits_words, result_table, shown_decimals, value_cell, value_text
from stopgap.pages.query.schema import EXAMPLES, view_schemas

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "lake.md"


def test_every_view_has_the_columns_and_types_that_the_engine_tells(demo_lake: Path) -> None:
    lake = Lake(demo_lake)
    assert [view.name for view in view_schemas()] == list(RELATIONS)
    for view in view_schemas():
        told = lake.query(f"DESCRIBE {view.name}").arrow.to_pylist()
        assert [(column.name, column.kind) for column in view.columns] == [
            (row["column_name"], row["column_type"]) for row in told
        ]
        assert all(column.help for column in view.columns)


@pytest.mark.parametrize("view", ["trade", "receipts", "declarations"])
def test_columns_are_described_as_in_the_reference(view: str) -> None:
    text = REFERENCE.read_text("utf-8")
    section = text[text.index(f"### `{view}`") :]
    section = section[: section.index("\n### ", 5)]
    told = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        names = re.findall(r"`([^`]+)`", cells[0]) if line.startswith("| `") else []
        words = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", cells[-1].rstrip(" |")).replace("`", "")
        told |= dict.fromkeys(names, words)
    [schema] = [each for each in view_schemas() if each.name == view]
    added = {"value_usd", "net_kg", "quantity_unit"}  # said with their unit, which the reference says once for all
    assert {column.name: column.help for column in schema.columns if column.name not in added} == {
        name: words for name, words in told.items() if name not in added
    }


def test_the_examples_run_and_give_rows(demo_lake: Path) -> None:
    lake = Lake(demo_lake)
    for example in EXAMPLES:
        assert lake.query(example.sql).arrow.num_rows > 0, example.title


def test_the_limits_are_said_as_they_are() -> None:
    said = limits_words(query_limits(timeout=20, memory_limit="500MB", result_limit="64MB"))
    assert "20 seconds" in said
    assert "500 MB of memory" in said.replace("\u00a0", " ")
    assert "64 MB of rows" in said.replace("\u00a0", " ")
    assert f"first {SHOWN}" in said


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2024, "2024"), (10_000, "10,000"), (-12345, "-12,345"), (34889424.17, "34,889,424.17"), (0.1, "0.1"), (1 / 3, "0.3333333333"),
        (5.0, "5"), (float("inf"), "inf"), (1e300, "1e+300"), (Decimal("12345.670"), "12,345.670"), (True, "true"),
        (dt.date(2024, 4, 8), "2024-04-08"), (dt.datetime(2024, 4, 8, 1, 2), "2024-04-08 01:02:00"), ([1, "ä"], '[1, "ä"]'),
        ("00123", "00123"), ("=1+1", "=1+1"),
    ],
)  # fmt: skip
def test_values_are_shown_as_text(value: object, text: str) -> None:
    assert value_text(value) == text


def test_a_missing_value_is_no_number_and_a_long_one_is_cut() -> None:
    assert value_cell(None).missing == "NULL"
    assert value_cell("").missing == ""
    assert value_cell("x" * 1000).text == "x" * LONGEST + "…"


def test_the_first_rows_are_shown_and_all_are_counted() -> None:
    table = result_table(pa.table({"n": list(range(SHOWN + 5)), "a": ["x"] * (SHOWN + 5)}))
    assert len(table.rows) == SHOWN
    assert table.total == SHOWN + 5
    assert [column.align for column in table.columns] == ["number", "text"]
    assert result_table(pa.table({"n": pa.array([], pa.int64())})).rows == ()
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    assert [cell.text for cell in result_table(twice).rows[0]] == ["1", "2"]


@pytest.mark.parametrize(
    ("values", "decimals", "texts"),
    [
        ([153_864_577_418.0, 10_895_248_602.5052, None], (2, True), ["153,864,577,418.00", "10,895,248,602.51", ""]),
        ([0.25, 1.5], (2, False), ["0.25", "1.50"]),
        ([1 / 3, 2.0], (6, True), ["0.333333", "2.000000"]),
        ([1.0, 2000.0], (0, False), ["1", "2000"]),
        ([1e-9, 0.5], (0, False), ["1e-09", "0.5"]),
        ([2.5, float("nan")], (0, False), ["2.5", "nan"]),
        ([1, 2], (0, False), ["1", "2"]),
    ],
)
def test_fractions_of_a_column_align(values: list[float], decimals: tuple[int, bool], texts: list[str]) -> None:
    assert shown_decimals(values) == decimals
    shown = result_table(pa.table({"x": values}))
    assert [row[0].text for row in shown.rows] == texts
