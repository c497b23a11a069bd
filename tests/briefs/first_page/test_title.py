"""The title of a brief says who replaced whom, in twelve words, and no more than the interval carries."""

from __future__ import annotations

import re
from dataclasses import replace

import brief_fixture as fixture
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.briefs.first_page.parties import economy, leaders, possessive, short_goods
from stopgap.briefs.first_page.reading import ReplacementReading, reading
from stopgap.briefs.first_page.title import MOST_WORDS, title
from stopgap.codes.goods import goods_names, load_goods
from stopgap.measures.backfill.results import ActorResult, Finding

TITLES = fixture.model().goods_titles
SURE = (1, 41)
"""Rank that one in twenty allows."""


def says(finding: Finding, **names: str) -> str:
    return title(finding, {**fixture.NAMES, **names}, TITLES)


def held(
    ratio: float,
    interval: tuple[float, float],
    *,
    rank: tuple[int, int] | None = SURE,
    gap_usd: float = 40e9,
    supplier_low: float = 0.2,
    finding: Finding | None = None,
) -> Finding:
    """Machinery to Russia with a symmetric ratio; each supplier's net gain ends low at a share of its gross gain."""
    found = fixture.netted(finding or fixture.gross())
    suppliers = tuple(
        replace(row, net_gain_usd=row.gain_usd * 0.9, ci95=(row.gain_usd * supplier_low, row.gain_usd * 1.2))
        if row.gain_usd > 0
        else row
        for row in found.suppliers
    )
    backfill = replace(
        found.backfill, symmetric_ratio=ratio, symmetric_ci95=interval, placebo_rank=rank, symmetric_ranks=None
    )
    suspended = replace(found.suspended, counterfactual_loss_usd=gap_usd, counterfactual_loss_ci95=(gap_usd, gap_usd))
    return replace(found, suppliers=suppliers, backfill=backfill, suspended=suspended).sealed()


LOST = "the coalition’s machinery sales to Russia"


@pytest.mark.parametrize(
    ("finding", "read", "want"),
    [
        (held(0.44, (0.1, 0.9)), ReplacementReading.CARRIED, f"China replaced part of {LOST}"),
        (held(0.44, (-0.1, 0.9)), ReplacementReading.MAY, f"China may have replaced part of {LOST}"),
        # by rank alone the excess may be chance: 3 of 41 is more than one in twenty
        (held(0.44, (0.1, 0.9), rank=(3, 41)), ReplacementReading.MAY, f"China may have replaced part of {LOST}"),
        # too few placebos for any rank to be one in twenty
        (held(0.44, (0.1, 0.9), rank=(1, 10)), ReplacementReading.MAY, f"China may have replaced part of {LOST}"),
        (held(0.1, (-0.9, 1.0)), ReplacementReading.UNTOLD, f"Whether others replaced {LOST} cannot be told"),
        (held(0.6, (-0.1, 2.5)), ReplacementReading.UNTOLD, f"Whether others replaced {LOST} cannot be told"),
        (held(0.1, (-0.1, 0.2)), ReplacementReading.LITTLE, f"Others replaced little or none of {LOST}"),
        (held(-0.3, (-0.5, -0.1)), ReplacementReading.NOT_REPLACED, f"Other suppliers did not replace {LOST}"),
        # the supplier's own interval includes 0: it is not named
        (
            held(0.44, (0.1, 0.9), supplier_low=-0.1),
            ReplacementReading.CARRIED,
            f"Other suppliers replaced part of {LOST}",
        ),
        (
            held(0.7, (0.6, 0.9), supplier_low=-0.1),
            ReplacementReading.CARRIED,
            f"Other suppliers replaced over half of {LOST}",
        ),
        # USD 13.6 bn of a gap of 20, and of 10: 0.9 of its gain is surely China's
        (
            held(0.8, (0.6, 0.9), gap_usd=20e9, supplier_low=0.9),
            ReplacementReading.CARRIED,
            f"China replaced over half of {LOST}",
        ),
        (
            held(0.8, (0.6, 0.9), gap_usd=40e9, supplier_low=0.9),
            ReplacementReading.CARRIED,
            f"China replaced over a quarter of {LOST}",
        ),
        (
            held(0.8, (0.6, 0.9), gap_usd=10e9, supplier_low=0.9),
            ReplacementReading.CARRIED,
            f"China replaced all of {LOST}",
        ),
        (fixture.gross(), ReplacementReading.GROSS, "China sold Russia more machinery as the coalition sold less"),
        (
            fixture.undefined(),
            ReplacementReading.NO_LOSS,
            "The coalition’s machinery sales to Russia rose: nothing to replace",
        ),
        (
            fixture.finding_of({}, {"DEU": (3.0, 1.0), "USA": (2.0, 1.0)}),
            ReplacementReading.NO_FIGURES,
            f"No figures show who replaced {LOST}",
        ),
        (
            fixture.finding_of({"CHN": (2.0, 1.0)}, {"DEU": (3.0, 1.0), "USA": (2.0, 1.0)}),
            ReplacementReading.NONE_ROSE,
            f"Others made up none of {LOST}",
        ),
    ],
)
def test_each_case_has_its_words(finding: Finding, read: ReplacementReading, want: str) -> None:
    assert reading(finding) is read
    assert says(finding) == want


