"""Describe the coverage and limits of a mirror comparison, in words and SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from stopgap.base.notes import Effect, Note
from stopgap.base.sql import listed
from stopgap.base.vocab import Direction
from stopgap.codes.goods import GoodsList
from stopgap.measures.backfill.results import Coverage
from stopgap.measures.mirror.basis import MirrorBasis
from stopgap.measures.mirror.cif_markup import Markups
from stopgap.measures.mirror.gaps import month_text
from stopgap.measures.mirror.reconcile import Qualities
from stopgap.measures.mirror.results import Nowcast, Phantom, PhantomBand, Reconstruction
from stopgap.panel.episodes import Episode
from stopgap.panel.silence import some_of

ENTREPOTS = frozenset({"ARE", "HKG", "MAC", "PAN", "SGP"})
"""Entrepôts where many arrivals stay in free zones or are sold on, and so may not enter their imports."""
STRUCTURAL_SHARE = 0.2
FEW_PAIRS = 100


def coverage_of(episode: Episode, goods: GoodsList, ground: MirrorBasis, rebuilt: Sequence[Reconstruction]) -> Coverage:
    """Return the coverage of the comparison; its reporters are the coalition, the hubs and the target."""
    basis, pairs = ground.basis, ground.pairs
    named = sorted({*episode.members(), *episode.hubs, episode.target})
    silent = [name for name in named if not _reports(ground, name)]
    before = ground.window("baseline")
    inside = (pairs.period >= before.first) & (pairs.period <= before.last)
    usd = np.where(inside, np.nan_to_num(pairs.exporter_usd), 0.0)
    stays = np.array([_in_window(ground, number, "after") for number in range(len(pairs.economies))], dtype=bool)
    total = float(usd.sum())
    return Coverage(
        share_of_baseline_reported=float(usd[stays[pairs.exporter]].sum()) / total if total > 0 else None,
        missing_reporters=tuple(silent),
        mirrored=(episode.target,) if any(row.estimate_usd is not None for row in rebuilt) else (),
        goods_listed=len(goods.items),
        goods_found=len(goods.items if basis.level == "composite" else {item.code for item in basis.items.values()}),
        goods_unmatched=basis.unmatched,
        level=basis.level,
        revision=basis.revision,
        estimated_share=ground.estimated_share,
        sources=tuple(sorted(set(ground.sources.values()))),
    )


def _in_window(ground: MirrorBasis, number: int, part: str, *, side: str = "exporter") -> bool:
    window, reported = ground.window(part), ground.reported
    inside = (reported.periods >= window.first) & (reported.periods <= window.last)
    return bool(getattr(reported, side)[number, inside].any())


def _reports(ground: MirrorBasis, name: str) -> bool:
    """Return whether an economy reports any flow in both windows."""
    if name not in ground.pairs.economies:
        return False
    number = ground.pairs.economies.index(name)
    return all(
        any(_in_window(ground, number, part, side=side) for side in ("exporter", "importer"))
        for part in ("baseline", "after")
    )


def warnings_of(
    episode: Episode,
    ground: MirrorBasis,
    markups: Markups,
    qualities: Qualities,
    rows: Sequence[Phantom],
    band: PhantomBand,
    rebuilt: Sequence[Reconstruction],
    missing: Sequence[Nowcast],
) -> Iterator[str]:
    """Return warnings about the limits of the figures, one line each."""
    if ground.thin:
        named = sorted({f"{name} {month_text(period)} ({flow})" for flow, name, period in ground.thin})
        shown = ", ".join(named[:8]) + (f" and {len(named) - 8} more" if len(named) > 8 else "")
        yield Note(
            f"under a quarter of the usual partners are reported, so these count as silent: {shown}",
            Effect.MISSING,
            short=f"these name under a quarter of their usual partners and count as silent: {some_of(named, 3)}",
        )
    yield from _on_markups(markups)
    yield from _on_qualities(qualities)
    yield from _on_phantom(episode, ground, rows, band)
    if rebuilt and all(row.estimate_usd is None for row in rebuilt):
        yield Note(
            f"{episode.target} is silent in the after-window and cannot be reconstructed: {rebuilt[0].because}",
            Effect.CANNOT_TELL,
            short=f"{episode.target} is silent in the after-window, and what it would have reported cannot be told",
        )
    if any(row.estimate_usd is not None for row in rebuilt):
        yield Note(
            f"{episode.target} is silent in the after-window: `reconstruction` holds what it would have reported, "
            "an estimate with a prediction interval, never a report",
            Effect.MISSING,
        )
    if missing:
        names = sorted({row.supplier for row in missing})
        unknown = sum(row.estimate_usd is None for row in missing)
        yield Note(
            f"not reported in part of the after-window: {', '.join(names)}; `nowcast` holds estimates for "
            f"{len(missing) - unknown} of the {len(missing)} figures",
            Effect.MISSING,
            share=_baseline_share(ground, names),
            short=f"not reported in part of the after-window: {some_of(names, 5)}",
        )
    if ground.estimated_share > 0:
        yield Note(
            f"{ground.estimated_share:.1%} of the value was estimated by a source or allocated by a concordance: "
            "reports that a source reconciled are not two independent ones",
            share=ground.estimated_share,
        )
    yield from ground.basis.notes


def _baseline_share(ground: MirrorBasis, names: Sequence[str]) -> float | None:
    """Return the share of exporters' reports in the baseline that these economies made; ``None`` without any."""
    pairs, before = ground.pairs, ground.window("baseline")
    inside = (pairs.period >= before.first) & (pairs.period <= before.last)
    usd = np.where(inside, np.nan_to_num(pairs.exporter_usd), 0.0)
    theirs = np.array([name in names for name in pairs.economies], dtype=bool)[pairs.exporter]
    return float(usd[theirs].sum() / usd.sum()) if usd.sum() > 0 else None


