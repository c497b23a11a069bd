"""Codes written in place of a goods list: their revision, their name, and what is refused."""

from __future__ import annotations

import pytest

from stopgap.base.errors import GoodsError, NotFoundError
from stopgap.codes.code_text import MOST_CODES, is_code_text, joined_codes
from stopgap.codes.commodities import subheadings
from stopgap.codes.goods import goods_in_revision, load_goods


@pytest.mark.parametrize(
    "text", ["8542", "8542,845710", " 85, 8542 ,", "HS2017:854231", "hs2022-8542-845710", "1", "85423190"]
)
def test_digits_are_codes(text: str) -> None:
    assert is_code_text(text)


@pytest.mark.parametrize(
    "text", ["chips", "chips.csv", "./8542", "84+85", "TOTAL", "8542;8543", "hs2022", "8542-8543", ""]
)
def test_anything_else_is_a_name_or_a_file(text: str) -> None:
    assert not is_code_text(text)


def test_codes_are_a_list_named_by_revision_and_codes() -> None:
    goods = load_goods("845710, 8542")
    assert (goods.name, goods.revision, goods.codes) == ("hs2022-845710-8542", "HS2022", ("845710", "8542"))
    assert goods.items[1].description.startswith("Electronic integrated circuits")
    assert goods.version_id == f"codes+{goods.sha256[:12]}"


def test_the_order_does_not_matter_and_the_name_loads_the_same_list() -> None:
    goods = load_goods("8542,845710")
    assert load_goods("845710,8542") == goods == load_goods(goods.name)
    assert load_goods("8542").sha256 != goods.sha256


def test_chapters_headings_and_cn8_are_codes_too() -> None:
    assert load_goods("85,8542,854231,85423190").codes == ("85", "8542", "854231", "85423190")


def test_a_code_of_an_older_revision_takes_that_revision_and_says_so() -> None:
    # HS2022 split 8806 (drones) out of 8802, and moved 880330 to 880730
    goods = load_goods("880330,8542")
    assert goods.revision == "HS2017"
    assert goods.note == "880330: not in HS2022, so the codes are read in HS2017"
    assert load_goods("HS2017:880330").note == ""
    assert "880730" in goods_in_revision(goods, "HS2022")[0]


def test_codes_that_no_revision_has_together_are_refused_with_the_revisions_of_each() -> None:
    with pytest.raises(GoodsError, match="no HS revision has all") as caught:
        load_goods("880330,880621")
    assert "880330: HS2012, HS2017; 880621: HS2022" in str(caught.value.fix)


def test_a_stated_revision_without_the_code_names_those_that_have_it() -> None:
    with pytest.raises(GoodsError, match="880621 is not a code of HS2017") as caught:
        load_goods("HS2017:880621")
    assert "HS2022:880621" in str(caught.value.fix)


def test_an_unknown_code_names_the_nearest() -> None:
    with pytest.raises(GoodsError, match="854240 is not a code") as caught:
        load_goods("854240")
    assert "854239" in str(caught.value.fix)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("854", "lost a leading zero"),
        ("854231901", "is too long"),
        ("8542,8542", "stands twice"),
        ("HS1850:85", "not an HS revision"),
    ],
)
def test_what_is_not_a_code_is_refused(text: str, words: str) -> None:
    with pytest.raises(GoodsError, match=words):
        load_goods(text)


def test_many_codes_belong_in_a_file() -> None:
    codes = subheadings("85", "HS2022")
    assert len(load_goods(",".join(codes[:MOST_CODES])).items) == MOST_CODES
    with pytest.raises(GoodsError, match="21 codes, and 20 may"):
        load_goods(",".join(codes[: MOST_CODES + 1]))


def test_lists_of_codes_are_joined() -> None:
    assert joined_codes(["8542", "845710"]) == "8542,845710"
    assert joined_codes("chips") == "chips"
    assert joined_codes(None) is None


def test_names_still_find_lists() -> None:
    assert load_goods("chips").name == "chips"
    with pytest.raises(NotFoundError):
        load_goods("chipz")
