"""Spark as an engine of stages: their SQL in its dialect, over the Parquet files of a snapshot."""

from __future__ import annotations

import contextlib
import functools
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from stopgap.base.errors import InputError
from stopgap.lake.engines.answers import KeptAnswers, content_key, statement_key
from stopgap.lake.engines.engine import Scalars, Tables, used_scalars
from stopgap.lake.engines.engine_options import EngineOptions
from stopgap.lake.engines.spark_errors import what_spark_said
from stopgap.lake.engines.spark_session import RunningSpark, forget_spark, spark_in_use
from stopgap.lake.kept_stages import KEPT
from stopgap.lake.schema import DECLARATION_COLUMNS, DECLARATIONS, TRADE_COLUMNS
from stopgap.lake.stage import Stage
from stopgap.lake.views import DECLARATION_VIEWS, REPORTED_SQL, TRADE_VIEWS

if TYPE_CHECKING:
    from stopgap.lake.snapshot import Snapshot

MOST_ENGINES = 8
"""Snapshots whose views, small tables and shared rows stay in Spark."""

MOST_HELD = 48
"""Shared stages of a snapshot whose rows stay in Spark."""

MOST_SENT = 1_000_000
"""Shared rows that are sent back as a small table to a session that keeps no rows."""

_TYPES = {
    "VARCHAR": "STRING", "DOUBLE": "DOUBLE", "DATE": "DATE", "BOOLEAN": "BOOLEAN", "BIGINT": "BIGINT", "INTEGER": "INT",
}  # fmt: skip


@functools.cache
def spark_sql(sql: str) -> str:
    """Translate a stage's statement to Spark's dialect; ``$name`` becomes ``:name``."""
    import sqlglot

    [statement] = sqlglot.transpile(sql, read="duckdb", write="spark")
    return re.sub(r"(?<![\w`$])\$(\w+)", r":\1", statement)


