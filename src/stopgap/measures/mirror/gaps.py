"""Estimate missing reports: of a target that stopped reporting, and of suppliers that have not reported yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from stopgap.measures.mirror.forecast import (
    FEWEST_PEERS,
    FEWEST_PERIODS,
    Forecast,
    history_forecast,
    peers_forecast,
    silent_variance,
)
from stopgap.measures.mirror.pairs import Flags, Reported, ReportPairs
from stopgap.measures.mirror.results import Nowcast, Reconstruction
from stopgap.measures.statistics.array_types import Array, Whole

TOO_WIDE = "its past moves so much that the interval's ends lie more than a million times apart"
PEER_SHARE = 0.05
"""Smallest trade of a peer relative to the economy's own; smaller peers are more erratic."""


@dataclass(frozen=True)
class Cube:
    """Dollars of all goods, exporters x importers x periods (months since year 0); NaN if a side is silent."""

    economies: tuple[str, ...]
    periods: Whole
    exporter_usd: Array
    importer_usd: Array

    def number(self, name: str) -> int | None:
        """Return the index of an economy; ``None`` if it has no row."""
        return self.economies.index(name) if name in self.economies else None


def cube_of(pairs: ReportPairs, reported: Reported) -> Cube:
    """Sum the pairs over goods; a side that reported without a row for a flow it covers counts as 0."""
    size, periods = len(pairs.economies), reported.periods
    shape, cells = (size, size, periods.size), size * size * periods.size
    at = np.ravel_multi_index((pairs.exporter, pairs.importer, np.searchsorted(periods, pairs.period)), shape)
    cubes = []
    for values, told in (
        (pairs.exporter_usd, reported.exporter[:, None, :]),
        (pairs.importer_usd, reported.importer[None, :, :]),
    ):
        there = np.isfinite(values)
        sums = np.bincount(at[there], weights=values[there], minlength=cells).reshape(shape)
        covered: Flags = np.asarray(np.bincount(at[there], minlength=cells).reshape(shape).any(axis=2))
        cubes.append(np.where(told & covered[:, :, None], sums, np.nan))
    return Cube(pairs.economies, periods, cubes[0], cubes[1])


def month_text(period: int) -> str:
    """Format months since year 0 as ``YYYY-MM``."""
    return f"{period // 12:04d}-{period % 12 + 1:02d}"


@dataclass(frozen=True)
class _Ratio:
    """History of one importer's ``ln(own reports / mirror)``, with the mirror of one set of partners."""

    times: Array
    log_ratio: Array
    mirror_now: float
    share: float
    growth: Array
    weight: Array
    partners: int


def _ratio(own: Array, mirror: Array, at: int, span: Flags) -> _Ratio | None:
    """Return the ratio of an economy's reports to those of partners that report period ``at`` and the whole history.

    ``own`` and ``mirror`` are partners x periods; the history is the periods in ``span`` that the economy reported.
    """
    history = span & np.isfinite(own).any(axis=0)
    history[at] = False
    if not history.any():
        return None
    told = np.isfinite(mirror)
    steady = told[:, at] & told[:, history].all(axis=1)
    total = np.nansum(own[:, history], axis=0)
    beside = mirror[np.ix_(steady, history)].sum(axis=0)
    good = (total > 0) & (beside > 0)
    now = float(mirror[steady, at].sum())
    if not good.any() or now <= 0:
        return None
    before = mirror[np.ix_(steady, history)].mean(axis=1)
    moved = (before > 0) & (mirror[steady, at] > 0)
    growth = np.full(before.size, np.nan)
    growth[moved] = np.log(mirror[steady, at][moved]) - np.log(before[moved])
    held = float(np.nansum(own[np.ix_(steady, history)])) / float(total.sum())
    times = np.flatnonzero(history)[good].astype(np.float64)
    log_ratio = np.log(total[good]) - np.log(beside[good])
    return _Ratio(times, log_ratio, now, min(held, 1.0), growth, before, int(steady.sum()))


