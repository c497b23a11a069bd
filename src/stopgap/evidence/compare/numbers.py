"""Compare the numbers of two findings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stopgap.evidence.packs.numbers import agrees, agrees_usd, leaves

_KEYS = ("supplier", "group", "destination", "good")
"""Key fields of the rows in a finding's lists."""
_ENDS = ("low", "high")
_COUNTS = ("members", "goods_listed", "goods_found", "ordinary_goods")
_NO_NUMBERS = ("numbers", "numbers_withheld")
HEADLINE = (
    "suspended.baseline_usd", "suspended.after_usd", "suspended.loss_usd", "suspended.loss_share", "backfill.gross_ratio",
    "backfill.net_ratio",
)  # fmt: skip


@dataclass(frozen=True)
class NumberDifference:
    """One number that differs between two findings.

    Attributes:
        path: Its path in the finding: ``suspended.loss_usd``, ``suppliers.CHN.gain_usd``.
        unit: ``USD per year``, ``ratio``, ``rank``, ``number`` or ``probability``.
        one: Value in the first pack; ``None`` where it has none.
        other: Value in the second pack; ``None`` where it has none.
        effects: Cause -> its contribution to ``other - one``; they add up to it. Empty where they are unknown.
    """

    path: str
    unit: str
    one: float | None
    other: float | None
    effects: Mapping[str, float]

    @property
    def difference(self) -> float | None:
        """``other - one``; ``None`` where either is missing."""
        return None if self.one is None or self.other is None else self.other - self.one

    @property
    def relative(self) -> float | None:
        """The difference divided by the absolute value of ``one``; ``None`` where that is 0 or either is missing."""
        return self.difference / abs(self.one) if self.one and self.difference is not None else None

    def as_dict(self) -> dict[str, Any]:
        """Return the difference as a JSON object."""
        return {
            "path": self.path,
            "unit": self.unit,
            "one": self.one,
            "other": self.other,
            "difference": self.difference,
            "relative_difference": self.relative,
            "effects": dict(self.effects),
        }


def numbers_of(document: Mapping[str, Any]) -> dict[str, float]:
    """Return every number of a finding or extract by its path; rows of lists are named by their key field."""
    if "numbers" in document:
        return {each["name"]: float(each["value"]) for each in document["numbers"] if each["value"] is not None}
    return {name: value for name, value in leaves(_with_names("", document)) if name not in _NO_NUMBERS}


def _with_names(name: str, value: Any) -> Any:
    """Return a value of a finding with lists of rows, and intervals, as objects: names instead of positions."""
    if isinstance(value, Mapping):
        return {k: _with_names(k, v) for k, v in value.items()}
    if not isinstance(value, Sequence) or isinstance(value, str):
        return value
    rows = [each for each in value if isinstance(each, Mapping)]
    key = next((key for key in _KEYS if rows and all(key in row for row in rows)), None)
    if key is not None:
        return {str(row[key]) or "(all)": {k: _with_names(k, v) for k, v in row.items() if k != key} for row in rows}
    if "ci95" in name and len(value) == 2:
        return dict(zip(_ENDS, value, strict=True))
    return value


def differing_numbers(
    one: Mapping[str, Any], other: Mapping[str, Any]
) -> tuple[list[tuple[str, float | None, float | None]], int]:
    """Return the numbers that differ beyond tolerance, headline figures first, and how many were compared.

    Each is (path, first value, second value). If a side is an extract, numbers missing from it are not compared.
    """
    first, second = numbers_of(one), numbers_of(other)
    if "numbers" in one:
        second |= _total_gain(other)
    if "numbers" in other:
        first |= _total_gain(one)
    names = set(first) | set(second)
    if "numbers" in one:
        names &= set(first)
    if "numbers" in other:
        names &= set(second)
    found = [
        (name, first.get(name), second.get(name))
        for name in sorted(names, key=lambda name: (HEADLINE.index(name) if name in HEADLINE else len(HEADLINE), name))
        if not same_number(name, first.get(name), second.get(name))
    ]
    return found, len(names)


def _total_gain(document: Mapping[str, Any]) -> dict[str, float]:
    """Return the sum of the suppliers' gains, which extracts contain and findings do not."""
    if "suppliers" not in document:
        return {}
    return {"backfill.gain_usd": math.fsum(row["gain_usd"] for row in document["suppliers"])}


def same_number(name: str, one: float | None, other: float | None) -> bool:
    """Return whether two values of a number agree within tolerance; a missing value agrees only with a missing one."""
    return (agrees_usd if unit_of(name).startswith("USD") else agrees)(one, other)


def unit_of(path: str) -> str:
    """Return the unit of a finding's number by its path."""
    parts = path.split(".")
    if any(part.endswith("_usd") for part in parts):
        return "USD per year"
    if (parts[0] == "suppliers" and "ci95" in parts) or (parts[0] in ("by_good", "by_group") and "net_ci95" in parts):
        return "USD per year"
    if "placebo_rank" in parts:
        return "rank"
    if parts[-1] in _COUNTS:
        return "number"
    return "probability" if parts[-1] == "q_value" else "ratio"


def said(value: float | None, unit: str) -> str:
    """Format a number with its unit for a sentence: ``USD 12.00 m a year``, ``0.873``, ``nothing`` if missing."""
    if value is None:
        return "nothing"
    if unit == "USD per year":
        return f"{money(value)} a year"
    if unit in ("rank", "number"):
        return f"{value:g}"
    text = f"{value:.3f}"
    return text if float(text) else f"{value:.2g}"


def money(value: float) -> str:
    """Format dollars in the largest unit that leaves a digit before the point: ``USD 1.25 bn``, ``USD -340.00 k``."""
    for scale, unit in ((1e9, " bn"), (1e6, " m"), (1e3, " k")):
        if abs(value) >= scale:
            return f"USD {value / scale:,.2f}{unit}"
    return f"USD {value:,.2f}"


def count(number: int, one: str, many: str) -> str:
    """Format a number with its noun in the singular or plural."""
    return f"{number:,} {one if number == 1 else many}"
