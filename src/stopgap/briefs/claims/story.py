"""Content of a claim's page, the same for HTML and PDF: words, verdict, ladder, figures, and what they rest on.

A page contains one claim or several. Counter-statements have the same form as the statement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from stopgap.base.marking import strictest
from stopgap.briefs.claims import charts
from stopgap.briefs.claims import words as say
from stopgap.briefs.claims.basis import basis_facts, rests_on
from stopgap.briefs.claims.ladder import ladder_parts, ladders
from stopgap.briefs.claims.part_sheets import part_sheets
from stopgap.briefs.claims.parts import ClaimDocument, ClaimSheet, LinkedStatement, Numbers, Said, Sheet
from stopgap.briefs.claims.shipment_tables import MOST_ROWS
from stopgap.briefs.formats.text import clean, one_line, sentence_case
from stopgap.briefs.parts import ChartPart
from stopgap.claims.claim import Action, Claim, Relation
from stopgap.claims.register.text_spans import Context
from stopgap.claims.testing.explanations import WITHOUT_LIST
from stopgap.claims.testing.layers.words import NAMES
from stopgap.claims.testing.results import NO_GOODS, TestedClaim, Verdict

_WITHOUT_BLANKS = ("zh", "ja")
_OPENING = "([“‘«"
_CLOSING = ".,;:!?)]”’»،؛؟…"
_TO = {
    Relation.REPEATS: "It repeats",
    Relation.DENIES: "It answers, and denies or rejects",
    Relation.QUOTES: "It quotes",
    Relation.UPDATES: "It brings up to date",
}
_FROM = {
    Relation.REPEATS: "Repeated by",
    Relation.DENIES: "Answered, and denied or rejected, by",
    Relation.QUOTES: "Quoted by",
    Relation.UPDATES: "Brought up to date by",
}


def tell_claims(sheets: Sequence[ClaimSheet], *, title: str, made_with: str) -> ClaimDocument:
    """Build the printed content of a page of claims."""
    numbers = Numbers()
    made = tuple(_sheet(each, i, numbers) for i, each in enumerate(sheets, start=1))
    vintages = dict.fromkeys(each.tested.as_of for each in sheets)
    queries = tuple((f"{number}: rows behind figures", sql) for sql, number in numbers.queries.items())
    marking = strictest(each.marking for each in sheets)
    return ClaimDocument(one_line(title), made, queries, ", ".join(vintages), made_with, marking)


def _sheet(given: ClaimSheet, place: int, numbers: Numbers) -> Sheet:
    tested, claim = given.tested, given.tested.claim
    key = numbers.key(tested.claim_id, place)
    parts = ladder_parts(tested)
    table = rests_on(tested.hypotheses, numbers)
    return Sheet(
        key=key,
        title=say.title_of(claim),
        kicker=f"{one_line(tested.claim_id)} · said {say.day_name(claim.said_on)} · figures of vintage {one_line(tested.as_of)}",
        said=said_of(claim, given.context),
        facts=facts_of(claim, has_episode=tested.episode is not None),
        chain=chain_of(claim),
        notes=(one_line(claim.note),) if claim.note else (),
        verdict=tested.verdict,
        verdict_words=say.verdict_words(claim.stance, tested.verdict),
        parts_words=say.parts_words(tested),
        because=one_line(tested.because) if len(tested.parts) < 2 else "",
        summary=one_line(tested.because),
        part_lines=_part_lines(tested) if len(tested.parts) > 1 else (),
        judged=say.judged_words(tested),
        scale=say.scale_words(claim),
        verdict_notes=tuple(say.verdict_notes(tested)),
        since=f"{sentence_case(tested.since.rstrip('.'))}." if tested.since else "",
        ladders=ladders(parts, key),
        parts=part_sheets(given, parts, key, numbers),
        months=_months(tested, f"{key}-months", numbers),
        rests_on=table,
        linked=tuple(linked_said(each) for each in given.linked),
        would_change=tuple(map(_sentence, tested.would_change)),
        no_change=say.no_change_words(tested),
        cannot=_cannot(tested),
        basis=basis_facts(given),
        warnings=_first_lines(
            tuple(map(_sentence, (each for each in tested.warnings if not each.startswith(NO_GOODS))))
        ),
        commands=_commands(given),
    )


def _part_lines(tested: TestedClaim) -> tuple[tuple[str, str, str], ...]:
    """Return a line for each part: its name, its verdict and layer, and the reason."""
    several = len({part.layer for part in tested.parts}) > 1
    made = []
    for part in tested.parts:
        at = f" at “{NAMES[part.layer]}”" if several and part.layer is not None else ""
        made.append((sentence_case(one_line(part.name)), f"{part.verdict}{at}", one_line(part.because)))
    return tuple(made)


def _cannot(tested: TestedClaim) -> tuple[str, ...]:
    """Return what cannot be tested, each reason once, and what is shown beside the ladder without a figure."""
    found: dict[str, str] = {}
    for text in tested.cannot:
        line = _sentence(text)
        if not any(line.casefold().endswith(known) for known in found):
            found[line.casefold()] = line
    beside = [
        f"{say.layer_name(each)}: {one_line(each.because)}"
        for each in tested.hypotheses
        if each.layer is None and each.verdict is Verdict.NOT_TESTABLE
    ]
    return _first_lines((*found.values(), *dict.fromkeys(map(_sentence, beside))))


def _first_lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the first fifteen lines, and one that tells how many more there are."""
    left = len(lines) - MOST_ROWS
    if left <= 0:
        return lines
    return (*lines[:MOST_ROWS], f"{left} more, in stopgap claims test with --format json.")


