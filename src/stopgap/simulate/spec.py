"""Specification of a simulated world: its kind, sizes and effect strengths, and the sizes for a number of rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from stopgap.base.errors import UsageError
from stopgap.simulate.request import SimulationRequest

MONTHS_BEFORE = 2
"""Months just before the event that belong to neither window."""

FIRST_YEAR = 2017
"""First year of every simulated world, unless its figures change their revision."""

REVISION_YEAR = 2022
"""First year of HS2022, for worlds whose figures change their revision."""

VERSION = 1
"""Version of the simulation; increased whenever the same spec would give other figures."""


@dataclass(frozen=True)
class WorldSpec:
    """Specification that fully determines one simulated world.

    Shares and ratios are of 1; ``*_sd`` are standard deviations of logarithms; money is
    current US dollars. :func:`world_spec` gives a kind with its own settings.

    Attributes:
        kind: Name of the kind (see ``KINDS``).
        seed: The same spec with the same seed gives the same figures, to the byte.
        economies: Number of economies: target, members, hubs and others together.
        goods: Number of goods, all with six-digit codes.
        sanctioned_goods: Number of goods on the goods list, which are the first ones; the others are ordinary.
        members: Number of economies in the coalition.
        hubs: Number of suppliers through which coalition goods may pass.
        baseline_months: Months of the baseline before the event; a multiple of 12.
        after_months: Months after the event.
        annual: Whether figures are annual instead of monthly.
        loss_share: Share of the coalition's sanctioned exports to the target that stops.
        backfill_ratio: Dollars that suppliers outside the coalition (including hubs) backfill for each dollar lost.
        entrants: Number of suppliers that sell no sanctioned goods to the target before the event, and then backfill.
        routing_share: Dollars routed through hubs for each dollar lost, at the coalition's prices.
        routing_markup: Share that a hub adds to the price.
        growth_mean: Mean log growth of suppliers outside the coalition, to all destinations.
        growth_sd: Spread of growth over suppliers and goods, to all destinations.
        hub_growth: Log growth of one hub's total trade, imports and exports.
        month_sd: Spread of monthly shocks of a supplier and good, common to all destinations.
        month_rho: Autocorrelation of these shocks from one month to the next.
        destination_sd: Spread of shocks of destinations, including the target, from the event on, in all goods.
        noise_shape: Shape of the gamma noise of single cells in single months (variance 1/shape).
        zero_share: Share of supplier-destination-good cells without any trade.
        shipment_usd: Typical value of one shipment; 0 for trade that is not divided into shipments.
        price_markup: Rise of unit values at the target from the event on, sanctioned goods.
        unit_value_sd: Spread of unit values of single rows.
        unit_error_share: Share of weights that are ten times too high or too low.
        missing_weight_share: Share of rows without a weight.
        gap_rate: Share of single months that a reporter does not report.
        silent_after: Number of suppliers that report nothing from the event on.
        importers: Number of economies other than the target that report imports too.
        target_stops: Whether the target reports no imports from the event on.
        phantom_share: Share of the coalition's sanctioned exports to one hub that the hub never records.
        revision_sd: Spread of first figures around the last ones; 0 for a single release without revisions.
        late_share: Share of reporters that report one or two releases later than others; needs ``revision_sd`` above 0.
        alert_share: Share of supplier-good cells at the target with a planted jump or rise.
        jump_factor: Factor by which a planted jump multiplies one month.
        rise_factor: Factor by which a planted rise multiplies its first and all later months.
        first_year: First year of the figures.
        diversion_ratio: Dollars that members sell to other destinations for each dollar lost at the target.
        target_demand: Log change of the target's demand, for all goods and suppliers, from the event on.
        ordinary_stop_share: Share of ordinary goods of which the coalition stops a part too (drawn, .2 to .8).
        waves: Number of dates on which measures start, three months apart (in annual figures one or two, in years).
        changes_revision: Whether figures are in HS2017 before 2022 and in HS2022 from then on.
        moved_sanctioned: Number of goods on the list that lose most of their trade at the change of revision.
        moved_ordinary: Number of ordinary goods that do.
        new_ordinary: Number of ordinary goods that exist only from the change of revision on.
        unlisted_hub: Whether all routed dollars pass through one economy that is not among the episode's hubs.
        supply_limits: Whether one supplier's good has no alternative, and one hub responds to enforcement.
    """

    kind: str = "basic"
    seed: int = 0
    economies: int = 40
    goods: int = 24
    sanctioned_goods: int = 12
    members: int = 12
    hubs: int = 4
    baseline_months: int = 36
    after_months: int = 12
    annual: bool = False
    loss_share: float = 0.7
    backfill_ratio: float = 0.6
    entrants: int = 2
    routing_share: float = 0.0
    routing_markup: float = 0.15
    growth_mean: float = 0.0
    growth_sd: float = 0.3
    hub_growth: float = 0.0
    month_sd: float = 0.1
    month_rho: float = 0.5
    destination_sd: float = 0.05
    noise_shape: float = 4.0
    zero_share: float = 0.2
    shipment_usd: float = 0.0
    price_markup: float = 0.0
    unit_value_sd: float = 0.25
    unit_error_share: float = 0.0
    missing_weight_share: float = 0.05
    gap_rate: float = 0.0
    silent_after: int = 0
    importers: int = 6
    target_stops: bool = True
    phantom_share: float = 0.0
    revision_sd: float = 0.0
    late_share: float = 0.0
    alert_share: float = 0.0
    jump_factor: float = 5.0
    rise_factor: float = 3.0
    first_year: int = FIRST_YEAR
    diversion_ratio: float = 0.0
    target_demand: float = 0.0
    ordinary_stop_share: float = 0.0
    waves: int = 1
    changes_revision: bool = False
    moved_sanctioned: int = 0
    moved_ordinary: int = 0
    new_ordinary: int = 0
    unlisted_hub: bool = False
    supply_limits: bool = False

    @property
    def step(self) -> int:
        """Months in a period."""
        return 12 if self.annual else 1

    @property
    def event(self) -> int:
        """Index of the period of the event."""
        return self.baseline_months // self.step + (0 if self.annual else MONTHS_BEFORE)

    @property
    def periods(self) -> int:
        """Number of periods: the baseline, those around the event, and the after-window."""
        return self.event + 1 + self.after_months // self.step

    @property
    def revision_change(self) -> int:
        """Index of the first period in HS2022; the number of periods where there is none."""
        if not self.changes_revision:
            return self.periods
        return (REVISION_YEAR - self.first_year) * 12 // self.step

    @property
    def enforcement(self) -> int:
        """Index of the first period after the planted act of enforcement: half of the after-window lies before it."""
        return self.event + self.after_months // self.step // 2 + (1 if self.annual else 0)


KINDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "basic": ("loss and backfill, with shocks of suppliers and goods common to all destinations", {}),
    "no-backfill": ("loss, and no backfill", {"backfill_ratio": 0.0, "entrants": 0}),
    "growth": (
        "loss, no backfill, and suppliers that grow everywhere, each at its own rate",
        {"backfill_ratio": 0.0, "entrants": 0, "growth_mean": 0.25},
    ),
    "shocks": ("demand of each destination moves, the target's too", {"destination_sd": 0.25}),
    "sparse": ("most cells empty, single shipments, small counts", {"zero_share": 0.4, "shipment_usd": 250_000.0}),
    "annual": ("figures of years", {"annual": True}),
    "gaps": ("reporters miss months, some all after the event", {"gap_rate": 0.05, "silent_after": 3}),
    "routing": (
        "coalition goods reach the target through hubs, 0 to 3 months later and dearer",
        {"backfill_ratio": 0.3, "routing_share": 0.3},
    ),
    "revisions": (
        "each month is released, by some reporters late, then revised twice: a file for each release",
        {"revision_sd": 0.15, "late_share": 0.25},
    ),
    "prices": ("unit values at the target rise after the event", {"price_markup": 0.15, "unit_error_share": 0.05}),
    "hub-growth": (
        "one hub grows in everything, which looks like routing and is not",
        {"hub_growth": 0.5, "backfill_ratio": 0.3},
    ),
    "alerts": (
        "no episode: one-month jumps and lasting rises in a few cells of the last months",
        {
            "loss_share": 0.0, "backfill_ratio": 0.0, "entrants": 0, "growth_sd": 0.0, "destination_sd": 0.0,
            "alert_share": 0.05,
        },
    ),
    "phantom": ("exports to one hub that the hub never records", {"phantom_share": 0.5}),
    "mixed": (
        "all at once, each milder",
        {
            "backfill_ratio": 0.4, "routing_share": 0.15, "growth_mean": 0.1, "destination_sd": 0.15,
            "zero_share": 0.3, "price_markup": 0.1, "unit_error_share": 0.02, "gap_rate": 0.03, "silent_after": 2,
            "revision_sd": 0.1, "late_share": 0.2, "alert_share": 0.02, "phantom_share": 0.3,
        },
    ),
    "diversion": ("members sell elsewhere a part of what they no longer sell to the target", {"diversion_ratio": 0.4}),
    "demand-fall": ("the target buys less of everything from everyone after the event", {"target_demand": -0.35}),
    "half-sanctioned": (
        "the coalition stops a part of half of the ordinary goods too, and others backfill it",
        {"goods": 64, "sanctioned_goods": 16, "ordinary_stop_share": 0.5},
    ),
    "staged": ("measures start in three waves, by member and good; a table tells when", {"waves": 3}),
    "moved-code": (
        "at a change of revision some codes lose most of their trade everywhere, and one is new",
        {"changes_revision": True, "moved_sanctioned": 2, "moved_ordinary": 2, "new_ordinary": 1},
    ),
    "unlisted-hub": (
        "10 to 35 % of the loss passes through one economy that is not among the episode's hubs",
        {"backfill_ratio": 0.3, "unlisted_hub": True},
    ),
    "supply-limits": (
        "one supplier of one good has no alternative, and one hub sells less after an act of enforcement",
        {
            "goods": 48, "sanctioned_goods": 24, "after_months": 24, "backfill_ratio": 0.9, "supply_limits": True,
        },
    ),
}  # fmt: skip
"""Kind -> description, and the settings that differ from the defaults of :class:`WorldSpec`."""


def world_spec(kind: str = "basic", seed: int = 0, **changes: Any) -> WorldSpec:
    """Return the spec of a kind of world; numbers of members, hubs, listed goods etc. scale with size unless given.

    Args:
        kind: One of ``KINDS``.
        seed: 0 or above.
        changes: Any other field of :class:`WorldSpec`.

    Raises:
        UsageError: The kind is unknown, a field is unknown, or a size is out of range.
    """
    if kind not in KINDS:
        raise UsageError(f"no kind {kind!r} of world", where="--kind", fix=f"use one of {', '.join(KINDS)}")
    unknown = set(changes) - {field.name for field in fields(WorldSpec)}
    if unknown:
        raise UsageError(f"a world has no {sorted(unknown)[0]!r}", where="world_spec", fix="see WorldSpec")
    settings = {**KINDS[kind][1], **changes}
    economies = settings.setdefault("economies", WorldSpec.economies)
    goods = settings.setdefault("goods", WorldSpec.goods)
    settings.setdefault("members", max(2, round(economies * 0.3)))
    settings.setdefault("hubs", max(1, round(economies * 0.1)))
    if "sanctioned_goods" not in changes:
        settings["sanctioned_goods"] = max(1, round(goods * _listed_share(kind)) if _listed_share(kind) else goods // 2)
    settings.setdefault("importers", min(6, max(1, economies // 4)))
    others = economies - 1 - settings["members"] - settings["hubs"]
    for name, most in (("entrants", max(0, others - 1)), ("silent_after", max(0, others // 4 + 1))):
        if name not in changes:
            settings[name] = min(settings.get(name, getattr(WorldSpec, name)), most)
    if settings.get("changes_revision"):
        _set_revision(settings, changes)
    spec = replace(WorldSpec(), kind=kind, seed=seed, **settings)
    check(spec)
    return spec


def _listed_share(kind: str) -> float | None:
    """Return the share of a kind's goods that are on the list; ``None`` for half of them, rounded down."""
    own = KINDS[kind][1]
    return own["sanctioned_goods"] / own["goods"] if "sanctioned_goods" in own else None


