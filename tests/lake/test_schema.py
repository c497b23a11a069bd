"""The lake's columns and what sources stage are the same, and the views are the contract's."""

import pytest
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
    for view, columns in (CONTRACT | {"trade_aggregates": f"{CONTRACT['trade']} kind"}).items():
        table, _ = run_query(tmp_path, f"SELECT {', '.join(columns.split())} FROM {view}")
        assert table.column_names == columns.split()
    for view in ("receipts", "findings"):
        run_query(tmp_path, f"SELECT * FROM {view}")


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("reporter", "partner", "good", "kind"),
    [
        ("EU27_2020", "KGZ", "TOTAL", "union"),
        ("EA20", "KGZ", "TOTAL", "union"),
        ("DEU", "W00", "854231", "world"),
        ("EU27_2020", "W00", "854231", "world"),
        ("DEU", "QS", "271019", "special"),
        ("DEU", "XI", "271019", "part"),
        ("IMF_G110", "RUS", "TOTAL", "region"),
        ("DEU", "KGZ", "85XXXX", "special"),
        ("DEU", "KGZ", "TOTAL", "total"),
    ],
)
def test_an_aggregate_has_its_kind(tmp_path, reporter, partner, good, kind):
    put(tmp_path, [trade_row(kind="aggregate", reporter=reporter, partner=partner, good=good)])
    table, _ = run_query(tmp_path, "SELECT kind FROM trade_aggregates")
    assert table["kind"].to_pylist() == [kind]
