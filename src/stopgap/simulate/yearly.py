"""Mean dollars per year of a simulated world's windows, as a measure takes them."""

from __future__ import annotations

import numpy as np

from stopgap.simulate.plan import Array, Mask, Plan
from stopgap.simulate.planting import lost_by


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


def planned_loss(plan: Plan, reports: Mask, seen: Mask, goods: slice) -> Array:
    """Return what each member would have sold to the target without the event less what it sells by plan, (i, k).

    Dollars per year of the periods that a member reported in the after-window, expected over
    monthly shocks and noise. Without the event the target's own demand moves all the same, and
    members grow. Suppliers that are not members or not ``seen`` have 0.
    """
    lost = np.zeros((plan.spec.economies, goods.stop - goods.start, plan.spec.periods))
    for member in plan.roles.members:
        if seen[member]:
            lost[member] = lost_by(plan, int(member))[goods]
    return yearly_means(plan, lost, reports)[1]


def loss_while_in_force(plan: Plan, reports: Mask) -> float:
    """Return the members' planned loss in dollars per year while measures are in force, each cell in its own window.

    A cell (member, good on the list) counts the periods of the after-window in which its measure
    is wholly in force and which the member reported; their mean is scaled to a year.
    """
    used = period_factors(plan, reports)[1] > 0
    total = 0.0
    for member in plan.roles.members:
        lost = lost_by(plan, int(member))[plan.sanctioned]
        is_in = used[member] & (plan.force(int(member))[plan.sanctioned] == 1)
        mean = (lost * is_in).sum(axis=1) / np.maximum(is_in.sum(axis=1), 1)
        total += float(mean.sum()) * 12 / plan.spec.step
    return total


def taken_by_enforcement(plan: Plan, target: Array) -> Array:
    """Return the normal sales of the hub that responds to enforcement that are missing in the rows, (i, k, t).

    ``target`` are exports to the target as written in the rows, (i, k, t). Backfill that the
    response took is not among them: it was never planted.
    """
    taken = np.zeros_like(target)
    if plan.limits is not None:
        hub, response = plan.limits.hub, plan.limits.response
        window = slice(plan.spec.enforcement, plan.spec.periods)
        kept = target[hub, plan.sanctioned, window] - plan.backfill[hub, plan.sanctioned, window]
        taken[hub, plan.sanctioned, window] = kept * response / (1 - response)
    return taken
