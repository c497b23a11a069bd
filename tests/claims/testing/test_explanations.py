"""Sentences of tested claims: names instead of codes, hints apart, and the formats of the page."""

import pytest
from claims_made import made_claim

from stopgap.briefs.formats import text as page
from stopgap.claims.claim import Action
from stopgap.claims.testing import explanations as say
from stopgap.claims.testing.cases import episode_of
from stopgap.claims.testing.layers.consequences import act_words

VALUES = (0.0, 0.0004, 0.004, 0.00949, 0.0096, 0.012, 0.48, 0.995, 1.5, 37.0)


@pytest.mark.parametrize("sign", [1, -1])
def test_sentences_and_page_print_the_same_figures(sign):
    for value in VALUES:
        assert say.percent(sign * value) == page.percent(sign * value).replace(page.NBSP, " ")
        for scale in (1.0, 1e5, 1e6, 1e8, 1e9):
            assert say.usd(sign * value * scale) == page.usd(sign * value * scale).replace(page.NBSP, " ")


def test_reasons_name_economies_and_goods_and_keep_hints_apart():
    assert say.plain_reason("the lake has no figures of imports from RUS for the goods list energy") == (
        "the lake has no figures of imports from Russia in mineral fuels (chapter 27)", None,
    )  # fmt: skip
    assert say.plain_reason("no trade elsewhere (import all partners); gains are gross") == (
        "no trade elsewhere; gains are gross", "import all partners",
    )  # fmt: skip
    assert say.plain_reason("in chapters (84 and 85), USD FOB")[0] == "in chapters (84 and 85), USD FOB"


def test_goods_without_a_list_are_no_list():
    assert say.goods_words("weapons") == "weapons"
    assert say.goods_words("mine.yml") == "the list mine"


def test_acts_are_named_as_lawyers_do():
    assert act_words("269/2014", "I.ENTITIES") == "Regulation 269/2014, Annex I"
    assert act_words("833/2014", "XIX.A") == "Regulation 833/2014, Annex XIX, part A"
    assert act_words("833/2014", None) == "Regulation 833/2014"
    assert act_words(None, None) is None


def test_an_episode_of_who_replaced_the_target_is_refused_in_words():
    claim = made_claim(target="CHN", actor="VNM", action=Action.BACKFILL, episode="us-china-tariffs-2018")
    episode, reason, fix = episode_of(claim, None)
    assert episode is None
    assert reason.startswith(
        "the episode us-china-tariffs-2018 is about who supplied the United States instead of China"
    )
    assert "stopgap measure us-china-tariffs-2018" in fix
