"""The part of a world's truth that only some kinds have: diversion, ordinary goods, moved codes, measures, levers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stopgap.simulate.names import LIST_REVISION
from stopgap.simulate.plan import Array, Mask, Plan, base_of, expected_level
from stopgap.simulate.planting import diverted_by
from stopgap.simulate.yearly import planned_loss, taken_by_enforcement, yearly_means

SOURCE = "simulated"


def truths_of_kind(plan: Plan, target: Array, reports: Mask) -> dict[str, Any]:
    """Return the fields that only worlds with these effects have; arguments as of ``truth_of``."""
    spec = plan.spec
    found: dict[str, Any] = {}
    if spec.diversion_ratio:
        found["diversion"] = _diversion(plan, reports)
    if spec.ordinary_stop_share:
        found["ordinary"] = _ordinary(plan, reports)
    if spec.changes_revision:
        found |= _moved(plan, target, reports)
    if plan.limits is not None:
        found["levers"] = _levers(plan, target, reports)
    return found


def measures_of(plan: Plan) -> list[dict[str, str]]:
    """Return the table of measures: one row per member and good on the list, with the first day on which it is in force.

    A measure that is half in force in a month starts in the middle of it; of a year, likewise.
    """
    names, rows = plan.names, []
    for member in plan.roles.members:
        for good in range(plan.spec.sanctioned_goods):
            start = int(plan.starts[member, good])
            day = names.periods[start]
            if not plan.spec.annual:
                day = day.replace(day=16)
            elif start == plan.spec.event:
                day = day.replace(month=7)
            else:
                day = dt.date(day.year + 1, 1, 1)
            rows.append(
                {
                    "member": names.economies[member],
                    "code": names.goods[good],
                    "from": day.isoformat(),
                    "until": "",
                    "source": SOURCE,
                }
            )
    return rows


def _diversion(plan: Plan, reports: Mask) -> dict[str, Any]:
    """Return dollars per year that members sold elsewhere instead, of the goods on the list."""
    spec = plan.spec
    sold = np.zeros((spec.economies, spec.sanctioned_goods, spec.periods))
    for member in plan.roles.members:
        sold[member] = diverted_by(plan, int(member))[:, plan.sanctioned].sum(axis=0)
    _, after, seen = yearly_means(plan, sold, reports)
    return {
        "planted_ratio": spec.diversion_ratio,
        "usd": float(after[seen].sum()),
        "members": [
            {"supplier": plan.names.economies[member], "usd": float(after[member].sum())}
            for member in plan.roles.members
            if seen[member]
        ],
    }


def _ordinary(plan: Plan, reports: Mask) -> dict[str, Any]:
    """Return which ordinary goods are half sanctioned, and dollars per year lost and backfilled in each."""
    spec = plan.spec
    goods = slice(spec.sanctioned_goods, spec.goods)
    _, backfill, seen = yearly_means(plan, plan.backfill[:, goods], reports)
    lost = planned_loss(plan, reports, seen, goods).sum(axis=0)
    stops = plan.cut[plan.roles.members[0], goods]
    return {
        "counterfactual_loss_usd": float(lost.sum()),
        "planted_usd": float(backfill.sum()),
        "goods": [
            {
                "good": plan.names.goods[goods.start + place],
                "stopped_share": float(stops[place]),
                "counterfactual_loss_usd": float(lost[place]),
                "planted_usd": float(backfill[:, place].sum()),
            }
            for place in np.flatnonzero(stops)
        ],
    }


def _moved(plan: Plan, target: Array, reports: Mask) -> dict[str, Any]:
    """Return the codes that moved and those that are new, and loss and backfill of the goods on the list that stayed."""
    spec, names = plan.spec, plan.names
    first = f"{names.periods[spec.revision_change]:%Y-%m}"
    return {
        "moved_codes": [
            {
                "good": names.goods[place],
                "from": first,
                "revision": LIST_REVISION,
                "lost_share": float(plan.moved[place]),
                "is_sanctioned": bool(place < spec.sanctioned_goods),
            }
            for place in np.flatnonzero(plan.moved)
        ],
        "new_codes": [
            {"good": good, "from": first, "revision": LIST_REVISION}
            for good in names.goods[spec.goods - spec.new_ordinary :]
        ],
        "without_moved_codes": amounts_of(plan, target, reports, np.flatnonzero(plan.moved[plan.sanctioned] == 0)),
    }


def amounts_of(plan: Plan, target: Array, reports: Mask, kept: NDArray[np.intp]) -> dict[str, Any]:
    """Return loss and backfill of some of the goods on the list (``kept``, indices), as ``truth_of`` has them of all."""
    listed, codes = plan.sanctioned, plan.names.economies
    before, later, seen = yearly_means(plan, target[:, listed], reports)
    members = [place for place in plan.roles.members if seen[place]]
    baseline = float(before[np.ix_(members, kept)].sum())
    after = float(later[np.ix_(members, kept)].sum())
    normal = np.zeros((plan.spec.economies, plan.spec.sanctioned_goods, plan.spec.periods))
    for member in members:
        normal[member] = expected_level(plan, int(member), base_of(plan, int(member)))[listed]
        normal[member] *= 1 - plan.cut[member, listed, None] * plan.force(int(member))[listed]
    mean_before, mean_after = (mean[:, kept].sum() for mean in yearly_means(plan, normal, reports)[:2])
    planned = float(planned_loss(plan, reports, seen, listed)[:, kept].sum())
    planted = plan.backfill[:, listed] - taken_by_enforcement(plan, target)[:, listed]
    planted[plan.roles.routers] += plan.from_hubs
    by_supplier = yearly_means(plan, planted, reports)[1][:, kept].sum(axis=1)
    total = float(by_supplier.sum())
    loss = baseline - after
    return {
        "goods": [plan.names.goods[place] for place in kept],
        "loss": {
            "baseline_usd": baseline,
            "after_usd": after,
            "loss_usd": loss,
            "expected_share": float(1 - mean_after / mean_before) if mean_before > 0 else None,
            "realised_share": loss / baseline if baseline > 0 else None,
            "counterfactual_loss_usd": planned,
        },
        "backfill": {
            "planted_usd": total,
            "net_ratio": total / loss if loss > 0 else None,
            "symmetric_ratio": total / planned if planned > 0 else None,
            "suppliers": [
                {"supplier": codes[place], "planted_usd": float(by_supplier[place])}
                for place in plan.roles.outside
                if seen[place]
            ],
        },
    }


def _levers(plan: Plan, target: Array, reports: Mask) -> dict[str, Any]:
    """Return the chokepoint as it stands in the rows of the after-window, the act of enforcement, and elasticities."""
    limits, spec, names = plan.limits, plan.spec, plan.names
    assert limits is not None
    _, inflow, _ = yearly_means(plan, target[:, plan.sanctioned], reports)
    pairs = inflow[plan.roles.outside]
    of_point = float(inflow[limits.supplier, limits.good])
    total = float(inflow[1:, limits.good].sum())
    others = [int(place) for place in plan.roles.outside if place != limits.supplier]
    exports = sum(base_of(plan, place).level[:, limits.good].sum() for place in others)
    _, taken, _ = yearly_means(plan, taken_by_enforcement(plan, target)[:, plan.sanctioned], reports)
    expected = expected_level(plan, limits.hub, base_of(plan, limits.hub))[plan.sanctioned]
    return {
        "chokepoint": {
            "supplier": names.economies[limits.supplier],
            "good": names.goods[limits.good],
            "inflow_usd": of_point,
            "share_of_inflow": of_point / total if total > 0 else None,
            "rank_by_value": int((pairs > of_point).sum()) + 1,
            "others_exports_usd": float(exports * (12 // spec.step)),
        },
        "enforcement": {
            "date": names.periods[spec.enforcement].isoformat(),
            "supplier": names.economies[limits.hub],
            "response": limits.response,
            "log_response": float(np.log1p(-limits.response)),
            "normal_sales_taken_usd": float(taken.sum()),
            "expected_usd": float(expected[:, plan.after].sum() / (spec.after_months / 12)),
        },
        "elasticities": {
            good: float(limits.elasticities[place]) for place, good in enumerate(names.goods[plan.sanctioned])
        },
    }
