"""Tables and findings in the hands of pandas, Polars, DuckDB, narwhals and Altair: the same figures in each."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import altair
import duckdb
import narwhals
import narwhals.stable.v1
import pandas
import polars
import pyarrow as pa
import pytest

import stopgap
from stopgap.api.results import MarkedList, ResultTable
from stopgap.base.marking import CLEAR, Marking, Tlp

TABLE = pa.table(
    {"supplier": ["CHN", "TUR"], "gain_usd": [1.5, None], "ci95_low": [1.0, None], "ci95_high": [2.0, None]}
)
RESULT = ResultTable(TABLE, CLEAR, as_of="v1")
ROWS = TABLE.to_pylist()


@pytest.fixture(scope="module")
def finding(demo_lake: Path) -> Any:
    windows = {"baseline": "2021-01:2021-12", "after": "2023-01:2023-12"}
    return stopgap.open(demo_lake).measure("russia-2022", goods="machinery-electronics", **windows)


def test_polars() -> None:
    assert polars.DataFrame(RESULT).to_dicts() == ROWS
    assert RESULT.to_polars().to_dicts() == ROWS


def test_pandas() -> None:
    for frame in (pandas.DataFrame(RESULT), pandas.DataFrame.from_arrow(RESULT), RESULT.to_pandas()):
        assert list(frame.columns) == TABLE.column_names
        assert frame.supplier.tolist() == ["CHN", "TUR"]
        assert frame.gain_usd.isna().tolist() == [False, True]


def test_the_interchange_protocol() -> None:
    exchanged = RESULT.__dataframe__()
    assert list(exchanged.column_names()) == TABLE.column_names
    assert exchanged.num_rows() == 2


def test_duckdb_by_the_name_of_a_variable() -> None:
    suppliers = RESULT
    assert suppliers is RESULT
    assert duckdb.sql("SELECT supplier, ci95_high FROM suppliers ORDER BY supplier").fetchall() == [
        ("CHN", 2.0), ("TUR", None)
    ]  # fmt: skip


def test_narwhals() -> None:
    assert narwhals.from_native(RESULT).to_arrow().to_pylist() == ROWS
    assert narwhals.from_arrow(RESULT, backend="polars").to_arrow().to_pylist() == ROWS
    assert narwhals.stable.v1.from_native(RESULT).to_arrow().to_pylist() == ROWS


def test_altair_draws_a_table() -> None:
    drawn = altair.Chart(RESULT).mark_bar().encode(x="gain_usd", y="supplier").to_dict()
    [values] = drawn["datasets"].values()
    assert [row["supplier"] for row in values] == ["CHN", "TUR"]
    assert drawn["encoding"]["x"]["type"] == "quantitative"


def test_arrow_itself() -> None:
    assert pa.table(RESULT).equals(TABLE)
    assert pa.schema(RESULT).equals(TABLE.schema)


def test_rows_columns_and_slices() -> None:
    assert RESULT["supplier"].to_pylist() == ["CHN", "TUR"]
    assert (RESULT[0], RESULT[-1]) == (ROWS[0], ROWS[1])
    assert list(RESULT[1:]) == ROWS[1:]
    assert RESULT[1:].as_of == "v1"
    assert list(RESULT) == ROWS
    with pytest.raises(IndexError, match="row 2 of 2"):
        RESULT[2]


def test_an_empty_table_is_false_as_an_empty_list_is() -> None:
    assert not RESULT[:0]
    assert RESULT


def test_a_finding_is_its_suppliers(finding: Any) -> None:
    codes = finding.suppliers["supplier"].to_pylist()
    assert polars.DataFrame(finding)["supplier"].to_list() == codes
    assert pandas.DataFrame(finding).supplier.tolist() == codes
    assert duckdb.sql("SELECT count(*) FROM finding").fetchall() == [(len(codes),)]
    assert narwhals.from_native(finding).shape == finding.suppliers.shape
    assert not [field for field in finding.to_arrow().schema if pa.types.is_list(field.type)]


def test_a_finding_can_be_copied_and_pickled(finding: Any) -> None:
    assert copy.copy(finding) == finding
    assert pickle.loads(pickle.dumps(finding)) == finding
    assert copy.deepcopy(RESULT)["supplier"].to_pylist() == ["CHN", "TUR"]


def test_a_finding_shows_title_names_limits_and_marking(finding: Any) -> None:
    shown = finding._repr_mimebundle_()
    assert sorted(shown) == ["text/html", "text/plain"]
    for text in shown.values():
        assert "russia-2022, machinery-electronics: trade lost 77.7%" in text
        assert "China (CHN)" in text
        assert "USD m a year" in text
        assert "cannot be told" in text
        assert "note: " in text
        assert "TLP:CLEAR" in text
    assert len(repr(finding).splitlines()) < 30


def test_attributes_are_offered_for_completion(finding: Any) -> None:
    assert {"suppliers", "chart", "suspended", "coverage", "warnings"} <= set(dir(finding))
    assert {"to_pandas", "to_polars", "column_names", "arrow"} <= set(dir(RESULT))


def test_what_is_not_there_is_an_attribute_error(finding: Any) -> None:
    for result in (finding, RESULT):
        with pytest.raises(AttributeError):
            result._repr_latex_  # noqa: B018
        with pytest.raises(AttributeError):
            result.nothing_of_this_name  # noqa: B018


def test_a_list_shows_its_entries() -> None:
    found = MarkedList([{"id": "a"}, {"id": "b"}], Marking(Tlp.AMBER, None))
    assert "2 entries" in repr(found)
    assert "TLP:AMBER" in found._repr_html_()
