"""Find goods in a text, and the family that each belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from stopgap.claims.claim import GoodsGroup
from stopgap_drafting.lexicon.patterns import lowered, pattern
from stopgap_drafting.lexicon.word_lists import alternatives, grouped, table

_TERMS = tuple((GoodsGroup(group), alternatives(rows)) for group, rows in grouped(table("goods"), "group"))
"""Of each group; longer phrases stand before shorter ones in ``goods.csv``, and a phrase may carry an adjective before it."""

_ALL = pattern(rf"\b(?:{'|'.join(f'(?P<g{k}>{lowered(terms)})' for k, (_, terms) in enumerate(_TERMS))})\b", 0)


@dataclass(frozen=True)
class GoodsTerm:
    """Goods named in a text.

    Attributes:
        group: Family.
        start: First character.
        end: One past the last.
        phrase: As in the text, runs of blanks made one.
    """

    group: GoodsGroup
    start: int
    end: int
    phrase: str


def find_goods(text: str) -> list[GoodsTerm]:
    """Goods named in a text, in order of place; none inside another."""
    out = []
    for found in _ALL.finditer(lowered(text)):
        group = next(_TERMS[int(name[1:])][0] for name, value in found.groupdict().items() if value)
        phrase = " ".join(text[found.start() : found.end()].split())
        out.append(GoodsTerm(group, found.start(), found.end(), phrase))
    return out
