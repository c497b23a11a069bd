"""Alerts of one month: both kinds under one false discovery rate, ranked by the dollars at stake."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stopgap.measures.alerts.expectation import Array, CellPanel, Expected, Mask
from stopgap.measures.alerts.persistence import LIMIT, Persistent, date_break, persistent
from stopgap.measures.alerts.request import DEFAULT_FDR
from stopgap.measures.alerts.results import AlertKind, CellCounts, MonthResult, Signal
from stopgap.measures.alerts.scores import OneMonth, benjamini_hochberg, history_columns, one_month
from stopgap.measures.alerts.words import explain

BAND_SHARE = 0.90


@dataclass(frozen=True)
class Dated:
    """A panel with its months.

    Attributes:
        panel: Figures as they stood in the release.
        released: The same, watched months not above their first release; the panel itself where
            nothing was ever revised.
        months: Label of each column (``YYYY-MM``).
        is_export: Whether suppliers export; else they buy from the destination.
    """

    panel: CellPanel
    released: CellPanel
    months: tuple[str, ...]
    is_export: bool


def find_signals(dated: Dated, column: int, tested: Mask, *, fdr: float = DEFAULT_FDR) -> MonthResult:
    """Cells that stand out in a month.

    Args:
        dated: Cells by months.
        column: The month.
        tested: Cells whose first release of the month this is.
        fdr: False discovery rate: the share of alerts that may be chance, over the family of all
            tested cells, each tested for a jump and watched for a lasting rise.

    Returns:
        Falls raise nothing. Cells with fewer than 24 reported months are refused and counted.

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
    signals = [signal for signal in signals if signal.value_at_stake_usd > 0]
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
    """Middle nine tenths of the predictive distribution, in dollars."""
    from scipy.stats import nbinom

    size, mean = float(expected.size[cell]), float(expected.pseudo_mean[cell])
    tails = ((1 - BAND_SHARE) / 2, (1 + BAND_SHARE) / 2)
    low, high = (float(nbinom.ppf(tail, size, size / (size + mean))) for tail in tails)
    unit = float(expected.unit_usd[cell])
    return (low * unit, high * unit)


def _jump(dated: Dated, column: int, cell: int, jump: OneMonth, q_value: float) -> Signal:
    value = float(dated.panel.values_usd[cell, column])
    expected = float(jump.expected.mean_usd[cell])
    seen = _Seen(
        kind=AlertKind.ONE_MONTH,
        began=dated.months[column],
        broke=None,
        expected_usd=expected,
        at_stake_usd=value - expected,
        p_value=float(jump.p_value[cell]),
        q_value=q_value,
    )
    return _signal(dated, cell, column, jump.expected, seen)


def _rise(dated: Dated, column: int, cell: int, jump: OneMonth, rise: Persistent, q_value: float) -> Signal:
    scores = rise.scores[cell]
    start = _onset(scores)
    values = dated.released.values_usd[cell, rise.first_column : column + 1]
    gaps = values[start:] - rise.means_usd[cell, start:]
    series = dated.released.values_usd[cell, : column + 1]
    reported = np.flatnonzero(np.isfinite(series))
    position = date_break(series[reported])
    seen = _Seen(
        kind=AlertKind.PERSISTENT,
        began=dated.months[rise.first_column + start],
        broke=None if position is None else dated.months[int(reported[position])],
        expected_usd=float(rise.means_usd[cell, -1]),
        at_stake_usd=float(np.nansum(gaps)),
        p_value=float(rise.p_value[cell]),
        q_value=q_value,
    )
    return _signal(dated, cell, column, jump.expected, seen)


def _onset(scores: Array) -> int:
    """Position from which on the scores stand highest: the likeliest beginning of a shift of their mean."""
    known = np.isfinite(scores)
    sums = np.cumsum(np.where(known, scores, 0.0)[::-1])[::-1]
    numbers = np.cumsum(known[::-1])[::-1]
    height = np.where(known, sums / np.sqrt(np.maximum(numbers, 1)), -np.inf)
    return int(np.argmax(height))


@dataclass(frozen=True)
class _Seen:
    """What stood out in a cell; the fields are those of :class:`Signal`."""

    kind: AlertKind
    began: str
    broke: str | None
    expected_usd: float
    at_stake_usd: float
    p_value: float
    q_value: float


def _signal(dated: Dated, cell: int, column: int, expected: Expected, seen: _Seen) -> Signal:
    panel = dated.panel
    value = float(panel.values_usd[cell, column])
    columns = history_columns(column)
    signal = Signal(
        kind=seen.kind,
        supplier=panel.suppliers[cell],
        destination=panel.destinations[cell],
        good=panel.goods[cell],
        month=dated.months[column],
        began=seen.began,
        broke=seen.broke,
        value_usd=value,
        expected_usd=seen.expected_usd,
        band_usd=_band(expected, cell),
        ratio=value / seen.expected_usd if seen.expected_usd > 0 else None,
        common_factor=float(expected.factor[cell]),
        p_value=seen.p_value,
        q_value=seen.q_value,
        value_at_stake_usd=seen.at_stake_usd,
        history_months=int(np.isfinite(panel.values_usd[cell, columns]).sum()),
        explanation="",
    )
    return replace(signal, explanation=explain(signal, is_export=dated.is_export))
