"""Text on a terminal: cells, words and what is shortened."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.cli.terminal.text_width import MORE, padded, shortened, shortened_name, width, wrapped

WORDS = st.text("abcdefghijklmnopqrstuvwxyzäπж", min_size=1, max_size=9)
SENTENCES = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)


@pytest.mark.parametrize(
    ("text", "cells"), [("abc", 3), ("芯片", 4), ("Россия", 6), ("שלום", 4), ("e\u0301", 1), ("Türkiye", 7), ("", 0)]
)
def test_text_is_measured_in_cells(text: str, cells: int) -> None:
    assert width(text) == cells
    assert width(padded(text, 10, is_right=True)) == 10
    assert padded(text, 10, is_right=False).startswith(text)


@given(SENTENCES, st.integers(9, 40))
def test_lines_are_broken_between_words(text: str, cells: int) -> None:
    lines = wrapped(text, cells)
    assert " ".join(lines) == text
    assert all(width(line) <= cells for line in lines)


def test_a_word_that_is_longer_than_a_line_stays_whole() -> None:
    assert wrapped("see https://example.org/a/long/path now", 12) == ["see", "https://example.org/a/long/path", "now"]


def test_ideographs_are_parted_where_no_blank_is() -> None:
    lines = wrapped("中华人民共和国海关总署", 8)
    assert "".join(lines) == "中华人民共和国海关总署"
    assert all(width(line) <= 8 for line in lines)


@pytest.mark.parametrize(
    ("text", "cells", "short"),
    [
        ("8542 Electronic integrated circuits; processors", 37, "8542 Electronic integrated circuits…"),
        ("8542 Electronic integrated circuits", 35, "8542 Electronic integrated circuits"),
        ("The European Union's ban on wood from Russia", 30, "The European Union's ban…"),
        ("Naïve", 4, "Naï…"),
    ],
)
def test_text_is_shortened_at_a_words_end(text: str, cells: int, short: str) -> None:
    assert shortened(text, cells) == short


def test_of_a_name_the_code_stays_whole() -> None:
    assert shortened_name("ARE United Arab Emirates", 16) == "ARE United Arab…"
    assert shortened_name("ARE United Arab Emirates", 8) == "ARE"
    assert shortened_name("ARE United Arab Emirates", 3) == "ARE"


@given(SENTENCES, st.integers(10, 40))
def test_shortened_text_fits_and_is_whole_words(text: str, cells: int) -> None:
    short = shortened(text, cells)
    assert width(short) <= cells
    assert short == text or set(short.removesuffix(MORE).split(" ")) <= set(text.split(" "))
