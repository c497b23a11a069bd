"""No text of a file is active, deceptive or lost in what Stopgap writes: texts from a grammar, and rules by hand."""

from __future__ import annotations

import ast
import random
import unicodedata
from pathlib import Path

import pytest
from hostile_text import hostile, is_formula, unseen
from hypothesis import given
from hypothesis import strategies as st
from output_readers import markdown_tokens
from output_writers import documents_written, lines_written

import stopgap
from stopgap.base import markdown
from stopgap.base.documents import yaml_text
from stopgap.base.spreadsheets import csv_rows, guarded, is_formula_like, unguarded
from stopgap.base.visible_text import HIDDEN, json_escaped, one_line, visible
from stopgap.briefs.formats.html import bare, shown

SOURCE = Path(stopgap.__file__).parent


@pytest.mark.one_in(3)
@pytest.mark.parametrize("seed", range(4))
def test_hostile_texts_in_lines_and_tables(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(40):
        texts = [hostile(chance) for _ in range(5)]
        assert {writer: wrong for writer, wrong in lines_written(texts).items() if wrong} == {}, ascii(texts)


def test_hostile_texts_in_documents() -> None:
    chance = random.Random(11)
    found = documents_written([hostile(chance) for _ in range(120)], pdf=True)
    assert {writer: wrong for writer, wrong in found.items() if wrong} == {}


def test_every_hidden_category_is_hidden() -> None:
    seen = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, 0x9, 0xA}
    for code in range(0x110000):
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp") and code not in seen:
            assert HIDDEN.match(chr(code)), hex(code)


def test_every_sign_that_is_one_of_a_formula_by_compatibility_is_guarded() -> None:
    for code in range(0x20, 0x110000):
        if unicodedata.normalize("NFKC", chr(code))[:1] in ("=", "+", "-", "@", "\u2212"):
            assert is_formula_like(chr(code)), hex(code)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b31m\x7f", r"\x9b31m\x7f"),
        ("\u202egpj.exe\u202c", r"\u202egpj.exe\u202c"),
        ("a\u2066b\u200e\u061c", r"a\u2066b\u200e\u061c"),
        ("pay\u200cpal\u200b", r"pay\u200cpal\u200b"),
        ("\U000e0041\ufeff\u2028", r"\U000e0041\ufeff\u2028"),
        ("\ud800", r"\ud800"),
        ("a\rb\r\nc\td", "a\\x0db\r\nc\td"),
        ("می‌سازد", "می‌سازد"),
        ("ب\u200c\u200cب", "ب\\u200c\\u200cب"),
        ("क्‍ष", "क्‍ष"),
        ("ന്\u200d", "ന്\u200d"),
        ("👩‍🔬 ❤️ 1️⃣", "👩‍🔬 ❤️ 1️⃣"),
        ("葛\U000e0100", "葛\U000e0100"),
        ("a\ufe0fb", r"a\ufe0fb"),
        ("שלום עולם, مرحبا", "שלום עולם, مرحبا"),
        (r"C:\users\x1b", r"C:\users\x1b"),
    ],
)
def test_what_is_shown_of_a_text(text: str, says: str) -> None:
    assert visible(text) == says
    assert visible(says) == says


@given(st.text(alphabet=st.characters()))
def test_nothing_shown_is_hidden_and_shown_again_it_is_the_same(text: str) -> None:
    once = visible(text)
    assert visible(once) == once
    assert unseen(once, "\n\t\r") == []
    assert unseen(one_line(text), "") == []


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",))))
def test_json_keeps_its_value(text: str) -> None:
    import json

    made = json_escaped(json.dumps({"a": [text, {text: text}]}, ensure_ascii=False))
    assert json.loads(made) == {"a": [text, {text: text}]}
    assert unseen(made) == []


@given(st.text())
def test_a_guard_can_be_taken_off(text: str) -> None:
    cell = str(guarded(text))
    assert not is_formula(cell)
    assert unguarded(cell) == visible(text)


