"""Whether a lake is so large that intervals are worked out after the page is shown."""

from __future__ import annotations

from stopgap.api import Lake

LARGE = 5_000_000
"""Rows of trade above which the first page of an episode shows gross figures first."""


def is_large(lake: Lake) -> bool:
    """Return whether the lake's vintages brought more rows of trade than :data:`LARGE`."""
    rows = sum(
        int(each["rows_added"] or 0) for each in lake.vintages().to_pylist() if str(each["table"]).startswith("trade")
    )
    return rows > LARGE
