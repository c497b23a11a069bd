"""Bias and coverage of loss share and net ratio over simulated worlds, measured as a lake is measured.

    python bench/prove_coverage.py --seeds 200
    python bench/prove_coverage.py --seeds 60 --lake --kinds diversion,demand-fall,moved-code

Truths: the loss share that is expected of the world, and the planted dollars as they stand in
the rows over the realised loss. With ``--lake`` each world is put into a lake in memory and goes
through the whole measure; then the symmetric ratio (the same dollars over the counterfactual
loss) and the counterfactual loss are judged too, where the finding has them, and codes that the
finding calls unstable are left out of the truth and compared with the planted ones. A coverage is
judged by its exact 99 % binomial interval: it must meet 92 to 98 %. Bias may be 2 points and 2.6
standard errors of the mean, the error of the counterfactual loss 12 % (root mean square).
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from measured import heading, table

KINDS = ("basic", "no-backfill", "growth", "shocks", "sparse", "annual", "gaps", "routing", "hub-growth", "mixed")
NEW_KINDS = ("diversion", "demand-fall", "half-sanctioned", "staged", "moved-code", "unlisted-hub", "supply-limits")
SHORT = {"basic, 24 + 6 months": ("basic", {"baseline_months": 24, "after_months": 6})}
LOWEST, HIGHEST = 0.92, 0.98
ALLOWED_BIAS = 0.02
ALLOWED_RMS = 0.12


@dataclass(frozen=True)
class Outcome:
    """What one world gave.

    Attributes:
        error: Net ratio less truth; ``None`` where undefined.
        covered: Whether the interval of the net ratio holds the truth.
        width: Of that interval.
        loss_covered: Whether the interval of the loss share holds the truth; ``None`` without one.
        suppliers_covered: Of suppliers with an interval, how many hold their truth; and of how many.
        false_gains: Suppliers without planted dollars whose interval lies above 0; and of how many.
        rank: The target's placebo rank by the number of destinations.
        above_quarter: Whether the interval lies above 25 % of the loss.
        symmetric: Symmetric ratio less truth; ``None`` where the finding has none.
        symmetric_covered: Whether its interval holds the truth.
        symmetric_width: Of that interval.
        loss_error: Counterfactual loss by its truth, less 1.
        counterfactual_covered: Whether the interval of the counterfactual loss holds the truth.
        codes: Planted codes that are named unstable, planted ones, and others that are named.
    """

    error: float | None
    covered: bool | None
    width: float | None
    loss_covered: bool | None
    suppliers_covered: tuple[int, int]
    false_gains: tuple[int, int]
    rank: float | None
    above_quarter: bool
    symmetric: float | None = None
    symmetric_covered: bool | None = None
    symmetric_width: float | None = None
    loss_error: float | None = None
    counterfactual_covered: bool | None = None
    codes: tuple[int, int, int] | None = None


def truth_without(world: Any, unstable: tuple[str, ...] | None) -> dict[str, Any]:
    """The world's truth of loss and backfill, of the goods on the list that the finding did not leave out."""
    from stopgap.simulate.truth_of_kinds import amounts_of

    names, listed = world.plan.names.goods, world.spec.sanctioned_goods
    kept = np.array([place for place in range(listed) if names[place] not in set(unstable or ())])
    if len(kept) == listed:
        return world.truth
    return amounts_of(world.plan, np.ascontiguousarray(world.value_usd[:, 0]), world.reports, kept)


def codes_named(truth: dict[str, Any], unstable: tuple[str, ...] | None) -> tuple[int, int, int] | None:
    """Planted codes that are named, planted ones, and named ones that neither moved nor are new."""
    if unstable is None:
        return None
    moved = {row["good"] for row in truth.get("moved_codes", ())}
    from stopgap.codes.concordance import links

    # A new code is named by the code of the panel's revision that it is converted to.
    new = {row["good"] for row in truth.get("new_codes", ())}
    new |= {link.good for good in new for link in links("HS2022", "HS2017").get(good, ())}
    return len(moved & set(unstable)), len(moved), len(set(unstable) - moved - new)


def holds(interval: tuple[float, float] | None, value: float | None) -> bool | None:
    """Whether an interval holds a value; ``None`` without one of them."""
    return None if interval is None or value is None else interval[0] <= value <= interval[1]


