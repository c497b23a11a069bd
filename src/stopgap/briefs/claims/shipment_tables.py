"""Figures of one part of a claim of supply: trade by year and by group of the list, the rise, and the interval of a share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stopgap.base.vocab import Frequency
from stopgap.briefs.claims import words as say
from stopgap.briefs.claims.goods_names import group_name, list_title
from stopgap.briefs.claims.ladder import BREADTHS, PartHypotheses, line_of_test, rise_test, signed_share
from stopgap.briefs.claims.year_chart import YearBars
from stopgap.briefs.formats.cells import BriefTable, Column, Typed, Value
from stopgap.briefs.formats.text import NOT_REPORTED, UNDEFINED, listing, number, sentence_case, usd
from stopgap.claims.testing.layers.facts import GroupFigures, InflowFacts, Layer, RiseFacts, ShippedFacts, YearFigure
from stopgap.claims.testing.layers.words import window_words
from stopgap.claims.testing.results import Hypothesis, Verdict

MOST_ROWS = 15
"""Most rows of a table; one line tells how many more there are."""

MOST_YEARS = 3
_LEAST_MONTHS = 6
_MOST_NAMED = 3


@dataclass(frozen=True)
class ShippedList:
    """Reported trade in one goods list, with its name beside the others of the same part."""

    name: str
    hypothesis: Hypothesis
    facts: ShippedFacts

    @property
    def is_annual(self) -> bool:
        """Whether the figures are by calendar year."""
        return self.hypothesis.frequency == Frequency.ANNUAL

    @property
    def judged(self) -> tuple[str, ...]:
        """Calendar years of the window that is judged."""
        first, last = self.facts.window
        return tuple(year for year in self.years if _months_within(first, last, year) >= self._least)

    @property
    def _least(self) -> int:
        return _LEAST_MONTHS if self.is_annual else 1

    @property
    def years(self) -> tuple[str, ...]:
        """Every year from the first to the last that was reported."""
        known = [int(each.year) for each in self.facts.years]
        return tuple(str(year) for year in range(min(known), max(known) + 1)) if known else ()

    def of(self, year: str) -> YearFigure | None:
        """Figures of a year; ``None`` where nothing of it was reported."""
        return next((each for each in self.facts.years if each.year == year), None)


def _months_within(first: str, last: str, year: str) -> int:
    start, end = max(first, f"{year}-01"), min(last, f"{year}-12")
    return 0 if start > end else int(end[5:]) - int(start[5:]) + 1


def shipped_lists(tested: PartHypotheses) -> list[ShippedList]:
    """Return the goods lists of a part with reported trade: the narrow one, the broad one, whole headings."""
    found = [each for each in tested.at(Layer.SHIPPED) if isinstance(each.facts, ShippedFacts) and each.facts.years]
    made = []
    for each in found:
        assert isinstance(each.facts, ShippedFacts)
        made.append(ShippedList(_list_name(each, several=len(found) > 1), each, each.facts))
    return made


def _list_name(hypothesis: Hypothesis, *, several: bool) -> str:
    breadth = BREADTHS.get(str(hypothesis.breadth))
    return sentence_case(breadth if breadth and several else list_title(str(hypothesis.goods)))


def tonnes(kilograms: float | None, value_usd: float | None) -> str:
    """Format a quantity for a column of tonnes: ``1,365``; two decimals under 10; missing is not zero."""
    if value_usd is None:
        return NOT_REPORTED
    if kilograms is None:
        return UNDEFINED
    size = kilograms / 1000
    return "0" if size == 0 else number(size, 0 if size >= 9.95 else 2)


def years_table(lists: Sequence[ShippedList], note: str) -> BriefTable:
    """Table of trade by year, the lists side by side; the last row sums the years that are judged."""
    years = sorted({year for each in lists for year in each.years})
    several = len(lists) > 1
    has_codes = any(each.facts.codes > 1 for each in lists)
    has_weights = any(row.net_kg for each in lists for row in each.facts.years)
    columns: list[Column] = [Column("Year")]
    for each in lists:
        lead = f"{each.name}, " if several else ""
        columns.append(Column(sentence_case(f"{lead}value"), "usd"))
        columns += [Column("tonnes", "count")] if has_weights else []
        columns += [Column(f"codes of {each.facts.codes}", "count")] if has_codes else []

    def row(year: str) -> tuple[Value, ...]:
        cells: list[Value] = [_year_name(lists, year)]
        for each in lists:
            found = each.of(year)
            value = None if found is None else found.value_usd
            cells.append(value)
            cells += [Typed("text", tonnes(found.net_kg if found else None, value))] if has_weights else []
            cells += [Typed("text", NOT_REPORTED if found is None else str(found.codes))] if has_codes else []
        return tuple(cells)

    total: list[Value] = [f"Judged: {window_words(lists[0].facts.window, str(lists[0].hypothesis.frequency))}"]
    for each in lists:
        facts = each.facts
        total.append(facts.value_usd)
        total += [Typed("text", tonnes(facts.net_kg, facts.value_usd))] if has_weights else []
        total += [Typed("text", str(facts.codes_traded))] if has_codes else []
    shown = years[-MOST_ROWS:]
    left = len(years) - len(shown)
    early = f" {left} earlier years are left out here." if left else ""
    return BriefTable(
        "by-year", "Reported trade by year", tuple(columns), tuple(map(row, shown)), tuple(total), note + early
    )


def _year_name(lists: Sequence[ShippedList], year: str) -> str:
    counts = {found.periods for each in lists if not each.is_annual and (found := each.of(year))}
    return f"{year} ({max(counts)} of 12 months)" if counts and max(counts) < 12 else year


def compared_years(each: ShippedList) -> tuple[str, ...]:
    """Return the years that groups are compared over: the last before the window, and the last three of the window."""
    judged = each.judged
    before = [year for year in each.years if not judged or year < judged[0]]
    return (*before[-1:], *judged[-MOST_YEARS:])


def groups_table(each: ShippedList, key: str) -> BriefTable | None:
    """Table of trade by group of the list, or by code of a short one; ``None`` where it has neither."""
    if not each.facts.groups:
        return None
    years = compared_years(each)
    has_weights = any(row.net_kg for group in each.facts.groups for row in group.years)
    columns = [Column("Group of the list" if not _are_codes(each) else "Code")]
    columns += [Column(f"{year}, value", "usd") for year in years]
    columns += [Column(f"{year}, tonnes", "count") for year in years] if has_weights else []
    ranked = list(each.facts.groups)
    if len(ranked) > MOST_ROWS:
        ranked.sort(key=lambda group: -_value(group, years[-1]))
    shown = ranked[:MOST_ROWS]

    def row(group: GroupFigures) -> tuple[Value, ...]:
        found = {figure.year: figure for figure in group.years}
        values: list[Value] = [found[year].value_usd if year in found else None for year in years]
        quantities: list[Value] = [
            Typed("text", tonnes(found[year].net_kg, found[year].value_usd) if year in found else NOT_REPORTED)
            for year in years
        ]
        return (group_name(str(each.hypothesis.goods), group.group), *values, *(quantities if has_weights else ()))

    left = len(ranked) - len(shown)
    return BriefTable(
        key,
        f"{each.name}, by {'code' if _are_codes(each) else 'group'}",
        tuple(columns),
        tuple(map(row, shown)),
        note=f"{left} smaller groups are left out here." if left else "",
    )


def _are_codes(each: ShippedList) -> bool:
    return all(len(group.group) == 6 and group.group.isdigit() for group in each.facts.groups)


def _value(group: GroupFigures, year: str) -> float:
    return next((figure.value_usd or 0.0 for figure in group.years if figure.year == year), 0.0)


def groups_sentence(each: ShippedList) -> str | None:
    """Sentence on the groups whose value rose most and on those whose value fell; ``None`` with fewer than two years."""
    years = compared_years(each)
    if len(years) < 2 or not each.facts.groups:
        return None
    first, last = years[0], years[-1]
    changes = [(_value(group, first), _value(group, last), group.group) for group in each.facts.groups]
    risen = sorted((c for c in changes if c[1] > c[0]), key=lambda c: c[0] - c[1])
    fallen = sorted((c for c in changes if c[1] < c[0]), key=lambda c: c[1] - c[0])
    goods = str(each.hypothesis.goods)

    def named(rows: Sequence[tuple[float, float, str]]) -> str:
        return listing(
            f"{group_name(goods, name, short=True)} ({usd(before) if before else 'none'} to {usd(after) if after else 'none'})"
            for before, after, name in rows[:_MOST_NAMED]
        )

    parts = [f"rose {'most ' if len(risen) > _MOST_NAMED else ''}in {named(risen)}"] if risen else []
    parts += [f"fell {'most ' if len(fallen) > _MOST_NAMED else ''}in {named(fallen)}"] if fallen else []
    if not parts:
        return None
    return f"{each.name}, {first} to {last}: the value {'; it '.join(parts)}."


def year_panels(lists: Sequence[ShippedList]) -> list[YearBars]:
    """Return two panels for each list, value and tonnes; the second only where weights are known.

    A single list is named above the chart, and its panels by what they show.
    """
    panels = []
    several = len(lists) > 1
    has_weights = any(row.net_kg for each in lists for row in each.facts.years)
    for each in lists:
        years, judged = each.years, frozenset(each.judged)
        figures = [each.of(year) for year in years]
        values = [None if found is None else found.value_usd for found in figures]
        peak = max((value or 0.0 for value in values), default=0.0)
        divisor, unit = (1e9, "USD bn") if peak >= 9.995e9 else (1e6, "USD m")
        scaled = tuple(None if value is None else value / divisor for value in values)
        panels.append(YearBars(each.name if several else "Value", unit, years, scaled, judged))
        if has_weights:
            quantities = tuple(
                None if found is None or found.net_kg is None else found.net_kg / 1000 for found in figures
            )
            panels.append(YearBars(each.name if several else "Quantity", "tonnes", years, quantities, judged))
    return panels


def rise_table(tested: PartHypotheses) -> BriefTable | None:
    """Table of quantity, value and price before and after, by list; ``None`` where no rise was measured."""
    found = [each for each in tested.at(Layer.ROSE) if isinstance(each.facts, RiseFacts)]
    if not found:
        return None
    facts = [each.facts for each in found if isinstance(each.facts, RiseFacts)]
    has_kg = any(each.after_kg is not None for each in facts)
    columns = [Column("List")]
    columns += [Column("Tonnes a year before", "count"), Column("after", "count")] if has_kg else []
    columns += [Column("Value a year before", "usd"), Column("after", "usd"), Column("Price", "count"), Column("Test")]
    rows: list[tuple[Value, ...]] = []
    for hypothesis, each in zip(found, facts, strict=True):
        quantities = [Typed("text", tonnes(kg, 0.0)) for kg in (each.baseline_kg, each.after_kg)] if has_kg else []
        price = UNDEFINED if each.price_ratio is None else signed_share(each.price_ratio - 1)
        rows.append(
            (
                _list_name(hypothesis, several=len(found) > 1),
                *quantities,
                each.baseline_usd,
                each.after_usd,
                Typed("text", price),
                line_of_test(rise_test(each, hypothesis.verdict)),
            )
        )
    windows = next((each.windows for each in found if each.windows and "baseline" in each.windows), None)
    frequency = found[0].frequency
    when = ""
    if windows:
        when = f"Before: {say.window_text(windows['baseline'], frequency)}; after: {say.window_text(windows['after'], frequency)}. "
    moved = sorted({code for each in facts for code in each.moved})
    out = f" Left out of both: {', '.join(moved)}, whose content moved to other codes." if moved else ""
    return BriefTable(
        "rise",
        "Quantity, value and price apart",
        tuple(columns),
        tuple(rows[:MOST_ROWS]),
        note=f"{when}Price: value after by the same quantities at the unit values before, over goods traded in both. "
        f"Where quantities are known, a rise of value alone is a rise of prices.{out}",
    )


def inflow_table(tested: PartHypotheses) -> BriefTable | None:
    """Table of the actor's share of the target's inflow, by list; ``None`` where it cannot be told."""
    found = [
        each
        for each in tested.at(Layer.INFLOW_SHARE)
        if isinstance(each.facts, InflowFacts)
        and each.estimate is not None
        and each.verdict is not Verdict.NOT_TESTABLE
    ]
    if not found:
        return None
    rows = []
    for each in found:
        facts = each.facts
        assert isinstance(facts, InflowFacts)
        rows.append(
            (
                _list_name(each, several=len(found) > 1),
                facts.actor_usd,
                facts.inflow_usd,
                Typed("share", facts.actor_usd / facts.inflow_usd),
                Typed("share", facts.other_side_share),
                facts.economies,
                Typed("share", each.threshold),
            )
        )
    windows = found[0].windows
    when = f"Means a year of {say.window_text(windows['after'], found[0].frequency)}." if windows else ""
    return BriefTable(
        "inflow",
        "Share of the whole inflow",
        (Column("List"), Column("Actor", "usd"), Column("All economies", "usd"), Column("Share", "share"),
         Column("By the other side's report", "share"), Column("Economies", "count"), Column("Held against", "share")),
        tuple(rows[:MOST_ROWS]),
        note=f"{when} All economies: those with figures in both windows. n/a: the other side does not report.",
    )  # fmt: skip
