"""Pages of goods: all lists with search by words and codes, one list, and what is near a name that none has."""

from __future__ import annotations

from collections.abc import Mapping

from stopgap.codes.commodities import REVISIONS, TOTAL
from stopgap.codes.goods import GoodsItem, GoodsList, load_goods
from stopgap.codes.goods_search import FoundCode, near_lists, near_words, other_names, search_codes, search_lists
from stopgap.pages.explore.query import EXPLORE, ExploreQuery
from stopgap.pages.site import QueryValue, path_of
from stopgap.pages.views import Cell, DataSource, PageContent, TableColumn, TableView
from stopgap.panel.episodes import Episode, episode_names, load_episode

GOODS = "/goods"
LISTS_SHOWN = 4
"""Lists that are named beside a code; the others are counted."""


def goods_page(text: str) -> PageContent:
    """Return the page of all lists; with a text what it finds among lists and codes."""
    lists = search_lists(text)
    codes, total = search_codes(text)
    values = {
        "asked": text, "lists": lists_table(lists), "count": len(lists), "goods": GOODS,
        "codes": codes_table(codes, total) if text.strip() else None,
        "words": near_words(text) if text.strip() else [],
    }  # fmt: skip
    return PageContent("goods/lists.html", "Goods", values, nav=GOODS)


def unknown_goods_page(name: str) -> PageContent:
    """Return the page for a name that no list has: the nearest names, and codes whose descriptions hold it."""
    codes, total = search_codes(name)
    near = tuple(load_goods(each) for each in near_lists(name))
    values = {
        "asked": name[:80],
        "words": near_words(name),
        "near": lists_table(near) if near else None,
        "codes": codes_table(codes, total) if codes else None,
        "goods": GOODS,
    }
    return PageContent("goods/unknown.html", "No such goods list", values, nav=GOODS)


def goods_list_page(name: str) -> PageContent:
    """Return the page of one list, by name or as codes.

    Raises:
        NotFoundError: No list has the name.
        GoodsError: A code is unknown.
    """
    goods = load_goods("all-goods" if name.strip().upper() == TOTAL else name)
    used = tuple(
        (episode.title, path_of("episodes", episode.name, "goods"), {"goods": given})
        for episode, given in _episodes_with(goods)
    )
    given = goods.name if goods.version != "codes" else name
    others = tuple(
        (each.title, path_of("episodes", each.name), {"goods": given}) for each in map(load_episode, episode_names())
    )
    values = {
        "others": others, "list": goods, "also": other_names().get(goods.name, ()), "used": used, "goods": GOODS,
        "explore": EXPLORE, "explore_query": explore_options(given),
        "groups": group_tables(goods), "unstable": unstable_table(goods), "source": DataSource(f"/goods/{name}"),
    }  # fmt: skip
    return PageContent(
        "goods/list.html", goods.title, values, nav=GOODS, kicker="Goods list" if goods.version != "codes" else "Codes"
    )


def _episodes_with(goods: GoodsList) -> list[tuple[Episode, str]]:
    names = {goods.name, *other_names().get(goods.name, ())}
    found = []
    for episode in map(load_episode, episode_names()):
        given = next((each for each in episode.goods if each in names), None)
        if given:
            found.append((episode, given))
    return found


def explore_options(text: str) -> Mapping[str, QueryValue]:
    """Return the options of Explore with these goods; who trades is left to the reader."""
    return ExploreQuery(goods=text).options


def lists_table(lists: tuple[GoodsList, ...]) -> TableView:
    """Return one row a list."""
    columns = (
        TableColumn("List"), TableColumn("Codes", "number"), TableColumn("Groups", "number"), TableColumn("Revision"),
        TableColumn("Version"), TableColumn("Name"),
    )  # fmt: skip
    rows = tuple(
        (
            Cell(goods.title, path_of("goods", goods.name)), Cell(f"{len(goods.items):,}"), Cell(str(len({item.group for item in goods.items} - {""}) or "none")),
            Cell(goods.revision), Cell(goods.version), Cell(", ".join([goods.name, *other_names().get(goods.name, ())])),
        )
        for goods in lists
    )  # fmt: skip
    return TableView(
        "lists",
        "Goods lists",
        columns,
        rows,
        source=DataSource("/goods"),
        empty="No list holds these words. The codes below may.",
    )


def codes_table(codes: tuple[FoundCode, ...], total: int) -> TableView:
    """Return one row a code, with the lists that cover it and what to do with it."""
    columns = (TableColumn("Code"), TableColumn("Description"), TableColumn("Revisions"), TableColumn("In lists"))
    rows = tuple(
        (
            Cell(code.code, path_of("goods", code.text)), Cell(code.description),
            Cell(revision_words(code.revisions)), Cell(_named(code.lists)) if code.lists else Cell("", missing="in none"),
        )
        for code in codes
    )  # fmt: skip
    return TableView(
        "codes",
        "Codes of the Harmonised System",
        columns,
        rows,
        total=total,
        empty="No code begins with these digits, and no description holds these words.",
    )


def revision_words(revisions: tuple[str, ...]) -> str:
    """Return the years of revisions: ``2012–2022`` for all, else each."""
    years = [revision.removeprefix("HS") for revision in revisions]
    return f"{years[0]}–{years[-1]}" if len(years) == len(REVISIONS) else ", ".join(years)


def _named(lists: tuple[str, ...]) -> str:
    more = len(lists) - LISTS_SHOWN
    return ", ".join(lists[:LISTS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def group_tables(goods: GoodsList) -> tuple[tuple[str, TableView], ...]:
    """Return each group of a list with its codes, each of which leads to Explore."""
    groups: dict[str, list[GoodsItem]] = {}
    for item in goods.items:
        groups.setdefault(item.group, []).append(item)
    columns = (TableColumn("Code"), TableColumn("Description"))
    found = []
    for number, (group, items) in enumerate(groups.items()):
        name = group_name(group, goods)
        rows = tuple(
            (Cell(item.code, EXPLORE, explore_options(code_text(item.code, goods))), Cell(item.description))
            for item in items
        )
        found.append(
            (
                f"{name}: {len(items)} code{'s' if len(items) != 1 else ''}",
                TableView(f"group-{number}", f"Codes of {name}", columns, rows),
            )
        )
    return tuple(found)


def code_text(code: str, goods: GoodsList) -> str:
    """Return a code of a list as a field of goods takes it: with its revision where that is not the newest."""
    return code if goods.revision == REVISIONS[-1] or len(code) < 6 else f"{goods.revision}:{code[:6]}"


def unstable_table(goods: GoodsList) -> TableView | None:
    """Return the codes whose content moved between revisions; ``None`` without any."""
    if not goods.unstable:
        return None
    columns = (TableColumn("Code"), TableColumn("From"), TableColumn("To"), TableColumn("What moved"))
    rows = tuple(
        (Cell(each.code), Cell(each.from_revision), Cell(each.to_revision), Cell(each.reason))
        for each in goods.unstable
    )
    return TableView("unstable", "Codes whose content moved: figures before and after do not compare", columns, rows)


def group_name(name: str, goods: GoodsList) -> str:
    """Return the name of a group as it is shown: ``Tier 3.A``, ``Group 2``, ``Lasers``."""
    if not name:
        return "the list"
    if not name[0].isdigit():
        return name[:1].upper() + name[1:]
    return f"Tier {name}" if "tier" in f"{goods.note} {goods.source}".lower() else f"Group {name}"
