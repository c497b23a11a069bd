"""Traps of trade statistics that no measure may fall into, each named: the same lake with and without them."""

from __future__ import annotations

import pytest
from lake_rows import put, trade_row

from stopgap.measures.backfill.run import measure
from stopgap.panel.prepare import measure_options

YEARS = (2020, 2021, 2023)


BEFORE, AFTER = {"DEU": 100.0, "CHN": 50.0}, {"DEU": 10.0, "CHN": 80.0}


def plain() -> list[dict[str, object]]:
    """DEU, of the coalition, falls from 100 to 10; CHN rises from 50 to 80."""
    return [
        trade_row(
            period=f"{year}-01-01",
            reporter=reporter,
            good="854231",
            value_usd=(AFTER if year == 2023 else BEFORE)[reporter],
        )
        for year in YEARS
        for reporter in ("DEU", "CHN")
    ]


TRAPS = {
    "partner = reporter": [{"reporter": "RUS", "partner": "RUS"}, {"reporter": "CHN", "partner": "CHN"}],
    "re-exports stand apart from exports": [{"reporter": "CHN", "flow": "RX"}, {"reporter": "DEU", "flow": "RX"}],
    "re-imports stand apart from imports": [{"reporter": "RUS", "partner": "CHN", "flow": "RM"}],
    "World as partner": [{"reporter": "CHN", "partner": "W00", "value_usd": 9999.0}],
    "the EU as reporter, beside its members": [{"reporter": "EU", "kind": "aggregate", "value_usd": 500.0}],
    "the euro area as reporter": [{"reporter": "EA", "kind": "aggregate", "value_usd": 400.0}],
    "special partners": [{"reporter": "CHN", "partner": "_X", "kind": "aggregate", "value_usd": 70.0}],
    "parts of a total, by mode of transport": [{"reporter": "CHN", "kind": "breakdown", "value_usd": 30.0}],
    "goods that are confidential": [{"reporter": "CHN", "good": "8542SSSS", "kind": "aggregate"}],
    "all goods beside one good": [{"reporter": "CHN", "good": "TOTAL", "kind": "aggregate", "value_usd": 1e6}],
    "a heading beside its subheading": [
        {"reporter": "DEU", "good": "8542", "like": "DEU"},
        {"reporter": "CHN", "good": "8542", "like": "CHN"},
    ],
    "CN8 beside HS6 of the same source": [
        {"reporter": "DEU", "good": "85423190", "revision": "CN2020", "like": "DEU"},
    ],
}  # fmt: skip


def _row(year, *, like=None, kind=None, **fields):
    """A row of a year; ``like`` gives it the value of a reporter's plain figure."""
    if like is not None:
        fields["value_usd"] = (AFTER if year == 2023 else BEFORE)[like]
    row = trade_row(**{"good": "854231", "period": f"{year}-01-01", **fields})
    return row | ({"kind": kind} if kind else {})


@pytest.mark.one_in(12)
@pytest.mark.parametrize("trap", TRAPS)
def test_a_measure_does_not_fall_into(trap, tmp_path):
    rows = plain()
    caught = [_row(year, **row) for row in TRAPS[trap] for year in YEARS]
    put(tmp_path / "without", rows)
    put(tmp_path / "with", [*rows, *caught])
    options = measure_options(goods="machinery-electronics")
    without = measure(tmp_path / "without", "russia-2022", options)
    found = measure(tmp_path / "with", "russia-2022", options)
    assert found.suspended == without.suspended
    assert found.backfill == without.backfill
    assert [(row.supplier, row.baseline_usd, row.after_usd) for row in found.suppliers] == [("CHN", 50.0, 80.0)]
    assert found.coverage.level == "HS6"
