"""Decide a verdict from an interval, and combine verdicts.

Method: docs/methods/claims.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from stopgap.claims.testing.results import Verdict
from stopgap.measures.backfill.results import Interval

GRID = (0.10, 0.25, 0.50)
"""Thresholds shown for every share."""

DEFAULT_THRESHOLD = 0.25
"""Decides where the claim sets no threshold; fixed before anyone looks."""

LEAST_COVERAGE = 0.60
"""Share of the baseline trade whose reporters also report after, under which nothing is said."""

WORST_FIRST = (Verdict.NOT_BORNE_OUT, Verdict.CANNOT_BE_TESTED, Verdict.PARTLY, Verdict.BORNE_OUT)
"""The order in which the worst of several verdicts is taken."""

_TURNED = {Verdict.BORNE_OUT: Verdict.NOT_BORNE_OUT, Verdict.NOT_BORNE_OUT: Verdict.BORNE_OUT}


def verdict_of(interval: Interval, threshold: float, coverage: float | None) -> Verdict:
    """What an interval says of "above the threshold".

    Args:
        interval: 95 % interval; ``None`` where there is none.
        threshold: What it is held against, in the interval's unit; 0 or above.
        coverage: Share of baseline trade whose reporters also report after; ``None`` where unknown.

    Returns:
        Borne out where the whole interval lies above the threshold; partly where it lies above 0
        and not above the threshold; not borne out where it holds 0 or less and ends below the
        threshold; otherwise, and without interval or coverage, it cannot be tested.
    """
    if interval is None or coverage is None or coverage < LEAST_COVERAGE:
        return Verdict.CANNOT_BE_TESTED
    low, high = interval
    if low > threshold:
        return Verdict.BORNE_OUT
    if low > 0:
        return Verdict.PARTLY
    return Verdict.NOT_BORNE_OUT if high < threshold else Verdict.CANNOT_BE_TESTED


def verdicts_at(interval: Interval, threshold: float, coverage: float | None) -> tuple[tuple[float, Verdict], ...]:
    """The verdict at each threshold of the grid and at the claim's own, ascending."""
    return tuple((each, verdict_of(interval, each, coverage)) for each in sorted({*GRID, threshold}))


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several: not borne out, cannot be tested, partly, borne out.

    A conjunction of statements: one that is not so settles the whole, whatever the others are; one
    that cannot be tested leaves open what would otherwise be partly or wholly borne out. Without
    any verdict nothing can be tested.
    """
    return min(verdicts, key=WORST_FIRST.index, default=Verdict.CANNOT_BE_TESTED)


def turned(verdict: Verdict) -> Verdict:
    """The verdict of a denial, from that of what it denies: partly and untestable stay."""
    return _TURNED.get(verdict, verdict)
