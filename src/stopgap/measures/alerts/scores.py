"""Compute one-month scores, their conformal p-values and false discovery rates."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from stopgap.measures.alerts.cell_panel import CellPanel
from stopgap.measures.alerts.expectation import Expected, expect
from stopgap.measures.alerts.learning import MIN_MONTHS, learn
from stopgap.measures.statistics.array_types import Array, Index, Mask

HISTORY_MONTHS = 36
CALIBRATION_MONTHS = 36
MANY_CELLS = 20_000
CALIBRATION_MONTHS_OF_MANY = 24  # past months that a large family needs: more would only cost time
MIN_CALIBRATION_MONTHS = 6
_STRATA = 5
_STRATUM_SCORES = 400
_TAIL_SHARE = 0.1
_SMALLEST = 1e-300
_MOST_THREADS = 4
THREADED_CELLS = 20_000  # panels of more cells have their months worked on side by side
_LEVEL_WORTH = 40.0  # scores that the usual level of all months counts for beside a month's own

Result = TypeVar("Result")


@dataclass(frozen=True)
class OneMonth:
    """Scores and p-values of one month, shape (cells,), with the size of the calibration sample."""

    expected: Expected
    score: Array  # -ln of the predictive mid-p, comparable over strata; NaN where not scored
    p_value: Array  # conformal p-value; NaN where not scored
    calibration_scores: int
    calibration_months: int
    too_short: Mask  # cells with trade and too short a history


def mid_p(expected: Expected, cells: Index) -> Array:
    """Return the mid-p of some cells: chance of a larger figure plus half that of the reported one; NaN if not scored.

    The distribution is a negative binomial on pseudo-counts: dollars divided by variance over mean.
    """
    from scipy.special import betainc

    value, mean, size = expected.pseudo_value[cells], expected.pseudo_mean[cells], expected.size[cells]
    usable = expected.usable[cells] & (mean > 0)
    value, mean = np.where(usable, value, 1.0), np.where(usable, mean, 1.0)
    share = mean / (size + mean)
    at_least = np.ones(len(cells))
    traded = np.flatnonzero(value > 0)
    at_least[traded] = betainc(np.maximum(value[traded], 1e-9), size[traded], share[traded])
    above = betainc(value + 1.0, size, share)
    return np.where(usable, np.maximum(0.5 * (at_least + above), _SMALLEST), np.nan)


def history_columns(column: int) -> Index:
    """Return the columns of the history of a month."""
    return np.arange(max(column - HISTORY_MONTHS, 0), column, dtype=np.int64)


def one_month(panel: CellPanel, column: int, tested: Mask, *, calibration_months: int | None = None) -> OneMonth:
    """Compute scores and p-values of one month against scores of past months.

    All cells of the family calibrate, whether ``tested`` or not. p-values are NaN if fewer than six past months
    have a history of their own.

    Method: docs/methods/alerts.md.
    """
    if calibration_months is None:
        is_large = int(panel.in_family.sum()) > MANY_CELLS
        calibration_months = CALIBRATION_MONTHS_OF_MANY if is_large else CALIBRATION_MONTHS
    history = learn(panel, history_columns(column))
    now = expect(panel, history, column)
    past_columns = [past for past in range(column - 1, column - 1 - calibration_months, -1) if past >= MIN_MONTHS]
    past_months = for_months(lambda past: _past_month(panel, past), past_columns, cells=len(panel.goods))
    scores, means = [score for score, _ in past_months], [mean for _, mean in past_months]
    scored = tested & panel.in_family & now.usable
    score = np.full(len(scored), np.nan)
    score[scored] = -np.log(mid_p(now, np.flatnonzero(scored)))
    p_value = np.full(len(score), np.nan)
    if scores and scored.any():
        *scores, score[scored] = level_months([*scores, score[scored]])
    past_scores = np.concatenate(scores) if scores else np.zeros(0)
    if len(past_columns) >= MIN_CALIBRATION_MONTHS and past_scores.size and scored.any():
        past_means = np.concatenate(means)
        score[scored], past_scores = comparable(score[scored], now.pseudo_mean[scored], past_scores, past_means)
        p_value[scored] = conformal_p(score[scored], past_scores)
    return OneMonth(now, score, p_value, int(past_scores.size), len(past_columns), history.too_short)


def _past_month(panel: CellPanel, past: int) -> tuple[Array, Array]:
    """Return the scores of a past month against its own history, and the expected pseudo-counts of their cells."""
    then = expect(panel, learn(panel, history_columns(past)), past)
    kept = np.flatnonzero(panel.in_family & then.usable)
    return -np.log(mid_p(then, kept)), then.pseudo_mean[kept]


def for_months(work: Callable[[int], Result], columns: Iterable[int], *, cells: int) -> list[Result]:
    """Return the result of ``work`` for each month, in order; months of many cells are worked on side by side."""
    if cells <= THREADED_CELLS:
        return [work(column) for column in columns]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_THREADS)) as pool:
        return list(pool.map(work, columns))


def level_months(scores: list[Array]) -> list[Array]:
    """Divide the scores of each month by their usual level: the mean of the lower nine tenths.

    This scales a month that was volatile everywhere, in ways that the common factor does not capture,
    by its own spread. All months are scaled the same way, so they stay exchangeable.
    """
    usual = np.array([_usual(month) for month in scores])
    number = np.array([month.size for month in scores], dtype=float)
    known = number > 0
    overall = float((usual * number).sum() / max(number.sum(), 1.0)) if known.any() else 1.0
    shrunk = (usual * number + overall * _LEVEL_WORTH) / (number + _LEVEL_WORTH)
    return [month / max(float(scale), 1e-6) for month, scale in zip(scores, shrunk, strict=True)]


def _usual(month: Array) -> float:
    if month.size == 0:
        return 0.0
    return float(month[month <= np.quantile(month, 1 - _TAIL_SHARE)].mean())


def comparable(score: Array, mean: Array, past: Array, past_mean: Array) -> tuple[Array, Array]:
    """Put scores of all volume strata on one scale: excess over the stratum's 90 % quantile, by its mean excess.

    Pooled over strata, a month with C past months can have p-values down to 1/(C·cells);
    within each stratum the smallest would be larger by the number of strata.
    """
    strata = max(1, min(_STRATA, past.size // _STRATUM_SCORES))
    edges = np.quantile(past_mean, np.linspace(0, 1, strata + 1)[1:-1])
    group, past_group = np.searchsorted(edges, mean), np.searchsorted(edges, past_mean)
    out, past_out = np.empty_like(score), np.empty_like(past)
    for number in range(strata):
        own = past[past_group == number]
        if own.size == 0:
            own = past
        start = float(np.quantile(own, 1 - _TAIL_SHARE))
        tail = own[own > start] - start
        scale = max(float(tail.mean()) if tail.size else 1.0, 1e-6)
        out[group == number] = (score[group == number] - start) / scale
        past_out[past_group == number] = (past[past_group == number] - start) / scale
    return out, past_out


def conformal_p(score: Array, past: Array) -> Array:
    """Return conformal p-values: (1 + number of past scores at least as high) / (1 + number of past scores).

    They are valid if the scores are exchangeable with the past ones: under the null the chance
    of a p-value of at most u is at most u.
    """
    ordered, order = np.sort(past), np.argsort(score)
    below = np.empty(len(score), dtype=np.int64)
    below[order] = np.searchsorted(ordered, score[order], side="left")  # sorted scores are looked up much faster
    return (1 + ordered.size - below) / (1 + ordered.size)


def benjamini_hochberg(p_value: Array) -> Array:
    """Return q-values: the smallest false discovery rate at which each is an alert; NaN stays NaN.

    Implemented here because ``scipy.stats.false_discovery_control`` takes no NaN, is no faster, and loading
    ``scipy.stats``, which no measure needs, takes 1.8 s of processor time (2 cores, 30 November 2026).

    Method: Benjamini and Hochberg (1995).
    """
    q_value = np.full(len(p_value), np.nan)
    known = np.flatnonzero(np.isfinite(p_value))
    if known.size == 0:
        return q_value
    order = known[np.argsort(p_value[known], kind="stable")]
    stepped = p_value[order] * known.size / np.arange(1, known.size + 1)
    q_value[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return q_value
