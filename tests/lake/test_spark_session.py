"""Sessions of Spark on this machine: started once, kept for the next call, the caller's own left alone."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from lake_rows import put, trade_row

from stopgap.base.errors import InputError, UsageError
from stopgap.lake.engines.engine_options import EngineOptions
from stopgap.lake.engines.spark import spark_on
from stopgap.lake.engines.spark_session import stop_spark
from stopgap.lake.snapshot import Snapshot, take_snapshot
from stopgap.lake.stage import Stage
from stopgap.panel.engine import engine_beside

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("ignore")]

LOCAL = EngineOptions("spark", spark_master="local[1]", memory_limit="600MB")
SUMS = Stage(
    "sums", "SELECT partner, sum(value_usd) AS usd FROM trade GROUP BY partner ORDER BY partner", is_shared=True
)
ABOVE = Stage("above", "SELECT partner FROM sums JOIN floor ON usd > least ORDER BY partner", (SUMS,))
HELD = Stage("held_rows", "SELECT count(*) AS n, count(DISTINCT chapter) AS chapters FROM reported")


@pytest.fixture(scope="module", autouse=True)
def spark_ends() -> Iterator[None]:
    if shutil.which("java") is None:
        pytest.skip("no Java runtime on this machine")
    pytest.importorskip("pyspark", reason="pyspark is not installed (extra stopgap[spark])")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
        stop_spark()


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("spark") / "lake"
    put(folder, [trade_row(partner="RUS", value_usd=10.0), trade_row(partner="KAZ", value_usd=4.0)])
    return take_snapshot(folder)


def floor(least: float) -> dict[str, object]:
    """The small table of a floor."""
    import pyarrow as pa

    return {"floor": pa.table({"least": [least]})}


@pytest.mark.prove_only
def test_stages_small_tables_and_shared_rows(snapshot: Snapshot) -> None:
    with spark_on(snapshot, LOCAL) as engine:
        assert engine.is_caching
        assert engine.run(SUMS).to_pylist() == [{"partner": "KAZ", "usd": 4.0}, {"partner": "RUS", "usd": 10.0}]
        assert engine.run(ABOVE, tables=floor(5.0))["partner"].to_pylist() == ["RUS"]
        assert engine.run(ABOVE, tables=floor(1.0))["partner"].to_pylist() == ["KAZ", "RUS"]
        assert engine.run(HELD).to_pylist() == [{"n": 1, "chapters": 1}]


@pytest.mark.prove_only
def test_an_engine_stays_for_the_next_call_and_another_snapshot_stands_beside_it(snapshot: Snapshot) -> None:
    with spark_on(snapshot, LOCAL) as engine, spark_on(snapshot, LOCAL) as again:
        assert again is engine
        put(snapshot.lake, [trade_row(partner="TUR", value_usd=1.0)])
        with engine_beside(engine, take_snapshot(snapshot.lake)) as newer:
            assert len(newer.run(SUMS)) == 3
        assert len(engine.run(SUMS)) == 2


@pytest.mark.prove_only
def test_another_spark_is_refused_while_one_is_in_use(snapshot: Snapshot) -> None:
    other = EngineOptions("spark", spark_master="local[2]")
    with (
        spark_on(snapshot, LOCAL),
        pytest.raises(UsageError, match="another Spark is in use"),
        spark_on(snapshot, other),
    ):
        pass


@pytest.mark.prove_only
def test_a_data_file_that_is_gone_is_named_with_what_to_do(tmp_path: Path) -> None:
    put(tmp_path / "lake", [trade_row()])
    gone = take_snapshot(tmp_path / "lake")
    for path in gone.files:
        path.unlink()
    with pytest.raises(InputError, match="cannot see a data file of the lake") as told, spark_on(gone, LOCAL):
        pass
    assert "stopgap lake check" in told.value.fix


@pytest.mark.prove_only
def test_a_session_of_the_caller_is_used_and_never_stopped(snapshot: Snapshot) -> None:
    from pyspark.sql import SparkSession

    stop_spark()
    own = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        with spark_on(snapshot, EngineOptions("spark")) as engine:
            assert len(engine.run(SUMS)) == 2
        stop_spark()
        assert own.sql("SELECT 1 AS n").toArrow()["n"].to_pylist() == [1]
        other = EngineOptions("spark", spark_master="local[2]")
        with pytest.raises(UsageError, match="runs in this process already"), spark_on(snapshot, other):
            pass
    finally:
        own.stop()
