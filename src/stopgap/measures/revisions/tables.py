"""Comparisons of two vintages as tables and lines of text."""

from __future__ import annotations

import pyarrow as pa

from stopgap.base.errors import UsageError
from stopgap.measures.backfill.tables import records_table
from stopgap.measures.revisions.results import ChangedRow, FigureChange, PeriodChange, ReleaseSummary, Revision

RELEASES_SHOWN = 8


def figures_table(revision: Revision, *, by: str) -> pa.Table:
    """The sums of the coalition and of the others, then the changes by supplier or good that are not nothing."""
    changes = revision.suppliers if by == "supplier" else revision.by_good
    sums = [change for change in revision.headline if change.figure.endswith("_usd")]
    shown = [change for change in (*sums, *changes) if change in sums or change.is_changed]
    rows = [
        {
            "subject": change.subject,
            "figure": change.figure.removesuffix("_usd"),
            "from_usd": change.from_value,
            "to_usd": change.to_value,
            "change_usd": change.change,
            "revised_usd": change.revised,
            "new_usd": change.new,
            "withdrawn_usd": change.withdrawn,
            "basis_usd": change.basis,
            "rows": change.rows,
        }
        for change in shown
    ]
    names = [name for name in _FIGURE_COLUMNS if name.endswith("_usd")]
    schema = pa.schema(
        [("subject", pa.string()), ("figure", pa.string())]
        + [(name, pa.float64()) for name in names]
        + [("rows", pa.int64())]
    )
    return pa.Table.from_pylist(rows, schema=schema)


_FIGURE_COLUMNS = ("from_usd", "to_usd", "change_usd", "revised_usd", "new_usd", "withdrawn_usd", "basis_usd")


def revision_table(revision: Revision, *, by: str) -> pa.Table:
    """The comparison by supplier, good, period, or row of the lake; what did not change is left out.

    Raises:
        UsageError: Another ``by``.
    """
    if by in ("supplier", "good"):
        return figures_table(revision, by=by)
    if by == "month":
        return records_table(tuple(change for change in revision.periods if change.is_changed), PeriodChange)
    if by == "row":
        return records_table(revision.rows, ChangedRow)
    raise UsageError(f"no table by {by!r}", where="--by", fix="use supplier, good, month or row")


def _signed(change: FigureChange, value: float | None) -> str:
    if value is None:
        return "undefined"
    if change.figure.endswith("_usd"):
        return f"{value:+,.0f}" if abs(value) >= 0.5 else "0"
    return f"{100 * value:+.2f} points" if value else "0"


def _plain(change: FigureChange, value: float | None) -> str:
    if value is None:
        return "undefined"
    return f"{value:,.0f}" if change.figure.endswith("_usd") else f"{value:.2%}"


_WORDS = {
    "baseline_usd": "coalition baseline, USD a year",
    "after_usd": "coalition after, USD a year",
    "loss_usd": "suspended, USD a year",
    "loss_share": "suspended share",
    "gain_usd": "gain of others, USD a year",
    "gross_ratio": "gross backfill",
}


def figure_line(change: FigureChange) -> str:
    """One figure in words: from, to, change, and its parts."""
    parts = ", ".join(
        f"{name} {_signed(change, value)}"
        for name, value in (
            ("revised", change.revised),
            ("new", change.new),
            ("withdrawn", change.withdrawn),
            ("basis", change.basis),
        )
        if value
    )
    ends = f"{_plain(change, change.from_value)} to {_plain(change, change.to_value)}"
    if not change.is_changed:
        return f"{_WORDS[change.figure]}: {_plain(change, change.to_value)}, unchanged"
    return f"{_WORDS[change.figure]}: {ends}, {_signed(change, change.change)}" + (f" = {parts}" if parts else "")


def release_line(summary: ReleaseSummary, frequency: str) -> str:
    """How far a supplier's figures have moved since they were first released."""
    unit = "months" if frequency == "M" else "years"
    share = "from nothing" if summary.revised_share is None else f"by {summary.revised_share:+.1%}"
    return f"{summary.supplier}: {summary.periods_revised} of {summary.periods} {unit} revised, {share} since first released"


def revision_lines(revision: Revision) -> list[str]:
    """The comparison in lines of text, what was compared first."""
    earlier, later = revision.earlier, revision.later
    counts = ", ".join(f"{revision.count(kind)} {kind}" for kind in ("revised", "new", "withdrawn"))
    lines = [
        f"{revision.episode}, {revision.goods}: {earlier.vintage} ({earlier.committed[:10]}) to {later.vintage} ({later.committed[:10]})"
        + ("" if revision.is_changed else ": no figure changed"),
        *(figure_line(change) for change in revision.headline),
        f"rows behind it: {counts} (--by row lists them)",
        *(f"basis: {text}" for text in revision.basis_changes),
    ]
    moved = [summary for summary in revision.first_releases if summary.periods_revised]
    lines += [release_line(summary, later.frequency) for summary in moved[:RELEASES_SHOWN]]
    if len(moved) > RELEASES_SHOWN:
        lines.append(f"{len(moved) - RELEASES_SHOWN} more suppliers with revised periods; --format json names all")
    lines.append(
        f"{later.frequency} figures, {revision.report}'s report, {revision.valuation}, goods {revision.goods_version}, "
        f"after-window {earlier.after[0]} to {earlier.after[1]} and {later.after[0]} to {later.after[1]}, "
        f"findings {earlier.finding_id[:19]} and {later.finding_id[:19]}"
    )
    return lines + [f"note: {warning}" for warning in revision.warnings]
