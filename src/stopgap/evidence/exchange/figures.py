"""All numbers of a pack as one list, each with its goods list, windows, valuation and vintage.

Numbers that the pack recorded for an item (``numbers/``) are exported unchanged, with statement and denominator. For
other items every number of the document is exported, named by its path in the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from stopgap.base.marking import Marking
from stopgap.evidence.exchange.texts import dict_of, is_number, list_of, text_of
from stopgap.evidence.packs.documents import ItemEntry
from stopgap.evidence.packs.view import PackView

KINDS = ("finding", "extract", "exposure", "verdict", "alert")
"""Kinds of items that contain numbers."""

DENOMINATORS = {
    "loss_share": "baseline_usd",
    "share_of_loss": "suspended.loss_usd",
    "gross_ratio": "suspended.loss_usd",
    "net_ratio": "suspended.loss_usd",
    "share_of_baseline_reported": "baseline trade of all that reported the baseline",
    "share_through_hubs": "value_usd of which the route is known",
    "ratio": "expected_usd",
    "share": "value_usd of all lines of the window",
}
"""Name of a ratio -> its denominator: another figure of the same object or of the finding, or a description."""

_NAMED_BY = ("supplier", "hub", "good", "group", "company", "party", "id", "economy", "destination", "month")
_BESIDE = frozenset({"queries", "warnings", "windows", "marking", "as_of", "vintage", "decisions"})
_COUNTS = ("members", "goods_listed", "goods_found", "lines", "lines_without_value", "history_months", "rank")


@dataclass(frozen=True)
class ExportedNumber:
    """One number of an item, with its unit, denominator, goods list, windows and other context.

    ``name`` is its path in the document (``suspended.loss_usd``, ``suppliers.CHN.share_of_loss``). ``value`` is
    ``None``, never 0, where the document has no value. ``unit``: ``USD per year``, ``USD``, ``ratio``,
    ``index, 0 to 1``, ``probability``, ``count``, or empty where unknown. ``denominator`` is, for a ratio, the name of
    another number (its value in ``denominator_value``) or a description in words; otherwise empty. ``coverage`` is the
    share of baseline trade whose reporters also report after, 0 to 1, ``None`` where unknown. ``sql`` is the statement
    that computes the number; empty where a model computes it, or no statement is recorded.
    """

    item: str
    name: str
    value: float | int | None
    unit: str
    denominator: str
    denominator_value: float | int | None
    goods: str
    route: str
    windows: str
    valuation: str
    vintage: str
    coverage: float | None
    marking: Marking
    sql: str


def numbers_of(view: PackView) -> list[ExportedNumber]:
    """Return every number of a pack's findings, extracts, exposures, verdicts and alerts, in the order of its items."""
    numbers = []
    for item in view.items(*KINDS):
        document = view.document(item)
        empty = ExportedNumber(
            item["id"], "", None, "", "", None, "", "", "", "", str(view.evidence["as_of"]), None,
            view.marking_of(item), "",
        )  # fmt: skip
        base = _context(empty, document)
        found = _recorded(view, item, base) or list(_walked(document, "", base))
        values = {each.name: each.value for each in found}
        numbers += [
            replace(each, denominator_value=values.get(each.denominator) if each.denominator else None)
            for each in found
        ]
    return numbers


def windows_text(document: Mapping[str, Any]) -> str:
    """Format the windows of a finding, an exposure or a hypothesis; empty where it has none."""
    windows = document.get("windows", document.get("window"))
    if isinstance(windows, dict):
        parts = ((key, windows.get(key)) for key in ("baseline", "after", "history", "tested"))
        return "; ".join(f"{key} {_span(span)}" for key, span in parts if isinstance(span, list) and span)
    return _span(windows) if isinstance(windows, list) else ""


def goods_text(document: Mapping[str, Any]) -> str:
    """Format the goods list of a document with its version; empty where it has none."""
    goods, version = text_of(document, "goods"), text_of(document, "goods_version")
    return f"{goods} ({version})" if goods and version and version != goods else goods or version


def coverage_of(document: Mapping[str, Any]) -> float | None:
    """Return the share of baseline trade whose reporters also report after (0 to 1); ``None`` where it is missing."""
    value = document.get("coverage")
    if isinstance(value, dict):
        value = value.get("share_of_baseline_reported")
    return float(value) if is_number(value) else None


