"""The results that a measure should find in a simulated world: the planted amounts, as contained in its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stopgap.simulate.plan import Array, Mask, Plan, base_of, expected_level
from stopgap.simulate.spec import VERSION


def yearly_means(plan: Plan, dollars: Array, reports: Mask) -> tuple[Array, Array, Mask]:
    """Return mean dollars per year in the baseline (matched to the months of the after-window) and the after-window.

    Each is (i, k). ``dollars`` are any dollars of suppliers, (i, k, t); periods that are not reported (``reports``,
    (i, t)) are excluded. The third array tells which suppliers reported both windows; the others have 0 and must be
    excluded: they are missing, not zero.

    Method: that of the measure's cells (docs/methods/suspended.md), on arrays.
    """
    before, later = period_factors(plan, reports)
    # Not as a product of matrices: its threads wait for each other where several worlds are drawn at once.
    baseline = np.einsum("ikt,it->ik", dollars, before)
    after = np.einsum("ikt,it->ik", dollars, later)
    return baseline, after, np.asarray(later.any(axis=1))


def period_factors(plan: Plan, reports: Mask) -> tuple[Array, Array]:
    """Return the weights of each supplier's periods in the yearly means of baseline and after-window, each (i, t).

    Only calendar months that a supplier reported in both windows count; a calendar month has the
    same total weight in the baseline as in the after-window.
    """
    count = 1 if plan.spec.annual else 12
    is_season = plan.seasons == np.arange(count)[:, None]  # (season, t)
    masks = []
    for window in (plan.baseline, plan.after):
        in_window = np.zeros(plan.spec.periods, dtype=bool)
        in_window[window] = True
        masks.append(reports & in_window)
    # Periods reported in the window of the same season as each period, (i, t).
    before, later = ((mask[:, None, :] & is_season).sum(axis=2)[:, plan.seasons] for mask in masks)
    usable = (before > 0) & (later > 0)
    periods = (masks[1] & usable).sum(axis=1, keepdims=True)
    per_year = np.where(periods > 0, count / np.maximum(periods, 1), 0.0)
    weight = np.where(usable, later / np.maximum(before, 1), 0.0)
    return np.asarray(masks[0] * weight * per_year), np.asarray((masks[1] & usable) * per_year)


def truth_of(plan: Plan, target: Array, alert_usd: Array, reports: Mask) -> dict[str, Any]:
    """Return the content of ``truth.json``; docs/reference/simulate.md describes each field.

    ``target`` are exports to the target as written in the rows, (i, k, t), ``alert_usd`` the dollars that planted
    jumps and rises added to them, ``reports`` the periods in which a supplier has rows, (i, t). Dollars per year are
    means over the periods that a supplier reported, as a measure computes them.
    """
    spec, goods = plan.spec, plan.sanctioned
    before, later, seen = yearly_means(plan, target[:, goods], reports)
    planted = plan.backfill[:, goods].copy()
    own = yearly_means(plan, planted, reports)[1].sum(axis=1)
    routed = np.zeros(spec.economies)
    if spec.hubs:
        passed_on = np.zeros_like(planted)
        passed_on[plan.roles.hubs] = plan.from_hubs
        routed = yearly_means(plan, passed_on, reports)[1].sum(axis=1)
    loss = _loss(plan, before, later, seen, reports)
    usable = loss["loss_usd"] if loss["loss_usd"] and loss["loss_usd"] > 0 else None
    total = float(own.sum() + routed.sum())
    codes = plan.names.economies
    return {
        "version": VERSION,
        "spec": {name: getattr(spec, name) for name in spec.__dataclass_fields__},
        "episode": _episode(plan),
        "loss": loss,
        "backfill": {
            "planted_usd": total,
            "net_ratio": total / usable if usable else None,
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
    }


def _loss(plan: Plan, before: Array, later: Array, seen: Mask, reports: Mask) -> dict[str, Any]:
    """Return the coalition's loss: planted, realised in the rows, and expected over monthly shocks and noise."""
    members = [int(place) for place in plan.roles.members if seen[place]]
    baseline, after = float(before[members].sum()), float(later[members].sum())
    expected = np.zeros((plan.spec.economies, plan.spec.sanctioned_goods, plan.spec.periods))
    for member in members:
        mean = expected_level(plan, member, base_of(plan, member))[plan.sanctioned]
        expected[member] = mean * (1 - plan.cut[member, plan.sanctioned, None] * plan.force)
    mean_before, mean_after, _ = yearly_means(plan, expected, reports)
    mean_baseline = float(mean_before[members].sum())
    return {
        "planted_share": plan.spec.loss_share,
        "expected_share": 1 - float(mean_after[members].sum()) / mean_baseline if mean_baseline > 0 else None,
        "realised_share": 1 - after / baseline if baseline > 0 else None,
        "baseline_usd": baseline,
        "after_usd": after,
        "loss_usd": baseline - after,
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
    if plan.spec.hubs:
        planted[plan.roles.hubs] += plan.from_hubs.sum(axis=1)
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
        "planted_share": spec.routing_share,
        "markup": spec.routing_markup,
        "lag_shares": [1.0] if spec.annual else [0.4, 0.3, 0.2, 0.1],
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
            for number, hub in enumerate(plan.roles.hubs)
        ],
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
    }
