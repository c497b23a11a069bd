"""The results that a measure should find in a simulated world: the planted amounts, as contained in its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stopgap.simulate.plan import Array, Mask, Plan, base_of, expected_level
from stopgap.simulate.planting import LAG_SHARES
from stopgap.simulate.spec import VERSION
from stopgap.simulate.truth_of_kinds import measures_of, truths_of_kind
from stopgap.simulate.yearly import loss_while_in_force, planned_loss, taken_by_enforcement, yearly_means


def truth_of(plan: Plan, target: Array, alert_usd: Array, reports: Mask) -> dict[str, Any]:
    """Return the content of ``truth.json``; docs/reference/simulate.md describes each field.

    ``target`` are exports to the target as written in the rows, (i, k, t), ``alert_usd`` the dollars that planted
    jumps and rises added to them, ``reports`` the periods in which a supplier has rows, (i, t). Dollars per year are
    means over the periods that a supplier reported, as a measure computes them.
    """
    spec, goods = plan.spec, plan.sanctioned
    before, later, seen = yearly_means(plan, target[:, goods], reports)
    planted = plan.backfill[:, goods] - taken_by_enforcement(plan, target)[:, goods]
    own = yearly_means(plan, planted, reports)[1].sum(axis=1)
    routed = np.zeros(spec.economies)
    if len(plan.roles.routers):
        passed_on = np.zeros_like(planted)
        passed_on[plan.roles.routers] = plan.from_hubs
        routed = yearly_means(plan, passed_on, reports)[1].sum(axis=1)
    loss = _loss(plan, before, later, seen, reports)
    usable = loss["loss_usd"] if loss["loss_usd"] and loss["loss_usd"] > 0 else None
    total = float(own.sum() + routed.sum())
    counterfactual = loss["counterfactual_loss_usd"]
    codes = plan.names.economies
    return {
        "version": VERSION,
        "spec": {name: getattr(spec, name) for name in spec.__dataclass_fields__},
        "episode": _episode(plan),
        "loss": loss,
        "backfill": {
            "planted_usd": total,
            "net_ratio": total / usable if usable else None,
            "symmetric_ratio": total / counterfactual if counterfactual > 0 else None,
            "own_usd": float(own.sum()),
            "through_hubs_usd": float(routed.sum()),
            "unseen_usd": _unseen(plan, reports & seen[:, None]),
            "suppliers": [
                {
                    "supplier": codes[place],
                    "planted_usd": float(own[place] + routed[place]),
                    "own_usd": float(own[place]),
                    "through_hub_usd": float(routed[place]),
                    "baseline_usd": float(before[place].sum()),
                    "after_usd": float(later[place].sum()),
                    "is_entrant": bool(place in plan.roles.entrants),
                    "is_hub": bool(place in plan.roles.hubs),
                }
                for place in plan.roles.outside
                if seen[place]
            ],
        },
        "routing": _routing(plan, usable),
        "prices": _prices(plan, before, later, seen),
        "alerts": [
            {
                "supplier": codes[alert.supplier],
                "destination": codes[0],
                "good": plan.names.goods[alert.good],
                "month": f"{plan.names.periods[alert.period]:%Y-%m}",
                "kind": alert.kind,
                "factor": alert.factor,
                "added_usd": float(np.round(alert_usd[alert.supplier, alert.good].sum(), 2)),
                "is_reported": bool(reports[alert.supplier, alert.period]),
            }
            for alert in plan.alerts
        ],
        "reporting": _reporting(plan, reports),
        **truths_of_kind(plan, target, reports),
    }


def _loss(plan: Plan, before: Array, later: Array, seen: Mask, reports: Mask) -> dict[str, Any]:
    """Return the coalition's loss: planted, realised in the rows, and expected over monthly shocks and noise."""
    members = [int(place) for place in plan.roles.members if seen[place]]
    baseline, after = float(before[members].sum()), float(later[members].sum())
    expected = np.zeros((plan.spec.economies, plan.spec.sanctioned_goods, plan.spec.periods))
    for member in members:
        mean = expected_level(plan, member, base_of(plan, member))[plan.sanctioned]
        expected[member] = mean * (1 - plan.cut[member, plan.sanctioned, None] * plan.force(member)[plan.sanctioned])
    mean_before, mean_after, _ = yearly_means(plan, expected, reports)
    mean_baseline = float(mean_before[members].sum())
    return {
        "planted_share": plan.spec.loss_share,
        "expected_share": 1 - float(mean_after[members].sum()) / mean_baseline if mean_baseline > 0 else None,
        "realised_share": 1 - after / baseline if baseline > 0 else None,
        "baseline_usd": baseline,
        "after_usd": after,
        "loss_usd": baseline - after,
        "counterfactual_loss_usd": float(planned_loss(plan, reports, seen, plan.sanctioned).sum()),
        **({"while_in_force_usd": loss_while_in_force(plan, reports)} if plan.spec.waves > 1 else {}),
        "members": [
            {
                "supplier": plan.names.economies[place],
                "baseline_usd": float(before[place].sum()),
                "after_usd": float(later[place].sum()),
            }
            for place in members
        ],
    }


