"""Measure how each supplier's trade with the target responded to an enforcement step.

The response θ is the share by which a supplier's sanctioned trade fell, from the year before the step to the year
after, beyond what its trade elsewhere and ordinary goods at the target had led to expect.
Suppliers' responses are shrunk towards that of all together.

Method: docs/methods/levers.md. The triple difference of docs/methods/net-backfill.md with the enforcement
step as the event; spread between suppliers by Paule and Mandel (1982).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from stopgap.base.vocab import Frequency
from stopgap.measures.backfill.results import Interval
from stopgap.measures.levers.substitution import Z95, paule_mandel, significant_interval
from stopgap.measures.statistics.array_types import Array
from stopgap.measures.statistics.arrays import significant
from stopgap.measures.statistics.counterfactual import NetBackfill, NetEstimate
from stopgap.panel.episodes import add_months

LEAST_SUPPLIERS = 5  # suppliers with a response of their own that a spread between them needs
LEAST_MONTHS = 6  # between the first stop and the enforcement step
WIDEST = 1.0  # width of an interval beyond which it cannot tell no response from a full one

Months = tuple[str, str]


@dataclass(frozen=True)
class SupplierResponse:
    """Response of one supplier: ``share`` is θ as measured, signed; ``ci95`` its placebo interval.

    ``is_told`` is false if the interval is missing or wider than :data:`WIDEST`. ``weight`` is θ shrunk towards the
    response of all, within 0 and 1; ``error`` the standard error of that.
    """

    share: float | None
    ci95: Interval
    is_told: bool
    weight: float
    error: float


@dataclass(frozen=True)
class Responses:
    """Response to one enforcement step: of all suppliers outside the coalition, and of each.

    Attributes:
        date: Day of the step; ``None`` if none is known.
        before: First and last month before it.
        after: First and last month after it.
        share: θ of all suppliers together, signed; ``None`` if it cannot be had.
        is_used: Whether the ranking uses responses: the interval of ``share`` lies above 0 and is narrow enough.
        reason: Why ``share`` is missing or responses are not used.
        error: Standard error of ``share``, 0 without an interval.
    """

    date: str | None
    before: Months | None = None
    after: Months | None = None
    share: float | None = None
    ci95: Interval = None
    is_used: bool = False
    reason: str | None = None
    error: float = 0.0
    by_supplier: tuple[tuple[str, SupplierResponse], ...] = ()

    def weights(self, suppliers: tuple[str, ...]) -> tuple[Array, Array]:
        """Return the weight of each supplier in the ranking and its standard error, (suppliers,) each; 1 if not used."""
        if not self.is_used or self.share is None:
            return np.ones(len(suppliers)), np.zeros(len(suppliers))
        found = dict(self.by_supplier)
        pooled = min(max(self.share, 0.0), 1.0)
        pairs = [
            (found[name].weight, found[name].error) if name in found else (pooled, self.error) for name in suppliers
        ]
        weight, error = np.array(pairs, dtype=np.float64).T
        return weight, error


def response_windows(date: dt.date, frequency: Frequency, *, event: str) -> tuple[Months, Months] | None:
    """Return up to 12 months before a day, after the first stop, and 12 months after it; its own month left out.

    ``None`` with fewer than :data:`LEAST_MONTHS` months between. For annual figures a step in the last quarter belongs
    to the end of its year, one in the first quarter to its start; the year of any other is left out, and the year
    before must begin after the stop. ``event`` is the month of the first stop.
    """
    month = f"{date:%Y-%m}"
    if frequency is Frequency.ANNUAL:
        before = date.year if date.month >= 10 else date.year - 1
        after = date.year if date.month <= 3 else date.year + 1
        years = (f"{before}-01", f"{before}-12"), (f"{after}-01", f"{after}-12")
        return years if years[0][0] > event else None
    earlier = max(add_months(month, -12), add_months(event, 1)), add_months(month, -1)
    later = add_months(month, 1), add_months(month, 12)
    return (earlier, later) if add_months(earlier[0], LEAST_MONTHS - 1) <= earlier[1] else None


def responses(found: NetBackfill, *, date: str, before: Months, after: Months) -> Responses:
    """Return the responses that a triple difference around an enforcement step shows."""
    share, interval = _fall(found.total)
    own = {name: _fall(estimate) for name, estimate in found.by_supplier.items()}
    if share is None:
        return Responses(date, before, after, reason="no trade with a counterfactual around the date")
    reason = _unused(interval)
    error = 0.0 if interval is None else (interval[1] - interval[0]) / (2 * Z95)
    rows = _shrunk(own, share, error)
    return Responses(date, before, after, share, interval, reason is None, reason, error, rows)


def _unused(interval: Interval) -> str | None:
    if interval is None:
        return "the response of all suppliers has no interval: too few placebo destinations"
    if interval[1] - interval[0] > WIDEST:
        return "the interval of the response of all suppliers is wider than 1"
    if interval[0] <= 0:
        return "the response of all suppliers is not distinguishable from none"
    return None


def _fall(estimate: NetEstimate) -> tuple[float | None, Interval]:
    """Return the share by which continuing trade fell against its counterfactual, with its interval."""
    if estimate.expected_usd <= 0:
        return None, None
    share = significant(1 - estimate.observed_usd / estimate.expected_usd)
    low, high = estimate.ci95_usd
    if share is None or low is None or high is None:
        return share, None
    continuing = [estimate.observed_usd - (end - estimate.entrants_usd) for end in (low, high)]  # counterfactuals
    if min(continuing) <= 0:
        return share, None
    return share, significant_interval(*sorted(1 - estimate.observed_usd / end for end in continuing))


def _shrunk(
    own: dict[str, tuple[float | None, Interval]], whole: float, error: float
) -> tuple[tuple[str, SupplierResponse], ...]:
    """Return each supplier's response, drawn towards that of all by how sure it is."""
    names = sorted(own)
    told = {name: _is_told(own[name][1]) for name in names}
    sure = [name for name in names if told[name]]
    spread = 0.0
    deviations, variances = {}, {}
    for name in sure:
        share, interval = own[name]
        assert share is not None
        assert interval is not None
        deviations[name] = share - whole
        variances[name] = max(((interval[1] - interval[0]) / (2 * Z95)) ** 2, 1e-12)
    if len(sure) >= LEAST_SUPPLIERS:
        spread = paule_mandel(np.array([deviations[n] for n in sure]), np.array([variances[n] for n in sure]))
    rows = []
    for name in names:
        part = spread / (spread + variances[name]) if told[name] else 0.0
        weight = whole + part * deviations.get(name, 0.0)
        chance = spread if not told[name] else part * variances[name]
        rows.append(
            (
                name,
                SupplierResponse(
                    share=own[name][0],
                    ci95=own[name][1],
                    is_told=told[name],
                    weight=min(max(weight, 0.0), 1.0),
                    error=float(np.sqrt(chance + ((1 - part) * error) ** 2)),
                ),
            )
        )
    return tuple(rows)


def _is_told(interval: Interval) -> bool:
    return interval is not None and interval[1] - interval[0] <= WIDEST
