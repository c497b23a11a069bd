"""China's customs: encodings, currencies, Chinese names, and what the files do not say."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.base.errors import InputError, UsageError
from stopgap.codes.fx import monthly_rates
from stopgap.intake.request import ImportRequest
from stopgap.sources.base import Staging, Told
from stopgap.sources.registry import read_file, recognise

HEADER = [
    "数据年月",
    "商品编码",
    "商品名称",
    "贸易伙伴编码",
    "贸易伙伴名称",
    "第一数量",
    "第一计量单位",
    "第二数量",
    "第二计量单位",
    "美元",
]
ROWS = [
    ["202401", "85423111", "处理器", "344", "俄罗斯", "1,234", "个", "56", "千克", "1,234,567"],
    ["202401", "84713010", "平板电脑", "502", "美国", "20", "台", "31.5", "千克", "9,000"],
    ["202402", "01012100", "改良种用马", "110", "中国香港", "3", "头", "1,500", "千克", "75,000"],
]

Rows = Callable[..., list[tuple[Any, ...]]]


def text_of(rows: list[list[str]], header: list[str] = HEADER, end: str = "") -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator=f"{end}\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()


@pytest.fixture
def load(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Callable[..., Staging]:
    """Reads a table of China's customs as exports, unless told otherwise."""

    def load(text: str, encoding: str = "gb18030", told: Told | None = None) -> Staging:
        path = tmp_path / "20240312export.csv"
        path.write_bytes(text.encode(encoding))
        return read_file(con, path, told=told or Told(flow="X"))

    return load


Load = Callable[..., Staging]


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-8", "utf-8-sig"])
def test_every_encoding_reads_alike(load: Load, staged: Rows, encoding: str) -> None:
    staging = load(text_of(ROWS), encoding)
    assert (staging.source, staging.rows_read, staging.rows_rejected) == ("china-customs", 3, 0)
    assert staged("period::VARCHAR", "partner", "good", "value_usd", "net_kg", "quantity", "quantity_unit") == [
        ("2024-01-01", "RUS", "85423111", 1_234_567.0, 56.0, 1234.0, "u"),
        ("2024-01-01", "USA", "84713010", 9000.0, 31.5, 20.0, "u"),
        ("2024-02-01", "HKG", "01012100", 75000.0, 1500.0, 3.0, "u"),
    ]
    assert staged("DISTINCT reporter", "flow", "valuation", "frequency", "revision", "kind") == [
        ("CHN", "X", "FOB", "M", "HS2022", "economy")
    ]


