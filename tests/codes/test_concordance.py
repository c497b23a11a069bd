"""Splits and joins between revisions: nothing lost, nothing claimed to be exact that is not."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.base.errors import UsageError
from stopgap.codes.commodities import REVISIONS, subheadings
from stopgap.codes.concordance import CodeShare, links
from stopgap.codes.goods import is_known


def without_counterpart(source: str, target: str) -> tuple[str, ...]:
    """HS6 codes of one revision that cannot be placed in the other, sorted."""
    return tuple(code for code in subheadings("", source) if code not in links(source, target))


PAIRS = list(itertools.permutations(REVISIONS, 2))


def converted(values: dict[str, float], source: str, target: str) -> tuple[dict[str, float], float]:
    """Values in the target revision, and the value of codes without a counterpart."""
    found: Counter[str] = Counter()
    lost = 0.0
    table = links(source, target)
    for good, value in values.items():
        if good not in table:
            lost += value
        for link in table.get(good, ()):
            found[link.good] += value * link.weight
    return dict(found), lost


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_weights_sum_to_one_and_every_code_is_placed_or_listed(source: str, target: str) -> None:
    sums: Counter[str] = Counter()
    for good, ways in links(source, target).items():
        for way in ways:
            sums[good] += way.weight
            assert way.weight > 0
            assert is_known(way.good, target)
    assert max(abs(total - 1) for total in sums.values()) < 1e-9
    assert set(sums) | set(without_counterpart(source, target)) == set(subheadings("", source))
    assert not set(sums) & set(without_counterpart(source, target))


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_code_that_splits_is_estimated_and_an_exact_one_is_whole(source: str, target: str) -> None:
    for good, ways in links(source, target).items():
        if len(ways) > 1:
            assert all(way.is_estimated for way in ways), good
        for way in ways:
            if not way.is_estimated:
                assert way.weight == 1.0
                assert way.method in ("same", "one-to-one", "joined")
            if way.method == "same":
                assert way.good == good


def test_estimated_flag_follows_the_method() -> None:
    for ways in links("HS2022", "HS2012").values():
        for way in ways:
            assert way.is_estimated == (way.method in ("weights", "correlation"))


def test_a_known_split() -> None:
    # Electric motorcycles left 8711.90 in HS2017; the published weight by hand.
    ways = {way.good: way for way in links("HS2012", "HS2017")["871190"]}
    assert ways["871160"].weight == pytest.approx(0.7387386181, abs=1e-9)
    assert ways["871190"].weight == pytest.approx(1 - 0.7387386181, abs=1e-9)
    assert {way.method for way in ways.values()} == {"weights"}


def test_a_known_join_is_exact() -> None:
    assert links("HS2017", "HS2012")["871160"] == (CodeShare("871190", 1.0, "joined"),)
    assert links("HS2022", "HS2017")["854149"] == (CodeShare("854140", 1.0, "joined"),)


@pytest.mark.parametrize(
    ("code", "counterpart", "estimated"),
    [
        ("880730", "880330", False),
        ("854800", "854890", False),
        ("852589", "852580", False),
        ("854149", "854140", False),
        ("854151", "854150", True),
        ("854159", "854150", True),
    ],
)
def test_codes_of_the_priority_list_new_in_2022(code: str, counterpart: str, estimated: bool) -> None:
    (way,) = links("HS2022", "HS2017")[code]
    assert (way.good, way.is_estimated) == (counterpart, estimated)


def test_a_code_of_unchanged_scope_is_not_called_estimated() -> None:
    for code in ("847130", "854231", "847150", "270900"):
        assert links("HS2017", "HS2022")[code] == (CodeShare(code, 1.0, "same"),)


def test_what_cannot_be_placed_is_listed() -> None:
    assert without_counterpart("HS2017", "HS2022") == ("300219",)
    waste = ("854921", "854929", "854931", "854939", "854991", "854999")
    assert without_counterpart("HS2022", "HS2017") == waste
    assert without_counterpart("HS2022", "HS2012") == waste
    assert without_counterpart("HS2012", "HS2017") == ()


def test_a_part_that_ends_without_counterpart_makes_the_rest_an_estimate() -> None:
    # 3002.10 of HS2012 went partly to 3002.19, which the table to HS2022 does not place.
    ways = links("HS2012", "HS2022")["300210"]
    assert sum(way.weight for way in ways) == pytest.approx(1, abs=1e-9)
    assert {way.method for way in ways} == {"correlation"}


def test_the_same_revision_is_the_identity() -> None:
    assert links("HS2017", "HS2017")["854231"] == (CodeShare("854231", 1.0, "same"),)


def test_a_revision_that_is_not_here() -> None:
    with pytest.raises(UsageError, match="HS2007"):
        links("HS2007", "HS2012")


@given(
    pair=st.sampled_from(PAIRS),
    picks=st.dictionaries(st.integers(0, 10**6), st.floats(0, 1e12), min_size=1, max_size=40),
)
def test_there_and_back_conserves_the_total(pair: tuple[str, str], picks: dict[int, float]) -> None:
    source, target = pair
    codes = subheadings("", source)
    values: Counter[str] = Counter()
    for number, value in picks.items():
        values[codes[number % len(codes)]] += value
    total = sum(values.values())
    there, lost = converted(dict(values), source, target)
    back, lost_again = converted(there, target, source)
    assert sum(back.values()) + lost + lost_again == pytest.approx(total, rel=1e-9, abs=1e-6)


def test_a_whole_nomenclature_there_and_back() -> None:
    placed = [code for code in subheadings("", "HS2022") if code in links("HS2022", "HS2017")]
    there, lost = converted(dict.fromkeys(placed, 1.0), "HS2022", "HS2017")
    back, lost_again = converted(there, "HS2017", "HS2022")
    assert (lost, lost_again) == (0.0, 0.0)
    assert sum(back.values()) == pytest.approx(len(placed), rel=1e-12)
