"""Result of ``stopgap levers``: ranked levers, a what-if, and their assumptions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, cast

import pyarrow as pa

from stopgap.base.money import usd, usd_range
from stopgap.base.notes import Effect, Note, Summarised, Summary
from stopgap.codes.named_table import NamedTable
from stopgap.measures.backfill.results import Coverage, Interval
from stopgap.measures.levers.chokepoints import Chokepoint
from stopgap.measures.levers.hub_switching import HubSwitching
from stopgap.measures.levers.ranking import Lever, why
from stopgap.measures.levers.removal import Inflow, Projection, project
from stopgap.measures.levers.scored_levers import LeverScore
from stopgap.measures.levers.substitution import Fitted, Substitution
from stopgap.measures.levers.what_if_text import Question, WhatIfStop, combined, cut_for
from stopgap.panel.measured_words import codes_words, covered_words, level_words, measured_lines
from stopgap.panel.windows import Windows


@dataclass(frozen=True)
class InflowTotals:
    """Trade with the target in the goods, after-window, US dollars a year.

    Attributes:
        total_usd: Trade of all suppliers with figures in both windows.
        members_usd: The coalition's part of it.
        suppliers: Number of suppliers with trade.
        hhi: Herfindahl index of suppliers outside the coalition; ``None`` without trade.
        consistent_with_routing_usd: Part consistent with routing; ``None`` if routes are not measured.
    """

    total_usd: float
    members_usd: float
    hubs_usd: float
    suppliers: int
    hhi: float | None
    consistent_with_routing_usd: float | None


@dataclass(frozen=True)
class ActionResult:
    """Projection of one stop of a what-if, on its own."""

    action: WhatIfStop
    projection: Projection
    why: str


@dataclass(frozen=True)
class WhatIf:
    """Projections of a what-if: each stop on its own, and all combined.

    Attributes:
        combined: All stops together; a cell affected by two of them counts once.
        why: Explanation of ``combined``.
        counted_once_usd: Dollars that several stops carry.
    """

    actions: tuple[ActionResult, ...]
    combined: Projection
    why: str
    counted_once_usd: float


IS_SIZE = 0.95
"""Rank correlation with carried value from which the ranking is called one of size."""


@dataclass(frozen=True)
class Enforcement:
    """Response of all suppliers outside the coalition to an enforcement step.

    Attributes:
        date: Day of the step; ``None`` if none is known.
        before: First and last month of the year before it.
        after: First and last month of the year after it.
        response: Share by which their trade fell beyond its counterfactual, signed; ``None`` if it cannot be had.
        is_used: Whether responses weigh in the ranking.
        reason: Why ``response`` is missing or not used.
    """

    date: str | None
    before: tuple[str, str] | None
    after: tuple[str, str] | None
    response: float | None
    response_ci95: Interval
    is_used: bool
    reason: str | None


@dataclass(frozen=True)
class Ranking:
    """What levers are ranked by.

    Attributes:
        ranked_by: ``score_usd``; ``removed_usd`` or ``carried_usd`` where there are no scores.
        reason: Why there are no scores.
        period: First and last month of the latest common period; ``None`` without scores.
        period_share: Share of the after-window's inflow whose suppliers report all of it.
        is_common: Whether these hold 90 %; if not the period is the whole after-window.
        not_in_period: Suppliers that report none of it.
        rank_correlation_with_carried: Spearman's, over all levers ranked.
        is_size: Whether that is above .95.
        without_exports: Number of suppliers outside the coalition without world exports in the lake.
    """

    ranked_by: str
    reason: str | None
    period: tuple[str, str] | None
    period_share: float | None
    is_common: bool | None
    not_in_period: tuple[str, ...]
    rank_correlation_with_carried: float | None
    is_size: bool | None
    without_exports: int | None
    enforcement: Enforcement


def inflow_totals(inflow: Inflow) -> InflowTotals:
    """Sum the target's trade: in total, of the coalition, of hubs, and the part consistent with routing."""
    by_supplier = inflow.value_usd.sum(axis=1)
    outside = by_supplier[~inflow.is_member]
    total = float(outside.sum())
    shares = outside / total if total > 0 else outside
    routed = inflow.routed_usd
    return InflowTotals(
        total_usd=inflow.total_usd,
        members_usd=float(by_supplier[inflow.is_member].sum()),
        hubs_usd=float(by_supplier[inflow.is_hub].sum()),
        suppliers=int((by_supplier > 0).sum()),
        hhi=float(shares @ shares) if total > 0 else None,
        consistent_with_routing_usd=None if routed is None else float(inflow.known_routing_usd.sum()),
    )


