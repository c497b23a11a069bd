"""Compare declared dollars with official figures for the same economies, goods and periods."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from math import fsum

from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.base.vocab import Direction, Frequency
from stopgap.codes.goods import GoodsList
from stopgap.lake.engines.engine import Engine
from stopgap.lake.snapshot import Snapshot
from stopgap.panel.episodes import Episode, Window
from stopgap.panel.prepare import MeasureOptions, prepare
from stopgap.panel.stages import panel
from stopgap.screening.exposure.ranking import Row
from stopgap.screening.exposure.results import Official

Cell = tuple[str, dt.date]


def official_beside(
    engine: Engine, snapshot: Snapshot, episode: Episode, goods: GoodsList, window: Window, rows: Sequence[Row]
) -> Official:
    """Divide declared dollars by the suppliers' official figures for the same goods, economies and periods.

    ``rows`` are rows of ``exposure_economies``: dollars by economy of the exporter and month. An economy and period
    count if both sides have a figure; a year only if all its months are in the window. If there is nothing to compare,
    ``share`` is ``None`` and ``because`` gives the reason.
    """
    declared_all = fsum(row["value_usd"] for row in rows)

    def none(because: str) -> Official:
        return Official(None, None, None, 0, 0, declared_all, because)

    if episode.direction is not Direction.EXPORTS_TO_TARGET:
        return none("official figures are compared for exports to the target only")
    try:
        prepared = prepare(engine, snapshot, episode, goods, MeasureOptions(after=window, look_for_unstable=False))
    except (MissingDataError, EpisodeError) as error:
        return none(error.what)
    is_annual = prepared.basis.frequency is Frequency.ANNUAL
    declared = _declared(rows, window, is_annual=is_annual)
    goods_of: dict[Cell, list[float]] = defaultdict(list)
    series = engine.run(panel().good_series, tables=prepared.tables, params=prepared.params)
    for row in series.to_pylist():
        if f"{row['period']:%Y-%m}" >= str(window.first):
            goods_of[(row["supplier"], row["period"])].append(row["value_usd"])
    # Sums that do not depend on the order of rows: the finding's id is a hash of them.
    reported = {cell: fsum(dollars) for cell, dollars in goods_of.items()}
    both = [cell for cell in declared if reported.get(cell, 0.0) > 0]
    if not both:
        return none("no economy has both declarations and official figures of these goods in one period")
    own, theirs = fsum(declared[cell] for cell in both), fsum(reported[cell] for cell in both)
    return Official(
        declared_usd=own,
        official_usd=theirs,
        share=own / theirs,
        economies=len({economy for economy, _ in both}),
        periods=len({period for _, period in both}),
        not_compared_usd=max(0.0, declared_all - own),
    )


def _declared(rows: Sequence[Row], window: Window, *, is_annual: bool) -> dict[Cell, float]:
    """Sum declared dollars by economy and period, with the periods of the official figures."""
    found: dict[Cell, list[float]] = defaultdict(list)
    for row in rows:
        economy, month = row["economy"], row["month"]
        if economy is None:
            continue
        if is_annual:
            whole = str(window.first) <= f"{month.year}-01" and f"{month.year}-12" <= str(window.last)
            if not whole:
                continue
            month = dt.date(month.year, 1, 1)
        found[(economy, month)].append(row["value_usd"])
    return {cell: fsum(dollars) for cell, dollars in found.items()}
