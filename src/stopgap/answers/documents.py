"""JSON documents of results that are more than their own fields: lists, queries, verifications."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from stopgap.answers.rows import rows_table
from stopgap.base.spreadsheets import finite

if TYPE_CHECKING:
    import pyarrow as pa

    from stopgap.base.marking import Marking
    from stopgap.evidence.packs.verify import Verification
    from stopgap.screening.exposure.results import ExposureFinding


def listed(name: str, items: Iterable[Any]) -> dict[str, Any]:
    """Return results as the one field of a document, each as its own document."""
    return {name: [each.as_dict() for each in items]}


def query_document(table: pa.Table, as_of: str | None) -> dict[str, Any]:
    """Return the answer of a query: columns, rows (not finite: null) and vintage."""
    return {"columns": table.column_names, "rows": finite(table.to_pylist()), "as_of": as_of}


def exposure_document(found: ExposureFinding) -> dict[str, Any]:
    """Return companies behind an episode's goods, and what is to be known of the lists that they were looked up in."""
    return {**found.as_dict(), "list_notes": list(found.list_notes)}


def verification_document(found: Verification) -> dict[str, Any]:
    """Return the checks of a pack; where one fails, also why it is refused."""
    document: dict[str, Any] = found.as_dict()
    if not found.holds:
        document["error"] = {
            name: value for name, value in found.refusal().as_dict().items() if name in ("what", "where", "fix", "code")
        }
    return document


def verification_table(found: Verification) -> pa.Table:
    """Return one row per check of a pack."""
    rows = [{"check": check.name, "result": check.result, "says": check.says} for check in found.checks]
    return rows_table(rows, text=("check", "result", "says"))


def settled_marking(marking: Marking | None, covers: Sequence[str], *, of_damaged: bool = False) -> Marking | None:
    """Return the marking of an answer, raised to that of the evidence read for it since the ledger was opened.

    An answer without a marking stays so where nothing above CLEAR was read.

    Args:
        marking: Marking by the answer's known inputs.
        covers: Kinds of reads that this marking accounts for (:mod:`stopgap.evidence.markings.reads`).
        of_damaged: Whether the answer is RED where the markings cannot be read.
    """
    from stopgap.base.marking import CLEAR
    from stopgap.base.read_ledger import current_ledger

    if not current_ledger().reads:
        return marking
    from stopgap.evidence.markings.reads import with_reads, with_reads_or_strictest

    found = with_reads_or_strictest() if of_damaged else with_reads(marking, covers=covers)
    return found if marking is not None or found != CLEAR else None
