"""Compare the numbers of two findings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stopgap.evidence.packs.numbers import agrees, agrees_usd, leaves

_KEYS = ("supplier", "group", "destination", "good")
"""Fields by which the rows of a finding's lists are known."""
_ENDS = ("low", "high")
_COUNTS = ("members", "goods_listed", "goods_found", "ordinary_goods")
_NO_NUMBERS = ("numbers", "numbers_withheld")
HEADLINE = (
    "suspended.baseline_usd", "suspended.after_usd", "suspended.loss_usd", "suspended.loss_share", "backfill.gross_ratio",
    "backfill.net_ratio",
)  # fmt: skip


@dataclass(frozen=True)
class NumberDifference:
    """One number that differs.

    Attributes:
        path: Where it stands in the finding: ``suspended.loss_usd``, ``suppliers.CHN.gain_usd``.
        unit: ``USD per year``, ``ratio``, ``rank``, ``number`` or ``probability``.
        one: Of the first pack; ``None`` where it has none.
        other: Of the second.
        effects: Cause -> how much of ``other - one`` it makes; together they are all of it. Empty where that cannot be told.
    """

    path: str
    unit: str
    one: float | None
    other: float | None
    effects: Mapping[str, float]

    @property
    def difference(self) -> float | None:
        """``other - one``; ``None`` where one of them is missing."""
        return None if self.one is None or self.other is None else self.other - self.one

    @property
    def relative(self) -> float | None:
        """The difference by the size of ``one``; ``None`` where that is 0 or one of them is missing."""
        return self.difference / abs(self.one) if self.one and self.difference is not None else None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
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
    """Every number of a finding by its path, rows of lists by their names; of an extract those that it gives."""
    if "numbers" in document:
        return {each["name"]: float(each["value"]) for each in document["numbers"] if each["value"] is not None}
    return {name: value for name, value in leaves(_with_names("", document)) if name not in _NO_NUMBERS}


def _with_names(name: str, value: Any) -> Any:
    """A value of a finding; rows of lists, and the ends of intervals, by their names in place of their positions."""
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
    """Numbers that differ beyond tolerance, the headline first, and how many were compared.

    Where one of both is an extract, numbers that it does not give are not compared.
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
    """The suppliers' gains in one sum, which extracts give and findings leave to the reader."""
    if "suppliers" not in document:
        return {}
    return {"backfill.gain_usd": math.fsum(row["gain_usd"] for row in document["suppliers"])}


def same_number(name: str, one: float | None, other: float | None) -> bool:
    """Whether two makings of a number agree within tolerance; missing agrees with missing alone."""
    return (agrees_usd if unit_of(name).startswith("USD") else agrees)(one, other)


def unit_of(path: str) -> str:
    """Unit of a finding's number."""
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
    """A number with its unit, as a sentence has it: ``USD 12.0 m a year``, ``0.873``, ``nothing``."""
    if value is None:
        return "nothing"
    if unit == "USD per year":
        return f"{money(value)} a year"
    if unit in ("rank", "number"):
        return f"{value:g}"
    text = f"{value:.3f}"
    return text if float(text) else f"{value:.2g}"


def money(value: float) -> str:
    """Dollars in the largest unit that leaves a digit before the point: ``USD 1.25 bn``, ``USD -340.0 k``."""
    for scale, unit in ((1e9, " bn"), (1e6, " m"), (1e3, " k")):
        if abs(value) >= scale:
            return f"USD {value / scale:,.2f}{unit}"
    return f"USD {value:,.2f}"


def count(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many}"
