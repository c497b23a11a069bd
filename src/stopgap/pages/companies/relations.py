"""Owners, directors and links that a list states of an entity, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stopgap.pages.site import path_of
from stopgap.pages.views import Cell, TableColumn, TableView

_SAID = {
    "ownershipOwner": "owns", "ownershipAsset": "is owned by", "directorshipDirector": "directs",
    "directorshipOrganization": "is directed by", "unknownLinkFrom": "is linked to", "unknownLinkTo": "is linked to",
}  # fmt: skip
_ENDS = ("owner", "asset", "director", "organization", "subject", "object")


def relations_table(answer: Mapping[str, Any], list_name: str, place: int) -> TableView | None:
    """Return what stands adjacent to an entity as a table; ``None`` where the list states nothing.

    Args:
        answer: As :meth:`stopgap.api.matching.Matching.adjacent` returns it.
        list_name: The list.
        place: Number of the table on the page.
    """
    rows = []
    more = 0
    for name, found in answer["adjacent"].items():
        more += found["total"]["value"] - len(found["results"])
        rows += [_row(name, each, list_name) for each in found["results"]]
    if not rows:
        return None
    columns = (TableColumn("It"), TableColumn("Whom"), TableColumn("Particulars"))
    return TableView(
        f"relations-{place}",
        "Owners, directors and links that the list states",
        columns,
        tuple(rows),
        total=len(rows) + more,
    )


def _row(name: str, link: Mapping[str, Any], list_name: str) -> tuple[Cell, ...]:
    properties = link["properties"]
    other = next((properties[end][0] for end in _ENDS if end in properties), None)
    details = "; ".join(
        f"{key}: {', '.join(map(str, values))}" for key, values in properties.items() if key not in _ENDS
    )
    particulars = Cell(details) if details else Cell("", missing="none stated")
    said = Cell(_SAID.get(name, name))
    if isinstance(other, Mapping):
        page = path_of("companies", str(other["id"]))
        return said, Cell(str(other["caption"]), page, {"list": list_name}), particulars
    return said, Cell(str(other)) if other else Cell("", missing="not stated"), particulars
