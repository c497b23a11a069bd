"""Assemble a finding of routes from arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stopgap.base.notes import Effect, Note
from stopgap.measures.backfill.no_loss import NOTHING_LOST, REPORTERS_LOST_NOTHING
from stopgap.measures.mirror.results import Phantom
from stopgap.measures.routes.chance_matches import DRAWS, LEAST_ORDINARY
from stopgap.measures.routes.matching import RouteEstimate, Routes
from stopgap.measures.routes.results import (
    NOT_ASKED_FOR,
    DeclaredNeverRecorded,
    HubCandidate,
    HubGood,
    HubRoute,
    NetSplit,
    RouteFinding,
    RouteMonth,
    RouteParts,
    RouteSensitivity,
    RoutingTotal,
    YearDeclared,
)
from stopgap.measures.statistics.array_types import Mask
from stopgap.measures.statistics.hub_screening import LEAST_TESTED, HubScreening, ScreenedEconomy, ScreeningStatus
from stopgap.panel.silence import some_of

COUNTED = "both legs rose together beyond chance: consistent with routing"
NOT_COUNTED = "not distinguishable from chance"
NO_MATCH = "no excess on both legs to match"
SHORT_WINDOW = 6
FEW_CONTROLS = 5


@dataclass(frozen=True)
class RouteExtras:
    """What stands beside the matches of a finding: screening, the split of net backfill, and both sides' reports.

    ``unrecorded_because`` says why nothing is known of exports that hubs never recorded.
    """

    candidates: tuple[HubCandidate, ...] = ()
    net_split: NetSplit = NOT_ASKED_FOR
    declared_never_recorded: tuple[DeclaredNeverRecorded, ...] = ()
    unrecorded_because: str = ""
    origin: str = "coalition"


def assemble_routes(
    found: Routes,
    parts: RouteParts,
    periods: tuple[str, ...],
    *,
    notes: tuple[str, ...] = (),
    any_origin: Routes | None = None,
    extras: RouteExtras | None = None,
) -> RouteFinding:
    """Assemble the finding; ``periods`` is the month of each period of the legs.

    ``notes`` are warnings about the inputs, added to those found here; ``any_origin`` is the match with a first leg
    from anyone.
    """
    beside = extras or RouteExtras()
    loss = parts.loss_usd if parts.loss_usd is not None and parts.loss_usd > 0 else None
    measured = (found.legs.known_periods() > 0) & found.legs.has_members
    hubs = tuple(
        replace(_hub(found, place, parts, loss, periods), **_identity(found, any_origin, place))
        for place in range(len(found.legs.hubs))
    )
    ordered = tuple(sorted(hubs, key=lambda row: (-(row.net_usd or 0.0), -(row.match_usd or 0.0), row.hub)))
    total = _total(found, measured, loss)
    return RouteFinding(
        **vars(parts),
        lags=found.legs.lead,
        draws=DRAWS,
        routing=total,
        hubs=ordered,
        by_good=_by_good(found, measured),
        sensitivity=tuple(_sensitivity(found, case, measured, loss) for case in found.cases),
        months=_months(found, periods),
        warnings=(*_warnings(found, parts, total, measured, hubs), *_warnings_beside(beside), *notes),
        origin=beside.origin,
        candidates=beside.candidates,
        net_split=beside.net_split,
        declared_never_recorded=beside.declared_never_recorded,
    )


def _because(row: ScreenedEconomy) -> str:
    """Return the words of a screened economy's status."""
    alone = "" if row.excess_low_usd is not None else "; no other destinations to compare with, so placebo is unknown"
    if row.status is ScreeningStatus.FOUND:
        return f"a hub by rule: its purchases of the same goods, from {row.origin}, rose with its sales beyond chance{alone}"
    if row.status is ScreeningStatus.COVER_UNKNOWN:
        return f"imports not in the lake, so cover cannot be checked{alone}"
    if row.status is ScreeningStatus.CHANCE_UNKNOWN:
        return f"its purchases of the same goods rose as well, and there are too few ordinary goods to tell that from chance{alone}"
    if row.status is ScreeningStatus.SMALL:
        return f"under {LEAST_TESTED:.0%} of the loss: not tested{alone}"
    return f"no rise of its purchases of the same goods that covers it beyond chance{alone}"


