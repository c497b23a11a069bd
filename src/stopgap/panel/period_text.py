"""Years, quarters and months as people write them (``2022``, ``2022Q3``, ``2022-07``), as first and last month."""

from __future__ import annotations

import re

FORMS = "a year (2022), a quarter (2022Q3) or a month (2022-07)"

_PERIOD = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])|-?[Qq]([1-4]))?")


def months_of(text: str) -> tuple[str, str] | None:
    """Return the first and last month (``YYYY-MM``) of a year, quarter or month; ``None`` where it is none of them."""
    found = _PERIOD.fullmatch(text.strip())
    if found is None:
        return None
    year, month, quarter = found.groups()
    if month is not None:
        return f"{year}-{month}", f"{year}-{month}"
    if quarter is not None:
        last = int(quarter) * 3
        return f"{year}-{last - 2:02d}", f"{year}-{last:02d}"
    return f"{year}-01", f"{year}-12"


def span_of(text: str) -> tuple[str, str] | None:
    """Return the first and last month of ``FROM:TO``, or of one period; ``None`` where it is no span.

    Both ends are included; each may be a year, a quarter or a month. A span that ends before it starts is none.
    """
    parts = text.split(":")
    if len(parts) > 2:
        return None
    first, last = months_of(parts[0]), months_of(parts[-1])
    if first is None or last is None or first[0] > last[1]:
        return None
    return first[0], last[1]
