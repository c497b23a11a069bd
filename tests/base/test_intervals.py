"""Intervals as two columns."""

from __future__ import annotations

from stopgap.base.intervals import end_names, with_end_names, with_ends


def test_an_interval_is_two_cells_and_what_is_beside_it_stays_in_place() -> None:
    row = {"supplier": "CHN", "ci95": (0.1, 0.4), "placebo_rank": (2, 40)}
    assert with_ends(row, ("ci95",)) == {
        "supplier": "CHN", "ci95_low": 0.1, "ci95_high": 0.4, "placebo_rank": (2, 40)
    }  # fmt: skip
    assert list(with_ends(row, ("ci95",))) == ["supplier", "ci95_low", "ci95_high", "placebo_rank"]


def test_no_interval_is_two_missing_cells() -> None:
    assert with_ends({"ci95": None}, ("ci95",)) == {"ci95_low": None, "ci95_high": None}


def test_an_end_at_zero_is_kept() -> None:
    assert with_ends({"ci95": (0.0, 0.0)}, ("ci95",)) == {"ci95_low": 0.0, "ci95_high": 0.0}


def test_names() -> None:
    assert end_names("net_ci95") == ("net_ci95_low", "net_ci95_high")
    assert with_end_names(["month", "ci95", "reason"], ["ci95"]) == ["month", "ci95_low", "ci95_high", "reason"]
