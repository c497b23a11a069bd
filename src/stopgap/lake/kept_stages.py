"""Stages on the whole trade table whose rows the native copy holds, so that no measure scans the table for them."""

from __future__ import annotations

from stopgap.lake.stage import Stage

REVISIONS_HELD = Stage(
    "revisions_held",
    """
    SELECT DISTINCT source, frequency, flow, reporter, period, revision
    FROM trade WHERE value_usd IS NOT NULL
    """,
)
"""Revisions in which each reporter's rows of a period are: ``source, frequency, flow, reporter, period, revision``."""

SEVERAL_REVISIONS = Stage(
    "several_revisions",
    """
    SELECT source, frequency, flow, reporter, period FROM revisions_held
    GROUP BY source, frequency, flow, reporter, period HAVING count(*) > 1
    """,
    (REVISIONS_HELD,),
)
"""Periods of a reporter that a source holds in several revisions; mostly none."""

TRADED_CODES = Stage(
    "traded_codes",
    """
    SELECT DISTINCT source, frequency, flow, period, revision, good
    FROM trade WHERE value_usd IS NOT NULL
    """,
)
"""Codes traded between any two economies: ``source, frequency, flow, period, revision, good``."""

HELD_GOODS = Stage(
    "held_goods",
    """
    SELECT DISTINCT receipt, source, frequency, flow, revision, good, period
    FROM (
        SELECT receipt, source, frequency, flow, revision, good, period FROM trade
        UNION ALL
        SELECT receipt, source, frequency, flow, revision, good, period FROM trade_aggregates
    ) AS t
    """,
)
"""Codes that each file holds by period, with or without a value."""

KEPT = (REVISIONS_HELD, SEVERAL_REVISIONS, TRADED_CODES, HELD_GOODS)
