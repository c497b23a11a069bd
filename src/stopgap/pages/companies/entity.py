"""Page of a listed entity: where it stands since when, its names, numbers and programmes, and each edition of its lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stopgap.api import Lake
from stopgap.base.errors import NotFoundError
from stopgap.pages.companies.query import CompanyQuery, company_tabs
from stopgap.pages.companies.relations import relations_table
from stopgap.pages.episode.query import economy_names
from stopgap.pages.site import path_of
from stopgap.pages.views import Cell, DataSource, PageContent, TableColumn, TableView
from stopgap.screening.lists.request import EntityRequest
from stopgap.screening.lists.titles import list_title, own_programmes

if TYPE_CHECKING:
    from stopgap.screening.lists.entity import ShownEntity

_NAMES = {
    "name": "name", "alias": "another name", "previous_name": "earlier name", "weak_alias": "weak alias, which alone never alerts",
}  # fmt: skip
_TERMS = (
    ("programme", "Programmes"), ("country", "Economies"), ("address", "Addresses"), ("listed_on", "Listed on"),
    ("delisted_on", "Taken off on"), ("remark", "Remarks"),
)  # fmt: skip
_WHAT = {
    "holds": "holds it", "does not hold": "does not hold it", "changes": "changes what it says of it",
    "takes off": "takes it off the list",
}  # fmt: skip


@dataclass(frozen=True)
class EntityOnList:
    """What one list says of an entity.

    Attributes:
        title: Name of the list for people.
        status: Whether it is listed, as a label.
        tag: Kind of the label.
        because: Why that is said.
        names: Its names.
        numbers: Its numbers.
        facts: Further terms and values.
        history: What each edition of the list says of it.
    """

    title: str
    status: str
    tag: str
    because: str
    names: TableView
    numbers: TableView
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    history: TableView


def entity_page(lake: Lake, entity_id: str, list_name: str | None) -> PageContent:
    """Return the page of an entity, in each list that ever held it.

    Args:
        lake: The lake.
        entity_id: Id of the entry, as its list prints it.
        list_name: Only in this list; ``None`` for all.

    Raises:
        NotFoundError: No list ever held such an entry.
    """
    found = lake.lists.entity(entity_id, EntityRequest(list=list_name))
    names = economy_names()
    name = _name(found) or entity_id
    shown = tuple(_on_list(each, place, names) for place, each in enumerate(found))
    related = _relations(lake, entity_id, found)
    query = {"list": list_name} if list_name else {}
    return PageContent(
        template="companies/entity.html",
        title=name,
        kicker=f"Entry {entity_id}",
        marking=found.marking,
        nav="/companies",
        tabs=company_tabs(""),
        values={
            "sentence": _sentence(name, found),
            "lists": shown,
            "relations": related,
            "source": DataSource(path_of("listed", entity_id), query),
            "screen": CompanyQuery(name).options,
            "entity": entity_id,
            "name": name,
        },
    )


def _name(found: Sequence[ShownEntity]) -> str:
    return next(
        (str(fact.value) for each in found for fact in each.facts if fact.property == "name" and fact.value), ""
    )


def _programmes(shown: ShownEntity) -> tuple[str, ...]:
    return tuple(str(fact.value) for fact in shown.facts if fact.property == "programme" and fact.value)


def _title(shown: ShownEntity) -> str:
    return list_title(shown.list, _programmes(shown))


def _sentence(name: str, found: Sequence[ShownEntity]) -> str:
    """Return where an entity is listed since when, in one sentence."""
    there = [each for each in found if each.in_force]
    if not there:
        unknown = [each for each in found if each.in_force is None]
        if unknown:
            return f"Whether {name} is listed cannot be told: {unknown[0].because}."
        return f"{name} is on no list now: {'; '.join(f'{_title(each)}: {each.because}' for each in found)}."
    parts = []
    for each in there:
        days = [fact.value for fact in each.facts if fact.property == "listed_on" and fact.value]
        parts.append(f"on {_title(each)} {f'since {min(days)}' if days else '(the list does not state since when)'}")
    return f"{name} is listed {'; '.join(parts)}."


def _on_list(shown: ShownEntity, place: int, names: Mapping[str, str]) -> EntityOnList:
    status, tag = {True: ("listed", "bad"), False: ("not listed", "good"), None: ("cannot be told", "warn")}[
        shown.in_force
    ]
    by: dict[str, dict[str, None]] = defaultdict(dict)
    for fact in shown.facts:
        if fact.value:
            said = (
                f"{fact.detail.replace('_', ' ')}: {fact.value}"
                if fact.property == "remark" and fact.detail
                else fact.value
            )
            by[fact.property][said] = None
    by["country"] = dict.fromkeys(f"{names.get(code, code)} ({code})" for code in by["country"])
    by["programme"] = dict.fromkeys(own_programmes(tuple(by["programme"])))
    return EntityOnList(
        title=_title(shown),
        status=status,
        tag=tag,
        because=shown.because,
        names=_names_table(shown, place),
        numbers=_numbers_table(shown, place),
        facts=tuple((term, tuple(by[name])) for name, term in _TERMS if by[name]),
        history=_history(shown, place),
    )


def _names_table(shown: ShownEntity, place: int) -> TableView:
    rows = tuple(
        (Cell(str(fact.value)), Cell(_NAMES[fact.property]), Cell(fact.receipt), Cell(fact.vintage))
        for fact in shown.facts
        if fact.property in _NAMES and fact.value
    )
    columns = (TableColumn("Name"), TableColumn("Kind"), TableColumn("Receipt"), TableColumn("Vintage"))
    return TableView(
        f"names-{place}", "Names, as the list prints them", columns, rows, empty="The list prints no name of it now."
    )


def _numbers_table(shown: ShownEntity, place: int) -> TableView:
    rows = tuple(
        (Cell(fact.detail or "id"), Cell(str(fact.value)), Cell(fact.receipt))
        for fact in shown.facts
        if fact.property == "identifier" and fact.value
    )
    columns = (TableColumn("Kind"), TableColumn("Number"), TableColumn("Receipt"))
    return TableView(
        f"numbers-{place}", "Numbers of registers", columns, rows, empty="The list prints no number of it."
    )


def _history(shown: ShownEntity, place: int) -> TableView:
    rows = tuple(
        (Cell(each.day), Cell(_WHAT.get(each.what, each.what)), Cell(each.act or "whole list"), Cell(each.vintage))
        for each in shown.history
    )
    columns = (
        TableColumn("Edition of"),
        TableColumn("What it does"),
        TableColumn("Published as"),
        TableColumn("Vintage"),
    )
    caption = "Editions of the list in this lake, the earliest first; what was published before them is not known"
    return TableView(f"history-{place}", caption, columns, rows)


def _relations(lake: Lake, entity_id: str, found: Sequence[ShownEntity]) -> tuple[tuple[str, TableView], ...]:
    """Return what each list in force says of its owners, directors and links."""
    tables: list[tuple[str, TableView]] = []
    for each in found:
        if not each.in_force:
            continue
        try:
            answer: Mapping[str, Any] = lake.matching.adjacent(entity_id, each.list, limit=100)
        except NotFoundError:
            continue
        table = relations_table(answer, each.list, len(tables))
        if table is not None:
            tables.append((_title(each), table))
    return tuple(tables)