def what_if(actions: Sequence[WhatIfStop], question: Question, fitted: Fitted) -> WhatIf:
    """Project each stop on its own, and all combined without counting a dollar twice."""
    inflow = question.inflow
    cuts = [cut_for(action, question) for action in actions]
    alone = [project(inflow, fitted, cut) for cut in cuts]
    together = project(inflow, fitted, combined(cuts, inflow))
    return WhatIf(
        tuple(ActionResult(action, found, why(found)) for action, found in zip(actions, alone, strict=True)),
        together,
        why(together),
        max(sum(found.carried_usd for found in alone) - together.carried_usd, 0.0),
    )


def assumptions(
    fitted: Fitted, inflow: Inflow, *, target: str, routes_reason: str | None, switching: HubSwitching
) -> tuple[str, ...]:
    """Return all assumptions of the projections as sentences."""
    measured = fitted.substitution
    found: list[str] = [
        f"what a lever carries stays at the after-window's level; only trade reported with {target} is seen",
        "a stop is complete: nothing of it comes back under another code, name or unreported",
    ]
    if measured.share is None:
        found.append(
            Note(
                f"what would come back cannot be told ({measured.reason}), so removed_usd is null, its range is from 0 "
                "to all that is carried, and levers are ranked by what they carry",
                Effect.ALWAYS,  # said among the warnings too
            )
        )
    else:
        found.append(
            f"of a dollar stopped, the share that came back in this episode comes back again: {measured.measured_ratio:.2f} "
            f"({measured.basis}), the same for a supplier, a hub and a good as for the coalition; what came back through hubs is in it"
        )
        if measured.is_bounded:
            found.append(
                f"the measured share {measured.measured_ratio:.2f} lies outside 0 to 1 and is taken as {measured.share:.0f}"
            )
        if measured.ci95 is None:
            found.append(f"the share has no interval ({measured.reason}), so ranges are from 0 to all that is carried")
        elif measured.spread is None:
            found.append(
                Note(
                    "how far goods differ in it could not be measured, so intervals of levers on few goods are too narrow "
                    "by as much",
                    Effect.MODEL,
                    short="how far goods differ in what comes back is not known: intervals of levers on few goods are too narrow",
                )
            )
        else:
            found.append(
                f"{measured.level}s differ in it by {measured.spread:.2f} (standard deviation beyond chance), and a second "
                "stop differs from the first by no more than that"
            )
        found.append(
            "thinned: others take it up in proportion to what the stop leaves of the alternatives, and the weight of "
            "going without stays as it is"
        )
    found += [
        "members of the coalition take nothing up",
        f"output of {target} itself cannot be seen in trade: what is removed from its trade is not what {target} goes without",
        "dollars are of the after-window: where what comes back is dearer, fewer goods come back than dollars",
    ]
    if inflow.routed_usd is None:
        found.append(
            Note(
                f"what passes through hubs is not known here ({routes_reason}), so no part is marked consistent with routing",
                Effect.MISSING,
                short="what passes through hubs is not known here, so no part is marked consistent with routing",
            )
        )
    found.append(f"{_switching_words(switching)}; for hubs too the share of the episode is taken")
    if inflow.routed_usd is not None:
        found.append(
            "hubs_switch_removed_usd shows the case that all of the part consistent with routing moves to another hub"
        )
    found.append(
        "levers overlap (a supplier's goods are part of the supplier), so their dollars must not be added; stops of a "
        "what-if count a dollar once"
    )
    return tuple(found)


def _switching_words(switching: HubSwitching) -> str:
    """Return a sentence on the measured switching from hub to hub."""
    told = [row for row in switching.hubs if row.share is not None and row.share_ci95 is not None]
    if not told:
        why_not = switching.reason or "no fall of a hub stands out enough"
        return f"that goods move from one hub to another when one stops is not measured ({why_not})"
    parts = [
        f"when {row.hub} fell, other hubs gained {row.share:.0%} of it ({row.share_ci95[0]:.0%} to {row.share_ci95[1]:.0%})"
        for row in told
        if row.share_ci95 is not None
    ]
    return f"within the after-window {'; '.join(parts)}: what followed need not have been caused"


