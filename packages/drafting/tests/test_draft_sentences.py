"""What single sentences are drafted as: who does what to whom, how it stands, who says so."""

from __future__ import annotations

import pytest

from stopgap.claims.drafting.draft import Draft
from stopgap_drafting.propose import propose

HEAD = "MR. KORBY:  "


def drafts(*lines: str, tag: str = HEAD) -> list[Draft]:
    return propose(tag + " ".join(lines), "briefing.md", {})


def fields(found: list[Draft]) -> list[tuple[str, str | None, str, str | None]]:
    return sorted((d.stance.value, d.actor, d.action.value, d.target) for d in found)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("China is providing machine tools to Russia’s defense industrial base.", ("assertion", "CHN", "supply", "RUS")),
        ("The PRC has been backfilling the trade with Russia that Europe suspended.", ("assertion", "CHN", "backfill", "RUS")),
        ("We urge China not to provide Russia with lethal assistance.", ("warning", "CHN", "supply", "RUS")),
        ("Turkish firms are re-exporting chips to Russia.", ("assertion", "companies:TUR", "route-through", "RUS")),
        ("We have not seen Iran transfer ballistic missiles to Russia.", ("denial", "IRN", "supply", "RUS")),
        ("If China provides lethal aid to Russia, there will be consequences.", ("warning", "CHN", "consequence", "RUS")),
        ("India is buying Russian oil at a discount.", ("assertion", "IND", "buy-energy", "RUS")),
        ("We banned imports of Russian oil.", ("assertion", "USA", "stop", "RUS")),
        ("Russia is buying artillery shells from North Korea.", ("assertion", "PRK", "supply", "RUS")),
        ("Russia has sent fighter jets to Iran.", ("assertion", "RUS", "supply", "IRN")),
        ("Chinese companies sell components to Russia for its drones.", ("assertion", "companies:CHN", "fill-components", "RUS")),
        ("Last week we sanctioned companies in China and Serbia that ship electronics to Russia.", ("assertion", "companies:CHN", "consequence", "RUS")),
    ],
)  # fmt: skip
def test_a_sentence_is_drafted(sentence: str, expected: tuple[str, str, str, str]) -> None:
    assert expected in fields(drafts(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "We will keep sending artillery ammunition to Ukraine.",
        "We have put sanctions on Russia’s largest banks.",
        "Secretary Blinken traveled to Beijing to manage the competition with China.",
        "China’s overcapacity in electric vehicles hurts American workers.",
        "North Korea tested a ballistic missile last night.",
        "I’m not going to speculate about what China may do.",
        "Russia launched missiles at Kharkiv, and we condemn it.",
        "Brazil’s president will deliver a message to Moscow about the war.",
    ],
)
def test_other_matters_are_no_claim(sentence: str) -> None:
    assert drafts(sentence) == []


def test_every_member_of_a_list_has_a_record() -> None:
    found = drafts("Iran, North Korea and China are supplying Russia with drones.")
    assert {d.actor for d in found} == {"IRN", "PRK", "CHN"}
    assert len({(d.start, d.end) for d in found}) == 1


def test_each_supplier_has_its_own_goods() -> None:
    found = drafts("He gets drones from Iran and nitrocellulose from China for Russia’s war machine.")
    goods = {d.actor: {g.group.value for g in d.goods} for d in found}
    assert goods == {"IRN": {"weapons"}, "CHN": {"propellants"}}


def test_two_stances_are_two_records_on_their_parts() -> None:
    text = "China has not provided weapons to Russia, but its companies are selling microelectronics to Russia."
    found = drafts(text)
    assert [d.stance.value for d in found] == ["denial", "assertion"]
    assert found[0].end <= found[1].start


def test_a_pronoun_is_led_back_and_says_so() -> None:
    found = drafts(
        "We are concerned about China’s support for Russia’s defense industrial base.",
        "They have been sending machine tools to Russia.",
    )
    assert found[-1].actor == "CHN"
    assert found[-1].evidence["actor"].how == "context"
    assert found[-1].evidence["actor"].start is None


