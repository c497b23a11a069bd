"""Several tables, one history: vintages over all of them, each read as it stood."""

from __future__ import annotations

import shutil
import threading

import pyarrow.parquet as pq
import pytest
from comtrade_files import comtrade_row, csv_bytes, put_file
from declared import declared_line, lines_bytes
from lake_rows import put, trade_row
from lake_state import faults, lake_state

from stopgap.base.errors import InputError, NotFoundError, RefusedError, UsageError
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.lake import history as log
from stopgap.lake.compacting import compact
from stopgap.lake.engines.native_copy import build_derived
from stopgap.lake.history import read_log, table_path
from stopgap.lake.query.statement import run_query
from stopgap.lake.schema import DECLARATIONS, TABLES
from stopgap.lake.snapshot import take_snapshot
from stopgap.lake.withdraw import withdraw
from stopgap.maintenance.upkeep import check_lake, export_lake, list_vintages

LINES = "customs-declarations-example"
BILLS = """
source: bills
table: declarations
document: bill-of-lading
date: {column: day, format: YYYY-MM-DD}
exporter: shipper
importer: consignee
"""


def load(lake, folder, rows, name, **options):
    """Import lines of declarations."""
    return import_paths(lake, [put_file(folder, lines_bytes(rows), name)], ImportRequest(mapping=LINES, **options))


def held(lake, as_of=None):
    """Lines as (number, item, value, vintage)."""
    sql = "SELECT declaration, item, value_usd, vintage FROM declarations ORDER BY ALL"
    return [tuple(row.values()) for row in run_query(lake, sql, as_of=as_of)[0].to_pylist()]


def figures(lake, as_of=None):
    return run_query(lake, "SELECT count(*) AS n FROM trade", as_of=as_of)[0].to_pylist()[0]["n"]


@pytest.fixture
def mixed(tmp_path):
    """Trade, declarations, trade again, more declarations."""
    lake = tmp_path / "lake"
    put(lake, [trade_row()])
    load(lake, tmp_path, [declared_line(0), declared_line(1)], "first.csv")
    put(lake, [trade_row(reporter="TUR")])
    load(lake, tmp_path, [declared_line(1, invoice_value="9"), declared_line(2)], "second.csv")
    return lake


def sound(lake):
    """Whether all checks pass but that of raw bytes, which rows put in by hand have not."""
    return [fault for fault in faults(lake) if not fault.startswith("receipts")] == []


def test_vintages_are_numbered_over_all_tables(mixed):
    told = list_vintages(mixed).to_pylist()
    assert [(row["vintage"], row["table"], row["rows_added"], row["rows_replaced"]) for row in told] == [
        ("v1", "trade", 1, 0),
        ("v2", "declarations", 2, 0),
        ("v3", "trade", 1, 0),
        ("v4", "declarations", 2, 1),
    ]
    assert sound(mixed)


def test_each_vintage_shows_every_table_as_it_stood(mixed):
    assert [(figures(mixed, f"v{n}"), len(held(mixed, f"v{n}"))) for n in range(1, 5)] == [
        (1, 0),
        (1, 2),
        (2, 2),
        (2, 3),
    ]
    assert held(mixed) == [
        ("10000000/000000", "1", 0.25, "v2"),
        ("10000000/000000", "2", 9.0, "v4"),
        ("10000000/000000", "3", 2.25, "v4"),
    ]
    assert held(mixed, "v3")[1] == ("10000000/000000", "2", 1.25, "v2")


def test_a_table_is_there_from_its_first_import_on(tmp_path):
    lake = tmp_path / "lake"
    put(lake, [trade_row()])
    assert [path.name for path in (lake / "tables").iterdir()] == ["trade"]
    assert held(lake) == []


def test_a_lake_of_declarations_alone_has_no_trade(tmp_path):
    lake = tmp_path / "lake"
    load(lake, tmp_path, [declared_line()], "a.csv")
    assert (figures(lake), len(held(lake))) == (0, 1)
    assert faults(lake) == []
    assert compact(lake)["files_after"] == 1
    assert {row["view"]: row["rows"] for row in export_lake(lake, tmp_path / "out").to_pylist()}["trade"] == 0


