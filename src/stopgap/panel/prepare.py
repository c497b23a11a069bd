"""Prepare the inputs of a measure's stages other than the lake: options, basis, windows and sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stopgap.base.errors import MissingDataError, UsageError
from stopgap.base.notes import Effect, Note
from stopgap.base.sql import listed, quoted
from stopgap.base.vocab import Direction, Frequency, Report
from stopgap.codes.goods import GoodsList
from stopgap.lake.engines.engine import Engine
from stopgap.lake.snapshot import Snapshot
from stopgap.panel.basis import (
    Basis,
    PresentCodes,
    ReportedCount,
    basis_with,
    basis_without,
    choose_basis,
    choose_sources,
    codes_of,
)
from stopgap.panel.coalition_stages import COALITION
from stopgap.panel.episodes import Episode, Window, add_months, needs_target_side, parse_window
from stopgap.panel.silence import PARTS, Reported, Silence, silence, some_of, windows_reported
from stopgap.panel.stages import SOURCES_OF_GOODS, Panel, panel
from stopgap.panel.unstable_goods import Unstable, UnstableGood, moved_sentence, outside_entries, unstable_goods
from stopgap.panel.windows import Windows, check_order, close_windows, periods_table

ACTIVE_USD = 10_000.0
FEWEST_MEMBERS = 0.5
"""Share of the coalition that must have reported both windows for a list that nobody named to be measured."""

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
    keep_unstable: bool = False  # measure the full list, codes that moved between the windows among them
    look_for_unstable: bool = True  # whether codes that moved are looked for at all
    known_unstable: tuple[UnstableGood, ...] | None = None  # those of a finding, so that none are looked for again
    fewest_members: float | None = None  # share of the coalition that must have reported both windows, and one at least


def measure_options(
    *,
    goods: str | None = None,
    baseline: str | None = None,
    after: str | None = None,
    frequency: str | None = None,
    report: str = Report.REPORTED,
    as_of: str | None = None,
    keep_unstable: bool = False,
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
        keep_unstable=keep_unstable,
    )


def passed_over_notes(passed_over: Sequence[str], level: str) -> list[str]:
    """Return the sentence on lists that were tried before the one measured, at ``level``; none if there are none."""
    if not passed_over:
        return []
    lists = ", ".join(passed_over)
    text = f"no goods list was named; the lake cannot measure {lists}, so {level} figures of the next list are shown"
    return [Note(text, Effect.MODEL)]


def with_most_members(episode: Episode, options: MeasureOptions, attempt: Callable[[MeasureOptions], Answer]) -> Answer:
    """Call ``attempt`` with options that pass over a thin list, where several are tried and none is named.

    A list of which under half of the coalition reported is passed over for one that more of it reported; where there is
    no such list, the first measurable one is taken.
    """
    if options.goods is not None or len(episode.goods) < 2:
        return attempt(options)
    try:
        return attempt(replace(options, fewest_members=FEWEST_MEMBERS))
    except MissingDataError:
        return attempt(options)


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
class Sourced:
    """The tables that the panel's stages read, and the sources chosen, for one set of goods."""

    basis: Basis
    tables: Mapping[str, pa.Table]
    chosen: Mapping[str, str]
    without_trade: Mapping[str, frozenset[str]]
    suppliers: frozenset[str]  # economies with trade in the goods


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
    unstable: Unstable = field(
        default_factory=Unstable
    )  # codes that moved between the windows, out of ``basis`` unless kept
    kept: str | None = None  # why unstable codes are in ``basis`` after all; None where they are out, or there are none
    full: Sourced | None = None  # the full list with its unstable codes, where they are out of ``basis``

    @property
    def listed(self) -> Basis:
        """The basis with every code of the list, unstable ones among them."""
        return self.basis if self.full is None else self.full.basis

    def all_notes(self) -> tuple[str, ...]:
        """Return ``notes`` with a sentence on the codes that moved, if any did."""
        said = moved_sentence(self.unstable, self.kept)
        return self.notes if said is None else (said, *self.notes)

    def with_unstable(self, kept: str) -> Prepared:
        """Return the same on the full list; ``kept`` says why the unstable codes are in."""
        if self.full is None:
            return self
        made = self.full
        return replace(
            self, basis=made.basis, tables=made.tables, chosen=made.chosen, without_trade=made.without_trade,
            kept=kept, full=None,
        )  # fmt: skip

    def silence(self, reported: Reported, totals: Mapping[str, float]) -> Silence:
        """Return the economies that lack comparable figures in a window, from periods reported and baseline trade."""
        return silence(reported, totals, chosen=self.chosen, members=self.members, without_trade=self.without_trade)

    def rows_where(self) -> str:
        """Return an SQL condition on ``trade`` for these goods, sources and periods, for every flow and economy."""
        return self._rows_of(self.basis, self.chosen)

    def full_rows_where(self) -> str | None:
        """Return the condition of :meth:`rows_where` for the full list; ``None`` where it is what is measured."""
        return None if self.full is None else self._rows_of(self.full.basis, self.full.chosen)

    def _rows_of(self, basis: Basis, chosen: Mapping[str, str]) -> str:
        goods, sources = sorted({match.good for match in basis.matches}), sorted(set(chosen.values()))
        periods = (f"DATE {quoted(row['period'].isoformat())}" for row in self.tables["periods"].to_pylist())
        return (
            f"frequency = '{self.params['frequency']}' AND source IN ({listed(sources)}) AND good IN ({listed(goods)}) "
            f"AND period IN ({', '.join(periods)})"
        )


