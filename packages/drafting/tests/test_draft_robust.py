"""Texts that no one speaks: drafting answers, soon, and never breaks."""

from __future__ import annotations

import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from stopgap.claims.drafting.reader import ReaderName
from stopgap_drafting.propose import propose

ODD = {
    "empty": "",
    "blank": " \n\u200b\n ",
    "one long sentence": "China supplies Russia with chips and " * 400,
    "no blanks": "中国向俄罗斯提供芯片，" * 1500,
    "times without end": "昨天" * 20_000,
    "sources without end": "据" * 20_000,
    "names without end": "沈·" * 20_000,
    "emoji": "😀China🇨🇳 sends drones to Russia🚀. " * 100,
    "right to left": "الصين تزود روسيا بالسلاح. \u202eChina\u202c helps Russia. " * 100,
    "control characters": "China\x00 sends\x07 drones to Russia.\x1b " * 100,
    "quotes": '"' * 20_000,
    "tags alone": "Q    \nMR. KORBY:  \n" * 2_000,
    "dots": "." * 50_000,
    "one word": "a" * 50_000,
    "half a tag": "MR. KORBY",
    "lone surrogate": "China \ud800 sends drones to Russia.",
}


@pytest.mark.one_in(4)
@pytest.mark.parametrize("reader", ["rules", "network"])
@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_texts_are_answered(text: str, reader: ReaderName) -> None:
    for draft in propose(text, "odd.txt", {}, reader=reader):
        assert 0 <= draft.start < draft.end <= len(text)


PIECES = st.sampled_from(
    [
        "China",
        "Russia",
        "Iran",
        "they",
        "sends",
        "drones",
        "to",
        "from",
        ".",
        "?",
        ",",
        "but",
        "not",
        "“",
        "”",
        "Q:",
        "MR.KORBY:",
        "said",
        "according",
        "companies",
        "sanctions",
        "if",
        "\n",
        "\n\n",
        "—",
        "support",
        "中国",
        "俄罗斯",
        "提供",
        "。",
        "0",
        "💥",
    ]
)


@pytest.mark.in_parts
@settings(max_examples=examples(150), deadline=None)
@given(st.lists(PIECES, max_size=60))
def test_any_words_give_drafts_that_stand_in_the_text(words: list[str]) -> None:
    text = " ".join(words)
    for draft in propose(text, "any.txt", {}):
        assert " ".join(text[draft.start : draft.end].split()) == draft.words
        assert draft.actor is None or draft.actor.removeprefix("companies:") != draft.target
