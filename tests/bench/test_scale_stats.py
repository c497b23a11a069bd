"""Medians, percentiles and exponents of the scale bench, against sums done by hand."""

from __future__ import annotations

import json
import math

import pytest
from scale_stats import Timed, alternate, fitted_exponent, p95, timed_from


def test_p95_is_the_nearest_rank() -> None:
    assert p95([3.0, 1.0, 2.0]) == 3.0, "of few values, the largest"
    assert p95([float(number) for number in range(1, 21)]) == 19.0
    assert p95([float(number) for number in range(1, 101)]) == 95.0
    with pytest.raises(ValueError, match="no values"):
        p95([])


@pytest.mark.parametrize("exponent", [0.0, 0.35, 1.0, 1.5])
def test_the_exponent_of_a_power_is_found(exponent: float) -> None:
    rows = [921_256.0, 9_786_513.0, 97_700_000.0]
    assert fitted_exponent(rows, [3.0 * size**exponent for size in rows]) == pytest.approx(exponent, abs=1e-12)


def test_the_exponent_is_that_of_least_squares_on_logarithms() -> None:
    # log10 of rows 0, 1, 2 and of seconds 0, 1, 1: slope = (1 * (1 - 2/3)) / 2 = 0.5
    assert fitted_exponent([1, 10, 100], [1, 10, 10]) == pytest.approx(0.5)
    assert math.isnan(fitted_exponent([10], [1]))
    assert math.isnan(fitted_exponent([10, 10], [1, 2]))


def test_programs_take_turns_and_the_first_round_is_not_counted() -> None:
    calls: list[tuple[str, int]] = []
    found = alternate(
        {
            "ours": lambda number: calls.append(("ours", number)),
            "rival": lambda number: calls.append(("rival", number)),
        },
        2,
    )
    assert calls == [("ours", 0), ("rival", 0), ("ours", 1), ("rival", 1), ("ours", 2), ("rival", 2)]
    assert [len(wall) for wall, _ in found.values()] == [2, 2]


def test_runs_come_back_from_json_as_they_were() -> None:
    timed = Timed("gross", "Stopgap", 1, 921_256, (0.2, 0.1, 0.4), (0.1, 0.1, 0.2), 210.5, "a note")
    assert timed_from(json.loads(json.dumps(timed.as_dict()))) == timed
    assert (timed.median_s, timed.p95_s, timed.median_cpu_s) == (0.2, 0.4, 0.1)


def test_a_task_that_was_not_run_has_no_median() -> None:
    timed = Timed("gross", "pandas", 100, 97_700_000)
    assert all(math.isnan(value) for value in (timed.median_s, timed.p95_s, timed.median_cpu_s))
