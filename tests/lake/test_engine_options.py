"""Options of the engine: what goes together, addresses, sizes, and what a refusal says."""

from __future__ import annotations

import os

import pytest

from stopgap.api import Lake
from stopgap.base.errors import UsageError
from stopgap.lake.engines.engine_options import DUCKDB, EngineOptions, EngineRequest
from stopgap.lake.reading import memory_limit_of, reading_connection
from stopgap.panel.engine import engine_beside, engine_on


@pytest.mark.parametrize(
    ("options", "where", "fix"),
    [
        ({"engine": "pandas"}, "--engine", "use duckdb or spark"),
        ({"spark_master": "local[2]"}, "--spark-master", "add --engine spark"),
        ({"spark_remote": "sc://host"}, "--spark-remote", "add --engine spark"),
        ({"engine": "spark", "spark_master": "sc://host:15002"}, "--spark-master", "--spark-remote sc://host:15002"),
        ({"engine": "spark", "spark_master": "local[0]"}, "--spark-master", "spark://HOST:PORT"),
        ({"engine": "spark", "spark_master": "spark://host"}, "--spark-master", "spark://HOST:PORT"),
        ({"engine": "spark", "spark_remote": "http://host:15002"}, "--spark-remote", "sc://HOST:PORT"),
        ({"engine": "spark", "spark_remote": "sc://host", "spark_master": "local"}, "--spark-master", "one of them"),
        ({"engine": "spark", "spark_remote": "sc://host", "memory_limit": "2GB"}, "--memory-limit", "leave"),
        ({"memory_limit": "much"}, "--memory-limit", "such as 500MB"),
        ({"memory_limit": "1MB"}, "--memory-limit", "at least 64MB"),
        ({"engine": "spark", "memory_limit": "100MB"}, "--memory-limit", "at least 512MB"),
    ],
)
def test_what_is_refused_and_how_it_is_mended(options: dict[str, str], where: str, fix: str) -> None:
    with pytest.raises(UsageError) as refused:
        EngineOptions(**options)
    assert where in refused.value.where
    assert fix in refused.value.fix


def test_where_nothing_is_named_spark_takes_all_processors_and_duckdb_its_own_limit() -> None:
    assert not DUCKDB.is_spark
    assert DUCKDB.memory_bytes is None
    spark = EngineOptions("spark", memory_limit="2GB")
    assert (spark.master, spark.is_local, spark.memory_bytes) == (f"local[{os.cpu_count()}]", True, 2 * 10**9)
    assert not EngineOptions("spark", spark_master="spark://a:7077,b:7077").is_local


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("sc://host", ("host", 15002)),
        ("sc://host:50051", ("host", 50051)),
        ("sc://10.0.0.1:1/;use_ssl=true;token=x", ("10.0.0.1", 1)),
        ("sc://[::1]:50051", ("::1", 50051)),
    ],
)
def test_the_address_of_a_connect_server(address: str, found: tuple[str, int]) -> None:
    assert EngineOptions("spark", spark_remote=address).remote_address == found


def test_a_request_gives_the_options_of_the_command_line() -> None:
    asked = EngineRequest(engine="spark", spark_master="local[3]", memory_limit="1GB")
    assert asked.engine_options() == EngineOptions("spark", "local[3]", None, "1GB")


@pytest.mark.parametrize("limit", [10**9, 64 * 10**6])
def test_the_limit_of_memory_is_that_of_the_connection(limit: int) -> None:
    con = reading_connection(limit)
    assert memory_limit_of(con) == pytest.approx(limit, rel=1e-3)
    con.close()


def test_the_limit_holds_for_an_engine_and_for_the_one_beside_it(demo_lake) -> None:
    with (
        engine_on(demo_lake, as_of=None, engine=EngineOptions(memory_limit="64MB")) as (engine, snapshot),
        engine_beside(engine, snapshot) as other,
    ):
        assert memory_limit_of(engine.con) == memory_limit_of(other.con) == pytest.approx(64 * 10**6, rel=1e-3)


@pytest.mark.parametrize("name", ["mirror", "prices", "routes", "levers", "counterfactual", "nowcast", "exposure"])
def test_every_measure_of_an_episode_takes_the_options(name: str, tmp_path) -> None:
    with pytest.raises(UsageError, match="no engine 'pandas'"):
        getattr(Lake(tmp_path), name)("russia-2022", engine="pandas")


def test_so_do_quality_series_and_alerts(tmp_path) -> None:
    lake = Lake(tmp_path)
    for call in (
        lambda: lake.quality(engine="pandas"),
        lambda: lake.series(reporters="DEU", partners="RUS", engine="pandas"),
        lambda: lake.alerts.run("russia-2022", engine="pandas"),
        lambda: lake.diff("russia-2022", earlier="v1", engine="pandas"),
    ):
        with pytest.raises(UsageError, match="no engine 'pandas'"):
            call()
