"""Web pages: the main text alone, each of its characters where the file has it."""

from __future__ import annotations

import html
import random
import time
from itertools import pairwise

import pytest

from stopgap.sources.texts import clean_words, read_texts
from stopgap.sources.texts.markup import read_markup
from stopgap.sources.texts.page import page_text

PARAGRAPHS = (
    "MR. MILLER: China&#8217;s firms and Russia<b>&rsquo;s</b> buyers trade in optical equipment, and we are concerned.",
    "Essentially, <a href=\"/more?a=1&b=2\">they&apos;ve been backfilling</a> the trade that partners suspended &mdash; all of it.",
    "Asked about components, the spokesman said that he had nothing to add to what was said on Monday.",
)  # fmt: skip
PAGE = f"""<!DOCTYPE html>
<html lang="en-US"><head><meta charset="utf-8"><title>Briefing &amp; answers</title>
<style>b {{ color: red }}</style><script>var words = "<p>not said</p>";</script></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/news">News of the day</a></li></ul></nav>
<!-- <p>commented out</p> -->
<article><h1>Briefing &amp; answers</h1><p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>
<p>{PARAGRAPHS[2]}</p></article>
<aside><a href="/x">Related: a story of another day</a></aside>
<footer>Copyright, all rights reserved</footer></body></html>
"""


@pytest.fixture
def stored():
    return page_text(PAGE, "page.html")


def test_the_stored_text_is_as_long_as_the_page_and_keeps_its_line_ends(stored):
    assert len(stored.text) == len(PAGE)
    assert all(stored.text[at] == "\n" for at, character in enumerate(PAGE) if character == "\n")
    assert (stored.kind, stored.language, stored.meta["title"]) == ("html", "en", "Briefing & answers")


def test_only_the_main_text_is_kept(stored):
    kept = clean_words(stored.text)
    said = [
        "MR. MILLER: China’s firms and Russia’s buyers trade in optical equipment, and we are concerned.",
        "Essentially, they've been backfilling the trade that partners suspended — all of it.",
        "Asked about components, the spokesman said that he had nothing to add to what was said on Monday.",
    ]
    assert kept in (" ".join(said), " ".join(["Briefing & answers", *said]))


def test_words_stand_where_the_file_has_them(stored):
    for words in ("firms and Russia", "backfilling", "nothing to add", "all of it"):
        at = PAGE.index(words)
        assert stored.text[at : at + len(words)] == words


def test_a_word_with_markup_in_it_reads_as_one(stored):
    start, end = PAGE.index("China"), PAGE.index(" firms")
    assert clean_words(stored.text[start:end]) == "China’s"
    start, end = PAGE.index("Russia<b>"), PAGE.index(" buyers")
    assert clean_words(stored.text[start:end]) == "Russia’s"


def test_blanks_between_marked_words_stay():
    text = page_text("<p><b>one</b> <i>two</i>\n<b>three</b><i>four</i></p>", "a.html").text
    assert clean_words(text) == "one two threefour"


def test_between_two_paragraphs_there_is_an_empty_line(stored):
    for first, second in pairwise(PARAGRAPHS):
        gap = stored.text[PAGE.index(first) + len(first) : PAGE.index(second)]
        assert gap.count("\n") == 2
        assert not gap.strip()


def test_a_page_saved_as_text_is_known_by_its_content(tmp_path):
    (tmp_path / "page.txt").write_text(PAGE)
    [text] = read_texts(tmp_path / "page.txt")
    assert (text.kind, len(text.text)) == ("html", len(PAGE))


def test_a_declared_charset_is_believed(tmp_path):
    words = "外交部发言人表示，中俄开展正常经贸合作，不针对第三方，也不受第三方干扰。" * 3
    page = f'<html><head><meta charset="gb2312"></head><body><p>{words}</p></body></html>'
    (tmp_path / "a.html").write_bytes(page.encode("gb18030"))
    [text] = read_texts(tmp_path / "a.html")
    assert clean_words(text.text) == words
    assert (text.language, "gb18030" in text.notes[0]) == ("zh", True)


def test_a_page_without_a_main_text_keeps_what_is_visible_and_says_so():
    page = "<html><head><title>T</title><script>x</script></head><body><td>Two words<br>a third</td></body></html>"
    text = page_text(page, "a.html")
    assert clean_words(text.text) == "Two words a third"
    assert "all visible text is kept" in " ".join(text.notes)


@pytest.mark.parametrize(
    ("page", "visible"),
    [
        ("a < b and c > d", "a < b and c > d"),
        ("<p>one<p>two", "one two"),
        ('<a title="x > y">word</a>', "word"),
        ("<a title='it\"s'>word</a>", "word"),
        ("<!-->shown<!-- hidden -- > still --> shown", "shown shown"),
        ("<![CDATA[x]]>word<?php x ?>", "word"),
        ("<SCRIPT>no</scripting>no</SCRIPT >yes", "yes"),
        ("<title>a</title>b<textarea>c</textarea>", "b"),
        ("before<b", "before"),
        ("</>x</ p>y", "x y"),
        ("a&nbsp;b&#x27;c&bogus;d&amp", "a b'c&bogus;d&"),
    ],
)
def test_markup_as_browsers_read_it(page, visible):
    kept = " ".join(page[node.start : node.end] for node in read_markup(page).nodes)
    assert clean_words(html.unescape(kept)) == visible


HOSTILE = (
    "<div>" * 200_000 + "words", "<!--" * 250_000, "<" * 300_000, "<a " * 300_000, '<a b="' * 150_000, "<a b=\"'" * 140_000,
    "<script>" * 125_000, "<svg><p>x</p>" * 5_000, "&" * 1_000_000, "<!" * 500_000, "</" * 300_000, "<select>" * 50_000,
    "<p>" + "<b>" * 190 + "words",
)  # fmt: skip


@pytest.mark.parametrize("page", HOSTILE, ids=lambda page: page[:8])
def test_no_page_takes_long(page):
    started = time.process_time()
    assert len(page_text(page, "a.html").text) == len(page)
    assert time.process_time() - started < 10


def test_any_damage_to_a_page_leaves_its_length():
    draw = random.Random(1)
    for _ in range(60):
        start, end = sorted(draw.sample(range(len(PAGE)), 2))
        page = PAGE[:start] + draw.choice(["", "<", ">", '"', "<!--", "&#", "</article>"]) + PAGE[end:]
        text = page_text(page, "a.html").text
        assert len(text) == len(page)
        assert all(text[at] == "\n" for at, character in enumerate(page) if character == "\n" and "<" not in page)
