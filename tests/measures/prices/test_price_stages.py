"""Prices' stages: kilograms that are known beside dollars, by hand, and the statement for the other engine."""

import datetime as dt

import pyarrow as pa
import pytest
from lake_rows import put, trade_row

from stopgap.base.vocab import Report
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.engines.spark import spark_sql
from stopgap.lake.snapshot import connect, take_snapshot
from stopgap.measures.prices.stages import COUNTED_SALES, UNIT_VALUES
from stopgap.panel.quantities import GoodUnit, unit_tables
from stopgap.panel.quantity_stages import quantity_cells
from stopgap.panel.stages import panel

MONTHS = [dt.date(2021, 1, 1), dt.date(2021, 2, 1), dt.date(2023, 1, 1), dt.date(2023, 2, 1)]
TABLES = {
    "periods": pa.table(
        {"period": MONTHS, "part": ["baseline", "baseline", "after", "after"], "season": pa.array([1, 2, 1, 2], pa.int32())}
    ),
    "wanted": pa.table(
        {
            "source": ["comtrade"], "revision": ["HS2017"], "good": ["854231"], "panel_good": ["854231"],
            "weight": [1.0], "is_estimated": [False],
        }
    ),
    "chapters": pa.table({"chapter": ["85"]}),
    "chosen": pa.table({"supplier": ["CHN"], "source": ["comtrade"], "reporter": ["CHN"]}),
    "world_chosen": pa.table({"supplier": ["CHN"], "source": ["comtrade"]}),
    "price_sellers": pa.table({"supplier": ["CHN"], "number": [0]}),
    "price_goods": pa.table({"good": ["854231"], "number": [0]}),
    "price_hubs": pa.table({"destination": ["TUR"]}),
}  # fmt: skip
TABLES |= unit_tables([GoodUnit("854231", "kilograms", None, None, None)])
TABLES["world_wanted"] = TABLES["wanted"].append_column("is_sanctioned", pa.array([True]))
PARAMS = {
    "target": "RUS", "flow": "X", "frequency": "M", "periods_per_year": 12,
    "first_period": "2021-01-01", "last_period": "2023-02-01",
}  # fmt: skip


@pytest.fixture
def engine(tmp_path):
    rows = []
    for month, dollars, kilograms in zip(MONTHS, (10.0, 20.0, 30.0, 60.0), (1.0, 2.0, 2.0, None), strict=True):
        row = {"period": month.isoformat(), "frequency": "M"}
        rows.append(trade_row(**row, value_usd=dollars, net_kg=kilograms))
        rows.append(trade_row(**row, partner="KAZ", value_usd=8.0, net_kg=4.0))
        rows.append(trade_row(**row, partner="TUR", value_usd=9.0, net_kg=1.0))
    rows[0]["is_estimated"] = True
    put(tmp_path, rows)
    con = connect(take_snapshot(tmp_path))
    yield DuckDBEngine(con)
    con.close()


def test_a_month_without_weight_has_dollars_and_no_kilograms(engine):
    found = sorted(
        engine.run(quantity_cells(), tables=TABLES, params=PARAMS).to_pylist(), key=lambda row: row["season"]
    )
    # Means a year of a baseline and an after-window of two months each: times six.
    assert found[0] == {
        "supplier": "CHN", "good": "854231", "season": 1,
        "baseline_usd": 60.0, "after_usd": 180.0, "baseline_quantity": 6.0, "after_quantity": 12.0,
    }  # fmt: skip
    assert found[1] | {"season": 2} == {
        "supplier": "CHN", "good": "854231", "season": 2,
        "baseline_usd": 120.0, "after_usd": 360.0, "baseline_quantity": 12.0, "after_quantity": None,
    }  # fmt: skip


def test_dollars_are_those_of_the_measure(engine):
    [measured] = engine.run(panel().cells, tables=TABLES, params=PARAMS).to_pylist()
    priced = engine.run(quantity_cells(), tables=TABLES, params=PARAMS).to_pylist()
    for name in ("baseline_usd", "after_usd"):
        assert sum(row[name] for row in priced) == pytest.approx(measured[name], rel=1e-12)


def test_unit_values_leave_out_hubs_and_sales_without_weight(engine):
    found = engine.run(UNIT_VALUES, tables=TABLES, params=PARAMS).to_pylist()
    assert {row["destination"] for row in found} == {"RUS", "KAZ"}
    assert sum(row["destination"] == "RUS" for row in found) == 3
    assert [row["period"] for row in found if row["is_estimated"]] == [MONTHS[0]]
    [counted] = engine.run(COUNTED_SALES, tables=TABLES, params=PARAMS).to_pylist()
    assert counted == {"figures": 4, "counted": 3}


@pytest.mark.parametrize(
    "stage", [quantity_cells(), quantity_cells(Report.MIRROR), UNIT_VALUES, COUNTED_SALES], ids=lambda stage: stage.name
)
def test_stages_render_for_the_other_engine(stage):
    assert ":frequency" in spark_sql(stage.compiled())
