"""Sentences on net backfill and its uncertainty.

A net figure always comes with its interval, or with the reason why it has none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from stopgap.briefs.formats.text import NBSP, listing, number, one_line, ordinal, percent, sentence_case, usd
from stopgap.briefs.vocabulary import (
    DirectionWords,
    Members,
    coalition_of,
    is_loss_known,
    is_substitution,
    market_of,
    name_of,
    possessive,
    target_of,
    told,
    words_of,
)
from stopgap.measures.backfill.results import Finding, Interval
from stopgap.measures.statistics.placebo import LEAST_PLACEBOS

_HALF = 0.5
_NO_LOSS_INTERVAL = "the loss has no interval: "


def share_interval(interval: Interval) -> str:
    """Format an interval of shares: ``−4 to 93 %``; empty for ``None``."""
    if interval is None:
        return ""
    low, high = percent(interval[0]), percent(interval[1])
    return f"{low.removesuffix(f'{NBSP}%')} to {high}"


def usd_interval(interval: Interval) -> str:
    """Format an interval of dollars: ``1.1 to 22.8 bn``, ``−4.4 bn to 214 m``; empty for ``None``."""
    if interval is None:
        return ""
    low, high = (usd(value, currency=False) for value in interval)
    if NBSP in low and low.split(NBSP)[-1] == high.split(NBSP)[-1]:
        low = low.split(NBSP)[0]
    return f"{low} to {high}"


def with_interval_usd(interval: Interval) -> str:
    """Format an interval of dollars with its name: ``95 % interval 1.1 to 22.8 bn``, or ``no interval``."""
    return "no interval" if interval is None else f"95{NBSP}% interval {usd_interval(interval)}"


def with_interval(interval: Interval) -> str:
    """Format an interval of shares with its name: ``95 % interval −4 to 93 %``, or ``no interval``."""
    return "no interval" if interval is None else f"95{NBSP}% interval {share_interval(interval)}"


def loss_may_be_zero(finding: Finding) -> bool:
    """Whether there is a loss and its interval includes 0."""
    suspended = finding.suspended
    return suspended.loss_usd > 0 and suspended.ci95 is not None and suspended.ci95[0] <= 0


def leads_with_symmetric(finding: Finding) -> bool:
    """Whether a headline can lead with the symmetric ratio: it exists and has an interval."""
    return finding.backfill.symmetric_ratio is not None and finding.backfill.symmetric_ci95 is not None


def leads_with_net(finding: Finding) -> bool:
    """Whether a headline can lead with a net figure: the symmetric or else the net ratio, with an interval."""
    if leads_with_symmetric(finding):
        return True
    return finding.backfill.net_ratio is not None and finding.backfill.net_ci95 is not None


def net_clause(finding: Finding, names: Mapping[str, str], members: Members = None) -> str:
    """Second half of a headline: net backfill with its interval and rank; only where `leads_with_net`."""
    words, backfill = words_of(finding), finding.backfill
    is_symmetric = leads_with_symmetric(finding)
    ratio = (backfill.symmetric_ratio if is_symmetric else backfill.net_ratio) or 0.0
    interval = with_interval(backfill.symmetric_ci95 if is_symmetric else backfill.net_ci95)
    rank = rank_clause(finding, names, members)
    if ratio < 0:
        text = (
            f"other {words.actors} {words.traded} less than they would have {words.traded} anyway: "
            f"net backfill is {percent(ratio)} of that ({interval})"
        )
        return f"{text}; by such excess {rank}" if rank else text
    text = (
        f"other {words.actors} {words.backfilled} {percent(ratio)} of that beyond what they would have "
        f"{words.traded} anyway ({interval})"
    )
    return f"{text}, an excess by which {rank}" if rank else text


def rank_clause(finding: Finding, names: Mapping[str, str], members: Members = None) -> str:
    """Clause on the rank of the market's excess: ``Russia ranks 2nd of 41 destinations``; empty without one."""
    place = finding.backfill.placebo_rank
    if place is None:
        return ""
    several = is_substitution(finding) and coalition_of(finding, names, members).pronoun == "they"
    ranks = "rank" if several else "ranks"
    return f"{market_of(finding, names, members)} {ranks} {ordinal(place[0])} of {place[1]} {words_of(finding).places}"


