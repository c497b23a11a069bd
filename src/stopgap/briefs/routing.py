"""Hubs whose matches exceed chance, in words and as a table: consistent with routing, and never its proof."""

from __future__ import annotations

from collections.abc import Sequence

from stopgap.briefs.formats.cells import BriefTable, table_of
from stopgap.briefs.formats.text import listing, one_line, percent, sentence_case, usd
from stopgap.briefs.model import BriefModel
from stopgap.briefs.vocabulary import name_of
from stopgap.measures.routes.results import HubRoute

_COUNTED = {True: "counts", False: "not distinguishable from chance", None: "cannot be told"}


def state_words(hub: HubRoute) -> str:
    """State of a hub's match: ``counts``, ``not distinguishable from chance``, ``no match``, or ``cannot be told``."""
    return "no match" if hub.match_usd == 0 else _COUNTED[hub.counted]


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
    share = "" if total.net_share_of_loss is None else f", {percent(total.net_share_of_loss)} of the loss"
    return (
        f"Of {total.hubs_measured} hubs measured {total.hubs_counted} had more trade on both legs, in the same goods and in "
        f"time, than chance gives: {listing(counted)}. Together {usd(total.net_usd)} a year{share}. That is consistent with "
        f"routing, and no proof of it.{assumptions}",
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
    return table_of(
        "routing",
        "Hubs: matches against chance",
        routing.hubs,
        [
            ("Hub", "text", lambda hub: name_of(hub.hub, model.names)),
            ("Match", "net", lambda hub: hub.match_usd),
            ("Threshold", "net", lambda hub: hub.threshold_usd),
            ("Beyond chance", "text", state_words),
            ("Counted", "net", lambda hub: hub.net_usd),
            ("Share of loss", "share", lambda hub: hub.share_of_loss),
            ("Why", "text", lambda hub: sentence_case(one_line(hub.because))),
        ],
        note=note,
    )


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
