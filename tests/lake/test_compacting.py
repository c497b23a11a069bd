"""Compaction: the same rows in files that are ranges of the sort key, each sorted."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import duckdb
import pytest
from lake_rows import put, trade_row

from stopgap.base.sql import listed
from stopgap.lake import compacting
from stopgap.lake.compact_pieces import plan_pieces
from stopgap.lake.compacting import compact
from stopgap.lake.history import current_version, files_at, read_log, table_path
from stopgap.lake.query.statement import run_query
from stopgap.lake.schema import DECLARATIONS, SORT_KEY, TRADE
from stopgap.lake.store import write_sorted

PARTNERS = ("RUS", "KAZ", "W00", "ARE", "TUR")
GOODS = ("854231", "847150", "852990", "880730")
KEY = ", ".join(SORT_KEY)


def _lake(lake: Path, seed: int) -> None:
    """Three imports of rows that cover each other's ranges; the last replaces some figures of the first."""
    drawn = random.Random(seed)
    for reporter, at_most in (("CHN", 60), ("DEU", 40), ("CHN", 25)):
        keys = {
            (drawn.choice(PARTNERS), drawn.choice(GOODS), f"20{drawn.randint(19, 23)}-01-01") for _ in range(at_most)
        }
        put(
            lake,
            [
                trade_row(reporter=reporter, partner=partner, good=good, period=period, value_usd=drawn.random())
                for partner, good, period in sorted(keys)
            ],
        )


def _files(lake: Path) -> list[Path]:
    version = current_version(lake, TRADE)
    assert version is not None
    return [table_path(lake, TRADE) / name for name in files_at(read_log(lake), version, TRADE)]


def _rows(lake: Path, as_of: str | None = None) -> list[dict[str, object]]:
    return run_query(lake, "SELECT * FROM trade ORDER BY ALL", as_of=as_of)[0].to_pylist()


@pytest.mark.prove_only
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rows_per_file", [1, 20, 1_000])
def test_rows_stay_and_files_are_sorted_ranges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, rows_per_file: int
) -> None:
    monkeypatch.setattr(compacting, "ROWS_PER_FILE", rows_per_file)
    _lake(tmp_path, seed)
    before = [_rows(tmp_path, vintage) for vintage in (None, "v1", "v2", "v3")]
    before_it = len(_files(tmp_path))
    done = compact(tmp_path)
    files = _files(tmp_path)
    assert (done["files_before"], done["files_after"]) == (before_it, len(files))
    assert [_rows(tmp_path, vintage) for vintage in (None, "v1", "v2", "v3")] == before
    with duckdb.connect() as con:
        ranges = []
        for path in files:
            keys = con.execute(f"SELECT {KEY} FROM read_parquet(?)", [str(path)]).fetchall()
            assert keys == sorted(keys)
            ranges.append((keys[0][:2], keys[-1][:2], len(keys)))
        ranges.sort()
    assert all(most < least for (_, most, _), (least, _, _) in itertools.pairwise(ranges))
    # A file ends with the key at which it is full, and a key has at most 2 reporters x 5 years.
    assert all(rows < rows_per_file + 10 for _, _, rows in ranges)
    assert done["rows"] == sum(rows for _, _, rows in ranges) == len(before[0]) + _aggregates(tmp_path)
    # The log says which partners a file holds, by which readers leave files out.
    added = [json.loads(line)["add"] for line in _last_commit(tmp_path).read_text().splitlines() if '"add"' in line]
    said = {each["path"]: json.loads(each["stats"]) for each in added}
    found = {path.name: (keys[0][0], keys[-1][0]) for path, keys in ((path, _keys(path)) for path in files)}
    assert {
        name: (stats["minValues"]["partner"], stats["maxValues"]["partner"]) for name, stats in said.items()
    } == found
    assert compact(tmp_path)["rows"] == 0
    assert _files(tmp_path) == files


def _keys(path: Path) -> list[tuple[object, ...]]:
    with duckdb.connect() as con:
        return con.execute(f"SELECT {KEY} FROM read_parquet(?)", [str(path)]).fetchall()


def _aggregates(lake: Path) -> int:
    return int(run_query(lake, "SELECT count(*) FROM trade_aggregates")[0].to_pydict()["count_star()"][0])


def _last_commit(lake: Path) -> Path:
    return max((table_path(lake, TRADE) / "_delta_log").glob("*.json"))


def test_rows_without_a_good_or_a_day_are_in_one_range_only(tmp_path: Path) -> None:
    days = [None, "2024-01-01", "2024-02-01", "2024-03-01"]
    goods = [None, "847150", "854231", "852990"]
    with duckdb.connect() as con:
        values = ", ".join(
            f"({'NULL' if good is None else repr(good)}, {'NULL' if day is None else f'DATE {day!r}'})"
            for good in goods for day in days for _ in range(3)
        )  # fmt: skip
        nulls = ", ".join(
            f"NULL::{kind} AS {name}" for name, kind in DECLARATIONS.columns.items() if name not in ("good", "date")
        )
        con.execute(f"CREATE TABLE given AS SELECT good, date, {nulls} FROM (VALUES {values}) AS t(good, date)")
        path = tmp_path / "one.parquet"
        write_sorted(con, "(FROM given)", path, table=DECLARATIONS)
        pieces = plan_pieces(con, [path], DECLARATIONS, rows_per_file=5)
        assert len(pieces) > 3
        relation = f"read_parquet([{listed([path])}]) AS old"
        assert [
            con.execute(f"SELECT count(*) FROM {relation} WHERE {piece.condition}").fetchall()[0][0] for piece in pieces
        ] == [piece.rows for piece in pieces]
        either = " + ".join(f"(coalesce({piece.condition}, false))::INT" for piece in pieces)
        assert con.execute(f"SELECT DISTINCT {either} FROM {relation}").fetchall() == [(1,)]
