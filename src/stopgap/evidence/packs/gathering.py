"""Gather the evidence of a pack from the lake without the files that are withheld."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from stopgap.base.errors import IdentityError
from stopgap.base.marking import Marking, parse_marking
from stopgap.briefs.model import BriefModel, StatementNote
from stopgap.briefs.run import build_model
from stopgap.claims.register.events import ACTIVE, RegisteredClaim
from stopgap.claims.register.portable_claim import PortableClaim, portable_claim
from stopgap.claims.register.register import find_claim
from stopgap.claims.register.texts import read_register
from stopgap.claims.testing.cases import Findings, episode_of
from stopgap.claims.testing.results import TestedClaim
from stopgap.claims.testing.run import ClaimTestOptions, verdict_on
from stopgap.codes.goods import load_goods
from stopgap.evidence.markings.effective import EffectiveMarkings
from stopgap.evidence.packs.recording import Recorder, bare_snapshot, each_asked
from stopgap.evidence.packs.request import USUAL_PARTS, PackPart, PackRequest
from stopgap.lake.engine import DuckDBEngine
from stopgap.lake.receipts import Receipt
from stopgap.lake.schema import DECLARATIONS, LISTED, TRADE
from stopgap.lake.snapshot import Snapshot, connect
from stopgap.measures.alerts.cases import AlertCase, list_alerts
from stopgap.measures.alerts.results import AlertKind
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.run import measure_on
from stopgap.panel.episodes import Episode, load_episode, portable
from stopgap.panel.prepare import MeasureOptions
from stopgap.screening.decisions.states import DecisionState, StandingDecision
from stopgap.screening.exposure.lookups import Shows

CLAIMS, ALERTS, EXPOSURE, BRIEF, DECISIONS = PackPart


@dataclass(frozen=True)
class PackOptions:
    """Options of a pack: nothing marked above ``audience`` goes in; without ``claims`` all tested on the episode do."""

    audience: Marking
    measure: MeasureOptions = field(default_factory=MeasureOptions)
    parts: tuple[str, ...] = USUAL_PARTS
    claims: tuple[str, ...] | None = None
    attachments: tuple[Path, ...] = ()
    redact: bool = False


def pack_options(request: PackRequest) -> PackOptions:
    """What is chosen for a pack, as it was asked for.

    Raises:
        EpisodeError: A window that is none.
        UsageError: An unknown frequency or report.
    """
    usual = USUAL_PARTS if request.parts is None else request.parts
    parts = dict.fromkeys(PackPart(part) for part in (*usual, *request.with_parts))
    return PackOptions(
        audience=parse_marking(request.marking, request.releasable_to),
        measure=request.options(),
        parts=tuple(part for part in parts if part not in request.without),
        claims=tuple(request.claim) or None,
        attachments=tuple(map(Path, request.attach)),
        redact=request.redact,
    )


@dataclass(frozen=True)
class Gathered:
    """What may go into a pack, before it is weighed.

    Attributes:
        episode: The episode, by itself.
        asked: Options of the headline, its goods list by name.
        snapshot: The vintage, without what is withheld.
        model: What the brief says; no alerts and statements yet.
        recorder: What findings and verdicts asked of the lake.
        trade: Rows behind the findings and verdicts: columns of the view ``trade``, in order.
        reported: Who reported the chapters of those rows, and when.
        receipts: Files behind them, with vintage and table.
        withheld: Files that were not looked at, with vintage.
        cells: Finding -> key of the run that made its cells.
    """

    episode: Episode
    asked: MeasureOptions
    snapshot: Snapshot
    model: BriefModel
    recorder: Recorder
    verdicts: tuple[tuple[RegisteredClaim, TestedClaim], ...]
    alerts: tuple[AlertCase, ...]
    trade: pa.Table
    reported: pa.Table
    receipts: tuple[tuple[Receipt, str, str], ...]
    withheld: tuple[tuple[Receipt, str], ...]
    cells: dict[str, str]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The brief's findings, the headline first."""
        return (self.model.headline, *self.model.others)