def periods_reported(rows: pa.Table) -> dict[str, dict[str, set[str]]]:
    """Group rows of the stage ``supplier_periods``: supplier -> window -> periods reported (``YYYY-MM``)."""
    found: dict[str, dict[str, set[str]]] = {}
    known: dict[tuple[bytes, bytes], dict[str, set[str]]] = {}  # most suppliers reported the same periods
    names, supplier = _numbered(rows["supplier"])
    parts, part = _numbered(rows["part"])
    day = rows["period"].cast(pa.int32()).to_numpy()
    order = np.argsort(supplier, kind="stable")
    part, day = part[order], day[order]
    bounds = np.searchsorted(supplier[order], np.arange(len(names) + 1))
    for at, name in enumerate(names):
        own = slice(bounds[at], bounds[at + 1])
        key = (part[own].tobytes(), day[own].tobytes())
        if key not in known:
            months = np.datetime_as_string(day[own].astype("datetime64[D]"), unit="M").tolist()
            by_part: dict[str, set[str]] = {}
            for number, month in zip(part[own].tolist(), months, strict=True):
                by_part.setdefault(parts[number], set()).add(month)
            known[key] = by_part
        found[name] = known[key]
    return found


def _numbered(column: pa.ChunkedArray) -> tuple[list[str], npt.NDArray[np.int32]]:
    """Return the texts of a column, each once, and their numbers by row."""
    coded = column.dictionary_encode().unify_dictionaries().combine_chunks()
    numbers: npt.NDArray[np.int32] = coded.indices.to_numpy(zero_copy_only=False)
    return coded.dictionary.to_pylist(), numbers


