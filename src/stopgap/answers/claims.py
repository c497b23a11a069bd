"""Statements, their texts, drafts and verdicts as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stopgap.answers.rows import rows_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from stopgap.claims.drafting.run import DraftRun
    from stopgap.claims.register.events import RegisteredClaim
    from stopgap.claims.register.views import ShownClaim
    from stopgap.claims.testing.results import TestedClaim

_TEXTS = ("name", "kind", "language", "date", "title", "url", "sha256", "who", "when")


VERDICTS_SHOWN = ("claim_id", "verdict", "before", "title", "actor", "action", "target")
"""Columns of verdicts that a terminal shows."""


def claims_table(entries: Sequence[RegisteredClaim]) -> pa.Table:
    """Return one row per statement."""
    text = ("id", "status", "said_on", "said_by", "office", "stance", "actor", "action", "target", "claimed", "goods", "title",
            "words", "who", "when")  # fmt: skip
    rows = [entry.row() for entry in entries]
    for row in rows:
        row["goods"] = ", ".join(row["goods"])
        row["claimed"] = f"{row['actor']} {row['action']} {row['target']}"
    return rows_table(rows, text=text, integers=("version",), numbers=("threshold",))


def texts_table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Return one row per source text."""
    return rows_table(rows, text=_TEXTS, integers=("record", "characters"))


def tested_table(tested: TestedClaim) -> pa.Table:
    """Return the months of a tested claim, one a row; its hypotheses where it was not tested by month."""
    document = tested.as_dict()
    if tested.months:
        return rows_table(document["months"], text=("month", "verdict"), numbers=("estimate",), intervals=("ci95",))
    text = ("id", "layer", "verdict", "statement", "measure", "unit", "goods", "goods_version", "breadth", "route", "report",
            "valuation", "finding_id", "because", "fix")  # fmt: skip
    numbers = ("estimate", "gross", "threshold", "coverage")
    return rows_table(document["hypotheses"], text=text, numbers=numbers, intervals=("ci95",), flags=("decides",))


def verdicts_table(results: Sequence[TestedClaim]) -> pa.Table:
    """Return one row per tested claim."""
    documents = [tested.as_dict() for tested in results]
    names = (*VERDICTS_SHOWN, "asserted", "episode", "as_of", "because", "since", "alert")
    rows = [{**document, "before": (document.get("before") or {}).get("verdict")} for document in documents]
    return rows_table(rows, text=names, numbers=("coverage",))


def claim_table(found: ShownClaim) -> pa.Table:
    """Return one row per field of a statement."""
    from stopgap.claims.register.words import claim_lines

    return rows_table([{"field": name, "value": value} for name, value in claim_lines(found)], text=("field", "value"))


def drafts_table(run: DraftRun) -> pa.Table:
    """Return one row per draft."""
    import pyarrow as pa

    names = (
        "file", "start", "end", "words", "stance", "speaker", "uttered_by", "office", "chain", "audience", "actor",
        "action", "target", "goods", "period", "degree",
    )  # fmt: skip
    rows = []
    for number, record in enumerate(run.as_records(), start=1):
        row = {name: record[name] for name in names}
        row["number"] = number
        row["chain"] = " < ".join(record["chain"])
        row["audience"] = ", ".join(record["audience"] or [])
        row["goods"] = ", ".join(f"{each['phrase'] or '(context)'} [{each['group']}]" for each in record["goods"])
        row["confidence"] = record["confidence"]
        rows.append(row)
    schema = pa.schema(
        [
            ("number", pa.int64()),
            *((name, pa.int64() if name in ("start", "end") else pa.string()) for name in names),
            ("confidence", pa.float64()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)
