"""Read the trade of a claim's actor with the target in one goods list, from one source for each economy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pyarrow as pa

from stopgap.base.vocab import Frequency, Report
from stopgap.claims.testing.layers import stages
from stopgap.codes.goods import GoodsList
from stopgap.lake.engines.engine import Engine
from stopgap.panel.basis import Basis, Code, basis_without, choose_basis
from stopgap.panel.episodes import Episode, Window, add_months, month_start
from stopgap.panel.unstable_goods import goods_of_entry, text_table

MOST_OF_A_YEAR = 6
"""Months of a calendar year that must lie within a period for the year to count as part of it."""


@dataclass(frozen=True)
class ActorTrade:
    """The actor's trade with the target in one goods list.

    Attributes:
        basis: Codes that count, at one level and frequency, without those whose content moved.
        chosen: Economy -> source.
        is_reconciled: Whether the figures are a source's reconciliation of both sides' reports.
        moved: Codes of the list left out, because their content moved between revisions.
        rows: Rows of the stage ``actor_rows``.
        reported: Economy -> periods that it reported in the chapters of the goods.
        flow: Flow that the actor reports.
        without: Economies of the actor that have no figures in these goods.
    """

    goods: GoodsList
    target: str
    basis: Basis
    chosen: Mapping[str, str]
    is_reconciled: bool
    moved: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    reported: Mapping[str, frozenset[dt.date]]
    flow: str
    without: tuple[str, ...]

    @property
    def frequency(self) -> Frequency:
        """Frequency of the figures."""
        return self.basis.frequency

    @property
    def economies(self) -> tuple[str, ...]:
        """Economies with figures."""
        return tuple(sorted(self.chosen))

    @cached_property
    def periods(self) -> tuple[dt.date, ...]:
        """Periods that an economy of the actor reported, ascending."""
        return tuple(sorted(frozenset().union(*self.reported.values()))) if self.reported else ()

    @property
    def codes(self) -> int:
        """Codes of the list in the revision of the figures, those without trade among them."""
        return len(self.basis.items) + len(self.basis.unmatched)

    @property
    def tables(self) -> dict[str, pa.Table]:
        """Tables that the actor's stages read."""
        return {
            "wanted": self.basis.wanted_table(),
            "chosen": text_table("supplier source", sorted(self.chosen.items())),
            "chapters": self.basis.chapters_table(),
        }

    def queries(self) -> tuple[str, ...]:
        """SQL that returns the rows behind the figures."""
        goods = ", ".join(f"'{good}'" for good in sorted({match.good for match in self.basis.matches}))
        economies = ", ".join(f"'{name}'" for name in self.economies)
        sources = ", ".join(f"'{name}'" for name in sorted(set(self.chosen.values())))
        return (
            f"SELECT * FROM trade WHERE reporter IN ({economies}) AND partner = '{self.target}' AND flow = '{self.flow}' "
            f"AND frequency = '{self.frequency}' AND source IN ({sources}) AND good IN ({goods}) ORDER BY period, good",
        )


def read_actor_trade(
    engine: Engine, episode: Episode, goods: GoodsList, economies: Sequence[str] | None
) -> ActorTrade | None:
    """Read the trade of some economies with the target, by their own reports; ``None`` without any figures.

    Figures that a source reconciled are taken only where the lake holds no report of the economies itself.

    Args:
        economies: Economies of the actor; every one outside the coalition if ``None``.
    """
    flow = str(episode.direction.flow(Report.REPORTED))
    params: dict[str, str | int | float | None] = {"target": episode.target, "flow": flow}
    if economies is None:
        found = engine.run(stages.TARGET_REPORTERS, params=params)["reporter"].to_pylist()
        economies = sorted(set(found) - set(episode.members()) - {episode.target})
    tables = {"actors": text_table("supplier", [(name,) for name in economies])}
    rows = engine.run(stages.ACTOR_CODES, tables=tables, params=params).to_pylist()
    for is_reconciled in (False, True):
        codes = _codes([row for row in rows if bool(row["is_estimated"]) == is_reconciled])
        basis = _of_real_parts(choose_basis(codes, goods))
        if basis is None:
            continue
        moved = {good for entry in goods.unstable for good in goods_of_entry(entry, basis.revision)}
        moved &= set(basis.items)
        kept = basis_without(basis, moved) if moved < set(basis.items) else basis
        made = _read(engine, episode, goods, kept, tables, params)
        if made is not None:
            chosen, found_rows, reported = made
            without = tuple(sorted(set(economies) - set(chosen)))
            gone = tuple(sorted(moved)) if kept is not basis else ()
            return ActorTrade(
                goods, episode.target, kept, chosen, is_reconciled, gone, found_rows, reported, flow, without
            )
    return None


LEAST_WEIGHT = 0.01
"""Share of a code that must have gone to a good of the list with a change of revision for its trade to count there.

Weights between revisions are estimated, and some are chance: a millionth of all processors is no trade in machine tools.
"""


def _of_real_parts(basis: Basis | None) -> Basis | None:
    """Return a basis without matches of a tiny part of a code; ``None`` where none is left."""
    if basis is None:
        return None
    matches = tuple(match for match in basis.matches if match.weight >= LEAST_WEIGHT)
    goods = {match.panel_good for match in matches}
    items = {good: item for good, item in basis.items.items() if good in goods}
    return replace(basis, matches=matches, items=items) if matches else None


