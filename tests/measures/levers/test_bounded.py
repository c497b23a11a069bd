"""Price costs, capacity and scores, against sums done by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lever_markets import estimates, market, phi
from lever_worlds import MILLION, VALUE, fitted
from scipy import stats

from stopgap.measures.levers.bounded import HIGHEST_COST, price_cost, scored, spearman
from stopgap.measures.levers.response import Responses, SupplierResponse


def test_a_price_cost_by_hand():
    # Half of the varieties gone: at σ = 2 prices double, at 3 they rise by √2.
    assert price_cost(np.full(2, 100.0), np.full(2, 0.5), np.array([2.0, 3.0])) == pytest.approx(
        [100, 100 * (2**0.5 - 1)]
    )
    whole = price_cost(np.full(3, 100.0), np.array([1.0, 0.9, 0.0]), np.array([5.0, 1.0, 1.0]))
    assert whole == pytest.approx([HIGHEST_COST * 100, HIGHEST_COST * 100, 0.0])


@settings(max_examples=80, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(1.0, 150), st.floats(1.0, 150))
def test_price_costs_rise_with_the_share_and_fall_with_the_elasticity(share, more, sigma, higher):
    low, high = sorted((share, more))
    soft, hard = sorted((sigma, higher), reverse=True)
    one = np.ones(1)

    def cost(part, elasticity):
        return float(price_cost(one, np.array([part]), np.array([elasticity]))[0])

    assert 0 <= cost(low, sigma) <= cost(high, sigma) <= HIGHEST_COST + 1e-9
    assert cost(share, soft) <= cost(share, hard) + 1e-12


def test_what_comes_back_is_bounded_by_the_capacity_of_the_others():
    got = scored(market(), estimates().parts)
    # 847150: China sells 20, 60 % would come back: 12; others export 5 and 10, a fifth of that is 3.
    assert got.removed[0, 0] == pytest.approx(17 * MILLION)
    # 854231: China sells 30, 18 would come back; others export 20 and 10, a fifth is 6.
    assert got.removed[0, 1] == pytest.approx(24 * MILLION)
    # 854231: Kyrgyzstan sells 12, 7.2 would come back; others export 210, a fifth is 42: the bound does not bind.
    assert got.removed[2, 1] == pytest.approx(12 * 0.4 * MILLION)
    # Germany is a member: nobody's capacity is less by its stop; 10 · .6 = 6 of a fifth of 115.
    assert got.removed[1, 0] == pytest.approx(4 * MILLION)
    # From everyone: 847150 is sold by China and Germany; of Turkey's 5 and the idle 10 a fifth is 3.
    assert got.good_removed == pytest.approx(np.array([30 - 3, 48 - 0, 22 - 8]) * MILLION)
    assert got.score == pytest.approx(got.removed)


def test_without_a_known_share_of_exports_there_is_no_bound():
    got = scored(market(), estimates(share=phi((np.nan, 0.2, 0.2))).parts)
    assert got.removed[0, 0] == pytest.approx(20 * 0.4 * MILLION)
    assert got.good_removed[0] == pytest.approx(30 * 0.4 * MILLION)


def responses(**weights):
    rows = tuple(
        (name, SupplierResponse(each, (each - 0.1, each + 0.1), True, each, 0.05)) for name, each in weights.items()
    )
    return Responses("2023-12-22", share=0.2, ci95=(0.1, 0.3), is_used=True, error=0.05, by_supplier=rows)


def test_scores_count_what_the_supplier_responded():
    known = estimates(responses=responses(CHN=0.5))
    got = scored(known.market, known.parts)
    assert got.score[0, 1] == pytest.approx(12 * MILLION)
    assert got.score[2, 1] == pytest.approx(12 * 0.4 * 0.2 * MILLION)  # the response of all
    theta = (30 * 0.5 + 18 * 0.2) / 48
    assert got.good_score[1] == pytest.approx(48 * theta * MILLION)
    unused = Responses("2023-12-22", share=0.0, ci95=(-0.1, 0.1), reason="none")
    assert estimates(responses=unused).parts.response == pytest.approx([1, 1, 1, 1])


def test_draws_are_the_same_each_time_and_have_the_width_of_the_intervals():
    known = estimates(known=fitted(spread=0.1), responses=responses(CHN=0.5))
    drawn, again = known.drawn(2000), known.drawn(2000)
    assert all((one.ratio == other.ratio).all() for one, other in zip(drawn, again, strict=True))
    ratio = np.array([each.ratio for each in drawn])
    # Common: .2 below and .1 above as 95 %, half of a normal each; and .1 of its own.
    assert ratio.mean() == pytest.approx(0.6 - (0.2 - 0.1) / 1.96 / np.sqrt(2 * np.pi), abs=0.01)
    assert np.array([each.response[0] for each in drawn]).std() == pytest.approx(0.05, rel=0.1)
    assert np.array([each.phi for each in drawn]).std() == pytest.approx(0.1 / 1.96, rel=0.1)
    assert {float(each.phi[0] == each.phi[2]) for each in drawn} == {1.0}  # of one pool


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=3, max_size=20), st.integers(0, 1000))
def test_rank_correlation_is_that_of_scipy(values, seed):
    one = np.array(values, dtype=float)
    other = np.random.default_rng(seed).integers(0, 5, one.size).astype(float)
    got = spearman(one, other)
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        assert got is None
    else:
        assert got == pytest.approx(stats.spearmanr(one, other).statistic)
    assert spearman(one[:2], other[:2]) is None


def test_a_supplier_without_reports_is_not_zero():
    value = VALUE.copy()
    value[2] = np.nan
    got = market(value)
    assert got.is_known.tolist() == [True, True, False, True]
    assert got.spending_usd == pytest.approx(np.array([30, 36, 22]) * MILLION)