def test_a_pronoun_without_anyone_before_is_left_open() -> None:
    assert drafts("They are sending drones to Russia.") == []


def test_words_of_another_are_reported_with_their_chain() -> None:
    found = drafts(
        "The Financial Times, citing U.S. officials, reported that China is sending chips to Russia.", tag="Q    "
    )
    assert [d.chain for d in found] == [("Q", "Financial Times", "U.S. officials")] or [d.chain for d in found] == [
        ("Q", "The Financial Times", "U.S. officials")
    ]
    assert found[0].stance.value == "reported"
    assert found[0].uttered_by == "Q"


def test_a_denial_of_a_few_words_takes_up_the_question() -> None:
    text = "Q    Is China sending lethal weapons to Russia?\n\nMR. KORBY:  We haven’t seen them do that.\n"
    asked, denied = propose(text, "b.md", {})
    assert (asked.stance.value, denied.stance.value) == ("question", "denial")
    assert (denied.actor, denied.action.value, denied.target) == ("CHN", "supply", "RUS")
    assert denied.speaker == "MR. KORBY"


def test_normal_trade_is_a_counter_assertion() -> None:
    text = (
        "**AFP:** The United States says China supplies Russia with dual-use goods. Any comment?\n\n"
        "**Li Wen:** China carries out normal trade with Russia, which is lawful.\n"
    )
    found = propose(text, "press.md", {"title": "Foreign Ministry Spokesperson’s Regular Press Conference"})
    assert ("assertion", "CHN", "other", "RUS") in fields(found)


def test_chinese_is_read() -> None:
    text = "路透社记者：美方称中国企业向俄罗斯提供军民两用物项。\n\n林文：中方从未向冲突任何一方提供致命武器。\n"
    found = propose(text, "zh.txt", {"title": "外交部发言人主持例行记者会"})
    assert any(d.stance.value == "denial" and d.actor == "CHN" and d.action.value == "supply" for d in found)


def test_offsets_are_those_of_wrapped_text() -> None:
    text = "---\ntitle: x\n---\n\nMR. KORBY:  Look, China is\nproviding drone engines\nto Russia. Thanks.\n"
    (found,) = propose(text, "b.md", {}, body_start=17)
    assert " ".join(text[found.start : found.end].split()) == found.words
    assert found.words == "Look, China is providing drone engines to Russia."
    for each in found.evidence.values():
        if each.start is not None and each.end is not None and ";" not in each.words:
            assert " ".join(text[each.start : each.end].split()).startswith(each.words.split()[0])


def test_confidence_and_codes_are_in_range() -> None:
    for found in drafts("China, India and companies in third countries help Russia evade sanctions."):
        record = found.as_dict()
        assert 0 <= record["confidence"] <= 1
        assert all(0 <= each["confidence"] <= 1 for each in record["evidence"].values())


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("Russia needs shells.", "We will counter Iranian arms transfers to Moscow and any transfers from Pyongyang."), ("IRN", "supply", "RUS")),
        (("China says, again and again, that it will not give Russia weapons, and many other countries heard it.",), ("CHN", "supply", "RUS")),
        (("Europe gets a larger share of its gas from Russia than we do.",), ("EU", "buy-energy", "RUS")),
        (("Turkey’s purchase of the S-400 from Russia is a concern to us.",), ("RUS", "supply", "TUR")),
        (("The Treasury placed restrictions on six Chinese firms for selling chips to Russia.",), ("companies:CHN", "consequence", "RUS")),
        (("What we know is that the Russians have been shipping refined petroleum to North Korea.",), ("RUS", "supply", "PRK")),
        (("China has sold Russia chipmaking gear and export-controlled items.",), ("CHN", "supply", "RUS")),
        (("The Turks have taken delivery of nothing.", "Containers in North Korea hold deliveries of fighter aircraft from Russia."), ("RUS", "supply", "PRK")),
    ],
)  # fmt: skip
def test_who_gives_and_who_gets(lines: tuple[str, ...], expected: tuple[str, str, str]) -> None:
    assert expected in {(d.actor, d.action.value, d.target) for d in drafts(*lines)}


