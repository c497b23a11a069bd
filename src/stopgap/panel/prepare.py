"""Prepare the inputs of a measure's stages other than the lake: options, basis, windows and sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypedDict, TypeVar

import pyarrow as pa

from stopgap.base.errors import MissingDataError, UsageError
from stopgap.base.sql import listed, quoted
from stopgap.base.vocab import Direction, Frequency, Report
from stopgap.codes.goods import GoodsList
from stopgap.lake.engine import Engine
from stopgap.lake.snapshot import Snapshot
from stopgap.panel.basis import Basis, choose_basis, choose_sources, codes_of
from stopgap.panel.episodes import Episode, Window, add_months, needs_target_side, parse_window
from stopgap.panel.silence import Reported, Silence, silence, windows_reported
from stopgap.panel.stages import panel
from stopgap.panel.windows import Windows, close_windows, periods_table

ACTIVE_USD = 10_000.0

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class MeasureOptions:
    """Options of a measure."""

    goods: str | None = None  # goods list (name or path); the episode's first measurable one when None
    baseline: Window | None = None  # window that overrides the episode's, and so after
    after: Window | None = None
    as_of: str | None = None  # vintage or day
    frequency: Frequency | None = None  # take annual or monthly figures
    report: Report = Report.REPORTED  # reports of the target's partners, or the target's own


def measure_options(
    *,
    goods: str | None = None,
    baseline: str | None = None,
    after: str | None = None,
    frequency: str | None = None,
    report: str = Report.REPORTED,
    as_of: str | None = None,
) -> MeasureOptions:
    """Parse options given as text on the command line or in the Python API.

    Raises:
        EpisodeError: A window is invalid.
        UsageError: The frequency or report is unknown.
    """
    if frequency not in (None, "A", "M"):
        raise UsageError(f"no frequency {frequency!r}", where="--frequency", fix="use A (annual) or M (monthly)")
    if report not in list(Report):
        raise UsageError(f"no report {report!r}", where="--report", fix="use reported or mirror")
    return MeasureOptions(
        goods=goods,
        baseline=parse_window(baseline, option="--baseline") if baseline else None,
        after=parse_window(after, option="--after") if after else None,
        as_of=as_of,
        frequency=Frequency(frequency) if frequency else None,
        report=Report(report),
    )


def first_measurable(
    episode: Episode, goods: str | None, measure: Callable[[GoodsList, tuple[str, ...]], Answer]
) -> Answer:
    """Call ``measure`` with the named goods list, or with the episode's first list that the lake has figures for.

    ``measure`` receives a list and the names of the lists skipped before it. If the lake has figures for none,
    the MissingDataError of the first list is raised.
    """
    passed_over: list[str] = []
    first_error: MissingDataError | None = None
    for name in (goods,) if goods is not None else episode.goods:
        try:
            return measure(episode.goods_list(name), tuple(passed_over))
        except MissingDataError as error:
            first_error = first_error or error
            passed_over.append(name)
    assert first_error is not None
    raise first_error


@dataclass(frozen=True)
class Prepared:
    """Inputs of the panel's stages other than the lake: basis, windows, small tables and chosen sources."""

    basis: Basis
    windows: Windows
    tables: Mapping[str, pa.Table]
    params: Mapping[str, str | int | float | None]
    chosen: Mapping[str, str]  # supplier -> source
    without_trade: Mapping[str, frozenset[str]]  # economy that never traded the goods -> windows reported
    members: Mapping[str, str | None]
    notes: tuple[str, ...]

    def silence(self, reported: Reported, totals: Mapping[str, float]) -> Silence:
        """Return the economies that lack comparable figures in a window, from periods reported and baseline trade."""
        return silence(reported, totals, chosen=self.chosen, members=self.members, without_trade=self.without_trade)

    def rows_where(self) -> str:
        """Return an SQL condition on ``trade`` for these goods, sources and periods, for every flow and economy."""
        goods, sources = sorted({match.good for match in self.basis.matches}), sorted(set(self.chosen.values()))
        periods = (f"DATE {quoted(row['period'].isoformat())}" for row in self.tables["periods"].to_pylist())
        return (
            f"frequency = '{self.params['frequency']}' AND source IN ({listed(sources)}) AND good IN ({listed(goods)}) "
            f"AND period IN ({', '.join(periods)})"
        )


class SupplierPeriod(TypedDict):
    """A row of the stage ``supplier_periods``: a period of a window that a supplier reported."""

    supplier: str
    part: str
    period: dt.date


def periods_reported(rows: Iterable[SupplierPeriod]) -> dict[str, dict[str, set[str]]]:
    """Group rows of the stage ``supplier_periods``: supplier -> window -> periods reported (``YYYY-MM``)."""
    found: dict[str, dict[str, set[str]]] = {}
    for row in rows:
        found.setdefault(row["supplier"], {}).setdefault(row["part"], set()).add(f"{row['period']:%Y-%m}")
    return found


