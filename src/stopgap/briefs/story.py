"""Assemble a brief's sections, independent of the format.

Every format prints this story, so that all formats have the same content.
"""

from __future__ import annotations

from collections.abc import Iterator

from stopgap.base.vocab import BriefForm
from stopgap.briefs import tables, wording
from stopgap.briefs.basis import basis_facts, basis_section, own_data, same_basis
from stopgap.briefs.charts import alt_text as alt
from stopgap.briefs.charts.coverage_map import alt_coverage, coverage_map, map_reading, silence_sentence
from stopgap.briefs.charts.lines import drawn_tracks, suppliers_over_time, tracks
from stopgap.briefs.exposure_section import exposure_section
from stopgap.briefs.filled import filled_section
from stopgap.briefs.first_page.page import first_page
from stopgap.briefs.formats.text import clean, listing, month_name, one_line, percent, sentence_case, usd
from stopgap.briefs.model import BriefModel
from stopgap.briefs.months import courses, hub_case, monthly_trade
from stopgap.briefs.net.story import net_section, rests_section, sureness_table
from stopgap.briefs.net.words import leads_with_net, net_reason
from stopgap.briefs.parts import ChartPart, Section, Story
from stopgap.briefs.routing import alerts_sentence, hubs_section
from stopgap.briefs.value_volume import value_volume_section
from stopgap.briefs.vocabulary import (
    GROSS_CHANGE,
    NamedCoalition,
    coalition_of,
    in_sentence,
    is_loss_known,
    is_purchase,
    is_substitution,
    market_of,
    name_of,
    party_of,
    told,
    words_of,
)

_TOLD_ABOVE = (
    "the loss has no interval: ", "silent in a window", "silent after the event", "members without figures, in no sum", "no ordinary goods are known",
    "the interval of net backfill includes 0",
)  # fmt: skip
"""Starts of warnings whose sentence stands in a section of its own."""
_NO_PROOF = "a match of two legs is consistent with routing"


def tell(model: BriefModel, form: BriefForm = BriefForm.FULL) -> Story:
    """All content of a brief: the first page and, in the full form, the sections after it."""
    finding, numbers = model.headline, iter(range(1, 20))
    first = first_page(model, numbers, form)
    return Story(
        title=one_line(model.title),
        kicker=one_line(model.episode_title),
        first=first,
        sections=_sections(model, numbers) if form is BriefForm.FULL else (),
        facts=basis_facts(model),
        as_of=one_line(model.as_of),
        made_with=one_line(model.made_with),
        finding_ids=tuple(found.finding_id for found in (finding, *model.others)),
        marking=model.marking,
    )


def _sections(model: BriefModel, numbers: Iterator[int]) -> tuple[Section, ...]:
    found = [
        basis_section(model),
        filled_section(model, numbers),
        net_section(model, numbers),
        rests_section(model, numbers),
        value_volume_section(model),
        _over_time(model, numbers) if model.series else None,
        hubs_section(model, numbers),
        _by_month(model, numbers) if model.monthly else None,
        _one_hub(model, numbers) if model.hub_case else None,
        exposure_section(model),
        _who(model),
        _goods(model),
        _others(model) if model.others else None,
        _statements(model) if model.statements else None,
        _reported(model, numbers) if model.reported else None,
        _care(model),
        Section("sources", "Sources", (), None, (tables.sources_table(model),)) if model.sources else None,
        _reproduce(model),
    ]
    return tuple(section for section in found if section is not None)


def _party(model: BriefModel) -> NamedCoalition:
    return coalition_of(model.headline, model.names, model.members)