@pytest.mark.parametrize("reader", ["rules", "network"])
@pytest.mark.parametrize(
    ("words", "actor"),
    [
        ("Anyone who helps Russia evade sanctions will face consequences.", "ANY"),
        ("Any bank that helps Russia evade sanctions will face consequences.", "companies:ANY"),
        ("We are going after those who send drones to Russia.", "ANY"),
        ("We are going after companies anywhere that send drones to Russia.", "companies:ANY"),
    ],
)
def test_firms_of_anywhere_are_meant_only_where_the_sentence_says_firms(reader, words, actor) -> None:
    assert [d.actor for d in propose(HEAD + words, "briefing.md", {}, reader=reader)] == [actor]


@pytest.mark.parametrize("reader", ["rules", "network"])
def test_a_supplier_is_drafted_once(reader) -> None:
    for words in (
        "China has sold Russia chipmaking gear and export-controlled items.",
        "China stopped selling Russia drones and then sold it drone engines again.",
    ):
        found = propose(HEAD + words, "briefing.md", {}, reader=reader)
        assert len({(d.stance, d.actor, d.action, d.target) for d in found}) == len(found) > 0


def test_another_who_does_the_same_is_a_claim_of_its_own() -> None:
    found = drafts("China is not sending weapons to Russia.", "Iran is doing that.", "China’s held back from that.")
    assert [(d.stance.value, d.actor) for d in found] == [
        ("denial", "CHN"),
        ("assertion", "IRN"),
        ("denial", "CHN"),
    ]  # fmt: skip


def test_a_control_after_a_denial_is_asserted() -> None:
    text = (
        "Spokesperson Lan: China has never sold weapons to Russia and strictly controls the export of dual-use items."
    )
    assert ("assertion", "CHN", "stop") in {
        (d.stance.value, d.actor, d.action.value) for d in propose(text, "x.md", {"title": "Foreign Ministry press conference"})
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "stance"),
    [
        ("We are concerned that Chinese firms may be sending chips to Russia’s arms makers.", "assertion"),
        ("We are concerned that Chinese firms may send weapons to Russia.", "warning"),
        ("We would act if Iran sells missiles to Russia.", "warning"),
    ],
)
def test_what_is_feared_and_what_goes_on_already(sentence: str, stance: str) -> None:
    assert {d.stance.value for d in drafts(sentence)} == {stance}


def test_a_single_blank_after_q_is_a_tag() -> None:
    text = "MR. KORBY: Hello.\n\nQ Is China sending weapons to Russia?\n\nMR. KORBY: No.\n\nQ And why would it?\n"
    assert [d.speaker for d in propose(text, "x.md", {})][:1] == ["Q"]


@pytest.mark.parametrize(
    ("sentence", "speaker"),
    [
        ("Tom Adair, a spokesman for the U.S. Trade Council, has said that China is sending chips to Russia.", "Tom Adair"),
        ("Iran’s reported missile deliveries to Russia go on.", "MR. KORBY"),
        ("China maintains the strictest controls on exports of drones to Russia.", "MR. KORBY"),
        ("The envoy’s services told us that China ships machine tools to Russia.", "The envoy’s services"),
    ],
)  # fmt: skip
def test_who_says_so(sentence: str, speaker: str) -> None:
    assert {d.speaker for d in drafts(sentence)} == {speaker}


def test_a_question_is_the_askers_whatever_it_names() -> None:
    found = propose(
        "MR. KORBY:  Hello.\n\nQ    On the Reuters report, do you believe that Iran is sending missiles to Russia?\n",
        "x.md",
        {},
    )
    assert [(d.stance.value, d.speaker) for d in found] == [("question", "Q")]


def test_each_draft_says_which_signals_carried_it() -> None:
    (draft,) = drafts("China is providing machine tools to Russia’s defense industrial base.")
    weighed = draft.evidence["claim"]
    assert weighed.how == "weighed"
    assert weighed.confidence >= 0.57
    assert len(weighed.words.split("; ")) == 5
