"""Amounts of US dollars on pages, in the unit that the person who looks has chosen.

Sentences that a brief shares with a page, and labels in charts, keep billions and millions.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from enum import StrEnum

from stopgap.base import money
from stopgap.briefs.formats.text import NBSP, NOT_REPORTED, usd_column
from stopgap.briefs.formats.text import usd as short_usd


class AmountUnit(StrEnum):
    """Unit of US dollars; with ``MILLION`` amounts outside tables are short: ``USD 24.7 bn``, ``USD 856 m``."""

    MILLION = "million"
    THOUSAND = "thousand"
    DOLLAR = "dollar"

    @property
    def heading(self) -> str:
        """The unit as headings and captions have it."""
        return "US dollars" if self is AmountUnit.DOLLAR else f"USD {self.value}"


_DIVISORS = {AmountUnit.MILLION: 1e6, AmountUnit.THOUSAND: 1e3, AmountUnit.DOLLAR: 1.0}
_CHOSEN: ContextVar[AmountUnit] = ContextVar("stopgap_amount_unit", default=AmountUnit.MILLION)


@contextlib.contextmanager
def amounts_in(unit: AmountUnit) -> Iterator[None]:
    """Count the amounts of contents that are made within in a unit."""
    before = _CHOSEN.set(unit)
    try:
        yield
    finally:
        _CHOSEN.reset(before)


def amount_unit() -> AmountUnit:
    """Return the unit in which amounts are counted here."""
    return _CHOSEN.get()


def usd_heading() -> str:
    """Return what headings and captions call the unit: ``USD million``."""
    return _CHOSEN.get().heading


def table_usd(value: float | None) -> str:
    """Format US dollars for a column in the unit that :func:`usd_heading` names; ``n/r`` where there is no value."""
    return NOT_REPORTED if value is None else usd_column(value, _DIVISORS[_CHOSEN.get()])


def usd(value: float) -> str:
    """Format US dollars outside a table: ``USD 24.7 bn``, ``USD 24,712,345.7 thousand`` or ``USD 24,712,345,678``."""
    unit = _CHOSEN.get()
    if unit is AmountUnit.MILLION:
        return short_usd(value)
    amount = f"USD{NBSP}{usd_column(value, _DIVISORS[unit])}"
    return amount if unit is AmountUnit.DOLLAR else f"{amount}{NBSP}thousand"


def label_usd(value: float) -> str:
    """Format US dollars for a label in a chart, short and without the currency: ``24.7 bn``."""
    return short_usd(value, currency=False)


def usd_range(low: float, high: float) -> str:
    """Format an interval of US dollars outside a table: ``USD 3.7 to 23.2 bn``, ``USD 3,711,000 to 23,200,150``."""
    if _CHOSEN.get() is AmountUnit.MILLION:
        return money.usd_range(low, high)
    return f"{usd(low).removesuffix(f'{NBSP}thousand')} to {usd(high).removeprefix(f'USD{NBSP}')}"