def candidates_of(screening: HubScreening) -> tuple[HubCandidate, ...]:
    """Return the rows of screening, with each status in words."""
    return tuple(
        HubCandidate(
            economy=row.economy,
            status=str(row.status),
            because=_because(row),
            excess_usd=row.excess_usd,
            excess_low_usd=row.excess_low_usd,
            cover_usd=row.cover_coalition_usd,
            cover_any_origin_usd=row.cover_usd,
            p_value=row.p_value,
            origin=row.origin,
        )
        for row in screening.economies
    )


def declared_rows(rows: Iterable[Phantom]) -> tuple[DeclaredNeverRecorded, ...]:
    """Return exports declared to hubs and not recorded there, from the comparison of both sides' reports."""
    found = [
        DeclaredNeverRecorded(
            hub=row.importer,
            exporter=row.exporter,
            good=row.good,
            usd=row.usd,
            declared_usd=row.exporter_usd,
            recorded_usd=row.importer_usd,
            recorded_fob_usd=row.importer_fob_usd,
            reexports_usd=row.reexports_usd,
            allowed_usd=row.lag_usd + row.band_usd,
            unrecorded_share=row.unrecorded_share,
            baseline_unrecorded_share=row.baseline_unrecorded_share,
            months=row.months,
            years=tuple(YearDeclared(each.year, each.exporter_usd, each.importer_usd) for each in row.years),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda row: (-row.usd, row.hub, row.exporter)))


def _identity(found: Routes, any_origin: Routes | None, place: int) -> dict[str, Any]:
    """Return how a hub was found, and its match with a first leg from anyone."""
    known: dict[str, Any] = {"by": "rule" if found.legs.hubs[place] in found.legs.by_rule else "list"}
    if any_origin is None or not (any_origin.legs.known_periods()[place] > 0 and any_origin.legs.has_members[place]):
        return known
    match = float(any_origin.headline.hub_match_usd()[place])
    counted, _ = _verdict(any_origin, place, match)
    return {**known, "match_any_origin_usd": match, "counted_any_origin": counted}


def _number(value: float) -> float | None:
    """Return a figure, or ``None`` if it is not finite."""
    return float(value) if np.isfinite(value) else None


def _ratio(over: float | None, under: float | None) -> float | None:
    return over / under if over is not None and under is not None and under > 0 else None


def _net(found: Routes, case: RouteEstimate, place: int) -> float | None:
    """Return a hub's net dollars: 0 if nothing matches, ``None`` if chance cannot be estimated."""
    if not found.usable[place] and case.match_usd[place].sum() > 0:
        return None
    return float(case.net_usd[place].sum())


def _hub(found: Routes, place: int, parts: RouteParts, loss: float | None, periods: tuple[str, ...]) -> HubRoute:
    legs, case = found.legs, found.headline
    name = legs.hubs[place]
    known = legs.is_known[:, place]
    missing = tuple(periods[step] for step in range(legs.lead, len(periods)) if not known[step])
    has_target, has_members = bool(legs.known_periods()[place] > 0), bool(legs.has_members[place])
    if not has_target or not has_members:
        lacking = [] if has_members else [f"coalition-{name} trade ({parts.leg1}'s report)"]
        lacking += [] if has_target else [f"{name}-{parts.target} trade ({parts.report}'s report)"]
        return HubRoute(
            hub=name,
            because=f"no {' nor '.join(lacking)} in both windows: missing, not zero",
            e1_usd=float(found.member_excess_usd[place]) if has_members else None,
            e2_usd=float(found.target_excess_usd[place]) if has_target else None,
            missing_periods=missing,
        )
    match = float(case.hub_match_usd()[place])
    net = _net(found, case, place)
    counted, because = _verdict(found, place, match)
    return HubRoute(
        hub=name,
        match_usd=match,
        threshold_usd=_number(case.gate.threshold_usd[place]),
        counted=counted,
        because=because,
        net_usd=net,
        share_of_loss=_ratio(net, loss),
        re_export_share=_ratio(match, float(found.target_excess_usd[place])),
        e1_usd=float(found.member_excess_usd[place]),
        e2_usd=float(found.target_excess_usd[place]),
        chance_usd=_number(case.gate.chance_usd[place]),
        p_value=_number(case.gate.p_value[place]),
        ordinary_growth=float(found.growth[place]) if found.usable[place] else None,
        missing_periods=missing,
    )