def test_a_loss_that_may_be_chance_is_not_replaced() -> None:
    found = fixture.gross()
    found = replace(found, suspended=replace(found.suspended, ci95=(-0.1, 0.9)))
    assert reading(found) is ReplacementReading.LOSS_UNSURE
    assert says(found) == f"The fall in {LOST} may be chance"


def test_a_loss_without_change_did_not_fall() -> None:
    found = fixture.finding_of({"CHN": (1.0, 2.0)}, {"DEU": (3.0, 3.0), "USA": (2.0, 2.0)})
    assert says(found) == "The coalition’s machinery sales to Russia did not fall: nothing to replace"


def test_a_coalition_of_one_is_named_and_all_of_the_eu_is_the_eu() -> None:
    alone = fixture.finding_of({"CHN": (2.0, 4.0)}, {"JPN": (3.0, 1.0)})
    assert says(alone) == "China sold Russia more machinery as Japan sold less"
    assert (
        says(fixture.finding_of({}, {"USA": (3.0, 1.0)})) == "No figures show who replaced US machinery sales to Russia"
    )
    members = {code: pair for code, pair in fixture.MEMBERS.items() if code not in fixture.NOT_EU}
    eu = fixture.finding_of(fixture.SUPPLIERS, members)
    assert len(eu.members) == 27
    assert says(held(0.44, (0.1, 0.9), finding=eu)) == "China replaced part of EU machinery sales to Russia"
    # 27 of 38 members are not the coalition
    assert "EU" not in says(fixture.headline())


def test_purchases_are_bought_and_never_sold() -> None:
    model = fixture.imports()
    for finding in (model.headline, fixture.gross(), fixture.undefined(), held(0.1, (-0.9, 1.0))):
        text = title(replace(finding, direction="imports-from-target"), model.names, model.goods_titles)
        assert re.search(r"\bbought\b|\bpurchases\b", text), text
        assert not re.search(r"\bsold\b|\bsales\b|suppl", text), text
        assert "from Russia" in text
    assert says(replace(fixture.gross(), direction="imports-from-target")) == (
        "China bought more machinery from Russia as the coalition bought less"
    )


def with_group(finding: Finding, interval: tuple[float, float]) -> Finding:
    group = ActorResult("PRC", ("CHN", "HKG"), 1e9, 2e9, 1e9, 0.5, 0.4, 0.7, 1e9, interval, True)
    return replace(finding, actors=(group,))


def test_a_supplier_of_a_group_is_asserted_only_with_its_group() -> None:
    sure = held(0.44, (0.1, 0.9))
    assert says(with_group(sure, (0.2e9, 2e9))).startswith("China replaced part of")
    # what one of a group sells more, another sells less: the group as a whole may have replaced nothing
    assert says(with_group(sure, (-0.2e9, 2e9))).startswith("Other suppliers replaced part of")


