"""What the routes of an episode look like as a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stopgap.base.documents import as_document
from stopgap.measures.backfill.results import Windows


@dataclass(frozen=True)
class RoutingTotal:
    """All hubs together; dollars are means per year of the after-window.

    Attributes:
        raw_usd: Matches of all hubs, neither gated nor capped: an upper reading, high by chance alone.
        raw_share_of_loss: ``None`` where the loss is not above 0 or not known.
        net_usd: What counts: gated, and capped by the loss of each good; ``None`` where no hub could be
            held against chance.
        net_share_of_loss: Likewise.
        re_export_share: ``net_usd`` by the excess of the measured hubs' trade with the target.
        hubs_measured: Hubs with both legs.
        hubs_counted: Of these, whose match exceeds chance.
        because: In words.
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
    """One hub; dollars are means per year of the after-window.

    Attributes:
        hub: ISO3.
        match_usd: Largest flow past the hub that both excesses allow; ``None`` where a leg is missing.
        threshold_usd: What the match must exceed; ``None`` where chance cannot be known.
        counted: Whether it does; ``None`` where it cannot be told.
        because: In words.
        net_usd: The match where it counts, capped by the loss; 0 where it does not; ``None`` where not known.
        share_of_loss: ``net_usd`` by the coalition's loss.
        re_export_share: ``match_usd`` by ``e2_usd``: counted or not.
        e1_usd: Positive excess of the trade between coalition and hub, summed over goods and periods
            (the lead before the after-window too, where goods enter by it).
        e2_usd: The same between hub and target.
        chance_usd: Median match by chance.
        p_value: Share of draws that match as much.
        ordinary_growth: Trade of ordinary goods between coalition and hub, by what was expected.
        missing_periods: Periods of the after-window without the leg between hub and target.
    """

    hub: str
    match_usd: float | None
    threshold_usd: float | None
    counted: bool | None
    because: str
    net_usd: float | None
    share_of_loss: float | None
    re_export_share: float | None
    e1_usd: float | None
    e2_usd: float | None
    chance_usd: float | None
    p_value: float | None
    ordinary_growth: float | None
    missing_periods: tuple[str, ...] = ()


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

    A leg is ``None`` where it was not reported, or its season has no baseline: missing, not zero.
    ``matched_usd`` stands in the period in which the goods left the hub.
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
    """The totals under another assumption.

    Attributes:
        markup: By what the hub's trade with the target was divided.
        ordinary_adjusted: Whether the hub's growth in ordinary goods was taken out.
        raw_usd: Dollars a year.
        net_usd: Dollars a year.
        net_share_of_loss: Ratio.
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
    """What the figures rest on.

    Attributes:
        missing_reporters: Members without figures on the leg to the hubs, or of the loss.
        missing_periods: Periods that a counted member did not report.
        silent_hubs: Hubs without a leg.
        borrowed_growth: Suppliers without trade elsewhere, which take the growth of all.
        growth_unknown: Roles of which nobody's trade elsewhere is known: their excess is over the baseline alone.
        control_destinations: Destinations, neither target nor hub, that growth is read off: the most of any
            supplier and good.
        control_names: These destinations, where they are one or two.
        goods_measured: Sanctioned goods with figures.
        ordinary_goods: Ordinary goods with figures on the coalition's leg.
        level: Level of codes.
        revision: Revision of codes.
        sources: Sources of the rows.
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
    """What a finding of routes says of itself.

    Attributes:
        leg1: Whose report the leg between coalition and hub is: ``coalition`` or ``hub``.
        report: Whose report the leg between hub and target is: ``hub`` or ``target``.
        loss_usd: The coalition's signed loss, as ``measure`` has it; ``None`` without its reports.
        queries: SQL of the rows of each leg: the coalition's, then the target's.
    """

    episode: str
    target: str
    direction: str
    goods: str
    goods_version: str
    as_of: str
    valuation: str
    frequency: str
    windows: Windows
    leg1: str
    report: str
    seed: int
    loss_usd: float | None
    coverage: RouteCoverage
    queries: tuple[str, ...]


@dataclass(frozen=True)
class RouteFinding(RouteParts):
    """Routes past the hubs of an episode, from one vintage of the lake.

    Attributes:
        lags: Periods that goods may lie at a hub.
        draws: Draws of chance.
        hubs: Most net dollars first.
        by_good: Hub and good, most net dollars first; absent without a match.
        months: Both legs by hub and period.
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

    def as_dict(self) -> dict[str, Any]:
        """The finding as ``routes --format json`` prints it."""
        return as_document(self)

    def counted_by_hub_good(self) -> dict[tuple[str, str], float]:
        """(hub, good) -> dollars a year that count; absent where nothing does."""
        return {(row.hub, row.good): row.net_usd for row in self.by_good if row.net_usd}