def _verdict(found: Routes, place: int, match: float) -> tuple[bool | None, str]:
    """Return whether a hub counts, and why."""
    if match <= 0:
        return False, NO_MATCH
    if not found.usable[place]:
        return None, f"cannot be told from chance: fewer than {LEAST_ORDINARY} ordinary goods to compare with"
    if found.headline.gate.counted[place]:
        return True, COUNTED
    if found.headline.gate.passed_together:
        return False, NOT_COUNTED
    return False, f"{NOT_COUNTED}; nor are all hubs together"


def _total(found: Routes, measured: Mask, loss: float | None) -> RoutingTotal:
    case = found.headline
    if not measured.any():
        return RoutingTotal(None, None, None, None, None, 0, 0, "no hub has figures on both legs")
    raw = float(case.match_usd[measured].sum())
    net, because = _net_total(found, case, measured)
    return RoutingTotal(
        raw_usd=raw,
        raw_share_of_loss=_ratio(raw, loss),
        net_usd=net,
        net_share_of_loss=_ratio(net, loss),
        re_export_share=_ratio(net, float(found.target_excess_usd[measured].sum())),
        hubs_measured=int(measured.sum()),
        hubs_counted=int(case.gate.counted.sum()),
        because=because,
    )


def _net_total(found: Routes, case: RouteEstimate, measured: Mask) -> tuple[float | None, str]:
    """Return the net total with its reason; ``None`` if no hub with a match can be tested against chance."""
    nets = [_net(found, case, int(place)) for place in np.flatnonzero(measured)]
    known = [net for net in nets if net is not None]
    if not known or (len(known) < len(nets) and not found.usable.any()):
        text = "there are too few ordinary goods, which nobody sanctioned, to compare with"
        return None, f"cannot be told from chance: {text}"
    net = float(sum(known))
    if case.gate.counted.any():
        return net, COUNTED
    return net, NOT_COUNTED if case.match_usd[measured].sum() > 0 else NO_MATCH


def _sensitivity(found: Routes, case: RouteEstimate, measured: Mask, loss: float | None) -> RouteSensitivity:
    net = _net_total(found, case, measured)[0] if measured.any() else None
    return RouteSensitivity(
        markup=case.markup,
        ordinary_adjusted=case.is_adjusted,
        raw_usd=float(case.match_usd[measured].sum()) if measured.any() else None,
        net_usd=net,
        net_share_of_loss=_ratio(net, loss),
        hubs_counted=int(case.gate.counted.sum()),
    )


def _by_good(found: Routes, measured: Mask) -> tuple[HubGood, ...]:
    case, legs = found.headline, found.legs
    goods = [good for good, listed in zip(legs.goods, legs.is_sanctioned, strict=True) if listed]
    rows = []
    for place, column in np.argwhere((case.match_usd > 0) & measured[:, None]):
        net = float(case.net_usd[place, column]) if found.usable[place] else None
        rows.append(HubGood(legs.hubs[place], goods[column], float(case.match_usd[place, column]), net))
    return tuple(sorted(rows, key=lambda row: (-(row.net_usd or 0.0), -row.match_usd, row.hub, row.good)))


def _months(found: Routes, periods: tuple[str, ...]) -> tuple[RouteMonth, ...]:
    """Return both legs by hub and period, summed over the sanctioned goods."""
    legs = found.legs
    keep = legs.is_sanctioned
    both = (legs.member_usd, legs.member_expected_usd, legs.target_usd, legs.target_expected_usd)
    sums = [leg[..., keep].sum(axis=2) for leg in both]
    met = found.headline.matched_usd
    rows = []
    for place, hub in enumerate(legs.hubs):
        for step, period in enumerate(periods):
            later = step - legs.lead
            member, target = bool(legs.has_members[place]), bool(legs.is_known[step, place])
            known = (member, member, target, target)
            usd = [float(leg[step, place]) if told else None for leg, told in zip(sums, known, strict=True)]
            matched = float(met[later, place]) if member and target and later >= 0 else None
            rows.append(RouteMonth(hub, period, later >= 0, usd[0], usd[1], usd[2], usd[3], matched))
    return tuple(rows)