def reconstruct(
    cube: Cube, target: str, groups: Mapping[str, frozenset[str] | None], window: tuple[int, int], *, is_importer: bool
) -> tuple[Reconstruction, ...]:
    """Estimate what the target would have reported (imports or exports) in silent periods of the window.

    Returns one row per group of partners (``None``: all) and silent period: the partners' reports times the
    historical ratio of the target's reports to theirs, with a prediction interval that widens with the distance
    from the history and with the trade of partners that no longer report. With fewer than four periods of
    history, the interval comes from the errors of the same rule for other economies.
    """
    number = cube.number(target)
    if number is None:
        return ()
    own, mirror = (cube.importer_usd, cube.exporter_usd) if is_importer else (cube.exporter_usd, cube.importer_usd)
    if not is_importer:
        own, mirror = own.transpose(1, 0, 2), mirror.transpose(1, 0, 2)
    inside = np.flatnonzero((cube.periods >= window[0]) & (cube.periods <= window[1]))
    silent = [at for at in inside.tolist() if not np.isfinite(own[:, number, at]).any()]
    found = []
    for name, members in groups.items():
        mine = np.array([members is None or code in members for code in cube.economies])
        found += [_reconstructed(name, cube, own[mine], mirror[mine], number, at) for at in silent]
    return tuple(found)


def _reconstructed(name: str, cube: Cube, own: Array, mirror: Array, number: int, at: int) -> Reconstruction:
    period = month_text(int(cube.periods[at]))
    earlier = np.arange(cube.periods.size) < at
    ratio = _ratio(own[:, number], mirror[:, number], at, earlier)
    if ratio is None:
        because = "its own reports and its partners' have no period in common, or no partner reports this one"
        return Reconstruction(name, period, None, None, None, "none", 0, 0, None, because)
    extra = silent_variance(ratio.share, ratio.growth, ratio.weight)
    forecast = history_forecast(ratio.times, ratio.log_ratio, float(at), extra_variance=extra)
    if forecast is None:
        forecast = _by_peers(own, mirror, number, at, ratio, extra)
    now, rest = ratio.mirror_now, (ratio.partners, ratio.share)
    if forecast is None or not forecast.says_something:
        because = (
            TOO_WIDE
            if forecast
            else (
                f"its own history has {ratio.log_ratio.size} periods of the {FEWEST_PERIODS} needed, "
                f"and fewer than {FEWEST_PEERS} other economies report the same periods"
            )
        )
        return Reconstruction(name, period, now, None, None, "none", 0, *rest, because)
    centre, lower, upper = forecast.dollars(now)
    return Reconstruction(name, period, now, centre, (lower, upper), forecast.method, forecast.rests_on, *rest)


def _by_peers(own: Array, mirror: Array, number: int, at: int, ratio: _Ratio, extra: float) -> Forecast | None:
    """Forecast from the errors of the same rule for other economies; both sides are widened by ``extra`` variance."""
    span = np.zeros(own.shape[2], dtype=bool)
    span[ratio.times.astype(int)] = True
    errors = []
    for peer in range(own.shape[1]):
        if peer == number or not np.isfinite(own[:, peer, at]).any():
            continue
        theirs = _ratio(own[:, peer], mirror[:, peer], at, span)
        if theirs is None or theirs.log_ratio.size < ratio.log_ratio.size:
            continue
        said = float(np.nansum(own[:, peer, at]))
        if said > 0 and theirs.mirror_now >= PEER_SHARE * ratio.mirror_now:
            errors.append(np.log(said / theirs.mirror_now) - float(theirs.log_ratio.mean()))
    forecast = peers_forecast(np.array(errors), centre=float(ratio.log_ratio.mean()))
    if forecast is None:
        return None
    centre = forecast.centre
    down, up = (np.hypot(half, 1.96 * extra**0.5) for half in (centre - forecast.lower, forecast.upper - centre))
    return replace(forecast, lower=float(centre - down), upper=float(centre + up))