def test_two_of_a_group_are_both_named_where_both_filled() -> None:
    found = with_group(fixture.chips(), (0.0, 1.0))
    assert [row.supplier for row in leaders(found)] == ["CHN", "HKG"]
    assert says(found) == "China and Hong Kong sold Russia more chips; the coalition less"
    assert [row.supplier for row in leaders(with_group(fixture.gross(), (0.0, 1.0)))] == ["CHN"]  # Hong Kong fell


shares = st.floats(min_value=-3, max_value=8, allow_nan=False)
long_names = st.sampled_from(
    ["Japan", "Bosnia and Herzegovina", "South Georgia & South Sandwich Islands", "مصر العليا", "X" * 80, "a b c", ""]
)


@given(
    ratio=shares,
    ends=st.tuples(shares, shares),
    rank=st.sampled_from([None, (1, 41), (2, 41), (5, 41), (1, 9)]),
    low=st.floats(min_value=-1, max_value=1),
    direction=st.sampled_from(["exports-to-target", "imports-from-target"]),
    few=st.booleans(),
    target=long_names,
    first=long_names,
    goods=st.sampled_from(["machinery-electronics", "Electrical and optical measuring equipment", "", "energy, all"]),
)
def test_no_title_is_longer_than_twelve_words_or_stronger_than_its_interval(
    ratio: float,
    ends: tuple[float, float],
    rank: tuple[int, int] | None,
    low: float,
    direction: str,
    few: bool,
    target: str,
    first: str,
    goods: str,
) -> None:
    members = {"BIH": (3e4, 1e3)} if few else fixture.MEMBERS
    found = held(
        ratio, (min(ends), max(ends)), rank=rank, supplier_low=low,
        finding=fixture.finding_of(fixture.SUPPLIERS, members),
    )  # fmt: skip
    text = title(
        replace(found, direction=direction, goods=goods), {**fixture.NAMES, "RUS": target, "CHN": first}, TITLES
    )
    assert 3 <= len(text.split()) <= MOST_WORDS
    assert text[0] == text[0].upper()
    includes_none = min(ends) <= 0
    asserted = re.search(r"\breplaced (part|over|all|some)", text) and "may have" not in text
    if includes_none or (rank is not None and rank[0] > rank[1] / 20):
        assert not asserted, text


def test_every_bundled_list_has_a_short_name() -> None:
    for name in goods_names():
        short = short_goods(load_goods(name).title)
        assert 1 <= len(short.split()) <= 2, name
    assert short_goods("Machinery and electronics (chapters 84 and 85)") == "machinery"
    assert short_goods("Optical goods, narrow: lenses, sights") == "optical goods"
    assert short_goods("My list of 7 secret things") == "listed goods"
    assert short_goods("") == "listed goods"


def test_names_have_their_article_and_possessive() -> None:
    assert economy("NLD", {"NLD": "Netherlands"}) == "the Netherlands"
    assert possessive("the Netherlands") == "the Netherlands’"
    assert possessive(economy("USA", {})) == "US"
    assert possessive("Japan") == "Japan’s"
    assert economy("SGS", {"SGS": "South Georgia & South Sandwich Islands"}) == "SGS"


def test_a_group_that_is_not_whole_is_not_its_name() -> None:
    members = {code: pair for code, pair in fixture.MEMBERS.items() if code not in fixture.NOT_EU}
    kept = dict(list(members.items())[:12])
    found = fixture.finding_of(fixture.SUPPLIERS, kept)
    assert "as EU members sold less" in says(found)


def test_a_loss_of_members_without_figures_is_not_known() -> None:
    found = fixture.finding_of(fixture.SUPPLIERS, {})
    assert says(found) == "What the coalition lost in machinery sales to Russia is not known"
    silent = fixture.finding_of(fixture.SUPPLIERS, {"DEU": (3.0, 1.0)})
    silent = replace(silent, coverage=replace(silent.coverage, missing_reporters=("DEU",)))
    assert says(silent) == says(found)
