"""Whose verb of saying it is, and which goods, economies and words a sentence is made of."""

import pytest

from stopgap_drafting.annotate import annotate_sentence
from stopgap_drafting.features.ngram_features import class_of, stem, wording_of
from stopgap_drafting.sources.speakers import find_voices
from stopgap_drafting.text.attribution import find_attributions
from stopgap_drafting.text.noun_phrases import phrases_in
from stopgap_drafting.text.segments import sentences, turns


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("We’ve spoken to U.S. and European diplomats who say that there’s no agreement.", "U.S. and European diplomats"),
        ("The panel of experts wrote in its report that a ship went back and forth.", "The panel of experts"),
        ("A spokesperson for the Chinese foreign ministry, asked about it, said there was no basis.", "A spokesperson for the Chinese foreign ministry"),
        ("A Treasury official who briefed reporters said that banks had begun to refuse payments.", "A Treasury official"),
        ("Two people briefed on the matter said the ports would close.", "Two people briefed on the matter"),
        ("I saw the German chancellor say over the weekend that China is helping.", "the German chancellor"),
        ("Last week in Brussels the U.S. Secretary of State stated that China is assisting Russia.", "the U.S. Secretary of State"),
        ("The Treasury’s telling me that a whole bunch of banks stopped.", "The Treasury"),
        ("Because someone in Berlin told us that there’s no appetite.", "someone in Berlin"),
        ("MOFA in Seoul says 6,700 containers were shipped.", "MOFA in Seoul"),
        ("Deputy Secretary Adeyele was blunter, saying that nobody is exempt.", "Deputy Secretary Adeyele"),
        ("The UN panel counted forty ships, and concluded that they carry coal.", "The UN panel"),
        ("New Delhi’s answer was that it would take the barrels.", "New Delhi"),
        ("Our information is that the Russians asked for more.", "Our information"),
        ("He’s saying they’re not Iranian.", "He"),
        ("According to the Russian daily Kommersant, four lenders refuse.", "the Russian daily Kommersant"),
    ],
)  # fmt: skip
def test_the_source_is_found_with_what_hangs_on_it(sentence: str, name: str) -> None:
    assert name in {one.name for one in find_attributions(sentence)}


@pytest.mark.parametrize(
    "sentence",
    [
        "Iran’s reported missile deliveries to Russia go on.",
        "We put it in the report that came out on Monday.",
        "The drones are made in Iran and sold to Russia.",
        "We’ve said for months that there would be consequences if Iran did that.",
        "I’d say that some of their banks have gotten more careful.",
    ],
)
def test_no_source_is_seen_where_nobody_speaks(sentence: str) -> None:
    assert [one for one in find_attributions(sentence) if one.kind != "reports"] == []


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("Several senators who were in your briefing say Beijing would step in.", ["Several senators", "Beijing"]),
        ("The Chinese ambassador was on television, and he said China sends nothing.", ["The Chinese ambassador", "China"]),
        ("You heard my colleague at Commerce — she told the Times about it.", ["my colleague at Commerce", "the Times"]),
        ("The foreign minister there stood up and said so.", ["The foreign minister there"]),
        ("By the oil minister’s count it is a tenth.", ["the oil minister"]),
        ("In public it is said again and again.", []),
        ("They go ahead, taking it besides, and the king of Jordan agrees.", ["the king of Jordan"]),
        ("", []),
    ],
)  # fmt: skip
def test_whoever_can_speak_is_a_phrase(sentence: str, names: list[str]) -> None:
    found = phrases_in(sentence)
    assert [phrase.words for phrase in found] == names
    assert all(sentence[phrase.start : phrase.end].startswith(phrase.words[:5]) for phrase in found)


def test_the_headings_of_a_fact_sheet_are_nobody() -> None:
    text = (
        "**GOING AFTER THOSE WHO FUND THE WAR:** Today, the President signed an order.\n\n"
        "- India’s refiners process that oil.\n\n**WHAT COMES NEXT:** Banks are warned.\n"
    )
    assert [turn.tag for turn in turns(text)] == [None]
    asked = "MODERATOR: Thanks for joining.\n\nWHAT COMES NEXT FOR THEM: a list.\n\nTHE PRESIDENT: Thank you.\n"
    assert [turn.tag for turn in turns(asked)] == ["MODERATOR", "THE PRESIDENT"]


def test_the_president_and_the_secretary_are_those_of_the_house() -> None:
    text = (
        "Press Secretary Ann Pell is here, Press\nSecretary Ann Pell, with Deputy Secretary Roe. President Sandu of Moldova and President "
        "Maia Sandu of Moldova met President Baden. Secretary Blakely was there."
    )
    voices = find_voices(text, {}, turns(text))
    assert (voices.president, voices.secretary) == ("President Baden", "Secretary Blakely")


def test_a_sentence_that_opens_with_its_matter_is_no_turn() -> None:
    text = "MR. PELL:  Thanks.\n\nOn Ukraine: the President signed it.\n\nQ    When?\n\nMR. PELL:  Today.\n\nQ    Where?\n\nQ    Why?\n"
    assert {turn.tag for turn in turns(text)} == {"MR. PELL", "Q"}


def wording(text: str) -> tuple[str, ...]:
    (piece,) = sentences(text, turns(text))
    return wording_of(annotate_sentence(piece))


def test_a_wording_names_classes_and_not_economies() -> None:
    assert wording("Beijing is giving Moscow 40 drones.") == wording("China is giving Russia 60 missiles.")
    assert wording("Tehran gave Russia nothing.")[0] == "@SANCTIONED"
    assert {"@OTHER+firms", "@microelectronics", "@RUS"} <= set(wording("Firms in Kazakhstan sell chips to Russia."))


def test_stems_and_classes() -> None:
    assert [stem(word) for word in ("sending", "Sends", "sent", "ships", "shipped")] == [
        "send",
        "send",
        "sent",
        "ship",
        "shipp",
    ]
    assert class_of("HKG", firms=True) == "@CHN+firms"
    assert class_of("DEU", firms=False) == "@COALITION"
    assert class_of("UKR", firms=False) == "@FRIENDS"
