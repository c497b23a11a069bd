"""The coalition as one destination: weights of incomplete reporters, relations replaced in stages, engines."""

import datetime as dt
import random

import pytest

from stopgap.base.vocab import Report
from stopgap.lake.engines.spark import spark_sql
from stopgap.lake.stage import Stage
from stopgap.panel.coalition import reading, turned
from stopgap.panel.coalition_periods import counted, usable
from stopgap.panel.coalition_stages import (
    CODES,
    EVENED_REPORTED,
    EVENED_ROWS,
    EXPORTERS_REPORTED,
    EXPORTERS_ROWS,
    HOLDERS,
    IMPORTERS_ROWS,
    MEMBER_CELLS,
    REPORTS,
    SUPPLIERS,
)
from stopgap.panel.episodes import load_episode, read_episode
from stopgap.panel.measures_table import Covers
from stopgap.panel.stages import panel
from stopgap.panel.world_stages import WORLD_CELLS

MONTHS = [dt.date(year, month, 1) for year in (2020, 2021, 2023) for month in range(1, 13)]
SEASONS = {month: ("after" if month.year == 2023 else "baseline", month.month) for month in MONTHS}


def means(values, periods):
    """Both windows' means a year over the seasons that stand in both, the baseline matched to the after-window."""
    count = {}
    for period in periods:
        count.setdefault(SEASONS[period], []).append(values[period])
    seasons = [season for part, season in count if part == "after" and ("baseline", season) in count]
    n_after = sum(len(count["after", season]) for season in seasons)
    before = sum(sum(count["baseline", s]) / len(count["baseline", s]) * len(count["after", s]) for s in seasons)
    after = sum(sum(count["after", season]) for season in seasons)
    return before * 12 / n_after, after * 12 / n_after


@pytest.mark.parametrize("seed", range(20))
def test_a_sum_of_incomplete_reporters_has_the_sum_of_their_own_means(seed):
    """Property: weighted rows of many reporters, averaged as those of one, give the sum of each reporter's means."""
    draws = random.Random(seed)
    reported = {name: {month for month in MONTHS if draws.random() < 0.7} for name in "abcd"}
    values = {name: {month: draws.uniform(1, 9) for month in MONTHS} for name in reported}
    own = {name: usable(periods, SEASONS) for name, periods in reported.items()}
    whole = frozenset().union(*own.values())
    summed = dict.fromkeys(whole, 0.0)
    for name, periods in reported.items():
        for period, weight in counted(periods, whole, SEASONS, 12).items():
            summed[period] += values[name][period] * weight.weight
    expected = [means(values[name], periods) for name, periods in reported.items() if own[name]]
    assert means(summed, whole) == pytest.approx(tuple(map(sum, zip(*expected, strict=True))))
    for name, periods in reported.items():
        parts = {"baseline": 0.0, "after": 0.0}
        for period, weight in counted(periods, whole, SEASONS, 12).items():
            parts[weight.part] += values[name][period] * weight.factor
        assert (parts["baseline"], parts["after"]) == pytest.approx(means(values[name], periods))


def test_who_reported_everything_counts_as_it_is_and_who_lacks_a_window_not_at_all():
    whole = frozenset(MONTHS)
    assert {row.weight for row in counted(MONTHS, whole, SEASONS, 12).values()} == {1.0}
    assert counted(MONTHS[:24], whole, SEASONS, 12) == {}
    assert counted([], whole, SEASONS, 12) == {}
    # March of the baseline and April of the after-window do not compare
    assert counted([dt.date(2020, 3, 1), dt.date(2023, 4, 1)], whole, SEASONS, 12) == {}


def test_a_relation_is_replaced_in_a_stage_and_in_all_that_it_needs():
    rows = Stage("other_trade", "SELECT * FROM trade")
    inner = Stage("inner_rows", "SELECT * FROM trade AS t JOIN trade_aggregates AS a ON t.good = a.good")
    outer = Stage(
        "outer_rows",
        "SELECT extract(month FROM i.period) FROM inner_rows AS i\n    JOIN trade AS trade_again ON true",
        (inner,),
    )
    changed = reading(outer, (("trade", rows),))
    assert "JOIN other_trade AS trade_again" in changed.sql
    assert "FROM inner_rows" in changed.sql
    [replaced] = [stage for stage in changed.ordered() if stage.name == "inner_rows"]
    assert replaced.sql == "SELECT * FROM other_trade AS t JOIN trade_aggregates AS a ON t.good = a.good"
    assert next(iter(changed.ordered())).name == "other_trade"
    assert (
        reading(rows, (("trade", rows),)).sql == "SELECT * FROM other_trade"
    )  # never asked: the engine runs it itself


TURNED = (
    (("trade", EVENED_ROWS), ("reported", EVENED_REPORTED)),
    (("trade", EXPORTERS_ROWS), ("reported", EXPORTERS_REPORTED)),
)
OWN = (
    IMPORTERS_ROWS,
    EXPORTERS_ROWS,
    EXPORTERS_REPORTED,
    EVENED_ROWS,
    EVENED_REPORTED,
    REPORTS,
    CODES,
    HOLDERS,
    SUPPLIERS,
    MEMBER_CELLS,
)


@pytest.mark.parametrize(
    "stage",
    [
        *OWN,
        *(reading(stage, relations) for stage in (*panel(Report.REPORTED).all(), WORLD_CELLS) for relations in TURNED),
    ],
)
def test_every_stage_renders_for_spark(stage):
    text = spark_sql(stage.compiled())
    assert "$" not in text
    assert text.startswith("WITH ")


def test_a_measure_of_all_members_is_one_on_what_the_target_sells_and_one_of_some_a_part():
    text = """
name: two
title: Two members
target: CHN
direction: imports-from-target
role: suppliers-to-coalition
event: 2018-07
coalition: [eu27]
goods: [wood]
hubs: [MYS]
measures:
  - {member: eu27, code: "4401", from: 2020-02-01, source: act}
  - {member: DEU, code: "4402", from: 2020-02-01, source: act}
"""
    inward = turned(read_episode(text, label="two.yml"))
    assert (inward.target, inward.coalition, inward.hubs) == ("coalition", ("CHN",), ("MYS", "CHN"))
    assert [(row.member, row.code, row.covers) for row in inward.measures] == [
        ("CHN", "4401", Covers.WHOLE),
        ("CHN", "4402", Covers.PART),
    ]


def test_the_built_in_episodes_of_the_role():
    found = {name: load_episode(name) for name in ("us-china-tariffs-2018", "us-tariffs-2025", "eu-energy-2022")}
    assert {episode.role for episode in found.values()} == {"suppliers-to-coalition"}
    days = {row.code: str(row.first) for row in found["eu-energy-2022"].measures}
    assert (days["2701"], days["2709"], days["2710"]) == ("2022-08-10", "2022-12-05", "2023-02-05")
    assert "2711" not in days  # gas was not banned
