"""The rule from an interval to a verdict, and how verdicts of lists, parts and denials combine."""

import itertools

import pytest
from prove_claims import exact_supported, rule_frequencies

from stopgap.claims.testing.results import Verdict
from stopgap.claims.testing.verdict import combined, of_lists, turned, verdict_of, verdicts_at

SUPPORTED, PARTLY, NOT, CANNOT = (
    Verdict.SUPPORTED, Verdict.PARTLY, Verdict.NOT_SUPPORTED, Verdict.NOT_TESTABLE,
)  # fmt: skip


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        ((0.26, 0.40), SUPPORTED),
        ((0.25, 0.40), PARTLY),  # not above the threshold
        ((0.01, 0.90), PARTLY),
        ((0.0, 0.24), NOT),  # 0 is in the interval
        ((-0.3, -0.1), NOT),
        ((0.0, 0.25), CANNOT),  # reaches the threshold
        ((-0.2, 0.6), CANNOT),
    ],
)
def test_the_rule_by_hand(interval, verdict):
    assert verdict_of(interval, 0.25, 0.9) == verdict


def test_nothing_is_said_without_interval_or_coverage():
    assert verdict_of(None, 0.25, 1.0) == CANNOT
    assert verdict_of((0.5, 0.6), 0.25, None) == CANNOT
    assert verdict_of((0.5, 0.6), 0.25, 0.599) == CANNOT
    assert verdict_of((0.5, 0.6), 0.25, 0.60) == SUPPORTED


def test_against_zero_there_is_no_partly():
    grid = [step / 10 for step in range(-10, 11)]
    found = {verdict_of((low, high), 0.0, 1.0) for low, high in itertools.combinations(grid, 2)}
    assert found == {SUPPORTED, NOT, CANNOT}


def test_a_higher_threshold_never_raises_a_clear_verdict():
    grid = [step / 20 for step in range(-10, 21)]
    for low, high in itertools.combinations(grid, 2):
        seen = [verdict for _, verdict in verdicts_at((low, high), 0.25, 1.0)]
        assert [threshold for threshold, _ in verdicts_at((low, high), 0.25, 1.0)] == [0.10, 0.25, 0.50]
        if low > 0:
            assert seen == sorted(seen, key=[SUPPORTED, PARTLY].index)


def test_the_own_threshold_joins_the_grid():
    assert [threshold for threshold, _ in verdicts_at((0.2, 0.3), 0.05, 1.0)] == [0.05, 0.10, 0.25, 0.50]


@pytest.mark.parametrize(
    ("parts", "verdict"),
    [
        ([SUPPORTED, SUPPORTED], SUPPORTED),
        ([SUPPORTED, PARTLY], PARTLY),
        ([SUPPORTED, NOT], PARTLY),
        ([SUPPORTED, CANNOT], PARTLY),
        ([PARTLY, CANNOT], PARTLY),
        ([NOT, NOT, NOT], NOT),
        ([NOT, CANNOT], CANNOT),  # one part might still be so
        ([CANNOT, CANNOT], CANNOT),
        ([CANNOT, NOT, SUPPORTED], PARTLY),
    ],
)
def test_parts_combine(parts, verdict):
    assert combined(parts) == verdict


def test_parts_combine_in_any_order_and_a_better_part_never_lowers_the_whole():
    order = [NOT, CANNOT, PARTLY, SUPPORTED]
    for several in itertools.product(order, repeat=3):
        assert {combined(each) for each in itertools.permutations(several)} == {combined(several)}
        for better in order[order.index(several[0]) :]:
            assert order.index(combined((better, *several[1:]))) >= order.index(combined(several))


@pytest.mark.parametrize(
    ("narrow", "broad", "verdict"),
    [
        (SUPPORTED, NOT, SUPPORTED),
        (SUPPORTED, CANNOT, SUPPORTED),
        (PARTLY, SUPPORTED, PARTLY),
        (NOT, SUPPORTED, PARTLY),  # perhaps the other goods of the broad list
        (NOT, PARTLY, PARTLY),
        (CANNOT, SUPPORTED, PARTLY),
        (NOT, NOT, NOT),
        (CANNOT, NOT, NOT),  # what the broad list lacks, its part lacks too
        (NOT, CANNOT, NOT),
        (CANNOT, CANNOT, CANNOT),
    ],
)
def test_the_narrow_list_decides_and_the_broad_one_stands_in_for_it(narrow, broad, verdict):
    assert of_lists(narrow, broad) == verdict


def test_old_words_of_logs_are_read():
    old = {"borne out": SUPPORTED, "partly": PARTLY, "not borne out": NOT, "cannot be tested": CANNOT}
    assert {text: Verdict.read(text) for text in old} == old
    assert all(Verdict.read(str(each)) is each for each in Verdict)
    with pytest.raises(ValueError, match="perhaps"):
        Verdict.read("perhaps")


def test_a_denial_turns_what_is_clear_and_twice_is_once():
    assert [turned(each) for each in (SUPPORTED, NOT, PARTLY, CANNOT)] == [NOT, SUPPORTED, PARTLY, CANNOT]
    assert all(turned(turned(each)) == each for each in Verdict)


@pytest.mark.parametrize(
    ("true", "error", "stated"),
    [(0.0, 0.05, 0.0), (0.25, 0.05, 0.025), (0.25, 0.15, 0.025), (0.50, 0.05, 0.999), (0.50, 0.15, 0.385)],
)
def test_the_rule_errs_as_stated(true, error, stated):
    """The frequencies of docs/methods/claims.md; 20,000 draws, four Monte Carlo errors."""
    draws = 20_000
    found = rule_frequencies(true, error, draws=draws, seed=1)["supported"]
    assert exact_supported(true, error) == pytest.approx(stated, abs=0.001)
    assert found == pytest.approx(stated, abs=0.001 + 4 * (stated * (1 - stated) / draws) ** 0.5)
