"""What the columns of tables are: unit and description, by the name of the column."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

_UNITS = (
    ("_usd_per_kg", "USD per kg"),
    ("_usd", "USD"),
    ("_kg", "kg"),
    ("_days", "days"),
    ("_months", "months"),
    ("_pct", "%"),
    ("_share", "ratio"),
    ("_ratio", "ratio"),
    ("_bytes", "bytes"),
)
_RATIOS = frozenset(
    {"share", "ratio", "score", "threshold", "growth", "p_value", "q_value", "coverage", "confidence", "estimate"}
)
_DESCRIBED = {
    "supplier": "Economy whose trade with the target it is, as an ISO3 code.",
    "good": "Code of the good in the Harmonized System, or a composite such as 84+85.",
    "description": "What the good is, as its nomenclature words it.",
    "group": "Group of the goods list.",
    "period": "Year, quarter or month.",
    "month": "Month, YYYY-MM.",
    "from": "Economy, group or aggregate whose trade it is.",
    "to": "Economy, group or aggregate that it trades with.",
    "reporter": "Economy that reported the trade.",
    "partner": "Economy that it trades with, as reported.",
    "exporter": "Exporting economy.",
    "importer": "Importing economy.",
    "hub": "Economy through which goods of the coalition may pass.",
    "kind": "What the row is: its class.",
    "value_usd": "Value, current US dollars.",
    "net_kg": "Net weight; null where none was reported.",
    "baseline_usd": "Mean of the baseline window, current US dollars.",
    "after_usd": "Mean of the after-window, current US dollars.",
    "gain_usd": "After less baseline: signed, gross.",
    "net_gain_usd": "Gain beyond what would have been sold anyway, by the counterfactual.",
    "loss_usd": "Baseline less after, of the coalition.",
    "change_usd": "After less baseline.",
    "share_of_loss": "Gain by the coalition's loss; may be negative or above 1.",
    "ci95_low": "Lower end of the 95 % interval.",
    "ci95_high": "Upper end of the 95 % interval.",
    "q_value": "Share of false discoveries among rows at least as extreme.",
    "p_value": "Probability of a value at least as extreme by chance.",
    "unfilled_usd": "Loss that nobody made up.",
    "estimate": "Estimate.",
    "verdict": "supported, partly supported, not supported or not testable.",
    "score": "Probability that both are the same.",
    "rank": "Place in the order of the table, from 1.",
    "id": "Id by which it is asked for.",
    "name": "Name.",
    "title": "Title.",
    "status": "State.",
    "who": "Who did it.",
    "when": "When it was done, UTC.",
    "why": "Reason that was given.",
    "vintage": "Vintage of the lake.",
    "receipt": "Receipt of the imported file.",
    "source": "Source of the figures.",
    "list": "List by its name in the lake.",
    "entity_id": "Id of the entry, as its list prints it.",
    "list_date": "Day of the edition of the list.",
    "marking": "Who may see it (TLP 2.0 and releasability).",
    "tlp": "Level of TLP 2.0.",
    "releasable_to": "Economies to which it may be released; null where the level alone decides.",
    "field": "Field of the document.",
    "value": "Value of the field, as text.",
    "check": "What was checked.",
    "finding_id": "Id of the finding: SHA-256 of its content.",
    "as_of": "Vintage that was read.",
    "unit": "Unit of the figures of the row.",
    "target": "Economy trade with which was stopped.",
    "event": "Month of the event, YYYY-MM.",
    "revision": "Revision of the Harmonized System.",
    "goods": "Goods list, or codes.",
    "goods_version": "Version of the goods list, with its hash.",
    "code": "Code.",
    "codes": "Number of codes.",
    "frequency": "Annual (A) or monthly (M) figures.",
    "flow": "Exports (X) or imports (M), as reported.",
    "episode": "Name of the episode.",
    "is_hub": "Whether goods of the coalition may pass through it.",
    "filled_same_good_usd": "Part of the loss that it made up in the same good.",
    "filled_same_heading_usd": "Part of the loss that it made up in other goods of the same heading.",
    "net_gain": "Net gain in words, where it is not estimated or cannot be told.",
    "is_told": "Whether the net gain can be told from chance; null where none was estimated.",
    "match_usd": "Trade that is consistent with routing through the hub, before what chance would match is taken off.",
    "threshold_usd": "Match that chance would reach at the level of the test.",
    "counted": "Whether the hub counts in the headline.",
    "exporter_usd": "As the exporter reports it.",
    "importer_usd": "As the importer reports it.",
    "weighed_share": "Share of the value whose weight was reported.",
    "growth": "Growth against the year before, or the same quarter or month of it.",
    "index": "Index, 100 in the base period.",
    "quantity": "Quantity in its own unit.",
    "quantity_unit": "Unit of the quantity.",
    "listed_on": "Day of listing, as the list states it.",
    "programme": "Programme or act of the listing.",
    "committed": "When it was written, UTC.",
    "change": "What was done.",
    "files": "Names of the files.",
    "rows_added": "Rows that came in.",
    "rows_replaced": "Rows that took the place of earlier ones, or were withdrawn.",
    "query": "Name that was screened.",
    "entity_name": "Name of the entry.",
}


def described_columns(table: pa.Table, unit: str | None = None, page: str = "rest") -> list[dict[str, Any]]:
    """Return name, type, unit and description of each column.

    Args:
        table: The table.
        unit: Unit of money of the answer, such as ``USD per year``.
        page: Page of the reference that describes the columns which are not described here.
    """
    return [
        {
            "name": field.name,
            "type": str(field.type),
            "unit": _unit(field, unit),
            "description": _DESCRIBED.get(field.name) or f"{_worded(field.name)}; see docs/reference/{page}.md.",
        }
        for field in table.schema
    ]


def _unit(field: pa.Field, unit: str | None) -> str | None:
    if not (pa.types.is_floating(field.type) or pa.types.is_integer(field.type)):
        return None
    if field.name in _RATIOS or field.name.startswith("share_"):
        return "ratio"
    if field.name.startswith("hhi_"):
        return "0 to 1"
    for ending, found in _UNITS:
        if field.name.endswith(ending) or f"{ending}_" in f"{field.name}_":
            return unit if found == "USD" and unit else found
    return "count" if pa.types.is_integer(field.type) else None


def _worded(name: str) -> str:
    """Return the name of a column in words: without its unit, which stands beside it."""
    words = name.removesuffix("_low").removesuffix("_high").replace("_usd", "").replace("_", " ").strip() or name
    end = ", lower end" if name.endswith("_low") else ", upper end" if name.endswith("_high") else ""
    return f"{words[0].upper()}{words[1:]}{end}"
