"""Our own table: what is written comes back, and every field is checked."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stopgap.base.errors import InputError
from stopgap.sources.base import STAGED_COLUMNS
from stopgap.sources.registry import read_file, recognise

HEADER = (
    "period,frequency,reporter,partner,flow,good,revision,value_usd,net_kg,quantity,quantity_unit,valuation,"
    "is_estimated,source,kind,currency,value_reported,usd_per_unit"
)
ROW: dict[str, Any] = {
    "period": "2023-01-01", "frequency": "M", "reporter": "DEU", "partner": "RUS", "flow": "X", "good": "854231",
    "revision": "HS2022", "value_usd": "110", "net_kg": "", "quantity": "3", "quantity_unit": "u", "valuation": "FOB",
    "is_estimated": "false", "source": "test", "kind": "economy", "currency": "EUR", "value_reported": "100",
    "usd_per_unit": "1.1",
}  # fmt: skip

Read = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: dict[str, Any], header: str = HEADER) -> Path:
        names = header.split(",")
        lines = [header, *(",".join(str({**ROW, **row}.get(name, "")) for name in names) for row in rows)]
        path = tmp_path / "canonical.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


Write = Callable[..., Path]


def test_a_row(con: duckdb.DuckDBPyConnection, write: Write, staged: Read) -> None:
    path = write({})
    assert recognise(path).name == "canonical"
    staging = read_file(con, path)
    assert staging.source == "test"
    assert staged("*") == [
        (
            date(2023, 1, 1), "M", "DEU", "RUS", "X", "854231", "HS2022", 110.0, None, 3.0, "u", "FOB", False, "test",
            "economy", "EUR", 100.0, 1.1,
        )
    ]  # fmt: skip


def test_optional_columns_have_defaults(con: duckdb.DuckDBPyConnection, write: Write, staged: Read) -> None:
    header = "period,frequency,reporter,partner,flow,good,revision,value_usd,valuation,source,vintage,receipt"
    read_file(con, write({}, {"partner": "W00"}, {"good": "TOTAL"}, header=header))
    assert staged("partner", "good", "kind", "currency", "value_reported", "usd_per_unit", "is_estimated") == [
        ("RUS", "854231", "economy", "USD", 110.0, 1.0, False),
        ("RUS", "TOTAL", "aggregate", "USD", 110.0, 1.0, False),
        ("W00", "854231", "aggregate", "USD", 110.0, 1.0, False),
    ]


def test_dollars_follow_from_what_was_reported(con: duckdb.DuckDBPyConnection, write: Write, staged: Read) -> None:
    read_file(con, write({}, header=HEADER.replace(",value_usd", "")))
    assert staged("value_usd") == [(pytest.approx(110.0),)]


def test_several_sources_in_one_file(con: duckdb.DuckDBPyConnection, write: Write, staged: Read) -> None:
    staging = read_file(con, write({"source": "one"}, {"source": "two"}))
    assert staging.source == "canonical"
    assert staged("source") == [("one",), ("two",)]


def test_composites_and_parts(con: duckdb.DuckDBPyConnection, write: Write, staged: Read) -> None:
    read_file(
        con,
        write(
            {"good": "84+85", "revision": "HS"},
            {"good": "basket:ai-compute", "revision": "HS2012"},
            {"good": "85423190", "revision": "CN2022"},
            {"kind": "breakdown"},
            {"kind": "breakdown", "flow": "DX"},
        ),
    )
    assert len(staged("good")) == 5


def test_zero_weights_are_missing_and_said(con: duckdb.DuckDBPyConnection, write: Write, staged: Read) -> None:
    staging = read_file(con, write({"net_kg": "0"}, {"partner": "CHN", "quantity": "0.0"}))
    assert staged("net_kg") == [(None,), (None,)]
    assert staging.warnings == ("2 weights or quantities of 0 are read as not reported",)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"period": "2023-13-01"}, "period '2023-13-01' is not a date (YYYY-MM-DD)"),
        ({"period": "2023-01-15"}, "period '2023-01-15' is not the first day of its year or month"),
        ({"period": "2023-02-01", "frequency": "A"}, "period '2023-02-01' is not the first day of its year or month"),
        ({"frequency": "Q"}, "frequency 'Q' is not A or M"),
        ({"reporter": "QQQ"}, "reporter 'QQQ' is not known"),
        ({"reporter": ""}, "reporter is empty; it is not known"),
        ({"partner": "W00"}, "partner 'W00' is an aggregate, not an economy"),
        ({"flow": "E"}, "flow 'E' is not X, M, RX or RM"),
        ({"flow": "DX"}, "flow 'DX' is not X, M, RX or RM"),
        ({"good": "85423"}, "good '85423' is not a code"),
        ({"revision": "2022"}, "revision '2022' is not HS, HS2022 or CN2022"),
        ({"value_usd": "x"}, "value_usd 'x' is not a finite number"),
        ({"value_usd": "nan"}, "value_usd 'nan' is not a finite number"),
        ({"value_usd": "1_10"}, "value_usd '1_10' is not a finite number"),
        ({"value_usd": ""}, "value_usd is empty; it is not a finite number"),
        ({"value_usd": "-110", "value_reported": "-100"}, "value_usd '-110' is negative"),
        ({"value_usd": "111"}, "value_usd '111' is not value_reported times usd_per_unit"),
        ({"net_kg": "much"}, "net_kg 'much' is not a finite number"),
        ({"valuation": "EXW"}, "valuation 'EXW' is not FOB or CIF"),
        ({"is_estimated": "perhaps"}, "is_estimated 'perhaps' is not true or false"),
        ({"source": ""}, "source is empty; it is needed"),
        ({"kind": "other"}, "kind 'other' is not economy, aggregate or breakdown"),
        ({"currency": "euro"}, "currency 'euro' is not a currency code"),
    ],
)  # fmt: skip
def test_each_field_is_checked(
    con: duckdb.DuckDBPyConnection,
    write: Write,
    rejects: Callable[[], list[tuple[int, str]]],
    change: dict[str, str],
    reason: str,
) -> None:
    staging = read_file(con, write({"partner": "CHN"}, change))
    assert rejects() == [(3, reason)]
    assert (staging.rows_read, staging.rows_rejected) == (2, 1)


def test_repetitions_and_contradictions(
    con: duckdb.DuckDBPyConnection, write: Write, rejects: Callable[[], list[tuple[int, str]]], staged: Read
) -> None:
    staging = read_file(con, write({}, {"partner": "CHN"}, {}, {"partner": "CHN", "net_kg": "7"}, {"partner": "JPN"}))
    assert [row for row, _ in rejects()] == [3, 5]
    assert staged("partner") == [("JPN",), ("RUS",)]
    assert staging.rows_duplicate == 1


@pytest.mark.parametrize(
    ("header", "what"),
    [
        (HEADER.replace(",valuation", ""), "the header lacks valuation"),
        (HEADER.replace(",value_usd", "").replace(",currency", ""), "the header lacks value_usd"),
        (HEADER + ",remark", "columns that are not Stopgap's: remark"),
        (HEADER + ",good", "names a column twice: good"),
    ],
)
def test_the_header_is_checked(con: duckdb.DuckDBPyConnection, write: Write, header: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read_file(con, write({}, header=header))


VALUES = st.just(0.0) | st.floats(1e-12, 1e15, allow_nan=False)
AMOUNTS = st.none() | st.floats(1e-3, 1e15, allow_nan=False)
ROWS = st.lists(
    st.tuples(
        st.dates(date(1990, 1, 1), date(2030, 12, 31)).map(lambda day: day.replace(day=1)),
        st.sampled_from(["DEU", "CHN", "TWN"]),
        st.sampled_from(["RUS", "W00", "_X", "KGZ"]),
        st.sampled_from(["X", "M", "RX", "RM"]),
        st.sampled_from(["010121", "84+85", "TOTAL", "85423190", "basket:chips"]),
        VALUES,
        AMOUNTS,
        AMOUNTS,
        st.booleans(),
        st.sampled_from(["u", "m²", 'a "quoted", unit']),
    ),
    min_size=1,
    max_size=20,
    unique_by=lambda row: row[:5],
)


@pytest.mark.in_parts
@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.sampled_from(["csv", "csv.gz", "parquet"]))
def test_what_is_written_comes_back(tmp_path: Path, rows: list[tuple[Any, ...]], form: str) -> None:
    kind = "CASE WHEN c2 IN ('W00', '_X') OR c4 = 'TOTAL' THEN 'aggregate' ELSE 'economy' END"
    picked = ", ".join(
        f"({sql})::{STAGED_COLUMNS[name]} AS {name}"
        for name, sql in {
            "period": "c0", "frequency": "'M'", "reporter": "c1", "partner": "c2", "flow": "c3", "good": "c4",
            "revision": "'HS2022'", "value_usd": "c5", "net_kg": "c6", "quantity": "c7", "quantity_unit": "c9",
            "valuation": "CASE WHEN c3 IN ('X', 'RX') THEN 'FOB' ELSE 'CIF' END", "is_estimated": "c8",
            "source": "'round'", "kind": kind, "currency": "'USD'", "value_reported": "c5", "usd_per_unit": "1",
        }.items()
    )  # fmt: skip
    path = tmp_path / f"out.{form}"
    plain = tmp_path / "out.csv"
    with duckdb.connect() as con:
        con.execute("CREATE TABLE drawn (c0 DATE, c1 TEXT, c2 TEXT, c3 TEXT, c4 TEXT, c5 DOUBLE, c6 DOUBLE, c7 DOUBLE, c8 BOOL, c9 TEXT)")  # fmt: skip
        con.executemany(f"INSERT INTO drawn VALUES ({', '.join('?' * 10)})", [list(row) for row in rows])
        con.execute(f"CREATE TABLE written AS SELECT {picked} FROM drawn")
        con.execute(f"COPY written TO '{path if form == 'parquet' else plain}'")
        if form == "csv.gz":
            path.write_bytes(gzip.compress(plain.read_bytes()))
        staging = read_file(con, path)
        differing = con.execute(
            "(FROM written EXCEPT FROM staged) UNION ALL (FROM staged EXCEPT FROM written)"
        ).fetchall()
    assert differing == []
    assert (staging.rows_read, staging.source, staging.warnings) == (len(rows), "round", ())


def test_a_named_aggregate_is_kept_apart(con: duckdb.DuckDBPyConnection, write: Write, staged: Read) -> None:
    staging = read_file(con, write({"kind": ""}, {"kind": "", "partner": "MERCOSUR"}, {"kind": "", "reporter": "EAS"}))
    assert staging.rows_rejected == 0
    assert staged("reporter", "partner", "kind") == [
        ("DEU", "MERCOSUR", "aggregate"),
        ("DEU", "RUS", "economy"),
        ("EAS", "RUS", "aggregate"),
    ]
    assert any(warning.startswith("2 rows of aggregates are kept apart") for warning in staging.warnings)
    assert read_file_rejects(write({"kind": ""}, {"kind": "", "partner": "QQQ"})) == 1


def read_file_rejects(path: Path) -> int:
    """Rows of a file that are refused."""
    with duckdb.connect() as con:
        return read_file(con, path).rows_rejected
