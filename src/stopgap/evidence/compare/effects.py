"""How much of the difference between two findings each cause makes.

The gross figures of a finding are sums over cells, which one statement makes from rows and three small tables: codes
wanted, periods, and where each supplier's figures are taken from. So the way from one party's number to the other's can be
gone in steps, one thing changed at a time, and each step's part is exact. What both have in common is held still while rows are
exchanged; what only one of them looked at (codes, periods, sources) is a step of its own at either end.

    one's number
      codes of one's list alone taken out, then periods of one alone, then sources of one alone
      one's rows exchanged for the other's, then one's statement, then one's coalition
      sources of the other alone put in, then periods, then codes
    the other's number

Method: ours; docs/how-to/exchange-evidence.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from stopgap.evidence.compare.inputs import Behind, Codes
from stopgap.evidence.compare.numbers import numbers_of, same_number

CODES, PERIODS, SOURCES, ROWS, STATEMENT, COALITION = (
    "goods list", "windows", "sources", "rows", "statement", "coalition",
)  # fmt: skip
EFFECTS = (CODES, PERIODS, SOURCES, STATEMENT, COALITION, ROWS)
"""Causes that a number's difference is parted into."""


@dataclass(frozen=True)
class Common:
    """The small tables as far as both sides agree on them; in place of a table of one side.

    Attributes:
        codes: ``wanted`` and what hangs on it.
        periods: ``periods``.
        sources: ``chosen``.
    """

    codes: Mapping[str, pa.Table]
    periods: Mapping[str, pa.Table]
    sources: Mapping[str, pa.Table]


def effects_between(
    one: Behind, other: Behind, one_codes: Codes, other_codes: Codes
) -> dict[str, dict[str, float]] | str:
    """Path of each gross figure -> cause -> its part of ``other - one``; why that cannot be told, in words.

    Args:
        one: What makes the first finding's cells.
        other: The second's.
        one_codes: Codes of the first's goods list.
        other_codes: Of the second's.

    Returns:
        Figures that both findings have and that stay defined on every step. The parts of each add up to its difference.
    """
    common = common_tables(one, other, one_codes, other_codes)
    [periods] = common.periods.values()
    if len(set(periods["part"].to_pylist())) < 2:
        return "the windows have no periods in common"
    first, last = one.members(other), other.members(one)
    codes, windows, sources = common.codes, common.periods, common.sources
    exchanged = replace(one, rows=other.rows)
    path: list[tuple[str, dict[str, float | None]]] = [
        ("", one.figures(first)),
        (CODES, one.figures(first, **codes)),
        (PERIODS, one.figures(first, **codes, **windows)),
        (SOURCES, one.figures(first, **codes, **windows, **sources)),
        (ROWS, exchanged.figures(first, **codes, **windows, **sources)),
        (STATEMENT, other.figures(first, **codes, **windows, **sources)),
        (COALITION, other.figures(last, **codes, **windows, **sources)),
        (SOURCES, other.figures(last, **codes, **windows)),
        (PERIODS, other.figures(last, **codes)),
        (CODES, other.figures(last)),
    ]
    return _parts(path, numbers_of(one.finding), numbers_of(other.finding))


def _parts(
    path: Sequence[tuple[str, Mapping[str, float | None]]], said: Mapping[str, float], again: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """The parts of each figure that both findings have and that the rows give; a figure that is undefined on a step has none."""
    found = {}
    for name in said.keys() & again.keys() & (path[0][1].keys() | path[-1][1].keys()):
        values = [_value(name, figures) for _, figures in path]
        ends = ((said[name], values[0]), (again[name], values[-1]))
        if None in values or not all(same_number(name, *end) for end in ends):
            continue
        parts = dict.fromkeys(EFFECTS, 0.0)
        for (cause, _), before, value in zip(path[1:], values, values[1:], strict=False):
            assert before is not None
            assert value is not None
            parts[cause] += value - before
        found[name] = {cause: part for cause, part in parts.items() if part}
    return found


def _value(name: str, figures: Mapping[str, float | None]) -> float | None:
    """A figure on one step; a supplier without a cell sold nothing of what is looked at there."""
    if name in figures:
        return figures[name]
    if name.endswith("share_of_loss"):
        return None if figures["backfill.gross_ratio"] is None else 0.0
    return 0.0


def common_tables(one: Behind, other: Behind, one_codes: Codes, other_codes: Codes) -> Common:
    """What both sides looked at, or would have had they had the rows.

    A code or supplier of one side alone is common where the other side had no reason not to look at it: its list has the code, or
    it takes nobody else's word for the supplier. Then its rows are what differs.
    """
    wanted = _merged(one.tables["wanted"], other.tables["wanted"], ("source", "revision", "good"))
    codes = wanted.common([
        *(row for row in wanted.only_one if other_codes.has({row["good"], row["panel_good"]})),
        *(row for row in wanted.only_other if one_codes.has({row["good"], row["panel_good"]})),
    ])  # fmt: skip
    chosen = _merged(one.tables["chosen"], other.tables["chosen"], ("supplier",))
    periods = _merged(one.tables["periods"], other.tables["periods"], ("period",))
    rest = {}
    if "chapters" in one.tables and "chapters" in other.tables:
        chapters = _merged(one.tables["chapters"], other.tables["chapters"], ("chapter",))
        rest["chapters"] = chapters.common([*chapters.only_one, *chapters.only_other])
    return Common(
        {"wanted": codes, **rest},
        {"periods": periods.common([])},
        {"chosen": chosen.common([*chosen.only_one, *chosen.only_other])},
    )


@dataclass(frozen=True)
class _Merged:
    """Two small tables: rows of both, and rows whose key one of them alone has. Rows of one key that differ are in neither."""

    both: list[dict[str, Any]]
    only_one: list[dict[str, Any]]
    only_other: list[dict[str, Any]]
    schema: pa.Schema

    def common(self, more: list[dict[str, Any]]) -> pa.Table:
        return pa.Table.from_pylist([*self.both, *more], schema=self.schema)


def _merged(one: pa.Table, other: pa.Table, key: tuple[str, ...]) -> _Merged:
    def by_key(table: pa.Table) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
        found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for row in sorted(table.to_pylist(), key=lambda row: str(list(row.values()))):
            found.setdefault(tuple(row[name] for name in key), []).append(row)
        return found

    first, second = by_key(one), by_key(other)
    return _Merged(
        [row for name, rows in first.items() if second.get(name) == rows for row in rows],
        [row for name, rows in first.items() if name not in second for row in rows],
        [row for name, rows in second.items() if name not in first for row in rows],
        one.schema,
    )
