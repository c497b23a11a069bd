"""Examples of Explore, built from what the lake holds for the person who looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from stopgap.api import Lake
from stopgap.base.errors import StopgapError
from stopgap.base.marking import CLEAR, Marking
from stopgap.base.sql import listed
from stopgap.codes.areas import areas
from stopgap.codes.commodities import BASKET, TOTAL, describe_code
from stopgap.codes.goods import load_goods
from stopgap.pages.episode.size import is_large
from stopgap.pages.explore.query import ExploreQuery
from stopgap.pages.views import PageContent
from stopgap.panel.episodes import episode_names, load_episode

MOST = 3

_LARGEST = """
    SELECT flow, frequency, revision, reporter, partner, good, sum(value_usd) AS value_usd
    FROM trade
    WHERE {where}
    GROUP BY ALL HAVING sum(value_usd) > 0 AND max(period) > min(period) ORDER BY value_usd DESC LIMIT 2000
"""


@dataclass(frozen=True)
class ExploreExample:
    """One example: what it shows, and its options."""

    title: str
    query: ExploreQuery


def examples_part(lake: Lake) -> PageContent:
    """Return up to three examples as a part of the empty page; without figures, how to import some."""
    rows: list[dict[str, Any]] = []
    marking: Marking | None = None
    try:
        for where in (f"partner IN ({listed(_targets())})", *([] if is_large(lake) else ["true"])):
            found = lake.query(_LARGEST.format(where=where))
            rows, marking = found.arrow.to_pylist(), found.marking
            if rows:
                break
    except StopgapError as error:
        marking = error.marking if isinstance(error.marking, Marking) else CLEAR
    return PageContent("explore/examples.html", "Examples", {"examples": examples_of(rows)}, marking)


@cache
def _targets() -> tuple[str, ...]:
    """Return the targets of the built-in episodes: rows of one partner are found at once, however many there are."""
    return tuple(sorted({load_episode(name).target for name in episode_names()}))


def examples_of(rows: Sequence[Mapping[str, Any]]) -> list[ExploreExample]:
    """Return examples from the largest flows of a lake: one flow, several economies compared, both reports of one flow."""
    return list(
        _examples([row for row in rows if row["reporter"] in areas() and row["partner"] in areas() and goods_text(row)])
    )[:MOST]


def _examples(rows: Sequence[Mapping[str, Any]]) -> Iterator[ExploreExample]:
    targets = _targets()
    exports = [row for row in rows if row["flow"] == "X"]
    exports.sort(key=lambda row: (row["partner"] not in targets, -row["value_usd"]))
    if not exports:
        return
    first = exports[0]
    yield ExploreExample(f"{_pair([first])}, {_said(first)}", _query([first]))
    for row in exports:
        alike = [each for each in exports if _same(each, row)]
        rivals = list({each["reporter"]: each for each in alike}.values())[:4]
        if len(rivals) > 1:
            yield ExploreExample(f"{_pair(rivals)} compared, {_said(row)}, index", _query(rivals, shows="index"))
            break
    mirrored = {(row["partner"], row["reporter"]) for row in rows if row["flow"] == "M"}
    both = next((row for row in exports if (row["reporter"], row["partner"]) in mirrored), None)
    if both is not None:
        yield ExploreExample(f"{_pair([both])}, {_said(both)}: both reports", _query([both], both=True))
    yield ExploreExample(f"{_pair([first])}, {_said(first)}: growth", _query([first], shows="growth"))
    if len(exports) > 1:
        yield ExploreExample(f"{_pair([exports[1]])}, {_said(exports[1])}, log axis", _query([exports[1]], axis="log"))


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one[name] == other[name] for name in ("partner", "good", "frequency", "revision"))


def _pair(rows: Sequence[Mapping[str, Any]]) -> str:
    reporters = [areas()[row["reporter"]].name for row in rows]
    return f"{', '.join(reporters)} to {areas()[rows[0]['partner']].name}"


def _said(row: Mapping[str, Any]) -> str:
    text = goods_text(row)
    if text == TOTAL:
        return "all goods"
    if str(row["good"]).startswith(BASKET):
        return load_goods(text).title
    return f"HS {text.rpartition(':')[2].replace(',', ' and ')}"


def goods_text(row: Mapping[str, Any]) -> str:
    """Return the goods of a row as the field takes them; empty for those that it does not."""
    good = str(row["good"])
    if good == TOTAL:
        return TOTAL
    if good.startswith(BASKET):
        return good.removeprefix(BASKET)
    codes = good.split("+")
    if not all(code.isascii() and code.isdigit() and len(code) in (2, 4, 6) for code in codes):
        return ""
    revision = str(row["revision"])
    is_known = revision in ("HS2012", "HS2017", "HS2022") and all(describe_code(code, revision) for code in codes)
    return f"{revision}:{','.join(codes)}" if is_known and len(codes[0]) == 6 else ",".join(codes)


def _query(rows: Sequence[Mapping[str, Any]], **more: Any) -> ExploreQuery:
    by = "month" if rows[0]["frequency"] == "M" and "shows" not in more else "year"
    return ExploreQuery(
        ",".join(row["reporter"] for row in rows), rows[0]["partner"], goods_text(rows[0]), by=by, **more
    )
