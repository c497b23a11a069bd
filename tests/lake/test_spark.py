"""Spark as an engine, without a Spark: what is sent to a session, and what its errors become."""

from __future__ import annotations

import re
import socket
import sys
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pytest

from stopgap.base.errors import InputError, MissingDataError, RefusedError, UnreachableError
from stopgap.lake.engines import spark
from stopgap.lake.engines.answers import KeptAnswers
from stopgap.lake.engines.engine_options import EngineOptions
from stopgap.lake.engines.spark import SparkEngine, spark_sql
from stopgap.lake.engines.spark_errors import what_spark_said
from stopgap.lake.engines.spark_session import spark_in_use
from stopgap.lake.kept_stages import TRADED_CODES
from stopgap.lake.stage import Stage

GOODS = Stage("goods_wanted", "SELECT good FROM trade JOIN wanted USING (good) WHERE flow = $flow", is_shared=True)
COUNT = Stage("counted", "SELECT good, count(*) AS n FROM goods_wanted GROUP BY good", (GOODS,))
TOTAL = Stage("total", "SELECT count(*) AS n FROM goods_wanted", (GOODS,))


@dataclass
class Frame:
    """A data frame of a session that only writes down what it is asked."""

    session: Session
    text: str

    def createOrReplaceTempView(self, name: str) -> None:
        assert name not in self.session.views, "a view is never replaced"
        self.session.views[name] = self.text

    def limit(self, rows: int) -> Frame:
        assert rows == spark.MOST_SENT + 1
        return self

    def toArrow(self) -> pa.Table:
        self.session.asked.append(self.text)
        return pa.table({"n": [1]})


@dataclass
class Session:
    """A session that only writes down what it is asked."""

    views: dict[str, str] = field(default_factory=dict)
    cached: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    given: list[pa.Table] = field(default_factory=list)
    args: list[dict[str, Any]] = field(default_factory=list)

    @property
    def catalog(self) -> Session:
        return self

    def cacheTable(self, name: str) -> None:
        self.cached.append(name)

    def uncacheTable(self, name: str) -> None:
        self.cached.remove(name)

    def dropTempView(self, name: str) -> None:
        del self.views[name]

    def createDataFrame(self, table: pa.Table) -> Frame:
        self.given.append(table)
        return Frame(self, "rows")

    def sql(self, text: str, args: dict[str, Any]) -> Frame:
        self.args.append(args)
        return Frame(self, text)


def wanted(*goods: str) -> pa.Table:
    return pa.table({"good": list(goods)})


def test_a_small_table_is_sent_once_and_the_rows_of_a_shared_stage_are_cached_once() -> None:
    session = Session()
    engine = SparkEngine(session)
    for stage in (COUNT, TOTAL, COUNT):
        engine.run(stage, tables={"wanted": wanted("8542")}, params={"flow": "X", "unused": 1})
    assert len(session.given) == 1
    assert len(session.cached) == 1
    assert len(session.asked) == 2, "what was asked before is not asked again"
    held, *_ = session.cached
    assert "goods_wanted AS" in session.views[held]
    assert session.asked[0].startswith(f"WITH held_goods_wanted AS (SELECT * FROM {held}), ")
    assert session.args == [{"flow": "X"}, {}, {}]


def test_another_table_of_the_same_name_stands_beside_the_first_and_answers_are_not_mixed() -> None:
    session = Session()
    engine = SparkEngine(session)
    for goods in (("8542",), ("8541",), ("8542",)):
        engine.run(COUNT, tables={"wanted": wanted(*goods)}, params={"flow": "X"})
    engine.run(COUNT, tables={"wanted": wanted("8542")}, params={"flow": "M"})
    assert len(session.given) == 2
    assert len(session.cached) == 3
    assert len(session.asked) == 3


def test_the_text_that_is_rendered_is_the_same_for_every_content() -> None:
    texts = []
    for goods in ("8542", "8541"):
        session = Session()
        SparkEngine(session).run(COUNT, tables={"wanted": wanted(goods)}, params={"flow": "X"})
        texts.append(re.sub(r"(held|given)_[0-9a-f]{24}", "it", session.asked[0]))
    assert texts[0] == texts[1]


def test_a_table_may_stand_for_a_relation_of_the_lake() -> None:
    session = Session()
    SparkEngine(session).run(Stage("all_rows", "SELECT * FROM trade"), tables={"trade": wanted("8542")})
    assert re.match(r"WITH trade AS \(SELECT \* FROM given_\w+\), all_rows AS", session.asked[0])


def test_rows_that_a_native_copy_holds_are_cached_and_sent_back_to_a_session_that_cannot() -> None:
    stage = Stage("codes", "SELECT good FROM traded_codes", (TRADED_CODES,))
    for is_caching in (True, False):
        session = Session()
        SparkEngine(session, is_caching=is_caching).run(stage)
        assert len(session.cached) == is_caching
        assert len(session.given) == (not is_caching)
        kept = "held" if is_caching else "given"
        assert re.match(rf"WITH held_traded_codes AS \(SELECT \* FROM {kept}_\w+\)", session.asked[-1])


