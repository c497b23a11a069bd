"""Format findings as tables and lines of text."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from stopgap.base.errors import UsageError
from stopgap.base.intervals import end_names, with_ends
from stopgap.base.money import usd, usd_range
from stopgap.base.notes import Summary
from stopgap.base.vocab import EpisodeRole
from stopgap.measures.backfill.results import (
    ActorResult,
    DestinationExcess,
    Finding,
    GoodResult,
    InForce,
    Interval,
    LossPart,
    MemberResult,
    SupplierResult,
)
from stopgap.panel.measured_words import codes_words, covered_words, level_words, measured_lines

_ARROW = {"str": pa.string(), "float": pa.float64(), "bool": pa.bool_(), "int": pa.int64()}


def records_table(rows: tuple[Any, ...], of: type) -> pa.Table:
    """Convert frozen dataclasses to a table, one column per field; an interval is two, ``_low`` and ``_high``."""
    kinds = {name: str(kind).split(" ")[0] for name, kind in of.__annotations__.items()}
    intervals = {name for name, kind in kinds.items() if kind == "Interval"}
    columns = [
        (column, pa.float64() if name in intervals else _ARROW[kind])
        for name, kind in kinds.items()
        for column in (end_names(name) if name in intervals else (name,))
    ]
    return pa.Table.from_pylist([with_ends(asdict(row), intervals) for row in rows], schema=pa.schema(columns))


def suppliers_table(finding: Finding) -> pa.Table:
    """Return one row per supplier outside the coalition, largest gain first; fields of :class:`SupplierResult`."""
    return records_table(finding.suppliers, SupplierResult)


def members_table(finding: Finding) -> pa.Table:
    """Return one row per member of the coalition, largest fall first; fields of :class:`MemberResult`."""
    return records_table(finding.members, MemberResult)


def placebos_table(finding: Finding) -> pa.Table:
    """Return one row per placebo destination and the target, by rank; fields of :class:`DestinationExcess`."""
    return records_table(finding.counterfactual.placebo_excess, DestinationExcess)


def goods_table(finding: Finding) -> pa.Table:
    """Return one row per good, largest loss first; fields of :class:`GoodResult`."""
    return records_table(finding.by_good, GoodResult)


def finding_table(finding: Finding, *, by: str) -> pa.Table:
    """Return the finding's table by supplier, good or group (:class:`GoodResult` for both).

    Raises:
        UsageError: ``by`` is anything else.
    """
    records = {
        "supplier": (finding.suppliers, SupplierResult),
        "good": (finding.by_good, GoodResult),
        "group": (finding.by_group, GoodResult),
    }
    if by not in records:
        raise UsageError(f"no table by {by!r}", where="--by", fix=f"use {', '.join(records)}")
    table = records_table(*records[by])
    if by == "supplier":  # in words, for readers: an interval wider than the trade is no number
        table = table.append_column("net_gain", pa.array([net_words(row) for row in finding.suppliers], pa.string()))
    return table


def _share(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.1%}"


def _interval(interval: Interval) -> str:
    return "no interval" if interval is None else f"95% interval {interval[0]:.1%} to {interval[1]:.1%}"


def symmetric_words(finding: Finding) -> str:
    """Return the symmetric ratio with its interval, or why there is none."""
    backfill = finding.backfill
    if backfill.symmetric_ratio is not None:
        return f"{_share(backfill.symmetric_ratio)} of the counterfactual loss ({_interval(backfill.symmetric_ci95)})"
    if finding.suspended.counterfactual_loss_usd is not None:
        return "undefined: the counterfactual loss is not above 0"
    return "not estimated"


def net_state(finding: Finding) -> str | None:
    """Return a short reason for a missing net ratio (``undefined`` or ``not estimated``); ``None`` if there is one."""
    if finding.backfill.net_ratio is not None:
        return None
    if not finding.backfill.defined:
        return "undefined"
    return "not estimated"


def _net(finding: Finding) -> str:
    backfill = finding.backfill
    state = net_state(finding)
    if state is not None:
        return f"net {state}"
    rank = backfill.placebo_rank
    return (
        f"net {_share(backfill.net_ratio)} ({_interval(backfill.net_ci95)}"
        + (f", placebo rank {rank[0]} of {rank[1]}" if rank else ", no placebo rank")
        + ")"
    )


def _dollars(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.0f}"


def counterfactual_lines(finding: Finding) -> list[str]:
    """Return text lines on the counterfactual of the net figures; empty if there is none."""
    found = finding.counterfactual
    if found.method is None:
        return []
    lines = [
        f"net gain: {found.method}; observed USD {_dollars(found.observed_usd)} - expected "
        f"{_dollars(found.expected_usd)} + entrants {_dollars(found.entrants_usd)} = "
        f"{_dollars(found.net_usd)} a year; {len(found.placebo_targets)} placebo destinations"
    ]
    lines += _loss_lines(finding)
    if found.ordinary_excess is not None:
        band = "no band" if found.ordinary_band is None else (
            f"95% band of placebos {math.exp(-found.ordinary_band):.2f} to {math.exp(found.ordinary_band):.2f}"
        )  # fmt: skip
        beside = found.double_difference
        lines.append(
            f"{found.ordinary_goods} ordinary goods moved by a factor of {math.exp(found.ordinary_excess):.2f} "
            f"against growth elsewhere ({band}, {found.ordinary_method or 'one excess'}); double difference, without them: "
            + ("undefined" if beside is None else f"{_share(beside.net_ratio)} ({_interval(beside.net_ci95)})")
        )
    if found.one_excess is not None and found.one_excess.ordinary_excess is not None:
        one = found.one_excess
        lines.append(
            f"with one excess of all ordinary goods (a factor of {math.exp(found.one_excess.ordinary_excess):.2f}): "
            f"net {_share(one.net_ratio)}, {_share(one.symmetric_ratio)} of the counterfactual loss "
            f"({_interval(one.symmetric_ci95)})"
        )
    return lines


def _loss_lines(finding: Finding) -> list[str]:
    """Return a line on the counterfactual loss, and one on actors."""
    found, suspended = finding.counterfactual, finding.suspended
    lines = []
    if suspended.counterfactual_loss_usd is not None and found.loss_expected_usd is not None:
        ci95 = suspended.counterfactual_loss_ci95
        words = "no interval" if ci95 is None else f"95% interval {ci95[0]:,.0f} to {ci95[1]:,.0f}"
        line = (
            f"counterfactual loss: USD {suspended.counterfactual_loss_usd:,.0f} a year ({words}) = expected "
            f"{found.loss_expected_usd:,.0f} - sold {found.loss_expected_usd - suspended.counterfactual_loss_usd:,.0f}"
        )
        if found.diversion is not None and found.diversion.cells:
            line += f"; {found.diversion.share:.0%} of what was set free was sold elsewhere (standard error {found.diversion.error:.0%})"
        lines.append(line)
    lines += [
        f"{actor.actor} ({', '.join(actor.suppliers)}): {_share(actor.baseline_share_of_inflow)} to "
        f"{_share(actor.after_share_of_inflow)} of the inflow; gain USD {actor.gain_usd:,.0f}, net {net_words(actor)}"
        for actor in finding.actors
    ]
    return lines


def net_words(row: ActorResult | SupplierResult) -> str:
    """Return a supplier's or actor's net gain in words; "cannot be told" if its interval is wider than its trade."""
    if row.net_gain_usd is None:
        return "not estimated"
    return "cannot be told" if row.is_told is False else f"{row.net_gain_usd:,.0f}"


def full_list_lines(finding: Finding) -> list[str]:
    """Return a line on the figures with every code of the list; empty where none is left out."""
    full = finding.full_list
    if full is None:
        return []
    left_out = sum(not row.is_ordinary for row in finding.coverage.unstable_codes)
    return [
        f"full list, {left_out} codes more: suspended {_share(full.loss_share)} "
        f"({usd_range(full.baseline_usd, full.after_usd)} a year), gross backfill {_share(full.gross_ratio)} of the loss"
    ]


def measures_lines(finding: Finding) -> list[str]:
    """Return text lines on the loss by goods under a measure and goods not; empty without a table of measures."""
    split = finding.measures
    if split is None or split.under_measure is None:
        return []
    under = split.under_measure
    lines = [f"under a measure, {split.goods_under} goods: {_part(under)}" + _while_in_force(under)]
    if split.in_part is not None and (split.in_part.baseline_usd or split.in_part.after_usd):
        lines.append(f"of which in goods that the measures cover in part: {_part(split.in_part)}")
    other = split.not_under_measure
    if other is not None and (other.baseline_usd or other.after_usd):
        lines.append(f"trade lost in goods under no measure of these members: {_part(other)}")
    if split.no_table is not None and split.no_table_members:
        lines.append(
            f"trade lost by members without a table of measures: {_part(split.no_table)}"
            + _while_in_force(split.no_table)
        )
    return lines


def regime_lines(finding: Finding) -> list[str]:
    """Return one line per part of the after-window that was measured apart."""
    lines = []
    for each in finding.regimes:
        if each.suspended is None or each.backfill is None:
            lines.append(f"{each.first} to {each.last}: not measured: {each.reason}")
            continue
        lines.append(
            f"{each.first} to {each.last}: {each.loss_kind} {_share(each.suspended.loss_share)} "
            f"({usd_range(each.suspended.baseline_usd, each.suspended.after_usd)} a year), gross backfill "
            f"{_share(each.backfill.gross_ratio)}, net {_share(each.backfill.net_ratio)} of the loss"
        )
    return lines


def _part(part: LossPart | InForce) -> str:
    return f"{usd(part.loss_usd)} a year, {_share(part.loss_share)} of {usd(part.baseline_usd)}"


def _while_in_force(part: LossPart) -> str:
    return (
        "" if part.in_force is None else f"; while in force (from {part.in_force.from_first}): {_part(part.in_force)}"
    )


def summary_lines(finding: Finding) -> list[str]:
    """Return the finding as lines of text, the headline first; every figure with its denominator."""
    return finding_summary(finding).lines()


def finding_summary(finding: Finding) -> Summary:
    """Return the finding in lines of text: headline and gross ratio, what was measured, and what limits it."""
    suspended, identity, coverage = finding.suspended, finding.identity, finding.coverage
    lost, filled = str(finding.loss_kind), "backfill"
    if finding.role == EpisodeRole.SUPPLIERS_TO_COALITION:
        lost, filled = f"imports from {finding.target} fell by", "substitution by other suppliers"
    codes = codes_words(coverage.goods_found, coverage.goods_listed)
    return Summary(
        title=f"{finding.episode}, {finding.goods}: {lost} {_share(suspended.loss_share)} "
        f"({usd_range(suspended.baseline_usd, suspended.after_usd)} a year; {_interval(suspended.ci95)}), "
        f"net {filled} {symmetric_words(finding)}",
        answers=(
            f"relative to the baseline: gross {filled} {_share(finding.backfill.gross_ratio)} of the loss, {_net(finding)}",
            *regime_lines(finding),
        ),
        measured=measured_lines(
            finding,
            f"{level_words(coverage.level, coverage.revision)}, {codes}",
            covered_words(coverage.share_of_baseline_reported),
            report=f"{finding.report}'s report",
        ),
        details=(
            f"loss of goods that fell: USD {identity.loss_usd:,.0f} = same good {identity.filled_same_good_usd:,.0f} "
            f"+ same heading {identity.filled_same_heading_usd:,.0f} + unfilled {identity.unfilled_usd:,.0f}; "
            f"overfill {identity.overfill_usd:,.0f}",
            *full_list_lines(finding),
            *measures_lines(finding),
            *counterfactual_lines(finding),
            *(finding.real.lines() if finding.real else ()),
            f"sources: {', '.join(coverage.sources)}",
            f"finding {finding.finding_id}",
        ),
        notes=finding.warnings,
    )
