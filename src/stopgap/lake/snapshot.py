"""Read-only connections to the lake at one vintage.

The newest version of ``trade`` is read from a native DuckDB copy, sorted like the
Parquet files; it is derived from them, rebuilt when missing or stale, and never
the only copy. Earlier vintages, and the other tables, are read from the Parquet
files themselves.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from stopgap.base.clearance import current_viewer
from stopgap.base.errors import InputError, MissingDataError, RefusedError
from stopgap.base.read_ledger import FINDINGS, ROWS, Read, record
from stopgap.base.sql import listed
from stopgap.lake.engines.native_copy import kept_relations, rows_sql, with_copy
from stopgap.lake.history import Commit, files_at, history_to, read_whole_log, table_path, version_at, vintages
from stopgap.lake.lists.editions import chain_table, read_editions, standing_on
from stopgap.lake.partner_views import received_tables
from stopgap.lake.place import nothing_loaded
from stopgap.lake.reading import first_line, reading_connection
from stopgap.lake.receipts import Receipt
from stopgap.lake.replay import entangled, restored
from stopgap.lake.schema import DECLARATIONS, LISTED, TABLES, TRADE, Table
from stopgap.lake.stage import Stage
from stopgap.lake.supersession import Load
from stopgap.lake.views import DECLARATION_VIEWS, LISTED_VIEWS, REPORTED_SQL, TRADE_VIEWS

NOTHING_LOADED = "v0"
"""Name of the vintage of a lake that holds only received packs."""


@dataclass(frozen=True)
class Snapshot:
    """The lake at one vintage: its data files and receipts.

    Attributes:
        is_newest: Whether the trade table is the same as in the newest vintage.
        version: Version of the trade table; -1 if no trade was imported yet.
        tables: Table -> its Parquet files, as absolute paths.
        receipts: (receipt, vintage of its import).
        withdrawn: (receipt, vintage of its import) -> vintage in which it was withdrawn.
        moments: Vintage -> time of its commit (UTC).
        withheld: Receipts of withheld files, treated as if never imported: their rows are hidden, and rows that they
            replaced are in force.
        commits: Imports and withdrawals up to the vintage, oldest first.
    """

    lake: Path
    vintage: str
    is_newest: bool
    version: int
    tables: Mapping[str, tuple[Path, ...]]
    receipts: tuple[tuple[Receipt, str], ...]
    withdrawn: Mapping[tuple[str, str], str]
    moments: Mapping[str, str] = field(default_factory=dict)
    withheld: frozenset[str] = frozenset()
    commits: tuple[Commit, ...] = field(default=(), repr=False)

    def without(self, withheld: frozenset[str]) -> Snapshot:
        """Return the lake as if some files had never been imported, at the last vintage that another file made.

        Rows that they had replaced are in force again, unless a remaining import replaces them. Vintages keep their
        names. Refuses a state that cannot be reconstructed from the log, naming the dependent files (RefusedError), and
        one without any import (MissingDataError).
        """
        gone = self.withheld | (withheld & {receipt.receipt for receipt, _ in self.receipts})
        if gone == self.withheld:
            return self
        tangled = entangled(self.commits, _loads_of(self.commits, gone))
        if tangled:
            raise RefusedError(
                f"the lake without {_counted(len(gone))} cannot be told from its log: {'; '.join(tangled[:5])}",
                where=f"{self.lake}, vintage {self.vintage}",
                fix="give files that were imported together one marking (stopgap markings set), or import them again one by one",
                details={"cannot_be_undone": tangled},
            )
        stays = [commit for commit in self.commits if _has_other(commit, gone)]
        if not stays:
            raise MissingDataError(
                f"without {_counted(len(gone))} the lake holds nothing",
                where=f"{self.lake}, vintage {self.vintage}",
                fix="import figures that may be shown",
            )
        names = {str(commit.vintage) for commit in stays}
        return replace(
            self,
            vintage=str(stays[-1].vintage),
            receipts=tuple(each for each in self.receipts if each[0].receipt not in gone),
            withdrawn={load: when for load, when in self.withdrawn.items() if load[0] not in gone},
            moments={vintage: moment for vintage, moment in self.moments.items() if vintage in names},
            withheld=gone,
        )

    @property
    def files(self) -> tuple[Path, ...]:
        """Parquet files of the trade table."""
        return self.tables[TRADE.name]


def _counted(files: int) -> str:
    return "1 file" if files == 1 else f"{files} files"


def _loads_of(commits: Sequence[Commit], receipts: frozenset[str]) -> set[Load]:
    """Return the loads of some receipts."""
    return {load for commit in commits for load in commit.loads if load[0] in receipts}


def _has_other(commit: Commit, receipts: frozenset[str]) -> bool:
    """Return whether a commit imported or withdrew any file other than the given receipts."""
    names = {receipt.receipt for receipt in commit.receipts}
    if commit.withdrawn is not None:
        names.add(commit.withdrawn.receipt)
    return bool(names - receipts)


def take_snapshot(lake: Path, *, as_of: str | None = None, only: Collection[str] = tuple(TABLES)) -> Snapshot:
    """Return the snapshot of the lake at a vintage or day; at the newest vintage when ``None``.

    Tables that are not in ``only`` appear empty, and do not affect the marking of the result. Refuses an empty lake
    (MissingDataError), and a missing vintage (NotFoundError).
    """
    visible, commit = history_to(lake, as_of)
    if commit is None:
        raise nothing_loaded(lake)
    viewer = current_viewer()
    commits = visible if viewer is None else read_whole_log(lake)
    tables = {}
    for table in TABLES.values():
        version = version_at(commits, commit.number, table)
        names = files_at(commits, version, table) if version is not None and table.name in only else []
        tables[table.name] = tuple(table_path(lake, table) / name for name in names)
    seen = [other for other in vintages(commits) if other.number <= commit.number]
    version = version_at(commits, commit.number)
    shown = [other for other in seen if other.table in only]
    record(Read(ROWS, lake, other.table, commit.vintage) for other in shown)
    found = Snapshot(
        lake=lake,
        vintage=str(commit.vintage),
        is_newest=version == version_at(commits, vintages(commits)[-1].number),
        version=-1 if version is None else version,
        tables=tables,
        receipts=tuple((receipt, str(other.vintage)) for other in shown for receipt in other.receipts),
        withdrawn={
            (other.withdrawn.receipt, other.withdrawn.vintage): str(other.vintage)
            for other in shown
            if other.withdrawn is not None
        },
        moments={str(other.vintage): other.committed for other in seen},
        commits=tuple(seen),
    )
    return found if viewer is None else _as_seen(found, viewer.hidden_receipts(lake))


def _as_seen(snapshot: Snapshot, hidden: frozenset[str]) -> Snapshot:
    """Return a snapshot without hidden files; an error never tells that there are any.

    Where the log cannot tell that state at this vintage, no file is seen from the first hidden one on.
    """
    with contextlib.suppress(RefusedError, MissingDataError):
        return snapshot.without(hidden)
    first = min(
        (each.number for each in snapshot.commits if hidden & {receipt.receipt for receipt in each.receipts}), default=0
    )
    later = {receipt.receipt for each in snapshot.commits if each.number >= first for receipt in each.receipts}
    try:
        return snapshot.without(hidden | later)
    except (RefusedError, MissingDataError):
        raise nothing_loaded(snapshot.lake) from None


def receipts_table(snapshot: Snapshot) -> pa.Table:
    """Return the receipts as a table: the fields of :class:`Receipt`, ``vintage`` and ``withdrawn``."""
    rows = [
        {**receipt.as_dict(), "vintage": vintage, "withdrawn": snapshot.withdrawn.get((receipt.receipt, vintage))}
        for receipt, vintage in snapshot.receipts
    ]
    names = [each.name for each in fields(Receipt)]
    numbers = [name for name in names if name.startswith("rows_") or name == "size_bytes"]
    text = [name for name in names if name not in (*numbers, "reading")] + ["vintage", "withdrawn", "reading"]
    schema = pa.schema([*((name, pa.string()) for name in text), *((name, pa.int64()) for name in numbers)])
    return pa.Table.from_pylist(rows, schema=schema)


def findings_table(lake: Path) -> pa.Table:
    """Read the findings stored in the lake, one row each, with the whole finding in ``content`` (JSON)."""
    names = ["finding_id", "episode", "goods", "goods_version", "as_of", "frequency", "content"]
    rows = []
    folder, viewer = lake / "findings", current_viewer()
    record([Read(FINDINGS, lake)])
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else []:
        try:
            text = path.read_text("utf-8")
            content = json.loads(text)
            suspended, backfill = content["suspended"], content["backfill"]
            if viewer is not None and not viewer.sees_finding(lake, content):
                continue
            rows.append(
                {name: content.get(name) for name in names[:-1]}
                | {"content": text, "loss_usd": suspended["loss_usd"], "loss_share": suspended["loss_share"]}
                | {"gross_ratio": backfill["gross_ratio"]}
            )
        except FileNotFoundError:
            continue  # removed since it was listed
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                "a finding kept in the lake is damaged",
                where=f"{path}: {str(error)[:200]}",
                fix="delete this file: measuring again writes it anew",
            ) from error
    numbers = ["loss_usd", "loss_share", "gross_ratio"]
    schema = pa.schema([*((name, pa.string()) for name in names), *((name, pa.float64()) for name in numbers)])
    return pa.Table.from_pylist(rows, schema=schema)


def connect(snapshot: Snapshot, *, native: bool = True, memory_bytes: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open a connection with the canonical views of a snapshot; the data of the lake cannot be changed through it.

    Relations: ``trade``, ``trade_aggregates``, ``trade_breakdowns``, ``reported``, ``declarations``, ``listed``,
    ``listed_state``. With ``native`` trade is read from its native copy, which is built if missing; ``memory_bytes``
    as in :func:`reading_connection`. Refuses (InputError) a lake with a data file that is missing or damaged.
    """
    con = reading_connection(memory_bytes)
    try:
        is_copied = native and snapshot.is_newest and with_copy(con, snapshot)
        rows = rows_sql("native") if is_copied else _rows_sql(snapshot, TRADE)
        con.execute(f"CREATE VIEW trade_rows AS {_shown(con, rows, snapshot, TRADE)}")
        if not is_copied:
            con.execute("SELECT count(*) FROM trade_rows")  # reads the end of each file, where a cut shows
        if snapshot.withheld:  # the copy's own table knows who reported in the files withheld
            con.execute(f"CREATE TABLE reported_rows AS {REPORTED_SQL}")
            con.execute("CREATE VIEW reported AS SELECT * FROM reported_rows")
        else:
            reported = "SELECT * FROM native.reported" if is_copied else REPORTED_SQL
            con.execute(f"CREATE VIEW reported AS {reported}")
        for relation, table in (("declaration_rows", DECLARATIONS), ("listed_fact_rows", LISTED)):
            con.execute(f"CREATE VIEW {relation} AS {_shown(con, _rows_sql(snapshot, table), snapshot, table)}")
        editions = read_editions(con, snapshot.receipts, snapshot.moments) if snapshot.tables[LISTED.name] else []
        con.register("list_chain", chain_table(standing_on(editions)))
        for name, sql in (TRADE_VIEWS | DECLARATION_VIEWS | LISTED_VIEWS).items():
            con.execute(f"CREATE VIEW {name} AS {sql}")
    except duckdb.Error as error:
        con.close()
        raise _damaged(snapshot, error) from error
    return con


