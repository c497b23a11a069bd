"""Brief section on how much of the loss was filled: the bar with its three marks, a sentence each, and the sums."""

from __future__ import annotations

from collections.abc import Iterator

from stopgap.briefs import tables, wording
from stopgap.briefs.basis import same_basis
from stopgap.briefs.charts.filled_bar import LossMark, alt_filled, filled_bar, has_bar, loss_ends, loss_marks
from stopgap.briefs.formats.text import NBSP, percent, usd
from stopgap.briefs.model import BriefModel
from stopgap.briefs.net.words import why_no_net, with_interval
from stopgap.briefs.parts import ChartPart, Section
from stopgap.briefs.vocabulary import words_for


def filled_section(model: BriefModel, numbers: Iterator[int]) -> Section:
    """Build the section; without a loss or without suppliers it has no figure, and the text says why."""
    finding, words = model.headline, words_for(model.direction)
    title, table = f"How much of the loss was {words.filled}", tables.sums_table(model)
    split = wording.split_sentence(finding)
    if not finding.suppliers:
        text = f"No {words.actor} outside the coalition has figures in both windows: how much was {words.filled} is not known."
        return Section("shares", title, (text,), None, (table,))
    if not has_bar(finding):
        text = f"The coalition {words.traded} less in no good of the list: there is no loss, and no share of it."
        return Section("shares", title, (text,), None, (table,))
    figure = ChartPart(
        "shares",
        next(numbers),
        f"Three answers to how much was {words.filled}",
        _reading(model),
        same_basis("USD a year", "the denominator of each share stands beside it"),
        alt_filled(finding),
        lambda width: filled_bar(finding, width=width),
    )
    return Section("shares", title, (split,), figure, (table,), mark_sentences(model))


def mark_sentences(model: BriefModel) -> tuple[str, ...]:
    """One sentence for each mark: what it is, its dollars, and its share with the loss that it is a share of."""
    gross, signed, net = loss_marks(model.headline)
    return _gross(model, gross), _signed(model, signed), _net(model, net)


def _gross(model: BriefModel, mark: LossMark) -> str:
    words, finding = words_for(model.direction), model.headline
    start = f"a: {words.actors.capitalize()} that {words.traded} more {words.took}"
    if mark.value_usd is None or mark.share is None or mark.whole_usd is None:
        return f"a: In no good was less {words.traded} by the coalition, so there is nothing to allocate to {words.actors} that {words.traded} more."
    whole = f"the {usd(mark.whole_usd)} that the coalition {words.traded} less"
    if usd(finding.suspended.loss_usd) != usd(finding.identity.loss_usd):
        whole = f"{usd(mark.whole_usd)}, the loss in goods of which the coalition {words.traded} less"
    return (
        f"{start} {usd(mark.value_usd)}, {percent(mark.share)} of {whole}. Gross, good by good: a rise beyond the loss of "
        "a good is not counted, nor is a fall."
    )


def _signed(model: BriefModel, mark: LossMark) -> str:
    words = words_for(model.direction)
    value = mark.value_usd or 0.0
    moved = "did not change" if usd(value) == usd(0) else f"{'rose' if value > 0 else 'fell'} by {usd(abs(value))}"
    start = f"b: Net of those that {words.traded} less, {words.trade} by all other {words.actors} {moved}"
    if mark.share is None or mark.whole_usd is None:
        return f"{start}; against no loss, no share is defined."
    return f"{start}, {percent(mark.share)} of the {usd(mark.whole_usd)} (the gross ratio)."


def _net(model: BriefModel, mark: LossMark) -> str:
    words, finding = words_for(model.direction), model.headline
    if mark.value_usd is None:
        return f"c: What was {words.traded} beyond what would have been {words.traded} anyway is not known. {why_no_net(finding)}"
    less = "beyond" if mark.value_usd >= 0 else "short of"
    start = f"c: Other {words.actors} {words.traded} {usd(abs(mark.value_usd))} {less} what they would have {words.traded} anyway"
    if mark.share is None or mark.whole_usd is None:
        return f"{start}; no share is defined. {why_no_net(finding)}"
    interval = with_interval(mark.ci95)
    if finding.backfill.symmetric_ratio is None:
        return f"{start}, {percent(mark.share)} of the same {usd(mark.whole_usd)} ({interval})."
    return (
        f"{start}, {percent(mark.share)} of {usd(mark.whole_usd)}, by which the coalition’s {words.trade} fell short of what "
        f"it would have {words.traded} since ({interval})."
    )


def _reading(model: BriefModel) -> str:
    finding, words = model.headline, words_for(model.direction)
    marks = loss_marks(finding)
    text = f"The bar is the coalition’s loss in dollars; each mark is a sum {words.traded} by other {words.actors}."
    if len(loss_ends(finding)) > 1:
        text += " The marks are shares of different losses, and each loss is an end of the bar."
    if marks[2].ci95 is not None:
        text += f" Diamond: an estimate; its whisker is the 95{NBSP}% interval of the share, an arrow where it runs on."
    elif marks[2].value_usd is not None:
        text += " Diamond: an estimate, without an interval."
    return text
