"""Show a tested claim in a notebook: a hypothesis a row, its estimate with its interval and unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stopgap.base.cells import MISSING, Column, text_of
from stopgap.base.display import Display
from stopgap.base.intervals import with_end_names, with_ends

if TYPE_CHECKING:
    import pyarrow as pa

    from stopgap.claims.testing.results import Hypothesis, TestedClaim

_TEXTS = (
    "id", "layer", "verdict", "statement", "measure", "unit", "goods", "goods_version", "breadth", "route", "report",
    "valuation", "finding_id", "because", "fix",
)  # fmt: skip
_NUMBERS = ("estimate", "ci95", "gross", "threshold", "coverage")


def hypotheses_table(tested: TestedClaim) -> pa.Table:
    """Return a table with one row per hypothesis; the interval is two columns, ``ci95_low`` and ``ci95_high``."""
    import pyarrow as pa

    numbers = with_end_names(_NUMBERS, ("ci95",))
    schema = pa.schema(
        [
            *((name, pa.string()) for name in _TEXTS),
            *((name, pa.float64()) for name in numbers),
            ("decides", pa.bool_()),
        ]
    )
    rows = [with_ends(each.as_dict(), ("ci95",)) for each in tested.hypotheses]
    return pa.Table.from_pylist(rows, schema=schema)


def claim_display(tested: TestedClaim) -> Display:
    """Return what is shown of a tested claim."""
    rows = tested.hypotheses
    columns = (
        _texts("what would hold", [each.statement for each in rows]),
        _texts("verdict", [str(each.verdict) for each in rows]),
        _texts("decides", [text_of(each.decides) for each in rows]),
        _figures("estimate", [_figure(each.estimate, each.unit) for each in rows]),
        _figures("95 % interval", [_interval(each) for each in rows]),
        _figures("held against", [_figure(each.threshold, each.unit) for each in rows]),
        _texts("goods", [each.goods or MISSING for each in rows]),
    )
    coverage = "not known" if tested.coverage is None else f"{tested.coverage:.1%}"
    notes = [
        tested.because,
        f"episode {tested.episode or 'none'}, vintage {tested.as_of}, coverage {coverage}",
        *(f"not testable: {each}" for each in tested.cannot if each != tested.because),
    ]
    return Display(
        f"{tested.claim.title}: {tested.verdict}",
        columns if rows else (),
        len(rows),
        notes=tuple(notes),
        more=len(tested.warnings),
        rest=".warnings",
        marking=tested.marking.label if tested.marking else "",
    )


def _texts(heading: str, cells: Sequence[str]) -> Column:
    return Column(heading, tuple(cells), False)


def _figures(heading: str, cells: Sequence[str]) -> Column:
    return Column(heading, tuple(cells), True)


def _figure(value: float | None, unit: str) -> str:
    """Return a figure in its unit: ``48.1 %``, ``USD 15,166 m a year``, ``12``."""
    if value is None:
        return MISSING
    if unit == "ratio":
        return f"{100 * value:.1f} %"
    if unit.startswith("USD"):
        return f"USD {value / 1e6:,.1f} m{' a year' if unit == 'USD per year' else ''}"
    return f"{value:,.0f}"


def _interval(of: Hypothesis) -> str:
    if of.ci95 is None:
        return MISSING
    low, high = of.ci95
    if of.unit == "ratio":
        return f"{100 * low:.1f} to {100 * high:.1f} %"
    if of.unit.startswith("USD"):
        return f"USD {low / 1e6:,.1f} to {high / 1e6:,.1f} m"
    return f"{low:,.0f} to {high:,.0f}"