def _span(span: list[Any]) -> str:
    return " to ".join(str(end) for end in span)


def _context(base: ExportedNumber, document: Mapping[str, Any]) -> ExportedNumber:
    """Update the context of numbers (unit, goods list …) with an object's fields; missing fields are inherited."""
    coverage = coverage_of(document)
    return replace(
        base,
        unit=text_of(document, "unit") or base.unit,
        goods=goods_text(document) or base.goods,
        route=text_of(document, "route") or base.route,
        windows=windows_text(document) or base.windows,
        valuation=text_of(document, "valuation") or base.valuation,
        vintage=text_of(document, "as_of") or text_of(document, "vintage") or base.vintage,
        coverage=base.coverage if coverage is None else coverage,
    )


def _walked(part: Any, path: str, base: ExportedNumber) -> Iterator[ExportedNumber]:
    """Yield every number in a part of a document, and every ``null`` field whose name is that of a number."""
    if isinstance(part, dict):
        own = _context(base, part) if path else base
        for key in part:
            if key not in _BESIDE:
                yield from _walked(part[key], f"{path}.{key}" if path else str(key), own)
    elif isinstance(part, list):
        for name, each in zip(_names(part), part, strict=True):
            yield from _walked(each, f"{path}.{name}", base)
    elif is_number(part) or (part is None and _unit(path, "USD")):
        parent, _, leaf = path.rpartition(".")
        of = DENOMINATORS.get(leaf, "")
        if parent and of in ("baseline_usd", "expected_usd"):
            of = f"{parent}.{of}"
        yield replace(base, name=path, value=part, unit=_unit(path, base.unit), denominator=of)


def _names(parts: list[Any]) -> list[str]:
    """Return unique names for a list's elements: a naming field (supplier, good …), or else the position."""
    if len(parts) == 2 and all(map(is_number, parts)):
        return ["low", "high"]
    found: list[str] = []
    for place, part in enumerate(parts):
        own = _about(part) if isinstance(part, dict) else ""
        found.append(own if own and own not in found else f"{own}#{place}" if own else str(place))
    return found


def _about(part: Mapping[str, Any]) -> str:
    said = [text_of(part, key) for key in _NAMED_BY if text_of(part, key)]
    if text_of(part, "company") and text_of(part, "party"):
        said = [f"{part['party']}:{part['company']}"]
    return said[0].replace(".", "_") if said else ""


def _unit(path: str, money: str) -> str:
    """Return the unit of a number by its name; ``money`` is the dollar unit of its document."""
    leaf = path.rpartition(".")[2]
    if leaf in ("low", "high"):
        leaf = path.split(".")[-2]
    if leaf.endswith("_usd"):
        return money if money.startswith("USD") else "USD"
    if leaf.startswith("hhi_"):
        return "index, 0 to 1"
    if leaf in ("p_value", "q_value"):
        return "probability"
    if leaf in ("estimate", "gross", "threshold"):
        return money
    if leaf.endswith(("share", "ratio", "share_of_loss", "ci95")) or "share_" in leaf:
        return "ratio"
    return "count" if leaf in _COUNTS else ""


def _recorded(view: PackView, item: ItemEntry, base: ExportedNumber) -> list[ExportedNumber]:
    """Return the numbers that the pack recorded for an item with their SQL statements; empty where there are none."""
    found = []
    for name in item["files"]:
        if name.startswith("numbers/") and name.endswith(".json"):
            content = view.json_file(name)
            listed = content if isinstance(content, list) else _listed(content)
            found += [
                replace(
                    base,
                    name=text_of(entry, "name"),
                    value=entry["value"] if is_number(entry.get("value")) else None,
                    unit=text_of(entry, "unit") or base.unit,
                    denominator=text_of(entry, "denominator"),
                    sql=text_of(entry, "sql"),
                )
                for entry in listed
                if isinstance(entry, dict)
            ]
    return found


def _listed(content: Any) -> list[Any]:
    if not isinstance(content, dict):
        return []
    return list_of(content, "numbers") or list_of(content, "figures") or list_of(dict_of(content, "numbers"), "figures")