def measured_world(kind: str, changes: dict[str, int], through_lake: bool, seed: int) -> Outcome:
    """One world, drawn, measured and compared with its truth."""
    from stopgap.simulate.spec import world_spec
    from stopgap.simulate.worlds import make_world

    world = make_world(world_spec(kind, seed, **changes))
    found = measured_in_lake(world) if through_lake else measured_on_arrays(world)
    truth = truth_without(world, found.unstable_codes)
    net = truth["backfill"]["net_ratio"]
    is_known = found.net_ratio is not None and net is not None
    interval = found.net_ci95 if is_known else None
    planted = {row["supplier"]: row["planted_usd"] for row in truth["backfill"]["suppliers"]}
    held = [low <= planted[name] <= high for name, (low, high) in found.suppliers.items()]
    false = [low > 0 for name, (low, _) in found.suppliers.items() if planted[name] == 0]
    share = truth["loss"]["expected_share"]
    symmetric, lost = truth["backfill"]["symmetric_ratio"], truth["loss"]["counterfactual_loss_usd"]
    is_symmetric = found.symmetric_ratio is not None and symmetric is not None
    symmetric_ci95 = found.symmetric_ci95 if is_symmetric else None
    return Outcome(
        found.net_ratio - net if is_known else None,
        None if interval is None else interval[0] <= net <= interval[1],
        None if interval is None else interval[1] - interval[0],
        None if found.loss_ci95 is None else found.loss_ci95[0] <= share <= found.loss_ci95[1],
        (sum(held), len(held)),
        (sum(false), len(false)),
        found.rank[0] / found.rank[1] if found.rank else None,
        interval is not None and interval[0] > 0.25,
        found.symmetric_ratio - symmetric if is_symmetric else None,
        holds(symmetric_ci95, symmetric),
        None if symmetric_ci95 is None else symmetric_ci95[1] - symmetric_ci95[0],
        found.counterfactual_loss_usd / lost - 1 if found.counterfactual_loss_usd is not None and lost > 0 else None,
        holds(found.counterfactual_loss_ci95, lost),
        codes_named(world.truth, found.unstable_codes),
    )


@dataclass(frozen=True)
class Found:
    """The figures of one world that are compared with its truth."""

    net_ratio: float | None
    net_ci95: tuple[float, float] | None
    rank: tuple[int, int] | None
    loss_ci95: tuple[float, float] | None
    suppliers: dict[str, tuple[float, float]]
    symmetric_ratio: float | None = None
    symmetric_ci95: tuple[float, float] | None = None
    counterfactual_loss_usd: float | None = None
    counterfactual_loss_ci95: tuple[float, float] | None = None
    supplier_shares: dict[str, tuple[float, float]] = field(default_factory=dict)
    unstable_codes: tuple[str, ...] | None = None


def measured_in_lake(world) -> Found:
    """Through stages and all, as ``stopgap measure`` does."""
    from simulated_lake import simulated_lake

    from stopgap.measures.backfill.run import measure_list_on
    from stopgap.panel.prepare import MeasureOptions

    with simulated_lake(world) as lake:
        finding = measure_list_on(lake.engine, lake.snapshot, lake.episode, lake.goods, MeasureOptions())
    suppliers = {row.supplier: row.ci95 for row in finding.suppliers if row.ci95 is not None}
    backfill, suspended = finding.backfill, finding.suspended
    # Fields of later versions: without them their columns are left out.
    named = finding.as_dict()["coverage"].get("unstable_codes")
    return Found(
        backfill.net_ratio,
        backfill.net_ci95,
        backfill.placebo_rank,
        suspended.ci95,
        suppliers,
        getattr(backfill, "symmetric_ratio", None),
        getattr(backfill, "symmetric_ci95", None),
        getattr(suspended, "counterfactual_loss_usd", None),
        getattr(suspended, "counterfactual_loss_ci95", None),
        None if named is None else tuple(item["code"] for item in named),
    )


