"""Lakes in which both sides report the trade of :mod:`scale_lakes`: exports, and imports with freight and errors."""

from __future__ import annotations

import shutil
from pathlib import Path

from measured import CACHE
from scale_lakes import EXPORTS_SQL, make_lake

ECONOMIES = {1: 12, 10: 36}
"""Millions of rows -> economies: 0.98 and 9.2 million rows, half of them imports."""

_ROWS = f"""
    WITH exports AS ({EXPORTS_SQL})
    SELECT * FROM exports
    UNION ALL
    SELECT period, frequency, partner AS reporter, reporter AS partner, 'M' AS flow, good, revision,
        round(value_usd * (1.03 + 0.4 * ((hash(reporter, partner, good, period) % 1000003) / 1000003.0 - 0.5)), 2)
            AS value_usd,
        net_kg, quantity, quantity_unit, 'CIF' AS valuation, is_estimated, source, receipt, kind, currency,
        value_usd AS value_reported, usd_per_unit
    FROM exports WHERE hash(reporter, partner, good, period, 11) % 10 < 9
"""


def two_sided_lake(millions: int) -> Path:
    """The lake of 1 or 10 million rows, made where it is not there yet."""
    lake = CACHE / f"two-sided-{millions}m"
    if not (lake / "whole").exists():
        shutil.rmtree(lake, ignore_errors=True)
        make_lake(lake, ECONOMIES[millions], _ROWS)
        (lake / "whole").touch()
    return lake


if __name__ == "__main__":
    import sys

    for size in map(int, sys.argv[1:]):
        print(two_sided_lake(size))
