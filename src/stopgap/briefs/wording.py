"""Sentences of a brief, generated from a finding: no number is typed by hand.

The wording follows the role of the episode: suppliers sell to the target, buyers buy from it, or other suppliers
sell to the coalition. A supplier's `gross change` is signed; what the allocation assigns to it is `filled`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stopgap.base.vocab import LossKind
from stopgap.briefs.formats.text import is_one_year, listing, one_line, percent, period_text, sentence_case, usd
from stopgap.briefs.net.words import (
    leads_with_net,
    leads_with_symmetric,
    loss_may_be_zero,
    net_clause,
    with_interval,
    yardstick_clause,
)
from stopgap.briefs.vocabulary import (
    GROSS_CHANGE,
    Members,
    coalition_of,
    is_loss_known,
    is_purchase,
    is_substitution,
    market_of,
    name_of,
    target_of,
    told,
    windows_named,
    words_of,
)
from stopgap.measures.backfill.results import Finding, SupplierResult
from stopgap.panel.silence import SHOWN

_PERIODS_SHOWN = 6
_REPORTS = {"exporter": "exporters’", "importer": "importers’"}


def goods_phrase(title: str) -> str:
    """Name a goods list in mid-sentence: ``machinery and electronics (HS 84 and 85)``.

    A title with capitals, digits or a colon within is a name and is quoted: ``goods of the list “Common High Priority List”``.
    """
    plain = one_line(title)
    head = plain.split("(")[0]
    is_name = ":" in head or any(char.isupper() for char in head[1:]) or any(char.isdigit() for char in head)
    if is_name or not plain:
        return f"goods of the list “{plain}”"
    return plain[0].lower() + plain[1:]


def codes_found(finding: Finding) -> str:
    """Say how many of the list's codes have figures, where some have none: ``35 of 46 codes``; else empty."""
    coverage = finding.coverage
    if coverage.level == "composite" or not 0 < coverage.goods_found < coverage.goods_listed:
        return ""
    return f"{coverage.goods_found:,} of {coverage.goods_listed:,} codes"


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


def a_year(finding: Finding) -> str:
    """Return `` a year`` after an amount, or nothing where both windows are one year, whose mean is the total."""
    both = finding.windows
    return "" if is_one_year(both.baseline) and is_one_year(both.after) else " a year"


def _between(finding: Finding) -> str:
    before, after = windows_named(finding)
    return f"in {after} than in {before}"


def headline_sentence(
    finding: Finding, names: Mapping[str, str], goods_titles: Mapping[str, str] | None = None, members: Members = None
) -> str:
    """Headline sentence of a brief: lost, filled by whom, not filled.

    The three amounts are those of the allocation, so they add up; where the loss is
    not above 0 the sentence says so instead, and where no member has figures that it is not known.
    """
    coalition, goods = coalition_of(finding, names, members), _goods_with_figures(finding, goods_titles)
    if not is_loss_known(finding):
        return f"{unknown_loss_clause(finding, names, goods)}; {rise_clause(finding, names)}."
    start = _lost_clause(finding, names, goods, members)
    if finding.suspended.loss_usd <= 0 and not leads_with_symmetric(finding):
        return f"{start}: there is no loss to fill, and no backfill ratio is defined."
    if loss_may_be_zero(finding):
        start += f" (not distinguishable from 0: {with_interval(finding.suspended.ci95)} of the loss share)"
    if leads_with_net(finding):
        return f"{start}{yardstick_clause(finding, coalition.pronoun)}; {net_clause(finding, names, members)}."
    counted, whole = _counted(finding, coalition.pronoun)
    return f"{start}{counted}; {_filled_clause(finding, names, whole)}."


def lost_sentence(
    finding: Finding, names: Mapping[str, str], goods_titles: Mapping[str, str] | None = None, members: Members = None
) -> str:
    """The first half of the headline sentence alone: what was lost, against the baseline and the counterfactual."""
    start = _lost_clause(finding, names, _goods_with_figures(finding, goods_titles), members)
    return f"{start}{yardstick_clause(finding, coalition_of(finding, names, members).pronoun)}."


def _goods_with_figures(finding: Finding, goods_titles: Mapping[str, str] | None) -> str:
    goods, some = goods_phrase((goods_titles or {}).get(finding.goods, finding.goods)), codes_found(finding)
    return f"{goods} ({some} with figures)" if some else goods


def _lost_clause(finding: Finding, names: Mapping[str, str], goods: str, members: Members) -> str:
    """Clause on what the coalition traded less, or more, than in the baseline."""
    words, target = words_of(finding), target_of(finding, names)
    loss, year = finding.suspended.loss_usd, a_year(finding)
    whom, whence = (f" {target}", "") if words.member_traded == "sold" else ("", f" from {target}")
    did = f"{coalition_of(finding, names, members).subject} {words.member_traded}{whom}"
    if loss > 0:
        return f"{did} {usd(loss)}{year} less {goods}{whence} {_between(finding)}"
    more = f"{usd(-loss)}{year} more {goods}{whence}" if loss < 0 else f"as much {goods}{whence}"
    return f"{did} {more} {_between(finding) if loss < 0 else _between(finding).replace(' than in ', ' as in ')}"


