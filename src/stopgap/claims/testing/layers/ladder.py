"""The ladder of a claim of supply in one goods list: shipped, share of inflow, rose, net, share of the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.base.vocab import Report
from stopgap.claims.testing import explanations as say
from stopgap.claims.testing.figures import (
    DIRECT,
    FREQUENCIES,
    HypothesisBasis,
    hypotheses_of,
    untested,
    who_has_figures,
)
from stopgap.claims.testing.layers import words
from stopgap.claims.testing.layers.actor_trade import (
    ActorTrade,
    NoTrade,
    judged_window,
    own_window,
    read_actor_trade,
    reported_without_trade,
)
from stopgap.claims.testing.layers.facts import Layer, ShippedFacts
from stopgap.claims.testing.layers.inflow import LEAST_ECONOMIES, inflow_a_year, inflow_facts, other_side_share
from stopgap.claims.testing.layers.rise import rise_verdict
from stopgap.claims.testing.layers.rise_reading import read_rise
from stopgap.claims.testing.layers.shipped import none_shipped, shipped_facts, shipped_verdict
from stopgap.claims.testing.results import LEAST_COVERAGE, Hypothesis, Verdict
from stopgap.claims.testing.verdict import verdict_of, verdicts_at
from stopgap.codes.goods import GoodsList
from stopgap.lake.engines.engine import Engine
from stopgap.measures.backfill.results import Finding
from stopgap.panel.episodes import Episode, Window
from stopgap.panel.source_breaks import SourceBreak, breaks_between

_NAMED = 2
"""Most economies of a group that a sentence names one by one."""

NOTHING_IMPORTED = (
    "figures of the actor's trade with the target in these goods would test it (stopgap import, stopgap fetch)"
)
MORE_DESTINATIONS = "the actor's exports to all destinations, with weights, would test it"


@dataclass(frozen=True)
class LadderBasis:
    """What every layer of one goods list rests on."""

    engine: Engine
    episode: Episode
    tested: HypothesisBasis
    goods: GoodsList
    after: Window | None

    @property
    def who(self) -> str:
        """Name of the actor."""
        return say.actor_name(self.tested.claim, self.tested.plan)

    def subject_of(self, trade: ActorTrade | None) -> str:
        """The actor's trade, named; a group of which some economies have no figures by those that have them."""
        goods = say.goods_words(self.goods.name)
        who, group = self.who, self.tested.plan.economies
        if trade is not None and trade.without and group is not None and len(group) > 1 and len(trade.chosen) <= _NAMED:
            who = " with ".join(map(say.name_of, sorted(trade.chosen)))
        return words.trade_of(self.episode, who, goods, say.name_of(self.episode.target))


def ladder(
    basis: LadderBasis, finding: Finding | None, reason: str, fix: str | None, *, only: Layer | None = None
) -> tuple[Hypothesis, ...]:
    """Test every layer of supply in one goods list, from fact to inference.

    Args:
        finding: The measure of the same goods and windows; ``None`` where the lake has no figures for it, and
            ``reason`` and ``fix`` say why and what would help.
        only: The one layer to test (``shipped`` or ``rose``); all if ``None``.
    """
    tested = basis.tested
    trade = read_actor_trade(basis.engine, basis.episode, basis.goods, tested.plan.economies)
    if only is not None:
        if only is Layer.ROSE:
            return (_rose(basis, trade),)
        return (_shipped(basis, trade, finding) if only is Layer.SHIPPED else _inflow(basis, finding, reason, fix),)
    found = [_shipped(basis, trade, finding), _inflow(basis, finding, reason, fix), _rose(basis, trade)]
    if finding is None:
        found += [untested(tested, reason, kind, fix=fix) for kind in ("net", "share")]
    else:
        found += hypotheses_of(tested, finding)
    return tuple(found)


def _shipped(basis: LadderBasis, trade: ActorTrade | None, finding: Finding | None) -> Hypothesis:
    claim = basis.tested.claim
    if trade is None:
        return _none_shipped(basis)
    window = judged_window(basis.episode, claim.period_from, claim.period_to, trade)
    if window is None:
        because = f"The figures of {basis.who} end before the period of the claim."
        return _fact(
            basis, Layer.SHIPPED, Verdict.NOT_TESTABLE, because, fix="figures of the claim's period would test it"
        )
    facts = shipped_facts(trade, window, inflow_usd=inflow_a_year(finding), notes=_notes(basis, trade))
    made = _judged(basis, facts, trade, fix="reports of the silent periods would test it")
    return replace(made, queries=trade.queries(), report="reconciled" if trade.is_reconciled else made.report)


