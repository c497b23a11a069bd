"""Whether cell tests keep their size and false discovery rate: simulated worlds of many kinds.

    python bench/prove_cells.py [--seeds N] [--first SEED] [--only NAMES]

Worlds have shipments of uneven value: suppliers and goods that grow everywhere,
destinations that move as a whole or in the sanctioned goods alone, pairs that drift, and
cells so thin that most months are empty.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace

import numpy as np
from measured import heading, table

from stopgap.measures.backfill.cell_tests import CellSeries, CellTests, cell_tests, supplier_q_values

FDR = 0.10


@dataclass(frozen=True)
class Kind:
    """One kind of world."""

    name: str
    real: float = 0.25  # share of suppliers that rose
    effect: float = 2.0
    suppliers: int = 30
    goods: int = 8
    ordinary: int = 2  # each as large as four
    placebos: int = 16
    before: int = 24
    after: int = 12
    growth_sd: float = 0.3
    place_sd: float = 0.05
    place_goods_sd: float = 0.05
    surge: float = 1.0
    pair_sd: float = 0.1
    persistence: float = 0.0
    shipments: float = 8.0  # a month, in the median cell
    silent: float = 0.0  # months that a supplier did not report


BASIC = Kind("basic")
KINDS = (
    BASIC,
    replace(BASIC, name="no backfill", real=0.0),
    replace(BASIC, name="general growth", growth_sd=0.8),
    replace(BASIC, name="destination shocks", place_sd=0.25),
    replace(BASIC, name="no backfill, destination shocks", real=0.0, place_sd=0.25),
    replace(BASIC, name="shocks to sanctioned goods", place_goods_sd=0.2),
    replace(BASIC, name="no backfill, target surges in all goods", real=0.0, surge=1.6),
    replace(BASIC, name="pairs drift", pair_sd=0.4),
    replace(BASIC, name="months that last", persistence=0.7, pair_sd=0.2),
    replace(BASIC, name="sparse", shipments=0.3),
    replace(BASIC, name="no backfill, sparse", real=0.0, shipments=0.3),
    replace(BASIC, name="six placebos", placebos=6),
    replace(BASIC, name="silent months", silent=0.15),
    replace(BASIC, name="no ordinary goods", ordinary=0),
)


def drawn(
    kind: Kind, rng: np.random.Generator, goods: int, scale: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Monthly dollars (suppliers, places, goods, months) of target and placebos, the rest of the
    world's (suppliers, goods, months), and the suppliers' growth as it was planted."""
    periods, places = kind.before + kind.after, 1 + kind.placebos
    after = np.arange(periods) >= kind.before
    size = scale * rng.lognormal(0, 1.0, (kind.suppliers, 1, goods)) * rng.lognormal(0, 0.5, (1, places, 1))
    cell = size * rng.lognormal(0, 0.7, (kind.suppliers, places, goods))
    growth = rng.normal(0, kind.growth_sd, (kind.suppliers, 1, goods)) + rng.normal(
        0, kind.growth_sd, (kind.suppliers, 1, 1)
    )
    pair = rng.normal(0, kind.pair_sd, (kind.suppliers, places, 1))
    season = 0.2 * np.sin(np.arange(periods) * np.pi / 6 + rng.uniform(0, 6, (kind.suppliers, 1, 1, 1)))
    log_rate = np.log(kind.shipments * cell)[..., None] + (growth + pair)[..., None] * after + season
    if kind.persistence:
        steps = rng.normal(0, 0.3 * np.sqrt(1 - kind.persistence**2), (kind.suppliers, places, 1, periods))
        for period in range(1, periods):
            steps[..., period] += kind.persistence * steps[..., period - 1]
        log_rate = log_rate + steps
    rest = np.exp(
        np.log(20 * kind.shipments * size.mean(axis=1))[..., None] + growth[:, 0, :, None] * after + season[:, 0]
    )
    return log_rate, rest, after


def shipped(rng: np.random.Generator, rate: np.ndarray) -> np.ndarray:
    """Dollars of shipments that come at a rate of its own each month and differ in size."""
    number = rng.poisson(rate * rng.exponential(1.0, rate.shape) ** 0.7 / 0.9086)  # mean 1, variance 0.5
    lumps = np.maximum(number, 1)
    size = lumps * 1.5 * np.exp(rng.standard_normal(rate.shape) * np.sqrt(0.5 / lumps) - 0.25 / lumps)
    return np.where(number > 0, size, 0.0) * 1e4


