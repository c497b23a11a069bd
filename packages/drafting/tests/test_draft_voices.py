"""Whom ``the President`` means, who publishes, who signs, and who is called by a first name."""

from __future__ import annotations

import pytest

from stopgap_drafting.propose import propose
from stopgap_drafting.sources.speakers import Voices, find_voices
from stopgap_drafting.text.segments import turns

BRIEFING = "MS. ARDEN:  The President was clear with President Tsai about chips for Russia.\n"


def voices(text: str, **meta: str) -> Voices:
    return find_voices(text, meta, turns(text, 0))


@pytest.mark.parametrize(
    ("date", "president"),
    [
        ("2016-05-02", "President Obama"),
        ("2021-01-19", "President Trump"),
        ("2021-01-20", "President Biden"),
        ("2024-06-30", "President Biden"),
        ("2025-03-13", "President Trump"),
        ("", None),
        ("1999-01-01", None),
    ],
)
def test_at_the_white_house_the_day_tells_who_is_president(date: str, president: str | None) -> None:
    assert voices(BRIEFING, title="Press Briefing at the White House", date=date).president == president


def test_a_briefing_by_a_press_secretary_is_of_the_white_house_where_it_is_styled_so() -> None:
    title = "Press Briefing by Press Secretary Ann Arden\n\nApril 24, 2024\n\n"
    assert voices(title + BRIEFING).president == "President Biden"
    assert voices(title.replace("2024", "2025") + BRIEFING).president == "President Trump"
    assert voices(title.replace("April 24, 2024", "today") + BRIEFING).president is None
    assert voices(title + BRIEFING.replace("MS. ARDEN", "Ann Arden")).president is None


def test_whose_embassy_it_is_is_said_beside_its_words() -> None:
    text = "MS. ARDEN:  China is taking us to the WTO. {} says that China gives Russia no weapons.\n"
    (found,) = propose(text.format("Its commerce ministry"), "a.txt", {})
    assert found.speaker == "Its commerce ministry (China)"
    assert found.evidence["speaker"].words == "Its commerce ministry"
    (found,) = propose(text.format("Our commerce ministry"), "a.txt", {})
    assert found.speaker == "Our commerce ministry"


def test_a_name_in_the_text_goes_before_the_day() -> None:
    text = BRIEFING + "President Harwell will travel on Friday.\n"
    assert voices(text, title="Briefing at the White House", date="2023-05-01").president == "President Harwell"


def test_leaders_of_other_lands_are_not_the_president() -> None:
    text = "MS. ARDEN:  President Mira Oldane of Ruritania called. President Oldane, Mira Oldane, was brief.\n"
    assert voices(text, title="Briefing").president is None
    assert voices(text, title="White House Briefing", date="2023-05-01").president == "President Biden"


def test_elsewhere_the_day_tells_nothing() -> None:
    assert voices("MR. ROE:  The President spoke.\n", title="Briefing in Berlin", date="2023-05-01").president is None


def test_a_letterhead_is_the_publisher() -> None:
    text = "# Fact Sheet: New Duties\n\nThe White House\n\nAugust 6, 2025\n\nIndia buys Russian oil.\n"
    assert voices(text).publisher == "White House"
    assert {d.speaker for d in propose(text, "sheet.md", {})} <= {"White House"}


@pytest.mark.parametrize(
    ("title", "opening", "signed"),
    [
        (
            "Joint Statement by President Harwell and the President of the European Commission",
            "President Harwell and President von der Brandt met today in Washington.",
            "President Harwell and President von der Brandt",
        ),
        (
            "United States-Ruritania Joint Leaders’ Statement: Partners",
            "The following is a joint statement by President Harwell and\nPrime Minister Oldane of Ruritania.",
            "President Harwell and Prime Minister Oldane",
        ),
        ("C5+1 Joint Declaration", "The leaders of six states met on Monday.", "leaders"),
        ("Joint Statement on Steel", "Steel matters.", None),
    ],
)
def test_a_joint_statement_is_by_those_who_sign_it(title: str, opening: str, signed: str | None) -> None:
    assert voices(opening + "\n\nWe condemn transfers of arms to Russia.\n", title=title).principal == signed


