"""Compile patterns in which a blank matches any run of whitespace, so that wrapped lines match too."""

from __future__ import annotations

import re

_HAN = re.compile("[\u3400-\u9fff]")


def pattern(text: str, flags: int = re.I) -> re.Pattern[str]:
    """A compiled pattern; outside brackets a blank stands for one or more blanks, ``'`` for either apostrophe.

    Args:
        text: The pattern; ``" ?"`` and ``" *"`` match any number of blanks.
        flags: Of :func:`re.compile`.
    """
    return re.compile(blank_tolerant(text), flags)


def blank_tolerant(text: str) -> str:
    """The pattern as :func:`pattern` compiles it."""
    out: list[str] = []
    in_class = False
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\":
            out.append(text[position : position + 2])
            position += 2
            continue
        if in_class:
            out.append(character)
            in_class = character != "]"
        elif character == "[":
            in_class = True
            out.append(character)
        elif character == " ":
            if text[position + 1 : position + 2] in ("?", "*"):
                out.append(r"\s*")
                position += 1
            else:
                out.append(r"\s+")
        elif character == "'":
            out.append("[’']")
        else:
            out.append(character)
        position += 1
    return "".join(out)


def lowered(text: str) -> str:
    """A text, or a pattern without classes in capitals, in small letters, each in its place.

    Small letters are searched in half the time that either takes.
    """
    small = text.lower()
    return small if len(small) == len(text) else "".join(c if len(c.lower()) > 1 else c.lower() for c in text)


def has_han(text: str) -> bool:
    """Whether there is any Chinese character."""
    return _HAN.search(text) is not None


def words(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


WHETHER = pattern(
    r"\b(?:ask(?:s|ed|ing)?|wonder(?:s|ed|ing)?|curious|know|see|tell|confirm|clear|sure|check|determine|discuss(?:ed)?)(?:,? (?!what|how|would|happens|that)[\w'’-]+){0,3},? (?P<if>if)\b"
)
"""An ``if`` that asks whether, and sets no condition."""
