"""Whether prices tell the truth: markup, half-years, breaks and real backfill over simulated worlds.

    python bench/prove_prices.py [--seeds N] [--first SEED] [--only NAME] [--worlds N] [--paths N] [--real N]

Each world has unit values of suppliers in goods, months and destinations, with effects of
supplier-good-month and of pair, lumpy gaps, and unit errors of a factor of ten.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from measured import heading, table
from simulated_lake import simulated_lake

from stopgap.measures.backfill.real import real_answer
from stopgap.measures.prices.half_years import half_years
from stopgap.measures.prices.markup import MarkupFigure, markup
from stopgap.measures.prices.run import prices_on
from stopgap.measures.statistics.bennet import PriceCells, joined_seasons, split_changes
from stopgap.measures.statistics.two_way_effects import BlockRows
from stopgap.panel.prepare import measure_options, prepare
from stopgap.simulate.spec import world_spec
from stopgap.simulate.worlds import make_world


@dataclass(frozen=True)
class Kind:
    """One kind of world."""

    name: str
    truth: float = 0.15
    suppliers: int = 6
    destinations: int = 13
    goods: int = 12
    before: int = 12
    after: int = 12
    seen: float = 0.7
    noise: float = 0.25
    unit_errors: float = 0.05
    pair_shock: float = 0.0
    place_shock: float = 0.0
    uneven: bool = False
    heavy: bool = False
    judged: bool = True  # whether coverage must lie within 92 to 98 %


BASIC = Kind("basic")
KINDS = (
    BASIC,
    replace(BASIC, name="no markup", truth=0.0),
    replace(BASIC, name="large markup", truth=0.5),
    replace(BASIC, name="very large markup", truth=1.0),
    replace(BASIC, name="no unit errors", unit_errors=0.0),
    replace(BASIC, name="pairs drift", pair_shock=0.15),
    replace(BASIC, name="destinations drift", place_shock=0.10, destinations=25),
    replace(BASIC, name="sparse, uneven destinations", seen=0.25, uneven=True, destinations=25),
    replace(BASIC, name="heavy-tailed prices", heavy=True),
    replace(BASIC, name="annual, 3 + 2 years", before=3, after=2, goods=40),
    replace(BASIC, name="one supplier", suppliers=1, goods=30),
    replace(BASIC, name="four placebos", destinations=5),
)
PIPELINE = ("prices", "basic", "mixed")


def world(kind: Kind, seed: int) -> BlockRows:
    """Log unit values of one world."""
    rng = np.random.default_rng([seed, KINDS.index(kind) if kind in KINDS else len(KINDS)])
    blocks, places, periods = kind.suppliers * kind.goods, kind.destinations, kind.before + kind.after
    shape = (blocks, places, periods)
    is_after = np.arange(periods) >= kind.before
    pair = rng.normal(0, 0.5, (blocks, places, 1))
    month = rng.normal(0, 0.2, (blocks, 1, periods))
    noise = rng.standard_t(4, shape) if kind.heavy else rng.normal(size=shape)
    drift = (
        rng.normal(0, 1, (blocks, places, 1)) * kind.pair_shock + rng.normal(0, 1, (1, places, 1)) * kind.place_shock
    )
    value = pair + month + kind.noise * noise + drift * is_after
    value[:, 0] += kind.truth * is_after
    wrong = rng.random(shape) < kind.unit_errors
    value = value + np.where(wrong, rng.choice([-1.0, 1.0], shape) * np.log(10.0), 0.0)
    often = kind.seen * (rng.uniform(0.15, 1.0, (1, places, 1)) if kind.uneven else 1.0)
    block, place, period = np.nonzero(rng.random(shape) < often)
    codes = np.unique(block, return_inverse=True)[1]
    return BlockRows(codes, place, period, value[block, place, period], is_after, places)


@dataclass(frozen=True)
class Outcome:
    """Estimate and whether its interval holds the truth, and excludes zero."""

    estimate: float
    covers: bool
    alarm: bool
    width: float


def outcome(figure: MarkupFigure, truth: float) -> Outcome | None:
    """What one figure came to; ``None`` where it has no interval."""
    if figure.estimate is None or figure.ci95 is None:
        return None
    low, high = figure.ci95
    return Outcome(figure.estimate, low <= truth <= high, low > 0 or high < 0, high - low)


def summary(kind: Kind, version: str, found: list[Outcome | None]) -> tuple[list[object], bool]:
    """One row of the table, and whether it keeps the promise."""
    known = [each for each in found if each is not None]
    estimates = np.array([each.estimate for each in known])
    covered = float(np.mean([each.covers for each in known]))
    alarms = float(np.mean([each.alarm for each in known]))
    bias = float(estimates.mean()) - kind.truth
    row = [
        kind.name, version, f"{bias:+.3f}", f"{estimates.std():.3f}", f"{covered:.3f}", f"{alarms:.3f}",
        f"{np.mean([each.width for each in known]):.3f}", len(known),
    ]  # fmt: skip
    # Half a point in log terms, and what a 99 % interval for 95 % allows with so many worlds.
    slack = 2.6 * np.sqrt(0.95 * 0.05 / len(known))
    kept = abs(bias) < 0.01 + 2.6 * estimates.std() / np.sqrt(len(known))
    kept &= 0.92 - slack <= covered <= 0.98 + slack
    return row, kept or not kind.judged or version != "trimmed"


def bennet_error(seed: int) -> float:
    """Largest relative gap between a change and its parts over a random set of cells."""
    rng = np.random.default_rng(seed)
    figures = np.exp(rng.normal(8, 3, (4, 600))) * (rng.random((4, 600)) < 0.9)
    figures[2:] = np.where(rng.random((2, 600)) < 0.2, np.nan, figures[2:])
    position = np.arange(600)
    cells = joined_seasons(PriceCells(("A",), position * 0, position // 12, position % 12, *figures))
    [found] = split_changes(cells, cells.supplier, 1)
    parts = found.quantity_usd + found.price_usd + found.new_or_ended_usd + found.not_adjusted_usd
    return float(
        max(abs(parts - found.change_usd), abs(found.change_usd - (figures[1] - figures[0]).sum())) / figures[:2].sum()
    )


def through_the_lake(name: str, seeds: range) -> tuple[list[object], bool]:
    """The markup of whole simulated worlds, by way of the stages and the workflow."""
    found, truth = [], 0.0
    for seed in seeds:
        spec = world_spec(name, seed, economies=20, goods=8, baseline_months=24, after_months=12)
        truth = float(np.log1p(spec.price_markup))
        with simulated_lake(make_world(spec)) as lake:
            finding = prices_on(lake.engine, lake.snapshot, lake.episode, measure_options())
        found.append(outcome(finding.markup.trimmed, truth))
    return summary(Kind(name, truth=truth), "trimmed", found)


PATHS = {
    "no markup": (0.0, 0.0, 0.0),
    "step at the second half-year": (0.0, 0.3, 0.3),
    "step at the event": (0.3, 0.3, 0.3),
    "rises in each half-year": (0.1, 0.2, 0.3),
}
"""Name -> planted markup of three half-years."""
DAYS = [dt.date(2021 + month // 12, month % 12 + 1, 1) for month in range(12)] + [
    dt.date(2022 + (month + 6) // 12, (month + 6) % 12 + 1, 1) for month in range(18)
]


def half_year_row(name: str, path: tuple[float, ...], seeds: range) -> tuple[list[object], bool]:
    """Bias and coverage of half-years, and breaks found, over worlds of the basic kind with this path."""
    kind = replace(BASIC, truth=0.0, after=18)
    steps = np.diff((0.0, *path))
    errors, covered, false, found, dated = [], [], 0, 0, 0
    for seed in seeds:
        rows = world(kind, seed)
        moved = np.concatenate([np.zeros(kind.before), np.repeat(path, 6)])[rows.period]
        rows = replace(rows, value=rows.value + np.where(rows.destination == 0, moved, 0.0))
        names = [str(place) for place in range(kind.destinations)]
        made = half_years(rows, names, DAYS, is_annual=False)
        for each, truth in zip(made.by_period, path, strict=True):
            assert each.log_change is not None
            assert each.ci95 is not None
            errors.append(each.log_change - truth)
            covered.append(each.ci95[0] <= truth <= each.ci95[1])
        starts = [each.from_month for each in made.by_period]
        at = {step.at for step in made.breaks}
        planted = {start for start, step in zip(starts, steps, strict=True) if step}
        false += bool(at - planted)
        found += bool(at & planted)
        dated += any(step.is_largest and step.at in planted for step in made.breaks)
    count, share = len(seeds), float(np.mean(covered))
    slack = 2.6 * np.sqrt(0.95 * 0.05 / count)  # half-years of a world share its placebos: worlds count, not half-years
    row = [
        name, f"{np.mean(errors):+.3f}", f"{np.std(errors):.3f}", f"{share:.3f}", f"{found / count:.3f}" if steps.any() else "-",
        f"{dated / count:.3f}" if steps.any() else "-", f"{false / count:.3f}", count,
    ]  # fmt: skip
    kept = abs(float(np.mean(errors))) < 0.01 and 0.92 - slack <= share <= 0.98 + slack
    return row, bool(kept and false / count <= 0.05 + slack)


REAL: dict[str, dict[str, Any]] = {
    "clean": {"unit_error_share": 0.0, "missing_weight_share": 0.0},
    "5 % of weights missing": {"unit_error_share": 0.0},
    "5 % wrong units": {"missing_weight_share": 0.0},
    "both": {},
    "annual, clean": {"annual": True, "unit_error_share": 0.0, "missing_weight_share": 0.0},
    "annual, both": {"annual": True},
}
"""Name -> what differs from the kind ``prices``."""


def real_rows(name: str, changes: dict[str, Any], seeds: range) -> tuple[list[list[object]], bool]:
    """Bias and spread of the real ratio and of what stands beside it, against the planted prices."""
    errors: dict[str, list[float]] = {"real": [], "trimmed": [], "entrants left out": [], "nominal": []}
    truths, shares = [], []
    for seed in seeds:
        spec = world_spec("prices", seed, economies=20, goods=16, baseline_months=24, after_months=12, **changes)
        made = make_world(spec)
        with simulated_lake(made) as lake:
            prepared = prepare(lake.engine, lake.snapshot, lake.episode, lake.goods, measure_options())
            found = real_answer(lake.engine, prepared, measure_options().report)
        inside, outside = made.truth["prices"]["coalition"], made.truth["prices"]["outside"]
        gain = outside["after_at_former_prices_usd"] - outside["baseline_usd"]
        truth = gain / (inside["baseline_usd"] - inside["after_at_former_prices_usd"])
        truths.append(truth)
        shares.append(found.share_of_value_with_quantities or 0.0)
        assert found.gain is not None
        assert found.gain_usd is not None
        assert found.loss_usd is not None
        own = (found.gain_usd - found.gain.new_at_baseline_prices_usd) / found.loss_usd
        versions = (found.ratio, found.trimmed_ratio, own, found.nominal_ratio)
        for version, value in zip(errors, versions, strict=True):
            errors[version].append((np.nan if value is None else value) - truth)
    rows: list[list[object]] = [
        [
            name, version, f"{np.mean(truths):.3f}", f"{np.nanmean(each):+.3f}", f"{np.nanmedian(each):+.3f}",
            f"{np.nanstd(each):.3f}", f"{np.mean(shares):.3f}", len(each),
        ]
        for version, each in errors.items()
    ]  # fmt: skip
    own_error = np.array(errors["real"])
    kept = "clean" not in name or abs(float(own_error.mean())) < 0.02 + 2.6 * own_error.std() / np.sqrt(own_error.size)
    return rows, bool(kept)


def main() -> int:
    """Print the table; 1 when a promise fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--worlds", type=int, default=60, help="whole simulated worlds a kind, after the table")
    parser.add_argument("--paths", type=int, default=300, help="worlds a path of half-years")
    parser.add_argument("--real", type=int, default=60, help="whole simulated worlds a kind for real backfill")
    given = parser.parse_args()
    heading(f"Price markup, {given.seeds} worlds a kind", "numpy", "scipy")
    rows, kept = [], True
    for kind in (kind for kind in KINDS if given.only in kind.name):
        found = [
            markup(world(kind, seed), [str(place) for place in range(kind.destinations)])
            for seed in range(given.first, given.first + given.seeds)
        ]
        for version in ("trimmed", "untrimmed"):
            row, held = summary(kind, version, [outcome(getattr(each, version), kind.truth) for each in found])
            rows.append(row)
            kept &= held
    table(("world", "version", "bias", "spread", "coverage", "not zero", "width", "worlds"), rows)
    whole = [
        through_the_lake(name, range(given.first, given.first + given.worlds)) for name in PIPELINE if given.worlds
    ]
    if whole:
        print("Whole simulated worlds (stopgap simulate), through lake, stages and workflow:\n")
        table(
            ("world", "version", "bias", "spread", "coverage", "not zero", "width", "worlds"), [row for row, _ in whole]
        )
        kept &= all(held for _, held in whole)
    if given.paths:
        print(f"Half-years and breaks, {given.paths} worlds a path:\n")
        seeds = range(given.first, given.first + given.paths)
        made = [half_year_row(name, path, seeds) for name, path in PATHS.items()]
        heads = ("path", "bias", "spread", "coverage", "a planted break found", "largest", "a false one", "worlds")
        table(heads, [row for row, _ in made])
        kept &= all(held for _, held in made)
    if given.real:
        print("Real backfill of whole simulated worlds of the kind prices:\n")
        seeds = range(given.first, given.first + given.real)
        real = [real_rows(name, changes, seeds) for name, changes in REAL.items()]
        heads = ("world", "version", "truth", "bias", "median error", "spread", "share with quantities", "worlds")
        table(heads, [row for rows, _ in real for row in rows])
        kept &= all(held for _, held in real)
    worst = max(bennet_error(seed) for seed in range(given.first, given.first + given.seeds))
    print(f"Quantity, price, new or ended and not adjusted add up to the change within {worst:.1e} of the trade split.")
    return 0 if kept and worst < 1e-9 else 1


if __name__ == "__main__":
    sys.exit(main())
