"""Markup and split: by hand, as properties, against pyfixest and pandas, and where nothing can be said."""

import json
import math
import warnings
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.measures.prices.markup import markup
from stopgap.measures.statistics.bennet import PriceCells, bennet, joined_seasons, split_changes
from stopgap.measures.statistics.placebo import half_width, variance_parts
from stopgap.measures.statistics.two_way_effects import BlockRows, contrasts, near_medians


def rows_of(seed, *, blocks=12, places=7, periods=10, seen=0.6, truth=0.0):
    """Log unit values with gaps; the target is place 0, the second half of the periods lies after."""
    rng = np.random.default_rng(seed)
    block, place, period = np.nonzero(rng.random((blocks, places, periods)) < seen)
    block = np.unique(block, return_inverse=True)[1]
    is_after = np.arange(periods) >= periods // 2
    value = rng.normal(0, 0.3, block.size) + truth * ((place == 0) & is_after[period])
    return BlockRows(block, place, period, value, is_after, places)


def frame_of(rows):
    import pandas as pd

    return pd.DataFrame(
        {
            "y": rows.value,
            "place": rows.destination,
            "after": rows.is_after[rows.period],
            "ikt": rows.block * len(rows.is_after) + rows.period,
            "ijk": rows.block * rows.destinations + rows.destination,
        }
    )


@pytest.mark.parametrize("seen", [0.9, 0.5, 0.25])
def test_every_contrast_is_what_pyfixest_estimates(seen):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyfixest's own, of pandas
        import pyfixest

        rows = rows_of(4, seen=seen)
        frame = frame_of(rows)
        found = contrasts(rows)
        for place in range(rows.destinations):
            frame["x"] = ((frame.place == place) & frame.after).astype(float)
            fit = pyfixest.feols("y ~ x | ikt + ijk", frame)
            # pyfixest stops its own iteration at about 1e-8 of a unit.
            assert found.estimate[place] == pytest.approx(float(fit.coef()["x"]), abs=1e-6)


def test_trimming_is_what_pandas_medians_give():
    rows = rows_of(5)
    frame = frame_of(rows)
    left = frame.y - frame.groupby("ikt").y.transform("median")
    left = left - left.groupby(frame.ijk).transform("median")
    assert (near_medians(rows, 0.4) == (left.abs() < 0.4)).all()


def test_a_contrast_by_hand():
    # One supplier's good at three places in two months. The target rises from 1 to 4, the others
    # by 1 and by 2: 3 - 1.5 = 1.5 more.
    block, place, period = np.zeros(6, dtype=int), np.repeat([0, 1, 2], 2), np.tile([0, 1], 3)
    value = np.array([1.0, 4.0, 5.0, 6.0, 0.0, 2.0])
    rows = BlockRows(block, place, period, value, np.array([False, True]), 3)
    found = contrasts(rows)
    assert found.estimate[0] == pytest.approx(1.5, abs=1e-8)
    assert found.estimate[1] == pytest.approx(1.0 - 2.5, abs=1e-8)
    # A level of the month, or of a place, changes nothing.
    shifted = BlockRows(block, place, period, value + 7 * period + 3 * place, rows.is_after, 3)
    assert contrasts(shifted).estimate == pytest.approx(found.estimate, abs=1e-7)


@pytest.mark.parametrize(
    ("place", "period"),
    [
        ([0, 0, 1], [0, 1, 0]),  # nobody beside the target afterwards
        ([0, 1, 1], [0, 0, 1]),  # the target is not there afterwards
        ([1, 1, 2, 2], [0, 1, 0, 1]),  # never
        ([0, 0], [0, 1]),  # alone
        ([], []),
    ],
)
def test_a_markup_that_the_figures_do_not_tell_is_none_with_a_reason(place, period):
    size = len(place)
    rows = BlockRows(
        np.zeros(size, dtype=int), np.array(place, dtype=int), np.array(period, dtype=int), np.ones(size),
        np.array([False, True]), 3,
    )  # fmt: skip
    found = markup(rows, ["RUS", "KAZ", "TUR"])
    assert found.estimate is None
    assert found.trimmed.reason
    json.dumps(asdict(found), allow_nan=False)


