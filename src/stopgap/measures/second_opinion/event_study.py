"""Estimate the excess at the target over time (event study), and at placebo dates.

Each coefficient is the second opinion's model with one stretch of time in place of the
after-window; its band is the spread of placebo destinations over the same stretch. The joint
test of leads on clustered errors is not used: it rejects 28 % of the time at a nominal 5 %.

Method: docs/methods/second-opinion.md.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from stopgap.measures.backfill.results import Interval
from stopgap.measures.second_opinion.excess import Excess, excess_at_target
from stopgap.measures.second_opinion.period_flows import PeriodFlows
from stopgap.measures.second_opinion.request import EventStep
from stopgap.measures.statistics.arrays import significant, significant_interval
from stopgap.measures.statistics.separation import Bools, Floats

MOST_DATES = 12
"""Most placebo dates tried, spread over the baseline."""


@dataclass(frozen=True)
class StudyPoint:
    """Event-study estimate for one stretch of time.

    Attributes:
        first: First month (``YYYY-MM``); ``last`` likewise.
        offset: Stretches from the one that contains the event; negative before it.
        part: ``baseline`` (a lead), ``between`` the windows, or ``after`` (a lag).
        effect: Log excess of sanctioned goods at the target against the baseline without the
            stretch itself; None with a ``reason``.
        ci95: Interval from the spread of placebo destinations.
        placebos: Number of placebo destinations.
        rank: The target's rank among destinations, largest first, and their number.
        reason: Why something is missing.
    """

    first: str
    last: str
    offset: int
    part: str
    effect: float | None
    ci95: Interval
    placebos: int
    rank: tuple[int, int] | None
    reason: str = ""


@dataclass(frozen=True)
class Leads:
    """Test whether the target differed from placebos before the event.

    Attributes:
        largest: Largest absolute lead of the target.
        rank: Its rank among destinations' largest leads, largest first, and their number.
        p_value: Rank divided by number: how often an unaffected destination differs as much.
        reason: Why it is missing.
    """

    largest: float | None
    rank: tuple[int, int] | None
    p_value: float | None
    reason: str = ""


@dataclass(frozen=True)
class EventStudy:
    """Event-study points in order of time, and the test of leads."""

    step: str
    points: tuple[StudyPoint, ...]
    leads: Leads


@dataclass(frozen=True)
class PlaceboDate:
    """Estimate at a date within the baseline without an event.

    Attributes:
        date: First month taken as after (``YYYY-MM``).
        effect: Log excess from the periods before the date to those from it on.
        ci95: Interval from the spread of placebo destinations.
        excludes_zero: Whether the interval excludes 0: a false alarm.
        reason: Why something is missing.
    """

    date: str
    effect: float | None
    ci95: Interval
    excludes_zero: bool | None
    reason: str = ""


@dataclass(frozen=True)
class PlaceboDates:
    """Estimates at placebo dates, and the rank of the true date among them.

    Attributes:
        dates: In order of time.
        rank: Rank of the true date's absolute effect among the placebo dates, largest first, and their number.
        false_alarms: Number of placebo dates whose interval excludes 0, and number with an interval.
        reason: Why there are none.
    """

    dates: tuple[PlaceboDate, ...]
    rank: tuple[int, int] | None
    false_alarms: tuple[int, int] | None
    reason: str = ""


def event_study(
    flows: PeriodFlows, *, target: int, event: str, step: EventStep, allowed: Collection[int] | None = None
) -> EventStudy:
    """Estimate the excess at the target by stretch of time, each at least one period long.

    The flows include those between the windows; ``event`` is a month (``YYYY-MM``). One point per stretch with
    a reported period. Leads are relative to the other years of the baseline, so with two years each mirrors
    the other.
    """
    baseline = flows.in_part("baseline")
    stretch = np.array([(day.year * 12 + day.month - 1) // step.months for day in flows.periods])
    zero = (int(event[:4]) * 12 + int(event[5:7]) - 1) // step.months
    points, found = [], []
    for number in np.unique(stretch):
        inside: Bools = stretch == number
        parts = {part for part, taken in zip(flows.part, inside, strict=True) if taken}
        part = "baseline" if "baseline" in parts else "after" if parts == {"after"} else "between"
        months = np.arange(number * step.months, (number + 1) * step.months)
        cells = flows.between(baseline & ~inside, inside)
        excess = None
        if len(cells) and (baseline & ~inside).any():
            excess = excess_at_target(cells, target=target, allowed=allowed)
        if part == "baseline":
            found.append(excess)
        points.append(_point(months, int(number - zero), part, excess))
    return EventStudy(step.value, tuple(points), _leads(found))


def _point(months: Floats, offset: int, part: str, excess: Excess | None) -> StudyPoint:
    first, last = (f"{month // 12:04d}-{month % 12 + 1:02d}" for month in (int(months[0]), int(months[-1])))
    if excess is None:
        reason = "no other year of the baseline has these months"
        return StudyPoint(first, last, offset, part, None, None, 0, None, reason)
    effect, ci95 = significant(excess.effect), significant_interval(excess.ci95)
    return StudyPoint(first, last, offset, part, effect, ci95, len(excess.placebos), excess.rank, excess.reason)


def _leads(found: Sequence[Excess | None]) -> Leads:
    """Rank the target's largest lead among the largest leads of placebos present in every stretch."""
    known = [excess for excess in found if excess is not None and excess.effect is not None and len(excess.placebos)]
    if not known:
        return Leads(None, None, None, "no lead can be had: the baseline has one year, or no placebo destination")
    own = max(abs(excess.effect or 0.0) for excess in known)
    common = set.intersection(*(set(excess.placebos.tolist()) for excess in known))
    largest = dict.fromkeys(sorted(common), 0.0)
    for excess in known:
        for place, deviation in zip(excess.placebos.tolist(), excess.deviations.tolist(), strict=True):
            if place in largest:
                largest[place] = max(largest[place], abs(deviation))
    if not largest:
        return Leads(own, None, None, "no placebo destination is seen in every stretch")
    above = sum(value >= own for value in largest.values())
    out_of = len(largest) + 1
    return Leads(own, (1 + above, out_of), (1 + above) / out_of)


