"""Choose real codes of economies, goods and periods for simulated worlds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

import numpy as np

from stopgap.codes.areas import area_table, areas
from stopgap.codes.commodities import subheadings
from stopgap.codes.concordance import links
from stopgap.codes.goods import describe
from stopgap.simulate.spec import FIRST_YEAR, WorldSpec

REVISION = "HS2017"
LIST_REVISION = "HS2022"
"""HS revision assumed for a goods list in CSV; the goods chosen are identical in both revisions."""

COMTRADE_CLASSES = {REVISION: "H5", LIST_REVISION: "H6"}
CHAPTERS = ("84", "85", "87", "90", "39", "40", "72", "73", "76", "94")
OTHER_NUMBERS = {"USA": "842", "FRA": "251", "CHE": "757", "NOR": "579", "IND": "699"}
"""ISO3 -> number, for economies whose Comtrade number differs from M49."""

FISCAL = frozenset({"BGD", "IRN", "NPL", "PAK"})


@dataclass(frozen=True)
class Names:
    """Codes along each axis of a world's arrays.

    ``economies`` are ISO3 codes (the target first, then members, hubs and others), with Comtrade's ``numbers``;
    ``goods`` are six-digit HS2017 codes, listed goods first, with the nomenclature's ``descriptions``; ``periods``
    are the first days of months or years, and ``revisions`` the revision of each period's figures.
    """

    economies: tuple[str, ...]
    numbers: tuple[str, ...]
    goods: tuple[str, ...]
    descriptions: tuple[str, ...]
    periods: tuple[dt.date, ...]
    revisions: tuple[str, ...]


@cache
def _economies() -> tuple[tuple[str, str], ...]:
    """Return today's economies that have a Comtrade number of their own, as (ISO3, number)."""
    table = area_table("comtrade")
    meant = dict(zip(table["value"].to_pylist(), table["code"].to_pylist(), strict=True))
    found = []
    for area in areas().values():
        number = OTHER_NUMBERS.get(area.code, str(area.m49))
        is_today = area.exit_year is None and (area.entry_year or 0) <= FIRST_YEAR
        if area.kind == "economy" and is_today and meant.get(number) == area.code and area.code not in FISCAL:
            found.append((area.code, number))
    return tuple(found)


@cache
def _goods() -> tuple[str, ...]:
    """Return the HS6 codes that are identical in both revisions, chapter by chapter."""
    later, earlier = links(REVISION, LIST_REVISION), links(LIST_REVISION, REVISION)

    def is_same(good: str) -> bool:
        return all([link.good for link in step.get(good, ())] == [good] for step in (later, earlier))

    return tuple(good for chapter in CHAPTERS for good in subheadings(chapter, REVISION) if is_same(good))


@cache
def _new_goods() -> tuple[str, ...]:
    """Return the HS6 codes that exist only in the later revision, chapter by chapter."""
    known = {good for chapter in CHAPTERS for good in subheadings(chapter, REVISION)}
    return tuple(good for chapter in CHAPTERS for good in subheadings(chapter, LIST_REVISION) if good not in known)


def choose_names(spec: WorldSpec, rng: np.random.Generator, later: np.random.Generator) -> Names:
    """Draw economies and goods at random; an economy's role in the simulation implies nothing about the real one.

    ``later`` draws the goods that exist only in the later revision, if the world has any; they are the last ones.
    """
    known, goods = _economies(), _goods()
    picked = rng.choice(len(known), size=spec.economies, replace=False)
    # Ordinary goods come from the same chapters, so that a reporter of one has reported the other.
    chosen = rng.choice(len(goods), size=spec.goods, replace=False)
    chosen_goods = tuple(goods[place] for place in chosen)
    if spec.new_ordinary:
        added = later.choice(_new_goods(), size=spec.new_ordinary, replace=False)
        chosen_goods = (*chosen_goods[: -spec.new_ordinary], *map(str, added))
    return Names(
        economies=tuple(known[place][0] for place in picked),
        numbers=tuple(known[place][1] for place in picked),
        goods=chosen_goods,
        descriptions=tuple(describe(good, REVISION) or describe(good, LIST_REVISION) or "" for good in chosen_goods),
        periods=tuple(
            dt.date(spec.first_year + month // 12, month % 12 + 1, 1)
            for month in range(0, spec.periods * spec.step, spec.step)
        ),
        revisions=tuple(
            LIST_REVISION if period >= spec.revision_change else REVISION for period in range(spec.periods)
        ),
    )
