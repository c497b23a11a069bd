"""Rank the companies that traded an episode's goods, from customs declarations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from pathlib import Path
from typing import Any

import pyarrow as pa

from stopgap.base.errors import EpisodeError, MissingDataError, UsageError
from stopgap.base.progress import say
from stopgap.codes.code_text import joined_codes
from stopgap.codes.goods import GoodsList
from stopgap.lake.engines.engine import Engine
from stopgap.lake.engines.engine_options import DUCKDB, EngineOptions
from stopgap.lake.snapshot import Snapshot
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import (
    Episode,
    Window,
    add_months,
    load_episode,
    month_start,
    needs_target_side,
    parse_window,
)
from stopgap.panel.prepare import first_measurable
from stopgap.screening.exposure.codes import DeclaredCodes, match_codes
from stopgap.screening.exposure.lookups import Helpers, screen_companies
from stopgap.screening.exposure.official_figures import official_beside
from stopgap.screening.exposure.parties import BuildIndex, DeclaredParty, Resolution, resolve
from stopgap.screening.exposure.ranking import (
    MOST_SHARING,
    CompanyFacts,
    Founded,
    Row,
    founded_from,
    rank_companies,
    rank_hubs,
    rank_pairs,
    total_of,
)
from stopgap.screening.exposure.request import ExposureRequest, Merge, Party
from stopgap.screening.exposure.results import DeclarationSource, ExposureCoverage, ExposureFinding, Official
from stopgap.screening.exposure.stages import ExposureStages, exposure_stages
from stopgap.screening.exposure.words import exposure_queries, exposure_warnings
from stopgap.sources.registers.company_register import read_register

DEFAULT_PARTIES = (Party.EXPORTER, Party.IMPORTER, Party.CONSIGNEE)
"""Default parties. Their names are always resolved, because pairs, hubs and co-shippers are computed from them."""


@dataclass(frozen=True)
class ExposureOptions:
    """Validated options of an exposure, parsed from an :class:`ExposureRequest`."""

    goods: str | None = None
    first: str | None = None
    last: str | None = None
    as_of: str | None = None
    parties: tuple[Party, ...] = DEFAULT_PARTIES
    sources: tuple[str, ...] = ()
    merge: Merge = Merge.SIMILAR
    limit: int = 100
    register: Path | None = None


def exposure_options(request: ExposureRequest | None = None) -> ExposureOptions:
    """Validate a request and parse its values.

    Raises:
        EpisodeError: A month is invalid, or the window ends before it starts.
        UsageError: The party or the merge level is unknown, or the limit is negative.
    """
    asked = request or ExposureRequest()
    first = None if asked.first is None else parse_window(f"{asked.first}:{asked.first}", option="--from").first
    last = None if asked.last is None else parse_window(f"{asked.last}:{asked.last}", option="--to").last
    if first is not None and last is not None and first > last:
        raise EpisodeError("the window ends before it starts", where="--from, --to", fix="swap them")
    for role in asked.role:
        if role not in list(Party):
            raise UsageError(f"no party {role!r}", where="--role", fix=f"use {', '.join(Party)}")
    if asked.merge not in list(Merge):
        raise UsageError(f"no way {asked.merge!r} to merge names", where="--merge", fix=f"use {', '.join(Merge)}")
    if asked.limit < 0:
        raise UsageError("a limit below 0", where="--limit", fix="give 0 for all, or a number of companies")
    parties = tuple(dict.fromkeys(Party(role) for role in asked.role)) or DEFAULT_PARTIES
    return ExposureOptions(
        goods=joined_codes(asked.goods),
        first=first,
        last=last,
        as_of=asked.as_of,
        parties=parties,
        sources=tuple(dict.fromkeys(asked.source)),
        merge=Merge(asked.merge),
        limit=asked.limit,
        register=asked.register,
    )


def exposure(
    lake: Path,
    episode_name: str,
    options: ExposureOptions,
    *,
    helpers: Helpers | None = None,
    engine: EngineOptions = DUCKDB,
) -> ExposureFinding:
    """Rank companies by the value of the episode's goods that declarations attribute to them.

    Raises:
        NotFoundError: The episode, goods list, vintage or register does not exist.
        MissingDataError: The lake has no declarations of these goods.
        InputError: The register cannot be read.
    """
    episode = load_episode(episode_name)
    needs_target_side(episode, "stopgap exposure")
    founded = Founded()
    notes: list[str] = []
    if options.register is not None:
        read = read_register(options.register)
        founded = founded_from(read.rows)
        if read.without_day:
            notes.append(f"{read.without_day:,} rows of the register state no day of foundation")
    with engine_on(lake, as_of=options.as_of, engine=engine) as (running, snapshot):
        return exposure_on(running, snapshot, episode, options, helpers or Helpers(), founded=founded, notes=notes)


def exposure_on(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    options: ExposureOptions,
    helpers: Helpers,
    *,
    founded: Founded | None = None,
    notes: Sequence[str] = (),
) -> ExposureFinding:
    """Compute the finding of :func:`exposure` on an engine that is already running."""

    def of_goods(goods: GoodsList, passed_over: Sequence[str]) -> ExposureFinding:
        said = list(notes)
        if passed_over:
            said.append(f"no goods list was named, and no line is of {', '.join(passed_over)}: the next list is shown")
        say(f"ranking companies behind {goods.name}")
        return _of_goods(engine, snapshot, episode, goods, options, helpers, founded or Founded(), said)

    return first_measurable(episode, options.goods, of_goods)


@dataclass(frozen=True)
class _Ground:
    """Common inputs of all stages: tables, parameters, window, sources and codes."""

    stages: ExposureStages
    tables: dict[str, pa.Table]
    params: dict[str, str | int | float | None]
    window: Window
    services: tuple[DeclarationSource, ...]
    codes: DeclaredCodes


def _ground(
    engine: Engine, snapshot: Snapshot, episode: Episode, goods: GoodsList, options: ExposureOptions
) -> _Ground:
    stages = exposure_stages(episode.direction, tuple(dict.fromkeys((*DEFAULT_PARTIES, *options.parties))))
    params: dict[str, str | int | float | None] = {"target": episode.target, "most_sharing": MOST_SHARING}
    services = _services(engine.run(stages.sources, params=params).to_pylist(), options.sources)
    chosen = [service for service in services if service.counted]
    if not chosen:
        raise _nothing(snapshot, episode, goods, options, services)
    window = _window(episode, options, max(service.last_day for service in chosen)[:7])
    params |= {"first": f"{window.first}-01", "until": f"{add_months(str(window.last), 1)}-01"}
    tables = {
        "exposure_chosen": _strings(
            source=[service.source for service in chosen], document=[service.document for service in chosen]
        ),
        "exposure_hubs": _strings(hub=sorted(episode.hubs)),
        "exposure_members": _strings(economy=sorted(episode.members())),
    }
    codes = match_codes(goods, engine.run(stages.codes, tables=tables, params=params).to_pylist())
    if not codes.found:
        raise _nothing(snapshot, episode, goods, options, services)
    tables["exposure_goods"] = codes.table
    return _Ground(stages, tables, params, window, services, codes)


def _services(rows: Sequence[Row], sources: Sequence[str]) -> tuple[DeclarationSource, ...]:
    """Return sources and documents; named sources are counted, by default the one with most dollars (then lines)."""
    ordered = sorted(rows, key=lambda row: (-(row["value_usd"] or 0.0), -row["lines"], row["source"], row["document"]))
    return tuple(
        DeclarationSource(
            source=row["source"],
            document=row["document"],
            counted=row["source"] in sources if sources else place == 0,
            lines=row["lines"],
            lines_with_value=row["lines_with_value"],
            value_usd=row["value_usd"] or 0.0,
            first_day=row["first_day"].isoformat(),
            last_day=row["last_day"].isoformat(),
        )
        for place, row in enumerate(ordered)
    )


def _window(episode: Episode, options: ExposureOptions, last_declared: str) -> Window:
    first = options.first or episode.after.first or add_months(episode.event, 1)
    last = options.last or episode.after.last or max(first, last_declared)
    if first > last:
        raise EpisodeError(
            "the window ends before it starts",
            where=f"{first} to {last}, episode {episode.name}",
            fix="give --from and --to",
        )
    return Window(first, last)


def _nothing(
    snapshot: Snapshot,
    episode: Episode,
    goods: GoodsList,
    options: ExposureOptions,
    services: Sequence[DeclarationSource],
) -> MissingDataError:
    side = "bound for" if str(episode.direction) == "exports-to-target" else "from"
    if not services:
        what = f"the lake has no declarations of goods {side} {episode.target}"
        fix = "import declarations (docs/how-to/declarations.md); stopgap simulate --declarations writes simulated ones"
    elif not any(service.counted for service in services):
        what = f"no declarations {side} {episode.target} are of source {', '.join(options.sources)}"
        fix = f"sources: {', '.join(sorted({service.source for service in services}))}"
    else:
        what = f"no declaration {side} {episode.target} in the window has a code of the goods list {goods.name}"
        fix = "choose other months (--from, --to) or another goods list (--goods)"
    return MissingDataError(what, where=f"episode {episode.name}, vintage {snapshot.vintage}", fix=fix)


def _of_goods(
    engine: Engine,
    snapshot: Snapshot,
    episode: Episode,
    goods: GoodsList,
    options: ExposureOptions,
    helpers: Helpers,
    founded: Founded,
    notes: Sequence[str],
) -> ExposureFinding:
    ground = _ground(engine, snapshot, episode, goods, options)

    def rows(name: str) -> list[Any]:
        stage = getattr(ground.stages, name)
        return list(engine.run(stage, tables=ground.tables, params=ground.params).to_pylist())

    resolution = _resolved(rows("parties"), options.merge, helpers.build)
    ground.tables["exposure_names"] = _names_table(resolution)
    ground.tables["exposure_matched"] = engine.run(ground.stages.matched, tables=ground.tables, params=ground.params)
    total = total_of(rows("totals")[0])
    found = [row for row in rows("companies") if row["party"] in options.parties]
    dollars: dict[str, float] = {}
    for row in found:
        if row["company"] is not None and row["lines"] > 0:
            dollars[row["company"]] = max(row["value_usd"], dollars.get(row["company"], 0.0))
    looked_up = sorted(dollars, key=lambda code: (-dollars[code], code))
    hits, screened = screen_companies(
        [resolution.companies[code] for code in looked_up], helpers.search, because=helpers.because
    )
    known = CompanyFacts(
        companies=resolution.companies,
        hubs=frozenset(episode.hubs),
        event=month_start(episode.event),
        founded=founded,
        hits=hits,
        sharing=rows("sharing"),
        goods=rows("goods"),
    )
    order = {party: place for place, party in enumerate(options.parties)}
    found.sort(key=lambda row: order[row["party"]])
    companies, parties = rank_companies(found, known, total, limit=options.limit)
    official = official_beside(engine, snapshot, episode, goods, ground.window, rows("economies"))
    finding = ExposureFinding(
        episode=episode.name,
        target=episode.target,
        direction=str(episode.direction),
        goods=goods.name,
        goods_version=goods.version_id,
        as_of=snapshot.vintage,
        event=episode.event,
        window=(str(ground.window.first), str(ground.window.last)),
        total=total,
        parties=parties,
        companies=companies,
        pairs=rank_pairs(rows("pairs"), rows("pair_goods"), resolution.companies, limit=options.limit),
        hubs=rank_hubs(rows("hubs")),
        coverage=_coverage(ground, goods, rows("months"), official),
        merging=resolution.merging,
        screened=screened,
        crowded_keys={row["kind"]: row["n"] for row in sorted(rows("crowded"), key=lambda row: row["kind"])},
        queries=exposure_queries(episode.direction, ground.tables, ground.params),
    )
    return exposure_warnings(finding, notes).sealed()


def _resolved(rows: Sequence[Row], merge: Merge, build: BuildIndex | None) -> Resolution:
    """Merge the names of all parties into companies."""
    seen: dict[tuple[str | None, str | None, str | None], list[Row]] = defaultdict(list)
    for row in rows:
        seen[(row["name"], row["identifier"], row["economy"])].append(row)
    parties = [
        DeclaredParty(*key, sum(row["lines"] for row in found), fsum(row["value_usd"] for row in found))
        for key, found in seen.items()
    ]
    return resolve(parties, merge=merge, build=build)


def _names_table(resolution: Resolution) -> pa.Table:
    keys = sorted(resolution.of_party)
    columns = {name: [key[place] for key in keys] for place, name in enumerate(("name", "identifier", "economy"))}
    return _strings(**columns, company=[resolution.of_party[key] for key in keys])


def _strings(**columns: list[str]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def _coverage(ground: _Ground, goods: GoodsList, months: Sequence[Row], official: Official) -> ExposureCoverage:
    first, last = str(ground.window.first), str(ground.window.last)
    wanted: list[str] = []
    month = first
    while month <= last and len(wanted) < 1200:
        wanted.append(month)
        month = add_months(month, 1)
    seen = {f"{row['month']:%Y-%m}" for row in months}
    return ExposureCoverage(
        services=ground.services,
        months=tuple(month for month in wanted if month in seen),
        months_missing=tuple(month for month in wanted if month not in seen),
        lines_without_good=ground.codes.lines_without_good,
        lines_with_short_code=ground.codes.lines_with_short_code,
        lines_of_other_goods=ground.codes.lines_of_other_goods,
        goods_listed=len(goods.items),
        goods_found=len(ground.codes.found),
        official=official,
    )
