"""The IMF's totals: a wide file with groups among the counterparts, and the older panel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from stopgap.base.errors import InputError
from stopgap.sources.base import Staging
from stopgap.sources.registry import read_file

TRADE = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "trade"
needs_shared = pytest.mark.skipif(not TRADE.exists(), reason="../shared/data is not here")
RUSSIA = TRADE / "imf-imts-russia" / "RU_trade.csv"

Rows = Callable[..., list[tuple[Any, ...]]]

HEADER = '"COUNTRY.ID","COUNTRY","INDICATOR.ID","COUNTERPART_COUNTRY.ID","FREQUENCY.ID","SCALE.ID"'
PANEL = (
    "Country Name,Country Code,Counterpart Country Name,Counterpart Country Code,Time Period,"
    '"Goods, Value of Exports, Free on board (FOB), US Dollars (TXG_FOB_USD)",Status,'
    '"Goods, Value of Imports, Cost, Insurance, Freight (CIF), US Dollars (TMG_CIF_USD)",'
    '"Goods, Value of Imports, Free on board (FOB), US Dollars (TMG_FOB_USD)"\n'
)


@pytest.fixture
def load(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Callable[[str], Staging]:
    def load(text: str) -> Staging:
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8-sig")
        return read_file(con, path)

    return load


Load = Callable[[str], Staging]


@needs_shared
def test_the_real_file_against_pandas(con: duckdb.DuckDBPyConnection) -> None:
    import pandas as pd

    staging = read_file(con, RUSSIA)
    file = pd.read_csv(RUSSIA, encoding="utf-8-sig")
    years = [str(year) for year in range(2016, 2025)]
    assert (staging.source, staging.rows_read, staging.rows_rejected) == ("imf-imts", len(file) * len(years), 0)
    assert staging.rows_missing == int(file[years].isna().to_numpy().sum())
    wanted = {
        (flow[0], int(year)): millions * 1e6
        for flow, sums in file.groupby("TRADE_FLOW.ID")[years].sum().to_dict("index").items()
        for year, millions in sums.items()
    }
    got = con.execute("SELECT flow, year(period), fsum(value_usd) FROM staged GROUP BY ALL").fetchall()
    assert {(flow, year): usd for flow, year, usd in got} == pytest.approx(wanted, abs=0.01)
    assert con.execute("SELECT DISTINCT reporter, good, kind FROM staged").fetchall() == [("RUS", "TOTAL", "aggregate")]


@needs_shared
def test_every_counterpart_of_the_real_file_has_its_own_code(con: duckdb.DuckDBPyConnection) -> None:
    import pandas as pd

    read_file(con, RUSSIA)
    file = pd.read_csv(RUSSIA, encoding="utf-8-sig")
    filled = file[file[[str(year) for year in range(2016, 2025)]].notna().any(axis=1)]
    [(partners,)] = con.execute("SELECT count(DISTINCT partner) FROM staged").fetchall()
    assert partners == filled["COUNTERPART_COUNTRY.ID"].nunique()


def test_the_scale_column_gives_the_factor(load: Load, staged: Rows) -> None:
    load(f'{HEADER},"2023"\n"RUS","","XG_FOB_USD","CHN","A","6","1.5"\n"RUS","","XG_FOB_USD","IND","A","0","7"\n')
    assert staged("partner", "value_usd") == [("CHN", 1_500_000.0), ("IND", 7.0)]


def test_an_unknown_scale_is_refused(load: Load, rejects: Rows) -> None:
    load(f'{HEADER},"2023"\n"RUS","","XG_FOB_USD","CHN","A","7","1.5"\n')
    assert [row for row, _ in rejects()] == [2]


def test_groups_as_partners_have_codes_of_their_own(load: Load, staged: Rows) -> None:
    rows = "".join(
        f'"RUS","","XG_FOB_USD","{code}","A","0","1"\n' for code in ("G001", "G110", "GX901", "TX899", "G998", "TX898")
    )
    load(f'{HEADER},"2023"\n{rows}')
    assert staged("partner", "kind") == [
        (code, "aggregate") for code in ("EU", "IMF_G110", "IMF_GX901", "W00", "XX", "_X")
    ]


def test_dissolved_economies_are_read(load: Load, staged: Rows) -> None:
    load(f'{HEADER},"1990"\n"RUS","","XG_FOB_USD","YUG","A","0","1"\n')
    assert staged("partner") == [("YUG",)]


def test_months_and_years_in_one_file(load: Load, staged: Rows) -> None:
    staging = load(f'{HEADER},"2023","2023-Q1","2023-M01"\n"RUS","","MG_CIF_USD","CHN","A","0","12","3","1"\n')
    assert staged("period::VARCHAR", "frequency", "valuation", "value_usd") == [
        ("2023-01-01", "A", "CIF", 12.0),
        ("2023-01-01", "M", "CIF", 1.0),
    ]
    assert any("1 columns of quarters were left out" in warning for warning in staging.warnings)


def test_quarters_alone_are_refused(load: Load) -> None:
    with pytest.raises(InputError, match="no column of a year or month"):
        load(f'{HEADER},"2023-Q1"\n"RUS","","MG_CIF_USD","CHN","Q","0","12"\n')


def test_an_empty_cell_is_missing_and_a_zero_is_not(load: Load, staged: Rows) -> None:
    staging = load(f'{HEADER},"2022","2023"\n"RUS","","XG_FOB_USD","CHN","A","6","","0"\n')
    assert (staging.rows_missing, staged("year(period)", "value_usd")) == (1, [(2023, 0.0)])


def test_other_indicators_and_imports_fob_are_left_out(load: Load, staged: Rows) -> None:
    rows = "".join(
        f'"RUS","","{name}","CHN","A","0","{value}"\n'
        for name, value in (("MG_CIF_USD", 11), ("MG_FOB_USD", 10), ("TB_USD", 1))
    )
    staging = load(f'{HEADER},"2023"\n{rows}')
    assert staged("flow", "valuation", "value_usd") == [("M", "CIF", 11.0)]
    assert sum("left out" in warning for warning in staging.warnings) == 2


def test_the_older_panel_by_names(load: Load, staged: Rows) -> None:
    staging = load(
        PANEL + 'Russian Federation,922,"Armenia, Rep. of",911,2020,100,,50,48\n'
        '"Kazakhstan, Rep. of",916,"China, P.R.: Mainland",924,2020M3,7,,,\n'
    )
    assert staged("reporter", "partner", "flow", "frequency", "period::VARCHAR", "value_usd") == [
        ("KAZ", "CHN", "X", "M", "2020-03-01", 7.0),
        ("RUS", "ARM", "M", "A", "2020-01-01", 50.0),
        ("RUS", "ARM", "X", "A", "2020-01-01", 100.0),
    ]
    assert (staging.rows_read, staging.rows_missing, staging.rows_rejected) == (4, 1, 0)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Congo, Dem. Rep. of the", "COD"),
        ("Congo, Rep. of", "COG"),
        ("Korea, Rep. of", "KOR"),
        ("Türkiye, Rep of", "TUR"),
        ("Atlantis, Rep. of", None),
    ],
)
def test_names_with_a_title_after_the_comma(
    load: Load, staged: Rows, rejects: Rows, name: str, code: str | None
) -> None:
    load(PANEL + f'Russian Federation,922,"{name}",1,2020,100,,,\n')
    assert staged("partner") == ([(code,)] if code else [])
    assert len(rejects()) == (0 if code else 1)
