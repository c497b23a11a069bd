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
    "supplier": "Economy that exports to the target, as an ISO3 code.",
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
    "estimate": "Estimated quantity of the hypothesis.",
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
    "vintage": "State of the lake by which it came in.",
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
}


def described_columns(table: pa.Table, unit: str | None = None) -> list[dict[str, Any]]:
    """Return name, type, unit and description of each column.

    Args:
        table: The table.
        unit: Unit of money of the answer, such as ``USD per year``.
    """
    return [
        {
            "name": field.name,
            "type": str(field.type),
            "unit": _unit(field, unit),
            "description": _DESCRIBED.get(field.name) or _worded(field.name),
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
    return f"{words[0].upper()}{words[1:]}{end}."
