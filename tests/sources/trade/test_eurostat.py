"""SDMX-CSV and TSV of Eurostat's: each trap by hand, and a large table against sums by pandas."""

from __future__ import annotations

import random
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from eurostat_files import SDMX, Figure, sdmx, sdmx_two, tsv

from stopgap.base.errors import InputError
from stopgap.codes.fx import monthly_rates
from stopgap.sources.base import Staging
from stopgap.sources.registry import read_file, recognise

Rows = Callable[..., list[tuple[Any, ...]]]
Load = Callable[..., Staging]

CORNER = "freq,reporter,partner,product,flow,indicators\\TIME_PERIOD"
VALUE, WEIGHT, PIECES = "VALUE_IN_EUROS", "QUANTITY_IN_100KG", "SUPPLEMENTARY_QUANTITY"


def cell(
    indicator: str = VALUE,
    value: str = "1000",
    *,
    reporter: str = "DE",
    partner: str = "RU",
    product: str = "85423110",
    flow: str = "2",
    period: str = "2023-01",
    more: str = "",
    dataset: str = "ESTAT:DS-045409(1.0)",
) -> str:
    """A row of SDMX-CSV."""
    return f"{dataset},16/07/26 11:00:00,M,{reporter},{partner},{product},{flow},{indicator},{period},{value}{more}"


@pytest.fixture
def load(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Load:
    """Reads rows under a header."""

    def load(*rows: str, header: str = SDMX, name: str = "table.csv") -> Staging:
        path = tmp_path / name
        path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
        return read_file(con, path)

    return load


def test_indicators_stand_beside_each_other(load: Load, staged: Rows) -> None:
    staging = load(cell(), cell(WEIGHT, "123.45"), cell(PIECES, "77"), cell(period="2023-02", value="5"))
    assert staged("period::VARCHAR", "value_reported", "net_kg", "quantity") == [
        ("2023-01-01", 1000.0, 12345.0, 77.0),
        ("2023-02-01", 5.0, None, None),
    ]
    assert (staging.rows_read, staging.rows_rejected, staging.published) == (2, 0, "2026-07-16")


def test_weights_are_in_100_kg(load: Load, staged: Rows) -> None:
    load(cell(), cell(WEIGHT, "0.01"), cell(period="2023-02"), cell("QUANTITY_KG", "7", period="2023-02"))
    assert staged("period::VARCHAR", "net_kg") == [("2023-01-01", 1.0), ("2023-02-01", 7.0)]


def test_a_weight_without_a_value_is_missing_and_counted(load: Load, staged: Rows) -> None:
    staging = load(cell(WEIGHT, "3", partner="BY"), cell())
    assert staging.rows_missing == 1
    assert staged("partner") == [("RUS",)]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("flags", [",c,", ",,C", ",c,C", ",,N"])
@pytest.mark.parametrize("value", ["", ":", "0"])
def test_confidential_is_missing_and_not_zero(load: Load, staged: Rows, value: str, flags: str) -> None:
    staging = load(cell(value=value, more=flags), cell(partner="BY", more=",,F"), header=f"{SDMX},OBS_FLAG,CONF_STATUS")
    assert staging.rows_missing == 1
    assert staged("partner") == [("BLR",)]


def test_a_confidential_weight_leaves_the_value(load: Load, staged: Rows) -> None:
    load(cell(value="0", more=",,"), cell(WEIGHT, "", more=",c,C"), header=f"{SDMX},OBS_FLAG,CONF_STATUS")
    assert staged("value_reported", "net_kg") == [(0.0, None)]


def test_a_zero_without_a_flag_is_a_figure(load: Load, staged: Rows) -> None:
    load(cell(value="0", more=",,"), header=f"{SDMX},OBS_FLAG,CONF_STATUS")
    assert staged("value_reported") == [(0.0,)]


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("flag", "is_estimated"),
    [("e", True), ("s", True), ("ep", True), ("e: estimated", True), ("p", False), ("b", False), ("", False), ("p: provisional", False)],
)  # fmt: skip
def test_flags_of_estimates(load: Load, staged: Rows, flag: str, is_estimated: bool) -> None:
    load(cell(more=f",{flag}"), header=f"{SDMX},OBS_FLAG")
    assert staged("value_reported", "is_estimated") == [(1000.0, is_estimated)]


def test_free_for_publication_is_no_secret(load: Load, staged: Rows) -> None:
    """CONF_STATUS S is secondary confidentiality, no flag of an estimate."""
    load(cell(more=",,S"), header=f"{SDMX},OBS_FLAG,CONF_STATUS")
    assert staged("value_reported", "is_estimated") == [(1000.0, False)]


@pytest.mark.parametrize("reporter", ["EU", "EU27_2020", "EA20", "EU28"])
def test_the_union_as_reporter_is_an_aggregate(load: Load, staged: Rows, reporter: str) -> None:
    load(cell(reporter=reporter), cell(reporter="EL", partner="EXT_EU27_2020"), cell(reporter="AT"))
    assert [row for row in staged("reporter", "kind") if row[1] == "economy"] == [("AUT", "economy")]


