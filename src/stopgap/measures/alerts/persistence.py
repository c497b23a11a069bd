"""Detect persistent rises with an exponentially weighted mean of normal scores, and date their start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.alerts.cell_panel import CellPanel
from stopgap.measures.alerts.expectation import expect
from stopgap.measures.alerts.learning import MIN_MONTHS, learn
from stopgap.measures.alerts.scores import for_months, history_columns, level_months, mid_p
from stopgap.measures.statistics.array_types import Array, Index, Mask

WEIGHT = 0.3
LIMIT = 3.2
WATCHED_MONTHS = 12
_SCORE_CAP = 3.0
_STRATA = 5
_STRATUM_SCORES = 400


@dataclass(frozen=True)
class Persistent:
    """Test for persistent rises in one month, shape (cells,)."""

    statistic: Array  # weighted mean of scores over its standard error; NaN where not watched
    p_value: Array  # chance of as much under no rise; NaN where not watched
    scores: Array  # normal scores of the watched months, shape (cells, months); NaN where missing
    means_usd: Array  # expectation of each watched month, shape (cells, months)
    first_column: int  # column of the first watched month


@dataclass(frozen=True)
class _Window:
    """Scores of a range of months against the history before it."""

    scores: Array  # -ln mid-p, (cells, months)
    strata_mean: Array
    means_usd: Array
    n_eff: Array


def _window(panel: CellPanel, columns: Index) -> _Window:
    history = learn(panel, history_columns(int(columns[0])))

    def month(column: int) -> tuple[Index, Array, Array, Array]:
        expected = expect(panel, history, column)
        kept = np.flatnonzero(panel.in_family & expected.usable & (expected.pseudo_mean > 0))
        means = np.where(history.usable, expected.mean_usd, np.nan)
        return kept, -np.log(mid_p(expected, kept)), expected.pseudo_mean, means

    months = for_months(month, columns.tolist(), cells=len(panel.goods))
    levelled = level_months([scored for _, scored, _, _ in months])
    scores, strata, means = (np.full((len(columns), len(panel.goods)), np.nan) for _ in range(3))
    for place, (kept, _, pseudo_mean, mean_usd) in enumerate(months):
        scores[place, kept] = levelled[place]
        strata[place], means[place] = pseudo_mean, mean_usd
    return _Window(scores.T, strata.T, means.T, history.n_eff)


def persistent(panel: CellPanel, column: int, tested: Mask) -> Persistent:
    """Test which ``tested`` cells have been above their expectation for months up to ``column``.

    Watched months hold the first release, or the current figure if it is lower. The
    expectation is estimated from the months before the watched ones, so that a rise does not
    become its own baseline; factors common to a destination, a supplier or a good are removed
    month by month. Scores are ranks among those of the twelve months before, computed the same
    way; if there are none, the mid-p itself.

    Method: EWMA with weight 0.3 and limit 3.2; docs/methods/alerts.md.
    """
    from scipy.special import ndtr, ndtri

    cells = len(panel.goods)
    first = column - WATCHED_MONTHS + 1
    if first < MIN_MONTHS:
        nothing = np.full(cells, np.nan)
        empty = np.full((cells, 0), np.nan)
        return Persistent(nothing, nothing.copy(), empty, empty.copy(), column + 1)
    now = _window(panel, np.arange(first, column + 1))
    before_first = first - WATCHED_MONTHS
    if before_first >= MIN_MONTHS:
        before = _window(panel, np.arange(before_first, first))
        scores = _normal_scores(now.scores, now.strata_mean, before.scores, before.strata_mean)
        past = _normal_scores(before.scores, before.strata_mean, before.scores, before.strata_mean)
        past_spread = _upper_spread(_smoothed(past)[panel.in_family])
    else:
        scores = np.where(np.isfinite(now.scores), ndtri(np.clip(1.0 - np.exp(-now.scores), 1e-9, 1 - 1e-9)), np.nan)
        past_spread = 0.0
    scores = np.clip(scores, -_SCORE_CAP, _SCORE_CAP)
    state = _smoothed(scores)
    shared = 1.0 / (now.n_eff + 1.0)  # the error of the level is the same in all months
    own = WEIGHT / (2 - WEIGHT) * (1 - (1 - WEIGHT) ** (2 * WATCHED_MONTHS))
    theory = np.sqrt(own * (1 - shared) + shared)
    spread = np.maximum(theory, max(past_spread, _upper_spread(state[panel.in_family])))
    watched = tested & panel.in_family & np.isfinite(scores[:, -1])
    statistic = np.where(watched, state / spread, np.nan)
    return Persistent(statistic, np.where(watched, ndtr(-statistic), np.nan), scores, now.means_usd, first)


def _smoothed(scores: Array) -> Array:
    """Return the weighted mean after the last month; a missing month leaves it unchanged."""
    state = np.zeros(len(scores))
    for month in scores.T:
        state = np.where(np.isfinite(month), WEIGHT * np.nan_to_num(month) + (1 - WEIGHT) * state, state)
    return state


def _upper_spread(state: Array) -> float:
    """Return a robust standard deviation from the upper half of the values (their 84 % quantile)."""
    moving = state[state != 0.0]
    return 0.0 if moving.size < 20 else max(float(np.quantile(moving, 0.8413)), 0.0)


def _normal_scores(scores: Array, means: Array, past: Array, past_means: Array) -> Array:
    """Return normal scores of the mid-ranks among past scores in the same volume stratum."""
    from scipy.special import ndtri

    known, past_known = np.isfinite(scores), np.isfinite(past)
    out = np.full(scores.shape, np.nan)
    values, past_values = scores[known], past[past_known]
    if past_values.size == 0 or values.size == 0:
        return out
    strata = max(1, min(_STRATA, past_values.size // _STRATUM_SCORES))
    edges = np.quantile(past_means[past_known], np.linspace(0, 1, strata + 1)[1:-1])
    group, past_group = np.searchsorted(edges, means[known]), np.searchsorted(edges, past_means[past_known])
    normal = np.empty_like(values)
    for number in range(strata):
        own = np.sort(past_values[past_group == number])
        if own.size == 0:
            own = np.sort(past_values)
        here = np.flatnonzero(group == number)
        here = here[np.argsort(values[here])]  # sorted values are looked up much faster
        below = np.searchsorted(own, values[here], side="left")
        up_to = np.searchsorted(own, values[here], side="right")
        normal[here] = ndtri((0.5 * (below + up_to) + 0.5) / (own.size + 1))
    out[known] = normal
    return out


def date_break(values_usd: Array) -> int | None:
    """Return the position of the last level change in a series of monthly dollars, by PELT; ``None`` if there is none.

    It only dates alerts already raised; it never raises one. Missing months must be dropped from the series.

    Method: Killick, Fearnhead and Eckley (2012), ruptures, least squares on square roots.
    """
    if values_usd.size < 8:
        return None
    import ruptures

    roots = np.sqrt(np.maximum(values_usd, 0.0))
    early = roots[: max(roots.size - WATCHED_MONTHS, 4)]
    penalty = 3.0 * np.log(roots.size) * float(np.var(early))
    if penalty <= 0:
        penalty = 3.0 * np.log(roots.size) * max(float(np.var(roots)) * 0.1, 1e-12)
    ends = ruptures.Pelt(model="l2", min_size=3).fit(roots.reshape(-1, 1)).predict(pen=penalty)
    return int(ends[-2]) if len(ends) > 1 else None
