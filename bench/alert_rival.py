"""The month's scores and p-values of a lake of a million series, by Polars and whole arrays of numpy.

    python bench/alert_rival.py LAKE EPISODE

Written from docs/methods/alerts.md, as somebody would who has one table and no lake: one source, one revision, every
month reported by everybody, no lasting rises. Prints the number of cells and of p-values at most .001.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy.special import betainc

from stopgap.lake.snapshot import take_snapshot
from stopgap.panel.episodes import load_episode

HISTORY, PAST = 36, 24
Groups = list[tuple[np.ndarray, int]]


@dataclass
class Learnt:
    """Level, dispersion, months that the level is worth, and season by good and month of the year."""

    level: np.ndarray
    cv2: np.ndarray
    n_eff: float
    season: np.ndarray


def panel(lake: Path, episode_file: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the dollars by cell and month, and the supplier, destination and good of each cell as numbers."""
    episode = load_episode(episode_file)
    is_named = (pl.col("partner") == episode.target) | (
        pl.col("partner").is_in(list(episode.hubs)) & pl.col("reporter").is_in(list(episode.members()))
    )
    names = ["reporter", "destination", "good"]
    rows = (
        pl.scan_parquet([str(path) for path in take_snapshot(lake).files])
        .filter((pl.col("frequency") == "M") & (pl.col("flow") == "X") & (pl.col("kind") == "economy"))
        .with_columns(pl.when(is_named).then(pl.col("partner")).otherwise(pl.lit("*")).alias("destination"))
        .group_by(*names, "period")
        .agg(pl.col("value_usd").sum())
        .collect(engine="streaming")
    )
    wide = rows.pivot(on="period", index=names, values="value_usd", sort_columns=True).sort(names)
    codes = [np.unique(wide[name].to_numpy().astype(str), return_inverse=True)[1] for name in names]
    return wide.drop(names).fill_null(0.0).to_numpy(), codes