def _none_shipped(basis: LadderBasis) -> Hypothesis:
    """Hypothesis of an actor without any trade in the goods: none, where its reports cover them; else not testable."""
    claim, economies = basis.tested.claim, basis.tested.plan.economies
    none = reported_without_trade(basis.engine, basis.episode, basis.goods, economies) if economies else None
    window = None if none is None else judged_window(basis.episode, claim.period_from, claim.period_to, none)
    if none is None or window is None:
        return _fact(basis, Layer.SHIPPED, Verdict.NOT_TESTABLE, _no_trade(basis), fix=NOTHING_IMPORTED)
    return _judged(basis, none_shipped(none, window, basis.goods), none, fix=NOTHING_IMPORTED)


def _judged(basis: LadderBasis, facts: ShippedFacts, trade: ActorTrade | NoTrade, *, fix: str) -> Hypothesis:
    """Hypothesis of *shipped* with its figures; ``fix`` is what would help where it is not testable."""
    verdict, frequency = shipped_verdict(facts), str(trade.frequency)
    subject = basis.subject_of(trade if isinstance(trade, ActorTrade) else None)
    because = words.shipped_because(facts, subject, frequency, verdict)
    return replace(
        _fact(basis, Layer.SHIPPED, verdict, because, fix=fix if verdict is Verdict.NOT_TESTABLE else None),
        estimate=facts.value_usd,
        threshold=facts.traces_usd,
        unit="USD",
        coverage=facts.periods / facts.periods_in_window if facts.periods_in_window else None,
        windows={"after": facts.window},
        frequency=frequency,
        facts=facts,
        report=basis.episode.direction.flow(Report.REPORTED).reporter,
        valuation=str(basis.episode.direction.valuation(Report.REPORTED)),
    )


def _no_trade(basis: LadderBasis) -> str:
    return say.sentence(f"the lake holds no figures of {basis.subject_of(None)}: missing, not zero")


def _notes(basis: LadderBasis, trade: ActorTrade) -> Sequence[str]:
    notes = []
    if trade.is_reconciled:
        notes.append(
            "The source reconciled both sides' reports where both exist: the figures are no report of the exporter alone."
        )
    notes += [say.sentence(f"{each.source.upper()}, {each.what}") for each in _breaks(basis, trade)]
    if trade.moved:
        notes.append(f"Left out, for their content moved to other codes: {', '.join(trade.moved)}.")
    if trade.without and basis.tested.plan.economies is not None:
        notes.append(f"No figures of {', '.join(map(say.name_of, trade.without))}: missing, not zero.")
    return notes


def _breaks(basis: LadderBasis, trade: ActorTrade) -> Sequence[SourceBreak]:
    """Return the breaks of the actor's sources within the years with figures."""
    if not trade.periods:
        return ()
    first, last = f"{trade.periods[0]:%Y-%m}", f"{trade.periods[-1]:%Y}-12"
    found = [
        each
        for economy, source in sorted(trade.chosen.items())
        for each in breaks_between(source, economy, basis.episode.target, first, last)
    ]
    return tuple(dict.fromkeys(found))


def _inflow(basis: LadderBasis, finding: Finding | None, reason: str, fix: str | None) -> Hypothesis:
    if finding is None:
        told, hint = say.plain_reason(reason)
        return _fact(basis, Layer.INFLOW_SHARE, Verdict.NOT_TESTABLE, say.sentence(told), fix=fix or hint)
    tested = basis.tested
    economies, threshold = tested.plan.economies, tested.inflow_threshold
    other = other_side_share(basis.engine, basis.episode, basis.goods, finding.windows.after, economies)
    facts = inflow_facts(finding, economies, other)
    if facts is None:
        because = say.sentence(
            f"the figures that hold most of the trade ({FREQUENCIES[finding.frequency]}) have none of {basis.who} in both windows: "
            "missing, not zero"
        )
        return _fact(basis, Layer.INFLOW_SHARE, Verdict.NOT_TESTABLE, because, fix=_whole_inflow(basis))
    coverage = finding.coverage.share_of_baseline_reported
    share = facts.actor_usd / facts.inflow_usd
    ends = sorted(each for each in (share, facts.other_side_share) if each is not None)
    interval = (ends[0], ends[-1])
    because = words.inflow_because(
        facts, who_has_figures(tested, finding), say.name_of(basis.episode.target), exports=say.sells(basis.episode)
    )
    if facts.economies < LEAST_ECONOMIES:
        many = f"{facts.economies} econom{'y' if facts.economies == 1 else 'ies'}"
        few = f"the lake has figures of {many} in these goods, too few to know the whole inflow"
        because = say.sentence(few)
        made = _fact(basis, Layer.INFLOW_SHARE, Verdict.NOT_TESTABLE, because, fix=_whole_inflow(basis))
        return replace(made, facts=facts, finding_id=finding.finding_id)
    verdict = _share_verdict(interval, threshold, coverage)
    if coverage is None or coverage < LEAST_COVERAGE:
        because = f"{because.rstrip('.')}, but reporters of only {say.percent(coverage or 0.0)} of the baseline trade also report after."
    made = _fact(
        basis,
        Layer.INFLOW_SHARE,
        verdict,
        because,
        fix="reports of those that are silent after the event would test it",
    )
    return replace(
        made,
        estimate=share,
        threshold=threshold,
        thresholds=verdicts_at(interval, threshold, coverage),
        coverage=coverage,
        windows={"baseline": finding.windows.baseline, "after": finding.windows.after},
        queries=finding.queries,
        finding_id=finding.finding_id,
        facts=facts,
        report=finding.report,
        valuation=finding.valuation,
        frequency=str(finding.frequency),
        fix=made.fix if verdict is Verdict.NOT_TESTABLE else None,
    )


