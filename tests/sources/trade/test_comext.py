"""Comext's bulk files: real ones against sums by pandas, each trap by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from eurostat_files import BULK, OLD_BULK

from stopgap.base.errors import InputError
from stopgap.codes.fx import annual_rates
from stopgap.sources.base import Staging
from stopgap.sources.registry import read_file, recognise

TRADE = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "trade"
needs_shared = pytest.mark.skipif(not TRADE.exists(), reason="../shared/data is not here")

Rows = Callable[..., list[tuple[Any, ...]]]
Load = Callable[..., Staging]


def line(
    reporter: str = "DE",
    partner: str = "RU",
    good: str = "85423110",
    flow: str = "2",
    procedure: str = "1",
    period: str = "202301",
    euro: object = 1000,
    kg: object = 50,
    *,
    trade_type: str = "E",
    unit: str = "NO_SU",
    quantity: object = 0,
) -> str:
    """A row of today's layout."""
    return (
        f"{reporter},{partner},{trade_type},{good},77641,2611,2611,420,310210,16,{flow},{procedure},{unit},{period},"
        f"{euro},{euro},{kg},{quantity}"
    )


def old_line(regime: str = "4", period: str = "200801", euro: int = 10, *, reporter: str = "001,FR") -> str:
    """A row of the older layout."""
    return f"{reporter},0075,RU,E,85423110,77641,3210,2611,2611,420,16,2,{regime},,{period},{euro},5,0"


