"""Base class of results whose tables are of economies, shown by name and code."""

from __future__ import annotations

from collections.abc import Mapping

from stopgap.base.display.displayed import TableResult


class NamedTable(TableResult):
    """A result with a table in which economies have their names beside their codes."""

    def _names(self) -> Mapping[str, str]:
        return names_of_economies()


def names_of_economies() -> Mapping[str, str]:
    """Return the name of each economy and aggregate by its code."""
    from stopgap.codes.areas import areas

    return {code: area.name for code, area in areas().items()}
