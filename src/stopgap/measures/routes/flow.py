"""Compute the largest flow through a hub: dollars that came in and can have left again within some months."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.statistics.array_types import Array

LAGS = 3  # months that goods may lie at a hub, at most


def matched(inflow: Array, outflow: Array, *, lags: int) -> Array:
    """Return the largest flow from inflows to outflows of the same lane, by period of the outflow.

    An outflow of period t can be supplied by inflows of periods t - lags to t. Every dollar is
    used once. Lanes are independent (a hub and a good, in one draw of many). The sum over periods
    is the maximum flow, so it exceeds neither the sum of inflows nor that of outflows.

    Args:
        inflow: (lags + periods, ...) dollars, not below 0; the first ``lags`` rows lie
            before the first outflow.
        outflow: (periods, ...) dollars, not below 0; broadcast against the lanes of ``inflow``.
        lags: Periods that an inflow can wait, from 0.

    Method: the graph of a lane is bipartite with an interval of inflows for each outflow,
    and both ends of the intervals rise with time. There, supplying each outflow in turn from
    the oldest inflow still available to it is a maximum flow: an inflow that the optimum
    uses later instead can be exchanged for it, since it expires no earlier.
    docs/methods/routes.md; ours.
    """
    lanes = np.broadcast_shapes(inflow.shape[1:], outflow.shape[1:])
    left = np.array(np.broadcast_to(inflow, (inflow.shape[0], *lanes)))
    met = np.zeros((outflow.shape[0], *lanes))
    take = np.empty(lanes)
    for period in range(outflow.shape[0]):
        need = np.array(np.broadcast_to(outflow[period], lanes))
        for row in range(period, period + lags + 1):
            np.minimum(left[row], need, out=take)
            left[row] -= take
            need -= take
        np.subtract(outflow[period], need, out=met[period])
    return met


def total_matched(inflow: Array, outflow: Array, *, lags: int) -> Array:
    """Return the maximum flow of each lane: :func:`matched`, summed over periods."""
    lanes = np.broadcast_shapes(inflow.shape[1:], outflow.shape[1:])
    came = np.cumsum(inflow, axis=0)
    total = FlowTotal.of(lanes)
    for period in range(outflow.shape[0]):
        total.add(outflow[period], came[period - 1] if period else 0.0, came[period + lags])
    return total.usd


@dataclass
class FlowTotal:
    """The maximum flow of lanes whose outflows are added period by period, by sums of inflows since the start.

    The oldest inflow leaves first, so what has left or expired is all that came up to some moment: one sum a lane says
    which. ``usd`` is the flow so far.
    """

    usd: Array
    _gone: Array
    _met: Array

    @classmethod
    def of(cls, lanes: tuple[int, ...]) -> FlowTotal:
        """Return the flow of lanes (a shape) before any period."""
        return cls(np.zeros(lanes), np.zeros(lanes), np.empty(lanes))

    def add(self, outflow: Array, expired: Array | float, came: Array) -> None:
        """Match the outflow of the next period.

        ``expired`` is all that came too early for it, ``came`` all that came up to its period; both only grow.
        """
        np.maximum(self._gone, expired, out=self._gone)
        np.subtract(came, self._gone, out=self._met)
        np.minimum(self._met, outflow, out=self._met)
        self._gone += self._met
        self.usd += self._met
