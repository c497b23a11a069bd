"""Plain texts and Markdown: offsets are those of the file, whatever its encoding; what is no text is named."""

from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.base.errors import InputError, NotFoundError
from stopgap.sources.texts import FILLER, clean_words, read_texts, readable
from stopgap.sources.texts.reading import SIZE_LIMIT

STATEMENTS = Path(__file__).resolve().parents[4] / "shared" / "data" / "statements"

BRIEFING = """---
date: '2024-06-11'
source_url: https://example.org/briefing
tags: [press, briefing]
title: "Gaggle on the G7\\_Summit"
---

MR. KIRBY: We are concerned.
"""


@pytest.fixture
def one(tmp_path):
    def read(content, name="text.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        [text] = read_texts(path)
        return text

    return read


def test_a_plain_text_is_stored_as_python_reads_the_file(one, tmp_path):
    text = one("First line.\r\nSecond — “line”.\rThird.\n")
    assert text.text == (tmp_path / "text.txt").read_text("utf-8") == "First line.\nSecond — “line”.\nThird.\n"
    assert text.sha256 == hashlib.sha256(text.text.encode()).hexdigest()
    assert (text.kind, text.meta, text.body_start, text.record, text.notes) == ("plain", {}, 0, None, ())


def test_a_byte_order_mark_stays_a_character(one):
    text = one(b"\xef\xbb\xbfWords.")
    assert (text.text, text.body_start) == ("\ufeffWords.", 1)


def test_an_empty_file_is_a_text_of_no_characters(one):
    assert (one(b"").text, one(b"").language, one(b"", "a.html").text) == ("", None, "")


def test_front_matter_is_read_and_the_body_begins_after_it(one):
    text = one(BRIEFING, "briefing.md")
    assert text.kind == "markdown"
    assert text.text == BRIEFING
    assert text.text[text.body_start :] == "\nMR. KIRBY: We are concerned.\n"
    assert text.meta == {
        "date": "2024-06-11", "source_url": "https://example.org/briefing", "url": "https://example.org/briefing",
        "tags": "press, briefing", "title": "Gaggle on the G7 Summit",
    }  # fmt: skip


@pytest.mark.parametrize("start", ["---\n\nA rule, and no front matter.\n---\n", "# Heading\n", "---\n", "--- a: b"])
def test_a_rule_is_no_front_matter(one, start):
    text = one(start, "a.md")
    assert (text.kind, text.meta, text.body_start, text.text) == ("markdown", {}, 0, start)


def test_front_matter_that_is_no_yaml_is_read_line_by_line(one):
    text = one("---\ntitle: Remarks: the President\n\tdate: [a\n---\nBody", "a.txt")
    assert (text.kind, text.meta) == ("markdown", {"title": "Remarks: the President", "date": "[a"})
    assert text.text[text.body_start :] == "Body"


def test_front_matter_that_would_grow_without_end_does_not(one):
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    text = one("---\n" + "\n".join(lines) + "\n---\nBody", "a.md")
    assert text.meta == {"a0": "x, x"}


@pytest.mark.parametrize(
    ("content", "expected", "said"),
    [
        ("Ein Wort für Kühe.".encode("utf-16"), "\ufeffEin Wort für Kühe.", "read as UTF-16"),
        ("“Concern,” he said; it’s a café.".encode("cp1252"), "“Concern,” he said; it’s a café.", "windows-1252"),
        ("关于贸易的报道与事实不符。".encode("gb18030"), "关于贸易的报道与事实不符。", "gb18030"),
        ("Заявление министра о торговле.".encode("cp1251"), "Заявление министра о торговле.", "windows-1251"),
    ],
)  # fmt: skip
def test_other_encodings_are_read_and_said(one, content, expected, said):
    text = one(content)
    assert text.text == expected
    assert said in text.notes[0]


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("The trade from European partners was suspended after the invasion.", "en"),
        ("Der Handel mit den Partnern ist nach dem Angriff nicht mehr für alle offen.", "de"),
        ("中方同俄方开展正常经贸合作，不针对第三方。", "zh"),
        ("Министр заявил о поставках.", "ru"),
        ("Міністр заявив про постачання їх.", "uk"),
        ("1234 5678", None),
    ],
)
def test_the_language_is_guessed_from_letters_and_small_words(one, words, language):
    assert one(words).language == language


@pytest.mark.parametrize(
    ("content", "name", "what"),
    [
        (b"PK\x03\x04" + b"\0" * 40, "a.docx", "ZIP"),
        (gzip.compress(b"words", mtime=0), "a.txt.gz", "gzip"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 40, "a.doc", "office document"),
        (b"{\\rtf1 words}", "a.txt", "RTF"),
        (bytes(range(256)) * 40, "a.txt", "not text"),
        ("words".encode("utf-16-le"), "a.txt", "not text"),
        (b"\xff\xfeab\x00", "a.txt", "cannot be read as utf-16-le"),
    ],
)
def test_what_is_no_text_is_named(one, content, name, what):
    with pytest.raises(InputError, match=what) as caught:
        one(content, name)
    assert caught.value.where.startswith(name)
    assert caught.value.fix


def test_a_file_above_the_limit_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "large.txt"
    with path.open("wb") as large:
        large.truncate(SIZE_LIMIT + 1)
    with pytest.raises(InputError, match="20 MB"):
        read_texts(path)


def test_folders_pipes_and_absent_files_are_named(tmp_path):
    with pytest.raises(InputError, match="not a file"):
        read_texts(tmp_path)
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(InputError, match="not a file"):
        read_texts(tmp_path / "pipe.txt")
    with pytest.raises(NotFoundError, match=r"absent\.txt"):
        read_texts(tmp_path / "absent.txt")


@pytest.mark.skipif(not STATEMENTS.is_dir(), reason="needs the shared statements")
def test_shared_statements_are_stored_to_the_character():
    files = sorted(STATEMENTS.rglob("*.txt")) + sorted((STATEMENTS / "white-house").glob("20*.md"))
    for file in files:
        [text] = read_texts(file)
        assert text.text == file.read_text("utf-8")
        assert text.language == "en"
        if file.suffix == ".md":
            assert text.meta["date"] == file.name[:10]
            assert "---" not in text.text[text.body_start :][:20]
    assert len(files) > 10


def test_fillers_and_runs_of_blanks_vanish_from_what_is_shown():
    stored = f"China’{FILLER * 6}s   trade\n\n   with  {FILLER} Russia"
    assert clean_words(stored) == "China’s trade with Russia"
    shown = readable(stored)
    assert shown.text == "China’s trade\n\n with Russia"
    start = shown.text.index("trade")
    assert stored[slice(*shown.span(start, start + 5))] == "trade"


@given(st.text(alphabet=f"ab \n{FILLER}", max_size=60), st.data())
def test_each_character_shown_is_the_one_at_its_place(stored, data):
    start = data.draw(st.integers(0, len(stored)))
    end = data.draw(st.integers(start, len(stored)))
    shown = readable(stored, start, end)
    assert FILLER not in shown.text
    assert clean_words(shown.text) == clean_words(stored[start:end])
    for place, character in enumerate(shown.text):
        first, last = shown.span(place, place + 1)
        assert stored[first:last] == character
        assert start <= first < last <= end
