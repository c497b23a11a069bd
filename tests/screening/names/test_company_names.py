"""Names taken apart: words by meaning, legal forms off, any script in Latin letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.screening.names.company_name import LONGEST_NAME, MOST_TOKENS, read_name
from stopgap.screening.names.transliteration import fold, kana_to_latin, reduce, skeleton

SAME = [
    # one company in several spellings -> the same words
    ("АО «Научно-производственное предприятие Топаз»", "JSC Research and Production Enterprise Topaz"),
    ("AO NPP Topaz", "Topaz, Scientific Production Enterprise, Joint Stock Company"),
    ("ООО Уральские Авиалинии", "Ural Airlines LLC"),
    ("Конструкторское бюро Рубин", "Rubin Design Bureau"),
    ("三菱电子株式会社", "Mitsubishi Electronics"),
    ("Ｖｅｇａ　Ｅｌｅｃｔｒｏｎｉｃｓ", "Vega Electronics"),  # full-width
    ("Ve\u200bga Elec\u00adtronics", "Vega Electronics"),  # invisible characters
    ("Vеgа Electronics", "Vega Electronics"),  # Cyrillic е and а within Latin
    ("Aкционерное общество Вега", "AO Vega"),  # Latin A before Cyrillic
    ("VEGA  ELECTRONICS\tCo., Ltd.", "vega electronics"),
    ("VegaLLC", "Vega LLC"),
    ("Plant Forty-Four", "44 Plant"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_name_have_the_same_words(one: str, other: str) -> None:
    def words(text: str) -> set[str]:
        return {token.key for token in read_name(text).tokens}

    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Vega GmbH", "llc"),
        ("ПАО Вега", "jsc"),
        ("Vega Joint Stock Company", "jsc"),
        ("Общество с ограниченной ответственностью Вега", "llc"),
        ("深圳晨星电子有限公司", "llc"),
        ("ФГУП Вега", "soe"),
        ("Vega Limited Liability Partnership", "llp"),
    ],
)
def test_the_class_of_a_legal_form_is_told(text: str, form: str) -> None:
    assert read_name(text).forms == {form}


def test_a_name_of_forms_alone_keeps_its_words() -> None:
    assert [token.latin for token in read_name("Limited Liability Company").tokens]


@pytest.mark.parametrize("text", ["", " ", "🙂🙂", "\u200b\u200d", "---", "«»", "\x00"])
def test_a_name_without_letters_has_no_words(text: str) -> None:
    assert read_name(text).tokens == ()


def test_a_beginning_is_no_word_of_its_own() -> None:
    """Gazprom is not gas, Uralvagonzavod not the Urals."""
    assert [token.key for token in read_name("Gazprom").tokens] == ["gazprom"]
    assert "@ural" not in {token.key for token in read_name("Uralvagonzavod").tokens}


def test_a_huge_name_is_read_so_far() -> None:
    name = read_name("vega " * 2_000_000)
    assert 0 < len(name.tokens) <= MOST_TOKENS
    assert read_name("x" * 10_000_000).tokens[0].latin == "x" * LONGEST_NAME


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    name = read_name(text)
    assert all(token.key and token.latin.isascii() for token in name.tokens)
    assert read_name(text) == name


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Reduktor", "Reductor"), ("Sozvezdie", "Sozvezdiye"), ("Kharkov", "Harkov"), ("Yuzhny", "Iuzhnyi")],
)
def test_transcriptions_meet_in_the_reduced_form(one: str, other: str) -> None:
    assert reduce(one.lower()) == reduce(other.lower())


def test_kana_meet_russian_names_in_their_consonants() -> None:
    assert skeleton(kana_to_latin("ブリャンスク")) == skeleton("bryansk")
    assert kana_to_latin("トレーディング") == "toredeingu" or skeleton(kana_to_latin("トレーディング")) == skeleton(
        "trading"
    )