def _over_time(model: BriefModel, numbers: Iterator[int]) -> Section:
    finding, words = model.headline, words_of(model.headline)
    market, year = market_of(finding, model.names, model.members), wording.a_year(finding)
    before, after = tables.window_names(finding)
    paragraphs = []
    gainers = sorted(finding.suppliers, key=lambda row: (-row.gain_usd, row.supplier))
    if gainers and gainers[0].gain_usd > 0:
        top = gainers[0]
        paragraphs.append(
            f"{sentence_case(name_of(top.supplier, model.names))}’s {words.trade} {words.preposition} {market} rose from "
            f"{usd(top.baseline_usd)}{year} in {before} to {usd(top.after_usd)}{year} in {after}, the largest {GROSS_CHANGE}."
        )
    hubs = [row for row in finding.suppliers if row.is_hub]
    if hubs:
        first, last = sum(row.baseline_usd for row in hubs), sum(row.after_usd for row in hubs)
        who = (
            f"The {len(hubs)} hubs together"
            if len(hubs) > 1
            else f"The one hub, {name_of(hubs[0].supplier, model.names)},"
        )
        paragraphs.append(f"{who} {words.traded} {usd(first)}{year}, then {usd(last)}{year}.")
    _, made = tracks(model)
    large, small = drawn_tracks(made)
    left = len(made) - len(large) - len(small)
    reading = (
        f"Above, one scale for {_party(model).noun} and the largest; below, a scale of its own for each panel, with its "
        "figures. A sum is of those that reported all of that year. n/r: not reported, which is not zero."
    )
    if left > 0:
        reading += f" {left} more in the table."
    figure = ChartPart(
        "series",
        next(numbers),
        f"{words.trade.capitalize()} {words.preposition} {market} by year",
        reading,
        same_basis(own_data(model, model.series_label), "by calendar year", "levels in USD a year, no denominator"),
        alt.alt_suppliers(model),
        lambda width: suppliers_over_time(model, width=width),
    )
    title = f"Who {words.traded} instead, year by year"
    texts = (" ".join(paragraphs),)
    return Section("series", title, texts, figure, (tables.series_table(model),))


def _by_month(model: BriefModel, numbers: Iterator[int]) -> Section:
    months, made = courses(model)
    words, party = words_of(model.headline), _monthly_party(model)
    sentences = [f"Monthly figures: {party.counted}."] if model.monthly_members else []
    mean = f"mean of the 12 months before {month_name(model.event)}"
    for course in made:
        if course.is_target and course.before_usd is not None and course.after_usd is not None:
            moved = "fell" if course.after_usd < course.before_usd else "rose"
            sentences.append(
                f"{sentence_case(words.member_trade)} of {party.noun} {words.member_preposition} {in_sentence(course.name)} "
                f"{moved} from {usd(course.before_usd)} a month ({mean}) to {usd(course.after_usd)} (mean of the last 3 reported)."
            )
    risers = [course for course in made if not course.is_target and (course.ratio or 0) > 1.5][:3]
    if risers:
        parts = [
            f"{course.name} from {usd(course.before_usd or 0)} to {usd(course.after_usd or 0)} a month ({course.says()})"
            for course in risers
        ]
        sentences.append(f"{sentence_case(words.member_trade)} {words.member_preposition} hubs rose: {listing(parts)}.")
    reading = f"A scale for each panel; above it, the {mean} and of the last 3 months reported. A gap: not reported."
    label = f"{one_line(model.monthly_label)}; {one_line(model.monthly_unit)}"
    hubs = any(not course.is_target for course in made)
    title = f"Month by month: {one_line(model.target_name)}{' and the hubs' if hubs else ''}"
    legs = f"hubs to {party.noun}" if is_purchase(model.headline) else f"{party.noun} to hubs"
    route = f"direct, and {legs}" if hubs else "direct"
    figure = ChartPart(
        "monthly",
        next(numbers),
        f"{sentence_case(words.member_trade)} of {party.noun} by month, {month_name(months[0])} to {month_name(months[-1])}",
        reading,
        same_basis(label, f"route: {route}", "levels by month, no denominator"),
        alt.alt_monthly(model),
        lambda width: monthly_trade(model, width=width),
    )
    return Section("monthly", title, (" ".join(sentences),), figure, (tables.monthly_table(model),))


def _monthly_party(model: BriefModel) -> NamedCoalition:
    """Who the monthly figures are of: often fewer members than the headline's."""
    if not model.monthly_members:
        return _party(model)
    return party_of(model.monthly_members, model.names, model.members, model.headline.windows.after[0])


def _one_hub(model: BriefModel, numbers: Iterator[int]) -> Section:
    rows = sorted(model.hub_case, key=lambda row: row.month)
    hub, good, target = one_line(model.hub_name), wording.goods_phrase(model.hub_good), one_line(model.target_name)
    imported = [row.imports_usd for row in rows if row.imports_usd is not None]
    sold = [
        (row.exports_to_target_usd, row.exports_all_usd)
        for row in rows
        if row.exports_to_target_usd is not None and row.exports_all_usd is not None
    ]
    total = sum(every for _, every in sold)
    text = f"From {month_name(rows[0].month)} to {month_name(rows[-1].month)} {hub} reported imports of {good} of {usd(sum(imported))} in all"
    if sold:
        text += f" and exports of {usd(total)}, of which {usd(sum(part for part, _ in sold))} to {target}"
        if total > 0:
            text += f" ({percent(sum(part for part, _ in sold) / total)})"
    figure = ChartPart(
        "hub",
        next(numbers),
        f"{hub}: {one_line(model.hub_good)}, by month",
        "The figure beside each name is that of the last month reported.",
        same_basis(one_line(model.hub_case_label), f"route: into and out of {hub}", "levels by month, no denominator"),
        alt.alt_hub(model),
        lambda width: hub_case(model, width=width),
    )
    return Section("hub", f"One hub closely: {hub}", (text + ".",), figure, (tables.hub_table(model),))


