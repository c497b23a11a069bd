"""Which language a text is in, as far as its letters tell."""

from __future__ import annotations

import re

_SAMPLE = 20_000
_HAN = re.compile("[\u3400-\u9fff]")
_KANA = re.compile("[\u3040-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7af]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")
_ARABIC = re.compile("[\u0600-\u06ff]")
_LATIN = re.compile("[A-Za-zÀ-ÿ]")
_WORD = re.compile(r"[^\W\d_]+")
_SMALL_WORDS = {
    "en": frozenset(
        ["the", "of", "and", "to", "in", "that", "is", "for", "with", "on", "we", "are", "was", "it", "have", "this"]
    ),
    "de": frozenset(
        ["der", "die", "und", "das", "ist", "nicht", "mit", "von", "den", "für", "ein", "eine", "auf", "dem", "sich"]
    ),
    "fr": frozenset(
        ["le", "la", "les", "des", "et", "est", "dans", "que", "une", "pour", "qui", "sur", "par", "pas", "du"]
    ),
    "es": frozenset(["el", "la", "los", "las", "de", "que", "y", "en", "un", "una", "por", "con", "para", "del", "se"]),
}
_LEAST_SHARE = 0.12
"""Small words make up a third of running English, German, French or Spanish, and far less of another language."""


def guessed_language(text: str) -> str | None:
    """ISO 639-1 code of the language that the letters and small words suggest; ``None`` where they do not."""
    sample = text if len(text) <= 3 * _SAMPLE else _spread(text)
    counts = {
        name: len(pattern.findall(sample))
        for name, pattern in (
            ("han", _HAN), ("kana", _KANA), ("hangul", _HANGUL), ("cyrillic", _CYRILLIC), ("arabic", _ARABIC),
            ("latin", _LATIN),
        )
    }  # fmt: skip
    # A Chinese character stands for a word of some three letters.
    weights = {**counts, "han": 3 * counts["han"], "hangul": 2 * counts["hangul"]}
    script = max(weights, key=lambda name: weights[name])
    if weights[script] == 0:
        return None
    if script in ("han", "kana"):
        return "ja" if counts["kana"] * 10 > counts["han"] else "zh"
    if script == "hangul":
        return "ko"
    if script == "cyrillic":
        return "uk" if len(_UKRAINIAN.findall(sample)) * 100 > counts["cyrillic"] else "ru"
    return "ar" if script == "arabic" else _latin(sample)


def _spread(text: str) -> str:
    """Three stretches of a long text: a menu or a boilerplate at one end does not decide."""
    middle = len(text) // 2
    return text[:_SAMPLE] + text[middle : middle + _SAMPLE] + text[-_SAMPLE:]


def _latin(sample: str) -> str | None:
    words = [word.lower() for word in _WORD.findall(sample)]
    shares = {name: sum(word in small for word in words) / len(words) for name, small in _SMALL_WORDS.items()}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= _LEAST_SHARE else None
