"""Words for each direction of suspended trade (suppliers sell, buyers buy), and names of economies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stopgap.base.vocab import Direction
from stopgap.briefs.formats.text import one_line


@dataclass(frozen=True)
class DirectionWords:
    """Words for one direction of trade, such as ``supplier`` and ``sold``."""

    actor: str
    actors: str
    traded: str
    trade: str
    filled: str
    not_filled: str
    took: str
    preposition: str
    backfilled: str
    places: str


_WORDS = {
    Direction.EXPORTS_TO_TARGET.value: DirectionWords(
        actor="supplier",
        actors="suppliers",
        traded="sold",
        trade="sales",
        filled="filled",
        not_filled="not filled",
        took="filled",
        preposition="to",
        backfilled="backfilled",
        places="destinations",
    ),
    Direction.IMPORTS_FROM_TARGET.value: DirectionWords(
        actor="buyer",
        actors="buyers",
        traded="bought",
        trade="purchases",
        filled="taken up",
        not_filled="not taken up",
        took="took up",
        preposition="from",
        backfilled="took up",
        places="origins",
    ),
}


def words_for(direction: str) -> DirectionWords:
    """Words for `direction` (``exports-to-target`` or ``imports-from-target``)."""
    return _WORDS[Direction(direction).value]


def name_of(code: str, names: Mapping[str, str]) -> str:
    """Short English name of an economy; its code where there is none."""
    return one_line(names.get(code, code)) or code
