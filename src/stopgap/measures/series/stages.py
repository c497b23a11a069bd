"""SQL stages of series: figures of reporters with partners by month or year, and which of them were reported.

Relations read besides the lake's views:
    ``series_reporters(reporter)``, ``series_partners(partner)``: economies and aggregates asked for.
    ``series_chapters(chapter, way)``: chapters (or composites) of the goods, and ``TOTAL``; ``way`` is ``codes`` or
        ``total``.
    ``series_wanted(source, frequency, revision, good, way, weight, is_estimated)``: codes that count, and how much.
Scalars: ``$flow``, ``$currency`` (``USD``, or the currency in which rows must be reported), ``$first``, ``$last`` (days).
"""

from __future__ import annotations

import pyarrow as pa

from stopgap.lake.engines.engine import CopyEngine, Scalars, Tables
from stopgap.lake.kept_stages import HELD_GOODS
from stopgap.lake.stage import OnCopy, Stage
from stopgap.panel.stages import dollars_sum

_COLUMNS = (
    "source", "frequency", "receipt", "period", "reporter", "partner", "flow", "good", "revision", "value_usd",
    "value_reported", "currency", "net_kg", "quantity", "quantity_unit", "is_estimated",
)  # fmt: skip

_ASKED = "t.flow = $flow AND t.period >= CAST($first AS DATE) AND t.period <= CAST($last AS DATE)"
_OF_REPORTERS = "JOIN series_reporters AS r ON t.reporter = r.reporter"
_WITH_PARTNERS = f"{_OF_REPORTERS} JOIN series_partners AS p ON t.partner = p.partner"


def _rows_sql(joins: str) -> str:
    """Return a SELECT of the rows of both relations; small tables are joined with each, as no join is pushed into a union."""
    columns = ", ".join(f"t.{name}" for name in _COLUMNS)
    return " UNION ALL ".join(
        f"SELECT {columns} FROM {relation} AS t {joins} WHERE {_ASKED}" for relation in ("trade", "trade_aggregates")
    )


_ROWS = Stage("series_rows", _rows_sql(_OF_REPORTERS))
_PAIR_ROWS = Stage("series_pair_rows", _rows_sql(_WITH_PARTNERS))
_CHAPTER = "CASE WHEN regexp_matches(t.good, '[^0-9]') THEN t.good ELSE substr(t.good, 1, 2) END"
_WAY = "CASE WHEN t.good = 'TOTAL' THEN 'total' ELSE 'codes' END"
_IN_CURRENCY = "($currency = 'USD' OR t.currency = $currency)"


