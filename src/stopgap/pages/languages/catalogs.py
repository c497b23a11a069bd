"""Catalogs of translations: a file of GNU gettext (``de.po``) for each language, read as it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch", "fr": "Français", "uk": "Українська", "ja": "日本語"}
"""Languages by code (BCP 47), each by its own name."""

_FOLDER = Path(__file__).parent


@cache
def translations(language: str) -> dict[str, str]:
    """Return the translations of a language by their English text; empty for English and for a code that is none."""
    if language == ENGLISH or language not in LANGUAGES:
        return {}
    from babel.messages.pofile import read_po

    with open(_FOLDER / f"{language}.po", "rb") as file:
        catalog = read_po(file, locale=language, abort_invalid=True)
    return {str(message.id): str(message.string) for message in catalog if message.id and message.string}


def translator(language: str) -> Callable[[str], str]:
    """Return the function that translates a text into a language; a text without translation stays English."""
    known = translations(language)
    return lambda text: known.get(text, text)
