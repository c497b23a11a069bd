"""The months of an alert: gaps stay gaps, codes of one month are added up, the month that stands out is marked."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pyarrow as pa

from stopgap.measures.alerts.cases import AlertCase, ShownAlert
from stopgap.pages.alerts.months import months_chart

SIGNAL = {
    "kind": "one-month", "month": "2024-04", "began": "2024-04", "value_usd": 90.0, "expected_usd": 10.0,
    "band_usd": [5.0, 20.0], "ratio": 9.0, "p_value": 0.01, "q_value": 0.05, "value_at_stake_usd": 80.0, "vintage": "v1",
}  # fmt: skip


def _shown(rows: list[dict[str, Any]]) -> ShownAlert:
    alert = {
        **SIGNAL, "supplier": "CHN", "destination": "RUS", "good": "854231", "good_description": "Processors",
        "explanation": "It stands out.", "goods": "chips", "goods_version": "1", "revision": "HS2022", "route": "direct",
        "unit": "USD per month", "episode": None, "role": "other", "history_months": 36, "queries": ["SELECT 1"],
    }  # fmt: skip
    case = AlertCase("a-1", alert, [SIGNAL])  # type: ignore[arg-type, list-item]
    table = (
        pa.Table.from_pylist(rows)
        if rows
        else pa.table({"period": pa.array([], pa.date32()), "value_usd": pa.array([], pa.float64())})
    )
    return ShownAlert(case, table, "v2")


def _row(month: int, value: float | None) -> dict[str, Any]:
    return {"period": dt.date(2024, month, 1), "value_usd": value}


def test_codes_add_up_gaps_stay_gaps_and_nothing_becomes_zero() -> None:
    chart = months_chart(_shown([_row(1, 10.0), _row(1, 5.0), _row(2, None), _row(4, 90.0)]))
    assert chart is not None
    [source] = [each for each in json.loads(chart.specification)["data"] if each["name"] == "rows"]
    found = [(row["at"], row["value"], row["alerted"]) for row in source["values"]]
    assert found == [
        ("2024-01", 15.0, False),
        ("2024-02", None, False),
        ("2024-03", None, False),
        ("2024-04", 90.0, True),
    ]
    cells = [[cell.text or cell.missing for cell in row] for row in chart.table.rows]
    assert cells[0] == ["2024-04", "90", "10", "5 to 20", "stands out"]
    assert cells[2][:2] == ["2024-02", "not reported"]
    assert "Line of 4 months, 2024-01 to 2024-04. 2 months in between were not reported." in chart.description


def test_an_alert_without_rows_has_no_chart() -> None:
    assert months_chart(_shown([])) is None
    assert months_chart(_shown([_row(1, None)])) is None
