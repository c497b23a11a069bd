"""The panel's stages on trade with one target, worked out from the arrays of the native copy.

A copy numbers its series in the order of partner and good, so what was reported to be traded with a target stands
together. It is read once for a target, and each stage is a sum of its arrays. The target's own reports (the mirror) stand
apart from each other; they are read by SQL.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stopgap.lake.engines.answers import content_key
from stopgap.lake.engines.engine import CopyEngine, Scalars, Tables
from stopgap.lake.engines.period_arrays import IS_ESTIMATED
from stopgap.lake.stage import Stage
from stopgap.panel.arrays.coded import Coded, Index, Mask
from stopgap.panel.arrays.exact_sums import SumTooLargeError, dollars, grouped, micros
from stopgap.panel.arrays.reported_arrays import reported_by
from stopgap.panel.arrays.world_arrays import Array, arrays_for

Whole = npt.NDArray[np.int64]
MOST_CELLS = 1 << 22
"""Suppliers times goods times periods up to which dollars are kept for all periods that can matter, so that other windows
need no other sums."""

_SERIES = Stage(
    "target_series",
    """
    SELECT series, frequency, source, revision, good, reporter AS supplier FROM native.trade_series
    WHERE kind = 'economy' AND partner = $target AND flow = $flow AND reporter <> $target ORDER BY series
    """,
)


@dataclass(frozen=True)
class TargetRows:
    """Series with one target as partner, of one flow and frequency, in the order of their numbers.

    Attributes:
        code: Number of (source, revision, good) of each series; ``codes`` has them by number, in the order of texts.
        usd: Dollars (series, periods), NaN where there is no figure.
        estimated: Whether the source estimated a figure; ``None`` where it estimated none.
    """

    periods: tuple[dt.date, ...]
    codes: tuple[tuple[str, str, str], ...]
    code: Index
    supplier: Coded
    source: Coded
    usd: Array
    estimated: Mask | None

    def between(self, first: str, last: str) -> Index:
        """Return the positions of the periods from one day to another."""
        days = [day.isoformat() for day in self.periods]
        return np.array([at for at, day in enumerate(days) if _day(first) <= day <= _day(last)], dtype=np.int64)


def _day(text: str) -> str:
    return text[:10]


def target_rows(engine: CopyEngine, params: Scalars) -> dict[str, TargetRows] | None:
    """Return the target's series by frequency; ``None`` where some of them are in no array."""
    target, flow = str(params["target"]), str(params["flow"])
    return engine.remember("target rows", (target, flow), lambda: _target_rows(engine, target, flow))


def _target_rows(engine: CopyEngine, target: str, flow: str) -> dict[str, TargetRows] | None:
    rows = engine.run(_SERIES, params={"target": target, "flow": flow})
    frequencies = rows["frequency"].to_numpy(zero_copy_only=False)
    found = {}
    for frequency in sorted(set(frequencies.tolist())):
        arrays = arrays_for(engine, {"frequency": frequency, "flow": flow})
        if arrays is None:
            return None
        own = rows.filter(pa.array(frequencies == frequency)) if len(set(frequencies.tolist())) > 1 else rows
        series = own["series"].to_numpy()
        numbers, usd, marks = arrays.of_series(int(series[0]), int(series[-1]))
        if numbers.size != series.size:
            at = np.searchsorted(numbers, series)
            usd, marks = usd[at], marks[at]
        source, revision, good = (Coded.of(own[name]) for name in ("source", "revision", "good"))
        key = (source.at * max(len(revision.names), 1) + revision.at) * max(len(good.names), 1) + good.at
        keys, code = np.unique(key, return_inverse=True)
        rest, good_at = np.divmod(keys, max(len(good.names), 1))
        source_at, revision_at = np.divmod(rest, max(len(revision.names), 1))
        codes = tuple(
            (source.names[a], revision.names[b], good.names[c])
            for a, b, c in zip(source_at.tolist(), revision_at.tolist(), good_at.tolist(), strict=True)
        )
        estimated = (marks & IS_ESTIMATED) > 0
        found[frequency] = TargetRows(
            arrays.periods, codes, code, Coded.of(own["supplier"]), source, usd, estimated if estimated.any() else None
        )
    return found


