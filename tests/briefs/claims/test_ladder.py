"""The ladder of a claim and the tables of its parts: every layer, every verdict word, sums done by hand."""

from __future__ import annotations

from dataclasses import replace

import claim_fixture as fixture
import pytest

from stopgap.briefs.claims.goods_names import group_name
from stopgap.briefs.claims.ladder import (
    figures_in_short,
    ladder_parts,
    ladders,
    reason_in_short,
    rise_test,
    signed_share,
)
from stopgap.briefs.claims.listing_tables import acts_table, counts_table, listing_panels, share_table
from stopgap.briefs.claims.part_sheets import part_sheets
from stopgap.briefs.claims.parts import Numbers
from stopgap.briefs.claims.shipment_tables import (
    compared_years,
    groups_sentence,
    groups_table,
    rise_table,
    shipped_lists,
    tonnes,
    year_panels,
    years_table,
)
from stopgap.briefs.claims.words import judged_words, rule_words
from stopgap.briefs.claims.year_chart import YearBars, alt_bars, value_text
from stopgap.briefs.formats.cells import Typed, print_cell
from stopgap.briefs.formats.text import NBSP
from stopgap.claims.claim import Action
from stopgap.claims.testing.layers.facts import Layer, RiseFacts
from stopgap.claims.testing.results import TestedClaim, Verdict


def plain(text: str) -> str:
    return text.replace(NBSP, " ")


