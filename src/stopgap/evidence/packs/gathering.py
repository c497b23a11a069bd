"""Gather the evidence of a pack from the lake without the files that are withheld."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from stopgap.base.beside import WorkBeside
from stopgap.base.errors import IdentityError, UsageError
from stopgap.base.marking import Marking, parse_marking
from stopgap.base.progress import say
from stopgap.briefs.model import BriefModel, StatementNote
from stopgap.briefs.run import build_model
from stopgap.claims.register.events import ACTIVE, RegisteredClaim
from stopgap.claims.register.portable_claim import PortableClaim, portable_claim
from stopgap.claims.register.register import find_claim
from stopgap.claims.register.texts import read_register
from stopgap.claims.testing.cases import Findings, episode_of
from stopgap.claims.testing.layers.consequences import rests_on_lists
from stopgap.claims.testing.results import TestedClaim
from stopgap.claims.testing.run import ClaimTestOptions, verdict_on
from stopgap.codes.goods import load_goods
from stopgap.evidence.markings.effective import EffectiveMarkings
from stopgap.evidence.packs.recording import Recorder, bare_snapshot, each_asked
from stopgap.evidence.packs.request import USUAL_PARTS, PackPart, PackRequest
from stopgap.lake.engines.answers import KeptAnswers
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.lake.receipts import Receipt
from stopgap.lake.schema import DECLARATIONS, LISTED, TRADE
from stopgap.lake.snapshot import Snapshot, connect, kept_stages
from stopgap.measures.alerts.cases import AlertCase, list_alerts
from stopgap.measures.alerts.results import AlertKind
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.run import measure_on
from stopgap.panel.episodes import Episode, load_episode, needs_target_side, portable
from stopgap.panel.prepare import MeasureOptions
from stopgap.screening.decisions.states import DecisionState, StandingDecision
from stopgap.screening.exposure.lookups import Shows

CLAIMS, ALERTS, EXPOSURE, BRIEF, DECISIONS = PackPart


@dataclass(frozen=True)
class PackOptions:
    """Options of a pack.

    Nothing marked above ``audience`` is included; ``claims=None`` includes all active claims on the episode.
    """

    audience: Marking
    measure: MeasureOptions = field(default_factory=MeasureOptions)
    parts: tuple[str, ...] = USUAL_PARTS
    claims: tuple[str, ...] | None = None
    attachments: tuple[Path, ...] = ()
    redact: bool = False


def pack_options(request: PackRequest) -> PackOptions:
    """Convert the options of ``stopgap pack create`` into those of a pack.

    Raises:
        EpisodeError: A window is invalid.
        UsageError: The frequency or report is unknown.
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
    """Evidence that may go into a pack, before disclosure control selects from it.

    Attributes:
        episode: The episode, which needs no other file.
        asked: Options of the headline, its goods list by name.
        snapshot: The vintage, without the withheld files.
        model: Data model of the brief, still without alerts and statements.
        recorder: Recorded queries of the findings and verdicts on the lake.
        trade: Rows behind the findings and verdicts: columns of the view ``trade``, in order.
        reported: Who reported the chapters of those rows, and when.
        receipts: Imported files behind the evidence, with vintage and table.
        withheld: Files excluded from measuring, with vintage.
        cells: Finding id -> key of the run that made its cells.
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
    """Measure and collect all evidence that a pack may hold, on a snapshot of the lake.

    Args:
        snapshot: The lake, without the files that may not be disclosed.
        left: Those files, with their vintages.
        model: Data model of the brief, if it was already built from the same files.

    Raises:
        NotFoundError: Unknown episode, goods list, vintage or claim.
        MissingDataError: The snapshot lacks the figures of the headline.
        EpisodeError: The windows cannot be used, or the episode has the role ``suppliers-to-coalition``.
    """
    episode = portable(load_episode(named))
    needs_target_side(episode, "a pack")
    asked = options.measure
    if asked.goods is not None:
        goods = load_goods(asked.goods)
        episode = replace(episode, lists={**episode.lists, goods.name: goods})
        asked = replace(asked, goods=goods.name)
    with contextlib.closing(connect(snapshot)) as con:
        con.execute("SET threads = 1")  # sums of doubles depend on the order of rows, and packs are made twice alike
        engine = DuckDBEngine(con, answers=KeptAnswers(), kept=kept_stages(con, snapshot))
        recorder, of_verdicts = Recorder(engine), Recorder(engine)
        beside = WorkBeside(lambda: _verdicts(of_verdicts, snapshot, episode, options), snapshot.lake)
        try:
            if model is None:
                # the recorder gives rows in order, so that no sum depends on it
                decisions = _shown_decisions(snapshot, markings, options)
                model = build_model(Recorder(engine), snapshot, episode, asked, decisions=decisions)
            cells = _measure_again(recorder, snapshot, episode, asked, model)
            say("testing statements")
            tested = beside.result()
        except BaseException:
            of_verdicts.is_stopped = True  # it reads through the connection, which is closed now
            beside.wait()
            raise
        recorder.follow(of_verdicts)
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
    """Return a filter for the decisions on company matches that a pack shows; ``None`` if decisions are no part of it.

    Only decisions that fit the marking are shown, and if lists are withheld, only those that stand on the remaining
    lists: others may depend on a withheld one.
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
    """Measure the brief's findings again, as receivers do, and record the queries; finding id -> run of its cells."""
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
    """Test the chosen claims, in their portable form, on the same figures as the findings."""
    if CLAIMS not in options.parts:
        return ()
    register = read_register(snapshot.lake)
    if options.claims is None:
        active = [each for each in register.claims.values() if each.status == ACTIVE and not rests_on_lists(each.claim)]
        chosen = [each for each in active if (on := episode_of(each.claim, None)[0]) and on.name == episode.name]
    else:
        chosen = [find_claim(register, each) for each in options.claims]
        if of_lists := next((each for each in chosen if rests_on_lists(each.claim)), None):
            raise UsageError(
                f"the verdict on {of_lists.id} rests on lists of companies, which a receiver of the pack cannot test again",
                where="--claim",
                fix="leave the claim out; send its page (stopgap claims test --page), and name the lists",
            )
    findings = Findings(recorder, snapshot, None)

    def tested(each: PortableClaim) -> TestedClaim:
        asked = ClaimTestOptions(kept=each.entry.current.goods, keep=False)
        return verdict_on(findings, each.entry.claim, asked, on=episode)

    moved = [portable_claim(each) for each in sorted(chosen, key=lambda each: each.id)]
    return tuple((each, tested(each)) for each in moved)


def _alerts(lake: Path, named: str, options: PackOptions, claims: Mapping[str, PortableClaim]) -> tuple[AlertCase, ...]:
    """Return the episode's alerts, those on verdicts only for chosen claims.

    None are returned if a vintage is given, because the log of alerts has no vintages.
    """
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
    """Return the rows of trade that SQL queries select, each once, and who reported their chapters."""
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
    """Return the input files of the evidence: trade of the frequencies measured, and data on companies if included."""
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
    """Return the data model of a pack's brief, with the sources and statements that are included in the pack."""
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
