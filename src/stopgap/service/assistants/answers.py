"""What a tool answers: rows, and beside them all that a figure must be quoted with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stopgap.base.marking import CLEAR, Marking
from stopgap.base.notes import Summary

MOST_ROWS = 50
"""Rows of an answer where the question names no number."""

CANNOT_BE_TOLD = "Where a figure is null, the lake cannot tell it; it is not zero."


@dataclass(frozen=True)
class ToolAnswer:
    """Answer of a tool.

    Attributes:
        headline: The result in a sentence.
        rows: Rows of its table, the largest first where they have a size.
        rows_in_all: Rows of the whole table.
        must_say: Sentences that must not be left out where a figure of the answer is quoted.
        unit: Unit of its money.
        interval: What its intervals are; ``None`` where it has none.
        coverage: How much of the trade was reported, as the measure gives it.
        as_of: Vintage that was read.
        marking: Who may see it.
        figures: Single figures beside the rows.
    """

    headline: str
    rows: Sequence[Mapping[str, Any]]
    rows_in_all: int
    must_say: Sequence[str]
    unit: str | None
    interval: str | None
    coverage: Mapping[str, Any] | None
    as_of: str | None
    marking: Marking
    figures: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as a JSON object."""
        found = vars(self) | {"rows_shown": len(self.rows), "marking": self.marking.as_dict()}
        return {name: _plain(value) for name, value in found.items()}


@dataclass(frozen=True)
class QuotedWith:
    """What every figure of a tool is quoted with.

    Attributes:
        cautions: Sentences that hold for every answer of the tool.
        interval: What the intervals of its figures are.
        unit: Unit of its money, where the result does not say it.
    """

    cautions: Sequence[str] = ()
    interval: str | None = None
    unit: str | None = None


def answer_of(
    result: Any,
    quoted_with: QuotedWith,
    *,
    rows: Sequence[Mapping[str, Any]],
    limit: int,
    summary: Summary | None = None,
    figures: Mapping[str, Any] | None = None,
    headline: str = "",
) -> ToolAnswer:
    """Return the answer that a result of the API gives.

    Args:
        result: The result, with its marking.
        quoted_with: What every figure of the tool is quoted with.
        rows: All rows of its table.
        limit: Most rows that are shown; how many there are is always said.
        summary: The result in lines of text: its crucial notes must be said.
        figures: Single figures.
        headline: The result in a sentence, where there is no summary.
    """
    marking = getattr(result, "marking", None) or CLEAR
    coverage = getattr(result, "coverage", None)
    said = [*summary.shown()] if summary is not None else []
    marked = f"The answer is marked {marking.label}: {marking.tlp.allows}."
    return ToolAnswer(
        headline=summary.title if summary is not None else headline,
        rows=rows[: max(limit, 0)],
        rows_in_all=len(rows),
        must_say=[*said, *quoted_with.cautions, *([CANNOT_BE_TOLD] if _has_null(rows) else []), marked],
        unit=quoted_with.unit or getattr(result, "unit", None),
        interval=quoted_with.interval,
        coverage=None if coverage is None else _document(coverage),
        as_of=getattr(result, "as_of", None),
        marking=marking,
        figures=dict(figures or {}),
    )


def _document(value: Any) -> Any:
    as_dict = getattr(value, "as_dict", None)
    return as_dict() if callable(as_dict) else dict(vars(value)) if hasattr(value, "__dict__") else value


def _has_null(rows: Sequence[Mapping[str, Any]]) -> bool:
    return any(value is None for row in rows for value in row.values())


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: days as text, numbers that are none as null, sets in order."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, set | frozenset):
        return sorted(_plain(each) for each in value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
