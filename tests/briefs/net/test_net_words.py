"""Net figures in words: each with its interval and rank, or with the reason why there is none."""

from __future__ import annotations

from dataclasses import replace

import brief_fixture as fixture
import pytest

from stopgap.briefs.formats.cells import Typed
from stopgap.briefs.formats.text import NBSP, ordinal
from stopgap.briefs.net.story import counterfactual_table
from stopgap.briefs.net.words import (
    beside_sentence,
    leads_with_net,
    loss_sentence,
    net_clause,
    net_part,
    net_reason,
    rests_on,
    share_interval,
    usd_interval,
    why_no_interval,
    without_net,
)
from stopgap.briefs.wording import counterfactual_fact, headline_sentence
from stopgap.measures.backfill.real_results import RealBackfill
from stopgap.measures.backfill.results import Counterfactual, DiversionResult, DoubleDifference, Finding, Suspended


def net_sentence(finding: Finding) -> str:
    return f"{net_part(finding)} {loss_sentence(finding)}".strip()


def plain(words: str) -> str:
    return words.replace(NBSP, " ")


def head(finding: Finding) -> str:
    return plain(headline_sentence(finding, fixture.NAMES, fixture.model().goods_titles))


def with_backfill(finding: Finding, **changes: object) -> Finding:
    return replace(finding, backfill=replace(finding.backfill, **changes))  # type: ignore[arg-type]


def test_the_headline_carries_net_backfill_its_interval_and_its_rank() -> None:
    assert head(fixture.headline()) == (
        "Coalition members sold Russia USD 30.8 bn less machinery and electronics (HS 84 and 85) in 2023 than in 2021; "
        "other suppliers backfilled 49 % of that beyond what they would have sold anyway (95 % interval −4 to 93 %), "
        "an excess by which Russia ranks 2nd of 10 destinations."
    )
    assert leads_with_net(fixture.headline())
    assert net_reason(fixture.headline()) == ""


def test_an_interval_that_holds_0_is_said_to_tell_nothing_apart() -> None:
    says = plain(net_sentence(fixture.headline()))
    assert "includes 0: at 95 % these figures cannot tell net backfill from none" in says
    assert "The loss of the coalition has no interval: annual figures need 5 baseline years" in says
    above = with_backfill(fixture.headline(), net_ci95=(0.1, 0.9))
    assert "lies above 0" in net_sentence(above)
    below = with_backfill(fixture.headline(), net_ratio=-0.3, net_ci95=(-0.6, -0.1))
    assert "lies below 0" in net_sentence(below)


@pytest.mark.parametrize(
    ("rank", "says"),
    [
        ((3, 41), ", yet 2 of 40 other destinations went as far beyond by their own spread: by rank alone the excess may be chance."),
        ((2, 41), "lies above 0. "),  # one in twenty
        ((1, 14), ", yet 13 other destinations are too few for the rank to bear it out."),
        (None, "lies above 0. "),
    ],
)  # fmt: skip
def test_an_interval_above_0_is_held_against_the_rank(rank: tuple[int, int] | None, says: str) -> None:
    found = with_backfill(fixture.headline(), net_ci95=(0.01, 0.9), placebo_rank=rank)
    assert says in net_sentence(found)


def test_less_than_expected_is_not_called_backfill() -> None:
    says = plain(net_clause(with_backfill(fixture.headline(), net_ratio=-0.05), fixture.NAMES))
    assert says == (
        "other suppliers sold less than they would have sold anyway: net backfill is −5 % of that "
        "(95 % interval −4 to 93 %); by such excess Russia ranks 2nd of 10 destinations"
    )


def test_without_a_rank_none_is_claimed() -> None:
    says = net_clause(with_backfill(fixture.headline(), placebo_rank=None), fixture.NAMES)
    assert says.endswith(f"(95{NBSP}% interval −4 to 93{NBSP}%)")
    assert "rank" not in says


def test_the_loss_carries_its_interval() -> None:
    sure = replace(fixture.headline(), suspended=replace(fixture.headline().suspended, ci95=(0.71, 0.82)))
    assert plain(net_sentence(sure)).endswith("The loss of the coalition, 78 %, has a 95 % interval 71 to 82 %.")
    rise = replace(fixture.undefined(), suspended=Suspended(6e6, 10.5e6, -4.5e6, -0.75, (-0.9, -0.5)))
    assert plain(net_sentence(rise)).endswith("The change of the coalition, 75 %, has a 95 % interval 50 to 90 %.")