@pytest.fixture
def load(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Load:
    """Reads rows under the header of today's layout."""

    def load(*rows: str, header: str = BULK, name: str = "full_v2_202301.dat") -> Staging:
        path = tmp_path / name
        path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
        return read_file(con, path)

    return load


@needs_shared
@pytest.mark.parametrize("year", [2007, 2008])
def test_demo_files_of_shared_data(con: duckdb.DuckDBPyConnection, year: int) -> None:
    import pandas as pd

    path = TRADE / "comext-cn-concordance" / f"demo_comext_{year}.parquet"
    assert recognise(path).name == "comext"
    staging = read_file(con, path)
    file = pd.read_parquet(path)
    assert (staging.rows_read, staging.rows_rejected, staging.rows_missing) == (len(file), 0, 0)
    got = con.execute(
        "SELECT reporter, flow, year(period), frequency, sum(value_reported), sum(value_usd), sum(net_kg) FROM staged GROUP BY ALL"
    ).fetchall()
    iso3 = {"NL": "NLD", "BE": "BEL"}
    rate = {row["year"]: row["usd_per_unit"] for row in annual_rates().to_pylist() if row["currency"] == "EUR"}
    sums = file.groupby("REPORTER")[["VALUE_EUR", "QUANTITY_KG"]].sum()
    wanted = {
        (iso3[reporter], "M", year, "A"): (sums.VALUE_EUR[reporter], sums.VALUE_EUR[reporter] * rate[year], sums.QUANTITY_KG[reporter])
        for reporter in sums.index
    }  # fmt: skip
    assert {row[:4] for row in got} == wanted.keys()
    for row in got:
        assert row[4:] == pytest.approx(wanted[row[:4]], abs=0.005)


def test_the_row_of_the_documentation(load: Load, staged: Rows) -> None:
    load("AT,AD,E,35069190,59229,2052,2059,220,311210,06,2,1,NO_SU,202402,65,65,3,0")
    columns = ("period::VARCHAR", "frequency", "reporter", "partner", "flow", "good", "revision", "value_reported")
    assert staged(*columns, "net_kg", "quantity", "valuation", "currency", "source") == [
        ("2024-02-01", "M", "AUT", "AND", "X", "35069190", "CN2024", 65.0, 3.0, None, "FOB", "EUR", "eurostat")
    ]


def test_procedures_and_types_of_trade_have_no_total_and_are_added(load: Load, staged: Rows) -> None:
    staging = load(
        line(procedure="1", euro=100, kg=10),
        line(procedure="2", euro=30, kg=4),
        line(procedure="9", euro=1, kg=1),
        line(partner="GB", euro=7, trade_type="E"),
        line(partner="GB", euro=5, trade_type="I"),
    )
    assert staged("partner", "value_reported", "net_kg", "kind") == [
        ("GBR", 12.0, 100.0, "economy"),
        ("RUS", 131.0, 15.0, "economy"),
    ]
    assert (staging.rows_read, staging.rows_merged, staging.rows_rejected) == (5, 3, 0)


def test_a_weight_that_a_part_lacks_is_not_known_for_the_whole(load: Load, staged: Rows) -> None:
    load(line(procedure="1", euro=100, kg=10), line(procedure="2", euro=30, kg=0))
    assert staged("value_reported", "net_kg") == [(130.0, None)]


def test_two_releases_in_one_file_are_not_added(load: Load, staged: Rows, rejects: Rows) -> None:
    load(line(euro=100), line(euro=120), line(good="85423190", euro=5))
    assert staged("good", "value_reported") == [("85423190", 5.0)]
    assert [row for row, _ in rejects()] == [2, 3]


def test_an_exact_repetition_is_dropped(load: Load, staged: Rows) -> None:
    staging = load(line(euro=100), line(euro=100))
    assert staged("value_reported") == [(100.0,)]
    assert staging.rows_duplicate == 1


def test_regime_4_of_the_older_layout_is_the_total(load: Load, staged: Rows) -> None:
    load(old_line("1", euro=10), old_line("2", euro=5), old_line("4", euro=15), header=OLD_BULK)
    assert staged("reporter", "partner", "value_reported", "kind", "revision") == [
        ("FRA", "RUS", 15.0, "breakdown", "CN2008"),
        ("FRA", "RUS", 15.0, "economy", "CN2008"),
    ]


def test_regimes_without_their_total_are_added(load: Load, staged: Rows) -> None:
    load(old_line("1", euro=10), old_line("2", euro=5), header=OLD_BULK)
    assert staged("value_reported", "kind") == [(15.0, "economy")]


def test_the_letters_of_the_older_layout_count_not_its_numbers(load: Load, staged: Rows) -> None:
    """001 is France in Eurostat's former numbers, and no economy in M49."""
    load(old_line(), header=OLD_BULK)
    assert staged("reporter") == [("FRA",)]


@pytest.mark.parametrize("period", ["202352", "202399", "2023"])
def test_month_52_is_the_year(load: Load, staged: Rows, period: str) -> None:
    load(line(period=period))
    assert staged("period::VARCHAR", "frequency") == [("2023-01-01", "A")]


def test_month_13_is_refused(load: Load, rejects: Rows) -> None:
    load(line(period="202313"), line())
    assert rejects() == [(2, "period '202313' is not a year or month in the format of the mapping")]


@pytest.mark.parametrize("good", ["8542SSSS", "85XXXXXX", "99RRR100", "85MMM000", "TOTAL", "99YYYYYY"])
def test_confidential_goods_are_aggregates(load: Load, staged: Rows, good: str) -> None:
    load(line(good=good))
    assert staged("good", "kind") == [(good, "aggregate")]


@pytest.mark.parametrize(
    ("partner", "code"),
    [("QP", "QP"), ("QR", "QR"), ("QY", "QY"), ("QZ", "QZ"), ("XC", "XC"), ("XI", "XI"), ("XU", "XU"),
     ("EXT_EU27_2020", "EU_EXTRA"), ("WORLD", "W00")],
)  # fmt: skip
def test_special_partners_are_aggregates(load: Load, staged: Rows, partner: str, code: str) -> None:
    load(line(partner=partner))
    assert staged("partner", "kind") == [(code, "aggregate")]


@pytest.mark.parametrize("reporter", ["EU", "EU27_2020", "EA", "EA20"])
def test_the_union_as_reporter_is_an_aggregate(load: Load, staged: Rows, reporter: str) -> None:
    load(line(reporter=reporter), line(reporter="EL"))
    assert staged("reporter", "kind") == sorted([(reporter, "aggregate"), ("GRC", "economy")])


@pytest.mark.parametrize(("code", "area"), [("XS", "SRB"), ("XK", "XKX"), ("NA", "NAM"), ("GR", "GRC")])
def test_own_codes_of_the_geonomenclature(load: Load, staged: Rows, code: str, area: str) -> None:
    load(line(partner=code))
    assert staged("partner", "kind") == [(area, "economy")]


def test_a_code_given_anew_is_read_by_year(con: duckdb.DuckDBPyConnection, tmp_path: Path, staged: Rows) -> None:
    """CS was Czechoslovakia until 1992 and Serbia and Montenegro from 2003."""
    rates = pa.table({"currency": ["EUR"] * 2, "month": ["1991-05", "2004-05"], "usd_per_unit": [1.0, 1.0]})
    rows = [line(partner="CS", period="199105"), line(partner="CS", period="200405")]
    (tmp_path / "cs.dat").write_text("\n".join([BULK, *rows, ""]))
    read_file(con, tmp_path / "cs.dat", rates=rates)
    assert staged("year(period)", "partner") == [(1991, "CSK"), (2004, "SCG")]


def test_a_faulty_part_makes_the_whole_unknown(load: Load, staged: Rows, rejects: Rows) -> None:
    load(line(procedure="1", euro=100), line(procedure="2", euro="1_000"))
    assert staged("value_reported") == []
    assert [row for row, _ in rejects()] == [2, 3]


def test_the_kingdom_in_parts_is_told(load: Load, staged: Rows) -> None:
    staging = load(line(partner="XU", euro=90), line(partner="XI", euro=10))
    assert any("in parts only (XI, XU)" in warning for warning in staging.warnings)
    assert staged("partner", "kind") == [("XI", "aggregate"), ("XU", "aggregate")]


def test_the_kingdom_whole_beside_its_parts_is_counted_once(load: Load, staged: Rows) -> None:
    staging = load(line(partner="GB", euro=100), line(partner="XU", euro=90), line(partner="XI", euro=10))
    assert not any("in parts only" in warning for warning in staging.warnings)
    assert [row for row in staged("partner", "value_reported", "kind") if row[2] == "economy"] == [
        ("GBR", 100.0, "economy")
    ]


def test_cn4_beside_cn8_stays_apart(load: Load, staged: Rows) -> None:
    load(line(good="8542", euro=100), line(good="85423110", euro=60))
    assert staged("good", "value_reported") == [("8542", 100.0), ("85423110", 60.0)]


def test_a_value_of_0_is_a_figure_and_a_weight_of_0_is_none(load: Load, staged: Rows) -> None:
    load(line(euro=0, kg=0))
    assert staged("value_reported", "net_kg") == [(0.0, None)]


def test_an_empty_value_is_missing(load: Load, staged: Rows) -> None:
    staging = load(line(euro=""), line(good="85423190"))
    assert staging.rows_missing == 1
    assert staged("good") == [("85423190",)]


def test_supplementary_quantities_have_their_unit(load: Load, staged: Rows) -> None:
    load(line(unit="p/st", quantity=12), line(good="85423190"))
    assert staged("good", "quantity", "quantity_unit") == [("85423110", 12.0, "p/st"), ("85423190", None, None)]


def test_no_supplementary_unit_is_no_note(load: Load) -> None:
    assert not any("quantity of 0" in warning for warning in load(line()).warnings)


def test_lost_zeros_of_a_numeric_column(con: duckdb.DuckDBPyConnection, tmp_path: Path, staged: Rows) -> None:
    table = pa.table(
        {
            "PERIOD": [2023, 2023, 2023],
            "FLOW": [2, 2, 2],
            "REPORTER": ["DE"] * 3,
            "PARTNER": ["RU"] * 3,
            "PRODUCT_NC": pa.array([1012100, 101, 85423110], pa.int64()),
            "VALUE_EUR": [1.5, 2.5, 3.5],
        }
    )
    pq.write_table(table, tmp_path / "cut.parquet")
    read_file(con, tmp_path / "cut.parquet")
    assert staged("good", "value_reported") == [("0101", 2.5), ("01012100", 1.5), ("85423110", 3.5)]


def test_columns_in_any_order_and_case(load: Load, staged: Rows) -> None:
    load("10,2,202301,85423110,RU,DE", header="value_eur,flow,period,product_nc,partner,reporter", name="a.csv")
    assert staged("reporter", "partner", "flow", "good", "value_reported") == [("DEU", "RUS", "X", "85423110", 10.0)]


def test_parts_that_nothing_tells_apart_are_added(load: Load, staged: Rows) -> None:
    header = "REPORTER,PARTNER,PRODUCT_NC,FLOW,PERIOD,VALUE_EUR"
    load("DE,RU,85423110,2,202301,10", "DE,RU,85423110,2,202301,5", header=header, name="a.csv")
    assert staged("value_reported") == [(15.0,)]


def test_what_is_not_known_is_refused_with_its_reason(load: Load, rejects: Rows) -> None:
    load(
        line(),
        line(partner="ZZ"),
        line(flow="3"),
        line(good="0101", euro="1_000"),
        line(good="0102", euro="-5"),
        line(good="0103", kg="x"),
    )
    assert rejects() == [
        (3, "partner 'ZZ' is not known"),
        (4, "flow '3' is not in the map of the mapping"),
        (5, "value '1_000' is not a finite number"),
        (6, "value '-5' is negative"),
        (7, "net_kg 'x' is not a weight"),
    ]


def test_a_cut_file_is_named(load: Load) -> None:
    with pytest.raises(InputError, match="ends in the middle of row 3"):
        load(line(), line()[:20].rstrip(","), name="cut.dat")


def test_a_header_alone_is_no_table(load: Load) -> None:
    with pytest.raises(InputError, match="no data rows"):
        load()