def _warnings_beside(beside: RouteExtras) -> Iterator[str]:
    """Yield the limits of screening and of both sides' reports."""
    if any(row.status == "found" for row in beside.candidates):
        yield Note(
            "hubs found by rule: goods that members divert to an economy which then sells its own to the target cannot be told from routing",
            Effect.MODEL,
        )
    if beside.unrecorded_because:
        text = f"exports that hubs never recorded are not known: {beside.unrecorded_because}"
        yield Note(text, Effect.MODEL)


def _warnings(
    found: Routes, parts: RouteParts, total: RoutingTotal, measured: Mask, hubs: tuple[HubRoute, ...]
) -> Iterator[str]:
    legs, coverage = found.legs, parts.coverage
    yield Note("a match of two legs is consistent with routing; trade figures do not show it", Effect.ALWAYS)
    if parts.frequency == "A":
        yield Note("annual figures: goods are matched within a year, and no lag can be seen", Effect.MODEL)
    elif len(legs.member_usd) - legs.lead < SHORT_WINDOW:
        text = (
            f"the after-window has {len(legs.member_usd) - legs.lead} months: a short window tells little from chance"
        )
        yield Note(text, Effect.MODEL)
    if parts.loss_usd is None:
        text = "no member of the coalition has figures of its trade with the target: the loss is not known, so matches are not capped by it"
        yield Note(text, Effect.CANNOT_TELL)
    elif parts.loss_usd <= 0:
        lost = REPORTERS_LOST_NOTHING if coverage.missing_reporters else NOTHING_LOST
        text = f"{lost}: shares of the loss are undefined"
        yield Note(text, Effect.CANNOT_TELL)
    if coverage.silent_hubs:
        yield Note(
            f"hubs without figures on both legs, missing and not zero: {', '.join(coverage.silent_hubs)}",
            Effect.MISSING,
            share=len(coverage.silent_hubs) / len(legs.hubs),
        )
    partial = [row for row in hubs if row.missing_periods and row.match_usd is not None]
    if partial:
        yield Note(
            f"periods without the leg between hub and target, means are over the others: {', '.join(row.hub for row in partial)}",
            Effect.MISSING,
            share=_part_of_matches(partial, hubs),
        )
    untold = [row for row in hubs if row.counted is None and row.match_usd is not None]
    if untold and total.hubs_measured:
        names = [row.hub for row in untold]
        yield Note(
            f"too few ordinary goods to tell a match from chance: {', '.join(names)}",
            Effect.CANNOT_TELL,
            short=f"routing cannot be told from chance at {some_of(names, 8)}: too few ordinary goods",
        )
    if coverage.missing_reporters:
        yield Note(
            f"members without figures, in no sum: {', '.join(coverage.missing_reporters)}",
            Effect.MISSING,
            short=f"members without figures, in no sum: {some_of(coverage.missing_reporters, 8)}",
        )
    if coverage.missing_periods:
        text = f"{len(coverage.missing_periods)} periods of reporters on the coalition's leg are missing: its excess there is not seen"
        yield Note(text)
    if coverage.growth_unknown:
        yield Note(
            f"no trade elsewhere of {' and of '.join(coverage.growth_unknown)} is in the lake: excess there is over the baseline alone, and general growth is in it",
            Effect.MISSING,
            short=f"no trade elsewhere of {' and of '.join(coverage.growth_unknown)} is in the lake: general growth is in their excess",
        )
    if 0 < coverage.control_destinations < FEW_CONTROLS:
        named = f" ({', '.join(coverage.control_names)})" if coverage.control_names else ""
        text = f"growth elsewhere is read off at most {coverage.control_destinations} destinations{named}: excess is no better than they are ordinary"
        yield Note(text, Effect.MODEL)
    if coverage.borrowed_growth:
        named = ", ".join(coverage.borrowed_growth)
        yield Note(
            f"no trade elsewhere to read growth from, so the growth of others of the same role is taken: {named}",
            Effect.MODEL,
            short=f"without trade elsewhere, so held against the growth of others of the same role: {some_of(coverage.borrowed_growth, 5)}",
        )


def _part_of_matches(some: Sequence[HubRoute], hubs: Sequence[HubRoute]) -> float | None:
    """Return the share of all matches that some hubs hold; ``None`` without matches."""
    whole = sum(row.match_usd or 0.0 for row in hubs)
    return sum(row.match_usd or 0.0 for row in some) / whole if whole > 0 else None
