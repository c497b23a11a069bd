"""Say in two short lines what a measure's figures are: windows, unit, report, valuation, goods, coverage, vintage."""

from __future__ import annotations

from typing import Protocol

from stopgap.panel.windows import Windows

_FIGURES = {"A": "annual figures", "M": "monthly figures"}


class MeasuredFigures(Protocol):
    """What every finding of a measure states about its figures."""

    @property
    def windows(self) -> Windows: ...
    @property
    def frequency(self) -> str: ...
    @property
    def valuation(self) -> str: ...
    @property
    def goods(self) -> str: ...
    @property
    def goods_version(self) -> str: ...
    @property
    def as_of(self) -> str: ...
    @property
    def route(self) -> str: ...


def measured_lines(
    found: MeasuredFigures, level: str, covered: str, *, report: str, amount: str = "USD a year, means"
) -> tuple[str, str]:
    """Return the two lines below a measure's table.

    Args:
        found: The finding.
        level: Level and revision of its codes.
        covered: What the figures cover, and of what.
        report: Whose report is read.
        amount: The unit, and how it is summed.
    """
    base, after = found.windows.baseline, found.windows.after
    route = "direct trade" if found.route == "direct" else found.route
    return (
        f"baseline {base[0]} to {base[1]}, after {after[0]} to {after[1]}; {amount}; {_FIGURES[found.frequency]}, "
        f"{report}, {found.valuation}, {route}",
        f"goods {found.goods} {found.goods_version} ({level}); {covered}; vintage {found.as_of}",
    )


def level_words(level: str, revision: str) -> str:
    """Return the level of codes with its revision: ``HS6 HS2017``."""
    return f"{level} {revision}".strip()


def codes_words(found: int, listed: int) -> str:
    """Return how many codes of the list have figures: ``37 of 40 codes``."""
    return f"{found} of {listed} codes"


def covered_words(share: float | None) -> str:
    """Return the share of baseline trade whose economies reported both windows."""
    return (
        "coverage of baseline trade not known"
        if share is None
        else f"{share:.1%} of baseline trade reported in both windows"
    )
