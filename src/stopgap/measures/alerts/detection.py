"""Detect alerts of one month: both kinds under one false discovery rate, ranked by dollars at stake."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stopgap.measures.alerts.cell_panel import CellPanel
from stopgap.measures.alerts.expectation import Expected
from stopgap.measures.alerts.persistence import LIMIT, Persistent, date_break, persistent
from stopgap.measures.alerts.request import DEFAULT_FDR
from stopgap.measures.alerts.results import AlertKind, CellCounts, MonthResult, Signal, explain
from stopgap.measures.alerts.scores import OneMonth, benjamini_hochberg, history_columns, one_month
from stopgap.measures.statistics.array_types import Array, Mask

BAND_SHARE = 0.90


@dataclass(frozen=True)
class Dated:
    """A panel at one release, with its months (``YYYY-MM``).

    Attributes:
        released: The panel with watched months capped at their first release; the panel itself if
            nothing was ever revised.
    """

    panel: CellPanel
    released: CellPanel
    months: tuple[str, ...]
    is_export: bool  # whether suppliers export; else they buy from the destination


def find_signals(dated: Dated, column: int, tested: Mask, *, fdr: float = DEFAULT_FDR) -> MonthResult:
    """Find cells with unusually high trade in a month; falls raise no alert.

    Cells with fewer than 24 reported months are only counted.

    Args:
        dated: Panel with its months.
        column: Month to test.
        tested: Cells whose month is first released here.
        fdr: False discovery rate over all tested cells, each tested for a one-month jump and a persistent rise.

    Method: docs/methods/alerts.md.
    """
    panel = dated.panel
    jump = one_month(panel, column, tested)
    rise = persistent(dated.released, column, tested)
    cells = len(panel.goods)
    q_value = benjamini_hochberg(np.concatenate([jump.p_value, rise.p_value]))
    jumps = np.flatnonzero(q_value[:cells] <= fdr)
    rises = np.flatnonzero((q_value[cells:] <= fdr) & (rise.statistic > LIMIT))
    signals = [_jump(dated, column, int(cell), jump, float(q_value[cell])) for cell in jumps]
    signals += [_rise(dated, column, int(cell), jump, rise, float(q_value[cells + cell])) for cell in rises]
    signals = [
        replace(signal, explanation=explain(signal, is_export=dated.is_export))
        for signal in signals
        if signal.value_at_stake_usd > 0
    ]
    signals.sort(key=lambda each: (-each.value_at_stake_usd, each.supplier, each.good, each.kind))
    history = history_columns(column)
    span = (dated.months[int(history[0])], dated.months[int(history[-1])]) if history.size else ("", "")
    return MonthResult(dated.months[column], tuple(signals), _counts(panel, column, tested, jump, rise, fdr), span)


def _counts(panel: CellPanel, column: int, tested: Mask, jump: OneMonth, rise: Persistent, fdr: float) -> CellCounts:
    here = tested & panel.in_family
    values = panel.values_usd[:, column]
    history = panel.values_usd[:, history_columns(column)]
    had = np.nansum(history, axis=1) > 0
    new = here & ~had & (np.nan_to_num(values) > 0)
    scored = np.isfinite(jump.p_value)
    watched = int(np.isfinite(rise.statistic).sum())
    return CellCounts(
        tested=int(scored.sum()),
        too_short=int((here & jump.too_short).sum()),
        without_history=int(new.sum()),
        without_history_usd=float(values[new].sum()),
        not_reported=int((here & had & ~np.isfinite(values)).sum()),
        uncalibrated=int((here & jump.expected.usable & ~scored).sum()),
        calibration_scores=jump.calibration_scores,
        calibration_months=jump.calibration_months,
        watched=watched,
        lone_p_value=1.0 / (1 + jump.calibration_scores),
        lone_limit=fdr / max(int(scored.sum()) + watched, 1),
    )


def _band(expected: Expected, cell: int) -> tuple[float, float]:
    """Return the central 90 % interval of the predictive distribution, in dollars."""
    size, mean, unit = float(expected.size[cell]), float(expected.pseudo_mean[cell]), float(expected.unit_usd[cell])
    low, high = (negative_binomial_quantile(tail, size, mean) for tail in ((1 - BAND_SHARE) / 2, (1 + BAND_SHARE) / 2))
    return (low * unit, high * unit)


def negative_binomial_quantile(share: float, size: float, mean: float) -> float:
    """Return the least count whose chance of it or fewer is at least ``share``.

    Implemented here because loading ``scipy.stats``, which nothing else of an alert needs, takes 1.2 s of processor
    time (2 cores, 1 December 2026).
    """
    from scipy.special import betainc

    def is_reached(count: float) -> bool:
        return bool(betainc(size, count + 1.0, size / (size + mean)) >= share)

    below, count = -1.0, 1.0
    while not is_reached(count):
        below, count = count, 2.0 * count
    while count - below > 1.0:
        middle = float(np.floor((below + count) / 2))
        below, count = (below, middle) if is_reached(middle) else (middle, count)
    return count


def _jump(dated: Dated, column: int, cell: int, jump: OneMonth, q_value: float) -> Signal:
    panel = dated.panel
    value, expected = float(panel.values_usd[cell, column]), float(jump.expected.mean_usd[cell])
    return Signal(
        kind=AlertKind.ONE_MONTH,
        supplier=panel.suppliers[cell],
        destination=panel.destinations[cell],
        good=panel.goods[cell],
        month=dated.months[column],
        began=dated.months[column],
        broke=None,
        value_usd=value,
        expected_usd=expected,
        band_usd=_band(jump.expected, cell),
        ratio=value / expected if expected > 0 else None,
        common_factor=float(jump.expected.factor[cell]),
        p_value=float(jump.p_value[cell]),
        q_value=q_value,
        value_at_stake_usd=value - expected,
        history_months=int(np.isfinite(panel.values_usd[cell, history_columns(column)]).sum()),
        explanation="",
    )


def _rise(dated: Dated, column: int, cell: int, jump: OneMonth, rise: Persistent, q_value: float) -> Signal:
    start = _onset(rise.scores[cell])
    series = dated.released.values_usd[cell, : column + 1]
    gaps = series[rise.first_column :][start:] - rise.means_usd[cell, start:]
    reported = np.flatnonzero(np.isfinite(series))
    position = date_break(series[reported])
    signal = _jump(dated, column, cell, jump, q_value)
    expected = float(rise.means_usd[cell, -1])
    return replace(
        signal,
        kind=AlertKind.PERSISTENT,
        began=dated.months[rise.first_column + start],
        broke=None if position is None else dated.months[int(reported[position])],
        expected_usd=expected,
        ratio=signal.value_usd / expected if expected > 0 else None,
        p_value=float(rise.p_value[cell]),
        value_at_stake_usd=float(np.nansum(gaps)),
    )


def _onset(scores: Array) -> int:
    """Return the position from which the scores are highest: the most likely start of a shift in their mean."""
    known = np.isfinite(scores)
    sums = np.cumsum(np.where(known, scores, 0.0)[::-1])[::-1]
    numbers = np.cumsum(known[::-1])[::-1]
    height = np.where(known, sums / np.sqrt(np.maximum(numbers, 1)), -np.inf)
    return int(np.argmax(height))
