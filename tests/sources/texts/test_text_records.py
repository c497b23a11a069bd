"""JSON lines: one text a record; a line that is cut off is named."""

from __future__ import annotations

import json

import pytest

from stopgap.base.errors import InputError
from stopgap.sources.texts import read_texts

RECORDS = [
    {"name": "first", "date": "2024-04-08", "url": "https://example.org/1", "text": "We are\r\nconcerned."},
    {"title": "second", "body": "中方回应。", "language": "zh", "tags": ["a"], "is_draft": True},
    {"content": "", "number": 3},
]


def lines(records):
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records) + "\n"


@pytest.fixture
def read(tmp_path):
    def call(content, name="a.jsonl"):
        (tmp_path / name).write_text(content)
        return read_texts(tmp_path / name)

    return call


@pytest.mark.parametrize("name", ["a.jsonl", "a.txt"])
def test_one_text_a_record(read, name):
    texts = read(lines(RECORDS), name)
    assert [(text.kind, text.record, text.text) for text in texts] == [
        ("jsonl", 1, "We are\nconcerned."), ("jsonl", 2, "中方回应。"), ("jsonl", 3, ""),
    ]  # fmt: skip
    assert texts[0].meta == {"name": "first", "date": "2024-04-08", "url": "https://example.org/1"}
    assert (texts[1].language, texts[1].meta) == ("zh", {"title": "second", "language": "zh"})


@pytest.mark.parametrize("content", [json.dumps(RECORDS, indent=1), json.dumps(RECORDS), "\n\n" + lines(RECORDS)])
def test_an_array_and_blank_lines_are_read_too(read, content):
    assert [text.text for text in read(content, "a.json")] == ["We are\nconcerned.", "中方回应。", ""]


@pytest.mark.parametrize(
    ("content", "what", "where"),
    [
        (lines(RECORDS)[:-20], "not a whole JSON object", "line 3"),
        ('{"text": "a"}\n[1]\n', "list, not a JSON object", "line 2"),
        ('{"text": "a"}\n{"words": "b"}\n', "has no text", "record 2"),
        ('{"text": 7}\n', "has no text", "record 1"),
        ("[" * 100_000, "not a whole JSON object", "line 1"),
    ],
)
def test_a_record_that_does_not_hold_is_named(read, content, what, where):
    with pytest.raises(InputError, match=what) as caught:
        read(content)
    assert where in caught.value.where


def test_a_very_long_line_is_read(read):
    [text] = read(json.dumps({"text": "word " * 500_000}))
    assert len(text.text) == 2_500_000


def test_half_a_character_is_shown_as_one_that_cannot_be(read):
    [text] = read('{"text": "a\\ud800b"}')
    assert text.text == "a\ufffdb"
    assert "U+FFFD" in text.notes[0]


def test_a_text_that_begins_with_a_bracket_is_no_json(read):
    [text] = read("[Music] Good afternoon, everyone.", "a.txt")
    assert text.kind == "plain"
