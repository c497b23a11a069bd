"""Split net backfill into own supply, trade consistent with routing, and what cannot be told.

Method: docs/methods/routes.md (ours). For each hub h with net backfill n, raw match m (capped by
the loss of each good) and the part c of it that counts:

    untold = min(m, n+) where the match does not exceed chance, or chance is unknown; n+ where a leg is missing
    own    = n - c - untold, which may be negative: the match adds positive months, net backfill all of them
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from stopgap.measures.routes.matching import Routes, capped
from stopgap.measures.routes.results import NetSplit
from stopgap.measures.statistics.array_types import Array
from stopgap.measures.statistics.counterfactual import NetBackfill
from stopgap.measures.statistics.hub_screening import ScreenedEconomy, ScreeningStatus


def split_net(
    net: NetBackfill | None,
    found: Routes,
    loss_usd: Array | None,
    screened: Sequence[ScreenedEconomy],
    *,
    unrecorded_usd: Mapping[str, float],
    reason: str = "",
) -> NetSplit:
    """Return the net backfill of all suppliers outside the coalition in three parts, which sum to it exactly.

    ``unrecorded_usd`` are dollars a year declared to a hub and never recorded there, where the hubs' own reports are
    the first leg and do not hold them: they are untold as far as its net backfill goes. ``reason`` says why there is
    no net backfill, if ``net`` is ``None``.
    """
    if net is None:
        return NetSplit(None, None, None, None, reason or "no counterfactual of the suppliers' trade with the target")
    case, legs = found.headline, found.legs
    told = (legs.known_periods() > 0) & legs.has_members
    match = capped(case.match_usd, np.ones(len(legs.hubs), dtype=bool), loss_usd).sum(axis=1)
    consistent = case.net_usd.sum(axis=1)
    untold = []
    for place, hub in enumerate(legs.hubs):
        most = max(_net(net, hub), 0.0)
        if not told[place]:
            untold.append(most)
        elif case.gate.counted[place]:
            untold.append(0.0)
        else:
            untold.append(min(float(match[place]) + unrecorded_usd.get(hub, 0.0), most))
    for row in screened:
        if row.status is ScreeningStatus.COVER_UNKNOWN:
            untold.append(max(_net(net, row.economy), 0.0))
        elif row.status is ScreeningStatus.CHANCE_UNKNOWN:
            untold.append(min(row.cover_coalition_usd or 0.0, max(_net(net, row.economy), 0.0)))
    total, routed, unknown = net.total.net_usd, float(consistent.sum()), float(sum(untold))
    return NetSplit(total, total - routed - unknown, routed, unknown, "")


def _net(net: NetBackfill, economy: str) -> float:
    part = net.by_supplier.get(economy)
    return 0.0 if part is None else part.net_usd
