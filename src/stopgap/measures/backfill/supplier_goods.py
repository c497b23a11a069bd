"""Trade of each supplier in each good in both windows: the cells that a finding sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stopgap.base.vocab import EpisodeRole
from stopgap.codes.goods import GoodsList
from stopgap.lake.engines.engine import DuckDBEngine, Engine
from stopgap.lake.engines.engine_options import DUCKDB, EngineOptions
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import Snapshot
from stopgap.measures.backfill.gross import GrossCell
from stopgap.panel.coalition import coalition_view
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import Episode, load_episode
from stopgap.panel.prepare import MeasureOptions, Prepared, first_measurable, prepare, with_most_members
from stopgap.panel.stages import panel

MOST_KEPT = 16
"""Answers that an open engine keeps."""


@dataclass(frozen=True)
class SupplierGoods:
    """Mean dollars a year of each supplier in each good.

    Attributes:
        cells: One for each supplier and good with figures in a window, of suppliers with figures in both windows.
        members: Codes of the coalition's members; the others are suppliers outside it.
        groups: Good -> its group in the goods list; empty for none.
        codes: Good -> codes of the lake that count towards it, sorted.
    """

    cells: tuple[GrossCell, ...]
    members: frozenset[str]
    groups: Mapping[str, str]
    codes: Mapping[str, tuple[str, ...]]

    @property
    def goods_of_members(self) -> frozenset[str]:
        """Goods of which a member with figures in both windows has trade in one of them."""
        return frozenset(cell.good for cell in self.cells if cell.supplier in self.members)


def supplier_goods(
    lake: Path, episode_name: str, options: MeasureOptions, *, engine: EngineOptions = DUCKDB
) -> SupplierGoods:
    """Return the cells of the finding that :func:`stopgap.measures.backfill.run.measure` gives for the same options.

    Raises:
        NotFoundError: The episode, goods list or vintage is unknown.
        MissingDataError: The lake lacks the figures; says which and how to get them.
        EpisodeError: The windows are invalid.
    """
    episode = load_episode(episode_name)
    with engine_on(lake, as_of=options.as_of, engine=engine, only=[TRADE.name]) as (running, snapshot):
        return with_most_members(
            episode,
            options,
            lambda tried: first_measurable(
                episode, tried.goods, lambda goods, _: _of_list(running, snapshot, episode, goods, tried)
            ),
        )


def _of_list(
    engine: Engine, snapshot: Snapshot, episode: Episode, goods: GoodsList, options: MeasureOptions
) -> SupplierGoods:
    def worked_out() -> SupplierGoods:
        if episode.role is not EpisodeRole.SUPPLIERS_TO_COALITION:
            return _cells_of(engine, snapshot, episode, goods, options)
        view = coalition_view(engine, snapshot, episode, goods, options)
        return _cells_of(view.engine, snapshot, view.episode, view.goods, view.options)

    if not isinstance(engine, DuckDBEngine):
        return worked_out()
    asked = (snapshot.vintage, episode, goods.version_id, goods, options)
    return engine.remember("supplier goods", asked, worked_out, most=MOST_KEPT)


def _cells_of(
    engine: Engine, snapshot: Snapshot, episode: Episode, goods: GoodsList, options: MeasureOptions
) -> SupplierGoods:
    prepared = prepare(engine, snapshot, episode, goods, options)
    cells = _read(engine, prepared, options)
    if not cells and prepared.full is not None:
        prepared = prepared.with_unstable("no other code has figures in both windows")
        cells = _read(engine, prepared, options)
    codes: dict[str, set[str]] = {}
    for match in prepared.basis.matches:
        codes.setdefault(match.panel_good, set()).add(match.good)
    return SupplierGoods(
        cells,
        frozenset(prepared.members),
        {good: item.group for good, item in prepared.basis.items.items()},
        {good: tuple(sorted(found)) for good, found in codes.items()},
    )


def _read(engine: Engine, prepared: Prepared, options: MeasureOptions) -> tuple[GrossCell, ...]:
    rows = engine.run(panel(options.report).cells, tables=prepared.tables, params=prepared.params)
    dollars = (rows[name].to_numpy().tolist() for name in ("baseline_usd", "after_usd", "estimated_usd"))
    return tuple(map(GrossCell, rows["supplier"].to_pylist(), rows["good"].to_pylist(), *dollars))
