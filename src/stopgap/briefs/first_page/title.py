"""Title of a brief: who replaced whom, in at most twelve words, no stronger than the interval carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stopgap.briefs.first_page.parties import Parties, leaders, named, parties, possessive
from stopgap.briefs.first_page.reading import (
    ReplacementReading,
    is_carried_alone,
    least_share,
    may_be_named,
    reading,
    share_and_interval,
)
from stopgap.briefs.formats.text import sentence_case
from stopgap.briefs.net.words import leads_with_symmetric
from stopgap.briefs.vocabulary import DirectionWords, Members, is_substitution, words_of
from stopgap.measures.backfill.results import Finding

MOST_WORDS = 12


def title(finding: Finding, names: Mapping[str, str], goods_titles: Mapping[str, str], members: Members = None) -> str:
    """Title of at most twelve words; goods, the coalition, then suppliers are left out where names are long."""
    called: tuple[Mapping[str, str], ...] = (names, {})
    for each in called:
        for text in _candidates(finding, each, goods_titles, members):
            if len(text.split()) <= MOST_WORDS:
                return sentence_case(text)
    raise AssertionError("codes are one word each, so the shortest title fits")


def _candidates(
    finding: Finding, names: Mapping[str, str], goods_titles: Mapping[str, str], members: Members
) -> Iterator[str]:
    found, words = parties(finding, names, goods_titles, members), words_of(finding)
    read = reading(finding)
    if read in (ReplacementReading.CARRIED, ReplacementReading.MAY):
        yield from _replaced(finding, names, found, words, read)
    elif read is ReplacementReading.GROSS:
        yield from _rises(finding, names, found, words)
    elif read is ReplacementReading.LOSS_UNKNOWN:
        for trade in _lost(found, words)[2:]:
            yield f"what the coalition lost in {trade} is not known"
    else:
        for lost in _lost(found, words):
            yield from _without_supplier(read, finding, words, lost)


def _lost(found: Parties, words: DirectionWords) -> tuple[str, ...]:
    """The coalition's trade with the target, named in full, without its goods, and without the coalition."""
    whose, trade = possessive(found.coalition), f"{words.member_trade} {words.member_preposition} {found.target}"
    return f"{whose} {found.goods} {trade}", f"{whose} {trade}", f"{found.goods} {trade}", trade


def _replaced(
    finding: Finding, names: Mapping[str, str], found: Parties, words: DirectionWords, read: ReplacementReading
) -> Iterator[str]:
    rows = leaders(finding)
    if read is ReplacementReading.CARRIED:
        rows = [row for row in rows if is_carried_alone(finding, row)]
        shares = [least_share(finding, row) for row in rows[:1]]
        verb = "replaced"
    else:
        rows = [row for row in rows if may_be_named(row)]
        shares, verb = [0.0], "may have replaced"
    who = [(named(rows, names), 0.0)] if len(rows) > 1 else []
    who += [(named(rows[:1], names), shares[0])] if rows else []
    interval = share_and_interval(finding)
    whole = interval[1][0] if read is ReplacementReading.CARRIED and interval is not None else 0.0
    in_full, without_goods, of_anyone, trade = _lost(found, words)
    for name, share in who:
        yield f"{name} {verb} {_part(share)} {in_full}"
    for name, share in who:
        yield f"{name} {verb} {_part(share)} {without_goods}"
    for name, _ in who[-1:]:
        yield f"{name} {verb} some {of_anyone}"
        yield f"{name} {verb} some {trade}"
    for name in (f"other {words.actors}", "others"):
        yield f"{name} {verb} {_part(whole)} {in_full}"
        yield f"{name} {verb} {_part(whole)} {without_goods}"
    yield f"others {verb} some {trade}"


def _part(share: float) -> str:
    """Words for a share that is surely reached."""
    for least, text in ((1.0, "all of"), (0.5, "over half of"), (0.25, "over a quarter of")):
        if share >= least:
            return text
    return "part of"


def _rises(finding: Finding, names: Mapping[str, str], found: Parties, words: DirectionWords) -> Iterator[str]:
    """Who traded more while the coalition traded less: facts, where no interval says what they mean."""
    rows, traded = leaders(finding), words.traded
    some = "more" if rows else "more of some"
    who = [named(rows, names)] if len(rows) > 1 else []
    who += [named(rows[:1], names)] if rows else []
    loser = found.target if is_substitution(finding) else found.coalition
    for name in (*who, f"other {words.actors}", "others"):
        for goods in (found.goods, "goods"):
            rise = f"{name} {traded} {found.market} {some} {goods}"
            if traded != "sold":
                rise = f"{name} {traded} {some} {goods} from {found.market}"
            yield f"{rise} as {loser} {traded} less"
            yield f"{rise}; {loser} less"


def _without_supplier(read: ReplacementReading, finding: Finding, words: DirectionWords, lost: str) -> Iterator[str]:
    """Titles that name no supplier; `lost` is the coalition's trade."""
    if read is ReplacementReading.NO_LOSS:
        moved = "rose" if finding.suspended.loss_usd < 0 else "did not fall"
        yield f"{lost} {moved}" if leads_with_symmetric(finding) else f"{lost} {moved}: nothing to replace"
        yield f"{lost} {moved}"
    elif read is ReplacementReading.LOSS_UNSURE:
        yield f"the fall in {lost} may be chance"
    elif read is ReplacementReading.NONE_ROSE:
        yield f"others made up none of {lost}"
    elif read is ReplacementReading.NO_FIGURES:
        yield f"no figures show who replaced {lost}"
    elif read is ReplacementReading.UNTOLD:
        yield f"whether others replaced {lost} cannot be told"
    elif read is ReplacementReading.NOT_REPLACED:
        yield f"other {words.actors} did not replace {lost}"
        yield f"others did not replace {lost}"
    elif read is ReplacementReading.LITTLE:
        yield f"others replaced little or none of {lost}"
