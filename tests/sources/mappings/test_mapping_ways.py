"""Ways in which tables write periods, totals, factors and codes, each read by hand."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.base.errors import InputError
from stopgap.sources.mapping import load_mapping
from stopgap.sources.registry import read_file

BASE = {
    "source": "customs",
    "frequency": "by_period",
    "period": "{column: month}",
    "reporter": "{value: DEU}",
    "partner": "{column: partner}",
    "flow": "{value: X}",
    "good": "{column: code}",
    "revision": "{value: HS2022}",
    "value": "{column: value, zero: reported}",
}

Load = Callable[..., Any]


def write_mapping(folder: Path, changes: dict[str, str | None]) -> Path:
    fields = {name: value for name, value in {**BASE, **changes}.items() if value is not None}
    path = folder / "mapping.yml"
    path.write_text("".join(f"{name}: {value}\n" for name, value in fields.items()), encoding="utf-8")
    return path


@pytest.fixture
def load(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Load:
    """Reads a table with the mapping ``BASE``, changed in the given fields."""

    def load(table: str | bytes, **changes: str | None) -> Any:
        path = tmp_path / "table.txt"
        path.write_bytes(table if isinstance(table, bytes) else table.encode())
        return read_file(con, path, mapping=load_mapping(write_mapping(tmp_path, changes)))

    return load


@pytest.mark.parametrize(
    ("text", "frequency", "day"),
    [
        ("2023", "A", date(2023, 1, 1)),
        ("202303", "M", date(2023, 3, 1)),
        ("2023-3", "M", date(2023, 3, 1)),
        ("2023-03-01", "M", date(2023, 3, 1)),
        ("202352", "A", date(2023, 1, 1)),
        ("202399", "A", date(2023, 1, 1)),
        ("2023-52", "A", date(2023, 1, 1)),
        ("2023M03", "M", date(2023, 3, 1)),
        ("2023-M3", "M", date(2023, 3, 1)),
        ("Mar. 2023", "M", date(2023, 3, 1)),
        ("March 2023", "M", date(2023, 3, 1)),
        ("03/2023", "M", date(2023, 3, 1)),
        ("3.2023", "M", date(2023, 3, 1)),
        ("2023年3月", "M", date(2023, 3, 1)),
    ],
)
def test_ways_of_writing_a_period(
    con: duckdb.DuckDBPyConnection, load: Load, text: str, frequency: str, day: date
) -> None:
    load(f"month,partner,code,value\n{text},RUS,854231,5\n")
    assert con.execute("SELECT frequency, period, value_usd FROM staged").fetchall() == [(frequency, day, 5)]


@pytest.mark.parametrize("text", ["202313", "2023-00", "Xyz. 2023", "13/2023", "2023Q1", "2022/23", "202353"])
def test_what_is_no_period_is_rejected(load: Load, text: str) -> None:
    assert load(f"month,partner,code,value\n{text},RUS,854231,5\n").rows_rejected == 1


@pytest.mark.parametrize("text", ["2023", "202352", "2023-52"])
def test_a_year_is_no_month(load: Load, text: str) -> None:
    assert load(f"month,partner,code,value\n{text},RUS,854231,5\n", frequency="M").rows_rejected == 1


@pytest.mark.parametrize(
    ("text", "start", "year"),
    [
        ("2022/23", 4, 2022),  # April 2022 to March 2023: nine months in 2022
        ("2022-23", 7, 2022),  # July to June: six in each, dated by the first
        ("FY2022/2023", 10, 2023),  # October 2022 to September 2023: nine months in 2023
        ("1999/00", 4, 1999),
    ],
)
def test_fiscal_years(con: duckdb.DuckDBPyConnection, load: Load, text: str, start: int, year: int) -> None:
    load(
        f"month,partner,code,value\n{text},RUS,854231,5\n",
        period=f"{{column: month, format: fiscal, fiscal_start: {start}}}",
    )
    assert con.execute("SELECT frequency, period FROM staged").fetchall() == [("A", date(year, 1, 1))]


def test_fiscal_years_must_follow_each_other(load: Load) -> None:
    staging = load(
        "month,partner,code,value\n2022/24,RUS,854231,5\n", period="{column: month, format: fiscal, fiscal_start: 4}"
    )
    assert staging.rows_rejected == 1


def test_a_fiscal_year_needs_its_first_month(load: Load) -> None:
    with pytest.raises(InputError, match="fiscal_start"):
        load("month,partner,code,value\n2022/23,RUS,854231,5\n", period="{column: month, format: fiscal}")


PARTS = """month,partner,code,value,mot,port
202301,RUS,854231,100,0,
202301,RUS,854231,60,1,
202301,RUS,854231,40,2,
202301,CHN,854231,7,1,
202301,CHN,854231,8,2,
202301,KAZ,854231,10,0,A
202301,KAZ,854231,20,0,B
202301,KAZ,854231,4,1,A
"""


def test_totals_against_their_parts(con: duckdb.DuckDBPyConnection, load: Load) -> None:
    staging = load(PARTS, totals='{mot: "0", port: []}')
    rows = con.execute("SELECT kind, partner, value_usd FROM staged ORDER BY ALL").fetchall()
    assert rows == [
        ("breakdown", "KAZ", 4),  # by mode, beside the totals of both ports
        ("breakdown", "RUS", 100),
        ("economy", "CHN", 15),  # no total: the parts added up
        ("economy", "KAZ", 30),
        ("economy", "RUS", 100),
    ]
    assert staging.rows_merged == 3
    assert staging.rows_read == 8


def test_a_part_that_cannot_be_read_spoils_its_total(load: Load) -> None:
    staging = load("month,partner,code,value,mot\n202301,CHN,854231,7,1\n202301,CHN,854231,x,2\n", totals='{mot: "0"}')
    assert staging.rows_rejected == 2


def test_two_different_totals_contradict(load: Load) -> None:
    staging = load("month,partner,code,value,mot\n202301,CHN,854231,7,0\n202301,CHN,854231,8,0\n", totals='{mot: "0"}')
    assert staging.rows_rejected == 2


@pytest.mark.prove_only
@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["RUS", "CHN"]), st.sampled_from(["0", "1", "2"]), st.sampled_from(["", "A", "B"]),
            st.integers(0, 9),
        ),
        min_size=1, max_size=25, unique_by=lambda row: row[:3],
    )
)  # fmt: skip
def test_parts_are_never_counted_twice_nor_lost(rows: list[tuple[str, str, str, int]]) -> None:
    import tempfile

    text = "".join(f"202301,{partner},854231,{value},{mot},{port}\n" for partner, mot, port, value in rows)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        path = Path(folder) / "table.csv"
        path.write_text(f"month,partner,code,value,mot,port\n{text}", encoding="utf-8")
        mapping = load_mapping(write_mapping(Path(folder), {"totals": '{mot: "0", port: []}'}))
        read_file(con, path, mapping=mapping)
        staged = con.execute("SELECT kind, partner, value_usd FROM staged").fetchall()
    # Whatever is total or part, the file's column adds up to all that is staged.
    assert sum(value for *_, value in staged) == sum(value for *_, value in rows)
    for partner in {row[0] for row in rows}:
        given_total = [value for named, mot, port, value in rows if (named, mot, port) == (partner, "0", "")]
        if given_total:
            assert ("economy", partner, given_total[0]) in staged


def test_a_factor_by_column(con: duckdb.DuckDBPyConnection, load: Load) -> None:
    staging = load(
        "month,partner,code,value,unit\n202301,RUS,854231,1.5,Millions\n202301,CHN,854231,2,Units\n202301,KAZ,854231,2,Dozens\n",
        value="{column: value, zero: reported, scale: {column: unit, map: {Millions: 1.0e6, Units: 1}}}",
    )
    assert con.execute("SELECT partner, value_usd FROM staged ORDER BY 1").fetchall() == [
        ("CHN", 2),
        ("RUS", 1_500_000),
    ]
    assert staging.rows_rejected == 1


@pytest.mark.parametrize("code", ["8542SSSS", "99XXXXXX", "TOTAL", "85MMM000", "XXXX"])
def test_codes_with_letters_are_not_one_good(con: duckdb.DuckDBPyConnection, load: Load, code: str) -> None:
    load(f"month,partner,code,value\n202301,RUS,{code},5\n202301,RUS,854231,5\n")
    assert con.execute("SELECT kind, count(*) FROM staged GROUP BY ALL ORDER BY ALL").fetchall() == [
        ("aggregate", 1),
        ("economy", 1),
    ]


def test_a_code_given_to_another_economy_is_read_by_year(con: duckdb.DuckDBPyConnection, load: Load) -> None:
    staging = load(
        "month,partner,code,value\n1991,CS,854231,1\n2004,CS,854231,2\n1990,YU,854231,3\n1999,YU,854231,4\n2010,CS,854231,5\n"
    )
    rows = con.execute("SELECT year(period), partner FROM staged ORDER BY value_usd").fetchall()
    assert rows == [(1991, "CSK"), (2004, "SCG"), (1990, "YUG"), (1999, "SCG"), (2010, "SCG")]
    assert any("SCG" in note and "ended in 2006" in note for note in staging.warnings)


def test_the_reporter_as_its_own_partner_is_counted(load: Load) -> None:
    staging = load("month,partner,code,value\n202301,DEU,854231,1\n202301,RUS,854231,1\n")
    assert any("1 rows have the reporter as its own partner" in note for note in staging.warnings)


@pytest.mark.parametrize(("last", "is_noted"), [("12000", True), ("12001", False)])
def test_rounded_values_are_noted(load: Load, last: str, is_noted: bool) -> None:
    rows = "".join(
        f"2023{month:02},{partner},854231,{last if month == 12 else f'{month}000'}\n"
        for month in range(1, 13)
        for partner in ("RUS", "CHN", "KAZ")
    )
    notes = load(f"month,partner,code,value\n{rows}").warnings
    assert any("whole multiples of 1,000" in note for note in notes) == is_noted


RECORDS = [
    {"month": "202301", "partner": {"code": "RUS"}, "code": "010121", "value": 12345678901234.567},
    {"month": "202302", "partner": {"code": "CHN"}, "code": "854231", "value": None},
]


@pytest.mark.parametrize("wrap", [json.dumps, lambda rows: json.dumps({"n": 2, "rows": rows, "next": "page 2"})])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_json_records(
    con: duckdb.DuckDBPyConnection, load: Load, wrap: Callable[[Any], str], pack: Callable[[bytes], bytes]
) -> None:
    staging = load(pack(wrap(RECORDS).encode()), format="json", records="rows", partner="{column: partner.code}")
    assert con.execute("SELECT partner, good, value_usd FROM staged").fetchall() == [
        ("RUS", "010121", 12345678901234.567)
    ]
    assert staging.rows_missing == 1


def test_json_arrays_under_a_header(con: duckdb.DuckDBPyConnection, load: Load) -> None:
    load(json.dumps([["month", "partner", "code", "value"], ["202301", "RUS", "854231", "5"]]))
    assert con.execute("SELECT partner, value_usd FROM staged").fetchall() == [("RUS", 5)]


def test_json_arrays_of_another_width_are_refused(load: Load) -> None:
    with pytest.raises(InputError, match="record 3 is not like the first"):
        load(json.dumps([["month", "partner", "code", "value"], ["202301", "RUS", "854231", "5"], ["202301"]]))


def test_json_objects_within_objects(con: duckdb.DuckDBPyConnection, load: Load) -> None:
    nested = {"854231": {"RUS": {"2022": 1.5, "2023": 0}, "CHN": {"2023": 2}}}
    load(json.dumps(nested), format="json", nested="[code, partner, month]")
    assert con.execute("SELECT partner, year(period), value_usd FROM staged ORDER BY ALL").fetchall() == [
        ("CHN", 2023, 2),
        ("RUS", 2022, 1.5),
        ("RUS", 2023, 0),
    ]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_cut_json_is_refused(load: Load, share: float) -> None:
    text = json.dumps({"rows": RECORDS * 3})
    with pytest.raises(InputError):
        load(text[: int(len(text) * share)], format="json", records="rows", partner="{column: partner.code}")


def test_json_that_nests_too_deep_is_refused(load: Load) -> None:
    with pytest.raises(InputError, match="too deep"):
        load('{"rows": ' + "[" * 100_000 + "]" * 100_000 + "}", format="json", records="rows")
