"""Compare both sides' reports of an episode's trade on a lake."""

from __future__ import annotations

import functools
from dataclasses import asdict
from pathlib import Path

import numpy as np

from stopgap.base.progress import say
from stopgap.base.vocab import Direction
from stopgap.codes.goods import GoodsList
from stopgap.lake.engines.engine import DuckDBEngine, Engine
from stopgap.lake.engines.engine_options import DUCKDB, EngineOptions
from stopgap.lake.schema import TRADE
from stopgap.lake.snapshot import Snapshot
from stopgap.measures.mirror.basis import MirrorBasis, mirror_basis
from stopgap.measures.mirror.cif_markup import cif_fob
from stopgap.measures.mirror.gaps import cube_of, nowcast, reconstruct
from stopgap.measures.mirror.pairs import Flags, ReportPairs
from stopgap.measures.mirror.phantom import ALL_GOODS, Leg, phantom_trade
from stopgap.measures.mirror.reconcile import Qualities, Reconciled, reconcile, reconciled_sum, reporter_qualities
from stopgap.measures.mirror.results import MirrorFinding, Phantom, PhantomBand, ReconciledTotal, ReporterQuality
from stopgap.measures.mirror.words import coverage_of, queries_of, warnings_of
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import Episode, load_episode, needs_target_side
from stopgap.panel.prepare import MeasureOptions, first_measurable

MOST_FINDINGS = 8
"""Findings that an engine which stays open keeps."""


def mirror(lake: Path, episode_name: str, options: MeasureOptions, *, engine: EngineOptions = DUCKDB) -> MirrorFinding:
    """Compare both sides' reports of an episode's trade (a built-in name or the path of a file).

    Raises:
        NotFoundError: The episode, goods list or vintage is unknown.
        MissingDataError: The lake has no flow of the goods that both sides report.
        EpisodeError: The windows are invalid.
    """
    episode = load_episode(episode_name)
    needs_target_side(episode, "stopgap mirror")
    with engine_on(lake, as_of=options.as_of, engine=engine, only=[TRADE.name]) as (running, snapshot):

        def worked_out(goods: GoodsList, passed_over: tuple[str, ...]) -> MirrorFinding:
            say(f"comparing both sides' reports of {goods.name}")
            ground = mirror_basis(running, snapshot, episode, goods, options)
            return _Comparison(episode, goods, ground, snapshot.vintage).finding(passed_over)

        def measured(goods: GoodsList, passed_over: tuple[str, ...]) -> MirrorFinding:
            if not isinstance(running, DuckDBEngine):
                return worked_out(goods, passed_over)
            asked = (snapshot.vintage, episode, goods, options, passed_over)
            return running.remember(
                "mirror findings", asked, lambda: worked_out(goods, passed_over), most=MOST_FINDINGS
            )

        return first_measurable(episode, options.goods, measured)


def exports_to_hubs(
    engine: Engine, snapshot: Snapshot, episode: Episode, goods: GoodsList, options: MeasureOptions
) -> tuple[MirrorBasis, tuple[Phantom, ...]]:
    """Compare what the coalition and its groups declared to each hub with what the hubs recorded, all goods together.

    Raises:
        MissingDataError: The lake has no flow of the goods that both sides report.
        EpisodeError: The windows are invalid.
    """
    ground = mirror_basis(engine, snapshot, episode, goods, options)
    compared = _Comparison(episode, goods, ground, snapshot.vintage)
    rows, _ = compared.phantom([compared.coalition_to_hubs()])
    whole = ALL_GOODS if len(ground.pairs.goods) > 1 else ground.pairs.goods[0]
    return ground, tuple(row for row in rows if row.is_group and row.good == whole)


