"""Zip archives imported into a lake."""

from __future__ import annotations

import pytest
from comtrade_files import comtrade_row, csv_bytes
from lake_state import faults, lake_state
from samples import samples
from test_archive import CODES, OTHER, TABLE, zipped

from stopgap.base.errors import StopgapError
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.lake.query.statement import run_query
from stopgap.lake.withdraw import withdraw


def loaded(lake) -> list[tuple[str, str, int, float]]:
    """Files in the lake, what came of them."""
    table, _ = run_query(
        lake,
        "SELECT file_name, t.source, count(*)::INTEGER AS n, sum(value_usd) AS usd FROM trade AS t "
        "JOIN receipts USING (receipt, vintage) GROUP BY ALL ORDER BY 1",
    )
    return [tuple(row.values()) for row in table.to_pylist()]


def test_each_table_is_a_file_of_the_import_with_a_receipt_of_its_own(tmp_path):
    lake, path = tmp_path / "lake", tmp_path / "Bulk 2021.zip"
    path.write_bytes(zipped(("y/x.csv", TABLE), ("y/z.csv", OTHER), ("codes.csv", CODES), ("Readme.txt", b"hello\n")))  # fmt: skip
    done = import_paths(lake, [path])
    total = sum(n + 0.5 for n in range(31, 40))
    assert loaded(lake) == [("Bulk 2021 - x.csv", "comtrade", 9, total), ("Bulk 2021 - z.csv", "comtrade", 9, total)]
    assert done.warnings == ("Bulk 2021.zip: left out, being of no known format: codes.csv, Readme.txt",)
    assert faults(lake) == []
    assert not (lake / "incoming").exists()
    # The same bytes, packed or not, are loaded once.
    assert import_paths(lake, [path]).already_loaded
    plain = tmp_path / "x.csv"
    plain.write_bytes(TABLE)
    assert import_paths(lake, [plain]).already_loaded
    # One file of an archive can be taken back by itself.
    withdraw(lake, done.receipts[0], "a wrong year")
    assert [name for name, *_ in loaded(lake)] == ["Bulk 2021 - z.csv"]


@pytest.mark.one_in(30)
@pytest.mark.parametrize("name", samples())
def test_every_format_comes_out_of_an_archive_as_it_went_in(tmp_path, name):
    sample = samples()[name]
    path, mapping = tmp_path / "figures.zip", tmp_path / "mapping.yml"
    path.write_bytes(zipped((f"folder/{sample.file_name}", sample.content)))
    if sample.mapping:
        mapping.write_text(sample.mapping, "utf-8")
    import_paths(
        tmp_path / "lake",
        [path],
        ImportRequest(source=sample.source, mapping=str(mapping) if sample.mapping else None, **sample.options),
    )
    views = ("trade", "trade_aggregates", "trade_breakdowns")
    found = sum(
        run_query(tmp_path / "lake", f"SELECT sum(value_reported) AS n FROM {view}")[0]["n"][0].as_py() or 0.0
        for view in views
    )
    assert found == sample.total


@pytest.mark.prove_only
def test_a_faulty_table_in_an_archive_loads_nothing_and_is_named(tmp_path):
    lake, path = tmp_path / "lake", tmp_path / "bulk.zip"
    first = tmp_path / "first.csv"
    first.write_bytes(csv_bytes([comtrade_row()]))
    import_paths(lake, [first])
    before = lake_state(lake)
    path.write_bytes(zipped(("good.csv", TABLE), ("bad.csv", OTHER[:-20])))
    with pytest.raises(StopgapError) as caught:
        import_paths(lake, [path])
    assert "bulk - bad.csv" in caught.value.where
    assert lake_state(lake) == before
    assert faults(lake) == []
