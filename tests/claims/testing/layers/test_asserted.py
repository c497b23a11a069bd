"""Which layer words assert: a table of sentences, with words that look like a rise or a share and are none."""

import re

import pytest
from claims_made import made_claim

from stopgap.claims.claim import Action, ClaimWords
from stopgap.claims.testing.layers.asserted import WORDS, asserted_layer, share_in
from stopgap.claims.testing.layers.facts import Layer

SUPPLY = {
    # Shipped: that such goods were traded, however it is felt about.
    "China provides components to Russia's arms industry": Layer.SHIPPED,
    "China sells Russia optics at a concerning scale": Layer.SHIPPED,
    "Parts from China were found in missiles": Layer.SHIPPED,
    "There is growing concern over what Chinese firms provide": Layer.SHIPPED,
    "We are increasingly concerned about dual-use exports": Layer.SHIPPED,
    "Our concern about China's supplies is growing": Layer.SHIPPED,
    "Concerns have been rising that China supplies optics": Layer.SHIPPED,
    "The ally continues to increase pressure on China, which sells machine tools": Layer.SHIPPED,
    "For most of the year China supplied machine tools": Layer.SHIPPED,
    "A majority of experts say that China supplies chips": Layer.SHIPPED,
    "The vast majority of allies agree that Iran supplies drones": Layer.SHIPPED,
    "Seventy per cent of respondents think that China supplies chips": Layer.SHIPPED,
    "China, in a deepening partnership, provides optics": Layer.SHIPPED,
    "Their growing ties include the supply of drones": Layer.SHIPPED,
    "There is growing evidence that China supplies propellants": Layer.SHIPPED,
    "It is increasingly clear that China supplies propellants": Layer.SHIPPED,
    "We will step up our efforts against the supply of chips": Layer.SHIPPED,
    "We expanded sanctions on firms that sell Russia drones": Layer.SHIPPED,
    "China sells replacement parts for aircraft": Layer.SHIPPED,
    "The minister rose to say that China supplies chips": Layer.SHIPPED,
    "China doubled down and provides optics": Layer.SHIPPED,
    "The growing economy of China sells optics": Layer.SHIPPED,
    "A leading source close to the talks says China sells chips": Layer.SHIPPED,
    "At rising prices, China sells chips": Layer.SHIPPED,
    "The escalation of the war goes on while China supplies chips": Layer.SHIPPED,
    "More than fifty firms sold parts": Layer.SHIPPED,
    # Rose: more than before, or a build-up that only a rise would show.
    "China has increased its exports of machine tools": Layer.ROSE,
    "China is ramping up deliveries": Layer.ROSE,
    "China stepped up sales of nitrocellulose": Layer.ROSE,
    "Exports of optics surged": Layer.ROSE,
    "Chinese shipments are growing": Layer.ROSE,
    "Trade in machine tools grew": Layer.ROSE,
    "Supplies have doubled": Layer.ROSE,
    "A fivefold supply of machine tools": Layer.ROSE,
    "Deliveries are up by 60 percent on 2021": Layer.ROSE,
    "Sales of chips at record levels": Layer.ROSE,
    "A significant uptick in supplies": Layer.ROSE,
    "More and more chips come from China": Layer.ROSE,
    "China helps Russia rebuild its defence industrial base": Layer.ROSE,
    "China is enabling Russia's war": Layer.ROSE,
    "Supplies that are critical to the war effort": Layer.ROSE,
    "China is propping up Russia's war economy": Layer.ROSE,
    "There is growing concern, as exports of optics have increased": Layer.ROSE,
    "There is concern that exports have increased": Layer.ROSE,
    "Concern about optics whose exports have increased": Layer.ROSE,
    "Supplies intensified after the visit": Layer.ROSE,
    # Share of inflow: how much of what the target buys.
    "China is the main supplier of chips": Layer.INFLOW_SHARE,
    "China is Russia's largest foreign supplier": Layer.INFLOW_SHARE,
    "China is the leading source of machine tools": Layer.INFLOW_SHARE,
    "70 per cent of Russia's machine tools come from China": Layer.INFLOW_SHARE,
    "China sends 90 % of its microelectronics": Layer.INFLOW_SHARE,
    "Most of its chips come from China": Layer.INFLOW_SHARE,
    "Nearly all chips come from China": Layer.INFLOW_SHARE,
    "Two-thirds of the imports come from China": Layer.INFLOW_SHARE,
    "Russia relies heavily on China for optics": Layer.INFLOW_SHARE,
    # Net and share.
    "China sells beyond what it would have sold": Layer.NET,
    "China supplied more in response to Western sanctions": Layer.NET,
    "China is backfilling the trade": Layer.SHARE,
    "China replaces European suppliers": Layer.SHARE,
    "China made up for the trade that was suspended": Layer.SHARE,
    "China stepped into the gap": Layer.SHARE,
    "China fills the remaining void": Layer.SHARE,
    "China took the place of Germany": Layer.SHARE,
}

