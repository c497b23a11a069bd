"""Names of goods lists, of their groups, and of single codes, as a page of claims prints them."""

from __future__ import annotations

from pathlib import PurePath
from types import MappingProxyType

from stopgap.briefs.formats.text import one_line, sentence_case, shorten
from stopgap.codes.commodities import describe_code
from stopgap.codes.goods import goods_names, load_goods

TIERS = MappingProxyType(
    {
        "1": "integrated circuits",
        "2": "wireless, navigation and passive electronics",
        "3.A": "electronic components",
        "3.B": "mechanical and other components",
        "4.A": "equipment to make and test electronics",
        "4.B": "CNC machine tools and parts",
    }
)
"""Tiers of the Common High Priority List, by the goods that they hold."""

_LONGEST = 64
_REVISIONS = ("HS2022", "HS2017", "HS2012")


def list_title(goods: str) -> str:
    """Title of a goods list; the file name of a list from a file."""
    if goods not in goods_names():
        return one_line(PurePath(goods).stem)
    return load_goods(goods).title.partition(":")[0]


def group_name(goods: str, group: str, *, short: bool = False) -> str:
    """Name of a group of a list: ``Tier 4.B: CNC machine tools and parts``, ``391220 Cellulose nitrates``.

    ``short`` is for use within a sentence: ``CNC machine tools and parts, tier 4.B``.
    """
    if goods.startswith("chpl-") and group in TIERS:
        return f"{TIERS[group]}, tier {group}" if short else f"Tier {group}: {TIERS[group]}"
    if len(group) == 6 and group.isdigit():
        words = _code_words(goods, group)
        return f"{words[:1].lower()}{words[1:]}, {group}" if short else f"{group} {words}".strip()
    text = one_line(group) or "no group"
    return text if short else sentence_case(text)


def _code_words(goods: str, code: str) -> str:
    found = ""
    if goods in goods_names():
        found = next((item.description for item in load_goods(goods).items if item.code == code), "")
    if not found:
        found = next((text for each in _REVISIONS if (text := describe_code(code, each))), "")
    head = one_line(found).partition(",")[0].partition(":")[0].partition(";")[0]
    return shorten(head, _LONGEST)
