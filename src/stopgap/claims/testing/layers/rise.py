"""Layer *rose*: the rise of a list's total at the target against the same at other destinations.

Method: a placebo rank test (Conley and Taber 2011), each destination's logarithmic change scaled by its own spread,
which grows with the concentration of its trade (Donald and Lang 2007) and falls with its volume.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stopgap.claims.testing.layers.facts import RiseFacts
from stopgap.claims.testing.layers.rise_spread import scaled_by_spread
from stopgap.claims.testing.results import Verdict
from stopgap.measures.statistics.array_types import Array, Mask

LEAST_DESTINATIONS = 39
"""Fewest other destinations for a test at 2.5 %: with 39, rank 1 has a probability of 1/40."""

TAIL = 0.025
WEIGHED = 0.6
"""Least share of the dollars with a weight, in both windows at the target, for a test in quantities."""

QUANTITY, VALUE = "quantity", "value"


@dataclass(frozen=True)
class TradeCells:
    """Means a year of the actor's trade by (supplier, destination, good), each array (cells,).

    ``weighed`` are dollars that have a weight, ``kg`` kilograms; ``before`` and ``after`` the two windows.
    """

    supplier: Sequence[str]
    destination: Sequence[str]
    good: Sequence[str]
    before_usd: Array
    after_usd: Array
    before_weighed: Array
    after_weighed: Array
    before_kg: Array
    after_kg: Array

    def quantities(self) -> tuple[Array, Array]:
        """Return kilograms before and after, (cells,) each.

        Dollars without a weight count at the unit value of those of the same cell and window that have one. A cell with
        dollars and no weight at all in a window counts in neither: its quantity is not known.
        """
        found = []
        for usd, weighed, kg in (
            (self.before_usd, self.before_weighed, self.before_kg),
            (self.after_usd, self.after_weighed, self.after_kg),
        ):
            scaled = np.divide(kg * usd, weighed, out=np.zeros_like(usd), where=weighed > 0)
            found.append((scaled, (usd > 0) & (weighed <= 0)))
        unknown = found[0][1] | found[1][1]
        return np.where(unknown, 0.0, found[0][0]), np.where(unknown, 0.0, found[1][0])


def log_change(before: Array, after: Array) -> Array:
    """Return the log of after by before, (n,): infinite where nothing was before, minus infinite where nothing is after."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(after) - np.log(before), dtype=np.float64)


@dataclass(frozen=True)
class Changes:
    """Logarithmic changes of destinations, (J,) each, with what makes a change larger by chance.

    ``concentration`` is the Herfindahl index of a destination's trade over goods and suppliers before, ``volume`` that
    trade itself. A change is infinite where nothing was traded before, or after.
    """

    change: Array
    concentration: Array
    volume: Array


def rank_of_rise(own: tuple[float, float, float], others: Changes) -> int:
    """Count destinations that rose as much as the target, every change scaled by its own spread.

    ``own`` is the target's change, concentration and volume. Changes are taken from their median, which is what growth
    common to all destinations gives. Infinite changes are compared as they are. Median and spread are those of the
    target and the other destinations together: where the target is one of them by chance, each rank is then as likely
    as another, and the test keeps its level (Fisher 1935).
    """
    change = own[0]
    if not math.isfinite(change):
        return int((others.change >= change).sum())
    finite = np.isfinite(others.change)
    over = int((others.change[~finite] > 0).sum())
    every, concentration, volume = (
        np.append(column[finite], mine)
        for column, mine in zip((others.change, others.concentration, others.volume), own, strict=True)
    )
    scaled = scaled_by_spread(every - float(np.median(every)), concentration, volume)
    return over + int((scaled[:-1] >= scaled[-1]).sum())