def nowcast(
    cube: Cube,
    target: str,
    outside: frozenset[str],
    window: tuple[int, int],
    *,
    periods_per_year: int,
    target_imports: bool,
) -> tuple[Nowcast, ...]:
    """Estimate trade with the target of economies that reported it before but not yet in a period of the window.

    Returns one row per economy and missing period. Of the rules with four periods of history, the one with
    the narrowest interval is used: its share of other economies' reports, the target's own report of the
    flow, or the same month of the previous year. Else its last reported figure, with the growth of its
    peers: the suppliers outside the coalition.
    """
    number = cube.number(target)
    if number is None:
        return ()
    sold, bought = cube.exporter_usd, cube.importer_usd
    own = sold[:, number] if target_imports else bought[number]
    mirror = bought[:, number] if target_imports else sold[number]
    inside = (cube.periods >= window[0]) & (cube.periods <= window[1])
    peers = np.array([name in outside for name in cube.economies])
    traded: Flags = np.asarray((np.nan_to_num(own) > 0).any(axis=1), dtype=bool)
    missing = traded[:, None] & np.isnan(own) & inside
    return tuple(
        _nowcast(cube, own, mirror, row, at, peers, periods_per_year) for row, at in np.argwhere(missing).tolist()
    )


def _nowcast(cube: Cube, own: Array, mirror: Array, row: int, at: int, peers: Flags, periods_per_year: int) -> Nowcast:
    name, period = cube.economies[row], month_text(int(cube.periods[at]))
    best: tuple[Forecast, float, str] | None = None
    for method, beside in _beside(own, mirror, row, at, periods_per_year):
        good = (np.nan_to_num(own[row]) > 0) & (np.nan_to_num(beside) > 0)
        good[at:] = False
        if not np.nan_to_num(beside[at]) > 0:
            continue
        ratio = np.log(own[row, good]) - np.log(beside[good])
        forecast = history_forecast(np.flatnonzero(good).astype(np.float64), ratio, float(at))
        if forecast is not None and (best is None or forecast.width < best[0].width):
            best = forecast, float(beside[at]), method
    if best is None:
        forecast, base = _moved_as_peers(own, row, at, peers)
        if forecast is None:
            because = f"fewer than {FEWEST_PERIODS} periods of history, and fewer than {FEWEST_PEERS} peers"
            return Nowcast(name, period, None, None, "none", 0, because)
        best = forecast, base, "peers"
    if not best[0].says_something:
        return Nowcast(name, period, None, None, "none", 0, TOO_WIDE)
    centre, lower, upper = best[0].dollars(best[1])
    return Nowcast(name, period, centre, (lower, upper), best[2], best[0].rests_on)


def _beside(own: Array, mirror: Array, row: int, at: int, periods_per_year: int) -> list[tuple[str, Array]]:
    """Return the series that can predict the economy's reports: mirror, other economies and last year."""
    told = np.isfinite(own)
    history = told[row].copy()
    history[at:] = False
    steady = told[:, at] & told[:, history].all(axis=1) if history.any() else np.zeros(len(own), dtype=bool)
    steady[row] = False
    others = own[steady].sum(axis=0) if steady.any() else np.full(own.shape[1], np.nan)
    shifted = np.full(own.shape[1], np.nan)
    shifted[periods_per_year:] = own[row, :-periods_per_year]
    series = [("mirror", mirror[row]), ("others", others)]
    return [*series, ("last year", shifted)] if periods_per_year > 1 else series


def _moved_as_peers(own: Array, row: int, at: int, peers: Flags) -> tuple[Forecast | None, float]:
    """Forecast the log growth since the last reported figure from the peers' growth; also return that figure."""
    last = np.flatnonzero(np.nan_to_num(own[row, :at]) > 0)
    if last.size == 0:
        return None, 0.0
    base = float(own[row, last[-1]])
    then, now = np.nan_to_num(own[:, last[-1]]), np.nan_to_num(own[:, at])
    mine = peers & (then >= PEER_SHARE * base) & (now > 0)
    mine[row] = False
    return peers_forecast(np.log(now[mine]) - np.log(then[mine])), base