def test_who_reported_is_worked_out_once_and_rows_that_are_many_are_not_sent_back(monkeypatch) -> None:
    stage = Stage("reporters", "SELECT good FROM goods_wanted JOIN reported USING (good)", (GOODS,))
    for most, given in ((1, 2), (0, 1)):
        monkeypatch.setattr(spark, "MOST_SENT", most)
        session = Session()
        engine = SparkEngine(session, is_caching=False)
        for flow in ("X", "M"):
            engine.run(stage, tables={"wanted": wanted("8542")}, params={"flow": flow})
        assert session.asked.count("SELECT * FROM reported") == 1
        assert len(session.given) == given
        [asked] = {text for text in session.asked if "reporters AS" in text}
        assert ("FROM trade" in asked) is (most == 0)


def test_what_is_held_is_let_go_of_at_the_end() -> None:
    session = Session()
    engine = SparkEngine(session)
    engine.run(COUNT, tables={"wanted": wanted("8542")}, params={"flow": "X"})
    engine.close()
    assert session.cached == []


@pytest.mark.parametrize("is_caching", [True, False])
def test_what_was_held_longest_ago_is_dropped_and_worked_out_again_where_it_is_needed(monkeypatch, is_caching) -> None:
    monkeypatch.setattr(spark, "MOST_HELD", 1)
    session = Session()
    engine = SparkEngine(session, is_caching=is_caching, answers=KeptAnswers(0))
    for goods in (("8542",), ("8541",), ("8542",)):
        engine.run(COUNT, tables={"wanted": wanted(*goods)}, params={"flow": "X"})
    assert len(session.cached) == is_caching
    for text in session.asked:
        if found := re.search(r"held_goods_wanted AS \(SELECT \* FROM (\w+)\)", text):
            last = found[1]
    assert last in session.views


def test_dictionaries_are_sent_as_their_values() -> None:
    session = Session()
    coded = pa.table({"good": pa.array(["8542", "8542"]).dictionary_encode()})
    SparkEngine(session).run(Stage("all_rows", "SELECT * FROM wanted"), tables={"wanted": coded})
    assert session.given[0].schema.field("good").type == pa.string()


def test_scalars_are_named_as_spark_names_them() -> None:
    text = spark_sql("SELECT * FROM trade WHERE flow = $flow AND period >= CAST($first AS DATE)")
    assert text.endswith("flow = :flow AND period >= CAST(:first AS DATE)")


def failure(text: str, module: str = "pyspark.errors.exceptions") -> Exception:
    """An exception as Spark raises it."""
    return type("SparkException", (Exception,), {"__module__": module})(text)


@pytest.mark.parametrize(
    ("text", "kind", "what", "is_lost"),
    [
        ("[PATH_NOT_FOUND] Path does not exist: file:/lake/a.parquet.", InputError, "cannot see a data file", False),
        ("[FAILED_READ_FILE.FILE_NOT_EXIST] file:/lake/a.parquet", InputError, "cannot see a data file", False),
        ("[FAILED_READ_FILE.NO_HINT] file:/lake/a.parquet", InputError, "cannot read a data file", False),
        ("java.lang.OutOfMemoryError: Java heap space", RefusedError, "too little memory", False),
        ("java.io.IOException: No space left on device", RefusedError, "disk of Spark is full", False),
        ("StatusCode.UNAVAILABLE failed to connect to all addresses", UnreachableError, "is gone", True),
        ("[UNRESOLVED_COLUMN] `x`\n== SQL ==", InputError, "could not run a stage", False),
    ],
)
def test_what_spark_says_becomes_an_error_with_a_remedy(text: str, kind: type, what: str, is_lost: bool) -> None:
    said = what_spark_said(failure(text), stage="cells", where="--spark-master spark://a:7077")
    assert said is not None
    assert isinstance(said.error, kind)
    assert said.is_lost is is_lost
    assert what in said.error.what
    assert said.error.where.startswith("--spark-master spark://a:7077, stage cells: ")
    assert "\n" not in said.error.where
    assert said.error.fix


def test_what_is_not_of_spark_stays_as_it_is() -> None:
    assert what_spark_said(ValueError("no"), stage="cells", where="") is None
    assert what_spark_said(InputError("ours"), stage="cells", where="") is None


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def test_no_master_at_an_address(closed_port: int) -> None:
    pytest.importorskip("pyspark", reason="pyspark is not installed (extra stopgap[spark])")
    options = EngineOptions("spark", spark_master=f"spark://127.0.0.1:{closed_port}")
    with (
        pytest.raises(UnreachableError, match="no Spark master answers: Connection refused") as told,
        spark_in_use(options),
    ):
        pass
    assert str(closed_port) in told.value.where


def test_no_server_at_an_address(closed_port: int) -> None:
    pytest.importorskip("grpc", reason="no client of Spark Connect (pyspark[connect])")
    pytest.importorskip(
        "pyspark.sql.connect.session", reason="no client of Spark Connect (pyspark[connect])", exc_type=Exception
    )
    options = EngineOptions("spark", spark_remote=f"sc://127.0.0.1:{closed_port}")
    with pytest.raises(UnreachableError, match="no Spark Connect server answers"), spark_in_use(options) as running:
        running.new_session()


def test_no_java(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    pytest.importorskip("pyspark", reason="pyspark is not installed (extra stopgap[spark])")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(MissingDataError, match="needs a Java runtime"), spark_in_use(EngineOptions("spark")):
        pass


def test_no_pyspark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(MissingDataError, match="is not installed") as told, spark_in_use(EngineOptions("spark")):
        pass
    assert "stopgap[spark]" in told.value.fix
