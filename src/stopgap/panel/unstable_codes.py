"""Detect codes whose content moved at a change of revision, from world trade without the target.

A change of the Harmonized System moves goods from one code to another. Such a code falls or
rises with every destination at once, so its trade elsewhere tells it from a fall or rise that
concerns the target. Method: docs/methods/suspended.md, "Codes that moved" (ours).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FACTOR = 2.0
"""A code moved when its trade elsewhere changed by more than this factor against the median of all goods."""
LEAST_GOODS = 10
"""Goods with trade on both sides below which there is no median to compare with."""
FLOOR_SHARE = 0.01
"""Dollars added to both sides of a ratio, as a share of the median good's: codes below it do not count as moved."""
SPREADS = 4.0
"""A move must also exceed this many standard deviations of the moves of codes of its size."""
NEIGHBOURS = 100
_NORMAL = 1.4826  # median absolute deviation -> standard deviation of a normal distribution


@dataclass(frozen=True)
class CodeMove:
    """A code that moved.

    Attributes:
        kind: ``moved``, ``appeared`` (no trade before) or ``vanished`` (none after).
        move: Ratio of after to before, divided by the median good's; ``None`` where one side is 0.
    """

    good: str
    kind: str
    move: float | None


@dataclass(frozen=True)
class CodeMoves:
    """Codes that moved at one change of revision, and the median move; ``reason`` says why none could be compared."""

    codes: tuple[CodeMove, ...]
    median: float | None
    reason: str | None = None


def code_moves(
    goods: Sequence[str],
    before_usd: Array,
    after_usd: Array,
    *,
    largest_before_usd: Array | None = None,
    largest_after_usd: Array | None = None,
    only_before: npt.NDArray[np.bool_] | None = None,
    only_after: npt.NDArray[np.bool_] | None = None,
) -> CodeMoves:
    """Find the codes whose trade elsewhere moved by more than ``FACTOR`` against the median of all goods.

    With c a hundredth of the median good's dollars and g the median of after / before, the move of a code is
    r = ln[(after / g + c) / (before + c)]. It moved when abs(r) exceeds ln 2 and four times the spread (median
    absolute deviation) of r over the hundred codes next to it in size. Goods that change their code change it with
    every destination: r without the destination that changed most must exceed ln 2 too. A code that only one of the
    revisions has, and that trades on that side alone, moved by definition, however thin it is.

    Args:
        goods: Codes, each once.
        before_usd: Dollars before the change, to all destinations but the target and the hubs, (goods,).
        after_usd: Dollars after it, of the same reporters and calendar months, (goods,).
        largest_before_usd: Of these, the dollars of the destination that changed most, (goods,).
        largest_after_usd: The same after the change, (goods,).
        only_before: Codes that the new revision does not have, (goods,).
        only_after: Codes that the old revision does not have, (goods,).
    """
    none = np.zeros(len(goods), dtype=bool)
    born = (none if only_after is None else only_after) & (before_usd <= 0) & (after_usd > 0)
    gone = (none if only_before is None else only_before) & (before_usd > 0) & (after_usd <= 0)
    both = (before_usd > 0) & (after_usd > 0)
    flagged, median, reason = born | gone, None, None
    if int(both.sum()) < LEAST_GOODS:
        reason = (
            f"only {int(both.sum())} goods have trade with other destinations on both sides, {LEAST_GOODS} are needed"
        )
    else:
        median = float(np.median(after_usd[both] / before_usd[both]))
        rest = [
            each if most is None else np.maximum(each - most, 0.0)
            for each, most in ((before_usd, largest_before_usd), (after_usd, largest_after_usd))
        ]
        flagged = flagged | _moved(before_usd, after_usd / median, rest[0], rest[1] / median)
    found = []
    for at in np.flatnonzero(flagged).tolist():
        before, after = float(before_usd[at]), float(after_usd[at])
        kind = "appeared" if before <= 0 else "vanished" if after <= 0 else "moved"
        move = float(f"{after / before / median:.6g}") if kind == "moved" and median is not None else None
        found.append(CodeMove(goods[at], kind, move))
    return CodeMoves(tuple(sorted(found, key=lambda each: each.good)), median, reason)


def _moved(before_usd: Array, scaled_usd: Array, rest_before: Array, rest_scaled: Array) -> npt.NDArray[np.bool_]:
    """Whether each code moved.

    ``scaled_usd`` is its trade after the change, divided by the median good's growth; the ``rest`` is without the
    destination that changed most.
    """
    size = np.maximum(before_usd, scaled_usd)
    traded = np.flatnonzero(size > 0)
    floor = FLOOR_SHARE * float(np.median(size[(before_usd > 0) & (scaled_usd > 0)]))
    r = np.log((scaled_usd[traded] + floor) / (before_usd[traded] + floor))
    order = np.argsort(size[traded], kind="stable")
    apart = np.abs(r[order])
    width = min(NEIGHBOURS, traded.size)
    medians = np.median(np.lib.stride_tricks.sliding_window_view(apart, width), axis=1)
    first = np.clip(np.arange(traded.size) - width // 2, 0, traded.size - width)
    spread = np.empty(traded.size)
    spread[order] = _NORMAL * medians[first]
    found = np.zeros(before_usd.size, dtype=bool)
    found[traded] = np.abs(r) > np.maximum(math.log(FACTOR), SPREADS * spread)
    of_rest = np.log((rest_scaled + floor) / (rest_before + floor))
    sign = np.sign(scaled_usd - before_usd)
    return found & (of_rest * sign > math.log(FACTOR))
