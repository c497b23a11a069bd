"""SQL stages that compare two vintages of the lake.

Relations read besides those of :mod:`stopgap.panel.stages`:
    ``codes(source, frequency, revision, good, weight)``: codes that count, and the share of each.
    ``rows_from``, ``rows_to``: rows of the stage ``target_rows``, at the earlier and the later vintage.
    ``paired``: rows of the stage ``paired``.
    ``reported_from``, ``reported_to``: rows of the stage ``reported_rows``.

Between the two vintages, three changes are applied one after the other: figures revised, then
figures withdrawn, then figures new.
"""

from __future__ import annotations

from enum import StrEnum

from stopgap.base.vocab import Report
from stopgap.lake.stage import Stage
from stopgap.panel.stages import dollars_sum, panel, sides

ROW_KEY = ("source", "frequency", "flow", "reporter", "partner", "supplier", "good", "revision", "period")


class RowChange(StrEnum):
    """Change of a row between two vintages."""

    SAME = "same"
    REVISED = "revised"
    NEW = "new"
    WITHDRAWN = "withdrawn"


class State(StrEnum):
    """State of the rows on the way from one vintage to the other."""

    FROM = "from"  # the earlier vintage
    REVISED = "revised"  # its rows, with the values of the later one
    KEPT = "kept"  # without those withdrawn
    TO = "to"  # with those that are new: the later vintage


_STATE_ROWS = {
    State.FROM: ("from_usd", "change <> 'new'"),
    State.REVISED: ("coalesce(to_usd, from_usd)", "change <> 'new'"),
    State.KEPT: ("to_usd", "change IN ('same', 'revised')"),
    State.TO: ("to_usd", "change <> 'withdrawn'"),
}


def target_rows(report: Report) -> Stage:
    """Build the stage of trade with the target in the codes that count, ``$first`` to ``$last``, one row per figure."""
    supplier, other = sides(report)
    return Stage(
        "target_rows",
        f"""
        SELECT t.source, t.frequency, t.flow, t.reporter, t.partner, t.{supplier} AS supplier, t.good, t.revision,
            t.period, t.value_usd, t.is_estimated, t.receipt, t.vintage
        FROM trade AS t
        JOIN codes AS c ON t.source = c.source AND t.frequency = c.frequency AND t.revision = c.revision AND t.good = c.good
        WHERE t.{other} = $target AND t.flow = $flow AND t.{supplier} <> $target AND t.value_usd IS NOT NULL
            AND t.period >= CAST($first AS DATE) AND t.period <= CAST($last AS DATE)
        """,
    )


REPORTED_ROWS = Stage(
    "reported_rows",
    """
    SELECT DISTINCT r.source, r.frequency, r.flow, r.reporter, r.period, r.chapter
    FROM reported AS r JOIN chapters AS c ON r.chapter = c.chapter
    WHERE r.flow = $flow
    """,
)
"""Chapters that each reporter reported in each period, for the chapters that count."""

REPORTED_IN_BOTH = Stage("reported_in_both", "SELECT * FROM reported_from INTERSECT SELECT * FROM reported_to")
"""Chapters and periods reported in both vintages."""

PAIRED = Stage(
    "paired",
    f"""
    SELECT {", ".join(ROW_KEY)},
        a.value_usd AS from_usd, b.value_usd AS to_usd,
        a.receipt AS from_receipt, b.receipt AS to_receipt,
        a.vintage AS from_vintage, b.vintage AS to_vintage,
        a.is_estimated AS from_estimated, b.is_estimated AS to_estimated,
        CASE WHEN a.receipt IS NULL THEN 'new' WHEN b.receipt IS NULL THEN 'withdrawn'
            WHEN a.value_usd = b.value_usd THEN 'same' ELSE 'revised' END AS change
    FROM rows_from AS a FULL OUTER JOIN rows_to AS b USING ({", ".join(ROW_KEY)})
    """,
)
"""One row per figure of either vintage: both values, both receipts, and its change."""


def state_trade(state: State) -> Stage:
    """Build the stage of the rows of a state, with the columns of ``trade`` that the panel reads."""
    value, where = _STATE_ROWS[state]
    return Stage(
        "state_trade",
        f"""
        SELECT period, frequency, reporter, partner, flow, good, revision, source, {value} AS value_usd,
            coalesce(to_estimated, from_estimated) AS is_estimated
        FROM paired WHERE {where}
        """,
    )


