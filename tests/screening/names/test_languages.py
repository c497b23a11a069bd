"""In which script and language a name is."""

from __future__ import annotations

import pytest

from stopgap.screening.names.languages import NAMES, count_tongues, tongue_of


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("Yıldız Dış Ticaret Ltd. Şti.", "Turkish"),
        ("YILDIZ SANAYI VE TICARET LIMITED SIRKETI", "Turkish"),
        ("Makine A.Ş.", "Turkish"),
        ("T.C. Ulaştırma Bakanlığı", "Turkish"),
        ("Müller Maschinenfabrik", "German"),
        ("Société Dupont", "French"),
        ("Przedsiębiorstwo Handlowe Kowalski", "Polish"),
        ("Kowalski Sp. z o.o.", "Polish"),
        ("Công ty TNHH Sao Mai", "Vietnamese"),
        ("Kementerian Perdagangan", "Indonesian or Malay"),
        ("Zavod d.o.o.", "Bosnian, Croatian, Serbian or Slovene"),
        ("Savdo vazirligi", "Uzbek"),
    ],
)
def test_words_and_legal_forms_tell_a_language(name, language):
    tongue = tongue_of(name)
    assert (tongue.script, tongue.language) == (None, language)
    assert tongue.hint


@pytest.mark.parametrize(
    ("name", "script"),
    [("ООО Северный ветер", "Cyrillic"), ("华为技术有限公司", "Chinese characters"), ("三菱重工ロケット", "Japanese kana"),
     ("삼성전자", "Korean"), ("شركة النفط", "Arabic script"), ("საქართველოს ბანკი", "Georgian"), ("Հայաստան", "Armenian"),
     ("Ελληνική Εταιρεία", "Greek")],
)  # fmt: skip
def test_letters_tell_a_script(name, script):
    assert tongue_of(name).script == script


@pytest.mark.parametrize(
    "name",
    ["Northwind Trading LLC", "Huawei Technologies Co., Ltd.", "Nоrthwind Тrаding OOO", "", "42", "Ministry of Defence", "A Ş"],
)  # fmt: skip
def test_a_name_that_tells_neither(name):
    assert tongue_of(name).name is None


def test_public_bodies_are_told_in_any_spelling():
    assert tongue_of("SANAYI VE TEKNOLOJI BAKANLIGI").is_public_body
    assert tongue_of("Ministry of Defence").is_public_body
    assert not tongue_of("Yıldız Ticaret A.Ş.").is_public_body


def test_names_are_counted_by_language_and_public_bodies_among_them():
    found = count_tongues(["Yıldız Ticaret A.Ş.", "Savunma Bakanlığı", "ООО Север", "Gadget LLC"])
    assert found == {NAMES: 4, "Turkish": 2, "Turkish, public bodies": 1, "Cyrillic": 1}