def test_one_who_is_called_by_a_first_name_has_a_full_one() -> None:
    text = (
        "MS. ARDEN:  With me is National Security Advisor Daniel Whitlow.\n\nMR. WHITLOW:  Thank you.\n\n"
        "MS. ARDEN:  As Daniel said, Chinese firms are selling machine tools to Russia’s defense industry.\n"
    )
    found = propose(text, "briefing.md", {})
    assert [(d.speaker, d.uttered_by) for d in found] == [("Daniel Whitlow", "MS. ARDEN")]


def test_a_sentence_ends_a_name() -> None:
    text = "MS. ARDEN:  They spoke of TikTok. And he told President Xi that China must not arm Russia.\n"
    assert not any("TikTok" in (d.speaker or "") for d in propose(text, "briefing.md", {}))


@pytest.mark.parametrize(
    ("words", "speaker"),
    [
        ("Q    The Chinese ambassador was on television, and he said China is not sending weapons to Russia.", "The Chinese ambassador"),
        ("Q    The foreign minister there stood up in Delhi and said that India will buy more Russian oil.", "The foreign minister"),
        ("MR. ROE:  Beijing says that it is not selling weapons to Russia.", "Beijing"),
        ("MR. ROE:  And the Russians claim that India will go on buying their oil, whatever we do to Russia.", "the Russians"),
        ("MR. ROE:  You’ve heard Secretary Arden, who is in Beijing, speak to our concerns about China’s support for Russia’s arms industry.", "Secretary Arden"),
        ("MR. ROE:  Secretary Arden made the point that China is selling machine tools to Russia’s arms industry.", "Secretary Arden"),
        ("MR. ROE:  The Treasury said today that it is sanctioning Chinese firms that supply Russia’s military.", "MR. ROE"),
        ("MR. ROE:  We talk with the Emiratis all the time, and they’ve told us that they will stop the re-export of chips to Russia.", "the Emiratis"),
    ],
)  # fmt: skip
def test_whoever_the_sentence_names_may_have_said_it(words: str, speaker: str) -> None:
    text = f"MS. ARDEN:  Hello.\n\n{words}\n\nMS. ARDEN:  Right.\n"
    found = propose(text, "x.md", {"title": "Press Briefing at the White House", "date": "2022-03-21"})
    assert {draft.speaker for draft in found} == {speaker}


@pytest.mark.parametrize("people", ["the Emiratis", "the Turks", "the Kazakhs"])
def test_what_they_told_us_is_theirs_and_one_claim(people: str) -> None:
    text = f"MR. ROE:  We talk with {people} all the time, and they’ve told us that they will stop the re-export of chips to Russia.\n"
    (found,) = propose(text, "x.md", {"title": "Press Briefing at the White House", "date": "2022-03-21"})
    assert (found.speaker, found.stance, found.action, found.target) == (people, "reported", "stop", "RUS")
    assert found.actor in ("ARE", "TUR", "KAZ")


def test_she_is_not_a_president() -> None:
    text = "Q    And chips?\n\nMS. ARDEN:  President Biden was clear. She said China would pay for chips to Russia.\n"
    meta = {"title": "Press Briefing at the White House", "date": "2022-03-21"}
    assert "President Biden" not in {d.speaker for d in propose(text, "x.md", meta) if "She" in d.words}
    he = propose(text.replace("She said", "He said"), "x.md", meta)
    assert {d.speaker for d in he if "He" in d.words} == {"President Biden"}


@pytest.mark.parametrize(
    ("head", "publisher"),
    [
        ("新华社莫斯科7月1日电（记者 某某）俄罗斯", "新华社"),
        ("北约再批中国\n\n美国之音中文部 2024年6月20日\n", "美国之音"),
        ("（中央社記者某某台北8日電）經濟部", "中央社"),
        ("【《环球时报》驻华盛顿特派记者 某某】", "《环球时报》"),
        ("外交部发言人就此发表谈话\n", None),
    ],
)
def test_a_report_in_chinese_says_whose_it_is(head: str, publisher: str | None) -> None:
    assert voices(head + "中国向俄罗斯出口机床。\n").publisher == publisher
