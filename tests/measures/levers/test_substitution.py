"""The measured substitution, against hand sums and statsmodels' estimate of the spread."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lever_worlds import GOODS, GROUPS, MEASURED, finding, good
from scipy import stats

from stopgap.measures.backfill.results import Backfill, MemberResult
from stopgap.measures.levers.substitution import Z95, fit_substitution, paule_mandel, spread_draws

MEMBER = MemberResult("DEU", 1.0, 1.0, 0.0)
NAMES = tuple(f"85423{at}" for at in range(6))


def fit(found, goods=GOODS):
    return fit_substitution(found, goods=goods, groups=GROUPS)


def test_the_spread_is_that_of_paule_and_mandel():
    from statsmodels.stats.meta_analysis import combine_effects

    # Pairs of opposite deviations: the weighted mean is 0 whatever the spread.
    deviation = np.array([0.3, -0.3, 0.1, -0.1, 0.5, -0.5])
    variance = np.array([0.01, 0.01, 0.002, 0.002, 0.05, 0.05])
    theirs = combine_effects(deviation, variance, method_re="iterated").tau2
    assert paule_mandel(deviation, variance) == pytest.approx(theirs, rel=1e-6)
    assert paule_mandel(deviation / 100, variance) == 0.0
    assert paule_mandel(np.zeros(0), np.zeros(0)) == 0.0


def test_the_whole_without_enough_goods():
    got = fit(finding(MEASURED, by_good=[good("854231", 50, 30, 10)]))
    assert (got.substitution.level, got.substitution.spread) == ("overall", None)
    assert got.substitution.share == got.substitution.measured_ratio == 0.6
    assert got.ratio == pytest.approx([0.6] * 3)
    assert (got.below, got.above) == pytest.approx((0.2, 0.1))
    assert got.substitution.gross_same_good_share == pytest.approx(0.4)
    assert np.isnan(got.gross[0])
    assert got.gross[1] == pytest.approx(0.3)


def test_goods_are_drawn_towards_the_whole_by_how_sure_they_are():
    sure, unsure = 2.0, 60.0
    rows = [good(name, 20, net, sure) for name, net in zip(NAMES[:5], (4, 8, 12, 16, 20), strict=True)]
    rows.append(good(NAMES[5], 20, 20, unsure))
    got = fit(finding(MEASURED, by_good=rows), NAMES)
    assert (got.substitution.level, got.substitution.slices) == ("good", 6)
    deviation = np.array([4, 8, 12, 16, 20, 20]) / 20 - 0.6
    variance = (np.array([sure] * 5 + [unsure]) / 20 / (2 * Z95)) ** 2
    between = paule_mandel(deviation, variance)
    assert got.substitution.spread**2 == pytest.approx(between)
    sure_of = between / (between + variance)
    assert got.own_half == pytest.approx(stats.t.ppf(0.975, 5) * np.sqrt(between * (2 - sure_of)))
    assert got.ratio == pytest.approx(0.6 + deviation * between / (between + variance))
    assert abs(got.ratio[5] - 0.6) < 0.25 * abs(got.ratio[4] - 0.6)


def test_goods_that_cannot_be_measured_take_the_whole():
    rows = [good(name, 20, 12, 4) for name in NAMES]
    rows[0] = good(NAMES[0], -5, 12, 4, baseline=10)  # lost nothing
    rows[1] = good(NAMES[1], 20, 100, 4, loss_ci95=(-0.1, 0.5))  # the loss may be none
    rows[2] = good(NAMES[2], 20, 100, 4, baseline=400)  # a small loss without an interval
    got = fit(finding(MEASURED, by_good=rows), NAMES)
    assert (got.substitution.level, got.ratio) == ("overall", pytest.approx([0.6] * 6))


def test_groups_where_goods_do_not_suffice():
    names = tuple(f"85{at}000" for at in range(10, 16))
    groups = dict(zip(names, "abcdef", strict=True))
    rows = [good(group, 20, net, 2) for group, net in zip("abcdef", (4, 8, 12, 16, 20, 12), strict=True)]
    got = fit_substitution(finding(MEASURED, by_group=rows), goods=names, groups=groups)
    assert (got.substitution.level, got.substitution.slices) == ("group", 6)
    assert got.ratio[0] < 0.4 < 0.8 < got.ratio[4]


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (
            replace(finding(Backfill(None, defined=False), loss=0.0), members=(MEMBER,)),
            "members of the coalition with figures lost nothing",
        ),
        (finding(Backfill(None, defined=False), loss=0.0), "no member of the coalition has figures"),
        (finding(Backfill(None, defined=False), suppliers=()), "no supplier outside"),
        (finding(Backfill(0.8, defined=False)), "includes 0"),
        (finding(Backfill(0.8), reason="no trade elsewhere"), "no trade elsewhere"),
        (finding(Backfill(0.8, 0.6)), "no interval"),
    ],
)
def test_what_is_missing_has_a_reason(found, reason):
    got = fit(found)
    assert reason in got.substitution.reason
    assert (got.ratio is None) == (found.backfill.net_ratio is None)
    assert got.below is None


def test_a_ratio_outside_the_unit_is_bounded_and_says_so():
    got = fit(finding(Backfill(1.5, 1.3, (1.1, 1.6)))).substitution
    assert (got.share, got.ci95, got.measured_ratio, got.is_bounded) == (1.0, (1.0, 1.0), 1.3, True)


def test_draws_of_the_spread_hold_the_true_one_as_often_as_they_say():
    rng = np.random.default_rng(3)
    true, inside, worlds = 0.04, 0, 200
    for _ in range(worlds):
        variance = rng.uniform(0.005, 0.05, 12)
        slices = np.column_stack([rng.normal(0, np.sqrt(true + variance)), variance])
        low, high = np.quantile(spread_draws(slices, 400, rng), [0.025, 0.975])
        inside += low <= true <= high
    assert 0.91 * worlds <= inside <= 0.985 * worlds  # of 200 at 95 %: outside has a chance below 1 in 100
    assert (spread_draws(np.zeros((0, 2)), 5, rng) == 0).all()
    assert (spread_draws(np.array([[0.0, 0.01], [0.0, 0.01]]), 5, rng) == 0).all()
