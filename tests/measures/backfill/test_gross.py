"""The gross measures and the allocation: sums done by hand, the identity as a property, and its refusal."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stopgap.base.errors import IdentityError
from stopgap.codes.goods import GoodsItem
from stopgap.measures.backfill import gross
from stopgap.measures.backfill.gross import GrossCell, GrossCells, Roles, allocate, measure_cells, supplier_kind

ROLES = Roles({"DEU": "eu27", "FRA": "eu27", "USA": None}, frozenset({"KGZ"}))
ITEMS = {
    "854231": GoodsItem(code="854231", description="processors", group="1"),
    "854232": GoodsItem(code="854232", description="memories", group="1"),
    "847150": GoodsItem(code="847150", description="units", group="2"),
}


def rows_of(cells):
    columns = zip(GrossCell._fields, zip(*cells, strict=True), strict=True)
    return pa.table({name: pa.array(column) for name, column in columns})


def measured(cells, *, annual=True, active=None):
    return measure_cells(
        GrossCells.of_table(rows_of(GrossCell(*cell) for cell in cells)),
        roles=ROLES,
        headings={good: good[:4] for good in ITEMS},
        items=ITEMS,
        active_periods=active or {},
        is_annual=annual,
    )


def test_shares_match_the_sum_done_by_hand():
    got = measured(
        [
            ("DEU", "854231", 100e6, 40e6),  # the coalition lost 60
            ("USA", "854231", 50e6, 20e6),  # and 30
            ("CHN", "854231", 10e6, 55e6),  # gained 45
            ("TUR", "854231", 20e6, 11e6),  # fell by 9: kept signed
            ("KGZ", "854231", 0.0, 1e6),  # an entrant and a hub
        ]
    )
    assert got.suspended.loss_usd == 90e6
    assert got.suspended.loss_share == pytest.approx(0.6)
    assert got.backfill.gross_ratio == pytest.approx((45 - 9 + 1) / 90)
    by = {row.supplier: row for row in got.suppliers}
    assert list(by) == ["CHN", "KGZ", "TUR"]
    assert by["CHN"].share_of_loss == pytest.approx(0.5)
    assert (by["CHN"].kind, by["KGZ"].kind, by["TUR"].kind) == ("intensified", "entrant", "fell")
    assert by["KGZ"].is_hub
    assert [row.supplier for row in got.members] == ["DEU", "USA"]
    assert [(group.group, group.members, group.baseline_usd) for group in got.member_groups] == [("eu27", 1, 100e6)]
    assert got.identity.loss_usd == pytest.approx(90e6)
    assert got.identity.filled_same_good_usd == pytest.approx(46e6)
    assert got.identity.unfilled_usd == pytest.approx(44e6)


def test_hhi_is_over_members_and_others_together():
    got = measured([("DEU", "854231", 60.0, 0.0), ("CHN", "854231", 40.0, 100.0)])
    assert got.concentration.hhi_before == pytest.approx(0.6**2 + 0.4**2)
    assert got.concentration.hhi_after == pytest.approx(1.0)


def test_a_good_whose_trade_grew_lowers_the_signed_loss_and_not_the_identity():
    got = measured([("DEU", "854231", 100.0, 40.0), ("DEU", "847150", 10.0, 30.0), ("CHN", "847150", 0.0, 5.0)])
    assert got.suspended.loss_usd == 40.0
    assert got.identity.loss_usd == 60.0
    assert got.identity.overfill_usd == 5.0


def test_gains_fill_within_the_heading_after_the_good():
    got = measured([("DEU", "854231", 100.0, 0.0), ("CHN", "854232", 0.0, 30.0)])
    assert got.identity.filled_same_good_usd == 0.0
    assert got.identity.filled_same_heading_usd == 30.0
    groups = {row.good: row for row in got.by_group}
    assert groups["1"].unfilled_usd == 70.0


def test_ratios_are_undefined_where_nothing_was_lost():
    got = measured([("DEU", "854231", 10.0, 20.0), ("CHN", "854231", 1.0, 2.0)])
    assert not got.backfill.defined
    assert got.backfill.gross_ratio is None
    assert got.suppliers[0].share_of_loss is None


def test_no_baseline_leaves_the_share_undefined():
    got = measured([("DEU", "854231", 0.0, 20.0)])
    assert got.suspended.loss_share is None
    assert got.concentration.hhi_before is None


def test_who_sold_about_nothing_before_needs_three_active_months_to_be_an_entrant():
    assert supplier_kind(300.0, 40_000.0, 3, is_annual=False) == "entrant"
    assert supplier_kind(300.0, 40_000.0, 2, is_annual=False) == "intensified"
    assert supplier_kind(300.0, 40_000.0, 0, is_annual=True) == "entrant"
    assert supplier_kind(100.0, 20_000.0, 0, is_annual=True) == "intensified"
    assert supplier_kind(50.0, 10.0, 9, is_annual=False) == "fell"


@given(st.floats(0.0, 1e9, exclude_min=True), st.integers(0, 12), st.booleans())
def test_who_sold_nothing_before_is_an_entrant_whatever_it_sold_after(after, active, is_annual):
    assert supplier_kind(0.0, after, active, is_annual=is_annual) == "entrant"


AMOUNT = st.floats(-1e12, 1e12, allow_nan=False)


def test_an_allocation_done_by_hand():
    # Two goods of one heading, one of another. CHN gains 80 where 60 was lost: 60 fill the
    # good, the other 20 go to the heading's remaining loss of 30; TUR's gain in another
    # heading fills nothing of it.
    loss = np.array([60.0, 30.0, 10.0])
    gain = np.array([[80.0, 0.0, 0.0], [0.0, -5.0, 4.0]])  # CHN, TUR
    got = allocate(loss, gain, ["8542", "8542", "8471"])
    assert got.same_good.tolist() == [[60.0, 0.0, 0.0], [0.0, 0.0, 4.0]]
    assert got.same_heading.tolist() == [[0.0, 20.0, 0.0], [0.0, 0.0, 0.0]]
    assert got.unfilled.tolist() == [0.0, 10.0, 6.0]
    assert got.overfill.sum() == pytest.approx(0.0)


def test_gains_beyond_the_loss_are_overfill_shared_pro_rata():
    got = allocate(np.array([30.0]), np.array([[30.0], [60.0]]), ["8542"])
    assert got.same_good[:, 0].tolist() == pytest.approx([10.0, 20.0])
    assert got.overfill[:, 0].tolist() == pytest.approx([20.0, 40.0])


def test_a_good_whose_trade_grew_counts_as_no_loss_and_takes_no_gain():
    got = allocate(np.array([-50.0]), np.array([[10.0]]), ["8542"])
    assert got.same_good.sum() == 0
    assert got.unfilled.tolist() == [0.0]
    assert got.overfill.sum() == pytest.approx(10.0)


@given(st.data(), st.integers(1, 8), st.integers(1, 6))
def test_identity_and_bounds(data, goods, suppliers):
    loss = data.draw(hnp.arrays(float, goods, elements=AMOUNT))
    gain = data.draw(hnp.arrays(float, (suppliers, goods), elements=AMOUNT))
    headings = data.draw(st.lists(st.sampled_from(["8541", "8542", "8471"]), min_size=goods, max_size=goods))
    got = allocate(loss, gain, headings)
    total, gains = np.clip(loss, 0, None).sum(), np.clip(gain, 0, None).sum()
    near = 1e-9 * max(1.0, total, gains)
    assert got.same_good.sum() + got.same_heading.sum() + got.unfilled.sum() == pytest.approx(total, abs=near)
    assert got.same_good.sum() + got.same_heading.sum() + got.overfill.sum() == pytest.approx(gains, abs=near)
    assert min(part.min() for part in (got.same_good, got.same_heading, got.unfilled, got.overfill)) >= 0


def test_parts_that_do_not_add_up_are_refused():
    with pytest.raises(IdentityError, match="do not add up"):
        gross._check(np.array([10.0]), np.array([[4.0]]), np.array([[0.0]]), np.array([5.0]))
