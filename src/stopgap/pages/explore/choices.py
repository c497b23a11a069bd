"""Values that the fields of Explore complete: economies and groups, goods lists and chapters."""

from __future__ import annotations

from functools import cache

from stopgap.codes.areas import areas
from stopgap.codes.commodities import REVISIONS, describe_code
from stopgap.codes.goods import goods_names, load_goods
from stopgap.codes.groups import group_names

Choices = tuple[tuple[str, str], ...]
"""Values, each with what it is."""


@cache
def economy_choices() -> Choices:
    """Return groups and today's economies by code, with their names."""
    groups = tuple((name, "group") for name in group_names())
    return groups + tuple(
        (area.code, area.name) for area in areas().values() if area.exit_year is None and area.kind == "economy"
    )


@cache
def goods_choices() -> Choices:
    """Return all goods, the lists of the package by name, and the chapters of the newest revision."""
    lists = tuple((name, load_goods(name).title) for name in goods_names())
    chapters = ((f"{number:02d}", describe_code(f"{number:02d}", REVISIONS[-1])) for number in range(1, 98))
    return (("TOTAL", "all goods"), *lists, *((code, text) for code, text in chapters if text))
