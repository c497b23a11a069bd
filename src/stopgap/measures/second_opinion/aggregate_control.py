"""Fit the synthetic control of the target's aggregate sanctioned trade with suppliers outside the coalition."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from stopgap.measures.second_opinion.estimates import Loss
from stopgap.measures.second_opinion.period_flows import PeriodFlows
from stopgap.measures.second_opinion.results import SyntheticPath, SyntheticSummary
from stopgap.measures.statistics.arrays import significant
from stopgap.measures.statistics.separation import Bools, Floats
from stopgap.measures.statistics.synthetic_control import MIN_BEFORE, SyntheticControl, synthetic_control

LEAST_WEIGHT = 0.01
"""Smallest weight of a destination that is listed."""

LEAST_COVERED = 0.9
"""Smallest share of the target's sanctioned trade that the series must cover for a share of the loss."""


def aggregate_control(flows: PeriodFlows, target: str, loss: Loss, allowed: Collection[int] | None) -> SyntheticSummary:
    """Fit the target's series as a mixture of other destinations, using suppliers that reported every period."""
    before, after = flows.in_part("baseline"), flows.in_part("after")
    used = before | after
    if target not in flows.destinations:
        return _none("no supplier outside the coalition sold the target anything")
    if before.sum() < MIN_BEFORE:
        return _none(f"{int(before.sum())} periods before the event, needs {MIN_BEFORE}")
    whole = np.asarray(flows.reported[:, used].all(axis=1))
    if not whole.any():
        return _none("no supplier reported every period of both windows")
    at = flows.destinations.index(target)
    listed = flows.is_sanctioned[flows.good]
    dollars = _by_destination(flows, whole[flows.supplier] & listed, used)
    count = int(before.sum())
    others = (dollars[:, :count].sum(axis=1) > 0) & (np.arange(len(dollars)) != at)
    if allowed is not None:
        others &= np.isin(np.arange(len(dollars)), list(allowed))
    donors = np.flatnonzero(others)
    if not donors.size or not dollars[at, :count].any():
        return _none("no trade of these suppliers in these goods before the event, at the target or elsewhere")
    names = [flows.destinations[place] for place in donors]
    days = [day for day, taken_day in zip(flows.periods, used, strict=True) if taken_day]
    covered = float(dollars[at].sum() / flows.sums(used)[listed & (flows.destination == at)].sum())
    made = synthetic_control(dollars[at], dollars[donors], count)
    return _summary(made, names, [f"{day:%Y-%m}" for day in days], flows.periods_per_year, loss, covered)


def _by_destination(flows: PeriodFlows, cells: Bools, used: Bools) -> Floats:
    """Return the dollars of some cells (c,), by destination and used period."""
    found = np.zeros((len(flows.destinations), int(used.sum())))
    for column, period in enumerate(np.flatnonzero(used)):
        rows = slice(flows.starts[period], flows.starts[period + 1])
        cell = flows.cell[rows]
        dollars = np.where(cells[cell], flows.value_usd[rows], 0.0)
        found[:, column] = np.bincount(flows.destination[cell], weights=dollars, minlength=len(found))
    return found


def _none(reason: str) -> SyntheticSummary:
    return SyntheticSummary(None, None, None, None, 0, None, {}, (), reason)


def _summary(
    made: SyntheticControl, names: list[str], days: list[str], periods_per_year: int, loss: Loss, covered: float
) -> SyntheticSummary:
    if made.reasons[0] is not None:
        return _none(made.reasons[0])
    net = significant(float(made.mean_effect[0]) * periods_per_year)
    level = float(made.treated[0, : made.n_pre].mean())
    order = np.argsort(-made.weights[0], kind="stable")
    named = ((names[place], made.weights[0, place]) for place in order)
    weights = {name: float(round(weight, 6)) for name, weight in named if weight >= LEAST_WEIGHT}
    ranked = int(made.ranked[0])
    enough = covered >= LEAST_COVERED
    short = "" if enough else f"suppliers without a gap hold {covered:.0%} of the trade, needs {LEAST_COVERED:.0%}"
    path = tuple(
        SyntheticPath(day, significant(row["treated"]), significant(row["synthetic"]))
        for day, row in zip(days, made.path(0), strict=True)
    )
    return SyntheticSummary(
        net_usd=net,
        net_ratio=significant(net / loss.loss_usd) if net is not None and loss.loss_usd and enough else None,
        placebo_rank=(int(made.rank[0]), ranked) if ranked else None,
        fit_share=significant(float(made.rmspe_pre[0]) / level) if level > 0 else None,
        donors=int(made.donors[0]),
        covered_share=significant(covered),
        weights=weights,
        path=path,
        reason="; ".join(filter(None, (loss.reason, short, *made.warnings))),
    )
