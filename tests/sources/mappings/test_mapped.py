"""Tables of other layouts: real ones against sums by pandas, and each field of a mapping by hand."""

from __future__ import annotations

from collections.abc import Callable
from math import fsum
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from stopgap.base.errors import InputError, UsageError
from stopgap.codes.fx import monthly_rates
from stopgap.sources.mapping import load_mapping
from stopgap.sources.registry import read_file

TRADE = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "trade"
needs_shared = pytest.mark.skipif(not TRADE.exists(), reason="../shared/data is not here")
PAIRS = TRADE / "comtrade-pairs-2020-2024" / "data_pairs_named"
TVYAL = TRADE / "tvyal-armenia-georgia" / "2024"

Read = Callable[..., list[tuple[Any, ...]]]

BASE = {
    "source": "customs",
    "frequency": "M",
    "period": "{column: month}",
    "reporter": "{value: DEU}",
    "partner": "{column: partner}",
    "flow": "{value: X}",
    "good": "{column: code}",
    "revision": "{value: HS2022}",
    "value": "{column: value, zero: reported}",
}
TABLE = "month,partner,code,value\n202203,RUS,854231,100\n202204,CHN,854231,50\n"


@pytest.fixture
def load(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Callable[..., Any]:
    """Reads a table with the mapping ``BASE``, changed in the given fields."""

    def load(table: str | bytes | Path = TABLE, *, rates: pa.Table | None = None, **changes: str | None) -> Any:
        fields = {name: value for name, value in {**BASE, **changes}.items() if value is not None}
        mapping = tmp_path / "mapping.yml"
        mapping.write_text("".join(f"{name}: {value}\n" for name, value in fields.items()), encoding="utf-8")
        path = table if isinstance(table, Path) else tmp_path / "table.csv"
        if not isinstance(table, Path):
            path.write_bytes(table if isinstance(table, bytes) else table.encode())
        return read_file(con, path, mapping=load_mapping(mapping), rates=rates)

    return load


Load = Callable[..., Any]


@pytest.mark.prove_only
@needs_shared
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("comtrade-pairs-84-85", "machinery_electronics_HS84_85_country_pairs_2020_2024.csv"),
        ("comtrade-pairs-26", "ores_HS26_country_pairs_2020_2024.csv"),
    ],
)
def test_pair_files(con: duckdb.DuckDBPyConnection, name: str, file: str) -> None:
    import pandas as pd

    staging = read_file(con, PAIRS / file, mapping=load_mapping(name))
    pairs = pd.read_csv(PAIRS / file, keep_default_na=False)
    cells = pairs[[column for column in pairs if column[:4] in ("exp_", "imp_")]]
    assert staging.rows_read == cells.size
    assert staging.rows_missing == int((cells == 0).to_numpy().sum())
    assert staging.rows_rejected == 0
    got = con.execute("SELECT flow, year(period), fsum(value_usd) FROM staged GROUP BY ALL").fetchall()
    wanted = {(column[:4], int(column[4:])): fsum(cells[column]) for column in cells}
    assert {("exp_" if flow == "X" else "imp_", year): usd for flow, year, usd in got} == pytest.approx(
        wanted, abs=0.01
    )
    rows = con.execute("SELECT count(*) FROM staged WHERE partner = 'TWN' OR reporter = 'TWN'").fetchall()[0][0]
    taiwan = pairs[(pairs.exporterISO == "S19") | (pairs.importerISO == "S19")][list(cells)]
    assert rows == int((taiwan > 0).to_numpy().sum())


@pytest.mark.prove_only
@needs_shared
def test_the_headline_pair_is_there(con: duckdb.DuckDBPyConnection) -> None:
    file = PAIRS / "machinery_electronics_HS84_85_country_pairs_2020_2024.csv"
    read_file(con, file, mapping=load_mapping("comtrade-pairs-84-85"))
    found = con.execute(
        """
        SELECT year(period), round(value_usd / 1e6), kind, valuation FROM staged
        WHERE flow = 'X' AND reporter = 'CHN' AND partner = 'RUS' ORDER BY period
        """
    ).fetchall()
    assert found == [
        (year, million, "economy", "FOB")
        for year, million in zip(range(2020, 2025), [20887, 28713, 30212, 42293, 43239], strict=True)
    ]