def _prices(plan: Plan, before: Array, later: Array, seen: Mask) -> dict[str, Any]:
    """Return the planted markup of unit values at the target, and after-window dollars at the former prices."""
    spec = plan.spec

    def at_former_prices(places: NDArray[np.intp]) -> dict[str, float]:
        kept = places[seen[places]]
        after = float(later[kept].sum())
        former = after / (1 + spec.price_markup)
        return {
            "baseline_usd": float(before[kept].sum()),
            "after_usd": after,
            "after_at_former_prices_usd": former,
            "markup_usd": after - former,
        }

    return {
        "markup": spec.price_markup,
        "log_markup": float(np.log1p(spec.price_markup)),
        "from": f"{plan.names.periods[spec.event]:%Y-%m}",
        "unit_error_share": spec.unit_error_share,
        "coalition": at_former_prices(plan.roles.members),
        "outside": at_former_prices(plan.roles.outside),
    }


def _unseen(plan: Plan, shown: Mask) -> float:
    """Return the planted dollars of the after-window that are not reported, per year of the window."""
    planted = plan.backfill[:, plan.sanctioned].sum(axis=1)
    if len(plan.roles.routers):
        planted[plan.roles.routers] += plan.from_hubs.sum(axis=1)
    hidden = planted[:, plan.after] * ~shown[:, plan.after]
    return float(hidden.sum() / (plan.spec.after_months / 12))


def _routing(plan: Plan, loss_usd: float | None) -> dict[str, Any]:
    """Return the dollars routed through hubs, per year of the after-window, whether reported or not."""
    spec, window = plan.spec, plan.after
    years = spec.after_months / 12
    into = plan.to_hubs[..., window].sum(axis=(0, 2, 3)) / years
    out = plan.from_hubs[..., window].sum(axis=(1, 2)) / years
    cost = out / (1 + spec.routing_markup)
    return {
        "planted_share": plan.routing_share,
        "markup": spec.routing_markup,
        "lag_shares": [1.0] if spec.annual else list(LAG_SHARES),
        "usd": float(cost.sum()),
        "share_of_loss": float(cost.sum()) / loss_usd if loss_usd else None,
        "to_hubs_usd": float(into.sum()),
        "from_hubs_usd": float(out.sum()),
        "hubs": [
            {
                "hub": plan.names.economies[hub],
                "usd": float(cost[number]),
                "share_of_loss": float(cost[number]) / loss_usd if loss_usd else None,
                "to_hub_usd": float(into[number]),
                "from_hub_usd": float(out[number]),
                "grows_in_everything": bool(hub == plan.roles.growing_hub),
                "records_only_share": 1 - spec.phantom_share if hub == plan.roles.phantom_hub else 1.0,
            }
            for number, hub in enumerate(plan.roles.routers)
        ],
        "unlisted_hub": plan.names.economies[plan.roles.routers[0]] if spec.unlisted_hub else None,
    }


def _reporting(plan: Plan, reports: Mask) -> dict[str, Any]:
    codes, periods = plan.names.economies, plan.names.periods
    silent = set(plan.roles.silent.tolist())
    return {
        "silent_after": [codes[place] for place in plan.roles.silent],
        "missing_periods": [
            {"reporter": codes[place], "period": f"{periods[time]:%Y-%m}"}
            for place, time in np.argwhere(~reports)
            if not (place in silent and time >= plan.spec.event)
        ],
        "late": [
            {"reporter": codes[place], "releases": int(plan.delay[place])}
            for place in np.flatnonzero(plan.delay)
            if plan.spec.revision_sd
        ],
        "importers": [codes[place] for place in plan.roles.importers],
        "target_reports_imports": "until the event" if plan.spec.target_stops else "always",
    }


def _episode(plan: Plan) -> dict[str, Any]:
    codes = plan.names.economies
    return {
        "target": codes[0],
        "members": [codes[place] for place in plan.roles.members],
        "hubs": [codes[place] for place in plan.roles.hubs],
        "entrants": [codes[place] for place in plan.roles.entrants],
        "event": f"{plan.names.periods[plan.spec.event]:%Y-%m}",
        "baseline": plan.months_of(plan.baseline),
        "after": plan.months_of(plan.after),
        "frequency": "A" if plan.spec.annual else "M",
        "goods": list(plan.names.goods[plan.sanctioned]),
        "ordinary_goods": list(plan.names.goods[plan.spec.sanctioned_goods :]),
        **({"measures": measures_of(plan)} if plan.spec.waves > 1 else {}),
    }