def measured_on_arrays(world) -> Found:
    """The same statistics on the world's arrays, which the tests hold to be what the stages give."""
    from stopgap.measures.backfill.loss_interval import MemberSeries, loss_interval
    from stopgap.measures.statistics.arrays import world_cells as as_arrays
    from stopgap.measures.statistics.counterfactual import net_backfill
    from stopgap.measures.statistics.hub_screening import screened_hubs
    from stopgap.simulate.tables import window_parts, world_cells

    plan, spec, loss = world.plan, world.spec, world.truth["loss"]
    names = plan.names.economies
    members = {row["supplier"] for row in loss["members"]} | {names[at] for at in plan.roles.members}
    parts = np.array([part or "" for part in window_parts(world)])
    used = parts != ""
    months = [day.year if spec.annual else day.year * 12 + day.month for day in plan.names.periods]
    seasons = [1 if spec.annual else day.month for day in plan.names.periods]
    at = list(plan.roles.members)
    series = MemberSeries(
        world.seen_usd[at, 0][:, plan.sanctioned].sum(axis=1)[:, used],
        world.reports[at][:, used],
        np.array(months)[used],
        np.array(seasons)[used],
        parts[used] == "after",
    )
    share = loss["realised_share"]
    loss_ci95, _ = loss_interval(series, share, is_annual=spec.annual)
    cells, hubs = as_arrays(world_cells(world)), {names[hub] for hub in plan.roles.hubs}
    found = screened_hubs(cells, target=names[0], members=members, hubs=hubs).found
    net = net_backfill(cells, target=names[0], members=members, hubs={*hubs, *found})
    lost = loss["loss_usd"]
    ratio = net.symmetric if net else None
    symmetric = (ratio.ratio, ratio.ci95) if ratio else (None, None)
    known = net.loss if net else None
    if known is not None:
        ends = None if known.low_usd is None else (known.low_usd, known.high_usd)
        symmetric = (*symmetric, known.loss_usd, ends)
    if net is None or lost <= 0 or (loss_ci95 is not None and loss_ci95[0] <= 0):
        return Found(None, None, None, loss_ci95, {}, *symmetric)
    suppliers = {
        name: (part.low_usd, part.high_usd)
        for name, part in net.by_supplier.items()
        if part.low_usd is not None and part.high_usd is not None
    }
    total = net.total
    interval = (
        None if total.low_usd is None or total.high_usd is None else (total.low_usd / lost, total.high_usd / lost)
    )
    made = Found(total.net_usd / lost, interval, net.rank, loss_ci95, suppliers, *symmetric)
    return replace(made, supplier_shares=shares_of_loss(net, suppliers))


