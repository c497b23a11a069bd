"""What a comparison of two vintages returns: frozen; money in current US dollars, means per year over the window.

The plain dollars of one period are the exception, and are called so.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from stopgap.base.marking import Markable


@dataclass(frozen=True)
class FigureChange:
    """One figure in both vintages; ``change = revised + new + withdrawn + basis``.

    Attributes:
        subject: Supplier or good; ``coalition`` and ``others`` for the sums over suppliers.
        figure: ``baseline_usd``, ``after_usd``, ``gain_usd``, ``loss_usd``, ``loss_share`` or ``gross_ratio``.
        from_value: In the earlier vintage; ``None`` where it is undefined there.
        to_value: In the later vintage.
        change: Later minus earlier; ``None``, with all parts, where it is undefined on the way.
        revised: Because rows of both vintages have another value.
        new: Because rows are only in the later vintage.
        withdrawn: Because rows are only in the earlier vintage.
        basis: Because other rows count: windows, level, source, or a supplier that was or fell silent.
        rows: Changed rows behind it.
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
        """Whether the figure, or any part of its change, is not nothing."""
        parts = (self.revised, self.new, self.withdrawn, self.basis)
        return self.from_value != self.to_value or any(parts)


@dataclass(frozen=True)
class PeriodChange:
    """Dollars of one supplier in one period, in both vintages and when first released.

    Attributes:
        supplier: Economy.
        period: Month or year (``YYYY-MM``, ``YYYY``).
        from_usd: In the earlier vintage; ``None`` without a row.
        to_usd: In the later vintage.
        change_usd: ``revised_usd + new_usd + withdrawn_usd``.
        revised_usd: Because rows have another value.
        new_usd: Because rows are only in the later vintage.
        withdrawn_usd: Because rows are only in the earlier one.
        first_vintage: Vintage that first held this supplier and period.
        first_usd: What the figures of that vintage that are still there were then.
        latest_usd: What the same figures are in the later vintage.
        revised_since_first_share: ``latest_usd`` by ``first_usd``, minus 1; ``None`` where ``first_usd`` is 0.
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
        """Whether it changed between the vintages, or since its first release."""
        return self.from_usd != self.to_usd or bool(self.change_usd) or self.first_usd != self.latest_usd


@dataclass(frozen=True)
class ReleaseSummary:
    """A supplier's periods since their first release.

    Attributes:
        supplier: Economy.
        periods: Periods with a first release.
        periods_revised: Of these, how many have another value now.
        first_usd: Sum of the revised periods as first released, of figures still there.
        latest_usd: Sum of the same figures now.
        revised_share: ``latest_usd`` by ``first_usd``, minus 1; ``None`` where ``first_usd`` is 0.
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
        supplier: Economy whose figure it is.
        part: ``baseline`` or ``after``.
        effect_usd: What it adds to the supplier's mean per year, in the step of its change; ``None``
            where it counts through another basis only (a window that ends later, a silent supplier).
        from_usd: Value in the earlier vintage; the others likewise.
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
class Revision(Markable):
    """An episode measured as of two vintages, each change with its reasons."""

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
        """Rows that were revised, are new, or were withdrawn."""
        return sum(1 for row in self.rows if row.change == change)

    @property
    def is_changed(self) -> bool:
        """Whether any figure or row changed."""
        return bool(self.rows) or any(figure.is_changed for figure in (*self.headline, *self.suppliers))

    def as_dict(self) -> dict[str, Any]:
        """The fields that ``diff --format json`` prints."""
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
