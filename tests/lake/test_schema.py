"""The lake's columns and what sources stage are the same, and the views are the contract's."""

from lake_rows import put, trade_row

from stopgap.lake.query.statement import run_query
from stopgap.lake.schema import TRADE_COLUMNS
from stopgap.sources.base import STAGED_COLUMNS

CONTRACT = {
    "trade": "period frequency reporter partner flow good revision value_usd net_kg quantity quantity_unit valuation is_estimated source vintage receipt",
    "listed": "entity_id list list_date schema name alias country identifier programme receipt",
    "declarations": "date exporter importer exporter_economy importer_economy good description value_usd net_kg source receipt",
}


def test_sources_stage_what_the_lake_stores():
    assert {name: kind for name, kind in TRADE_COLUMNS.items() if name not in ("vintage", "receipt")} == STAGED_COLUMNS


def test_the_views_have_the_columns_others_rely_on(tmp_path):
    put(tmp_path, [trade_row()])
    for view, columns in (CONTRACT | {"trade_aggregates": CONTRACT["trade"]}).items():
        table, _ = run_query(tmp_path, f"SELECT {', '.join(columns.split())} FROM {view}")
        assert table.column_names == columns.split()
    for view in ("receipts", "findings"):
        run_query(tmp_path, f"SELECT * FROM {view}")
