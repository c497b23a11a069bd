"""WITS: thousands, flows by code or name, gross beside net, and columns in any order."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from stopgap.base.errors import InputError
from stopgap.sources.base import Staging, Told
from stopgap.sources.registry import read_file

Rows = Callable[..., list[tuple[Any, ...]]]

BASE = {
    "Nomenclature": "H4",
    "ReporterISO3": "DEU",
    "ProductCode": "854231",
    "ReporterName": "Germany",
    "PartnerISO3": "RUS",
    "PartnerName": "Russian Federation",
    "Year": "2021",
    "TradeFlowName": "Gross Exp.",
    "TradeFlowCode": "2",
    "TradeValue in 1000 USD": "1234.567",
    "NetWeight in KGM": "10",
    "Quantity": "5",
    "QtyToken": "5",
}


@pytest.fixture
def load(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Callable[..., Staging]:
    """Reads a table whose rows differ from ``BASE`` in the given columns."""

    def load(*rows: dict[str, str], columns: list[str] | None = None, **told: str) -> Staging:
        stream = io.StringIO()
        writer = csv.DictWriter(stream, columns or list(BASE), extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows({**BASE, **row} for row in rows)
        path = tmp_path / "DataJobID-1.csv"
        path.write_text(stream.getvalue(), encoding="utf-8")
        return read_file(con, path, told=Told(**told))

    return load


Load = Callable[..., Staging]


def test_values_in_thousands(load: Load, staged: Rows) -> None:
    staging = load({})
    assert (staging.source, staging.rows_rejected) == ("wits", 0)
    assert staged("reporter", "partner", "flow", "good", "revision", "valuation", "frequency") == [
        ("DEU", "RUS", "X", "854231", "HS2012", "FOB", "A")
    ]
    assert staged("value_usd", "net_kg", "quantity", "quantity_unit") == [
        (pytest.approx(1_234_567.0, abs=1e-6), 10.0, 5.0, "u")
    ]


@pytest.mark.parametrize("seed", range(4))
def test_columns_come_in_any_order(load: Load, staged: Rows, seed: int) -> None:
    columns = list(BASE)
    random.Random(seed).shuffle(columns)
    load({}, columns=columns)
    assert staged("reporter", "partner", "flow", "good") == [("DEU", "RUS", "X", "854231")]


@pytest.mark.parametrize(
    ("code", "flow", "valuation"),
    [
        ("1", "M", "CIF"),
        ("2", "X", "FOB"),
        ("3", "RX", "FOB"),
        ("4", "RM", "CIF"),
        ("5", "M", "CIF"),
        ("6", "X", "FOB"),
    ],
)
def test_flows_by_code(load: Load, staged: Rows, code: str, flow: str, valuation: str) -> None:
    load({"TradeFlowCode": code})
    assert staged("flow", "valuation") == [(flow, valuation)]


@pytest.mark.parametrize(
    ("name", "flow"), [("Gross Exp.", "X"), ("Import", "M"), ("Re-Export", "RX"), ("Re-Import", "RM")]
)
def test_flows_by_name(load: Load, staged: Rows, name: str, flow: str) -> None:
    load({"TradeFlowName": name}, columns=[column for column in BASE if column != "TradeFlowCode"])
    assert staged("flow") == [(flow,)]


def test_net_exports_give_way_to_gross_ones(load: Load, staged: Rows) -> None:
    staging = load(
        {"TradeFlowCode": "2", "TradeValue in 1000 USD": "10"},
        {"TradeFlowCode": "6", "TradeValue in 1000 USD": "8"},
        {"TradeFlowCode": "5", "TradeValue in 1000 USD": "3"},
    )
    assert staged("flow", "value_usd") == [("M", 3000.0), ("X", 10_000.0)]
    assert any("1 rows of exports stand beside gross exports" in warning for warning in staging.warnings)


def test_lost_leading_zeros_come_back(load: Load, staged: Rows) -> None:
    load({"ProductCode": "10121"}, {"ProductCode": "101"}, {"ProductCode": "1"})
    assert staged("good") == [("01",), ("0101",), ("010121",)]


def test_the_world_and_groups_are_aggregates(load: Load, staged: Rows) -> None:
    load({"PartnerISO3": "WLD"}, {"PartnerISO3": "EUN"}, {"ProductCode": "Total"}, {"PartnerISO3": "OAS"})
    assert staged("partner", "good", "kind") == [
        ("EU", "854231", "aggregate"),
        ("RUS", "TOTAL", "aggregate"),
        ("TWN", "854231", "economy"),
        ("W00", "854231", "aggregate"),
    ]


def test_the_nomenclature_must_be_known(load: Load, staged: Rows) -> None:
    columns = [column for column in BASE if column != "Nomenclature"]
    with pytest.raises(InputError, match="which nomenclature") as raised:
        load({}, columns=columns)
    assert "--revision" in raised.value.fix
    load({}, columns=columns, revision="HS2017")
    assert staged("revision") == [("HS2017",)]


def test_sitc_is_refused(load: Load, rejects: Rows) -> None:
    load({"Nomenclature": "S3", "ProductCode": "7764"})
    assert rejects() == [(2, "revision 'S3' is not HS, HS2022 or CN2022")]


def test_a_rounded_zero_is_reported(load: Load, staged: Rows) -> None:
    staging = load({"TradeValue in 1000 USD": "0"}, {"TradeValue in 1000 USD": "", "ProductCode": "854232"})
    assert staged("good", "value_usd") == [("854231", 0.0)]
    assert staging.rows_missing == 1


def test_two_figures_of_one_key_are_refused(load: Load) -> None:
    assert load({}, {"TradeValue in 1000 USD": "7"}).rows_rejected == 2


def test_groups_are_aggregates_and_counted(load: Load, staged: Rows) -> None:
    groups = [
        ("ASEAN", "ASEAN"),
        ("EAS", "East Asia & Pacific"),
        ("MERCOSUR", "Mercosur"),
        ("10012", "Friends of friends"),
        ("UNS", "Unspecified"),
    ]
    staging = load({}, *({"PartnerISO3": code, "PartnerName": name} for code, name in groups))
    assert staging.rows_rejected == 0
    assert staged("partner", "kind") == [
        ("10012", "aggregate"),
        ("EAS", "aggregate"),
        ("MERCOSUR", "aggregate"),
        ("R4", "aggregate"),
        ("RUS", "economy"),
        ("_X", "aggregate"),
    ]
    assert any(warning.startswith("4 rows of aggregates are kept apart") for warning in staging.warnings)


def test_a_group_as_reporter(load: Load, staged: Rows) -> None:
    assert load({}, {"ReporterISO3": "ASEAN", "ReporterName": "ASEAN"}).rows_rejected == 0
    assert staged("reporter", "kind") == [("DEU", "economy"), ("R4", "aggregate")]


def test_groups_without_names(load: Load, staged: Rows) -> None:
    columns = [column for column in BASE if column not in ("PartnerName", "ReporterName")]
    assert load({}, {"PartnerISO3": "ASEAN"}, {"PartnerISO3": "SSF"}, columns=columns).rows_rejected == 0
    assert staged("partner", "kind") == [("R4", "aggregate"), ("RUS", "economy"), ("SSF", "aggregate")]


@pytest.mark.parametrize(("code", "name"), [("QQQ", "Atlantis"), ("10013", "Germny"), ("DE", "Germany")])
def test_what_may_be_an_economy_is_no_group(load: Load, code: str, name: str) -> None:
    assert load({}, {"PartnerISO3": code, "PartnerName": name}).rows_rejected == 1
