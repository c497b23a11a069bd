"""SQL stages of series: figures of reporters with partners by month or year, and which of them were reported.

Relations read besides the lake's views:
    ``series_reporters(reporter)``, ``series_partners(partner)``: economies and aggregates asked for.
    ``series_chapters(chapter, way)``: chapters (or composites) of the goods, and ``TOTAL``; ``way`` is ``codes`` or
        ``total``.
    ``series_wanted(source, frequency, revision, good, way, weight, is_estimated)``: codes that count, and how much.
Scalars: ``$flow``, ``$currency`` (``USD``, or the currency in which rows must be reported), ``$first``, ``$last`` (days).
"""

from __future__ import annotations

from stopgap.lake.stage import Stage
from stopgap.panel.stages import dollars_sum

_COLUMNS = (
    "source, frequency, receipt, period, reporter, partner, flow, good, revision, value_usd, value_reported, currency, "
    "net_kg, quantity, quantity_unit, is_estimated"
)

_ROWS_SQL = f"""
    SELECT {_COLUMNS} FROM trade
    WHERE flow = $flow AND period >= CAST($first AS DATE) AND period <= CAST($last AS DATE)
    UNION ALL
    SELECT {_COLUMNS} FROM trade_aggregates
    WHERE flow = $flow AND period >= CAST($first AS DATE) AND period <= CAST($last AS DATE)
    """
_ROWS = Stage("series_rows", _ROWS_SQL)
# A statement that reads the rows several times has them written out in each place: an engine that works a common table
# out once would hold all of their columns.
_EACH_ROWS = f"({_ROWS_SQL.strip()}) AS t"

_CHAPTER = "CASE WHEN regexp_matches(t.good, '[^0-9]') THEN t.good ELSE substr(t.good, 1, 2) END"
_WAY = "CASE WHEN t.good = 'TOTAL' THEN 'total' ELSE 'codes' END"
_IN_CURRENCY = "t.value_usd IS NOT NULL AND ($currency = 'USD' OR t.currency = $currency)"

SERIES_CODES = Stage(
    "series_codes",
    f"""
    SELECT t.frequency, t.source, t.revision, t.good, count(DISTINCT t.period) AS periods,
        {dollars_sum("t.value_usd")} AS value_usd
    FROM series_rows AS t JOIN series_reporters AS r ON t.reporter = r.reporter
    WHERE {_IN_CURRENCY}
    GROUP BY t.frequency, t.source, t.revision, t.good
    """,
    (_ROWS,),
)
"""One row per code that the reporters traded with any partner; columns as ``present_codes`` of the panel."""

SERIES_REPORTED = Stage(
    "series_reported",
    """
    SELECT DISTINCT h.source, h.frequency, h.reporter, h.period, c.way
    FROM reported AS h
    JOIN series_reporters AS r ON h.reporter = r.reporter
    JOIN series_chapters AS c ON h.chapter = c.chapter
    WHERE h.flow = $flow AND h.period >= CAST($first AS DATE) AND h.period <= CAST($last AS DATE)
    """,
)
"""Periods that each reporter reported in each source."""

_WANTED_FILES = Stage(
    "series_wanted_files",
    f"""
    SELECT DISTINCT t.receipt, w.source, w.frequency, w.way
    FROM {_EACH_ROWS} JOIN series_wanted AS w
        ON t.source = w.source AND t.frequency = w.frequency AND t.revision = w.revision AND t.good = w.good
    """,
)

_CHAPTER_GOODS = Stage(
    "series_chapter_goods",
    f"""
    SELECT t.good, c.way
    FROM (SELECT DISTINCT good FROM {_EACH_ROWS}) AS t JOIN series_chapters AS c ON {_CHAPTER} = c.chapter
    """,
)

_HELD_PERIODS = Stage(
    "series_held_periods",
    f"""
    SELECT DISTINCT t.receipt, t.source, t.frequency, g.way, t.period
    FROM {_EACH_ROWS} JOIN series_chapter_goods AS g ON t.good = g.good
    """,
    (_CHAPTER_GOODS,),
)

SERIES_FILE_PERIODS = Stage(
    "series_file_periods",
    """
    SELECT f.receipt, f.source, f.frequency, f.way, h.period
    FROM series_held_periods AS h
    JOIN series_wanted_files AS f
        ON h.receipt = f.receipt AND h.source = f.source AND h.frequency = f.frequency AND h.way = f.way
    """,
    (_HELD_PERIODS, _WANTED_FILES),
)
"""Periods of the goods' chapters that each file holds, of files that hold any of the goods themselves."""

SERIES_FILES = Stage(
    "series_files",
    f"""
    SELECT t.receipt, t.source, t.frequency, {_WAY} AS way, t.reporter, count(DISTINCT t.partner) AS partners
    FROM series_rows AS t JOIN series_reporters AS r ON t.reporter = r.reporter
    GROUP BY t.receipt, t.source, t.frequency, {_WAY}, t.reporter
    """,
    (_ROWS,),
)
"""Number of partners that each file holds of each reporter, in any good and period."""

SERIES_FILE_PAIRS = Stage(
    "series_file_pairs",
    f"""
    SELECT DISTINCT t.receipt, t.source, t.frequency, {_WAY} AS way, t.reporter, t.partner
    FROM series_rows AS t
    JOIN series_reporters AS r ON t.reporter = r.reporter
    JOIN series_partners AS p ON t.partner = p.partner
    """,
    (_ROWS,),
)
"""Pairs of reporter and partner that each file holds, in any good and period."""


def _weighed(column: str) -> str:
    return dollars_sum(f"t.{column} * w.weight")


SERIES_CELLS = Stage(
    "series_cells",
    f"""
    SELECT t.source, t.frequency, w.way, t.reporter, t.partner, t.period, t.revision,
        {_weighed("value_usd")} AS value_usd, {_weighed("value_reported")} AS value_reported,
        min(t.currency) AS currency, max(t.currency) AS other_currency,
        {dollars_sum("CASE WHEN t.net_kg > 0 THEN t.value_usd * w.weight ELSE 0 END")} AS weighed_usd,
        {dollars_sum("CASE WHEN t.net_kg > 0 THEN t.net_kg * w.weight ELSE 0 END")} AS net_kg,
        {dollars_sum("CASE WHEN t.quantity > 0 THEN t.value_usd * w.weight ELSE 0 END")} AS counted_usd,
        {dollars_sum("CASE WHEN t.quantity > 0 THEN t.quantity * w.weight ELSE 0 END")} AS quantity,
        min(t.quantity_unit) AS quantity_unit, max(t.quantity_unit) AS other_unit,
        {dollars_sum("CASE WHEN w.is_estimated OR t.is_estimated THEN t.value_usd * w.weight ELSE 0 END")} AS estimated_usd
    FROM series_rows AS t
    JOIN series_reporters AS r ON t.reporter = r.reporter
    JOIN series_partners AS p ON t.partner = p.partner
    JOIN series_wanted AS w
        ON t.source = w.source AND t.frequency = w.frequency AND t.revision = w.revision AND t.good = w.good
    WHERE {_IN_CURRENCY} AND t.reporter <> t.partner
    GROUP BY t.source, t.frequency, w.way, t.reporter, t.partner, t.period, t.revision
    """,
    (_ROWS,),
)
"""Figures of each reporter with each partner: value in dollars and as reported, weight, quantity."""

SERIES_STAGES = (SERIES_CODES, SERIES_REPORTED, SERIES_FILES, SERIES_FILE_PERIODS, SERIES_FILE_PAIRS, SERIES_CELLS)
