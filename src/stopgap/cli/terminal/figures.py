"""Print figures for people: amounts in one unit, shares in percent, missing as a dash, and no small figure as a zero."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

MISSING = "–"
_MOST = 0.75
"""Part of the amounts that must reach a unit before it is chosen."""


@dataclass(frozen=True)
class UnitScale:
    """Unit in which the amounts of one kind are printed.

    Attributes:
        divisor: Amounts are divided by it.
        unit: Its name, as it stands in a header (``USD m``).
        places: Digits after the point.
    """

    divisor: float
    unit: str
    places: int = 0


DOLLARS = UnitScale(1.0, "USD")
_DOLLARS = (UnitScale(1e9, "USD bn", 1), UnitScale(1e6, "USD m", 1), DOLLARS)
KILOGRAMS = UnitScale(1.0, "kg")
_KILOGRAMS = (UnitScale(1e9, "m t", 1), UnitScale(1e6, "1,000 t", 1), UnitScale(1e3, "t", 1), KILOGRAMS)
PERCENT = UnitScale(0.01, "%", 1)
INDEX = UnitScale(1.0, "", 1)


def dollars(amounts: Iterable[float | None]) -> UnitScale:
    """Choose the unit in which amounts in US dollars are readable: dollars, millions or billions."""
    return _scale(amounts, _DOLLARS)


def kilograms(amounts: Iterable[float | None]) -> UnitScale:
    """Choose the unit in which weights in kilograms are readable: kg, t, 1,000 t or m t."""
    return _scale(amounts, _KILOGRAMS)


def _scale(amounts: Iterable[float | None], units: tuple[UnitScale, ...]) -> UnitScale:
    """Return the largest unit that most amounts reach; the last but one also where it spares digits of some."""
    sizes = sorted(abs(amount) for amount in amounts if amount)
    if not sizes:
        return units[-2]
    most, low = sizes[-1], sizes[int(len(sizes) * (1 - _MOST))]
    for scale in units[:-1]:
        step = scale.divisor
        if low >= step:
            return UnitScale(step, scale.unit, 1 if low >= 10 * step or scale is units[-2] else 2)
        if scale is units[-2] and (most >= 10 * step or (most >= step and low >= step / 10)):
            return UnitScale(step, scale.unit, 1 if low >= step / 10 or most >= 1000 * step else 2)
    return units[-1]


def scaled(value: float, scale: UnitScale, *, is_signed: bool = False) -> str:
    """Print an amount in a unit; a small one reads ``<0.1`` or ``>-0.1``, never 0.

    Args:
        value: The amount.
        scale: The unit.
        is_signed: Whether a rise has a plus.
    """
    text = f"{value / scale.divisor:{'+' if is_signed and value else ''},.{scale.places}f}"
    if value and _is_zero(text):
        least = f"{10**-scale.places:.{scale.places}f}"
        return f"<{least}" if value > 0 else f">-{least}"
    return text.removeprefix("-") if not value else text


def interval(low: float | None, high: float | None, scale: UnitScale | None) -> str:
    """Print an interval, both ends in one unit; an end near 0 keeps a digit. ``None`` prints plain numbers."""
    ends = [MISSING if end is None else _end(end, max(abs(low or 0), abs(high or 0)), scale) for end in (low, high)]
    return MISSING if low is None and high is None else " to ".join(ends)


def _end(value: float, size: float, scale: UnitScale | None) -> str:
    if scale is None:
        if isinstance(value, int):
            return whole(value)
        scale = UnitScale(1.0, "", 3 if size < 1000 else 0)
    text = scaled(value, scale)
    if text[0] not in "<>":
        return text
    digit = f"{value / scale.divisor:.1g}"
    return text if "e" in digit else digit


def number(value: float) -> str:
    """Print a number without a unit: three digits after the point, none from a thousand on."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    text = f"{value:.3f}"
    if not value:
        return text.removeprefix("-")
    return f"{value:.2g}" if _is_zero(text) else text


def whole(value: int, size: int | None = None) -> str:
    """Print a whole number, with separators where one of its column has five digits, so that years have none."""
    return f"{value:,}" if abs(value if size is None else size) >= 10_000 else str(value)


def sized(value: float) -> str:
    """Print a number of a column that holds amounts and ratios: an amount of a million or more with its unit."""
    for divisor, unit in ((1e9, "bn"), (1e6, "m")):
        if abs(value) >= divisor:
            return f"{value / divisor:,.2f} {unit}"
    return number(value)


def as_float(value: Any) -> float | None:
    """Return a number of a column as a float; ``None`` for anything that is no number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    return float(value)


def _is_zero(text: str) -> bool:
    return not text.strip("+-0.,")
