"""Add the counterfactual and intervals to a finding."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from stopgap.measures.backfill.gross import FindingFigures
from stopgap.measures.backfill.results import (
    Counterfactual,
    DestinationExcess,
    DoubleDifference,
    GoodResult,
    Interval,
    SupplierResult,
)
from stopgap.measures.statistics.arrays import significant
from stopgap.measures.statistics.counterfactual import NetBackfill, NetEstimate
from stopgap.measures.statistics.placebo import LEAST_PLACEBOS


@dataclass(frozen=True)
class LossIntervals:
    """Intervals of loss shares: of the whole, by good and by group; and why the whole has none."""

    total: Interval
    reason: str | None
    by_good: Mapping[str, Interval]
    by_group: Mapping[str, Interval]


@dataclass(frozen=True)
class Concentrated:
    """Intervals of the Herfindahl index in each window."""

    before: Interval
    after: Interval


def with_inference(
    measured: FindingFigures,
    *,
    loss: LossIntervals,
    net: NetBackfill | None,
    reason: str | None,
    ordinary_goods: int,
    concentrated: Concentrated,
    q_values: Mapping[str, float] | None = None,
) -> tuple[FindingFigures, Counterfactual]:
    """The figures with net gains and intervals, and what the net figures rest on.

    Args:
        measured: Suspended trade and gross backfill.
        loss: Intervals of the loss.
        net: The counterfactual at the target; ``None`` with a ``reason``.
        reason: Why there is none.
        ordinary_goods: How many goods no list names.
        concentrated: Intervals of the concentration.
        q_values: Supplier -> adjusted significance, where tested.
    """
    suspended = replace(measured.suspended, ci95=_interval(loss.total))
    is_lost = suspended.loss_usd > 0 and (suspended.ci95 is None or suspended.ci95[0] > 0)
    backfill = measured.backfill
    if backfill.gross_ratio is not None:
        backfill = replace(backfill, defined=is_lost)
    if net is not None and is_lost and backfill.gross_ratio is not None:
        backfill = replace(
            backfill,
            net_ratio=significant(net.total.net_usd / suspended.loss_usd),
            net_ci95=_ratio_interval(net.total, suspended.loss_usd),
            placebo_rank=net.rank,
        )
    concentration = replace(
        measured.concentration, hhi_before_ci95=concentrated.before, hhi_after_ci95=concentrated.after
    )
    enriched = replace(
        measured,
        suspended=suspended,
        backfill=backfill,
        concentration=concentration,
        suppliers=tuple(_supplier(row, net, q_values or {}) for row in measured.suppliers),
        by_good=tuple(_good(row, loss.by_good, net.by_good if net else {}) for row in measured.by_good),
        by_group=tuple(_good(row, loss.by_group, net.by_group if net else {}) for row in measured.by_group),
    )
    return enriched, _counterfactual(net, reason, ordinary_goods, suspended.loss_usd if is_lost else None)


def _interval(interval: Interval) -> Interval:
    if interval is None:
        return None
    low, high = significant(interval[0]), significant(interval[1])
    return None if low is None or high is None else (low, high)


def _usd_interval(estimate: NetEstimate) -> Interval:
    low, high = significant(estimate.low_usd), significant(estimate.high_usd)
    return None if low is None or high is None else (low, high)


def _ratio_interval(estimate: NetEstimate, loss_usd: float) -> Interval:
    if estimate.low_usd is None or estimate.high_usd is None:
        return None
    return _interval((estimate.low_usd / loss_usd, estimate.high_usd / loss_usd))


def _supplier(row: SupplierResult, net: NetBackfill | None, q_values: Mapping[str, float]) -> SupplierResult:
    estimate = net.by_supplier.get(row.supplier) if net else None
    q_value = significant(q_values.get(row.supplier))
    if estimate is None:
        return replace(row, q_value=q_value)
    return replace(row, net_gain_usd=significant(estimate.net_usd), ci95=_usd_interval(estimate), q_value=q_value)


def _good(row: GoodResult, losses: Mapping[str, Interval], nets: Mapping[str, NetEstimate]) -> GoodResult:
    share = row.loss_usd / row.baseline_usd if row.baseline_usd > 0 else None
    row = replace(row, loss_share=share, loss_ci95=_interval(losses.get(row.good)))
    estimate = nets.get(row.good)
    if estimate is None:
        return row
    return replace(row, net_gain_usd=significant(estimate.net_usd), net_ci95=_usd_interval(estimate))


def _counterfactual(
    net: NetBackfill | None, reason: str | None, ordinary_goods: int, loss_usd: float | None
) -> Counterfactual:
    if net is None:
        return Counterfactual(None, reason, ordinary_goods=ordinary_goods)
    plain = net.double_difference
    beside = None
    if loss_usd is not None:
        beside = DoubleDifference(significant(plain.net_usd / loss_usd), _ratio_interval(plain, loss_usd))
    spread = net.spread
    tau, sigma = (significant(spread.level), significant(spread.slope)) if spread else (None, None)
    return Counterfactual(
        method="triple difference" if net.ordinary_excess is not None else "double difference",
        reason=reason,
        net_usd=significant(net.total.net_usd),
        observed_usd=significant(net.total.observed_usd),
        expected_usd=significant(net.total.expected_usd),
        entrants_usd=significant(net.total.entrants_usd),
        excess=significant(net.excess),
        ordinary_excess=significant(net.ordinary_excess),
        ordinary_band=significant(net.ordinary_half_width),
        ordinary_goods=ordinary_goods,
        double_difference=beside,
        placebo_targets=net.placebos,
        spread=None if tau is None or sigma is None else (tau, sigma),
        placebo_excess=_excesses(net),
    )


def _excesses(net: NetBackfill) -> tuple[DestinationExcess, ...]:
    rounded = [(name, significant(excess), significant(deviation)) for name, excess, deviation in net.excesses]
    return tuple(
        DestinationExcess(name, excess, deviation)
        for name, excess, deviation in rounded
        if excess is not None and deviation is not None
    )


def inference_warnings(
    measured: FindingFigures, counterfactual: Counterfactual, loss: LossIntervals, net: NetBackfill | None
) -> list[str]:
    """What limits the net figures and the intervals, in words."""
    found = []
    if loss.total is None and loss.reason:
        found.append(f"suspended trade has no interval: {loss.reason}")
    ci95 = measured.suspended.ci95
    if measured.suspended.loss_usd > 0 and ci95 is not None and ci95[0] <= 0:
        found.append(
            "the interval of the loss holds 0: backfill by loss is undefined, and the gross ratio is arithmetic"
        )
    if net is None or counterfactual.method is None:
        if counterfactual.reason:
            found.append(f"net backfill is not estimated: {counterfactual.reason}; gains are gross")
        return found
    if counterfactual.method == "double difference":
        found.append(
            "no ordinary goods are known at this level, so net figures take out suppliers' growth elsewhere alone "
            "(double difference): a turn of the target's whole demand is in them"
        )
    if net.total.low_usd is None:
        found.append(
            f"net figures have no interval: {len(net.placebos)} placebo destinations trade enough, needs {LEAST_PLACEBOS}"
            if len(net.placebos) < LEAST_PLACEBOS
            else "net figures have no interval: nothing was expected of suppliers with a baseline"
        )
    found += _gap(measured, counterfactual)
    if net.borrowed_growth:
        found.append(
            f"without trade elsewhere, so held against the growth of all suppliers: {', '.join(net.borrowed_growth)}"
        )
    left = [row.supplier for row in measured.suppliers if row.net_gain_usd is None]
    if left:
        found.append(f"without a counterfactual, and in no net figure: {', '.join(left)}")
    return found


def _gap(measured: FindingFigures, counterfactual: Counterfactual) -> list[str]:
    """Whether the double and the triple difference part, and what that can mean."""
    moved, band = counterfactual.ordinary_excess, counterfactual.ordinary_band
    beside, net, ci95 = (
        counterfactual.double_difference, measured.backfill.net_ratio, measured.backfill.net_ci95
    )  # fmt: skip
    found = []
    if moved is not None and band is not None and abs(moved) > band:
        found.append(
            f"ordinary goods at the target moved by {_factor(moved)} against growth elsewhere, beyond what placebo "
            f"destinations do: demand turned there, or ordinary goods were touched too"
        )
    if beside is None or beside.net_ratio is None or net is None or ci95 is None:
        return found
    if not ci95[0] <= beside.net_ratio <= ci95[1]:
        found.append(
            f"the double difference ({beside.net_ratio:.2f}) lies outside the interval of the net ratio "
            f"({ci95[0]:.2f} to {ci95[1]:.2f}): contaminated ordinary goods bias the net ratio, "
            "a turn of the target's demand biases the double difference; the figures cannot tell which"
        )
    return found


def _factor(log: float) -> str:
    return f"a factor of {math.exp(log):.2f}"