def row_effects(report: Report) -> Stage:
    """Build the stage of each changed row's effect on its supplier's mean per year.

    One row per (figure, good of the panel). ``effect_usd`` is the change of a revised row,
    the value of a new one, and minus the value of a withdrawn one, each weighted as in
    the mean of its window (``part``).
    """
    cells = panel(report).cells
    known = {stage.name: stage for stage in cells.ordered()}
    newest = Stage(
        "newest_revision",
        "SELECT supplier, period, max(revision) AS revision FROM flows GROUP BY supplier, period",
        (known["flows"],),
    )
    needs = (*(known[name] for name in ("supplier_periods", "usable", "both_windows")), newest)
    return Stage(
        "row_effects",
        f"""
        SELECT {", ".join(f"q.{name}" for name in ROW_KEY)}, w.panel_good, p.part,
            (coalesce(q.to_usd, 0) - coalesce(q.from_usd, 0)) * w.weight
                * CASE WHEN p.part = 'baseline' THEN u.n_after / u.n_baseline ELSE 1 END
                * $periods_per_year / b.n_after AS effect_usd
        FROM paired AS q
        JOIN chosen AS s ON q.source = s.source AND q.supplier = s.supplier
        JOIN wanted AS w ON q.source = w.source AND q.revision = w.revision AND q.good = w.good
        JOIN periods AS p ON q.period = p.period
        JOIN supplier_periods AS r ON q.supplier = r.supplier AND q.period = r.period
        JOIN usable AS u ON q.supplier = u.supplier AND p.season = u.season
        JOIN both_windows AS b ON q.supplier = b.supplier
        JOIN newest_revision AS o ON q.supplier = o.supplier AND q.period = o.period AND q.revision = o.revision
        WHERE q.change <> 'same' AND q.frequency = $frequency
        """,
        needs,
    )


def first_releases(report: Report) -> Stage:
    """Build the stage that compares first release and latest value, one row per (supplier, period).

    Reads ``trade`` with the rows of every vintage, including superseded ones, and
    ``rows_to``. The same figures are compared: ``first_usd`` and ``latest_usd`` are of figures
    in the first vintage with this supplier and period that still exist;
    ``withdrawn_usd`` is of those that no longer exist, ``later_usd`` of those added afterwards.
    """
    ever = Stage(
        "ever",
        f"""
        SELECT DISTINCT t.source, t.supplier, t.period, t.revision, t.good, t.value_usd, c.weight,
            CAST(substr(t.vintage, 2) AS INTEGER) AS number
        FROM ({target_rows(report).sql}) AS t
        JOIN codes AS c ON t.source = c.source AND t.frequency = c.frequency AND t.revision = c.revision AND t.good = c.good
        JOIN chosen AS s ON t.source = s.source AND t.supplier = s.supplier
        JOIN periods AS p ON t.period = p.period
        """,
    )
    first = Stage(
        "first_vintages", "SELECT supplier, period, min(number) AS number FROM ever GROUP BY supplier, period", (ever,)
    )
    figures = Stage(
        "first_figures",
        """
        SELECT e.* FROM ever AS e JOIN first_vintages AS f
            ON e.supplier = f.supplier AND e.period = f.period AND e.number = f.number
        """,
        (ever, first),
    )
    latest = Stage(
        "latest_figures",
        """
        SELECT l.source, l.supplier, l.period, l.revision, l.good, l.value_usd, c.weight
        FROM rows_to AS l
        JOIN codes AS c ON l.source = c.source AND l.frequency = c.frequency AND l.revision = c.revision AND l.good = c.good
        JOIN chosen AS s ON l.source = s.source AND l.supplier = s.supplier
        JOIN periods AS p ON l.period = p.period
        """,
    )
    return Stage(
        "first_releases",
        f"""
        SELECT coalesce(a.supplier, b.supplier) AS supplier, coalesce(a.period, b.period) AS period,
            max(v.number) AS first_vintage,
            {dollars_sum("CASE WHEN a.supplier IS NOT NULL AND b.supplier IS NOT NULL THEN a.value_usd * a.weight ELSE 0 END")} AS first_usd,
            {dollars_sum("CASE WHEN a.supplier IS NOT NULL AND b.supplier IS NOT NULL THEN b.value_usd * b.weight ELSE 0 END")} AS latest_usd,
            {dollars_sum("CASE WHEN b.supplier IS NULL THEN a.value_usd * a.weight ELSE 0 END")} AS withdrawn_usd,
            {dollars_sum("CASE WHEN a.supplier IS NULL THEN b.value_usd * b.weight ELSE 0 END")} AS later_usd
        FROM first_figures AS a
        FULL OUTER JOIN latest_figures AS b
            ON a.source = b.source AND a.supplier = b.supplier AND a.period = b.period
            AND a.revision = b.revision AND a.good = b.good
        JOIN first_vintages AS v
            ON v.supplier = coalesce(a.supplier, b.supplier) AND v.period = coalesce(a.period, b.period)
        GROUP BY coalesce(a.supplier, b.supplier), coalesce(a.period, b.period)
        """,
        (ever, first, figures, latest),
    )


REPORTER_VINTAGES = Stage(
    "reporter_vintages",
    """
    SELECT source, frequency, reporter, CAST(substr(vintage, 2) AS INTEGER) AS number, max(period) AS last_period
    FROM trade WHERE flow = $flow
    GROUP BY source, frequency, reporter, CAST(substr(vintage, 2) AS INTEGER)
    """,
)
"""Last period that each vintage brought of each reporter, one row per (source, frequency, reporter, vintage).

Reads ``trade`` with the rows of every vintage, including superseded ones.
"""
