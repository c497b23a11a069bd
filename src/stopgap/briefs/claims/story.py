"""Sections of a claim's page, the same for HTML and PDF.

A page holds one claim or several. Counter-statements stand in the same form as the statement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from stopgap.base.marking import strictest
from stopgap.briefs.claims import words as say
from stopgap.briefs.claims.charts import (
    HypothesisGroup,
    alt_hypotheses,
    alt_months,
    clipped_rows,
    grouped,
    hypothesis_chart,
    month_chart,
)
from stopgap.briefs.claims.parts import ClaimDocument, ClaimSheet, LinkedStatement, Numbers, Said, Sheet
from stopgap.briefs.claims.tables import basis_facts, hypothesis_tables, rows_of
from stopgap.briefs.formats.text import clean, one_line, percent, sentence_case, window_name
from stopgap.briefs.parts import ChartPart
from stopgap.claims.claim import Claim, Relation
from stopgap.claims.register.text_spans import Context
from stopgap.claims.testing.results import Hypothesis, TestedClaim, Verdict

if TYPE_CHECKING:
    from altair import LayerChart

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
    """All that a page of claims says."""
    numbers = Numbers()
    made = tuple(_sheet(each, i, numbers) for i, each in enumerate(sheets, start=1))
    vintages = dict.fromkeys(each.tested.as_of for each in sheets)
    queries = tuple((f"{number}: rows behind figures", sql) for sql, number in numbers.queries.items())
    marking = strictest(each.marking for each in sheets)
    return ClaimDocument(one_line(title), made, queries, ", ".join(vintages), made_with, marking)


def _sheet(given: ClaimSheet, place: int, numbers: Numbers) -> Sheet:
    tested, claim = given.tested, given.tested.claim
    key = numbers.key(tested.claim_id, place)
    figures = tuple(
        _figure(f"{key}-{i}", group, numbers.figure())
        for i, group in enumerate(grouped(tested.hypotheses), start=1)
        if group.is_drawn
    )
    notes = [say.meaning(tested), *say.stance_notes(tested)]
    if part := say.tested_part_words(tested):
        notes.append(part)
    return Sheet(
        key=key,
        title=one_line(claim.title),
        kicker=f"{one_line(tested.claim_id)} · said {say.day_name(claim.said_on)} · figures of vintage {one_line(tested.as_of)}",
        verdict=tested.verdict,
        verdict_words=say.verdict_words(claim.stance, tested.verdict),
        because=one_line(tested.because),
        verdict_notes=tuple(notes),
        said=_said(claim, given.context),
        facts=_facts(claim),
        chain=_chain(claim),
        linked=tuple(_linked(each) for each in given.linked),
        notes=(one_line(claim.note),) if claim.note else (),
        figures=figures,
        tables=hypothesis_tables(tested, numbers),
        months=_months(tested, f"{key}-months", numbers),
        since=f"{sentence_case(tested.since.rstrip('.'))}." if tested.since else "",
        would_change=tuple(map(_sentence, tested.would_change)),
        cannot=(*map(_sentence, tested.cannot), *_beside(tested)),
        basis=basis_facts(given),
        warnings=tuple(map(_sentence, tested.warnings)),
        commands=_commands(given),
    )


def _beside(tested: TestedClaim) -> list[str]:
    """Why hypotheses that are shown beside cannot be tested."""
    return [
        _sentence(f"{row.label}, shown beside: {row.hypothesis.because}")
        for row in rows_of(tested)
        if not row.hypothesis.decides and row.hypothesis.verdict == Verdict.CANNOT_BE_TESTED
    ]


def _sentence(text: str) -> str:
    return f"{sentence_case(one_line(text).rstrip('.'))}."


def _speaker(claim: Claim) -> str:
    office = f", {one_line(claim.said_by.office)}" if claim.said_by.office else ""
    return one_line(claim.said_by.name) + office


def _said(claim: Claim, context: Context | None) -> Said:
    words = claim.words
    language = words.language if re.fullmatch(r"[a-z]{2,3}", words.language) else "und"
    return Said(
        title=one_line(claim.title),
        by=f"{_speaker(claim)}, {say.day_name(claim.said_on)}",
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
    """Words beside those of the claim, with a blank between where the language and the punctuation have one."""
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


def _facts(claim: Claim) -> tuple[tuple[str, str], ...]:
    goods = [
        f"{one_line(each.phrase or each.name)}"
        + (f" (list {one_line(each.name)}" if each.phrase else " (list")
        + (f", {each.version})" if each.version else ")" if each.phrase else ", not fixed)")
        for each in claim.goods
    ]
    facts = [
        ("Said by", _speaker(claim)),
        ("In the words of", one_line(claim.said_by.uttered_by or "")),
        ("Said on", say.day_name(claim.said_on) + (f", {one_line(claim.said_at)}" if claim.said_at else "")),
        ("To", say.audience_words(claim)),
        ("How it stands", say.stance_words(claim)),
        ("What is claimed", say.claimed(claim)),
        ("Goods named", "; ".join(goods) or "none"),
        ("Words of scale", one_line(claim.degree or "")),
        ("Period", say.period_words(claim)),
        ("Threshold", say.threshold_words(claim)),
        ("Language", say.language_name(claim.words.language)),
    ]
    return tuple((term, value) for term, value in facts if value)


def _chain(claim: Claim) -> tuple[tuple[str, str], ...]:
    """Sources nearest first; the speaker ends the line where no link is the speaker."""
    steps = [(one_line(link.source), say.form_words(link.form)) for link in claim.chain]
    steps = [(source, form if form != source else "") for source, form in steps]
    name = one_line(claim.said_by.name)
    if not steps or name.casefold() not in steps[-1][0].casefold():
        steps.append((name, "said it"))
    return tuple(steps)


def _linked(link: LinkedStatement) -> Said:
    said = _said(link.claim, link.context)
    verdict = "not tested here"
    if link.verdict is not None:
        verdict = say.verdict_words(link.claim.stance, link.verdict)
    relation = (_FROM if link.is_from else _TO)[link.relation]
    return replace(said, verdict=verdict, relation=relation)


def _figure(key: str, group: HypothesisGroup, number: int) -> ChartPart:
    hypotheses = [row.hypothesis for row in group.rows]
    measure = say.MEASURES.get(group.measure, group.measure.replace("_", " "))
    goods = one_line(group.goods).replace("-", " ") or "goods"
    cut = clipped_rows(group)
    caption = "; ".join(dict.fromkeys(map(_caption, hypotheses)))
    if cut:
        caption += f". {cut} interval{'s run' if cut > 1 else ' runs'} off the scale; the figures beside hold both ends"
    return ChartPart(
        key=key,
        number=number,
        title=f"{sentence_case(measure)}, {goods}",
        reading=" ".join(f"{row.label}: {one_line(row.hypothesis.statement)}" for row in group.rows),
        caption=f"{caption}.",
        alt=alt_hypotheses(group),
        draw=partial(_draw_group, group),
    )


def _draw_group(group: HypothesisGroup, width: int) -> LayerChart:
    return hypothesis_chart(group, width=width)


def _caption(hypothesis: Hypothesis) -> str:
    parts = [f"Goods {one_line(str(hypothesis.goods))} ({hypothesis.goods_version})"]
    if hypothesis.windows:
        parts.append(
            f"after {window_name(hypothesis.windows['after'])} against {window_name(hypothesis.windows['baseline'])}"
        )
    if hypothesis.report:
        parts.append(f"{hypothesis.report}'s report, {hypothesis.valuation}")
    if hypothesis.coverage is not None:
        parts.append(f"coverage {percent(hypothesis.coverage)}")
    return ", ".join(parts)


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
        alt=alt_months(tested.months, threshold, unit),
        draw=lambda width: month_chart(tested.months, threshold, unit, width=width),
    )


def _commands(given: ClaimSheet) -> tuple[tuple[str, str], ...]:
    tested = given.tested
    own = one_line(tested.claim_id)
    named = clean(given.file) if given.file else own if given.registered else "CLAIM.yml"
    found = [("Test it again", f"stopgap claims test {named} --as-of {one_line(tested.as_of)}")]
    if given.registered:
        found.append(("The statement, its versions and links", f"stopgap claims show {own}"))
    return tuple(found)
