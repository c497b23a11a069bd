"""Matches by chance: draw by draw and period by period in plain Python, in both directions."""

import numpy as np
import pytest

from stopgap.measures.routes.chance_matches import (
    FEW_GOODS,
    SMALL_BASE_SHARE,
    ChanceCase,
    OrdinaryLeg,
    chance_matches,
    gate,
)
from stopgap.measures.routes.flow import matched

HUBS, GOODS, ORDINARY, AFTER, LAGS, DRAWS = 3, 4, 7, 6, 2, 5


def drawn(seed, members_first):
    rng = np.random.default_rng(seed)
    periods = AFTER + (LAGS if members_first else 0)
    ordinary = OrdinaryLeg(
        actual_usd=rng.gamma(2, 50, (periods, HUBS, ORDINARY)),
        expected_usd=rng.gamma(2, 40, (periods, HUBS, ORDINARY)),
        base_usd=rng.gamma(2, 400, (HUBS, ORDINARY)),
        counts=slice(LAGS if members_first else 0, None),
    )
    ordinary.base_usd[2, 3:] = 0.0  # the third hub buys too few ordinary goods
    ordinary.actual_usd[:, 2, 3:] = 0.0
    base = rng.gamma(2, 400, (HUBS, GOODS))
    other = rng.gamma(1, 30, (AFTER + (0 if members_first else LAGS), HUBS, GOODS))
    other[:, 0, 1] = other[:, 1, 3] = 0.0  # not sold to the target: no lane
    return ordinary, base, other


def plainly(ordinary, base, other, *, is_adjusted, members_first, seed):
    """The matches of every draw and hub, and those with wider tails."""
    rng = np.random.default_rng(seed)
    weight = rng.multinomial(ORDINARY, np.full(ORDINARY, 1 / ORDINARY), size=DRAWS)
    uniform = rng.random((2, DRAWS, GOODS))
    found = np.zeros((2, DRAWS, HUBS))
    for hub in range(2):
        small = SMALL_BASE_SHARE * np.concatenate([base[hub], ordinary.base_usd[hub]]).mean()
        for draw in range(DRAWS):
            actual = (ordinary.actual_usd[ordinary.counts, hub].sum(axis=0) * weight[draw]).sum()
            expected = (ordinary.expected_usd[ordinary.counts, hub].sum(axis=0) * weight[draw]).sum()
            growth = actual / expected if is_adjusted else 1.0
            for good in range(GOODS):
                ratio = (base[hub, good] + small) / (ordinary.base_usd[hub] + small)
                steps = np.cumsum(np.minimum(ratio, 1 / ratio))
                excess = []
                for number in uniform[:, draw, good]:
                    pick = int((number > steps / steps[-1]).sum())
                    legs = ordinary.actual_usd[:, hub, pick] - growth * ordinary.expected_usd[:, hub, pick]
                    excess.append(ratio[pick] * legs)
                tails = excess[0] + np.sqrt(FEW_GOODS / ORDINARY) * excess[1]
                for kind, values in enumerate((excess[0], tails)):
                    flows = np.clip(values, 0, None)[:, None], other[:, hub, good][:, None]
                    found[kind, draw, hub] += matched(*(flows if members_first else flows[::-1]), lags=LAGS).sum()
    return found


@pytest.mark.parametrize("members_first", [True, False])
def test_every_draw_is_what_plain_loops_give(members_first):
    ordinary, base, other = drawn(4, members_first)
    cases = [ChanceCase(other, True), ChanceCase(other / 1.3, True), ChanceCase(other, False)]
    found = chance_matches(ordinary, base, cases, lags=LAGS, members_first=members_first, seed=11, draws=DRAWS)
    assert found.usable.tolist() == [True, True, False]
    for at, case in enumerate(cases):
        ours = np.stack([found.matches[at], found.wide[at]])
        theirs = plainly(
            ordinary, base, case.other_usd, is_adjusted=case.is_adjusted, members_first=members_first, seed=11
        )
        assert theirs[:, :, :2].min() > 0
        assert ours == pytest.approx(theirs, rel=1e-12)


def test_a_draw_that_matches_all_that_left_counts_against_a_match_of_all_that_left():
    # Both are the same sum of 0.1, 0.2 and 0.3, added in another order.
    match, draws = np.array([0.1 + 0.2 + 0.3]), np.full((19, 1), 0.3 + 0.2 + 0.1)
    assert match[0] > draws[0, 0]
    found = gate(match, draws, draws, np.array([True]))
    assert found.p_value[0] == 1.0
    assert not found.counted[0]
