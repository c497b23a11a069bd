"""What an import replaces, read off its own rows. See docs/adr/0002-what-a-release-replaces.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import duckdb

_SLICE = ("source", "frequency", "reporter", "period", "flow", "revision")
_FIGURE = (*_SLICE, "good", "partner")


class Replaces(StrEnum):
    """How much of the lake an import replaces.

    BOX: figures whose slice (source, frequency, reporter, period, flow, revision) occurs in
        the import, and whose good and partner do; where the import holds the World row of a
        good in a slice, every partner of it.
    COMPLETE: everything in the slices that occur in the import.
    FIGURES: only figures that the import itself holds: for an import that lacks refused rows,
        which cannot tell a withdrawn figure from a refused one.
    """

    BOX = "box"
    COMPLETE = "complete"
    FIGURES = "figures"


@dataclass(frozen=True)
class Replaced:
    """What of the lake an import replaces.

    Attributes:
        files: Data files that hold such rows.
        rows: How many rows those are.
        withdrawn: How many of them have no successor in the import.
        condition: SQL that tells them, over the alias ``old``.
    """

    files: tuple[Path, ...]
    rows: int
    withdrawn: int
    condition: str


def _is_in(columns: Sequence[str], table: str) -> str:
    return f"({', '.join(f'old.{name}' for name in columns)}) IN (SELECT ({', '.join(columns)}) FROM {table})"


def _condition(replaces: Replaces) -> str:
    if replaces is Replaces.COMPLETE:
        return _is_in(_SLICE, "covered_slices")
    if replaces is Replaces.FIGURES:
        return _is_in(_FIGURE, "covered_figures")
    partner = _is_in(("source", "partner"), "covered_partners")
    world = _is_in((*_SLICE, "good"), "covered_worlds")
    return f"{_is_in(_SLICE, 'covered_slices')} AND {_is_in(('source', 'good'), 'covered_goods')} AND ({partner} OR {world})"


def find_replaced(
    con: duckdb.DuckDBPyConnection, relation: str, current: Sequence[Path], replaces: Replaces
) -> Replaced:
    """The rows of the current files that an import replaces.

    Args:
        con: Connection that holds the import's relation; temporary tables stay in it, for
            the condition to be used with.
        relation: Name of the relation with the import's rows.
        current: Data files of the lake.
        replaces: How much is replaced.
    """
    condition = _condition(replaces)
    if not current:
        return Replaced((), 0, 0, condition)
    for name, columns, where in (
        ("covered_slices", _SLICE, "true"),
        ("covered_figures", _FIGURE, "true"),
        ("covered_goods", ("source", "good"), "true"),
        ("covered_partners", ("source", "partner"), "true"),
        ("covered_worlds", (*_SLICE, "good"), "partner = 'W00'"),
    ):
        con.execute(
            f"CREATE TEMP TABLE {name} AS SELECT DISTINCT {', '.join(columns)} FROM {relation} WHERE {where}"
        )
    rows = con.execute(
        f"""
        SELECT old.filename, count(*), count(*) FILTER (NOT ({_is_in(_FIGURE, "covered_figures")}))
        FROM read_parquet($files, filename = true) AS old WHERE {condition} GROUP BY 1
        """,
        {"files": [str(path) for path in current]},
    ).fetchall()
    return Replaced(
        files=tuple(Path(name) for name, _, _ in rows),
        rows=sum(count for _, count, _ in rows),
        withdrawn=sum(withdrawn for _, _, withdrawn in rows),
        condition=condition,
    )
