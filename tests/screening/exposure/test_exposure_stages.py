"""The stages of exposure: the same SQL for Spark, and figures of a few lines on DuckDB."""

from __future__ import annotations

import datetime as dt
import shutil
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from lake_rows import put, trade_row

from stopgap.base.vocab import Direction
from stopgap.lake.engines.engine import DuckDBEngine, Engine, Scalar
from stopgap.lake.engines.engine_options import EngineOptions
from stopgap.lake.engines.spark import SparkEngine, spark_on, spark_sql
from stopgap.lake.schema import DECLARATION_COLUMNS
from stopgap.lake.snapshot import take_snapshot
from stopgap.screening.exposure.request import Party
from stopgap.screening.exposure.stages import ExposureStages, exposure_stages

TABLES = {
    "exposure_chosen": pa.table({"source": ["customs"], "document": ["declaration"]}),
    "exposure_goods": pa.table(
        {"good": ["8542319010"], "year": pa.array([2022], pa.int32()), "list_good": ["854231"], "tier": ["1"]}
    ),
    "exposure_hubs": pa.table({"hub": ["TUR"]}),
    "exposure_members": pa.table({"economy": ["DEU"]}),
    "exposure_names": pa.table(
        {
            "name": ["A", "B", "B", "K"],
            "identifier": ["", "", "77777", ""],
            "economy": ["CHN", "TUR", "TUR", "RUS"],
            "company": ["co-a", "co-b", "co-b", "co-k"],
        }
    ),
}
PARAMS: dict[str, str | int | float | None] = {
    "target": "RUS", "first": "2022-03-01", "until": "2023-01-01"
}  # fmt: skip


def stages(direction: Direction = Direction.EXPORTS_TO_TARGET) -> ExposureStages:
    return exposure_stages(direction, (Party.EXPORTER, Party.IMPORTER, Party.CONSIGNEE))


def run(
    name: str, *rows: dict[str, Any], direction: Direction = Direction.EXPORTS_TO_TARGET, most_sharing: int = 50
) -> list[dict[str, Any]]:
    columns = ", ".join(f"{column}::{kind} AS {column}" for column, kind in DECLARATION_COLUMNS.items())
    with duckdb.connect(":memory:") as con:
        con.register("lines_given", declared(*rows))
        con.execute(f"CREATE TABLE declarations AS SELECT {columns} FROM lines_given")
        params = {**PARAMS, "most_sharing": most_sharing}
        return rows_of(DuckDBEngine(con), stages(direction), name, params)


def rows_of(engine: Engine, found: ExposureStages, name: str, params: Mapping[str, Scalar]) -> list[dict[str, Any]]:
    """Rows of a stage, with those of ``matched`` beneath it."""
    tables = dict(TABLES)
    if "exposure_matched" in getattr(found, name).compiled() and name != "matched":
        tables["exposure_matched"] = engine.run(found.matched, tables=tables, params=params)
    return list(engine.run(getattr(found, name), tables=tables, params=params).to_pylist())


def declared(*rows: dict[str, Any]) -> pa.Table:
    """Lines as the view ``declarations`` has them."""
    given = [{column: row.get(column) for column in DECLARATION_COLUMNS} for row in rows]
    schema = pa.schema(
        [
            (column, {"DATE": pa.date32(), "DOUBLE": pa.float64()}.get(kind, pa.string()))
            for column, kind in DECLARATION_COLUMNS.items()
        ]
    )
    return pa.Table.from_pylist(given, schema=schema)


def row(**changes: Any) -> dict[str, Any]:
    return {
        "date": dt.date(2022, 6, 1),
        "source": "customs",
        "document": "declaration",
        "item": "1",
        "exporter": "A",
        "exporter_economy": "CHN",
        "importer": "K",
        "importer_economy": "RUS",
        "shipped_from": "CHN",
        "made_in": "CHN",
        "good": "8542319010",
        "value_usd": 10.0,
        **changes,
    }


@pytest.mark.parametrize("direction", list(Direction))
def test_every_stage_is_rendered_for_spark(direction: Direction) -> None:
    for stage in exposure_stages(direction, tuple(Party)).all():
        text = spark_sql(stage.compiled())
        assert f"SELECT * FROM {stage.name}" in text.replace("\n", " ")
        assert "$" not in text


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    if shutil.which("java") is None:
        pytest.skip("no Java runtime on this machine")
    pytest.importorskip("pyspark", reason="pyspark is not installed (extra stopgap[spark])")
    folder = tmp_path_factory.mktemp("spark") / "lake"
    put(folder, [trade_row()])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with spark_on(take_snapshot(folder), EngineOptions("spark")) as engine:
            yield engine


