"""Trade by year of an episode of importers, and why the other parts of its brief are left out."""

from __future__ import annotations

import math
from collections.abc import Iterable

from stopgap.base.vocab import Frequency
from stopgap.briefs.model import SupplierSeries
from stopgap.briefs.series import SUPPLIERS_SHOWN, Ground
from stopgap.codes.areas import areas
from stopgap.panel.coalition import coalition_view
from stopgap.panel.prepare import prepare
from stopgap.panel.stages import panel
from stopgap.panel.windows import whole_periods

LEFT_OUT = (
    "Hubs, trade by month and the map of who reported are left out: they are made of trade with the target alone, and this "
    "brief asks who replaced the target in the coalition’s imports. Companies in declarations are left out for the same reason."
)
NO_YEARS = (
    "Trade by year is left out: members with missing periods are counted with other months in their place, which holds for "
    "the windows and not for each year."
)


def importers_series(ground: Ground) -> tuple[SupplierSeries, ...]:
    """Yearly purchases of the coalition: from the target, the suppliers with the largest changes, and all others.

    The years are those of the windows: the turned rows hold no other. Empty where a member has gaps.
    """
    finding = ground.finding
    view = coalition_view(ground.engine, ground.snapshot, ground.episode, ground.goods, ground.fixed())
    if view.gaps:
        return ()
    prepared = prepare(view.engine, ground.snapshot, view.episode, view.goods, view.options)
    stages = panel(view.options.report)
    rows = view.engine.run(stages.series, tables=prepared.tables, params=prepared.params).to_pylist()
    values = {(row["supplier"], row["period"]): float(row["value_usd"]) for row in rows}
    seen = view.engine.run(stages.supplier_periods, tables=prepared.tables, params=prepared.params).to_pylist()
    reported = {(row["supplier"], row["period"]) for row in seen}
    frequency = Frequency(finding.frequency)
    windows = (finding.windows.baseline, finding.windows.after)
    periods = [period for window in windows for period in whole_periods(window, frequency)]
    years = sorted({period.year for period in periods})
    whole = [year for year in years if sum(period.year == year for period in periods) == frequency.periods_per_year]

    def total(economies: Iterable[str], year: int) -> float | None:
        of_year = [period for period in periods if period.year == year]
        full = [name for name in economies if all((name, period) in reported for period in of_year)]
        if not full:
            return None
        return math.fsum(values.get((name, period), 0.0) for name in full for period in of_year)

    top = [row for row in finding.suppliers if row.gain_usd > 0][:SUPPLIERS_SHOWN]
    shown = {row.supplier for row in top}
    lines: list[tuple[str, str, str, set[str]]] = [
        (finding.target, areas()[finding.target].name, "member-group", {finding.target})
    ]
    lines += [
        (row.supplier, areas()[row.supplier].name, "hub" if row.is_hub else "supplier", {row.supplier}) for row in top
    ]
    lines.append(("others", "All other suppliers", "other", {row.supplier for row in finding.suppliers} - shown))
    return tuple(
        SupplierSeries(str(year), code, name, role, total(economies, year))  # type: ignore[arg-type]
        for code, name, role, economies in lines
        if economies
        for year in whole
    )
