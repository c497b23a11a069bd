"""Read the actor's trade in a goods list with every partner, before and after the event, for the layer *rose*."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stopgap.claims.testing.layers import stages
from stopgap.claims.testing.layers.actor_trade import ActorTrade
from stopgap.claims.testing.layers.facts import RiseFacts
from stopgap.claims.testing.layers.rise import TradeCells, rise
from stopgap.lake.engines.engine import Engine
from stopgap.measures.statistics.array_types import Array
from stopgap.panel.basis import Basis, basis_without, choose_sources
from stopgap.panel.episodes import Episode, Window
from stopgap.panel.stages import REPORTED_COUNTS
from stopgap.panel.unstable_goods import text_table, unstable_goods
from stopgap.panel.windows import Windows, close_windows, periods_table


@dataclass(frozen=True)
class Rise:
    """What the layer *rose* rests on: facts, windows, and the break of a source between them.

    ``facts`` is ``None`` where an economy has no figures in both windows.
    """

    facts: RiseFacts | None
    windows: Windows


def read_rise(engine: Engine, episode: Episode, trade: ActorTrade, after: Window | None) -> Rise:
    """Compare the actor's trade with the target, before and after, with its trade elsewhere.

    Codes whose content moved between the windows, by the goods list or by the figures, are out of both.

    Args:
        after: After-window; that of the episode if ``None``.

    Raises:
        MissingDataError: The figures end before the after-window begins.
        EpisodeError: The windows overlap, or one holds no whole period.
    """
    last = max(trade.periods)
    last_month = f"{last.year}-12" if trade.frequency.periods_per_year == 1 else f"{last:%Y-%m}"
    windows = close_windows(episode, baseline=None, after=after, last_period=last_month, frequency=trade.frequency)
    periods = periods_table(windows, trade.frequency)
    days = periods["period"].to_pylist()
    params: dict[str, str | int | float | None] = {
        "target": episode.target,
        "flow": trade.flow,
        "frequency": str(trade.frequency),
        "periods_per_year": trade.frequency.periods_per_year,
        "first_period": min(days).isoformat(),
        "last_period": max(days).isoformat(),
    }
    tables = {**trade.tables, "periods": periods}
    counts = engine.run(REPORTED_COUNTS, tables=tables, params=params).to_pylist()
    held: dict[str, set[str]] = {}
    for row in counts:
        if row["reporter"] in trade.chosen and row["source"] in {match.source for match in trade.basis.matches}:
            held.setdefault(row["reporter"], set()).add(row["source"])
    chosen = {**choose_sources(counts, held), **{name: trade.chosen[name] for name in held}}
    moved = unstable_goods(
        engine, episode, trade.goods, trade.basis, counts=counts, chosen=trade.chosen, periods=days
    ).goods
    gone = {each.good for each in moved}
    basis = basis_without(trade.basis, gone)
    if not basis.items:
        return Rise(None, windows)
    tables |= {"world_wanted": _wanted(basis), "world_chosen": text_table("supplier source", sorted(chosen.items()))}
    found = engine.run(stages.ACTOR_CELLS, tables=tables, params=params).sort_by(_ORDER)
    left_out = frozenset(episode.hubs) - set(trade.chosen)
    facts = rise(_cells(found), episode.target, left_out, moved=sorted({*trade.moved, *gone}))
    return Rise(facts, windows)


_ORDER = [("supplier", "ascending"), ("destination", "ascending"), ("good", "ascending")]
"""Order of cells, so that sums of them do not depend on the order in which an engine gives them."""


def _wanted(basis: Basis) -> pa.Table:
    table = basis.wanted_table()
    return table.append_column("is_sanctioned", pa.array([True] * table.num_rows, pa.bool_()))


def _cells(table: pa.Table) -> TradeCells:
    def numbers(name: str) -> Array:
        return np.asarray(table[name].to_numpy(), dtype=np.float64)

    return TradeCells(
        supplier=table["supplier"].to_pylist(),
        destination=table["destination"].to_pylist(),
        good=table["good"].to_pylist(),
        before_usd=numbers("baseline_usd"),
        after_usd=numbers("after_usd"),
        before_weighed=numbers("baseline_weighed_usd"),
        after_weighed=numbers("after_weighed_usd"),
        before_kg=numbers("baseline_kg"),
        after_kg=numbers("after_kg"),
    )