# name, finding, what its deck says, what its headline must not say
NONE = {
    "no counterfactual": (
        fixture.gross(),
        "No net figure can be had: the lake has no trade of suppliers with other destinations.",
    ),
    "counterfactual of no kind": (
        replace(fixture.gross(), counterfactual=Counterfactual(None)),
        "Net figures are not computed.",
    ),
    "no loss": (fixture.undefined(), "There is no loss, so there is no net ratio."),
    "a loss that may be 0": (
        with_backfill(
            replace(fixture.gross(), suspended=replace(fixture.gross().suspended, ci95=(-0.05, 0.2))), defined=False
        ),
        "The loss is not distinguishable from 0 (95 % interval −5 to 20 %)",
    ),
    "no suppliers": (
        replace(
            fixture.finding_of({}, {"DEU": (3.0, 1.0)}),
            counterfactual=Counterfactual(None, "no supplier outside the coalition has figures in both windows"),
        ),
        "No net figure can be had: no supplier outside the coalition has figures in both windows.",
    ),
}


@pytest.mark.parametrize("name", NONE)
def test_without_a_net_ratio_everything_is_gross_and_the_reason_is_said(name: str) -> None:
    finding, reason = NONE[name]
    says = plain(net_sentence(finding))
    assert says.count("All figures are gross") == 1
    assert reason in says
    assert not leads_with_net(finding)
    assert plain(net_reason(finding)) in says
    for word in ("beyond what", "rank", "net"):
        assert word not in head(finding)


def test_a_loss_that_may_be_0_is_said_in_the_headline() -> None:
    says = head(NONE["a loss that may be 0"][0])
    assert "(not distinguishable from 0: 95 % interval −5 to 20 % of the loss share)" in says


def test_a_net_ratio_without_an_interval_does_not_lead() -> None:
    few = replace(fixture.headline().counterfactual, placebo_targets=("SAU", "IND"), placebo_excess=())
    alone = with_backfill(replace(fixture.headline(), counterfactual=few), net_ci95=None, placebo_rank=None)
    assert not leads_with_net(alone)
    assert "beyond" not in head(alone)
    says = plain(net_sentence(alone))
    assert "The net ratio is 49 %, without an interval: 2 other destinations trade enough" in says
    assert "and 3 are needed" in says
    assert "All other figures are gross" in says
    assert "2 other destinations" in why_no_interval(alone)
    entrants = replace(alone, counterfactual=replace(few, placebo_targets=("SAU", "IND", "MEX")))
    assert why_no_interval(entrants) == "nothing was expected of suppliers with a baseline"


def test_what_the_net_figures_rest_on() -> None:
    amounts, yardstick, ordinary, beside, chance = map(plain, rests_on(fixture.headline(), fixture.NAMES))
    assert "would have sold USD 41.4 bn" in amounts
    assert "the loss is against the baseline alone" in yardstick
    assert "without a baseline, USD 1.5 m a year, count whole" in amounts
    assert "The net change is USD 15.2 bn a year." in amounts
    assert ordinary == (
        "Method: triple difference. Sales of 77 ordinary goods, which no list of the episode names, to Russia moved by "
        "a factor of 1.05 against growth elsewhere; by chance they move by 0.82 to 1.22 (95 %)."
    )
    assert beside == (
        "Without ordinary goods (double difference) the ratio is 49 % (95 % interval 2 to 80 %), within the interval "
        "of the net ratio."
    )
    assert "9 other destinations" in chance


def changed(**changes: object) -> Finding:
    finding = fixture.headline()
    return replace(finding, counterfactual=replace(finding.counterfactual, **changes))  # type: ignore[arg-type]


def test_ordinary_goods_that_moved_beyond_chance_are_a_warning() -> None:
    says = plain(" ".join(rests_on(changed(ordinary_excess=0.4), fixture.NAMES)))
    assert "That is more than chance: demand turned there, or ordinary goods were touched too." in says
    assert "cannot be told" in " ".join(rests_on(changed(ordinary_band=None), fixture.NAMES))


def test_a_gap_between_the_differences_is_a_warning() -> None:
    says = plain(" ".join(rests_on(changed(double_difference=DoubleDifference(1.2, (1.0, 1.4))), fixture.NAMES)))
    assert "outside the interval of the net ratio" in says
    assert "these figures cannot tell which" in says


def test_a_double_difference_says_what_it_leaves_in() -> None:
    found = rests_on(changed(method="double difference", ordinary_excess=None), fixture.NAMES)
    assert len(found) == 4
    assert "A turn of Russia’s whole demand is therefore in the net figure." in found[2]


