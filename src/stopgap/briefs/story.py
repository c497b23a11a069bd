"""Assemble a brief's sections, independent of the format.

Every format prints this story, so that all formats have the same content.
"""

from __future__ import annotations

from collections.abc import Iterator

from stopgap.base.vocab import Direction
from stopgap.briefs import tables, wording
from stopgap.briefs.basis import basis_section, own_data, same_basis
from stopgap.briefs.charts import alt_text as alt
from stopgap.briefs.charts.coverage_map import alt_coverage, coverage_map, map_reading, silence_sentence
from stopgap.briefs.charts.lines import drawn_tracks, suppliers_over_time, tracks
from stopgap.briefs.charts.waterfall import waterfall, waterfall_steps
from stopgap.briefs.exposure_section import exposure_section
from stopgap.briefs.filled import filled_section
from stopgap.briefs.formats.text import clean, listing, month_name, one_line, percent, sentence_case, signed, usd
from stopgap.briefs.model import BriefModel
from stopgap.briefs.months import courses, hub_case, monthly_trade
from stopgap.briefs.net.story import net_section, rests_section, sureness_table
from stopgap.briefs.net.words import leads_with_net, leads_with_symmetric, net_reason, net_sentence, with_interval
from stopgap.briefs.parts import ChartPart, KeyFigure, Section, Story
from stopgap.briefs.routing import alerts_sentence, hubs_section
from stopgap.briefs.vocabulary import name_of, words_for


