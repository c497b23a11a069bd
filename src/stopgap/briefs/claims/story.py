"""Sections and tables of a claim's page, the same for HTML and PDF.

A page contains one claim or several. Counter-statements have the same form as the statement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from stopgap.base.marking import strictest
from stopgap.briefs.claims import charts
from stopgap.briefs.claims import words as say
from stopgap.briefs.claims.parts import ClaimDocument, ClaimSheet, LinkedStatement, Numbers, Said, Sheet
from stopgap.briefs.formats.cells import BriefTable, Column, Typed, Value
from stopgap.briefs.formats.text import UNDEFINED, clean, one_line, ordinal, percent, sentence_case, usd, window_name
from stopgap.briefs.parts import ChartPart
from stopgap.claims.claim import Claim, Relation
from stopgap.claims.register.text_spans import Context
from stopgap.claims.testing.results import Hypothesis, TestedClaim, Verdict

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
    figures = tuple(
        _figure(f"{key}-{i}", group, numbers.figure())
        for i, group in enumerate(charts.grouped(tested.hypotheses), start=1)
        if group.is_drawn
    )
    rows = [charts.HypothesisRow(f"H{i}", each) for i, each in enumerate(tested.hypotheses, start=1)]
    beside = [
        f"{row.label}, shown beside: {row.hypothesis.because}"
        for row in rows
        if not row.hypothesis.decides and row.hypothesis.verdict == Verdict.NOT_TESTABLE
    ]
    return Sheet(
        key=key,
        title=one_line(claim.title),
        kicker=f"{one_line(tested.claim_id)} · said {say.day_name(claim.said_on)} · figures of vintage {one_line(tested.as_of)}",
        verdict=tested.verdict,
        verdict_words=say.verdict_words(claim.stance, tested.verdict),
        because=one_line(tested.because),
        verdict_notes=tuple(say.verdict_notes(tested)),
        said=_said(claim, given.context),
        facts=_facts(claim),
        chain=_chain(claim),
        linked=tuple(_linked(each) for each in given.linked),
        notes=(one_line(claim.note),) if claim.note else (),
        figures=figures,
        tables=_hypothesis_tables(rows, numbers),
        months=_months(tested, f"{key}-months", numbers),
        since=f"{sentence_case(tested.since.rstrip('.'))}." if tested.since else "",
        would_change=tuple(map(_sentence, tested.would_change)),
        cannot=tuple(map(_sentence, (*tested.cannot, *beside))),
        basis=_basis_facts(given),
        warnings=tuple(map(_sentence, tested.warnings)),
        commands=_commands(given),
    )


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
        ("How it stands", say.STANCES[claim.stance]),
        ("What is claimed", say.claimed(claim)),
        ("Goods named", "; ".join(goods) or "none"),
        ("Words of scale", one_line(claim.degree or "")),
        ("Period", say.period_words(claim)),
        ("Threshold", say.threshold_words(claim)),
        ("Language", say.language_name(claim.words.language)),
    ]
    return tuple((term, value) for term, value in facts if value)


def _chain(claim: Claim) -> tuple[tuple[str, str], ...]:
    """Sources, nearest first; the speaker is appended unless the last source names the speaker."""
    forms = [link.form and say.FORMS.get(link.form, link.form.replace("-", " ")) for link in claim.chain]
    steps = [(one_line(link.source), form or "") for link, form in zip(claim.chain, forms, strict=True)]
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


def _figure(key: str, group: charts.HypothesisGroup, number: int) -> ChartPart:
    hypotheses = [row.hypothesis for row in group.rows]
    measure = say.MEASURES.get(group.measure, group.measure.replace("_", " "))
    goods = one_line(group.goods).replace("-", " ") or "goods"
    cut = charts.clipped_rows(group)
    caption = "; ".join(dict.fromkeys(map(_caption, hypotheses)))
    if cut:
        caption += f". {cut} interval{'s run' if cut > 1 else ' runs'} off the scale; the figures beside hold both ends"
    return ChartPart(
        key=key,
        number=number,
        title=f"{sentence_case(measure)}, {goods}",
        reading=" ".join(f"{row.label}: {one_line(row.hypothesis.statement)}" for row in group.rows),
        caption=f"{caption}.",
        alt=charts.alt_hypotheses(group),
        draw=lambda width: charts.hypothesis_chart(group, width=width),
    )


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
        alt=charts.alt_months(tested.months, threshold, unit),
        draw=lambda width: charts.month_chart(tested.months, threshold, unit, width=width),
    )


def _commands(given: ClaimSheet) -> tuple[tuple[str, str], ...]:
    tested = given.tested
    own = one_line(tested.claim_id)
    named = clean(given.file) if given.file else own if given.registered else "CLAIM.yml"
    found = [("Test it again", f"stopgap claims test {named} --as-of {one_line(tested.as_of)}")]
    if given.registered:
        found.append(("The statement, its versions and links", f"stopgap claims show {own}"))
    return tuple(found)


def _hypothesis_tables(rows: Sequence[charts.HypothesisRow], numbers: Numbers) -> tuple[BriefTable, ...]:
    """Tables of the hypotheses: their figures, their verdicts at each threshold, and their inputs."""
    if not rows:
        return ()
    made = [
        BriefTable(
            "tested",
            "Hypotheses and what the figures say",
            (Column(""), Column("Hypothesis"), Column("Estimate", "number"), Column("95 % interval", "number"),
             Column("Gross", "number"), Column("Threshold", "number"), Column("Verdict")),
            tuple(_tested_row(row) for row in rows),
            note="A verdict rests on the hypotheses that decide; those shown beside inform and decide nothing. Gross figures "
            "need no model.",
        )
    ]  # fmt: skip
    if grid := _grid_table(rows):
        made.append(grid)
    measured = [row for row in rows if row.hypothesis.finding_id]
    if measured:
        made.append(
            BriefTable(
                "rest-on",
                "What each rests on",
                (Column(""), Column("Goods list and version"), Column("Route"), Column("Windows"),
                 Column("Coverage", "share"), Column("Placebo rank"), Column("Finding", "code"), Column("Rows")),
                tuple(_basis_row(row, numbers) for row in measured),
                note="Coverage: share of the baseline trade whose reporters also report after. Placebo rank: of the target's excess "
                "among destinations of all suppliers together. Rows: the queries below.",
            )
        )  # fmt: skip
    return tuple(made)


def _tested_row(row: charts.HypothesisRow) -> tuple[Value, ...]:
    each = row.hypothesis
    role = "" if each.decides else " (shown beside)"
    threshold = charts.show_figure(each.threshold, each.unit) if each.threshold else "0"
    return (
        row.label,
        one_line(each.statement) + role,
        Typed("text", charts.show_figure(each.estimate, each.unit)),
        Typed("text", charts.show_interval(each.ci95, each.unit) if each.estimate is not None else UNDEFINED),
        Typed("text", charts.show_figure(each.gross, each.unit)),
        Typed("text", f"above {threshold}"),
        str(each.verdict),
    )


def _grid_table(rows: Sequence[charts.HypothesisRow]) -> BriefTable | None:
    """Table of verdicts at each threshold; ``None`` unless a hypothesis has an interval and several thresholds."""
    shown = [row for row in rows if row.hypothesis.ci95 is not None and len(row.hypothesis.thresholds) > 1]
    if not shown:
        return None
    grid = sorted({at for row in shown for at, _ in row.hypothesis.thresholds})
    return BriefTable(
        "grid",
        "The same at other thresholds",
        (Column(""), *(Column(f"Above {percent(at)}") for at in grid)),
        tuple((row.label, *(str(dict(row.hypothesis.thresholds).get(at, UNDEFINED)) for at in grid)) for row in shown),
    )


def _basis_row(row: charts.HypothesisRow, numbers: Numbers) -> tuple[Value, ...]:
    each = row.hypothesis
    windows = UNDEFINED
    if each.windows:
        windows = f"{window_name(each.windows['after'])} against {window_name(each.windows['baseline'])}"
    rank = f"{ordinal(each.placebo_rank[0])} of {each.placebo_rank[1]}" if each.placebo_rank else UNDEFINED
    goods = one_line(f"{PurePath(each.goods).stem} {each.goods_version}") if each.goods else UNDEFINED
    queries = ", ".join(numbers.query(sql) for sql in each.queries)
    return (
        row.label, goods, each.route, windows, each.coverage, rank, each.finding_id, queries,
    )  # fmt: skip


def _basis_facts(given: ClaimSheet) -> tuple[tuple[str, str], ...]:
    """Facts that apply to every figure of the page: denominators, windows, valuation, lists, coverage, vintage."""
    tested = given.tested
    measured = [each for each in tested.hypotheses if each.finding_id]
    windows = [each.windows for each in measured if each.windows]
    baselines = dict.fromkeys(window_name(each["baseline"]) for each in windows)
    afters = dict.fromkeys(window_name(each["after"]) for each in windows)
    reports = dict.fromkeys(
        f"{each.report}'s report, {each.valuation}" for each in measured if each.report and each.valuation
    )
    lists = dict.fromkeys(f"{one_line(str(each.goods))} ({each.goods_version})" for each in measured)
    facts = [
        ("Episode", one_line(tested.episode or "none")),
        ("Denominators", "; ".join(say.denominators(tested.hypotheses))),
        ("Baseline", ", ".join(baselines)),
        ("After-window", ", ".join(afters)),
        ("Valuation", ", ".join(reports)),
        ("Goods lists", "; ".join(lists)),
        ("Coverage", "not known" if tested.coverage is None else f"{percent(tested.coverage)}, the least of what decides"),
        ("Mirror", _mirror(measured)),
        ("Vintage", one_line(tested.as_of)),
        ("Findings", "; ".join(tested.finding_ids)),
        ("Registered", one_line(given.registered or "no")),
    ]  # fmt: skip
    return tuple((term, value) for term, value in facts if value)


def _mirror(hypotheses: Sequence[Hypothesis]) -> str:
    """Text on the coalition's trade as the target itself reported it."""

    def amount(value: object) -> str:
        return usd(float(value)) if isinstance(value, int | float) else "not reported"

    mirrors = [each.mirror for each in hypotheses if each.mirror and each.mirror.get("baseline_usd")]
    found = dict.fromkeys(
        f"the coalition's trade as the target reported it ({mirror.get('valuation')}): "
        f"{amount(mirror.get('baseline_usd'))} a year before, {amount(mirror.get('after_usd'))} after"
        for mirror in mirrors
    )
    return "; ".join(found)