def _reported(model: BriefModel, numbers: Iterator[int]) -> Section:
    title, table = "Who reported, and when", tables.reported_table(model)
    figure = ChartPart(
        "reported",
        next(numbers),
        title,
        map_reading(model),
        same_basis(own_data(model, model.reported_label), "a cell is a reporter and a period, no amount"),
        alt_coverage(model),
        lambda width: coverage_map(model, width=width),
    )
    return Section("reported", title, (silence_sentence(model),), figure, () if table is None else (table,))


def _who(model: BriefModel) -> Section:
    words = words_of(model.headline)
    texts = (
        wording.group_sentence(model.headline, model.names, model.members),
        wording.missing_sentence(model.headline, model.names),
        wording.origin_sentence(model.headline),
    )
    title = f"Every {words.actor}, every member"
    shown = tuple(text for text in texts if text)
    return Section("who", title, shown, None, (tables.suppliers_table(model), tables.members_table(model)))


def _goods(model: BriefModel) -> Section | None:
    found = (tables.goods_table(model), sureness_table(model))
    shown = tuple(table for table in found if table is not None)
    return Section("goods", "Good by good", (), None, shown) if shown else None


def _others(model: BriefModel) -> Section:
    gross = [found for found in model.others if is_loss_known(found) and not leads_with_net(found)]
    reasons = {net_reason(found) for found in gross}
    shared = f"Figures without an interval are gross. {reasons.pop()}" if len(reasons) == 1 and len(gross) > 1 else ""
    sentences = tuple(
        wording.headline_sentence(found, model.names, model.goods_titles, model.members)
        + ("" if shared or found not in gross else f" Gross. {net_reason(found)}")
        for found in model.others
    )
    texts = (shared,) if shared else ()
    return Section("others", "Other goods lists", texts, None, (tables.others_table(model),), sentences)


def _statements(model: BriefModel) -> Section:
    count = len(model.statements)
    text = (
        f"{'One statement' if count == 1 else f'{count} statements'} of the register, each as last held against the lake’s "
        "figures, on goods, period and threshold of its own: the shares are not those of the headline. "
        "stopgap claims test ID --output FILE.html makes the page of one."
    )
    return Section("statements", "What was said", (text,), None, (tables.statements_table(model),))


def _care(model: BriefModel) -> Section:
    finding = model.headline
    items = [one_line(text) for text in model.caveats]
    items += [
        sentence_case(told(note, finding, model.names)) for note in finding.warnings if not note.startswith(_TOLD_ABOVE)
    ]
    wanted = [
        (model.series, "Trade by year is left out: it needs yearly rows of several economies with the target"),
        (model.legs, "Routes are left out: they need rows of the coalition with hubs, and of hubs with the target"),
        (model.monthly, "Trade by month is left out: it needs monthly rows of the coalition with the target and the hubs"),
    ]  # fmt: skip
    if not is_purchase(finding):
        wanted.append((model.hub_case, "One hub closely is left out: it needs monthly rows of a hub’s imports and exports of one good"))  # fmt: skip
    alerts = alerts_sentence(model)
    items += [alerts] if alerts else []
    if model.routing is not None:
        above = (*_TOLD_ABOVE, *((_NO_PROOF,) if model.legs else ()))
        warnings = [
            note for note in model.routing.warnings if note not in finding.warnings and not note.startswith(above)
        ]
        items += [sentence_case(told(note, finding, model.names)) for note in warnings]
    if not is_substitution(finding):
        items += [f"{text}." for rows, text in wanted if not rows]
    items += [one_line(text) for text in model.left_out]
    return Section("care", "Read with care", (), None, (tables.coverage_table(model),), tuple(items))


def _reproduce(model: BriefModel) -> Section:
    found = (model.headline, *model.others)
    named = " ".join(figure for figure, _ in model.reproduce)
    items = tuple(
        f"{one_line(model.goods_titles.get(finding.goods, finding.goods))}: {finding.finding_id}"
        for finding in found
        if finding.finding_id not in named
    )
    text = "Each number comes from a finding with an id, made from one vintage of the lake. The same commands on the same vintage give the same ids."
    commands = tuple((one_line(figure), clean(command)) for figure, command in model.reproduce)
    return Section("reproduce", "Make these numbers again", (text,), None, (), items, commands)
