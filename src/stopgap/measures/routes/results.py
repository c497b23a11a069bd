"""Results of the routes of an episode, as a finding, tables and lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from stopgap.base.documents import as_document
from stopgap.base.errors import UsageError
from stopgap.base.notes import Summarised, Summary
from stopgap.codes.named_table import NamedTable
from stopgap.panel.measured_words import level_words, measured_lines
from stopgap.panel.windows import Windows


@dataclass(frozen=True)
class RoutingTotal:
    """Totals over all hubs; dollars are means per year of the after-window.

    Attributes:
        raw_usd: Matches of all hubs, neither gated nor capped: an upper bound, high by chance alone.
        raw_share_of_loss: ``raw_usd`` divided by the loss; ``None`` if the loss is not above 0 or unknown.
        net_usd: Matches that count: gated, and capped by the loss of each good; ``None`` if no hub could be
            tested against chance.
        re_export_share: ``net_usd`` divided by the excess of the measured hubs' trade with the target.
        hubs_measured: Hubs with both legs.
        hubs_counted: Number of these whose match exceeds chance.
    """

    raw_usd: float | None
    raw_share_of_loss: float | None
    net_usd: float | None
    net_share_of_loss: float | None
    re_export_share: float | None
    hubs_measured: int
    hubs_counted: int
    because: str


@dataclass(frozen=True)
class HubRoute:
    """Routes through one hub; dollars are means per year of the after-window.

    Attributes:
        match_usd: Largest flow past the hub that both excesses allow; ``None`` if a leg is missing.
        threshold_usd: Value that the match must exceed; ``None`` if chance cannot be estimated.
        counted: Whether it does; ``None`` if unknown.
        net_usd: The match if it counts, capped by the loss; 0 if it does not; ``None`` if unknown.
        share_of_loss: ``net_usd`` divided by the coalition's loss.
        re_export_share: ``match_usd`` divided by ``e2_usd``, whether counted or not.
        e1_usd: Positive excess of the trade between coalition and hub, summed over goods and periods
            (including the lead before the after-window, if goods enter by it).
        e2_usd: The same between hub and target.
        chance_usd: Median match by chance.
        p_value: Share of draws that match as much.
        ordinary_growth: Trade of ordinary goods between coalition and hub, divided by its expectation.
        missing_periods: Periods of the after-window without the leg between hub and target.
        by: ``list`` (the episode names it) or ``rule`` (found among all economies outside the coalition).
        match_any_origin_usd: The match with a first leg from anyone but the target; likewise ``counted_any_origin``.
    """

    hub: str
    match_usd: float | None = None
    threshold_usd: float | None = None
    counted: bool | None = None
    because: str = ""
    net_usd: float | None = None
    share_of_loss: float | None = None
    re_export_share: float | None = None
    e1_usd: float | None = None
    e2_usd: float | None = None
    chance_usd: float | None = None
    p_value: float | None = None
    ordinary_growth: float | None = None
    missing_periods: tuple[str, ...] = ()
    by: str = "list"
    match_any_origin_usd: float | None = None
    counted_any_origin: bool | None = None


@dataclass(frozen=True)
class HubCandidate:
    """Economy that no list names, whose sales to the target exceed their counterfactual; dollars a year.

    Attributes:
        status: ``found``, ``not covered``, ``small``, ``chance unknown`` or ``cover unknown``; the first is a hub.
        because: The same in words.
        excess_usd: Positive excess of its sales to the target, summed over goods.
        excess_low_usd: Its signed excess less the half-width over placebo destinations; ``None`` without placebos.
        cover_usd: Part of ``excess_usd`` that excess purchases of the same good from the coalition cover, over the
            whole windows; ``cover_any_origin_usd`` from anyone. ``None`` if nobody reports its purchases.
        p_value: Probability that chance gives any candidate as much; ``None`` if not tested.
        origin: Whose sales to it cover half of the excess: the ``coalition``'s, or only ``anyone``'s; ``None`` if neither.
    """

    economy: str
    status: str
    because: str
    excess_usd: float
    excess_low_usd: float | None
    cover_usd: float | None
    cover_any_origin_usd: float | None
    p_value: float | None
    origin: str | None


@dataclass(frozen=True)
class NetSplit:
    """Net backfill in parts that sum to it, dollars a year; all ``None`` without it, and ``because`` says why.

    Attributes:
        net_usd: Net backfill of all suppliers outside the coalition, hubs included.
        own_usd: The rest, signed: not covered by any rise of purchases.
        consistent_with_routing_usd: Matches that count; 0 where none does, or chance is unknown.
        untold_usd: Net backfill at hubs and candidates that may have come by the first leg and is not told from
            chance, or whose first leg nobody reports.
    """

    net_usd: float | None
    own_usd: float | None
    consistent_with_routing_usd: float | None
    untold_usd: float | None
    because: str


NOT_ASKED_FOR = NetSplit(None, None, None, None, "not asked for")


@dataclass(frozen=True)
class DeclaredNeverRecorded:
    """Exports of the coalition declared to a hub that the hub never recorded; dollars a year, in no match.

    Attributes:
        exporter: ``coalition``, or one of its groups, which is part of it.
        usd: What is beyond ordinary disagreement, at least 0.
        declared_usd: As the exporters report it, FOB; ``recorded_usd`` as the hub does, CIF.
        recorded_fob_usd: The same converted to FOB.
        reexports_usd: Part of ``declared_usd`` that hubs record under its origin; ``None`` if not reported.
        allowed_usd: Ordinary disagreement and goods in transit.
        unrecorded_share: Unrecorded part of the exports without re-exports; likewise in the baseline.
        months: Months that both sides reported.
        years: By calendar year: ``declared_usd`` and ``recorded_usd`` of the periods that both reported.
    """

    hub: str
    exporter: str
    good: str
    usd: float
    declared_usd: float
    recorded_usd: float
    recorded_fob_usd: float
    reexports_usd: float | None
    allowed_usd: float
    unrecorded_share: float | None
    baseline_unrecorded_share: float | None
    months: int
    years: tuple[YearDeclared, ...]


@dataclass(frozen=True)
class YearDeclared:
    """Dollars declared to a hub and recorded there in one calendar year."""

    year: int
    declared_usd: float
    recorded_usd: float


@dataclass(frozen=True)
class HubGood:
    """One hub and good with a match; dollars a year; ``net_usd`` is the part that counts."""

    hub: str
    good: str
    match_usd: float
    net_usd: float | None


@dataclass(frozen=True)
class RouteMonth:
    """Both legs of the sanctioned goods past one hub in one period; dollars of the period.

    A leg is ``None`` if it was not reported, or its season has no baseline: missing, not zero.
    ``matched_usd`` is assigned to the period in which the goods left the hub.
    """

    hub: str
    period: str
    is_after: bool
    coalition_usd: float | None
    coalition_expected_usd: float | None
    target_usd: float | None
    target_expected_usd: float | None
    matched_usd: float | None


@dataclass(frozen=True)
class RouteSensitivity:
    """Totals under another assumption.

    Attributes:
        markup: Divisor of the hub's trade with the target.
        ordinary_adjusted: Whether the hub's growth in ordinary goods was removed.
        raw_usd: Dollars a year; likewise ``net_usd``.
        hubs_counted: Hubs whose match exceeds chance.
    """

    markup: float
    ordinary_adjusted: bool
    raw_usd: float | None
    net_usd: float | None
    net_share_of_loss: float | None
    hubs_counted: int


@dataclass(frozen=True)
class RouteCoverage:
    """Data coverage of the routes.

    Attributes:
        missing_reporters: Members without figures on the leg to the hubs, or of the loss.
        missing_periods: Periods that a counted member did not report.
        silent_hubs: Hubs without a leg.
        borrowed_growth: Suppliers without trade elsewhere, for which the growth of all is used.
        growth_unknown: Roles without any known trade elsewhere: their excess is over the baseline alone.
        control_destinations: Destinations, neither target nor hub, used to estimate growth: the most of any
            supplier and good.
        control_names: Names of these destinations, if they are one or two.
        goods_measured: Sanctioned goods with figures.
        ordinary_goods: Ordinary goods with figures on the coalition's leg.
    """

    missing_reporters: tuple[str, ...]
    missing_periods: tuple[str, ...]
    silent_hubs: tuple[str, ...]
    borrowed_growth: tuple[str, ...]
    growth_unknown: tuple[str, ...]
    control_destinations: int
    control_names: tuple[str, ...]
    goods_measured: int
    ordinary_goods: int
    level: str
    revision: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class RouteParts:
    """Identity, options and inputs of a routes finding."""

    episode: str
    target: str
    direction: str
    goods: str
    goods_version: str
    as_of: str
    valuation: str
    frequency: str
    windows: Windows
    leg1: str  # whose report the leg between coalition and hub is: coalition or hub
    report: str  # whose report the leg between hub and target is: hub or target
    seed: int
    loss_usd: float | None  # the coalition's signed loss, as measure has it; None without its reports
    coverage: RouteCoverage
    queries: tuple[
        str, ...
    ]  # SQL of the rows of each leg: the coalition's, the target's, others'; then of reports by hubs


@dataclass(frozen=True)
class RouteFinding(RouteParts, Summarised, NamedTable):
    """Result of ``stopgap routes``: routes past the hubs of an episode, at one vintage of the lake.

    Attributes:
        lags: Periods that goods may lie at a hub.
        draws: Number of random draws.
        hubs: Hubs, most net dollars first.
        by_good: Hub and good, most net dollars first; absent without a match.
        months: Both legs by hub and period.
        origin: Where the first leg of the matches starts: ``coalition`` or ``anyone``.
        candidates: Economies outside coalition and list with excess sales to the target, largest excess first.
        declared_never_recorded: Largest first; in no match.
    """

    lags: int
    draws: int
    routing: RoutingTotal
    hubs: tuple[HubRoute, ...]
    by_good: tuple[HubGood, ...]
    sensitivity: tuple[RouteSensitivity, ...]
    months: tuple[RouteMonth, ...]
    warnings: tuple[str, ...] = ()
    unit: str = "USD per year"
    route: str = "through hubs"
    origin: str = "coalition"
    candidates: tuple[HubCandidate, ...] = ()
    net_split: NetSplit = NOT_ASKED_FOR
    declared_never_recorded: tuple[DeclaredNeverRecorded, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``routes --format json``."""
        return as_document(self)

    def table(self) -> pa.Table:
        """Return a table with one row per hub."""
        return route_table(self)

    def _shown_columns(self) -> tuple[str, ...]:
        return SHOWN["hub"]

    def summary(self) -> Summary:
        """Return the finding in lines of text: headline and the parts of net backfill, what limits it, all else in the rest."""
        routing, coverage = self.routing, self.coverage
        others = "; ".join(
            f"markup {row.markup:g}{'' if row.ordinary_adjusted else ', growth in ordinary goods left in'}: {_usd(row.net_usd)}"
            for row in self.sensitivity[1:]
        )
        from_whom = " from anyone" if self.origin == "anyone" else ""
        codes = f"{coverage.goods_measured} goods of the list, {coverage.ordinary_goods} ordinary goods"
        return Summary(
            title=f"{self.episode}, {self.goods}: {_routing_words(routing)}{from_whom}",
            answers=tuple(_split_lines(self.net_split)),
            measured=measured_lines(
                self,
                level_words(coverage.level, coverage.revision),
                codes,
                report=f"leg 1 by the {self.leg1}'s report, leg 2 by the {self.report}'s",
            ),
            details=(
                *_beside_lines(self),
                f"matched before gate and cap: {_usd(routing.raw_usd)} a year ({_share(routing.raw_share_of_loss)} of the loss), "
                f"high by chance alone; part of the hubs' excess trade with {self.target} that counts: {_share(routing.re_export_share)}",
                f"net under other assumptions: {others}",
                f"lags to {self.lags} periods; seed {self.seed}; sources: {', '.join(coverage.sources)}",
            ),
            notes=self.warnings,
        )

    def counted_by_hub_good(self) -> dict[tuple[str, str], float]:
        """Return the dollars a year that count by (hub, good); absent if none do."""
        return {(row.hub, row.good): row.net_usd for row in self.by_good if row.net_usd}


