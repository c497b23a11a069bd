"""Run all second opinions on net backfill."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from stopgap.base.errors import MissingDataError, UsageError
from stopgap.base.notes import Effect, Note
from stopgap.base.sql import listed, quoted
from stopgap.base.vocab import Frequency
from stopgap.codes.goods import GoodsList
from stopgap.lake.engines.engine_options import DUCKDB, EngineOptions
from stopgap.lake.schema import TRADE
from stopgap.measures.backfill.no_loss import no_loss
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.run import measure_on
from stopgap.measures.second_opinion.aggregate_control import aggregate_control
from stopgap.measures.second_opinion.alternative_explanations import Surroundings, named_variants
from stopgap.measures.second_opinion.estimates import (
    DroppedCounts,
    Loss,
    PlaceboTest,
    SecondOpinion,
    placebo_test,
    second_opinion,
)
from stopgap.measures.second_opinion.event_study import EventStudy, PlaceboDates, event_study, placebo_dates
from stopgap.measures.second_opinion.excess import Excess, excess_at_target
from stopgap.measures.second_opinion.flow_rows import read_flows
from stopgap.measures.second_opinion.period_flows import PeriodFlows
from stopgap.measures.second_opinion.request import CounterfactualRequest, EventStep
from stopgap.measures.second_opinion.results import CounterfactualReport, Headline, SupplierContrast
from stopgap.measures.second_opinion.supplier_contrasts import contrast
from stopgap.measures.statistics.arrays import significant, significant_interval
from stopgap.measures.statistics.ppml import PpmlFit, fit_target, panel_of_windows
from stopgap.measures.statistics.window_model import WindowCells
from stopgap.panel.all_destinations import AllDestinations, open_world
from stopgap.panel.basis import hs_revision
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import Episode, load_episode, needs_target_side
from stopgap.panel.prepare import MeasureOptions

Say = Callable[[str, float | None], None]

LEAST_TOLD = 0.02
"""Smallest share of the target's purchases without their own counterfactual that raises a warning."""

MOST_OBSERVATIONS = 3_000_000
"""Most observations for which the Poisson model is fitted by pyfixest."""

OF_FINDING = (
    *("finding_id", "episode", "target", "direction", "goods", "goods_version", "as_of", "unit"),
    *("valuation", "frequency", "route", "windows", "coverage", "report"),
)
"""Fields of the report that are copied from the finding."""


def counterfactual(
    lake: Path,
    episode_name: str,
    options: MeasureOptions,
    asked: CounterfactualRequest | None = None,
    *,
    engine: EngineOptions = DUCKDB,
    say: Say | None = None,
) -> CounterfactualReport:
    """Compute the measure's net backfill and every second opinion; ``say`` receives progress messages.

    Raises:
        MissingDataError: The lake lacks the figures, or holds more than can be compared at once.
        UsageError: Months or a step that annual figures do not have.
    """
    episode = load_episode(episode_name)
    needs_target_side(episode, "stopgap counterfactual")
    told = say or (lambda text, share: None)
    with engine_on(lake, as_of=options.as_of, engine=engine, only=[TRADE.name]) as (running, snapshot):
        told("measuring", None)
        finding = measure_on(running, snapshot, episode, options)
        goods = _goods_measured(episode, options, finding)
        told("reading what suppliers sold everywhere", None)
        world = open_world(running, snapshot, episode, goods, options)
        flows = read_flows(running, snapshot, episode, world)
    return _report(finding, episode, world, flows, asked or CounterfactualRequest(), told)


def _goods_measured(episode: Episode, options: MeasureOptions, finding: Finding) -> GoodsList:
    if options.goods is not None:
        return episode.goods_list(options.goods)
    return next(goods for goods in map(episode.goods_list, episode.goods) if goods.version_id == finding.goods_version)


def _report(
    finding: Finding,
    episode: Episode,
    world: AllDestinations,
    flows: PeriodFlows,
    asked: CounterfactualRequest,
    say: Say,
) -> CounterfactualReport:
    annual = world.prepared.basis.frequency is Frequency.ANNUAL
    step = EventStep(asked.step) if asked.step else (EventStep.YEAR if annual else EventStep.QUARTER)
    if annual and (asked.monthly or step is not EventStep.YEAR):
        raise UsageError(
            "annual figures have no months",
            where="--monthly" if asked.monthly else f"--step {step}",
            fix="leave it out, or take monthly figures (--frequency M)",
        )
    loss = _loss(finding, episode.members())
    if not _has_ordinary(flows, world.target):
        flows = flows.without_pair_effects()
    known, net = finding.counterfactual, finding.backfill
    reason = known.reason or loss.reason
    double = known.double_difference
    opinion, parts = _model_parts(finding, episode, world, flows, loss, asked, step, say)
    return CounterfactualReport(
        **{name: getattr(finding, name) for name in OF_FINDING},
        loss_usd=finding.suspended.loss_usd,
        triple_difference=Headline(known.method, net.net_ratio, net.net_ci95, net.placebo_rank, reason),
        double_difference=Headline("double difference", double.net_ratio, double.net_ci95, reason=reason)
        if double
        else Headline(None, None, None, reason=reason),
        counterfactual=known,
        second_opinion=opinion,
        **vars(parts),
        synthetic_control=aggregate_control(flows, episode.target, loss, _allowed(world, flows)),
        warnings=_warnings(finding, opinion, parts.placebo_tests),
        queries=(*finding.queries, _query(world)),
    )