def _codes(rows: Sequence[Mapping[str, Any]]) -> list[Code]:
    fields = ("frequency", "source", "revision", "good", "periods", "value_usd")
    return [Code(**{name: row[name] for name in fields}) for row in rows if row["value_usd"] is not None]


def _read(
    engine: Engine,
    episode: Episode,
    goods: GoodsList,
    basis: Basis,
    tables: Mapping[str, pa.Table],
    params: Mapping[str, str | int | float | None],
) -> tuple[dict[str, str], tuple[Mapping[str, Any], ...], dict[str, frozenset[dt.date]]] | None:
    """Choose a source for each economy and read its rows; ``None`` where no code of the list has trade."""
    own = {**params, "frequency": str(basis.frequency)}
    given = {**tables, "wanted": basis.wanted_table(), "chapters": basis.chapters_table()}
    held = engine.run(stages.ACTOR_SOURCES, tables=given, params=own).to_pylist()
    best: dict[str, tuple[tuple[Any, ...], str]] = {}
    for row in held:
        rank = (row["periods"], row["last_period"], row["source"])
        best[row["supplier"]] = max(best.get(row["supplier"], (rank, row["source"])), (rank, row["source"]))
    chosen = {supplier: source for supplier, (_, source) in best.items()}
    if not chosen:
        return None
    given["chosen"] = text_table("supplier source", sorted(chosen.items()))
    rows = engine.run(stages.ACTOR_ROWS, tables=given, params=own).sort_by(_ORDER).to_pylist()
    periods: dict[str, set[dt.date]] = {}
    for row in engine.run(stages.ACTOR_PERIODS, tables=given, params=own).to_pylist():
        periods.setdefault(row["supplier"], set()).add(row["period"])
    return chosen, tuple(rows), {name: frozenset(each) for name, each in periods.items()}


_ORDER = [("supplier", "ascending"), ("period", "ascending"), ("good", "ascending")]
"""Order of the actor's rows, so that sums of them do not depend on the order in which an engine gives them."""

MANY_PARTNERS = 100
"""Partners from which a source counts as holding a reporter's trade with everybody."""


@dataclass(frozen=True)
class NoTrade:
    """Periods in which the actor reported the chapters of the goods and none of the goods with the target."""

    frequency: Frequency
    periods: tuple[dt.date, ...]
    sources: tuple[str, ...]


def reported_without_trade(
    engine: Engine, episode: Episode, goods: GoodsList, economies: Sequence[str]
) -> NoTrade | None:
    """Return the periods in which economies reported none of the goods; ``None`` where their reports do not cover them.

    For goods of which :func:`read_actor_trade` finds no trade. Months are taken where both frequencies are known.
    """
    params: dict[str, str | int | float | None] = {
        "target": episode.target,
        "flow": str(episode.direction.flow(Report.REPORTED)),
        "many_partners": MANY_PARTNERS,
    }
    chapters = sorted({item.code[:2] for item in goods.items})
    params["chapters"] = len(chapters)
    tables = {
        "actors": text_table("supplier", [(name,) for name in economies]),
        "chapters": text_table("chapter", [(chapter,) for chapter in chapters]),
        "headings": text_table("heading", [(heading,) for heading in sorted({item.code[:4] for item in goods.items})]),
    }
    rows = engine.run(stages.NO_TRADE_PERIODS, tables=tables, params=params).to_pylist()
    for frequency in (Frequency.MONTHLY, Frequency.ANNUAL):
        of_it = [row for row in rows if row["frequency"] == frequency]
        if of_it:
            periods = tuple(sorted({row["period"] for row in of_it}))
            return NoTrade(frequency, periods, tuple(sorted({row["source"] for row in of_it})))
    return None


def judged_window(
    episode: Episode, first: str | None, last: str | None, trade: ActorTrade | NoTrade
) -> tuple[str, str] | None:
    """Return the months that a fact is judged over: the claim's, from the month after the event at the earliest.

    ``None`` where they begin after the last period with figures.
    """
    start = max(first or "", add_months(episode.event, 1))
    final = max(trade.periods, default=None)
    if final is None:
        return None
    known = f"{final.year}-12" if trade.frequency is Frequency.ANNUAL else f"{final:%Y-%m}"
    end = min(last, known) if last else known
    return (start, end) if start <= end else None


def periods_within(window: tuple[str, str], frequency: Frequency) -> list[dt.date]:
    """Return the months of a window, or the calendar years of which it holds six months or more."""
    first, last = window
    months = [first]
    while months[-1] < last:
        months.append(add_months(months[-1], 1))
    if frequency is Frequency.MONTHLY:
        return [month_start(month) for month in months]
    years = sorted({month[:4] for month in months})
    return [dt.date(int(year), 1, 1) for year in years if sum(m[:4] == year for m in months) >= MOST_OF_A_YEAR]


def own_window(first: str | None, last: str | None, episode: Episode) -> Window | None:
    """Return the claim's own after-window, from the month after the event at the earliest; ``None`` without a period."""
    if first is None and last is None:
        return None
    earliest = add_months(episode.event, 1)
    return Window(max(first or episode.after.first or earliest, earliest), last)
