"""Sentences on one economy: whether it is a hub, by list or by rule, and how its trade changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stopgap.base.errors import NotFoundError
from stopgap.briefs.formats.text import one_line, percent
from stopgap.briefs.vocabulary import (
    coalition_of,
    in_sentence,
    market_of,
    name_of,
    target_of,
    told,
    windows_named,
    words_of,
)
from stopgap.briefs.wording import a_year
from stopgap.codes.areas import areas, find_area
from stopgap.measures.backfill.results import Finding, MemberResult, SupplierResult
from stopgap.measures.routes.results import HubCandidate, HubRoute
from stopgap.pages.amounts import usd
from stopgap.pages.hubs.measured import HubsMeasured

LIMIT = (
    "A match is the most that can be the same goods on both legs: it is consistent with routing and no proof of it. "
    "Only customs declarations at the hub (origin, maker, consignee) would tell."
)


@dataclass(frozen=True)
class EconomyInEpisode:
    """What was measured of one economy in an episode.

    Attributes:
        code: Its code.
        name: Its name.
        is_listed: Whether the episode names it as a hub.
        hub: Its row among the hubs of the routes; ``None`` where it is none or routes were not measured.
        candidate: Its row among the economies tested by rule.
        supplier: Its row among the suppliers outside the coalition with figures in both windows.
        member: Its row among the coalition's members.
    """

    code: str
    name: str
    is_listed: bool
    hub: HubRoute | None
    candidate: HubCandidate | None
    supplier: SupplierResult | None
    member: MemberResult | None


def check_economy(code: str, episode: str) -> str:
    """Return the code of an economy as it is asked for.

    Raises:
        NotFoundError: There is no such economy.
    """
    if code in areas():
        return code
    try:
        known = find_area(code).code
    except NotFoundError as error:
        raise NotFoundError(
            f"there is no supplier {code[:40]!r}", where=f"episode {episode}", fix="open the tab of suppliers and hubs"
        ) from error
    raise NotFoundError(
        f"there is no supplier {code[:40]!r}", where=f"episode {episode}", fix=f"its page has the code {known}"
    )


def economy_in(found: HubsMeasured, code: str) -> EconomyInEpisode:
    """Return what was measured of an economy."""
    finding, routing = found.finding, found.routing
    return EconomyInEpisode(
        code,
        name_of(code, found.names),
        code in found.episode.hubs,
        next((row for row in (routing.hubs if routing else ()) if row.hub == code), None),
        next((row for row in (routing.candidates if routing else ()) if row.economy == code), None),
        next((row for row in finding.suppliers if row.supplier == code), None),
        next((row for row in finding.members if row.supplier == code), None),
    )


def hub_sentence(this: EconomyInEpisode, found: HubsMeasured) -> str:
    """Return whether the economy is a hub: by list or by rule, with the figure and what limits it."""
    name = this.name
    if this.code in found.episode.members():
        return f"{name} is a member of the coalition, and no hub."
    by = "by the episode’s list" if this.is_listed else "by rule"
    if this.hub is not None:
        return f"{name} is a hub {by}, {_match_clause(this.hub, found)}."
    if this.is_listed:
        reason = told(one_line(found.reason), found.finding, found.names) or "no figures on its legs"
        return f"{name} is a hub by the episode’s list, but whether what passed it exceeds chance was not measured: {reason}."
    if this.candidate is not None:
        return _candidate_sentence(this.candidate, name, found)
    if found.routing is None:
        reason = told(one_line(found.reason), found.finding, found.names)
        return f"No list names {name} as a hub, and the rule that finds others was not applied: {reason}."
    return f"{name} is not a hub: no list names it, and its {words_of(found.finding).trade} do not exceed what was expected."


def _match_clause(hub: HubRoute, found: HubsMeasured) -> str:
    because = told(one_line(hub.because), found.finding, found.names)
    if hub.match_usd is None:
        return f"but nothing can be said of what passed it: {because}"
    if hub.match_usd == 0:
        return f"but its figures do not bear it out: {because}"
    at_most = f"up to {usd(hub.match_usd)} a year match on both legs"
    if hub.counted is None:
        reason = because.removeprefix("cannot be told from chance: ")
        return f"and {at_most}, but whether that is more than chance cannot be told: {reason}"
    if not hub.counted:
        threshold = "" if hub.threshold_usd is None else f", which chance alone reaches ({usd(hub.threshold_usd)})"
        return f"but its figures do not bear it out: {at_most}{threshold}"
    counted = "" if hub.net_usd is None else f": {usd(hub.net_usd)} a year is consistent with routing"
    share = (
        "" if hub.share_of_loss is None else f", {percent(hub.share_of_loss)} of {_loss_of(found.finding, found.names)}"
    )
    threshold = "" if hub.threshold_usd is None else f"; chance gives up to {usd(hub.threshold_usd)}"
    return f"and its figures bear it out{counted}{share} ({at_most}{threshold})"


def _candidate_sentence(row: HubCandidate, name: str, found: HubsMeasured) -> str:
    because = told(one_line(row.because), found.finding, found.names)
    excess = f"it {words_of(found.finding).traded} {usd(row.excess_usd)} a year more than expected"
    if row.status == "found":
        return f"{name} is a hub by rule, though no list names it: {excess}; {because.removeprefix('a hub by rule: ')}."
    if row.status in ("chance unknown", "cover unknown"):
        return f"Whether {in_sentence(name)} is a hub cannot be told: no list names it, and {excess}: {because}."
    return f"{name} is not a hub, by list or by rule: no list names it, and {excess}: {because}."


def _loss_of(finding: Finding, names: Mapping[str, str]) -> str:
    """Return ``the loss of the coalition``, by the name of those members that have figures."""
    return f"the loss of {coalition_of(finding, names).noun}"


def trade_sentence(this: EconomyInEpisode, finding: Finding, names: Mapping[str, str]) -> str:
    """Return how its trade with the market changed, with the net change where it can be told."""
    words = words_of(finding)
    market = target_of(finding, names) if this.member else market_of(finding, names)
    before, after = windows_named(finding)
    row = this.supplier or this.member
    if row is None:
        silent = this.code in finding.coverage.missing_reporters
        why = "it did not report both windows" if silent else "no figures of it are in both windows"
        return f"What {in_sentence(this.name)} {words.traded} cannot be told: {why}; missing is not zero."
    trade = words.trade if this.supplier else words.member_trade
    preposition = words.preposition if this.supplier else words.member_preposition
    change = row.after_usd - row.baseline_usd
    moved = "rose" if change > 0 else "fell" if change < 0 else "stayed"
    text = f"Its {trade} {preposition} {market} {moved} from {usd(row.baseline_usd)} to {usd(row.after_usd)}{a_year(finding)}, {before} to {after}"
    share = this.supplier.share_of_loss if this.supplier else None
    return f"{text} ({percent(share)} of {_loss_of(finding, names)})." if share is not None else f"{text}."
