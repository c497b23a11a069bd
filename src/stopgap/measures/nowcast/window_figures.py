"""Net backfill, counterfactual loss and their ratio in windows of months, for any choice of known reports."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from stopgap.measures.nowcast.monthly_world import MonthlyWorld
from stopgap.measures.statistics.array_types import Mask
from stopgap.measures.statistics.counterfactual import net_backfill


@dataclass(frozen=True)
class WindowFigure:
    """Net backfill and counterfactual loss of a window, dollars a year, and their ratio with its placebo interval.

    ``net_usd`` and ``loss_usd`` are ``None`` where there is no counterfactual; ``ratio`` is ``None`` too where the
    loss is not above 0 by its interval.
    """

    net_usd: float | None = None
    loss_usd: float | None = None
    ratio: float | None = None
    ci95: tuple[float, float] | None = None


@dataclass(frozen=True)
class PastWindow:
    """A window that all have reported: its figures, and those without the reports that are late now."""

    early_net_usd: float
    early_loss_usd: float
    net_usd: float
    loss_usd: float

    @classmethod
    def of(cls, early: WindowFigure, whole: WindowFigure) -> PastWindow | None:
        """Pair two figures; ``None`` if one lacks a counterfactual."""
        dollars = (early.net_usd, early.loss_usd, whole.net_usd, whole.loss_usd)
        known = tuple(each for each in dollars if each is not None)
        return cls(*known) if len(known) == len(dollars) else None


def scaled(early: WindowFigure, past: Sequence[PastWindow]) -> tuple[float, float] | None:
    """Return net backfill and loss of all reporters, dollars a year, from the early ones and past windows.

    The loss of all is that of the early ones by the ratio of both over the past windows. What the late ones add to
    net backfill is taken as the share of the loss that it was there: a ratio of net figures would be one of numbers
    that may be near 0. ``None`` without past windows, or if the early ones lost nothing there or now.

    Method: docs/methods/nowcast.md.
    """
    loss_early, loss_all = (sum(getattr(each, name) for each in past) for name in ("early_loss_usd", "loss_usd"))
    if early.net_usd is None or early.loss_usd is None or not (loss_early > 0 and loss_all > 0 and early.loss_usd > 0):
        return None
    loss = early.loss_usd * loss_all / loss_early
    late = sum(each.net_usd - each.early_net_usd for each in past) / loss_all
    return early.net_usd + late * loss, loss


class WindowFigures:
    """Figures of windows of one world, each computed once.

    ``hubs`` (found by rule among them) are no control destinations; ``placebo_targets`` is ``None`` for all.
    """

    def __init__(
        self,
        world: MonthlyWorld,
        *,
        target: str,
        members: Collection[str],
        hubs: Collection[str],
        placebo_targets: Collection[str] | None,
    ) -> None:
        self.world = world
        self._target, self._members, self._hubs, self._placebos = target, members, hubs, placebo_targets
        self._known: dict[tuple[range, bytes], WindowFigure] = {}

    def of(self, columns: range, seen: Mask) -> WindowFigure:
        """Return the figures of a window from the months ``seen`` (suppliers, columns)."""
        key = (columns, self.world.usable(columns, seen).tobytes())
        if key not in self._known:
            self._known[key] = self._computed(columns, seen)
        return self._known[key]

    def _computed(self, columns: range, seen: Mask) -> WindowFigure:
        cells = self.world.cells(columns, seen)
        net = net_backfill(
            cells, target=self._target, members=self._members, hubs=self._hubs, placebo_targets=self._placebos
        )
        if net is None or net.loss is None:
            return WindowFigure()
        ratio = net.symmetric
        return WindowFigure(
            net.total.net_usd, net.loss.loss_usd, ratio.ratio if ratio else None, ratio.ci95 if ratio else None
        )
