"""The tab of levers: the what-if of its address, answered as the command answers it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stopgap.api import Lake
from stopgap.base.errors import UsageError
from stopgap.briefs.formats.text import percent, usd
from stopgap.measures.levers.what_if_text import WhatIfStop
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.levers.answer import stop_words
from stopgap.pages.levers.page import levers_page
from stopgap.pages.levers.query import LeverQuery

QUERY = EpisodeQuery("russia-2022", goods="machinery-electronics")


@pytest.fixture(scope="module")
def lake(demo_lake: Path) -> Lake:
    return Lake(demo_lake)


@pytest.mark.parametrize(
    ("asked", "text", "options"),
    [
        (LeverQuery(), "", {}),
        (LeverQuery(share=40), "", {}),
        (LeverQuery("KGZ"), "stop KGZ", {"who": "KGZ", "share": 100}),
        (LeverQuery("TUR", "85", 50), "cut TUR 85 by 50%", {"who": "TUR", "good": "85", "share": 50}),
        (LeverQuery("TUR", words="stop hubs", by="hub"), "stop hubs", {"words": "stop hubs", "by": "hub"}),
    ],
)
def test_an_address_is_a_question_in_words(asked: LeverQuery, text: str, options: dict[str, object]) -> None:
    assert asked.text == text
    assert asked.options == options


@pytest.mark.parametrize("options", [{"share": 0}, {"share": 101}, {"by": "<script>"}, {"words": "x" * 301}])
def test_an_address_that_is_no_question_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        LeverQuery(**options)  # type: ignore[arg-type]


def test_the_answer_is_that_of_levers(lake: Lake) -> None:
    asked = LeverQuery("CHN", share=50)
    found = lake.levers("russia-2022", goods="machinery-electronics", what_if=("cut CHN by 50%",)).what_if
    assert found is not None
    shown = found.combined
    answer = levers_page(lake, QUERY, asked).values["answer"]
    assert answer.error is None
    assert (
        f"it carries {usd(shown.carried_usd)} a year, {percent(shown.share_of_inflow)} of the trade, and removes {usd(shown.removed_usd)}"
        in answer.sentence
    )
    assert answer.sentence.startswith("50\u00a0% of the trade of China in all goods of the list stopped")
    assert [each.value for each in answer.numbers[:3]] == [
        usd(shown.carried_usd),
        percent(shown.reroute_share),
        usd(shown.removed_usd),
    ]


def test_parts_of_the_chart_sum_to_all_trade(lake: Lake) -> None:
    chart = levers_page(lake, QUERY, LeverQuery("CHN", share=50)).values["answer"].chart
    [rows] = [source["values"] for source in json.loads(chart.specification)["data"] if source["name"] == "rows"]
    total = lake.levers("russia-2022", goods="machinery-electronics").inflow.total_usd
    assert sum(row["to"] - row["from"] for row in rows) == pytest.approx(total / 1e9)
    assert [row["said"].partition(":")[0] for row in rows] == ["not touched", "comes back", "removed"]


def test_several_stops_are_shown_one_by_one(lake: Lake) -> None:
    answer = levers_page(lake, QUERY, LeverQuery(words="stop KGZ; cut TUR by 50%")).values["answer"]
    assert [row[0].text.partition(" in ")[0] for row in answer.actions.rows] == [
        "All trade of Kyrgyzstan",
        "50\u00a0% of the trade of Türkiye",
    ]


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "stop NPL 999999", "cut KGZ by 0%", "stop RUS"])
def test_a_question_that_cannot_be_answered_says_why_and_the_ranking_stays(lake: Lake, words: str) -> None:
    values = levers_page(lake, QUERY, LeverQuery(words=words)).values
    what, where, fix = values["answer"].error
    assert what
    assert where
    assert fix
    assert values["table"].rows


def test_what_cannot_be_told_is_no_number(lake: Lake) -> None:
    values = levers_page(lake, EpisodeQuery("russia-2022", goods="optical"), LeverQuery("CHN")).values
    assert values["answer"].numbers[1].value == "cannot be told"
    assert "What of a stop would come back cannot be told" in values["lead"]
    assert values["ranking"].title == "What each lever carries"


def test_assumptions_are_all_there_and_name_no_field(lake: Lake) -> None:
    values = levers_page(lake, QUERY, LeverQuery()).values
    found = lake.levers("russia-2022", goods="machinery-electronics")
    assert len(values["assumptions"]) == len(found.assumptions)
    assert not any("_usd" in text for text in values["assumptions"])
    assert values["answer"] is None


def test_stops_are_told_in_words() -> None:
    names = {"KGZ": "Kyrgyzstan", "USA": "United States"}
    assert stop_words(WhatIfStop("", ("KGZ",), ("8542",), 1.0), names) == "all trade of Kyrgyzstan in 8542 stopped"
    assert (
        stop_words(WhatIfStop("", (), ("group:optics",), 0.25), names)
        == "25\u00a0% of the trade of every supplier in optics stopped"
    )
    assert (
        stop_words(WhatIfStop("", ("USA",), (), 1.0, re_exports=True), names)
        == "all that passes through the United States consistent with routing in all goods of the list stopped"
    )
