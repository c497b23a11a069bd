"""Numbers and sentences of a brief."""

from __future__ import annotations

from dataclasses import replace

import brief_fixture as fixture
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.briefs.charts.glyphs import face, set_in_type
from stopgap.briefs.formats import text
from stopgap.briefs.formats.cells import print_cell
from stopgap.briefs.model import StatementNote
from stopgap.briefs.story import tell
from stopgap.briefs.wording import facts, goods_phrase, gross_sentence, headline_sentence


def plain(words: str) -> str:
    return words.replace(text.NBSP, " ")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (24.714e9, "USD 24.7 bn"),
        (999.6e6, "USD 1.0 bn"),  # never "1,000 m"
        (856.4e6, "USD 856 m"),
        (99.96e6, "USD 100 m"),
        (8.04e6, "USD 8.0 m"),
        (12_345.0, "USD 12,345"),
        (-2.1366e9, "USD −2.1 bn"),
        (-0.4, "USD 0"),  # no minus before a nought
        (0.0, "USD 0"),
    ],
)
def test_an_amount_in_a_sentence(value: float, says: str) -> None:
    assert plain(text.usd(value)) == says


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "n/r"),  # missing is not zero
        (0.0, "0"),
        (28_712_857_000.0, "28,712.9"),
        (36_000.0, "0.036"),  # a small economy does not become 0.0
        (12.0, "<0.001"),
        (-12.0, ">−0.001"),
    ],
)
def test_an_amount_in_a_table(value: float | None, says: str) -> None:
    assert text.usd_millions(value) == says


@pytest.mark.parametrize(
    ("share", "says"),
    [(0.549, "55 %"), (0.0074, "0.7 %"), (0.0002, "<0.1 %"), (-0.0002, ">−0.1 %"), (-0.069, "−7 %"), (0.0, "0 %"), (None, "n/a")],
)  # fmt: skip
def test_a_share(share: float | None, says: str) -> None:
    assert plain(text.percent(share)) == says


@given(st.floats(min_value=1e3, max_value=1e13))
def test_a_printed_amount_is_within_its_rounding(value: float) -> None:
    words = plain(text.usd(value, currency=False)).replace(",", "")
    number, *unit = words.split(" ")
    scale = {"bn": 1e9, "m": 1e6}.get(unit[0] if unit else "", 1.0)
    assert float(number) * scale == pytest.approx(value, rel=0.051)


@given(st.text())
def test_cleaned_text_can_be_encoded_and_cleaned_again(words: str) -> None:
    once = text.clean(words)
    once.encode()
    assert text.clean(once) == once
    assert not set(once) & {"\u202e", "\x00", "\u200f"}


def test_windows() -> None:
    assert text.window_name(("2021-01", "2021-12")) == "2021"
    assert text.window_name(("2020-01", "2021-12")) == "2020–21"
    assert text.window_name(("1999-01", "2000-12")) == "1999–2000"
    assert plain(text.window_name(("2022-03", "2022-11"))) == "Mar 2022–Nov 2022"


def test_a_gross_headline_adds_up_as_it_is_printed() -> None:
    finding = fixture.gross()
    says = plain(headline_sentence(finding, fixture.NAMES, fixture.model().goods_titles))
    assert says == (
        "Coalition members sold Russia USD 30.8 bn less machinery and electronics (HS 84 and 85) in 2023 than in "
        "2021; other suppliers filled USD 21.4 bn of it, China alone USD 13.6 bn, and USD 9.4 bn was not filled."
    )
    assert "USD 16.9 bn, 55 % of the loss (the gross ratio)" in plain(gross_sentence(finding))


def test_a_loss_that_differs_between_the_signed_and_the_positive_sum_is_said() -> None:
    says = plain(headline_sentence(fixture.by_goods(), fixture.NAMES, {}))
    assert "USD 864 m less" in says
    alone = replace(fixture.by_goods(), backfill=replace(fixture.by_goods().backfill, net_ci95=None))
    assert "counting only the goods in which they sold less, USD 865 m" in plain(
        headline_sentence(alone, fixture.NAMES, {})
    )
    assert dict(facts(fixture.by_goods(), {}))["Denominator"].count("USD") == 2