@pytest.mark.parametrize(("partners", "is_told"), [("XU", True), ("XU GB", False), ("XI XU", True), ("US", False)])
def test_the_kingdom_in_parts_is_told(load: Load, partners: str, is_told: bool) -> None:
    staging = load(*(cell(partner=partner) for partner in partners.split()))
    assert any("in parts only" in line for line in staging.warnings) == is_told


def test_cn4_beside_cn8_and_letters(load: Load, staged: Rows) -> None:
    load(*(cell(product=code) for code in ("8542", "85423110", "8542SSSS", "TOTAL", "1012100")))
    assert staged("good", "kind") == [
        ("01012100", "economy"),
        ("8542", "economy"),
        ("85423110", "economy"),
        ("8542SSSS", "aggregate"),
        ("TOTAL", "aggregate"),
    ]


def test_years_and_month_52(load: Load, staged: Rows) -> None:
    load(cell(period="2022"), cell(period="2023-52"), cell(period="2024M01"))
    assert staged("period::VARCHAR", "frequency") == [("2022-01-01", "A"), ("2023-01-01", "A"), ("2024-01-01", "M")]


def test_a_quarter_is_refused(load: Load, rejects: Rows) -> None:
    load(cell(period="2023-Q1"), cell())
    assert rejects() == [(2, "period '2023-Q1' is not a year or month in the format of the mapping")]


def test_two_values_for_one_figure_are_refused(load: Load, staged: Rows, rejects: Rows) -> None:
    load(cell(value="1"), cell(value="2"), cell(WEIGHT, "5"), cell(partner="BY"))
    assert staged("partner") == [("BLR",)]
    assert [reason for _, reason in rejects()] == ["the same key stands in several rows with different values"] * 2


def test_two_names_of_the_value_are_one_indicator(load: Load, staged: Rows) -> None:
    staging = load(cell(value="1"), cell("VALUE_EUR", "2"), cell("VALUE_EUR", "3", partner="BY"))
    assert staged("partner", "value_reported") == [("BLR", 3.0)]
    assert staging.rows_rejected == 2


def test_a_column_that_stands_twice_is_refused(load: Load) -> None:
    with pytest.raises(InputError, match="'OBS_VALUE' stands more than once"):
        load(cell(more=",7"), header=f"{SDMX},OBS_VALUE")


def test_exact_repetitions_are_dropped_and_told(load: Load, staged: Rows) -> None:
    staging = load(cell(), cell(), cell(WEIGHT, "5"))
    assert staged("value_reported", "net_kg") == [(1000.0, 500.0)]
    assert "1 exact repetitions of cells were dropped" in staging.warnings


def test_procedures_use_their_total(load: Load, staged: Rows) -> None:
    header = SDMX.replace("flow,", "flow,stat_procedure,")
    rows = [cell(value=value).replace(",2,VALUE", f",2,{code},VALUE") for code, value in (("TOTAL", "15"), ("1", "10"), ("2", "5"))]  # fmt: skip
    load(*rows, header=header)
    assert staged("value_reported", "kind") == [(15.0, "breakdown"), (15.0, "economy")]


def test_procedures_without_their_total_are_added(load: Load, staged: Rows) -> None:
    header = SDMX.replace("flow,", "flow,stat_procedure,")
    rows = [cell(value=value).replace(",2,VALUE", f",2,{code},VALUE") for code, value in (("1", "10"), ("2", "5"))]
    load(*rows, header=header)
    assert staged("value_reported", "kind") == [(15.0, "economy")]


def test_an_unknown_dimension_is_named(load: Load) -> None:
    with pytest.raises(InputError, match="the dimension 'colour' of the dataset is not known"):
        load(cell().replace(",2,VALUE", ",2,red,VALUE"), header=SDMX.replace("flow,", "flow,colour,"))


@pytest.mark.parametrize("dataset", ["ESTAT:DS-018995(1.0)", "ESTAT:DS-059331(1.0)", "ds-059328: BEC"])
def test_goods_of_another_classification_are_refused(load: Load, dataset: str) -> None:
    """SITC 33 is oil; HS 33 is perfume."""
    with pytest.raises(InputError, match="not by HS or CN"):
        load(cell(product="33", dataset=dataset))


def test_a_file_without_values_is_named(load: Load) -> None:
    with pytest.raises(InputError, match="no values in euro"):
        load(cell(WEIGHT, "3"))


def test_another_indicator_is_told(load: Load) -> None:
    assert "1 cells of the indicator VALUE_NAC are not read" in load(cell(), cell("VALUE_NAC", "3")).warnings


def test_a_header_alone_is_no_table(load: Load) -> None:
    with pytest.raises(InputError, match="no data rows"):
        load()


