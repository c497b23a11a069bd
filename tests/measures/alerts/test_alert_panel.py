"""Rows as a panel: missing is not zero, and no month stands above its first release."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from stopgap.measures.alerts.panel import arrived_in, cells_of_rows, not_above

MONTHS = ["2024-01", "2024-02", "2024-03"]


def day(month):
    return dt.date(int(month[:4]), int(month[5:]), 1)


def flows(*rows):
    return pa.table(
        {
            "supplier": pa.array([row[0] for row in rows], pa.string()),
            "destination": pa.array([row[1] for row in rows], pa.string()),
            "good": pa.array([row[2] for row in rows], pa.string()),
            "period": pa.array([day(row[3]) for row in rows], pa.date32()),
            "value_usd": pa.array([row[4] for row in rows], pa.float64()),
        }
    )


def reported(*rows):
    return pa.table(
        {
            "supplier": pa.array([row[0] for row in rows], pa.string()),
            "chapter": pa.array([row[1] for row in rows], pa.string()),
            "period": pa.array([day(row[2]) for row in rows], pa.date32()),
        }
    )


SEEN = [("CHN", "85", month) for month in MONTHS] + [("TUR", "85", "2024-01"), ("TUR", "84", "2024-03")]


def test_a_reported_month_without_a_row_is_zero_and_another_is_missing():
    made = cells_of_rows(
        flows(
            ("TUR", "RUS", "854231", "2024-01", 7.0),
            ("CHN", "RUS", "854231", "2024-01", 5.0),
            ("CHN", "*", "854231", "2024-03", 9.0),
            ("CHN", "RUS", "854231", "2023-12", 1.0),  # before the months asked for
        ),
        reported(*SEEN),
        MONTHS,
    ).panel
    cells = list(zip(made.suppliers, made.destinations, made.goods, strict=True))
    assert cells == [("CHN", "*", "854231"), ("CHN", "RUS", "854231"), ("TUR", "RUS", "854231")]
    assert made.values_usd == pytest.approx(
        np.array([[0.0, 0.0, 9.0], [5.0, 0.0, 0.0], [7.0, np.nan, np.nan]]), nan_ok=True
    )
    assert made.in_family.tolist() == [False, True, True]
    assert made.seasons.tolist() == [1, 2, 3]


def test_no_rows_make_an_empty_panel():
    made = cells_of_rows(flows(), reported(), MONTHS).panel
    assert made.values_usd.shape == (0, 3)


def test_a_composite_is_its_own_chapter():
    made = cells_of_rows(
        flows(("CHN", "RUS", "84+85", "2024-01", 5.0)), reported(("CHN", "84+85", "2024-01")), MONTHS
    ).panel
    assert made.values_usd == pytest.approx(np.array([[5.0, np.nan, np.nan]]), nan_ok=True)


def test_watched_months_are_held_down_to_their_first_release():
    now = cells_of_rows(
        flows(
            ("CHN", "RUS", "854231", "2024-01", 10.0),
            ("CHN", "RUS", "854231", "2024-02", 10.0),
            ("CHN", "RUS", "854231", "2024-03", 10.0),
            ("CHN", "RUS", "854232", "2024-03", 4.0),
            ("CHN", "*", "854231", "2024-03", 99.0),
        ),
        reported(*SEEN),
        MONTHS,
    )
    first = cells_of_rows(
        flows(
            ("CHN", "RUS", "854231", "2024-01", 2.0),
            ("CHN", "RUS", "854231", "2024-02", 15.0),
            ("CHN", "RUS", "854231", "2024-03", 6.0),
        ),
        reported(*SEEN),
        MONTHS,
    )
    held = not_above(now.panel, first.between(MONTHS[1], MONTHS[2]), np.array([1, 2]))
    # January is not watched; February was revised down; March up; 854232 was released as nothing.
    assert held.values_usd.tolist() == [[0.0, 0.0, 99.0], [10.0, 10.0, 6.0], [0.0, 0.0, 0.0]]


def test_a_cell_arrives_with_its_month_but_not_before_its_good_is_known():
    made = cells_of_rows(
        flows(
            ("CHN", "RUS", "854231", "2024-01", 1.0),
            ("CHN", "RUS", "854232", "2024-01", 1.0),
            ("TUR", "RUS", "854231", "2024-01", 1.0),
        ),
        reported(*SEEN),
        MONTHS,
    )
    chapters = pa.table({"supplier": ["CHN"], "chapter": ["85"], "number": [3]})
    goods = pa.table({"supplier": ["CHN", "CHN"], "good": ["854231", "854232"], "number": [1, 5]})
    assert arrived_in(made.panel, chapters, goods, {3}).tolist() == [True, False, False]
    assert arrived_in(made.panel, chapters, goods, {5}).tolist() == [False, True, False]