def yardstick_clause(finding: Finding, pronoun: str = "they") -> str:
    """Clause that follows the loss in a headline, with the counterfactual loss; empty where the headline lacks it.

    `pronoun` stands for the coalition.
    """
    loss = finding.suspended.counterfactual_loss_usd
    if loss is None or not leads_with_symmetric(finding):
        return ""
    amount = f"{usd(abs(loss))} a year {'less' if loss >= 0 else 'more'}"
    return f", and {amount} than {pronoun} would have {words_of(finding).member_traded} since"


def beside_sentence(finding: Finding, *, with_gross: bool = True) -> str:
    """Sentence with the ratios beside the symmetric one: net, `with_gross` gross, by the loss from the baseline, and real.

    Empty where the symmetric ratio does not lead.
    """
    backfill, loss = finding.backfill, finding.suspended.loss_usd
    if not leads_with_symmetric(finding) or loss <= 0:
        return ""
    parts = []
    if backfill.net_ratio is not None:
        parts.append(f"the net ratio is {percent(backfill.net_ratio)} ({with_interval(backfill.net_ci95)})")
    if with_gross and backfill.gross_ratio is not None:
        parts.append(f"the gross ratio {percent(backfill.gross_ratio)}")
    if backfill.real_ratio is not None and _has_quantities(finding):
        parts.append(f"the gross ratio at baseline prices {percent(backfill.real_ratio)}")
    if not parts:
        return ""
    return f"Against the loss from the baseline alone (L, {usd(loss)} a year), {listing(parts)}."


def _has_quantities(finding: Finding) -> bool:
    """Whether at least half of both the lost trade and the others' trade has quantities."""
    sides = () if finding.real is None else (finding.real.loss, finding.real.gain)
    return bool(sides) and all(side is not None and (side.adjusted_share or 0.0) >= _HALF for side in sides)


def net_part(finding: Finding) -> str:
    """Sentences on what the interval of the net ratio tells, or on why all figures are gross."""
    backfill = finding.backfill
    if leads_with_symmetric(finding):
        return f"{_reading(finding, 'net backfill', backfill.symmetric_ci95)} Amounts are gross where they are not called net."
    if backfill.net_ratio is None:
        return (
            "All figures are gross: they compare two windows and make no allowance for trade that "
            f"would have grown anyway. {why_no_net(finding)}"
        )
    if backfill.net_ci95 is None:
        return (
            f"The net ratio is {percent(backfill.net_ratio)}, without an interval: {why_no_interval(finding)}. "
            "All other figures are gross."
        )
    return f"{_reading(finding, 'the net ratio', backfill.net_ci95)} Amounts are gross where they are not called net."


def _reading(finding: Finding, what: str, interval: Interval) -> str:
    """Sentence on whether an interval lies above 0, below it, or holds it."""
    low, high = interval or (0.0, 0.0)
    if low > 0:
        return f"The interval of {what} lies above 0{_by_rank(finding)}."
    if high < 0:
        return f"The interval of {what} lies below 0."
    return f"The interval of {what} includes 0: at 95{NBSP}% these figures cannot tell net backfill from none."


def _by_rank(finding: Finding) -> str:
    """Caveat where over one in twenty destinations moved as far: the interval alone overstates certainty; or empty."""
    rank = finding.backfill.placebo_rank
    if rank is None or rank[0] <= rank[1] / 20:
        return ""
    places = words_of(finding).places
    return (
        f", yet {rank[0] - 1} of {rank[1] - 1} other {places} went as far beyond by their own spread: "
        "by rank alone the excess may be chance"
        if rank[0] > 1
        else f", yet {rank[1] - 1} other {places} are too few for the rank to bear it out"
    )


def why_no_net(finding: Finding) -> str:
    """Sentence on why there is no net ratio."""
    if not is_loss_known(finding):
        return "What the coalition lost is not known, so there is no net ratio."
    if finding.suspended.loss_usd <= 0:
        return "There is no loss, so there is no net ratio."
    if loss_may_be_zero(finding):
        return (
            f"The loss is not distinguishable from 0 ({with_interval(finding.suspended.ci95)}), "
            "so backfill as a share of it is not defined."
        )
    reason = told(finding.counterfactual.reason or "", finding)
    return f"No net figure can be had: {reason}." if reason else "Net figures are not computed."


