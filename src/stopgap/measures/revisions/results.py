"""Results of a comparison of two vintages, as tables and lines of text.

Money is in current US dollars, means per year over the window, except where plain dollars of one period
are named.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from stopgap.base.errors import UsageError
from stopgap.base.marking import Markable
from stopgap.base.notes import Effect, Note, Summarised, Summary, of_another
from stopgap.codes.named_table import NamedTable
from stopgap.measures.backfill.tables import records_table
from stopgap.panel.measured_words import level_words


@dataclass(frozen=True)
class FigureChange:
    """One figure in both vintages; ``change = revised + new + withdrawn + basis``.

    Attributes:
        subject: Supplier or good; ``coalition`` and ``others`` for the sums over suppliers.
        figure: ``baseline_usd``, ``after_usd``, ``gain_usd``, ``loss_usd``, ``loss_share`` or ``gross_ratio``.
        from_value: Value in the earlier vintage, ``None`` if undefined; ``to_value`` likewise in the later one.
        change: Later minus earlier; ``None``, with all parts, if it is undefined at any step.
        revised: Part due to rows whose value differs between the vintages.
        new: Part due to rows that are only in the later vintage.
        withdrawn: Part due to rows that are only in the earlier vintage.
        basis: Part due to a different selection of rows: windows, level, source, or suppliers that are or were silent.
        rows: Number of changed rows behind it.
    """

    subject: str
    figure: str
    from_value: float | None
    to_value: float | None
    change: float | None
    revised: float | None
    new: float | None
    withdrawn: float | None
    basis: float | None
    rows: int = 0

    @property
    def is_changed(self) -> bool:
        """Return whether the figure or any part of its change is nonzero."""
        parts = (self.revised, self.new, self.withdrawn, self.basis)
        return self.from_value != self.to_value or any(parts)


@dataclass(frozen=True)
class PeriodChange:
    """Dollars of one supplier in one period, in both vintages and when first released.

    ``change_usd = revised_usd + new_usd + withdrawn_usd``, each as in :class:`FigureChange`.

    Attributes:
        period: Month or year (``YYYY-MM``, ``YYYY``).
        from_usd: Dollars in the earlier vintage; ``None`` without a row; likewise ``to_usd``.
        first_vintage: Vintage that first held this supplier and period.
        first_usd: Dollars at first release, of the figures that still exist.
        latest_usd: Dollars of the same figures in the later vintage.
        revised_since_first_share: ``latest_usd / first_usd - 1``; ``None`` if ``first_usd`` is 0.
    """

    supplier: str
    period: str
    from_usd: float | None
    to_usd: float | None
    change_usd: float
    revised_usd: float
    new_usd: float
    withdrawn_usd: float
    first_vintage: str | None
    first_usd: float | None
    latest_usd: float | None
    revised_since_first_share: float | None

    @property
    def is_changed(self) -> bool:
        """Return whether it changed between the vintages, or since its first release."""
        return self.from_usd != self.to_usd or bool(self.change_usd) or self.first_usd != self.latest_usd


@dataclass(frozen=True)
class ReleaseSummary:
    """Revisions of a supplier's periods since their first release.

    Attributes:
        periods: Periods with a first release.
        periods_revised: Number of these with another value now.
        first_usd: Sum of the revised periods as first released, of figures that still exist.
        latest_usd: Sum of the same figures now.
        revised_share: ``latest_usd / first_usd - 1``; ``None`` if ``first_usd`` is 0.
    """

    supplier: str
    periods: int
    periods_revised: int
    first_usd: float
    latest_usd: float
    revised_share: float | None


@dataclass(frozen=True)
class ChangedRow:
    """One row of the lake behind a change.

    Attributes:
        change: ``revised``, ``new`` or ``withdrawn``.
        supplier: Supplier whose figure the row belongs to.
        part: ``baseline`` or ``after``.
        effect_usd: Effect on the supplier's mean per year, in the step of its change; ``None``
            if it counts only through another basis (a window that ends later, a silent supplier).
        from_usd: Value in the earlier vintage; other ``from_`` and ``to_`` fields likewise.
    """

    change: str
    supplier: str
    period: str
    good: str
    revision: str
    part: str
    source: str
    reporter: str
    partner: str
    flow: str
    from_usd: float | None
    to_usd: float | None
    effect_usd: float | None
    from_vintage: str | None
    to_vintage: str | None
    from_receipt: str | None
    to_receipt: str | None


@dataclass(frozen=True)
class Side:
    """One of the two vintages compared."""

    vintage: str
    committed: str
    finding_id: str
    baseline: tuple[str, str]
    after: tuple[str, str]
    frequency: str
    level: str
    revision: str
    queries: tuple[str, ...]


@dataclass(frozen=True)
class Revision(Markable, Summarised, NamedTable):
    """Result of ``stopgap diff``: an episode measured at two vintages, each change with its causes."""

    episode: str
    target: str
    goods: str
    goods_version: str
    valuation: str
    report: str
    earlier: Side
    later: Side
    headline: tuple[FigureChange, ...]
    suppliers: tuple[FigureChange, ...]
    by_good: tuple[FigureChange, ...]
    periods: tuple[PeriodChange, ...]
    first_releases: tuple[ReleaseSummary, ...]
    rows: tuple[ChangedRow, ...]
    basis_changes: tuple[str, ...]
    warnings: tuple[str, ...]
    unit: str = "USD per year"

    def count(self, change: str) -> int:
        """Return the number of rows with a change: ``revised``, ``new`` or ``withdrawn``."""
        return sum(1 for row in self.rows if row.change == change)

    @property
    def is_changed(self) -> bool:
        """Return whether any figure or row changed."""
        return bool(self.rows) or any(figure.is_changed for figure in (*self.headline, *self.suppliers))

    def table(self) -> pa.Table:
        """Return a table with the sums, then the changes by supplier."""
        return revision_table(self, by="supplier")

    def summary(self) -> Summary:
        """Return the comparison in lines of text: changed figures above the table, all else below or in the rest."""
        earlier, later = self.earlier, self.later
        counts = ", ".join(f"{self.count(kind)} {kind}" for kind in ("revised", "new", "withdrawn"))
        moved = [each for each in self.first_releases if each.periods_revised]
        changed = [each for each in self.headline if each.is_changed]
        same = "" if earlier.after == later.after else f" before, {later.after[0]} to {later.after[1]} now"
        return Summary(
            title=f"{self.episode}, {self.goods}: {earlier.vintage} ({earlier.committed[:10]}) to {later.vintage} "
            f"({later.committed[:10]})" + ("" if self.is_changed else ": no figure changed"),
            answers=(*map(figure_line, changed), f"rows behind it: {counts} (--by row lists them)"),
            measured=(
                f"{self.unit}, baseline {later.baseline[0]} to {later.baseline[1]}, after-window {earlier.after[0]} to "
                f"{earlier.after[1]}{same}; {later.frequency} figures, {self.report}'s report, {self.valuation}",
                f"goods {self.goods} {self.goods_version} ({level_words(later.level, later.revision)}), direct trade",
            ),
            details=(
                *(figure_line(each) for each in self.headline if each not in changed),
                *(release_line(each, later.frequency) for each in moved),
                f"findings {earlier.finding_id} and {later.finding_id}",
            ),
            notes=(
                *(Note(f"basis: {text}", Effect.MISSING) for text in self.basis_changes),
                *of_another(self.warnings),
            ),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``diff --format json``."""
        content = asdict(self)
        earlier, later = content.pop("earlier"), content.pop("later")
        queries = [{"as_of": side["vintage"], "sql": sql} for side in (earlier, later) for sql in side.pop("queries")]
        rows = content.pop("rows")
        return {
            "episode": content.pop("episode"),
            "from": earlier,
            "to": later,
            "changed": self.is_changed,
            **content,
            "rows_revised": self.count("revised"),
            "rows_new": self.count("new"),
            "rows_withdrawn": self.count("withdrawn"),
            "rows": rows,
            "queries": queries,
        }


