"""The two sentences below the title and the plausible range: at most three numbers, no sentence over thirty words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from stopgap.briefs.first_page.parties import Parties, economy, leaders, named, parties
from stopgap.briefs.first_page.reading import (
    ReplacementReading,
    is_loss_unsure,
    may_be_named,
    reading,
    share_and_interval,
)
from stopgap.briefs.formats.text import NBSP, percent, sentence_case, usd
from stopgap.briefs.net.words import leads_with_symmetric, share_interval
from stopgap.briefs.vocabulary import Members, is_loss_known, is_substitution, words_of
from stopgap.briefs.wording import a_year, by_filled, rise_clause, total_filled_usd
from stopgap.measures.backfill.results import Finding

MOST_WORDS = 30
_MOST_TOLD = 2.0
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def window_words(window: tuple[str, str]) -> str:
    """A window in words: ``2023``, ``2023 and 2024``, ``2017 to 2019``, ``April 2020 to March 2021``."""
    first, last = (re.fullmatch(r"(\d{4})-(\d{2})", month) for month in window)
    if first is None or last is None:
        return f"{window[0]} to {window[1]}"
    if (first[2], last[2]) == ("01", "12"):
        begin, end = int(first[1]), int(last[1])
        if begin == end:
            return first[1]
        return f"{begin} and {end}" if end == begin + 1 else f"{begin} to {end}"
    names = [f"{_MONTHS[int(found[2]) - 1]} {found[1]}" for found in (first, last)]
    return names[0] if names[0] == names[1] else f"{names[0]} to {names[1]}"


def _in(window: tuple[str, str]) -> str:
    text = window_words(window)
    return f"from {text}" if " to " in text else f"in {text}"


def sentences(
    finding: Finding, names: Mapping[str, str], goods_titles: Mapping[str, str], members: Members = None
) -> tuple[str, str]:
    """What was lost, and how much others made up; at most three numbers beside the years."""
    found = parties(finding, names, goods_titles, members)
    if not is_loss_known(finding):
        return _unknown(finding, names, found)
    return _shortest(_lost(finding, found)), _shortest(_made_up(finding, names, found))


def _shortest(wordings: Iterable[str]) -> str:
    """The first wording of at most thirty words, else the last."""
    text = ""
    for text in wordings:
        if len(text.split()) <= MOST_WORDS:
            return sentence_case(text)
    return sentence_case(text)


def _unknown(finding: Finding, names: Mapping[str, str], found: Parties) -> tuple[str, str]:
    """No member with figures in both windows; and how much more all others traded, gross."""
    words = words_of(finding)
    goods = f"{found.goods_in_full} {words.member_preposition} {found.target}"
    first = (
        f"no member of the coalition has figures of its {words.member_trade} of {goods} for both periods, so what it lost is "
        "not known."
    )
    if not finding.suppliers:
        return sentence_case(first), f"Nor has any other {words.actor}, so who {words.traded} more is not known."
    market = found.target if words.traded == "sold" and not is_substitution(finding) else ""
    after, before = _in(finding.windows.after), _in(finding.windows.baseline)
    return sentence_case(first), sentence_case(f"{after} {rise_clause(finding, names, market)} than {before}.")


def _lost(finding: Finding, found: Parties) -> list[str]:
    words, loss, year = words_of(finding), finding.suspended.loss_usd, a_year(finding)
    after, before = _in(finding.windows.after), _in(finding.windows.baseline)
    amount, than = f"{usd(abs(loss))}{year} {'less' if loss > 0 else 'more'} in", "than"
    if usd(loss) == usd(0):
        amount, than = "as much in", "as"
    told = []
    for goods in (found.goods_in_full, found.goods):
        if words.member_traded == "sold":
            what = f"sold {found.target} {amount} {goods}"
        else:
            what = f"{words.member_traded} {amount} {goods} from {found.target}"
        comma = "," if found.counted[:1].isdigit() else ""
        told.append(f"{after}{comma} {found.counted} {what} {than} {before}.")
    return told


def _made_up(finding: Finding, names: Mapping[str, str], found: Parties) -> list[str]:
    words, suspended = words_of(finding), finding.suspended
    if not finding.suppliers:
        return [f"No other {words.actor} has figures for both periods, so who made it up is not known."]
    if is_loss_unsure(finding):
        low, high = suspended.ci95 or (0.0, 0.0)
        return [
            f"That change may be chance: its plausible range runs from {percent(-high)} to {_more(-low)}, so no share "
            "made up is given."
        ]
    known = share_and_interval(finding)
    if known is not None and leads_with_symmetric(finding):
        return _of_the_gap(finding, names, known[0])
    if suspended.loss_usd <= 0:
        return ["There is no loss to make up, so no share is given."]
    if known is not None:
        return _of_the_loss(finding, names, known[0])
    return _gross(finding, names)


def _more(share: float) -> str:
    return f"+{percent(share)}" if share > 0 else percent(share)


def _mainly(finding: Finding, names: Mapping[str, str]) -> list[str]:
    """Insertion that names the supplier with most of the net gain, then nothing; nothing alone where none has most."""
    net, rows = finding.counterfactual.net_usd, [row for row in leaders(finding) if may_be_named(row)]
    first = rows[0].net_gain_usd if rows else None
    if net is None or first is None or rows[0].is_told is False or not 0 < net / 2 < first:
        return [""]
    return [f", mainly {economy(rows[0].supplier, names)},", ""]


def _estimate(share: float) -> str:
    return (
        f"more than all of it, an estimated {percent(share)}" if share > 1 else f"an estimated {percent(share)} of it"
    )


def _of_the_gap(finding: Finding, names: Mapping[str, str], share: float) -> list[str]:
    words = words_of(finding)
    gap = finding.suspended.counterfactual_loss_usd or 0.0
    start = f"allowing for what would have been {words.member_traded} anyway, the gap is {usd(gap)}{a_year(finding)}"
    if reading(finding) is ReplacementReading.UNTOLD:
        return [f"{start}; how much of it other {words.actors} made up cannot be told."]
    if share <= 0:
        return [f"{start}; other {words.actors} made up none of it."]
    return [f"{start}; other {words.actors}{who} made up {_estimate(share)}." for who in _mainly(finding, names)]


def _of_the_loss(finding: Finding, names: Mapping[str, str], share: float) -> list[str]:
    words = words_of(finding)
    beyond = f"beyond what they would have {words.traded} anyway"
    if reading(finding) is ReplacementReading.UNTOLD:
        return [f"how much of it other {words.actors} made up, {beyond}, cannot be told."]
    if share <= 0:
        return [f"other {words.actors} made up none of it {beyond}."]
    return [f"other {words.actors}{who} made up {_estimate(share)}, {beyond}." for who in _mainly(finding, names)]


def _gross(finding: Finding, names: Mapping[str, str]) -> list[str]:
    """What other suppliers filled by the allocation, as the picture shows, where no interval can be had."""
    words = words_of(finding)
    if not by_filled(finding):
        return [f"no other {words.actor} {words.traded} more of what was lost."]
    share = total_filled_usd(finding) / finding.identity.loss_usd
    of = "that" if usd(finding.suspended.loss_usd) == usd(finding.identity.loss_usd) else "the losses good by good"
    tail = f"how much they would have {words.traded} anyway is not known."
    rows = leaders(finding)
    who = [f", {named(each, names)} first," for each in (rows, rows[:1]) if each]
    return [
        f"other {words.actors}{name} {words.traded} enough more to cover {percent(share)} of {of}; {tail}"
        for name in (*dict.fromkeys(who), "")
    ]


def range_sentence(finding: Finding) -> str:
    """The plausible range of what others made up, in words; why there is none."""
    words, known = words_of(finding), share_and_interval(finding)
    if not finding.suppliers:
        return f"Plausible range: none can be given without figures of other {words.actors}."
    if not is_loss_known(finding):
        return "Plausible range: none can be given, for what the coalition lost is not known."
    if is_loss_unsure(finding):
        return "Plausible range of what others made up: none can be given, for the loss itself may be chance."
    if known is None and finding.suspended.loss_usd <= 0:
        return "Plausible range: none, for there is no loss."
    if known is None:
        reason = (
            f"the figures do not show what others would have {words.traded} anyway"
            if finding.counterfactual.method is None
            else f"too few other {words.places} are there to compare with"
        )
        return f"Plausible range: none can be given, because {reason}."
    low, high = known[1]
    what = "the gap" if leads_with_symmetric(finding) else "that loss"
    if high <= 0:
        return f"Plausible range: none of {what} was made up."
    most = f"{percent(high)} of {what}" if high <= _MOST_TOLD else f"more than twice {what}"
    return f"Plausible range: from {'none' if low <= 0 else percent(low)} to {most}."


def range_note(finding: Finding) -> str:
    """Small print below the range: the interval as a figure, and how often so large an excess came by chance."""
    known, rank = share_and_interval(finding), finding.backfill.placebo_rank
    if known is None or is_loss_unsure(finding):
        return ""
    text = f"95{NBSP}% interval {share_interval(known[1])}"
    if rank is None:
        return f"{text}."
    places = words_of(finding).places
    return f"{text}. An excess as large or larger, relative to usual swings, at {rank[0] - 1} of {rank[1] - 1} other {places}."