def net_reason(finding: Finding) -> str:
    """Sentence on why a headline cannot lead with the net ratio; empty where it can."""
    if leads_with_net(finding):
        return ""
    if finding.backfill.net_ratio is None:
        return why_no_net(finding)
    return f"The net ratio has no interval: {why_no_interval(finding)}."


def why_no_interval(finding: Finding) -> str:
    words, placebos = words_of(finding), len(finding.counterfactual.placebo_targets)
    if placebos < LEAST_PLACEBOS:
        return f"{placebos} other {words.places} trade enough to compare with, and {LEAST_PLACEBOS} are needed"
    return f"nothing was expected of {words.actors} with a baseline"


def loss_sentence(finding: Finding, names: Mapping[str, str] | None = None, members: Members = None) -> str:
    """Sentence on the interval of the coalition's loss, or why it has none."""
    suspended = finding.suspended
    if suspended.loss_share is None:
        return ""
    fell = "loss" if suspended.loss_usd > 0 else "change"
    whose = f"The {fell} of {coalition_of(finding, names or {}, members).noun}"
    if suspended.ci95 is not None:
        share = suspended.loss_share if suspended.loss_usd > 0 else -suspended.loss_share
        low, high = suspended.ci95 if suspended.loss_usd > 0 else (-suspended.ci95[1], -suspended.ci95[0])
        return f"{whose}, {percent(share)}, has a {with_interval((low, high))}."
    reason = next((w.removeprefix(_NO_LOSS_INTERVAL) for w in finding.warnings if w.startswith(_NO_LOSS_INTERVAL)), "")  # fmt: skip
    return f"{whose} has no interval{': ' + one_line(reason) if reason else ''}."


def rests_on(finding: Finding, names: Mapping[str, str], members: Members = None) -> tuple[str, ...]:
    """Paragraphs on the basis of the net figures; without net figures, only the reason."""
    found, words = finding.counterfactual, words_of(finding)
    if found.method is None:
        return (why_no_net(finding),)
    market = market_of(finding, names, members)
    told = (
        _arithmetic(finding, words, market),
        _yardstick(finding, names, members),
        _ordinary(finding, words, market),
        _beside(finding),
    )
    return tuple(text for text in (*told, _chance(finding, words)) if text)


def _arithmetic(finding: Finding, words: DirectionWords, market: str) -> str:
    found = finding.counterfactual
    if found.observed_usd is None or found.expected_usd is None or found.net_usd is None:
        return ""
    also = ", times the turn of ordinary goods there" if found.ordinary_excess is not None else ""
    text = (
        f"{sentence_case(words.actors)} that {words.traded} a good {words.preposition} {market} in the baseline "
        f"{words.traded} {usd(found.observed_usd)} a year after. At the growth of their own {words.trade} of the same goods "
        f"elsewhere{also}, they would have {words.traded} {usd(found.expected_usd)} a year."
    )
    if found.entrants_usd:
        text += (
            f" {sentence_case(words.trade)} of goods without a baseline, {usd(found.entrants_usd)} a year, count whole."
        )
    return f"{text} The net change is {usd(found.net_usd)} a year."


def _yardstick(finding: Finding, names: Mapping[str, str], members: Members) -> str:
    """Sentences on the counterfactual loss and the symmetric ratio; why there is none.

    Whose growth elsewhere it rests on: the coalition's own, or the target's where the coalition bought less from it.
    """
    found, suspended, backfill = finding.counterfactual, finding.suspended, finding.backfill
    words, coalition, target = words_of(finding), coalition_of(finding, names, members), target_of(finding, names)
    turned = is_substitution(finding)
    whose = target if turned else coalition.noun
    if suspended.counterfactual_loss_usd is None or found.loss_expected_usd is None:
        return (
            f"The growth of {whose} elsewhere is not in the figures, so the loss is against the baseline alone: "
            "the ratio moves with the choice of baseline years."
        )
    yardstick = (
        f"By the same yardstick, the growth of {possessive(whose)} sales elsewhere,"
        if turned
        else "By the same yardstick"
    )
    text = (
        f"{yardstick} {coalition.noun} would have {words.member_traded} {usd(found.loss_expected_usd)} a year "
        f"{words.member_preposition} {target}, against "
        f"{usd(found.loss_expected_usd - suspended.counterfactual_loss_usd)} {words.member_traded}. The difference, "
        f"{usd(suspended.counterfactual_loss_usd)} ({with_interval_usd(suspended.counterfactual_loss_ci95)}), is the "
        "counterfactual loss"
    )
    if backfill.symmetric_ratio is None:
        return f"{text}, which is not distinguishable from 0: net backfill as a share of it is not defined."
    text += "."
    if found.diversion is not None and found.diversion.share > 0.005:
        moved = "sold" if turned else words.member_traded
        text += (
            f" {percent(found.diversion.share)} of what was set free was {moved} elsewhere and is left out of "
            f"the growth of {whose}."
        )
    return text


