"""CSV and workbook: numbers by hand, markings everywhere, and no formula whatever a name says."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
from exchange_made import AMBER, CLEAR, FINDING, HOSTILE, SQL, VERDICT, Made, alert_document, hostile_views, made_view
from hypothesis import given
from hypothesis import strategies as st
from xml_chars import is_xml

from stopgap.base.errors import UsageError
from stopgap.base.marking import Marking, Tlp
from stopgap.base.spreadsheets import guarded, unguarded
from stopgap.base.visible_text import visible
from stopgap.evidence.exchange import FORMS, export
from stopgap.evidence.exchange.figures import numbers_of
from stopgap.evidence.exchange.texts import economy, loosest, number, plain
from stopgap.evidence.packs.view import PackView

COLUMNS = (
    "finding name value unit denominator denominator_value goods route windows valuation vintage coverage marking sql"
)


def rows(view: PackView) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(export(view, "csv").decode("utf-8"))))


def book(view: PackView) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(export(view, "xlsx")))


def cells(sheet: Any) -> list[list[Any]]:
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_recorded_numbers_stand_as_they_are_with_statement_and_denominator() -> None:
    found = [row for row in rows(made_view()) if row["finding"] == f"finding:{FINDING['finding_id']}"]
    assert list(found[0]) == COLUMNS.split()
    shared = {
        "goods": "machinery (1+abc)",
        "route": "direct",
        "windows": "baseline 2021-01 to 2021-12; after 2023-01 to 2023-12",
        "valuation": "FOB",
        "vintage": "v3",
        "coverage": "0.95",
        "marking": "TLP:CLEAR",
    }
    assert all(row.items() >= shared.items() for row in found)
    assert [
        (row["name"], row["value"], row["unit"], row["denominator"], row["denominator_value"], row["sql"])
        for row in found
    ] == [
        ("suspended.loss_usd", "800.0", "USD per year", "", "", SQL),
        ("backfill.gross_ratio", "0.75", "ratio", "suspended.loss_usd", "800.0", ""),
        ("backfill.net_ratio", "", "ratio", "suspended.loss_usd", "800.0", ""),
    ]


def test_numbers_that_were_not_recorded_are_named_by_where_they_stand() -> None:
    view = Made(CLEAR).add("finding", "finding:x", CLEAR, FINDING).view()
    found = {each.name: (each.value, each.unit, each.denominator, each.denominator_value) for each in numbers_of(view)}
    assert found["suspended.loss_share"] == (0.8, "ratio", "suspended.baseline_usd", 1000.0)
    assert found["suspended.ci95.low"] == (0.7, "ratio", "", None)
    assert found["suppliers.CHN.share_of_loss"] == (0.625, "ratio", "suspended.loss_usd", 800.0)
    assert found["suppliers.TUR.net_gain_usd"] == (None, "USD per year", "", None)
    assert found["members.DEU.change_usd"] == (-800.0, "USD per year", "", None)
    assert found["coverage.goods_listed"] == (10, "count", "", None)
    assert not any(name.startswith(("windows", "queries", "warnings", "marking")) for name in found)


def test_a_hypothesis_has_its_own_goods_and_an_alert_the_dollars_of_a_month() -> None:
    alert = alert_document(goods="other", goods_version="")
    view = Made(CLEAR).add("verdict", "verdict:x", CLEAR, VERDICT).add("alert", "alert:x", CLEAR, alert).view()
    found = {(each.item, each.name): each for each in numbers_of(view)}
    share = found["verdict:x", "hypotheses.share.estimate"]
    assert (share.value, share.unit, share.goods, share.valuation) == (0.625, "ratio", "machinery (1+abc)", "FOB")
    assert share.windows == "baseline 2021-01 to 2021-12; after 2023-01 to 2023-12"
    ratio = found["alert:x", "ratio"]
    assert (ratio.value, ratio.denominator, ratio.denominator_value, ratio.goods) == (
        3.0,
        "expected_usd",
        30.0,
        "other",
    )
    assert found["alert:x", "value_usd"].unit == "USD per month"


def test_two_parts_of_one_name_keep_both_their_numbers() -> None:
    twice = {**FINDING, "suppliers": [FINDING["suppliers"][0], {**FINDING["suppliers"][0], "gain_usd": 7.0}]}
    view = Made(CLEAR).add("finding", "finding:x", CLEAR, twice).view()
    found = {each.name: each.value for each in numbers_of(view)}
    assert (found["suppliers.CHN.gain_usd"], found["suppliers.CHN#1.gain_usd"]) == (500.0, 7.0)


def test_every_row_of_the_csv_has_its_marking() -> None:
    marks = {row["finding"]: row["marking"] for row in rows(made_view())}
    assert marks == {
        f"finding:{FINDING['finding_id']}": "TLP:CLEAR",
        "finding:exposure": "TLP:AMBER REL DEU, FRA",
        "verdict:c-one": "TLP:GREEN",
        "alert:a-1": "TLP:CLEAR",
        "alert:a-2": "TLP:AMBER REL DEU, FRA",
    }


def test_the_workbook_has_its_sheets_each_with_the_marking_first_and_on_every_page() -> None:
    found = book(made_view())
    assert found.sheetnames == [
        "Read me", "Findings", "Suppliers", "Numbers", "Alerts", "Claims and verdicts", "Sources",
    ]  # fmt: skip
    for sheet in found.worksheets:
        assert sheet["A1"].value == "TLP:AMBER REL DEU, FRA"
        assert sheet.oddHeader.center.text.endswith("TLP:AMBER REL DEU, FRA")
        assert sheet.oddFooter.left.text == "TLP:AMBER REL DEU, FRA"
        assert sheet.print_title_rows == "$1:$3"
    assert found.properties.subject == "TLP:AMBER REL DEU, FRA"
    assert found.properties.title == "TLP:AMBER REL DEU, FRA: evidence pack russia-2022"
    assert found.properties.category == "TLP:AMBER"
    for sheet in found.worksheets[1:]:
        table = cells(sheet)[2:]
        place = table[0].index("marking")
        assert len(table) > 1
        assert all(row[place].startswith("TLP:") for row in table[1:])


def test_the_rows_of_the_workbook_by_hand() -> None:
    found = book(made_view())
    head, first, _ = cells(found["Findings"])[2:]
    said = dict(zip(head, first, strict=True))
    assert (said["baseline_usd"], said["loss_usd"], said["loss_share"], said["gross_ratio"]) == (1000, 800, 0.8, 0.75)
    assert said["net_ratio"] is None
    assert (said["target"], said["coverage"], said["warnings"]) == ("RUS", 0.95, "KAZ is silent in the after-window")
    head, china, turkey = cells(found["Suppliers"])[2:]
    assert dict(zip(head, china, strict=True))["share_of_loss"] == 0.625
    assert dict(zip(head, turkey, strict=True))["loss_usd"] == 800
    head, receipt = cells(found["Sources"])[2:]
    said = dict(zip(head, receipt, strict=True))
    assert (said["source"], said["terms"], said["rows_loaded"]) == ("comtrade", "free with attribution", 12)
    assert len(cells(found["Numbers"])) == 3 + len(rows(made_view()))
    head, one, two = cells(found["Alerts"])[2:]
    assert [dict(zip(head, row, strict=True))["marking"] for row in (one, two)] == [
        "TLP:CLEAR",
        "TLP:AMBER REL DEU, FRA",
    ]
    kinds = [row[1] for row in cells(found["Claims and verdicts"])[3:]]
    assert kinds == ["claim", "verdict"]


def test_hostile_text_is_never_a_formula() -> None:
    for name, view in hostile_views():
        for row in csv.reader(io.StringIO(export(view, "csv").decode("utf-8"))):
            assert not any(cell.startswith(("=", "@", "\t", "\r")) for cell in row)
        found = book(view)
        for sheet in found.worksheets:
            for line in sheet.iter_rows():
                for cell in line:
                    assert cell.data_type in ("s", "n"), (name, cell.coordinate)
                    if isinstance(cell.value, str):
                        assert len(cell.value) <= 32_767
                        assert cell.hyperlink is None
                        if cell.value.startswith("="):
                            assert cell.quotePrefix


def test_a_long_list_of_states_fits_head_and_properties() -> None:
    states = frozenset(f"{one}{two}X" for one in "ABCDEFGHIJ" for two in "ABCDEFGHIJ")
    marking = Marking(Tlp.AMBER, states)
    view = Made(marking).add("claim", "claim:x", marking, {}).view()
    sheet = book(view).worksheets[0]
    assert sheet["A1"].value == marking.label
    assert sheet.oddHeader.center.text.endswith("… (all in the first row)")


def test_the_same_pack_gives_the_same_bytes() -> None:
    for form in ("csv", "xlsx"):
        assert export(made_view(), form) == export(made_view(), form)


def test_forms_are_named_with_ending_and_kind_and_no_other_is_taken() -> None:
    assert list(FORMS) == ["stix", "opencti", "misp", "ftm", "csv", "xlsx", "rss", "json-feed"]
    assert all(form.ending and "/" in form.media_type and form.says for form in FORMS.values())
    with pytest.raises(UsageError, match="'pdf' is no form"):
        export(made_view(), "pdf")


@given(st.text())
def test_plain_text_is_valid_in_xml_and_plain_again_the_same(text: str) -> None:
    made = plain(text)
    assert is_xml(made)
    assert "\r" not in made
    assert "\t" not in made
    assert plain(made) == made
    assert len(made) <= 10 * len(text)


@given(st.sampled_from(["=", "+", "-", "@", "−", "＝"]), st.text())
def test_what_begins_as_a_formula_is_marked_and_other_text_is_left(start: str, text: str) -> None:
    shown = visible(start + text)
    assert guarded(start + text) == "'" + shown
    assert unguarded("'" + shown) == shown
    assert guarded("a" + text) == visible("a" + text)


MARKINGS = st.builds(
    Marking, st.sampled_from(list(Tlp)), st.none() | st.frozensets(st.sampled_from(["DEU", "FRA", "POL"]), max_size=3)
)


@given(st.lists(MARKINGS, min_size=1, max_size=4), MARKINGS)
def test_who_may_see_a_name_may_see_it_from_one_item_or_from_all(markings: list[Marking], audience: Marking) -> None:
    """A name goes to nobody whom no item would let see it, and to all who may see every item."""
    made = loosest(markings)
    if made.fits(audience):
        assert any(each.fits(audience) for each in markings)
    if all(each.fits(audience) for each in markings):
        assert made.fits(audience)


def test_the_loosest_of_some_markings_by_hand() -> None:
    german = Marking(Tlp.CLEAR, frozenset({"DEU"}))
    assert loosest([AMBER, CLEAR]) == CLEAR
    assert loosest([german, CLEAR]) == CLEAR
    assert loosest([german, Marking(Tlp.AMBER)]) == Marking(Tlp.AMBER, frozenset({"DEU"}))


def test_text_by_hand() -> None:
    assert plain("a\x00b\u202ec\td\r\ne") == "a\\x00b\\u202ec d\ne"
    assert plain("x" * 12, 10) == "x" * 10 + " … (2 more characters)"
    assert plain(HOSTILE["surrogate"]) == "Trading \\ud800 Ltd"
    assert plain("\x1b" * 12, 10) == "\\x1b\\x1b\\x" + " … (32 more characters)"
    assert number(None) == "none"
    assert number(0.0, "USD") == "USD 0"
    assert number(1234567.4, "USD per year") == "USD 1,234,567 per year"
    assert (number(0.123456), number(12), number(True)) == ("0.1235", "12", "none")
    assert economy("EU") is None
    assert economy("nowhere") is None
    found = economy("DEU")
    assert found is not None
    assert found.iso2 == "DE"


def test_pack_marking_is_on_the_read_me() -> None:
    said = [row[0] for row in cells(book(made_view())["Read me"])]
    assert said[3] == "Evidence pack russia-2022, marked TLP:AMBER REL DEU, FRA, of vintage v3."
    assert "Left out of the pack: 2 of kind alert (above the marking)." in said
    assert any(line.startswith("TLP:AMBER: limited disclosure") for line in said)
    assert AMBER.label in said[0]
