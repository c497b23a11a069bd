"""Traps of Comtrade's figures, each by name: what is apart, what is missing, what is told of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from stopgap.sources.registry import read_file

Write = Callable[..., Path]
Read = Callable[..., list[tuple[Any, ...]]]


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ({"motCode": "2100"}, "mode of transport"),
        ({"customsCode": "C01"}, "customs procedure"),
        ({"partner2Code": "156"}, "second partner"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_part_beside_its_total_is_no_second_figure(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read, part: dict[str, str], name: str
) -> None:
    staging = read_file(
        con, comtrade({}, {**part, "primaryValue": "60"}, {**part, "partnerCode": "156", "primaryValue": "7"})
    )
    assert staged("partner", "kind", "value_usd") == [
        ("CHN", "economy", 7.0),  # its total is absent: the sum of its parts
        ("RUS", "breakdown", 60.0),
        ("RUS", "economy", 100.0),
    ]
    assert staging.warnings == (
        "1 totals were not in the file and are the sums of 1 rows of parts",
        "1 rows are parts of totals and are kept apart as breakdowns",
    )


def test_re_exports_re_imports_and_domestic_exports_stand_apart(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read
) -> None:
    read_file(con, comtrade(*({"flowCode": flow} for flow in ("X", "M", "RX", "RM", "DX"))))
    assert staged("flow", "kind") == [
        ("DX", "breakdown"),
        ("M", "economy"),
        ("RM", "economy"),
        ("RX", "economy"),
        ("X", "economy"),
    ]


def test_exact_duplicates_are_dropped_and_counted(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read
) -> None:
    staging = read_file(con, comtrade({}, {}, {}, {"partnerCode": "156"}))
    assert len(staged("partner")) == 2
    assert (staging.rows_duplicate, staging.warnings) == (2, ("2 exact repetitions of rows were dropped",))


def test_a_reported_zero_stays_and_a_weight_of_zero_is_missing(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read
) -> None:
    read_file(con, comtrade({"primaryValue": "0", "netWgt": "0"}))
    assert staged("value_usd", "net_kg") == [(0.0, None)]


def test_the_reporter_as_its_own_partner_is_told_of(con: duckdb.DuckDBPyConnection, comtrade: Write) -> None:
    staging = read_file(con, comtrade({}, {"reporterCode": "251", "partnerCode": "250"}))
    assert staging.warnings == (
        "1 rows have the reporter as its own partner (goods that came back, or stayed); no measure counts them",
    )


@pytest.mark.parametrize(
    ("code", "partner"),
    [("0", "W00"), ("899", "_X"), ("837", "X1"), ("838", "X2"), ("839", "XX"), ("568", "E19"), ("97", "EU")],
)
def test_special_partners_are_aggregates(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read, code: str, partner: str
) -> None:
    read_file(con, comtrade({"partnerCode": code}))
    assert staged("partner", "kind") == [(partner, "aggregate")]


def test_the_european_union_as_reporter_is_an_aggregate(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read
) -> None:
    read_file(con, comtrade({"reporterCode": "97"}, {"reporterCode": "251"}))
    assert staged("reporter", "kind") == [("EU", "aggregate"), ("FRA", "economy")]


@pytest.mark.parametrize("period", ["201952", "201999"])
@pytest.mark.parametrize("freq", ["A", ""])
def test_a_year_written_as_a_month_that_there_is_not(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read, period: str, freq: str
) -> None:
    read_file(con, comtrade({"period": period, "freqCode": freq}))
    assert staged("period", "frequency") == [(date(2019, 1, 1), "A")]


def test_a_year_written_in_two_ways_is_one_figure(
    con: duckdb.DuckDBPyConnection, comtrade: Write, rejects: Read
) -> None:
    staging = read_file(
        con,
        comtrade(
            {"period": "2019"}, {"period": "201952"}, {"period": "201999", "freqCode": "", "partnerCode": "156"},
            {"period": "2019", "partnerCode": "156", "primaryValue": "1"},
        ),
    )  # fmt: skip
    assert (staging.rows_read, staging.rows_duplicate) == (4, 1)
    assert [row for row, _ in rejects()] == [4, 5]


def test_a_year_of_month_13_is_none(con: duckdb.DuckDBPyConnection, comtrade: Write, rejects: Read) -> None:
    read_file(con, comtrade({"period": "201913"}))
    assert rejects() == [(2, "period 201913 is not a year or a month (YYYY or YYYYMM)")]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"reporterCode": "58", "period": "2005"}, "1 rows of 2005 name 58 (Belgium-Luxembourg), which ended in 1998"),
        ({"reporterCode": "56", "period": "1995"}, "1 rows of 1995 name 56 (Belgium), which began in 1999"),
        ({"reporterCode": "156", "partnerCode": "280", "period": "1995"}, "1 rows of 1995 name 280 (Federal Republic of Germany), which ended in 1990"),
        ({"partnerCode": "810", "period": "2001"}, "1 rows of 2001 name 810 (USSR (until 1990)), which ended in 1990"),
        ({"partnerCode": "891", "period": "2010"}, "1 rows of 2010 name 891 (Serbia and Montenegro (until 2006)), which ended in 2006"),
        ({"partnerCode": "230", "period": "2001"}, "1 rows of 2001 name 230 (Ethiopia with Eritrea), which ended in 1992"),
        ({"partnerCode": "711", "period": "2001"}, "1 rows of 2001 name 711 (Southern African Customs Union), which ended in 1999"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value.values()),
)  # fmt: skip
def test_a_code_outside_the_years_of_its_economy_is_told_of(
    con: duckdb.DuckDBPyConnection, comtrade: Write, row: dict[str, str], says: str
) -> None:
    assert read_file(con, comtrade(row)).warnings == (says,)


@pytest.mark.parametrize("row", [{"reporterCode": "58", "period": "1998"}, {"reporterCode": "757", "period": "2020"}])
def test_a_code_within_its_years_is_not(con: duckdb.DuckDBPyConnection, comtrade: Write, row: dict[str, str]) -> None:
    assert read_file(con, comtrade(row)).warnings == ()


def test_reporters_by_fiscal_year_are_told_of_where_figures_are_annual(
    con: duckdb.DuckDBPyConnection, comtrade: Write
) -> None:
    staging = read_file(
        con, comtrade({"reporterCode": "586"}, {"reporterCode": "50", "period": "202201", "freqCode": "M"})
    )
    assert staging.warnings == ("annual figures of PAK may be by fiscal year; Comtrade's files do not say",)


def test_noughts_before_codes_may_be_lost(con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read) -> None:
    staging = read_file(
        con, comtrade({"cmdCode": "10121", "reporterCode": "36"}, {"cmdCode": "101", "reporterCode": "036"})
    )
    assert staged("reporter", "good") == [("AUS", "0101"), ("AUS", "010121")]
    assert staging.warnings == ("2 commodity codes had lost their leading zero, which was put back",)
