"""Facts behind the layers of a claim: shipments by year, shares of inflow, rises, and listings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Layer(StrEnum):
    """What a statement asserts, from fact to inference; each layer is tested on its own."""

    SHIPPED = "shipped"  # goods were traded in the period
    INFLOW_SHARE = "inflow_share"  # share of the target's whole inflow
    ROSE = "rose"  # the quantity rose more than at other destinations
    NET = "net"  # beyond what growth elsewhere explains
    SHARE = "share"  # share of what the coalition lost
    ROUTED = "routed"  # passed through a third economy
    FELL = "fell"  # trade fell
    HAPPENED = "happened"  # companies were listed
    MORE_THAN_BEFORE = "more_than_before"  # a larger share of listings than before


SUPPLY_LADDER = (Layer.SHIPPED, Layer.INFLOW_SHARE, Layer.ROSE, Layer.NET, Layer.SHARE)
CONSEQUENCE_LADDER = (Layer.HAPPENED, Layer.MORE_THAN_BEFORE)


@dataclass(frozen=True)
class YearFigure:
    """Trade of one calendar year.

    Attributes:
        periods: Periods of the year (12 months, or one year) that were reported.
        value_usd: Current US dollars; ``None`` where nothing of the year was reported.
        net_kg: Kilograms of the rows that have a weight; ``None`` where none has.
        codes: Number of codes with trade.
    """

    year: str
    periods: int
    value_usd: float | None
    net_kg: float | None
    codes: int


@dataclass(frozen=True)
class GroupFigures:
    """Trade by year in one group of a goods list, or in one code of a short list without groups."""

    group: str
    years: tuple[YearFigure, ...]


@dataclass(frozen=True)
class ShippedFacts:
    """Reported trade of the actor in the listed goods: a census of declarations, without an interval.

    Attributes:
        window: First and last month of the period that is judged.
        value_usd: Dollars in it, in total.
        net_kg: Kilograms in it, of rows with a weight; ``None`` where none has.
        weighed_share: Share of the dollars that has a weight.
        periods: Periods of the window that the actor reported.
        periods_with_trade: Of these, periods with trade in the goods.
        periods_in_window: Months or whole years of the window.
        codes_traded: Codes with trade in the window.
        codes: Codes of the list in the revision of the figures.
        traces_usd: Value up to which trade counts as traces.
        inflow_usd: The target's inflow in the window from every economy with figures; ``None`` where it is not known.
        years: Every reported year, also before the window.
        groups: The same for each group of the list.
        sources: Sources of the figures.
        is_reconciled: Whether the source reconciled both sides' reports, so that they are no report of the actor.
        moved: Codes whose content moved to others with a change of revision, left out.
        notes: What limits a comparison between the years.
    """

    window: tuple[str, str]
    value_usd: float
    net_kg: float | None
    weighed_share: float | None
    periods: int
    periods_with_trade: int
    periods_in_window: int
    codes_traded: int
    codes: int
    traces_usd: float
    inflow_usd: float | None
    years: tuple[YearFigure, ...]
    groups: tuple[GroupFigures, ...]
    sources: tuple[str, ...]
    is_reconciled: bool
    moved: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class InflowFacts:
    """The actor's share of the target's inflow after the event.

    Attributes:
        actor_usd: Its trade with the target, US dollars a year, as exporters report it.
        inflow_usd: That of all economies with figures.
        economies: Number of these.
        other_side_share: The share by the target's own report; ``None`` where it does not report.
    """

    actor_usd: float
    inflow_usd: float
    economies: int
    other_side_share: float | None


@dataclass(frozen=True)
class RiseFacts:
    """The list's total before and after, at the target and at other destinations.

    Values are US dollars and quantities kilograms a year; ``None`` where unknown.

    Attributes:
        baseline_usd: Value before.
        after_usd: Value after.
        baseline_kg: Quantity before, of goods with weights in both windows.
        after_kg: Quantity after, of the same goods.
        weighed_share: Share of the dollars that has a weight; the least of both windows.
        price_ratio: Value after by the same quantities at the unit values before (Paasche), over goods with quantities
            in both windows.
        tested_in: ``quantity`` where weights are known for most of the value, else ``value``.
        destinations: Other destinations compared with.
        as_large: Of these, destinations where it rose as much, each scaled by its own spread.
        p_value: ``(1 + as_large) / (destinations + 1)``; ``None`` with fewer than 39 destinations.
        moved: Codes left out of both windows, because their content moved between codes.
        breaks: How the source changed between the windows, which bars a test; empty where it did not.
    """

    baseline_usd: float
    after_usd: float
    baseline_kg: float | None
    after_kg: float | None
    weighed_share: float | None
    price_ratio: float | None
    tested_in: str
    destinations: int
    as_large: int | None
    p_value: float | None
    moved: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListedCount:
    """Organisations of one economy on one list, by when they were listed.

    ``by_year`` are pairs of year and number, ascending.
    """

    list: str
    programme: str
    economy: str
    before: int
    after: int
    by_year: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ListingAct:
    """A day on which an authority listed organisations of third countries; ``of_actor`` of them are the actor's."""

    day: str
    authority: str
    act: str
    of_actor: int
    of_third_countries: int


@dataclass(frozen=True)
class ListingFacts:
    """Listings of organisations under programmes tied to the target, before and after a day.

    Attributes:
        said_on: Day of the statement, ``YYYY-MM-DD``.
        until: Last day that the lists cover.
        programmes: Programmes counted.
        counts: By list, programme and economy.
        acts: Acts after the day with organisations of the actor's economies, oldest first.
        before: Organisations of the actor's economies listed up to the day.
        after: Organisations listed after it.
        share_before: The actor's share of listed third-country organisations up to the day; ``None`` without any.
        share_after: The same after it.
        p_value: Share of permutations of actions with a step of the share at the day as large, beyond a trend that may
            bend; ``None`` where too few actions are known.
        date_rank: Rank of that step among the steps at the same day of other months, and their number.
        undated: Organisations of the actor's economies whose day of listing is not known, left out.
    """

    said_on: str
    until: str
    programmes: tuple[str, ...]
    counts: tuple[ListedCount, ...]
    acts: tuple[ListingAct, ...]
    before: int
    after: int
    share_before: float | None
    share_after: float | None
    p_value: float | None
    date_rank: tuple[int, int] | None
    undated: int


Facts = ShippedFacts | InflowFacts | RiseFacts | ListingFacts