def placebo_dates(
    flows: PeriodFlows, *, target: int, actual: float | None, allowed: Collection[int] | None = None
) -> PlaceboDates:
    """Run the same estimate at placebo dates within the baseline, and rank the true date's effect (``actual``).

    Up to :data:`MOST_DATES` dates that leave a year of figures on either side.
    """
    baseline = flows.in_part("baseline")
    places = np.flatnonzero(baseline)
    year = flows.periods_per_year
    starts = places[year : len(places) - year + 1]
    if not len(starts):
        return PlaceboDates((), None, None, "a fake date needs a year of baseline on either side")
    chosen = np.unique(np.linspace(0, len(starts) - 1, min(MOST_DATES, len(starts))).round().astype(int))
    dates = []
    for start in starts[chosen]:
        late = np.arange(len(flows.periods)) >= start
        cells = flows.between(baseline & ~late, baseline & late)
        date = f"{flows.periods[start]:%Y-%m}"
        if not len(cells):
            dates.append(PlaceboDate(date, None, None, None, "no supplier has the same months on either side"))
            continue
        excess = excess_at_target(cells, target=target, allowed=allowed)
        band = excess.ci95
        outside = None if band is None else not band[0] <= 0.0 <= band[1]
        dates.append(PlaceboDate(date, significant(excess.effect), significant_interval(band), outside, excess.reason))
    effects = [abs(date.effect) for date in dates if date.effect is not None]
    judged = [date.excludes_zero for date in dates if date.excludes_zero is not None]
    rank = None
    if actual is not None and effects:
        rank = (1 + sum(effect >= abs(actual) for effect in effects), len(effects) + 1)
    return PlaceboDates(tuple(dates), rank, (sum(judged), len(judged)) if judged else None)
