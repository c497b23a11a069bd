"""Test which cells rose at the target beyond chance, calibrated on placebo destinations.

A cell is a supplier, a supplier in a goods group, or a supplier in a good. Its statistic is
the studentised change of the log of the target's share in the cell's trade. No theoretical
distribution is used: the same statistic at unaffected destinations shows how large it gets
by chance. False discoveries are controlled with the Benjamini-Hochberg procedure in one
family, which the episode file declares before any result is seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.base.notes import Note
from stopgap.measures.alerts.scores import benjamini_hochberg, conformal_p
from stopgap.measures.statistics.array_types import Array, Index
from stopgap.measures.statistics.placebo import LEAST_PLACEBOS, variance_parts
from stopgap.measures.statistics.two_way_effects import Flags

MIN_PERIODS = 4
"""Fewest periods in each window; with fewer, the variation within a window cannot be estimated."""
MOST_STRATA = 4
LEAST_IN_STRATUM = 200
MOST_IN_STRATUM = 2_000
LEAST_PLACEBO_CELLS = 40
DIGITS = 9
"""Decimals to which statistics are rounded: last digits of logarithms differ between machines, but ranks must not."""


@dataclass(frozen=True)
class CellTest:
    """Test of one cell: a supplier, or its goods group or good ``cell``; without a test it has a ``reason``.

    ``log_change`` is the change of the log share, minus the target's shift in ordinary goods; ``z`` is the change
    divided by its standard error. ``p_value`` is the share of placebo cells of similar volume that rose as much
    (one-sided); ``q_value`` is the smallest false discovery rate at which the cell is a discovery.
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
    """Tests of one family (``supplier``, ``supplier-group`` or ``supplier-good``), smallest ``q_value`` first.

    ``discoveries`` counts cells whose ``q_value`` is at most ``fdr``; ``placebos`` are the destinations used for
    calibration, with their number of ``placebo_cells``; ``strata`` is the number of volume classes within which cells
    are compared. If ``is_centred``, the destinations' shifts in ordinary goods are subtracted.
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
    """Test every cell for a rise at the target; return a ``reason`` instead if nothing can calibrate the tests.

    Cells with trade at the target that cannot be tested have a reason and do not belong to the family.

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
    tested = [
        CellTest(
            series.suppliers[series.supplier[row]],
            series.labels[row],
            round(float(changes.change[row, 0] - shifts[0]), DIGITS),
            float(z[row, 0]),
            float(p[number]),
            float(q[number]),
        )
        for number, row in enumerate(np.flatnonzero(target))
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
    """Divide changes, minus their destination's shift, by a standard error that includes common variation.

    Without the variation common to destinations and pairs, the largest cells, whose own error is
    smallest, would be discoveries because of a shift that any destination can have.
    """
    centred = np.where(usable, changes.change - np.where(np.isfinite(shifts), shifts, 0.0)[None, :], 0.0)
    variance = np.where(usable, changes.variance, 1.0)
    placebo = usable[:, 1:]
    parts = variance_parts(centred[:, 1:][placebo] ** 2, variance[:, 1:][placebo])
    z: Array = np.round(centred / np.sqrt(np.maximum(parts.at(variance), np.finfo(float).tiny)), DIGITS)
    return z


def _strata(volume: Array, placebo_volume: Array, fdr: float) -> tuple[Index, Index]:
    """Return the volume class of the target's cells and of the placebo cells.

    Uses the most classes that each have enough placebo cells for a p-value small enough to be a discovery.
    """
    needed = float(np.clip(volume.size / max(fdr, 1e-9), LEAST_IN_STRATUM, MOST_IN_STRATUM))
    for count in range(MOST_STRATA, 1, -1):
        edges = np.quantile(volume, np.arange(1, count) / count)
        own, theirs = np.digitize(volume, edges), np.digitize(placebo_volume, edges)
        if np.bincount(theirs, minlength=count).min() >= needed:
            return own, theirs
    return np.zeros(volume.size, dtype=np.int64), np.zeros(placebo_volume.size, dtype=np.int64)


def _calibrated(z: Array, placebo_z: Array, stratum: Index, placebo_stratum: Index) -> Array:
    """Return one-sided p-values: the share of placebo cells of the stratum that rose as much, the cell included."""
    p = np.ones(z.size)
    for number in np.unique(stratum):
        own = stratum == number
        p[own] = conformal_p(z[own], placebo_z[placebo_stratum == number])
    return p


def simes(p_values: Array) -> float:
    """Combine p-values to one for the hypothesis that none of the effects is real (Simes 1986)."""
    ordered = np.sort(p_values)
    return float(min(1.0, (ordered * ordered.size / np.arange(1, ordered.size + 1)).min()))


def supplier_q_values(tests: CellTests) -> dict[str, float]:
    """Return the q-value of each supplier, for ``suppliers[].q_value``.

    If a supplier has several cells, their p-values are combined with Simes' test; the q-values are
    then computed across suppliers. Suppliers without a test are absent.
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
            Note(
                "no ordinary goods tell the target's own shift, so cell tests take a rise of all its trade for a rise of the goods"
            )
        )
    if floor * tested > fdr:
        found.append(
            Note(
                f"the placebo cells allow no q-value of a single cell below {floor * tested:.2f}: cells are discovered together or not at all"
            )
        )
    return tuple(found)


_HALF = 0.5  # pseudo-count beside each sum, so that a window without trade has a logarithm
_MOST_COUNT = 1e6
_PRIOR = 0.5
_AT_ONCE = 4_000_000  # cells x places x periods: bounds the memory


@dataclass(frozen=True)
class CellSeries:
    """Trade of N cells with the target and placebo destinations (``places``, the target first), over T periods.

    A cell is a supplier (``supplier`` indexes ``suppliers``), or its goods group or good in ``labels``.
    ``values`` (N, places, T) are dollars of sanctioned goods, 0 in a period without trade; ``elsewhere`` (N, T) are
    dollars to all destinations except hubs, ``places`` included; ``factor`` (N, T) is the weight of a period's dollars
    in its window's yearly mean, 0 if the supplier did not report or the period has no counterpart. The arrays of
    ordinary goods have one row per supplier.
    """

    suppliers: tuple[str, ...]
    supplier: Index
    labels: tuple[str, ...]
    places: tuple[str, ...]
    values: Array
    elsewhere: Array
    factor: Array
    is_after: Flags
    ordinary: Array
    ordinary_elsewhere: Array
    ordinary_factor: Array


@dataclass(frozen=True)
class ShareChanges:
    """Change of the log share per (cell, place), and its variance from the periods within each window.

    They are 0 and 1 if not tested: no trade at the place, none elsewhere, or too few periods. ``volume`` is dollars per
    year of both windows.
    """

    change: Array
    variance: Array
    volume: Array
    is_tested: Flags


def share_changes(series: CellSeries, *, min_periods: int) -> ShareChanges:
    """Compute the change of each place's log share in the cell's trade, after against before.

    A share is trade with the place divided by trade with other destinations (no hub, not the
    target). Sums are converted to pseudo-counts by their index of dispersion, plus half a count
    each. Each window needs ``min_periods`` counted periods.

    Method: docs/methods/cell-tests.md.
    """
    count, places, periods = series.values.shape
    shape = (count, places)
    change, variance, volume = np.zeros(shape), np.ones(shape), np.zeros(shape)
    tested = np.zeros(shape, dtype=bool)
    step = max(1, _AT_ONCE // max(1, places * periods))
    for first in range(0, count, step):
        rows = slice(first, first + step)
        change[rows], variance[rows], volume[rows], tested[rows] = _changes(series, rows, min_periods)
    return ShareChanges(change, variance, volume, tested)


def _changes(series: CellSeries, rows: slice, min_periods: int) -> tuple[Array, Array, Array, Flags]:
    factor = series.factor[rows][:, None, :]
    values = series.values[rows]
    # Others' trade: without the target, and without the place itself.
    beside = (series.elsewhere[rows] - values[:, 0])[:, None, :] - values
    beside[:, 0] += values[:, 0]
    beside = np.maximum(beside, 0.0)
    windows = [(factor > 0) & after for after in (~series.is_after, series.is_after)]
    enough = np.minimum(*(window.sum(axis=2) for window in windows)) >= min_periods
    here = [_window_sums(values, factor, window) for window in windows]
    there = [_window_sums(beside, factor, window) for window in windows]
    tested = enough & (here[0].total + here[1].total > 0) & (there[0].total + there[1].total > 0)
    own_unit, other_unit = _unit(*here), _unit(*there)
    change, variance = np.zeros(tested.shape), np.zeros(tested.shape)
    for sign, window, own, other in zip((-1.0, 1.0), windows, here, there, strict=True):
        a, r = own.total + _HALF * own_unit * own.weight, other.total + _HALF * other_unit * other.weight
        a, r = np.where(tested, a, 1.0), np.where(tested, r, 1.0)
        change += sign * np.log(a / r)
        size = np.maximum(window.sum(axis=2), 2)
        influence = np.where(window, factor * values / a[:, :, None] - factor * beside / r[:, :, None], 0.0)
        squares = (influence**2).sum(axis=2) - influence.sum(axis=2) ** 2 / size
        variance += size / (size - 1) * np.maximum(squares, 0.0) + 1.0 / (own.count(own_unit) + 1.0)
    change, variance = np.where(tested, change, 0.0), np.where(tested, variance, 1.0)
    return change, variance, here[0].total + here[1].total, tested


@dataclass(frozen=True)
class _Sums:
    """Sums over one window: weighted total, mean weight, and the mean and squares of single periods."""

    total: Array
    weight: Array
    periods: Array
    plain: Array
    squares: Array

    def count(self, unit: Array) -> Array:
        """Return the pseudo-count of the window."""
        scale = unit * self.weight
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.where(scale > 0, self.total / scale, np.where(self.total > 0, _MOST_COUNT, 0.0))
        return np.minimum(found, _MOST_COUNT)


def _window_sums(values: Array, factor: Array, window: Flags) -> _Sums:
    periods = np.broadcast_to(window.sum(axis=2), values.shape[:2])
    kept = np.where(window, values, 0.0)
    plain = kept.sum(axis=2)
    return _Sums(
        total=(kept * factor).sum(axis=2),
        weight=(window * factor).sum(axis=2) / np.maximum(periods, 1),
        periods=periods,
        plain=plain,
        squares=np.maximum((kept**2).sum(axis=2) - plain**2 / np.maximum(periods, 1), 0.0),
    )


def _unit(before: _Sums, after: _Sums) -> Array:
    """Return the dollars of one pseudo-count: variance within the windows over the mean (index of dispersion)."""
    freedom = np.maximum(before.periods + after.periods - 2, 1)
    mean = (before.plain + after.plain) / np.maximum(before.periods + after.periods, 1)
    unit: Array = np.where(mean > 0, (before.squares + after.squares) / freedom / np.where(mean > 0, mean, 1.0), 0.0)
    return unit


def destination_shifts(series: CellSeries) -> tuple[Array, bool]:
    """Return each place's log change in ordinary goods beyond its suppliers' sales elsewhere, shape (places,).

    NaN if a place has no ordinary trade in both windows. If the target has none, returns zeros and False:
    ordinary goods are then not used at all.
    """
    factor = series.ordinary_factor[:, None, :]
    beside = (series.ordinary_elsewhere - series.ordinary[:, 0])[:, None, :] - series.ordinary
    beside[:, 0] += series.ordinary[:, 0]
    windows = [factor * after for after in (~series.is_after, series.is_after)]
    own = [(series.ordinary * window).sum(axis=2) for window in windows]
    other = [(np.maximum(beside, 0.0) * window).sum(axis=2) for window in windows]
    overall = other[1].sum(axis=0) / np.where(other[0].sum(axis=0) > 0, other[0].sum(axis=0), 1.0)
    prior = _PRIOR * own[0]
    base = other[0] + prior
    growth = np.where(base > 0, (other[1] + prior * overall) / np.where(base > 0, base, 1.0), 0.0)
    expected, seen = (own[0] * growth).sum(axis=0), own[1].sum(axis=0)
    known = (expected > 0) & (seen > 0)
    shifts = np.where(known, np.log(np.where(known, seen, 1.0) / np.where(known, expected, 1.0)), np.nan)
    if not known[0]:
        return np.zeros(len(series.places)), False
    return shifts, True
