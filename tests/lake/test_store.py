"""Commits: vintages, replaced slices, what a killed import leaves, upkeep."""

import contextlib
import threading

import duckdb
import pytest
from lake_rows import put, trade_row

from stopgap.base.errors import InputError, NotFoundError, RefusedError
from stopgap.lake.compacting import compact
from stopgap.lake.engines.native_copy import attached, build_derived, derived_path
from stopgap.lake.history import read_log, table_path
from stopgap.lake.query.statement import run_query
from stopgap.lake.snapshot import connect, take_snapshot
from stopgap.lake.store import orphans, writing
from stopgap.lake.supersession import Replaces
from stopgap.maintenance.upkeep import check_lake, export_lake, list_vintages


def values(lake, as_of=None):
    sql = "SELECT reporter, partner, good, year(period) AS year, value_usd, vintage FROM trade ORDER BY ALL"
    return [tuple(row.values()) for row in run_query(lake, sql, as_of=as_of)[0].to_pylist()]


def test_each_import_is_a_vintage_and_earlier_ones_stay_readable(tmp_path):
    put(tmp_path, [trade_row(value_usd=10.0), trade_row(reporter="TUR", value_usd=3.0)])
    done = put(tmp_path, [trade_row(value_usd=12.0)])
    assert (done.vintage, done.rows_added, done.rows_replaced) == ("v2", 1, 1)
    assert values(tmp_path) == [("CHN", "RUS", "854231", 2021, 12.0, "v2"), ("TUR", "RUS", "854231", 2021, 3.0, "v1")]
    assert values(tmp_path, as_of="v1") == [
        ("CHN", "RUS", "854231", 2021, 10.0, "v1"),
        ("TUR", "RUS", "854231", 2021, 3.0, "v1"),
    ]
    assert list_vintages(tmp_path).column("rows_replaced").to_pylist() == [0, 1]


def test_a_newer_release_replaces_what_it_covers_and_nothing_else(tmp_path):
    first = [
        trade_row(good=good, partner=partner, period=period, reporter=reporter, value_usd=1.0)
        for reporter in ("CHN", "TUR")
        for period in ("2021-01-01", "2022-01-01")
        for partner in ("RUS", "KAZ", "W00")
        for good in ("854231", "854232")
    ]
    put(tmp_path, first)
    # CHN 2022 again, without its row for KAZ in 854232: that figure was withdrawn.
    again = [row for row in first if (row["reporter"], row["period"]) == ("CHN", "2022-01-01")]
    again = [
        trade_row(**{**row, "value_usd": 2.0}) for row in again if (row["partner"], row["good"]) != ("KAZ", "854232")
    ]
    put(tmp_path, again)
    rows = values(tmp_path)
    assert len(rows) == 2 * 2 * 2 * 2 - 1
    assert {row[:4] for row in rows if row[4] == 2.0} == {
        ("CHN", "RUS", "854231", 2022),
        ("CHN", "RUS", "854232", 2022),
        ("CHN", "KAZ", "854231", 2022),
    }
    assert all(row[5] == "v1" for row in rows if row[4] == 1.0)


def test_figures_of_other_goods_or_partners_are_added_not_replaced(tmp_path):
    put(tmp_path, [trade_row(good="854231", partner="RUS")])
    put(tmp_path, [trade_row(good="847150", partner="RUS")])
    put(tmp_path, [trade_row(good="854231", partner="KAZ")])
    assert len(values(tmp_path)) == 3


def test_a_world_row_covers_every_partner_of_its_good(tmp_path):
    put(tmp_path, [trade_row(partner="RUS"), trade_row(partner="KAZ")])
    put(tmp_path, [trade_row(partner="RUS", value_usd=5.0), trade_row(partner="W00", value_usd=5.0)])
    assert [row[:2] for row in values(tmp_path)] == [("CHN", "RUS")]


