"""The native DuckDB copy of the newest version of ``trade``: its layout, how it is built, and how it is attached.

Rows stand in two tables. ``trade_series`` has one row per series (all texts that identify it, :data:`SERIES_COLUMNS`)
with a number in the order of partner and good; ``trade_facts`` has the figures, each with the number of its series. A
statement that joins small tables on economies, goods and sources joins them with the series, of which there are few,
and meets the rows of figures with one number. A view (:func:`rows_sql`) gives the stored columns back.

The copy is derived from the Parquet files, rebuilt when missing or stale, and never the only copy.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import duckdb

from stopgap.base.atomic_files import remove_file
from stopgap.base.progress import say
from stopgap.base.sql import listed, quoted
from stopgap.lake.engines.held_tables import build_held, build_kept
from stopgap.lake.engines.period_arrays import are_arrays_whole, arrays_path, build_arrays
from stopgap.lake.engines.series_codes import build_series_codes
from stopgap.lake.kept_stages import KEPT
from stopgap.lake.query.limits import machine_memory
from stopgap.lake.schema import TRADE_COLUMNS

if TYPE_CHECKING:
    from stopgap.lake.stage import Stage


class CopiedVersion(Protocol):
    """A version of ``trade`` as a snapshot names it: the lake, the number of the version and its data files."""

    @property
    def lake(self) -> Path:
        """Folder of the lake."""

    @property
    def version(self) -> int:
        """Number of the version."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Parquet files."""


SERIES_COLUMNS = (
    "partner", "good", "source", "frequency", "flow", "revision", "reporter", "kind", "valuation", "currency",
    "quantity_unit",
)  # fmt: skip
"""Columns of a series; the last three may be NULL."""
FACT_COLUMNS = tuple(name for name in TRADE_COLUMNS if name not in SERIES_COLUMNS)

BUILDING_MEMORY = 3 << 29
"""Bytes that building a copy may hold (1.5 GiB, or a quarter of the machine's memory); beyond it spills to disk."""

_BUILDING_LIMIT_S = 3600
_STAMP = "lake_stamp"
_FORMAT = "10"  # raised when the tables of the copy change


def rows_sql(schema: str) -> str:
    """Return a SELECT of the stored columns of ``trade`` from the two tables of a copy in a schema."""
    columns = ", ".join(f"{'s' if name in SERIES_COLUMNS else 'f'}.{name}" for name in TRADE_COLUMNS)
    return f"SELECT {columns} FROM {schema}.trade_facts AS f JOIN {schema}.trade_series AS s ON f.series = s.series"


def derived_path(snapshot: CopiedVersion) -> Path:
    """Return the path of the native copy of this version."""
    return snapshot.lake / "derived" / f"trade-{snapshot.version}.duckdb"


def kept_relations() -> dict[Stage, str]:
    """Return the stages whose rows stand in an attached copy, with their relations."""
    return {stage: f"native.{stage.name}" for stage in KEPT}


def build_derived(snapshot: CopiedVersion) -> Path | None:
    """Return the path of the native copy, built if missing or stale; ``None`` if it cannot be built."""
    target = derived_path(snapshot)
    if not snapshot.files or "?" in str(target):  # DuckDB takes what follows for an option
        return None
    with contextlib.closing(duckdb.connect(":memory:")) as con:
        if target.exists() and attached(con, snapshot):
            return target
    for left in abandoned_copies(snapshot.lake):
        with contextlib.suppress(OSError):
            left.unlink()
    building = target.with_name(f".{target.stem}-{uuid.uuid4().hex}.building")
    say("copying the trade of the lake so that it is read faster from now on")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(duckdb.connect(str(building))) as con:
            arrays = _fill(con, snapshot, building)
        for frequency, path in arrays.items():  # before the copy that names them; another builder's are the same
            os.replace(path, arrays_path(target, frequency))
        os.replace(building, target)
    except (OSError, duckdb.Error):  # no room, no permission; damaged rows are named when they are read
        return None
    finally:
        for leftover in target.parent.glob(f"{building.name}*"):
            leftover.unlink(missing_ok=True)
    remove_other_versions(snapshot)
    return target


