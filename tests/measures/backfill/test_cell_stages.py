"""Stages of the cell tests: sums by hand, hubs and members out, and the statement for the other engine."""

import datetime as dt

import pyarrow as pa
import pytest
from lake_rows import put, trade_row

from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.engines.spark import spark_sql
from stopgap.lake.snapshot import connect, take_snapshot
from stopgap.measures.backfill.cell_test_arrays import CELL_DESTINATIONS, CELL_SERIES, HUB

MONTHS = [dt.date(2021, 1, 1), dt.date(2023, 1, 1)]
TABLES = {
    "periods": pa.table({"period": MONTHS, "part": ["baseline", "after"], "season": pa.array([1, 1], pa.int32())}),
    "world_wanted": pa.table(
        {
            "source": ["comtrade"] * 3, "revision": ["HS2017"] * 3, "good": ["854231", "854232", "850110"],
            "panel_good": ["854231", "854232", "850110"], "weight": [1.0] * 3, "is_estimated": [False] * 3,
            "is_sanctioned": [True, True, False],
        }
    ),
    "chapters": pa.table({"chapter": ["85"]}),
    "world_chosen": pa.table({"supplier": ["CHN", "DEU"], "source": ["comtrade"] * 2}),
    "cell_suppliers": pa.table({"supplier": ["CHN"]}),
    "cell_groups": pa.table({"good": ["854231", "854232"], "cell": ["1", "2"]}),
    "cell_places": pa.table(
        {"destination": ["RUS", "KAZ", "TUR"], "place": pa.array([0, 1, HUB], pa.int32())}
    ),
}  # fmt: skip
PARAMS = {
    "target": "RUS", "flow": "X", "frequency": "M", "periods_per_year": 12,
    "first_period": "2021-01-01", "last_period": "2023-01-01",
}  # fmt: skip


@pytest.fixture
def engine(tmp_path):
    rows = []
    for month, dollars in zip(MONTHS, (10.0, 30.0), strict=True):
        row = {"period": month.isoformat(), "frequency": "M"}
        rows += [trade_row(**row, value_usd=dollars), trade_row(**row, good="854232", value_usd=1.0)]
        for number, partner in enumerate(("KAZ", "TUR", "BRA", "IND"), 1):
            rows.append(trade_row(**row, partner=partner, value_usd=dollars + number))
        rows += [trade_row(**row, good="850110", value_usd=5.0), trade_row(**row, reporter="DEU", value_usd=99.0)]
    put(tmp_path, rows)
    con = connect(take_snapshot(tmp_path))
    yield DuckDBEngine(con)
    con.close()


def test_series_are_the_sums_done_by_hand(engine):
    found = engine.run(CELL_SERIES, tables=TABLES, params=PARAMS).to_pylist()
    after = {
        (row["cell"], row["is_sanctioned"], row["place"]): row["value_usd"]
        for row in found
        if row["period"] == MONTHS[1]
    }
    # Brazil and India together; Turkey is a hub, Germany is not tested.
    assert after == {("1", True, 0): 30.0, ("2", True, 0): 1.0, ("1", True, 1): 31.0, ("1", True, -1): 67.0, ("", False, 0): 5.0}  # fmt: skip
    assert {row["supplier"] for row in found} == {"CHN"}


def test_destinations_hold_sanctioned_goods_of_both_windows(engine):
    found = engine.run(CELL_DESTINATIONS, tables=TABLES, params=PARAMS).to_pylist()
    assert {row["destination"]: row["value_usd"] for row in found} == {
        "RUS": 42.0, "KAZ": 42.0, "TUR": 44.0, "BRA": 46.0, "IND": 48.0,
    }  # fmt: skip


@pytest.mark.parametrize("stage", [CELL_SERIES, CELL_DESTINATIONS], ids=lambda stage: stage.name)
def test_stages_render_for_the_other_engine(stage):
    assert ":frequency" in spark_sql(stage.compiled())