def _ordinary(finding: Finding, words: DirectionWords, market: str) -> str:
    found = finding.counterfactual
    if found.ordinary_excess is None:
        return (
            f"Method: double difference, because no ordinary goods (goods that no list of the episode names) are known "
            f"at this level. A turn of {possessive(market)} whole {words.turn} is therefore in the net figure."
        )
    text = (
        f"Method: triple difference. {sentence_case(words.trade)} of {found.ordinary_goods} ordinary goods, which no list of "
        f"the episode names, {words.preposition} {market} moved by a factor of {number(math.exp(found.ordinary_excess))} "
        "against growth elsewhere"
    )
    band = found.ordinary_band
    if band is None:
        return f"{text}; how far they move by chance cannot be told."
    text += f"; by chance they move by {number(math.exp(-band))} to {number(math.exp(band))} (95{NBSP}%)"
    if (one := found.one_excess) is not None and one.ordinary_excess is not None:
        text += (
            f". That is where none of a good was lost (dose response); all ordinary goods together moved by "
            f"{number(math.exp(one.ordinary_excess))}"
            + ("" if one.symmetric_ratio is None else f", which would give {percent(one.symmetric_ratio)}")
        )
    if abs(found.ordinary_excess) <= band:
        return f"{text}."
    return f"{text}. That is more than chance: {words.turn} turned there, or ordinary goods were touched too."


def _beside(finding: Finding) -> str:
    """Sentence that compares the double with the triple difference, and says what a gap means."""
    found, interval = finding.counterfactual, finding.backfill.net_ci95
    beside = found.double_difference
    if found.ordinary_excess is None or beside is None or beside.net_ratio is None:
        return ""
    text = (
        f"Without ordinary goods (double difference) the ratio is {percent(beside.net_ratio)} "
        f"({with_interval(beside.net_ci95)})"
    )
    if interval is None:
        return f"{text}."
    if interval[0] <= beside.net_ratio <= interval[1]:
        return f"{text}, within the interval of the net ratio."
    return (
        f"{text}, outside the interval of the net ratio. Ordinary goods that were touched too would bias the net ratio, a "
        f"turn of {words_of(finding).turn} there the double difference; these figures cannot tell which."
    )


def _chance(finding: Finding, words: DirectionWords) -> str:
    found = finding.counterfactual
    if not found.placebo_excess:
        return f"There is neither interval nor rank: {why_no_interval(finding)}."
    others = len(found.placebo_excess) - 1
    carries = "It takes the loss as it is."
    if leads_with_symmetric(finding):
        carries = (
            "That of the symmetric ratio carries the errors of both counterfactuals, and their correlation there; that of the "
            "net ratio takes the loss as it is."
        )
    return (
        f"The interval is read off {others} other {words.places}, to which nothing happened: it is as wide as such an excess "
        f"moves there by chance (Donald and Lang). {carries} The rank compares each excess with its own "
        f"chance spread, for a small or concentrated trade scatters more."
    )


def without_net(finding: Finding, names: Mapping[str, str]) -> str:
    """Sentence that names the suppliers without a net figure; empty where all have one."""
    left = [name_of(row.supplier, names) for row in finding.suppliers if row.net_gain_usd is None]
    if not left or finding.counterfactual.method is None:
        return ""
    return f"Without a counterfactual, and so in no net figure: {listing(left)}."
