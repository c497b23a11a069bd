"""Locate a claim's words in its source text, with the sentence around them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from stopgap.base.errors import InputError
from stopgap.claims.claim import Claim, ClaimWords
from stopgap.sources.texts.text import SourceText, clean_words, readable

CONTEXT = 600
"""Maximum number of characters shown on each side of the words."""
_SENTENCE_END = re.compile(r"""[.!?]["'”’)\]]*(?=\s)|[。！？]["'”’)\]]*|\n[ \t\xa0]*\n""")
_SHORTENED = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|gen|lt|col|sen|rep|gov|amb|sec|st|vs|no|inc|co|corp|ltd|jr|sr)|\b[a-z])\.$", re.I
)
"""A full stop that does not end a sentence: of a title, an initial, U.S."""
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "\xa0": " "})


@dataclass(frozen=True)
class Context:
    """Words of a claim as in the stored text, with the parts of their sentence before and after them."""

    before: str
    words: str
    after: str


def place_words(claim: Claim, text: SourceText, *, where: str) -> tuple[Claim, tuple[str, ...]]:
    """Bind the words of a claim to a text (name, hash, offsets); return the claim and notes on what was found.

    The words are checked at their offsets, or searched for where none are given. InputError if the text is not the one
    that the claim names, or the words are not at their offsets.
    """
    words = claim.words
    if words.sha256 not in (None, text.sha256):
        raise InputError(
            "this is not the text that the claim's offsets count in",
            where=f"{where}, field source.sha256: {words.sha256}; {text.name} has {text.sha256}",
            fix="give the text in the state that the claim was made from, or set the offsets anew and leave out sha256",
        )
    bound = replace(words, source=words.source or text.name, sha256=text.sha256)
    if words.start is not None and words.end is not None:
        _check(words, words.start, words.end, text, where)
        return replace(claim, words=bound), ()
    if not words.quoted:
        return replace(claim, words=bound), ()
    places = find_words(words.text, text.text)
    if len(places) != 1:
        raise InputError(
            f"the words stand {len(places)} times in the text" if places else "the words do not stand in the text",
            where=f"{where}, field words; {text.name}{_listed(places)}",
            fix="give start and end" if places else "quote them as they stand there, or set source: {quoted: false}",
        )
    [(start, end)] = places
    note = f"the words were found in {text.name} at {start} to {end}"
    return replace(claim, words=replace(bound, start=start, end=end)), (note,)


def _check(words: ClaimWords, start: int, end: int, text: SourceText, where: str) -> None:
    if end > len(text.text):
        raise InputError(
            f"the words end at {end:,}, and the text has {len(text.text):,} characters",
            where=f"{where}, field words.end; {text.name}",
            fix=_elsewhere(words.text, text),
        )
    there = clean_words(text.text[start:end])
    if words.quoted and _plain(there) != _plain(words.text):
        shown = there if len(there) <= 120 else there[:117] + "…"
        raise InputError(
            "the words do not stand at the offsets",
            where=f"{where}, field words; at {start} to {end} {text.name} has {shown!r}",
            fix=_elsewhere(words.text, text),
        )


def find_words(wanted: str, text: str) -> list[tuple[int, int]]:
    """Every span of the words in a stored text, whatever white space is between them."""
    parts = _plain(wanted).split()
    if not parts:
        return []
    shown = readable(text)
    plain = shown.text.translate(_QUOTES)
    pattern = re.compile(r"\s+".join(map(re.escape, parts)))
    return [shown.span(found.start(), found.end()) for found in pattern.finditer(plain)]


def context_of(text: str, start: int, end: int, *, body_start: int = 0) -> Context:
    """Sentence around a span of a stored text, as readable text; front matter is not part of it."""
    first = max(start - 2 * CONTEXT, body_start if start >= body_start else 0)
    before, after = readable(text, first, start), readable(text, end, min(end + 2 * CONTEXT, len(text)))
    opening = max(_sentence_ends(before.text + " "), default=0)
    ends_within = re.search(r"""[.!?。！？]["'”’)\]]*\s*$""", clean_words(text[start:end])) is not None
    closing = 0 if ends_within else min(_sentence_ends(after.text), default=len(after.text))
    return Context(
        clean_words(before.text[opening:])[-CONTEXT:],
        clean_words(text[start:end]),
        clean_words(after.text[:closing])[:CONTEXT],
    )


def _sentence_ends(text: str) -> list[int]:
    return [
        found.end()
        for found in _SENTENCE_END.finditer(text)
        if not _SHORTENED.search(text[max(found.end() - 8, 0) : found.end()])
    ]


def _plain(text: str) -> str:
    """Text on one line, with plain quotation marks and dashes."""
    return clean_words(text).translate(_QUOTES)


def _elsewhere(wanted: str, text: SourceText) -> str:
    places = find_words(wanted, text.text)
    if len(places) == 1:
        return f"they stand at start: {places[0][0]}, end: {places[0][1]}"
    if places:
        return f"they stand{_listed(places)}; give one of these"
    return "quote them as they stand there, or set source: {quoted: false} where the words are your own"


def _listed(places: list[tuple[int, int]]) -> str:
    if not places:
        return ""
    return " at " + ", ".join(f"{start} to {end}" for start, end in places[:5]) + (", …" if len(places) > 5 else "")
