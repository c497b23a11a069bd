"""Search of goods lists and of the HS nomenclature by words and by digits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stopgap.codes.commodities import describe_code
from stopgap.codes.goods import goods_names, load_goods
from stopgap.codes.goods_search import near_words, other_names, packaged_lists, search_codes, search_lists


def test_a_heading_stands_before_its_subheadings_and_before_what_mentions_it() -> None:
    codes, total = search_codes("integrated circuits")
    assert [each.code for each in codes[:3]] == ["8542", "854231", "854232"]
    assert total == len(codes)
    assert "chips" in codes[1].lists


def test_digits_find_the_codes_that_begin_with_them() -> None:
    codes, total = search_codes("8542", most=2)
    assert [each.code for each in codes] == ["8542", "854231"]
    assert total == 6
    assert {each.name for each in search_lists("854231")} >= {"chips", "chpl-2024-02", "machinery-electronics"}


def test_words_are_found_at_their_beginning_alone() -> None:
    assert search_codes("lazers") == ((), 0)
    assert "laser" in near_words("lazers")
    assert search_codes("LÁSERS")[1] == search_codes("laser")[1] > 0


def test_a_code_that_the_newest_revision_lacks_is_written_with_its_own() -> None:
    found = {each.text for each in search_codes("852580")[0]}
    assert found == {"HS2017:852580"}
    assert describe_code("852580", "HS2017")


def test_each_list_stands_once_and_other_names_lead_to_it() -> None:
    assert {each.name for each in search_lists("")} == set(packaged_lists())
    aliases = {name for names in other_names().values() for name in names}
    assert aliases | set(packaged_lists()) == set(goods_names())
    assert all(load_goods(name).name == listed for listed, names in other_names().items() for name in names)


@given(st.text(max_size=40))
def test_any_text_is_answered(text: str) -> None:
    codes, total = search_codes(text, most=5)
    assert len(codes) == min(total, 5)
    assert all(each.revisions for each in codes)
