"""Nowcast windows that some reporters are late for, and redo such nowcasts for past windows.

A window is the months that end with one month of the after-window. Reporters are late for it if they have reported
no later month than one before its last, and missing from it if they are late or have reported none of its months.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from stopgap.measures.nowcast.past_errors import PastErrors, with_intervals
from stopgap.measures.nowcast.window_figures import PastWindow, WindowFigure, WindowFigures, scaled
from stopgap.measures.statistics.array_types import Index, Mask

RECENT = 12
"""Most past windows that a nowcast is scaled by, and that its error is read from."""

NEVER = np.iinfo(np.int64).max
"""Vintage of a month that was not reported."""


@dataclass(frozen=True)
class Reports:
    """What was reported at one time: months of each supplier, (suppliers, months).

    ``counted`` (suppliers,) are those that trade with the target in the goods: the others are never missed.
    """

    known: Mask
    counted: Mask

    def missing(self, figures: WindowFigures, columns: range) -> Mask:
        """Return who is missing from a window, (suppliers,)."""
        later = self.known[:, columns[-1] :].any(axis=1)
        found: Mask = self.counted & ~(later & figures.world.usable(columns, self.known[:, columns]).any(axis=1))
        return found


@dataclass(frozen=True)
class WindowNowcast:
    """The figures of one window: final ones, or the nowcast.

    ``early`` are the figures of the reports in hand, ``missing`` (suppliers,) who is missing, ``past_windows`` those
    that the nowcast is scaled by. ``past`` are the errors of the same nowcast in past windows, whose last months are
    in ``past_months`` (columns).
    """

    columns: range
    early: WindowFigure
    missing: Mask
    net_usd: float | None
    loss_usd: float | None
    ratio: float | None
    past_windows: tuple[PastWindow, ...] = ()
    past: PastErrors = field(default_factory=lambda: PastErrors(()))
    past_months: tuple[int, ...] = ()

    @property
    def is_nowcast(self) -> bool:
        """Whether a reporter is missing."""
        return bool(self.missing.any())

    @property
    def final_ci95(self) -> tuple[float, float] | None:
        """Return where the final ratio will lie, by past errors; ``None`` without enough of them."""
        if self.ratio is None or self.past.half_width is None:
            return None
        return self.ratio - self.past.half_width, self.ratio + self.past.half_width

    @property
    def ci95(self) -> tuple[float, float] | None:
        """Return the 95 % interval of the ratio: of the counterfactuals, and for a nowcast of its own error too."""
        if not self.is_nowcast:
            return self.early.ci95
        half = self.past.half_width
        if self.ratio is None or half is None or self.early.ci95 is None or self.early.ratio is None:
            return None
        low, high = (abs(end - self.early.ratio) for end in self.early.ci95)
        return self.ratio - float(np.hypot(low, half)), self.ratio + float(np.hypot(high, half))


class Nowcaster:
    """Nowcasts of all windows of a world, ``window`` months each.

    ``arrived`` (suppliers, months) is the vintage in which each month was first reported, :data:`NEVER` if it was not;
    ``None`` if the lake has one vintage alone.
    """

    def __init__(self, figures: WindowFigures, now: Reports, window: int, arrived: Index | None = None) -> None:
        self.figures, self.now, self.window, self._arrived = figures, now, window, arrived
        self._last = now.known.shape[1] - 1

    def all(self) -> list[WindowNowcast]:
        """Return every window of the after-window, oldest first, nowcasts with their past errors."""
        ends = range(self.window - 1, self._last + 1)
        found = [self._nowcast(self._columns(end)) for end in ends]
        past = [self._past_errors(each) if each.is_nowcast else {} for each in found]
        judged = with_intervals([list(each.values()) for each in past])
        return [
            WindowNowcast(
                each.columns, each.early, each.missing, each.net_usd, each.loss_usd, each.ratio, each.past_windows,
                errors, tuple(redone),
            )
            for each, redone, errors in zip(found, past, judged, strict=True)
        ]  # fmt: skip

    def _columns(self, end: int) -> range:
        return range(end - self.window + 1, end + 1)

    def _nowcast(self, columns: range) -> WindowNowcast:
        missing = self.now.missing(self.figures, columns)
        early = self.figures.of(columns, self.now.known[:, columns])
        if not missing.any():
            return WindowNowcast(columns, early, missing, early.net_usd, early.loss_usd, early.ratio)
        past = self._past_windows(self.now, columns, missing, before=columns[-1])
        return _scaled_window(columns, early, missing, past)

    def _whole(self, reports: Reports, columns: range, missing: Mask) -> bool:
        """Return whether nobody of ``missing`` was missing from a window."""
        return not (reports.missing(self.figures, columns) & missing).any()

    def _past_windows(self, reports: Reports, columns: range, missing: Mask, *, before: int) -> list[PastWindow]:
        """Return windows that end before a column, that all of ``missing`` had reported, with and without what is late."""
        hidden = missing[:, None] & ~reports.known[:, columns]
        found: list[PastWindow] = []
        for end in range(before - 1, self.window - 2, -1):
            past = self._columns(end)
            if len(found) == RECENT or not self._whole(reports, past, missing):
                continue
            seen = reports.known[:, past]
            pair = PastWindow.of(self.figures.of(past, seen & ~hidden), self.figures.of(past, seen))
            if pair is not None:
                found.append(pair)
        return found[::-1]

    def _past_errors(self, now: WindowNowcast) -> dict[int, float]:
        """Redo a nowcast for past windows as it would have been made then: last month (column) -> its error."""
        end = now.columns[-1]
        usable = [
            place for place in range(self.window - 1, end) if self._whole(self.now, self._columns(place), now.missing)
        ]
        if not usable:
            return {}
        lag = end - usable[-1]
        found = {}
        for place in usable[-RECENT:]:
            columns = self._columns(place)
            then, missing = self._as_of(columns, end, now)
            final = self.figures.of(columns, self.now.known[:, columns])
            if not missing.any() or not self._whole(self.now, columns, missing) or final.ratio is None:
                continue
            seen = then.known[:, columns]
            early = self.figures.of(columns, seen)
            before = place if self._vintage(place, end) is not None else place - lag + 1
            made = _scaled_window(columns, early, missing, self._past_windows(then, columns, missing, before=before))
            if made.ratio is not None:
                found[place] = made.ratio - final.ratio
        return found

    def _as_of(self, columns: range, end: int, now: WindowNowcast) -> tuple[Reports, Mask]:
        """Return what was reported when a past window was as old as the one that ends at ``end`` is now, and who was missing.

        By the vintages where the lake has them; else who is missing now is missing then, with the same months.
        """
        number = self._vintage(columns[-1], end)
        if number is not None and self._arrived is not None:
            then = Reports(self.now.known & (self._arrived <= number), self.now.counted)
            return then, then.missing(self.figures, columns)
        known = self.now.known.copy()
        known[:, columns] &= ~(now.missing[:, None] & ~self.now.known[:, now.columns])
        known[:, columns[-1] + 1 :] &= ~now.missing[:, None]
        return Reports(known, self.now.counted), now.missing

    def _vintage(self, place: int, end: int) -> int | None:
        """Return the last vintage whose newest month was as far ahead of ``place`` as the newest now is of ``end``."""
        newest = place + self._last - end
        if self._arrived is None or newest >= self._last:
            return None
        first = np.where(self.now.counted[:, None], self._arrived, NEVER).min(axis=0)
        following = int(first[newest + 1 :].min())
        # The vintage before the one that brought a later month; the months of one first import have none.
        return following - 1 if int(first[newest]) < following < NEVER else None


def _scaled_window(columns: range, early: WindowFigure, missing: Mask, past: list[PastWindow]) -> WindowNowcast:
    made = scaled(early, past)
    if made is None:
        return WindowNowcast(columns, early, missing, None, None, None, tuple(past))
    net, loss = made
    ratio = net / loss if early.ratio is not None else None
    return WindowNowcast(columns, early, missing, net, loss, ratio, tuple(past))
