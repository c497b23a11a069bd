"""Dollars in a sentence."""

from __future__ import annotations

MINUS = "\u2212"

_FORMS = ((999.5e6, 1e9, 1, " bn"), (99.95e6, 1e6, 0, " m"), (0.995e6, 1e6, 1, " m"), (0.0995e6, 1e6, 2, " m"))
"""Least amount, divisor, decimals and unit: 999,950,000 would print as 1,000 m."""


def usd(value: float) -> str:
    """Format dollars for a sentence: ``USD 14.8 bn``, ``USD 856 m``, ``USD 8.0 m``, ``USD 12,300``."""
    size, sign = abs(value), MINUS if value < 0 else ""
    for least, by, places, unit in _FORMS:
        if size >= least:
            return f"USD {sign}{size / by:,.{places}f}{unit}"
    return f"USD {sign if round(size) else ''}{size:,.0f}"


def usd_range(low: float, high: float) -> str:
    """Format an interval of dollars, with its unit once where both ends have it: ``USD 3.7 to 23.2 bn``."""
    first, last = usd(low), usd(high).removeprefix("USD ")
    for unit in (" bn", " m"):
        if first.endswith(unit) and last.endswith(unit):
            return f"{first.removesuffix(unit)} to {last}"
    return f"{first} to {last}"
