"""Pages of goods: lists, one list, codes, and names that none has."""

from __future__ import annotations

import pytest

from stopgap.codes.goods import load_goods
from stopgap.pages.goods.page import goods_list_page, goods_page, unknown_goods_page


def test_a_list_shows_its_version_hash_and_every_code_once() -> None:
    content = goods_list_page("chpl-2024-02")
    goods = load_goods("chpl-2024-02")
    assert content.values["list"].sha256 == goods.sha256
    codes = [row[0].text for _, table in content.values["groups"] for row in table.rows]
    assert codes == list(goods.codes)
    assert content.values["groups"][0][0] == "Tier 1: 4 codes"
    assert content.values["used"][0][1] == "/episodes/russia-2022/goods"


def test_codes_of_an_older_revision_lead_to_explore_with_it() -> None:
    [(_, table), *_] = goods_list_page("chips").values["groups"]
    assert table.rows[0][0].query["goods"].startswith("HS2012:")


@pytest.mark.parametrize(("asked", "near"), [("optics", "optical"), ("machine-tool", "machine-tools-broad")])
def test_an_unknown_name_shows_what_is_near(asked: str, near: str) -> None:
    found = unknown_goods_page(asked).values["near"]
    assert any(near in row[-1].text for row in found.rows)


def test_words_that_nothing_has_are_answered_with_words_near_in_spelling() -> None:
    values = goods_page("lazers").values
    assert values["count"] == 0
    assert "laser" in values["words"]
    assert values["codes"].rows == ()