@pytest.mark.prove_only
@needs_shared
def test_eurostat_monthly(con: duckdb.DuckDBPyConnection) -> None:
    import pandas as pd

    path = TRADE / "eurostat-cn8-monthly" / "derived" / "ruimpeks_long.parquet"
    staging = read_file(con, path, mapping=load_mapping("eurostat-monthly"))
    file = pd.read_parquet(path)
    assert (staging.rows_read, staging.rows_rejected, staging.rows_missing) == (len(file), 0, 0)
    got = con.execute(
        "SELECT strftime(period, '%Y-%m'), sum(value_reported), sum(value_usd) FROM staged GROUP BY 1"
    ).fetchall()
    euros = file.groupby("month").value.sum().to_dict()
    assert {month: eur for month, eur, _ in got} == pytest.approx(euros, abs=0.01)
    rates = {row["month"]: row["usd_per_unit"] for row in monthly_rates().to_pylist() if row["currency"] == "EUR"}
    # Relative, since a product of sums is compared with a sum of products.
    assert {month: usd for month, _, usd in got} == pytest.approx(
        {m: eur * rates[m] for m, eur in euros.items()}, rel=1e-12
    )
    assert con.execute("SELECT DISTINCT revision FROM staged ORDER BY 1").fetchall() == [
        ("CN2020",),
        ("CN2021",),
        ("CN2022",),
    ]
    lengths = con.execute("SELECT length(good), count(*) FROM staged GROUP BY 1 ORDER BY 1").fetchall()
    assert lengths == [(4, int((file.cn.str.len() == 4).sum())), (8, int((file.cn.str.len() == 8).sum()))]
    members = con.execute("SELECT count(DISTINCT reporter) FROM staged").fetchall()[0][0]
    assert members == file.reporter.nunique() == 27


@needs_shared
def test_atlas_corridors(con: duckdb.DuckDBPyConnection) -> None:
    import pandas as pd

    path = TRADE / "atlas-techai-corridors-to-russia" / "extract_long.derived.csv"
    staging = read_file(con, path, mapping=load_mapping("atlas-corridors"))
    file = pd.read_csv(path)
    taken = file[file.basket.isin(["chips", "ai"])]
    assert staging.rows_read == len(taken)
    assert staging.warnings == (f"{len(file) - len(taken)} rows were left out, as the mapping's where says",)
    got = con.execute("SELECT good, year(period), sum(value_usd) FROM staged GROUP BY ALL").fetchall()
    names = {"basket:chips": "chips", "basket:ai-compute": "ai"}
    wanted = {key: usd * 1e9 for key, usd in taken.groupby(["basket", "year"]).value_usd_bn.sum().items()}
    assert {(names[good], year): usd for good, year, usd in got} == pytest.approx(wanted, abs=0.01)
    rest = con.execute(
        "SELECT DISTINCT kind FROM staged WHERE reporter NOT IN ('CHN', 'DEU') AND kind <> 'economy'"
    ).fetchall()
    assert rest == [("aggregate",)]
    assert con.execute("SELECT count(*) FROM staged WHERE kind = 'aggregate'").fetchall()[0][0] == int(
        (taken.origin_iso3 == "ROW").sum()
    )


