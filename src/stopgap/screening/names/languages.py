"""Tell in which script and language a name is written, by its letters and by words and legal forms of the language."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from stopgap.screening.names.transliteration import fold

_SCRIPTS = {
    "Cyrillic": "\u0400-\u052f",
    "Japanese kana": "\u3040-\u30ff\u31f0-\u31ff",
    "Chinese characters": "\u3400-\u9fff\uf900-\ufaff",
    "Korean": "\u1100-\u11ff\uac00-\ud7af",
    "Arabic script": "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
    "Hebrew": "\u0590-\u05ff",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Georgian": "\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f",
    "Armenian": "\u0530-\u058f",
    "Thai": "\u0e00-\u0e7f",
    "Devanagari": "\u0900-\u097f",
}
"""Script -> its letters, as a class of a regular expression. Latin letters tell no script."""

_NOT_LATIN = re.compile(f"[{''.join(_SCRIPTS.values())}]")
_EACH = {name: re.compile(f"[{letters}]") for name, letters in _SCRIPTS.items()}
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SPELLED, _FOLDED = 2, 1
"""Weight of a word in the spelling of the language, and without its accents."""

PUBLIC_BODIES = "public bodies"
NAMES = "names"
"""Keys of :func:`count_tongues`: names of public bodies, and all names."""

_NO_LANGUAGE = frozenset({"English", "Russian"})
"""Languages whose words of public bodies are known, and which are not told: one is that of most lists, one of a script."""


@dataclass(frozen=True, slots=True)
class Tongue:
    """Script and language of a name.

    Attributes:
        script: Script of most of its letters; ``None`` for Latin letters, or if there are none.
        language: Language of its words and legal forms; ``None`` if they tell none, or two alike.
        is_public_body: Whether a word names a ministry, an agency or another public body.
        hint: Word or form that tells the language; empty without one.
    """

    script: str | None = None
    language: str | None = None
    is_public_body: bool = False
    hint: str = ""

    @property
    def name(self) -> str | None:
        """Return the language, else the script; ``None`` if neither is told."""
        return self.language or self.script


@dataclass(frozen=True, slots=True)
class _Hints:
    """Words of languages: word -> (language, whether it is of a public body); and forms with their language."""

    spelled: Mapping[str, tuple[str, bool]]
    folded: Mapping[str, tuple[str, bool]]
    forms: tuple[tuple[str, str], ...]


@cache
def _hints() -> _Hints:
    spelled: dict[str, tuple[str, bool]] = {}
    folded: dict[str, tuple[str, bool]] = {}
    shared: set[tuple[int, str]] = set()
    forms = []
    text = (files("stopgap.screening") / "data" / "languages" / "hints.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        for one in row["texts"].split("|"):
            if row["kind"] == "form":
                forms.append((one, row["language"]))
                continue
            value = (row["language"], row["kind"] == "body")
            for known, key in ((spelled, one), (folded, fold(one))):
                if known.setdefault(key, value)[0] != value[0]:
                    shared.add((id(known), key))
    return _Hints(_without(spelled, shared), _without(folded, shared), tuple(forms))


def _without(known: dict[str, tuple[str, bool]], shared: set[tuple[int, str]]) -> dict[str, tuple[str, bool]]:
    """Return the words of one language alone."""
    return {key: value for key, value in known.items() if (id(known), key) not in shared}


def tongue_of(name: str) -> Tongue:
    """Return the script and language of a name; words count only in a spelling that no other known language has."""
    hints = _hints()
    lowered = name.lower()
    script = None if name.isascii() else _script(name)
    points: Counter[str] = Counter()
    first: dict[str, str] = {}
    is_body = False
    for word in _WORD.findall(lowered):
        found, weight = hints.spelled.get(word), _SPELLED
        if found is None:
            found, weight = hints.folded.get(word if word.isascii() else fold(word)), _FOLDED
        if found is not None:
            points[found[0]] += weight
            is_body = is_body or found[1]
            first.setdefault(found[0], word)
    if "." in lowered or "&" in lowered or not name.isascii():
        for form, language in hints.forms:
            if form in lowered:
                points[language] += _SPELLED
                first.setdefault(language, form.strip())
    ranked = [pair for pair in points.most_common() if pair[0] not in _NO_LANGUAGE]
    if not ranked or script is not None or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return Tongue(script, None, is_body)
    return Tongue(None, ranked[0][0], is_body, first[ranked[0][0]])


def _script(name: str) -> str | None:
    """Return the script of more than half of the letters; kana beside Chinese characters are Japanese."""
    if _NOT_LATIN.search(name) is None:
        return None
    letters = sum(char.isalpha() for char in name)
    counts = {script: len(pattern.findall(name)) for script, pattern in _EACH.items()}
    if counts["Japanese kana"]:
        counts["Japanese kana"] += counts.pop("Chinese characters")
    script, most = max(counts.items(), key=lambda pair: pair[1])
    return script if 2 * most > letters else None


def count_tongues(names: Iterable[str]) -> Counter[str]:
    """Count names by script, by language, and by language those of public bodies; ``names`` counts all."""
    found: Counter[str] = Counter()
    for name in names:
        found[NAMES] += 1
        tongue = tongue_of(name)
        if tongue.name is not None:
            found[tongue.name] += 1
            if tongue.is_public_body:
                found[f"{tongue.name}, {PUBLIC_BODIES}"] += 1
    return found
