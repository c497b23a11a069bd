"""Comtrade CSV: codes, valuation, estimates, aggregates, rejects; real files against their own sums."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date
from math import fsum
from pathlib import Path
from typing import Any

import duckdb
import pytest

from stopgap.codes.areas import find_area
from stopgap.sources.base import STAGED_COLUMNS
from stopgap.sources.registry import read_file, recognise

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data"
RAW = SHARED / "trade" / "comtrade-pairs-2020-2024" / "raw_comtrade_HS26"
FILES = sorted(RAW.glob("*.csv.gz"))

Write = Callable[..., Path]
Read = Callable[..., list[tuple[Any, ...]]]


def test_staged_has_the_agreed_columns(con: duckdb.DuckDBPyConnection, comtrade: Write) -> None:
    staging = read_file(con, comtrade({}))
    columns = con.execute("SELECT column_name, column_type FROM (DESCRIBE staged)").fetchall()
    assert dict(columns) == STAGED_COLUMNS
    assert [name for name, _ in columns] == list(STAGED_COLUMNS)
    assert (staging.source, staging.rows_read, staging.rows_rejected, staging.warnings) == ("comtrade", 1, 0, ())


def test_a_row_in_our_terms(con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read) -> None:
    read_file(con, comtrade({"fobvalue": "100.0"}))
    assert staged("*") == [
        (
            date(2023, 1, 1), "A", "DEU", "RUS", "X", "854231", "HS2022", 100.0, 2.5, 10.0, "u", "FOB", False,
            "comtrade", "economy", "USD", 100.0, 1.0,
        )
    ]  # fmt: skip


def test_months_and_years(con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read) -> None:
    read_file(
        con, comtrade({"freqCode": "M", "period": "202312", "refMonth": "12"}, {"freqCode": "A", "period": "2023"})
    )
    assert staged("frequency", "period") == [("A", date(2023, 1, 1)), ("M", date(2023, 12, 1))]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("842", "USA"),
        ("840", "USA"),
        ("251", "FRA"),
        ("757", "CHE"),
        ("579", "NOR"),
        ("699", "IND"),
        ("490", "TWN"),
        ("036", "AUS"),
    ],
)
def test_codes_of_comtrade(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read, code: str, expected: str
) -> None:
    read_file(con, comtrade({"reporterCode": code}, {"partnerCode": code}))
    assert staged("reporter", "partner", "kind") == sorted([(expected, "RUS", "economy"), ("DEU", expected, "economy")])


def test_aggregates_stand_apart(con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read) -> None:
    read_file(
        con,
        comtrade(
            {},
            {"partnerCode": "0"},  # World
            {"partnerCode": "899"},  # areas not elsewhere specified
            {"reporterCode": "97"},  # European Union
            {"cmdCode": "TOTAL"},
        ),
    )
    assert staged("reporter", "partner", "good", "kind") == [
        ("DEU", "RUS", "854231", "economy"),
        ("DEU", "RUS", "TOTAL", "aggregate"),
        ("DEU", "W00", "854231", "aggregate"),
        ("DEU", "_X", "854231", "aggregate"),
        ("EU", "RUS", "854231", "aggregate"),
    ]


def test_an_unknown_partner_is_an_aggregate_and_said(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read
) -> None:
    staging = read_file(con, comtrade({}, {"partnerCode": "998"}))
    assert staged("partner", "kind") == [("998", "aggregate"), ("RUS", "economy")]
    assert staging.warnings == ("1 rows with partner codes that are not known (998) are kept apart as aggregates",)


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"flowCode": "X", "cifvalue": "100.0"}, "FOB"),
        ({"flowCode": "M", "cifvalue": "100.0"}, "CIF"),
        ({"flowCode": "M", "fobvalue": "100.0"}, "FOB"),
        ({"flowCode": "M", "cifvalue": "100.0", "fobvalue": "100.0"}, "CIF"),
        ({"flowCode": "M"}, "CIF"),
        ({"flowCode": "RX"}, "FOB"),
        ({"flowCode": "RM"}, "CIF"),
    ],
)
def test_valuation(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read, row: dict[str, str], expected: str
) -> None:
    read_file(con, comtrade(row))
    assert staged("valuation") == [(expected,)]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, False),
        ({"legacyEstimationFlag": "4"}, True),
        ({"isQtyEstimated": "True"}, True),
        ({"isNetWgtEstimated": "true"}, True),
        ({"isAltQtyEstimated": "1"}, True),
        ({"isGrossWgtEstimated": "True"}, False),
    ],
)
def test_estimates(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read, row: dict[str, str], expected: bool
) -> None:
    read_file(con, comtrade(row))
    assert staged("is_estimated") == [(expected,)]


def test_missing_weight_and_quantity_are_null_and_zero_trade_is_kept(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read
) -> None:
    read_file(
        con,
        comtrade(
            {"netWgt": "0.0", "qty": "0.0", "primaryValue": "0.0"},
            {"partnerCode": "156", "netWgt": "", "qtyUnitCode": "-1", "qty": "7"},
        ),
    )
    assert staged("partner", "value_usd", "net_kg", "quantity", "quantity_unit") == [
        ("CHN", 100.0, None, None, None),
        ("RUS", 0.0, None, None, None),
    ]


def test_a_lost_leading_zero_is_put_back(con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read) -> None:
    staging = read_file(con, comtrade({"cmdCode": "10121"}, {"cmdCode": "1"}, {"cmdCode": "101"}, {"cmdCode": "26"}))
    assert staged("good") == [("01",), ("0101",), ("010121",), ("26",)]
    assert staging.warnings == ("3 commodity codes had lost their leading zero, which was put back",)


def test_revisions(con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read) -> None:
    read_file(con, comtrade(*({"classificationCode": code} for code in ("H3", "H4", "H5", "H6"))))
    assert [row[0] for row in staged("revision")] == ["HS2007", "HS2012", "HS2017", "HS2022"]


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"primaryValue": "12a.5"}, "primaryValue '12a.5' is not a finite number"),
        ({"primaryValue": "nan"}, "primaryValue 'nan' is not a finite number"),
        ({"primaryValue": "inf"}, "primaryValue 'inf' is not a finite number"),
        ({"primaryValue": "-5.0"}, "primaryValue -5.0 is negative"),
        ({"primaryValue": ""}, "primaryValue is empty"),
        ({"netWgt": "much"}, "netWgt 'much' is not a finite number"),
        ({"netWgt": "-1"}, "netWgt -1.0 is not a weight"),
        ({"period": "202413", "freqCode": "M"}, "period 202413 is not a year or a month (YYYY or YYYYMM)"),
        ({"period": "2023.5"}, "period 2023.5 is not a year or a month (YYYY or YYYYMM)"),
        ({"period": "2023", "freqCode": "M"}, "freqCode M does not go with period 2023"),
        ({"reporterCode": "9999"}, "reporter code 9999 is not known"),
        ({"reporterCode": ""}, "reporterCode is empty"),
        ({"partnerCode": "RUS"}, "partner code RUS is not a number"),
        ({"flowCode": "Z"}, "flow Z is not one of X, M, RX, RM or a part of them"),
        ({"classificationCode": "S4"}, "classification S4 is not a revision of the HS"),
        ({"cmdCode": "chips"}, "commodity code chips is not an HS code"),
        ({"typeCode": "S"}, "typeCode 'S' is not 'C', trade in goods"),
        ({"typeCode": "]"}, "typeCode ']' is not 'C', trade in goods"),
        ({"motCode": "]]>0"}, "motCode ']]>0' is not a number"),
    ],
)
def test_a_bad_row_is_rejected_with_its_row_and_reason(
    con: duckdb.DuckDBPyConnection,
    comtrade: Write,
    staged: Read,
    rejects: Callable[[], list[tuple[int, str]]],
    row: dict[str, str],
    reason: str,
) -> None:
    staging = read_file(con, comtrade({"partnerCode": "156"}, {"partnerCode": "36"}, row, {"partnerCode": "392"}))
    assert rejects() == [(4, reason)]
    assert [partner for (partner,) in staged("partner")] == ["AUS", "CHN", "JPN"]
    assert (staging.rows_read, staging.rows_rejected) == (4, 1)


def test_rejects_show_the_key_of_the_row(con: duckdb.DuckDBPyConnection, comtrade: Write) -> None:
    read_file(con, comtrade({"period": "202413"}))
    (content,) = con.execute("SELECT content FROM rejects").fetchall()[0]
    assert "period=202413 reporter=276 flow=X partner=643" in content
    assert len(content) <= 500


def test_repetitions_are_dropped_and_contradictions_rejected(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read, rejects: Callable[[], list[tuple[int, str]]]
) -> None:
    staging = read_file(
        con,
        comtrade(
            {"partnerCode": "156"},
            {"partnerCode": "643"},
            {"partnerCode": "156"},
            {"partnerCode": "643", "primaryValue": "101.0"},
            {"partnerCode": "36"},
        ),
    )
    assert staged("partner") == [("AUS",), ("CHN",)]
    reason = "the same key stands in several rows with different values"
    assert rejects() == [(3, reason), (5, reason)]
    assert (staging.rows_read, staging.rows_duplicate, staging.rows_rejected) == (5, 1, 2)
    assert staging.warnings == ("1 exact repetitions of rows were dropped",)


def test_two_codes_of_one_economy_may_not_contradict(
    con: duckdb.DuckDBPyConnection, comtrade: Write, rejects: Callable[[], list[tuple[int, str]]]
) -> None:
    read_file(con, comtrade({"partnerCode": "842"}, {"partnerCode": "840", "primaryValue": "7"}))
    assert [row for row, _ in rejects()] == [2, 3]


@pytest.mark.parametrize("style", ["PascalCase", "snake_case", "bulk text", "trailing comma", "CRLF", "BOM", "gzip"])
def test_variants_of_the_layout(
    con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read, tmp_path: Path, style: str
) -> None:
    text = comtrade({"fobvalue": "100.0"}, {"partnerCode": "156", "fobvalue": "100.0"}).read_text(encoding="utf-8")
    header, rows = text.split("\n", 1)
    data = text.encode()
    match style:
        case "PascalCase":
            data = (",".join(name[0].upper() + name[1:] for name in header.split(",")) + "\n" + rows).encode()
        case "snake_case":
            data = ("".join("_" + c.lower() if c.isupper() else c for c in header) + "\n" + rows).encode()
        case "bulk text":
            plain = rows.replace('"Circuits; ""processors"", and controllers"', "Circuits")
            data = (header + "\n" + plain).replace(",", "\t").encode()
        case "trailing comma":
            data = (header + "\n" + rows.replace("\n", ",\n")).encode()
        case "CRLF":
            data = text.replace("\n", "\r\n").encode()
        case "BOM":
            data = b"\xef\xbb\xbf" + data
        case "gzip":
            data = gzip.compress(data)
    path = tmp_path / "[variant]*.csv"
    path.write_bytes(data)
    assert recognise(path).name == "comtrade"
    staging = read_file(con, path)
    assert staged("partner", "value_usd", "valuation") == [("CHN", 100.0, "FOB"), ("RUS", 100.0, "FOB")]
    assert staging.warnings == ()


def test_absent_columns_are_said(con: duckdb.DuckDBPyConnection, comtrade: Write, staged: Read) -> None:
    header = [
        "period",
        "reporterCode",
        "partnerCode",
        "flowCode",
        "classificationCode",
        "cmdCode",
        "primaryValue",
        "cmdDesc",
    ]
    staging = read_file(con, comtrade({}, header=header))
    assert staged("net_kg", "is_estimated", "kind") == [(None, False, "economy")]
    assert "netWgt" in staging.warnings[0]
    assert "motCode" in staging.warnings[0]


@pytest.mark.one_in(3)
@pytest.mark.skipif(not FILES, reason="../shared/data is not here")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_real_files_keep_their_sums(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    import pandas as pd

    staging = read_file(con, path)
    file = pd.read_csv(path, dtype={"cmdCode": str})
    assert (staging.rows_read, staging.rows_rejected, staging.rows_duplicate) == (len(file), 0, 0)
    found = con.execute("SELECT reporter, flow, year(period), fsum(value_usd) FROM staged GROUP BY ALL").fetchall()
    sums = {(reporter, flow, year): value for reporter, flow, year, value in found}
    by_pandas = file.groupby(["reporterCode", "flowCode", "period"]).primaryValue.agg(fsum).to_dict()
    wanted = {(find_area(str(code)).code, flow, year): value for (code, flow, year), value in by_pandas.items()}
    assert len(wanted) == len(by_pandas)
    assert sums == pytest.approx(wanted, rel=0, abs=0.005)
    world = con.execute("SELECT sum(value_usd) FROM staged WHERE partner = 'W00'").fetchall()[0][0]
    assert world == pytest.approx(file[file.partnerCode == 0].primaryValue.sum(), abs=0.01)
    kinds = dict(con.execute("SELECT partner, any_value(kind) FROM staged GROUP BY partner").fetchall())
    assert kinds["W00"] == "aggregate"
    assert kinds["CHN"] == kinds["TWN"] == "economy"
    weights = con.execute("SELECT coalesce(sum(net_kg), 0), count(*) FILTER (net_kg = 0) FROM staged").fetchall()[0]
    assert weights == (pytest.approx(file.netWgt.sum(), rel=1e-12), 0)