def _sentence(text: str) -> str:
    return f"{sentence_case(one_line(text).rstrip('.'))}."


def _speaker(claim: Claim) -> str:
    office = f", {one_line(claim.said_by.office)}" if claim.said_by.office else ""
    return one_line(claim.said_by.name) + office


def said_of(claim: Claim, context: Context | None) -> Said:
    """Return the words of a statement as printed: in their sentence where the source is stored."""
    words = claim.words
    language = words.language if re.fullmatch(r"[a-z]{2,3}", words.language) else "und"
    return Said(
        title=say.title_of(claim),
        by=f"{_speaker(claim)}, {say.day_name(claim.said_on)}"
        + (f", {one_line(claim.said_at)}" if claim.said_at else ""),
        text=clean(context.words if context else words.text).strip(),
        before=_around(context.before, language, is_before=True) if context else "",
        after=_around(context.after, language, is_before=False) if context else "",
        language=language if words.quoted or context else "en",
        is_rtl=language in say.RIGHT_TO_LEFT and (words.quoted or context is not None),
        is_own=not words.quoted and context is None,
        own=clean(words.text).strip() if context and not words.quoted else "",
        place=_place(claim, context),
    )


def _around(text: str, language: str, *, is_before: bool) -> str:
    """Text before or after a claim's words, with a separating space where language and punctuation require one."""
    words = clean(text).strip()
    if not words or language in _WITHOUT_BLANKS:
        return words
    if is_before:
        return words if words[-1] in _OPENING else f"{words} "
    return words if words[0] in _CLOSING else f" {words}"


def _place(claim: Claim, context: Context | None) -> str:
    words = claim.words
    source = one_line(words.source) if words.source else "the source text"
    if words.start is None or words.end is None:
        return f"Source: {source}; no place in it is given." if words.source else ""
    where = f"{source}, characters {words.start:,} to {words.end:,}"
    text_hash = f" (text sha256:{words.sha256})" if words.sha256 else ""
    if context is not None:
        return f"The words stand in {where}{text_hash}."
    lack = "" if words.quoted else " The source is not at hand here; stopgap claims texts import FILE brings it."
    return f"The source's words stand in {where}{text_hash}.{lack}"


def facts_of(claim: Claim, *, has_episode: bool) -> tuple[tuple[str, str], ...]:
    """Return terms and values of a statement: to whom, how it stands, what is claimed, goods, period, threshold."""
    goods = [
        one_line(each.phrase or each.name)
        + (
            " (no list)"
            if each.name in WITHOUT_LIST
            else (f" (list {one_line(each.name)})" if each.phrase else "") + ("" if each.version else ", not fixed")
        )
        for each in claim.goods
    ]
    facts = [
        ("In the words of", one_line(claim.said_by.uttered_by or "")),
        ("To", say.audience_words(claim)),
        ("How it stands", say.STANCES[claim.stance]),
        ("What is claimed", say.claimed(claim)),
        ("Goods named", "; ".join(goods) or ("" if claim.action is Action.CONSEQUENCE else "none")),
        ("Words of scale", one_line(claim.degree or "")),
        ("Period", say.period_words(claim, has_episode=has_episode)),
        ("Threshold", say.threshold_words(claim)),
        ("Language", "" if claim.words.language == "en" else say.language_name(claim.words.language)),
    ]
    return tuple((term, value) for term, value in facts if value)


def chain_of(claim: Claim) -> tuple[tuple[str, str], ...]:
    """Return the chain of sources and the form of each, nearest first; the speaker is appended unless the last source names the speaker."""
    forms = [link.form and say.FORMS.get(link.form, link.form.replace("-", " ")) for link in claim.chain]
    steps = [(one_line(link.source), form or "") for link, form in zip(claim.chain, forms, strict=True)]
    steps = [(source, form if form != source else "") for source, form in steps]
    name = one_line(claim.said_by.name)
    if not steps or name.casefold() not in steps[-1][0].casefold():
        steps.append((name, "said it"))
    return tuple(steps)


def linked_said(link: LinkedStatement) -> Said:
    """Return the words of a linked statement, with its verdict and its relation to the claim."""
    said = said_of(link.claim, link.context)
    verdict = "not tested here"
    if link.verdict is not None:
        verdict = say.verdict_words(link.claim.stance, link.verdict)
    relation = (_FROM if link.is_from else _TO)[link.relation]
    return replace(said, verdict=verdict, relation=relation)


def _months(tested: TestedClaim, key: str, numbers: Numbers) -> ChartPart | None:
    deciding = next((each for each in tested.hypotheses if each.decides), None)
    if len(tested.months) < 2 or deciding is None:
        return None
    threshold, unit = deciding.threshold, deciding.unit
    return ChartPart(
        key=key,
        number=numbers.figure(),
        title="The verdict had one looked with the figures up to each month",
        reading="Dots: the estimate with its 95 % interval; line: the threshold; bar: the verdict then.",
        caption=f"Figures of vintage {one_line(tested.as_of)}, as revised since; of {one_line(str(deciding.goods))}.",
        alt=charts.alt_months(tested.months, threshold, unit),
        draw=lambda width: charts.month_chart(tested.months, threshold, unit, width=width),
    )


def _commands(given: ClaimSheet) -> tuple[tuple[str, str], ...]:
    tested = given.tested
    own = one_line(tested.claim_id)
    named = clean(given.file) if given.file else own if given.registered else "CLAIM.yml"
    again = f"stopgap claims test {named} --as-of {one_line(tested.as_of)}"
    if given.registered:
        return (("Test it again, and see its versions and links", f"{again}\nstopgap claims show {own}"),)
    return (("Test it again", again),)
