"""Test which cells rose at the target beyond chance, calibrated on placebo destinations.

A cell is a supplier, a supplier in a goods group, or a supplier in a good. Its statistic is
the studentised change of the log share that the target takes of the cell's trade. No table
of a distribution is consulted: the same statistic at destinations that nothing happened to
says how large it gets by chance. False discoveries are held down by Benjamini and
Hochberg's rule in one family, which the episode file declares before anyone looks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.alerts.scores import benjamini_hochberg, conformal_p
from stopgap.measures.backfill.cell_shares import CellSeries, ShareChanges, destination_shifts, share_changes
from stopgap.measures.statistics.placebo import LEAST_PLACEBOS
from stopgap.measures.statistics.placebo_spread import variance_parts
from stopgap.measures.statistics.two_way_effects import Array, Flags, Index

MIN_PERIODS = 4
"""Periods that each window needs: with fewer the spread within a window is not known."""
MOST_STRATA = 4
LEAST_IN_STRATUM = 200
MOST_IN_STRATUM = 2_000
LEAST_PLACEBO_CELLS = 40
DIGITS = 9
"""Decimals of statistics: logarithms differ in their last digits between machines, and ranks must not."""


@dataclass(frozen=True)
class CellTest:
    """One cell.

    Attributes:
        supplier: Economy.
        cell: Goods group or good; empty where the cell is the supplier.
        log_change: Change of the log share, less the target's shift in ordinary goods.
        z: The change by its standard error.
        p_value: Share of placebo cells of like volume that rose as much; one-sided.
        q_value: Least false discovery rate at which the cell counts as a discovery.
        reason: Why there is no test.
    """

    supplier: str
    cell: str
    log_change: float | None = None
    z: float | None = None
    p_value: float | None = None
    q_value: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class CellTests:
    """The tests of one family.

    Attributes:
        family: ``supplier``, ``supplier-group`` or ``supplier-good``, as declared.
        fdr: False discovery rate declared.
        tested: Cells with a test.
        discoveries: Cells whose ``q_value`` is at most ``fdr``.
        placebos: Destinations that calibrate.
        placebo_cells: Their cells.
        strata: Classes of volume within which cells are compared.
        is_centred: Whether the destinations' shifts in ordinary goods are taken out.
        cells: Smallest ``q_value`` first.
        reason: Why nothing was tested.
        warnings: What limits the tests.
    """

    family: str
    fdr: float
    tested: int = 0
    discoveries: int = 0
    placebos: tuple[str, ...] = ()
    placebo_cells: int = 0
    strata: int = 0
    is_centred: bool = False
    cells: tuple[CellTest, ...] = ()
    reason: str | None = None
    warnings: tuple[str, ...] = ()


def cell_tests(series: CellSeries, *, family: str, fdr: float) -> CellTests:
    """Tests of every cell that rose at the target.

    Args:
        series: Trade of the cells with the target and with placebo destinations.
        family: Name of the family, for the output; the cells of ``series`` are its members.
        fdr: Rate at which discoveries are counted.

    Returns:
        One test per cell with trade at the target; cells that cannot be tested have a reason
        and are outside the family. ``reason`` instead of tests where nothing calibrates them.

    Method: docs/methods/cell-tests.md.
    """
    changes = share_changes(series, min_periods=MIN_PERIODS)
    shifts, is_centred = destination_shifts(series)
    usable = changes.is_tested & np.isfinite(shifts)[None, :]
    placebo_count = int(usable[:, 1:].any(axis=0).sum())
    reason = _nothing(series, usable, placebo_count)
    if reason is not None:
        return CellTests(family, fdr, reason=reason)
    z = _studentised(changes, shifts, usable)
    target, placebo = usable[:, 0], usable[:, 1:]
    strata = _strata(changes.volume[target, 0], changes.volume[:, 1:][placebo], fdr)
    p = _calibrated(z[target, 0], z[:, 1:][placebo], *strata)
    q = benjamini_hochberg(p)
    rows = np.flatnonzero(target)
    tested = [
        CellTest(
            series.suppliers[series.supplier[row]],
            series.labels[row],
            round(float(changes.change[row, 0] - shifts[0]), DIGITS),
            float(z[row, 0]),
            float(p[number]),
            float(q[number]),
        )
        for number, row in enumerate(rows)
    ]
    left = [
        CellTest(series.suppliers[series.supplier[row]], series.labels[row], reason=_why_not(series, row))
        for row in np.flatnonzero(~target & (series.values[:, 0].sum(axis=1) > 0)).tolist()
    ]
    tested.sort(key=lambda test: (test.q_value or 0.0, test.p_value or 0.0, -(test.z or 0.0), test.supplier, test.cell))
    has_cells: list[bool] = np.asarray(placebo.any(axis=0)).tolist()
    floor = 1.0 / (1.0 + np.bincount(strata[1]).max())
    return CellTests(
        family=family,
        fdr=fdr,
        tested=len(tested),
        discoveries=int((q <= fdr).sum()),
        placebos=tuple(name for name, has in zip(series.places[1:], has_cells, strict=True) if has),
        placebo_cells=int(placebo.sum()),
        strata=int(max(strata[0].max(), strata[1].max())) + 1,
        is_centred=is_centred,
        cells=(*tested, *sorted(left, key=lambda test: (test.supplier, test.cell))),
        warnings=_warnings(is_centred=is_centred, floor=floor, tested=len(tested), fdr=fdr),
    )


def _nothing(series: CellSeries, usable: Flags, placebos: int) -> str | None:
    periods = min(int(series.is_after.sum()), int((~series.is_after).sum()))
    if periods < MIN_PERIODS:
        return f"a test of cells needs {MIN_PERIODS} periods in each window, and there are {periods}"
    if not usable[:, 0].any():
        return "no cell has trade with the target and with others in both windows' reports"
    if placebos < LEAST_PLACEBOS or usable[:, 1:].sum() < LEAST_PLACEBO_CELLS:
        return (
            f"{placebos} placebo destinations with {int(usable[:, 1:].sum())} cells cannot calibrate a test "
            f"({LEAST_PLACEBOS} and {LEAST_PLACEBO_CELLS} are needed)"
        )
    return None


def _studentised(changes: ShareChanges, shifts: Array, usable: Flags) -> Array:
    """Changes less their destination's shift, by a standard error with what destinations and pairs have in common.

    Without the common part the largest cells, whose own error is smallest, would stand out
    for a shift that any destination can have.
    """
    centred = np.where(usable, changes.change - np.where(np.isfinite(shifts), shifts, 0.0)[None, :], 0.0)
    variance = np.where(usable, changes.variance, 1.0)
    placebo = usable[:, 1:]
    parts = variance_parts(centred[:, 1:][placebo] ** 2, variance[:, 1:][placebo])
    z: Array = np.round(centred / np.sqrt(np.maximum(parts.at(variance), np.finfo(float).tiny)), DIGITS)
    return z


def _strata(volume: Array, placebo_volume: Array, fdr: float) -> tuple[Index, Index]:
    """Volume class of the target's cells and of the placebos'.

    As many as leave each with enough placebo cells for a p-value that can be a discovery.
    """
    needed = float(np.clip(volume.size / max(fdr, 1e-9), LEAST_IN_STRATUM, MOST_IN_STRATUM))
    for count in range(MOST_STRATA, 1, -1):
        edges = np.quantile(volume, np.arange(1, count) / count)
        own, theirs = np.digitize(volume, edges), np.digitize(placebo_volume, edges)
        if np.bincount(theirs, minlength=count).min() >= needed:
            return own, theirs
    return np.zeros(volume.size, dtype=np.int64), np.zeros(placebo_volume.size, dtype=np.int64)


def _calibrated(z: Array, placebo_z: Array, stratum: Index, placebo_stratum: Index) -> Array:
    """One-sided p-values: how many placebo cells of the stratum rose as much, the cell itself among them."""
    p = np.ones(z.size)
    for number in np.unique(stratum):
        own = stratum == number
        p[own] = conformal_p(z[own], placebo_z[placebo_stratum == number])
    return p


def simes(p_values: Array) -> float:
    """One p-value for the hypothesis that none of several is real (Simes 1986)."""
    ordered = np.sort(p_values)
    return float(min(1.0, (ordered * ordered.size / np.arange(1, ordered.size + 1)).min()))


def supplier_q_values(tests: CellTests) -> dict[str, float]:
    """Adjusted significance of each supplier, for ``suppliers[].q_value``.

    A supplier whose cells are finer is tested by Simes' combination of their p-values, and
    the suppliers are adjusted among themselves. Suppliers without a test are absent.
    """
    by_supplier: dict[str, list[float]] = {}
    for cell in tests.cells:
        if cell.p_value is not None:
            by_supplier.setdefault(cell.supplier, []).append(cell.p_value)
    names = sorted(by_supplier)
    q = benjamini_hochberg(np.array([simes(np.array(by_supplier[name])) for name in names]))
    return {name: float(value) for name, value in zip(names, q, strict=True)}


def _why_not(series: CellSeries, row: int) -> str:
    counted = series.factor[row] > 0
    windows = (counted & ~series.is_after).sum(), (counted & series.is_after).sum()
    if min(windows) < MIN_PERIODS:
        return f"fewer than {MIN_PERIODS} periods reported in a window"
    return "no trade with other destinations to compare with"


def _warnings(*, is_centred: bool, floor: float, tested: int, fdr: float) -> tuple[str, ...]:
    found = []
    if not is_centred:
        found.append(
            "no ordinary goods tell the target's own shift, so cell tests take a rise of all its trade for a rise of the goods"
        )
    if floor * tested > fdr:
        found.append(
            f"the placebo cells allow no q-value of a single cell below {floor * tested:.2f}: cells are discovered together or not at all"
        )
    return tuple(found)