def gather(
    snapshot: Snapshot,
    named: str,
    options: PackOptions,
    markings: EffectiveMarkings,
    *,
    left: Sequence[tuple[Receipt, str]] = (),
    model: BriefModel | None = None,
) -> Gathered:
    """Measure all that a pack may hold, on a view of the lake.

    Args:
        snapshot: The lake, without the files that may not leave.
        left: Those files, with their vintages.
        model: What the brief says, where it was built from the same files already.

    Raises:
        NotFoundError: Unknown episode, goods list, vintage or claim.
        MissingDataError: The view lacks the figures of the headline.
        EpisodeError: Windows that cannot be used.
    """
    episode = portable(load_episode(named))
    asked = options.measure
    if asked.goods is not None:
        goods = load_goods(asked.goods)
        episode = replace(episode, lists={**episode.lists, goods.name: goods})
        asked = replace(asked, goods=goods.name)
    with contextlib.closing(connect(snapshot)) as con:
        con.execute("SET threads = 1")  # sums of doubles depend on the order of rows, and packs are made twice alike
        engine = DuckDBEngine(con)
        if model is None:
            # the recorder gives rows in order, so that no sum depends on it
            model = build_model(
                Recorder(engine), snapshot, episode, asked, decisions=_shown_decisions(snapshot, markings, options)
            )
        recorder = Recorder(engine)
        cells = _measure_again(recorder, snapshot, episode, asked, model)
        tested = _verdicts(recorder, snapshot, episode, options)
        findings = [model.headline, *model.others]
        queries = [query for finding in findings for query in finding.queries[1:]]
        queries += [query for _, made in tested for each in made.hypotheses for query in each.queries]
        trade, reported = _rows(engine, [query for query in dict.fromkeys(queries) if _CONDITION in query])
        named_companies = model.exposure is not None and bool({EXPOSURE, BRIEF} & set(options.parts))
        receipts = _receipts(engine, snapshot, markings, model, with_companies=named_companies)
    claims = {each.entry.id: each for each, _ in tested}
    alerts = _alerts(snapshot.lake, named, options, claims)
    verdicts = tuple((each.entry, made) for each, made in tested)
    return Gathered(
        episode, asked, snapshot, model, recorder, verdicts, alerts, trade, reported, receipts, tuple(left), cells
    )  # fmt: skip


def _shown_decisions(snapshot: Snapshot, markings: EffectiveMarkings, options: PackOptions) -> Shows | None:
    """Which decisions on companies' matches a pack shows: those that may go, as if nothing that may not were there.

    Where lists are withheld, a decision that does not stand on what the others say may rest on one of those.
    """
    if DECISIONS not in options.parts:
        return None
    has_lists = any(LISTED.name in markings.tables.get(name, ()) for name in snapshot.withheld)

    def shows(standing: StandingDecision) -> bool:
        fits = markings.of_decision(standing.decision.id).fits(options.audience)
        stands = standing.state in (DecisionState.STANDING, DecisionState.UNDECIDED)
        return fits and (stands or not has_lists)

    return shows


def _measure_again(
    recorder: Recorder, snapshot: Snapshot, episode: Episode, options: MeasureOptions, model: BriefModel
) -> dict[str, str]:
    """Record what the brief's findings ask, as they are measured again wherever the pack goes; runs of their cells."""
    cells = {}
    others = [each.goods for each in model.others]
    for asked, finding in zip(each_asked(options, others), (model.headline, *model.others), strict=True):
        before = len(recorder.asked)
        made = measure_on(recorder, bare_snapshot(snapshot.vintage), episode, asked)
        if made != finding:
            raise IdentityError(
                f"{finding.goods} measured again is another finding: {made.finding_id} is not {finding.finding_id}",
                where=f"episode {episode.name}, vintage {snapshot.vintage}",
                fix="no pack is written of it; report this with both ids",
            )
        cells[finding.finding_id] = next(key for key in recorder.asked[before:] if recorder.runs[key].stage == "cells")
    return cells


def _verdicts(
    recorder: Recorder, snapshot: Snapshot, episode: Episode, options: PackOptions
) -> tuple[tuple[PortableClaim, TestedClaim], ...]:
    """Claims, as they travel, held against the same figures as the findings."""
    if CLAIMS not in options.parts:
        return ()
    register = read_register(snapshot.lake)
    if options.claims is None:
        active = [each for each in register.claims.values() if each.status == ACTIVE]
        chosen = [each for each in active if (on := episode_of(each.claim, None)[0]) and on.name == episode.name]
    else:
        chosen = [find_claim(register, each) for each in options.claims]
    findings = Findings(recorder, snapshot)

    def tested(each: PortableClaim) -> TestedClaim:
        asked = ClaimTestOptions(kept=each.entry.current.goods, keep=False)
        return verdict_on(findings, each.entry.claim, asked, lake=None, on=episode)

    moved = [portable_claim(each) for each in sorted(chosen, key=lambda each: each.id)]
    return tuple((each, tested(each)) for each in moved)


