"""Compute the largest flow through a hub: dollars that came in and can have left again within some months."""

from __future__ import annotations

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
    left = np.array(np.broadcast_to(inflow, (inflow.shape[0], *lanes)))
    total = np.zeros(lanes)
    take = np.empty(lanes)
    for period in range(outflow.shape[0]):
        need = np.array(np.broadcast_to(outflow[period], lanes))
        for row in range(period, period + lags + 1):
            np.minimum(left[row], need, out=take)
            left[row] -= take
            need -= take
            total += take
    return total
