"""Sentences of a brief, generated from a finding: no number is typed by hand.

The wording follows the direction of the suspended trade: suppliers sell to the
target, or buyers buy from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stopgap.base.vocab import Direction, LossKind
from stopgap.briefs.formats.text import is_one_year, listing, one_line, percent, sentence_case, usd, window_name
from stopgap.briefs.net.words import (
    leads_with_net,
    leads_with_symmetric,
    loss_may_be_zero,
    net_clause,
    with_interval,
    yardstick_clause,
)
from stopgap.briefs.vocabulary import name_of, words_for
from stopgap.measures.backfill.results import Finding, SupplierResult
from stopgap.panel.silence import SHOWN

_REPORTS = {"exporter": "exporters’", "importer": "importers’"}


def goods_phrase(title: str) -> str:
    """Name a goods list in mid-sentence: ``machinery and electronics (HS 84 and 85)``.

    A title with capitals or digits within is a name and is quoted: ``goods of the list “Common High Priority List”``.
    """
    plain = one_line(title)
    head = plain.split("(")[0]
    is_name = any(char.isupper() for char in head[1:]) or any(char.isdigit() for char in head)
    if is_name or not plain:
        return f"goods of the list “{plain}”"
    return plain[0].lower() + plain[1:]


def filled_usd(row: SupplierResult) -> float:
    """Dollars of the loss that the allocation assigns to a supplier: in the same good, then in the same heading."""
    return row.filled_same_good_usd + row.filled_same_heading_usd


def by_filled(finding: Finding) -> list[SupplierResult]:
    """Suppliers that filled part of the loss, the largest first; ties by code."""
    rows = [row for row in finding.suppliers if filled_usd(row) > 0]
    return sorted(rows, key=lambda row: (-filled_usd(row), row.supplier))


def total_filled_usd(finding: Finding) -> float:
    """The part of the loss that others filled, in the same good or heading."""
    return finding.identity.filled_same_good_usd + finding.identity.filled_same_heading_usd


def _a_year(finding: Finding) -> str:
    both = finding.windows
    return "" if is_one_year(both.baseline) and is_one_year(both.after) else " a year"


def _between(finding: Finding) -> str:
    return f"in {window_name(finding.windows.after)} than in {window_name(finding.windows.baseline)}"


def headline_sentence(finding: Finding, names: Mapping[str, str], goods_titles: Mapping[str, str] | None = None) -> str:
    """Headline sentence of a brief: lost, filled by whom, not filled.

    The three amounts are those of the allocation, so they add up; where the loss is
    not above 0 the sentence says so instead.
    """
    words = words_for(finding.direction)
    target = name_of(finding.target, names)
    goods = goods_phrase((goods_titles or {}).get(finding.goods, finding.goods))
    loss, year = finding.suspended.loss_usd, _a_year(finding)
    exports = finding.direction == Direction.EXPORTS_TO_TARGET
    whom, whence = (f" {target}", "") if exports else ("", f" from {target}")
    if loss <= 0:
        more = f"{usd(-loss)}{year} more {goods}{whence}" if loss < 0 else f"as much {goods}{whence}"
        as_than = _between(finding) if loss < 0 else _between(finding).replace(" than in ", " as in ")
        if leads_with_symmetric(finding):
            start = f"Coalition members {words.traded}{whom} {more} {as_than}"
            return f"{start}{yardstick_clause(finding)}; {net_clause(finding, names)}."
        return (
            f"Coalition members {words.traded}{whom} {more} {as_than}: "
            "there is no loss to fill, and no backfill ratio is defined."
        )
    start = f"Coalition members {words.traded}{whom} {usd(loss)}{year} less {goods}{whence} {_between(finding)}"
    if loss_may_be_zero(finding):
        start += f" (not distinguishable from 0: {with_interval(finding.suspended.ci95)} of the loss share)"
    if leads_with_net(finding):
        return f"{start}{yardstick_clause(finding)}; {net_clause(finding, names)}."
    counted, whole = _counted(finding)
    return f"{start}{counted}; {_filled_clause(finding, names, whole)}."


def _counted(finding: Finding) -> tuple[str, str]:
    """Clause with the allocation's loss where it differs from the signed one, and the pronoun for the loss."""
    identity, words = finding.identity, words_for(finding.direction)
    if usd(finding.suspended.loss_usd) == usd(identity.loss_usd):
        return "", "it"
    return f"; counting only the goods in which they {words.traded} less, {usd(identity.loss_usd)}", "that"


