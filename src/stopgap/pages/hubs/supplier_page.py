"""Page of one supplier or hub: is it a hub, both legs, months, goods, both reports, prices and its series."""

from __future__ import annotations

from collections.abc import Mapping

from stopgap.api import Lake
from stopgap.base.errors import NotFoundError
from stopgap.base.vocab import EpisodeRole
from stopgap.briefs.formats.text import one_line, percent, signed
from stopgap.briefs.routing import state_words
from stopgap.briefs.vocabulary import market_of, target_of, told, windows_named
from stopgap.codes.areas import areas
from stopgap.measures.backfill.results import Finding, SupplierResult
from stopgap.pages.amounts import usd
from stopgap.pages.episode.query import EpisodeQuery
from stopgap.pages.hubs.hub_months import months_chart
from stopgap.pages.hubs.hubs_part import candidates_table, declared_table
from stopgap.pages.hubs.legs_chart import legs_chart
from stopgap.pages.hubs.measured import HubsMeasured, measured_hubs
from stopgap.pages.hubs.supplier_words import (
    LIMIT,
    EconomyInEpisode,
    check_economy,
    economy_in,
    hub_sentence,
    trade_sentence,
)
from stopgap.pages.site import QueryValue
from stopgap.pages.views import NumberView, PageContent

PARTS = ("series", "goods", "mirror", "prices")
"""Parts that are loaded when the page is open."""


def supplier_page(lake: Lake, query: EpisodeQuery, code: str) -> PageContent:
    """Return the page of an economy in an episode.

    Args:
        lake: The lake.
        query: The episode and its options.
        code: Code of the economy.

    Raises:
        NotFoundError: No such economy, or it is the target; unknown episode, goods list or vintage.
        MissingDataError: The lake lacks the figures of the finding.
    """
    check_economy(code, query.episode)
    if code == query.load().target:
        raise NotFoundError(
            f"{areas()[code].name} is the target of this episode, and no supplier of it",
            where=f"episode {query.episode}",
            fix="open the episode",
        )
    found = measured_hubs(lake, query, hubs=(code,))
    this, finding = economy_in(found, code), found.finding
    legs, months = legs_chart(found), months_chart(found, code)
    is_tested = this.hub is not None or this.candidate is not None
    return PageContent(
        "hubs/supplier.html",
        f"{this.name} and {target_of(finding, found.names) if this.member else market_of(finding, found.names)}",
        {
            "query": found.query,
            "code": code,
            "answer": hub_sentence(this, found),
            "trade": trade_sentence(this, finding, found.names),
            "limit": LIMIT if this.hub is not None else "",
            "numbers": _numbers(this, found),
            "legs": legs,
            "months": months,
            "why_no_legs": "" if legs else _why_no_legs(this, found),
            "hub_facts": _hub_facts(this, found),
            "candidates": candidates_table(found, only=code) if this.candidate is not None else None,
            "declared": declared_table(found, only=code) if this.is_listed and found.routing else None,
            "basis": found.basis,
            "parts": PARTS[:1] if found.episode.role is EpisodeRole.SUPPLIERS_TO_COALITION else PARTS,
            "is_tested": is_tested,
            "explore": _explore(found, code),
            "later_charts": True,
        },
        found.marking,
        charts=tuple(chart for chart in (legs, months) if chart),
        tabs=found.query.tabs("/suppliers"),
        kicker=found.episode.title,
    )  # fmt: skip


def _numbers(this: EconomyInEpisode, found: HubsMeasured) -> tuple[NumberView, ...]:
    query = found.query
    row = this.supplier or this.member
    if row is None:
        return ()
    page, options = query.page("figures", "supplier"), {**query.options, "supplier": this.code}
    before, after = windows_named(found.finding)
    change = row.after_usd - row.baseline_usd
    share = "" if row.baseline_usd <= 0 else f"{signed(percent(change / row.baseline_usd), change)} on the baseline"
    numbers = [
        NumberView(
            f"Trade in {after}, a year", usd(row.after_usd), page, f"{usd(row.baseline_usd)} in {before}", options
        ),
        NumberView("Change, a year", signed(usd(change), change), page, share, options),
    ]
    if this.supplier is not None:
        numbers.append(_net(this.supplier, page, options, found.finding))
    if this.hub is not None and this.hub.match_usd is not None:
        numbers.append(
            NumberView("Matches on both legs at most, a year", usd(this.hub.match_usd), "", state_words(this.hub))
        )
    return tuple(numbers)


def _net(row: SupplierResult, page: str, options: Mapping[str, QueryValue], finding: Finding) -> NumberView:
    label = "Net change, a year"
    if row.net_gain_usd is None:
        return NumberView(label, "not estimated", "", finding.counterfactual.reason or "no counterfactual")
    between = "" if row.ci95 is None else f"95 % interval {usd(row.ci95[0])} to {usd(row.ci95[1])}"
    if row.is_told is False:
        return NumberView(label, "cannot be told", "", f"{between}: wider than its trade")
    return NumberView(label, usd(row.net_gain_usd), page, between or "no interval", options)


def _why_no_legs(this: EconomyInEpisode, found: HubsMeasured) -> str:
    if this.member is not None:
        return ""
    if this.supplier is None:
        return "Both legs cannot be shown: it has no figures of trade with the target in both windows."
    return "Both legs cannot be shown: trade of the coalition with it is not in the lake for both windows, or this role has none."


def _hub_facts(this: EconomyInEpisode, found: HubsMeasured) -> tuple[tuple[str, str], ...]:
    """Return terms and values of its match against chance."""
    hub, routing = this.hub, found.routing
    if hub is None or routing is None:
        return ()

    def money(value: float | None) -> str:
        return "not known" if value is None else f"{usd(value)} a year"

    return (
        ("Hub by", "the episode’s list" if hub.by == "list" else "rule: found among all economies outside the coalition"),
        ("More than expected from the coalition to it", money(hub.e1_usd)),
        ("More than expected from it to the target", money(hub.e2_usd)),
        ("Match on both legs, at most", money(hub.match_usd)),
        ("The same with a first leg from anyone", money(hub.match_any_origin_usd)),
        ("Threshold of chance", f"{money(hub.threshold_usd)} ({routing.draws:,} draws, seed {routing.seed})"),
        ("Counted", money(hub.net_usd)),
        ("Why", told(one_line(hub.because), found.finding, found.names)),
        ("Periods without the leg to the target", ", ".join(hub.missing_periods) or "none"),
    )  # fmt: skip


def _explore(found: HubsMeasured, code: str) -> dict[str, str]:
    """Return the options of Explore that show its trade with the target by both reports."""
    finding = found.finding
    options = {
        "reporters": code,
        "partners": finding.target,
        "goods": str(found.query.goods or finding.goods),
        "flow": "X" if finding.direction == "exports-to-target" else "M",
        "both": "true",
    }
    return {**options, **({"as_of": found.query.as_of} if found.query.as_of else {})}