_ARROW = {
    "str": pa.string(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "int": pa.int64(),
    "tuple[str,": pa.list_(pa.string()),
}
_KINDS: dict[str, tuple[str, type]] = {
    "hub": ("hubs", HubRoute),
    "good": ("by_good", HubGood),
    "month": ("months", RouteMonth),
    "candidate": ("candidates", HubCandidate),
    "declared": ("declared_never_recorded", DeclaredNeverRecorded),
}

SHOWN = {
    "hub": ("hub", "by", "match_usd", "match_any_origin_usd", "threshold_usd", "counted", "net_usd", "share_of_loss", "re_export_share", "because"),
    "good": ("hub", "good", "match_usd", "net_usd"),
    "month": ("hub", "period", "coalition_usd", "coalition_expected_usd", "target_usd", "target_expected_usd", "matched_usd"),
    "candidate": ("economy", "status", "excess_usd", "cover_usd", "cover_any_origin_usd", "p_value", "because"),
    "declared": ("hub", "exporter", "good", "usd", "declared_usd", "recorded_usd", "allowed_usd", "unrecorded_share"),
}  # fmt: skip


def route_table(finding: RouteFinding, *, by: str = "hub") -> pa.Table:
    """Return one row per hub, per hub and good, per hub and period, per candidate, or per hub and declaring group.

    Raises:
        UsageError: ``by`` is anything else.
    """
    if by not in _KINDS:
        raise UsageError(f"no table by {by!r}", where="--by", fix=f"use {', '.join(_KINDS)}")
    name, kind = _KINDS[by]
    types = {field: _ARROW.get(str(text).split()[0]) for field, text in kind.__annotations__.items()}
    schema = pa.schema([(field, found) for field, found in types.items() if found is not None])
    return pa.Table.from_pylist([asdict(row) for row in getattr(finding, name)], schema=schema)


def _share(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.1%}"


def _usd(value: float | None) -> str:
    return "not known" if value is None else f"USD {value:,.0f}"


def _split_lines(split: NetSplit) -> Iterator[str]:
    if split.net_usd is not None:
        yield (
            f"net backfill {_usd(split.net_usd)} a year = own supply {_usd(split.own_usd)} + consistent with routing "
            f"{_usd(split.consistent_with_routing_usd)} + untold {_usd(split.untold_usd)}"
        )


def _beside_lines(finding: RouteFinding) -> Iterator[str]:
    """Yield economies found or not told by rule, and exports that hubs never recorded."""
    for row in finding.candidates:
        if row.status != "small":
            yield f"{row.economy}, no listed hub, {_usd(row.excess_usd)} a year above its counterfactual: {row.because}"
    for declared in finding.declared_never_recorded:
        if declared.usd > 0:
            yield (
                f"declared to {declared.hub} by {declared.exporter} and never recorded there: {_usd(declared.usd)} a year beyond "
                f"ordinary disagreement ({_usd(declared.declared_usd)} declared, {_usd(declared.recorded_usd)} recorded); in no match"
            )


def _routing_words(routing: RoutingTotal) -> str:
    if routing.net_usd is None:
        return f"routes through hubs not known: {routing.because}"
    if not routing.hubs_counted:
        return f"no hub counts as a route: {routing.because} ({routing.hubs_measured} hubs measured)"
    return (
        f"consistent with routing through hubs: {_usd(routing.net_usd)} a year, "
        f"{_share(routing.net_share_of_loss)} of the loss ({routing.hubs_counted} of {routing.hubs_measured} hubs count)"
    )
