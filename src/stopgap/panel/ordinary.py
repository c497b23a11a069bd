"""Ordinary goods: traded at the level measured, and sanctioned by none of the episode's lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from stopgap.codes.commodities import BENEATH_HS6, is_composite, level_of
from stopgap.codes.goods import GoodsList
from stopgap.panel.basis import Basis, CodeMatch, Matcher


def ordinary_matches(
    codes: Sequence[tuple[str, str, str]], basis: Basis, lists: Iterable[GoodsList]
) -> tuple[CodeMatch, ...]:
    """How codes that no list names count towards goods of the panel's level and revision.

    Args:
        codes: (source, revision, good) of everything traded in the span.
        basis: What the sanctioned goods are measured at.
        lists: Every list whose goods are no control: the episode's, and those it sets beside them.

    Returns:
        Matches; none at composite level, where a published sum has no counterpart that is
        known to be untouched. A code that a list names in part is left out.
    """
    if basis.level == "composite":
        return ()
    is_hs6 = basis.level == "HS6"
    matchers = [Matcher(goods, basis.revision if is_hs6 else goods.revision) for goods in lists]
    six_digit = {source for source, _, good in codes if level_of(good) == "HS6"}
    found: dict[tuple[str, str, str, str], CodeMatch] = {}
    for source, revision, good in codes:
        if is_composite(good) or not good.isdigit():
            continue
        level = level_of(good)
        if level in BENEATH_HS6:
            if not is_hs6 or source in six_digit:
                continue
        elif level != basis.level:
            continue
        links = matchers[0].convert(good[:6], revision) if is_hs6 else None
        targets = [(link.good, link.weight, link.is_estimated) for link in links or ()]
        if not is_hs6:
            targets = [(good, 1.0, False)]
        named = [good, *(target for target, _, _ in targets)]
        if any(matcher.entry(code) or _names_part(matcher, code) for matcher in matchers for code in named):
            continue
        for target, weight, is_estimated in targets:
            if target not in basis.items:
                key = (source, revision, good, target)
                found[key] = CodeMatch(*key, weight, is_estimated)
    return tuple(found.values())


def _names_part(matcher: Matcher, code: str) -> bool:
    """Whether the list names a part of the code (a subheading of a heading)."""
    return any(entry.startswith(code) for entry in matcher.entries)


def world_wanted_table(sanctioned: Iterable[CodeMatch], ordinary: Iterable[CodeMatch]) -> pa.Table:
    """``world_wanted(source, revision, good, panel_good, weight, is_estimated, is_sanctioned)``."""
    schema = pa.schema(
        [(name, pa.string()) for name in ("source", "revision", "good", "panel_good")]
        + [("weight", pa.float64()), ("is_estimated", pa.bool_()), ("is_sanctioned", pa.bool_())]
    )
    rows = [
        {**vars(match), "is_sanctioned": is_sanctioned}
        for matches, is_sanctioned in ((sanctioned, True), (ordinary, False))
        for match in matches
    ]
    return pa.Table.from_pylist(rows, schema=schema)
