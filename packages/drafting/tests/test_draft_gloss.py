"""Chinese read through a gloss: words, names, asides, places, and drafts in the words of the text."""

import csv
import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap_drafting.lexicon.patterns import has_han
from stopgap_drafting.propose import propose
from stopgap_drafting.text.aligned_gloss import AlignedGloss

FOLDER = files("stopgap_drafting") / "data"
BRIEFING = """# 2024年5月6日外交部发言人韩某主持例行记者会

路透社记者：英国国防大臣哈丽雅特·莫兰昨天在议会表示，中国企业正在向俄罗斯出口机床。中方对此有何评论？

韩某：中方坚决反对没有根据的指责。中方从未向冲突任何一方提供致命性武器。中方一贯严格管控军民两用物项出口。
"""


def rows(name):
    return list(csv.reader((FOLDER / name).read_text("utf-8").splitlines()))[1:]


def test_words_are_known_once_in_simplified_characters_and_in_english():
    words = [chinese for chinese, _ in rows("gloss.csv")]
    traditional = {full for full, _ in rows("simplified.csv")}
    assert words == sorted(set(words))
    assert all(re.fullmatch("[\u3400-\u9fff]+", word) for word in words)
    assert not traditional.intersection("".join(words))
    assert not [english for _, english in rows("gloss.csv") if has_han(english) or english != english.strip()]


def test_simplified_characters_are_none_that_are_simplified_further():
    table = dict(rows("simplified.csv"))
    assert all(len(full) == len(simple) == 1 for full, simple in table.items())
    assert not set(table).intersection(table.values())


@pytest.mark.parametrize(
    ("text", "gloss"),
    [
        ("俄罗斯从中国进口机床。", "Russia import from China machine tools. "),
        ("中方从未向任何一方提供武器。中方反对。", "The Chinese side has never to any party provide weapons. The Chinese side oppose. "),
        ("俄羅斯從中國進口機床。", "Russia import from China machine tools. "),  # in traditional characters
        ("中俄贸易，对俄制裁", "China-Russia trade, sanctions on Russia"),
        ("据《金融时报》报道", "According to Financial Times"),
        ("英国国防大臣哈丽雅特·莫兰昨天在议会表示，", "The UK Defense Secretary X, yesterday in parliament, said, "),
        ("沈若兰说，", "X said, "),  # a name that holds a word
        ("TSMC的芯片2024年卖到俄罗斯", "TSMC chips 2024 sell to Russia"),
    ],
)  # fmt: skip
def test_gloss(text, gloss):
    assert AlignedGloss(text).text == gloss


@pytest.mark.parametrize("text", ["", "“China,” he said — no…", "中", "MR. KIRBY:  No.\n\nQ    Why?\n"])
def test_what_is_not_chinese_stays(text):
    assert AlignedGloss(text).text == text or has_han(text)
    mixed = f"“We told 中方 so,” he said — “twice.”\n{text}"
    assert AlignedGloss(mixed).text == mixed.replace("中方", "the Chinese side") or has_han(text)


@given(st.text(alphabet="中俄国美从不向说，。“”《》·X b\n1埃沈的", max_size=60))
def test_each_place_of_a_gloss_has_its_place_in_the_text(text):
    glossed = AlignedGloss(text)
    spans = [glossed.span(at, at + 1) for at in range(len(glossed.text))]
    assert all(0 <= first <= last <= len(text) for first, last in spans)
    assert spans == sorted(spans)
    assert all(0 <= glossed.at(place) <= len(glossed.text) for place in range(len(text) + 1))
    kept = [(at, character) for at, character in enumerate(glossed.text) if character in "Xb1\n"]
    for at, character in kept:
        first, last = spans[at]
        assert character in text[first:last] or character == "X"


def test_a_draft_is_in_the_words_of_the_text():
    drafts = propose(BRIEFING, "zh.md", {}, reader="network")
    assert drafts
    for draft in drafts:
        assert draft.words == " ".join(BRIEFING[draft.start : draft.end].split())
        for goods in draft.goods:
            assert goods.phrase is None or goods.phrase in draft.words
        for name, evidence in draft.evidence.items():
            if evidence.start is not None:
                assert evidence.words == " ".join(BRIEFING[evidence.start : evidence.end].split()), name


def test_who_says_so_is_named_as_in_the_text():
    drafts = propose(BRIEFING, "zh.md", {}, reader="network")
    minister = next(draft for draft in drafts if "机床" in draft.words)
    assert (minister.speaker, minister.uttered_by) == ("英国国防大臣哈丽雅特·莫兰", "路透社记者")
    assert minister.chain == ("路透社记者", "英国国防大臣哈丽雅特·莫兰")
    assert (minister.actor, minister.target) == ("companies:CHN", "RUS")
    weapons = next(draft for draft in drafts if "武器" in draft.words)
    assert (weapons.speaker, weapons.stance, weapons.actor) == ("韩某", "denial", "CHN")


def test_an_english_text_is_drafted_alike_beside_a_chinese_word():
    text = "MR. KIRBY:  China is selling machine tools to Russia’s arms makers.  {}\n\nQ    “Is Iran?”\n"
    plain, mixed = (propose(text.format(word), "a.txt", {}, reader="rules") for word in ("Xi.", "习."))
    assert [(d.start, d.end, d.words, d.stance, d.actor) for d in plain] == [
        (d.start, d.end, d.words, d.stance, d.actor) for d in mixed
    ]
