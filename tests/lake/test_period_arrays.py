"""The arrays beside a native copy: what is read is what was written, by any number of readers, or an error."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import numpy as np
import pytest
from lake_rows import put, trade_row

from stopgap.base.errors import InputError
from stopgap.lake.engines import period_arrays
from stopgap.lake.engines.native_copy import build_derived
from stopgap.lake.engines.period_arrays import (
    HAS_WEIGHT,
    PeriodArrays,
    are_arrays_whole,
    arrays_path,
    build_arrays,
    read_arrays,
)
from stopgap.lake.query.statement import run_query
from stopgap.lake.snapshot import take_snapshot

SERIES, MONTHS = 20_000, 3


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Twenty thousand series of three months, the second of which has no figure where the series is even."""
    copy = tmp_path / "trade-1.duckdb"
    with duckdb.connect(str(copy)) as made:
        made.execute(
            f"CREATE TABLE trade_series AS SELECT CAST(range + 1 AS INTEGER) AS series, 'M' AS frequency FROM range({SERIES})"
        )
        made.execute(
            "CREATE TABLE trade_facts AS SELECT s.series, DATE '2022-01-01' + INTERVAL (m) MONTH AS period, "
            "CAST(s.series * 10 + m AS DOUBLE) AS value_usd, CASE WHEN m = 0 THEN 1.0 END AS net_kg, "
            f"NULL::DOUBLE AS quantity, false AS is_estimated FROM trade_series AS s, range({MONTHS}) AS t(m) "
            "WHERE m <> 1 OR s.series % 2 = 1"
        )  # fmt: skip
        made.execute("CREATE TABLE periods_held AS SELECT DISTINCT 'M' AS frequency, period FROM trade_facts")
        build_arrays(made, copy)
    with duckdb.connect(":memory:") as reading:
        reading.execute(f"ATTACH '{copy}' AS native (READ_ONLY)")
        yield reading


def opened(con: duckdb.DuckDBPyConnection) -> PeriodArrays:
    found = read_arrays(con, "M")
    assert found is not None
    return found


def expected() -> np.ndarray:
    usd = np.arange(1, SERIES + 1)[:, None] * 10.0 + np.arange(MONTHS)
    usd[1::2, 1] = np.nan
    return usd


@pytest.fixture(params=[1 << 30, 0], ids=["mapped", "read"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is mapped into memory, or read piece by piece."""
    monkeypatch.setattr(period_arrays, "_MOST_MAPPED", request.param)


@pytest.mark.usefixtures("either")
def test_all_readers_at_once_get_every_series_once_in_order(con):
    arrays = opened(con)

    def whole(_: int) -> tuple[np.ndarray, ...]:
        return tuple(np.concatenate(each) for each in zip(*arrays.batches(), strict=True))

    with ThreadPoolExecutor(4) as pool:
        for series, usd, marks in pool.map(whole, range(8)):
            assert series.tolist() == list(range(1, SERIES + 1))
            np.testing.assert_array_equal(usd, expected())
            assert (marks == [HAS_WEIGHT, 0, 0]).all()


@pytest.mark.parametrize(
    ("first", "last"), [(1, 1), (8_190, 8_200), (1, SERIES), (SERIES, SERIES), (SERIES + 1, SERIES + 5)]
)
def test_a_range_of_series(con, first, last):
    series, usd, _ = opened(con).of_series(first, last)
    assert series.tolist() == list(range(first, min(last, SERIES) + 1))
    np.testing.assert_array_equal(usd, expected()[first - 1 : last])


@pytest.mark.usefixtures("either")
def test_bytes_that_changed_are_an_error_and_no_figure(con, tmp_path):
    path = arrays_path(tmp_path / "trade-1.duckdb", "M")
    arrays, sound = opened(con), path.read_bytes()
    at = sound.index(np.float64(150_000.0).tobytes())  # the first month of series 15,000, in the second batch
    with path.open("r+b") as file:
        file.seek(at)
        file.write(np.float64(150_001.0).tobytes())
    batches = arrays.batches()
    next(batches)
    with pytest.raises(InputError, match="damaged") as caught:
        list(batches)
    assert caught.value.where == str(path)
    with path.open("r+b") as file:
        file.seek(at)
        file.write(sound[at : at + 8])
    assert sum(series.size for series, *_ in arrays.batches()) == SERIES


def test_a_file_that_is_gone_or_short_is_seen(con, tmp_path):
    path = arrays_path(tmp_path / "trade-1.duckdb", "M")
    assert are_arrays_whole(con)
    with path.open("ab") as file:
        file.write(b"x")
    assert not are_arrays_whole(con)
    path.unlink()
    assert not are_arrays_whole(con)
    assert read_arrays(con, "M") is None


def rows(value: float) -> list[dict[str, object]]:
    months = [f"{year}-{month:02d}-01" for year in range(2015, 2024) for month in range(1, 13)]
    return [
        trade_row(period=month, frequency="M", good=f"85{good:04d}", value_usd=value + good)
        for month in months
        for good in range(200)
    ]


@pytest.mark.prove_only
def test_the_copy_of_a_lake_has_its_arrays_again_when_they_are_gone_and_others_go_with_their_copy(tmp_path):
    put(tmp_path, rows(1.0))
    copy = build_derived(take_snapshot(tmp_path))
    assert copy is not None
    path = arrays_path(copy, "M")
    before = path.read_bytes()
    path.unlink()
    assert build_derived(take_snapshot(tmp_path)) == copy
    assert path.read_bytes() == before
    path.write_bytes(before[: len(before) // 2])
    [row] = run_query(tmp_path, "SELECT count(*) AS n FROM trade")[0].to_pylist()
    assert (row["n"], path.read_bytes() == before) == (21_600, True)
    put(tmp_path, [trade_row(reporter="TUR")])
    newer = build_derived(take_snapshot(tmp_path))
    assert sorted(each.name for each in (tmp_path / "derived").iterdir()) == sorted(
        [newer.name, arrays_path(newer, "M").name]
    )