def test_lines_without_a_key_are_added_and_a_correction_names_what_it_replaces(tmp_path):
    lake, mapping = tmp_path / "lake", put_file(tmp_path, BILLS.encode(), "bills.yml")
    first = put_file(tmp_path, b"day,shipper,consignee\n2023-01-01,A,B\n2023-01-01,A,B\n", "first.csv")
    second = put_file(tmp_path, b"day,shipper,consignee\n2023-01-01,A,B\n", "second.csv")
    third = put_file(tmp_path, b"day,shipper,consignee\n2023-01-01,A,C\n", "third.csv")
    done = [import_paths(lake, [file], ImportRequest(mapping=str(mapping))) for file in (first, second)]
    assert len(held(lake)) == 3
    assert import_paths(lake, [first], ImportRequest(mapping=str(mapping))).already_loaded
    corrected = import_paths(lake, [third], ImportRequest(mapping=str(mapping), replaces=[done[0].receipts[0]]))
    assert (corrected.rows_replaced, len(held(lake))) == (2, 2)
    assert withdraw(lake, corrected.receipts[0], "not a correction").rows_restored == 2
    assert held(lake) == held(lake, "v2")
    with pytest.raises(NotFoundError, match="no file with the receipt"):
        import_paths(lake, [third], ImportRequest(mapping=str(mapping), replaces=[corrected.receipts[0]]))
    assert faults(lake) == []


@pytest.mark.prove_only
def test_what_a_correction_replaced_stays_gone_while_one_of_its_files_stands(tmp_path):
    lake = tmp_path / "lake"
    old = load(lake, tmp_path, [declared_line(0), declared_line(1)], "old.csv")
    files = [put_file(tmp_path, lines_bytes([declared_line(n, invoice_value="7")]), f"{n}.csv") for n in (5, 6)]
    done = import_paths(lake, files, ImportRequest(mapping=LINES, replaces=list(old.receipts)))
    assert len(held(lake)) == 2
    assert withdraw(lake, done.receipts[0], "wrong").rows_restored == 0
    assert withdraw(lake, done.receipts[1], "wrong").rows_restored == 2
    assert held(lake) == held(lake, "v1")


@pytest.mark.prove_only
def test_a_withdrawn_line_gives_way_to_what_it_had_replaced(mixed):
    receipts = run_query(mixed, "SELECT receipt FROM receipts WHERE file_name = 'second.csv'")[0].to_pylist()
    done = withdraw(mixed, receipts[0]["receipt"], "wrong month")
    assert (done.table, done.rows_withdrawn, done.rows_restored) == ("declarations", 2, 1)
    assert held(mixed) == held(mixed, "v3")
    assert (figures(mixed), figures(mixed, "v2")) == (2, 1)
    assert sound(mixed)


@pytest.mark.prove_only
def test_the_same_line_in_two_files_of_an_import_is_kept_once(tmp_path):
    lake = tmp_path / "lake"
    pages = [
        put_file(tmp_path, lines_bytes([declared_line(n) for n in numbers]), f"{numbers[0]}.csv")
        for numbers in ((0, 1, 2), (2, 3))
    ]
    done = import_paths(lake, pages, ImportRequest(mapping=LINES))
    assert (done.rows_loaded, done.rows_duplicate) == (4, 1)
    other = put_file(tmp_path, lines_bytes([declared_line(9)]), "9.csv")
    changed = put_file(tmp_path, lines_bytes([declared_line(9, invoice_value="1")]), "9b.csv")
    before = lake_state(lake)
    with pytest.raises(InputError, match="two of the files report the same line with different values"):
        import_paths(lake, [other, changed], ImportRequest(mapping=LINES))
    assert lake_state(lake) == before


def test_complete_is_for_statistics(tmp_path):
    with pytest.raises(UsageError, match="--complete is for trade statistics"):
        load(tmp_path / "lake", tmp_path, [declared_line()], "a.csv", complete=True)


@pytest.mark.prove_only
def test_upkeep_works_over_all_tables(mixed, tmp_path):
    before = held(mixed), figures(mixed), [held(mixed, f"v{n}") for n in (1, 2, 3, 4)]
    strays = [table_path(mixed, table) / "part-stray.parquet" for table in TABLES.values()]
    nameless = mixed / "receipts" / "ab" / ("ab" * 32)
    old_copy = mixed / "derived" / "trade-0.duckdb"
    for path in (*strays, nameless, old_copy):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 100)
    current = build_derived(take_snapshot(mixed))
    old_copy.write_bytes(b"x" * 100)
    done = compact(mixed)
    assert (done["files_before"], done["files_after"], done["orphans_removed"], done["bytes_freed"]) == (4, 2, 3, 500)
    assert not any(path.exists() for path in (*strays, nameless, old_copy))
    assert current.exists()
    assert before == (held(mixed), figures(mixed), [held(mixed, f"v{n}") for n in (1, 2, 3, 4)])
    assert sound(mixed)
    written = export_lake(mixed, tmp_path / "out").to_pylist()
    assert {row["view"]: row["rows"] for row in written}["declarations"] == 3
    assert pq.read_table(tmp_path / "out" / "declarations.parquet").num_rows == 3
    assert "declarations" not in {row["view"] for row in export_lake(mixed, tmp_path / "old", as_of="v1").to_pylist()}


