"""Estimate the price markup that the target pays over the same suppliers' other destinations."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stopgap.measures.backfill.results import Interval
from stopgap.measures.statistics.placebo import LEAST_PLACEBOS, half_width
from stopgap.measures.statistics.two_way_effects import BlockRows, Flags, contrasts, near_medians

TRIM_FACTOR = 3.0
TRIM_ROUNDS = 3
LEAST_INFORMATION = 0.05  # least information of a placebo destination, by the target's
TARGET = 0
"""Index of the target in the destinations of :class:`~stopgap.measures.statistics.two_way_effects.BlockRows`."""


@dataclass(frozen=True)
class MarkupFigure:
    """Markup estimated from one set of rows.

    Attributes:
        estimate: Change of the log unit value at the target, after against before, against
            the same supplier's other destinations in the same good and month.
        ci95: Its 95 % interval over placebo destinations.
        placebo_rank: Rank among target and placebos, 1 the largest, and their number.
        observations: Number of unit values used.
        reason: Why figures are ``None``.
    """

    estimate: float | None = None
    ci95: Interval = None
    placebo_rank: tuple[int, int] | None = None
    observations: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class PriceMarkup:
    """Unit-value markup at the target; the headline is the trimmed figure, in log points (0.15 is about 16 %).

    Attributes:
        price_ratio: ``exp(estimate)``: factor by which the price changed; with its interval.
        trimmed: Figure without unit values more than threefold off both medians.
        untrimmed: Figure with all unit values.
        not_estimated: Trimmed, and without rows that the source marks as partly estimated;
            ``None`` if there are none.
        observations: Unit values of ``trimmed``.
        trimmed_share: Share of the unit values that trimming removes.
        estimated_share: Share of the unit values that the source marks as partly estimated.
        suppliers: Economies whose sales are used.
        placebos: Placebo destinations used for the interval.
    """

    estimate: float | None
    ci95: Interval
    price_ratio: float | None
    price_ratio_ci95: Interval
    placebo_rank: tuple[int, int] | None
    trimmed: MarkupFigure
    untrimmed: MarkupFigure
    not_estimated: MarkupFigure | None
    observations: int
    trimmed_share: float | None
    estimated_share: float | None
    suppliers: tuple[str, ...] = ()
    goods: int = 0
    placebos: tuple[str, ...] = ()
    unit: str = "log points"


def markup(
    rows: BlockRows,
    names: Sequence[str],
    *,
    is_estimated: Flags | None = None,
    among: Collection[str] | None = None,
    suppliers: Sequence[str] = (),
    goods: int = 0,
    trim: float = TRIM_FACTOR,
) -> PriceMarkup:
    """Estimate the unit-value markup at the target after the event; ``None`` with a reason if it is not identified.

    ``rows.value`` is the natural logarithm of dollars per kilogram; a block is one supplier's good; destination
    0 is the target, the others placebos. ``is_estimated`` (n,) marks rows that the source estimated in
    part, ``among`` the names that can be placebos (``None``: all); unit values off the medians by more than
    the factor ``trim`` are excluded.

    Method: docs/methods/prices.md.
    """
    kept = _kept(rows, math.log(trim))
    allowed = np.array([place != TARGET and (among is None or name in among) for place, name in enumerate(names)])
    trimmed, placebos = _figure(rows.take(kept), allowed)
    untrimmed, _ = _figure(rows, allowed)
    marked = np.zeros(len(rows), dtype=bool) if is_estimated is None else is_estimated
    ci95 = trimmed.ci95
    return PriceMarkup(
        estimate=trimmed.estimate,
        ci95=ci95,
        price_ratio=None if trimmed.estimate is None else math.exp(trimmed.estimate),
        price_ratio_ci95=None if ci95 is None else (math.exp(ci95[0]), math.exp(ci95[1])),
        placebo_rank=trimmed.placebo_rank,
        trimmed=trimmed,
        untrimmed=untrimmed,
        not_estimated=_figure(rows.take(kept & ~marked), allowed)[0] if marked.any() else None,
        observations=trimmed.observations,
        trimmed_share=1.0 - float(kept.mean()) if len(rows) else None,
        estimated_share=float(marked.mean()) if len(rows) else None,
        suppliers=tuple(suppliers),
        goods=goods,
        placebos=tuple(names[place] for place in placebos),
    )


def _kept(rows: BlockRows, within: float) -> Flags:
    """Return which rows have unit values near both medians once the target's own price change is subtracted.

    Without the subtraction a large change would move half of the target's unit values away from
    their medians, and trimming would remove the effect being measured.
    """
    moved = (rows.destination == TARGET) & rows.is_after[rows.period]
    kept = near_medians(rows, within)
    for _ in range(TRIM_ROUNDS):
        estimate = float(contrasts(rows.take(kept)).estimate[TARGET])
        if not math.isfinite(estimate):
            break
        kept = near_medians(replace(rows, value=rows.value - np.where(moved, estimate, 0.0)), within)
    return kept


def _figure(rows: BlockRows, allowed: Flags) -> tuple[MarkupFigure, list[int]]:
    """Estimate the markup from these rows; also return the positions of the placebos used."""
    bare = MarkupFigure(observations=len(rows))
    if not len(rows):
        return replace(bare, reason="no unit value: no sale has both dollars and weight"), []
    at_target = contrasts(rows)
    information = float(at_target.information[TARGET])
    if information <= 0:
        why = "no supplier has unit values at the target in both windows beside another destination"
        return replace(bare, reason=why), []
    estimate = float(at_target.estimate[TARGET])
    others = contrasts(rows.take(rows.destination != TARGET))  # the target's own change is not in these
    enough = allowed & np.isfinite(others.estimate) & (others.information >= LEAST_INFORMATION * information)
    places = np.flatnonzero(enough).tolist()
    figures = others.estimate[places]
    rank = (1 + int((figures >= estimate).sum()), 1 + len(places)) if places else None
    half = half_width(figures, 1.0 / others.information[places], 1.0 / information)
    if half is None:
        why = f"an interval needs {LEAST_PLACEBOS} placebo destinations, and there are {len(places)}"
        return replace(bare, estimate=estimate, placebo_rank=rank, reason=why), places
    return replace(bare, estimate=estimate, ci95=(estimate - half, estimate + half), placebo_rank=rank), places
