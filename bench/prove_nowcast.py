"""Bias, error and coverage of nowcasts of the symmetric ratio over simulated worlds whose last reports are hidden.

    python bench/prove_nowcast.py --seeds 60

In each world a quarter of the reporters is one or two months late, and the figures that they have not
reported are hidden. The nowcast of the newest month, and of the one before it, is held against the final ratio: that of
the same world with nothing hidden. Beside it stand the ratio of the reports in hand alone, and the nowcast with net
backfill scaled by its own ratio over past months. The wide interval is held against the planted dollars of the same
months by the planned loss. Promise: bias within 2 points and 2.6 standard errors of the mean; the share of final
ratios in the interval, by its exact 99 % binomial interval, reaches 92 %.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np
from measured import heading, table

LATE_SHARE = 0.25
MOST_LATE = 2
LOWEST = 0.92
ALLOWED_BIAS = 0.02


@dataclass(frozen=True)
class Scenario:
    """A kind of world, its changes, who is late, and the months of each figure.

    Attributes:
        late: ``chance`` (a quarter of the reporters, always the same), ``largest`` (the largest member and the largest
            supplier outside, two months late), or ``changing`` (a quarter of the reports of each month; the vintage
            of each is known).
    """

    kind: str
    late: str = "chance"
    window: int = 3
    changes: tuple[tuple[str, Any], ...] = ()

    @property
    def name(self) -> str:
        extra = ", ".join(f"{name} {value}" for name, value in self.changes).replace("_", " ")
        months = "month" if self.window == 1 else "months"
        return f"{self.kind}, {self.late}, {self.window} {months}" + (f", {extra}" if extra else "")


SCENARIOS = (
    Scenario("basic"),
    Scenario("basic", window=1),
    Scenario("basic", "largest"),
    Scenario("basic", "largest", 1),
    Scenario("basic", "changing"),
    Scenario("basic", changes=(("after_months", 24),)),
    Scenario("no-backfill"),
    Scenario("shocks"),
    Scenario("gaps"),
)


@dataclass(frozen=True)
class Outcome:
    """One nowcast. Errors are less the final ratio; ``None`` where there is no figure.

    Attributes:
        age: Months from this one to the newest.
        raw: Error of the ratio of the reports in hand.
        by_net_ratio: Error of the nowcast with net backfill scaled by its own ratio.
        held: Whether the interval for the final ratio holds it.
        holds_planted: Whether the wide interval holds the planted ratio; ``final_holds`` whether the final one does.
    """

    age: int
    error: float | None = None
    raw: float | None = None
    by_net_ratio: float | None = None
    held: bool | None = None
    half_width: float | None = None
    holds_planted: bool | None = None
    final_holds: bool | None = None


def hidden_reports(scenario: Scenario, world: Any, months: Any, seed: int) -> tuple[np.ndarray, np.ndarray | None]:
    """What is reported at the end, (suppliers, months), and the vintage that brought each month, if that is known."""
    rng = np.random.default_rng(seed)
    count, last = months.reports.shape[0], months.reports.shape[1] - 1
    column = np.arange(last + 1)
    if scenario.late == "changing":
        late = np.where(
            rng.random((count, last + 1)) < LATE_SHARE, rng.integers(1, MOST_LATE + 1, (count, last + 1)), 0
        )
        # A month comes no earlier than the one before it.
        arrives = np.maximum.accumulate(column + late, axis=1) + 1
        return months.reports & (arrives <= last + 1), np.where(months.reports, arrives, np.iinfo(np.int64).max)
    late = np.where(rng.random(count) < LATE_SHARE, rng.integers(1, MOST_LATE + 1, count), 0)
    if scenario.late == "largest":
        late[:] = 0
        names = world.plan.names.economies
        size = np.zeros(count)
        here = months.destination == months.destinations.index(names[0])
        for part in months.baseline.values():
            kept = here[part.cell] & months.is_sanctioned[months.good[part.cell]]
            size += np.bincount(months.supplier[part.cell[kept]], part.value_usd[kept], minlength=count)
        inside = np.isin(months.suppliers, [names[at] for at in world.plan.roles.members])
        for side in (inside, ~inside):
            late[np.argmax(np.where(side, size, -1.0))] = MOST_LATE
    return months.reports & (column[None, :] <= last - late[:, None]), None


def planted_ratio(world: Any, columns: range) -> float | None:
    """The planted dollars of some months of the after-window, as they stand in the rows, by the planned loss."""
    from stopgap.simulate.truth_of_kinds import amounts_of

    plan = world.plan
    reports = world.reports.copy()
    inside = np.zeros(plan.spec.periods, dtype=bool)
    inside[[plan.after.start + column for column in columns]] = True
    after = np.zeros(plan.spec.periods, dtype=bool)
    after[plan.after] = True
    reports[:, after & ~inside] = False
    kept = np.arange(plan.spec.sanctioned_goods)
    found = amounts_of(plan, np.ascontiguousarray(world.value_usd[:, 0]), reports, kept)
    return found["backfill"]["symmetric_ratio"]


def months_of(world: Any) -> Any:
    """The world by months, as the stages would give it."""
    from flows_of_tables import flows_of_tables

    from stopgap.measures.nowcast.monthly_world import monthly_world
    from stopgap.simulate.tables import window_parts, world_flows

    names, parts = world.plan.names, window_parts(world)
    rows = [
        {"supplier": names.economies[place], "period": names.periods[at], "part": parts[at]}
        for place in range(1, world.spec.economies)
        for at in np.flatnonzero(world.reports[place])
        if parts[at]
    ]
    after = tuple(f"{day:%Y-%m}" for day, part in zip(names.periods, parts, strict=True) if part == "after")
    return monthly_world(flows_of_tables(world_flows(world), rows), after)


def holds(interval: tuple[float, float] | None, value: float | None) -> bool | None:
    """Whether an interval holds a value; ``None`` without one of them."""
    return None if interval is None or value is None else interval[0] <= value <= interval[1]


def nowcasts_of(scenarios: Sequence[Scenario], seed: int) -> list[list[Outcome]]:
    """The nowcasts of one world in scenarios of the same kind and changes."""
    from stopgap.simulate.spec import world_spec
    from stopgap.simulate.worlds import make_world

    first = scenarios[0]
    world = make_world(world_spec(first.kind, seed, **dict(first.changes)))
    months = months_of(world)
    return [nowcasts_in(scenario, world, months, seed) for scenario in scenarios]


def nowcasts_in(scenario: Scenario, world: Any, months: Any, seed: int) -> list[Outcome]:
    """The nowcasts of one world, held against its final ratios."""
    from stopgap.measures.nowcast.nowcasting import Nowcaster, Reports
    from stopgap.measures.nowcast.window_figures import WindowFigures
    from stopgap.measures.statistics.hub_screening import screened_hubs

    plan = world.plan
    names = plan.names.economies
    roles: dict[str, Any] = {"target": names[0], "members": {names[at] for at in plan.roles.members}}
    hubs = {names[at] for at in plan.roles.hubs}
    known, arrived = hidden_reports(scenario, world, months, seed)
    everyone = range(months.reports.shape[1])
    screened = screened_hubs(months.cells(everyone, known), hubs=hubs, **roles).found
    figures = WindowFigures(months, hubs={*hubs, *screened}, placebo_targets=None, **roles)
    # Who never reports after the event is silent, and not late.
    counted = months.usable(everyone, known).any(axis=1)
    found = []
    for row in Nowcaster(figures, Reports(known, counted), scenario.window, arrived).all()[-MOST_LATE:]:
        if not row.is_nowcast:
            continue
        final = figures.of(row.columns, months.reports[:, row.columns])
        age = everyone[-1] - row.columns[-1]
        if row.ratio is None or final.ratio is None:
            found.append(Outcome(age))
            continue
        early_net, net = (
            sum(getattr(past, name) for past in row.past_windows) for name in ("early_net_usd", "net_usd")
        )
        planted = planted_ratio(world, row.columns)
        found.append(
            Outcome(
                age,
                row.ratio - final.ratio,
                row.early.ratio - final.ratio,
                row.early.net_usd * net / early_net / row.loss_usd - final.ratio,
                holds(row.final_ci95, final.ratio),
                row.past.half_width,
                holds(row.ci95, planted),
                holds(final.ci95, planted),
            )
        )
    return found


def rate(values: Sequence[bool | None]) -> str:
    """A share with how many it is of."""
    known = [value for value in values if value is not None]
    return f"{np.mean(known):.3f} of {len(known)}" if known else "—"


def upper_limit(hits: int, count: int) -> float:
    """The upper end of the exact 99 % binomial interval."""
    from scipy.stats import beta

    return 1.0 if hits == count else float(beta.ppf(0.995, hits + 1, count - hits))


def rows_of(scenario: Scenario, outcomes: Sequence[Outcome]) -> tuple[list[list[object]], list[str]]:
    """One row for each age, and what breaks the promise."""
    rows, faults = [], []
    for age in sorted({each.age for each in outcomes}):
        mine = [each for each in outcomes if each.age == age]
        known = [each for each in mine if each.error is not None]
        if not known:
            continue

        def points(name: str, known: list[Outcome] = known) -> tuple[np.ndarray, str, str]:
            values = 100 * np.array([getattr(each, name) for each in known])
            return values, f"{values.mean():+.1f}", f"{np.sqrt((values**2).mean()):.1f}"

        errors, bias, rmse = points("error")
        held = [each.held for each in known if each.held is not None]
        widths = [each.half_width for each in known if each.half_width is not None]
        half = f"{100 * np.median(widths):.1f}" if widths else "—"
        rows.append(
            [
                scenario.name, "newest" if age == 0 else f"{age} before", len(known), len(mine) - len(known), bias, rmse,
                *points("raw")[1:], *points("by_net_ratio")[1:], rate(held), half,
                rate([each.holds_planted for each in known]), rate([each.final_holds for each in known]),
            ]
        )  # fmt: skip
        allowed = 100 * ALLOWED_BIAS + 2.6 * errors.std(ddof=1) / np.sqrt(errors.size) if errors.size > 1 else np.inf
        if abs(errors.mean()) > allowed:
            faults.append(f"{scenario.name}, age {age}: bias of {bias} points")
        if held and upper_limit(sum(held), len(held)) < LOWEST:
            faults.append(f"{scenario.name}, age {age}: interval holds {rate(held)}")
    return rows, faults


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--kinds", default="", help="only kinds of this name, with commas between")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    heading(f"Nowcasts, {given.seeds} worlds a kind, seeds from {given.first_seed}", "numpy", "scipy")
    started = time.perf_counter()
    rows, faults = [], []
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    wanted = given.kinds.split(",") if given.kinds else [each.kind for each in SCENARIOS]
    with ProcessPoolExecutor(given.workers) as pool:
        for (kind, changes), same in groupby(SCENARIOS, lambda each: (each.kind, each.changes)):
            scenarios = tuple(same)
            if kind not in wanted:
                continue
            worlds = list(pool.map(partial(nowcasts_of, scenarios), seeds, chunksize=5))
            for place, scenario in enumerate(scenarios):
                found, wrong = rows_of(scenario, [each for world in worlds for each in world[place]])
                rows += found
                faults += wrong
            print(f"{kind}, {changes}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    columns = (
        "worlds, who is late, window", "month", "nowcasts", "undefined", "bias, points", "rmse", "bias in hand", "rmse in hand",
        "bias by net ratio", "rmse by net ratio", "interval holds final", "half-width", "wide holds planted",
        "final holds planted",
    )  # fmt: skip
    table(columns, rows)
    print(f"{time.perf_counter() - started:.0f} s. Promise: bias within 2 points, the interval holds 92 % or more.")
    for fault in faults:
        print(f"- {fault}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
