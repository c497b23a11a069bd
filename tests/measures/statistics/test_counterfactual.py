"""Net backfill: sums done by hand, parts that add up, and inputs that have no answer."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.measures.statistics.cells import WorldCells
from stopgap.measures.statistics.counterfactual import net_backfill

RTOL = 1e-9  # sums of the same doubles in another order


def world(rows, sanctioned=("S",)):
    """Cells from (supplier, destination, good, baseline, after)."""
    suppliers, destinations, goods = (tuple(sorted({row[at] for row in rows})) for at in range(3))
    return WorldCells(
        suppliers,
        destinations,
        goods,
        np.array([good[0] in sanctioned for good in goods]),
        np.array([suppliers.index(row[0]) for row in rows]),
        np.array([destinations.index(row[1]) for row in rows]),
        np.array([goods.index(row[2]) for row in rows]),
        np.array([float(row[3]) for row in rows]),
        np.array([float(row[4]) for row in rows]),
    )


def answer(rows, **options):
    return net_backfill(world(rows), **({"target": "RUS", "members": {"DEU"}, "hubs": {"TUR"}} | options))


CHINA = [
    ("CHN", "RUS", "S1", 100, 200), ("CHN", "RUS", "O1", 50, 60),
    *((("CHN", place, good, 100, 110)) for place in ("IND", "BRA", "EGY", "USA") for good in ("S1", "O1")),
]  # fmt: skip


def test_the_triple_difference_matches_the_sum_done_by_hand():
    found = answer([*CHINA, ("DEU", "RUS", "S1", 500, 100)])
    # Growth elsewhere is 1.1 in both goods: 110 expected. Ordinary goods at the target rose to 60 where
    # 55 were expected, so all of the target's trade moved by 60/55: 120 expected, 80 net.
    assert found.total.expected_usd == pytest.approx(120.0)
    assert found.total.net_usd == pytest.approx(80.0)
    assert found.excess == pytest.approx(np.log(200 / 120))
    assert found.ordinary_excess == pytest.approx(np.log(60 / 55))
    # Without ordinary goods: 200 less 110.
    assert found.double_difference.net_usd == pytest.approx(90.0)
    assert found.placebos == ("BRA", "EGY", "IND", "USA")
    assert found.rank == (1, 5)


def test_placebos_alike_to_the_cent_leave_an_interval_of_no_width():
    found = answer(CHINA)
    assert found.total.low_usd == pytest.approx(80.0)
    assert found.total.high_usd == pytest.approx(80.0)


def test_entrants_count_whole_and_stay_outside_the_excess():
    entry = [("VNM", "RUS", "S1", 0, 40), ("VNM", "IND", "S1", 10, 20)]
    found, without = answer([*CHINA, *entry]), answer(CHINA)
    assert found.total.entrants_usd == pytest.approx(40.0)
    assert found.excess == pytest.approx(without.excess, rel=0.05)  # VNM's growth elsewhere is no cell of CHN's
    assert found.by_supplier["VNM"].net_usd == pytest.approx(40.0)


def test_members_and_the_targets_own_trade_are_no_suppliers():
    found = answer([*CHINA, ("DEU", "RUS", "S1", 500, 900), ("RUS", "IND", "S1", 1, 1)])
    assert set(found.by_supplier) == {"CHN"}


def test_hubs_are_suppliers_and_no_control():
    through = [("CHN", "TUR", "S1", 100, 900), ("TUR", "RUS", "S1", 10, 50), ("TUR", "IND", "S1", 10, 10)]
    found = answer([*CHINA, *through])
    assert found.by_supplier["CHN"].net_usd == pytest.approx(80.0)  # 900 to the hub is no growth elsewhere
    assert found.by_supplier["TUR"].net_usd > 0
    assert "TUR" not in found.placebos


def test_a_supplier_without_trade_elsewhere_is_held_against_the_growth_of_all_and_named():
    found = answer([*CHINA, ("PRK", "RUS", "S1", 10, 11)])
    assert found.borrowed_growth == ("PRK",)
    assert found.by_supplier["PRK"].expected_usd == pytest.approx(10 * 1.1 * 60 / 55)


def test_without_ordinary_goods_the_double_difference_is_the_measure():
    found = answer([row for row in CHINA if row[2] == "S1"])
    assert found.ordinary_excess is None
    assert found.total == found.double_difference
    assert found.total.net_usd == pytest.approx(90.0)


def test_only_the_placebos_named_are_compared_with():
    found = answer(CHINA, placebo_targets=["IND", "BRA", "EGY"])
    assert found.placebos == ("BRA", "EGY", "IND")


def test_few_placebos_leave_the_estimate_and_no_interval():
    found = answer(CHINA, placebo_targets=["IND"])
    assert found.total.net_usd == pytest.approx(80.0)
    assert found.total.low_usd is found.total.high_usd is found.rank is None


@pytest.mark.parametrize(
    "rows",
    [
        [("CHN", "RUS", "S1", 100, 200)],  # nothing elsewhere
        [("CHN", "IND", "S1", 100, 200)],  # nothing at the target
        [("CHN", "RUS", "O1", 100, 200), ("CHN", "IND", "O1", 1, 1)],  # nothing sanctioned
        [("DEU", "RUS", "S1", 100, 200), ("DEU", "IND", "S1", 1, 1)],  # members alone
        [("CHN", "RUS", "S1", 0, 200), ("CHN", "IND", "S1", 0, 10)],  # no baseline anywhere
    ],
)
def test_where_there_is_no_counterfactual_there_is_no_answer(rows):
    assert answer(rows) is None


def test_a_supplier_that_stopped_altogether_counts_against_backfill():
    found = answer([(s, d, g, b, 0 if d == "RUS" and g == "S1" else a) for s, d, g, b, a in CHINA])
    assert found.excess is None
    assert found.total.net_usd == pytest.approx(-120.0)
    assert found.total.low_usd <= -120.0 <= found.total.high_usd


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(4, 9), st.integers(2, 8))
def test_parts_add_up_and_intervals_hold_their_estimates(seed, suppliers, destinations, goods):
    rng = np.random.default_rng(seed)
    places = ["RUS", *(f"D{at}" for at in range(destinations))]
    names = [f"{'S' if at % 2 else 'O'}{at}" for at in range(goods)]
    rows = [
        (f"X{at}", place, good, *(rng.lognormal(0, 1, 2) * (rng.random(2) < 0.8)))
        for at, place, good in itertools.product(range(suppliers), places, names)
    ]
    rows = [row for row in rows if row[3] or row[4]]
    found = answer(rows, groups={name: name[1] for name in names if name[0] == "S"})
    if found is None:
        return
    for parts in (found.by_supplier, found.by_good, found.by_group):
        assert sum(part.net_usd for part in parts.values()) == pytest.approx(found.total.net_usd, rel=RTOL, abs=1e-9)
        for part in (*parts.values(), found.total, found.double_difference):
            assert np.isfinite(part.net_usd)
            if part.low_usd is not None:
                assert np.isfinite([part.low_usd, part.high_usd]).all()
                assert part.low_usd <= part.net_usd + 1e-9
                assert part.net_usd <= part.high_usd + 1e-9


def test_the_order_of_cells_does_not_matter():
    rng = np.random.default_rng(4)
    rows = [(*row[:3], rng.lognormal(), rng.lognormal()) for row in CHINA]
    shuffled = [rows[at] for at in rng.permutation(len(rows))]
    assert answer(rows).total.net_usd == pytest.approx(answer(shuffled).total.net_usd, rel=RTOL)


def test_destinations_of_like_size_tell_growth_from_noise_too():
    """24 alike destinations: goods grow each at its own rate, and the net figure takes that rate out."""
    hits = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        shape = (12, 24, 16)
        before = np.exp(rng.normal(0, 0.1, shape))
        after = before * np.exp(rng.normal(0, 0.2, (12, 1, 16))) * np.exp(rng.normal(0, 0.05, shape))
        after[:, 0, :8] *= 1.3
        planted = after[:, 0, :8].sum() * (1 - 1 / 1.3)
        at = np.indices(shape).reshape(3, -1)
        names = [
            tuple(f"{letter}{place:02d}" for place in range(count)) for letter, count in zip("XDG", shape, strict=True)
        ]
        cells = WorldCells(*names, np.arange(16) < 8, *at, before.ravel(), after.ravel())
        total = net_backfill(cells, target="D00", members=(), hubs=()).total
        hits += total.low_usd <= planted <= total.high_usd
    assert hits >= 34  # an exact 99.9 % interval of 0.95 over 40