def figures_table(revision: Revision, *, by: str) -> pa.Table:
    """Return the sums of the coalition and the others, then the nonzero changes by supplier or good."""
    changes = revision.suppliers if by == "supplier" else revision.by_good
    sums = [change for change in revision.headline if change.figure.endswith("_usd")]
    shown = [change for change in (*sums, *changes) if change in sums or change.is_changed]
    columns = ("from_value", "to_value", "change", "revised", "new", "withdrawn", "basis")
    rows = [
        {"subject": change.subject, "figure": change.figure.removesuffix("_usd"), "rows": change.rows}
        | {f"{name.removesuffix('_value')}_usd": getattr(change, name) for name in columns}
        for change in shown
    ]
    dollars = [(f"{name.removesuffix('_value')}_usd", pa.float64()) for name in columns]
    schema = pa.schema([("subject", pa.string()), ("figure", pa.string()), *dollars, ("rows", pa.int64())])
    return pa.Table.from_pylist(rows, schema=schema)


def revision_table(revision: Revision, *, by: str) -> pa.Table:
    """Return the changes by ``supplier``, ``good``, ``month`` or ``row`` of the lake.

    Raises:
        UsageError: ``by`` is anything else.
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
    "loss_usd": "trade lost, USD a year",
    "loss_share": "share of trade lost",
    "gain_usd": "gain of others, USD a year",
    "gross_ratio": "gross backfill",
}


def figure_line(change: FigureChange) -> str:
    """Format one figure as text: from, to, change, and its parts."""
    values = {name: getattr(change, name) for name in ("revised", "new", "withdrawn", "basis")}
    parts = ", ".join(f"{name} {_signed(change, value)}" for name, value in values.items() if value)
    ends = f"{_plain(change, change.from_value)} to {_plain(change, change.to_value)}"
    if not change.is_changed:
        return f"{_WORDS[change.figure]}: {_plain(change, change.to_value)}, unchanged"
    return f"{_WORDS[change.figure]}: {ends}, {_signed(change, change.change)}" + (f" = {parts}" if parts else "")


def release_line(summary: ReleaseSummary, frequency: str) -> str:
    """Format how much a supplier's figures have been revised since their first release."""
    unit = "months" if frequency == "M" else "years"
    share = "from nothing" if summary.revised_share is None else f"by {summary.revised_share:+.1%}"
    return f"{summary.supplier}: {summary.periods_revised} of {summary.periods} {unit} revised, {share} since first released"
