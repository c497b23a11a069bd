"""Warnings of names in a language or script that the lists do not hold."""

from __future__ import annotations

import pytest

from stopgap.screening.matching.language_warning import unheld_language
from stopgap.screening.names.languages import count_tongues

ENGLISH = ["Northwind Trading LLC", "Ministry of Defence", "Blue Harbour Ltd"]
TURKISH_FIRMS = [*ENGLISH, "Yıldız Dış Ticaret Ltd. Şti."]


@pytest.mark.parametrize(
    ("name", "listed", "says"),
    [
        ("T.C. Sanayi ve Teknoloji Bakanlığı", ENGLISH, "in Turkish (sanayi), and of the 3 names on the lists asked none is of a public body in Turkish"),
        ("T.C. Savunma Bakanlığı", TURKISH_FIRMS, "none is of a public body in Turkish"),
        ("Ay Makine A.Ş.", ENGLISH, "in Turkish (a.ş.), and of the 3 names on the lists asked none is in Turkish"),
        ("Przedsiębiorstwo Kowal", ENGLISH, "in Polish"),
        ("Bộ Công ty TNHH", ENGLISH, "in Vietnamese"),
        ("საქართველოს ბანკი", ENGLISH, "none is in Georgian: it is compared by transliteration"),
        ("华为技术有限公司", ENGLISH, "in Chinese characters"),
    ],
)  # fmt: skip
def test_a_language_that_no_list_holds(name, listed, says):
    found = unheld_language(name, count_tongues(listed))
    assert found is not None
    assert says in found.says()
    assert found.says().endswith("look its English name up too")


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("Ay Makine A.Ş.", TURKISH_FIRMS),
        ("T.C. Savunma Bakanlığı", [*TURKISH_FIRMS, "Maliye Bakanlığı"]),
        ("Ministry of Trade", ENGLISH),
        ("Northwind", ENGLISH),
        ("ООО Ветер", [*ENGLISH, "ООО Север"]),
    ],
)
def test_a_language_that_they_hold_or_that_is_not_told(name, listed):
    assert unheld_language(name, count_tongues(listed)) is None


def test_one_name_among_many_is_next_to_none_and_is_counted():
    listed = [*(f"Gadget {number}" for number in range(20_000)), "Ay Makine A.Ş."]
    found = unheld_language("Yıldız Ticaret", count_tongues(listed))
    assert found is not None
    assert "of the 20,001 names on the lists asked 1 is in Turkish" in found.says()
    assert unheld_language("Yıldız Ticaret", count_tongues([*listed, "Su Ticaret", "Kar Ticaret"])) is None
