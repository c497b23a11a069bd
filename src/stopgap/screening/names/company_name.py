"""Parse company names: strip legal forms, normalise words, transliterate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from stopgap.screening.names import transliteration as sounds
from stopgap.screening.names.legal_forms import COMPANY, part_glued, unglued, without_forms, without_han_forms
from stopgap.screening.names.words import Dictionary, Word, dictionary, letter_class

LONGEST_NAME = 1000
"""Maximum number of characters of a name that are parsed; no company name is longer."""

MOST_TOKENS = 40

_APOSTROPHES = re.compile("['’‘`´ʼʹʺ\"“”«»„]")
_INITIALS = re.compile(r"(?<![^\W_])([^\W\d_])\.(?=[^\W\d_](?![^\W\d_]{2}))|(?<=\.[^\W\d_])\.")
_WORD = re.compile(r"[^\W_]+")
_WORD_OR_AND = re.compile(r"[^\W_]+|&")
_ORDINAL = re.compile(r"(\d)(?:st|nd|rd|th|ogo|oi|yi|i|a|e)$")
_DIGIT_EDGE = re.compile(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])")

_CJK = re.compile("[\u3005\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]+")


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a name.

    Attributes:
        key: Comparison key: ``@`` and the word's concept, or its reduced Latin spelling.
        latin: The word transliterated to Latin letters, as far as possible.
        letters: Initials by sound: of the Latin word and, if the dictionary has the word, of its Russian equivalent.
        skeleton: Consonant classes, if the Latin spelling comes from kana or Chinese characters; otherwise empty.
    """

    key: str
    latin: str
    letters: tuple[str, str]
    skeleton: str = ""


@dataclass(frozen=True, slots=True)
class ReadName:
    """A parsed company name.

    Attributes:
        tokens: Words in order, without legal forms.
        forms: Classes of the legal forms in the name: ``llc``, ``jsc``, ``llp``, ``lp``, ``soe``, ``sole``, ``npo``.
        is_cjk: Whether the name contains Chinese characters, kana or hangul.
        is_cyrillic: Whether the name contains Cyrillic letters.
        is_company: Whether the name contains "company" or "corporation", in full or abbreviated.
    """

    tokens: tuple[Token, ...]
    forms: frozenset[str]
    numbers: frozenset[str]
    is_cjk: bool
    is_cyrillic: bool
    is_company: bool

    @property
    def joined(self) -> str:
        """Return the words in Latin letters, concatenated without spaces."""
        return "".join(token.latin for token in self.tokens)


def read_name(text: str) -> ReadName:
    """Parse a company name. A name without a letter or digit has no tokens.

    Only the first :data:`LONGEST_NAME` characters and :data:`MOST_TOKENS` words are parsed.
    """
    known = dictionary()
    folded = sounds.fold(part_glued(text[:LONGEST_NAME]))
    han_forms: set[str] = set()
    is_cjk = not folded.isascii() and _CJK.search(folded) is not None
    if is_cjk:
        folded, han_forms = without_han_forms(folded)
    folded = _INITIALS.sub(r"\1", folded)
    folded = _APOSTROPHES.sub("", folded.replace("&", " & "))
    words = (_WORD_OR_AND if "&" in folded else _WORD).findall(folded)
    words = [part for word in words for part in unglued(word)] if len(folded) > 9 else words
    core, forms = without_forms(_with_digits(words[: 2 * MOST_TOKENS]), _is_known)
    tokens: list[Token] = []
    place = 0
    while place < len(core) and len(tokens) < MOST_TOKENS:
        place += _take(core, place, known, tokens)
    if not tokens:
        for word in words[:MOST_TOKENS]:
            tokens += _unknown(word)
    is_cyrillic = not folded.isascii() and sounds.CYRILLIC.search(folded) is not None
    numbers = frozenset(number.lstrip("0") or "0" for number in re.findall(r"\d+", " ".join(core)))
    is_company = not COMPANY.isdisjoint(words)
    return ReadName(tuple(tokens), frozenset((forms | han_forms) - {""}), numbers, is_cjk, is_cyrillic, is_company)


_UNITS = {word: number for number, word in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"])}  # fmt: skip
_TENS = {word: 10 * number for number, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2)}  # fmt: skip


_ROMAN = frozenset(
    [f"{tens}{unit}" for tens in ("", "x") for unit in ("ii", "iii", "iv", "vii", "viii", "ix")]
    + ["xv", "xvi", "xx", "xxi"]
)
"""Roman numerals, except those that are also syllables of Chinese names (vi, xi). They keep their spelling, so that
the names of consecutive funds in a series stay similar."""


def _with_digits(words: list[str]) -> list[str]:
    """Replace English number words below 100 by digits: ``forty four`` and ``forty 4`` become ``44``."""
    out: list[str] = []
    tens = 0
    for word in words:
        unit = _UNITS.get(word, int(word) if tens and len(word) == 1 and word.isdecimal() else None)
        if tens and unit is not None and 0 < unit < 10:
            out[-1] = str(tens + unit)
            tens = 0
            continue
        tens = _TENS.get(word, 0)
        out.append(str(tens) if tens else str(unit) if unit is not None else word)
    return out


