"""BACI: padded numbers, thousands and tonnes, and the nomenclature that only the name gives."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from stopgap.base.errors import InputError
from stopgap.sources.base import Staging, Told
from stopgap.sources.registry import read_file

TRADE = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "trade"
needs_shared = pytest.mark.skipif(not TRADE.exists(), reason="../shared/data is not here")
HEAD = TRADE / "baci-native-head" / "BACI_HS22_Y2022_V202401b.head9.csv"

Rows = Callable[..., list[tuple[Any, ...]]]
TEXT = "t,i,j,k,v,q\n2022,156,643,854231,     1234.567,        2.500\n2022,842,643,10121,        0.357,           NA\n"


@pytest.fixture
def load(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Callable[..., Staging]:
    """Reads a file of BACI under its usual name, or another."""

    def load(text: str = TEXT, name: str = "BACI_HS17_Y2022_V202401b.csv", **told: str) -> Staging:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_file(con, path, told=Told(**told))

    return load


Load = Callable[..., Staging]


@needs_shared
def test_the_real_head_against_pandas(con: duckdb.DuckDBPyConnection) -> None:
    import pandas as pd

    staging = read_file(con, HEAD)
    file = pd.read_csv(HEAD, skipinitialspace=True, dtype={"k": str})
    assert (staging.source, staging.rows_read, staging.rows_rejected) == ("baci", len(file), 0)
    [(usd, kg)] = con.execute("SELECT sum(value_usd), sum(net_kg) FROM staged").fetchall()
    assert usd == pytest.approx(file.v.sum() * 1000, abs=0.01)
    assert kg == pytest.approx(file.q.sum() * 1000, abs=0.01)
    assert con.execute("SELECT DISTINCT reporter, flow, revision, valuation FROM staged").fetchall() == [
        ("AFG", "X", "HS2022", "FOB")
    ]


def test_thousands_of_dollars_and_tonnes(load: Load, staged: Rows) -> None:
    load()
    assert staged("reporter", "good", "value_usd", "net_kg") == [
        ("CHN", "854231", pytest.approx(1_234_567.0, abs=1e-6), 2500.0),
        ("USA", "010121", pytest.approx(357.0, abs=1e-9), None),
    ]


def test_every_figure_is_an_exporters_and_an_estimate(load: Load, staged: Rows) -> None:
    load()
    assert staged("DISTINCT flow", "valuation", "is_estimated", "frequency") == [("X", "FOB", True, "A")]


@pytest.mark.parametrize(
    ("short", "revision"),
    [("92", "HS1992"), ("96", "HS1996"), ("02", "HS2002"), ("07", "HS2007"), ("12", "HS2012"), ("22", "HS2022")],
)
def test_the_nomenclature_is_in_the_name(load: Load, staged: Rows, short: str, revision: str) -> None:
    load(name=f"BACI_HS{short}_Y2022_V202401b.csv")
    assert staged("DISTINCT revision") == [(revision,)]


def test_another_name_needs_the_nomenclature(load: Load, staged: Rows) -> None:
    with pytest.raises(InputError, match="which HS revision") as raised:
        load(name="trade.csv")
    assert "--revision HS2017" in raised.value.fix
    load(name="trade.csv", revision="HS2012")
    assert staged("DISTINCT revision") == [("HS2012",)]


@pytest.mark.parametrize(
    ("number", "code"),
    [("490", "TWN"), ("842", "USA"), ("757", "CHE"), ("699", "IND"), ("251", "FRA"), ("579", "NOR"), ("849", "PUS"), ("58", "BEL")],
)  # fmt: skip
def test_baci_has_its_own_numbers(load: Load, staged: Rows, number: str, code: str) -> None:
    load(TEXT.replace("156", number))
    assert code in [reporter for (reporter,) in staged("reporter")]


def test_remainders_are_aggregates(load: Load, staged: Rows) -> None:
    load(TEXT.replace("156", "697"))
    assert staged("reporter", "kind") == [("R20", "aggregate"), ("USA", "economy")]


@needs_shared
@pytest.mark.parametrize(
    ("file", "code", "iso3"),
    [
        ("baci-critical-materials/country_codes_V202601.csv", "country_code", "country_iso3"),
        ("baci-code-files/country_codes.csv", "country_code", "iso_3digit_alpha"),
    ],
)
def test_every_number_of_its_code_files_is_known(file: str, code: str, iso3: str) -> None:
    from stopgap.sources.mappings.areas import area_code

    with (TRADE / file).open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = {row[code]: (area_code(row[code], "comtrade"), row[iso3]) for row in rows}
    assert [number for number, (ours, _) in found.items() if ours is None] == []
    odd = {number: pair for number, pair in found.items() if pair[0] != pair[1]}
    # What has no ISO3, and one that the file gives South Africa's.
    assert {number: ours for number, (ours, _) in odd.items()}.items() <= {
        "490": "TWN", "697": "R20", "711": "ZA1", "849": "PUS"
    }.items()  # fmt: skip


@needs_shared
@pytest.mark.parametrize(
    "file",
    [
        "baci-code-files/country_codes.csv",
        "baci-code-files/product_codes.csv",
        "baci-critical-materials/country_codes_V202601.csv",
    ],
)
def test_its_code_files_are_refused_with_a_reason(con: duckdb.DuckDBPyConnection, file: str) -> None:
    with pytest.raises(InputError, match="list of codes") as raised:
        read_file(con, TRADE / file)
    assert "leave it out" in raised.value.fix


def test_a_table_with_more_than_codes_is_not_taken_for_a_code_file(load: Load) -> None:
    with pytest.raises(InputError, match="format of the file is not known"):
        load("code,description,value\n010121,Horses,7\n")


def test_an_unknown_number_is_refused(load: Load, rejects: Rows) -> None:
    load(TEXT.replace("156", "999"))
    assert rejects() == [(2, "reporter '999' is not known")]


def test_a_figure_that_stands_twice_is_refused(load: Load) -> None:
    staging = load(TEXT + "2022,156,643,854231,     9.000,        2.500\n")
    assert staging.rows_rejected == 2
