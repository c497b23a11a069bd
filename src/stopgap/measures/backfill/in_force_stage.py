"""Build the stage of cells while a measure was in force.

Relation read besides the panel's: ``in_force(supplier, good, period)``, the whole periods of the after-window in which
a measure on the good was in force, each once.
"""

from __future__ import annotations

from stopgap.lake.stage import Stage
from stopgap.measures.backfill.in_force_on_copy import in_force_on_copy
from stopgap.panel.stages import Panel, dollars_sum


def in_force_cells(panel: Panel) -> Stage:
    """Build the stage with one row per (supplier, good) of ``in_force`` that has a comparable period.

    Columns: ``periods``, their number, ``first``; ``baseline_usd`` and ``after_usd``, mean dollars per year over these
    periods and over the baseline of the same calendar months. A reported period without a row is a true zero.
    """
    needs = {stage.name: stage for stage in panel.cells.ordered()}
    dollars, supplier_periods, usable = (needs[name] for name in ("dollars", "supplier_periods", "usable"))
    counted = Stage(
        "in_force_periods",
        """
        SELECT f.supplier, f.good, f.period, r.season, u.n_baseline
        FROM in_force AS f
        JOIN supplier_periods AS r ON f.supplier = r.supplier AND f.period = r.period
        JOIN usable AS u ON f.supplier = u.supplier AND r.season = u.season
        WHERE r.part = 'after'
        """,
        (supplier_periods, usable),
    )
    seasons = Stage(
        "in_force_seasons",
        """
        SELECT supplier, good, season, n_baseline, count(*) AS n_in_force
        FROM in_force_periods GROUP BY supplier, good, season, n_baseline
        """,
        (counted,),
    )
    lengths = Stage(
        "in_force_lengths",
        """
        SELECT supplier, good, count(*) AS periods, min(period) AS first_period
        FROM in_force_periods GROUP BY supplier, good
        """,
        (counted,),
    )
    before = Stage(
        "in_force_baseline",
        f"""
        SELECT x.supplier, x.good, {dollars_sum("x.value_usd * s.n_in_force / s.n_baseline")} AS value_usd
        FROM dollars AS x
        JOIN periods AS p ON x.period = p.period
        JOIN supplier_periods AS r ON x.supplier = r.supplier AND x.period = r.period
        JOIN in_force_seasons AS s ON x.supplier = s.supplier AND x.good = s.good AND p.season = s.season
        WHERE p.part = 'baseline'
        GROUP BY x.supplier, x.good
        """,
        (dollars, supplier_periods, seasons),
    )
    after = Stage(
        "in_force_after",
        f"""
        SELECT x.supplier, x.good, {dollars_sum("x.value_usd")} AS value_usd
        FROM dollars AS x
        JOIN in_force_periods AS f ON x.supplier = f.supplier AND x.good = f.good AND x.period = f.period
        GROUP BY x.supplier, x.good
        """,
        (dollars, counted),
    )
    return Stage(
        "in_force_cells",
        """
        SELECT n.supplier, n.good, n.periods, n.first_period AS first,
            COALESCE(b.value_usd, 0) * $periods_per_year / n.periods AS baseline_usd,
            COALESCE(a.value_usd, 0) * $periods_per_year / n.periods AS after_usd
        FROM in_force_lengths AS n
        LEFT JOIN in_force_baseline AS b ON n.supplier = b.supplier AND n.good = b.good
        LEFT JOIN in_force_after AS a ON n.supplier = a.supplier AND n.good = a.good
        """,
        (lengths, before, after),
        on_copy=in_force_on_copy if panel.cells.on_copy is not None else None,
    )
