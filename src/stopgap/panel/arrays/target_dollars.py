"""Dollars of suppliers and goods of a panel with one target, added once for all windows of the same years."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from stopgap.lake.engines.answers import content_key
from stopgap.lake.engines.engine import CopyEngine, Scalars, Tables
from stopgap.panel.arrays.coded import Index, Mask
from stopgap.panel.arrays.exact_sums import SAME_AGAIN, SumTooLargeError, any_of, dollars, grouped, micros
from stopgap.panel.arrays.reported_arrays import reported_by
from stopgap.panel.arrays.season_counts import SeasonCounts
from stopgap.panel.arrays.target_rows import TargetRows, matched_rows, target_rows
from stopgap.panel.arrays.world_arrays import Array

Whole = npt.NDArray[np.int64]
Kept = TypeVar("Kept")
MOST_CELLS = 1 << 22
"""Suppliers times goods times periods up to which dollars are kept for all periods that can matter, so that other windows
need no other sums."""


@dataclass(frozen=True)
class PanelDollars:
    """Dollars of each supplier and good of the panel with the target, by period.

    Attributes:
        suppliers: Economies with a source, sorted; ``goods`` those of the panel, sorted.
        periods: Periods from the first to the last that can matter.
        usd: Dollars (suppliers, goods, periods), zero where there is no row.
        micros: The same in whole millionths.
        estimated: The part that the source, or a conversion, estimated; ``None`` for none.
        held: Whether there is a row.
        parts: Parts of some goods that were made, by the places of these.
    """

    suppliers: tuple[str, ...]
    goods: tuple[str, ...]
    periods: tuple[dt.date, ...]
    usd: Array
    micros: Whole
    estimated: Array | None
    held: Mask
    parts: dict[bytes, PanelDollars] = field(default_factory=dict, repr=False)

    def of_goods(self, at: Index) -> PanelDollars:
        """Return the part of the goods at some positions, in ascending order; the last ones are kept."""
        key = at.tobytes()
        found = self.parts.get(key)
        if found is None:
            estimated = None if self.estimated is None else self.estimated.take(at, axis=1)
            goods = tuple(self.goods[place] for place in at.tolist())
            usd, whole = self.usd.take(at, axis=1), self.micros.take(at, axis=1)
            held = self.held.take(at, axis=1)
            found = PanelDollars(self.suppliers, goods, self.periods, usd, whole, estimated, held)
            _keep_last(self.parts, key, found, most=4)
        return found


@dataclass(frozen=True)
class TargetDollars:
    """Dollars of each supplier and good of the panel with the target, over both windows.

    Attributes:
        panel: The dollars by period.
        columns: Position of each period of the windows among those of ``panel``, ascending.
        part: 1 for periods of the after-window, 0 for those of the baseline.
        season: Number of the season of each period.
        whole: Dollars of more goods that these are a part of, and the place of each good among theirs.
        means: Means of cells that were worked out, by who reported which period.
    """

    panel: PanelDollars
    columns: Index
    part: Index
    season: Index
    whole: tuple[TargetDollars, Index] | None = field(default=None, repr=False)
    means: dict[bytes, CellMeans | None] = field(default_factory=dict, repr=False)

    @property
    def suppliers(self) -> tuple[str, ...]:
        """Economies with a source, sorted."""
        return self.panel.suppliers

    @property
    def goods(self) -> tuple[str, ...]:
        """Goods of the panel, sorted."""
        return self.panel.goods

    @cached_property
    def periods(self) -> tuple[dt.date, ...]:
        """Periods of the windows that the target's arrays have."""
        return tuple(self.panel.periods[at] for at in self.columns.tolist())

    @property
    def usd(self) -> Array:
        """Dollars (suppliers, goods, periods), zero where there is no row."""
        return self.panel.usd[:, :, _span(self.columns)]

    @property
    def estimated(self) -> Array | None:
        """The part that the source, or a conversion, estimated; ``None`` for none."""
        return None if self.panel.estimated is None else self.panel.estimated[:, :, _span(self.columns)]

    @property
    def held(self) -> Mask:
        """Whether there is a row, (suppliers, goods, periods)."""
        return self.panel.held[:, :, _span(self.columns)]

    def window(self, part: int) -> slice | Index:
        """Return the positions of a window's periods among those of ``panel``: 0 the baseline, 1 the after-window."""
        return _span(self.columns[self.part == part])

    def of_goods(self, goods: set[str]) -> TargetDollars:
        """Return the part of some goods."""
        place = {name: at for at, name in enumerate(self.goods)}
        at = np.array([place[name] for name in sorted(goods)], dtype=np.int64)
        return replace(self, panel=self.panel.of_goods(at), whole=(self, at), means={})

    def season_counts(self, is_reported: Mask) -> SeasonCounts:
        """Return how often each season was reported in each window, by who reported which period, (suppliers, periods)."""
        return SeasonCounts.of(is_reported, self.part, self.season)

    def cell_means(self, is_reported: Mask, per_year: int) -> CellMeans | None:
        """Return means by cell over the periods reported, (suppliers, periods); those of the whole are taken where known.

        ``None`` where a sum is too large for the arrays.
        """
        key = is_reported.tobytes()
        if key not in self.means:
            whole, at = self.whole or (None, None)
            known = None if whole is None else whole.means.get(key)
            self.means[key] = (
                _cell_means(self, is_reported, per_year) if known is None or at is None else known.of_goods(at)
            )
        return self.means[key]


