"""Proves the comparison of two reports: simulated worlds with known truths, two hundred of each kind and more.

``python bench/prove_mirror.py`` prints the tables of docs/methods/mirror.md and leaves with 1 where a promise
fails: the weighted figure has the least error, 95 % intervals hold the truth in 92 to 98 % of worlds (judged
by a 99 % interval of that share), at most 5 % of flows under the null are called phantom (likewise judged).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from measured import heading, table

from stopgap.measures.mirror.cif_markup import cif_fob
from stopgap.measures.mirror.gaps import Cube, nowcast, reconstruct
from stopgap.measures.mirror.pairs import Reported, ReportPairs
from stopgap.measures.mirror.phantom import Leg, PeriodWindow, phantom_trade
from stopgap.measures.mirror.reconcile import reconcile, reporter_qualities

FAILED: list[str] = []


def promise(kept: bool, words: str) -> None:
    """Notes a promise that does not hold."""
    if not kept:
        FAILED.append(words)


def within(hits: int, count: int, low: float, high: float) -> bool:
    """Whether the 99 % Clopper-Pearson interval of a share meets [low, high]."""
    from scipy import stats

    lower = float(stats.beta.ppf(0.005, hits, count - hits + 1)) if hits else 0.0
    upper = float(stats.beta.ppf(0.995, hits + 1, count - hits)) if hits < count else 1.0
    return lower <= high and upper >= low


# ---------------------------------------------------------------- reconciled flows


@dataclass(frozen=True)
class FlowWorld:
    """Flows with a known truth.

    ``freight`` is the log markup at the mean distance, ``slope`` what it gains with log distance, ``bad`` reporters err by 2 in logs, ``tails`` are degrees of freedom
    of the noise (0: normal), ``one_sided`` the share of flows that one side does not report.
    """

    economies: int = 25
    goods: int = 20
    freight: float = 0.08
    slope: float = 0.03
    bad: int = 0
    tails: int = 0
    worst: float = 0.8
    one_sided: float = 0.0


FLOW_WORLDS = {
    "basic": FlowWorld(),
    "freight by distance, large": FlowWorld(freight=0.3, slope=0.15),
    "the same, careful reporters": FlowWorld(freight=0.3, slope=0.15, worst=0.3),
    "no freight by distance": FlowWorld(slope=0.0),
    "two bad reporters": FlowWorld(bad=2),
    "one good (few pairs)": FlowWorld(goods=1),
    "eight economies, one good": FlowWorld(economies=8, goods=1),
    "heavy tails (t, 3)": FlowWorld(tails=3),
    "a third one-sided": FlowWorld(one_sided=0.33),
}


def flow_world(world: FlowWorld, seed: int) -> tuple[list[float], bool]:
    """Root mean squared errors (exporter, importer, mean, weighted, best), coverage of the error, and whether the regression was used."""
    rng = np.random.default_rng(seed)
    size = world.economies
    noise_x, noise_m = rng.uniform(0.05, world.worst, (2, size))
    noise_x[: world.bad] = noise_m[: world.bad] = 2.0
    exporter, importer = (np.repeat(side, world.goods) for side in np.nonzero(~np.eye(size, dtype=bool)))
    count = exporter.size
    spread = rng.normal(0.0, 1.0, (size, size))
    log_distance = 8.0 + ((spread + spread.T) / 2**0.5)[exporter, importer]
    truth = rng.normal(13.0, 1.5, count)

    def noise() -> np.ndarray:
        return rng.standard_t(world.tails, count) / 3**0.5 if world.tails else rng.normal(size=count)

    sold = np.exp(truth + noise() * noise_x[exporter])
    bought = np.exp(truth + world.freight + world.slope * (log_distance - 8.0) + noise() * noise_m[importer])
    lost = rng.random(count)
    sold[lost < world.one_sided / 2] = np.nan
    bought[lost > 1 - world.one_sided / 2] = np.nan
    nothing = np.full(count, np.nan)
    pairs = ReportPairs(
        tuple(f"E{number:03d}" for number in range(size)),
        tuple(f"{number:06d}" for number in range(world.goods)),
        exporter, importer, np.tile(np.arange(world.goods), count // world.goods),
        np.full(count, 2023 * 12), sold, bought, nothing, nothing, nothing,
    )  # fmt: skip
    markups = cif_fob(pairs, log_distance=log_distance)
    qualities = reporter_qualities(pairs, pairs.log_gap() - markups.centre)
    found = reconcile(pairs, markups, qualities)
    x = np.log(sold)
    m = np.log(bought) - markups.log_markup
    x, m = np.where(np.isnan(x), m, x), np.where(np.isnan(m), x, m)
    weight = noise_m[importer] ** 2 / (noise_x[exporter] ** 2 + noise_m[importer] ** 2)
    logs = np.log(found.value_usd)
    errors = [
        float(np.sqrt(np.mean((one - truth) ** 2))) for one in (x, m, (x + m) / 2, logs, weight * x + (1 - weight) * m)
    ]
    covered = float(np.mean(np.abs(logs - truth) <= 1.96 * found.log_error))
    return [*errors, covered], markups.summary.method == "regression"


def prove_reconciled(seeds: int) -> None:
    """Errors of the exporter's report, the importer's, their mean and the weighted figure."""
    rows = []
    for name, world in FLOW_WORLDS.items():
        found = [flow_world(world, seed) for seed in range(seeds)]
        mean = np.mean([values for values, _ in found], axis=0)
        rows.append((name, *(f"{value:.3f}" for value in mean), f"{np.mean([used for _, used in found]):.2f}"))
        few = world.goods * (world.economies - 1) < 24
        promise(mean[3] <= min(mean[:3]) * (1.02 if few else 1.0), f"{name}: weighted {mean[3]:.3f}, others {mean[:3]}")
        promise(mean[5] >= 0.88, f"{name}: the standard error covers {mean[5]:.3f}")
    heading("One figure from two reports: root mean squared error of logs", "numpy", "scipy")
    table(
        ("world", "exporter", "importer", "mean", "weighted", "true weights", "error covers", "regression used"), rows
    )


# ---------------------------------------------------------------- reports that are not there


@dataclass(frozen=True)
class SilentWorld:
    """A target that stops reporting; spreads are of logs."""

    history: int = 24
    horizon: int = 1
    noise: float = 0.12
    drift: float = 0.0
    silent: float = 0.0
    shift: float = 0.3


SILENT_WORLDS = {
    "24 months, next month": SilentWorld(),
    "24 months, drift, 6 ahead": SilentWorld(drift=0.05, horizon=6),
    "36 months, drift, 12 ahead": SilentWorld(history=36, noise=0.05, drift=0.03, horizon=12),
    "8 years, next year": SilentWorld(history=8),
    "4 years, next year": SilentWorld(history=4),
    "24 months, a fifth of partners silent": SilentWorld(silent=0.2),
    "the same, partners shift by 0.8": SilentWorld(silent=0.2, shift=0.8),
    "half of partners silent": SilentWorld(silent=0.5, shift=0.5),
}


def silent_world(world: SilentWorld, seed: int) -> tuple[bool, float]:
    """Whether the interval holds what the target would have reported, and its width in logs."""
    rng = np.random.default_rng(seed)
    partners, periods = 30, world.history + world.horizon
    level = rng.normal(13.0, 1.2, partners)[:, None]
    common = np.cumsum(rng.normal(0.0, 0.05, periods))
    own = rng.normal(0.0, 0.1, (partners, periods)) + np.where(
        np.arange(periods) >= world.history, rng.normal(0.0, world.shift, (partners, 1)), 0.0
    )
    sold = np.exp(level + common + own)
    ratio = 0.1 + np.cumsum(rng.normal(0.0, world.drift, periods)) + rng.normal(0.0, world.noise, periods)
    bought = sold * np.exp(ratio + rng.normal(0.0, 0.1, (partners, periods)))
    truth = float(bought[:, -1].sum())
    shape = (partners + 1, partners + 1, periods)
    exporter_usd, importer_usd = np.full(shape, np.nan), np.full(shape, np.nan)
    exporter_usd[:partners, partners] = sold
    importer_usd[:partners, partners] = bought
    importer_usd[:, :, world.history :] = np.nan
    gone = rng.random(partners) < world.silent
    exporter_usd[:partners][gone, :, world.history :] = np.nan
    cube = Cube(
        (*(f"E{number:02d}" for number in range(partners)), "TGT"),
        np.arange(periods) + 2020 * 12,
        exporter_usd,
        importer_usd,
    )
    last = int(cube.periods[-1])
    [row] = reconstruct(cube, "TGT", {"all": None}, (last, last), is_importer=True)
    assert row.ci95 is not None
    return row.ci95[0] <= truth <= row.ci95[1], float(np.log(row.ci95[1] / row.ci95[0]))


def peer_world(seed: int) -> tuple[bool, float]:
    """Two years of history, and sixty other economies that go on reporting."""
    rng = np.random.default_rng(seed)
    importers, partners, periods = 60, 20, 3
    level = rng.normal(13.0, 1.0, (partners, importers, 1))
    sold = np.exp(level + rng.normal(0.0, 0.2, (partners, importers, periods)))
    ratio = rng.normal(0.1, 0.3, (importers, 1)) + rng.standard_t(4, (importers, periods)) * 0.1
    bought = sold * np.exp(ratio + rng.normal(0.0, 0.1, (partners, importers, periods)))
    size = partners + importers
    exporter_usd, importer_usd = (np.full((size, size, periods), np.nan) for _ in range(2))
    exporter_usd[:partners, partners:], importer_usd[:partners, partners:] = sold, bought
    truth = float(bought[:, 0, -1].sum())
    importer_usd[:, partners, -1] = np.nan
    names = tuple(f"E{number:02d}" for number in range(size))
    cube = Cube(names, (np.arange(periods) + 2021) * 12, exporter_usd, importer_usd)
    [row] = reconstruct(cube, names[partners], {"all": None}, (2023 * 12, 2023 * 12), is_importer=True)
    assert row.ci95 is not None
    assert row.method == "peers"
    return row.ci95[0] <= truth <= row.ci95[1], float(np.log(row.ci95[1] / row.ci95[0]))


def late_world(
    seed: int, *, months: int, target_reports: bool, own_shock: float, periods_per_year: int
) -> tuple[bool, float]:
    """A supplier that has not reported the last period."""
    rng = np.random.default_rng(seed)
    suppliers = 40
    season = 0.3 * np.sin(2 * np.pi * np.arange(months) / 12) if periods_per_year > 1 else np.zeros(months)
    common = season + np.cumsum(rng.normal(0.0, 0.04, months))
    own = np.cumsum(rng.normal(0.0, own_shock, (suppliers, months)), axis=1)
    sold = np.exp(rng.normal(13.0, 0.8, (suppliers, 1)) + common + own + rng.normal(0.0, 0.15, (suppliers, months)))
    bought = sold * np.exp(0.08 + rng.normal(0.0, 0.2, (suppliers, months)))
    truth = float(sold[0, -1])
    shape = (suppliers + 1, suppliers + 1, months)
    exporter_usd, importer_usd = np.full(shape, np.nan), np.full(shape, np.nan)
    exporter_usd[:suppliers, suppliers] = sold
    if target_reports:
        importer_usd[:suppliers, suppliers] = bought
    exporter_usd[0, :, -1] = np.nan
    step = 12 // periods_per_year
    cube = Cube(
        (*(f"E{number:02d}" for number in range(suppliers)), "TGT"),
        2000 * 12 + np.arange(months) * step,
        exporter_usd,
        importer_usd,
    )
    last = int(cube.periods[-1])
    [row] = nowcast(
        cube,
        "TGT",
        frozenset(cube.economies[:suppliers]),
        (last, last),
        periods_per_year=periods_per_year,
        target_imports=True,
    )
    assert row.ci95 is not None
    return row.ci95[0] <= truth <= row.ci95[1], float(np.log(row.ci95[1] / row.ci95[0]))


LATE_WORLDS: dict[str, Callable[[int], tuple[bool, float]]] = {
    "36 months, target reports": lambda seed: late_world(seed, months=36, target_reports=True, own_shock=0.05, periods_per_year=12),
    "36 months, target silent": lambda seed: late_world(seed, months=36, target_reports=False, own_shock=0.05, periods_per_year=12),
    "36 months, erratic supplier": lambda seed: late_world(seed, months=36, target_reports=False, own_shock=0.15, periods_per_year=12),
    "6 years": lambda seed: late_world(seed, months=6, target_reports=False, own_shock=0.1, periods_per_year=1),
    "2 years (peers)": lambda seed: late_world(seed, months=2, target_reports=False, own_shock=0.2, periods_per_year=1),
}  # fmt: skip


def prove_intervals(seeds: int) -> None:
    """Coverage of the prediction intervals of what was not reported."""
    worlds: dict[str, Callable[[int], tuple[bool, float]]] = {
        f"target silent: {name}": (lambda seed, world=world: silent_world(world, seed))  # type: ignore[misc]
        for name, world in SILENT_WORLDS.items()
    }
    worlds["target silent: 2 years, 59 peers"] = peer_world
    worlds |= {f"supplier late: {name}": world for name, world in LATE_WORLDS.items()}
    rows = []
    for name, world in worlds.items():
        found = [world(seed) for seed in range(seeds)]
        hits = sum(hit for hit, _ in found)
        rows.append((name, f"{hits / seeds:.3f}", f"{np.median([width for _, width in found]):.2f}"))
        promise(
            within(hits, seeds, 0.92, 0.98 if "half" not in name and "fifth" not in name else 1.0),
            f"{name}: coverage {hits / seeds:.3f}",
        )
    heading("Reports that are not there: coverage of 95 % prediction intervals", "numpy", "scipy")
    table(("world", "coverage", "median width (logs)"), rows)


# ---------------------------------------------------------------- phantom trade


def phantom_world(
    seed: int, *, hidden: float, ordinary: int, noise: float, always: float = 0.0
) -> tuple[float, bool, bool, float]:
    """Share of single flows called phantom, whether the group is (level; against its own past), and the part of the hidden dollars found.

    ``hidden``: share of the hub's arrivals after the event that it never records; ``always``: share of every
    destination's arrivals that is never recorded, by destination, before and after.
    """
    rng = np.random.default_rng(seed)
    members, years = 12, 4
    places = ordinary + 1
    size = members + places
    exporter, importer, year = (
        side.ravel()
        for side in np.meshgrid(np.arange(members), members + np.arange(places), np.arange(years), indexing="ij")
    )
    level = rng.normal(15.0, 1.0, (members, places))
    true = np.exp(level[exporter, importer - members] + rng.normal(0.0, 0.15, exporter.size))
    hides = rng.uniform(0.0, 2 * always, places)
    kept = 1.0 - hides[importer - members] - np.where((importer == size - 1) & (year == 3), hidden, 0.0)
    own = rng.normal(0.0, noise, (members, places))[exporter, importer - members]
    sold = true * np.exp(rng.normal(0.0, 0.05, true.size))
    bought = true * 1.06 * np.clip(kept, 0.0, 1.0) * np.exp(own + rng.normal(0.0, noise / 2, true.size))
    nothing = np.full(true.size, np.nan)
    pairs = ReportPairs(
        tuple(f"E{number:03d}" for number in range(size)), ("84+85",), exporter, importer,
        np.zeros(true.size, dtype=np.int64), (2020 + year) * 12, sold, bought, nothing, nothing, nothing,
    )  # fmt: skip
    periods = (2020 + np.arange(years)) * 12
    told = np.ones((size, years), dtype=bool)
    coalition = frozenset(pairs.economies[:members])
    hub = frozenset(pairs.economies[-1:])
    rows, band = phantom_trade(
        pairs, np.full(true.size, np.log(1.06)), Reported(periods, told, told),
        legs=[Leg(coalition, hub, {"coalition": coalition})],
        ordinary=frozenset(pairs.economies[members:-1]),
        after=PeriodWindow(2023 * 12, 2023 * 12, 12), baseline=PeriodWindow(2020 * 12, 2021 * 12, 12),
    )  # fmt: skip
    group = next(row for row in rows if row.is_group)
    missing = float((true * hidden)[(importer == size - 1) & (year == 3)].sum())
    single = sum(not row.is_group for row in rows) / (band.tested - 1)
    part = max(group.usd, group.new_usd or 0.0) / missing if missing else 0.0
    return single, group.usd > 0, bool(group.new_usd), part


def prove_phantom(seeds: int) -> None:
    """False alarms under the null, and power."""
    rows = []
    for name, settings in {
        "nothing hidden": {"hidden": 0.0, "ordinary": 60, "noise": 0.3},
        "nothing hidden, erratic": {"hidden": 0.0, "ordinary": 60, "noise": 0.8},
        "a standing gap everywhere": {"hidden": 0.0, "ordinary": 60, "noise": 0.3, "always": 0.3},
        "20 % hidden": {"hidden": 0.2, "ordinary": 60, "noise": 0.3},
        "50 % hidden": {"hidden": 0.5, "ordinary": 60, "noise": 0.3},
        "80 % hidden": {"hidden": 0.8, "ordinary": 60, "noise": 0.3},
        "50 % hidden, standing gaps": {"hidden": 0.5, "ordinary": 60, "noise": 0.3, "always": 0.2},
        "nothing hidden, 5 ordinary destinations": {"hidden": 0.0, "ordinary": 5, "noise": 0.3},
        "80 % hidden, 5 ordinary destinations": {"hidden": 0.8, "ordinary": 5, "noise": 0.3},
    }.items():
        found = [phantom_world(seed, **settings) for seed in range(seeds)]  # type: ignore[arg-type]
        single, group, new, part = (np.array(values, dtype=float) for values in zip(*found, strict=True))
        rows.append(
            (
                name,
                f"{single.mean():.3f}",
                f"{group.mean():.3f}",
                f"{new.mean():.3f}",
                f"{part.mean():.2f}" if settings["hidden"] else "–",
            )
        )
        if not settings["hidden"]:
            for words, values in (("group", group), ("against its own past", new)):
                promise(
                    within(int(values.sum()), seeds, 0.0, 0.05), f"{name}: {words} {values.mean():.3f} called phantom"
                )
            promise(single.mean() <= 0.055, f"{name}: {single.mean():.3f} of single flows called phantom")
    heading("Phantom trade: flows called so, and the part of what is hidden that is found", "numpy")
    table(("world", "single flows", "group", "group, against its own past", "part found"), rows)


def main() -> None:
    """All three, and the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=300)
    seeds = parser.parse_args().seeds
    prove_reconciled(max(50, seeds // 3))
    prove_intervals(seeds)
    prove_phantom(seeds)
    for words in FAILED:
        print(f"does not hold: {words}", file=sys.stderr)
    sys.exit(bool(FAILED))


if __name__ == "__main__":
    main()