def present_codes_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``present_codes`` from arrays; ``None`` where they cannot give it."""
    del tables
    found = target_rows(engine, params)
    if found is None:
        return None
    texts: list[tuple[str, str, str, str]] = []
    spans: list[tuple[dt.date, dt.date, int]] = []
    sums = []
    for frequency, rows in found.items():
        columns = rows.between(str(params["first"]), str(params["last"]))
        if not columns.size:
            continue
        value = rows.usd[:, columns]
        held = ~np.isnan(value)
        order = np.argsort(rows.code, kind="stable")
        starts = np.searchsorted(rows.code[order], np.arange(len(rows.codes)))
        seen = np.logical_or.reduceat(held[order], starts, axis=0)
        try:
            total = grouped(rows.code, micros(value.copy()).sum(axis=1), len(rows.codes))
        except SumTooLargeError:
            return None
        first, last = seen.argmax(axis=1), columns.size - 1 - seen[:, ::-1].argmax(axis=1)
        for at in np.flatnonzero(seen.any(axis=1)).tolist():
            texts.append((frequency, *rows.codes[at]))
            spans.append((rows.periods[columns[first[at]]], rows.periods[columns[last[at]]], int(seen[at].sum())))
            sums.append(int(total[at]))
    columns_of = list(zip(*texts, strict=True)) or [()] * 4
    days = list(zip(*spans, strict=True)) or [()] * 3
    names = ("frequency", "source", "revision", "good")
    return pa.table(
        {
            **{name: pa.array(column, pa.string()) for name, column in zip(names, columns_of, strict=True)},
            "first_period": pa.array(days[0], pa.date32()),
            "last_period": pa.array(days[1], pa.date32()),
            "periods": pa.array(days[2], pa.int64()),
            "value_usd": dollars(np.array(sums, dtype=np.int64)),
        }
    )


@dataclass(frozen=True)
class Matched:
    """Rows of :class:`TargetRows` that count towards goods of the panel, once for each good."""

    row: Index
    good: Index
    goods: tuple[str, ...]
    weight: Array
    is_estimated: Mask


def _matched(engine: CopyEngine, rows: TargetRows, wanted: pa.Table, key: tuple[object, ...]) -> Matched:
    return engine.remember("matched", (*key, content_key(wanted)), lambda: _match(rows, wanted))


def _match(rows: TargetRows, wanted: pa.Table) -> Matched:
    fields = ("source", "revision", "good", "panel_good", "weight", "is_estimated")
    by_code: dict[tuple[str, str, str], list[tuple[str, float, bool]]] = {}
    for source, revision, good, panel_good, weight, is_estimated in zip(
        *(wanted[name].to_pylist() for name in fields), strict=True
    ):
        by_code.setdefault((source, revision, good), []).append((panel_good, weight, is_estimated))
    goods = tuple(sorted(set(wanted["panel_good"].to_pylist())))
    number = {name: at for at, name in enumerate(goods)}
    links = [
        (at, number[good], weight, estimated)
        for at, code in enumerate(rows.codes)
        for good, weight, estimated in by_code.get(code, ())
    ]
    code = np.array([link[0] for link in links], dtype=np.int64)
    order = np.argsort(rows.code, kind="stable")
    starts, ends = (np.searchsorted(rows.code[order], code, side=side) for side in ("left", "right"))
    counts = ends - starts
    at = np.repeat(np.arange(code.size), counts)
    inside = np.arange(at.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return Matched(
        row=order[starts[at] + inside] if at.size else np.zeros(0, dtype=np.int64),
        good=np.array([link[1] for link in links], dtype=np.int64)[at],
        goods=goods,
        weight=np.array([link[2] for link in links], dtype=np.float64)[at],
        is_estimated=np.array([link[3] for link in links], dtype=bool)[at],
    )


def holders_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``holders`` from arrays; ``None`` where they cannot give it."""
    found = target_rows(engine, params)
    if found is None:
        return None
    schema = pa.schema(
        [("supplier", pa.string()), ("source", pa.string()), ("last_period", pa.date32()), ("goods", pa.int64())]
    )
    frequency = str(params["frequency"])
    rows = found.get(frequency)
    if rows is None:
        return schema.empty_table()
    matched = _matched(engine, rows, tables["wanted"], (params["target"], params["flow"], frequency))
    columns = rows.between(str(params["first"]), str(params["last"]))
    held = ~np.isnan(rows.usd[:, columns])
    last_at = np.where(held.any(axis=1), columns.size - 1 - held[:, ::-1].argmax(axis=1) if columns.size else 0, -1)[
        matched.row
    ]
    use = last_at >= 0
    sources = max(len(rows.source.names), 1)
    holder = rows.supplier.at[matched.row[use]] * sources + rows.source.at[matched.row[use]]
    keys, at = np.unique(holder, return_inverse=True)
    last = np.full(keys.size, -1)
    np.maximum.at(last, at, last_at[use])
    pairs = np.unique(at * max(len(matched.goods), 1) + matched.good[use])
    goods = np.bincount(pairs // max(len(matched.goods), 1), minlength=keys.size)
    supplier, source = np.divmod(keys, sources)
    return pa.table(
        [
            rows.supplier.texts(supplier),
            rows.source.texts(source),
            pa.array([rows.periods[columns[place]] for place in last.tolist()], pa.date32()),
            pa.array(goods, pa.int64()),
        ],
        schema=schema,
    )


@dataclass(frozen=True)
class PanelDollars:
    """Dollars of each supplier and good of the panel with the target, by period.

    Attributes:
        suppliers: Economies with a source, sorted; ``goods`` those of the panel, sorted.
        periods: Periods from the first to the last that can matter.
        usd: Dollars (suppliers, goods, periods), zero where there is no row.
        estimated: The part that the source, or a conversion, estimated; ``None`` for none.
        held: Whether there is a row.
        whole: Dollars of more goods that these are a part of, and the place of each good among theirs.
        parts: Parts of some goods that were made, by the places of these.
    """

    suppliers: tuple[str, ...]
    goods: tuple[str, ...]
    periods: tuple[dt.date, ...]
    usd: Array
    estimated: Array | None
    held: Mask
    whole: tuple[PanelDollars, Index] | None = field(default=None, repr=False)
    parts: dict[bytes, PanelDollars] = field(default_factory=dict, repr=False)

    @cached_property
    def micros(self) -> Whole | None:
        """Whole millionths of ``usd``; ``None`` where all together exceed 64 bits."""
        if self.whole is not None:
            of_all = self.whole[0].micros
            return None if of_all is None else of_all.take(self.whole[1], axis=1)
        try:
            return micros(self.usd.copy())
        except SumTooLargeError:
            return None

    def of_goods(self, at: Index) -> PanelDollars:
        """Return the part of the goods at some positions, in ascending order; the last ones are kept."""
        key = at.tobytes()
        found = self.parts.get(key)
        if found is None:
            estimated = None if self.estimated is None else self.estimated.take(at, axis=1)
            goods = tuple(self.goods[place] for place in at.tolist())
            usd, held = self.usd.take(at, axis=1), self.held.take(at, axis=1)
            found = PanelDollars(self.suppliers, goods, self.periods, usd, estimated, held, (self, at))
            while len(self.parts) >= 4:
                self.parts.pop(next(iter(self.parts)))
            self.parts[key] = found
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
        seasons, season = np.unique(self.season, return_inverse=True)
        counts = np.zeros((2, len(is_reported), seasons.size), dtype=np.int64)
        for at, (part, own) in enumerate(zip(self.part.tolist(), season.tolist(), strict=True)):
            counts[part, :, own] += is_reported[:, at]
        return SeasonCounts(season, counts[0], counts[1], np.asarray((counts > 0).all(axis=0)))

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


def _span(at: Index) -> slice | Index:
    """Return ascending positions as a slice where none is left out, which copies nothing."""
    if at.size and int(at[-1]) - int(at[0]) + 1 == at.size:
        return slice(int(at[0]), int(at[-1]) + 1)
    return at


@dataclass(frozen=True)
class SeasonCounts:
    """How often each season was reported in each window.

    Attributes:
        season: Position of the season of each period, (periods,).
        baseline: Periods reported, (suppliers, seasons); ``after`` those of the after-window.
        usable: Whether it was reported in both, (suppliers, seasons).
    """

    season: Index
    baseline: Index
    after: Index
    usable: Mask


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
    if own not in made:
        matches = frozenset(zip(*(column.to_pylist() for column in wanted.columns), strict=True))
        goods, place = set(wanted["panel_good"].to_pylist()), wanted.column_names.index("panel_good")
        whole = next(
            (
                found
                for each, found in made.values()
                if found is not None and matches == {match for match in each if match[place] in goods}
            ),
            None,
        )
        found = _target_dollars(engine, tables, params) if whole is None else whole.of_goods(goods)
        while len(made) >= 4:
            made.pop(next(iter(made)))
        made[own] = (matches, found)
    return made[own][1]


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
    matched = _matched(engine, rows, tables["wanted"], (params["target"], params["flow"], str(params["frequency"])))
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
    value = rows.usd[row][:, columns]
    held = ~np.isnan(value)
    if not bool((weight == 1.0).all()):
        value *= weight[:, None]
    shape = (len(suppliers), len(matched.goods), columns.size)
    cell = own[use] * max(len(matched.goods), 1) + good
    size = shape[0] * shape[1]
    try:
        terms = micros(value)
        sums = dollars(grouped(cell, terms, size)).reshape(shape)
        marked = None
        if rows.estimated is not None or allotted.any():
            is_estimated = np.broadcast_to(allotted[:, None], terms.shape)
            if rows.estimated is not None:
                is_estimated = is_estimated | rows.estimated[row][:, columns]
            marked = dollars(grouped(cell, np.where(is_estimated, terms, 0), size)).reshape(shape)
        counts = grouped(cell, held.astype(np.int64), size).reshape(shape)
    except SumTooLargeError:
        return None
    return PanelDollars(
        suppliers, matched.goods, tuple(rows.periods[at] for at in columns.tolist()), sums, marked, counts > 0
    )


def dollars_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``dollars`` from arrays; ``None`` where they cannot give it."""
    found = target_dollars(engine, tables, params)
    if found is None:
        return None
    supplier, good, period = np.nonzero(found.held)
    usd = found.usd[supplier, good, period]
    marked = np.zeros(usd.size) if found.estimated is None else found.estimated[supplier, good, period]
    return pa.table(
        {
            "supplier": _texts(found.suppliers, supplier),
            "period": _days(found.periods, period),
            "good": _texts(found.goods, good),
            "value_usd": usd,
            "estimated_usd": marked,
        }
    )


def cells_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``cells`` from arrays; ``None`` where they cannot give it."""
    found = target_dollars(engine, tables, params)
    if found is None:
        return None
    per_year = params["periods_per_year"]
    assert isinstance(per_year, int)
    means = found.cell_means(reported_periods(engine, found, tables, params), per_year)
    if means is None:
        return None
    return pa.table(
        {"supplier": _coded(found.suppliers, means.supplier), "good": _coded(found.goods, means.good), **means.usd}
    )


def _cell_means(found: TargetDollars, is_reported: Mask, per_year: int) -> CellMeans | None:
    counts, panel = found.season_counts(is_reported), found.panel
    season, usable = counts.season, counts.usable
    after_periods = np.where(usable, counts.after, 0).sum(axis=1)
    is_counted = is_reported & usable[:, season]
    held = found.held
    counted = held if bool(is_counted.all()) else held & is_counted[:, None, :]
    supplier, good = np.nonzero(counted.any(axis=2))
    before = found.part == 0
    later, earlier = (each[:, season[before]][:, None, :] for each in (counts.after, counts.baseline))
    if panel.micros is None:
        return None
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


def active_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``active_periods`` from arrays; ``None`` where they cannot give it."""
    found = target_dollars(engine, tables, params)
    if found is None or found.panel.micros is None:
        return None
    after = found.window(1)
    sums = dollars(found.panel.micros[:, :, after].sum(axis=1))
    least = params["active_usd"]
    assert isinstance(least, int | float)
    counts = ((sums >= least) & found.panel.held[:, :, after].any(axis=1)).sum(axis=1)
    supplier = np.flatnonzero(counts)
    return pa.table({"supplier": _texts(found.suppliers, supplier), "n": pa.array(counts[supplier], pa.int64())})


def baseline_totals_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``baseline_totals`` from arrays; ``None`` where they cannot give it."""
    found = target_dollars(engine, tables, params)
    if found is None or found.panel.micros is None:
        return None
    before = found.window(0)
    sums = found.panel.micros[:, :, before].sum(axis=(1, 2))
    supplier = np.flatnonzero(found.panel.held[:, :, before].any(axis=(1, 2)))
    return pa.table({"supplier": _texts(found.suppliers, supplier), "value_usd": dollars(sums[supplier])})


def good_series_on_copy(engine: CopyEngine, tables: Tables, params: Scalars) -> pa.Table | None:
    """Work out the stage ``good_series`` from arrays; ``None`` where they cannot give it."""
    found = target_dollars(engine, tables, params)
    if found is None:
        return None
    is_reported = reported_periods(engine, found, tables, params)
    supplier, good, period = np.nonzero(found.held & is_reported[:, None, :])
    return pa.table(
        {
            "supplier": _texts(found.suppliers, supplier),
            "good": _texts(found.goods, good),
            "period": _days(found.periods, period),
            "value_usd": found.usd[supplier, good, period],
        }
    )


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


def _texts(names: tuple[str, ...], at: Index) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(at))


def _coded(names: tuple[str, ...], at: Index) -> pa.Array:
    """Return names at some positions as a dictionary of those that occur, which is quick to number again."""
    coded = Coded.of_codes(at, names)
    return coded.dictionary(coded.at)


def _days(periods: tuple[dt.date, ...], at: Index) -> pa.Array:
    return pa.array(periods, pa.date32()).take(pa.array(at))
