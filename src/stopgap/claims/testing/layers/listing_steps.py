"""Test whether the actor's share of listings steps up at a date, beyond a trend that may bend.

Listings come in packages (an authority on one day) of very different sizes, and the actor's share of them has a trend.
The share of each action is therefore regressed on a cubic trend and a step at the date, over two years on each side. The
step is judged twice: among permutations of the actions (Freedman and Lane 1983), and among the steps at other dates of
the record (placebo dates as in Bertrand, Duflo and Mullainathan 2004).
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stopgap.measures.statistics.array_types import Array, Index

PERMUTATIONS = 4_999
LONGEST_WINDOW = 24
"""Months on each side of a date that are compared; fewer at the ends of the record."""

SHORTEST_WINDOW = 6
LEAST_ON_A_SIDE = 10
"""Fewest actions on each side of a date for a test at it."""

TREND = 3
"""Degree of the trend: a cubic bends twice, as a share does that rises from one level to another."""

SATURATION = 10.0
"""Organisations from which a larger package says little more: those of one package are not independent."""

_SEED = 20_260_101
_DAYS_A_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Actions:
    """Listings by action, in order of days: numbers of the actor's organisations and of all, (actions,) each."""

    days: tuple[str, ...]
    of_actor: Array
    of_all: Array

    @cached_property
    def ordinals(self) -> Array:
        """Days as numbers, (actions,)."""
        return np.array([dt.date.fromisoformat(day).toordinal() for day in self.days], dtype=float)


@dataclass(frozen=True)
class StepModel:
    """Actions around one date, (n,) each: the share in each, its weight, and which lie after the date.

    ``time`` runs from −1 to 1 over the longest window.
    """

    share: Array
    weight: Array
    time: Array
    is_after: Array


def around(actions: Actions, day: str, *, until: str) -> StepModel | None:
    """Select the actions around a date; ``None`` with too few on a side, or too short a record on one.

    Actions of the day itself lie before it.
    """
    if not actions.days:
        return None
    middle, end = (dt.date.fromisoformat(each).toordinal() for each in (day, until))
    if min(middle - actions.ordinals[0], end - middle) < SHORTEST_WINDOW * _DAYS_A_MONTH:
        return None
    away = (actions.ordinals - middle) / _DAYS_A_MONTH
    inside = np.abs(away) <= LONGEST_WINDOW
    is_after = away[inside] > 0
    if min(int(is_after.sum()), int((~is_after).sum())) < LEAST_ON_A_SIDE:
        return None
    size = actions.of_all[inside]
    return StepModel(
        share=actions.of_actor[inside] / size,
        weight=size / (1.0 + (size - 1.0) / SATURATION),
        time=away[inside] / LONGEST_WINDOW,
        is_after=is_after.astype(float),
    )


def _bases(model: StepModel) -> tuple[Array, Array]:
    """Return orthonormal columns of the trend, (n, 4), and the step without its part along them, (n,), both weighted."""
    root = np.sqrt(model.weight)
    trend, _ = np.linalg.qr(np.vander(model.time, TREND + 1) * root[:, None])
    step = model.is_after * root
    step = step - trend @ (trend.T @ step)
    return trend, step / np.linalg.norm(step)


def _statistic(values: Array, trend: Array, step: Array) -> Array:
    """Return t of the step in weighted values, (n, draws) or (n,)."""
    along = step @ values
    left = (values**2).sum(axis=0) - ((trend.T @ values) ** 2).sum(axis=0) - along**2
    degrees = values.shape[0] - trend.shape[1] - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        found = along / np.sqrt(np.maximum(left, 0.0) / degrees)
    return np.asarray(np.nan_to_num(found, nan=0.0))


def step_statistic(model: StepModel) -> float:
    """Return the step by its standard error."""
    trend, step = _bases(model)
    return float(_statistic(model.share * np.sqrt(model.weight), trend, step))


def permuted_p(model: StepModel, permutations: Index | None = None) -> float:
    """Return the share of permutations of actions with a step as large, the observed order among them.

    What is permuted are deviations from the trend, each by its weight. The draws start from a fixed seed, so that the
    same listings give the same figure; ``permutations`` (draws, n) replace them.
    """
    trend, step = _bases(model)
    values = model.share * np.sqrt(model.weight)
    fitted = trend @ (trend.T @ values)
    seen = float(_statistic(values, trend, step))
    orders = _orders(values.size) if permutations is None else permutations
    drawn = _statistic(fitted[:, None] + (values - fitted)[orders.T], trend, step)
    return float((1 + (drawn >= seen - 1e-9).sum()) / (orders.shape[0] + 1))


def _orders(size: int) -> Index:
    """Draw orders of actions, (:data:`PERMUTATIONS`, size)."""
    return np.asarray(np.argsort(np.random.default_rng(_SEED).random((PERMUTATIONS, size)), axis=1), dtype=np.int64)


def rank_of_date(actions: Actions, day: str, *, until: str) -> tuple[int, int] | None:
    """Rank the step at a date among the steps at the same day of every other month; ``None`` where it has none.

    Returns (rank, out of). Months beside the date count too: they hold mostly the same listings, and without them
    the highest of a run of months would rank first too often.
    """
    own = around(actions, day, until=until)
    if own is None:
        return None
    seen = step_statistic(own)
    others = []
    for month in _months(actions.days[0][:7], until[:7]):
        if month == day[:7]:
            continue
        model = around(actions, _day_in(month, day), until=until)
        if model is not None:
            others.append(step_statistic(model))
    return 1 + sum(each >= seen for each in others), len(others) + 1


def _months(first: str, last: str) -> Sequence[str]:
    start, end = (int(month[:4]) * 12 + int(month[5:7]) - 1 for month in (first, last))
    return [f"{at // 12}-{at % 12 + 1:02d}" for at in range(start, end + 1)]


def _day_in(month: str, day: str) -> str:
    last = calendar.monthrange(int(month[:4]), int(month[5:7]))[1]
    return f"{month}-{min(int(day[8:10]), last):02d}"