def unknown_loss_clause(finding: Finding, names: Mapping[str, str], goods: str) -> str:
    """Clause for a finding in which no member of the coalition has figures in both windows."""
    words, target = words_of(finding), target_of(finding, names)
    whom, whence = (f" {target}", "") if words.member_traded == "sold" else ("", f" from {target}")
    return (
        f"How much less the coalition {words.member_traded}{whom} is not known for {goods}{whence}: no member has figures in both "
        "windows"
    )


def rise_clause(finding: Finding, names: Mapping[str, str], market: str = "") -> str:
    """Clause on how much more, or less, all others traded, gross, and who of them rose most; without a share of a loss."""
    words = words_of(finding)
    if not finding.suppliers:
        return f"nor does any other {words.actor}"
    gain = sum(row.gain_usd for row in finding.suppliers)
    top = max(finding.suppliers, key=lambda row: (row.gain_usd, row.supplier))
    where = f" {market}" if market else ""
    text = f"other {words.actors} {words.traded}{where} {usd(abs(gain))}{a_year(finding)} {'more' if gain >= 0 else 'less'}"
    alone = f", {name_of(top.supplier, names)} alone {usd(top.gain_usd)} more" if top.gain_usd > 0 else ""
    return f"{text}{alone} (gross)"


def _counted(finding: Finding, pronoun: str) -> tuple[str, str]:
    """Clause with the allocation's loss where it differs from the signed one, and the pronoun for the loss."""
    identity, words = finding.identity, words_of(finding)
    if usd(finding.suspended.loss_usd) == usd(identity.loss_usd):
        return "", "it"
    amount = f"{usd(identity.loss_usd)}{a_year(finding)}"
    return f"; counting only the goods in which {pronoun} {words.member_traded} less, {amount}", "that"


def _filled_clause(finding: Finding, names: Mapping[str, str], whole: str) -> str:
    """Clause on who filled how much of the loss, by the allocation: gross."""
    words, identity = words_of(finding), finding.identity
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


def gross_sentence(finding: Finding, *, with_ratio: bool = True) -> str:
    """Sentence on the signed gross measure, and what it counts; ``with_ratio`` adds its share of the loss."""
    words = words_of(finding)
    if not finding.suppliers:
        return f"Nothing is known of what other {words.actors} {words.traded}: missing is not zero."
    gain = sum(row.gain_usd for row in finding.suppliers)
    ratio = finding.backfill.gross_ratio
    against = (
        f", {percent(ratio)} of the loss (the gross ratio)"
        if ratio is not None
        else "; against no loss, a gross ratio is not defined"
    )
    change = f"{'rose' if gain > 0 else 'fell'} by {usd(abs(gain))}{a_year(finding)}"
    if usd(gain) == usd(0):
        change = "did not change"
    if not with_ratio and ratio is not None:
        against = ""
    return f"Counting also those that {words.traded} less, {words.trade} by all other {words.actors} {change}{against}."


def split_sentence(finding: Finding, names: Mapping[str, str], members: Members = None) -> str:
    """Sentence on what else the unfilled part includes, such as lower demand."""
    words, where = words_of(finding), market_of(finding, names, members)
    parts = f"supply that was lost, demand that fell, or output within {where}"
    if is_purchase(finding):
        parts = f"goods that {where} kept, did not make, or sold to those without figures"
    return f"What was {words.not_filled} is {parts}: trade figures cannot tell them apart."


def origin_sentence(finding: Finding) -> str:
    """Sentence that keeps dispatch, origin and brand apart, where suppliers are named."""
    if is_purchase(finding):
        return (
            "Figures show which economy reported the purchase, not who used the goods in the end: a cargo can be resold, "
            "refined or blended."
        )
    if finding.report == "importer":
        return "Figures show the origin that importers declared, not who owns the maker or whose brand the goods carry."
    return "Figures show who reported the shipment, not who made the goods or whose brand they carry."


def denominator(finding: Finding, names: Mapping[str, str] | None = None, members: Members = None) -> str:
    """Text on the loss that shares are taken of; both losses where goods that rose make them differ."""
    loss, positive = finding.suspended.loss_usd, finding.identity.loss_usd
    coalition = coalition_of(finding, names or {}, members)
    if not is_loss_known(finding):
        return "none, for what the coalition lost is not known"
    text = f"none, for the trade of {coalition.noun} did not fall"
    if loss > 0:
        text = f"the lost trade of {coalition.noun}, {usd(loss)} a year"
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
    if split is None:
        return "trade lost, not suspended: the episode has no table of the goods under a measure"
    if split.under_measure is None:
        return (
            f"trade lost, not suspended: {finding.coverage.level} figures do not tell goods under a measure from others"
        )
    text = f"trade lost; {usd(split.under_measure.loss_usd)} a year of it in goods under a measure"
    if split.no_table_members:
        rest = split.no_table.loss_usd if split.no_table else 0.0
        text += f", and {usd(rest)} a year of members without a table of measures"
    return text


