"""Words of a claim in their text: checked, found, and shown in their sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stopgap.base.errors import InputError
from stopgap.claims.claim import Action, Claim, ClaimWords, Speaker, Stance
from stopgap.claims.register.text_spans import context_of, find_words, place_words
from stopgap.sources.texts.page import page_text
from stopgap.sources.texts.text import source_text

TEXT = source_text(
    "briefing.txt",
    "Mr. Roe spoke first.\n\nWe have seen it.  “They’ve been\nbackfilling the trade,” she said. We have seen it. No more.\n",
    "plain",
)
SAID = "They've been backfilling the trade"
START = TEXT.text.index("They")
END = TEXT.text.index(",”")


def claim(words):
    return Claim(None, "t", Speaker("Roe"), "2024-04-08", words, Stance.ASSERTION, "CHN", Action.BACKFILL, "RUS")


def place(words):
    return place_words(claim(words), TEXT, where="claim.yml")


def test_words_at_their_offsets_are_bound_to_the_text():
    placed, notes = place(ClaimWords(SAID, START, END))
    assert placed.words == ClaimWords(SAID, START, END, "briefing.txt", TEXT.sha256)
    assert notes == ()


def test_words_without_offsets_are_found_across_line_ends_and_quotation_marks():
    placed, [note] = place(ClaimWords(SAID))
    assert (placed.words.start, placed.words.end) == (START, END)
    assert f"{START} to {END}" in note


@pytest.mark.parametrize(
    ("words", "what", "fix"),
    [
        (ClaimWords(SAID, START + 1, END), "do not stand at the offsets", f"start: {START}, end: {END}"),
        (ClaimWords(SAID, START, 10_000), "has 114 characters", f"start: {START}, end: {END}"),
        (ClaimWords("We have seen it.", 0, 16), "do not stand", "they stand at 22 to 38, 88 to 104"),
        (ClaimWords("We have seen it."), "stand 2 times", "start and end"),
        (ClaimWords("they never said so"), "do not stand in the text", "quoted: false"),
        (ClaimWords("they never said so", 0, 5), "do not stand", "quoted: false"),
        (ClaimWords(SAID, START, END, sha256="0" * 64), "not the text", "sha256"),
    ],
)
def test_words_that_do_not_stand_are_refused_with_where_they_do(words, what, fix):
    with pytest.raises(InputError) as caught:
        place(words)
    assert what in caught.value.what
    assert fix in caught.value.fix


def test_ones_own_words_are_not_looked_for():
    placed, _ = place(ClaimWords("China makes up for it", quoted=False))
    assert (placed.words.start, placed.words.sha256) == (None, TEXT.sha256)
    placed, _ = place(ClaimWords("China makes up for it", START, END, quoted=False))
    assert placed.words.start == START
    with pytest.raises(InputError, match="characters"):
        place(ClaimWords("China makes up for it", START, 10_000, quoted=False))


def test_the_sentence_around_the_words():
    context = context_of(TEXT.text, START, END)
    assert (context.before, context.words, context.after) == ("“", "They’ve been backfilling the trade", ",” she said.")
    whole = context_of(TEXT.text, 22, 38)
    assert (whole.before, whole.words, whole.after) == ("", "We have seen it.", "")


def test_the_sentence_around_chinese_words():
    text = "中方已作出回应。我们不是当事方，不提供武器。其他问题没有。"
    start = text.index("不提供")
    context = context_of(text, start, start + 5)
    assert (context.before, context.words, context.after) == ("我们不是当事方，", "不提供武器", "。")


def test_a_title_ends_no_sentence_and_front_matter_is_none():
    text = "---\ntitle: t\n---\nMS. ROE: The U.S. and Mr. Li met. Yes."
    start = text.index("met")
    context = context_of(text, start, start + 3, body_start=text.index("MS."))
    assert (context.before, context.words, context.after) == ("MS. ROE: The U.S. and Mr. Li", "met", ".")


def test_a_long_sentence_is_cut_and_an_edge_is_no_fault():
    text = "word " * 2000
    context = context_of(text, 5000, 5004)
    assert len(context.before) <= 600
    assert len(context.after) <= 600
    assert context_of("words", 0, 5).words == "words"


def test_words_are_found_in_a_page_with_entities_and_markup():
    page = "<p>First.</p><p>China&#8217;s <b>firm</b>s supply&nbsp;parts.</p>"
    stored = page_text(page, "a.html")
    [(start, end)] = find_words("China's firms supply parts.", stored.text)
    assert page[start:end] == "China&#8217;s <b>firm</b>s supply&nbsp;parts."
    assert context_of(stored.text, start, end).words == "China’s firms supply parts."


def test_blank_words_stand_nowhere():
    assert find_words(" \n", TEXT.text) == []
    assert replace(claim(ClaimWords("x")), id="y").id == "y"
