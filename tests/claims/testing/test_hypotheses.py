"""From a claim to an episode, an actor and goods lists, before any figure is looked at."""

from dataclasses import replace

import pytest
from claims_made import made_claim

from stopgap.claims.claim import Action, GoodsGroup, NamedGoods, Stance
from stopgap.claims.testing.hypotheses import Actor, actor_of, episode_for, lists_of, plan_goods, plan_test
from stopgap.claims.testing.layers.facts import Layer
from stopgap.panel.episodes import episode_names, load_episode

EPISODES = [load_episode(name) for name in episode_names()]
RUSSIA = load_episode("russia-2022")


def chosen(*goods, **changes):
    found = episode_for(made_claim(*goods, **changes), EPISODES)
    return found.name if found else None


def test_the_episode_fits_target_action_and_goods():
    assert chosen() == "russia-2022"
    assert chosen("optical", action=Action.SUPPLY) == "russia-2022"
    assert chosen(action=Action.BUY_ENERGY, actor="IND") == "russia-2022-energy"
    assert chosen("energy", action=Action.BACKFILL, actor="IND") == "russia-2022-energy"
    assert chosen("energy", action=Action.STOP, actor="EU") == "russia-2022-energy"
    assert chosen("wood", action=Action.STOP, actor="EU") == "eu-wood-2022"
    assert chosen("weapons") == "russia-2022"
    assert chosen(target="IRN") is None
    assert chosen("chip-making-machines", target="CHN", action=Action.SUPPLY) == "china-chip-tools-2022"
    assert chosen(target="AUS", action=Action.SUPPLY) is None  # that episode is of purchases


def test_narrow_and_broad_lists_are_taken_where_both_exist():
    assert lists_of("propellants") == (("propellants-narrow", "narrow"), ("propellants-broad", "broad"))
    assert lists_of("space-equipment-broad") == (("space-equipment-broad", "broad"),)
    assert lists_of("optical") == (
        ("optical-narrow", "narrow"), ("optical-broad", "broad"), ("optical-headings", "headings"),
    )  # fmt: skip
    assert lists_of("microelectronics") == (("microelectronics", None),)
    assert lists_of("goods.yml") == (("goods.yml", None),)
    assert lists_of("weapons") == lists_of("unspecified") == ()


@pytest.mark.parametrize("group", [each for each in GoodsGroup if each not in ("weapons", "unspecified")])
def test_every_family_has_a_list_or_is_said_to_have_none(group):
    assert lists_of(group)


def test_goods_that_cannot_be_tested_say_why():
    weapons, unknown = plan_goods(made_claim("weapons", "no-such-list").goods)
    assert "trade figures" in weapons.reason
    assert "registers of arms transfers" in weapons.fix
    assert unknown.reason == "no goods list has the name no-such-list"
    [whole] = plan_goods(made_claim("unspecified").goods)
    assert (whole.label, whole.lists) == (None, ((None, None),))


@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        ("CHN", (Actor.ONE, "CHN")),
        ("companies:CHN", (Actor.ONE, "CHN")),
        ("THIRD", (Actor.ALL, None)),
        ("companies:ANY", (Actor.ALL, None)),
        ("EU", (Actor.COALITION, None)),
        ("PRC", (Actor.GROUP, None)),
        ("companies:PRC", (Actor.GROUP, None)),
    ],
)
def test_whose_trade_is_meant(actor, expected):
    assert actor_of(made_claim(actor=actor)) == expected


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"action": Action.OTHER}, "intent"),
        ({"action": Action.TELL}, "who told whom"),
        ({"actor": "XYZ"}, "not an economy"),
        ({"actor": "RUS"}, "the target itself"),
        ({"actor": "DEU"}, "in the coalition"),
        ({"actor": "EU", "action": Action.SUPPLY, "layer": "rose"}, "group within the coalition"),
        ({"actor": "EU"}, "in the coalition"),
        ({"actor": "DEU", "action": Action.ROUTE_THROUGH}, "do not pass through"),
        ({"actor": "THIRD", "action": Action.STOP}, "third countries"),
    ],
)
def test_what_no_figure_meets_says_why(changes, word):
    plan = plan_test(made_claim(**changes), RUSSIA)
    assert word in plan.reason
    assert plan.goods == ()


def test_a_claim_without_an_episode_says_why():
    assert plan_test(made_claim(target="IRN"), None).reason == (
        "no episode that claims are tested on is about trade with Iran in goods that are not named"
    )
    cars = NamedGoods("unspecified", phrase="cars")
    said = replace(made_claim(target="USA"), goods=(cars,), action=Action.SUPPLY)
    assert plan_test(said, None).reason.endswith("about trade in cars with the United States")


def test_goods_that_are_not_named_are_not_tested_on_an_episode_of_special_goods():
    assert chosen(target="USA", actor="EU", action=Action.SUPPLY) is None  # critical minerals alone
    assert chosen(target="CHN", action=Action.SUPPLY) is None  # chip-making machines alone
    assert chosen(target="USA", action=Action.OTHER) is None
    assert chosen(target="QAT", action=Action.STOP, actor="SAU") == "qatar-2017"  # food: whole chapters


def test_the_episode_is_fitted_to_who_is_said_to_act():
    stop = plan_test(made_claim(actor="EU", action=Action.STOP), RUSSIA)
    assert (stop.episode.coalition, stop.beside) == (("eu27",), RUSSIA)
    china = plan_test(made_claim(action=Action.STOP), RUSSIA)
    assert list(china.episode.members()) == ["CHN"]
    route = plan_test(made_claim(action=Action.ROUTE_THROUGH), RUSSIA)
    assert route.episode.hubs == (*RUSSIA.hubs, "CHN")
    assert "added for this claim" in route.notes[0]
    supply = plan_test(made_claim(actor="DEU", action=Action.SUPPLY), RUSSIA)
    assert set(RUSSIA.members()) - set(supply.episode.members()) == {"DEU"}
    assert plan_test(made_claim(), RUSSIA).episode is RUSSIA


def test_groups_stand_for_their_economies_on_the_day():
    prc = plan_test(made_claim(actor="PRC"), RUSSIA)
    assert (prc.economies, prc.economy) == (("CHN", "HKG", "MAC"), None)
    union = plan_test(made_claim(actor="EU", action=Action.SUPPLY), RUSSIA)
    assert union.reason is None
    assert len(union.economies) == 27
    assert plan_test(made_claim(actor="THIRD"), RUSSIA).economies is None


def test_consequences_need_no_episode_and_reported_words_have_a_limit():
    warned = plan_test(made_claim(action=Action.CONSEQUENCE, target="IRN"), None)
    assert (warned.reason, warned.asserted.layer) == (None, Layer.HAPPENED)
    told = plan_test(made_claim(stance=Stance.REPORTED), RUSSIA)
    assert "who told whom" in told.limits[0]
    assert plan_test(made_claim(), RUSSIA).limits == ()


def test_firms_stand_for_their_economy_and_it_is_said():
    plan = plan_test(made_claim(actor="companies:CHN"), RUSSIA)
    assert "single firms" in plan.limits[0]
    assert plan.economy == "CHN"
