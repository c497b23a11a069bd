"""Transliterate names of any script to Latin letters and normalise spelling variants.

Cyrillic and kana are transliterated as they are transcribed in trade papers, all other scripts by rigour (ICU4X).
``reduce`` removes the differences between transcriptions of one word (kh/h, ya/ia, c/k, doubled letters);
``skeleton`` keeps only consonant classes, in which a Russian name still equals its Japanese rendering.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

CYRILLIC = re.compile("[\u0400-\u052f]")
KANA = re.compile("[\u3040-\u30ff\u31f0-\u31ff]")
HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\u3005]")
HANGUL = re.compile("[\u1100-\u11ff\uac00-\ud7af]")
INVISIBLE = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]")  # fmt: skip

_CYRILLIC_LETTERS = (
    "а a б b в v г g д d е e ж zh з z и i й i к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ shch "
    "ы y э e ю iu я ia ё e є ye і i ї i ґ g ў u ј j љ l њ n ћ c ђ d џ dz ѕ z ғ g қ k ң n ө o ұ u ү u һ h ә a җ j ӣ i ӯ u ҳ h ҷ j"
)
_CYRILLIC_MAP = {ord(a): b for a, b in zip(*[iter(_CYRILLIC_LETTERS.split())] * 2, strict=True)}
_CYRILLIC_MAP |= {ord("ъ"): "", ord("ь"): ""}

_LOOKALIKE_LATIN = "abcehikmoptxy"
_LOOKALIKE_CYRILLIC = "авсенікмортху"
_TO_CYRILLIC = str.maketrans(_LOOKALIKE_LATIN, _LOOKALIKE_CYRILLIC)
_TO_LATIN = str.maketrans(_LOOKALIKE_CYRILLIC + "ѕјԁԛԝ", _LOOKALIKE_LATIN + "sjdqw")

_SPECIAL_LETTERS = "ß ss ø o ł l đ d ð d þ th ı i æ ae œ oe ə a ħ h ŋ n"
_SPECIAL = str.maketrans(dict(zip(*[iter(_SPECIAL_LETTERS.split())] * 2, strict=True)))

_MIXED = re.compile("[a-z\u0400-\u052f]+")

_KANA_ROWS = (
    "ア a イ i ウ u エ e オ o カ ka キ ki ク ku ケ ke コ ko ガ ga ギ gi グ gu ゲ ge ゴ go サ sa シ shi ス su セ se ソ so "
    "ザ za ジ ji ズ zu ゼ ze ゾ zo タ ta チ chi ツ tsu テ te ト to ダ da ヂ ji ヅ zu デ de ド do ナ na ニ ni ヌ nu ネ ne ノ no "
    "ハ ha ヒ hi フ fu ヘ he ホ ho バ ba ビ bi ブ bu ベ be ボ bo パ pa ピ pi プ pu ペ pe ポ po マ ma ミ mi ム mu メ me モ mo "
    "ヤ ya ユ yu ヨ yo ラ ra リ ri ル ru レ re ロ ro ワ wa ヰ i ヱ e ヲ o ン n ヴ vu ヵ ka ヶ ke"
)
_KANA = dict(zip(*[iter(_KANA_ROWS.split())] * 2, strict=True))
_SMALL_VOWELS = {"ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o"}
_SMALL_GLIDES = {"ャ": "ya", "ュ": "yu", "ョ": "yo"}


def fold(text: str) -> str:
    """Case-fold text and remove accents, full-width forms, invisible characters and look-alikes of other scripts."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).casefold()
    # й and ё are letters of their own: only accents over other letters are taken off.
    text = "".join(
        char if CYRILLIC.match(char) else _bare(char) for char in unicodedata.normalize("NFC", text.translate(_SPECIAL))
    )
    return _MIXED.sub(lambda found: _one_script(found.group()), text) if CYRILLIC.search(text) else text


@lru_cache(4096)
def _bare(char: str) -> str:
    if char.isascii() or KANA.match(char) or HANGUL.match(char):
        return char
    return "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))


