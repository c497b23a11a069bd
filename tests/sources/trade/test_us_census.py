"""US Census Bureau: arrays under a header, groups and totals of partners, districts, and re-exports."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from stopgap.base.errors import InputError
from stopgap.sources.base import Staging
from stopgap.sources.registry import read_file, recognise

Rows = Callable[..., list[tuple[Any, ...]]]

EXPORTS = [
    "CTY_CODE",
    "CTY_NAME",
    "E_COMMODITY",
    "ALL_VAL_MO",
    "QTY_1_MO",
    "UNIT_QY1",
    "time",
    "COMM_LVL",
    "SUMMARY_LVL",
]
IMPORTS = ["CTY_CODE", "CTY_NAME", "I_COMMODITY", "GEN_VAL_MO", "GEN_QY1_MO", "UNIT_QY1", "time"]
RUSSIA = ["4621", "RUSSIA", "854231", "1000", "5", "NO", "2022-01", "HS6", "DET"]


@pytest.fixture
def load(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Callable[..., Staging]:
    """Reads a reply whose first array is the header."""

    def load(*rows: list[str | None], header: list[str] = EXPORTS) -> Staging:
        path = tmp_path / "reply.json"
        body = ",\n".join(json.dumps(row) for row in (header, *rows))
        path.write_text(f"[{body}]", encoding="utf-8")
        return read_file(con, path)

    return load


Load = Callable[..., Staging]


def test_exports_are_free_alongside_ship(load: Load, staged: Rows) -> None:
    staging = load(RUSSIA)
    assert (staging.source, staging.rows_read, staging.rows_rejected) == ("us-census", 1, 0)
    assert staged("period::VARCHAR", "frequency", "reporter", "partner", "flow", "good", "revision", "valuation") == [
        ("2022-01-01", "M", "USA", "RUS", "X", "854231", "HS2022", "FOB")
    ]
    assert staged("value_usd", "net_kg", "quantity", "quantity_unit") == [(1000.0, None, 5.0, "u")]


def test_general_imports_are_at_customs_value(load: Load, staged: Rows) -> None:
    load(["5700", "CHINA", "854231", "700", "5", "KG", "2022-01"], header=IMPORTS)
    assert staged("partner", "flow", "valuation", "value_usd", "net_kg", "quantity") == [
        ("CHN", "M", "FOB", 700.0, 5.0, None)
    ]


def test_imports_with_freight_come_first(load: Load, staged: Rows) -> None:
    staging = load(["5700", "CHINA", "854231", "700", "5", "KG", "2022-01", "770"], header=[*IMPORTS, "GEN_CIF_MO"])
    assert staged("valuation", "value_usd") == [("CIF", 770.0)]
    assert "GEN_VAL_MO was left out: GEN_CIF_MO is taken" in staging.warnings


def test_values_of_the_year_so_far_are_not_taken_for_the_month(load: Load, staged: Rows) -> None:
    load([*RUSSIA, "99999"], header=[*EXPORTS, "ALL_VAL_YR"])
    assert staged("value_usd") == [(1000.0,)]


def test_a_reply_with_the_year_so_far_alone_is_refused(load: Load) -> None:
    header = ["ALL_VAL_YR" if name == "ALL_VAL_MO" else name for name in EXPORTS]
    with pytest.raises(InputError, match="no monthly value") as raised:
        load(RUSSIA, header=header)
    assert "ALL_VAL_YR adds up the year so far" in raised.value.fix


def test_the_total_and_groups_are_aggregates(load: Load, staged: Rows) -> None:
    rows = [[code, "x", *RUSSIA[2:]] for code in ("-", "0003", "0020", "5XXX", "0027")]
    load(*rows)
    assert staged("partner", "kind") == [(code, "aggregate") for code in ("EU", "R4", "US_0020", "US_5XXX", "W00")]


def test_all_goods_are_an_aggregate(load: Load, staged: Rows) -> None:
    load(["4621", "RUSSIA", "-", *RUSSIA[3:]])
    assert staged("good", "kind") == [("TOTAL", "aggregate")]


@pytest.mark.parametrize("code", ["85", "8542", "854231", "8542310030"])
def test_every_level_of_codes_is_kept(load: Load, staged: Rows, code: str) -> None:
    load([*RUSSIA[:2], code, *RUSSIA[3:]])
    assert staged("good") == [(code,)]


def test_districts_are_added_up(load: Load, staged: Rows) -> None:
    staging = load([*RUSSIA, "10"], [*RUSSIA[:3], "500", *RUSSIA[4:], "20"], header=[*EXPORTS, "DISTRICT"])
    assert (staged("value_usd"), staging.rows_merged) == ([(1500.0,)], 1)


def test_the_total_of_districts_stands_for_them(load: Load, staged: Rows) -> None:
    load(
        [*RUSSIA, "10"], [*RUSSIA[:3], "1700", *RUSSIA[4:], "-"], [*RUSSIA[:3], "500", *RUSSIA[4:], "20"],
        header=[*EXPORTS, "DISTRICT"],
    )  # fmt: skip
    assert staged("kind", "value_usd") == [("breakdown", 1500.0), ("economy", 1700.0)]


def test_exports_of_foreign_goods_are_reexports(load: Load, staged: Rows) -> None:
    load([*RUSSIA, "1"], [*RUSSIA[:3], "300", *RUSSIA[4:], "2"], header=[*EXPORTS, "DF"])
    assert staged("flow", "value_usd") == [("RX", 300.0), ("X", 1300.0)]


def test_gaza_and_the_west_bank_are_one_economy(load: Load, staged: Rows) -> None:
    load(*[[code, name, *RUSSIA[2:]] for code, name in (("5082", "GAZA STRIP"), ("5083", "WEST BANK"))])
    assert staged("partner", "value_usd") == [("PSE", 2000.0)]


def test_two_values_of_one_figure_are_refused(load: Load) -> None:
    assert load(RUSSIA, [*RUSSIA[:3], "7", *RUSSIA[4:]]).rows_rejected == 2


def test_a_repeated_row_is_dropped(load: Load) -> None:
    assert load(RUSSIA, RUSSIA).rows_duplicate == 1


def test_a_variable_that_was_asked_for_and_filtered_on_stands_twice(load: Load, staged: Rows) -> None:
    load([*RUSSIA, "4621"], header=[*EXPORTS, "CTY_CODE"])
    assert staged("partner") == [("RUS",)]


def test_year_and_month_apart(load: Load, staged: Rows) -> None:
    header = [*(name for name in EXPORTS if name != "time"), "YEAR", "MONTH"]
    load([*RUSSIA[:6], *RUSSIA[7:], "2022", "03"], header=header)
    assert staged("period::VARCHAR") == [("2022-03-01",)]


def test_a_null_is_missing_and_a_zero_is_not(load: Load, staged: Rows) -> None:
    staging = load([*RUSSIA[:3], None, *RUSSIA[4:]], ["5700", "CHINA", "854231", "0", *RUSSIA[4:]])
    assert (staging.rows_missing, staged("partner", "value_usd")) == (1, [("CHN", 0.0)])


def test_partner_equal_to_reporter_is_kept(load: Load, staged: Rows) -> None:
    load(["1000", "UNITED STATES", "854231", "7", "1", "X", "2022-01"], header=IMPORTS)
    assert staged("partner", "quantity") == [("USA", None)]


def test_an_unknown_partner_is_refused_with_its_code(load: Load, rejects: Rows) -> None:
    load(["9999", "ATLANTIS", *RUSSIA[2:]], RUSSIA)
    assert rejects() == [(1, "partner '9999' is not known")]


def test_a_cut_reply_is_refused(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    path = tmp_path / "reply.json"
    path.write_text(json.dumps([EXPORTS, RUSSIA, RUSSIA])[:-40], encoding="utf-8")
    assert recognise(path).name == "us-census"
    with pytest.raises(InputError, match="ends in the middle"):
        read_file(con, path)


@pytest.mark.parametrize(("unit", "factor"), [("KG", 1), ("GM", 0.001), ("T", 1000)])
def test_a_weight_that_is_no_number_is_rejected_in_every_unit(
    load: Load, staged: Rows, rejects: Callable[[], list[tuple[int, str]]], unit: str, factor: float
) -> None:
    good = ["5700", "CHINA", "854231", "700", "5", unit, "2022-01"]
    staging = load(good, [*good[:4], "five", *good[5:6], "2022-02"], header=IMPORTS)
    assert staged("net_kg") == [(5 * factor,)]
    assert staging.rows_rejected == 1
    assert "five" in rejects()[0][1]