class _Comparison:
    """Comparison of both sides' reports for one goods list."""

    def __init__(self, episode: Episode, goods: GoodsList, ground: MirrorBasis, vintage: str) -> None:
        self.episode, self.goods, self.ground, self.vintage = episode, goods, ground, vintage
        self.members = episode.members()
        self.hubs = frozenset(episode.hubs)
        self.pairs, self.after = ground.pairs, ground.window("after")
        self.exports = episode.direction is Direction.EXPORTS_TO_TARGET
        self.outside = frozenset(self.pairs.economies) - set(self.members) - {episode.target}
        suspect = self._under_suspicion()
        self.markups = cif_fob(
            self.pairs, log_distance=ground.log_distance, is_contiguous=ground.is_contiguous, left_out=suspect
        )
        self.suspect = suspect

    @functools.cached_property
    def qualities(self) -> Qualities:
        """Return how well each reporter's figures agree with its partners'."""
        return reporter_qualities(self.pairs, self.pairs.log_gap() - self.markups.centre, left_out=self.suspect)

    def phantom(self, legs: list[Leg]) -> tuple[tuple[Phantom, ...], PhantomBand]:
        """Return exports of some legs that their destinations never recorded."""
        return phantom_trade(
            self.pairs,
            self.markups.log_markup,
            self.ground.reported,
            legs=legs,
            ordinary=self.outside - self.hubs,
            after=self.after,
            baseline=self.ground.window("baseline"),
        )

    def finding(self, passed_over: tuple[str, ...]) -> MirrorFinding:
        """Assemble the finding, with warnings about its limits."""
        ground, episode = self.ground, self.episode
        rows, band = self.phantom(self._legs())
        cube = cube_of(self.pairs, ground.reported)
        window = (self.after.first, self.after.last)
        rebuilt = reconstruct(cube, episode.target, {"all": None, **self._groups()}, window, is_importer=self.exports)
        missing = nowcast(
            cube,
            episode.target,
            self.outside,
            window,
            periods_per_year=ground.basis.frequency.periods_per_year,
            target_imports=self.exports,
        )
        limits = list(warnings_of(episode, ground, self.markups, self.qualities, rows, band, rebuilt, missing))
        if passed_over:
            limits.insert(
                0,
                f"no goods list was named; the lake has no flows with both reports of {', '.join(passed_over)}, "
                f"so {ground.basis.level} figures of the next list are shown",
            )
        return MirrorFinding(
            episode=episode.name,
            target=episode.target,
            direction=str(episode.direction),
            goods=self.goods.name,
            goods_version=self.goods.version_id,
            as_of=self.vintage,
            frequency=str(ground.basis.frequency),
            windows=ground.windows,
            phantom=rows,
            phantom_band=band,
            cif_fob=self.markups.summary,
            reporters=reporter_rows(self.pairs.economies, self.qualities),
            reconciled=self._totals(),
            reconstruction=rebuilt,
            nowcast=missing,
            coverage=coverage_of(episode, self.goods, ground, rebuilt),
            warnings=tuple(limits),
            queries=queries_of(episode, ground),
        )

    def _under_suspicion(self) -> Flags:
        """Return flows into hubs and with the target after the event; fits of report quality exclude them."""
        named = np.array(
            [name in self.hubs or name == self.episode.target for name in self.pairs.economies], dtype=bool
        )
        touched = named[self.pairs.importer] | named[self.pairs.exporter]
        return np.asarray(touched & (self.pairs.period >= self.after.first), dtype=bool)

    def _groups(self) -> dict[str, frozenset[str]]:
        """Return the named groups of the target's partners."""
        groups = {"coalition": frozenset(self.members)}
        for name in sorted({group for group in self.members.values() if group}):
            groups[name] = frozenset(code for code, group in self.members.items() if group == name)
        return groups | {"others": self.outside}

    def coalition_to_hubs(self) -> Leg:
        """Return the leg from members and their groups to the hubs."""
        coalition = {name: codes for name, codes in self._groups().items() if name != "others"}
        return Leg(frozenset(self.members), self.hubs, coalition)

    def _legs(self) -> list[Leg]:
        """Return the legs tested: coalition to hubs and others to the target; or, for imports from the target,
        target to hubs and hubs to the coalition.
        """
        target = frozenset({self.episode.target})
        if self.exports:
            return [self.coalition_to_hubs(), Leg(self.outside, target, {"others": self.outside})]
        return [Leg(target, self.hubs, {}), Leg(self.hubs, frozenset(self.members), {"hubs": self.hubs})]

    def _totals(self) -> tuple[ReconciledTotal, ...]:
        """Return the reconciled trade of each group with the target and the hubs, per year of the after-window."""
        whole, reported = self.pairs, self.ground.reported
        inside = (reported.periods >= self.after.first) & (reported.periods <= self.after.last)
        either = reported.exporter[:, None, inside] | reported.importer[None, :, inside]
        months_told = either.sum(axis=2) * self.after.months
        places = [name for name in (self.episode.target, *sorted(self.hubs)) if name in whole.economies]
        is_place = np.isin(np.arange(len(whole.economies)), [whole.economies.index(name) for name in places])
        when = (whole.period >= self.after.first) & (whole.period <= self.after.last)
        near = when & is_place[whole.importer if self.exports else whole.exporter]
        pairs = whole.taken(near)
        months = months_told[pairs.exporter, pairs.importer]
        factor = 12.0 / np.maximum(months, 1)
        flows = reconcile(pairs, self.markups.taken(near), self.qualities)
        found = []
        for place in places:
            number = whole.economies.index(place)
            with_place = (months > 0) & ((pairs.importer if self.exports else pairs.exporter) == number)
            for name, codes in self._groups().items():
                inside_group = np.array([code in codes for code in pairs.economies], dtype=bool)
                mine = with_place & inside_group[pairs.exporter if self.exports else pairs.importer]
                if mine.any():
                    at = np.flatnonzero(mine)
                    found.append(self._total((name, place), pairs.taken(at), flows.taken(at), factor[at]))
        return tuple(found)

    def _total(
        self, names: tuple[str, str], pairs: ReportPairs, flows: Reconciled, factor: np.ndarray
    ) -> ReconciledTotal:
        """Return the sum of some flows, of a group with a place (``names``)."""
        name, place = names
        total = reconciled_sum(pairs, flows, np.ones(len(pairs), dtype=bool), factor)
        sides = []
        for values in (pairs.exporter_usd, pairs.importer_usd):
            told = np.isfinite(values)
            sides.append(float((values * factor)[told].sum()) if told.any() else None)
        return ReconciledTotal(
            exporters=name if self.exports else place,
            importer=place if self.exports else name,
            exporter_usd=sides[0],
            importer_usd=sides[1],
            **asdict(total),
        )


def reporter_rows(economies: tuple[str, ...], qualities: Qualities) -> tuple[ReporterQuality, ...]:
    """Return the economies with any pair, those with most pairs first."""
    x, m = qualities.exporter, qualities.importer
    seen_x, seen_m = qualities.exporter_pairs, qualities.importer_pairs
    mean_x = float(np.average(x, weights=np.maximum(seen_x, 1e-9)))
    mean_m = float(np.average(m, weights=np.maximum(seen_m, 1e-9)))
    rows = [
        ReporterQuality(
            reporter=name,
            exporter_sd=float(x[at] ** 0.5) if seen_x[at] else None,
            importer_sd=float(m[at] ** 0.5) if seen_m[at] else None,
            exporter_pairs=int(seen_x[at]),
            importer_pairs=int(seen_m[at]),
            exporter_weight=float(mean_m / (x[at] + mean_m)) if seen_x[at] else None,
            importer_weight=float(mean_x / (m[at] + mean_x)) if seen_m[at] else None,
        )
        for at, name in enumerate(economies)
        if seen_x[at] or seen_m[at]
    ]
    return tuple(sorted(rows, key=lambda row: (-row.exporter_pairs - row.importer_pairs, row.reporter)))
