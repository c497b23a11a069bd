"""Consequences: counts by hand, permutations against every permutation, ranks of dates, size under trends."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from listing_worlds import ListingClass, more_of

from stopgap.claims.testing.layers.listing_steps import (
    LEAST_ON_A_SIDE,
    SATURATION,
    Actions,
    StepModel,
    around,
    permuted_p,
    rank_of_date,
    step_statistic,
)
from stopgap.claims.testing.layers.listing_tests import (
    LEAST_MONTHS,
    DatedListing,
    happened_verdict,
    listing_facts,
    more_verdict,
)
from stopgap.claims.testing.results import Verdict

SAID, UNTIL = "2024-04-08", "2026-06-30"


def listed(name, economies, day, *, list_="eu", authority="EU", act="act 1"):
    return DatedListing(name, frozenset(economies.split()), list_, "programme", authority, act, day)


LISTINGS = [
    listed("Alpha", "CHN", "2023-06-23"),
    listed("Beta", "CHN HKG", "2024-04-08"),  # on the day itself: before
    listed("Gamma", "CHN", "2024-06-24", act="act 2"),
    listed("gamma ", "CHN", "2024-06-24", act="act 3"),  # the same organisation again
    listed("Delta", "HKG", "2024-06-24", act="act 2"),
    listed("Alpha", "CHN", "2024-08-23", list_="us", authority="US"),  # known since 2023 on another list
    listed("Epsilon", "CHN", "2024-08-23", list_="us", authority="US"),
    listed("Zeta", "TUR", "2024-08-23", list_="us", authority="US"),
    listed("Eta", "RUS", "2024-08-23"),  # of the target
    listed("Theta", "RUS DEU", "2024-08-23"),  # of target and coalition
    listed("Iota", "CHN", "2027-01-01"),  # after the last day that the lists cover
]


def facts_of(actor="CHN", listings=LISTINGS, **changes):
    given = {
        "said_on": SAID,
        "until": UNTIL,
        "actor": actor.split(),
        "beside": ("HKG",),
        "home": ("RUS", "DEU"),
        "undated": 0,
    }
    return listing_facts(listings, **{**given, **changes})


def test_organisations_days_and_acts_by_hand():
    facts = facts_of()
    assert (facts.before, facts.after) == (2, 2)  # Alpha and Beta; Gamma and Epsilon
    assert [(each.day, each.authority, each.act, each.of_actor, each.of_third_countries) for each in facts.acts] == [
        ("2024-06-24", "EU", "act 2; act 3", 2, 3), ("2024-08-23", "US", "act 1", 2, 3),
    ]  # fmt: skip
    assert (facts.share_before, facts.share_after) == (1.0, 4 / 6)  # entries: 2 of 2, and 4 of 6
    counts = {(each.list, each.economy): (each.before, each.after, each.by_year) for each in facts.counts}
    assert counts == {
        ("eu", "CHN"): (2, 2, (("2023", 1), ("2024", 3))),
        ("eu", "HKG"): (1, 1, (("2024", 2),)),
        ("us", "CHN"): (0, 2, (("2024", 2),)),
    }
    assert (facts.p_value, facts.date_rank) == (None, None)  # four actions are too few
    assert happened_verdict(facts) is Verdict.SUPPORTED
    assert more_verdict(facts) is Verdict.NOT_TESTABLE


def test_nothing_listed_is_not_supported_as_far_as_the_lists_reach():
    none = facts_of("IND")
    assert (none.before, none.after, none.acts) == (0, 0, ())
    assert happened_verdict(none) is Verdict.NOT_SUPPORTED
    assert happened_verdict(facts_of("IND", until=SAID)) is Verdict.NOT_TESTABLE


def test_all_third_countries_are_counted_and_have_no_share_of_themselves():
    facts = facts_of("")
    assert (facts.before, facts.after) == (2, 4)  # Gamma, Delta, Epsilon, Zeta
    assert (facts.share_before, facts.share_after, facts.p_value) == (None, None, None)
    assert more_verdict(facts) is Verdict.NOT_TESTABLE


def small_model():
    share = np.array([0.1, 0.3, 0.0, 0.2, 0.7, 0.6, 0.9])
    weight = np.array([1.0, 4.0, 2.0, 5.0, 3.0, 1.0, 2.0])
    time = np.array([-1.0, -0.7, -0.4, -0.1, 0.3, 0.6, 1.0])
    return StepModel(share, weight, time, (time > 0).astype(float))


def test_the_step_is_that_of_weighted_least_squares():
    model = small_model()
    design = np.column_stack([*(model.time**power for power in range(4)), model.is_after])
    root = np.sqrt(model.weight)
    rows, values = design * root[:, None], model.share * root
    found, *_ = np.linalg.lstsq(rows, values, rcond=None)
    left = values - rows @ found
    error = math.sqrt(left @ left / (7 - 5) * np.linalg.inv(rows.T @ rows)[4, 4])
    assert step_statistic(model) == pytest.approx(found[4] / error)


def test_the_permutation_is_the_enumeration_where_all_can_be_counted():
    model = small_model()
    every = np.array(list(itertools.permutations(range(7))))
    root = np.sqrt(model.weight)
    design = np.column_stack([*(model.time**power for power in range(4))]) * root[:, None]
    values = model.share * root
    fitted = design @ np.linalg.lstsq(design, values, rcond=None)[0]
    seen = step_statistic(model)
    counted = 0
    for order in every:
        moved = fitted + (values - fitted)[order]
        counted += step_statistic(replace(model, share=moved / root)) >= seen - 1e-9
    assert permuted_p(model, every) == pytest.approx((1 + counted) / (len(every) + 1))
    assert permuted_p(model) == pytest.approx(counted / len(every), abs=4 * math.sqrt(0.25 / 4999))
    assert permuted_p(model) == permuted_p(model)  # the draws are fixed


def record(months=60, *, per_month=2, share=lambda at: 0.2, seed=1):
    generator = np.random.default_rng(seed)
    days, mine, every = [], [], []
    for at in range(months):
        for package in range(per_month):
            days.append(f"{2019 + at // 12}-{at % 12 + 1:02d}-{5 + 10 * package:02d}")
            every.append(10.0)
            mine.append(float(np.clip(round(10 * share(at) + generator.normal(0, 0.7)), 0, 10)))
    return Actions(tuple(days), np.array(mine), np.array(every))


def test_actions_around_a_date_by_hand():
    actions = record(60)
    model = around(actions, "2021-06-20", until="2023-12-28")
    assert model.is_after.sum() == 48  # two a month from July 2021 to June 2023
    assert set(model.weight) == {10 / (1 + 9 / SATURATION)}
    assert np.abs(model.time).max() <= 1.0
    assert around(actions, "2019-05-20", until="2023-12-28") is None  # under six months before
    assert around(actions, "2023-09-20", until="2023-12-28") is None  # and after
    few = Actions(actions.days[::4], actions.of_actor[::4], actions.of_all[::4])
    assert around(few, "2019-12-20", until="2023-12-28") is None
    assert LEAST_ON_A_SIDE == 10


def test_a_planted_step_is_found_and_its_date_ranks_first():
    actions = record(share=lambda at: 0.7 if at >= 30 else 0.2)
    model = around(actions, "2021-06-20", until="2023-12-28")
    assert permuted_p(model) < 0.001
    rank, of = rank_of_date(actions, "2021-06-20", until="2023-12-28")
    assert (rank, of > LEAST_MONTHS) == (1, True)


def test_a_line_and_a_bend_are_no_step():
    for path in (lambda at: 0.1 + 0.7 * at / 60, lambda at: 0.1 + 0.7 / (1 + math.exp(-(at - 30) / 8))):
        actions = record(share=path)
        assert abs(step_statistic(around(actions, "2021-06-20", until="2023-12-28"))) < 2.5


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.SUPPORTED),
        ({"p_value": 0.026}, Verdict.NOT_TESTABLE),
        ({"p_value": None}, Verdict.NOT_TESTABLE),
        ({"date_rank": (2, 41)}, Verdict.NOT_TESTABLE),  # 2 of 41 are more than 2.5 %
        ({"date_rank": (2, 80)}, Verdict.SUPPORTED),
        ({"date_rank": (1, LEAST_MONTHS)}, Verdict.NOT_TESTABLE),
        ({"date_rank": None}, Verdict.NOT_TESTABLE),
        ({"share_after": 0.1}, Verdict.NOT_SUPPORTED),
    ],
)
def test_the_verdict_by_hand(changes, verdict):
    facts = replace(facts_of(), share_before=0.1, share_after=0.4, p_value=0.001, date_rank=(1, 41))
    assert more_verdict(replace(facts, **changes)) is verdict


@pytest.mark.prove_only
@pytest.mark.parametrize(
    "made",
    [
        ListingClass(),
        ListingClass(share=0.05, rise=0.4, shape="line"),
        ListingClass(share=0.05, rise=0.4, shape="s", middle="statement"),
        ListingClass(one_economy=1.0),
    ],
)
def test_trends_are_rarely_taken_for_a_step(made):
    """bench/prove_layers.py draws thousands; of 120, 2.5 % are 3, and nine or more have a chance under 0.5 %."""
    assert sum(more_of(made, seed) == "supported" for seed in range(120)) <= 8


def test_a_large_step_is_mostly_found():
    found = [more_of(ListingClass(jump=0.6), seed) for seed in range(30)]
    assert found.count("supported") > 15
