"""Match declared commodity codes to a goods list, in the revision in force in the year of the declaration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from stopgap.codes.commodities import REVISIONS, revision_in_force
from stopgap.codes.goods import GoodsItem, GoodsList, goods_in_revision, item_among


@dataclass(frozen=True)
class DeclaredCodes:
    """Declared codes on the list (``exposure_goods(good, year, list_good, tier)``), and counts of other lines.

    ``lines_with_short_code`` counts lines whose code is too short to tell whether the goods are on the list; ``found``
    are the list's codes that have a line in the window.
    """

    table: pa.Table
    lines_without_good: int
    lines_with_short_code: int
    lines_of_other_goods: int
    found: frozenset[str]


def match_codes(goods: GoodsList, rows: Iterable[dict[str, object]]) -> DeclaredCodes:
    """Match declared codes (rows of ``exposure_codes``) to a goods list.

    A code counts if it starts with a code of the list in the year's revision; a code that is only a prefix of a code of
    the list is too short to tell.
    """

    @cache
    def entries(revision: str) -> Mapping[str, GoodsItem]:
        if revision in REVISIONS and goods.revision in REVISIONS:
            return goods_in_revision(goods, revision)[0]
        return {item.code: item for item in goods.items}

    @cache
    def beginnings(revision: str) -> frozenset[str]:
        return frozenset(code[:end] for code in entries(revision) for end in range(2, len(code)))

    wanted: list[dict[str, object]] = []
    without, short, other = 0, 0, 0
    found: set[str] = set()
    for row in rows:
        good, lines = row["good"], int(str(row["window_lines"]))
        if good is None:
            without += lines
            continue
        code, year = str(good), int(str(row["year"]))
        revision = revision_in_force(year)
        item = item_among(entries(revision), code)
        if item is not None:
            wanted.append({"good": code, "year": year, "list_good": item.code, "tier": item.group})
            if lines:
                found.add(item.code)
        elif code in beginnings(revision):
            short += lines
        else:
            other += lines
    schema = pa.schema([("good", pa.string()), ("year", pa.int32()), ("list_good", pa.string()), ("tier", pa.string())])
    return DeclaredCodes(pa.Table.from_pylist(wanted, schema=schema), without, short, other, frozenset(found))