def _whole_inflow(basis: LadderBasis) -> str:
    """What would tell the whole inflow: figures of everyone who trades these goods with the target."""
    sides = "exporters to" if say.sells(basis.episode) else "buyers from"
    return f"figures of all {sides} {say.name_of(basis.episode.target)} in these goods, of one frequency, would test it"


def _share_verdict(interval: tuple[float, float], threshold: float, coverage: float | None) -> Verdict:
    """Judge a share of inflow, which cannot be below 0: not supported where its range ends under the threshold."""
    verdict = verdict_of(interval, threshold, coverage)
    known = coverage is not None and coverage >= LEAST_COVERAGE
    return Verdict.NOT_SUPPORTED if known and interval[1] < threshold else verdict


def _rose(basis: LadderBasis, trade: ActorTrade | None) -> Hypothesis:
    claim = basis.tested.claim
    if trade is None:
        return _fact(basis, Layer.ROSE, Verdict.NOT_TESTABLE, _no_trade(basis), fix=NOTHING_IMPORTED)
    window = basis.after or own_window(claim.period_from, claim.period_to, basis.episode)
    try:
        found = read_rise(basis.engine, basis.episode, trade, window)
    except (MissingDataError, EpisodeError) as error:
        told, hint = say.plain_reason(error.what)
        return _fact(basis, Layer.ROSE, Verdict.NOT_TESTABLE, say.sentence(told), fix=error.fix or hint)
    if found.facts is None:
        because = say.sentence(f"{basis.who} has no figures in both windows: missing, not zero")
        return _fact(basis, Layer.ROSE, Verdict.NOT_TESTABLE, because, fix=NOTHING_IMPORTED)
    last = found.windows.after[1]
    across = [each.what for each in _breaks(basis, trade) if found.windows.baseline[0] < each.at <= last]
    facts = replace(found.facts, breaks=tuple(across))
    verdict = rise_verdict(facts)
    because = words.rise_because(facts, basis.subject_of(trade), verdict)
    made = _fact(
        basis, Layer.ROSE, verdict, because,
        fix=MORE_DESTINATIONS if verdict is Verdict.NOT_TESTABLE else None,
    )  # fmt: skip
    pairs = (
        (facts.baseline_kg, facts.after_kg) if facts.tested_in == "quantity" else (facts.baseline_usd, facts.after_usd)
    )
    growth = pairs[1] / pairs[0] - 1 if pairs[0] and pairs[1] is not None else None
    return replace(
        made,
        estimate=growth,
        windows={"baseline": found.windows.baseline, "after": found.windows.after},
        queries=trade.queries(),
        frequency=str(trade.frequency),
        placebo_rank=None if facts.as_large is None else (facts.as_large + 1, facts.destinations + 1),
        facts=facts,
        report="reconciled" if trade.is_reconciled else basis.episode.direction.flow(Report.REPORTED).reporter,
        valuation=str(basis.episode.direction.valuation(Report.REPORTED)),
    )


_MEASURES = {Layer.SHIPPED: "value_usd", Layer.INFLOW_SHARE: "share_of_inflow", Layer.ROSE: "growth"}


def _fact(basis: LadderBasis, layer: Layer, verdict: Verdict, because: str, *, fix: str | None) -> Hypothesis:
    """Hypothesis of a layer that has no interval."""
    tested = basis.tested
    return Hypothesis(
        id=f"{layer}{tested.suffix}",
        statement=say.statement_of(str(layer), tested.claim, tested.plan, basis.goods.name, tested.inflow_threshold),
        measure=_MEASURES[layer],
        estimate=None,
        ci95=None,
        gross=None,
        threshold=tested.inflow_threshold if layer is Layer.INFLOW_SHARE else 0.0,
        thresholds=(),
        verdict=verdict,
        because=because,
        goods=basis.goods.name,
        goods_version=basis.goods.version_id,
        breadth=tested.breadth,
        route=DIRECT,
        decides=False,
        fix=fix,
        layer=layer,
    )