def tell(model: BriefModel) -> Story:
    finding = model.headline
    numbers = iter(range(1, 20))
    lead = _lead(model, numbers)
    gross = wording.gross_sentence(finding)
    if leads_with_net(finding):
        gross = f"{wording.filled_sentence(finding, model.names)} {gross}"
    told = [
        basis_section(model),
        filled_section(model, numbers),
        net_section(model, numbers),
        rests_section(model, numbers),
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
    return Story(
        title=one_line(model.title),
        kicker=one_line(model.episode_title),
        sentence=wording.headline_sentence(finding, model.names, model.goods_titles),
        deck=(gross, net_sentence(finding)),
        key_figures=_key_figures(model),
        lead=lead,
        sections=tuple(section for section in told if section is not None),
        facts=(*wording.facts(finding, model.goods_titles), wording.counterfactual_fact(finding)),
        as_of=one_line(model.as_of),
        made_with=one_line(model.made_with),
        finding_ids=tuple(found.finding_id for found in (finding, *model.others)),
        marking=model.marking,
    )


def _key_figures(model: BriefModel) -> tuple[KeyFigure, ...]:
    finding, words = model.headline, words_for(model.direction)
    suspended, identity, filled = finding.suspended, finding.identity, wording.total_filled_usd(finding)
    loss, whole, change = suspended.loss_usd, identity.loss_usd, ""
    if suspended.loss_share is not None:
        fall = None if suspended.ci95 is None else (-suspended.ci95[1], -suspended.ci95[0])
        share = signed(percent(-suspended.loss_share), -suspended.loss_share)
        change = f", {share} ({with_interval(fall)})"

    def part(value: float) -> str:
        return f" ({percent(value / whole)})" if whole > 0 else ""

    lost = KeyFigure(usd(abs(loss)), f"{'less' if loss >= 0 else 'more'} {words.traded} by the coalition{change}")
    if not finding.suppliers:
        labels = (f"ratio: no other {words.actor} has figures in both windows", words.filled, words.not_filled)
        return lost, *(KeyFigure("not known", label) for label in labels)
    return (
        lost,
        _ratio_figure(model),
        KeyFigure(usd(filled), f"{words.filled} by {words.actors} that {words.traded} more, gross{part(filled)}"),
        KeyFigure(usd(identity.unfilled_usd), f"{words.not_filled}{part(identity.unfilled_usd)}"),
    )


def _ratio_figure(model: BriefModel) -> KeyFigure:
    """Key figure: the net ratio with interval and rank where a headline can lead with it, else the gross ratio."""
    finding, words = model.headline, words_for(model.direction)
    backfill = finding.backfill
    if leads_with_symmetric(finding):
        rank = "" if backfill.placebo_rank is None else "; rank {} of {}".format(*backfill.placebo_rank)
        label = f"of the counterfactual loss, net: {words.backfilled} beyond what would have been {words.traded} anyway"
        return KeyFigure(percent(backfill.symmetric_ratio), f"{label} ({with_interval(backfill.symmetric_ci95)}{rank})")
    if leads_with_net(finding):
        rank = "" if backfill.placebo_rank is None else "; rank {} of {}".format(*backfill.placebo_rank)
        label = f"of the loss, net: {words.backfilled} beyond what would have been {words.traded} anyway"
        return KeyFigure(percent(backfill.net_ratio), f"{label} ({with_interval(backfill.net_ci95)}{rank})")
    ratio = backfill.gross_ratio if backfill.defined else None
    return KeyFigure(
        "not defined" if ratio is None else percent(ratio),
        f"gross ratio: rises and falls of all other {words.actors}, by the loss; no net figure with an interval",
    )


def _lead(model: BriefModel, numbers: Iterator[int]) -> Section:
    finding, words = model.headline, words_for(model.direction)
    title, text = "What was lost, and who stepped in", ""
    if not waterfall_steps(finding, model.names):
        text = f"The coalition {words.traded} less in no good of the list, so there is nothing to allocate and no picture of it."
    elif not finding.suppliers:
        text = (
            f"No {words.actor} outside the coalition has figures in both windows: who stepped in is not known, "
            "and there is no picture of it."
        )
    if text:
        return Section("lead", title, (text,))
    reading = (
        f"Read from the top: the coalition’s loss, less what each {words.actor} that {words.traded} more took up, "
        f"leaves what was {words.not_filled}. Percentages are of the loss; lighter bars are hubs."
    )
    figure = ChartPart(
        "lost",
        next(numbers),
        f"Lost, {words.filled}, {words.not_filled}",
        reading,
        sentence_case(wording.facts_line(finding, model.goods_titles)),
        alt.alt_waterfall(finding, model.names),
        lambda width: waterfall(finding, model.names, width=width),
    )
    return Section("lead", title, (), figure)


def _over_time(model: BriefModel, numbers: Iterator[int]) -> Section:
    finding, words = model.headline, words_for(model.direction)
    target = one_line(model.target_name)
    before, after = tables.window_names(finding)
    paragraphs = []
    gainers = sorted(finding.suppliers, key=lambda row: (-row.gain_usd, row.supplier))
    if gainers and gainers[0].gain_usd > 0:
        top = gainers[0]
        paragraphs.append(
            f"{sentence_case(name_of(top.supplier, model.names))}’s {words.trade} {words.preposition} {target} rose from "
            f"{usd(top.baseline_usd)} in {before} to {usd(top.after_usd)} in {after}, the largest gain."
        )
    hubs = [row for row in finding.suppliers if row.is_hub]
    if hubs:
        first, last = sum(row.baseline_usd for row in hubs), sum(row.after_usd for row in hubs)
        paragraphs.append(
            f"The {len(hubs)} hubs together went from {usd(first)} to {usd(last)}."
            if len(hubs) > 1
            else f"The one hub, {name_of(hubs[0].supplier, model.names)}, went from {usd(first)} to {usd(last)}."
        )
    _, made = tracks(model)
    large, small = drawn_tracks(made)
    left = len(made) - len(large) - len(small)
    reading = (
        "Above, one scale for the coalition’s groups and the largest; below, a scale of its own for each panel, with its "
        "figures. n/r: not reported, which is not zero."
    )
    if left > 0:
        reading += f" {left} more in the table."
    figure = ChartPart(
        "series",
        next(numbers),
        f"{words.trade.capitalize()} {words.preposition} {target} by year",
        reading,
        same_basis(own_data(model, model.series_label), "by calendar year", "levels in USD a year, no denominator"),
        alt.alt_suppliers(model),
        lambda width: suppliers_over_time(model, width=width),
    )
    title = f"Who {words.traded} instead, year by year"
    return Section("series", title, (" ".join(paragraphs),), figure, (tables.series_table(model),))


def _by_month(model: BriefModel, numbers: Iterator[int]) -> Section:
    months, made = courses(model)
    sentences = []
    for course in made:
        if course.is_target and course.before_usd is not None and course.after_usd is not None:
            moved = "fell" if course.after_usd < course.before_usd else "rose"
            sentences.append(
                f"The coalition’s trade with {course.name} {moved} from {usd(course.before_usd)} a month to {usd(course.after_usd)}."
            )
    risers = [course for course in made if not course.is_target and (course.ratio or 0) > 1.5][:3]
    if risers:
        parts = [
            f"{course.name} from {usd(course.before_usd or 0)} to {usd(course.after_usd or 0)} ({course.says()})"
            for course in risers
        ]
        sentences.append(f"With neighbours it rose: {listing(parts)}.")
    reading = (
        f"A scale for each panel; above it, the mean of the 12 months before {month_name(model.event)} and of the last 3 "
        "months reported. A gap: not reported."
    )
    label = f"{one_line(model.monthly_label)}; {one_line(model.monthly_unit)}"
    figure = ChartPart(
        "monthly",
        next(numbers),
        f"The coalition’s trade by month, {month_name(months[0])} to {month_name(months[-1])}",
        reading,
        same_basis(label, "route: direct, and the first leg to neighbours", "levels by month, no denominator"),
        alt.alt_monthly(model),
        lambda width: monthly_trade(model, width=width),
    )
    title = "Month by month: the target and its neighbours"
    return Section("monthly", title, (" ".join(sentences),), figure, (tables.monthly_table(model),))


def _one_hub(model: BriefModel, numbers: Iterator[int]) -> Section:
    rows = sorted(model.hub_case, key=lambda row: row.month)
    hub, good, target = one_line(model.hub_name), one_line(model.hub_good), one_line(model.target_name)
    imported = [row.imports_usd for row in rows if row.imports_usd is not None]
    sold = [
        (row.exports_to_target_usd, row.exports_all_usd)
        for row in rows
        if row.exports_to_target_usd is not None and row.exports_all_usd is not None
    ]
    total = sum(every for _, every in sold)
    text = f"From {month_name(rows[0].month)} to {month_name(rows[-1].month)} {hub} reported imports of {good} of {usd(sum(imported))}"
    if sold:
        text += f" and exports of {usd(total)}, of which {usd(sum(part for part, _ in sold))} to {target}"
        if total > 0:
            text += f" ({percent(sum(part for part, _ in sold) / total)})"
    figure = ChartPart(
        "hub",
        next(numbers),
        f"{hub}: {good} by month",
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
    words = words_for(model.direction)
    text = wording.missing_sentence(model.headline, model.names)
    title = f"Every {words.actor}, every member"
    return Section("who", title, (text,), None, (tables.suppliers_table(model), tables.members_table(model)))


def _goods(model: BriefModel) -> Section | None:
    found = (tables.goods_table(model), sureness_table(model))
    shown = tuple(table for table in found if table is not None)
    return Section("goods", "Good by good", (), None, shown) if shown else None


def _others(model: BriefModel) -> Section:
    sentences = tuple(
        wording.headline_sentence(found, model.names, model.goods_titles)
        + ("" if leads_with_net(found) else f" Gross. {net_reason(found)}")
        for found in model.others
    )
    return Section("others", "Other goods lists", (), None, (tables.others_table(model),), sentences)


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
    items = [one_line(text) for text in (*model.caveats, *(sentence_case(note) for note in finding.warnings))]
    wanted = [
        (model.series, "Trade by year is left out: it needs yearly rows of several suppliers with the target"),
        (model.legs, "Routes are left out: they need rows of the coalition with hubs, and of hubs with the target"),
        (model.monthly, "Trade by month is left out: it needs monthly rows of the coalition with the target and its neighbours"),
        (model.hub_case, "One hub closely is left out: it needs monthly rows of a hub’s imports and exports of one good"),
    ]  # fmt: skip
    alerts = alerts_sentence(model)
    items += [alerts] if alerts else []
    if model.routing is not None:
        items += [sentence_case(one_line(note)) for note in model.routing.warnings if note not in finding.warnings]
    exports = model.direction == Direction.EXPORTS_TO_TARGET
    items += [f"{text}." for rows, text in wanted if not rows and (exports or rows is not model.hub_case)]
    return Section("care", "Read with care", (), None, (tables.coverage_table(model),), tuple(items))


def _reproduce(model: BriefModel) -> Section:
    found = (model.headline, *model.others)
    items = tuple(
        f"{one_line(model.goods_titles.get(finding.goods, finding.goods))}: {finding.finding_id}" for finding in found
    )
    text = "Each number comes from a finding with an id, made from one vintage of the lake. The same commands on the same vintage give the same ids."
    commands = tuple((one_line(figure), clean(command)) for figure, command in model.reproduce)
    return Section("reproduce", "Make these numbers again", (text,), None, (), items, commands)
