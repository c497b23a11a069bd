"""Decompose the difference between two findings into the contribution of each cause.

The gross figures of a finding are sums over cells, which one SQL statement computes from rows and three small tables:
codes wanted, periods, and the source of each supplier's figures. So the number of ONE is turned into that of OTHER in
steps, one input changed at a time, and the contribution of each step is exact. Rows are exchanged on the codes, periods
and sources that both have in common; codes, periods and sources of only one side are steps of their own at either end.

    number of ONE
      remove codes only in ONE's list, then periods only in ONE, then sources only in ONE
      replace ONE's rows by OTHER's, then ONE's statement, then ONE's coalition
      add sources only in OTHER, then periods, then codes
    number of OTHER

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
"""Causes into which the difference of a number is decomposed."""

Row = dict[str, Any]


def effects_between(one: Behind, other: Behind) -> dict[str, dict[str, float]] | str:
    """Return path of each gross figure -> cause -> its contribution to ``other - one``, or in words why it is unknown.

    Only figures that both findings have and that are defined at every step are included. The contributions of a figure
    add up to its difference.
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
    """Return the contributions of each cause to the figures that both findings have.

    Figures that are undefined at a step, or that the rows do not reproduce, are omitted.
    """
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
    """Return a figure at one step; 0 for a supplier without a cell, which sold nothing of the goods selected there."""
    is_undefined = name.endswith("share_of_loss") and figures["backfill.gross_ratio"] is None
    return figures.get(name, None if is_undefined else 0.0)


def common_tables(one: Behind, other: Behind) -> tuple[dict[str, pa.Table], ...]:
    """Return the tables of codes, of periods, and of sources that both sides have in common.

    A code or supplier in the tables of only one side counts as common if the other side would have selected it too, had
    it had the rows: its goods list has the code, or it has no other source for the supplier. Then the difference is
    attributed to rows.
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
    """Return the rows of a small table that both sides have, and rows of one side that ``is_common`` accepts.

    Rows with the same key and different content are omitted.
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