@pytest.mark.prove_only
def test_an_import_of_another_table_leaves_the_native_copy_of_trade(mixed, tmp_path):
    copy = build_derived(take_snapshot(mixed))
    made = copy.stat().st_mtime_ns
    load(mixed, tmp_path, [declared_line(7)], "third.csv")
    snapshot = take_snapshot(mixed)
    assert (snapshot.vintage, snapshot.is_newest) == ("v5", True)
    assert build_derived(snapshot) == copy
    assert copy.stat().st_mtime_ns == made
    assert take_snapshot(mixed, as_of="v4").is_newest
    assert not take_snapshot(mixed, as_of="v2").is_newest


def test_a_missing_table_is_found(mixed):
    shutil.rmtree(table_path(mixed, DECLARATIONS))
    checks = {row["check"]: row for row in check_lake(mixed).to_pylist()}
    assert checks["vintages"]["found"] == "v2 is missing"
    put(mixed, [trade_row(reporter="KAZ")])
    assert list_vintages(mixed).column("vintage").to_pylist() == ["v1", "v3", "v4"]


@pytest.mark.prove_only
def test_a_commit_between_two_readings_of_the_log_is_not_torn(mixed, monkeypatch):
    """A reader that has read one table sees the next one's newer vintage only with all before it."""
    original, calls = log._table_log, []

    def slow(lake, table):
        found = original(lake, table)
        calls.append(table.name)
        if len(calls) == 1:
            put(lake, [trade_row(reporter="KAZ")])
            load(lake, lake.parent, [declared_line(8)], "meanwhile.csv")
        return found

    monkeypatch.setattr(log, "_table_log", slow)
    commits = log.read_log(mixed)
    monkeypatch.undo()
    assert [commit.vintage for commit in log.vintages(commits)] == [f"v{n}" for n in range(1, 7)]
    assert len(calls) > 4


@pytest.mark.prove_only
def test_writers_of_different_tables_take_turns(tmp_path):
    lake = tmp_path / "lake"
    files = {n: put_file(tmp_path, lines_bytes([declared_line(n)]), f"{n}.csv") for n in range(3)}
    comtrade = {n: put_file(tmp_path, csv_bytes([comtrade_row(cmdCode=f"85423{n}")]), f"t{n}.csv") for n in range(3)}
    writers = [
        threading.Thread(target=import_paths, args=(lake, [files[n]]), kwargs={"request": ImportRequest(mapping=LINES)})
        for n in files
    ]
    writers += [threading.Thread(target=import_paths, args=(lake, [comtrade[n]])) for n in comtrade]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert list_vintages(lake).column("vintage").to_pylist() == [f"v{n}" for n in range(1, 7)]
    assert (figures(lake), len(held(lake)), faults(lake)) == (3, 3, [])


def test_sql_reads_the_files_of_every_table_and_no_other(mixed):
    run_query(mixed, "SELECT * FROM declarations", as_of="v2")
    with pytest.raises(RefusedError):
        run_query(mixed, f"SELECT * FROM read_text('{mixed / '.lock'}')")


def test_a_lake_of_one_table_reads_as_before(tmp_path):
    """Commits of before several tables were: no mode, no corrections, receipts without their reading."""
    lake = tmp_path / "lake"
    put(lake, [trade_row(receipt="a")], name="a")
    put(lake, [trade_row(receipt="b", value_usd=2.0)], name="b")
    for path in sorted((table_path(lake) / "_delta_log").glob("*[12].json")):
        text = path.read_text("utf-8")
        for field in ('\\"replaces\\": \\"box\\", ', '\\"reading\\": null, ', '\\"rows_shared\\": 0, '):
            assert field in text
            text = text.replace(field, "")
        path.write_text(text, "utf-8")
    assert read_log(lake)[-1].replaces is None
    assert figures(lake) == 1
    assert withdraw(lake, "b", "wrong").rows_restored == 1
    assert run_query(lake, "SELECT value_usd FROM trade")[0].to_pylist() == [{"value_usd": 1.0}]
