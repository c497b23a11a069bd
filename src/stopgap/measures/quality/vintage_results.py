"""What an import brought, in a few counts and shares."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class VintageQuality:
    """The quality of one vintage's own rows (parts of a total that it also has are left out).

    ``None`` where a figure was not taken: large imports leave the dear ones to ``stopgap lake quality``,
    and ``warnings`` says so.

    Attributes:
        rows: Rows of economies and aggregates: the denominator of the shares.
        reporters, periods: How many there are; ``first`` and ``last`` are days.
        estimated_share: Rows that the source estimated.
        estimated_value_share: Value of these rows, by the value of all rows.
        unweighed_share: Rows without a net weight, which is not a weight of 0.
        zero_share: Rows reported as 0.
        judged_unit_values: Rows whose unit value could be compared with 20 others or more of the good and flow.
        unlike_unit_values: Of these, how many are unlike the others.
        sudden_zeros: Series of the lake that were regular and have no trade in a period of this vintage.
    """

    vintage: str
    rows: int
    reporters: int
    periods: int
    first: str | None
    last: str | None
    estimated_share: float | None
    estimated_value_share: float | None
    unweighed_share: float | None
    zero_share: float | None
    judged_unit_values: int | None
    unlike_unit_values: int | None
    sudden_zeros: int | None
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The object ``quality`` of ``import --format json``."""
        return {**asdict(self), "warnings": list(self.warnings)}


def _percent(share: float | None) -> str:
    return "n/a" if share is None else f"{share:.1%}"


def vintage_lines(found: VintageQuality) -> list[str]:
    """The same in two or three lines of text."""
    lines = [
        f"quality: {found.rows:,} rows, {found.reporters} reporters, {found.periods} periods"
        + (f" from {found.first} to {found.last}" if found.first else "")
        + f"; estimated by the source {_percent(found.estimated_share)} of rows, {_percent(found.estimated_value_share)} of value; "
        f"without a net weight {_percent(found.unweighed_share)}; reported as 0 {_percent(found.zero_share)}"
    ]
    parts: list[str] = []
    if found.judged_unit_values:
        parts.append(
            f"{found.unlike_unit_values:,} of {found.judged_unit_values:,} unit values are unlike others of the good"
        )
    if found.sudden_zeros is not None:
        parts.append(f"{found.sudden_zeros:,} regular series have no trade in a period reported")
    if parts:
        lines.append("quality: " + "; ".join(parts) + " (stopgap lake quality lists them)")
    if found.warnings:
        lines.append("quality: " + "; ".join(found.warnings))
    return lines
