"""An actor that reported the chapters and none of the goods: none where its reports cover the pair, else not known."""

import datetime as dt

import pytest
from lake_rows import put, trade_row

from stopgap.claims.testing.layers.actor_trade import MANY_PARTNERS, reported_without_trade
from stopgap.claims.testing.layers.shipped import none_shipped, shipped_verdict
from stopgap.claims.testing.results import Verdict
from stopgap.codes.goods import load_goods
from stopgap.lake.schema import TRADE
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import load_episode

RUSSIA = load_episode("russia-2022")
GOODS = load_goods("machine-tools-narrow")
OTHER_OF_CHAPTER = "842951"


@pytest.fixture
def none_of(tmp_path):
    def call(rows, *, with_goods=True):
        if with_goods:  # the file holds such goods, of another pair
            rows = [*rows, {"good": "845710", "reporter": "DEU", "partner": "VNM"}]
        put(
            tmp_path / "lake",
            [trade_row(**{"period": f"{year}-01-01", **row}) for year in (2022, 2023) for row in rows],
        )
        with engine_on(tmp_path / "lake", as_of=None, only=[TRADE.name]) as (engine, _):
            return reported_without_trade(engine, RUSSIA, GOODS, ("CHN",))

    return call


def test_a_report_of_the_pair_in_the_chapter_without_the_goods_is_none_of_them(none_of):
    none = none_of([{"good": OTHER_OF_CHAPTER}])
    assert none.periods == (dt.date(2022, 1, 1), dt.date(2023, 1, 1))
    facts = none_shipped(none, ("2022-03", "2023-12"), GOODS)
    assert (facts.value_usd, facts.periods, facts.periods_in_window, facts.codes) == (0.0, 2, 2, len(GOODS.items))
    assert shipped_verdict(facts) is Verdict.NOT_SUPPORTED


def test_a_report_of_half_the_window_says_nothing(none_of):
    facts = none_shipped(none_of([{"good": OTHER_OF_CHAPTER}]), ("2022-03", "2025-12"), GOODS)
    assert (facts.periods, facts.periods_in_window) == (2, 4)
    assert shipped_verdict(facts) is Verdict.NOT_TESTABLE


def test_a_file_of_other_pairs_says_nothing_of_this_one(none_of):
    assert none_of([{"good": OTHER_OF_CHAPTER, "partner": "VNM"}]) is None


def test_a_file_of_another_chapter_says_nothing(none_of):
    assert none_of([{"good": "610910"}], with_goods=False) is None


def test_a_file_of_most_of_the_world_covers_the_pair(none_of):
    from stopgap.codes.areas import areas

    partners = [code for code, area in sorted(areas().items()) if area.kind == "economy" and code not in ("CHN", "RUS")]
    none = none_of([{"good": OTHER_OF_CHAPTER, "partner": code} for code in partners[:MANY_PARTNERS]])
    assert none is not None


def test_a_source_that_holds_no_such_goods_of_anybody_says_nothing(none_of):
    assert none_of([{"good": OTHER_OF_CHAPTER}], with_goods=False) is None