def _one_script(word: str) -> str:
    """Convert a word that mixes Cyrillic and Latin look-alikes to the script of most of its letters."""
    cyrillic = sum(char >= "\u0400" for char in word)
    if cyrillic in (0, len(word)):
        return word
    other = word.translate(_TO_CYRILLIC) if 2 * cyrillic >= len(word) else word.translate(_TO_LATIN)
    return other if len({char < "\u0400" for char in other}) == 1 else word


def cyrillic_to_latin(text: str) -> str:
    """Transliterate case-folded Cyrillic letters to Latin; leave other characters unchanged."""
    return text.translate(_CYRILLIC_MAP)


def kana_to_latin(text: str) -> str:
    """Transliterate kana to Latin (Hepburn, without long vowels); leave other characters unchanged."""
    katakana = "".join(chr(ord(char) + 0x60) if "\u3041" <= char <= "\u3096" else char for char in text)
    out: list[str] = []
    double = False
    for char in katakana:
        if char in "ッ":
            double = True
            continue
        if char in "ー・゠":
            continue
        if char in _SMALL_VOWELS and out and out[-1][-1:] in "aiueo":
            stem = out[-1][:-1] or ("w" if out[-1] == "u" else "")
            out[-1] = stem + _SMALL_VOWELS[char]
            continue
        if char in _SMALL_GLIDES and out and out[-1][-1:] == "i":
            stem = out[-1][:-1]
            out[-1] = stem + (_SMALL_GLIDES[char] if stem not in ("sh", "ch", "j") else _SMALL_GLIDES[char][1:])
            continue
        latin = _KANA.get(char, _SMALL_VOWELS.get(char, _SMALL_GLIDES.get(char, char)))
        out.append(latin[0] + latin if double and latin[0].isalpha() else latin)
        double = False
    return "".join(out)


@lru_cache(65536)
def other_to_latin(text: str) -> str:
    """Transliterate any other script to Latin with rigour; empty if rigour cannot."""
    from rigour.text.translit import ascii_text

    return str(ascii_text(text)).lower()


_REDUCTIONS = [
    (re.compile(pattern), by)
    for pattern, by in (
        ("shch|sch|sh|zh", "s"),
        ("c(?=[aour])|c(?=[ltn])|c$", "k"),
        ("tch|ch", "c"),
        ("tz|ts", "c"),
        ("kh|gh|h(?=[aeiouy])", "h"),
        ("ph", "f"),
        ("ck|qu|q", "k"),
        ("x", "ks"),
        ("w", "v"),
        ("dzh|dj|j(?=[aou])", "j"),
        ("ij|yi|iy|yy|ii|ee|ea|ey|ei", "i"),
        ("ou|oo", "u"),
        ("aa", "a"),
        ("[yj]", "i"),
        ("(?<=[aou])i(?=[aou])", "i"),
        (r"([a-z])\1+", r"\1"),
        ("(?<=[a-z])th", "t"),
    )
]


@lru_cache(262144)
def reduce(word: str) -> str:
    """Remove the differences between transcriptions from a Latin word. Words of one or two letters stay unchanged."""
    if len(word) < 3 or not word.isalpha():
        return word
    for pattern, by in _REDUCTIONS:
        word = pattern.sub(by, word)
    return word


_CLASSES = str.maketrans("bvfcszjxgkqdtlrmnph", "bbbssssskkkttrrmnph")
_VOWELS = re.compile("[aeiouyw]")


@lru_cache(262144)
def skeleton(word: str) -> str:
    """Return the consonant classes of a Latin word in order: ``bryansk`` and ``buryansuku`` both give ``brnsk``."""
    word = re.sub("sh|zh|ch|ts|dz", "s", word)
    word = word.replace("kh", "h").replace("ph", "f").replace("ck", "k")
    word = re.sub("c(?=[aourlkt]|$)", "k", word)
    return re.sub(r"(.)\1+", r"\1", _VOWELS.sub("", word.translate(_CLASSES)))
