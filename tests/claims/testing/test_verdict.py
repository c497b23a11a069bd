"""The rule from an interval to a verdict, and how verdicts combine."""

import itertools

import pytest
from prove_claims import exact_borne_out, rule_frequencies

from stopgap.claims.testing.results import Verdict
from stopgap.claims.testing.verdict import WORST_FIRST, turned, verdict_of, verdicts_at, worst

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
            assert seen == sorted(seen, key=WORST_FIRST.index, reverse=True)
            assert set(seen) <= {SUPPORTED, PARTLY}


def test_the_own_threshold_joins_the_grid():
    assert [threshold for threshold, _ in verdicts_at((0.2, 0.3), 0.05, 1.0)] == [0.05, 0.10, 0.25, 0.50]


def test_the_worst_of_several():
    assert worst([SUPPORTED, PARTLY]) == PARTLY
    assert worst([SUPPORTED, CANNOT]) == CANNOT  # never borne out where a part cannot be tested
    assert worst([PARTLY, CANNOT]) == CANNOT
    assert worst([CANNOT, NOT, SUPPORTED]) == NOT  # one part that is not so settles the whole
    assert worst([]) == CANNOT


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
    found = rule_frequencies(true, error, draws=draws, seed=1)["borne out"]
    assert exact_borne_out(true, error) == pytest.approx(stated, abs=0.001)
    assert found == pytest.approx(stated, abs=0.001 + 4 * (stated * (1 - stated) / draws) ** 0.5)