def test_flags_and_colons_of_a_tsv(load: Load, staged: Rows) -> None:
    staging = load(
        f"M,DE,RU,85423110,2,{VALUE}\t100 p\t: \t: c\t0 \t7 e\t:c",
        f"M,DE,RU,85423110,2,{WEIGHT}\t1.50 \t2 \t: \t: \t3 s\t: ",
        header=f"{CORNER}\t2023-01 \t2023-02 \t2023-03 \t2023-04 \t2023-05 \t2023-06 ",
        name="ds.tsv",
    )
    assert staged("month(period)", "value_reported", "net_kg", "is_estimated") == [
        (1, 100.0, 150.0, False),
        (4, 0.0, None, False),
        (5, 7.0, 300.0, True),
    ]
    assert (staging.rows_read, staging.rows_missing, staging.rows_rejected) == (6, 3, 0)


def test_a_tsv_of_one_period_has_more_commas_than_tabs(load: Load, staged: Rows) -> None:
    load(f"M,DE,RU,85423110,2,{VALUE}\t100 ", header=f"{CORNER}\t2023-01 ", name="ds.tsv")
    assert staged("value_reported") == [(100.0,)]


def test_a_quarterly_tsv_is_named(load: Load) -> None:
    with pytest.raises(InputError, match="'2023-Q1' is no year or month"):
        load(f"Q,DE,RU,8542,2,{VALUE}\t100 ", header=f"{CORNER}\t2023-Q1 ", name="ds.tsv")


def test_what_is_no_number_in_a_tsv_is_refused(load: Load, rejects: Rows) -> None:
    load(
        f"M,DE,RU,85423110,2,{VALUE}\t1 000 \tx \t5 \t5 kg",
        header=f"{CORNER}\t2023-01 \t2023-02 \t2023-03 \t2023-04 ",
        name="ds.tsv",
    )
    assert sorted(rejects()) == [
        (2, "value '1 000' is not a finite number"),
        (2, "value '5 kg' is not a finite number"),
        (2, "value 'x' is not a finite number"),
    ]


def test_tables_of_other_subjects_are_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "other.tsv"
    path.write_text("freq,unit,geo\\TIME_PERIOD\t2023 \nA,PC,DE\t1 \n")
    with pytest.raises(InputError, match="format of the file is not known"):
        recognise(path)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("made", [sdmx, sdmx_two, tsv])
def test_sums_by_pandas(con: duckdb.DuckDBPyConnection, tmp_path: Path, made: Callable[[list[Figure]], bytes]) -> None:
    import pandas as pd

    draw = random.Random(4)
    keys = {
        (draw.choice(["AT", "DE", "FR", "IE"]), draw.choice(["RU", "BY", "KZ"]), draw.choice(["8542", "85423110"]),
         draw.choice("12"), f"{draw.randrange(2015, 2024)}-{draw.randrange(1, 13):02}")
        for _ in range(1500)
    }  # fmt: skip
    table = [Figure(*key, draw.randrange(10**9), draw.randrange(10**7)) for key in sorted(keys)]
    path = tmp_path / "large.csv"
    path.write_bytes(made(table))
    staging = read_file(con, path)
    assert (staging.rows_read - staging.rows_missing, staging.rows_rejected) == (len(table), 0)
    if made is tsv:
        wide = pd.read_csv(path, sep="\t", dtype=str)
        wide.columns = pd.Index([name.strip() for name in wide.columns])
        long = wide.melt(id_vars=[wide.columns[0]], var_name="TIME_PERIOD", value_name="OBS_VALUE")
        names = CORNER.split("\\")[0].split(",")
        long[names] = long[wide.columns[0]].str.split(",", expand=True)
        long["OBS_VALUE"] = pd.to_numeric(long.OBS_VALUE.str.strip().replace(":", None))
    else:
        long = pd.read_csv(StringIO(path.read_text(encoding="utf-8")))
    values = long[long.indicators == VALUE].assign(flow=lambda frame: frame.flow.astype(str))
    wanted = values.dropna(subset="OBS_VALUE").groupby(["reporter", "flow", "TIME_PERIOD"]).OBS_VALUE.sum()
    iso2 = {"AUT": "AT", "DEU": "DE", "FRA": "FR", "IRL": "IE"}
    got = con.execute(
        "SELECT reporter, flow, strftime(period, '%Y-%m'), sum(value_reported), sum(value_usd) FROM staged GROUP BY ALL"
    ).fetchall()
    rates = {row["month"]: row["usd_per_unit"] for row in monthly_rates().to_pylist() if row["currency"] == "EUR"}
    assert len(got) == len(wanted)
    for reporter, flow, month, euro, usd in got:
        sum_of_file = wanted[iso2[reporter], {"M": "1", "X": "2"}[flow], month]
        assert euro == pytest.approx(sum_of_file, abs=0.005)
        assert usd == pytest.approx(sum_of_file * rates[month], abs=0.005)