def test_a_complete_release_drops_what_it_no_longer_holds(tmp_path):
    put(tmp_path, [trade_row(), trade_row(good="847150"), trade_row(reporter="TUR", good="847150")])
    put(tmp_path, [trade_row(value_usd=2.0)], replaces=Replaces.COMPLETE)
    assert [row[:3] for row in values(tmp_path)] == [("CHN", "RUS", "854231"), ("TUR", "RUS", "847150")]


def test_an_import_that_lacks_refused_rows_replaces_only_what_it_holds(tmp_path):
    """CHN to RUS was refused: its old figure stays, though the World row covers it."""
    put(tmp_path, [trade_row(partner="RUS"), trade_row(partner="KAZ"), trade_row(partner="W00", value_usd=2.0)])
    again = [trade_row(partner="KAZ", value_usd=7.0), trade_row(partner="W00", value_usd=8.0)]
    done = put(tmp_path, again, replaces=Replaces.FIGURES)
    assert (done.rows_replaced, done.rows_withdrawn) == (2, 0)
    assert [row[4] for row in values(tmp_path)] == [7.0, 1.0]


def test_withdrawn_figures_are_counted(tmp_path):
    put(tmp_path, [trade_row(partner="RUS"), trade_row(partner="KAZ")])
    done = put(tmp_path, [trade_row(partner="RUS"), trade_row(partner="W00")])
    assert (done.rows_replaced, done.rows_withdrawn) == (2, 1)


def test_aggregates_are_never_among_the_economies(tmp_path):
    put(tmp_path, [trade_row(), trade_row(partner="W00", value_usd=9.0)])
    assert [row[1] for row in values(tmp_path)] == ["RUS"]
    table, _ = run_query(tmp_path, "SELECT partner, value_usd FROM trade_aggregates")
    assert table.to_pylist() == [{"partner": "W00", "value_usd": 9.0}]


def test_what_a_killed_import_left_is_invisible_and_removed_by_the_next(tmp_path):
    put(tmp_path, [trade_row()])
    stray = table_path(tmp_path) / "part-stray.parquet"
    stray.write_bytes(b"half a file")
    (tmp_path / "incoming" / "dead").mkdir(parents=True)
    assert len(values(tmp_path)) == 1
    assert orphans(tmp_path) == [stray]
    put(tmp_path, [trade_row(reporter="TUR")])
    assert orphans(tmp_path) == []
    assert not (tmp_path / "incoming").exists()


def test_the_native_copy_is_rebuilt_when_missing_stale_or_broken(tmp_path):
    put(tmp_path, [trade_row()])
    copy = build_derived(take_snapshot(tmp_path))
    copy.write_bytes(b"not a database")
    assert len(values(tmp_path)) == 1
    copy.unlink()
    assert len(values(tmp_path)) == 1
    put(tmp_path, [trade_row(reporter="TUR")])
    assert len(values(tmp_path)) == 2
    assert [path.name for path in (tmp_path / "derived").iterdir()] == [derived_path(take_snapshot(tmp_path)).name]


def test_compaction_changes_no_row_and_no_vintage(tmp_path):
    for reporter in ("CHN", "TUR", "KAZ"):
        put(tmp_path, [trade_row(reporter=reporter)])
    before = values(tmp_path), values(tmp_path, as_of="v2")
    assert compact(tmp_path)["files_after"] == 1
    assert (values(tmp_path), values(tmp_path, as_of="v2")) == before
    assert take_snapshot(tmp_path).vintage == "v3"
    put(tmp_path, [trade_row(reporter="UZB")])
    assert len(values(tmp_path)) == 4
    assert all(check_lake(tmp_path).column("passed").to_pylist()[1:])  # these rows have no raw bytes to check


@pytest.mark.prove_only
def test_two_writers_take_turns(tmp_path):
    reporters = ("CHN", "TUR", "KAZ", "UZB")
    writers = [threading.Thread(target=put, args=(tmp_path, [trade_row(reporter=reporter)])) for reporter in reporters]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(row[0] for row in values(tmp_path)) == sorted(reporters)
    assert list_vintages(tmp_path).column("vintage").to_pylist() == ["v1", "v2", "v3", "v4"]


