"""Windows: derived ends, whole years, and refusals."""

import dataclasses
import datetime as dt

import pytest

from stopgap.base.errors import EpisodeError
from stopgap.base.vocab import Frequency
from stopgap.panel.episodes import Window, load_episode
from stopgap.panel.windows import Windows, close_windows, periods_table, whole_periods

OPEN = dataclasses.replace(load_episode("russia-2022"), baseline=Window(None, None), after=Window(None, None))


def test_a_derived_baseline_is_36_months_up_to_two_before_the_event():
    windows = close_windows(OPEN, baseline=None, after=None, last_period="2024-05", frequency=Frequency.MONTHLY)
    assert windows.baseline == ("2018-12", "2021-11")
    assert windows.after == ("2022-03", "2024-05")


def test_annual_windows_leave_out_the_year_of_the_event():
    windows = close_windows(OPEN, baseline=None, after=None, last_period="2024-12", frequency=Frequency.ANNUAL)
    assert windows.baseline == ("2019-01", "2021-12")
    assert windows.after == ("2023-01", "2024-12")


def test_windows_given_are_used_as_they_are():
    windows = close_windows(
        OPEN,
        baseline=Window("2021-12", "2022-01"),
        after=Window("2022-02", "2022-03"),
        last_period="2024-12",
        frequency=Frequency.MONTHLY,
    )
    assert windows == Windows(("2021-12", "2022-01"), ("2022-02", "2022-03"))


def test_only_whole_years_count_for_annual_figures():
    assert whole_periods(("2020-02", "2022-11"), Frequency.ANNUAL) == [dt.date(2021, 1, 1)]
    table = periods_table(Windows(("2020-01", "2020-12"), ("2022-11", "2023-02")), Frequency.MONTHLY)
    assert table.num_rows == 12 + 4
    assert table.column("season").to_pylist()[-4:] == [11, 12, 1, 2]
    with pytest.raises(EpisodeError, match="holds no whole year"):
        periods_table(Windows(("2020-02", "2020-12"), ("2022-01", "2022-12")), Frequency.ANNUAL)


def test_windows_that_meet_are_refused():
    with pytest.raises(EpisodeError, match="starts within the baseline"):
        close_windows(
            OPEN, baseline=Window("2021-01", "2022-06"), after=None, last_period="2024-12", frequency=Frequency.MONTHLY
        )