@dataclass(frozen=True)
class _Parts:
    """Parts of the report that use the model, other than the second opinion."""

    contrasts: tuple[SupplierContrast, ...] = ()
    event_study: EventStudy | None = None
    placebo_dates: PlaceboDates | None = None
    placebo_tests: tuple[PlaceboTest, ...] = ()


def _has_ordinary(flows: PeriodFlows, target: str) -> bool:
    """Return whether suppliers sold the target ordinary goods in both windows."""
    if target not in flows.destinations:
        return True
    own = (flows.destination == flows.destinations.index(target)) & ~flows.is_sanctioned[flows.good]
    held = (flows.in_part(part)[flows.period[own[flows.cell]]] for part in ("baseline", "after"))
    return all(bool(each.any()) for each in held)


def _loss(finding: Finding, members: Collection[str]) -> Loss:
    loss = finding.suspended.loss_usd
    if loss <= 0:
        reason = no_loss(members, finding.coverage.missing_reporters)
        return Loss(None, f"{reason}: a share of the loss is undefined")
    if not finding.backfill.defined:
        return Loss(None, "the loss is not told from 0: a share of it is undefined")
    return Loss(loss)


def _allowed(world: AllDestinations, flows: PeriodFlows) -> list[int] | None:
    if world.placebo_targets is None:
        return None
    return [place for place, name in enumerate(flows.destinations) if name in world.placebo_targets]


def _model_parts(
    finding: Finding,
    episode: Episode,
    world: AllDestinations,
    flows: PeriodFlows,
    loss: Loss,
    asked: CounterfactualRequest,
    step: EventStep,
    say: Say,
) -> tuple[SecondOpinion, _Parts]:
    names = flows.destinations
    cells = flows.between(flows.in_part("baseline"), flows.in_part("after"))
    if world.target not in names or not len(cells):
        return _nothing(loss), _Parts()
    target, allowed = names.index(world.target), _allowed(world, flows)
    say("second opinion", None)
    excess = excess_at_target(cells, target=target, allowed=allowed)
    fit = _fit(flows, excess, target, asked)
    opinion = second_opinion(cells, excess, target=target, names=names, loss=loss, fit=fit, monthly=asked.monthly)
    say("contrasts", None)
    contrasts = _contrasts(finding, flows, cells, target, allowed, asked.contrasts)
    say("event study", None)
    study = event_study(flows, target=target, event=episode.event, step=step, allowed=allowed)
    say("placebo dates", None)
    dates = placebo_dates(flows, target=target, actual=excess.effect, allowed=allowed)
    say("named placebo tests", None)
    about = Surroundings(
        target=target,
        members=frozenset(world.members),
        hubs=world.hubs,
        level=world.prepared.basis.level,
        revisions=tuple(sorted({hs_revision(name) for name in world.tables["world_wanted"]["revision"].to_pylist()})),
        moved_goods=_moved(world),
        allowed=allowed,
    )
    tests = tuple(placebo_test(variant, excess) for variant in named_variants(flows, about))
    return opinion, _Parts(contrasts, study, dates, tests)


def _nothing(loss: Loss) -> SecondOpinion:
    reason = "no supplier outside the coalition sold the target any of these goods, or ordinary ones, in both windows"
    return SecondOpinion(
        None, None, None, 0.0, 0.0, 0.0, 0.0, 0, None, None, None, (), None, DroppedCounts(), 0, 0, 0,
        reason="; ".join(filter(None, (reason, loss.reason))),
    )  # fmt: skip


