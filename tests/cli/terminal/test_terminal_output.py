"""What commands show on terminals of four widths and in a pipe, compared as text, and how lines are written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from cli_calls import MACHINERY, WINDOWS, Run
from lake_rows import put
from series_rows import month_rows

from stopgap.cli.terminal import output, screen_text
from stopgap.cli.terminal.options import Answer
from stopgap.cli.terminal.screen_text import Page, answer_lines, page, sentence_lines

GOLDEN = Path(__file__).parent / "golden"
PAGES = {
    "80": Page(80, is_terminal=True), "100": Page(100, is_terminal=True), "120": Page(120, is_terminal=True),
    "200": Page(200, is_terminal=True), "piped": Page(),
}  # fmt: skip
LONG = "the interval is wider than the trade, and no supplier of this good has sales elsewhere to compare with"
SQL = (
    "SELECT * FROM (VALUES "
    f"('ARE', '854231', 2571930000.0, 41200.5, 0.0821, DATE '2024-03-01', '{LONG}'), "
    "('KGZ', '880730', 4100.0, NULL, -0.00012, DATE '2024-03-01', '芯片 集成电路, Россия'), "
    "('TUR', '8542', NULL, 12.0, NULL, NULL, NULL)) "
    "AS t(supplier, good, after_usd, net_kg, share_of_loss, first_seen, because)"
)
CALLS = {
    "episodes": ("episodes",),
    "goods-show": ("goods", "show", "machinery-electronics"),
    "lists-show": ("lists", "show", "eu-833-2014-IV"),
    "measure": (*MACHINERY, *WINDOWS),
    "levers": ("levers", "russia-2022", "--goods", "machinery-electronics", "--after", "2023-01:2023-12"),
    "query": ("query", SQL),
}


@pytest.fixture
def table_of(stopgap_run: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The table that a command shows on each page, without its title and the notes below."""

    def tables(*call: object) -> str:
        kept: list[Answer] = []
        monkeypatch.setattr(screen_text, "ROWS_SHOWN", 4)
        monkeypatch.setattr(output, "_print_table", lambda answer, detail: kept.append(answer))
        assert stopgap_run(*call).code == 0
        kept[0].title = ""
        drawn = {name: "\n".join(answer_lines(kept[0], [], on, is_full=False)) for name, on in PAGES.items()}
        return "".join(f"== {name}\n{text}\n\n" for name, text in drawn.items())

    return tables


def compare(name: str, shown: str) -> None:
    """Compare with the text that is kept; ``STOPGAP_RECORD_TERMINAL=1`` keeps this one."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("STOPGAP_RECORD_TERMINAL"):
        path.write_text(shown, "utf-8")
    assert shown.splitlines() == path.read_text("utf-8").splitlines()


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", CALLS)
def test_tables_at_each_width(name: str, table_of: Callable[..., str], demo_lake: Path) -> None:
    compare(name, table_of(*CALLS[name], "--lake", demo_lake))


def test_a_series_at_each_width(table_of: Callable[..., str], tmp_path: Path) -> None:
    put(tmp_path / "lake", [*month_rows(2021, 1e6), *month_rows(2022, 4.448e6), *month_rows(2023, 5e6, range(1, 9))])
    call = ("series", "--from", "DEU", "--to", "KGZ", "--goods", "8542", "--growth", "--lake", tmp_path / "lake")
    compare("series", table_of(*call))


def test_full_is_all_fields_in_full(stopgap_run: Run, demo_lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call = (*MACHINERY, *WINDOWS, "--lake", demo_lake)
    document = stopgap_run(*call, "--format", "json").document
    china = next(row for row in document["suppliers"] if row["supplier"] == "CHN")
    piped = stopgap_run(*call, "--full").out
    monkeypatch.setattr(screen_text, "page", lambda: PAGES["80"])
    records = stopgap_run(*call, "--full").out
    for text in (piped, records):
        assert f"{china['after_usd']:,.0f}" in text
        assert "filled same heading, USD" in text
        assert text.count("CHN China") == 1
    assert len(piped.splitlines()) < len(document["suppliers"]) + 40
    assert all(line.startswith("supplier  ") for line in records.splitlines() if line.endswith("CHN China"))


@pytest.mark.parametrize(
    ("environment", "is_terminal", "expected"),
    [
        ({"TERM": "xterm"}, False, Page(200)),
        ({"TERM": "xterm", "COLUMNS": "96"}, False, Page(96)),
        ({"TERM": "xterm", "COLUMNS": "96"}, True, Page(96, is_terminal=True, is_bold=True)),
        ({"TERM": "xterm", "COLUMNS": "96", "NO_COLOR": "1"}, True, Page(96, is_terminal=True)),
        ({"TERM": "dumb", "COLUMNS": "96"}, True, Page(96, is_terminal=True)),
        ({"TERM": "xterm", "COLUMNS": "4"}, True, Page(20, is_terminal=True, is_bold=True)),
        ({"TERM": "xterm", "COLUMNS": "wide"}, False, Page(200)),
    ],
)
def test_the_page_is_that_of_stdout(
    environment: dict[str, str], is_terminal: bool, expected: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("COLUMNS", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: is_terminal, raising=False)
    assert page() == expected


def test_sentences_are_wrapped_on_a_terminal_and_calls_are_not() -> None:
    on = Page(40, is_terminal=True)
    note = "   address: a long street with many words in a town far away"
    assert sentence_lines(note, on) == ["   address: a long street with many", "   words in a town far away"]
    assert sentence_lines(note, Page()) == [note]
    call = "rows: stopgap query 'SELECT * FROM trade WHERE reporter = 1'"
    assert sentence_lines(call, on) == ["rows:", call.removeprefix("rows: ")]
    assert sentence_lines(f"  {call.removeprefix('rows: ')}", on) == [f"  {call.removeprefix('rows: ')}"]


def test_only_titles_are_bold_and_nothing_is_where_no_colour_is_wanted() -> None:
    answer = Answer({}, pa.table({"a_usd": [1e9]}), "A title")
    bold = list(answer_lines(answer, ["a note"], Page(80, is_terminal=True, is_bold=True), is_full=False))
    assert [line for line in bold if "\x1b" in line] == ["\x1b[1mA title\x1b[0m"]
    plain = list(answer_lines(answer, ["a note"], Page(80, is_terminal=True), is_full=False))
    assert plain == ["A title", "", "a, USD bn", "─────────", "     1.00", "", "a note"]


def test_hidden_characters_of_names_are_shown() -> None:
    table = pa.table({"name": ["Acme\u202eLtd", "a\nb"], "na\x1bme": ["x", "y"]})
    text = "\n".join(answer_lines(Answer({}, table), [], Page(80, is_terminal=True), is_full=False))
    assert "Acme\\u202eLtd" in text
    assert "a b" in text
    assert "na\\x1bme" in text


def test_an_answer_without_rows_says_so() -> None:
    table = pa.table({"id": pa.array([], pa.string())})
    assert list(answer_lines(Answer({}, table, "0 alerts"), [], Page(), is_full=False)) == ["0 alerts", "", "no rows"]