def _alerts(lake: Path, named: str, options: PackOptions, claims: Mapping[str, PortableClaim]) -> tuple[AlertCase, ...]:
    """Alerts of the episode, those of verdicts where the claim is chosen; the log knows no vintages, so an earlier one has none."""
    if ALERTS not in options.parts or options.measure.as_of is not None:
        return ()
    found = []
    for case in sorted(list_alerts(lake, named, status="all"), key=lambda case: case.id):
        if case.alert["kind"] != AlertKind.VERDICT:
            found.append(case)
        elif claim := claims.get(case.alert["good"]):
            # the alert of a verdict tells of its claim in words of its own
            found.append(replace(case, alert=claim.renamed(case.alert)))
    return tuple(found)


_CONDITION = " FROM trade WHERE "


def _rows(engine: DuckDBEngine, queries: Sequence[str]) -> tuple[pa.Table, pa.Table]:
    """Rows that some statements show, each once, and who reported their chapters."""
    conditions = [
        query.split(_CONDITION, 1)[1].rsplit(" ORDER BY ", 1)[0].split(" GROUP BY ", 1)[0]
        for query in dict.fromkeys(queries)
    ]
    where = " OR ".join(f"({each})" for each in conditions) or "false"
    con = engine.con
    trade = con.sql(f"SELECT * FROM trade WHERE {where} ORDER BY ALL").to_arrow_table()
    reported = con.sql(
        f"""
        WITH held AS (
            SELECT DISTINCT source, frequency, flow,
                CASE WHEN regexp_matches(good, '^[0-9]+$') THEN substr(good, 1, 2) ELSE good END AS chapter
            FROM trade WHERE {where}
        )
        SELECT DISTINCT r.* FROM reported AS r SEMI JOIN held AS h USING (source, frequency, flow, chapter)
        ORDER BY ALL
        """
    ).to_arrow_table()
    return trade, reported


def _receipts(
    engine: DuckDBEngine, snapshot: Snapshot, markings: EffectiveMarkings, model: BriefModel, *, with_companies: bool
) -> tuple[tuple[Receipt, str, str], ...]:
    """Files that the evidence rests on: trade of the frequencies measured, and what companies rest on."""
    frequencies = sorted({each.frequency for each in (model.headline, *model.others)})
    marks = ", ".join("?" for _ in frequencies)
    behind = {
        receipt
        for (receipt,) in engine.con.execute(
            f"SELECT DISTINCT receipt FROM trade_rows WHERE frequency IN ({marks})", frequencies
        ).fetchall()
    }
    tables = {TRADE.name} | ({DECLARATIONS.name, LISTED.name} if with_companies else set())
    return tuple(
        (receipt, vintage, table)
        for receipt, vintage in snapshot.receipts
        if (receipt.receipt, vintage) not in snapshot.withdrawn
        for table in sorted(markings.tables.get(receipt.receipt, frozenset()) & tables)
        if table != TRADE.name or receipt.receipt in behind
    )


def brief_model(gathered: Gathered, *, marking: Marking, claims: frozenset[str]) -> BriefModel:
    """What the brief of a pack says: of sources and statements, those that go into it."""
    shown = {receipt.receipt for receipt, _, _ in gathered.receipts}
    statements = tuple(
        StatementNote(
            claim_id=entry.id,
            title=entry.claim.title,
            said_by=entry.claim.said_by.name,
            said_on=entry.claim.said_on,
            stance=str(entry.claim.stance),
            verdict=str(tested.verdict),
            because=tested.because,
            coverage=tested.coverage,
            as_of=tested.as_of,
        )
        for entry, tested in gathered.verdicts
        if entry.id in claims
    )
    sources = tuple(note for note in gathered.model.sources if note.receipt in shown)
    return replace(gathered.model, statements=statements, sources=sources, marking=marking)
