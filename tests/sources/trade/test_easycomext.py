"""EasyComext's tables: every shared file against sums by pandas, both label styles, each trap by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from eurostat_files import LABELS
from examples import some

from stopgap.base.errors import InputError
from stopgap.codes.fx import monthly_rates
from stopgap.sources.base import Staging
from stopgap.sources.registry import read_file, recognise

EASY = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "trade" / "easycomext-totals"
needs_shared = pytest.mark.skipif(not EASY.exists(), reason="../shared/data is not here")

Rows = Callable[..., list[tuple[Any, ...]]]
Load = Callable[..., Staging]

HEADER = "REPORTER,PARTNER,PRODUCT,FLOW,STAT_PROCEDURE,PERIOD,VALUE_IN_EUR"
MONTHS = dict(
    zip(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], range(1, 13), strict=True)
)
CODES = {
    "Austria": "AUT", "Bulgaria": "BGR", "Croatia": "HRV", "Cyprus": "CYP", "Czechia": "CZE", "Denmark": "DNK",
    "Estonia": "EST", "Finland": "FIN", "Greece": "GRC", "Hungary": "HUN", "Ireland": "IRL", "Italy": "ITA",
    "Latvia": "LVA", "Lithuania": "LTU", "Luxembourg": "LUX", "Malta": "MLT", "Netherlands": "NLD", "Poland": "POL",
    "Portugal": "PRT", "Romania": "ROU", "Slovakia": "SVK", "Slovenia": "SVN", "Spain": "ESP", "Sweden": "SWE",
    "United Kingdom": "GBR", "Germany": "DEU", "France": "FRA", "Belgium": "BEL", "Euro area - 20 countries": "EA20",
    "Euro area": "EA", "European Union - 27 countries": "EU27_2020", "European Union": "EU",
    "Russian Federation": "RUS", "Kyrgyzstan": "KGZ",
}  # fmt: skip
"""What the labels begin with, before a bracket."""


@pytest.fixture
def load(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Load:
    """Reads rows under a header."""

    def load(*rows: str, header: str = HEADER) -> Staging:
        path = tmp_path / "Relational_View.csv"
        path.write_text("\r\n".join([header, *rows, ""]), encoding="utf-8")
        return read_file(con, path)

    return load


def row(
    reporter: str = "Austria",
    partner: str = "Russian Federation (Russia)",
    product: str = "85423110",
    flow: str = "EXPORT",
    procedure: str = "Total",
    period: str = "Aug. 2024",
    euro: object = 1000,
) -> str:
    """A row of the table with labels."""
    return f'"{reporter}","{partner}","{product}","{flow}","{procedure}","{period}",{euro}'


@pytest.mark.prove_only
@pytest.mark.in_parts
@needs_shared
def test_every_shared_file(tmp_path: Path) -> None:
    import pandas as pd

    paths = sorted(EASY.glob("*/*.csv"))
    assert len(paths) == 136
    got: dict[tuple[str, str, str, str], tuple[float, float]] = {}
    wanted: dict[tuple[str, str, str, str], float] = {}
    for path in some(paths, every=4):
        assert recognise(path).name == "easycomext"
        with duckdb.connect(config={"threads": 1}) as con:
            staging = read_file(con, path)
            found = con.execute(
                """
                SELECT reporter, partner, flow, strftime(period, '%Y-%m'), value_reported, value_usd FROM staged
                WHERE kind = 'aggregate' AND good = 'TOTAL' AND frequency = 'M' AND revision = 'CN' || year(period)
                """
            ).fetchall()
        file = pd.read_csv(path)
        assert (staging.rows_read, staging.rows_rejected, staging.rows_missing) == (len(file), 0, 0)
        assert len(found) == len(file)
        got |= {(r, p, f, m): (euro, usd) for r, p, f, m, euro, usd in found}
        month, year = file.PERIOD.str[:3].map(MONTHS), file.PERIOD.str[-4:]
        keys = zip(
            file.REPORTER.str.split(" (", regex=False).str[0].map(CODES),
            file.PARTNER.str.split(" (", regex=False).str[0].map(CODES),
            file.FLOW.map({"EXPORT": "X"}),
            year + "-" + month.map("{:02}".format),
            strict=True,
        )
        for key, euro in zip(keys, file.VALUE_IN_EUR, strict=True):
            assert key not in wanted
            wanted[key] = float(euro)
    rates = {line["month"]: line["usd_per_unit"] for line in monthly_rates().to_pylist() if line["currency"] == "EUR"}
    assert got.keys() == wanted.keys()
    for key, (euro, usd) in got.items():
        assert euro == pytest.approx(wanted[key], abs=0.005)
        assert usd == pytest.approx(wanted[key] * rates[key[3]], abs=0.005)


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("period", "day", "frequency"),
    [
        ("Aug. 2024", "2024-08-01", "M"),
        ("May. 2019", "2019-05-01", "M"),
        ("201904-Apr. 2019", "2019-04-01", "M"),
        ("201952-Jan.-Dec. 2019", "2019-01-01", "A"),
        ("Jan.-Dec. 2019", "2019-01-01", "A"),
        ("201952", "2019-01-01", "A"),
        ("201904", "2019-04-01", "M"),
        ("2019", "2019-01-01", "A"),
    ],
)
def test_periods_in_both_label_styles(load: Load, staged: Rows, period: str, day: str, frequency: str) -> None:
    load(row(period=period))
    assert staged("period::VARCHAR", "frequency") == [(day, frequency)]


@pytest.mark.parametrize("period", ["Jan.-Mar. 2019", "201953-Winter", "2019-Q1", "Foo. 2019"])
def test_other_periods_are_refused(load: Load, rejects: Rows, period: str) -> None:
    load(row(period=period), row(partner="Kazakhstan"))
    assert [place for place, _ in rejects()] == [2]


@pytest.mark.parametrize("style", ["labels", "codes", "both"])
def test_the_styles_read_alike(load: Load, staged: Rows, style: str) -> None:
    labels = (LABELS["FR"], "Russian Federation (Russia)", "Total", "EXPORT", "Total", "Aug. 2024")
    codes = ("FR", "RU", "TOTAL", "2", "4", "202408")
    both = tuple(f"{code}-{label}" for code, label in zip(codes, labels, strict=True))
    load(row(*{"labels": labels, "codes": codes, "both": both}[style]))
    assert staged("period::VARCHAR", "reporter", "partner", "good", "flow", "value_reported", "kind") == [
        ("2024-08-01", "FRA", "RUS", "TOTAL", "X", 1000.0, "aggregate")
    ]


@pytest.mark.parametrize("reporter", ["EU27_2020"])
def test_the_union_as_reporter_is_an_aggregate(load: Load, staged: Rows, reporter: str) -> None:
    load(row(LABELS[reporter]), row("Austria"))
    assert staged("reporter", "kind") == [("AUT", "economy"), (reporter, "aggregate")]


def test_the_total_of_procedures_is_used_and_parts_stay_apart(load: Load, staged: Rows) -> None:
    load(row(euro=15), row(procedure="Normal", euro=10), row(procedure="Inward Processing", euro=5))
    assert staged("value_reported", "kind") == [(15.0, "breakdown"), (15.0, "economy")]


def test_procedures_without_their_total_are_added(load: Load, staged: Rows) -> None:
    load(row(procedure="Normal", euro=10), row(procedure="Inward Processing", euro=5))
    assert staged("value_reported", "kind") == [(15.0, "economy")]


def test_a_colon_is_missing_and_not_zero(load: Load, staged: Rows) -> None:
    staging = load(row(euro=":"), row(partner="Kazakhstan", euro=0), row(partner="Armenia", euro='""'))
    assert staging.rows_missing == 2
    assert staged("partner", "value_reported") == [("KAZ", 0.0)]


def test_weights_are_in_100_kg(load: Load, staged: Rows) -> None:
    load(f"{row()},12.34,7", header=f"{HEADER},QUANTITY_IN_100KG,SUP_QUANTITY")
    assert staged("value_reported", "net_kg", "quantity") == [(1000.0, 1234.0, 7.0)]


def test_a_column_that_stands_twice_is_refused(load: Load) -> None:
    with pytest.raises(InputError, match="'VALUE_IN_EUR' stands more than once"):
        load(f"{row()},7", header=f"{HEADER},Value_in_eur")


def test_indicators_in_rows(load: Load, staged: Rows) -> None:
    load(
        "Jan. 2020|Austria|Kazakhstan|8542|IMPORT|VALUE_IN_EUROS|50",
        "Jan. 2020|Austria|Kazakhstan|8542|IMPORT|QUANTITY_IN_100KG|1.5",
        "Feb. 2020|Austria|Kazakhstan|8542|IMPORT|VALUE_IN_EUROS|:",
        header="PERIOD|REPORTER|PARTNER|PRODUCT|FLOW|INDICATORS|Value",
    )
    assert staged("period::VARCHAR", "flow", "value_reported", "net_kg") == [("2020-01-01", "M", 50.0, 150.0)]


def test_an_unknown_label_is_refused_as_it_stands(load: Load, rejects: Rows) -> None:
    load(row(partner="Congo (of some kind)"), row())
    assert rejects() == [(2, "partner 'Congo (of some kind)' is not known")]