def _set_revision(settings: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Let the baseline end when HS2022 begins, and leave goods that do not move, unless told otherwise."""
    listed = settings["sanctioned_goods"]
    ordinary = settings["goods"] - listed
    settings.setdefault("first_year", REVISION_YEAR - settings.get("baseline_months", WorldSpec.baseline_months) // 12)
    for name, most in (("moved_sanctioned", listed // 2), ("moved_ordinary", (ordinary - 1) // 2)):
        if name not in changes:
            settings[name] = min(settings.get(name, 0), most)
    if "new_ordinary" not in changes:
        settings["new_ordinary"] = min(settings.get("new_ordinary", 0), ordinary - 1 - settings["moved_ordinary"])


def check(spec: WorldSpec) -> None:
    """Validate a spec; UsageError names the first field that is out of range."""
    others = spec.economies - 1 - spec.members - spec.hubs
    months = spec.baseline_months, spec.after_months
    faults = {
        "seed": (spec.seed < 0, "give a whole number from 0"),
        "economies": (not 6 <= spec.economies <= 200, "give 6 to 200 economies"),
        "members": (spec.members < 1, "give at least one member of the coalition"),
        "hubs": (spec.hubs < 0 or others < 1, "leave at least one economy that is neither member nor hub"),
        "goods": (not 2 <= spec.goods <= 1000, "give 2 to 1,000 goods"),
        "sanctioned_goods": (
            not 1 <= spec.sanctioned_goods < spec.goods,
            "list at least one good, and leave at least one ordinary one",
        ),
        "months": (
            months[0] < 12 or months[0] % 12 != 0 or months[1] < 1 or sum(months) > 240,
            "give whole years before and at least a month after, such as 36+12 (at most 240 together)",
        ),
        "annual": (spec.annual and months[1] % 12 != 0, "give whole years after the event too, such as 36+12"),
        "entrants": (not 0 <= spec.entrants <= others, "give no more entrants than there are other economies"),
        "silent_after": (not 0 <= spec.silent_after < others + spec.members, "let some economies report"),
        "importers": (not 0 <= spec.importers < spec.economies, "give fewer importers than economies"),
        "routing_share": (spec.routing_share > 0 and spec.hubs == 0, "give at least one hub"),
        "revision_sd": (spec.revision_sd > 0 and spec.annual, "revisions are of months"),
        "waves": (spec.waves < 1, "give at least one date on which measures start"),
        "unlisted_hub": (spec.unlisted_hub and others - spec.entrants - spec.silent_after < 1, "give more economies"),
        "changes_revision": (
            spec.changes_revision and not 0 < spec.revision_change < spec.periods,
            "choose a first_year so that 2022 begins within the figures",
        ),
        "moved_sanctioned": (not 0 <= spec.moved_sanctioned < spec.sanctioned_goods, "let a good on the list stay"),
        "moved_ordinary": (
            spec.moved_ordinary < 0
            or spec.new_ordinary < 0
            or spec.moved_ordinary + spec.new_ordinary > spec.goods - spec.sanctioned_goods,
            "give no more than there are ordinary goods",
        ),
        "supply_limits": (
            spec.supply_limits
            and (spec.hubs < 1 or spec.sanctioned_goods < 2 or not spec.event + 1 < spec.enforcement < spec.periods),
            "give a hub, two goods on the list, and two periods after the event",
        ),
    }
    shares = (
        "loss_share", "routing_share", "zero_share", "gap_rate", "missing_weight_share", "unit_error_share",
        "alert_share", "phantom_share", "late_share", "ordinary_stop_share",
    )  # fmt: skip
    faults |= {
        name: (not 0 <= getattr(spec, name) <= 1, "give a share from 0 to 1")
        for name in shares
        if not faults.get(name, (False,))[0]
    }
    for name, (is_wrong, fix) in faults.items():
        if is_wrong:
            raise UsageError(
                f"a world cannot have {name} {getattr(spec, name, '+'.join(map(str, months)))}",
                where=f"kind {spec.kind}, seed {spec.seed}",
                fix=fix,
            )


LEAST_ROWS, MOST_ROWS = 2_000, 1_000_000_000
DEFAULT_ROWS = 200_000
SIZES = {"economies": (6, 200), "goods": (2, 1000)}


def expected_rows(spec: WorldSpec) -> int:
    """Estimate the number of rows of a world before it is drawn."""
    filled = 1 - spec.zero_share
    if spec.shipment_usd > 0:
        filled *= 0.45
    bilateral = spec.economies * (spec.economies - 1) * spec.goods * spec.periods * filled
    before = spec.event / spec.periods if spec.target_stops else 1.0
    imports = bilateral * (before + spec.importers) / spec.economies
    sums = (spec.economies + before + spec.importers) * spec.goods * spec.periods
    rows = (bilateral + imports + sums) * (1 - spec.gap_rate)
    if spec.revision_sd:  # each month of the after-window stands in three files
        rows *= 1 + 2 * (spec.after_months + 2) / spec.periods
    return round(rows)


def parse_months(text: str) -> dict[str, int]:
    """Parse ``BEFORE+AFTER`` to fields of a spec; UsageError where it is not two whole numbers."""
    found = re.fullmatch(r"\s*(\d{1,3})\s*\+\s*(\d{1,3})\s*", text)
    if found is None:
        raise UsageError(
            f"{text!r} is not a number of months before and after", where="--months", fix="write 36+12, or 24+6"
        )
    return {"baseline_months": int(found[1]), "after_months": int(found[2])}


def sized_spec(kind: str, seed: int, *, rows: int | None, changes: Mapping[str, Any]) -> WorldSpec:
    """Return the spec of a world of a kind with about ``rows`` rows, choosing months, economies and goods not given.

    Args:
        kind: One of ``KINDS``.
        seed: 0 or above.
        rows: Number of rows wanted. ``None``: 200,000, or where ``changes`` has both economies and goods, as many as
            these sizes give.
        changes: Fields of the spec that are given.

    Raises:
        UsageError: The number of rows is out of range, or cannot be reached with the given sizes.
    """
    if rows is None and "economies" in changes and "goods" in changes:
        return world_spec(kind, seed, **changes)
    wanted = DEFAULT_ROWS if rows is None else rows
    if not LEAST_ROWS <= wanted <= MOST_ROWS:
        raise UsageError(
            f"a world of {wanted:,} rows cannot be made",
            where="--rows",
            fix=f"ask for {LEAST_ROWS:,} to {MOST_ROWS:,} rows",
        )

    def rows_of(**sizes: Any) -> int:
        return expected_rows(world_spec(kind, seed, **{**changes, **sizes}))

    sizes: dict[str, Any] = {}
    own = KINDS[kind][1]
    months = [] if "baseline_months" in changes else [(36, 12), (24, 12), (24, 6), (12, 6)]
    if months and "after_months" in own:
        months = [(36, own["after_months"]), (24, own["after_months"]), *months[1:]]
    goods_per_economy = own["goods"] / WorldSpec.economies if "goods" in own else 0.5
    if kind == "annual" or changes.get("annual"):
        months = [pair for pair in months if pair[1] % 12 == 0]
    least = {name: size for name, (size, _) in SIZES.items() if name not in changes}
    if "goods" in least and own.get("supply_limits"):
        least["goods"] = 4  # two on the list: the one without alternative, and another to rank it against
    # Fewer months only where the smallest world of many would be too large.
    for before, after in months:
        sizes = {"baseline_months": before, "after_months": after}
        if rows_of(**least, **sizes) <= wanted:
            break
    if "economies" not in changes:
        # Goods are half as many as economies, where both are free and the kind has no number of its own.
        found, most = SIZES["economies"]
        while found < most:
            goods = changes.get("goods", max(4, round(found * goods_per_economy)))
            if rows_of(economies=found + 1, goods=goods, **sizes) > wanted:
                break
            found += 1
        sizes["economies"] = found
    if "goods" not in changes:
        fewest, most = least["goods"], SIZES["goods"][1]
        sizes["goods"] = min(most, max(fewest, round(wanted / (rows_of(goods=100, **sizes) / 100))))
    spec = world_spec(kind, seed, **{**changes, **sizes})
    if not 0.5 * wanted <= expected_rows(spec) <= 2 * wanted:
        raise UsageError(
            f"with the sizes given a world has about {expected_rows(spec):,} rows, not {wanted:,}",
            where="--rows",
            fix="leave --economies, --goods or --months out, or ask for another number of rows",
        )
    return spec


def asked_spec(request: SimulationRequest) -> WorldSpec:
    """Return the spec for the options of `stopgap simulate`; UsageError where a size is out of range."""
    names = ("economies", "goods", "loss_share", "backfill_ratio", "routing_share")
    given = {name: value for name in names if (value := getattr(request, name)) is not None}
    months = {} if request.months is None else parse_months(request.months)
    return sized_spec(str(request.kind), request.seed, rows=request.rows, changes={**given, **months})
