"""Project what a stop would remove, with its alternatives."""

from __future__ import annotations

from dataclasses import dataclass

from stopgap.measures.backfill.results import Interval


@dataclass(frozen=True)
class Alternatives:
    """Suppliers outside the coalition that the stop leaves alone, in the goods it stops.

    Attributes:
        count: With at least 5 % of the alternatives.
        hhi: Herfindahl index of the alternatives, each good by its stopped dollars; ``None`` without any.
        share_stopped: Part of these suppliers' trade that the stop takes out, likewise.
    """

    count: int
    hhi: float | None
    share_stopped: float


@dataclass(frozen=True)
class Carriers:
    """Suppliers whose trade the stop takes: how many, how concentrated, which the largest."""

    count: int
    hhi: float | None
    top: str | None


@dataclass(frozen=True)
class Sensitivity:
    """The same stop under other readings, US dollars a year.

    Attributes:
        thinned_reroute_share: Share that comes back where alternatives take it in proportion to
            what the stop leaves of them.
        thinned_removed_usd: Removed under it.
        hubs_switch_removed_usd: Removed where all of what is consistent with routing moves to
            another hub; ``None`` where routes are not known or there is no other hub.
        gross_fill_share: Share of the loss in these goods that gains matched, growth included.
        gross_removed_usd: Removed where that share comes back.
    """

    thinned_reroute_share: float | None
    thinned_removed_usd: float | None
    hubs_switch_removed_usd: float | None
    gross_fill_share: float | None
    gross_removed_usd: float | None


@dataclass(frozen=True)
class Projection:
    """What a stop carries, and what it would remove.

    Attributes:
        carried_usd: Trade of the cells stopped, US dollars a year.
        share_of_inflow: By the whole inflow; ``None`` where there is none.
        alternatives: Who could take it up.
        carriers: Whose trade it is.
        reroute_share: Share that would come back, 0 to 1; ``None`` where it cannot be told.
        reroute_ci95: Its interval.
        removed_usd: ``carried_usd * (1 - reroute_share)``.
        removed_ci95: Its interval.
        removed_range_usd: Lowest and highest over all readings; all of 0 to ``carried_usd`` where the
            substitution or its interval cannot be told.
        consistent_with_routing_usd: Part of ``carried_usd``, of hubs that could be held against chance;
            ``None`` where none of them is stopped.
        sensitivity: The other readings.
    """

    carried_usd: float
    share_of_inflow: float | None
    alternatives: Alternatives
    carriers: Carriers
    reroute_share: float | None
    reroute_ci95: Interval
    removed_usd: float | None
    removed_ci95: Interval
    removed_range_usd: tuple[float, float]
    consistent_with_routing_usd: float | None
    sensitivity: Sensitivity
