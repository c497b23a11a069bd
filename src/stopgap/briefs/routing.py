"""Hubs: trade on both legs, and whose matches exceed chance: consistent with routing, and never its proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stopgap.briefs.basis import own_data, same_basis
from stopgap.briefs.charts import alt_text as alt
from stopgap.briefs.charts.hub_legs import (
    both_words,
    drawn_legs,
    hub_legs,
    leg_name,
    ranked_legs,
    rose_on_both,
    route_ends,
)
from stopgap.briefs.formats.cells import BriefTable, long_table, table_of
from stopgap.briefs.formats.text import listing, one_line, percent, sentence_case, usd
from stopgap.briefs.model import BriefModel
from stopgap.briefs.parts import ChartPart, Section
from stopgap.briefs.vocabulary import coalition_of, in_sentence, name_of, windows_named
from stopgap.measures.routes.results import HubRoute

_COUNTED = {True: "counts", False: "not distinguishable from chance", None: "cannot be told"}


def state_words(hub: HubRoute) -> str:
    """State of a hub's match: ``counts``, ``not distinguishable from chance``, ``no match``, or ``cannot be told``."""
    return "no match" if hub.match_usd == 0 else _COUNTED[hub.counted]


def hubs_section(model: BriefModel, numbers: Iterator[int]) -> Section | None:
    """Section on hubs: both legs as paired bars, and their match against chance; ``None`` without either."""
    if not model.legs and model.routing is None:
        return None
    title, chance = "The way round: through hubs", routing_table(model)
    found = [legs_table(model) if model.legs else None, chance]
    known = tuple(table for table in found if table is not None)
    if not model.legs:
        return Section("routes", title, routing_sentences(model), None, known)
    last = route_ends(model)[1]
    shown = len(drawn_legs(model))
    reading = (
        f"Of each pair the baseline stands above, the after-window below; both legs have one scale of dollars. Sorted by what "
        f"went from hub to {_end(last, model)}. The bars are all trade in these goods on a leg: they do not say "
        "that the same goods passed."
    )
    if len(model.legs) > shown:
        reading += f" The {shown} largest; {len(model.legs) - shown} more in the table."
    figure = ChartPart(
        "routes",
        next(numbers),
        "Both legs of each hub, before and after",
        reading,
        same_basis(
            own_data(model, model.legs_label), f"route: {_route(model)}", "levels in USD a year, no denominator"
        ),
        alt.alt_routes(model),
        lambda width: hub_legs(model, width=width),
    )
    return Section("routes", title, (*legs_sentences(model), *routing_sentences(model)), figure, known)


def _route(model: BriefModel) -> str:
    first, last = (_end(end, model) for end in route_ends(model))
    return f"{first} to hub, hub to {last}"


def _end(name: str, model: BriefModel) -> str:
    """Name of an end of the routes within a sentence."""
    party = coalition_of(model.headline, model.names, model.members)
    return party.noun if name == party.head else in_sentence(name)


def legs_sentences(model: BriefModel) -> list[str]:
    """Sentences on hubs where trade rose on both legs, and on those that recorded less than the other side reported."""
    legs = ranked_legs(model)
    both = [leg_name(model, leg) for leg in legs if rose_on_both(leg)]
    unknown = [leg_name(model, leg) for leg in legs if rose_on_both(leg) is None]
    text = f"Trade rose on both legs at {len(both)} of {len(legs)} hubs with figures on both"
    text += f": {listing(both)}." if both else "."
    if unknown:
        text += f" A window is missing at {listing(unknown)}, so that is not known there."
    text += " A rise on both legs is consistent with routing, and no proof of it: both also hold trade that would have grown anyway."
    tested = () if model.routing is None else model.routing.hubs
    legless = [name_of(hub.hub, model.names) for hub in tested if hub.hub not in {leg.hub for leg in legs}]
    if legless:
        text += f" Without both legs in the figure, and in the table of matches alone: {listing(legless)}."
    gaps = [
        f"{leg_name(model, leg)} {usd(leg.into_hub_mirror_after_usd)} against {usd(leg.into_hub_after_usd)}"
        for leg in legs
        if leg.into_hub_mirror_after_usd is not None
        and leg.into_hub_after_usd is not None
        and leg.into_hub_mirror_after_usd < 0.75 * leg.into_hub_after_usd
    ]
    texts = [text, *([unmatched] if (unmatched := unmatched_sentence(model, both)) else [])]
    if not gaps:
        return texts
    return [
        *texts,
        f"In {windows_named(model.headline)[1]} some hubs recorded less on the first leg than three quarters of what the other side reported: {listing(gaps)}.",
    ]


