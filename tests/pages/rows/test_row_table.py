"""Rows in pages: each once, in the order of names, found by number and by first letters."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from stopgap.base.marking import CLEAR
from stopgap.pages.episode.query import economy_names
from stopgap.pages.rows.statement import RowsBehind
from stopgap.pages.rows.table import MOST, RowTable, sorted_rows

BEHIND = RowsBehind("rows", "basis", ("SELECT 1",), "v1", CLEAR, True, ("/", {}), "RUS")
CODES = st.sampled_from(["CHN", "TUR", "KAZ", "ARE", "CIV", "DEU"])


def _rows(given_rows: list[tuple[str, int, float | None]]) -> RowTable:
    rows = [
        {
            "period": dt.date(year, 1, 1), "supplier": code, "good": "854231", "revision": "HS2017", "value_usd": value, "net_kg": None,
            "source": "comtrade", "vintage": "v1", "receipt": "abc",
        }
        for code, year, value in given_rows
    ]  # fmt: skip
    schema = pa.schema(
        [("period", pa.date32()), *((name, pa.string()) for name in ("supplier", "good", "revision")), ("value_usd", pa.float64()),
         ("net_kg", pa.float64()), *((name, pa.string()) for name in ("source", "vintage", "receipt"))]
    )  # fmt: skip
    return sorted_rows(BEHIND, pa.Table.from_pylist(rows, schema=schema), CLEAR)


@given(
    st.lists(st.tuples(CODES, st.integers(2018, 2024), st.none() | st.floats(0, 1e9)), max_size=40), st.integers(1, 9)
)
def test_pages_hold_every_row_once_in_the_order_of_names(rows: list[tuple[str, int, float | None]], size: int) -> None:
    table = _rows(rows)
    pages = [table.page(offset, size)[0] for offset in range(0, len(rows) + 1, size)]
    found = [row for page in pages for row in page]
    wanted = sorted((economy_names()[code].casefold(), economy_names()[code], str(year)) for code, year, _ in rows)
    assert [(row[0].casefold(), row[0], row[1]) for row in found] == wanted
    for name, code, first in table.places:
        assert first == next(at for at, row in enumerate(found) if row[0] == name)
        assert table.row_of(code.lower()) == first


def test_a_row_is_found_by_number_and_by_first_letters() -> None:
    table = _rows([("TUR", 2020, 1.0), ("CHN", 2020, 2.0), ("CHN", 2021, 3.0), ("KAZ", 2020, 4.0)])
    assert [row[0] for row in table.page(0, 9)[0]] == ["China", "China", "Kazakhstan", "Türkiye"]
    assert table.row_of("2") == 1
    assert table.row_of("ka") == 2
    assert table.row_of("TUR") == 3
    assert table.row_of("5") is None
    assert table.row_of("0") is None
    assert table.row_of(" ") is None
    assert table.row_of("x<script>") is None


def test_what_is_not_reported_is_said_and_leads_nowhere() -> None:
    texts, links = _rows([("CHN", 2020, None), ("CHN", 2021, 1234.5)]).page(0, 2)
    assert [row[4] for row in texts] == ["not reported", "1,234"]
    assert links[0] == ""
    assert links[1] == "/files/abc/rows?good=854231&period=2021-01-01&reporter=CHN&partner=RUS&value=1234.5"


def test_beyond_the_last_row_there_is_nothing_and_no_page_is_larger_than_may_be() -> None:
    table = _rows([("CHN", 2020, 1.0)] * (MOST + 5))
    assert table.page(MOST + 5, 10) == ([], [])
    assert len(table.page(0, MOST * 2)[0]) == MOST
