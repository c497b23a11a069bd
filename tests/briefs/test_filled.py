"""How much was filled: a sentence for each mark, true about its denominator, in both directions, or why there is none."""

from __future__ import annotations

from dataclasses import replace

import brief_fixture as fixture

from stopgap.briefs.filled import mark_sentences
from stopgap.briefs.formats.markdown import markdown_text
from stopgap.briefs.formats.text import NBSP
from stopgap.briefs.model import BriefModel
from stopgap.briefs.parts import Section
from stopgap.briefs.story import tell


def says(model: BriefModel) -> list[str]:
    return [text.replace(NBSP, " ") for text in mark_sentences(model)]


def section_of(model: BriefModel) -> Section:
    return next(section for section in tell(model).sections if section.key == "shares")


def test_each_mark_has_a_sentence_with_its_dollars_and_its_denominator() -> None:
    assert says(fixture.model()) == [
        "a: Suppliers that sold more filled USD 21.4 bn, 70 % of the USD 30.8 bn that the coalition sold less. Gross, good by "
        "good: a rise beyond the loss of a good is not counted, nor is a fall.",
        "b: Net of those that sold less, sales by all other suppliers rose by USD 16.9 bn, 55 % of the USD 30.8 bn (the gross "
        "ratio).",
        "c: Other suppliers sold USD 15.2 bn beyond what they would have sold anyway, 49 % of the same USD 30.8 bn "
        "(95 % interval −4 to 93 %), an excess by which Russia ranks 2nd of 10 destinations. The interval of the net ratio includes "
        "0: at 95 % these figures cannot tell net backfill from none. Amounts are gross where they are not called net.",
    ]


def test_a_symmetric_ratio_names_the_loss_that_it_is_a_share_of() -> None:
    finding = fixture.headline()
    found = replace(
        finding,
        suspended=replace(finding.suspended, counterfactual_loss_usd=40e9),
        backfill=replace(finding.backfill, symmetric_ratio=15.2 / 40, symmetric_ci95=(-0.1, 0.9)),
    )
    model = fixture.model(headline=found)
    assert (
        "38 % of USD 40.0 bn, by which sales of the coalition fell short of what would have been sold since "
        "(95 % interval −10 to 90 %), an excess by which Russia ranks 2nd of 10 destinations."
    ) in says(model)[2]
    assert says(model)[3] == (
        "Against the loss from the baseline alone (L, USD 30.8 bn a year), the net ratio is 49 % (95 % interval −4 to 93 %)."
    )
    figure = section_of(model).figure
    assert figure is not None
    assert "The marks are shares of different losses, and each loss is an end of the bar." in figure.reading


def test_goods_that_rose_give_the_allocation_a_loss_of_its_own() -> None:
    assert (
        "of USD 865 m, the loss in goods of which the coalition sold less"
        in says(fixture.model(headline=fixture.by_goods()))[0]
    )


def test_what_is_not_known_is_said_with_its_reason() -> None:
    third = says(fixture.model(headline=fixture.gross()))[2]
    assert third.startswith(
        "c: What was sold beyond what would have been sold anyway is not known. All figures are gross"
    )
    without = fixture.netted(fixture.gross(), ci95=None)
    assert says(fixture.model(headline=without))[2].count("(no interval)") == 1


def test_less_than_would_have_been_sold_is_short_of_it() -> None:
    finding = fixture.headline()
    found = replace(finding.counterfactual, net_usd=-3e9)
    short = replace(finding, counterfactual=found, backfill=replace(finding.backfill, net_ratio=-3 / 30.8))
    assert (
        "Other suppliers sold USD 3.0 bn short of what they would have sold anyway, −10 %"
        in says(fixture.model(headline=short))[2]
    )


def test_buyers_take_up_what_the_coalition_no_longer_buys() -> None:
    model = fixture.imports()
    text = " ".join(says(model)) + section_of(model).title
    assert (
        "Buyers that bought more took up USD 35.5 bn, 100 % of the USD 35.5 bn that the coalition bought less" in text
    )
    assert not any(word in text for word in ("supplier", "sold", "fill"))


def test_without_a_loss_or_a_supplier_there_is_a_reason_and_no_figure() -> None:
    for headline, reason in (
        (fixture.undefined(), "there is no loss to fill"),
        (fixture.finding_of({}, {"DEU": (3.0, 1.0)}), "who filled it is not known"),
    ):
        section = section_of(fixture.model(headline=headline, others=()))
        assert section.figure is None
        assert reason in section.paragraphs[0]
        assert [table.key for table in section.tables] == ["sums"]


def test_the_sums_stand_below_the_bar_and_in_no_other_section() -> None:
    story = tell(fixture.model())
    places = [section.key for section in story.sections for table in section.tables if table.key == "sums"]
    assert places == ["shares"]


def test_a_loss_that_is_not_known_is_neither_a_zero_nor_a_share_of_one() -> None:
    model = fixture.model(headline=fixture.finding_of(fixture.SUPPLIERS, {}), others=())
    section = section_of(model)
    assert section.figure is None
    assert section.tables == ()
    said = section.paragraphs[0].replace(NBSP, " ")
    assert said.startswith(
        "How much less the coalition sold Russia is not known for machinery and electronics (HS 84 and 85)"
    )
    assert (
        "no member has figures in both windows; other suppliers sold USD 16.9 bn more, China alone USD 13.6 bn more (gross)."
        in said
    )
    page = markdown_text(tell(model)).replace(NBSP, " ")
    for wrong in ("did not fall", "no loss", "lost nothing", "rose: nothing"):
        assert wrong not in page
    assert "Plausible range: none can be given, for what the coalition lost is not known." in page