@dataclass(frozen=True)
class LeverFinding(Summarised, NamedTable):
    """Result of ``stopgap levers`` for one episode, goods list and lake vintage."""

    episode: str
    target: str
    direction: str
    goods: str
    goods_version: str
    as_of: str
    valuation: str
    frequency: str
    windows: Windows
    finding_id: str
    inflow: InflowTotals
    substitution: Substitution
    levers: tuple[Lever, ...]
    levers_found: int
    ranking: Ranking
    chokepoints: tuple[Chokepoint, ...]
    chokepoints_found: int
    hub_switching: HubSwitching
    what_if: WhatIf | None
    assumptions: tuple[str, ...]
    coverage: Coverage
    warnings: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    unit: str = "USD per year"
    route: str = "direct"
    report: str = "exporter"

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``levers --format json``."""
        content = asdict(self)
        for row in content["levers"]:  # its own fields, then those of its projection, then why
            text = row.pop("why")
            score = row.pop("score") or dict.fromkeys(_SCORE_FIELDS)
            row.update(row.pop("projection"), **score, why=text)
        if self.what_if is not None:
            asked = content["what_if"]
            asked["actions"] = [{**row["action"], **row["projection"], "why": row["why"]} for row in asked["actions"]]
            asked["combined"] = {**asked["combined"], "why": asked.pop("why")}
        return cast("dict[str, Any]", json.loads(json.dumps(content, allow_nan=False)))

    def table(self) -> pa.Table:
        """Return a table with one row per lever."""
        return pa.Table.from_pylist([_row(lever) for lever in self.levers], schema=_SCHEMA)

    def _shown_columns(self) -> tuple[str, ...]:
        return (
            "rank", "rank_low", "rank_high", "kind", "supplier", "good", "carried_usd", "share", "removed_usd",
            "removed_low_usd", "removed_high_usd", "score_usd",
        )  # fmt: skip

    def summary(self) -> Summary:
        """Return the finding in lines of text: the ranking and a what-if above, chokepoints in the rest."""
        totals, coverage = self.inflow, self.coverage
        return Summary(
            title=f"{self.episode}, {self.goods}: levers on {usd(totals.total_usd)} a year of trade with {self.target} by "
            f"{totals.suppliers} suppliers; {_substitution_words(self.substitution)}",
            answers=(
                f"{len(self.levers)} of {self.levers_found} levers shown; {_ranking_words(self.ranking)}",
                *(_what_if_lines(self.what_if) if self.what_if is not None else ()),
            ),
            measured=measured_lines(
                self,
                f"{level_words(coverage.level, coverage.revision)}, {codes_words(coverage.goods_found, coverage.goods_listed)}",
                covered_words(coverage.share_of_baseline_reported),
                report=f"{self.report}'s report",
            ),
            details=tuple(_chokepoint_lines(self.chokepoints, self.chokepoints_found)),
            notes=(*_limits_of_ranking(self), *self.warnings),
            assumptions=self.assumptions,
        )


_SCORE_FIELDS = tuple(field.name for field in fields(LeverScore))


def _columns(kind: pa.DataType, *names: str) -> list[tuple[str, pa.DataType]]:
    return [(name, kind) for name in names]


_COLUMNS = (
    *_columns(pa.int64(), "rank"),
    *_columns(pa.string(), "kind", "unit", "supplier", "hub", "good", "role", "description"),
    *_columns(pa.float64(), "carried_usd", "share_of_inflow"),
    *_columns(pa.int64(), "alternatives"),
    *_columns(pa.float64(), "alternatives_hhi", "alternatives_stopped"),
    *_columns(pa.int64(), "carriers"),
    *_columns(pa.string(), "top_carrier"),
    *_columns(pa.float64(), "reroute_share", "reroute_low", "reroute_high"),
    *_columns(pa.float64(), "removed_usd", "removed_low_usd", "removed_high_usd", "range_low_usd", "range_high_usd"),
    *_columns(pa.float64(), "consistent_with_routing_usd", "thinned_removed_usd", "hubs_switch_removed_usd"),
    *_columns(pa.float64(), "gross_removed_usd"),
    *_columns(pa.float64(), "period_usd", "share", "sigma"),
    *_columns(pa.string(), "sigma_from"),
    *_columns(pa.float64(), "price_cost_usd", "capacity_usd", "phi", "own_backfill_share", "bounded_removed_usd"),
    *_columns(pa.float64(), "response", "response_low", "response_high", "response_weight", "score_usd"),
    *_columns(pa.int64(), "rank_low", "rank_high", "rank_by_removed"),
    *_columns(pa.string(), "why"),
)
_SCHEMA = pa.schema(_COLUMNS)


def _row(lever: Lever) -> dict[str, Any]:
    shown = lever.projection
    reroute, removed = shown.reroute_ci95 or (None, None), shown.removed_ci95 or (None, None)
    score = dict.fromkeys(_SCORE_FIELDS) if lever.score is None else vars(lever.score)
    response, ranks = score["response_ci95"] or (None, None), score["rank_ci95"] or (None, None)
    return {  # of all fields, those that the schema names
        **vars(lever),
        **vars(shown),
        **vars(shown.sensitivity),
        **score,
        "response_low": response[0],
        "response_high": response[1],
        "rank_low": ranks[0],
        "rank_high": ranks[1],
        "alternatives": shown.alternatives.count,
        "alternatives_hhi": shown.alternatives.hhi,
        "alternatives_stopped": shown.alternatives.share_stopped,
        "carriers": shown.carriers.count,
        "top_carrier": shown.carriers.top,
        "reroute_low": reroute[0],
        "reroute_high": reroute[1],
        "removed_low_usd": removed[0],
        "removed_high_usd": removed[1],
        "range_low_usd": shown.removed_range_usd[0],
        "range_high_usd": shown.removed_range_usd[1],
    }


def _substitution_words(found: Substitution) -> str:
    if found.share is None:
        return f"what would come back cannot be told ({found.reason})"
    words = f"{found.share:.0%} of what was stopped came back"
    if found.ci95 is None:
        return f"{words}, no interval ({found.reason})"
    return f"{words} (95 %: {found.ci95[0]:.0%} to {found.ci95[1]:.0%})"


def _limits_of_ranking(found: LeverFinding) -> list[Note]:
    """Return what the ranking and the headline themselves show to be unknown."""
    notes = []
    if found.ranking.period is None:
        text = f"levers have no score: {found.ranking.reason}; they are ranked by {found.ranking.ranked_by}"
        notes.append(Note(text, Effect.CANNOT_TELL))
    ci95 = found.substitution.ci95
    if ci95 is not None:
        text = (
            f"the share that comes back may be {ci95[0]:.0%} to {ci95[1]:.0%}, and what a stop removes is as uncertain"
        )
        notes.append(Note(text, Effect.NO_INTERVAL if ci95[0] <= 0 else Effect.MODEL, share=ci95[1] - ci95[0]))
    return notes


def _ranking_words(found: Ranking) -> str:
    if found.period is None:
        return f"ranked by {found.ranked_by}: {found.reason}"
    words = f"ranked by {found.ranked_by} in {found.period[0]} to {found.period[1]}"
    if found.rank_correlation_with_carried is not None:
        words += f", rank correlation with carried value {found.rank_correlation_with_carried:.2f}"
    if found.is_size:
        words += ": ranking = size"
    step = found.enforcement
    if step.date is None:
        return f"{words}; no enforcement date, responses not used"
    if step.response is None:
        return f"{words}; response to {step.date} not told ({step.reason})"
    words += f"; trade fell by {step.response:.0%} after {step.date} beyond its counterfactual"
    if step.response_ci95 is not None:
        words += f" (95 %: {step.response_ci95[0]:.0%} to {step.response_ci95[1]:.0%})"
    return words if step.is_used else f"{words}, responses not used ({step.reason})"


def _chokepoint_lines(found: Sequence[Chokepoint], count: int) -> list[str]:
    lines = []
    for row in found:
        words = (
            f"chokepoint {row.rank}: {row.supplier} in {row.good}, {row.share:.0%} of the inflow ({usd(row.period_usd)}), "
            f"{row.unreplaced_share:.0%} that others could not take up"
        )
        if row.sigma is not None and row.unreplaced_cost_usd is not None:
            words += f", elasticity {row.sigma:.1f} ({row.sigma_from}), price cost {usd(row.unreplaced_cost_usd)}"
        lines.append(words)
    return [*lines, f"{len(found)} of {count} chokepoints shown"] if count > len(found) else lines


def _what_if_lines(asked: WhatIf) -> list[str]:
    lines = [f"what if: {each.action.text}: {_projection_words(each.projection)}" for each in asked.actions]
    if len(asked.actions) > 1:
        lines.append(f"what if, all together: {_projection_words(asked.combined)}")
        if asked.counted_once_usd > 0:
            lines.append(f"{usd(asked.counted_once_usd)} are in several of them and count once")
    return lines


def _projection_words(shown: Projection) -> str:
    share = "" if shown.share_of_inflow is None else f", {shown.share_of_inflow:.1%} of the trade"
    words = f"carries {usd(shown.carried_usd)} a year{share}; removes "
    low, high = shown.removed_range_usd
    if shown.removed_usd is None:
        return f"{words}{usd_range(low, high)} (cannot be told closer)"
    words += f"{usd(shown.removed_usd)}"
    if shown.removed_ci95 is not None:
        words += f" (95 %: {usd_range(*shown.removed_ci95)})"
    thin = shown.sensitivity.thinned_removed_usd
    if thin is not None:
        words += f", {usd(thin)} with the alternatives thinned"
    return f"{words}; over all readings {usd_range(low, high)}"