def test_a_file_is_recognised_in_chinese_encoding(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(text_of(ROWS).encode("gbk"))
    assert recognise(path, "gb18030").name == "china-customs"


def test_yuan_are_converted_at_the_rate_of_the_month(load: Load, staged: Rows) -> None:
    load(text_of(ROWS[:1], [*HEADER[:-1], "人民币"]))
    rate = next(
        r["usd_per_unit"] for r in monthly_rates().to_pylist() if (r["currency"], r["month"]) == ("CNY", "2024-01")
    )
    assert staged("currency", "value_reported", "value_usd") == [
        ("CNY", 1_234_567.0, pytest.approx(1_234_567 * rate, rel=1e-12))
    ]


def test_imports_are_cif(load: Load, staged: Rows) -> None:
    load(text_of(ROWS), told=Told(flow="M"))
    assert staged("DISTINCT flow", "valuation") == [("M", "CIF")]


def test_the_flow_must_be_told(load: Load) -> None:
    with pytest.raises(InputError, match="exports or imports") as raised:
        load(text_of(ROWS), told=Told())
    assert "--flow X" in raised.value.fix


def test_without_the_month_column_the_period_must_be_told(load: Load, staged: Rows) -> None:
    text = text_of([row[1:] for row in ROWS[:2]], HEADER[1:])
    with pytest.raises(InputError, match="which month") as raised:
        load(text)
    assert "--period" in raised.value.fix
    load(text, told=Told(flow="X", period="2023-11"))
    assert staged("DISTINCT period::VARCHAR", "frequency") == [("2023-11-01", "M")]


def test_a_whole_year_without_the_month_column(load: Load, staged: Rows) -> None:
    load(text_of([row[1:] for row in ROWS[:2]], HEADER[1:]), told=Told(flow="X", period="2023"))
    assert staged("DISTINCT period::VARCHAR", "frequency") == [("2023-01-01", "A")]


def test_a_period_told_beside_the_month_column_is_refused(load: Load) -> None:
    with pytest.raises(InputError, match="--period is for files"):
        load(text_of(ROWS), told=Told(flow="X", period="2024-01"))


def test_other_sources_take_no_flow(con: duckdb.DuckDBPyConnection, comtrade: Callable[..., Path]) -> None:
    with pytest.raises(UsageError, match="--flow is not for files of the source comtrade"):
        read_file(con, comtrade({}), told=Told(flow="X"))


def test_lost_leading_zeros_come_back(load: Load, staged: Rows) -> None:
    load(text_of([[*ROWS[2][:1], "1012100", *ROWS[2][2:]]]))
    assert staged("good") == [("01012100",)]


def test_partner_equal_to_reporter_is_kept(load: Load, staged: Rows) -> None:
    staging = load(
        text_of([["202401", "854231", "x", "142", "中国", "1", "个", "1", "千克", "10"]]), told=Told(flow="M")
    )
    assert staged("reporter", "partner", "kind") == [("CHN", "CHN", "economy")]
    assert any("its own partner" in warning for warning in staging.warnings)


def test_special_partners_are_aggregates(load: Load, staged: Rows) -> None:
    rows = [
        ["202401", "854231", "x", code, name, "1", "个", "1", "千克", "10"]
        for code, name in (("199", "亚洲其他国家(地区)"), ("701", "国家(地区)不详"), ("702", "联合国及机构和国际组织"))
    ]
    load(text_of(rows))
    assert staged("partner", "kind") == [("ASIA_NES", "aggregate"), ("INT_ORG", "aggregate"), ("_X", "aggregate")]


def test_names_do_without_codes_and_codes_without_names(load: Load, staged: Rows) -> None:
    load(text_of([["202401", "854231", "x", "", "中国台湾", "1", "个", "1", "千克", "10"],
                  ["202401", "854231", "x", "145", "", "1", "个", "1", "千克", "20"]]))  # fmt: skip
    assert staged("partner", "value_usd") == [("KAZ", 20.0), ("TWN", 10.0)]


def test_a_code_and_a_name_of_two_economies_are_refused(load: Load, rejects: Rows) -> None:
    load(text_of([["202401", "854231", "x", "344", "美国", "1", "个", "1", "千克", "10"]]))
    assert rejects() == [(2, "partner '344 美国' is not known")]


def test_regimes_and_provinces_are_added_up(load: Load, staged: Rows) -> None:
    header = [*HEADER[:5], "贸易方式编码", "贸易方式名称", "注册地编码", "注册地名称", *HEADER[5:]]
    rows = [
        [*ROWS[0][:5], regime, "x", place, "y", "10", "个", "2", "千克", value]
        for regime, place, value in (("10", "11", "100"), ("14", "11", "20"), ("14", "31", "3"))
    ]
    staging = load(text_of(rows, header))
    assert staged("value_usd", "net_kg", "quantity") == [(123.0, 6.0, 30.0)]
    assert staging.rows_merged == 2


def test_parts_of_one_economy_are_added_up(load: Load, staged: Rows) -> None:
    rows = [
        ["202401", "854231", "x", code, "", "1", "个", "1", "千克", value]
        for code, value in (("312", "5"), ("207", "2"))
    ]
    load(text_of(rows))
    assert staged("partner", "value_usd") == [("ESP", 7.0)]


@pytest.mark.parametrize(("end", "tab"), [(",", ""), ("", "\t"), (",", "\t")], ids=["trailing comma", "tabs", "both"])
def test_trailing_commas_and_tabs(load: Load, staged: Rows, end: str, tab: str) -> None:
    load(text_of([[cell + tab for cell in row] for row in ROWS], end=end))
    assert staged("partner", "value_usd") == [("HKG", 75000.0), ("RUS", 1_234_567.0), ("USA", 9000.0)]


def test_weight_in_grams_and_tonnes(load: Load, staged: Rows) -> None:
    rows = [
        ["202401", "710812", "x", "331", "瑞士", "2,500", "克", "-", "-", "10"],
        ["202401", "270900", "x", "344", "俄罗斯", "3", "吨", "", "", "10"],
        ["202401", "854231", "x", "133", "韩国", "0", "千克", "", "", "10"],
    ]
    staging = load(text_of(rows))
    assert staged("good", "net_kg", "quantity") == [
        ("270900", 3000.0, None),
        ("710812", 2.5, None),
        ("854231", None, None),
    ]
    assert any("read as not reported" in warning for warning in staging.warnings)


def test_a_weight_that_is_no_number_is_refused(load: Load, rejects: Rows) -> None:
    load(text_of([["202401", "270900", "x", "344", "俄罗斯", "1,23", "千克", "", "", "10"]]))
    assert rejects() == [(2, "net_kg '1,23' is not a weight")]


def test_tables_without_partners_or_goods_are_totals(load: Load, staged: Rows) -> None:
    load(text_of([["202401", "854231", "x", "1", "个", "1", "千克", "10"]], [*HEADER[:3], *HEADER[5:]]))
    assert staged("partner", "good", "kind") == [("W00", "854231", "aggregate")]


def test_a_file_cut_in_a_row_is_refused(load: Load) -> None:
    with pytest.raises(InputError):
        load(text_of(ROWS)[:-30])


@pytest.mark.prove_only
def test_the_same_bytes_with_another_flow_take_the_place_of_the_first_reading(tmp_path: Path) -> None:
    from stopgap.intake.importing import import_paths
    from stopgap.lake.query.statement import run_query

    path, lake = tmp_path / "table.csv", tmp_path / "lake"
    path.write_bytes(text_of(ROWS).encode("gb18030"))
    import_paths(lake, [path], ImportRequest(flow="X"))
    assert import_paths(lake, [path], ImportRequest(flow="X")).already_loaded
    assert not import_paths(lake, [path], ImportRequest(flow="M")).already_loaded
    table, _ = run_query(lake, "SELECT flow, count(*) AS n FROM trade GROUP BY flow")
    assert table.to_pylist() == [{"flow": "M", "n": 3}]


@pytest.mark.parametrize(
    ("told", "form"),
    [({"flow": "export"}, "X for exports"), ({"period": "2024-13"}, "YYYY-MM"), ({"revision": "2017"}, "HS2022")],
)
def test_what_is_told_must_be_written_rightly(tmp_path: Path, told: dict[str, str], form: str) -> None:
    from stopgap.intake.importing import import_paths

    with pytest.raises(UsageError, match="is not what --") as raised:
        import_paths(tmp_path / "lake", [tmp_path / "table.csv"], ImportRequest(**told))  # type: ignore[arg-type]
    assert form in raised.value.fix


@pytest.mark.in_parts
@settings(max_examples=examples(25), deadline=None)
@given(values=st.lists(st.integers(0, 10**12), min_size=1, max_size=20))
def test_thousands_read_to_the_unit(tmp_path_factory: pytest.TempPathFactory, values: list[int]) -> None:
    path = tmp_path_factory.mktemp("china") / "table.csv"
    rows = [
        ["202401", f"{10000000 + n}", "x", "344", "俄罗斯", "1", "个", "1", "千克", f"{v:,}"]
        for n, v in enumerate(values)
    ]
    path.write_bytes(text_of(rows).encode("gb18030"))
    with duckdb.connect() as con:
        read_file(con, path, told=Told(flow="X"))
        assert con.execute("SELECT sum(value_usd)::HUGEINT FROM staged").fetchall() == [(sum(values),)]