def _keep_last(kept: dict[bytes, Kept], key: bytes, made: Kept, *, most: int) -> None:
    """Keep what was made under a key, and of all kept the last ones; several threads may do so at once."""
    kept[key] = made
    for oldest in tuple(kept)[:-most]:
        kept.pop(oldest, None)


def _span(at: Index) -> slice | Index:
    """Return ascending positions as a slice where none is left out, which copies nothing."""
    if at.size and int(at[-1]) - int(at[0]) + 1 == at.size:
        return slice(int(at[0]), int(at[-1]) + 1)
    return at


@dataclass(frozen=True)
class CellMeans:
    """Mean dollars a year of each supplier and good with figures in usable periods, one row each.

    Attributes:
        supplier: Position of its supplier.
        good: Position of its good.
        usd: Dollars a year: ``baseline_usd``, ``after_usd`` and ``estimated_usd``.
    """

    supplier: Index
    good: Index
    usd: dict[str, Array]

    def of_goods(self, at: Index) -> CellMeans:
        """Return the part of the goods at some positions, in ascending order."""
        place = np.full(max(self.good.max(initial=-1), at.max(initial=-1)) + 1, -1, dtype=np.int64)
        place[at] = np.arange(at.size)
        use = place[self.good] >= 0
        usd = {name: column[use] for name, column in self.usd.items()}
        return CellMeans(self.supplier[use], place[self.good[use]], usd)


def target_dollars(engine: CopyEngine, tables: Tables, params: Scalars) -> TargetDollars | None:
    """Return the dollars that the panel's stages add up; ``None`` where the arrays cannot give them.

    Those of some goods are a part of those of more goods from the same sources.
    """
    wanted = tables["wanted"]
    small = tuple(content_key(tables[name]) for name in ("chosen", "periods"))
    key = (params["target"], params["flow"], params["frequency"], params.get("first"), params.get("last"), *small)
    made = engine.remember(
        "target dollars", key, dict[bytes, "tuple[frozenset[tuple[object, ...]], TargetDollars | None]"]
    )
    own = content_key(wanted)
    known = made.get(own)
    if known is None:
        matches = frozenset(zip(*(column.to_pylist() for column in wanted.columns), strict=True))
        goods, place = set(wanted["panel_good"].to_pylist()), wanted.column_names.index("panel_good")
        whole = next(
            (
                found
                for each, found in tuple(made.values())
                if found is not None and matches == {match for match in each if match[place] in goods}
            ),
            None,
        )
        found = _target_dollars(engine, tables, params) if whole is None else whole.of_goods(goods)
        _keep_last(made, own, (matches, found), most=4)
        return found
    return known[1]


def _target_dollars(engine: CopyEngine, tables: Tables, params: Scalars) -> TargetDollars | None:
    target, frequency = target_rows(engine, params), str(params["frequency"])
    rows = None if target is None else target.get(frequency)
    if rows is None:
        return None
    windows = sorted(tables["periods"].to_pylist(), key=lambda row: row["period"])
    place = {period: at for at, period in enumerate(rows.periods)}
    windows = [row for row in windows if row["period"] in place]
    columns = np.array([place[row["period"]] for row in windows], dtype=np.int64)
    size = len(set(tables["chosen"]["supplier"].to_pylist())) * len(set(tables["wanted"]["panel_good"].to_pylist()))
    span = columns
    if "first" in params and "last" in params:
        widest = rows.between(str(params["first"]), str(params["last"]))
        if size * widest.size <= MOST_CELLS and np.isin(columns, widest).all():
            span = widest  # of other windows too
    small = tuple(content_key(tables[name]) for name in ("chosen", "wanted"))
    key = (params["target"], params["flow"], frequency, span.tobytes(), *small)
    panel = engine.remember("panel dollars", key, lambda: _panel_dollars(engine, rows, span, tables, params), most=4)
    if panel is None:
        return None
    return TargetDollars(
        panel,
        np.searchsorted(span, columns),
        np.array([row["part"] == "after" for row in windows], dtype=np.int64),
        np.array([row["season"] for row in windows], dtype=np.int64),
    )


