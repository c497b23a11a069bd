"""HMRC: pounds, partners by number or letters, lost zeros, ports, and records that are no single good."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from stopgap.base.errors import InputError
from stopgap.codes.fx import monthly_rates
from stopgap.sources.base import Staging
from stopgap.sources.registry import read_file, recognise

Rows = Callable[..., list[tuple[Any, ...]]]

RECORD: dict[str, Any] = {
    "MonthId": 202401,
    "FlowTypeId": 4,
    "SuppressionIndex": 0,
    "CommodityId": 85423111,
    "CommoditySitcId": 77641,
    "CountryId": 79,
    "PortId": 1,
    "Value": 1000.0,
    "NetMass": 5.0,
    "SuppUnit": 2.0,
}
CONTEXT = "https://api.uktradeinfo.com/$metadata#OTS"


@pytest.fixture
def load(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Callable[..., Staging]:
    """Reads a reply whose records differ from ``RECORD`` in the given fields."""

    def load(*records: dict[str, Any], without: str = "", **rest: Any) -> Staging:
        rows = [{k: v for k, v in {**RECORD, **record}.items() if k != without} for record in records]
        path = tmp_path / "ots.json"
        path.write_text(json.dumps({"@odata.context": CONTEXT, "value": rows, **rest}), encoding="utf-8")
        return read_file(con, path)

    return load


Load = Callable[..., Staging]


def rate(month: str) -> float:
    return next(r["usd_per_unit"] for r in monthly_rates().to_pylist() if (r["currency"], r["month"]) == ("GBP", month))


def test_pounds_are_converted_at_the_rate_of_the_month(load: Load, staged: Rows) -> None:
    staging = load({})
    assert (staging.source, staging.rows_read, staging.rows_rejected) == ("hmrc", 1, 0)
    assert staged("period::VARCHAR", "frequency", "reporter", "partner", "flow", "good", "revision", "valuation") == [
        ("2024-01-01", "M", "GBR", "KAZ", "X", "85423111", "CN2024", "FOB")
    ]
    assert staged("currency", "value_reported", "value_usd", "net_kg") == [
        ("GBP", 1000.0, pytest.approx(1000 * rate("2024-01"), rel=1e-12), 5.0)
    ]


@pytest.mark.parametrize(
    ("kind", "flow", "valuation"), [(1, "M", "CIF"), (2, "X", "FOB"), (3, "M", "CIF"), (4, "X", "FOB")]
)
def test_four_flow_types(load: Load, staged: Rows, kind: int, flow: str, valuation: str) -> None:
    load({"FlowTypeId": kind})
    assert staged("flow", "valuation") == [(flow, valuation)]


def test_ports_and_both_flow_types_of_a_direction_are_added_up(load: Load, staged: Rows) -> None:
    staging = load({}, {"PortId": 2, "Value": 20.0}, {"PortId": 2, "FlowTypeId": 2, "Value": 3.0})
    assert staged("value_reported", "net_kg") == [(1023.0, 15.0)]
    assert staging.rows_merged == 2


def test_two_values_of_one_port_are_refused(load: Load) -> None:
    assert load({}, {"Value": 7.0}).rows_rejected == 2


def test_lost_leading_zeros_come_back(load: Load, staged: Rows) -> None:
    load({"CommodityId": 1012100})
    assert staged("good") == [("01012100",)]


def test_estimates_below_the_threshold_are_apart(load: Load, staged: Rows) -> None:
    load({"CommodityId": 229999999}, {"CommodityId": 19999999}, {"CommodityId": -990, "CountryId": 959})
    assert staged("good", "partner", "kind") == [
        ("01BTTA", "KAZ", "aggregate"),
        ("22BTTA", "KAZ", "aggregate"),
        ("HMRC990", "QV", "aggregate"),
    ]


@pytest.mark.parametrize(
    ("number", "code"),
    [(75, "RUS"), (83, "KGZ"), (720, "CHN"), (740, "HKG"), (736, "TWN"), (400, "USA"), (52, "TUR"), (951, "QR"), (977, "QX")],
)  # fmt: skip
def test_partners_by_number(load: Load, staged: Rows, number: int, code: str) -> None:
    load({"CountryId": number})
    assert staged("partner") == [(code,)]


def test_partners_by_letters(load: Load, staged: Rows) -> None:
    load({"Country": {"CountryId": 98, "CountryName": "Serbia", "CountryCodeAlpha": "XS"}}, without="CountryId")
    assert staged("partner") == [("SRB",)]


def test_a_reply_without_partners_is_refused(load: Load) -> None:
    with pytest.raises(InputError, match="no partner") as raised:
        load({}, without="CountryId")
    assert "CountryId" in raised.value.fix


def test_partner_equal_to_reporter_is_kept(load: Load, staged: Rows) -> None:
    staging = load({"CountryId": 6})
    assert staged("partner", "kind") == [("GBR", "economy")]
    assert any("its own partner" in warning for warning in staging.warnings)


def test_an_unknown_number_is_refused(load: Load, rejects: Rows) -> None:
    load({"CountryId": 999})
    assert rejects() == [(1, "partner '999' is not known")]


def test_suppressed_records_are_kept_and_counted(load: Load, staged: Rows) -> None:
    staging = load({"SuppressionIndex": 3, "NetMass": None})
    assert staged("value_reported", "net_kg") == [(1000.0, None)]
    assert "1 records are suppressed in part by HMRC (SuppressionIndex)" in staging.warnings


def test_a_page_says_that_more_follow(load: Load) -> None:
    staging = load({}, **{"@odata.nextLink": "https://api.uktradeinfo.com/OTS?$skip=40000"})
    assert any("one page of several" in warning for warning in staging.warnings)


def test_a_null_value_is_missing_and_a_zero_is_not(load: Load, staged: Rows) -> None:
    staging = load({"Value": None}, {"CommodityId": 84713000, "Value": 0.0})
    assert (staging.rows_missing, staged("good", "value_reported")) == (1, [("84713000", 0.0)])


def test_regional_figures_are_not_taken_for_these(tmp_path: Path) -> None:
    path = tmp_path / "rts.json"
    path.write_text(json.dumps({"@odata.context": CONTEXT.replace("OTS", "RTS"), "value": [RECORD]}), encoding="utf-8")
    with pytest.raises(InputError, match="not known"):
        recognise(path)


def test_an_empty_page_is_refused(load: Load) -> None:
    with pytest.raises(InputError):
        load()
