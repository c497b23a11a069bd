"""Alternative text of each chart, with its figures."""

from __future__ import annotations

from collections.abc import Mapping

from stopgap.briefs.charts.hub_legs import both_words, drawn_legs, leg_name, route_ends
from stopgap.briefs.charts.lines import drawn_tracks, tracks
from stopgap.briefs.charts.waterfall import no_loss_words, waterfall_steps
from stopgap.briefs.formats.text import NOT_REPORTED, month_name, number, one_line, ordinal, percent, signed, usd
from stopgap.briefs.model import BriefModel
from stopgap.briefs.months import courses, hub_lines
from stopgap.briefs.net.charts import ChartedDestination, chance_limit, drawn_rows, places
from stopgap.briefs.net.words import with_interval_usd
from stopgap.briefs.vocabulary import GROSS_CHANGE, Members, market_of, name_of, windows_named, words_of
from stopgap.briefs.wording import a_year
from stopgap.measures.backfill.results import Finding


def _amount(value: float | None) -> str:
    return NOT_REPORTED if value is None else usd(value)


def alt_waterfall(finding: Finding, names: Mapping[str, str], members: Members = None) -> str:
    steps = waterfall_steps(finding, names, members)
    if not steps:
        return no_loss_words(finding, names, members)
    loss = steps[0].value_usd
    parts = [
        f"{step.label}{' (hub)' if step.kind == 'hub' else ''} {usd(step.value_usd)} ({percent(step.value_usd / loss)})"
        for step in steps[1:]
    ]
    year = a_year(finding)
    return f"Waterfall. {steps[0].label}: {usd(loss)}{year}. Of that, by the allocation: {'; '.join(parts)}."


def alt_net(model: BriefModel) -> str:
    finding, words = model.headline, words_of(model.headline)
    parts = [
        f"{name_of(row.supplier, model.names)}{' (hub)' if row.is_hub else ''}: net change "
        f"{'cannot be told' if row.is_told is False else usd(row.net_gain_usd or 0.0)} ({with_interval_usd(row.ci95)}), "
        f"{GROSS_CHANGE} {usd(row.gain_usd)}"
        for block in drawn_rows(finding)
        for row in block
    ]
    return f"Dots with whiskers, {words.trade} of each {words.actor}, dollars a year. {'; '.join(parts)}."


def alt_placebos(model: BriefModel) -> str:
    found, limit = places(model.headline, model.names), chance_limit(model.headline)
    if not found or limit is None:
        return ""
    at = next(i for i, place in enumerate(found) if place.is_target)
    others = [place for place in found if not place.is_target]
    within = sum(abs(place.scaled) <= limit for place in others)
    ends = f"{_place(others[0])} the highest, {_place(others[-1])} the lowest"
    return (
        f"A column of dots for each size of excess, one dot a place. {_place(found[at])}: {ordinal(at + 1)} of {len(found)}. "
        f"Of the {len(others)} others {within} lie within what is 95\u00a0% by chance; {ends}."
    )


def _place(place: ChartedDestination) -> str:
    share = signed(percent(place.excess_share), place.excess_share)
    return f"{place.name} {share} ({number(place.scaled, 1)} times its spread)"


def alt_suppliers(model: BriefModel) -> str:
    periods, made = tracks(model)
    parts = []
    large, small = drawn_tracks(made)
    for track in (*large, *small):
        values = ", ".join(f"{period} {_amount(value)}" for period, value in zip(periods, track.values, strict=True))
        parts.append(f"{track.name}: {values}")
    words = words_of(model.headline)
    return (
        f"Lines and bars by year, {words.trade} {words.preposition} "
        f"{market_of(model.headline, model.names, model.members)}. {'; '.join(parts)}."
    )


def alt_routes(model: BriefModel) -> str:
    first, last = route_ends(model)
    finding = model.headline
    parts = []
    for leg in drawn_legs(model):
        part = (
            f"{leg_name(model, leg)} ({both_words(leg)}): {first} to hub {_amount(leg.into_hub_baseline_usd)}, then "
            f"{_amount(leg.into_hub_after_usd)}; hub to {last} {_amount(leg.out_of_hub_baseline_usd)}, then "
            f"{_amount(leg.out_of_hub_after_usd)}"
        )
        if leg.into_hub_mirror_after_usd is not None:
            part += f"; the hub itself recorded {usd(leg.into_hub_mirror_after_usd)} on the first leg"
        parts.append(part)
    direct = f"{usd(finding.suspended.baseline_usd)}, then {usd(finding.suspended.after_usd)}"
    windows = ", then ".join(windows_named(finding))
    return (
        f"Paired bars of both legs of each hub, {first} to hub and hub to {last}, {windows}, dollars a year. Direct, without a "
        f"hub: {direct}. {'. '.join(parts)}."
    )


def alt_monthly(model: BriefModel) -> str:
    months, made = courses(model)
    if not made:
        return ""
    parts = []
    for course in made:
        known = [(value, month) for value, month in zip(course.values, months, strict=True) if value is not None]
        peak = max(known, default=None)
        top = f"; highest {usd(peak[0])} in {month_name(peak[1])}" if peak else ""
        change = f" ({course.says()})" if course.says() else ""
        parts.append(
            f"{course.name}: {_amount(course.before_usd)} a month before, {_amount(course.after_usd)} "
            f"at the end{change}{top}"
        )
    return (
        f"Areas by month, {month_name(months[0])} to {month_name(months[-1])}, a scale for each. Before: mean of the "
        f"12 months before {month_name(model.event)}; at the end: mean of the last 3 months reported. "
        f"{'; '.join(parts)}."
    )


def alt_hub(model: BriefModel) -> str:
    months, made = hub_lines(model)
    parts = []
    for line in made:
        known = [(value, month) for value, month in zip(line.values, months, strict=True) if value is not None]
        if not known:
            parts.append(f"{line.name}: {NOT_REPORTED}")
            continue
        high, low = max(known), known[0]
        parts.append(
            f"{line.name}: {usd(low[0])} in {month_name(low[1])}, highest {usd(high[0])} in {month_name(high[1])}, "
            f"{usd(known[-1][0])} in {month_name(known[-1][1])}"
        )
    return f"Lines by month, {one_line(model.hub_name)}, {one_line(model.hub_good)}. {'; '.join(parts)}."
