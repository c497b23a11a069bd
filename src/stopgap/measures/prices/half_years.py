"""Markup of each half-year of the after-window, and breaks between half-years that exceed what placebos do."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from stopgap.measures.backfill.results import Interval
from stopgap.measures.prices.markup import TARGET, TRIM_FACTOR, PriceWindow, TrimmedMarkup, window_markups
from stopgap.measures.statistics.placebo import LEAST_PLACEBOS, t_quantile
from stopgap.measures.statistics.two_way_effects import BlockRows

LEVEL = 0.05
"""Chance that any step of a price without a break is called one."""


@dataclass(frozen=True)
class PeriodMarkup:
    """Markup of one half-year of the after-window (annual figures: one year) against the baseline.

    Attributes:
        from_month: First month (``from`` in the document); ``to_month`` the last (``to``).
        log_change: Trimmed change of the log unit value at the target, as ``PriceMarkup.estimate``.
        ci95: Its interval over placebo destinations.
        price_ratio: ``exp(log_change)``.
        rows: Unit values at the target in this half-year, before trimming.
        observations: Unit values used, at all destinations, in the baseline and this half-year.
        placebos: Number of placebo destinations.
        reason: Why figures are ``None``.
    """

    from_month: str
    to_month: str
    log_change: float | None
    ci95: Interval
    price_ratio: float | None
    rows: int
    observations: int
    placebos: int
    reason: str | None


@dataclass(frozen=True)
class PriceBreak:
    """A step of the markup between one half-year and the next that exceeds what placebos do.

    Attributes:
        at: First month of the later half-year.
        against: First month of the earlier one; ``None`` for the step from the baseline.
        step: Change of the log unit value between them, on goods sold in both.
        band: Half width of what placebos do: a step beyond it is a break; wider than a 95 % interval where there are
            several steps (Bonferroni).
        is_largest: Whether it is the largest step.
    """

    at: str
    against: str | None
    step: float
    band: float
    is_largest: bool


@dataclass(frozen=True)
class HalfYears:
    """Both findings; ``steps`` is the number of steps examined, ``reason`` why none could be."""

    by_period: tuple[PeriodMarkup, ...]
    breaks: tuple[PriceBreak, ...]
    steps: int
    reason: str | None = None


def half_year_of(day: dt.date, *, is_annual: bool) -> tuple[int, int]:
    """Return year and first month of the half-year of a day; of the year with annual figures."""
    return day.year, 1 if is_annual or day.month <= 6 else 7


def half_years(
    rows: BlockRows,
    names: Sequence[str],
    days: Sequence[dt.date],
    *,
    is_annual: bool,
    among: Collection[str] | None = None,
    trim: float = TRIM_FACTOR,
) -> HalfYears:
    """Estimate the markup of each half-year of the after-window against the baseline, and find breaks between them.

    ``rows`` and ``names`` are those of :func:`markup`, ``days`` the first day of each of its periods. Half-years are those of
    the calendar, cut to the window. A step compares the unit values of two adjacent half-years alone; the first one
    compares with the baseline.

    Method: docs/methods/prices.md.
    """
    parts = [half_year_of(day, is_annual=is_annual) for day in days]
    after = sorted({part for part, is_after in zip(parts, rows.is_after, strict=True) if is_after})
    windows = [np.array([p == part for p in parts]) & rows.is_after for part in after]
    baseline = ~rows.is_after

    compared = [PriceWindow(baseline | late, late) for late in windows]
    compared += [PriceWindow(early | late, late) for early, late in pairwise(windows)]
    every = window_markups(rows, names, compared, among=among, trim=trim)
    found, later = every[: len(windows)], every[len(windows) :]
    by_period = []
    for estimated, window in zip(found, windows, strict=True):
        at_target = int(((rows.destination == TARGET) & window[rows.period]).sum())
        own = [day for day, is_in in zip(days, window, strict=True) if is_in]
        by_period.append(_period(estimated, own, at_target, is_annual=is_annual))
    steps = [*found[:1], *later]
    known = [at for at, step in enumerate(steps) if step.figure.estimate is not None and step.figure.ci95 is not None]
    if not known:
        why = (
            f"a break needs an interval over {LEAST_PLACEBOS} placebo destinations in a half-year and the one before it"
        )
        return HalfYears(tuple(by_period), (), 0, why)
    bands = {at: _band(steps[at], len(known)) for at in known}
    sizes = {at: steps[at].figure.estimate or 0.0 for at in known}
    largest = max(known, key=lambda at: abs(sizes[at]))
    breaks = tuple(
        PriceBreak(
            at=by_period[at].from_month,
            against=by_period[at - 1].from_month if at else None,
            step=sizes[at],
            band=bands[at],
            is_largest=at == largest,
        )
        for at in known
        if abs(sizes[at]) > bands[at]
    )
    return HalfYears(tuple(by_period), breaks, len(known))


def _period(estimated: TrimmedMarkup, days: Sequence[dt.date], at_target: int, *, is_annual: bool) -> PeriodMarkup:
    first, last, figure = min(days), max(days), estimated.figure
    return PeriodMarkup(
        from_month=f"{first:%Y-%m}",
        to_month=f"{last.year}-12" if is_annual else f"{last:%Y-%m}",
        log_change=figure.estimate,
        ci95=figure.ci95,
        price_ratio=None if figure.estimate is None else math.exp(figure.estimate),
        rows=at_target,
        observations=figure.observations,
        placebos=len(estimated.placebos),
        reason=figure.reason,
    )


def _band(step: TrimmedMarkup, steps: int) -> float:
    """Return the half width of the interval of a step at the level shared among all steps examined."""
    from scipy.special import stdtrit

    assert step.figure.ci95 is not None
    freedom = len(step.placebos) - 1
    half = (step.figure.ci95[1] - step.figure.ci95[0]) / 2.0
    wider = float(stdtrit(freedom, 1.0 - LEVEL / (2.0 * steps))) / t_quantile(freedom)
    return half * (wider if math.isfinite(wider) else 1.0)
