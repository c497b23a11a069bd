"""Verdicts on planted shares: how often the rule says what, by itself and on simulated worlds.

    python bench/prove_claims.py --seeds 60

The rule alone: estimates drawn about a true share, with the interval of their known error.
Worlds: backfill planted at shares on either side of the threshold, measured as a lake is
measured (on arrays, which the tests hold to be the same), as a share of the coalition's
counterfactual loss, with the error of both, and held against 25 % of it.
Promises: where the true share is at or under the threshold, "supported" is said in at most
2.5 %; where it is above, "not supported" likewise; each by a 99 % Clopper-Pearson interval.
Layers of fact and rank: bench/prove_layers.py.
Routes: the interval of what passed through hubs holds the truth in at least 95 %, likewise.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import NormalDist

import numpy as np
from measured import heading, table
from prove_coverage import exact_interval, measured_on_arrays

SHARES = (0.0, 0.10, 0.25, 0.40, 0.50)
ERRORS = (0.05, 0.15)
THRESHOLD = 0.25
SINGLE_THRESHOLD = 0.10
"""For single suppliers, of whom few have a quarter of the loss."""

NAMES = ("supported", "partly supported", "not supported", "not testable")
SUPPORTED, _, NOT_SUPPORTED, _ = NAMES
KINDS = {
    "basic": ("basic", {}),
    "destination shocks": ("shocks", {}),
    "annual": ("annual", {}),
    "sparse": ("sparse", {}),
}
ALLOWED = 0.025


def rule_frequencies(true: float, error: float, *, draws: int, seed: int) -> dict[str, float]:
    """How often the rule gives each verdict where estimates scatter about ``true`` with ``error``."""
    from stopgap.claims.testing.verdict import verdict_of

    z = NormalDist().inv_cdf(0.975)
    estimates = np.random.default_rng(seed).normal(true, error, draws)
    found = Counter(str(verdict_of((each - z * error, each + z * error), THRESHOLD, 1.0)) for each in estimates)
    return {name: found[name] / draws for name in NAMES}


def exact_supported(true: float, error: float) -> float:
    """The same for "supported", as a sum."""
    z = NormalDist().inv_cdf(0.975)
    return 1.0 - NormalDist().cdf((THRESHOLD - true) / error + z)


@dataclass(frozen=True)
class Outcome:
    """One world: the true share of all suppliers together, its verdict, and those of single suppliers."""

    true: float
    verdict: str
    suppliers: tuple[tuple[float, str], ...]


def world_outcome(kind: str, changes: dict[str, object], ratio: float, seed: int) -> Outcome:
    """Draw a world with a planted ratio, measure it, and hold it against the threshold."""
    from stopgap.claims.testing.verdict import verdict_of
    from stopgap.simulate.spec import world_spec
    from stopgap.simulate.worlds import make_world

    planted = {"backfill_ratio": ratio, **({"entrants": 0} if ratio == 0 else {})}
    world = make_world(world_spec(kind, seed, **{**changes, **planted}))
    truth, found = world.truth, measured_on_arrays(world)
    lost = truth["loss"]["counterfactual_loss_usd"]
    shares = {row["supplier"]: row["planted_usd"] / lost for row in truth["backfill"]["suppliers"]}
    suppliers = tuple(
        (shares[name], str(verdict_of(interval, SINGLE_THRESHOLD, 1.0)))
        for name, interval in found.supplier_shares.items()
    )
    true = truth["backfill"]["symmetric_ratio"] or 0.0
    return Outcome(true, str(verdict_of(found.symmetric_ci95, THRESHOLD, 1.0)), suppliers)


def route_outcome(given: tuple[str, int]) -> tuple[float, float, float, float]:
    """True share, estimate, and interval of what passed through hubs, through the lake."""
    from simulated_lake import simulated_lake

    from stopgap.claims.claim import Action, Claim, ClaimWords, Speaker, Stance
    from stopgap.claims.testing.figures import HypothesisBasis, routed_hypothesis
    from stopgap.claims.testing.hypotheses import plan_test
    from stopgap.measures.backfill.run import measure_list_on
    from stopgap.measures.routes.request import RouteRequest
    from stopgap.measures.routes.run import routes_list_on
    from stopgap.panel.prepare import MeasureOptions
    from stopgap.simulate.spec import world_spec
    from stopgap.simulate.worlds import make_world

    kind, seed = given
    world = make_world(world_spec(kind, seed, economies=24, goods=16, sanctioned_goods=8, members=8))
    options = MeasureOptions()
    with simulated_lake(world) as lake:
        parts = (lake.engine, lake.snapshot, lake.episode, lake.goods, options)
        finding = measure_list_on(*parts, brief=True)
        routes = routes_list_on(*parts, RouteRequest(seed=seed))
        claim = Claim(
            None, "", Speaker(""), "2024-04-08", ClaimWords(""), Stance.ASSERTION, "THIRD", Action.ROUTE_THROUGH,
            lake.episode.target,
        )  # fmt: skip
        plan = plan_test(claim, lake.episode)
        made = routed_hypothesis(
            HypothesisBasis(claim, plan, plan.goods[0], None, None, ""), routes, finding, kind="routed"
        )
    low, high = made.ci95 or (float("nan"), float("nan"))
    truth = world.truth["routing"]["share_of_loss"] or 0.0
    return truth, float("nan") if made.estimate is None else made.estimate, low, high


def with_error(hits: int, count: int) -> str:
    """A share with its Monte Carlo error, in percent."""
    if not count:
        return "–"
    share = hits / count
    return f"{100 * share:.1f} ± {100 * (share * (1 - share) / count) ** 0.5:.1f}"


def show_rule(draws: int) -> list[str]:
    """The table of the rule alone, and what does not hold."""
    rows, faults = [], []
    for error in ERRORS:
        for number, true in enumerate(SHARES):
            found, exact = (rule_frequencies(true, error, draws=draws, seed=number), exact_supported(true, error))
            rows.append(
                [f"se {error:.2f}, true {true:.2f}", *(with_error(round(found[name] * draws), draws) for name in NAMES), f"{100 * exact:.1f}"]
            )  # fmt: skip
            if abs(found[SUPPORTED] - exact) > 4 * (exact * (1 - exact) / draws) ** 0.5 + 1e-4:
                faults.append(f"the rule at se {error}, true {true}: {found[SUPPORTED]:.4f}, not {exact:.4f}")
    table(["the rule alone, %", *NAMES, "supported, as a sum"], rows)
    return faults


def show_worlds(seeds: range, workers: int) -> list[str]:
    """The tables of simulated worlds, and what does not hold."""
    rows, ones, faults = [], [], []
    with ProcessPoolExecutor(workers) as pool:
        for name, (kind, changes) in KINDS.items():
            single: list[tuple[float, str]] = []
            for ratio in SHARES:
                found = list(pool.map(partial(world_outcome, kind, changes, ratio), seeds, chunksize=5))
                count = Counter(each.verdict for each in found)
                true = np.array([each.true for each in found])
                rows.append(
                    [f"{name}, planted {ratio:.2f}", len(found), f"{true.mean():.3f}", *(with_error(count[verdict], len(found)) for verdict in NAMES)]
                )  # fmt: skip
                single += [each for outcome in found for each in outcome.suppliers]
                faults += judged(name, ratio, [(each.true, each.verdict) for each in found])
            below = [verdict for true, verdict in single if true <= SINGLE_THRESHOLD]
            above = [verdict for true, verdict in single if true > SINGLE_THRESHOLD]
            ones.append(
                [name, len(below), with_error(below.count(SUPPORTED), len(below)), len(above),
                 *(with_error(above.count(verdict), len(above)) for verdict in NAMES)]
            )  # fmt: skip
    table(["all suppliers together, %", "worlds", "true share", *NAMES], rows)
    table(
        ["single suppliers, threshold 10 %, %", "at or under", "supported", "above", *(f"{each} " for each in NAMES)],
        ones,
    )
    return faults


def judged(name: str, ratio: float, outcomes: list[tuple[float, str]]) -> list[str]:
    """Errors of a kind on either side of the threshold that are more than promised."""
    wrong = [verdict == (SUPPORTED if true <= THRESHOLD else NOT_SUPPORTED) for true, verdict in outcomes]
    low, _ = exact_interval(sum(wrong), len(wrong))
    return [f"{name}, planted {ratio}: {sum(wrong)} of {len(wrong)} wrong"] if low > ALLOWED else []


def show_routes(seeds: range, workers: int) -> list[str]:
    """The table of routes, and what does not hold."""
    rows, faults = [], []
    with ProcessPoolExecutor(workers) as pool:
        for kind in ("basic", "routing"):
            found = np.array(list(pool.map(route_outcome, [(kind, seed) for seed in seeds], chunksize=4)))
            true, estimate, low, high = found[~np.isnan(found[:, 2])].T
            held = int(((low <= true) & (true <= high)).sum())
            rows.append(
                [kind, len(found), len(true), f"{true.mean():.3f}", f"{estimate.mean():.3f}", f"{low.mean():.3f}", f"{high.mean():.3f}", with_error(held, len(true))]
            )  # fmt: skip
            if len(true) and exact_interval(held, len(true))[1] < 0.95:
                faults.append(f"routes, {kind}: the interval holds the truth in {held} of {len(true)}")
    table(["through hubs", "worlds", "with interval", "true share", "estimate", "low", "high", "holds, %"], rows)
    return faults


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=60, help="worlds of each kind and share")
    parser.add_argument("--first-seed", type=int, default=7000)
    parser.add_argument("--route-seeds", type=int, default=40)
    parser.add_argument("--draws", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    heading(f"Verdicts on planted shares, threshold {THRESHOLD:.0%}", "numpy", "scipy")
    started = time.perf_counter()
    faults = show_rule(given.draws)
    faults += show_worlds(range(given.first_seed, given.first_seed + given.seeds), given.workers)
    faults += show_routes(range(given.first_seed, given.first_seed + given.route_seeds), given.workers)
    print(f"{time.perf_counter() - started:.0f} s. Broken promises: {', '.join(faults) or 'none'}.")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
