"""Amounts of pages in each unit: nothing is shown as 0 that is not, and the unit holds within its block alone."""

from __future__ import annotations

import pytest

from stopgap.briefs.formats.cells import Column, table_of
from stopgap.briefs.formats.text import MINUS, NBSP, NOT_REPORTED, usd_millions
from stopgap.pages.amounts import AmountUnit, amounts_in, label_usd, table_usd, usd, usd_heading, usd_range
from stopgap.pages.brief_tables import brief_table_view

AMOUNTS = (24_712_345_678.4, 856_400.0, 1_234.5, 40.0, 0.3, 0.0, 0.001, -2_600_000.0, -0.2, None)


@pytest.mark.parametrize(
    ("unit", "heading", "said"),
    [
        (
            AmountUnit.MILLION,
            "USD million",
            ["24,712.3", "0.9", "0.001", "<0.001", "<0.001", "0", "0", f"{MINUS}2.6", f">{MINUS}0.001", NOT_REPORTED],
        ),
        (
            AmountUnit.THOUSAND,
            "USD thousand",
            ["24,712,345.7", "856.4", "1.2", "0.040", "<0.001", "0", "0", f"{MINUS}2,600.0", f">{MINUS}0.001", NOT_REPORTED],
        ),
        (
            AmountUnit.DOLLAR,
            "US dollars",
            ["24,712,345,678", "856,400", "1,234", "40", "<1", "0", "0", f"{MINUS}2,600,000", f">{MINUS}1", NOT_REPORTED],
        ),
    ],
)  # fmt: skip
def test_columns_in_each_unit(unit: AmountUnit, heading: str, said: list[str]) -> None:
    with amounts_in(unit):
        assert usd_heading() == heading
        assert [table_usd(value) for value in AMOUNTS] == said


def test_columns_in_million_are_those_of_briefs() -> None:
    assert [table_usd(value) for value in AMOUNTS] == [usd_millions(value) for value in AMOUNTS]


def test_amounts_outside_tables() -> None:
    assert usd(24_712_345_678) == f"USD{NBSP}24.7{NBSP}bn"
    with amounts_in(AmountUnit.THOUSAND):
        assert usd(24_712_345_678) == f"USD{NBSP}24,712,345.7{NBSP}thousand"
    with amounts_in(AmountUnit.DOLLAR):
        assert usd(24_712_345_678) == f"USD{NBSP}24,712,345,678"
        assert label_usd(24_712_345_678) == f"24.7{NBSP}bn"
    assert usd(24_712_345_678) == f"USD{NBSP}24.7{NBSP}bn"


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        (AmountUnit.MILLION, "USD 9.9 to 111 m"),
        (AmountUnit.THOUSAND, f"USD{NBSP}9,900.0 to 111,000.0{NBSP}thousand"),
        (AmountUnit.DOLLAR, f"USD{NBSP}9,900,000 to 111,000,000"),
    ],
)
def test_intervals_have_their_unit_once(unit: AmountUnit, said: str) -> None:
    with amounts_in(unit):
        assert usd_range(9_900_000, 111_000_000) == said


def test_a_unit_ends_with_its_block_also_by_an_error() -> None:
    with pytest.raises(ValueError, match="x"), amounts_in(AmountUnit.DOLLAR):
        raise ValueError("x")
    assert usd_heading() == "USD million"


def test_a_table_of_a_brief_follows_the_unit_in_cells_intervals_and_caption() -> None:
    table = table_of(
        "t", "Hubs", [("Kyrgyzstan", 1.5e6, (1e6, 2e6), 0.25)],
        [("Hub", "text", lambda row: row[0]), ("After", "usd", lambda row: row[1]), ("Interval", "interval", lambda row: row[2]),
         ("Share", "share", lambda row: row[3])],
        total=("All", 1.5e6, None, None),
    )  # fmt: skip
    assert table.columns[1] == Column("After", "usd")
    with amounts_in(AmountUnit.DOLLAR):
        view = brief_table_view(table, per=" a year")
    assert view.caption == "Hubs, US dollars a year"
    assert [cell.text for cell in view.rows[0]] == ["Kyrgyzstan", "1,500,000", "1,000,000 to 2,000,000", f"25{NBSP}%"]
    assert [cell.text or cell.missing for cell in view.rows[1]] == ["All", "1,500,000", "not known", "not known"]