OTHERS = {
    (Action.BACKFILL, "exports to Russia rose"): Layer.SHARE,
    (Action.FILL_COMPONENTS, "components are increasing"): Layer.ROSE,
    (Action.BUY_ENERGY, "India buys oil"): Layer.SHIPPED,
    (Action.BUY_ENERGY, "India is the largest buyer of oil"): Layer.INFLOW_SHARE,
    (Action.BUY_ENERGY, "India buys oil despite rising prices"): Layer.SHIPPED,
    (Action.BUY_ENERGY, "India has increased purchases"): Layer.ROSE,
    (Action.STOP, "exports increased before they stopped"): Layer.FELL,
    (Action.ROUTE_THROUGH, "growing trade through Kazakhstan"): Layer.ROUTED,
    (Action.CONSEQUENCE, "companies that help may face consequences"): Layer.HAPPENED,
    (Action.CONSEQUENCE, "there is increasing concern, and firms may face consequences"): Layer.HAPPENED,
    (Action.CONSEQUENCE, "increasing concern that companies may face consequences"): Layer.HAPPENED,
    (Action.CONSEQUENCE, "an escalation of the war would have consequences"): Layer.HAPPENED,
    (Action.CONSEQUENCE, "more companies will be listed"): Layer.MORE_THAN_BEFORE,
    (Action.CONSEQUENCE, "we will step up our sanctions"): Layer.MORE_THAN_BEFORE,
    (Action.OTHER, "support is growing"): None,
    (Action.TELL, "allies were told of growing exports"): None,
}


def of(words, action=Action.SUPPLY, **changes):
    return asserted_layer(made_claim(action=action, words=ClaimWords(words), **changes))


@pytest.mark.parametrize("words", SUPPLY)
def test_the_words_of_a_claim_of_supply(words):
    assert of(words).layer is SUPPLY[words]


@pytest.mark.parametrize(("action", "words"), OTHERS)
def test_the_words_of_other_actions(action, words):
    assert of(words, action).layer is OTHERS[action, words]


def test_the_words_that_decided_are_named_and_an_action_names_none():
    assert of("China has stepped up sales").words == "stepped up"
    assert of("China sells chips").words is None


def test_the_layer_of_the_claim_file_goes_before_its_words():
    assert of("exports rose", layer="inflow-share") == of("", layer="inflow-share")
    assert of("exports rose", layer="inflow-share").layer is Layer.INFLOW_SHARE


def test_words_of_degree_count():
    assert of("China supplies chips", degree="increasingly").layer is Layer.ROSE
    assert of("China supplies chips", degree="at a concerning scale").layer is Layer.SHIPPED


def test_the_strongest_assertion_is_taken_whatever_its_place():
    """Share before net before rose before share of inflow: the table's own order."""
    assert of("exports rose and replace European ones").layer is Layer.SHARE
    assert of("the main supplier has increased its sales").layer is Layer.ROSE
    assert [layer for layer, _ in WORDS] == [Layer.SHARE, Layer.NET, Layer.ROSE, Layer.INFLOW_SHARE]


def test_every_pattern_is_one():
    for _, patterns in WORDS:
        for pattern in patterns:
            re.compile(pattern)


@pytest.mark.parametrize(
    ("words", "share"),
    [
        ("70 percent of its nitrocellulose comes from there", 0.70),
        ("62.5 % of the chips", 0.625),
        ("two-thirds of its machine tools", 2 / 3),
        ("its main supplier", None),
        ("100 percent of it", None),  # nothing lies above
    ],
)
def test_a_share_in_the_words_is_the_threshold(words, share):
    asserted = asserted_layer(made_claim(action=Action.SUPPLY, words=ClaimWords(words)))
    assert asserted.layer is Layer.INFLOW_SHARE
    assert share_in(asserted.words) == (None if share is None else pytest.approx(share))


def test_a_risk_of_sanctions_is_no_number_of_them():
    at_risk = made_claim(action=Action.CONSEQUENCE, words=ClaimWords("banks face increased sanctions risk"))
    assert asserted_layer(at_risk).layer is Layer.HAPPENED
    more = made_claim(action=Action.CONSEQUENCE, words=ClaimWords("they will face increased sanctions"))
    assert asserted_layer(more).layer is Layer.MORE_THAN_BEFORE


def test_attacks_that_escalate_are_no_trade_that_rises():
    words = "it bought missiles there, and its escalating attacks went on"
    assert asserted_layer(made_claim(action=Action.SUPPLY, words=ClaimWords(words))).layer is Layer.SHIPPED
