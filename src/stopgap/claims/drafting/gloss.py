"""Chinese read through a gloss: word for word in English, with the place of each word in the text kept.

Rules, linear models and the network read English. Of a text with Chinese in it they read its gloss: the longest word of
``gloss.csv`` that stands at a place gives way to plain English, words in the order in which they stand; what is not Chinese stays.
Drafts are given back in the words of the text.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from stopgap.claims.drafting.patterns import has_han
from stopgap.claims.drafting.record import Draft, Evidence

_RUN = re.compile(r"[\u3400-\u9fff]+(?:[·‧・][\u3400-\u9fff]+)*|[，。；：？！、“”‘’「」『』（）《》〈〉【】—…·　]")
_MARKS = {
    "，": ",", "。": ".", "；": ";", "：": ":", "？": "?", "！": "!", "、": ",", "「": "“", "」": "”", "『": "“", "』": "”",
    "（": "(", "）": ")", "《": "", "》": "", "〈": "", "〉": "", "【": "(", "】": ")", "·": "", "　": " ",
}  # fmt: skip
_SAYS = (
    "表示|指出|强调|宣布|警告|声称|宣称|宣告|指责|透露|披露|证实|承认|否认|认为|写道|重申|呼吁|敦促|表态|坦言|补充|放话|扬言|说|称|讲|问"
)
_TIMES = (
    "[昨今前当同][天日晚早]|日前|近日|近期|最近|此前|早前|早些时候|稍早|随后|刚刚|(?:上|本|这)?(?:周|星期)[一二三四五六日天末]?|上个?月[底初]?|本月[底初]?|去年底?|今年|月底|年底"
)
_ASIDE = re.compile(
    rf"(?:(?:{_TIMES})+(?:(?:在|于|就|对|向|接受|出席|访问)[\u3400-\u9fff]{{1,22}}?)?|(?:在|于|就|对|向|接受|出席|访问)[\u3400-\u9fff]{{1,22}}?)"
    rf"(?P<says>{_SAYS})(?![法辞词明])"
)
"""Where, when and to whom, between the one who says something and the verb: in commas in the gloss."""
_DOTS = "·‧・"
_NO_NAME = frozenset("的他她它我你您说称讲问在对向和与同是将不已就也曾又还都被把为于从由但而则等等其这那")
"""Characters that are words of their own, and hardly part of a name."""
_TITLE = re.compile(
    r"(?i)(?:president|minister|secretary|officials?|spokes\w+|advis[eo]r|senator|chancellor|general|ambassador|envoy|chair\w*|director|commissioner"
    r"|representative|lawmaker|expert|head|premier|leader|king|professor|analyst|researcher|reporter|correspondent|mr\.?|ms\.?)$"
)
_LONGEST_NAME = 14
_OPENING = "“‘("
_ALONE = {
    "中": "China", "华": "China", "俄": "Russia", "乌": "Ukraine", "美": "U.S.", "欧": "EU", "朝": "North Korea", "韩": "South Korea",
    "伊": "Iran", "印": "India", "英": "UK", "日": "Japan", "德": "Germany", "法": "France", "港": "Hong Kong", "土": "Turkey",
    "以": "Israel", "加": "Canada", "澳": "Australia", "白": "Belarus", "台": "Taiwan",
}  # fmt: skip
"""Economies by one character, which many words have: meant beside another, after a preposition, and before some nouns."""
_LEADS = frozenset("对向赴访涉援输销从同与驻联反抗挺遏助供售购运")
_FOLLOWS = frozenset("军媒企油气籍商资官产制")
_UNKNOWN = "X"
"""Stands for characters of no known word, mostly names."""


@dataclass(frozen=True)
class _Piece:
    start: int
    """In the gloss."""
    end: int
    first: int
    """In the text."""
    last: int
    is_same: bool
    """Whether it is as long in both."""


class Glossed:
    """A text with its Chinese glossed.

    Args:
        text: As stored.

    Attributes:
        source: The text.
        text: Its gloss; the text itself where it has no Chinese.
    """

    def __init__(self, text: str) -> None:
        self.source = text
        self._pieces: list[_Piece] = []
        self._parts: list[str] = []
        self._length = 0
        if has_han(text):
            self._build(text)
            self.text = "".join(self._parts)
        else:
            self.text = text
        self._starts = [piece.start for piece in self._pieces]
        self._firsts = [piece.first for piece in self._pieces]

    def _build(self, text: str) -> None:
        at = 0
        for run in _RUN.finditer(text):
            self._keep(text, at, run.start())
            if run.group() in _MARKS:
                self._put(_MARKS[run.group()], run.start(), run.end(), is_mark=True)
            elif not has_han(run.group()):
                self._put(run.group(), run.start(), run.end(), is_mark=True)
            else:
                for english, start, end in _words_of(run.group()):
                    self._put(english, run.start() + start, run.start() + end, is_mark=english == ",")
            at = run.end()
        self._keep(text, at, len(text))

    def _keep(self, text: str, start: int, end: int) -> None:
        if start < end:
            if self._parts and self._parts[-1][-1:].isalnum() and text[start].isalnum():
                self._add(" ", start, start, is_same=False)
            self._add(text[start:end], start, end, is_same=True)

    def _put(self, english: str, first: int, last: int, *, is_mark: bool) -> None:
        if not english:
            return
        before = self._parts[-1][-1:] if self._parts else ""
        if before and not before.isspace() and before not in _OPENING and (not is_mark or english in _OPENING):
            self._add(" ", first, first, is_same=False)
        if self._begins():
            english = english[0].upper() + english[1:]
        self._add(english, first, last, is_same=False)
        if is_mark and english not in _OPENING and english.strip():
            self._add(" ", last, last, is_same=False)

    def _begins(self) -> bool:
        """Whether a sentence begins here."""
        for part in reversed(self._parts[-8:]):
            words = part.rstrip(" ”’)")
            if words:
                return words[-1] in ".?!\n"
        return not self._parts

    def _add(self, words: str, first: int, last: int, *, is_same: bool) -> None:
        self._pieces.append(_Piece(self._length, self._length + len(words), first, last, is_same))
        self._parts.append(words)
        self._length += len(words)

    def at(self, place: int) -> int:
        """The place in the gloss of a place in the text."""
        if not self._pieces:
            return place
        piece = self._pieces[max(0, bisect_right(self._firsts, place) - 1)]
        if piece.is_same:
            return piece.start + min(place - piece.first, piece.end - piece.start)
        return piece.start if place <= piece.first else piece.end

    def span(self, start: int, end: int) -> tuple[int, int]:
        """First character and one past the last in the text of a span of the gloss."""
        if not self._pieces:
            return start, end
        first, last = self._piece_at(start), self._piece_at(max(start, end - 1))
        low = first.first + (start - first.start if first.is_same else 0)
        high = last.first + (end - last.start) if last.is_same else last.last
        return low, max(low, high)

    def _piece_at(self, place: int) -> _Piece:
        return self._pieces[max(0, bisect_right(self._starts, place) - 1)]

    def has_gloss(self, start: int, end: int) -> bool:
        """Whether a span of the gloss stands for Chinese."""
        first, last = self.span(start, end)
        return has_han(self.source[first:last])

    def words(self, start: int, end: int) -> str:
        """Words of the text at a span of the gloss, runs of blanks made one."""
        first, last = self.span(start, end)
        return " ".join(self.source[first:last].split())

    def back(self, draft: Draft) -> Draft:
        """A draft of the gloss as one of the text: places, and words as they are written there."""
        if not self._pieces:
            return draft
        start, end = self.span(draft.start, draft.end)
        evidence = {name: self._evidence(each) for name, each in draft.evidence.items()}
        said = draft.evidence["speaker"]
        speaker = self.as_written(draft.speaker, draft.end, said.start)
        chain = [
            speaker if name == draft.speaker else self.as_written(name, draft.end) for name in draft.chain
        ]
        return replace(
            draft,
            start=start,
            end=end,
            words=" ".join(self.source[start:end].split()),
            speaker=speaker,
            uttered_by=self.as_written(draft.uttered_by, draft.end),
            office=self.as_written(draft.office, draft.end),
            chain=tuple(name for name in chain if name),
            goods=tuple(replace(each, phrase=self._phrase(each.phrase, draft)) for each in draft.goods),
            period=evidence["period"].words if "period" in evidence else None,
            degree=evidence["degree"].words if "degree" in evidence else None,
            evidence=evidence,
        )

    def _evidence(self, each: Evidence) -> Evidence:
        if each.start is None or each.end is None:
            return each
        start, end = self.span(each.start, each.end)
        return replace(each, words=" ".join(self.source[start:end].split()), start=start, end=end)

    def _phrase(self, phrase: str | None, draft: Draft) -> str | None:
        if phrase is None:
            return None
        at = self.text.find(phrase, draft.start, draft.end)
        return phrase if at < 0 else self.words(at, at + len(phrase))

    def as_written(self, name: str | None, until: int, since: int | None = None) -> str | None:
        """A name of the gloss as the text writes it.

        Args:
            name: In the gloss.
            until: A place before which it is looked for, the nearest first, and after which where it is not.
            since: A place from which it stands, where that is known.
        """
        if name is None or has_han(name):
            return name
        at = since if since is not None and self.text.startswith(name, since) else self.text.rfind(name, 0, until)
        at = self.text.find(name, until) if at < 0 else at
        return name if at < 0 else self.words(at, at + len(name))


def _words_of(run: str) -> Iterator[tuple[str, int, int]]:
    """English, first character and one past the last of each word of a run of Chinese characters."""
    plain = run.translate(_simplified())
    asides = {place for found in _ASIDE.finditer(plain) for place in (found.start(), found.start("says"))}
    at, before = 0, ""
    while at < len(plain):
        if at and at in asides:
            yield ",", at, at
        english = _ALONE.get(plain[at]) if _is_economy(plain, at) else None
        length = 1
        if english is None:
            length = _longest(plain, at)
            english = _known()[0].get(plain[at : at + length])
        if length < 2 and (english is None or _is_name(plain, at, before)):
            length, english = _name_end(plain, at) - at, _UNKNOWN
        yield english, at, at + length
        at, before = at + length, english or before


def _longest(plain: str, at: int) -> int:
    """Characters of the longest known word at a place; 0 where none is known."""
    known, longest = _known()
    lengths = range(min(longest, len(plain) - at), 0, -1)
    return next((length for length in lengths if plain[at : at + length] in known), 0)


def _is_name(plain: str, at: int, before: str) -> bool:
    """Whether a name stands at a place: after a title, or with a dot in it."""
    if plain[at] in _NO_NAME:
        return False
    end = _name_end(plain, at)
    return end > at + 1 and (_TITLE.search(before) is not None or any(dot in plain[at:end] for dot in _DOTS))


def _name_end(plain: str, at: int) -> int:
    """Where characters that may be a name end: before a known word of several, or one that no name has."""
    end = at + 1
    while end < len(plain) and end - at < _LONGEST_NAME:
        if plain[end] not in _DOTS and (plain[end] in _NO_NAME or _longest(plain, end) > 1):
            break
        end += 1
    return end


def _is_economy(plain: str, at: int) -> bool:
    """Whether a character of :data:`_ALONE` stands for an economy there and no longer word does."""
    if plain[at] not in _ALONE or _longest(plain, at) > 1:
        return False
    before, after = plain[at - 1 : at], plain[at + 1 : at + 2]
    return before in _LEADS or before in _ALONE or after in _ALONE or after in _FOLLOWS


@cache
def _known() -> tuple[dict[str, str], int]:
    """English of each Chinese word, and the length of the longest."""
    text = (files("stopgap.claims.drafting") / "gloss.csv").read_text("utf-8")
    known = {row[0]: row[1] for row in csv.reader(text.splitlines()[1:])}
    return known, max(map(len, known))


@cache
def _simplified() -> dict[int, str]:
    """Characters written in full, with their simplified forms."""
    text = (files("stopgap.claims.drafting") / "simplified.csv").read_text("utf-8")
    return {ord(row[0]): row[1] for row in csv.reader(text.splitlines()[1:])}
