"""Encoder input: a sentence with its speaker, the text before it, and where economies are named in both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stopgap_drafting.annotate import AnnotatedSentence

BEFORE = 700
"""Characters before a sentence that are read at most."""

Place = tuple[int, int]


@dataclass(frozen=True)
class EncoderInput:
    """What the network reads; places count the characters of the text.

    Attributes:
        kind: Who speaks: ``Question``, ``Answer``; ``Statement`` in a text without tags of speakers.
        before: What stands before the sentence.
        sentence: Its words.
        start: Its first character in the text.
        named: Economies, and where they are named.
    """

    kind: str
    before: str
    sentence: str
    start: int
    named: tuple[tuple[str, Place], ...] = ()

    def places(self, economy: str | None) -> list[Place]:
        """Where an economy is named."""
        return [place for code, place in self.named if code == economy]


def encoder_input_of(text: str, reads: Sequence[AnnotatedSentence], number: int, kind: str) -> EncoderInput:
    """A sentence with what stands before it.

    Args:
        text: The whole text.
        reads: Its sentences.
        number: Of the sentence.
        kind: Who speaks.
    """
    sentence = reads[number].sentence
    first = max(0, sentence.start - BEFORE)
    named = [
        (mention.code, (each.sentence.start + mention.start, each.sentence.start + mention.end))
        for each in _since(reads, number, first)
        for mention in each.mentions
    ]
    return EncoderInput(kind, text[first : sentence.start], sentence.text, sentence.start, tuple(named))


def _since(reads: Sequence[AnnotatedSentence], number: int, first: int) -> Iterator[AnnotatedSentence]:
    """The sentence and those before it, from a place in the text on."""
    for at in range(number, -1, -1):
        if reads[at].sentence.start < first:
            return
        yield reads[at]