def prepare(
    engine: Engine, snapshot: Snapshot, episode: Episode, goods: GoodsList, options: MeasureOptions
) -> Prepared:
    """Choose basis, windows and sources, and build the small tables that the panel's stages read.

    Codes whose content moved between the windows are left out of the basis, unless the options keep them.

    Raises:
        MissingDataError: The lake has no figures for the list, or figures of too few members of the coalition
            (``fewest_members``).
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
    check_order(episode, options.baseline, options.after)
    codes = engine.run(stages.present_codes, params=params)
    bases = _bases(PresentCodes.of(codes), goods, options.frequency)
    if bases is None:
        raise _no_data(snapshot, episode, goods, options)
    basis, whole = bases
    params |= {"frequency": str(basis.frequency), "periods_per_year": basis.frequency.periods_per_year}
    rows = engine.run(stages.holders, tables={"wanted": basis.wanted_table()}, params=params).to_pylist()
    last = max(row["last_period"] for row in rows)
    last_month = f"{last.year}-12" if basis.frequency is Frequency.ANNUAL else f"{last:%Y-%m}"
    windows = close_windows(
        episode, baseline=options.baseline, after=options.after, last_period=last_month, frequency=basis.frequency
    )
    periods = periods_table(windows, basis.frequency)
    sourced, counts = _sourced(engine, episode, options, basis, periods, params, rows)
    if options.fewest_members is not None and options.report is Report.REPORTED and episode.target != COALITION:
        _check_members(episode, goods, sourced, counts, options.fewest_members, snapshot)
    unstable, kept, full = Unstable(), None, None
    if options.look_for_unstable:
        unstable = _unstable(engine, episode, goods, options, whole, sourced, counts, params)
        moved = {each.good for each in unstable.goods}
        narrow = basis_without(basis, moved)
        kept = _kept_because(unstable, narrow, options)
        outside = {good for good in whole.items if good not in basis.items and good not in moved}
        listed = basis_without(whole, outside)
        if kept is None and moved:
            full = sourced
            if listed != basis:
                full, _ = _sourced(engine, episode, options, listed, periods, params)
            if narrow != basis:
                sourced, _ = _sourced(engine, episode, options, narrow, periods, params)
        elif listed != basis:
            sourced, _ = _sourced(engine, episode, options, listed, periods, params)
    notes = [*sourced.basis.notes, *_narrow_sources(sourced.basis, sourced.chosen)]
    notes += _notes_elsewhere(engine, stages, sourced, params)
    return Prepared(
        sourced.basis, windows, sourced.tables, params, sourced.chosen, sourced.without_trade, episode.members(),
        tuple(notes), unstable, kept, full,
    )  # fmt: skip


@lru_cache(maxsize=16)
def _bases(codes: PresentCodes, goods: GoodsList, frequency: Frequency | None) -> tuple[Basis, Basis] | None:
    """Return the basis of a list, and the one that also has the codes under ``unstable`` that the list itself does not name.

    ``None`` where the lake has no figures for the list. Other windows of the same years have the same basis.
    """
    present = codes_of(codes.rows)
    basis = choose_basis(present, goods, frequency=frequency)
    if basis is None:
        return None
    entries = outside_entries(goods, basis)
    return basis, basis_with(basis, present, goods, entries) if entries else basis


def _check_members(
    episode: Episode,
    goods: GoodsList,
    sourced: Sourced,
    counts: Sequence[ReportedCount],
    fewest: float,
    snapshot: Snapshot,
) -> None:
    """Raise MissingDataError where no member of several reported both windows, or a smaller share than ``fewest``."""
    parts: dict[str, set[str]] = {name: set(found) for name, found in sourced.without_trade.items()}
    for row in counts:
        if row["periods"] and sourced.chosen.get(row["reporter"]) == row["source"]:
            parts.setdefault(row["reporter"], set()).add(row["part"])
    members = episode.members()
    seen = sum(len(parts.get(name, ())) == len(PARTS) for name in members)
    if len(members) == 1 or (seen and seen >= fewest * len(members)):
        return
    who = f"{seen} of the {len(members)} members of the coalition have" if seen else "no member of the coalition has"
    named = f"name the list to measure with these members (--goods {goods.name}), or " if seen else ""
    raise MissingDataError(
        f"{who} figures in both windows for the goods list {goods.name}",
        where=f"episode {episode.name}, vintage {snapshot.vintage}",
        fix=f"{named}import the other members' figures of both windows, or choose windows that they cover",
    )


def _unstable(
    engine: Engine,
    episode: Episode,
    goods: GoodsList,
    options: MeasureOptions,
    whole: Basis,
    sourced: Sourced,
    counts: Sequence[ReportedCount],
    params: Mapping[str, str | int | float | None],
) -> Unstable:
    """Return the unstable goods of a basis: those known from a finding, else those found."""
    if options.known_unstable is not None:
        known = options.known_unstable
        return Unstable(
            tuple(each for each in known if each.good in whole.items),
            tuple(each for each in known if each.good not in whole.items),
        )
    if options.report is not Report.REPORTED:
        own = {**params, "flow": str(episode.direction.flow(Report.REPORTED))}
        counts = engine.run(panel(options.report).reported_counts, tables=sourced.tables, params=own).to_pylist()
    periods = sourced.tables["periods"]["period"].to_pylist()
    return unstable_goods(engine, episode, goods, whole, counts=counts, chosen=sourced.chosen, periods=periods)


def _kept_because(unstable: Unstable, narrow: Basis, options: MeasureOptions) -> str | None:
    """Return why unstable codes stay in the figures; ``None`` where they are left out, or there are none."""
    if options.keep_unstable and (unstable.goods or unstable.holders):
        return "the full list was asked for (--keep-unstable)"
    if unstable.goods and not narrow.items:
        return "every code with figures moved"
    if unstable.holders:
        parts = ", ".join(each.good for each in unstable.holders)
        return f"{narrow.level} figures hold them with other codes, and cannot be cut ({parts})"
    return None


def _sourced(
    engine: Engine,
    episode: Episode,
    options: MeasureOptions,
    basis: Basis,
    periods: pa.Table,
    params: Mapping[str, str | int | float | None],
    rows: Sequence[Mapping[str, str]] | None = None,
) -> tuple[Sourced, list[ReportedCount]]:
    """Choose the sources of a basis; return them with their tables, and the periods that each reporter reported.

    ``rows`` are those of the stage ``holders``, where it ran already.
    """
    stages = panel(options.report)
    tables = {"periods": periods, "wanted": basis.wanted_table(), "chapters": basis.chapters_table()}
    if rows is None:
        rows = engine.run(stages.holders, tables={"wanted": tables["wanted"]}, params=params).to_pylist()
    holders: dict[str, set[str]] = {}
    for row in rows:
        holders.setdefault(row["supplier"], set()).add(row["source"])
    counts = engine.run(stages.reported_counts, tables=tables, params=params).to_pylist()
    without_trade: Mapping[str, frozenset[str]] = {}
    if options.report is Report.REPORTED:
        without_trade = windows_reported(_of_the_goods(engine, basis, counts, params), holders, episode.target)
    else:
        of_target = [row for row in counts if row["reporter"] == episode.target]
        counts = [{**row, "reporter": supplier} for row in of_target for supplier in holders]
    chosen = choose_sources(counts, holders)
    tables["chosen"] = chosen_table(chosen, episode.target, options.report)
    return Sourced(basis, tables, chosen, without_trade, frozenset(holders)), counts


def _of_the_goods(
    engine: Engine, basis: Basis, counts: list[ReportedCount], params: Mapping[str, str | int | float | None]
) -> list[ReportedCount]:
    """Return the counts of sources that hold any of the goods, with the target or others."""
    known = {match.source for match in basis.matches}
    if all(row["source"] in known for row in counts):
        return counts
    found = engine.run(SOURCES_OF_GOODS, tables={"headings": basis.headings_table()}, params=params).to_pylist()
    known |= {row["source"] for row in found}
    return [row for row in counts if row["source"] in known]


def _notes_elsewhere(
    engine: Engine, stages: Panel, sourced: Sourced, params: Mapping[str, str | int | float | None]
) -> list[str]:
    """Return a note on suppliers with figures at other levels only, which are not counted."""
    basis = sourced.basis
    if not basis.passed_over:
        return []
    elsewhere = engine.run(stages.holders, tables={"wanted": basis.passed_over_table()}, params=params).to_pylist()
    left = sorted({row["supplier"] for row in elsewhere} - sourced.suppliers)
    text = f"measured at {basis.level} level; with figures at other levels only, and not counted"
    if not left:
        return []
    short = f"not counted, with figures at other levels than {basis.level} only: {some_of(left, 5)}"
    return [Note(f"{text}: {', '.join(left)}", Effect.MISSING, short=short)]


def _narrow_sources(basis: Basis, chosen: Mapping[str, str]) -> list[str]:
    """Return a note for each source that holds under half of the goods: its suppliers' figures are partial."""
    held: dict[str, set[str]] = {}
    for match in basis.matches:
        held.setdefault(match.source, set()).add(match.panel_good)
    found: list[str] = []
    for source, goods in sorted(held.items()):
        if len(goods) * 2 >= len(basis.items) or source not in chosen.values():
            continue
        names = sorted(supplier for supplier, taken in chosen.items() if taken == source)
        start = f"{source} holds {len(goods)} of the {len(basis.items)} goods measured, so "
        short = f"{start}figures of {len(names)} suppliers are partial ({some_of(names, 5)})"
        full = f"{start}these suppliers' figures are partial: {', '.join(names)}"
        found.append(Note(full, Effect.MISSING, short=short))
    return found


def chosen_table(chosen: Mapping[str, str], target: str, report: Report) -> pa.Table:
    """Build the table ``chosen(supplier, source, reporter)`` that the panel's stages read."""
    suppliers = sorted(chosen)
    reporters = [target] * len(suppliers) if report is Report.MIRROR else suppliers
    columns = {"supplier": suppliers, "source": [chosen[name] for name in suppliers], "reporter": reporters}
    return pa.table({name: pa.array(column, pa.string()) for name, column in columns.items()})


def _no_data(snapshot: Snapshot, episode: Episode, goods: GoodsList, options: MeasureOptions) -> MissingDataError:
    side = "exports to" if episode.direction is Direction.EXPORTS_TO_TARGET else "imports from"
    frequency = {None: "", Frequency.ANNUAL: " annual", Frequency.MONTHLY: " monthly"}[options.frequency]
    return MissingDataError(
        f"the lake has no{frequency} figures of {side} {episode.target} for the goods list {goods.name}",
        where=f"episode {episode.name}, goods {goods.name} ({len(goods.items)} codes), vintage {snapshot.vintage}",
        fix=episode.needs or "import figures of these goods (stopgap import FILE)",
    )