def _filled_clause(finding: Finding, names: Mapping[str, str], whole: str) -> str:
    """Clause on who filled how much of the loss, by the allocation: gross."""
    words, identity = words_for(finding.direction), finding.identity
    if not finding.suppliers:
        return f"no other {words.actor} has figures in both windows, so who {words.took} {whole} is not known"
    filled, ranked = total_filled_usd(finding), by_filled(finding)
    if not ranked or filled <= 0:
        return f"other {words.actors} {words.took} none of {whole}"
    leader = name_of(ranked[0].supplier, names)
    alone = f", {leader} alone {usd(filled_usd(ranked[0]))}" if len(ranked) > 1 else ""
    who = f"other {words.actors}" if len(ranked) > 1 else leader
    if usd(identity.unfilled_usd) == usd(0):
        return f"{who} {words.took} all of {whole}{alone}"
    return (
        f"{who} {words.took} {usd(filled)} of {whole}{alone}, and {usd(identity.unfilled_usd)} was {words.not_filled}"
    )


def filled_sentence(finding: Finding, names: Mapping[str, str]) -> str:
    """Sentence with the gross amounts of the allocation, for a brief whose headline is net; empty without a loss."""
    if finding.suspended.loss_usd <= 0:
        return ""
    identity = finding.identity
    counted, whole = _counted(finding)
    clause = _filled_clause(finding, names, f"the {usd(identity.loss_usd)}")
    rise = counted.removeprefix("; ").rpartition(",")[0]
    return f"Gross, {f'{rise}, ' if whole == 'that' else ''}{clause}."


def gross_sentence(finding: Finding) -> str:
    """Sentence on the signed gross measure, and what it counts."""
    words = words_for(finding.direction)
    if not finding.suppliers:
        return f"Nothing is known of what other {words.actors} {words.traded}: missing is not zero."
    gain = sum(row.gain_usd for row in finding.suppliers)
    ratio = finding.backfill.gross_ratio
    against = (
        f", {percent(ratio)} of the loss (the gross ratio)"
        if ratio is not None
        else "; against no loss, a gross ratio is not defined"
    )
    change = f"{'rose' if gain > 0 else 'fell'} by {usd(abs(gain))}{_a_year(finding)}"
    if usd(gain) == usd(0):
        change = "did not change"
    return f"Counting also those that {words.traded} less, {words.trade} by all other {words.actors} {change}{against}."


def split_sentence(finding: Finding) -> str:
    """Sentence on what else the unfilled part includes, such as lower demand."""
    words = words_for(finding.direction)
    reason = (
        "lower demand and the target’s own output"
        if finding.direction == Direction.EXPORTS_TO_TARGET
        else "lower output and use within the target"
    )
    return f"What was {words.not_filled} also holds {reason}; trade statistics cannot split them."


def denominator(finding: Finding) -> str:
    """Text on the loss that shares are taken of; both losses where goods that rose make them differ."""
    loss, positive = finding.suspended.loss_usd, finding.identity.loss_usd
    text = "none, for the coalition’s trade did not fall"
    if loss > 0:
        text = f"the coalition’s lost trade, {usd(loss)} a year"
    if loss > 0 and usd(loss) != usd(positive):
        text += f" (allocation: {usd(positive)}, only the goods in which it fell)"
    counterfactual = finding.suspended.counterfactual_loss_usd
    if counterfactual is not None and finding.backfill.symmetric_ratio is not None:
        text += f"; of the symmetric ratio, its counterfactual loss, {usd(counterfactual)} a year"
    return text