@needs_shared
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("armenia-phones", TVYAL / "2024_05_03_taxes_mobile_centre" / "mobile_phone_reexports.csv"),
        ("armenia-cars", TVYAL / "2024_01_19_vehicle_reexports" / "vehicle_trade_armenia.csv"),
        ("armenia-cars", TVYAL / "2024_01_19_vehicle_reexports" / "vehicle_trade_georgia.csv"),
    ],
    ids=["phones", "cars Armenia", "cars Georgia"],
)
def test_hubs(con: duckdb.DuckDBPyConnection, name: str, file: Path) -> None:
    import pandas as pd

    staging = read_file(con, file, mapping=load_mapping(name))
    rows = pd.read_csv(file, encoding="latin-1", dtype={"commodity_code": str, "period_desc": str})
    keys = ["period_desc", "trade_code", "partner_code", "commodity_code"]
    assert (staging.rows_read, staging.rows_rejected) == (len(rows), 0)
    assert staging.rows_merged == int(rows.duplicated(keys).sum())
    got = con.execute("SELECT flow, good, sum(value_usd), sum(quantity) FROM staged GROUP BY ALL").fetchall()
    wanted = rows.groupby(["trade_code", "commodity_code"]).trade_value_us.sum().to_dict()
    assert {(flow, good): usd for flow, good, usd, _ in got} == pytest.approx(wanted, abs=0.01)
    assert con.execute("SELECT count(DISTINCT reporter) FROM staged").fetchall() == [(1,)]


def test_a_row(load: Load, staged: Read) -> None:
    staging = load()
    assert staged("period::VARCHAR", "reporter", "partner", "good", "value_usd", "valuation", "source", "kind") == [
        ("2022-03-01", "DEU", "RUS", "854231", 100.0, "FOB", "customs", "economy"),
        ("2022-04-01", "DEU", "CHN", "854231", 50.0, "FOB", "customs", "economy"),
    ]
    assert staging.mapping is not None


@pytest.mark.parametrize(
    ("text", "frequency", "period", "expected"),
    [
        ("2022", "A", "{column: month, format: YYYY}", "2022-01-01"),
        ("202203", "M", "{column: month, format: YYYYMM}", "2022-03-01"),
        ("2022-03", "M", "{column: month, format: [YYYYMM, YYYY-MM]}", "2022-03-01"),
        ("2022-03-17", "M", "{column: month}", "2022-03-01"),
        ("x", "M", "{value: 2022-03}", "2022-03-01"),
        ("3", "M", "{year: code, month: month}", None),  # 854231 is no year
        ("202213", "M", "{column: month}", None),
        ("2022", "M", "{column: month}", None),
        ("2022-03", "M", "{column: month, format: YYYYMM}", None),
        ("", "M", "{column: month}", None),
    ],
)
def test_periods(load: Load, staged: Read, text: str, frequency: str, period: str, expected: str | None) -> None:
    staging = load(f"month,partner,code,value\n{text},RUS,854231,1\n", frequency=frequency, period=period)
    assert staged("period::VARCHAR") == ([(expected,)] if expected else [])
    assert staging.rows_rejected == (expected is None)


def test_year_and_month_columns(load: Load, staged: Read) -> None:
    load("y,month,partner,code,value\n2022,3,RUS,854231,1\n2022,11,RUS,854231,1\n", period="{year: y, month: month}")
    assert staged("period::VARCHAR") == [("2022-03-01",), ("2022-11-01",)]


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "expected"),
    [
        ("1234.5", '"."', None, 1234.5),
        ("1,234.5", '"."', '","', 1234.5),
        ('"1.234,5"', '","', '"."', 1234.5),
        ('"1 234,5"', '","', '" "', 1234.5),
        ('"1\u00a0234,5"', '","', '" "', 1234.5),
        ("1.5e3", '"."', None, 1500.0),
        ('"1,23"', '"."', '","', None),  # no group of three
        ("1.234", '","', None, None),  # a point where the comma is the decimal sign
        ("12x", '"."', None, None),
        ("nan", '"."', None, None),
        ("-3", '"."', None, None),
        ("1_000", '"."', None, None),
    ],
)
def test_numbers(
    load: Load, staged: Read, text: str, decimal: str, thousands: str | None, expected: float | None
) -> None:
    table = f"month;partner;code;value\n202203;RUS;854231;{text}\n"
    staging = load(table, delimiter='";"', decimal=decimal, thousands=thousands)
    assert staged("value_usd") == ([(expected,)] if expected is not None else [])
    assert staging.rows_rejected == (expected is None)