def rise(cells: TradeCells, target: str, left_out: frozenset[str], *, moved: Sequence[str] = ()) -> RiseFacts | None:
    """Compare the list's total at the target with other destinations; ``None`` if nothing was traded with the target.

    ``left_out`` are destinations that cannot serve as placebos: the hubs, through which trade reaches the target.
    """
    places = np.array(cells.destination, dtype=object)
    here = places == target
    if not here.any() or not (cells.before_usd[here].sum() > 0 or cells.after_usd[here].sum() > 0):
        return None
    before_usd, after_usd = float(cells.before_usd[here].sum()), float(cells.after_usd[here].sum())
    shares = [
        float(weighed[here].sum()) / total
        for weighed, total in ((cells.before_weighed, before_usd), (cells.after_weighed, after_usd))
        if total > 0
    ]
    weighed_share = min(shares)
    kg_before, kg_after = cells.quantities()
    in_quantity = weighed_share >= WEIGHED and (kg_before[here].sum() > 0 or kg_after[here].sum() > 0)
    before, after = (kg_before, kg_after) if in_quantity else (cells.before_usd, cells.after_usd)
    names = sorted({name for name in cells.destination if name != target and name not in left_out})
    sums = {name: _change_at(before, after, places == name) for name in (*names, target)}
    known = [found for name in names if (found := sums[name]) is not None]
    others = Changes(*(np.array([found[at] for found in known], dtype=float) for at in range(3)))
    own = sums[target]
    as_large = p_value = None
    if own is not None and len(known) >= LEAST_DESTINATIONS:
        as_large = rank_of_rise(own, others)
        p_value = (1 + as_large) / (len(known) + 1)
    has_kg = in_quantity or weighed_share > 0
    return RiseFacts(
        baseline_usd=before_usd,
        after_usd=after_usd,
        baseline_kg=float(kg_before[here].sum()) if has_kg else None,
        after_kg=float(kg_after[here].sum()) if has_kg else None,
        weighed_share=weighed_share if has_kg else None,
        price_ratio=_price_ratio(cells, here, kg_before, kg_after),
        tested_in=QUANTITY if in_quantity else VALUE,
        destinations=len(known),
        as_large=as_large,
        p_value=p_value,
        moved=tuple(moved),
    )


def _change_at(before: Array, after: Array, here: Mask) -> tuple[float, float, float] | None:
    """Return a destination's log change, and the concentration and volume of its baseline; ``None`` without any trade."""
    total_before, total_after = float(before[here].sum()), float(after[here].sum())
    if total_before <= 0 and total_after <= 0:
        return None
    change = float(log_change(np.array([total_before]), np.array([total_after]))[0])
    base = before[here] if total_before > 0 else after[here]
    return change, float((base**2).sum() / base.sum() ** 2), float(base.sum())


def _price_ratio(cells: TradeCells, here: Mask, kg_before: Array, kg_after: Array) -> float | None:
    """Return how prices at the target moved: value after by the same quantities at the unit values before.

    A Paasche index over goods of each supplier with quantities in both windows; ``None`` without any.
    """
    both = here & (kg_before > 0) & (kg_after > 0)
    if not both.any():
        return None
    at_old_prices = cells.before_usd[both] / kg_before[both] * kg_after[both]
    total = float(at_old_prices.sum())
    return float(cells.after_usd[both].sum()) / total if total > 0 else None


def rise_verdict(facts: RiseFacts) -> Verdict:
    """Judge a rise: supported where a quantity rose more than at all but 2.5 % of other destinations.

    A rise of the value alone, with quantities unknown, is partly supported: prices may have risen. Without a rise, or
    with one that half of the other destinations had too, it is not supported; with fewer than 39 destinations, or
    between these, it is not testable.
    """
    in_quantity = facts.tested_in == QUANTITY
    before, after = (facts.baseline_kg, facts.after_kg) if in_quantity else (facts.baseline_usd, facts.after_usd)
    if facts.p_value is None or facts.breaks:
        return Verdict.NOT_TESTABLE
    if facts.p_value <= TAIL and (after or 0.0) > (before or 0.0):
        return Verdict.SUPPORTED if in_quantity else Verdict.PARTLY
    if (after or 0.0) <= (before or 0.0) or facts.p_value > 0.5:
        return Verdict.NOT_SUPPORTED
    return Verdict.NOT_TESTABLE