def season_row(sums: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Season factors of mean 1, shrunk to 1."""
    known = weights > 0
    raw = np.where(known, sums / np.where(known, weights, 1.0), 0.0)
    centre = raw.sum(axis=1, keepdims=True) / np.maximum(known.sum(axis=1, keepdims=True), 1)
    raw = np.where(known, raw / np.where(centre > 0, centre, 1.0), 1.0)
    error = np.where(known, 1.0 / np.where(known, weights, 1.0), 0.0)
    tau2 = max(float((np.where(known, (raw - 1) ** 2, 0.0) - error).sum() / max(known.sum(), 1)), 0.0)
    return np.clip(1 + np.where(known, tau2 / (tau2 + error + 1e-12), 0.0) * (raw - 1), 0.1, 10.0)


def learn(values: np.ndarray, months: np.ndarray, good: np.ndarray) -> Learnt:
    """Learn from the months before one."""
    goods, width = good.max() + 1, values.shape[1]
    mean = values.mean(axis=1)
    usable = mean > 0
    ratio = np.minimum(values / np.where(usable, mean, 1.0)[:, None], 4.0)
    weight = np.where(usable, 1 / np.maximum(((ratio - 1) ** 2).mean(axis=1), 0.05), 0.0)
    sums, weights = np.zeros((goods, 12)), np.zeros((goods, 12))
    for month in range(12):
        here = months == month
        sums[:, month] = np.bincount(good, weight * ratio[:, here].sum(axis=1), goods)
        weights[:, month] = np.bincount(good, weight * here.sum(), goods)
    common = season_row(sums.sum(axis=0)[None], weights.sum(axis=0)[None])
    season = common * season_row(sums / common, weights)
    flat = values / season[good][:, months]
    fading = 0.5 ** ((width - 1 - np.arange(width)) / 18.0)
    n_eff = fading.sum() ** 2 / (fading**2).sum()
    level = flat @ fading / fading.sum()
    spread = (flat - level[:, None]) ** 2 @ fading / fading.sum() * n_eff / (n_eff - 1)
    cv2 = np.clip(spread / np.where(level > 0, level, 1.0) ** 2, 0.02, 60.0)
    active, log = (values > 0).mean(axis=1), np.log(cv2)
    edges = np.unique(np.quantile(active[usable], np.linspace(0, 1, 9)[1:-1]))
    group = np.searchsorted(edges, active, side="right")
    middle = np.full(len(edges) + 1, np.median(log[usable]))
    for number in np.unique(group[usable]):
        middle[number] = np.median(log[usable & (group == number)])
    return Learnt(level, np.exp(0.5 * log + 0.5 * middle[group]), float(n_eff), season)


def common_factor(
    excess: np.ndarray, variance: np.ndarray, group: np.ndarray, number: int, usable: np.ndarray
) -> np.ndarray:
    """The factor common to the other cells of each cell's group, shrunk to 1."""
    weight = np.where(usable, 1 / variance, 0.0)
    weighted = np.minimum(excess, 3 * np.sqrt(variance)) * weight
    sums, weights = np.bincount(group, weighted, number), np.bincount(group, weight, number)
    safe = np.where(weights > 0, weights, 1.0)
    moved = (((sums / safe) ** 2 - (weights > 0) / safe) * weights).sum() / weights.sum()
    tau2, rest = max(float(moved), 0.0), weights[group] - weight
    lone = rest <= 1e-9
    rest = np.where(lone, 1.0, rest)
    return np.where(lone, 1.0, np.clip(1 + tau2 / (tau2 + 1 / rest) * (sums[group] - weighted) / rest, 0.2, 5.0))


def score(
    values: np.ndarray, month: int, known: Learnt, good: np.ndarray, groups: Groups, family: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The score of each cell of the family in a month, and the mean that was expected in pseudo-counts."""
    usable = known.level > 0
    base = known.level * known.season[good, month]
    ratio = np.where(usable, values / np.where(base > 0, base, 1.0), 1.0)
    variance = known.cv2 * (1 + 1 / known.n_eff)
    factor = np.ones(len(base))
    for group, number in groups * 2:
        factor *= common_factor(ratio / factor - 1, variance, group, number, usable)
    relative = np.where(usable, known.season[good, month], 1.0) * factor
    unit = np.where(usable, known.level * known.cv2, 1.0) * np.maximum(relative, 1.0)
    mean = (1 / known.cv2 + 0.5 / known.n_eff) * np.minimum(relative, 1.0)
    kept = family & usable
    count, mean, size = (values / unit)[kept], mean[kept], (known.n_eff / known.cv2 + 0.5)[kept]
    share = mean / (size + mean)
    at_least = np.where(count > 0, betainc(np.maximum(count, 1e-9), size, share), 1.0)
    return -np.log(np.maximum(0.5 * (at_least + betainc(count + 1, size, share)), 1e-300)), mean


def p_values(scores: list[np.ndarray], means: list[np.ndarray]) -> np.ndarray:
    """Conformal p-values of the first month's scores among those of the others."""
    usual = np.array([each[each <= np.quantile(each, 0.9)].mean() for each in scores])
    number = np.array([each.size for each in scores])
    shrunk = (usual * number + 40 * (usual * number).sum() / number.sum()) / (number + 40)
    now, *past = (each / max(by, 1e-6) for each, by in zip(scores, shrunk, strict=True))
    before, before_mean = np.concatenate(past), np.concatenate(means[1:])
    edges = np.quantile(before_mean, np.linspace(0, 1, 6)[1:-1])
    group, before_group = np.searchsorted(edges, means[0]), np.searchsorted(edges, before_mean)
    for stratum in range(5):
        own = before[before_group == stratum]
        start = np.quantile(own, 0.9)
        scale = (own[own > start] - start).mean()
        now[group == stratum] = (now[group == stratum] - start) / scale
        before[before_group == stratum] = (own - start) / scale
    before.sort()
    return (1 + before.size - np.searchsorted(before, now)) / (1 + before.size)


def main() -> None:
    values, (supplier, destination, good) = panel(Path(sys.argv[1]), sys.argv[2])
    months, goods = np.arange(values.shape[1]) % 12, int(good.max()) + 1
    groups = []
    for codes in (destination, supplier, destination * goods + good, supplier * goods + good):
        names, group = np.unique(codes, return_inverse=True)
        groups.append((group, len(names)))
    family, last = destination != 0, values.shape[1] - 1  # "*" stands first
    scores, means = [], []
    for column in range(last, last - PAST - 1, -1):
        before = slice(column - HISTORY, column)
        known = learn(values[:, before], months[before], good)
        found, mean = score(values[:, column], months[column], known, good, groups, family)
        scores.append(found)
        means.append(mean)
    print(len(values), int((p_values(scores, means) <= 0.001).sum()))


if __name__ == "__main__":
    main()