def test_vintages_are_found_by_name_and_by_day(tmp_path):
    put(tmp_path, [trade_row()])
    day = read_log(tmp_path)[-1].committed[:10]
    assert take_snapshot(tmp_path, as_of=day).vintage == "v1"
    with pytest.raises(NotFoundError, match="no vintage v7"):
        take_snapshot(tmp_path, as_of="v7")
    with pytest.raises(NotFoundError, match="no vintage 1999-01-01"):
        take_snapshot(tmp_path, as_of="1999-01-01")
    with pytest.raises(InputError, match="neither a vintage nor a day"):
        take_snapshot(tmp_path, as_of="yesterday")


@pytest.mark.parametrize(
    "sql",
    [
        "DROP VIEW trade",
        "SELECT 1; SELECT 2",
        "COPY (SELECT 1) TO 'x.csv'",
        "CREATE TABLE t AS SELECT 1",
        "ATTACH 'x.db'",
        "SET threads = 1",
    ],
)
def test_only_a_single_select_may_be_run(tmp_path, sql):
    put(tmp_path, [trade_row()])
    with pytest.raises(RefusedError, match="only a single SELECT"):
        run_query(tmp_path, sql)


def test_sql_cannot_read_files_outside_the_lake(tmp_path):
    put(tmp_path / "lake", [trade_row()])
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with pytest.raises(RefusedError):
        run_query(tmp_path / "lake", f"SELECT * FROM read_csv('{secret}')")
    with pytest.raises(RefusedError):
        run_query(tmp_path / "lake", f"SELECT * FROM read_text('{secret}')")


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(RefusedError, match="cannot be written"), writing(blocked):
        pass


def test_export_writes_plain_parquet(tmp_path):
    put(tmp_path / "lake", [trade_row(), trade_row(partner="W00")])
    table = export_lake(tmp_path / "lake", tmp_path / "out")
    assert {row["view"]: row["rows"] for row in table.to_pylist()} == {
        "trade": 1,
        "trade_aggregates": 1,
        "trade_breakdowns": 0,
        "receipts": 1,
        "findings": 0,
    }
    with pytest.raises(InputError, match="not empty"):
        export_lake(tmp_path / "lake", tmp_path / "out")


def test_readers_keep_their_snapshot_while_a_writer_commits(tmp_path):
    put(tmp_path, [trade_row()])
    con = connect(take_snapshot(tmp_path))
    put(tmp_path, [trade_row(reporter="TUR")])
    assert con.execute("SELECT count(*) FROM trade").fetchall() == [(1,)]
    con.close()
    assert len(values(tmp_path)) == 2


@pytest.mark.prove_only
def test_a_native_copy_that_vanishes_meanwhile_is_done_without(tmp_path, monkeypatch):
    put(tmp_path, [trade_row()])
    monkeypatch.setattr("stopgap.lake.engines.native_copy.build_derived", lambda snapshot: tmp_path / "gone.duckdb")
    assert len(values(tmp_path)) == 1


def test_a_native_copy_that_a_newer_reader_removes_while_it_is_attached_is_done_without(tmp_path):
    put(tmp_path, [trade_row(value_usd=10.0)])
    before = take_snapshot(tmp_path)
    assert build_derived(before)
    put(tmp_path, [trade_row(reporter="TUR", value_usd=3.0)])

    class Removing:
        """A connection after whose ATTACH the reader of the newer import removes the older copies."""

        def execute(self, sql, *arguments):
            done = con.execute(sql, *arguments)
            if sql.startswith("ATTACH"):
                build_derived(take_snapshot(tmp_path))
            return done

    with contextlib.closing(duckdb.connect()) as con:
        assert attached(con, before)
        con.execute("DETACH native")
        assert not attached(Removing(), before)
        assert con.execute("SELECT 1 FROM duckdb_databases() WHERE database_name = 'native'").fetchall() == []