@pytest.mark.prove_only
@pytest.mark.spark
@pytest.mark.parametrize("name", ExposureStages.__dataclass_fields__)
def test_every_stage_gives_the_same_rows_on_spark(name: str, spark: SparkEngine) -> None:
    there = {"exporter": "B", "exporter_economy": "TUR", "shipped_from": "TUR", "exporter_address": "1 Sample Street"}
    rows = [
        row(), row(value_usd=None), row(date=dt.date(2022, 1, 5)), row(**there), row(**there, exporter_id="77777"),
        row(exporter=None, consignee="K", made_in=None), row(exporter_address="1 sample street "), row(good=None),
    ]  # fmt: skip
    spark.session.createDataFrame(declared(*rows)).createOrReplaceTempView("declarations")
    most_sharing = 1 if name == "crowded" else 50
    theirs = rows_of(spark, stages(), name, {**PARAMS, "most_sharing": most_sharing})
    ours = run(name, *rows, most_sharing=most_sharing)
    assert ours
    assert sorted(theirs, key=repr) == sorted(ours, key=repr)


@pytest.mark.parametrize(
    ("changes", "route"),
    [
        ({}, (0.0, 0.0, 0.0)),
        ({"shipped_from": "TUR"}, (10.0, 0.0, 0.0)),
        ({"exporter_economy": "TUR", "shipped_from": None}, (10.0, 0.0, 0.0)),
        ({"shipped_from": "TUR", "made_in": "DEU"}, (10.0, 10.0, 0.0)),
        ({"shipped_from": "TUR", "made_in": "TUR"}, (0.0, 0.0, 0.0)),
        ({"shipped_from": "TUR", "made_in": None}, (0.0, 0.0, 10.0)),
        ({"shipped_from": None, "exporter_economy": None}, (0.0, 0.0, 10.0)),
        ({"made_in": None}, (0.0, 0.0, 0.0)),
        ({"made_in": "DEU"}, (0.0, 0.0, 0.0)),
    ],
)
def test_what_passed_a_hub(changes: dict[str, Any], route: tuple[float, float, float]) -> None:
    [total] = run("totals", row(**changes))
    assert (total["through_hubs_usd"], total["coalition_made_usd"], total["route_unknown_usd"]) == route
    assert (total["value_usd"], total["lines"]) == (10.0, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"good": "8542329010"},
        {"good": None},
        {"date": dt.date(2021, 6, 1)},
        {"source": "vendor"},
        {"document": "bill-of-lading"},
        {"shipped_to": "KAZ"},
        {"importer_economy": "KAZ"},
    ],
)
def test_what_does_not_count(changes: dict[str, Any]) -> None:
    assert [total["lines"] for total in run("totals", row(), row(**changes))] == [1]


def test_where_goods_are_bound_goes_before_where_the_importer_is() -> None:
    assert run("totals", row(importer_economy="KAZ", shipped_to="RUS"))[0]["lines"] == 1


def test_days_before_the_window_show_in_first_day_alone() -> None:
    found = run("companies", row(date=dt.date(2022, 1, 5), value_usd=900.0), row(value_usd=None), row())
    [company] = [each for each in found if each["company"] == "co-a"]
    assert (company["value_usd"], company["lines"], company["lines_without_value"]) == (10.0, 2, 1)
    assert (company["first_day"], company["last_day"]) == (dt.date(2022, 1, 5), dt.date(2022, 6, 1))


def test_lines_without_a_name_stay_with_no_company() -> None:
    found = run("companies", row(exporter=None), row(exporter="Nobody known"))
    exporters = {each["company"]: each["lines"] for each in found if each["party"] == "exporter"}
    assert exporters == {None: 2}


def test_one_company_under_two_spellings_is_one_exporter_of_a_hub() -> None:
    there = {"exporter": "B", "exporter_economy": "TUR", "shipped_from": "TUR"}
    [hub] = run("hubs", row(**there), row(**there, exporter_id="77777", value_usd=None))
    assert (hub["hub"], hub["exporters"], hub["importers"], hub["lines_without_value"]) == ("TUR", 1, 1, 1)


def test_sums_do_not_depend_on_the_order_of_lines() -> None:
    values = [0.1, 1e9, 0.2, 0.3, 1e-6]
    totals = [
        run("totals", *(row(value_usd=value) for value in order))[0]["value_usd"]
        for order in (values, sorted(values), values[::-1])
    ]
    assert len(set(totals)) == 1


def test_keys_that_too_many_share_are_counted_and_left_out() -> None:
    rows = [row(), row(exporter="B", exporter_economy="TUR")]
    assert run("sharing", *rows, most_sharing=1) == []
    assert run("crowded", *rows, most_sharing=1) == [{"kind": "customer", "n": 1}]
    assert run("crowded", *rows) == []


def test_the_other_direction_follows_where_goods_were_made() -> None:
    direction = Direction.IMPORTS_FROM_TARGET
    made = row(made_in="RUS", shipped_to="DEU", importer_economy="DEU", shipped_from="TUR")
    [total] = run("totals", made, row(made_in="RUS"), row(shipped_to="DEU"), direction=direction)
    assert (total["lines"], total["through_hubs_usd"]) == (1, 10.0)
