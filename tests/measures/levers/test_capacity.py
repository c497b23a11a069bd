"""Capacity: world exports, gains in the first stop, and the share that others can move."""

from __future__ import annotations

import numpy as np
import pytest

from stopgap.measures.levers.capacity import LEAST_CELLS, Exporters, exporters, fit_phi
from stopgap.measures.statistics.cells import WorldCells

PLACES = ("TTT", "DDD", "HHH")


def cells(*rows, suppliers=("CHN", "DEU", "KGZ"), goods=("854231", "854232")):
    """Rows are (supplier, destination, good, before, after)."""
    columns = list(zip(*rows, strict=True))
    index = [
        np.array([names.index(x) for x in column])
        for names, column in zip((suppliers, PLACES, goods), columns[:3], strict=True)
    ]
    return WorldCells(
        suppliers, PLACES, goods, np.array([True, True]), *index, *(np.array(c, dtype=float) for c in columns[3:])
    )


def test_exports_and_gains_by_hand():
    world = cells(
        ("CHN", "TTT", "854231", 10, 40), ("CHN", "DDD", "854231", 100, 100), ("CHN", "HHH", "854231", 5, 50),
        ("DEU", "TTT", "854231", 50, 0), ("DEU", "DDD", "854231", 70, 70),
        ("KGZ", "TTT", "854231", 0, 8), ("KGZ", "DDD", "854231", 4, 4),
    )  # fmt: skip
    got = exporters(
        world,
        goods=("854231", "854232", "854290"),
        target="TTT",
        members={"DEU"},
        hubs={"HHH"},
        ordinary_excess=np.log(2.0),
    )
    assert got.suppliers == ("CHN", "KGZ")
    assert got.exports_usd[:, 0].tolist() == [115, 4]  # to every destination, hubs and the target included
    assert got.gain_usd[:, 0] == pytest.approx([40 - 10 * 2, 8])  # no growth elsewhere, ordinary goods doubled
    assert np.isnan(got.gain_usd[:, 1]).all()
    assert got.is_known.tolist() == [True, True, False]
    assert (got.exports_usd[:, 2] == 0).all()


def many(count, ratio):
    exports = np.full((count, 2), 10.0)
    return Exporters(
        tuple(map(str, range(count))),
        exports,
        exports * np.column_stack([ratio, np.full(count, np.nan)]),
        np.array([True, True]),
    )


GOODS = ("854231", "854232")
HEADINGS = dict.fromkeys(GOODS, "8542")


def test_the_share_is_the_90th_percentile_and_is_pooled_where_suppliers_are_few():
    ratio = np.linspace(0, 0.4, 41)
    got = fit_phi(many(41, ratio), goods=GOODS, headings=HEADINGS, groups={}, lost=np.array([True, True]))
    half = 1.959963984540054 * np.sqrt(0.09 / 41)
    assert got.share == pytest.approx([0.36, 0.36])
    assert got.level == ("good", "heading")
    assert got.low == pytest.approx([(0.9 - half) * 0.4] * 2)
    assert got.high == pytest.approx([(0.9 + half) * 0.4] * 2)
    few = many(LEAST_CELLS - 1, ratio[: LEAST_CELLS - 1])
    assert np.isnan(fit_phi(few, goods=GOODS, headings=HEADINGS, groups={}, lost=np.array([True, True])).share).all()


def test_no_supplier_moves_more_than_all_it_exports_nor_less_than_none():
    for ratio, share in ((5.0, 1.0), (-3.0, 0.0)):
        got = fit_phi(
            many(30, np.full(30, ratio)), goods=GOODS, headings=HEADINGS, groups={}, lost=np.array([True, True])
        )
        assert got.share == pytest.approx([share, share])


def test_only_goods_that_the_coalition_lost_tell_and_unreported_ones_stay_unknown():
    found = many(41, np.linspace(0, 0.4, 41))
    got = fit_phi(found, goods=GOODS, headings=HEADINGS, groups={}, lost=np.array([False, True]))
    assert np.isnan(got.share).all()
    gone = Exporters(found.suppliers, found.exports_usd, found.gain_usd, np.array([True, False]))
    got = fit_phi(gone, goods=GOODS, headings=HEADINGS, groups={}, lost=np.array([True, True]))
    assert (np.isnan(got.share).tolist(), got.level[1]) == ([False, True], "")
