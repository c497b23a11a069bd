"""Menus in other languages: every text of the frame is translated in each, and what is read stays English and says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import stopgap.pages.drawing
from stopgap.base.marking import Tlp
from stopgap.pages.drawing import NAVIGATION
from stopgap.pages.languages.catalogs import ENGLISH, LANGUAGES, translations, translator

OTHERS = [code for code in LANGUAGES if code != ENGLISH]
LAYOUT = Path(stopgap.pages.drawing.__file__).parent / "templates" / "layout.html"


def texts_of_the_frame() -> set[str]:
    written = re.findall(r'_\("([^"]+)"\)', LAYOUT.read_text())
    return {*written, *(entry.text for entry in NAVIGATION), *(level.allows for level in Tlp)}


@pytest.mark.parametrize("language", OTHERS)
def test_each_text_of_the_frame_has_a_translation_and_no_other_has(language: str) -> None:
    assert set(translations(language)) == texts_of_the_frame()


@pytest.mark.parametrize("language", OTHERS)
def test_translations_are_not_the_english_text_and_hold_no_tag(language: str) -> None:
    known = translations(language)
    same = {text for text in known if known[text] == text}
    assert same <= {"Data", "Details", "Explore", "Main"}
    assert not [text for text in known.values() if "<" in text or text != text.strip()]


def test_an_unknown_text_stays_english_and_an_unknown_language_is_english() -> None:
    assert translator("de")("Not in the catalogue") == "Not in the catalogue"
    assert translator("../../etc/passwd")("Goods") == "Goods"
    assert translator("de")("Goods") == "Güter"
