"""Even out the periods that reporters lack, so that the sum of many reporters has the mean of each.

A reporter counts over the seasons (months of the year; one season for annual figures) that it reported in both windows.
Its mean of a window is that of its own periods: missing is not zero. Summed over reporters whose periods differ, the
means of a window stay right where each row has the weight given here, as if all had reported the same periods.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Seasons = Mapping[dt.date, tuple[str, int]]  # period -> (baseline or after, season)


@dataclass(frozen=True)
class Counted:
    """How a reporter's row of one period counts.

    ``factor`` makes a dollar the reporter's mean a year in the period's window, the baseline weighted to the seasons
    of its after-window. ``weight`` does so for a sum of reporters that is taken over the periods of all of them.
    """

    part: str
    weight: float
    factor: float


def seasons_of(periods: Iterable[Mapping[str, Any]]) -> dict[dt.date, tuple[str, int]]:
    """Return part and season by period, from the rows of the table ``periods``."""
    return {row["period"]: (row["part"], row["season"]) for row in periods}


def usable(reported: Iterable[dt.date], seasons: Seasons) -> frozenset[dt.date]:
    """Return a reporter's periods whose season it reported in both windows; empty if it does not compare."""
    own = [period for period in reported if period in seasons]
    before, after = (
        {seasons[period][1] for period in own if seasons[period][0] == part} for part in ("baseline", "after")
    )
    return frozenset(period for period in own if seasons[period][1] in before & after)


def counted(
    reported: Iterable[dt.date], whole: frozenset[dt.date], seasons: Seasons, per_year: int
) -> dict[dt.date, Counted]:
    """Return how each period of a reporter counts in a sum over the periods ``whole``; empty if it does not compare.

    With N the number of periods by part and season, n the reporter's, the factor is ``per_year / n_after`` after, times
    ``n_after,s / n_baseline,s`` before; the weight is the factor by that of ``whole``. It is 1 for a reporter of every
    period. Periods outside ``whole`` do not count.
    """
    own = usable((period for period in reported if period in whole), seasons)
    mine, all_of_it = _factors(own, seasons, per_year), _factors(whole, seasons, per_year)
    return {
        period: Counted(seasons[period][0], mine[period] / all_of_it[period], mine[period]) for period in sorted(own)
    }


def _factors(periods: frozenset[dt.date], seasons: Seasons, per_year: int) -> dict[dt.date, float]:
    count = Counter(seasons[period] for period in periods)
    after = sum(number for (part, _), number in count.items() if part == "after")
    return {
        period: per_year
        / after
        * (1.0 if seasons[period][0] == "after" else count["after", season] / count["baseline", season])
        for period in periods
        for season in [seasons[period][1]]
    }
