"""Engines that stay open answer for the rows of their own snapshot alone, and no longer than its files are as they were."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lake_rows import put, trade_row

from stopgap.base.errors import InputError
from stopgap.lake.engines import open_engines
from stopgap.lake.engines.open_engines import close_engines, duckdb_engine
from stopgap.lake.snapshot import Snapshot, take_snapshot
from stopgap.lake.stage import Stage

SUM = Stage("sum_of_all", "SELECT sum(value_usd) AS usd FROM trade")


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Path]:
    """Three vintages: 1, then 10 more, then 100 more dollars, each from a file of its own."""
    close_engines()
    for number, reporter in enumerate(("CHN", "TUR", "KAZ")):
        put(tmp_path, [trade_row(reporter=reporter, value_usd=10.0**number, receipt=reporter)], name=reporter)
    yield tmp_path
    close_engines()


def usd(snapshot: Snapshot) -> float:
    [row] = duckdb_engine(snapshot).run(SUM).to_pylist()
    return float(row["usd"])


def without(snapshot: Snapshot, *numbers: int) -> Snapshot:
    return snapshot.without(frozenset(snapshot.receipts[number][0].receipt for number in numbers))


def test_each_vintage_and_each_part_of_a_lake_has_an_engine_of_its_own(lake: Path) -> None:
    newest, second = take_snapshot(lake), take_snapshot(lake, as_of="v2")
    asked = {"all": newest, "v2": second, "no first": without(newest, 0), "no last": without(newest, 2)}
    expected = {"all": 111.0, "v2": 11.0, "no first": 110.0, "no last": 11.0}
    for _ in range(2):
        assert {name: usd(snapshot) for name, snapshot in asked.items()} == expected


def test_the_same_part_has_the_same_engine_and_a_walk_through_vintages_closes_none_on_the_newest(lake: Path) -> None:
    newest = take_snapshot(lake)
    ours, part = duckdb_engine(newest), duckdb_engine(without(newest, 0))
    assert duckdb_engine(without(take_snapshot(lake), 0)) is part
    for vintage in ("v1", "v2"):
        assert duckdb_engine(take_snapshot(lake, as_of=vintage)) is duckdb_engine(take_snapshot(lake, as_of=vintage))
    duckdb_engine(without(newest, 1))
    assert duckdb_engine(newest) is ours
    assert len(open_engines._on_files) == open_engines.MOST_OPEN
    assert duckdb_engine(without(newest, 0)) is not part  # it was used longest ago


def test_files_that_change_and_a_new_vintage_are_opened_anew(lake: Path) -> None:
    snapshot = take_snapshot(lake, as_of="v2")
    before = duckdb_engine(snapshot)
    for file in snapshot.files:
        file.write_bytes(file.read_bytes())
    assert duckdb_engine(snapshot) is not before
    newest = duckdb_engine(take_snapshot(lake))
    put(lake, [trade_row(reporter="UZB", value_usd=1000.0)])
    assert duckdb_engine(take_snapshot(lake)) is not newest
    assert usd(take_snapshot(lake)) == 1111.0
    assert usd(take_snapshot(lake, as_of="v3")) == 111.0


def test_a_file_that_is_gone_is_an_error_also_where_it_was_read_before(lake: Path) -> None:
    snapshot = take_snapshot(lake, as_of="v1")
    assert usd(snapshot) == 1.0
    for file in snapshot.files:
        file.unlink()
    with pytest.raises(InputError, match="missing"):
        usd(snapshot)