@dataclass
class SparkEngine:
    """Runs stages on a Spark session over the Parquet files of a snapshot.

    Small tables are sent once, each under a name of its content, and the rows of shared stages are cached once; a
    statement reads both by common table expressions, so that its own text is the same in every run.

    Attributes:
        where: The Spark that runs, in words.
        answers: Answers to statements that were asked before.
        is_caching: Whether the session keeps rows; to one that does not, such as Sail's, shared rows are sent back.
        spark: What the session was opened on; ``None`` for a session of the caller's.
        users: Calls that it serves.
    """

    session: Any
    name: str = "spark"
    where: str = "--engine spark"
    answers: KeptAnswers = field(default_factory=KeptAnswers)
    is_caching: bool = True
    spark: RunningSpark | None = None
    users: int = 0
    _sent: dict[bytes, str] = field(default_factory=dict)
    _own_reported: str | None = None
    _held: OrderedDict[bytes, str | None] = field(default_factory=OrderedDict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def run(self, stage: Stage, *, tables: Tables | None = None, params: Scalars | None = None) -> pa.Table:
        """Run a stage and return its rows as an Arrow table.

        Raises:
            InputError: Spark cannot read a data file of the lake, or not run the stage.
            RefusedError: It has too little memory, or too little room on a disk.
            UnreachableError: The cluster or the server is gone.
        """
        given, scalars = tables or {}, params or {}
        try:
            with self._lock:  # what a statement reads stays until it was understood
                held = self._hold(stage, given, scalars)
                sql = stage.compiled(_placeholders(held))
                key = statement_key(_with_held(sql, held), given, used_scalars(sql, scalars))
                found = self.answers.find(key)
                rows: Any = self._statement(sql, held, given, scalars) if found is None else None
            if found is None:
                found = rows.toArrow()
                self.answers.keep(key, found)
            return found
        except KeyboardInterrupt:
            self._interrupt()
            raise
        except Exception as error:
            said = what_spark_said(error, stage=stage.name, where=self.where)
            if said is None:
                raise
            if said.is_lost:
                forget_spark()
            raise said.error from error

    def _statement(self, sql: str, held: Mapping[Stage, str], tables: Tables, params: Scalars) -> Any:
        """Return the data frame of a statement; ``held`` are relations of shared stages."""
        read = {_placeholder(stage): relation for stage, relation in held.items()}
        read |= {name: self._send(table) for name, table in tables.items() if _is_named(name, sql)}
        if not self.is_caching and "reported" not in tables and _is_named("reported", sql):
            read["reported"] = self._reported()
        used = ", ".join(
            f"{name} AS (SELECT * FROM {relation})" for name, relation in read.items() if _is_named(name, sql)
        )
        text = spark_sql(sql)
        if used:
            text = f"WITH {used}, {text.removeprefix('WITH ')}"
        return self.session.sql(text, args=used_scalars(sql, params))

    def _hold(self, stage: Stage, tables: Tables, params: Scalars) -> dict[Stage, str]:
        """Return the relations that hold the rows of the shared stages that a stage needs."""
        held: dict[Stage, str] = {}
        for needed in stage.ordered():
            if (needed.is_shared or needed in KEPT) and needed is not stage:
                sql = needed.compiled(_placeholders(held))
                key = statement_key(_with_held(sql, held), tables, used_scalars(sql, params))
                if key not in self._held:
                    self._held[key] = self._kept(key, self._statement(sql, held, tables, params))
                self._held.move_to_end(key)
                if (relation := self._held[key]) is not None:
                    held[needed] = relation
        while len(self._held) > MOST_HELD:
            _, oldest = self._held.popitem(last=False)
            if oldest is not None and oldest not in self._held.values():
                self._drop(oldest)
        return held

    def _kept(self, key: bytes, rows: Any) -> str | None:
        """Return a relation that keeps the rows of a shared stage; ``None`` where the session cannot, and they are many."""
        if not self.is_caching:
            return self._sent_back(rows)
        name = f"held_{key.hex()[:24]}"
        rows.createOrReplaceTempView(name)
        self.session.catalog.cacheTable(name)
        return name

    def _sent_back(self, rows: Any) -> str | None:
        table = rows.limit(MOST_SENT + 1).toArrow()
        return self._send(table) if table.num_rows <= MOST_SENT else None

    def _reported(self) -> str:
        """Return the relation ``reported``, worked out once."""
        if self._own_reported is None:
            self._own_reported = self._sent_back(self.session.sql("SELECT * FROM reported", args={})) or "reported"
        return self._own_reported

    def _send(self, table: pa.Table) -> str:
        """Return the view of a small table, sent where it was not before."""
        key = content_key(table)
        if key not in self._sent:
            name = f"given_{key.hex()[:24]}"
            _rows_of(self.session, _plain(table)).createOrReplaceTempView(name)
            self._sent[key] = name
        return self._sent[key]

    def _drop(self, name: str) -> None:
        if self.is_caching:
            self.session.catalog.uncacheTable(name)
        self.session.catalog.dropTempView(name)
        self._sent = {key: view for key, view in self._sent.items() if view != name}

    def _interrupt(self) -> None:
        with contextlib.suppress(Exception):
            self.session.interruptAll()

    @contextlib.contextmanager
    def beside(self, snapshot: Snapshot) -> Iterator[SparkEngine]:
        """Yield an engine on another snapshot and the same Spark."""
        if self.spark is not None:
            with _engine_on(self.spark, snapshot) as engine:
                yield engine
            return
        engine = spark_engine(self.session.newSession(), *_files(snapshot), where=self.where)
        try:
            yield engine
        finally:
            engine.close()

    def close(self) -> None:
        """Let go of what the session holds; the Spark that it stands on runs on."""
        with contextlib.suppress(Exception):  # where one fails, so do the others
            for name in (*self._held.values(), "reported") if self.is_caching else ():
                self._drop(str(name))
        if hasattr(self.session, "client"):  # of Spark Connect: a session of its own
            self.session.stop()


def _placeholder(stage: Stage) -> str:
    return f"held_{stage.name}"


def _placeholders(held: Mapping[Stage, str]) -> dict[Stage, str]:
    return {stage: _placeholder(stage) for stage in held}


def _with_held(sql: str, held: Mapping[Stage, str]) -> str:
    """Return a statement with the relations of the shared rows that it may read, which stand for their content."""
    return "\n".join((sql, *sorted(held.values())))


def _is_named(name: str, sql: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", sql) is not None


def _rows_of(session: Any, table: pa.Table) -> Any:
    """Return a table as rows of a session; one without rows by its schema, which Spark Connect does not take from it."""
    if table.num_rows:
        return session.createDataFrame(table)
    from pyspark.sql.pandas.types import from_arrow_schema

    return session.createDataFrame([], from_arrow_schema(table.schema))


def _plain(table: pa.Table) -> pa.Table:
    """Return a table without dictionaries, which Spark does not take."""
    coded = [each for each in table.schema if pa.types.is_dictionary(each.type)]
    if not coded:
        return table
    schema = pa.schema([(each.name, each.type.value_type if each in coded else each.type) for each in table.schema])
    return table.cast(schema)


def spark_engine(
    session: Any, files: Sequence[Path], declarations: Sequence[Path] = (), *, where: str = "--engine spark"
) -> SparkEngine:
    """Return an engine whose relations are the canonical views over the Parquet files of trade and declarations.

    Raises:
        InputError: Spark cannot read a data file.
    """
    try:
        _rows(session, files, TRADE_COLUMNS).createOrReplaceTempView("trade_rows")
        _rows(session, declarations, DECLARATION_COLUMNS).createOrReplaceTempView("declaration_rows")
        for name, sql in (TRADE_VIEWS | DECLARATION_VIEWS | {"reported": REPORTED_SQL}).items():
            session.sql(spark_sql(sql)).createOrReplaceTempView(name)
    except Exception as error:
        said = what_spark_said(error, stage="trade", where=where)
        if said is None:
            raise
        raise said.error from error
    return SparkEngine(session, where=where, is_caching=_caches(session))


def _rows(session: Any, files: Sequence[Path], columns: Mapping[str, str]) -> Any:
    """Return the rows of Parquet files in the types of the lake; none where there are no files."""
    kinds = {name: _TYPES[kind] for name, kind in columns.items()}
    if not files:
        return session.createDataFrame([], ", ".join(f"`{name}` {kind}" for name, kind in kinds.items()))
    rows = session.read.parquet(*(str(path) for path in files))
    found = {each.name: each.dataType.simpleString().upper() for each in rows.schema.fields}
    return rows.selectExpr(
        *(
            f"`{name}`" if found.get(name) == kind else f"CAST(`{name}` AS {kind}) AS `{name}`"
            for name, kind in kinds.items()
        )
    )


def _caches(session: Any) -> bool:
    """Whether the session keeps the rows of a view; then it keeps those of ``reported``, which most stages read."""
    try:
        session.catalog.cacheTable("reported")
        return bool(session.catalog.isCached("reported"))
    except Exception:
        return False


@contextlib.contextmanager
def spark_on(snapshot: Snapshot, options: EngineOptions) -> Iterator[SparkEngine]:
    """Yield a Spark engine on a snapshot; it stays for the next call on the same files.

    Raises:
        MissingDataError: What is needed for Spark is not installed.
        UnreachableError: No master or server answers at the address, or the cluster gives no executor.
        InputError: Spark cannot read a data file of the lake.
    """
    threading.Thread(target=spark_sql, args=("SELECT 1 AS loaded",), daemon=True).start()  # while Spark starts
    with spark_in_use(options) as running, _engine_on(running, snapshot) as engine:
        yield engine


@contextlib.contextmanager
def _engine_on(running: RunningSpark, snapshot: Snapshot) -> Iterator[SparkEngine]:
    key = _files(snapshot)
    with running.lock:
        engine = running.kept.pop(key, None)
        if engine is None:
            engine = spark_engine(running.new_session(), *key, where=running.where)
            if not running.options.is_local:
                _check_all_is_seen(engine, key)
            engine.spark = running
            idle = [each for each, other in running.kept.items() if not other.users]
            for each in idle[: max(0, len(running.kept) + 1 - MOST_ENGINES)]:
                running.kept.pop(each).close()
        running.kept[key] = engine
        engine.users += 1
    try:
        yield engine
    finally:
        with running.lock:
            engine.users -= 1


def _check_all_is_seen(engine: SparkEngine, files: tuple[tuple[Path, ...], tuple[Path, ...]]) -> None:
    """Refuse (InputError) where the cluster or the server sees other rows than this machine; Sail reads no file as no rows."""
    import pyarrow.parquet as pq  # takes a twentieth of a second, which commands on other engines save

    for relation, paths in zip(("trade_rows", "declaration_rows"), files, strict=True):
        here = sum(pq.read_metadata(path).num_rows for path in paths)
        [there] = engine.run(Stage("seen", f"SELECT count(*) AS n FROM {relation}"))["n"].to_pylist()
        if here != there:
            raise InputError(
                f"Spark sees {there:,} rows where the lake has {here:,}",
                where=f"{engine.where}, {paths[0].parent if paths else relation}",
                fix="every worker, or the server, must see the lake's folder under the same path (a shared file system)",
            )


def _files(snapshot: Snapshot) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    return snapshot.files, snapshot.tables.get(DECLARATIONS.name, ())
