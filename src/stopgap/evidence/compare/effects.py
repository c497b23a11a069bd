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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from stopgap.evidence.compare.inputs import Behind
from stopgap.evidence.compare.numbers import numbers_of, same_number

CODES, PERIODS, SOURCES, ROWS, STATEMENT, COALITION = (
    "goods list", "windows", "sources", "rows", "statement", "coalition",
)  # fmt: skip
EFFECTS = (CODES, PERIODS, SOURCES, STATEMENT, COALITION, ROWS)
"""Causes that a number's difference is parted into."""

Row = dict[str, Any]


def effects_between(one: Behind, other: Behind) -> dict[str, dict[str, float]] | str:
    """Path of each gross figure -> cause -> its part of ``other - one``; why that cannot be told, in words.

    Figures that both findings have and that stay defined on every step. The parts of each add up to its difference.
    """
    codes, windows, sources = common_tables(one, other)
    if len(set(windows["periods"]["part"].to_pylist())) < 2:
        return "the windows have no periods in common"
    first, last = one.members(other), other.members(one)
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
    is_undefined = name.endswith("share_of_loss") and figures["backfill.gross_ratio"] is None
    return figures.get(name, None if is_undefined else 0.0)


def common_tables(one: Behind, other: Behind) -> tuple[dict[str, pa.Table], ...]:
    """What both sides looked at, or would have had they had the rows: tables of codes, of periods, and of sources.

    A code or supplier of one side alone is common where the other side had no reason not to look at it: its list has the
    code, or it takes nobody else's word for the supplier. Then its rows are what differs.
    """

    def is_listed(row: Row, lacks: Behind) -> bool:
        return lacks.codes.has({row["good"], row["panel_good"]})

    codes = {"wanted": _common("wanted", ("source", "revision", "good"), one, other, is_listed)}
    if "chapters" in one.tables and "chapters" in other.tables:
        codes["chapters"] = _common("chapters", ("chapter",), one, other, lambda row, lacks: True)
    periods = _common("periods", ("period",), one, other, lambda row, lacks: False)
    sources = _common("chosen", ("supplier",), one, other, lambda row, lacks: True)
    return codes, {"periods": periods}, {"chosen": sources}


def _common(
    name: str, key: tuple[str, ...], one: Behind, other: Behind, is_common: Callable[[Row, Behind], bool]
) -> pa.Table:
    """A small table as far as both sides have it, with rows of keys that one side lacks where they are common all the same.

    Rows of one key that differ are left out.
    """

    def by_key(side: Behind) -> dict[tuple[Any, ...], list[Row]]:
        found: dict[tuple[Any, ...], list[Row]] = {}
        for row in sorted(side.tables[name].to_pylist(), key=lambda row: str(list(row.values()))):
            found.setdefault(tuple(row[column] for column in key), []).append(row)
        return found

    first, second = by_key(one), by_key(other)
    rows = [row for own, found in first.items() if second.get(own) == found for row in found]
    for has, lacks, side in ((first, second, other), (second, first, one)):
        rows += [row for own, found in has.items() if own not in lacks for row in found if is_common(row, side)]
    return pa.Table.from_pylist(rows, schema=one.tables[name].schema)
