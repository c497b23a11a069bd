"""The symmetric ratio: sums by hand, intervals against closed forms, and inputs that have no answer."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.measures.statistics.cells import WorldCells
from stopgap.measures.statistics.counterfactual import net_backfill
from stopgap.measures.statistics.diversion import MemberSales, fit_diversion
from stopgap.measures.statistics.ordinary_goods import LEAST_GOODS, dose_response
from stopgap.measures.statistics.symmetric import Part, error_correlation, rank_interval, ratio_by_ranks, ratio_interval

PLACES = ("IND", "BRA", "EGY", "USA")


def cells(rows):
    """Cells from (supplier, destination, good, baseline, after); goods that start with S are sanctioned."""
    suppliers, destinations, goods = (tuple(sorted({row[at] for row in rows})) for at in range(3))
    places = (
        np.array([names.index(row[at]) for row in rows]) for at, names in enumerate((suppliers, destinations, goods))
    )
    dollars = (np.array([float(row[at]) for row in rows]) for at in (3, 4))
    return WorldCells(suppliers, destinations, goods, np.array([good[0] == "S" for good in goods]), *places, *dollars)


def answer(rows, **options):
    return net_backfill(cells(rows), **({"target": "RUS", "members": {"DEU"}, "hubs": {"TUR"}} | options))


CHINA = [
    ("CHN", "RUS", "S1", 100, 200), ("CHN", "RUS", "O1", 50, 60),
    *(("CHN", place, good, 100, 110) for place in PLACES for good in ("S1", "O1")),
]  # fmt: skip
GERMANY = [("DEU", "RUS", "S1", 500, 100), *(("DEU", place, "S1", 1000, 1200) for place in PLACES)]


def test_the_ratio_of_a_small_world_is_the_sum_done_by_hand():
    found = answer([*CHINA, *GERMANY, ("DEU", "TUR", "S1", 100, 900)])
    # Ordinary goods at the target rose to 60 where 55 were expected: a factor of 60/55. Germany's sales elsewhere
    # grew by 1.2 (Turkey, a hub, left out), so 500 * 1.2 * 60/55 were expected of it, and 100 were sold.
    expected = 500 * 1.2 * 60 / 55
    assert found.loss.expected_usd == pytest.approx(expected)
    assert found.loss.loss_usd == pytest.approx(expected - 100)
    assert found.loss.by_good == {"S1": pytest.approx(expected - 100)}
    assert found.loss.by_member == {"DEU": pytest.approx(expected - 100)}
    assert found.symmetric.ratio == pytest.approx(80.0 / (expected - 100))
    assert found.loss.diversion.cells == 0  # one cell: nothing can be known of diversion


def test_sales_of_a_member_without_a_baseline_lower_the_loss():
    without = answer([*CHINA, *GERMANY]).loss.loss_usd
    with_new = answer([*CHINA, *GERMANY, ("DEU", "RUS", "S2", 0, 30), ("DEU", "IND", "S2", 5, 5)]).loss
    assert with_new.loss_usd == pytest.approx(without - 30, rel=0.02)
    assert with_new.by_good["S2"] == pytest.approx(-30)


def test_without_trade_of_members_elsewhere_there_is_no_loss_and_no_ratio():
    found = answer([*CHINA, ("DEU", "RUS", "S1", 500, 100), ("DEU", "TUR", "S1", 100, 900)])
    assert found.loss is None
    assert found.symmetric is None
    assert found.total.net_usd == pytest.approx(80.0)


def test_a_coalition_that_lost_nothing_has_no_ratio():
    found = answer([*CHINA, ("DEU", "RUS", "S1", 500, 900), *GERMANY[1:]])
    assert found.loss.loss_usd < 0
    assert found.symmetric is None


def test_actors_sum_their_suppliers():
    hong_kong = [("HKG", "RUS", "S1", 10, 90), *(("HKG", place, "S1", 100, 110) for place in PLACES)]
    found = answer([*CHINA, *hong_kong, *GERMANY], actors={"PRC": {"CHN", "HKG"}, "none": {"XXX"}})
    both = found.by_supplier["CHN"].net_usd + found.by_supplier["HKG"].net_usd
    assert found.by_actor["PRC"].net_usd == pytest.approx(both)
    assert set(found.by_actor) == {"PRC"}


def part(constant, expected, half, errors=()):
    return Part(constant, expected, half, half / 2, half / 2, np.array(errors, dtype=float))


def test_the_interval_of_a_ratio_of_small_errors_is_that_of_the_delta_method():
    net, loss = part(150.0, -100.0, 0.002), part(-100.0, 300.0, 0.001)  # 50 ± 0.2 over 200 ± 0.3
    for correlation in (0.0, 0.6, -0.6):
        low, high = ratio_interval(net, loss, correlation)
        # Net falls with its error and the loss rises: their correlation has the other sign.
        variance = (0.2 / 50) ** 2 + (0.3 / 200) ** 2 + 2 * correlation * 0.2 * 0.3 / (50 * 200)
        assert (high - low) / 2 == pytest.approx(0.25 * math.sqrt(variance), rel=5e-3)
        assert (low + high) / 2 == pytest.approx(0.25, rel=1e-3)


def test_a_loss_without_error_gives_the_interval_of_net_by_the_loss():
    net, loss = part(150.0, -100.0, 0.3), part(-100.0, 300.0, 0.0)
    assert ratio_interval(net, loss, 0.5) == pytest.approx(tuple(end / 200 for end in net.ci95))


def test_a_loss_that_may_be_nothing_gives_no_interval():
    assert ratio_interval(part(150.0, -100.0, 0.1), part(-250.0, 300.0, 0.3), 0.0) is None


@settings(max_examples=200, deadline=None)
@given(
    st.floats(-200, 200), st.floats(1, 200), st.floats(0.001, 0.5), st.floats(0, 100), st.floats(0.001, 0.3),
    st.floats(-0.9, 0.9),
)  # fmt: skip
def test_the_interval_holds_the_ratio_and_widens_with_the_errors(
    constant, expected, half, sold, loss_half, correlation
):
    net, loss = part(constant, -expected, half), part(-sold, sold + 150.0, loss_half)
    found = ratio_interval(net, loss, correlation)
    if loss.ci95[0] <= 0:
        assert found is None
        return
    low, high = found
    ratio = net.estimate / loss.estimate
    assert low <= ratio + 1e-9
    assert high >= ratio - 1e-9
    wider = ratio_interval(part(constant, -expected, 2 * half), loss, 0.0)
    plain = ratio_interval(net, loss, 0.0)
    assert wider[1] - wider[0] >= plain[1] - plain[0] - 1e-9


def test_ranks_give_the_order_statistics_and_their_level():
    found = rank_interval(np.arange(39.0))
    assert (found.low, found.high, found.level) == (0.0, 38.0, 0.95)
    found = rank_interval(np.arange(99.0))
    assert (found.low, found.high, found.level) == (1.0, 97.0, pytest.approx(0.96))
    assert rank_interval(np.arange(8.0)) is None
    assert rank_interval(np.array([*np.arange(20.0), np.nan])) is None


def test_the_ratio_by_ranks_takes_both_errors_of_one_placebo():
    errors = np.linspace(-2, 2, 39)
    net, loss = part(150.0, -100.0, 0.2, errors), part(-100.0, 300.0, 0.2, errors)
    found = ratio_by_ranks(net, loss, errors, errors)
    ends = [(150 - 100 * math.exp(z * 0.1)) / (300 * math.exp(z * 0.1) - 100) for z in (2, -2)]
    assert (found.low, found.high) == pytest.approx(tuple(ends))


def test_correlation_is_pearson_s():
    one, other = np.random.default_rng(1).normal(size=(2, 30))
    assert error_correlation(one, other) == pytest.approx(np.corrcoef(one, other)[0, 1])
    assert error_correlation(one, one) == pytest.approx(0.99)  # never quite 1
    assert error_correlation(one[:2], other[:2]) == 0.0


def planted(goods, noise, seed=0):
    """Ordinary goods at a target whose demand moved by e^-.3; others fill .6 of what the coalition lost."""
    rng = np.random.default_rng(seed)
    cf, cf_members = rng.lognormal(4, 1, (2, goods))
    lost_share = np.where(rng.random(goods) < 0.5, rng.uniform(0.2, 0.8, goods), 0.0)
    level = math.exp(-0.3)
    sold = level * cf_members * (1 - lost_share)
    x = (level * cf + 0.6 * level * cf_members * lost_share) * rng.lognormal(-(noise**2) / 2, noise, goods)
    return x, cf, sold, cf_members


def test_the_dose_response_finds_the_move_of_demand_exactly_where_there_is_no_noise():
    found = dose_response(*planted(40, 0.0))
    assert found.excess == pytest.approx(-0.3)
    assert found.filled_share == pytest.approx(0.6)
    assert found.error == pytest.approx(0.0, abs=1e-9)


def test_the_dose_response_is_about_right_with_noise_and_knows_its_error():
    fits = [dose_response(*planted(60, 0.2, seed)) for seed in range(60)]
    excess = np.array([fit.excess for fit in fits])
    one = [math.log(x.sum() / cf.sum()) for x, cf, _, _ in (planted(60, 0.2, seed) for seed in range(60))]
    assert abs(excess.mean() + 0.3) < 0.03
    assert np.mean(one) > -0.2  # one excess of all takes backfill for demand
    assert np.mean([fit.error for fit in fits]) == pytest.approx(excess.std(), rel=0.4)


def test_the_dose_response_needs_goods_that_both_sides_sell():
    x, cf, sold, cf_members = planted(LEAST_GOODS, 0.1)
    assert dose_response(x, cf, sold, cf_members).goods == LEAST_GOODS
    cf_members[0] = 0.0
    assert dose_response(x, cf, sold, cf_members) is None
    # A coalition that lost nothing anywhere leaves no dose: the columns are the same but for their size.
    x, cf, sold, _ = planted(40, 0.0)
    assert dose_response(cf * 0.8, cf, cf * 0.8 * 0.5, cf) is None


def sales(share_diverted, seed, goods=30):
    """Sales of 12 members; of what the target's loss set free a share was sold elsewhere."""
    rng = np.random.default_rng(seed)
    member, good = (axis.ravel() for axis in np.indices((12, goods)))
    base = rng.lognormal(4, 1, member.size)
    before = base * rng.uniform(0.0, 0.3, member.size)
    growth = np.exp(
        0.2 * rng.normal(size=12)[member] + 0.2 * rng.normal(size=goods)[good] + 0.1 * rng.normal(size=member.size)
    )
    after = before * growth * np.where(good % 2, 1.0, 0.3)
    later = base * growth + share_diverted * (before * growth - after)
    chance = rng.gamma(50.0, 0.02, (2, 2, member.size)) / 2  # each half of the destinations, in each window
    return MemberSales(member, good, base * chance[0], later * chance[1], before, after, np.full(member.size, 0.02))


@pytest.mark.parametrize("share", [0.0, 0.4, 0.9])
def test_diversion_is_found_with_its_error(share):
    fits = [fit_diversion(sales(share, seed), 1.0) for seed in range(30)]
    found = np.array([fit.estimate for fit in fits])
    # In logarithms a large share comes out a little lower.
    assert abs(found.mean() - share) < 0.06 + 0.1 * share + 3 * found.std() / math.sqrt(30)
    assert np.mean([fit.error for fit in fits]) == pytest.approx(found.std(ddof=1), rel=0.5)
    assert all(abs(fit.share) < abs(fit.estimate) and -1.0 <= fit.share <= 1.0 for fit in fits)
    assert all(fit.spread < min(fit.error, 0.5) for fit in fits)


def test_diversion_of_which_little_is_known_is_shrunk_towards_none():
    few = sales(0.4, 0, goods=1)
    found = fit_diversion(few, 1.0)
    assert abs(found.share) < 0.6 * abs(found.estimate)  # few cells, a large error: most of it is shrunk away
    assert fit_diversion(MemberSales(*(part[..., :11] for part in vars(few).values())), 1.0).cells == 0
