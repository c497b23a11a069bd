"""Lakes that hold rows of every table, alike but for the rows of one; and connections on them as statements get them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
from comtrade_files import put_file
from declared import declared_line, lines_bytes
from lake_rows import put, trade_row
from list_files import plain

from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.markings.changes import set_marking
from stopgap.intake.importing import import_paths
from stopgap.intake.querying import query_lake
from stopgap.intake.request import ImportRequest
from stopgap.lake.query.relations import RELATIONS
from stopgap.lake.query.worker import shut_in
from stopgap.lake.snapshot import Snapshot, opened

TABLES = ("trade", "declarations", "listed_facts")
MARKED = {"trade": Marking(Tlp.RED), "declarations": Marking(Tlp.AMBER), "listed_facts": Marking(Tlp.GREEN)}
LINES = "customs-declarations-example"
SAID = {"who": "Jane Roe", "when": "2026-07-01T12:00:00Z", "why": "a test"}


def marked_lake(folder: Path, changed: str = "") -> Path:
    """A lake with files of three tables, each marked in its own way; the rows of the one that is named are others."""
    folder.mkdir(parents=True, exist_ok=True)
    lake = folder / "lake"
    more = {table: int(table == changed) for table in TABLES}
    usd = 5.0 + more["trade"]
    rows = [
        trade_row(value_usd=usd, good=f"85423{1 + more['trade']}"),
        trade_row(value_usd=usd * 2, partner="W00"),
        trade_row(value_usd=usd * 3, reporter="TUR" if more["trade"] else "DEU", kind="breakdown"),
        trade_row(value_usd=usd * 4, reporter="JPN" if more["trade"] else "KOR"),
    ]
    put(lake, rows, name="a" * 16)
    number = 10 * more["declarations"]
    lines = lines_bytes([declared_line(number), declared_line(number + 1)])
    import_paths(lake, [put_file(folder, lines, "lines.csv")], ImportRequest(mapping=LINES))
    names = [("A1", "Gadget Works"), ("A2", "Widget Trading")]
    if changed == "listed_facts":
        names = [("B1", "Sprocket Works"), ("B2", "Cog Trading")]
    path = folder / "mine.csv"
    path.write_text(plain(*names), "utf-8")
    import_paths(lake, [path], ImportRequest(list_date="2024-01-01"))
    for table, marking in MARKED.items():
        set_marking(lake, f"table:{table.removesuffix('_facts')}", marking, **SAID)
    return lake


@contextlib.contextmanager
def wide_open(lake: Path, temp: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Snapshot]]:
    """A connection as statements get it, but with every relation in it: what they could reach at most."""
    request = {"memory_bytes": 10**9, "temp_bytes": 10**9, "temp": str(temp)}
    with opened(lake, received=True) as (con, snapshot):
        shut_in(con, snapshot, frozenset(RELATIONS), request)
        yield con, snapshot


def label(lake: Path, sql: str) -> Marking:
    """What the answer to a statement is marked."""
    return query_lake(lake, sql).marking
