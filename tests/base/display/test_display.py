"""What a notebook and a prompt show of a table: figures by hand, hostile text, and the shape of the page."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.base.display.cells import columns_of, text_of
from stopgap.base.display.displayed import Displayed, TableResult, fields_display, items_display, table_display
from stopgap.base.display.forms import ROWS, WIDTH, Display
from stopgap.base.marking import Marking, Tlp

GREEN = Marking(Tlp.GREEN, None)
NAMES = {"CHN": "China", "TUR": "Türkiye"}
HOSTILE = '<script>alert("x")</script>\x1b[31m\u202e<img src=x onerror=alert(1)>'


def shown(table: pa.Table, **options: Any) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Heading -> unit and cells."""
    return {column.heading: (column.unit, column.cells) for column in columns_of(table, NAMES, ROWS, **options)}


def test_money_is_in_one_unit_that_the_heading_names() -> None:
    table = pa.table(
        {"supplier": ["CHN", "TUR"], "baseline_usd": [24_799_913_796.5, 40_000.0], "gain_usd": [-5e6, None]}
    )
    assert shown(table, per="a year") == {
        "supplier": ("", ("China (CHN)", "Türkiye (TUR)")),
        "baseline": ("USD m a year", ("24,799.9", "0.04")),
        "gain": ("USD m a year", ("-5.0", "–")),
    }


def test_small_money_is_whole_dollars() -> None:
    assert shown(pa.table({"value_usd": [1234.4, 0.0, 0.2]})) == {"value": ("USD", ("1,234", "0", "0.2"))}


def test_an_interval_is_one_column_in_the_unit_of_its_ends() -> None:
    money = pa.table({"gain_usd": [2e7], "ci95_low": [-1.5e6], "ci95_high": [3.25e7]})
    assert shown(money)["ci95"] == ("USD m", ("-1.5 to 32.5",))
    ratio = pa.table({"ci95_low": [0.1, None], "ci95_high": [0.40001, None]})
    assert shown(ratio) == {"ci95": ("", ("0.100 to 0.400", "–"))}
    assert list(shown(pa.table({"ci95_low": [0.1], "x": [1]}))) == ["ci95 low", "x"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (float("nan"), "–"), (True, "yes"), (2021, "2021"), (10_000, "10,000"), (0.00009, "0.00009"),
     (0.0, "0.000"), (1e-12, "1e-12"), (["a", "b"], "a, b"), ([], "–"), ({"a": 1}, "a: 1"), ("a\nb", "a b")],
)  # fmt: skip
def test_a_value_as_text(value: object, text: str) -> None:
    assert text_of(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_a_number_keeps_its_sign_and_only_zero_reads_as_zero(value: float) -> None:
    read = float(text_of(value).replace(",", ""))
    assert (read > 0, read < 0) == (value > 0, value < 0)


class Page(HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.rows = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.rows += tag == "tr"
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_hostile_text_is_text() -> None:
    table = pa.table({"name": [HOSTILE], HOSTILE: [1]})
    found = table_display(HOSTILE, table, {}, notes=[HOSTILE], more=2, marking="TLP:RED")
    page = Page(found.html())
    assert page.tags == {"div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td"}
    assert page.attributes == {"style", "scope"}
    assert "\x1b" not in found.html() + found.text()
    assert "\u202e" not in found.html() + found.text()
    assert page.text.count('<script>alert("x")</script>') == 4
    assert page.text.endswith("2 more notes: .lines()TLP:RED")


def test_twenty_rows_are_shown_and_the_rest_counted() -> None:
    found = table_display("t", pa.table({"n": list(range(1234))}), {})
    assert Page(found.html()).rows == ROWS + 1
    assert "1,214 more rows" in found.html()
    assert "1,224 more rows" in found.text()


def test_colours_are_those_of_the_page_around() -> None:
    page = table_display("t", pa.table({"n": [1]}), {}, notes=["n"], marking="TLP:CLEAR").html()
    assert "color" not in page
    assert "background" not in page


def test_lines_at_a_prompt_fit_and_columns_that_do_not_are_named() -> None:
    table = pa.table({f"a long name of column {i}": ["x" * 30] for i in range(9)})
    text = table_display("word " * 60, table, {}).text()
    assert max(map(len, text.splitlines()[:-1])) <= WIDTH
    assert "columns not shown: " in text
    assert "a long name of column 8" in text


def test_chosen_columns_are_shown_but_for_empty_ones() -> None:
    table = pa.table({"a": [1], "b": pa.array([None], pa.string()), "c": [2]})
    found = table_display("t", table, {}, columns=("c", "b", "missing"))
    assert [column.heading for column in found.columns] == ["c"]


@dataclass(frozen=True)
class Made(TableResult):
    """A result with a table."""

    rows: tuple[int, ...]
    marking: Marking = GREEN

    def table(self) -> pa.Table:
        return pa.table({"n": list(self.rows)})


@dataclass(frozen=True)
class FieldsOnly(Displayed):
    """A result with fields alone."""

    path: str
    parts: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"path": self.path, "parts": list(self.parts), "inner": {"a": 1}, "marking": {"tlp": "TLP:RED"}}


def test_a_dataclass_shows_its_table_and_not_every_field() -> None:
    assert repr(Made((1, 2))) == "Made\nn\n1\n2\nTLP:GREEN"
    bundle = Made((1, 2))._repr_mimebundle_()
    assert sorted(bundle) == ["text/html", "text/plain"]
    assert bundle["text/plain"] == repr(Made((1, 2)))
    assert list(Made((3, 4))) == [{"n": 3}, {"n": 4}]


def test_a_result_without_a_table_shows_its_plain_fields() -> None:
    assert repr(FieldsOnly("/x", (1, 2))) == "Fields only\nfield  value\npath   /x\nparts  1, 2\ninner  1 field"


def test_items_are_one_a_row() -> None:
    found = items_display([FieldsOnly("/x"), FieldsOnly("/y")], "TLP:CLEAR")
    assert [column.cells for column in found.columns] == [("/x", "/y")]
    assert (found.title, found.left_out) == ("2 entries", ("parts", "inner"))
    assert items_display([], "").text() == "0 entries"


def test_an_empty_document_is_its_marking() -> None:
    assert fields_display("none", {}, "TLP:CLEAR") == Display("none", marking="TLP:CLEAR")
