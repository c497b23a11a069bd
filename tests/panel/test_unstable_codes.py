"""Codes that moved at a change of revision: the statistic on sums done by hand and on simulated worlds."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest

from stopgap.codes.goods import UnstableCode
from stopgap.panel.unstable_codes import LEAST_GOODS, code_moves
from stopgap.panel.unstable_goods import changes_between, goods_of_entry, spans
from stopgap.simulate.spec import world_spec
from stopgap.simulate.worlds import make_world

CODES = [f"84{number:04d}" for number in range(40)]


def quiet(seed: int = 0, sd: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """Forty codes of USD 1 to 100 million that grow by a tenth, with noise."""
    rng = np.random.default_rng(seed)
    before = 1e6 * 100 ** rng.uniform(size=len(CODES))
    return before, 1.1 * before * np.exp(sd * rng.normal(size=len(CODES)))


def moved(before, after, **more):
    return {each.good: each for each in code_moves(CODES, before, after, **more).codes}


def test_the_move_is_the_ratio_by_that_of_the_median_good():
    before = np.full(len(CODES), 100.0)
    after = np.full(len(CODES), 150.0)
    after[0] = 30.0  # 0.3 of its trade, a fifth of the median's 1.5
    found = code_moves(CODES, before, after)
    assert found.median == 1.5
    [code] = found.codes
    assert (code.good, code.kind) == (CODES[0], "moved")
    assert code.move == pytest.approx(0.3 / 1.5)


def test_growth_of_everything_is_no_move():
    before, after = quiet()
    assert moved(before, 8 * after) == {}
    assert moved(before, after / 8) == {}


@pytest.mark.parametrize("factor", [0.15, 0.03, 6.0])
def test_a_move_is_found_up_and_down_and_the_other_way_round(factor):
    before, after = quiet()
    after[7] *= factor
    assert set(moved(before, after)) == {CODES[7]}
    assert set(moved(after, before)) == {CODES[7]}


def test_less_than_a_factor_of_two_is_no_move():
    before, after = np.full(len(CODES), 100.0), np.full(len(CODES), 100.0)
    after[0], after[1] = 51.0, 198.0
    assert moved(before, after) == {}
    after[0], after[1] = 48.0, 205.0
    assert set(moved(before, after)) == {CODES[0], CODES[1]}


def test_a_code_that_appears_and_one_that_vanishes_moved_without_a_ratio():
    before, after = quiet()
    before[3], after[4] = 0.0, 0.0
    found = moved(before, after)
    assert {code: (each.kind, each.move) for code, each in found.items()} == {
        CODES[3]: ("appeared", None),
        CODES[4]: ("vanished", None),
    }


def test_a_thin_code_is_noise_unless_the_nomenclature_says_that_it_is_new():
    before, after = quiet()
    before[3], after[3] = 0.0, 900.0
    assert moved(before, after) == {}
    is_new = np.array([number == 3 for number in range(len(CODES))])
    assert moved(before, after, only_after=is_new)[CODES[3]].kind == "appeared"
    assert moved(after, before, only_before=is_new)[CODES[3]].kind == "vanished"
    before[3] = 900.0  # a new code with trade before: the rows were converted, and it did not appear
    assert moved(before, after, only_after=is_new) == {}


def test_codes_that_all_swing_are_judged_by_the_spread_of_their_size():
    rng = np.random.default_rng(1)
    before = 1e6 * 1000 ** np.sort(rng.uniform(size=400))
    after = before * np.exp(0.8 * (1e6 / before) ** 0.3 * rng.normal(size=400))
    names = [f"{number:06d}" for number in range(400)]
    assert code_moves(names, before, after).codes == ()
    beyond = int((np.abs(np.log(after / before)) > math.log(2)).sum())
    assert beyond > 20  # the factor of two alone would have named them


def test_too_few_goods_give_a_reason():
    count = LEAST_GOODS - 1
    found = code_moves(CODES[:count], np.ones(count), np.full(count, 2.0))
    assert found.codes == ()
    assert found.reason
    assert str(LEAST_GOODS) in found.reason


def test_nothing_traded_gives_a_reason_and_no_code():
    assert code_moves([], np.zeros(0), np.zeros(0)).reason


@pytest.mark.one_in(3)
@pytest.mark.parametrize("kind", ["basic", "growth", "shocks", "sparse", "annual", "routing"])
@pytest.mark.parametrize("seed", [3, 4])
def test_planted_moves_are_found_in_simulated_worlds_and_no_others(kind, seed):
    world = make_world(world_spec(kind, seed=seed))
    year = 1 if world.spec.annual else 12
    at = world.spec.event - (0 if world.spec.annual else 2)
    elsewhere = world.value_usd[:, 1:].sum(axis=(0, 1))  # the target is the first destination
    before, after = elsewhere[:, at - year : at].sum(axis=1), elsewhere[:, at : at + year].sum(axis=1)
    rng = np.random.default_rng(seed)
    planted = rng.permutation(before.size)[:5]
    after[planted[:4]] *= 1 - rng.uniform(0.85, 0.97, 4)
    before[planted[4]] = 0.0
    names = [f"{number:06d}" for number in range(before.size)]
    assert {each.good for each in code_moves(names, before, after).codes} == {names[each] for each in planted}


def test_changes_between_windows():
    def days(first, last, rows=()):
        return [
            (each.from_revision, each.to_revision, str(each.until), str(each.since))
            for each in changes_between(dt.date.fromisoformat(first), dt.date.fromisoformat(last), rows)
        ]

    january = ("HS2017", "HS2022", "2022-01-01", "2022-01-01")
    assert days("2021-01-01", "2023-12-01") == [january]
    assert days("2022-01-01", "2023-12-01") == []  # the first period is of the new revision already
    assert days("2021-12-01", "2022-01-01") == [january]
    assert [each[1] for each in days("2011-01-01", "2023-01-01")] == ["HS2012", "HS2017", "HS2022"]
    late = {"period": dt.date(2023, 1, 1), "former": "HS2017", "revision": "HS2022"}
    assert days("2021-01-01", "2023-12-01", [late]) == [
        january,
        ("HS2017", "HS2022", "2023-01-01", "2023-01-01"),
        ("HS2017", "HS2022", "2022-01-01", "2023-01-01"),
    ]
    # CN codes change every year, the HS beneath them does not; a step back is no change of revision.
    yearly = {"period": dt.date(2023, 1, 1), "former": "CN2022", "revision": "CN2023"}
    back = {"period": dt.date(2023, 1, 1), "former": "HS2022", "revision": "HS2017"}
    assert days("2022-06-01", "2023-12-01", [yearly, back]) == []


def test_an_entry_counts_where_the_windows_span_its_pair():
    entry = UnstableCode("901380", "HS2017", "HS2022", "why")
    whole = UnstableCode("901380", "HS2012", "HS2022", "why")
    near = changes_between(dt.date(2021, 1, 1), dt.date(2023, 1, 1))
    far = changes_between(dt.date(2015, 1, 1), dt.date(2023, 1, 1))
    old = changes_between(dt.date(2015, 1, 1), dt.date(2018, 1, 1))
    assert [spans(entry, changes) for changes in (near, far, old, [])] == [True, True, False, False]
    assert [spans(whole, changes) for changes in (near, far, old, [])] == [False, True, False, False]


def test_an_entry_is_written_in_either_revision():
    entry = UnstableCode("854140", "HS2017", "HS2022", "cut")
    assert goods_of_entry(entry, "HS2017") == ("854140",)
    assert goods_of_entry(entry, "HS2022") == ("854141", "854142", "854143", "854149")