def test_two_placebos_give_an_estimate_without_an_interval():
    found = markup(rows_of(1, places=3), ["RUS", "KAZ", "TUR"])
    assert found.estimate is not None
    assert found.ci95 is None
    assert "3 placebo destinations" in found.trimmed.reason
    assert found.placebos == ("KAZ", "TUR")
    lone = markup(rows_of(1, places=2), ["RUS", "KAZ"])  # with the target out, nobody is beside KAZ
    assert (lone.placebos, lone.placebo_rank, lone.ci95) == ((), None, None)


def test_a_planted_markup_is_found_and_unit_errors_are_trimmed():
    rows = rows_of(7, blocks=60, places=13, periods=16, truth=0.5)
    wrong = np.random.default_rng(8).random(len(rows)) < 0.05
    rows = BlockRows(rows.block, rows.destination, rows.period, rows.value + wrong * math.log(10), rows.is_after, 13)
    found = markup(rows, [str(place) for place in range(13)], is_estimated=wrong)
    assert found.ci95[0] < 0.5 < found.ci95[1]
    assert found.placebo_rank == (1, 13)
    assert found.trimmed_share == pytest.approx(wrong.mean(), abs=0.005)
    assert found.estimated_share == pytest.approx(wrong.mean())
    assert abs(found.estimate - 0.5) < 0.05
    assert found.price_ratio == pytest.approx(math.exp(found.estimate))
    assert found.not_estimated.estimate == pytest.approx(found.estimate, abs=0.02)


def test_placebos_that_are_named_are_the_only_ones():
    found = markup(rows_of(9, blocks=40), ["RUS", *"ABCDEF"], among=("A", "C", "E", "RUS"))
    assert found.placebos == ("A", "C", "E")
    assert found.placebo_rank[1] == 4


def test_variance_in_two_parts():
    loads = np.array([1.0, 2.0, 3.0, 4.0])
    parts = variance_parts(2.0 + 3.0 * loads, loads)
    assert (parts.common, parts.own) == (pytest.approx(2.0), pytest.approx(3.0))
    falling = variance_parts(np.array([4.0, 3.0, 2.0, 1.0]), loads)
    assert falling.own == 0
    assert falling.common > 0
    assert variance_parts(np.zeros(4), loads).at(2.0) == 0
    assert half_width(np.array([0.1, -0.1]), np.ones(2), 1.0) is None
    # Equal loads: the t interval of a new draw, by hand.
    deviations = np.array([-1.0, 0.0, 1.0])
    assert half_width(deviations, np.ones(3), 1.0) == pytest.approx(4.302653 * math.sqrt(4 / 3), rel=1e-6)


def cells_of(rows):
    """(supplier, good, season, baseline_usd, after_usd, baseline_quantity, after_quantity), weight ``None`` where missing."""
    names = sorted({row[0] for row in rows})
    money = np.array([[math.nan if value is None else value for value in row[3:]] for row in rows], dtype=float)
    return PriceCells(
        tuple(names),
        np.array([names.index(row[0]) for row in rows]),
        np.array([row[1] for row in rows]),
        np.array([row[2] for row in rows]),
        *money.reshape(-1, 4).T,
    )


