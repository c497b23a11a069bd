"""Years, quarters and months as windows."""

from __future__ import annotations

import pytest

from stopgap.base.errors import EpisodeError
from stopgap.measures.backfill.request import BackfillRequest
from stopgap.panel.episodes import Window, parse_window, read_episode
from stopgap.panel.period_text import months_of, span_of
from stopgap.screening.exposure.request import ExposureRequest
from stopgap.screening.exposure.run import exposure_options

EPISODE = """
name: mine
title: Mine
target: RUS
direction: exports-to-target
event: 2022-02
coalition: [USA]
goods: ["8542", chips]
baseline: {from: 2020, to: 2021Q4}
after: {from: 2022Q3, to: 2023-06}
"""


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("2022", ("2022-01", "2022-12")),
        ("2022Q1", ("2022-01", "2022-03")),
        ("2022q4", ("2022-10", "2022-12")),
        ("2022-Q2", ("2022-04", "2022-06")),
        ("2022-07", ("2022-07", "2022-07")),
        ("2022-13", None),
        ("2022Q5", None),
        ("22", None),
        ("", None),
    ],
)
def test_a_period_has_a_first_and_a_last_month(text: str, months: tuple[str, str] | None) -> None:
    assert months_of(text) == months


def test_a_span_takes_both_ends_of_its_periods() -> None:
    assert span_of("2022Q3:2023Q2") == ("2022-07", "2023-06")
    assert span_of("2023:2024") == ("2023-01", "2024-12")
    assert span_of("2023") == ("2023-01", "2023-12")
    assert span_of("2021-03:2022") == ("2021-03", "2022-12")
    assert span_of("2023:2022") is None
    assert span_of("2021:2022:2023") is None


def test_windows_of_measures_take_them() -> None:
    assert parse_window("2022Q3:2023Q2", option="--after") == Window("2022-07", "2023-06")
    with pytest.raises(EpisodeError, match="not a window"):
        parse_window("2023Q2:2022Q3", option="--after")


def test_episode_files_take_them_and_codes_as_goods() -> None:
    episode = read_episode(EPISODE, label="mine.yml")
    assert episode.baseline == Window("2020-01", "2021-12")
    assert episode.after == Window("2022-07", "2023-06")
    assert episode.goods_list(episode.goods[0]).name == "hs2022-8542"
    with pytest.raises(EpisodeError, match="'2022Q7' is not a period"):
        read_episode(EPISODE.replace("2022Q3", "2022Q7"), label="mine.yml")


def test_requests_take_codes_as_a_list_and_windows_of_quarters() -> None:
    options = BackfillRequest(goods=["8542", "845710"], baseline="2021", after="2022Q3:2023Q2").options()
    assert options.goods == "8542,845710"
    assert (options.baseline, options.after) == (Window("2021-01", "2021-12"), Window("2022-07", "2023-06"))
    exposed = exposure_options(ExposureRequest(goods=["8542"], first="2023Q2", last="2023"))
    assert (exposed.goods, exposed.first, exposed.last) == ("8542", "2023-04", "2023-12")
