"""Split the coalition's loss into goods under a measure and goods not, over the fixed window and while in force.

Sums of a member's cells, so they add up to the loss. A member without a table of measures is in neither part.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from stopgap.base.notes import Effect, Note
from stopgap.base.vocab import LossKind
from stopgap.lake.engines.engine import Engine
from stopgap.measures.backfill.gross import GrossCell, GrossCells
from stopgap.measures.backfill.in_force_stage import in_force_cells
from stopgap.measures.backfill.results import InForce, LossPart, MeasuresSplit, MemberSplit
from stopgap.panel.episodes import Episode
from stopgap.panel.measures_in_force import MeasuresInForce, Periods, UnderMeasure, measures_in_force
from stopgap.panel.prepare import Prepared
from stopgap.panel.silence import some_of
from stopgap.panel.stages import Panel

Key = tuple[str, str]  # supplier, good


@dataclass(frozen=True)
class InForceCell:
    """One member's trade in one good in the after-periods in which the measure was in force, dollars a year.

    ``baseline_usd`` is weighted to the same calendar months; ``first`` is the first of ``periods`` periods.
    """

    supplier: str
    good: str
    periods: int
    first: dt.date
    baseline_usd: float
    after_usd: float


def measures_split(
    engine: Engine, stages: Panel, prepared: Prepared, episode: Episode, cells: GrossCells
) -> MeasuresSplit | None:
    """Split the loss of the coalition's cells by the episode's measures; ``None`` if it has no table.

    Method: docs/methods/suspended.md.
    """
    if not episode.measures:
        return None
    members = cells.each(cells.supplier.is_in(prepared.members))
    after = [row["period"] for row in prepared.tables["periods"].to_pylist() if row["part"] == "after"]
    found = measures_in_force(episode.measures, members=prepared.members, basis=prepared.basis, periods=after)
    is_told = not _is_mixed(found, prepared.basis.level)
    spans = {(cell.supplier, cell.good): periods for cell in members if is_told and (periods := _periods(found, cell))}
    rows = engine.run(
        in_force_cells(stages), tables={**prepared.tables, "in_force": _in_force_table(spans)}, params=prepared.params
    ).to_pylist() if spans else []  # fmt: skip
    return split_cells(members, found, [InForceCell(**row) for row in rows], level=prepared.basis.level)


def _periods(found: MeasuresInForce, cell: GrossCell) -> Periods:
    if cell.supplier in found.untold:
        return found.untold[cell.supplier]
    good = found.goods.get(cell.supplier, {}).get(cell.good)
    return frozenset() if good is None else good.periods


def _is_mixed(found: MeasuresInForce, level: str) -> bool:
    """Whether goods of a coarser level than HS6 are under a measure in some of their codes and not in others."""
    if level == "HS6":
        return False
    return any(good.extent is UnderMeasure.MIXED for goods in found.goods.values() for good in goods.values())


def _in_force_table(spans: Mapping[Key, Periods]) -> pa.Table:
    rows = [
        {"supplier": supplier, "good": good, "period": period}
        for (supplier, good), periods in sorted(spans.items())
        for period in sorted(periods)
    ]
    schema = pa.schema([("supplier", pa.string()), ("good", pa.string()), ("period", pa.date32())])
    return pa.Table.from_pylist(rows, schema=schema)


def split_cells(
    cells: Sequence[GrossCell], found: MeasuresInForce, in_force: Sequence[InForceCell], *, level: str
) -> MeasuresSplit:
    """Split the coalition's cells into goods under a measure, goods not, and members without a table.

    At a level coarser than HS6 nothing is told if a good is under a measure in some of its codes alone. At HS6 level
    such a good counts as under a measure, in part.
    """
    source = "; ".join(found.sources)
    no_table = [cell for cell in cells if cell.supplier not in found.goods]
    of_none = _part(no_table, in_force)
    silent = tuple(sorted({cell.supplier for cell in no_table}))
    if _is_mixed(found, level):
        reason = f"at {level} level a good is under a measure in some of its codes only, and no figure tells them apart"
        return MeasuresSplit(None, None, None, of_none, silent, None, source, (), reason)
    if not found.goods:
        return MeasuresSplit(None, None, None, of_none, silent, None, source, (), "no member has a table of goods")
    told = [cell for cell in cells if cell.supplier in found.goods]
    under = [cell for cell in told if cell.good in found.goods[cell.supplier]]
    partly = [cell for cell in under if found.goods[cell.supplier][cell.good].extent is not UnderMeasure.WHOLE]
    other = [cell for cell in told if cell.good not in found.goods[cell.supplier]]
    return MeasuresSplit(
        under_measure=_part(under, in_force),
        in_part=_part(partly, in_force),
        not_under_measure=_part(other, ()),
        no_table=of_none,
        no_table_members=silent,
        goods_under=len({cell.good for cell in under}),
        source=source,
        by_member=tuple(_member(name, under, other) for name in sorted({cell.supplier for cell in told})),
    )


def _part(cells: Sequence[GrossCell], in_force: Iterable[InForceCell]) -> LossPart:
    before, after = math.fsum(cell.baseline_usd for cell in cells), math.fsum(cell.after_usd for cell in cells)
    keys = {(cell.supplier, cell.good) for cell in cells}
    own = [cell for cell in in_force if (cell.supplier, cell.good) in keys]
    return LossPart(before, after, before - after, _share(before, after), _in_force(own))


def _in_force(cells: Sequence[InForceCell]) -> InForce | None:
    if not cells:
        return None
    before, after = math.fsum(cell.baseline_usd for cell in cells), math.fsum(cell.after_usd for cell in cells)
    first = min(cell.first for cell in cells)
    return InForce(before, after, before - after, _share(before, after), f"{first:%Y-%m}", len(cells))


def _share(before: float, after: float) -> float | None:
    return (before - after) / before if before > 0 else None


def _member(name: str, under: Sequence[GrossCell], other: Sequence[GrossCell]) -> MemberSplit:
    def sums(cells: Sequence[GrossCell]) -> tuple[float, float]:
        own = [cell for cell in cells if cell.supplier == name]
        return math.fsum(cell.baseline_usd for cell in own), math.fsum(cell.after_usd for cell in own)

    return MemberSplit(name, *sums(under), *sums(other))


def loss_kind(split: MeasuresSplit | None, *, level: str) -> LossKind:
    """Return what a loss may be called.

    With a table, ``suspended`` if all of the coalition's trade is in goods wholly under a measure. Without one,
    ``suspended`` at HS6 level, where the goods are those that the episode's list names, and ``trade lost`` at a
    coarser one.
    """
    if split is None:
        return LossKind.SUSPENDED if level == "HS6" else LossKind.TRADE_LOST
    outside = (split.in_part, split.not_under_measure, split.no_table)
    is_all = split.under_measure is not None and not any(
        part is None or part.baseline_usd or part.after_usd for part in outside
    )
    return LossKind.SUSPENDED if is_all else LossKind.TRADE_LOST


def measures_warnings(split: MeasuresSplit | None, *, level: str) -> list[str]:
    """Return warnings on what the split cannot tell: members without a table, and levels too coarse."""
    if split is None:
        if level == "HS6":
            return []
        text = f"{level} figures hold goods that no measure names too: the loss is trade lost, not suspended"
        return [Note(text, Effect.MODEL)]
    found: list[str] = []
    if split.reason is not None and split.under_measure is None:
        found.append(
            Note(
                f"the share under a measure cannot be told: {split.reason}; the loss is trade lost, not suspended",
                Effect.MODEL,
                short="the share of the loss under a measure cannot be told at this level: it is trade lost, not suspended",
            )
        )
    if split.no_table_members and split.under_measure is not None:
        names = some_of(split.no_table_members)
        lost, whole = split.no_table, split.under_measure.loss_usd
        share = lost.loss_usd / (lost.loss_usd + whole) if lost and lost.loss_usd > 0 and whole > 0 else None
        text = f"no table of measures, so trade lost by these is not told apart: {names}"
        found.append(Note(text, Effect.MODEL, share=share))
    return found
