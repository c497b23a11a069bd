"""Dictionary of words in company names across languages: ``zavod``, ``завод``, ``工場`` all mean plant."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from stopgap.screening.names.transliteration import CYRILLIC, cyrillic_to_latin, fold, reduce

LONGEST_ENDING = 7
"""Maximum number of letters after a stem."""

SHORT_STEM = 4
"""Stems of up to this many letters match only before an inflection: ``gaz`` matches ``gazovyi``, not ``gazprom``."""

_INFLECTION = re.compile("(?:ov|ev|n|in|sk|i|ов|ев|н|ин|ск|и)?(?:[aeiouy]{0,3}|[аеиоуыэюяй]{0,2})[smvxмвхйjь]?")


@dataclass(frozen=True, slots=True)
class Word:
    """The meaning of a word.

    ``concept`` is its English equivalent, empty for function words (and, of); ``letter`` is the first letter of its
    Russian equivalent as a Latin class (see :func:`letter_class`), used for initials.
    """

    concept: str
    letter: str


@dataclass(frozen=True)
class Dictionary:
    """Dictionary that maps spellings to meanings.

    Attributes:
        whole: Reduced Latin or folded Cyrillic word -> meaning.
        stems: Beginning of a reduced Latin or folded Cyrillic word -> meaning.
        phrases: Tuples of two or three reduced words -> meaning.
        han: Chinese and Japanese terms -> meaning.
        abbreviations: Latin (reduced) and Cyrillic abbreviations -> the words that they stand for.
        longest_han: Number of characters of the longest Chinese or Japanese term.
        places: Concepts that are countries, regions or towns.
    """

    whole: dict[str, Word]
    stems: dict[str, Word]
    phrases: dict[tuple[str, ...], Word]
    han: dict[str, Word]
    abbreviations: dict[str, tuple[Word, ...]]
    longest_han: int
    places: frozenset[str]

    def find(self, word: str) -> Word | None:
        """Return the meaning of one reduced Latin or folded Cyrillic word; ``None`` if it is unknown."""
        return _find(word, self.whole, self.stems)


def _find(word: str, whole: dict[str, Word], stems: dict[str, Word]) -> Word | None:
    found = whole.get(word)
    if found is not None or len(word) < 4:
        return found
    # A beginning tells a word where little follows: an ending, not the rest of a compound name.
    for end in range(min(len(word), 16), max(2, len(word) - LONGEST_ENDING - 1), -1):
        found = stems.get(word[:end])
        if found is not None and (end > SHORT_STEM or _INFLECTION.fullmatch(word, end)):
            return found
    return None


_ABBREVIATIONS = {
    "npp нпп": "scientific production enterprise",
    "npo нпо": "scientific production association",
    "npk нпк": "scientific production complex",
    "npf нпф": "scientific production firm",
    "npts нпц npc": "scientific production center",
    "nptso нпцо": "scientific production center",
    "nii нии sri": "scientific research/i institute",
    "niii ниии": "scientific research/i testing institute",
    "niis ниис": "scientific research/i institute",
    "tsnii цнии cnii": "central scientific research/i institute",
    "vnii внии": "all-russian scientific research/i institute",
    "gosnii госнии": "state scientific research/i institute",
    "kb кб db": "design bureau",
    "okb окб": "experimental design bureau",
    "skb скб sdb": "special design bureau",
    "tskb цкб ckb": "central design bureau",
    "mkb мкб": "machine design bureau",
    "pkb пкб": "project design bureau",
    "gkb гкб": "state design bureau",
    "aktb актб": "academy design technology bureau",
    "sktb сктб": "special design technology bureau",
    "ntts нтц ntc stc": "scientific technical center",
    "ntp нтп": "scientific technical enterprise",
    "ntk нтк": "scientific technical complex",
    "ntf нтф": "scientific technical firm",
    "gnts гнц gnc": "state scientific center",
    "nits ниц nic": "scientific research/i center",
    "nik ник": "scientific research/i complex",
    "td тд": "trading house",
    "tk тк": "trading company",
    "gk гк": "group company",
    "ук": "control company",
    "tc тц": "trading center",
    "ic иц": "engineering center",
    "its ицц": "engineering center",
    "oak оак uac": "united aviation corporation",
    "osk оск usc": "united shipbuilding corporation",
    "odk одк uec": "united engine corporation",
    "opk опк": "united instrument corporation",
    "ktrv ктрв": "tactical rocket military",
    "arz арз": "aviation repair plant",
    "mz мз": "machine plant",
    "emz эмз": "electromechanical plant",
    "omz омз": "optomechanical plant",
    "rtz ртз": "radio technical plant",
    "po по": "production association",
    "ip ип": "entrepreneur",
    "pk пк": "production company",
    "sk ск": "construction company",
    "mo мо mod": "ministry military",
    "mvd мвд": "ministry internal",
    "ran ран ras": "russian academy sci",
    "mgu мгу": "moscow state university",
    "vpk впк mic": "industrial military complex",
    "fsb фсб": "federal service security",
    "pla ноак": "people liberation military",
    "kpa кна": "korea people military",
    "irgc ксир": "islamic revolutionary guard corps",
    "avic": "aviation industry corporation china",
    "casc": "china aerospace sci technology corporation",
    "casic": "china aerospace sci industry corporation",
    "cetc": "china electronic technology group corporation",
    "cssc": "china state shipbuilding corporation",
    "csic": "china shipbuilding industry corporation",
    "aecc": "aviation engine corporation china",
    "cnnc": "china national nuclear corporation",
    "nudt": "national university military technology",
    "cas": "china academy sci",
    "modafl": "ministry military armed forces logistics",
    "rd r&d": "sci development",
    "rp r&p": "sci production",
}


def letter_class(word: str) -> str:
    """Return the first sound of a Latin word as one letter: ``c`` for ``ts`` and ``ch``, ``h`` for ``kh``."""
    for pair, letter in (("shch", "s"), ("sh", "s"), ("zh", "z"), ("kh", "h"), ("ts", "c"), ("ch", "c"), ("yu", "u"), ("iu", "u"), ("ya", "a"), ("ia", "a"), ("ye", "e")):  # fmt: skip
        if word.startswith(pair):
            return letter
    first = word[:1]
    return {"y": "i", "j": "i", "w": "v", "q": "k", "x": "k"}.get(first, first)


@cache
def dictionary() -> Dictionary:
    whole: dict[str, Word] = {}
    stems: dict[str, Word] = {}
    phrases: dict[tuple[str, ...], Word] = {}
    han: dict[str, Word] = {}
    text = (files("stopgap.screening") / "data" / "words.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    for row in rows:
        for cell, in_cyrillic in ((row["latin"], False), (row["cyrillic"], True)):
            for spelled in filter(None, (cell or "").split("|")):
                form, _, letter = spelled.partition("/")
                word = Word(row["concept"], _letter(letter) or row["letter"])
                _add(form, word, whole, stems, phrases)
                if in_cyrillic and len(form) > 3:  # the same word as it is transcribed
                    _add(cyrillic_to_latin(form), word, whole, stems, phrases)
        for term in filter(None, (row["cjk"] or "").split("|")):
            term, _, letter = term.partition("/")
            han.setdefault(fold(term), Word(row["concept"], _letter(letter) or row["letter"]))
    abbreviations: dict[str, tuple[Word, ...]] = {}
    for spellings, meaning in _ABBREVIATIONS.items():
        words = tuple(_meant(word, whole, stems) for word in meaning.split())
        for spelled in spellings.split():
            abbreviations.setdefault(spelled if CYRILLIC.search(spelled) else reduce(spelled), words)
    places = frozenset(row["concept"] for row in rows if row["kind"] == "place")
    return Dictionary(whole, stems, phrases, han, abbreviations, max(map(len, han)), places)


def _letter(letter: str) -> str:
    return "".join(letter_class(cyrillic_to_latin(one)) for one in letter)


def _meant(word: str, whole: dict[str, Word], stems: dict[str, Word]) -> Word:
    form, _, letter = word.partition("/")
    found = _find(reduce(form), whole, stems) or Word(form, letter_class(form))
    return Word(found.concept, letter or found.letter)


def _add(
    spelled: str, word: Word, whole: dict[str, Word], stems: dict[str, Word], phrases: dict[tuple[str, ...], Word]
) -> None:
    is_stem = spelled.endswith("*")
    parts = tuple(
        part if CYRILLIC.search(part) else reduce(part) for part in re.split(r"[\s\-]+", spelled.rstrip("*")) if part
    )
    if len(parts) > 1:
        phrases.setdefault(parts, word)
        joined = "".join(parts)
        whole.setdefault(joined if CYRILLIC.search(joined) else reduce(joined), word)
    elif parts:
        (stems if is_stem else whole).setdefault(parts[0], word)
