"""Brief section on the loss and how much of it was filled: the bar with its three marks, a sentence each, and the sums."""

from __future__ import annotations

from collections.abc import Iterator

from stopgap.briefs import tables, wording
from stopgap.briefs.basis import same_basis
from stopgap.briefs.charts.filled_bar import LossMark, alt_filled, filled_bar, has_bar, loss_ends, loss_marks
from stopgap.briefs.formats.text import NBSP, percent, usd
from stopgap.briefs.model import BriefModel
from stopgap.briefs.net.words import beside_sentence, loss_sentence, net_part, rank_clause, with_interval
from stopgap.briefs.parts import ChartPart, Section
from stopgap.briefs.vocabulary import coalition_of, is_loss_known, is_substitution, outside_words, target_of, words_of


def filled_section(model: BriefModel, numbers: Iterator[int]) -> Section:
    """Build the section; without a loss or without suppliers it has no figure, and the text says why."""
    finding, words = model.headline, words_of(model.headline)
    title, table = f"What was lost, and how much of it was {words.filled}", tables.sums_table(model)
    interval = loss_sentence(finding, model.names, model.members)
    if not finding.suppliers or not has_bar(finding) or not is_loss_known(finding):
        texts = [wording.headline_sentence(finding, model.names, model.goods_titles, model.members), interval]
        if finding.suppliers and is_loss_known(finding):
            texts.append(wording.gross_sentence(finding))
        shown = (table,) if is_loss_known(finding) else ()
        return Section("shares", title, tuple(text for text in texts if text), None, shown)
    lost = wording.lost_sentence(finding, model.names, model.goods_titles, model.members)
    texts = [f"{lost} {interval}".strip()]
    if usd(finding.identity.unfilled_usd) != usd(0):
        texts.append(wording.split_sentence(finding, model.names, model.members))
    figure = ChartPart(
        "shares",
        next(numbers),
        f"Three answers to how much was {words.filled}",
        _reading(model),
        same_basis("USD a year", "the denominator of each share stands beside it"),
        alt_filled(finding),
        lambda width: filled_bar(finding, width=width),
    )
    return Section("shares", title, tuple(texts), figure, (table,), mark_sentences(model))


def mark_sentences(model: BriefModel) -> tuple[str, ...]:
    """One sentence for each mark: what it is, its dollars, its share with the loss that it is a share of; the ratios beside."""
    gross, signed, net = loss_marks(model.headline)
    found = (
        _gross(model, gross),
        _signed(model, signed),
        _net(model, net),
        beside_sentence(model.headline, with_gross=False),
    )
    return tuple(text for text in found if text)


def _loser(model: BriefModel) -> str:
    return coalition_of(model.headline, model.names, model.members).noun


def _gross(model: BriefModel, mark: LossMark) -> str:
    words, finding = words_of(model.headline), model.headline
    start = f"a: {words.actors.capitalize()} that {words.traded} more {words.took}"
    if mark.value_usd is None or mark.share is None or mark.whole_usd is None:
        return (
            f"a: In no good was less {words.member_traded} by {_loser(model)}, so there is nothing to allocate to "
            f"{words.actors} that {words.traded} more."
        )
    source = f" from {target_of(finding, model.names)}" if is_substitution(finding) else ""
    whole = f"the {usd(mark.whole_usd)} that {_loser(model)} {words.member_traded} less{source}"
    if usd(finding.suspended.loss_usd) != usd(finding.identity.loss_usd):
        whole = f"{usd(mark.whole_usd)}, the loss in goods of which {_loser(model)} {words.member_traded} less"
    return (
        f"{start} {usd(mark.value_usd)}, {percent(mark.share)} of {whole}. Gross, good by good: a rise beyond the loss of "
        "a good is not counted, nor is a fall."
    )


def _signed(model: BriefModel, mark: LossMark) -> str:
    words = words_of(model.headline)
    value = mark.value_usd or 0.0
    moved = "did not change" if usd(value) == usd(0) else f"{'rose' if value > 0 else 'fell'} by {usd(abs(value))}"
    start = f"b: Net of those that {words.traded} less, {words.trade} by all other {words.actors} {moved}"
    if mark.share is None or mark.whole_usd is None:
        return f"{start}; against no loss, no share is defined."
    return f"{start}, {percent(mark.share)} of the {usd(mark.whole_usd)} (the gross ratio)."


def _net(model: BriefModel, mark: LossMark) -> str:
    words, finding = words_of(model.headline), model.headline
    if mark.value_usd is None:
        return f"c: What was {words.traded} beyond what would have been {words.traded} anyway is not known. {net_part(finding)}"
    less = "beyond" if mark.value_usd >= 0 else "short of"
    start = f"c: Other {words.actors} {words.traded} {usd(abs(mark.value_usd))} {less} what they would have {words.traded} anyway"
    if mark.share is None or mark.whole_usd is None:
        return f"{start}; no share is defined. {net_part(finding)}"
    rank = rank_clause(finding, model.names, model.members)
    tail = f"({with_interval(mark.ci95)}){f', an excess by which {rank}' if rank else ''}. {net_part(finding)}"
    if finding.backfill.symmetric_ratio is None:
        return f"{start}, {percent(mark.share)} of the same {usd(mark.whole_usd)} {tail}"
    return (
        f"{start}, {percent(mark.share)} of {usd(mark.whole_usd)}, by which {words.member_trade} of {_loser(model)} fell "
        f"short of what would have been {words.member_traded} since {tail}"
    )


def _reading(model: BriefModel) -> str:
    finding, words = model.headline, words_of(model.headline)
    marks = loss_marks(finding)
    others = f"{words.actors} {outside_words(finding, model.names)}"
    text = f"The bar is the loss in dollars; each mark is a sum {words.traded} by {others}."
    if len(loss_ends(finding)) > 1:
        text += " The marks are shares of different losses, and each loss is an end of the bar."
    if marks[2].ci95 is not None:
        text += f" Diamond: an estimate; its whisker is the 95{NBSP}% interval of the share, an arrow where it runs on."
    elif marks[2].value_usd is not None:
        text += " Diamond: an estimate, without an interval."
    return text
