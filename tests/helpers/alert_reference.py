"""What alerts learn from the months of each cell, and expect of a month, series by series in plain Python."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np

Values = list[list[float]]  # by cell and month; NaN where not reported


@dataclass
class Learnt:
    """What is known of each cell from the months before one; ``season`` by (good, month of the year)."""

    level: list[float]
    cv2: list[float]
    n_eff: list[float]
    usable: list[bool]
    too_short: list[bool]
    season: dict[tuple[str, int], float]


def learnt(values: Values, months: list[int], goods: list[str]) -> Learnt:
    """Level, dispersion and season of each cell, as docs/methods/alerts.md has them."""
    known = [
        [(value, month) for value, month in zip(row, months, strict=True) if not math.isnan(value)] for row in values
    ]
    traded = [sum(value for value, _ in cell) > 0 for cell in known]
    usable = [has and len(cell) >= 24 for has, cell in zip(traded, known, strict=True)]
    season = _seasons(known, goods, usable)
    level, cv2, n_eff = [], [], []
    for row, good in zip(values, goods, strict=True):
        ages = range(len(row) - 1, -1, -1)
        terms = [
            (0.5 ** (age / 18), value / season.get((good, month), 1.0))
            for age, value, month in zip(ages, row, months, strict=True)
            if not math.isnan(value)
        ]
        total = max(sum(weight for weight, _ in terms), 1e-12)
        worth = total**2 / max(sum(weight**2 for weight, _ in terms), 1e-12)
        mean = sum(weight * flat for weight, flat in terms) / total
        spread = sum(weight * (flat - mean) ** 2 for weight, flat in terms) / total * worth / max(worth - 1, 1.0)
        level.append(mean)
        n_eff.append(worth)
        cv2.append(min(max(spread / (mean if mean > 0 else 1.0) ** 2, 0.02), 60.0))
    active = [sum(value > 0 for value, _ in cell) / max(len(cell), 1) for cell in known]
    return Learnt(
        level,
        _shrunk(cv2, active, usable),
        n_eff,
        [fit and mean > 0 for fit, mean in zip(usable, level, strict=True)],
        [has and len(cell) < 24 for has, cell in zip(traded, known, strict=True)],
        season,
    )


def _seasons(
    known: list[list[tuple[float, int]]], goods: list[str], usable: list[bool]
) -> dict[tuple[str, int], float]:
    sums: dict[tuple[str, int], float] = {}
    weights: dict[tuple[str, int], float] = {}
    for cell, good, fit in zip(known, goods, usable, strict=True):
        if not fit:
            continue
        mean = fmean(value for value, _ in cell)
        ratios = [(min(value / mean, 4.0), month) for value, month in cell]
        weight = 1 / max(fmean((ratio - 1) ** 2 for ratio, _ in ratios), 0.05)
        for ratio, month in ratios:
            sums[good, month] = sums.get((good, month), 0.0) + weight * ratio
            weights[good, month] = weights.get((good, month), 0.0) + weight
    of_all: tuple[dict, dict] = ({}, {})
    for total, each in zip(of_all, (sums, weights), strict=True):
        for (_, month), value in each.items():
            total["*", month] = total.get(("*", month), 0.0) + value
    common = _row(*of_all)
    own = _row({key: value / common["*", key[1]] for key, value in sums.items()}, weights)
    # A good that never traded has the season of all goods.
    found = {(good, month): factor for good in goods for (_, month), factor in common.items()}
    return {(good, month): factor * own.get((good, month), 1.0) for (good, month), factor in found.items()}


def _row(sums: dict[tuple[str, int], float], weights: dict[tuple[str, int], float]) -> dict[tuple[str, int], float]:
    raw = {key: sums[key] / weights[key] for key in weights}
    for good in {good for good, _ in raw}:
        centre = fmean(value for (each, _), value in raw.items() if each == good)
        raw.update({key: value / (centre if centre > 0 else 1.0) for key, value in raw.items() if key[0] == good})
    if not raw:
        return {}
    tau2 = max(fmean((raw[key] - 1) ** 2 - 1 / weights[key] for key in raw), 0.0)
    kept = {key: tau2 / (tau2 + 1 / weights[key] + 1e-12) for key in raw}
    return {key: min(max(1 + kept[key] * (raw[key] - 1), 0.1), 10.0) for key in raw}


def _shrunk(cv2: list[float], active: list[float], usable: list[bool]) -> list[float]:
    of_usable = [share for share, fit in zip(active, usable, strict=True) if fit]
    if not of_usable:
        return cv2
    edges = sorted(set(np.quantile(of_usable, [each / 8 for each in range(1, 8)]).tolist()))
    group = [sum(edge <= share for edge in edges) for share in active]
    logs = [math.log(each) for each in cv2]
    everywhere = median(log for log, fit in zip(logs, usable, strict=True) if fit)
    found = []
    for log, own in zip(logs, group, strict=True):
        like = [other for other, number, fit in zip(logs, group, usable, strict=True) if fit and number == own]
        found.append(math.exp(0.5 * log + 0.5 * (median(like) if like else everywhere)))
    return found


def factors(values: list[float], month: int, known: Learnt, names: list[tuple[str, str, str]]) -> list[float]:
    """The factor common to the groups of each cell in a month; ``names`` are supplier, destination and good."""
    cells = range(len(values))
    usable = [known.usable[cell] and not math.isnan(values[cell]) for cell in cells]
    base = [known.level[cell] * known.season.get((names[cell][2], month), 1.0) for cell in cells]
    variance = [known.cv2[cell] * (1 + 1 / max(known.n_eff[cell], 1.0)) for cell in cells]
    factor = [1.0] * len(values)
    groupings = [(1,), (0,), (1, 2), (0, 2)]
    for parts in groupings * 2:
        groups = [tuple(names[cell][part] for part in parts) for cell in cells]
        weight = [1 / variance[cell] if usable[cell] else 0.0 for cell in cells]
        excess = [
            min(values[cell] / base[cell] / factor[cell] - 1, 3 * math.sqrt(variance[cell])) if usable[cell] else 0.0
            for cell in cells
        ]
        moved = []
        for group in set(groups):
            inside = [cell for cell in cells if groups[cell] == group and usable[cell]]
            total = sum(weight[cell] for cell in inside)
            if total > 0:
                mean = sum(weight[cell] * excess[cell] for cell in inside) / total
                moved.append(((mean**2 - 1 / total) * total, total))
        tau2 = max(sum(each for each, _ in moved) / max(sum(total for _, total in moved), 1e-12), 0.0)
        found = []
        for cell in cells:
            others = [each for each in cells if groups[each] == groups[cell] and usable[each] and each != cell]
            rest = sum(weight[each] for each in others)
            if rest <= 1e-9:
                found.append(1.0)
                continue
            mean = sum(weight[each] * excess[each] for each in others) / rest
            found.append(min(max(1 + tau2 / (tau2 + 1 / rest) * mean, 0.2), 5.0))
        factor = [before * each for before, each in zip(factor, found, strict=True)]
    return factor