def shown(row: tuple[object, ...]) -> list[str]:
    """Cells of a row as a reader sees them; dollars in USD million."""
    return [
        each
        if isinstance(each, str)
        else print_cell("text", each)
        if isinstance(each, Typed)
        else print_cell("usd", each)
        for each in row  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("layer", Layer)
def test_every_layer_and_verdict_has_a_rung_with_its_words(layer: Layer, verdict: Verdict) -> None:
    fix = "more figures would test it" if verdict is Verdict.NOT_TESTABLE else None
    made = fixture.untestable(layer, str(layer), "A reason.", str(fix), verdict=verdict, decides=True)
    [ladder] = ladders(ladder_parts(fixture.outcome(None, (made,))), "k")
    [rung] = ladder.rungs
    [cell] = rung.cells
    assert rung.is_asserted
    assert rung.question.endswith("?")
    assert cell.answer.lower() == str(verdict)
    assert cell.lines == ("A reason.",)
    assert rung.settle == ("More figures would test it." if fix else "")


def test_layers_go_from_fact_to_inference_and_the_asserted_one_is_marked() -> None:
    tested = fixture.outcome()
    [ladder] = ladders(ladder_parts(tested), "k")
    assert [rung.name for rung in ladder.rungs] == [
        "Shipped", "Share of inflow", "Rose", "Beyond growth elsewhere", "Share of the loss",
    ]  # fmt: skip
    assert [rung.is_asserted for rung in ladder.rungs] == [False, False, False, False, True]
    lines = [plain(line) for rung in ladder.rungs for line in rung.cells[0].lines]
    assert lines == [
        "USD 300 m, 24.0 t",
        "65 % of USD 60.0 bn a year, as 126 economies report; 50 % by the target's own report",
        "quantity +50 %, value +200 %, price +100 %",
        "Stated, not tested (3 other destinations)",
        "USD 14.8 bn a year (USD 2.3 to 23.5 bn)",
        "48 % (30 to 66 %)",
    ]
    assert [rung.when for rung in ladder.rungs][:3] == [
        "2022 and 2023", "2023 and 2024 against 2020 and 2021", "2023 and 2024 against 2020 and 2021",
    ]  # fmt: skip


def test_parts_have_their_own_columns_and_whole_headings_decide_nothing() -> None:
    tested = fixture.families()
    parts = ladder_parts(tested)
    [ladder] = ladders(parts, "k")
    assert ladder.heads == ("Optical goods", "Propellants", "Space equipment")
    first = ladder.rungs[0]
    assert [cell.answer for cell in first.cells] == ["Supported", "Supported", "Not testable"]
    assert [plain(line) for line in first.cells[0].lines] == [
        "Narrow list: USD 120 m, 2,069 t", "Broad list: USD 1.2 bn, 21.0 t", "Whole headings: USD 360 m, 21.0 t",
    ]  # fmt: skip
    assert ladder.rungs[1].cells[2].verdict is None
    assert ladder.rungs[1].cells[2].answer == "not asked"
    # the headings are no part of the verdict at any layer
    none = [
        replace(each, verdict=Verdict.NOT_SUPPORTED) if each.breadth == "headings" else each
        for each in tested.hypotheses
    ]
    again = ladder_parts(replace(tested, hypotheses=tuple(none)))
    assert again[0].verdict_at(Layer.SHIPPED) is Verdict.SUPPORTED


def test_the_narrow_list_decides_and_the_broad_one_alone_supports_in_part() -> None:
    tested = fixture.families()
    changed = [
        replace(each, verdict=Verdict.NOT_SUPPORTED) if each.id == "shipped:optical-narrow" else each
        for each in tested.hypotheses
    ]
    parts = ladder_parts(replace(tested, hypotheses=tuple(changed)))
    assert parts[0].verdict_at(Layer.SHIPPED) is Verdict.PARTLY


def test_seven_goods_stand_three_a_ladder() -> None:
    made = ladders(ladder_parts(fixture.many()), "k")
    assert [len(each.heads) for each in made] == [3, 3, 1]
    assert [each.title.partition(", part")[2] for each in made] == ["s 1 to 3 of 7", "s 4 to 6 of 7", " 7 of 7"]
    assert [bool(each.note) for each in made] == [False, False, True]


def test_two_acts_on_the_same_goods_are_two_columns_with_figures_once() -> None:
    found = (replace(fixture.shipped(), decides=True), fixture.hypothesis())
    parts = (fixture.part("machinery, trade", found), replace(fixture.part("machinery", found), layer=Layer.SHARE))
    tested = fixture.outcome(None, found, parts=parts)
    [ladder] = ladders(ladder_parts(tested), "k")
    assert [[cell.is_asserted for cell in rung.cells] for rung in ladder.rungs] == [[True, False], [False, True]]
    assert [rung.is_asserted for rung in ladder.rungs] == [False, False]
    given = fixture.sheets()["assertion"]
    sheets = part_sheets(replace(given, tested=tested), ladder_parts(tested), "k", Numbers())
    assert len(sheets) == 1


def test_consequences_have_a_ladder_of_their_own() -> None:
    tested = fixture.sheets()["warning"].tested
    [ladder] = ladders(ladder_parts(tested), "k")
    assert [rung.name for rung in ladder.rungs] == ["Happened", "More than before"]
    assert [plain(line) for rung in ladder.rungs for line in rung.cells[0].lines] == [
        "48 organisations on 2 days after the statement, 3 before",
        "29 % of third-country listings after, 5 % before",
        "p = 0.001 over actions; the month ranks 11th of 65",
    ]


def test_none_and_silence_are_told_apart() -> None:
    none = fixture.shipped((1.0, 0.0, 0.0, 0.0))
    assert figures_in_short(none) == ["none"]
    assert none.facts is not None
    silent = replace(none, facts=replace(none.facts, periods=0))  # type: ignore[type-var]
    assert figures_in_short(silent) == ["not reported"]


@pytest.mark.parametrize(
    ("ratio", "words"), [(0.84, "+84 %"), (-0.061, "−6 %"), (0.0, "0 %"), (21.0, "22 times"), (8.9, "+890 %")]
)
def test_changes_in_words(ratio: float, words: str) -> None:
    assert plain(signed_share(ratio)) == words


def test_a_rise_across_a_break_of_the_source_is_not_counted() -> None:
    facts = fixture.rose(0.01).facts
    assert isinstance(facts, RiseFacts)
    assert rise_test(facts, Verdict.SUPPORTED) == "p = 0.010 over 60 other destinations"
    assert rise_test(facts, Verdict.NOT_TESTABLE).endswith("not counted, as the source changed between the windows")


def test_reasons_in_short_lose_what_stands_in_brackets_or_after_a_semicolon() -> None:
    assert reason_in_short("It is not estimated (import all); gross it is 4.") == "It is not estimated."


def _tables(tested: TestedClaim) -> list[list[list[str]]]:
    parts = ladder_parts(tested)
    lists = shipped_lists(parts[0])
    table = years_table(lists, "note")
    assert table.total is not None
    return [[shown(row) for row in table.rows], [shown(table.total)]]


def test_years_stand_side_by_side_and_the_judged_ones_are_summed() -> None:
    rows, [total] = _tables(fixture.families())
    # value, tonnes and codes of the narrow list, the broad one and whole headings
    assert rows[3] == ["2023", "80.0", "1,365", "2", "800.0", "11", "2", "240.0", "11", "2"]
    assert rows[1] == ["2021", "0", "0", "0", "0", "9.00", "0", "0", "9.00", "0"]
    assert total[:4] == ["Judged: 2022 and 2023", "120.0", "2,069", "2"]


def test_missing_is_not_zero_in_tables() -> None:
    assert (tonnes(None, None), tonnes(None, 4.0), tonnes(0.0, 4.0)) == ("n/r", "n/a", "0")
    unweighed = fixture.outcome(None, (replace(fixture.shipped(tonnes=None), decides=True),))
    rows, _ = _tables(unweighed)
    assert rows[3] == ["2023", "200.0", "2"]
    made = fixture.shipped()
    assert made.facts is not None
    gap = tuple(year for year in made.facts.years if year.year != "2021")  # type: ignore[union-attr]
    tested = fixture.outcome(None, (replace(made, decides=True, facts=replace(made.facts, years=gap)),))  # type: ignore[type-var]
    rows, _ = _tables(tested)
    assert [row[0] for row in rows] == ["2020", "2021", "2022", "2023"]
    assert rows[1] == ["2021", "n/r", "n/r", "n/r"]


def test_groups_are_compared_over_the_year_before_and_those_judged() -> None:
    narrow = shipped_lists(ladder_parts(fixture.families())[1])[0]
    assert compared_years(narrow) == ("2021", "2022", "2023")
    table = groups_table(narrow, "k")
    assert table is not None
    assert [shown(row)[1:4] for row in table.rows] == [["0", "0", "0"], ["0", "3.0", "6.0"]]
    assert groups_sentence(narrow) is not None
    assert "391220 (none to USD 6.0 m)" in plain(str(groups_sentence(narrow)))
    broad = shipped_lists(ladder_parts(fixture.families())[1])[1]
    assert plain(str(groups_sentence(broad))) == (
        "Broad list, 2021 to 2023: the value rose in fuel (USD 5.0 m to USD 7.0 m); it fell in oxidiser (USD 9.0 m to USD 3.0 m)."
    )


def test_quantity_value_and_price_stand_apart() -> None:
    table = rise_table(ladder_parts(fixture.outcome())[0])
    assert table is not None
    [row] = table.rows
    assert [plain(each) for each in shown(row)[1:]] == [
        "5.00", "7.50", "50.0", "150.0", "+100 %", "Stated, not tested (3 other destinations)",
    ]  # fmt: skip
    assert "Before: 2020 and 2021; after: 2023 and 2024." in table.note
    assert "852990" in table.note


def test_listings_are_counted_by_list_economy_and_day() -> None:
    table = counts_table(fixture.LISTED, frozenset({"CHN"}), "Vintage v9; rows Q1.")
    assert [column.heading for column in table.columns][2:] == [
        "to 8 April 2024", "after it", "2023", "2024", "2025", "2026",
    ]  # fmt: skip
    assert [row[0] for row in table.rows] == ["China", "Hong Kong (beside)"]
    assert table.rows[0][2:] == (3, 48, 0, 15, 23, 13)
    for words in (
        "2 of the actor's organisations have no known day",
        "No entry of Macao",
        "not a finding of guilt",
        "Q1",
    ):
        assert words in table.note
    acts = acts_table(fixture.LISTED)
    assert acts is not None
    assert acts.rows[0] == ("25 June 2024", "EU", "833/2014 annex IV", 7, 33)
    assert [panel.values for panel in listing_panels(fixture.LISTED)] == [
        (3.0, 18.0, 29.0, 12.0),
        (0.0, 15.0, 23.0, 13.0),
    ]


def test_many_days_of_listing_are_cut_to_fifteen_and_a_line() -> None:
    facts = replace(fixture.LISTED, acts=fixture.LISTED.acts * 10)
    acts = acts_table(facts)
    assert acts is not None
    assert len(acts.rows) == 15
    assert acts.note == "5 later days, with 26 of the actor's, are left out here."


def test_the_chart_by_year_says_every_figure() -> None:
    panels = year_panels(shipped_lists(ladder_parts(fixture.outcome())[0]))
    assert alt_bars(panels).endswith("tonnes: 2020 4, 2021 6, 2022 9, 2023 15.")
    assert panels[0].judged == {"2022", "2023"}
    gap = YearBars("x", "USD m", ("2020", "2021"), (None, 0.0), frozenset())
    assert alt_bars([gap]) == "Bars by year. x, USD m: 2020 n/r, 2021 0."
    assert [value_text(each) for each in (0.0, 3.0, 0.036, 1.26, 243.4, 1365.4)] == [
        "0",
        "3",
        "0.04",
        "1.3",
        "243",
        "1,365",
    ]


def test_groups_are_named() -> None:
    assert group_name("chpl-2024-02", "4.B") == "Tier 4.B: CNC machine tools and parts"
    assert group_name("propellants-narrow", "391220").startswith("391220 Cellulose nitrates")
    assert group_name("own.csv", "000000").strip() == "000000"
    assert group_name("own.csv", "") == "No group"


@pytest.mark.parametrize(
    ("changes", "by", "words"),
    [
        ({"action": Action.SUPPLY}, None, "The claim is that its actor supplies the target; none of its words asserts more."),
        ({"action": Action.SUPPLY}, "increasing", "“increasing” asserts it."),
        ({"action": Action.SUPPLY}, "main supplier", "The words “main supplier” assert it."),
        ({}, None, "The claim is that its actor makes up for trade that others suspended, which asserts it."),
        ({"layer": "rose"}, None, "Whoever recorded the claim set it, before any figure was looked at."),
    ],
)  # fmt: skip
def test_what_asserts_the_layer_is_told(changes: dict[str, object], by: str | None, words: str) -> None:
    tested = fixture.outcome(fixture.claim(**changes), asserted=Layer.ROSE, asserted_by=by)
    said = judged_words(tested)
    assert said.startswith("Judged at the layer “Rose”: Did the quantity rise more than at other destinations?")
    assert said.endswith(words)


@pytest.mark.parametrize("layer", Layer)
def test_every_layer_has_a_rule(layer: Layer) -> None:
    made = fixture.hypothesis(str(layer), layer=layer)
    said = rule_words(fixture.part("x", (made,)), (made,))
    assert said.startswith("How ")
    assert said.endswith(".")
    assert "{" not in said


def test_third_countries_together_have_no_share_and_one_column() -> None:
    acts = tuple(replace(each, of_actor=each.of_third_countries) for each in fixture.LISTED.acts)
    facts = replace(fixture.LISTED, acts=acts, counts=(), share_before=None, share_after=None)
    assert share_table(facts) is None
    assert counts_table(facts, frozenset(), "") is None
    table = acts_table(facts)
    assert table is not None
    assert [column.heading for column in table.columns][-1] == "Of all third countries"
    assert len(table.columns) == 4


def test_questions_of_purchases_are_about_what_the_target_sells() -> None:
    bought = tuple(
        replace(each, statement=f"Purchases of {each.statement}") for each in (fixture.shipped(), fixture.inflow())
    )
    [ladder] = ladders(ladder_parts(fixture.outcome(None, bought)), "k")
    assert [rung.question for rung in ladder.rungs] == [
        "Were such goods traded at all?", "How much of what the target sold went there?",
    ]  # fmt: skip