def symmetric(ratio: float, low: float, high: float) -> Finding:
    """The headline with a counterfactual loss of 36 bn, of which members diverted a fifth."""
    found = changed(loss_expected_usd=45e9, diversion=DiversionResult(0.2, 0.2, 0.1, 40))
    return replace(
        found,
        suspended=replace(found.suspended, counterfactual_loss_usd=36e9, counterfactual_loss_ci95=(20e9, 50e9)),
        backfill=replace(found.backfill, symmetric_ratio=ratio, symmetric_ci95=(low, high)),
    )


def test_the_symmetric_ratio_leads_and_says_what_it_is_a_share_of() -> None:
    says = head(symmetric(0.42, 0.1, 0.8))
    assert (
        "and USD 36.0 bn a year less than they would have sold since; other suppliers backfilled 42 % of that" in says
    )
    assert "49 %" not in says
    assert "The interval of net backfill lies above 0" in plain(net_sentence(symmetric(0.42, 0.1, 0.8)))
    assert "cannot tell net backfill from none" in plain(net_sentence(symmetric(0.42, -0.1, 0.8)))
    assert "lies below 0" in plain(net_sentence(symmetric(-0.42, -0.8, -0.1)))


def test_the_counterfactual_loss_is_explained_with_its_parts() -> None:
    says = plain(" ".join(rests_on(symmetric(0.42, 0.1, 0.8), fixture.NAMES)))
    assert "would have sold USD 45.0 bn a year to Russia, against USD 9.0 bn sold" in says
    assert "USD 36.0 bn (95 % interval 20.0 to 50.0 bn), is the counterfactual loss" in says
    assert "is the counterfactual loss." in says
    assert "20 % of what was set free was sold elsewhere" in says
    assert "49 %" in plain(beside_sentence(symmetric(0.42, 0.1, 0.8)))
    undefined = symmetric(0.42, 0.1, 0.8)
    undefined = replace(undefined, backfill=replace(undefined.backfill, symmetric_ratio=None, symmetric_ci95=None))
    assert "not distinguishable from 0" in plain(" ".join(rests_on(undefined, fixture.NAMES)))


def test_without_a_counterfactual_what_it_rests_on_is_the_reason() -> None:
    [says] = rests_on(fixture.gross(), fixture.NAMES)
    assert "No net figure can be had" in says
    assert counterfactual_fact(fixture.gross())[1].startswith("none: the lake has no trade")


def test_suppliers_without_a_counterfactual_are_named() -> None:
    assert without_net(fixture.headline(), fixture.NAMES) == (
        "Without a counterfactual, and so in no net figure: Oman."
    )
    assert without_net(fixture.gross(), fixture.NAMES) == ""


def test_intervals_have_one_unit_where_they_can() -> None:
    assert plain(share_interval((-0.0447, 0.9298))) == "−4 to 93 %"
    assert plain(share_interval((0.0002, 0.5))) == "<0.1 to 50 %"
    assert plain(usd_interval((1.07e9, 22.77e9))) == "1.1 to 22.8 bn"
    assert plain(usd_interval((-4.4e9, 214e6))) == "−4.4 bn to 214 m"
    assert plain(usd_interval((-5.0, 12.0))) == "−5 to 12"
    assert (share_interval(None), usd_interval(None)) == ("", "")


def test_places_in_a_row() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th"
    ]  # fmt: skip


def test_buyers_are_not_called_suppliers() -> None:
    finding = fixture.imports().headline
    says = " ".join(
        (*rests_on(finding, fixture.NAMES), net_sentence(finding), net_clause(finding, fixture.NAMES))
    ).lower()
    for word in ("suppl", "sold", "filled", "destination"):
        assert word not in says


def test_real_backfill_stands_beside_the_gross_ratio_where_there_are_quantities() -> None:
    model = fixture.model()
    names = [row[0] for row in counterfactual_table(model).rows]
    assert "Real ratio" not in names
    real = RealBackfill(ratio=0.5, nominal_ratio=0.75, share_of_value_with_quantities=0.9)
    priced = replace(model, headline=replace(model.headline, real=real))
    rows = {row[0]: row for row in counterfactual_table(priced).rows}
    assert list(rows).index("Real ratio") == list(rows).index("Gross ratio") + 1
    assert rows["Real ratio"][1] == Typed("share", 0.5)
    assert "90" in str(rows["Real ratio"][4])
    assert "75" in str(rows["Real ratio"][4])