def kept_stages(con: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> dict[Stage, str]:
    """Return the stages whose rows a connection has in a native copy, with their relations."""
    if snapshot.withheld:
        return {}
    [(copies,)] = con.execute("SELECT count(*) FROM duckdb_databases() WHERE database_name = 'native'").fetchall()
    return kept_relations() if copies else {}


def _damaged(snapshot: Snapshot, error: duckdb.Error) -> InputError:
    """Return the error for data files that cannot be read; it names a missing file first."""
    files = [path for paths in snapshot.tables.values() for path in paths]
    missing = [path.name for path in files if not path.exists()]
    what = f"a data file of the lake is missing: {missing[0]}" if missing else "a data file of the lake is damaged"
    return InputError(
        what,
        where=f"{snapshot.lake}, vintage {snapshot.vintage}: {first_line(error)[:300]}",
        fix="stopgap lake check lists what is wrong; bring the folder back from a copy, or import the files in receipts/ into a new lake",
    )


def _rows_sql(snapshot: Snapshot, table: Table) -> str:
    """Return a SELECT of a table's rows from its files; it gives no rows if there are no files."""
    files = snapshot.tables[table.name]
    if files:
        return f"SELECT {', '.join(table.columns)} FROM read_parquet([{listed(files)}])"
    empty = ", ".join(f"NULL::{kind} AS {name}" for name, kind in table.columns.items())
    return f"SELECT {empty} WHERE false"


def _shown(con: duckdb.DuckDBPyConnection, rows: str, snapshot: Snapshot, table: Table) -> str:
    """Return a SELECT of the visible rows: without those of withheld files, and with those that these had replaced."""
    if not snapshot.withheld:
        return rows
    name = f"back_in_{table.name}"
    absent = _loads_of(snapshot.commits, snapshot.withheld)
    restored(con, snapshot.lake, snapshot.commits, table, absent, snapshot.tables[table.name], name=name)
    columns = ", ".join(table.columns)
    return (
        f"SELECT {columns} FROM ({rows}) WHERE receipt NOT IN ({listed(sorted(snapshot.withheld))}) "
        f"UNION ALL SELECT {columns} FROM {name}"
    )


def lock_down(con: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    """Permanently deny a connection access to all files but those of the snapshot."""
    allowed = [str(path) for files in snapshot.tables.values() for path in files]
    con.execute("SET allowed_paths = ?", [allowed])
    lock_down_memory(con)


def lock_down_memory(con: duckdb.DuckDBPyConnection) -> None:
    """Permanently deny a connection access to files, except paths allowed before, and lock its settings."""
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


@contextlib.contextmanager
def opened(
    lake: Path, *, as_of: str | None = None, received: bool = False
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Snapshot]]:
    """Open a connection with all relations, including ``receipts`` and ``findings``, and yield it with its snapshot.

    With ``received`` it includes the relations over received packs; if there are any, an empty lake is not an error.
    """
    others = received_tables(lake) if received else {}
    try:
        snapshot = take_snapshot(lake, as_of=as_of)
    except MissingDataError:
        if not any(table.num_rows for table in others.values()):
            raise
        snapshot = Snapshot(lake, NOTHING_LOADED, False, -1, dict.fromkeys(TABLES, ()), (), {})
    con = connect(snapshot)
    # Measures read neither, and a lake can hold many.
    con.register("receipts", receipts_table(snapshot))
    con.register("findings", findings_table(snapshot.lake))
    for name, table in others.items():
        con.register(name, table)
    try:
        yield con, snapshot
    finally:
        con.close()
