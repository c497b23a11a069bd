"""Workbooks of the data browser: layout, wrong tags of size, and what is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from eurostat_files import LABELS, Figure, book, sheet, workbook

from stopgap.base.errors import InputError
from stopgap.sources.base import Staging
from stopgap.sources.registry import read_file, recognise

TRADE = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "trade"
needs_shared = pytest.mark.skipif(not TRADE.exists(), reason="../shared/data is not here")

Rows = Callable[..., list[tuple[Any, ...]]]
Load = Callable[[bytes], Staging]
MONTHS = ["2022-10", "2022-11", "2022-12"]
ROWS = [["Austria", "Russian Federation (Russia)", 100, 7.5, ":"], ["Ireland (Eire)", "Kazakhstan", ":", 0, ":"]]


@pytest.fixture
def load(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Load:
    """Reads a workbook."""

    def load(content: bytes) -> Staging:
        path = tmp_path / "spreadsheet.xlsx"
        path.write_bytes(content)
        return read_file(con, path)

    return load


def test_the_tag_that_is_wrong_misleads_another_reader() -> None:
    """The generator makes what the publisher makes: a reader that trusts the tag sees one cell."""
    opened = openpyxl.load_workbook(io.BytesIO(book([sheet(ROWS, MONTHS)])), read_only=True)
    assert opened["Sheet 1"].calculate_dimension() == "A1:A1"
    opened.close()


@pytest.mark.parametrize("is_tagged_wrong", [True, False])
def test_a_sheet(load: Load, staged: Rows, is_tagged_wrong: bool) -> None:
    staging = load(book([sheet(ROWS, MONTHS)], is_tagged_wrong=is_tagged_wrong))
    columns = ("period::VARCHAR", "frequency", "reporter", "partner", "flow", "good", "revision", "value_reported")
    assert staged(*columns, "kind") == [
        ("2022-10-01", "M", "AUT", "RUS", "X", "85423110", "CN2022", 100.0, "economy"),
        ("2022-11-01", "M", "AUT", "RUS", "X", "85423110", "CN2022", 7.5, "economy"),
        ("2022-11-01", "M", "IRL", "KAZ", "X", "85423110", "CN2022", 0.0, "economy"),
    ]
    assert (staging.rows_read, staging.rows_missing, staging.rows_rejected) == (6, 3, 0)
    assert staging.parser == "eurostat-workbook/1"


def test_indicators_of_several_sheets_come_together(load: Load, staged: Rows) -> None:
    figures = [
        Figure("DE", "RU", "8542", "2", "2022-10", 1000, 250),
        Figure("DE", "RU", "85423110", "2", "2022-10", 600, 0),
    ]
    load(workbook(figures))
    assert staged("good", "value_reported", "net_kg") == [("8542", 1000.0, 250.0), ("85423110", 600.0, None)]


def test_columns_of_flags(load: Load, staged: Rows) -> None:
    rows = [["Austria", "Kazakhstan", 5, "e", ":", "c", 0, "c"], ["Austria", "Armenia", 6, "p", 7, None, 8, "s"]]
    load(book([sheet(rows, ["2022-10", None, "2022-11", None, "2022-12", None])]))  # type: ignore[list-item]
    assert staged("partner", "month(period)", "value_reported", "is_estimated") == [
        ("ARM", 10, 6.0, False),
        ("ARM", 11, 7.0, False),
        ("ARM", 12, 8.0, True),
        ("KAZ", 10, 5.0, True),
    ]


def test_years_and_other_flow(load: Load, staged: Rows) -> None:
    load(book([sheet([["Austria", "Kazakhstan", 5]], ["2022"], flow="IMPORT [1]", product="Total [TOTAL]")]))
    assert staged("frequency", "flow", "valuation", "good", "kind") == [("A", "M", "CIF", "TOTAL", "aggregate")]


def test_the_union_as_reporter_is_an_aggregate(load: Load, staged: Rows) -> None:
    load(book([sheet([[LABELS["EU27_2020"], "Kazakhstan", 5], ["Austria", "Kazakhstan", 5]], ["2022-10"])]))
    assert staged("reporter", "kind") == [("AUT", "economy"), ("EU27_2020", "aggregate")]


def test_a_label_that_is_not_known_is_refused_with_its_row(load: Load, rejects: Rows) -> None:
    load(book([sheet([["Austria", "Kazakhstan", 5], ["Atlantis", "Kazakhstan", 5]], ["2022-10"])]))
    assert rejects() == [(13, "reporter 'Atlantis' is not known")]


@pytest.mark.parametrize(
    ("sheets", "what"),
    [
        ([[["Data extracted on 17/01/2023"], ["GEO", "2022"]]], "no line of periods"),
        ([sheet([["Austria", "Kazakhstan", 5]], ["2022-10"])[:7]], "no line of periods"),
        ([sheet([["Austria", "Kazakhstan", 5]], ["2022-10"])[:10]], "names the rows"),
        ([[line for line in sheet([["Austria", "Kazakhstan", 5]], ["2022-10"]) if line[:1] != ["FLOW"]]], "flow is given neither"),
        ([[]], "no line of periods"),
    ],
)  # fmt: skip
def test_workbooks_of_other_subjects_are_named(load: Load, sheets: Any, what: str) -> None:
    with pytest.raises(InputError, match=what):
        load(book(sheets))


def test_goods_of_another_classification_are_refused(load: Load) -> None:
    with pytest.raises(InputError, match="by SITC"):
        load(book([sheet([["Austria", "Kazakhstan", 5]], ["2022-10"], dataset="EU trade by SITC [DS-018995]")]))


def test_a_sheet_without_rows_is_no_table(load: Load) -> None:
    with pytest.raises(InputError, match="no data rows"):
        load(book([sheet([], ["2022-10"])]))


def test_a_workbook_that_is_cut_off(load: Load, tmp_path: Path) -> None:
    content = book([sheet(ROWS, MONTHS)])
    with pytest.raises(InputError):
        load(content[: len(content) // 2])


def test_a_workbook_that_swells_is_refused(load: Load) -> None:
    sink = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book([sheet(ROWS, MONTHS)]))) as old,
        zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))
        new.writestr("xl/media/blank.bin", bytes(60_000_000))
    with pytest.raises(InputError, match="unpacks to"):
        load(sink.getvalue())


def test_other_workbooks_are_not_taken(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active.append(["a", "b"])
    made.save(tmp_path / "own.xlsx")
    with pytest.raises(InputError, match="format of the file is not known"):
        recognise(tmp_path / "own.xlsx")


@pytest.mark.prove_only
@needs_shared
def test_shared_figures_through_a_workbook(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Real figures in the publisher's layout, against the long table made of the real workbooks."""
    import pandas as pd

    folder = TRADE / "eurostat-cn8-monthly" / "derived"
    labels = pd.read_csv(folder / "products.csv", dtype=str).set_index("cn")["product"]
    file = pd.read_parquet(folder / "ruimpeks_long.parquet")
    chosen = [*sorted(file.cn.unique())[::150], "8542"]
    file = file[file.cn.isin(chosen)]
    months = sorted(file.month.unique())
    sheets = []
    for code, part in file.groupby("cn"):
        wide = part.pivot_table(index=["reporter", "partner"], columns="month", values="value").reindex(columns=months)
        rows = [
            [*index, *(":" if pd.isna(value) else value for value in line)]
            for index, line in zip(wide.index, wide.to_numpy(), strict=True)
        ]
        sheets.append(sheet(rows, months, product=labels[code]))
    path = tmp_path / "spreadsheet.xlsx"
    path.write_bytes(book(sheets))
    assert recognise(path).name == "eurostat-workbook"
    staging = read_file(con, path)
    assert staging.rows_rejected == 0
    assert staging.rows_read - staging.rows_missing == len(file)
    got = con.execute(
        "SELECT good, strftime(period, '%Y-%m'), count(DISTINCT reporter), sum(value_reported) FROM staged GROUP BY ALL"
    ).fetchall()
    wanted = file.groupby(["cn", "month"]).agg(reporters=("reporter", "nunique"), euro=("value", "sum"))
    assert len(got) == len(wanted)
    for good, month, reporters, euro in got:
        assert reporters == wanted.reporters[good, month]
        assert euro == pytest.approx(wanted.euro[good, month], abs=0.005)
