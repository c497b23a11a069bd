"""Columns of a table as people read them: money in one unit named in the heading, intervals in one column."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stopgap.base.intervals import end_names
from stopgap.base.visible_text import one_line

if TYPE_CHECKING:
    import pyarrow as pa

MISSING = "–"
LONGEST = 120
"""Longest text of a cell, in characters; the rest is an ellipsis."""

_ECONOMIES = frozenset(
    ("actor", "declarant", "destination", "economy", "exporter", "from", "hub", "importer", "member", "partner", "reporter",
     "supplier", "target", "to", "top_carrier", "top_supplier")
)  # fmt: skip
_SCALES = ((1e13, 1e9, " bn"), (1e6, 1e6, " m"))
_MONEY = 1e4  # an interval beyond is of money: ratios are small
_PLACES = 6  # most decimals of a small number
_LONG = 10_000  # shorter whole numbers may be years


@dataclass(frozen=True)
class ShownColumn:
    """A column as it is shown.

    Attributes:
        heading: Its name in words.
        cells: Text of each row.
        is_number: Whether it is set to the right.
        unit: Unit of its cells; empty without.
    """

    heading: str
    cells: tuple[str, ...]
    is_number: bool
    unit: str = ""


@dataclass(frozen=True)
class _Money:
    """The unit of all money in a table: its divisor, its word, and over what time it is a mean (`` a year``)."""

    divisor: float
    word: str
    per: str

    @property
    def unit(self) -> str:
        return f"USD{self.word}{self.per}"

    def text(self, value: float) -> str:
        """Return an amount: one decimal of millions and billions, else whole; a small amount is not a zero."""
        shown = value / self.divisor
        return _not_zero(shown, f"{shown:,.1f}" if self.word else f"{shown:,.0f}")


def columns_of(table: pa.Table, names: Mapping[str, str], rows: int, *, per: str = "") -> list[ShownColumn]:
    """Return the columns of the first rows of a table; the two ends of an interval are one column.

    Args:
        table: The table.
        names: Name of an economy by its code.
        rows: Number of rows.
        per: Over what time money is a mean (``a year``); empty for sums.
    """
    shown = table.slice(0, rows)
    values = {name: shown[place].to_pylist() for place, name in enumerate(table.column_names)}
    kinds = {field.name: str(field.type) for field in table.schema}
    money = _money_of(values, kinds, per)
    found: list[ShownColumn] = []
    highs = {end_names(name.removesuffix("_low"))[1] for name in values if name.endswith("_low")}
    for name, column in values.items():
        low, high = end_names(name.removesuffix("_low"))
        if name == low and high in values:
            found.append(_interval(name.removesuffix("_low"), column, values[high], money))
        elif name not in highs:
            found.append(_column(name, column, kinds[name], money, names))
    return found


def text_of(value: object) -> str:
    """Return one value as text: thousands separated, a dash where it is missing, lists with commas."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= _LONG else str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return _short(", ".join(f"{name}: {text_of(each)}" for name, each in value.items()))
    if isinstance(value, Sequence | frozenset | set) and not isinstance(value, str | bytes):
        return _short(", ".join(map(text_of, value))) or MISSING
    return _short(one_line(str(value)))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _number(value: float) -> str:
    """Return a number with three decimals, or whole from 1,000; a small one is not a zero."""
    return _not_zero(value, f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3f}")


def _not_zero(value: float, text: str) -> str:
    """Return the text of a number; where it reads as 0 and the number is not, one digit of it."""
    if not value or float(text.replace(",", "")):
        return text
    places = -math.floor(math.log10(abs(value)))
    return f"{value:.{places}f}" if places <= _PLACES else f"{value:.0e}"


def _money_of(values: Mapping[str, Sequence[Any]], kinds: Mapping[str, str], per: str) -> _Money:
    money = [values[name] for name in values if _is_money(name) and kinds[name] == "double"]
    top = max((abs(value) for column in money for value in column if value is not None), default=0.0)
    divisor, word = next(((scale, word) for least, scale, word in _SCALES if top >= least), (1.0, ""))
    return _Money(divisor, word, per and f" {per}")


def _is_money(name: str) -> bool:
    return name == "usd" or name.endswith("_usd")


def _words(name: str) -> str:
    return one_line(name.replace("_", " "))


def _column(name: str, values: Sequence[Any], kind: str, money: _Money, names: Mapping[str, str]) -> ShownColumn:
    if _is_money(name) and kind == "double":
        heading = _words(name.removesuffix("usd")).strip() or "amount"
        texts = tuple(MISSING if value is None else money.text(value) for value in values)
        return ShownColumn(heading, texts, True, money.unit)
    if name.endswith("_kg") and kind == "double":
        return ShownColumn(_words(name[:-3]), tuple(map(_whole, values)), True, "kg")
    if kind.startswith(("int", "uint")):
        is_long = any(value is not None and abs(value) >= _LONG for value in values)
        counts = (f"{value:,}" if value is not None and is_long else text_of(value) for value in values)
        return ShownColumn(_words(name), tuple(counts), True)
    if name == "growth":
        return ShownColumn(
            name, tuple(MISSING if value is None else f"{100 * value:+,.1f} %" for value in values), True
        )
    if name == "index":
        return ShownColumn(name, tuple(MISSING if value is None else f"{value:,.1f}" for value in values), True)
    cells = tuple(map(text_of, values))
    if name in _ECONOMIES:
        named = (f"{names[each]} ({each})" if each in names else each for each in cells)
        return ShownColumn(_words(name), tuple(named), False)
    return ShownColumn(_words(name), cells, kind.startswith(("double", "float", "decimal")))


def _whole(value: float | None) -> str:
    return MISSING if value is None else _not_zero(value, f"{value:,.0f}")


def _interval(name: str, lows: Sequence[Any], highs: Sequence[Any], money: _Money) -> ShownColumn:
    """Return an interval as one column; beyond what a ratio reaches, it is of money."""
    pairs = list(zip(lows, highs, strict=True))
    known = [pair for pair in pairs if None not in pair]
    is_money = any(isinstance(end, float) and abs(end) >= _MONEY for pair in known for end in pair)
    said = money.text if is_money else text_of
    cells = tuple(f"{said(low)} to {said(high)}" if (low, high) in known else MISSING for low, high in pairs)
    return ShownColumn(_words(name), cells, True, money.unit if is_money else "")
