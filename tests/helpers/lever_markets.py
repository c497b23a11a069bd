"""Small markets for tests of scores and chokepoints."""

from __future__ import annotations

import numpy as np
from lever_worlds import GOODS, MILLION, SUPPLIERS, VALUE, fitted

from stopgap.measures.levers.bounded import Estimates, LeverMarket
from stopgap.measures.levers.capacity import Phi
from stopgap.measures.levers.response import Responses

# World exports of the same suppliers; DEU is a member and counts as none.
EXPORTS = np.array([[100.0, 200.0, 100.0], [0.0, 0.0, 0.0], [0.0, 20.0, 0.0], [5.0, 10.0, 60.0]]) * MILLION


def market(
    value=VALUE,
    *,
    exports=EXPORTS,
    elsewhere=(10.0, 0.0, 40.0),
    sigma=(3.0, 5.0, 2.0),
    suppliers=SUPPLIERS,
    goods=GOODS,
):
    """``elsewhere`` are world exports of suppliers outside the coalition that sell the target nothing at all."""
    value, exports = np.asarray(value, dtype=float), np.asarray(exports, dtype=float)
    others = exports.sum(axis=0) + np.array(elsewhere) * MILLION
    return LeverMarket(
        suppliers, goods, value, np.array([name == "DEU" for name in suppliers]), exports, others,
        others - np.where(np.nan_to_num(value) > 0, exports, 0.0).sum(axis=0), np.zeros_like(value),
        np.array(sigma), ("own", "heading", "own"),
    )  # fmt: skip


def phi(share=(0.2, 0.2, 0.2), *, width=0.1):
    """Shares of world exports with intervals of the same half width."""
    share = np.array(share, dtype=float)
    return Phi(share, np.clip(share - width, 0, 1), np.clip(share + width, 0, 1), ("all",) * 3, ("all:all",) * 3)


def estimates(of=None, *, known=None, share=None, responses=None):
    return Estimates(
        market() if of is None else of, fitted() if known is None else known, phi() if share is None else share,
        Responses(None) if responses is None else responses,
    )  # fmt: skip