def _read(stage: Stage) -> OnCopy:
    """Return what reads the rows of a stage from a stage on the tables of a native copy."""

    def rows(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table:
        return engine.run(stage, tables=tables, params=params)

    return rows


SERIES_CODES = Stage(
    "series_codes",
    f"""
    SELECT t.frequency, t.source, t.revision, t.good, count(DISTINCT t.period) AS periods,
        {dollars_sum("t.value_usd")} AS value_usd
    FROM series_rows AS t
    WHERE t.value_usd IS NOT NULL AND {_IN_CURRENCY}
    GROUP BY t.frequency, t.source, t.revision, t.good
    """,
    (_ROWS,),
    on_copy=_read(
        Stage(
            "series_codes_held",
            f"""
            SELECT t.frequency, t.source, t.revision, t.good, count(DISTINCT t.period) AS periods,
                CAST(sum(t.usd) AS DOUBLE) AS value_usd
            FROM native.held_codes AS t JOIN series_reporters AS r ON t.reporter = r.reporter
            WHERE {_ASKED} AND t.kind <> 'breakdown' AND t.usd IS NOT NULL AND {_IN_CURRENCY}
            GROUP BY t.frequency, t.source, t.revision, t.good
            """,
        )
    ),
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


_HELD_GOODS = Stage(
    "series_held_goods",
    f"SELECT t.receipt, t.source, t.frequency, t.revision, t.good, t.period FROM held_goods AS t WHERE {_ASKED}",
    (HELD_GOODS,),
)

_WANTED_FILES = Stage(
    "series_wanted_files",
    """
    SELECT DISTINCT t.receipt, w.source, w.frequency, w.way
    FROM series_held_goods AS t JOIN series_wanted AS w
        ON t.source = w.source AND t.frequency = w.frequency AND t.revision = w.revision AND t.good = w.good
    """,
    (_HELD_GOODS,),
)

_HELD_PERIODS = Stage(
    "series_held_periods",
    f"""
    SELECT DISTINCT t.receipt, t.source, t.frequency, c.way, t.period
    FROM series_held_goods AS t JOIN series_chapters AS c ON {_CHAPTER} = c.chapter
    """,
    (_HELD_GOODS,),
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
    FROM series_rows AS t
    GROUP BY t.receipt, t.source, t.frequency, {_WAY}, t.reporter
    """,
    (_ROWS,),
    on_copy=_read(
        Stage(
            "series_files_held",
            f"""
            SELECT t.receipt, t.source, t.frequency, t.way, t.reporter, count(DISTINCT t.partner) AS partners
            FROM native.held_pairs AS t JOIN series_reporters AS r ON t.reporter = r.reporter
            WHERE {_ASKED}
            GROUP BY t.receipt, t.source, t.frequency, t.way, t.reporter
            """,
        )
    ),
)
"""Number of partners that each file holds of each reporter, in any good and period."""

SERIES_FILE_PAIRS = Stage(
    "series_file_pairs",
    f"""
    SELECT DISTINCT t.receipt, t.source, t.frequency, {_WAY} AS way, t.reporter, t.partner
    FROM series_pair_rows AS t
    """,
    (_PAIR_ROWS,),
    on_copy=_read(
        Stage(
            "series_file_pairs_held",
            f"""
            SELECT DISTINCT t.receipt, t.source, t.frequency, t.way, t.reporter, t.partner
            FROM native.held_pairs AS t
            JOIN series_reporters AS r ON t.reporter = r.reporter
            JOIN series_partners AS p ON t.partner = p.partner
            WHERE {_ASKED}
            """,
        )
    ),
)
"""Pairs of reporter and partner that each file holds, in any good and period."""


def _weighed(column: str) -> str:
    return dollars_sum(f"t.{column} * w.weight")


def _figures(texts: str) -> str:
    """Return the sums of a cell; ``texts`` names the relation that has the currency and the unit."""
    return f"""
        {_weighed("value_usd")} AS value_usd, {_weighed("value_reported")} AS value_reported,
        min({texts}.currency) AS currency, max({texts}.currency) AS other_currency,
        {dollars_sum("CASE WHEN t.net_kg > 0 THEN t.value_usd * w.weight ELSE 0 END")} AS weighed_usd,
        {dollars_sum("CASE WHEN t.net_kg > 0 THEN t.net_kg * w.weight ELSE 0 END")} AS net_kg,
        {dollars_sum("CASE WHEN t.quantity > 0 THEN t.value_usd * w.weight ELSE 0 END")} AS counted_usd,
        {dollars_sum("CASE WHEN t.quantity > 0 THEN t.quantity * w.weight ELSE 0 END")} AS quantity,
        min({texts}.quantity_unit) AS quantity_unit, max({texts}.quantity_unit) AS other_unit,
        {dollars_sum("CASE WHEN w.is_estimated OR t.is_estimated THEN t.value_usd * w.weight ELSE 0 END")} AS estimated_usd
    """.strip()


_WANTED_SERIES = Stage(
    "series_wanted_series",
    f"""
    SELECT t.series, t.source, t.frequency, t.reporter, t.partner, t.revision, t.currency, t.quantity_unit,
        w.way, w.weight, w.is_estimated
    FROM native.trade_series AS t
    JOIN series_reporters AS r ON t.reporter = r.reporter
    JOIN series_partners AS p ON t.partner = p.partner
    JOIN series_wanted AS w
        ON t.source = w.source AND t.frequency = w.frequency AND t.revision = w.revision AND t.good = w.good
    WHERE t.flow = $flow AND t.kind <> 'breakdown' AND {_IN_CURRENCY} AND t.reporter <> t.partner
    """,
)
_CELLS_ON_COPY = Stage(
    "series_cells_of_series",
    f"""
    SELECT w.source, w.frequency, w.way, w.reporter, w.partner, t.period, w.revision, {_figures("w")}
    FROM native.trade_facts AS t JOIN series_wanted_series AS w ON t.series = w.series
    WHERE t.period >= CAST($first AS DATE) AND t.period <= CAST($last AS DATE) AND t.value_usd IS NOT NULL
    GROUP BY w.source, w.frequency, w.way, w.reporter, w.partner, t.period, w.revision
    """,
    (_WANTED_SERIES,),
)

SERIES_CELLS = Stage(
    "series_cells",
    f"""
    SELECT t.source, t.frequency, w.way, t.reporter, t.partner, t.period, t.revision,
        {_figures("t")}
    FROM series_pair_rows AS t
    JOIN series_wanted AS w
        ON t.source = w.source AND t.frequency = w.frequency AND t.revision = w.revision AND t.good = w.good
    WHERE t.value_usd IS NOT NULL AND {_IN_CURRENCY} AND t.reporter <> t.partner
    GROUP BY t.source, t.frequency, w.way, t.reporter, t.partner, t.period, t.revision
    """,
    (_PAIR_ROWS,),
    on_copy=_read(_CELLS_ON_COPY),
)
"""Figures of each reporter with each partner: value in dollars and as reported, weight, quantity."""

SERIES_STAGES = (SERIES_CODES, SERIES_REPORTED, SERIES_FILES, SERIES_FILE_PERIODS, SERIES_FILE_PAIRS, SERIES_CELLS)