@pytest.mark.parametrize(
    "cell",
    ["=1", "+1", "-1", "@x", "＝1", "＋1", "－1", "＠x", "−1", " =1", "\t=1", "\n=1", '"=1', "'=1", "\u3000＝1", "\t", "⁼1", "﹦1"],
)  # fmt: skip
def test_a_cell_that_a_spreadsheet_could_run_is_guarded(cell: str) -> None:
    assert guarded(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "Acme", "a=1", "1-1", "x@y", -5.0, 7, True, "الشركة", "’=1", "(=1)"])
def test_other_cells_are_left(cell: object) -> None:
    assert guarded(cell) == cell


def test_csv_with_awkward_cells_is_read_back() -> None:
    assert csv_rows([["a", "=b"], [None, 1], ["x\ny", float("nan")]]) == 'a,\'=b\n,1\n"x\ny",\n'


_MARKS = [*"ab1 .-+=#>*_`~[]()<>!&|$\\:/@\n\twW", "http", "www.", "\u202e"]


@given(st.lists(st.sampled_from(_MARKS)).map("".join))
def test_markdown_of_a_text_is_text(text: str) -> None:
    page = f"{markdown.paragraph(text)}\n\n| a |\n| --- |\n{markdown.table_row([markdown.escape(text)])}\n\n- {markdown.code(text)}\n"
    kinds, _ = markdown_tokens(page)
    assert not {
        "link_open",
        "image",
        "html_inline",
        "html_block",
        "heading_open",
        "fence",
        "em_open",
        "strong_open",
    } & set(kinds)
    assert kinds.count("td_open") == 1
    assert kinds.count("paragraph_open") <= 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("value_usd", "value_usd"),
        ("_a_", r"\_a\_"),
        ("<script>", r"\<script\>"),
        ("[x](javascript:alert(1))", r"\[x\](javascript:alert(1))"),
        ("see http://example.net, www.example.net", r"see http\://example.net, www\.example.net"),
        ("&lt;", r"\&lt;"),
        ("USD 5 (2–3 %)", "USD 5 (2–3 %)"),
    ],
)
def test_markdown_by_hand(text: str, says: str) -> None:
    assert markdown.escape(text) == says


def test_a_name_from_right_to_left_is_isolated_in_pages_and_nothing_else_is() -> None:
    assert shown("Example Ltd, 2024 & Co") == "Example Ltd, 2024 &amp; Co"
    assert shown("شركة 12 <b> مثال Ltd") == "<bdi>شركة</bdi> 12 &lt;b&gt; <bdi>مثال</bdi> Ltd"
    assert bare("שלום <b>\x1b") == r"שלום &lt;b&gt;\x1b"


@pytest.mark.parametrize("text", ["\u202eabc", "a: b\u200b\n- c", "\x1b", "Zoë", "می‌سازد"])
def test_yaml_keeps_its_value(text: str) -> None:
    import yaml

    made = yaml_text({"a": text, "b": [text]}, width=80)
    assert yaml.safe_load(made) == {"a": text, "b": [text]}
    assert unseen(made) == []


PRINTERS = {
    "cli/terminal/completion.py",  # the script of a shell, and values that one_line made
    "cli/terminal/error_report.py",  # an error, which shows itself
    "cli/terminal/telling.py",  # one line on stderr
    "cli/serve_commands.py",  # addresses, links and tokens that the service and the tools made
    "cli/main.py",  # help, and that the command was stopped
    "cli/watch_commands.py",  # errors, and lines that one_line made
}


def test_nothing_else_prints() -> None:
    """What is printed goes through the functions that show text; a new ``print`` is to do so too."""
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert found <= PRINTERS


def test_progress_shows_a_file_name_as_text() -> None:
    import io

    from stopgap.cli.terminal.status_line import StatusLine

    line = StatusLine(io.StringIO(), "stopgap import", delay_s=3600)
    line.say("copying \x1b]0;owned\x07[link=http://example.net]x[/link][/]\u202e.csv", 0.5)
    text = line.drawn(200)
    line.end()
    assert "owned" in text
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