def world(kind: Kind, seed: int, families: list[str]) -> tuple[dict[str, CellSeries], np.ndarray]:
    """One world as series of each family, and which suppliers rose."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    log_rate, rest, after = drawn(kind, rng, kind.goods)
    real = rng.random(kind.suppliers) < kind.real
    shift = rng.normal(0, kind.place_sd, 1 + kind.placebos)
    shift[0] += np.log(kind.surge)
    own_shift = shift + rng.normal(0, kind.place_goods_sd, shift.size)
    log_rate = log_rate + (own_shift[None, :, None, None] * after)
    log_rate[:, 0] += np.log(kind.effect) * real[:, None, None] * after
    values = shipped(rng, np.exp(log_rate))
    other = shipped(rng, rest)
    if kind.ordinary:
        ordinary_rate, ordinary_rest, _ = drawn(kind, rng, kind.ordinary, 4.0)
        ordinary = shipped(rng, np.exp(ordinary_rate + shift[None, :, None, None] * after)).sum(axis=2)
        ordinary_elsewhere = ordinary.sum(axis=1) + shipped(rng, ordinary_rest).sum(axis=1)
    else:
        ordinary = np.zeros((kind.suppliers, 1 + kind.placebos, after.size))
        ordinary_elsewhere = ordinary[:, 0]
    reported = rng.random((kind.suppliers, after.size)) >= kind.silent
    factor = reported * np.where(after, 12.0 / kind.after, 12.0 / kind.before)
    mine = reported[:, None, :]
    found = {}
    for family in families:
        groups = {"supplier": 1, "supplier-group": 4, "supplier-good": kind.goods}[family]
        found[family] = CellSeries(
            suppliers=tuple(f"{number:03d}" for number in range(kind.suppliers)),
            supplier=np.repeat(np.arange(kind.suppliers), groups),
            labels=tuple(str(number) for number in np.tile(np.arange(groups), kind.suppliers)),
            places=tuple(str(place) for place in range(1 + kind.placebos)),
            values=grouped(values, groups) * np.repeat(mine, groups, axis=0),
            elsewhere=grouped(values.sum(axis=1) + other, groups) * np.repeat(reported, groups, axis=0),
            factor=np.repeat(factor, groups, axis=0),
            is_after=after,
            ordinary=ordinary * mine,
            ordinary_elsewhere=ordinary_elsewhere * reported,
            ordinary_factor=factor,
        )
    return found, real


def grouped(array: np.ndarray, groups: int) -> np.ndarray:
    """(suppliers, …, goods, months) summed to (suppliers x groups, …, months)."""
    split = np.stack([part.sum(axis=-2) for part in np.split(array, groups, axis=-2)], axis=1)
    return split.reshape(-1, *split.shape[2:])


@dataclass
class Tally:
    """What the worlds of one kind and family came to."""

    size05: list[float]
    size01: list[float]
    false_rate: list[float]
    power: list[float]
    power_large: list[float]
    supplier_false: list[float]

    def add(self, found: CellTests, series: CellSeries, real: np.ndarray) -> None:
        """Count one world."""
        name = {supplier: number for number, supplier in enumerate(series.suppliers)}
        cells = [cell for cell in found.cells if cell.p_value is not None]
        rose = np.array([real[name[cell.supplier]] for cell in cells])
        p, q = np.array([cell.p_value for cell in cells]), np.array([cell.q_value for cell in cells])
        total = series.values[:, 0].sum(axis=1)
        volume = dict(zip(zip(series.supplier, series.labels, strict=True), total, strict=True))
        large = np.array([volume[name[cell.supplier], cell.cell] for cell in cells]) > np.median(total)
        hit = q <= FDR
        self.size05.append(float((p[~rose] <= 0.05).mean()))
        self.size01.append(float((p[~rose] <= 0.01).mean()))
        self.false_rate.append(float(hit[~rose].sum() / max(1, hit.sum())))
        if rose.any():
            self.power.append(float(hit[rose].mean()))
        if (rose & large).any():
            self.power_large.append(float(hit[rose & large].mean()))
        q_of = supplier_q_values(found)
        called = [supplier for supplier, value in q_of.items() if value <= FDR]
        self.supplier_false.append(sum(not real[name[supplier]] for supplier in called) / max(1, len(called)))


def mean(values: list[float]) -> str:
    """A mean, or a dash."""
    return f"{np.mean(values):.3f}" if values else "–"


def main() -> int:
    """Print the table; 1 when a promise fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--only", default="", help="kinds, parted by semicolons (all when left out)")
    parser.add_argument("--families", default="supplier,supplier-group,supplier-good")
    given = parser.parse_args()
    heading(f"Cell tests, {given.seeds} worlds a kind, Benjamini-Hochberg at {FDR:.0%}", "numpy")
    rows, kept = [], True
    for kind in (kind for kind in KINDS if not given.only or kind.name in given.only.split(";")):
        families = given.families.split(",")
        tallies = {family: Tally([], [], [], [], [], []) for family in families}
        for seed in range(given.first, given.first + given.seeds):
            series, real = world(kind, seed, families)
            for family, tally in tallies.items():
                tally.add(cell_tests(series[family], family=family, fdr=FDR), series[family], real)
        print(kind.name, file=sys.stderr, flush=True)
        for family, tally in tallies.items():
            spread = 2.6 * np.std(tally.false_rate) / np.sqrt(given.seeds)
            kept &= float(np.mean(tally.false_rate)) <= 0.12 + spread
            rows.append(
                (
                    kind.name, family, mean(tally.size05), mean(tally.size01), mean(tally.false_rate),
                    mean(tally.supplier_false), mean(tally.power), mean(tally.power_large),
                )
            )  # fmt: skip
    table(("world", "family", "size .05", "size .01", "FDR", "FDR of suppliers", "power", "upper half"), rows)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