def prepare(
    engine: Engine, snapshot: Snapshot, episode: Episode, goods: GoodsList, options: MeasureOptions
) -> Prepared:
    """Choose basis, windows and sources, and build the small tables that the panel's stages read.

    Raises:
        MissingDataError: The lake has no figures for the list.
        EpisodeError: The windows overlap or hold no whole period, or the episode is one of importers.
    """
    needs_target_side(episode, "this measure")
    stages = panel(options.report)
    # The widest reading of both windows: the days that can matter.
    first = (options.baseline or episode.baseline).first or add_months(episode.event, -48)
    params: dict[str, str | int | float | None] = {
        "target": episode.target,
        "flow": str(episode.direction.flow(options.report)),
        "first": f"{first[:4]}-01-01",
        "last": f"{(options.after or episode.after).last or '9999-12'}-28",
        "active_usd": ACTIVE_USD,
    }
    basis = choose_basis(codes_of(engine.run(stages.present_codes, params=params)), goods, frequency=options.frequency)
    if basis is None:
        raise _no_data(snapshot, episode, goods, options)
    params |= {"frequency": str(basis.frequency), "periods_per_year": basis.frequency.periods_per_year}
    rows = engine.run(stages.holders, tables={"wanted": basis.wanted_table()}, params=params).to_pylist()
    last = max(row["last_period"] for row in rows)
    last_month = f"{last.year}-12" if basis.frequency is Frequency.ANNUAL else f"{last:%Y-%m}"
    windows = close_windows(
        episode, baseline=options.baseline, after=options.after, last_period=last_month, frequency=basis.frequency
    )
    tables = {
        "periods": periods_table(windows, basis.frequency),
        "wanted": basis.wanted_table(),
        "chapters": basis.chapters_table(),
    }
    holders: dict[str, set[str]] = {}
    for row in rows:
        holders.setdefault(row["supplier"], set()).add(row["source"])
    counts = engine.run(stages.reported_counts, tables=tables, params=params).to_pylist()
    without_trade: Mapping[str, frozenset[str]] = {}
    if options.report is Report.REPORTED:
        without_trade = windows_reported(counts, holders, episode.target)
    else:
        of_target = [row for row in counts if row["reporter"] == episode.target]
        counts = [{**row, "reporter": supplier} for row in of_target for supplier in holders]
    chosen = choose_sources(counts, holders)
    tables["chosen"] = chosen_table(chosen, episode.target, options.report)
    notes = [*basis.notes, *_narrow_sources(basis, chosen)]
    if basis.passed_over:
        elsewhere = engine.run(stages.holders, tables={"wanted": basis.passed_over_table()}, params=params).to_pylist()
        if left := sorted({row["supplier"] for row in elsewhere} - set(holders)):
            text = f"measured at {basis.level} level; with figures at other levels only, and not counted"
            notes.append(f"{text}: {', '.join(left)}")
    return Prepared(basis, windows, tables, params, chosen, without_trade, episode.members(), tuple(notes))


def _narrow_sources(basis: Basis, chosen: Mapping[str, str]) -> list[str]:
    """Return a note for each source that holds under half of the goods: its suppliers' figures are partial."""
    held: dict[str, set[str]] = {}
    for match in basis.matches:
        held.setdefault(match.source, set()).add(match.panel_good)
    return [
        f"{source} holds {len(goods)} of the {len(basis.items)} goods measured, so these suppliers' figures are partial: "
        + ", ".join(sorted(supplier for supplier, taken in chosen.items() if taken == source))
        for source, goods in sorted(held.items())
        if len(goods) * 2 < len(basis.items) and source in chosen.values()
    ]


def chosen_table(chosen: Mapping[str, str], target: str, report: Report) -> pa.Table:
    """Build the table ``chosen(supplier, source, reporter)`` that the panel's stages read."""
    rows = [
        {"supplier": supplier, "source": source, "reporter": target if report is Report.MIRROR else supplier}
        for supplier, source in sorted(chosen.items())
    ]
    schema = pa.schema([(name, pa.string()) for name in ("supplier", "source", "reporter")])
    return pa.Table.from_pylist(rows, schema=schema)


def _no_data(snapshot: Snapshot, episode: Episode, goods: GoodsList, options: MeasureOptions) -> MissingDataError:
    side = "exports to" if episode.direction is Direction.EXPORTS_TO_TARGET else "imports from"
    frequency = {None: "", Frequency.ANNUAL: " annual", Frequency.MONTHLY: " monthly"}[options.frequency]
    return MissingDataError(
        f"the lake has no{frequency} figures of {side} {episode.target} for the goods list {goods.name}",
        where=f"episode {episode.name}, goods {goods.name} ({len(goods.items)} codes), vintage {snapshot.vintage}",
        fix=episode.needs or "import figures of these goods (stopgap import FILE)",
    )