def legs_table(model: BriefModel) -> BriefTable:
    """Table behind the paired bars, in their order, with whether trade rose on both legs."""
    first, last = route_ends(model)
    before, after = windows_named(model.headline)
    table = table_of(
        "routes",
        "Both legs of each hub",
        ranked_legs(model),
        [
            ("Hub", "text", lambda leg: leg_name(model, leg)),
            ("Code", "code", lambda leg: leg.hub),
            (f"{first} to hub, {before}", "usd", lambda leg: leg.into_hub_baseline_usd),
            (f"{first} to hub, {after}", "usd", lambda leg: leg.into_hub_after_usd),
            (f"Same, hub’s record, {after}", "usd", lambda leg: leg.into_hub_mirror_after_usd),
            (f"Hub to {last}, {before}", "usd", lambda leg: leg.out_of_hub_baseline_usd),
            (f"Hub to {last}, {after}", "usd", lambda leg: leg.out_of_hub_after_usd),
            ("Both legs", "text", both_words),
        ],
        data_of="routes",
    )
    return long_table(table, ("hub", "hubs"), basis=f"route: {_route(model)}; no denominator")


def _by_leg(model: BriefModel, hubs: Sequence[HubRoute]) -> list[HubRoute]:
    """Hubs in the order of the legs; those without figures on both legs follow, the largest match first."""
    order = {leg.hub: i for i, leg in enumerate(ranked_legs(model))}
    return sorted(hubs, key=lambda hub: (order.get(hub.hub, len(order)), -(hub.match_usd or 0.0), hub.hub))


def routing_sentences(model: BriefModel) -> tuple[str, ...]:
    """Sentences on trade consistent with routing through hubs, or the reason why it was not measured."""
    routing = model.routing
    if routing is None:
        reason = one_line(model.routing_reason)
        return (f"Whether what passed the hubs exceeds chance was not measured: {reason}.",) if reason else ()
    total = routing.routing
    matched = (
        f" Before that test both legs match up to {usd(total.raw_usd)} a year, a figure that is high by chance alone."
        if total.raw_usd
        else ""
    )
    if total.net_usd is None:
        return (f"{sentence_case(one_line(total.because))}.{matched}",)
    if not total.hubs_counted:
        text = f"Of {total.hubs_measured} hubs measured none has a match beyond chance"
        return (f"{text}: {one_line(total.because)}.{matched}",)
    others = [row.net_usd for row in routing.sensitivity if row.net_usd is not None]
    spread = f"{usd(min(others))} to {usd(max(others))}" if len(others) > 1 else ""
    assumptions = f" Under other markups and growth assumptions: {spread}." if spread else ""
    counted = [name_of(hub.hub, model.names) for hub in routing.hubs if hub.counted]
    proof = "" if model.legs else " That is consistent with routing, and no proof of it."
    share = "" if total.net_share_of_loss is None else f", {percent(total.net_share_of_loss)} of the loss"
    return (
        f"Of {total.hubs_measured} hubs measured {total.hubs_counted} had more trade on both legs, in the same goods and in "
        f"time, than chance gives: {listing(counted)}. Together {usd(total.net_usd)} a year{share}.{proof}{assumptions}",
    )


def unmatched_sentence(model: BriefModel, both: Sequence[str]) -> str:
    """Sentence on hubs at which dollars rose on both legs and nothing matches beyond growth elsewhere; empty without any.

    `both` are the names of the hubs at which dollars rose on both legs.
    """
    hubs = () if model.routing is None else model.routing.hubs
    none = [
        name_of(hub.hub, model.names) for hub in hubs if hub.match_usd == 0 and name_of(hub.hub, model.names) in both
    ]
    if not none:
        return ""
    rose = "both legs rose no more" if len(none) == 1 else "the legs rose no more"
    return f"At {listing(none)} {rose} than trade elsewhere, or not in the same goods: the table of hubs gives no match there."


def routing_table(model: BriefModel) -> BriefTable | None:
    """Table of each hub with its match, the threshold of chance, and whether it counts; ``None`` without hubs."""
    routing = model.routing
    if routing is None or not routing.hubs:
        return None
    note = (
        "Match: the most that rises on both legs beyond growth elsewhere, in the same goods and in time, allow. Threshold: what 95 of 100 chance matches "
        f"stay below ({routing.draws} draws, seed {routing.seed}). A match that does not exceed it counts as 0."
    )
    table = table_of(
        "routing",
        "Hubs: matches against chance",
        _by_leg(model, routing.hubs),
        [
            ("Hub", "text", lambda hub: name_of(hub.hub, model.names)),
            ("Code", "code", lambda hub: hub.hub),
            ("Match", "net", lambda hub: hub.match_usd),
            ("Threshold", "net", lambda hub: hub.threshold_usd),
            ("Beyond chance", "text", state_words),
            ("Counted", "net", lambda hub: hub.net_usd),
            ("Share of loss", "share", lambda hub: hub.share_of_loss),
            ("Why", "text", _why),
        ],
        note=note,
    )
    return long_table(table, ("hub", "hubs"), not_added=("Match", "Threshold"), basis=f"route: {_route(model)}")


def _why(hub: HubRoute) -> str:
    """Reason of a hub's state, without the words of the state itself."""
    return sentence_case(one_line(hub.because).removeprefix("cannot be told from chance: "))


def alerts_sentence(model: BriefModel) -> str:
    """Sentence on the number of alerts by state; empty where none was ever raised."""
    total = sum(count for _, count in model.alerts)
    if not total:
        return ""
    parts = listing(f"{count} {state}" for state, count in model.alerts)
    return (
        f"Alerts raised on first releases of this episode, all goods lists: {total} ({parts}); "
        "an alert is a rise to look at, not a finding."
    )
