"""Goods of a claim in words: its own, its family's, or the name of a list, without the folder of a list's file."""

from __future__ import annotations

import pytest

from stopgap.briefs.claims.words import goods_phrase
from stopgap.claims.claim import NamedGoods


@pytest.mark.parametrize(
    ("name", "phrase", "said"),
    [
        ("optical", None, "optical goods"),
        ("optical", "gun sights", "gun sights"),
        ("machine-tools", None, "machine tools"),
        ("/home/ann/lists/our-goods.csv", None, "our goods"),
        ("lists/ours.yml", None, "ours"),
        ("ours.csv", None, "ours"),
        ("chpl-2024-02", None, "chpl 2024 02"),
    ],
)
def test_goods_in_words(name: str, phrase: str | None, said: str) -> None:
    assert goods_phrase(NamedGoods(name=name, phrase=phrase)) == said
