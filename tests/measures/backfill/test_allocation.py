"""Allocation: a sum by hand, the identity as a property, and its refusal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stopgap.base.errors import IdentityError
from stopgap.measures.backfill import allocation
from stopgap.measures.backfill.allocation import allocate

AMOUNT = st.floats(-1e12, 1e12, allow_nan=False)


def test_a_sum_done_by_hand():
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
        allocation._check(np.array([10.0]), np.array([[4.0]]), np.array([[0.0]]), np.array([5.0]))