def _panel_dollars(
    engine: CopyEngine, rows: TargetRows, columns: Index, tables: Tables, params: Scalars
) -> PanelDollars | None:
    """Add the target's series by supplier and good, over the periods at some positions."""
    chosen = list(zip(tables["chosen"]["supplier"].to_pylist(), tables["chosen"]["source"].to_pylist(), strict=True))
    matched = matched_rows(engine, rows, tables["wanted"], (params["target"], params["flow"], str(params["frequency"])))
    suppliers = tuple(sorted({supplier for supplier, _ in chosen}))
    own_place = {name: at for at, name in enumerate(suppliers)}
    sources = {name: at for at, name in enumerate(rows.source.names)}
    names = {name: at for at, name in enumerate(rows.supplier.names)}
    number = np.full((len(rows.supplier.names), max(len(rows.source.names), 1)), -1, dtype=np.int64)
    for supplier, source in chosen:
        if supplier in names and source in sources:
            number[names[supplier], sources[source]] = own_place[supplier]
    own = number[rows.supplier.at[matched.row], rows.source.at[matched.row]]
    use = own >= 0
    row, good, weight, allotted = matched.row[use], matched.good[use], matched.weight[use], matched.is_estimated[use]
    value = rows.usd[:, _span(columns)].take(row, axis=0)
    held = ~np.isnan(value)
    if not bool((weight == 1.0).all()):
        value *= weight[:, None]
    shape = (len(suppliers), len(matched.goods), columns.size)
    cell = own[use] * max(len(matched.goods), 1) + good
    size = shape[0] * shape[1]
    try:
        terms = micros(value)
        added = grouped(cell, terms, size).reshape(shape)
        sums = dollars(added)
        whole = added if np.abs(added).max(initial=0) < SAME_AGAIN else micros(sums.copy())
        marked = None
        if rows.estimated is not None or allotted.any():
            is_estimated = np.broadcast_to(allotted[:, None], terms.shape)
            if rows.estimated is not None:
                is_estimated = is_estimated | rows.estimated[:, _span(columns)].take(row, axis=0)
            marked = dollars(grouped(cell, np.where(is_estimated, terms, 0), size)).reshape(shape)
    except SumTooLargeError:
        return None
    periods, is_held = tuple(rows.periods[at] for at in columns.tolist()), any_of(cell, held, size).reshape(shape)
    return PanelDollars(suppliers, matched.goods, periods, sums, whole, marked, is_held)


def _cell_means(found: TargetDollars, is_reported: Mask, per_year: int) -> CellMeans | None:
    counts, panel = found.season_counts(is_reported), found.panel
    season, usable = counts.season, counts.usable
    after_periods = counts.after_periods()
    is_counted = is_reported & usable[:, season]
    held = found.held
    counted = held if bool(is_counted.all()) else held & is_counted[:, None, :]
    supplier, good = np.nonzero(counted.any(axis=2))
    before = found.part == 0
    later, earlier = (each[:, season[before]][:, None, :] for each in (counts.after, counts.baseline))
    usd, after = panel.usd[:, :, found.window(0)], panel.micros[:, :, found.window(1)]
    if counted is not held:
        usd, after = np.where(counted[:, :, before], usd, 0.0), np.where(counted[:, :, ~before], after, 0)
    try:
        sums = {
            "baseline_usd": micros(usd * later / np.maximum(earlier, 1)).sum(axis=2),
            "after_usd": after.sum(axis=2),
        }
        sums["estimated_usd"] = np.zeros(sums["after_usd"].shape, dtype=np.int64)
        if panel.estimated is not None:
            marked = panel.estimated[:, :, found.window(1)]
            sums["estimated_usd"] = micros(np.where(counted[:, :, ~before], marked, 0.0)).sum(axis=2)
    except SumTooLargeError:
        return None
    means = {name: dollars(each[supplier, good]) * per_year / after_periods[supplier] for name, each in sums.items()}
    return CellMeans(supplier, good, means)


def reported_periods(engine: CopyEngine, found: TargetDollars, tables: Tables, params: Scalars) -> Mask:
    """Return whether each supplier reported each period, (suppliers, periods)."""
    known = reported_by(engine, tables, params)
    rows: dict[frozenset[dt.date], Mask] = {}
    for periods in known.values():
        if periods not in rows:
            rows[periods] = np.array([day in periods for day in found.periods], dtype=bool)
    none = np.zeros(len(found.periods), dtype=bool)
    told = [rows[known[name]] if name in known else none for name in found.suppliers]
    return np.array(told, dtype=bool).reshape(len(found.suppliers), len(found.periods))