@pytest.mark.parametrize(("zero", "missing", "kept"), [("missing", 3, []), ("reported", 2, [(0.0,)])])
def test_what_a_zero_means(load: Load, staged: Read, zero: str, missing: int, kept: list[tuple[float]]) -> None:
    table = "month,partner,code,value\n202203,RUS,854231,0\n202204,RUS,854231,:\n202205,RUS,854231,\n"
    staging = load(table, value=f"{{column: value, zero: {zero}}}", missing='[":"]')
    assert staged("value_usd") == kept
    assert (staging.rows_read, staging.rows_missing, staging.rows_rejected) == (3, missing, 0)


def test_spellings_of_economies(load: Load, staged: Read, rejects: Callable[[], list[tuple[int, str]]]) -> None:
    table = "month,partner,code,value\n" + "".join(
        f'202203,"{partner}",854231,{number}\n'
        for number, partner in enumerate(["643", "CN", " Türkiye ", "Россия и соседи", "World", "KGZ", "NO"])
    )
    load(table, partner="{column: partner, map: {KGZ: KAZ, NO: NOR}}")
    assert staged("partner", "kind") == [
        ("CHN", "economy"), ("KAZ", "economy"), ("NOR", "economy"), ("RUS", "economy"), ("TUR", "economy"), ("W00", "aggregate"),
    ]  # fmt: skip
    assert rejects() == [(5, "partner 'Россия и соседи' is not known")]


def test_flows_goods_units_and_estimates(load: Load, staged: Read) -> None:
    table = "month,partner,code,value,dir,kg,n,u,mark\n202203,RUS,8542.31,1,exp,2,3,pieces,e\n202203,RUS,1.0121,1,imp,0,3,,\n"
    load(
        table,
        flow="{column: dir, map: {exp: X, imp: M}}",
        good='{column: code, strip: ".", pad: 6}',
        valuation="{by_flow: {X: FOB, M: FOB}}",
        net_kg="{column: kg, scale: 1000}",
        quantity="{column: n}",
        quantity_unit="{column: u, map: {pieces: u}}",
        is_estimated="{columns: [mark], marks: [e]}",
        value="{column: value, scale: 1000, zero: reported}",
    )
    assert staged("flow", "good", "valuation", "net_kg", "quantity", "quantity_unit", "is_estimated", "value_usd") == [
        ("M", "010121", "FOB", None, None, None, False, 1000.0),
        ("X", "854231", "FOB", 2000.0, 3.0, "u", True, 1000.0),
    ]


def test_an_unmapped_flow_is_rejected(load: Load, rejects: Callable[[], list[tuple[int, str]]]) -> None:
    table = "month,partner,code,value,dir\n202203,RUS,854231,1,transit\n"
    load(table, flow="{column: dir, map: {exp: X}}")
    assert rejects() == [(2, "flow 'transit' is not in the map of the mapping")]


@pytest.mark.parametrize(
    ("duplicates", "values", "merged", "rejected"), [("sum", [(9.0,), (100.0,)], 1, 0), ("reject", [(9.0,)], 0, 2)]
)
def test_rows_of_one_key(load: Load, staged: Read, duplicates: str, values: Any, merged: int, rejected: int) -> None:
    table = "month,partner,code,value,mode\n202203,RUS,854231,50,road\n202203,RUS,854231,50,rail\n202203,CHN,854231,9,road\n202203,CHN,854231,9,road\n"  # fmt: skip
    staging = load(table, duplicates=duplicates)
    assert staged("value_usd") == values
    assert (staging.rows_merged, staging.rows_rejected, staging.rows_duplicate) == (merged, rejected, 1)


def test_conversion_is_recorded_on_each_row(load: Load, staged: Read) -> None:
    rates = pa.table({"currency": ["EUR", "EUR"], "month": ["2022-03", "2022-04"], "usd_per_unit": [1.1, 1.08]})
    load(value="{column: value, currency: EUR, zero: reported}", rates=rates)
    assert staged("period::VARCHAR", "currency", "value_reported", "usd_per_unit", "value_usd") == [
        ("2022-03-01", "EUR", 100.0, 1.1, pytest.approx(110.0)),
        ("2022-04-01", "EUR", 50.0, 1.08, pytest.approx(54.0)),
    ]


