"""Tables at any width: no line is longer, no number or code is broken, and what is left out is named."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.cli.terminal.columns import PrintedColumn, TextFlow, printed_columns
from stopgap.cli.terminal.fit import fitted, table_lines
from stopgap.cli.terminal.options import Answer
from stopgap.cli.terminal.screen_text import Page, answer_lines
from stopgap.cli.terminal.text_width import width

WORDS = st.text("abcdefghijklmnopqrstuvwxyzπж", min_size=1, max_size=11)
TEXTS = st.lists(WORDS, min_size=1, max_size=9).map(" ".join) | st.just("芯片 集成电路 и т.д.")
CODES = st.sampled_from(["CHN", "ARE", "KGZ", "eu27", "EU27", "854231", "2024-01", "a46574a2e9260f0a"])
AMOUNTS = st.none() | st.floats(-1e13, 1e13, allow_nan=False) | st.floats(-1e5, 1e5, allow_nan=False)
SHARES = st.none() | st.floats(-3, 3, allow_nan=False)
KINDS: dict[str, tuple[Any, pa.DataType]] = {
    "usd": (AMOUNTS, pa.float64()),
    "share": (SHARES, pa.float64()),
    "count": (st.none() | st.integers(-(10**12), 10**12), pa.int64()),
    "text": (st.none() | TEXTS, pa.string()),
    "code": (st.none() | CODES, pa.string()),
    "supplier": (CODES, pa.string()),
    "good": (st.sampled_from(["854231", "8542", "84+85", "271000"]), pa.string()),
    "ci95": (
        st.none() | st.tuples(AMOUNTS, AMOUNTS).filter(lambda ends: None not in ends).map(list),
        pa.list_(pa.float64()),
    ),
}


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=9))
    rows = draw(st.integers(1, 4))
    arrays = {}
    for place, kind in enumerate(kinds):
        values, stored = KINDS[kind]
        name = kind if kind not in arrays and kind in ("supplier", "good", "ci95") else f"c{place}_{kind}"
        arrays[name] = pa.array(draw(st.lists(values, min_size=rows, max_size=rows)), stored)
    return pa.table(arrays)


def lines_of(table: pa.Table, on: Page, *, is_full: bool = False) -> list[str]:
    return list(answer_lines(Answer({}, table), [], on, is_full=is_full))


@settings(max_examples=150, deadline=None)
@given(tables(), st.sampled_from([40, 60, 80, 100, 120, 200]))
def test_no_line_is_longer_than_the_terminal(table: pa.Table, cells: int) -> None:
    for line in lines_of(table, Page(cells, is_terminal=True)):
        assert width(line) <= cells, line


@settings(max_examples=100, deadline=None)
@given(tables(), st.sampled_from([60, 80, 100, 200]))
def test_figures_and_codes_are_whole_and_what_is_left_out_is_named(table: pa.Table, cells: int) -> None:
    text = lines_of(table, Page(cells, is_terminal=True))
    words = " ".join(text)
    columns = printed_columns(table)
    said = re.split(r"[ ,]+", words)
    for column in columns:
        if column.flow is not TextFlow.FIXED:
            continue
        is_shown = all(cell in words for cell in column.cells)
        assert is_shown or column.name in said


@settings(max_examples=60, deadline=None)
@given(tables())
def test_full_shows_every_field_and_row(table: pa.Table) -> None:
    for on in (Page(80, is_terminal=True), Page()):
        words = "\n".join(lines_of(table, on, is_full=True))
        for column in printed_columns(table, is_full=True):
            if column.flow is TextFlow.FIXED:
                assert all(cell in words for cell in column.cells)


@given(st.lists(AMOUNTS, min_size=1, max_size=6))
def test_an_amount_of_a_table_is_the_amount_at_its_precision(amounts: list[float | None]) -> None:
    [column] = printed_columns(pa.table({"value_usd": pa.array(amounts, pa.float64())}))
    unit = column.header.replace("\u00a0", " ").removeprefix("value, ")
    divisor = {"USD bn": 1e9, "USD m": 1e6, "USD": 1.0}[unit]
    for value, text in zip(amounts, column.cells, strict=True):
        if value is None:
            assert text == "–"
        elif text[0] not in "<>":
            places = len(text.partition(".")[2])
            half = divisor * 10**-places / 2
            assert abs(float(text.replace(",", "")) * divisor - value) <= half * (1 + 1e-6)
        else:
            assert 0 < abs(value) < float(text.lstrip("<>-")) * divisor


def column(name: str, *cells: str, flow: TextFlow = TextFlow.FIXED) -> PrintedColumn:
    return PrintedColumn(name, name, cells, flow=flow)


def test_names_yield_first_then_text_then_the_columns_needed_least() -> None:
    columns = [
        column("supplier", "ARE United Arab Emirates", flow=TextFlow.NAME),
        column("net", "2,577.1"),
        column("because", "no rise of its purchases", flow=TextFlow.TEXT),
        column("kind", "intensified"),
        column("hub", "yes"),
    ]
    assert fitted(columns, 200).left_out == ()
    at_60 = fitted(columns, 60)
    assert [each.name for each in at_60.columns] == ["supplier", "net", "because", "kind"]
    assert [each.name for each in at_60.left_out] == ["hub"]
    at_60 = fitted(columns, 60, ("because",))
    assert [each.name for each in at_60.left_out] == ["because"]
    at_40 = fitted(columns, 40)
    assert [each.name for each in at_40.left_out] == ["because", "hub"]
    at_36 = fitted(columns, 36)
    assert [each.name for each in at_36.left_out] == ["because", "kind", "hub"]


def test_a_row_of_a_pipe_is_one_line_and_its_last_text_is_whole() -> None:
    long = " ".join(["word"] * 80)
    table = fitted([column("first", long, flow=TextFlow.TEXT), column("last", long, flow=TextFlow.TEXT)], 100)
    lines = list(table_lines(table, is_wrapped=False))
    assert len(lines) == 3
    assert lines[-1].endswith(f"…  {long}") or long in lines[-1].split("…")[1]
    assert len(list(table_lines(table, is_wrapped=True))) > 3


@pytest.mark.parametrize("cells", [20, 30])
def test_where_no_column_fits_the_fields_stand_below_each_other(cells: int) -> None:
    table = pa.table({"list": ["a-list-of-companies-with-a-long-name"], "entries": [2532]})
    assert lines_of(table, Page(cells, is_terminal=True))[-1].split() == ["entries", "2532"]
