"""Intervals of nowcasts from the errors that they had in past windows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stopgap.measures.statistics.placebo import t_quantile

LEVEL = 0.95
LEAST_PAST = 4
"""Fewest past windows for an interval."""


@dataclass(frozen=True)
class PastErrors:
    """Errors of one kind of nowcast over past windows: nowcast less final ratio, oldest first.

    ``half_width`` is half of the interval that is stated now, ``coverage`` the share of the past windows whose final
    ratio the interval held that the other past windows give; ``None`` with fewer than :data:`LEAST_PAST`.
    """

    errors: tuple[float, ...]
    half_width: float | None = None
    coverage: float | None = None

    @property
    def bias(self) -> float | None:
        """Return the mean error."""
        return math.fsum(self.errors) / len(self.errors) if self.errors else None

    @property
    def rmse(self) -> float | None:
        """Return the root of the mean squared error."""
        return _rms(self.errors) if self.errors else None


def with_intervals(errors: Sequence[Sequence[float]]) -> list[PastErrors]:
    """Give each kind of nowcast, with its errors over past windows, the half-width of its 95 % interval.

    ``t_{n-1} · rms · √(1 + 1/n)``, times a factor of at least 1: errors divided by the half-width that the other past
    windows of the same kind give are pooled over all kinds, and the factor is their conformal quantile, or the largest
    where there are fewer than 19. The coverage of a window uses the factor from the other windows.

    Method: docs/methods/nowcast.md; conformal quantile after Vovk, Gammerman and Shafer (2005), with jackknife scores.
    """
    scores = [_scores(each) for each in errors]
    pooled = [(kind, place, score) for kind, row in enumerate(scores) for place, score in enumerate(row)]
    factor = _factor([score for _, _, score in pooled])
    found = []
    for kind, each in enumerate(errors):
        if not scores[kind]:
            found.append(PastErrors(tuple(each)))
            continue
        held = [
            score <= _factor([other for row, at, other in pooled if (row, at) != (kind, place)])
            for place, score in enumerate(scores[kind])
        ]
        found.append(PastErrors(tuple(each), _half_width(each) * factor, sum(held) / len(held)))
    return found


def conformal_quantile(scores: Sequence[float], level: float = LEVEL) -> float:
    """Return the ⌈level · (n + 1)⌉-th smallest of n scores, the largest if there is none so far up."""
    ranked = sorted(scores)
    return ranked[min(math.ceil(level * (len(ranked) + 1)), len(ranked)) - 1]


def _factor(scores: Sequence[float]) -> float:
    return max(1.0, conformal_quantile(scores)) if scores else 1.0


def _scores(errors: Sequence[float]) -> list[float]:
    """Return each error divided by the half-width from the others; none with fewer than :data:`LEAST_PAST` errors."""
    if len(errors) < LEAST_PAST:
        return []
    found = []
    for place, error in enumerate(errors):
        half = _half_width([other for at, other in enumerate(errors) if at != place])
        found.append(abs(error) / half if half > 0 else (0.0 if error == 0 else math.inf))
    return [score for score in found if math.isfinite(score)]


def _half_width(errors: Sequence[float]) -> float:
    count = len(errors)
    return t_quantile(count - 1) * _rms(errors) * math.sqrt(1 + 1 / count)


def _rms(errors: Sequence[float]) -> float:
    return math.sqrt(math.fsum(error**2 for error in errors) / len(errors))
