"""Tables as pages show them: fifteen rows, the rest as one line whose sums are done by hand, all rows in the workbook."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import brief_fixture as fixture
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.briefs.formats.cells import (
    BriefTable,
    Column,
    Typed,
    Value,
    long_table,
    print_cell,
    table_by_period,
    with_details,
)
from stopgap.briefs.formats.rest_rows import SHOWN, page_story, page_table, shortened
from stopgap.briefs.model import MonthlyPoint
from stopgap.briefs.net.story import placebos_table
from stopgap.briefs.render import render
from stopgap.briefs.routing import legs_table
from stopgap.briefs.story import tell
from stopgap.briefs.tables import goods_table, members_table, monthly_table, suppliers_table
from stopgap.measures.backfill.results import DestinationExcess, GoodResult

COLUMNS = (
    Column("Supplier"), Column("Code", "code"), Column("After", "usd"), Column("Net", "net"),
    Column("95 % interval", "interval"), Column("Share", "share"), Column("Share of loss", "share"),
)  # fmt: skip


def row(i: int, after: float | None = 1e6, net: Value = 2e6) -> tuple[Value, ...]:
    return f"S{i}", f"C{i:02d}", after, net, (0.0, 1e6), 0.5, 0.25


def of(*rows: tuple[Value, ...]) -> BriefTable:
    return long_table(BriefTable("suppliers", "T", COLUMNS, tuple(rows)), ("supplier", "suppliers"))


def line(table: BriefTable) -> list[str]:
    """The line for the rest as it is printed."""
    short = page_table(table)
    assert short.rest_at is not None
    return [print_cell(c.kind, v) for c, v in zip(short.columns, short.rows[short.rest_at], strict=True)]


def test_fifteen_rows_stay_and_a_sixteenth_becomes_a_line() -> None:
    assert SHOWN == 15
    assert shortened(of(*(row(i) for i in range(15)))).rest_at is None
    short = shortened(of(*(row(i) for i in range(16))))
    assert len(short.rows) == 16
    assert [cells[0] for cells in short.rows] == [*(f"S{i}" for i in range(15)), "1 more supplier"]


def test_dollars_and_shares_of_the_loss_add_up_and_nothing_else_does() -> None:
    found = line(of(*(row(i, after=(i + 1) * 1e6) for i in range(18))))
    # 16 + 17 + 18 = 51 million; 3 × 2; 3 × a quarter
    assert found == ["3 more suppliers, together", "–", "51.0", "6.0", "–", "–", "75\u00a0%"]


def test_a_sum_with_a_missing_or_untold_part_is_no_sum() -> None:
    rows = [row(i) for i in range(17)] + [row(17, after=None, net=Typed("text", "cannot be told"))]
    assert line(of(*rows)) == ["3 more suppliers, together", "–", "–", "–", "–", "–", "75\u00a0%"]


def test_a_rest_without_sums_is_not_called_together() -> None:
    columns = (Column("File"), Column("Title"))
    table = long_table(BriefTable("sources", "T", columns, tuple((f"f{i}", "t") for i in range(20))), ("file", "files"))
    assert line(table) == ["5 more files", "–"]
    assert page_table(table).note == "All 20 rows are in the workbook (XLSX)."


def test_columns_that_do_not_add_up_get_a_dash() -> None:
    table = long_table(of(*(row(i) for i in range(18))), ("supplier", "suppliers"), not_added=("Net",))
    assert line(table)[3] == "–"


def test_of_months_the_last_stay_and_the_earlier_ones_stand_above() -> None:
    columns = (Column("Month"), Column("Russia", "usd"))
    rows = tuple((f"2021-{i:02d}" if i < 13 else f"2022-{i - 12:02d}", i * 1e6) for i in range(1, 19))
    table = table_by_period(BriefTable("monthly", "T", columns, rows), ("month", "months"), basis="")
    short = page_table(table)
    assert short.rest_at == 0
    assert line(table) == ["3 earlier months, together", "6.0"]  # 1 + 2 + 3
    assert [cells[0] for cells in short.rows[1:]] == [cells[0] for cells in rows[3:]]


def test_the_target_stays_in_the_table_of_placebos_wherever_it_ranks() -> None:
    finding = fixture.headline()
    ranked = tuple(DestinationExcess(f"P{i:02d}", 1.0 - i / 100, 0.1) for i in range(30))
    rows = (*ranked[:24], DestinationExcess("RUS", 0.5, 0.1), *ranked[24:])
    model = fixture.model(
        headline=replace(finding, counterfactual=replace(finding.counterfactual, placebo_excess=rows))
    )
    short = page_table(placebos_table(model))
    assert [cells[1:3] for cells in short.rows[12:15]] == [("P12", 13), ("P13", 14), ("RUS", 25)]
    assert short.rows[15][0] == "16 more destinations"


@given(st.lists(st.tuples(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12)), max_size=60), st.integers(1, 20))
def test_the_rest_and_what_is_shown_add_up_to_all(values: list[tuple[float, float]], shown: int) -> None:
    table = of(*(row(i, after=after, net=net) for i, (after, net) in enumerate(values)))
    short = shortened(table, shown)
    assert len(short.rows) <= shown + 1
    for column in (2, 3):
        found = math.fsum(float(cells[column]) for cells in short.rows)  # type: ignore[arg-type]
        assert found == pytest.approx(math.fsum(pair[column - 2] for pair in values), rel=1e-9, abs=1e-2)


def test_rest_of_suppliers_and_members_by_hand() -> None:
    model = fixture.model()
    finding = model.headline
    suppliers = page_table(suppliers_table(model))
    gains = sorted((after - before for before, after in fixture.SUPPLIERS.values()), reverse=True)
    assert suppliers.rows[15][0] == f"{len(gains) - 15} more suppliers, together"
    assert suppliers.rows[15][5] == pytest.approx(sum(gains[15:]) * 1e6)
    assert suppliers.rows[15][6] == pytest.approx(sum(gains[15:]) * 1e6 / finding.suspended.loss_usd)
    assert suppliers.total is not None
    assert suppliers.total[5] == pytest.approx(sum(gains) * 1e6)
    members = page_table(members_table(model))
    falls = sorted(after - before for before, after in fixture.MEMBERS.values())
    assert members.rows[15][4] == pytest.approx(sum(falls[15:]) * 1e6)


def test_a_column_without_a_figure_is_left_out_and_named() -> None:
    table = of(*(("S", "C", None, None, None, 0.5, 0.25) for _ in range(3)))
    short = page_table(table)
    assert [c.heading for c in short.columns] == ["Supplier", "Code", "After", "Share", "Share of loss"]  # n/r stays
    assert short.note == "Not defined in any row: Net and 95 % interval."


def test_a_column_of_detail_is_in_the_workbook_alone() -> None:
    table = with_details(of(row(1)), {"Share"})
    assert "Share" not in [c.heading for c in page_table(table).columns]
    assert page_table(table).note == "In the workbook (XLSX) alone: Share."
    assert "Share" in [c.heading for c in table.columns]


def many_goods(count: int) -> tuple[GoodResult, ...]:
    return tuple(
        GoodResult(f"85{i:04d}", f"Part {i}", 3e6 + i, 1e6, 2e6 + i, 1e6, 1e6, 0.0, 1e6 + i, 0.0, "CHN")
        for i in range(count)
    )


def test_the_workbook_has_every_row_of_a_large_brief(tmp_path: Path) -> None:
    points = tuple(
        MonthlyPoint(f"{2015 + i // 12}-{i % 12 + 1:02d}", "RUS", "Russia", True, 1e6 * i) for i in range(100)
    )
    finding = replace(fixture.headline(), by_good=many_goods(240)).sealed()
    model = fixture.model(headline=finding, monthly=points)
    book = openpyxl.load_workbook(render(model, tmp_path / "a.xlsx"), data_only=True)
    first = 5  # the first row of data
    for name, count in (("Suppliers", 35), ("Members", 38), ("Goods", 240), ("Monthly", 100)):
        cells = [row[0] for row in book[name].iter_rows(min_row=first, max_row=first + count - 1, values_only=True)]
        assert len(cells) == count
        assert None not in cells
        assert not any("more" in str(cell) for cell in cells), name
    assert len(fixture.SUPPLIERS) == 35
    goods = goods_table(model)
    assert goods is not None
    short = page_table(goods)
    assert short.rows[15][0] == "225 more goods, together"
    # the largest losses come first, so the 225 smallest are left: 2 million each and 0 to 224
    assert short.rows[15][4] == pytest.approx(225 * 2e6 + sum(range(225)))
    assert page_table(monthly_table(model)).rows[0][1] == pytest.approx(1e6 * sum(range(85)))


def test_pages_lose_no_section_no_figure_and_no_table() -> None:
    story = tell(fixture.model())
    page = page_story(story)
    assert [section.key for section in page.sections] == [section.key for section in story.sections]
    for mine, other in zip(page.sections, story.sections, strict=True):
        assert [table.key for table in mine.tables] == [table.key for table in other.tables]
        assert mine.figure is other.figure
        assert all(len(table.rows) <= SHOWN + 1 for table in mine.tables if table.rest is not None)


def test_the_line_on_the_basis_says_where_the_basis_stands(tmp_path: Path) -> None:
    model = fixture.model()
    assert page_table(legs_table(model)).note.startswith(
        "Basis as above; route: the coalition to hub, hub to Russia; no denominator."
    )
    book = openpyxl.load_workbook(render(model, tmp_path / "a.xlsx"), data_only=True)
    assert book["Routes"]["A2"].value.startswith("Basis: sheet Headline; route: the coalition to hub")
    assert "as above" not in str([cell.value for sheet in book for cell in sheet["A"]])
