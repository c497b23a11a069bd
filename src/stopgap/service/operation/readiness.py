"""Whether the lake can be read."""

from __future__ import annotations

from pathlib import Path

from stopgap.base.clearance import whole_lake
from stopgap.base.errors import StopgapError
from stopgap.lake.history import read_log


def lake_fault(lake: Path) -> str:
    """Return why a lake cannot be read; empty if it can, or if nothing was imported yet."""
    try:
        with whole_lake():
            read_log(lake, shows=())
    except (StopgapError, OSError) as error:
        return f"the lake cannot be read: {type(error).__name__}"
    return ""