def test_the_split_is_the_sum_done_by_hand():
    cells = cells_of(
        [
            # 10 kg at 10, then 4 kg at 15: quantity -6 x 12.5, price 7 x 5; at the baseline's price -60.
            ("DEU", 1, 0, 100.0, 60.0, 10.0, 4.0),
            ("DEU", 2, 0, 30.0, 0.0, 3.0, 0.0),  # ended
            ("DEU", 3, 0, 50.0, 20.0, 5.0, None),  # nobody weighed it afterwards
            ("CHN", 1, 0, 0.0, 80.0, 0.0, 8.0),  # new
            ("CHN", 2, 0, 20.0, 80.0, 2.0, 2.0),  # fourfold price: a unit, as likely as not
        ]
    )
    [loss] = split_changes(cells, np.where(cells.supplier == 1, 0, -1), 1, sign=-1.0)
    assert (loss.change_usd, loss.quantity_usd, loss.price_usd) == (100.0, 75.0, -35.0)
    assert (loss.new_or_ended_usd, loss.not_adjusted_usd, loss.at_baseline_price_usd) == (30.0, 30.0, 90.0)
    assert loss.weighed_share == pytest.approx(190 / 260)
    assert loss.split_share == pytest.approx(160 / 260)
    [gain] = split_changes(cells, np.where(cells.supplier == 0, 0, -1), 1)
    assert (gain.change_usd, gain.quantity_usd, gain.price_usd) == (140.0, 0.0, 60.0)
    assert (gain.new_or_ended_usd, gain.not_adjusted_usd) == (80.0, 0.0)
    assert (gain.at_baseline_price_usd, gain.outlying_usd) == (0.0, 100.0)


def test_a_month_that_nobody_weighed_takes_itself_out_and_not_the_year():
    whole = cells_of([("CHN", 1, 1, 10.0, 20.0, 1.0, 2.0), ("CHN", 1, 2, 10.0, 20.0, 1.0, 4.0)])
    assert len(joined_seasons(whole)) == 1
    part = cells_of([("CHN", 1, 1, 10.0, 20.0, 1.0, None), ("CHN", 1, 2, 10.0, 20.0, 1.0, 4.0)])
    joined = joined_seasons(part)
    assert len(joined) == 2
    [found] = split_changes(joined, joined.supplier, 1)
    assert (found.not_adjusted_usd, found.quantity_usd, found.price_usd) == (10.0, 22.5, -12.5)


AMOUNT = st.one_of(st.just(0.0), st.floats(1e-3, 1e9))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["CHN", "TUR"]), st.integers(1, 3), st.integers(1, 12), AMOUNT, AMOUNT,
            st.one_of(st.none(), st.floats(1e-3, 1e6)), st.one_of(st.none(), st.floats(1e-3, 1e6)),
        ),
        min_size=1, max_size=30, unique_by=lambda row: row[:3],
    )
)  # fmt: skip
def test_the_parts_add_up_to_the_change_exactly(rows):
    cells = joined_seasons(cells_of(rows))
    found = split_changes(cells, cells.supplier, len(cells.suppliers))
    for part, name in zip(found, cells.suppliers, strict=True):
        own = [row for row in rows if row[0] == name]
        change, scale = sum(row[4] - row[3] for row in own), sum(row[4] + row[3] for row in own)
        parts = part.quantity_usd + part.price_usd + part.new_or_ended_usd + part.not_adjusted_usd
        # Parts can be far larger than their sum: rounding is judged by them.
        size = scale + abs(part.quantity_usd) + abs(part.price_usd)
        assert part.change_usd == pytest.approx(change, abs=1e-9 * (1 + scale))
        assert parts == pytest.approx(change, abs=1e-9 * (1 + size))
        json.dumps(asdict(part), allow_nan=False)


def test_bennet_is_symmetric_in_time():
    values = np.exp(np.random.default_rng(1).normal(3, 2, (4, 50)))
    forward, backward = bennet(*values), bennet(*values[[2, 3, 0, 1]])
    assert forward[0] == pytest.approx(-backward[0])
    assert forward[1] == pytest.approx(-backward[1])


def test_nothing_traded_has_no_share():
    [empty] = split_changes(cells_of([("CHN", 1, 0, 0.0, 0.0, None, None)]), np.array([0]), 1)
    assert empty.weighed_share is None
    assert empty.at_baseline_price_usd is None
    assert empty.change_usd == 0.0