def goods_fact(finding: Finding, goods_titles: Mapping[str, str]) -> str:
    """Text on the goods list: title, name and version, and how many of its codes have figures at which level."""
    title, coverage = one_line(goods_titles.get(finding.goods, finding.goods)), finding.coverage
    text = f"{title} [{one_line(finding.goods)}, version {one_line(finding.goods_version)}]"
    if coverage.level == "composite" or not coverage.goods_listed:
        return text
    text += f", {coverage.goods_found:,} of {coverage.goods_listed:,} codes with figures"
    traded = len(finding.by_good)
    if coverage.level == "HS6" and traded > coverage.goods_found:
        text += f" ({traded:,} {coverage.level} codes)"
    return text


def facts(
    finding: Finding, goods_titles: Mapping[str, str], names: Mapping[str, str] | None = None, members: Members = None
) -> list[tuple[str, str]]:
    """Basis of every number of a finding (goods, windows, report, coverage …), as pairs of term and value."""
    coverage = finding.coverage.share_of_baseline_reported
    before, after = windows_named(finding)
    return [
        ("Denominator", denominator(finding, names, members)),
        ("Kind of loss", loss_words(finding)),
        ("Coalition", coalition_of(finding, names or {}, members).counted),
        ("Goods list", goods_fact(finding, goods_titles)),
        ("Route", finding.route),
        ("Baseline", before),
        ("After", after),
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
        return "Counterfactual", f"none{': ' + told(found.reason, finding) if found.reason else ''}"
    return "Counterfactual", f"{found.method}, {len(found.placebo_targets)} placebo {words_of(finding).places}"


def facts_line(
    finding: Finding,
    goods_titles: Mapping[str, str],
    names: Mapping[str, str] | None = None,
    members: Members = None,
    *,
    with_counterfactual: bool = False,
) -> str:
    """`facts` as one line, for a caption."""
    pairs = facts(finding, goods_titles, names, members)
    if with_counterfactual:
        pairs.append(counterfactual_fact(finding))
    return "; ".join(f"{term.lower()}: {value}" for term, value in pairs) + "."


def group_sentence(finding: Finding, names: Mapping[str, str], members: Members = None) -> str:
    """Sentence on suppliers that are also shown as one, such as China with Hong Kong and Macao; empty without any.

    Its figure holds those of its economies: they are not to be added.
    """
    words, texts = words_of(finding), []
    before, after = windows_named(finding)
    where = market_of(finding, names, members)
    for actor in finding.actors:
        if len(actor.suppliers) < 2:
            continue
        who = listing(name_of(code, names) for code in actor.suppliers)
        gain = actor.gain_usd
        text = f"Taken as one {words.actor} ({one_line(actor.actor)}), {who} {words.traded} "
        text += f"{usd(abs(gain))}{a_year(finding)} {'more' if gain >= 0 else 'less'} ({GROSS_CHANGE})"
        if actor.baseline_share_of_inflow is not None and actor.after_share_of_inflow is not None:
            what = "exports of these goods" if is_purchase(finding) else "imports of these goods"
            text += (
                f", {percent(actor.baseline_share_of_inflow)} of {where}’s {what} in {before} and "
                f"{percent(actor.after_share_of_inflow)} in {after}, of economies with figures in both"
            )
        texts.append(f"{text}; the rows below are parts of it.")
    return " ".join(texts)


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
        words = words_of(finding)
        sentences.append(
            f"{sentence_case(some_economies(unseen, names))} {words.traded} nothing in the baseline and did not report "
            "the after-window: a newcomer there would not be seen."
        )
    return " ".join(sentences)


def silent_periods(finding: Finding) -> str:
    """List the periods for which the other side has no report: the first six, and how many more."""
    periods = sorted(finding.mirror.target_silent) if finding.mirror else []
    named = [period_text(period, finding.frequency) for period in periods]
    more = len(named) - _PERIODS_SHOWN
    return listing([*named[:_PERIODS_SHOWN], f"{more} more"] if more > 1 else named)


def some_economies(codes: Sequence[str], names: Mapping[str, str], shown: int = SHOWN) -> str:
    """List economies by name, the excess as a count: ``a, b and 30 others``."""
    more = len(codes) - shown
    found = [name_of(code, names) for code in codes[:shown]]
    return listing([*found, f"{more} other{'s' if more > 1 else ''}"] if more > 0 else found)


def brief_title(finding: Finding, names: Mapping[str, str], members: Members = None) -> str:
    """Title of a brief: who is asked about, in the words of the role."""
    target = target_of(finding, names)
    if is_substitution(finding):
        return f"Who replaced {target} in imports of {coalition_of(finding, names, members).noun}"
    if is_purchase(finding):
        return f"Who buys from {target} instead"
    return f"Who fills the gap: {name_of(finding.target, names)}"