def loss_words(finding: Finding) -> str:
    """Text on what the loss may be called, and how much of it is in goods under a measure."""
    split = finding.measures
    if finding.loss_kind == LossKind.SUSPENDED:
        return "suspended: " + (
            "the goods that the episode’s list names" if split is None else "every good is under a measure"
        )
    if split is None or split.under_measure is None:
        return (
            f"trade lost, not suspended: {finding.coverage.level} figures do not tell goods under a measure from others"
        )
    text = f"trade lost; {usd(split.under_measure.loss_usd)} of it in goods under a measure"
    if split.no_table_members:
        text += (
            f", and {usd(split.no_table.loss_usd if split.no_table else 0.0)} of members without a table of measures"
        )
    return text


def facts(finding: Finding, goods_titles: Mapping[str, str]) -> list[tuple[str, str]]:
    """Basis of every number of a finding (goods, windows, report, coverage …), as pairs of term and value."""
    title = one_line(goods_titles.get(finding.goods, finding.goods))
    coverage = finding.coverage.share_of_baseline_reported
    return [
        ("Denominator", denominator(finding)),
        ("Kind of loss", loss_words(finding)),
        ("Goods list", f"{title} [{one_line(finding.goods)}, version {one_line(finding.goods_version)}]"),
        ("Route", finding.route),
        ("Baseline", window_name(finding.windows.baseline)),
        ("After", window_name(finding.windows.after)),
        ("Valuation", f"{finding.valuation}, current US dollars"),
        ("Report", f"{_REPORTS.get(finding.report, finding.report)} reports"),
        ("Vintage", one_line(finding.as_of)),
        (
            "Coverage",
            "not known"
            if coverage is None
            else f"economies with {percent(coverage)} of baseline trade also reported the after-window",
        ),
    ]


def counterfactual_fact(finding: Finding) -> tuple[str, str]:
    """Method of the counterfactual and number of placebos, as a term and its value."""
    found = finding.counterfactual
    if found.method is None:
        return "Counterfactual", f"none{': ' + one_line(found.reason) if found.reason else ''}"
    places = words_for(finding.direction).places
    return "Counterfactual", f"{found.method}, {len(found.placebo_targets)} placebo {places}"


def facts_line(finding: Finding, goods_titles: Mapping[str, str], *, with_counterfactual: bool = False) -> str:
    """`facts` as one line, for a caption."""
    pairs = facts(finding, goods_titles)
    if with_counterfactual:
        pairs.append(counterfactual_fact(finding))
    return "; ".join(f"{term.lower()}: {value}" for term, value in pairs) + "."


def missing_sentence(finding: Finding, names: Mapping[str, str]) -> str:
    """Sentences on economies omitted for not reporting both windows: some are named, the others counted."""
    unseen = finding.coverage.missing_without_baseline_trade
    silent = [code for code in finding.coverage.missing_reporters if code not in unseen]
    if not silent and not unseen:
        return "Every economy that reported the baseline also reported the after-window."
    sentences = []
    if silent:
        verb = "are" if len(silent) > 1 else "is"
        sentences.append(
            f"{sentence_case(some_economies(silent, names))} did not report both windows and {verb} in neither: "
            "missing is not zero."
        )
    if unseen:
        words = words_for(finding.direction)
        sentences.append(
            f"{sentence_case(some_economies(unseen, names))} {words.traded} nothing in the baseline and did not report "
            "the after-window: a newcomer there would not be seen."
        )
    return " ".join(sentences)


def some_economies(codes: Sequence[str], names: Mapping[str, str], shown: int = SHOWN) -> str:
    """List economies by name, the excess as a count: ``a, b and 30 others``."""
    more = len(codes) - shown
    found = [name_of(code, names) for code in codes[:shown]]
    return listing([*found, f"{more} other{'s' if more > 1 else ''}"] if more > 0 else found)