def test_annual_values_take_the_mean_of_twelve_months(load: Load, staged: Read) -> None:
    months = [f"2022-{month:02}" for month in range(1, 13)]
    rates = pa.table(
        {"currency": ["TRY"] * 12, "month": months, "usd_per_unit": [month / 100 for month in range(1, 13)]}
    )
    load(
        "month,partner,code,value\n2022,RUS,854231,100\n",
        frequency="A",
        value="{column: value, currency: TRY, zero: reported}",
        rates=rates,
    )
    assert staged("usd_per_unit", "value_usd") == [(pytest.approx(0.065), pytest.approx(6.5))]


def test_a_currency_without_a_rate_is_named(load: Load) -> None:
    with pytest.raises(InputError, match="no exchange rate of KZT for 2 periods from 2022-03 to 2022-04") as raised:
        load(value="{column: value, currency: KZT, zero: reported}")
    assert "--rates" in raised.value.fix


def test_a_column_of_currencies(load: Load, staged: Read) -> None:
    table = "month,partner,code,value,cur\n202203,RUS,854231,100,usd\n202203,CHN,854231,100,EUR\n"
    load(table, value="{column: value, currency: {column: cur}, zero: reported}")
    ((euro, rate), (dollar, one)) = staged("currency", "usd_per_unit")
    assert (euro, dollar, one) == ("EUR", "USD", 1.0)
    assert 1.05 < rate < 1.15


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("{column: partner, equals: RUS}", ["RUS"]),
        ("{column: partner, in: [RUS, CHN]}", ["CHN", "RUS"]),
        ("{column: partner, not_in: [RUS]}", ["CHN"]),
    ],
)
def test_where(load: Load, staged: Read, condition: str, kept: list[str]) -> None:
    staging = load(where=f"[{condition}]")
    assert [partner for (partner,) in staged("partner")] == kept
    assert staging.rows_read == len(kept)


def test_encodings(load: Load, staged: Read) -> None:
    table = "month,partner,code,value\n202203,Россия,854231,1\n"
    load(table.encode("cp1251"), encoding="cp1251")
    assert staged("partner") == [("RUS",)]


def test_excel(con: duckdb.DuckDBPyConnection, load: Load, staged: Read, tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "table.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("notes").write(0, 0, "see the second sheet")
        sheet = book.add_worksheet("data")
        sheet.write(0, 0, "Trade of 2022")
        for number, row in enumerate(
            [["month", "partner", "code", "value"], [202203, "RUS", "010121", 100.25], ["202204", "China", 854231, 50]]
        ):
            sheet.write_row(number + 1, 0, row)
    load(path, sheet="data", header_row="2")
    assert staged("period::VARCHAR", "partner", "good", "value_usd") == [
        ("2022-03-01", "RUS", "010121", 100.25),
        ("2022-04-01", "CHN", "854231", 50.0),
    ]
    with pytest.raises(InputError, match="no sheet 'figures'") as raised:
        load(path, sheet="figures")
    assert "notes, data" in raised.value.where
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match="damaged or cut off"):
        load(path, sheet="data")


def test_a_column_that_is_not_there_is_named(load: Load) -> None:
    with pytest.raises(InputError, match="no column 'weight', which the mapping needs for net_kg") as raised:
        load(net_kg="{column: weight}")
    assert "month, partner, code, value" in raised.value.where


def test_a_wide_pattern_that_matches_nothing(load: Load) -> None:
    with pytest.raises(InputError, match="no column of the file matches"):
        load(period=None, flow=None, value="{zero: missing}", wide='[{columns: "v{period}", flow: X}]')


def test_a_fixed_economy_must_be_known(load: Load) -> None:
    with pytest.raises(InputError, match="'QQQ' is not an economy"):
        load(reporter="{value: QQQ}")


def test_the_format_must_fit(load: Load) -> None:
    with pytest.raises(InputError, match="the mapping is for xlsx files; this one is csv"):
        load(format="xlsx")


def test_the_source_needs_a_mapping(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    with pytest.raises(UsageError, match="needs a mapping"):
        read_file(con, tmp_path / "t.csv", source="mapping")
