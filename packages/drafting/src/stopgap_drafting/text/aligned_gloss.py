"""English gloss of a Chinese text aligned with it, so that drafts carry the words and offsets of the original."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace

from stopgap.claims.drafting.draft import Draft, Evidence
from stopgap_drafting.lexicon.patterns import has_han
from stopgap_drafting.text.gloss import HAN, words_of

_CJK_MARKS = "，。；：？！、「」『』（）【】　"
_RUN = re.compile(
    rf"(?<=[{HAN}])[（(][A-Za-z .,'’-]{{2,60}}[）)]|[{HAN}]+(?:[·‧・][{HAN}]+)*|[{_CJK_MARKS}]|(?<=[{HAN}{_CJK_MARKS}])[“”‘’—…·]|[“”‘’—…·](?=[{HAN}])"
)
"""Chinese, and the marks beside it; what else stands in a text stays as it is."""
_MARKS = {
    "，": ",", "。": ".", "；": ";", "：": ":", "？": "?", "！": "!", "、": ",", "「": "“", "」": "”", "『": "“", "』": "”",
    "（": "(", "）": ")", "【": "(", "】": ")", "·": "", "　": " ",
}  # fmt: skip
_OPENING = "“‘("
_OFFICES = rf"[{HAN}]{{0,16}}?(?:副?发言人|总统|总理|首相|国务卿|秘书长|部长官?|外长|财长|防长|大臣|高级代表|常驻(?:联合国)?副?代表|大使|特使|助理|顾问|主席|委员|议员|司长|局长|主任|总书记)"
_OFFICE = re.compile(rf"(?P<office>{_OFFICES})(?=[{HAN}·]{{2,}}$)")


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


class AlignedGloss:
    """A text with its Chinese glossed.

    Args:
        text: As stored.

    Attributes:
        source: The text.
        text: Its gloss; the text itself where it has no Chinese.
        is_same: Whether it has none.
    """

    def __init__(self, text: str) -> None:
        self.source = text
        self._pieces: list[_Piece] = []
        self._parts: list[str] = []
        self._length = 0
        self.is_same = not has_han(text)
        if not self.is_same:
            self._build(text)
        self.text = text if self.is_same else "".join(self._parts)
        self._starts = [piece.start for piece in self._pieces]
        self._firsts = [piece.first for piece in self._pieces]

    def _build(self, text: str) -> None:
        at = 0
        for run in _RUN.finditer(text):
            self._keep(text, at, run.start())
            found = run.group()
            if has_han(found):
                for english, start, end in words_of(found):
                    self._put(english, run.start() + start, run.start() + end, is_mark=english == ",")
            elif len(found) == 1:  # more is a name given again in Latin letters, and left out
                self._put(_MARKS.get(found, found), run.start(), run.end(), is_mark=True)
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
        if self.is_same:
            return place
        if not self._pieces:
            return 0
        piece = self._pieces[max(0, bisect_right(self._firsts, place) - 1)]
        if piece.is_same:
            return piece.start + min(max(0, place - piece.first), piece.end - piece.start)
        return piece.start if place <= piece.first else piece.end

    def span(self, start: int, end: int) -> tuple[int, int]:
        """First character and one past the last in the text of a span of the gloss."""
        if self.is_same:
            return start, end
        if not self._pieces:
            return 0, len(self.source)
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
        if self.is_same:
            return draft
        start, end = self.span(draft.start, draft.end)
        evidence = {name: self._evidence(each) for name, each in draft.evidence.items()}
        if not has_han(self.source[start:end]):
            return replace(draft, start=start, end=end, evidence=evidence)
        said = draft.evidence["speaker"]
        speaker = self.as_written(draft.speaker, draft.end, said.start)
        chain = [speaker if name == draft.speaker else self.as_written(name, draft.end) for name in draft.chain]
        return replace(
            draft,
            start=start,
            end=end,
            words=self.words(draft.start, draft.end),
            speaker=speaker,
            uttered_by=self.as_written(draft.uttered_by, draft.end),
            office=self._office(speaker) or self.as_written(draft.office, draft.end),
            chain=tuple(name for name in chain if name),
            goods=tuple(replace(each, phrase=self._phrase(each.phrase, draft)) for each in draft.goods),
            period=evidence["period"].words if "period" in evidence else None,
            degree=evidence["degree"].words if "degree" in evidence else None,
            evidence=evidence,
        )

    def _office(self, speaker: str | None) -> str | None:
        """The office that a name holds in itself, or that stands before it in the text."""
        if speaker is None or not has_han(speaker):
            return None
        own = _OFFICE.match(speaker)
        if own:
            return own["office"]
        before = re.search(rf"(?P<office>{_OFFICES}){re.escape(speaker)}", self.source)
        return before["office"] if before else None

    def _evidence(self, each: Evidence) -> Evidence:
        if each.start is None or each.end is None:
            return each
        start, end = self.span(each.start, each.end)
        return replace(each, words=self.words(each.start, each.end), start=start, end=end)

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