def test_no_loss_has_no_ratio() -> None:
    says = plain(headline_sentence(fixture.undefined(), fixture.NAMES, {}))
    assert "sold Russia USD 4.5 m more" in says
    assert "no backfill ratio is defined" in says
    assert "not defined" in gross_sentence(fixture.undefined())


def test_imports_from_the_target_speak_of_buyers() -> None:
    finding = fixture.imports().headline
    says = headline_sentence(finding, fixture.NAMES, {"energy": "Mineral fuels (HS 27)"})
    assert "bought" in says
    assert "from Russia" in says
    assert (
        "other buyers took up 136\u00a0% of that beyond what they would have bought anyway (95\u00a0% interval 90 to 170\u00a0%)"
        in says
    )
    assert "of 10 origins" in says
    for word in ("suppl", "sold", "filled"):
        assert word not in (says + gross_sentence(finding)).lower()


def test_without_other_suppliers_nothing_is_said_of_them() -> None:
    finding = fixture.finding_of({}, {"DEU": (3.0, 1.0)})
    says = headline_sentence(finding, fixture.NAMES, {})
    assert says.endswith("no other supplier has figures in both windows, so who filled it is not known.")
    assert gross_sentence(finding) == "Nothing is known of what other suppliers sold: missing is not zero."
    story = tell(fixture.model(headline=finding, others=()))
    assert story.first.figure is None
    assert story.first.title == "No figures show who replaced Germany’s machinery sales to Russia"


@pytest.mark.parametrize(
    ("title", "says"),
    [
        ("Machinery and electronics (HS 84 and 85)", "machinery and electronics (HS 84 and 85)"),
        ("Common High Priority List, February 2024", "goods of the list “Common High Priority List, February 2024”"),
        ("chips", "chips"),
    ],
)
def test_a_goods_list_in_a_sentence(title: str, says: str) -> None:
    assert goods_phrase(title) == says


def test_the_typeface_sets_names_of_the_region_and_boxes_the_rest() -> None:
    assert set_in_type("Türkiye, Россия, Ελλάδα") == ("Türkiye, Россия, Ελλάδα", 0)
    assert set_in_type("中国 x") == ("□□ x", 2)


def test_widths_grow_with_the_text() -> None:
    assert face().width("ii", 10) < face().width("MM", 10)
    assert face().width(face().shorten("A name that is far too long", 13, 60), 13) <= 60


def test_statements_stand_with_verdict_reason_and_coverage_or_not_at_all() -> None:
    note = StatementNote(
        "c-0123456789",
        "China fills it",
        "A Speaker",
        "2024-04-08",
        "assertion",
        "partly supported",
        "It is 52 %.",
        0.97,
        "v4",
    )
    earlier = replace(note, claim_id="c-1", said_on="2024-04-05", verdict="not testable", coverage=None)
    passed = replace(note, said_on="2024-05-01", stance="reported")
    story = tell(fixture.model(statements=(note, earlier, passed)))
    [section] = [section for section in story.sections if section.key == "statements"]
    [table] = section.tables
    shown = [[print_cell(c.kind, v) for c, v in zip(table.columns, row, strict=True)] for row in table.rows]
    assert [row[2] for row in shown] == ["Not testable", "Partly supported", "Partly supported, of what is passed on"]
    assert shown[1] == [
        "China fills it", "A Speaker, 8 April 2024", "Partly supported", "It is 52 %.", f"97{text.NBSP}%", "v4", "c-0123456789",
    ]  # fmt: skip
    assert shown[0][4] == "n/a"
    assert section.paragraphs[0].startswith("3 statements of the register")
    assert all(section.key != "statements" for section in tell(fixture.model()).sections)