def remove_other_versions(snapshot: CopiedVersion) -> int:
    """Remove the native copies of other versions, with their arrays; return their bytes.

    No reader of this version takes them.
    """
    target = derived_path(snapshot)
    freed = 0
    for path in (*target.parent.glob("trade-*.duckdb"), *target.parent.glob("trade-*.arrow")):
        if path.name.split(".")[0] != target.stem:
            with contextlib.suppress(OSError):  # a reader may hold it, where the system minds
                freed += remove_file(path)
    return freed


def _fill(con: duckdb.DuckDBPyConnection, snapshot: CopiedVersion, copy: Path) -> dict[str, Path]:
    """Write the tables of the copy into an empty database, and its arrays into files beside it, which are returned."""
    con.execute(f"SET memory_limit = '{min(BUILDING_MEMORY, (machine_memory() or BUILDING_MEMORY) // 4)}B'")
    con.execute("SET preserve_insertion_order = true")
    files = f"read_parquet([{listed(snapshot.files)}])"
    keys = ", ".join(SERIES_COLUMNS)
    con.execute(
        f"CREATE TABLE trade_series AS SELECT CAST(row_number() OVER (ORDER BY {keys}) AS INTEGER) AS series, {keys} "
        f"FROM (SELECT DISTINCT {keys} FROM {files})"
    )
    nullable = ("valuation", "currency", "quantity_unit")
    same = " AND ".join(
        f"r.{name} {'IS NOT DISTINCT FROM' if name in nullable else '='} s.{name}" for name in SERIES_COLUMNS
    )
    columns = ", ".join(f"r.{name}" for name in FACT_COLUMNS)
    # One file is in the order of partner and good, so its series come in ranges; several are brought into one order.
    order = "" if len(snapshot.files) == 1 else "ORDER BY s.series, r.period"
    con.execute(
        f"CREATE TABLE trade_facts AS SELECT s.series, {columns} FROM {files} AS r JOIN trade_series AS s ON {same} {order}"
    )
    build_series_codes(con)
    build_held(con)
    build_kept(con)
    arrays = build_arrays(con, copy)
    con.execute("DROP TABLE periods_held")
    con.execute(f"CREATE TABLE {_STAMP} AS SELECT ?::VARCHAR AS stamp", [_stamp(snapshot)])
    con.execute("CHECKPOINT")
    return arrays


def _stamp(snapshot: CopiedVersion) -> str:
    return json.dumps([_FORMAT, duckdb.__version__, snapshot.version, sorted(path.name for path in snapshot.files)])


def abandoned_copies(lake: Path) -> list[Path]:
    """Return unfinished native copies older than an hour; builders hold no lock, so those count as abandoned."""
    found = []
    for path in (lake / "derived").glob(".*.building*"):
        with contextlib.suppress(OSError):  # its builder may finish meanwhile
            if path.stat().st_mtime < time.time() - _BUILDING_LIMIT_S:
                found.append(path)
    return found


def with_copy(con: duckdb.DuckDBPyConnection, snapshot: CopiedVersion) -> bool:
    """Attach the native copy as ``native``, building it if missing or stale; return whether it succeeded."""
    if derived_path(snapshot).exists() and attached(con, snapshot):
        return True
    return build_derived(snapshot) is not None and attached(con, snapshot)


def attached(con: duckdb.DuckDBPyConnection, snapshot: CopiedVersion) -> bool:
    """Attach the native copy if it is complete and current; return whether it succeeded.

    It may be gone, as the reader of a newer import removes older copies.
    """
    try:
        con.execute(f"ATTACH {quoted(derived_path(snapshot))} AS native (READ_ONLY)")
    except duckdb.Error:
        return False
    try:
        stamped = con.execute(f"SELECT stamp FROM native.{_STAMP}").fetchall() == [(_stamp(snapshot),)]
        if stamped and _is_whole(con, snapshot):
            return True
    except (duckdb.Error, OSError):  # of another make, damaged, or removed since it was attached
        pass
    con.execute("DETACH native")
    return False


def _is_whole(con: duckdb.DuckDBPyConnection, snapshot: CopiedVersion) -> bool:
    """Whether the attached copy is as long as its blocks, and its arrays are there: a part of them may still be read."""
    [(blocks, size)] = con.execute(
        "SELECT total_blocks, block_size FROM pragma_database_size() WHERE database_name = 'native'"
    ).fetchall()
    return derived_path(snapshot).stat().st_size >= int(blocks) * int(size) and are_arrays_whole(con)
