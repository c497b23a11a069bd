"""Add the counterfactual and confidence intervals to a finding."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from stopgap.base.notes import Effect, Note
from stopgap.measures.backfill.gross import FindingFigures
from stopgap.measures.backfill.results import (
    ActorResult,
    Backfill,
    Counterfactual,
    DestinationExcess,
    DiversionResult,
    DoubleDifference,
    GoodResult,
    Interval,
    MemberResult,
    OneExcessResult,
    RankBounds,
    SupplierResult,
)
from stopgap.measures.statistics.arrays import significant, significant_interval
from stopgap.measures.statistics.counterfactual import NetBackfill, NetEstimate, OneExcess
from stopgap.measures.statistics.placebo import LEAST_PLACEBOS
from stopgap.measures.statistics.symmetric import CounterfactualLoss, RankInterval, SymmetricRatio
from stopgap.panel.silence import some_of

WIDE_SHARE = 0.25
"""Difference between two intervals, as a share of the first, from which both are shown."""


@dataclass(frozen=True)
class LossIntervals:
    """Intervals of loss shares, in total, by good and by group, and the reason if the total has none."""

    total: Interval
    reason: str | None
    by_good: Mapping[str, Interval]
    by_group: Mapping[str, Interval]


def with_inference(
    measured: FindingFigures,
    *,
    loss: LossIntervals,
    net: NetBackfill | None,
    reason: str | None,
    ordinary_goods: int,
    concentrated: tuple[Interval, Interval],
    q_values: Mapping[str, float] | None = None,
) -> tuple[FindingFigures, Counterfactual]:
    """Return the figures with net gains and intervals, and the counterfactual of the net figures.

    ``net`` is ``None`` with a ``reason``; ``ordinary_goods`` counts the goods on no list; ``concentrated`` are
    the intervals of the Herfindahl index in each window; ``q_values`` are those of the tested suppliers.
    """
    suspended = replace(measured.suspended, ci95=significant_interval(loss.total))
    is_lost = suspended.loss_usd > 0 and (suspended.ci95 is None or suspended.ci95[0] > 0)
    backfill = measured.backfill
    if backfill.gross_ratio is not None:
        backfill = replace(backfill, defined=is_lost)
    if net is not None and is_lost and backfill.gross_ratio is not None:
        backfill = replace(
            backfill,
            net_ratio=significant(net.total.net_usd / suspended.loss_usd),
            net_ci95=significant_interval(net.total.ci95_usd, by=suspended.loss_usd),
            net_ranks=_bounds(net.by_ranks, by=suspended.loss_usd),
            placebo_rank=net.rank,
        )
    lost = net.loss if net is not None else None
    if net is not None and lost is not None:
        suspended = replace(
            suspended,
            counterfactual_loss_usd=significant(lost.loss_usd),
            counterfactual_loss_ci95=significant_interval((lost.low_usd, lost.high_usd)),
        )
        backfill = _symmetric(backfill, net.symmetric)
    before, after = concentrated
    enriched = replace(
        measured,
        suspended=suspended,
        backfill=backfill,
        concentration=replace(measured.concentration, hhi_before_ci95=before, hhi_after_ci95=after),
        suppliers=tuple(_supplier(row, net, q_values or {}) for row in measured.suppliers),
        actors=tuple(_actor(row, net) for row in measured.actors),
        members=tuple(_member(row, lost) for row in measured.members),
        by_good=tuple(_good(row, loss.by_good, net.by_good if net else {}, lost) for row in measured.by_good),
        by_group=tuple(_good(row, loss.by_group, net.by_group if net else {}, None) for row in measured.by_group),
    )
    return enriched, _counterfactual(net, reason, ordinary_goods, suspended.loss_usd if is_lost else None)


def _supplier(row: SupplierResult, net: NetBackfill | None, q_values: Mapping[str, float]) -> SupplierResult:
    estimate = net.by_supplier.get(row.supplier) if net else None
    q_value = significant(q_values.get(row.supplier))
    if estimate is None:
        return replace(row, q_value=q_value)
    ci95 = significant_interval(estimate.ci95_usd)
    told = _is_told(ci95, row.baseline_usd, row.after_usd)
    return replace(row, net_gain_usd=significant(estimate.net_usd), ci95=ci95, q_value=q_value, is_told=told)


def _is_told(ci95: Interval, baseline_usd: float, after_usd: float) -> bool | None:
    """Whether an interval is no wider than the trade in the larger window; ``None`` without an interval."""
    return None if ci95 is None else ci95[1] - ci95[0] <= max(baseline_usd, after_usd)


def _actor(row: ActorResult, net: NetBackfill | None) -> ActorResult:
    estimate = net.by_actor.get(row.actor) if net else None
    if estimate is None:
        return row
    ci95 = significant_interval(estimate.ci95_usd)
    told = _is_told(ci95, row.baseline_usd, row.after_usd)
    return replace(row, net_gain_usd=significant(estimate.net_usd), ci95=ci95, is_told=told)


def _member(row: MemberResult, lost: CounterfactualLoss | None) -> MemberResult:
    dollars = None if lost is None else lost.by_member.get(row.supplier)
    return replace(row, counterfactual_loss_usd=significant(dollars))


def _symmetric(backfill: Backfill, found: SymmetricRatio | None) -> Backfill:
    if found is None:
        return backfill
    return replace(
        backfill,
        symmetric_ratio=significant(found.ratio),
        symmetric_ci95=significant_interval(found.ci95),
        symmetric_ranks=_bounds(found.by_ranks),
    )


def _bounds(found: RankInterval | None, *, by: float = 1.0) -> RankBounds | None:
    interval = None if found is None else significant_interval((found.low, found.high), by=by)
    level = significant(found.level) if found is not None else None
    return None if interval is None or level is None else RankBounds(interval[0], interval[1], level)


def _good(
    row: GoodResult, losses: Mapping[str, Interval], nets: Mapping[str, NetEstimate], lost: CounterfactualLoss | None
) -> GoodResult:
    share = row.loss_usd / row.baseline_usd if row.baseline_usd > 0 else None
    dollars = None if lost is None else lost.by_good.get(row.good)
    row = replace(
        row,
        loss_share=share,
        loss_ci95=significant_interval(losses.get(row.good)),
        counterfactual_loss_usd=significant(dollars),
    )
    estimate = nets.get(row.good)
    if estimate is None:
        return row
    return replace(row, net_gain_usd=significant(estimate.net_usd), net_ci95=significant_interval(estimate.ci95_usd))


def _counterfactual(
    net: NetBackfill | None, reason: str | None, ordinary_goods: int, loss_usd: float | None
) -> Counterfactual:
    if net is None:
        return Counterfactual(None, reason, ordinary_goods=ordinary_goods)
    plain = net.double_difference
    beside = None
    if loss_usd is not None:
        beside = DoubleDifference(
            significant(plain.net_usd / loss_usd), significant_interval(plain.ci95_usd, by=loss_usd)
        )
    lost = net.loss
    excesses = [(name, significant(excess), significant(deviation)) for name, excess, deviation in net.excesses]
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
        ordinary_method=None if net.ordinary_excess is None else "dose response" if net.dose else "one excess",
        ordinary_filled_share=significant(net.dose.filled_share) if net.dose else None,
        one_excess=_one_excess(net.single, loss_usd),
        double_difference=beside,
        loss_expected_usd=significant(lost.expected_usd) if lost else None,
        diversion=_diversion(lost),
        error_correlation=significant(net.symmetric.correlation) if net.symmetric else None,
        placebo_targets=net.placebos,
        spread=significant_interval((net.spread.level, net.spread.slope)) if net.spread else None,
        placebo_excess=tuple(
            DestinationExcess(name, excess, deviation)
            for name, excess, deviation in excesses
            if excess is not None and deviation is not None
        ),
    )


def _one_excess(single: OneExcess | None, loss_usd: float | None) -> OneExcessResult | None:
    if single is None:
        return None
    ratio = single.symmetric
    return OneExcessResult(
        significant(single.excess),
        None if loss_usd is None else significant(single.total.net_usd / loss_usd),
        None if loss_usd is None else significant_interval(single.total.ci95_usd, by=loss_usd),
        significant(ratio.ratio) if ratio else None,
        significant_interval(ratio.ci95) if ratio else None,
    )


def _diversion(lost: CounterfactualLoss | None) -> DiversionResult | None:
    if lost is None:
        return None
    share, estimate, error = (
        significant(value) or 0.0 for value in (lost.diversion.share, lost.diversion.estimate, lost.diversion.error)
    )
    return DiversionResult(share, estimate, error, lost.diversion.cells)


def inference_warnings(
    measured: FindingFigures, counterfactual: Counterfactual, loss: LossIntervals, net: NetBackfill | None
) -> list[str]:
    """Return warnings about the limits of the net figures and the intervals."""
    found: list[str] = []
    if loss.total is None and loss.reason:
        found.append(Note(f"the loss has no interval: {loss.reason}", Effect.NO_INTERVAL))
    ci95 = measured.suspended.ci95
    if measured.suspended.loss_usd > 0 and ci95 is not None and ci95[0] <= 0:
        found.append(
            Note(
                "the interval of the loss includes 0: backfill by loss is undefined, and the gross ratio is arithmetic",
                Effect.CANNOT_TELL,
                short="the interval of the loss includes 0: these figures cannot tell a loss from none",
            )
        )
    if net is None or counterfactual.method is None:
        if counterfactual.reason:
            text = f"net backfill is not estimated: {counterfactual.reason}; gains are gross"
            found.append(Note(text, Effect.CANNOT_TELL))
        return found
    found += _none_told(measured)
    if counterfactual.method == "double difference":
        found.append(
            Note(
                "no ordinary goods are known at this level, so net figures take out suppliers' growth elsewhere alone "
                "(double difference): a turn of the target's whole demand is in them",
                Effect.MODEL,
                short="no ordinary goods are known here, so a turn of the target's whole demand is in the net figures",
            )
        )
    if net.total.low_usd is None:
        text = (
            f"net figures have no interval: {len(net.placebos)} placebo destinations trade enough, needs {LEAST_PLACEBOS}"
            if len(net.placebos) < LEAST_PLACEBOS
            else "net figures have no interval: nothing was expected of suppliers with a baseline"
        )
        found.append(Note(text, Effect.NO_INTERVAL))
    found += _gap(measured, counterfactual)
    found += _symmetric_limits(measured, net)
    if counterfactual.screened_hubs:
        found.append(
            Note(
                "found to be hubs by rule (excess sales to the target that excess purchases cover), and left out of growth "
                f"elsewhere like the episode's: {', '.join(counterfactual.screened_hubs)}",
                Effect.MODEL,
                short=f"found to be hubs by rule, and left out of growth elsewhere: {some_of(counterfactual.screened_hubs, 8)}",
            )
        )
    if net.borrowed_growth:
        text = "without trade elsewhere, so held against the growth of all suppliers"
        found.append(
            Note(
                f"{text}: {', '.join(net.borrowed_growth)}",
                Effect.MODEL,
                share=_gain_share(measured, net.borrowed_growth),
                short=f"{text}: {some_of(net.borrowed_growth, 8)}",
            )
        )
    left = [row.supplier for row in measured.suppliers if row.net_gain_usd is None]
    if left:
        text = "without a counterfactual, and in no net figure"
        found.append(
            Note(
                f"{text}: {', '.join(left)}",
                Effect.MISSING,
                share=_gain_share(measured, left),
                short=f"{text}: {some_of(left, 8)}",
            )
        )
    return found


def _none_told(measured: FindingFigures) -> list[Note]:
    """Return the note that net backfill is not told from none, where the interval of its leading ratio includes 0."""
    backfill = measured.backfill
    ci95 = backfill.symmetric_ci95 if backfill.symmetric_ratio is not None else backfill.net_ci95
    if ci95 is None or not ci95[0] <= 0 <= ci95[1]:
        return []
    text = f"the interval of net backfill includes 0 ({ci95[0]:.1%} to {ci95[1]:.1%})"
    return [Note(f"{text}: these figures cannot tell net backfill from none", Effect.CANNOT_TELL)]


def _gain_share(measured: FindingFigures, names: Collection[str]) -> float | None:
    """Return how much of the loss the gains and falls of some suppliers are; ``None`` without a loss."""
    loss = measured.suspended.loss_usd
    moved = sum(abs(row.gain_usd) for row in measured.suppliers if row.supplier in names)
    return moved / loss if loss > 0 else None


def _symmetric_limits(measured: FindingFigures, net: NetBackfill) -> list[str]:
    """Return warnings about the symmetric ratio, intervals by ranks, and suppliers that cannot be told."""
    found: list[str] = []
    lost, backfill = net.loss, measured.backfill
    if lost is None:
        found.append(
            Note(
                "no member has trade elsewhere, so there is no counterfactual loss and no symmetric ratio "
                "(import members' exports to all partners)",
                Effect.CANNOT_TELL,
            )
        )
    elif not lost.is_lost:
        text = "the counterfactual loss is not above 0 by its interval: the symmetric ratio is undefined"
        found.append(Note(text, Effect.CANNOT_TELL))
    elif lost.low_usd is None:
        text = "the counterfactual loss and the symmetric ratio have no interval: too few placebo destinations"
        found.append(Note(text, Effect.NO_INTERVAL))
    if lost is not None and lost.borrowed_growth:
        named = ", ".join(lost.borrowed_growth)
        text = f"members without trade elsewhere, so held against the growth of all members: {named}"
        found.append(Note(text, Effect.MODEL))
    pairs = (
        ("symmetric ratio", backfill.symmetric_ci95, backfill.symmetric_ranks),
        ("net ratio", backfill.net_ci95, backfill.net_ranks),
    )
    for name, ci95, ranks in pairs:
        if ci95 is None or ranks is None:
            continue
        widest = max(abs(ranks.low - ci95[0]), abs(ranks.high - ci95[1]))
        if widest > WIDE_SHARE * (ci95[1] - ci95[0]):
            found.append(
                Note(
                    f"the interval of the {name} that inverts the placebo rank test differs by more than a quarter: "
                    f"{ranks.low:.1%} to {ranks.high:.1%} at {ranks.level:.0%}",
                    Effect.MODEL,
                    short=f"by ranks of placebos the interval of the {name} is {ranks.low:.1%} to {ranks.high:.1%} at {ranks.level:.0%}",
                )
            )
    if untold := [row.supplier for row in measured.suppliers if row.is_told is False]:
        found.append(
            Note(
                f"net gains that cannot be told, as their intervals are wider than the trade: {some_of(untold)}",
                Effect.CANNOT_TELL,
                short=f"the net gain cannot be told for {some_of(untold, 3)}",
            )
        )
    return found


def _gap(measured: FindingFigures, counterfactual: Counterfactual) -> list[str]:
    """Return a note if the double and the triple difference diverge, with the possible reasons."""
    moved, band = counterfactual.ordinary_excess, counterfactual.ordinary_band
    beside, net, ci95 = (
        counterfactual.double_difference, measured.backfill.net_ratio, measured.backfill.net_ci95
    )  # fmt: skip
    found: list[str] = []
    if moved is not None and band is not None and abs(moved) > band:
        found.append(
            Note(
                f"ordinary goods at the target moved by a factor of {math.exp(moved):.2f} against growth elsewhere, beyond "
                f"what placebo destinations do: demand turned there, or ordinary goods were touched too",
                Effect.MODEL,
                short=f"ordinary goods at the target moved by a factor of {math.exp(moved):.2f}, beyond placebos: demand turned, "
                "or they were touched too",
            )
        )
    if beside is None or beside.net_ratio is None or net is None or ci95 is None:
        return found
    if not ci95[0] <= beside.net_ratio <= ci95[1]:
        found.append(
            Note(
                f"the double difference ({beside.net_ratio:.2f}) lies outside the interval of the net ratio "
                f"({ci95[0]:.2f} to {ci95[1]:.2f}): contaminated ordinary goods bias the net ratio, "
                "a turn of the target's demand biases the double difference; the figures cannot tell which",
                Effect.MODEL,
                share=abs(beside.net_ratio - net) / max(abs(net), 0.01),
                short=f"the double difference ({beside.net_ratio:.2f}) lies outside the interval of the net ratio "
                f"({ci95[0]:.2f} to {ci95[1]:.2f}): the figures cannot tell which is biased",
            )
        )
    return found
