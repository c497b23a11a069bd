"""The largest flow past a hub: sums by hand, and scipy's maximum flow on the same graph."""

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from stopgap.measures.routes.flow import matched, total_matched


def column(*values):
    return np.array(values, dtype=float)[:, None]


def test_sums_by_hand():
    # Lead of 3 months, then 4 months. 5 came in two months before, 2 in the second month.
    inflow = column(0, 5, 0, 0, 2, 0, 0)
    outflow = column(1, 3, 4, 1)
    met = matched(inflow, outflow, lags=3)
    # Month 1 takes 1 of the five, month 2 takes 3 of it (the last month it can leave);
    # the one left over has expired, so month 3 has only the two, and month 4 nothing.
    assert met[:, 0].tolist() == [1, 3, 2, 0]
    assert total_matched(inflow, outflow, lags=3)[0] == 6


def test_the_oldest_goods_leave_first():
    # Taking the newest inflow for the first outflow would strand the older one: 1 instead of 2.
    inflow, outflow = column(1, 1, 0), column(1, 1)
    assert total_matched(inflow, outflow, lags=1)[0] == 2


def test_goods_that_came_too_early_or_too_late_are_not_matched():
    assert total_matched(column(9, 0, 0, 0, 0), column(0, 9), lags=3)[0] == 0
    assert total_matched(column(0, 0, 0, 0, 9), column(9, 0), lags=3)[0] == 0


def test_without_lags_each_period_is_matched_by_itself():
    assert matched(column(3, 5), column(4, 2), lags=0)[:, 0].tolist() == [3, 2]


def reference(inflow, outflow, lags):
    """scipy's maximum flow: source -> inflow month -> outflow month -> sink."""
    months_in, months_out = len(inflow), len(outflow)
    size = months_in + months_out + 2
    capacity = np.zeros((size, size), dtype=np.int32)
    capacity[0, 1 : 1 + months_in] = inflow
    capacity[1 + months_in : -1, -1] = outflow
    for out in range(months_out):
        capacity[1 + out : 2 + out + lags, 1 + months_in + out] = 10_000
    return maximum_flow(csr_array(capacity), 0, size - 1).flow_value


@st.composite
def lanes(draw):
    lags = draw(st.integers(0, 4))
    months = draw(st.integers(1, 10))
    amount = st.one_of(st.just(0), st.integers(0, 30))
    inflow = draw(st.lists(amount, min_size=months + lags, max_size=months + lags))
    outflow = draw(st.lists(amount, min_size=months, max_size=months))
    return inflow, outflow, lags


@pytest.mark.in_parts
@given(lanes())
@settings(max_examples=examples(300), deadline=None)
def test_it_is_the_maximum_flow(given):
    inflow, outflow, lags = given
    met = matched(column(*inflow), column(*outflow), lags=lags)[:, 0]
    assert met.sum() == reference(inflow, outflow, lags)
    assert total_matched(column(*inflow), column(*outflow), lags=lags)[0] == met.sum()
    assert (met >= 0).all()
    assert (met <= np.array(outflow)).all()
    assert met.sum() <= min(sum(inflow), sum(outflow))


def test_lanes_are_independent_and_broadcast():
    rng = np.random.default_rng(1)
    inflow, outflow = rng.gamma(1, 1, (9, 4, 3, 2)), rng.gamma(1, 1, (6, 1, 3, 2))
    met = matched(inflow, outflow, lags=3)
    assert met.shape == (6, 4, 3, 2)
    for lane in np.ndindex(4, 3, 2):
        alone = matched(inflow[(slice(None), *lane)][:, None], outflow[(slice(None), 0, *lane[1:])][:, None], lags=3)
        assert met[(slice(None), *lane)] == pytest.approx(alone[:, 0])  # fmt: skip
    assert inflow.min() >= 0  # nothing given is changed
