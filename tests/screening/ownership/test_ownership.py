"""The 50 % rule: published examples, sums by hand, the rule done the slow way, and what must always hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from ownership_made import coverage_of, covered, least_closed_set, statuses, table_of

from stopgap.screening.ownership.effective import solve_least
from stopgap.screening.ownership.request import OwnershipMethod
from stopgap.screening.ownership.rule import RULES, OwnershipRule, cover
from stopgap.screening.ownership.shares import WHOLE

OFAC, EU, OVER, UK = (RULES[name] for name in ("ofac", "eu", "eu-over-50", "uk"))
EFFECTIVE = OwnershipRule("effective", method=OwnershipMethod.EFFECTIVE)


@pytest.mark.parametrize(
    ("rows", "listed", "blocked"),
    [
        # The shapes of the examples in OFAC's frequently asked question 401, and of 399.
        ([("X", "A", 50), ("A", "B", 50)], "X", "A B"),
        ([("X", "A", 50), ("X", "B", 50), ("A", "C", 25), ("B", "C", 25)], "X", "A B C"),
        ([("X", "A", 50), ("X", "B", 10), ("A", "B", 40)], "X", "A B"),
        ([("X", "A", 50), ("X", "B", 25), ("A", "C", 25), ("B", "C", 25)], "X", "A"),
        ([("X", "A", 25), ("X", "B", 25), ("A", "C", 50), ("B", "C", 50)], "X", ""),
        ([("X", "A", 50), ("Y", "B", 50), ("A", "C", 25), ("B", "C", 25)], "X Y", "A B C"),
        ([("X", "A", 25), ("Y", "A", 25)], "X Y", "A"),
    ],
)
def test_published_examples(rows, listed, blocked):
    assert covered(rows, listed, OFAC) == blocked


def test_the_threshold_itself_is_a_matter_of_the_rule():
    half, more = [("X", "A", 50)], [("X", "A", "50.0000001")]
    assert (covered(half, "X", OFAC), covered(half, "X", EU), covered(half, "X", OVER), covered(half, "X", UK)) == (
        "A",
        "A",
        "",
        "",
    )
    assert (covered(more, "X", OVER), covered(more, "X", UK)) == ("A", "A")
    assert covered([("X", "A", "more than 50")], "X", OVER) == "A"
    assert covered([(f"X{n}", "A", 10) for n in range(5)], "X0 X1 X2 X3 X4", OFAC) == "A"  # five tenths are a half


def test_owners_are_added_up_or_not():
    rows = [("X", "A", 30), ("Y", "A", 30)]
    assert (covered(rows, "X Y", OVER), covered(rows, "X Y", UK)) == ("A", "")
    # One owner through two companies of its own is one owner.
    own = [("X", "A", 60), ("X", "B", 60), ("A", "C", 30), ("B", "C", 30)]
    assert covered(own, "X", UK) == "A B C"
    assert covered([*own[:1], ("Y", "B", 60), *own[2:]], "X Y", UK) == "A B"


def test_companies_in_a_circle_do_not_cover_each_other():
    circle = [("A", "B", 100), ("B", "A", 70)]
    assert covered(circle, "X", OFAC) == ""
    assert covered([*circle, ("X", "A", 30)], "X", OFAC) == ""
    assert covered([("A", "B", 60), ("B", "A", 40), ("X", "A", 50), ("A", "A", 5)], "X", OFAC) == "A B"


def test_shares_multiplied_along_chains():
    rows = [("X", "A", 60), ("A", "B", 60), ("X", "B", 20)]
    found = coverage_of(rows, "X", EFFECTIVE)
    assert found.low[found.table.index["B"]] == pytest.approx(0.36 + 0.2)
    assert covered(rows, "X", EFFECTIVE) == "A B"
    assert covered(rows[:2], "X", EFFECTIVE) == "A"
    assert covered(rows[:2], "X", OFAC) == "A B"


def test_shares_through_a_circle_are_followed_to_the_end():
    # a = 0.4 + 0.5 b, b = 0.8 a: a = 0.4 / 0.6.
    rows = [("X", "A", 40), ("B", "A", 50), ("A", "B", 80)]
    found = coverage_of(rows, "X", EFFECTIVE)
    assert found.low[found.table.index["A"]] == pytest.approx(2 / 3)
    assert found.low[found.table.index["B"]] == pytest.approx(0.8 * 2 / 3)
    closed = coverage_of([("A", "B", 100), ("B", "A", 100), ("X", "C", 90)], "X", EFFECTIVE)
    assert closed.low[closed.table.index["A"]] == 0


@pytest.mark.parametrize(
    ("share", "said"),
    [("", "cannot be told"), ("25-75", "cannot be told"), ("50-75", "covered"), ("25-49", "not covered"), ("more than 25", "cannot be told"),
     ("less than 50", "not covered"), ("beneficial owner", "cannot be told")],
)  # fmt: skip
def test_unknown_shares_are_covered_not_covered_or_cannot_be_told(share, said):
    assert statuses([("X", "A", share)], "X", OFAC)["A"] == said
    assert statuses([("X", "A", share)], "X", EFFECTIVE)["A"] == said


def test_what_others_hold_limits_an_unknown_share():
    assert statuses([("X", "A", ""), ("Z", "A", 60)], "X", OFAC)["A"] == "not covered"
    assert statuses([("X", "A", ""), ("Y", "A", ""), ("Z", "A", 60)], "X Y", OFAC)["A"] == "not covered"
    assert statuses([("X", "A", ""), ("Y", "A", ""), ("Z", "A", 50)], "X Y", OFAC)["A"] == "cannot be told"
    assert statuses([("X", "A", ""), ("Z", "A", "60-70")], "X", EFFECTIVE)["A"] == "not covered"


def test_what_cannot_be_told_goes_down_the_chain():
    rows = [("X", "A", "40-60"), ("A", "B", 80), ("X", "C", 55), ("A", "D", 30), ("X", "D", 60)]
    assert statuses(rows, "X", OFAC) == {"A": "cannot be told", "B": "cannot be told", "C": "covered", "D": "covered"}


def test_shares_over_the_whole_are_told_and_scaled():
    rows = [("X", "A", 60), ("Z", "A", 90)]
    table = table_of(rows)
    assert (table.notes.contradicting, table.notes.examples["contradicting"]) == (1, ("A",))
    assert table.low.tolist() == [400_000_000, 600_000_000]
    assert statuses(rows, "X", OFAC)["A"] == statuses(rows, "X", EFFECTIVE)["A"] == "cannot be told"
    assert statuses([("X", "A", 90), ("Z", "A", 60)], "X", OFAC)["A"] == "covered"
    assert table_of([("X", "A", "33.4"), ("Y", "A", "33.4"), ("Z", "A", "33.4")]).notes.contradicting == 0  # rounding


def test_a_chain_of_a_hundred_thousand_and_a_crowd_of_owners():
    rows = [(f"n{n}", f"n{n + 1}", 51) for n in range(20_000)]
    found = coverage_of(rows, "n0", OFAC)
    assert (found.surely.all(), found.sure_depth.max()) == (True, 20_000)
    crowd = [(f"o{n}", "A", "0.5") for n in range(150)]
    assert covered(crowd, " ".join(f"o{n}" for n in range(100)), OFAC) == "A"
    assert covered(crowd, " ".join(f"o{n}" for n in range(99)), OFAC) == ""


def test_nobody_listed_and_nobody_covered():
    assert statuses([("A", "B", 100)], "", OFAC) == {"A": "not covered", "B": "not covered"}
    assert statuses([("A", "B", 100)], "", EFFECTIVE) == {"A": "not covered", "B": "not covered"}


names = st.sampled_from("ABCDEF")
shares = st.dictionaries(
    st.tuples(names, names).filter(lambda pair: pair[0] != pair[1]), st.integers(0, 100), max_size=12
)
listed_names = st.sets(names, min_size=1, max_size=2)


def whole(found):
    """The shares, less those that take an asset over 100 %."""
    kept, total = {}, {}
    for (owner, asset), share in found.items():
        if total.get(asset, 0) + share <= 100:
            total[asset] = total.get(asset, 0) + share
            kept[owner, asset] = share
    return kept


def rows_of(found):
    return [(owner, asset, share) for (owner, asset), share in found.items()]


@pytest.mark.in_parts
@settings(max_examples=examples(200), deadline=None)
@given(shares.map(whole).filter(bool), listed_names, st.sampled_from([OFAC, OVER]))
def test_the_cascade_is_the_least_closed_set(found, listed, rule):
    parts = {pair: share * WHOLE // 100 for pair, share in found.items()}
    slow = least_closed_set(parts, frozenset(listed), rule.parts)
    quick = coverage_of(rows_of(found), " ".join(listed), rule)
    assert {quick.table.ids[place] for place in np.flatnonzero(quick.surely)} == slow & set(quick.table.ids)
    assert (quick.surely == quick.possibly).all()


@pytest.mark.prove_only
@settings(max_examples=150, deadline=None)
@given(shares.map(whole).filter(bool), listed_names, st.sampled_from([OFAC, OVER]))
def test_owners_one_by_one_are_the_cascades_of_each(found, listed, rule):
    each = replace(rule, aggregate=False)
    together = set()
    for name in listed:
        single = coverage_of(rows_of(found), name, rule)
        together |= {single.table.ids[place] for place in np.flatnonzero(single.surely)}
    quick = coverage_of(rows_of(found), " ".join(listed), each)
    assert {quick.table.ids[place] for place in np.flatnonzero(quick.surely)} == together


@pytest.mark.in_parts
@settings(max_examples=examples(150), deadline=None)
@given(shares.map(whole).filter(bool), listed_names)
def test_effective_shares_are_the_sum_over_all_walks(found, listed):
    table = table_of(rows_of(found))
    roots = [table.index[name] for name in listed if name in table.index]
    matrix = np.zeros((len(table.ids), len(table.ids)))
    for (owner, asset), share in found.items():
        matrix[table.index[asset], table.index[owner]] = share / 100
    held = np.zeros(len(table.ids))
    for _ in range(3000):
        held[roots] = 1
        held = matrix @ held
    held[roots] = 1
    got = solve_least(table, np.array(roots, dtype=np.int64))
    # A circle that is closed but for a hundredth needs more steps than these: 0.99 ** 3000 is nothing, 1 ** n is no loss.
    assert np.abs(got - held).max(initial=0) < 1e-6


@pytest.mark.in_parts
@settings(max_examples=examples(150), deadline=None)
@given(
    shares.map(whole).filter(bool),
    listed_names,
    st.tuples(names, names, st.integers(1, 60)),
    st.sampled_from([OFAC, UK, EFFECTIVE]),
)
def test_a_listed_owner_more_never_uncovers(found, listed, more, rule):
    owner, asset, share = more
    before = statuses(rows_of(found), " ".join(listed), rule)
    room = 100 - sum(part for (_, a), part in found.items() if a == asset)
    if owner == asset or (owner, asset) in found or room <= 0:
        return
    after = statuses([*rows_of(found), (owner, asset, min(share, room))], " ".join({*listed, owner}), rule)
    assert all(after.get(name) in ("covered", None) for name, said in before.items() if said == "covered")


@pytest.mark.in_parts
@settings(max_examples=examples(150), deadline=None)
@given(
    shares.map(whole).filter(bool), listed_names, st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=12, max_size=12),
    st.sampled_from([OFAC, OVER, UK, EFFECTIVE, replace(EFFECTIVE, aggregate=False)]),
)  # fmt: skip
def test_bounds_hold_the_truth(found, listed, widths, rule):
    """Shares are hidden behind ranges; whatever they are, the answer of the true ones is within."""
    wide = [
        (owner, asset, f"{max(share - below, 0)}-{min(share + above, 100)}")
        for ((owner, asset), share), (below, above) in zip(found.items(), widths, strict=False)
    ]
    truth, said = statuses(rows_of(found), " ".join(listed), rule), statuses(wide, " ".join(listed), rule)
    for name, true in truth.items():
        assert said[name] in (true, "cannot be told")
    exact, bounds = (coverage_of(rows_of(found), " ".join(listed), rule), coverage_of(wide, " ".join(listed), rule))
    for name, place in exact.table.index.items():
        if not exact.listed[place]:
            other = bounds.table.index[name]
            assert bounds.low[other] - 1e-9 <= exact.low[place] <= bounds.high[other] + 1e-9


@settings(max_examples=100, deadline=None)
@given(shares.filter(bool), listed_names, st.sampled_from([*RULES.values(), EFFECTIVE]))
def test_tables_that_contradict_themselves_have_an_answer(found, listed, rule):
    coverage = coverage_of(rows_of(found), " ".join(listed), rule)
    assert np.isfinite(coverage.low).all()
    assert (coverage.low <= coverage.high + 1e-9).all()
    assert (coverage.high <= 1).all()
    assert (~coverage.surely | coverage.possibly).all()


def test_a_rule_says_itself_in_words():
    assert UK.says == "more than 50 %, one listed owner alone, covered owners count whole"
    assert cover(table_of([("X", "A", 1)]), [0], EFFECTIVE).rule.says.startswith("50 % or more, listed owners together")