def _on_markups(markups: Markups) -> Iterator[str]:
    summary = markups.summary
    if summary.method != "regression":
        yield Note(
            f"CIF/FOB: {summary.method}, {summary.markup:.1%}: {summary.because}",
            share=summary.markup,
            short=f"freight and insurance are taken at {summary.markup:.1%} for all flows ({summary.method})",
        )
    elif summary.because:
        yield Note(f"CIF/FOB by regression: {summary.because}")
    if markups.clipped and summary.markup > 0:
        text = f"the expected gap of {markups.clipped} flows lies outside 0 to 100 %; their markup is set to the bound"
        yield Note(text)


def _on_qualities(qualities: Qualities) -> Iterator[str]:
    if qualities.pairs == 0:
        text = "no flow outside suspicion is reported by both sides: every report is given the same weight"
        yield Note(text, Effect.MODEL)
    elif qualities.pairs < FEW_PAIRS:
        yield Note(f"the weights of reporters rest on {qualities.pairs} flows: they stay near equal", Effect.MODEL)
    if qualities.winsorised:
        text = f"{qualities.winsorised} of {qualities.pairs} gaps between both reports were cut at five standard deviations"
        yield Note(text)


def _on_phantom(episode: Episode, ground: MirrorBasis, rows: Sequence[Phantom], band: PhantomBand) -> Iterator[str]:
    exports = episode.direction is Direction.EXPORTS_TO_TARGET
    wanted = (*episode.hubs, episode.target) if exports else episode.hubs
    silent = [
        name
        for name in sorted(set(wanted))
        if name not in ground.pairs.economies
        or not _in_window(ground, ground.pairs.economies.index(name), "after", side="importer")
    ]
    if silent:
        yield Note(
            f"report no imports in the after-window, so nothing named to them is tested for phantom trade: {', '.join(silent)}",
            Effect.MISSING,
            share=len(silent) / len(set(wanted)),
            short=f"report no imports in the after-window, so exports to them are not tested: {some_of(silent, 5)}",
        )
    if band.too_short:
        text = f"{band.too_short} flows have fewer than 6 months that both sides reported and are not tested for phantom trade"
        yield Note(text, share=band.too_short / (band.too_short + band.tested))
    if band.assumed:
        yield Note(
            "too few ordinary destinations are in the lake to tell what disagreement is ordinary: 40 % of a group's exports and 80 % of one exporter's are "
            "allowed for (import all partners of the exporters, and all reporters' imports, for a band of their own)",
            Effect.MODEL,
            share=0.4,
            short="ordinary disagreement is assumed, not measured (40 % of a group's exports, 80 % of one exporter's): "
            "too few destinations",
        )
    shown = [row for row in rows if row.usd > 0]
    if shown and all(row.reexports_usd is None for row in shown):
        yield Note(
            "exporters report no re-exports apart: foreign goods sold on are part of the gap, since destinations "
            "record them under their origin",
            Effect.MODEL,
            short="exporters report no re-exports apart, so foreign goods sold on are part of the gap",
        )
    if free := sorted({row.importer for row in shown} & ENTREPOTS):
        text = f"much passes through free zones and is sold on, so a gap is weak evidence: {', '.join(free)}"
        yield Note(text, Effect.MODEL)
    groups = [row for row in shown if row.is_group]
    if structural := sorted(
        {row.importer for row in groups if (row.baseline_unrecorded_share or 0) > STRUCTURAL_SHARE}
    ):
        yield Note(
            f"a gap of the same kind stood before the event, so `usd` is not new trade; see `new_usd`: {', '.join(structural)}",
            Effect.MODEL,
            share=max(row.baseline_unrecorded_share or 0 for row in groups),
        )
    if shown:
        yield Note(
            "phantom trade is consistent with goods that went elsewhere; other causes are goods recorded under another "
            "origin, other codes, or a later year",
            Effect.ALWAYS,
        )


def queries_of(episode: Episode, ground: MirrorBasis) -> tuple[str, ...]:
    """Return SQL for ``stopgap query``: exporters' and importers' reports of the flows tested, by period."""
    exports = episode.direction is Direction.EXPORTS_TO_TARGET
    places = listed(sorted({episode.target, *episode.hubs}))
    goods = listed(sorted({match.good for match in ground.basis.matches}))
    sources = listed(sorted(set(ground.sources.values())))
    periods = f"period >= DATE '{ground.windows.baseline[0]}-01' AND period <= DATE '{ground.windows.after[1]}-01'"
    found = []
    for flow, exporter, importer in (("X", "reporter", "partner"), ("M", "partner", "reporter")):
        side = importer if exports else exporter
        found.append(
            f"SELECT period, {exporter} AS exporter, {importer} AS importer, good, value_usd, net_kg, source, vintage, receipt "
            f"FROM trade WHERE flow = '{flow}' AND frequency = '{ground.basis.frequency}' AND {side} IN ({places}) "
            f"AND good IN ({goods}) AND source IN ({sources}) AND {periods} ORDER BY importer, exporter, period, good"
        )
    return tuple(found)
