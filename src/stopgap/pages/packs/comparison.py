"""Where the figures of two packs differ, and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stopgap.api import Lake
from stopgap.evidence.compare.numbers import said
from stopgap.evidence.compare.results import Comparison
from stopgap.lake.partner_evidence import ReceivedPack
from stopgap.pages.packs.listed import pack_tabs
from stopgap.pages.views import Cell, PageContent, TableColumn, TableView

MOST_NUMBERS = 200


def compare_page(lake: Lake, *, may_make: bool, one: str | None = None) -> PageContent:
    """Return the form on which two packs are dragged or chosen.

    Args:
        lake: The lake.
        may_make: Whether the person may make packs.
        one: SHA-256 of a received pack that is chosen.
    """
    packs: Sequence[ReceivedPack] = lake.packs.received()
    return PageContent(
        template="packs/compare.html",
        title="Compare two packs",
        kicker="Both are verified first; nothing is kept",
        marking=getattr(packs, "marking", None),
        nav="/packs",
        tabs=pack_tabs("/packs/compare", may_make=may_make),
        values={
            "received": tuple((pack.sha256, f"{pack.name} ({pack.called or pack.origin})") for pack in packs),
            "one": one or "",
        },
    )


def comparison_page(lake: Lake, one: str | Path, other: str | Path) -> PageContent:
    """Return the comparison of two packs.

    Args:
        lake: The lake.
        one: A file, or the SHA-256 of a received pack.
        other: Likewise.

    Raises:
        RefusedError: A check does not hold.
        InputError: A file is no pack, or a stored pack is damaged.
        NotFoundError: There is no such received pack.
    """
    found = lake.packs.compare(one, other)
    compared = sum(pair.compared for pair in found.pairs)
    differ = sum(len(pair.numbers) for pair in found.pairs)
    if found.same_bytes:
        title = "They are the same pack, byte for byte"
    elif found.agrees:
        title = f"Both say the same: all {compared:,} numbers agree"
    else:
        title = f"{differ:,} of {compared:,} numbers differ"
    return PageContent(
        template="packs/compared.html",
        title=title,
        marking=found.marking,
        nav="/packs",
        values={
            "packs": (("ONE", found.one), ("OTHER", found.other)),
            "lines": tuple((line.startswith("  "), line.strip()) for line in found.lines()[2:]),
            "numbers": _numbers(found),
            "same": found.same_bytes,
        },
    )


def _numbers(found: Comparison) -> TableView:
    columns = (
        TableColumn("Number"), TableColumn("Goods"), TableColumn("ONE", "number"), TableColumn("OTHER", "number"),
        TableColumn("Difference", "number"), TableColumn("Causes"),
    )  # fmt: skip
    rows = []
    for pair in found.pairs:
        causes = ", ".join(cause.name for cause in pair.causes)
        for each in pair.numbers:
            relative = "" if each.relative is None else f"{each.relative:+.1%}".replace("-", "−")
            cells = [
                Cell("", missing="not in it") if value is None else Cell(said(value, each.unit))
                for value in (each.one, each.other)
            ]
            rows.append((Cell(each.path), Cell(pair.named["goods"]), *cells, Cell(relative), Cell(causes)))
    return TableView(
        "numbers", "Numbers that differ, with their units", columns, tuple(rows[:MOST_NUMBERS]), total=len(rows),
        empty="No number differs.",
    )  # fmt: skip
