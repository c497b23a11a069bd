"""The stored form of a text, to which offsets refer, and its conversion to readable words."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Literal

_SAMPLE = 20_000
_SCRIPTS = {
    "han": "[\u3400-\u9fff]",
    "kana": "[\u3040-\u30ff]",
    "hangul": "[\uac00-\ud7af]",
    "cyrillic": "[\u0400-\u04ff]",
    "arabic": "[\u0600-\u06ff]",
    "latin": "[A-Za-zÀ-ÿ]",
}
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")
_WORD = re.compile(r"[^\W\d_]+")
_SMALL_WORDS = {
    "en": "the of and to in that is for with on we are was it have this",
    "de": "der die und das ist nicht mit von den für ein eine auf dem sich",
    "fr": "le la les des et est dans que une pour qui sur par pas du",
    "es": "el la los las de que y en un una por con para del se",
}
_LEAST_SHARE = 0.12
"""Share of function words that identifies English, German, French or Spanish: there they make up about a third."""


def guessed_language(text: str) -> str | None:
    """Guess the ISO 639-1 code of a text's language from its script and function words; ``None`` where unclear."""
    sample = text
    if len(text) > 3 * _SAMPLE:  # three stretches, so that a menu or a boilerplate at one end does not decide
        middle = len(text) // 2
        sample = text[:_SAMPLE] + text[middle : middle + _SAMPLE] + text[-_SAMPLE:]
    counts = {name: len(re.findall(letters, sample)) for name, letters in _SCRIPTS.items()}
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
    if script == "arabic":
        return "ar"
    words = [word.lower() for word in _WORD.findall(sample)]
    shares = {name: sum(map(words.count, small.split())) / len(words) for name, small in _SMALL_WORDS.items()}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= _LEAST_SHARE else None


Kind = Literal["plain", "markdown", "html", "pdf", "jsonl"]

FILLER = "\u2060"
"""Replaces markup that was removed within a word: not a letter, not a blank, not shown (U+2060, word joiner)."""

_FILLERS = re.compile(f"{FILLER}+")
_BLANKS = re.compile(r"\s+")
_DROPPED = re.compile(rf"(?<=[^\S\n])(?:[^\S\n]|{FILLER})+|{FILLER}+")


@dataclass(frozen=True)
class SourceText:
    """One text of a file, in the form in which it is stored.

    Attributes:
        name: Base name of the file.
        text: The text to which offsets refer: the characters of the file (plain, Markdown), the same with everything
            but the main text blanked out (HTML), the pages' text joined by form feeds (PDF), one record's text (JSON
            lines).
        kind: ``plain``, ``markdown``, ``html``, ``pdf`` or ``jsonl``.
        meta: Fields of the front matter, or metadata of the page, document or record: ``title``, ``date``, ``url`` ….
        sha256: Hash of the text in UTF-8.
        language: ISO 639-1 code, as the file states or as guessed from the text; ``None`` where unknown.
        body_start: Offset of the body, after front matter.
        record: Line of the record in a file of JSON lines, from 1; ``None`` for other kinds.
        notes: Notes for the user on how the file was read, such as its encoding.
    """

    name: str
    text: str
    kind: Kind
    meta: dict[str, str] = field(default_factory=dict)
    sha256: str = ""
    language: str | None = None
    body_start: int = 0
    record: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Readable:
    """A passage of stored text in readable form, with the offset of each character in the stored text."""

    text: str  # without fillers, with runs of blanks as one blank; line ends stay
    offsets: tuple[int, ...] | None  # places in the stored text; None where ``text`` is the stretch unchanged
    start: int  # of the stretch in the stored text
    end: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the stored text of ``text[start:end]``; an empty slice gives an empty span."""
        if self.offsets is None:
            return self.start + start, self.start + end
        first = self.offsets[start] if start < len(self.offsets) else self.end
        return (first, self.offsets[end - 1] + 1) if end > start else (first, first)


def source_text(
    name: str,
    text: str,
    kind: Kind,
    *,
    meta: dict[str, str] | None = None,
    language: str | None = None,
    body_start: int = 0,
    record: int | None = None,
    notes: tuple[str, ...] = (),
) -> SourceText:
    """Build a text with its hash, and with a guess at its language where ``language`` is ``None``."""
    sha256 = hashlib.sha256(text.encode("utf-8")).hexdigest()
    language = language or guessed_language(text[body_start:])
    return SourceText(name, text, kind, meta or {}, sha256, language, body_start, record, notes)


def clean_words(text: str) -> str:
    """Return a stored text on one line: fillers removed, each run of blanks and line ends as one blank."""
    return _BLANKS.sub(" ", _FILLERS.sub("", text)).strip()


def readable(text: str, start: int = 0, end: int | None = None) -> Readable:
    """Return a passage of stored text without blanked-out parts, to search it and map matches back to the text."""
    stop = len(text) if end is None else end
    stretch = text[start:stop]
    if _DROPPED.search(stretch) is None:
        return Readable(stretch, None, start, stop)
    kept: list[str] = []
    offsets: list[int] = []
    at = 0
    for found in _DROPPED.finditer(stretch):
        kept.append(stretch[at : found.start()])
        offsets.extend(range(start + at, start + found.start()))
        at = found.end()
    kept.append(stretch[at:])
    offsets.extend(range(start + at, stop))
    return Readable("".join(kept), tuple(offsets), start, stop)