def shares_of_loss(net: Any, suppliers: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Intervals of single suppliers' net gains by the counterfactual loss, with the error of both, as a claim has them."""
    from stopgap.measures.statistics.symmetric import mover_interval

    loss = net.loss
    if loss is None or loss.low_usd is None or loss.high_usd is None or loss.low_usd <= 0:
        return {}
    correlation = -(net.symmetric.correlation if net.symmetric else 0.0)
    under = (loss.loss_usd, loss.low_usd, loss.high_usd)
    made = {
        name: mover_interval((net.by_supplier[name].net_usd, *ends), under, correlation)
        for name, ends in suppliers.items()
    }
    return {name: ends for name, ends in made.items() if ends is not None}


def exact_interval(hits: int, count: int) -> tuple[float, float]:
    """The 99 % Clopper-Pearson interval of a share."""
    from scipy.stats import beta

    low = float(beta.ppf(0.005, hits, count - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.995, hits + 1, count - hits)) if hits < count else 1.0
    return low, high


def judged(hits: list[bool]) -> tuple[str, bool]:
    """A coverage as text, and whether it meets 92 to 98 %."""
    if not hits:
        return "–", True
    low, high = exact_interval(sum(hits), len(hits))
    return f"{sum(hits) / len(hits):.3f}", high >= LOWEST and low <= HIGHEST


def row_of(name: str, outcomes: list[Outcome]) -> tuple[list[object], list[str]]:
    """A line of the table, and what does not hold."""
    errors = np.array([item.error for item in outcomes if item.error is not None])
    net, net_holds = judged([item.covered for item in outcomes if item.covered is not None])
    loss, loss_holds = judged([item.loss_covered for item in outcomes if item.loss_covered is not None])
    widths = [item.width for item in outcomes if item.width is not None]
    suppliers = np.array([item.suppliers_covered for item in outcomes]).sum(axis=0)
    false = np.array([item.false_gains for item in outcomes]).sum(axis=0)
    error = float(errors.std(ddof=1) / np.sqrt(errors.size)) if errors.size > 1 else 0.0
    faults = []
    if abs(errors.mean()) > ALLOWED_BIAS + 2.6 * error:
        faults.append(f"{name}: bias {errors.mean():.3f}")
    if not net_holds:
        faults.append(f"{name}: coverage of the net ratio {net}")
    if not loss_holds:
        faults.append(f"{name}: coverage of the loss share {loss}")
    above = np.mean([item.above_quarter for item in outcomes])
    if name in ("no-backfill", "growth") and above > 0.025:
        faults.append(f"{name}: above a quarter of the loss in {above:.3f}")
    ranks = [item.rank for item in outcomes if item.rank is not None]
    row = [
        name, len(outcomes), len(outcomes) - errors.size, f"{100 * errors.mean():+.1f}", f"{100 * errors.std(ddof=1):.1f}",
        net, f"{100 * float(np.median(widths)):.0f}" if widths else "–", loss, f"{suppliers[0] / max(suppliers[1], 1):.3f}",
        f"{false[0] / max(false[1], 1):.3f}" if false[1] else "–", f"{np.mean(np.array(ranks) <= 0.05):.2f}", f"{above:.3f}",
    ]  # fmt: skip
    return row, faults


SYMMETRIC_COLUMNS = (
    "kind", "worlds", "undefined", "bias R*, points", "spread, points", "coverage R*", "width, points",
    "bias L*, %", "rms L*, %", "coverage L*", "moved codes named", "others named",
)  # fmt: skip


def symmetric_row_of(name: str, outcomes: list[Outcome]) -> tuple[list[object], list[str]]:
    """A line about the symmetric ratio and the counterfactual loss, and what does not hold."""
    errors = np.array([item.symmetric for item in outcomes if item.symmetric is not None])
    losses = np.array([item.loss_error for item in outcomes if item.loss_error is not None])
    covered, covers = judged([item.symmetric_covered for item in outcomes if item.symmetric_covered is not None])
    lost, lost_covers = judged(
        [item.counterfactual_covered for item in outcomes if item.counterfactual_covered is not None]
    )
    widths = [item.symmetric_width for item in outcomes if item.symmetric_width is not None]
    named = [item.codes for item in outcomes if item.codes is not None]
    codes = np.array(named).sum(axis=0) if named else None
    faults = []
    spread = float(errors.std(ddof=1)) if errors.size > 1 else 0.0
    if errors.size and abs(errors.mean()) > ALLOWED_BIAS + 2.6 * spread / np.sqrt(errors.size):
        faults.append(f"{name}: bias of the symmetric ratio {errors.mean():.3f}")
    if not covers:
        faults.append(f"{name}: coverage of the symmetric ratio {covered}")
    rms = float(np.sqrt(np.mean(losses**2))) if losses.size else 0.0
    if rms > ALLOWED_RMS:
        faults.append(f"{name}: error of the counterfactual loss {rms:.3f}")
    if not lost_covers:
        faults.append(f"{name}: coverage of the counterfactual loss {lost}")
    if codes is not None and codes[0] < codes[1]:
        faults.append(f"{name}: {codes[1] - codes[0]} of {codes[1]} moved codes are not named")
    row = [
        name, len(outcomes), len(outcomes) - errors.size,
        f"{100 * errors.mean():+.1f}" if errors.size else "–", f"{100 * spread:.1f}" if errors.size > 1 else "–",
        covered, f"{100 * float(np.median(widths)):.0f}" if widths else "–",
        f"{100 * losses.mean():+.1f}" if losses.size else "–", f"{100 * rms:.1f}" if losses.size else "–", lost,
        f"{codes[0]} of {codes[1]}" if codes is not None else "–", codes[2] if codes is not None else "–",
    ]  # fmt: skip
    return row, faults


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--kinds", default="")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--lake", action="store_true", help="through stages and all, several times slower")
    given = parser.parse_args()
    heading(f"Loss share and net ratio, {given.seeds} worlds a kind, seeds from {given.first_seed}", "numpy", "scipy")
    kinds: dict[str, tuple[str, dict[str, int]]] = {kind: (kind, {}) for kind in KINDS} | SHORT
    if given.kinds:
        kinds |= {kind: (kind, {}) for kind in NEW_KINDS}
        kinds = {name: kinds[name] for name in given.kinds.split(",")}
    started = time.perf_counter()
    rows, symmetric_rows, faults = [], [], []
    with ProcessPoolExecutor(given.workers) as pool:
        for name, (kind, changes) in kinds.items():
            seeds = range(given.first_seed, given.first_seed + given.seeds)
            outcomes = list(pool.map(partial(measured_world, kind, changes, given.lake), seeds, chunksize=5))
            row, wrong = row_of(name, outcomes)
            rows.append(row)
            faults += wrong
            if any(item.symmetric is not None or item.loss_error is not None for item in outcomes):
                row, wrong = symmetric_row_of(name, outcomes)
                symmetric_rows.append(row)
                faults += wrong
    columns = (
        "kind", "worlds", "undefined", "bias, points", "spread, points", "coverage net", "width, points", "coverage loss",
        "coverage suppliers", "false gains", "rank in top 5 %", "above a quarter",
    )  # fmt: skip
    table(columns, rows)
    if symmetric_rows:
        table(SYMMETRIC_COLUMNS, symmetric_rows)
    print(f"{time.perf_counter() - started:.0f} s. Promise: coverage meets 92 to 98 %, bias within 2 points.")
    for fault in faults:
        print(f"- {fault}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
