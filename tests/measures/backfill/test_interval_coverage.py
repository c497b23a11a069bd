"""Made-up worlds measured against their planted truth, few of them: bench/prove_coverage.py draws hundreds."""

import numpy as np
import pytest
from prove_coverage import measured_world

SMALL = {"economies": 24, "goods": 16, "sanctioned_goods": 8, "members": 8}
WORLDS = 10


@pytest.mark.one_in(4)
@pytest.mark.parametrize("kind", ["basic", "no-backfill", "growth", "annual"])
def test_net_ratios_lie_about_the_truth_and_their_intervals_hold_it(kind):
    outcomes = [measured_world(kind, SMALL, False, seed) for seed in range(WORLDS)]
    errors = np.array([item.error for item in outcomes])
    assert abs(errors.mean()) < 0.05 + 3 * errors.std(ddof=1) / np.sqrt(WORLDS)
    assert sum(item.covered for item in outcomes) >= 7  # under 0.001 by chance where 0.95 is true
    losses = [item.loss_covered for item in outcomes if item.loss_covered is not None]
    assert sum(losses) >= 0.7 * len(losses)
    assert kind != "annual" or losses == []  # three baseline years are too few, and it says so


def test_no_backfill_is_not_taken_for_a_quarter_of_the_loss():
    outcomes = [measured_world("no-backfill", SMALL, False, seed) for seed in range(WORLDS)]
    assert sum(item.above_quarter for item in outcomes) <= 1


def test_the_study_measures_what_the_lake_measures():
    arrays, lake = (measured_world("gaps", SMALL, through_lake, 3) for through_lake in (False, True))
    assert lake.error == pytest.approx(arrays.error, abs=1e-6)
    assert lake.width == pytest.approx(arrays.width, abs=1e-6)
    assert (lake.covered, lake.loss_covered, lake.suppliers_covered) == (
        arrays.covered,
        arrays.loss_covered,
        arrays.suppliers_covered,
    )
