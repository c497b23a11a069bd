"""Find the latest period that the bulk of suppliers report, in which levers are ranked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from stopgap.panel.episodes import add_months

BULK = 0.9  # share of the after-window's inflow whose suppliers must report the whole period


@dataclass(frozen=True)
class LatestPeriod:
    """Latest period reported by suppliers with most of the after-window's inflow.

    Attributes:
        first: First month (``YYYY-MM``; of annual figures January).
        last: Last month.
        periods: First months of the periods in it.
        share: Share of the after-window's inflow whose suppliers report all of it.
        absent: Suppliers of the after-window that report none of it: missing, not zero.
        is_common: False if no such period exists and it is the whole after-window.
    """

    first: str
    last: str
    periods: tuple[str, ...]
    share: float
    absent: tuple[str, ...]
    is_common: bool


def latest_period(
    inflow_usd: Mapping[str, float], reported: Mapping[str, Collection[str]], *, periods_per_year: int
) -> LatestPeriod | None:
    """Find the latest year, or run of 12 months, reported in full by suppliers with 90 % of the inflow.

    Args:
        inflow_usd: Each supplier's trade with the target in the after-window.
        reported: Periods of the after-window (``YYYY-MM``) that each supplier reported.
        periods_per_year: 1 or 12.

    Returns:
        The period; the whole after-window if it holds no such period; ``None`` without periods or trade.
    """
    periods = sorted({period for name in inflow_usd for period in reported.get(name, ())})
    total = sum(inflow_usd.values())
    if not periods or total <= 0:
        return None
    for end in range(len(periods), periods_per_year - 1, -1):
        run = periods[end - periods_per_year : end]
        if periods_per_year > 1 and run[-1] != add_months(run[0], periods_per_year - 1):
            continue
        share = sum(usd for name, usd in inflow_usd.items() if set(run) <= set(reported.get(name, ()))) / total
        if share >= BULK:
            return _period(run, share, inflow_usd, reported, periods_per_year, is_common=True)
    share = sum(usd for name, usd in inflow_usd.items() if set(periods) <= set(reported.get(name, ()))) / total
    return _period(periods, share, inflow_usd, reported, periods_per_year, is_common=False)


def _period(
    run: list[str],
    share: float,
    inflow_usd: Mapping[str, float],
    reported: Mapping[str, Collection[str]],
    periods_per_year: int,
    *,
    is_common: bool,
) -> LatestPeriod:
    absent = sorted(name for name, usd in inflow_usd.items() if usd > 0 and not set(run) & set(reported.get(name, ())))
    last = run[-1] if periods_per_year > 1 else f"{run[-1][:4]}-12"
    return LatestPeriod(run[0], last, tuple(run), share, tuple(absent), is_common)
