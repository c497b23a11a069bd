"""What-ifs in words: what is understood, what is refused, and that no dollar counts twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lever_worlds import GOODS, GROUPS, MILLION, SUPPLIERS, fitted, inflow

from stopgap.base.errors import MissingDataError, UsageError
from stopgap.measures.levers.results import what_if
from stopgap.measures.levers.what_if_text import Question, combined, cut_for, parse_actions


def question(**changes):
    routed = np.full((4, 3), np.nan)
    routed[2] = [0.0, 9 * MILLION, 0.0]
    found = {"inflow": inflow(routed=routed), "groups": GROUPS, "target": "RUS", "silent": ("BLR",), "episode": "e"}
    return Question(**{**found, **changes})


def ask(*texts, **changes):
    return parse_actions(texts, question(**changes))


def carried(*texts):
    asked = question()
    return what_if(parse_actions(texts, asked), asked, fitted()).combined.carried_usd / MILLION


@pytest.mark.parametrize(
    ("text", "dollars"),
    [
        ("stop KGZ 854231", 12),
        ("Stop kgz 8542", 12),
        ("stop KGZ", 12),
        ("stop Kyrgyzstan", 12),
        ("stop KGZ,TUR 8542", 20),
        ("stop KGZ and TUR 8542", 20),
        ("stop KGZ , TUR 854231 , 854232", 20),
        ("stop hubs", 20),
        ("stop members", 10),
        ("stop 8542", 70),
        ("stop 84", 30),
        ("stop 85,847150", 100),
        ("stop CHN 1", 50),
        ("stop CHN group:2", 20),
        ("cut CHN 85 by 50%", 25),
        ("cut CHN by 12.5 %", 8.75),
        ("stop KGZ re-exports", 9),
        ("cut KGZ re-exports by 50%", 4.5),
        ("stop TUR 847150", 0),
        ("stop KGZ; stop TUR", 20),
        ("stop KGZ 8542, stop TUR 854232", 14),
        ("stop KGZ and cut TUR by 50%", 16),
    ],
)
def test_words_and_the_dollars_they_mean(text, dollars):
    assert carried(text) == pytest.approx(dollars)


def test_the_parts_of_an_action():
    [one] = ask("cut TUR,KGZ,TUR 85 by 50%")
    assert (one.suppliers, one.goods, one.cut_share, one.re_exports) == (("TUR", "KGZ"), ("85",), 0.5, False)
    assert ask("stop KGZ; stop 8542", "stop TUR")[2].suppliers == ("TUR",)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "empty"),
        (" ; ", "empty"),
        ("halve TUR", "begins with stop or cut"),
        ("stop", "neither a supplier nor a good"),
        ("stop TUR by 50%", "whole of it"),
        ("cut TUR", "by how much"),
        ("stop TUR by", "'by' is not understood"),
        ("stop KGZ in 8542", "'in' is not understood"),
        ("cut TUR by 0%", "by 0 %"),
        ("cut TUR by 120%", "by 120 %"),
        ("cut TUR by half%", "by half %"),
        ("cut TUR by nan%", "by nan %"),
        ("stop RUS", "target itself"),
        ("stop Narnia", "neither a supplier nor a good"),
        ("stop 854", "2, 4 or 6 digits"),
        ("stop 8471500", "2, 4 or 6 digits"),
        ("stop 9999", "begins with 9999"),
        ("stop group:9", "no group '9'"),
    ],
)
def test_bad_words_are_refused_with_a_mend(text, what):
    with pytest.raises(UsageError) as caught:
        ask(text)
    assert what in caught.value.what
    assert caught.value.where.startswith("--if ")
    assert caught.value.fix


def test_a_supplier_without_figures_is_not_zero():
    with pytest.raises(MissingDataError, match="missing is not zero"):
        ask("stop BLR")
    with pytest.raises(MissingDataError, match="IND has no figures"):
        ask("stop IND")
    with pytest.raises(MissingDataError, match="re-exports cannot be stopped apart"):
        ask("stop KGZ re-exports", inflow=inflow())


def test_figures_of_a_published_sum_cannot_be_cut_inside():
    whole = inflow([[1.0], [2.0], [3.0], [4.0]], goods=("84+85",))
    asked = {"inflow": whole, "groups": {"84+85": ""}, "level": "composite"}
    assert ask("stop KGZ 84+85", **asked)[0].goods == ("84+85",)
    with pytest.raises(UsageError) as caught:
        ask("stop KGZ 8542", **asked)
    assert "composite" in caught.value.where
    assert "84+85" in caught.value.fix


WORDS = st.sampled_from(
    ["stop", "cut", *SUPPLIERS, *GOODS, "85", "by", "50%", ";", ",", "hubs", "and", "re-exports", "x"]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(WORDS, max_size=7))
def test_any_words_are_understood_or_refused(words):
    asked = question()
    try:
        actions = parse_actions([" ".join(words)], asked)
    except UsageError:
        return
    assert all(0 < action.cut_share <= 1 and (action.suppliers or action.goods) for action in actions)


ACTIONS = st.builds(
    lambda who, goods, by: f"cut {','.join(who)} {','.join(goods)} by {by}%".replace("  ", " "),
    st.lists(st.sampled_from(SUPPLIERS), min_size=1, max_size=3),
    st.lists(st.sampled_from([*GOODS, "85", "8542"]), max_size=2),
    st.integers(1, 100),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTIONS, min_size=1, max_size=4))
def test_a_dollar_counts_once(texts):
    asked = question()
    actions = parse_actions(texts, asked)
    found = what_if(actions, asked, fitted())
    alone = [each.projection.carried_usd for each in found.actions]
    together = found.combined.carried_usd
    assert max(alone) - 1e-6 <= together <= min(sum(alone), asked.inflow.total_usd) + 1e-6
    assert found.counted_once_usd == pytest.approx(sum(alone) - together, abs=1e-6)
    twice = combined([cut_for(action, asked) for action in (*actions, *actions)], asked.inflow)
    assert (asked.inflow.value_usd[:, twice.goods] * twice.share).sum() == pytest.approx(together)