def _is_known(word: str) -> bool:
    """Whether a word is a Roman numeral, or in the dictionary with a meaning, and so not a legal form."""
    if word in _ROMAN:
        return True
    spelled = _lookup(word)
    return spelled in dictionary().abbreviations or dictionary().find(spelled) is not None


def _take(core: list[str], place: int, known: Dictionary, tokens: list[Token]) -> int:
    """Append the tokens of the word or phrase at a position; return the number of words consumed."""
    word = core[place]
    if word.isascii() or sounds.CYRILLIC.search(word):
        for size in (3, 2):
            if place + size <= len(core):
                parts = core[place : place + size]
                found = known.phrases.get(tuple(map(_lookup, parts)))
                if found is not None:
                    _add_word(found, "".join(map(sounds.cyrillic_to_latin, parts)), tokens)
                    return size
        tokens += _word_tokens(word)
    elif _CJK.search(word):
        tokens += _cjk_tokens(word, known)
    else:
        tokens += _unknown(word)
    return 1


def _lookup(word: str) -> str:
    return word if not word.isascii() else sounds.reduce(word)


@lru_cache(131072)
def _word_tokens(word: str) -> tuple[Token, ...]:
    """Return the tokens of a Latin or Cyrillic word: by abbreviation, by dictionary meaning, or by sound."""
    if word in _ROMAN:
        return (Token(word, word, (word[0], word[0])),)
    known = dictionary()
    spelled = _lookup(word)
    meant = known.abbreviations.get(spelled)
    if meant is not None:
        return tuple(Token("@" + one.concept, one.concept, (letter_class(one.concept), one.letter)) for one in meant)
    found = known.find(spelled)
    if found is not None:
        if not found.concept:
            return ()
        latin = sounds.cyrillic_to_latin(word)
        return (Token("@" + found.concept, latin, (letter_class(latin), found.letter)),)
    if any(char.isdigit() for char in word) and not word.isdigit():
        parts = _DIGIT_EDGE.split(_ORDINAL.sub(r"\1", sounds.cyrillic_to_latin(word)))
        if len(parts) > 1 or parts[0].isdigit():
            return tuple(token for part in parts for token in _word_tokens(part))
    return _unknown(word)


def _unknown(word: str) -> tuple[Token, ...]:
    latin = sounds.cyrillic_to_latin(word)
    if not latin.isascii():
        latin = re.sub("[^a-z0-9]", "", sounds.other_to_latin(latin))
    if not latin:
        return ()
    first = letter_class(latin)
    return (Token(sounds.reduce(latin), latin, (first, first)),)


def _add_word(word: Word, latin: str, tokens: list[Token]) -> None:
    if word.concept:
        tokens.append(Token("@" + word.concept, latin, (letter_class(latin), word.letter)))


def _cjk_tokens(text: str, known: Dictionary) -> list[Token]:
    """Return the tokens of Chinese characters, kana or hangul: dictionary terms, and the rest by transliteration."""
    tokens: list[Token] = []
    place = rest = 0
    while place < len(text):
        for size in range(min(known.longest_han, len(text) - place), 0, -1):
            found = known.han.get(text[place : place + size])
            # One character means much: it counts where it stands alone or last.
            if found is not None and (size > 1 or place + size == len(text)):
                if size > 1 and _splits_kana(text, place, place + size):
                    continue
                tokens += _sounded(text[rest:place])
                _add_word(found, found.concept, tokens)
                place += size
                rest = place
                break
        else:
            place += 1
    return tokens + _sounded(text[rest:])


def _splits_kana(text: str, start: int, end: int) -> bool:
    """Whether a term starts or ends inside a longer kana word."""
    is_kana = sounds.KANA.match
    return bool(
        (start and is_kana(text[start]) and is_kana(text[start - 1]) and text[start - 1] not in "・ー")
        or (end < len(text) and is_kana(text[end - 1]) and is_kana(text[end]) and text[end] not in "・")
    )


def _sounded(text: str) -> list[Token]:
    tokens: list[Token] = []
    for run in re.findall(
        "[\u3040-\u30ff\u31f0-\u31ff]+|[\u3005\u3400-\u9fff\uf900-\ufaff]+|[^\u3005\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff]+",
        text,
    ):
        if sounds.KANA.match(run):
            heard = [sounds.kana_to_latin(part) for part in filter(None, run.split("・"))]
        elif sounds.HAN.match(run):
            heard = [sounds.other_to_latin(run)]
        else:
            heard = []
            for word in _WORD.findall(run):
                tokens += _word_tokens(word) if word.isascii() else _unknown(word)
        for latin in filter(None, (re.sub("[^a-z0-9]", "", each) for each in heard)):
            first = letter_class(latin)
            tokens.append(Token(sounds.reduce(latin), latin, (first, first), sounds.skeleton(latin)))
    return tokens
