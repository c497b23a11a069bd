"""Small inflows and findings for tests of levers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stopgap.measures.backfill.results import (
    Backfill,
    Concentration,
    Counterfactual,
    Coverage,
    Finding,
    GoodResult,
    Identity,
    SupplierResult,
    Suspended,
)
from stopgap.measures.levers.removal import Inflow
from stopgap.measures.levers.substitution import Z95, Fitted, Substitution
from stopgap.panel.windows import Windows

MILLION = 1e6
SUPPLIERS = ("CHN", "DEU", "KGZ", "TUR")
GOODS = ("847150", "854231", "854232")
GROUPS = {"847150": "2", "854231": "1", "854232": "1"}
# By hand: CHN 70, DEU 10 (a member), KGZ 12 and TUR 8 (hubs): 100 in all, 90 outside the coalition.
VALUE = np.array([[20.0, 30.0, 20.0], [10.0, 0.0, 0.0], [0.0, 12.0, 0.0], [0.0, 6.0, 2.0]]) * MILLION


def inflow(value=VALUE, *, routed=None, suppliers=SUPPLIERS, goods=GOODS, members=("DEU",), hubs=("KGZ", "TUR")):
    return Inflow(
        suppliers,
        goods,
        np.asarray(value, dtype=float),
        np.array([name in members for name in suppliers]),
        np.array([name in hubs for name in suppliers]),
        routed,
    )


def fitted(share=0.6, below=0.2, above=0.1, *, goods=3, spread=0.0, ratio=None, gross=(0.5, 0.1)):
    """A substitution that is the same for all goods, unless ``ratio`` says otherwise."""
    known = share is not None
    interval = None if below is None or not known else (share - below, share + above)
    return Fitted(
        Substitution(share, interval, share, interval, "made up", None if known else "made up", "good", goods, spread, *gross),
        np.array(ratio if ratio is not None else [share] * goods) if known else None,
        below if known else None,
        above if known else None,
        np.full(goods, Z95 * spread),
        np.arange(goods),
        np.full(goods, np.nan),
    )  # fmt: skip


def good(name, loss, net, width, *, baseline=None, loss_ci95=None):
    """A good of a finding: dollars in millions, its net gain with an interval of some width."""
    return GoodResult(
        name, name, (baseline or loss * 1.25) * MILLION, 0.0, loss * MILLION, 0.0, 0.3 * loss * MILLION, 0.0, 0.0,
        0.0, None, loss_ci95=loss_ci95, net_gain_usd=None if net is None else net * MILLION,
        net_ci95=None if width is None else ((net - width / 2) * MILLION, (net + width / 2) * MILLION),
    )  # fmt: skip


def finding(backfill, *, by_good=(), by_group=(), loss=100.0, reason=None, suppliers=("CHN",)):
    identity = Identity(loss * MILLION, 0.4 * loss * MILLION, 0.1 * loss * MILLION, 0.5 * loss * MILLION, 0.0)
    if loss <= 0:
        identity = replace(identity, loss_usd=0.0)
    return Finding(
        episode="made-up", target="RUS", direction="exports-to-target", goods="made-up", goods_version="1",
        as_of="v1", valuation="FOB", frequency="A", windows=Windows(("2021-01", "2021-12"), ("2023-01", "2023-12")),
        suspended=Suspended(125.0 * MILLION, 25.0 * MILLION, loss * MILLION, 0.8), backfill=backfill,
        identity=identity,
        suppliers=tuple(SupplierResult(name, 0.0, 1.0, 1.0, None, "entrant") for name in suppliers), members=(),
        member_groups=(), by_good=tuple(by_good), by_group=tuple(by_group), concentration=Concentration(None, None),
        mirror=None, coverage=Coverage(1.0),
        counterfactual=Counterfactual("triple difference" if backfill.net_ratio is not None else None, reason),
    )  # fmt: skip


MEASURED = Backfill(0.9, 0.6, (0.4, 0.7))