def _fit(flows: PeriodFlows, excess: Excess, target: int, asked: CounterfactualRequest) -> PpmlFit | None:
    """Fit with pyfixest if the effect is bounded and the panel is not too large.

    Raises:
        MissingDataError: ``monthly`` was requested and the panel is too large.
    """
    if excess.effect is None:
        return None
    panel = flows.panel() if asked.monthly else panel_of_windows(excess.usable.cells)
    if asked.monthly and len(panel) > MOST_OBSERVATIONS:
        raise MissingDataError(
            f"{len(panel):,} observations by month are more than the routine takes ({MOST_OBSERVATIONS:,})",
            where="--monthly",
            fix="leave --monthly out, or take a narrower goods list or shorter windows",
        )
    return fit_target(panel, target=target) if len(panel) <= MOST_OBSERVATIONS else None


def _contrasts(
    finding: Finding, flows: PeriodFlows, cells: WindowCells, target: int, allowed: list[int] | None, wanted: int
) -> tuple[SupplierContrast, ...]:
    gained = [row.supplier for row in finding.suppliers if row.supplier in flows.suppliers][:wanted]
    found = []
    for name in gained:
        one = contrast(cells, supplier=flows.suppliers.index(name), target=target, allowed=allowed)
        effect, ci95 = significant(one.effect), significant_interval(one.ci95)
        found.append(SupplierContrast(name, effect, ci95, one.rank, one.placebos, one.reason))
    return tuple(found)


def _moved(world: AllDestinations) -> frozenset[str]:
    """Return the goods that codes of another revision match under another code, in part, or by an estimate."""
    wanted = world.tables["world_wanted"]
    columns = (wanted[name].to_pylist() for name in ("good", "panel_good", "weight", "is_estimated"))
    return frozenset(
        panel for good, panel, weight, estimated in zip(*columns, strict=True)
        if good[:6] != panel or weight != 1.0 or estimated
    )  # fmt: skip


def _query(world: AllDestinations) -> str:
    """Return SQL for all sales of suppliers outside the coalition, which counterfactuals compare."""
    rows = world.tables["world_chosen"].to_pylist()
    suppliers = sorted(row["supplier"] for row in rows if row["supplier"] not in world.members)
    sources = sorted({row["source"] for row in rows})
    params = world.params
    return (
        "SELECT reporter AS supplier, partner AS destination, good, revision, period, value_usd, net_kg, source, vintage, receipt "
        f"FROM trade WHERE flow = '{params['flow']}' AND frequency = '{params['frequency']}' AND source IN ({listed(sources)}) "
        f"AND reporter IN ({listed(suppliers)}) AND period BETWEEN DATE {quoted(params['first_period'])} "
        f"AND DATE {quoted(params['last_period'])} ORDER BY supplier, destination, good, period"
    )


def _warnings(finding: Finding, opinion: SecondOpinion, tests: tuple[PlaceboTest, ...]) -> tuple[str, ...]:
    found = list(finding.warnings)
    dropped = opinion.dropped
    lost = dropped.zero_groups + dropped.separated
    if lost:
        text = f"{lost:,} cells hold trade that no finite effect fits, and say nothing of the excess"
        found.append(Note(f"{text}: they are out of the second opinion's fit"))
    sold = opinion.observed_usd + opinion.entrants_usd + opinion.unmatched_usd
    if opinion.unmatched_usd > LEAST_TOLD * sold:
        found.append(
            Note(
                f"suppliers that sold the good nowhere else hold {opinion.unmatched_usd / sold:.0%} of what the target bought: "
                "the second opinion takes them at the others' excess",
                Effect.MODEL,
                share=opinion.unmatched_usd / sold,
            )
        )
    if opinion.form == "double difference":
        found.append(
            Note(
                "no ordinary goods are known at the target, so the second opinion, contrasts and event study are double differences: "
                "a turn of the target's whole demand is in them",
                Effect.MODEL,
                short="no ordinary goods are known at the target: a turn of its whole demand is in the second opinion too",
            )
        )
    if opinion.reason:
        found.append(Note(f"second opinion: {opinion.reason}", Effect.CANNOT_TELL))
    headline, second = finding.backfill.net_ci95, opinion.net_ci95
    if headline and second and (headline[1] < second[0] or second[1] < headline[0]):
        text = "the headline's interval and the second opinion's do not meet: take neither alone"
        found.append(Note(text, Effect.CANNOT_TELL))
    if second and second[0] <= 0 <= second[1]:
        text = f"the second opinion's interval includes 0 ({second[0]:.1%} to {second[1]:.1%})"
        found.append(Note(f"{text}: it cannot tell net backfill from none", Effect.CANNOT_TELL))
    if moved := [test.name for test in tests if test.moves]:
        text = f"the excess leaves its interval once these are taken out: {', '.join(moved)}"
        found.append(Note(text, Effect.MODEL, share=0.5))
    return tuple(dict.fromkeys(found))
