"""N-gram features of a sentence and its context, with economies and goods replaced by classes.

Wordings are what the models of :mod:`~stopgap_drafting.models.linear_model` weigh: ``@CHN send`` says more of sentences to come
than ``Beijing sent``. Which economy it is, rules tell.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from stopgap_drafting.annotate import AnnotatedSentence
from stopgap_drafting.lexicon.economies import COALITION, FRIENDS, SANCTIONED, EconomyMention
from stopgap_drafting.lexicon.patterns import WHETHER, words
from stopgap_drafting.text.segments import Turn

_WORD = re.compile(r"[\w’'-]+|[?!“”\"—–;:]|[\u3400-\u9fff]")
_NUMBER = re.compile(r"[\d.,-]+")
_ENDING = re.compile(r"(?:ing|ed|es|s|e|ly)$")
_I = words("I I'm I’m I've I’ve I'd I’d I'll I’ll")
_OFFICES = words(
    "secretary president minister treasury commerce department administration house white state intelligence commission council ministry "
    "ambassador pentagon reuters financial times journal post bloomberg q"
)
"""Names of which the word is kept; of others only that a name stands there."""
_MANY = words("@RUS @CHN @SANCTIONED @FRIENDS @OTHER+firms @CHN+firms @ANY+firms")
"""Classes that are paired with each word of their sentence, however far."""
_WIDTH = 5
_PRONOUNS = words("they them their it that thi this he those")
_LONGEST = 400
"""Words of a sentence that are weighed."""


def class_of(code: str, *, firms: bool) -> str:
    """The class of an economy, or of its firms."""
    if code in ("RUS", "ANY", "THIRD"):
        name = code
    elif code in ("CHN", "HKG"):
        name = "CHN"
    elif code in SANCTIONED or code == "YEM":
        name = "SANCTIONED"
    elif code in FRIENDS:
        name = "FRIENDS"
    else:
        name = "COALITION" if code in COALITION else "OTHER"
    return f"@{name}+firms" if firms else f"@{name}"


def stem(word: str) -> str:
    """A word, small, without the endings that verbs and nouns change; words of four letters and less stay."""
    small = word.lower().replace("’", "'")
    return _ENDING.sub("", small) if len(small) > 4 else small


def wording_of(read: AnnotatedSentence) -> tuple[str, ...]:
    """Stems of a sentence in order, with classes for economies, families for goods, one mark for numbers and for names."""
    text = read.sentence.text
    spans = sorted(
        [(m.start, -m.end, class_of(m.code, firms=m.firms)) for m in read.mentions]
        + [(g.start, -g.end, f"@{g.group.value}") for g in read.goods]
    )
    asking = frozenset(found.start("if") for found in WHETHER.finditer(text))
    out: list[str] = []
    at = 0
    for start, end, name in spans:
        if start < at:
            if name not in out[-2:]:
                out.append(name)
            continue
        out += _stems(text, at, start, out, asking)
        out.append(name)
        at = -end
    out += _stems(text, at, len(text), out, asking)
    return tuple(out[:_LONGEST])


def _stems(text: str, low: int, high: int, before: Sequence[str], asking: Collection[int]) -> list[str]:
    out: list[str] = []
    for found in _WORD.finditer(text, low, high):
        word = found.group()
        if found.start() in asking:
            mark = "whether"
        elif _NUMBER.fullmatch(word):
            mark = "#"
        elif word[0].isupper() and word not in _I and text[: found.start()].strip(' “"—–-'):
            mark = f"^{stem(word)}" if word.lower() in _OFFICES else "^"
        else:
            mark = stem(word)
        last = out[-1] if out else (before[-1] if before else "")
        if mark != "^" or last != "^":
            out.append(mark)
    return out


def classes_of(read: AnnotatedSentence) -> frozenset[str]:
    """Classes of economies, families of goods and kinds of triggers in a sentence."""
    return frozenset(
        {class_of(m.code, firms=m.firms) for m in read.mentions}
        | {f"@{g.group.value}" for g in read.goods}
        | {f"*{t.kind.value}" for t in read.triggers if not t.is_weak}
    )


class Wordings:
    """Wordings of the sentences of a text, and their signals in the place where they stand.

    Args:
        reads: All sentences in order.
        turns: Whose they are.
        homes: For each turn the economy whose spokesman answers.
        is_statement: Whether the text has no tags of speakers.
    """

    def __init__(
        self,
        reads: Sequence[AnnotatedSentence],
        turns: Sequence[Turn],
        homes: Sequence[str | None],
        *,
        is_statement: bool,
    ) -> None:
        self.reads = reads
        self.turns = turns
        self.homes = homes
        self.is_statement = is_statement
        self.wordings = [wording_of(read) for read in reads]
        self.classes = [classes_of(read) for read in reads]

    def signals(self, number: int) -> set[str]:
        """Names of what is there in a sentence and around it."""
        return (
            _of_words(self.wordings[number])
            | self._of_classes(number)
            | self._of_those_before(number)
            | self._of_what_is_answered(number)
        )

    def _of_classes(self, number: int) -> set[str]:
        read, here = self.reads[number], self.classes[number]
        turn = read.sentence.turn
        out = {f"class {name}" for name in here}
        out |= {f"classes {first} {second}" for first in here for second in here if first < second}
        out |= {f"trigger {t.kind.value} {t.form.value}{' weak' * t.is_weak}" for t in read.triggers}
        out.add(f"length {min(6, len(self.wordings[number]) // 6)}")
        if self.turns[turn].is_question:
            out |= {"asked"} | {f"asked {name}" for name in here}
        if self.is_statement:
            out.add("statement")
        if self.homes[turn] == "CHN":
            out.add("spokesman of China")
        return out

    def _of_those_before(self, number: int) -> set[str]:
        here, wording = self.classes[number], self.wordings[number]
        out: set[str] = set()
        for back in (1, 2, 3):
            if number >= back:
                out |= {f"{min(back, 2)} before {name}" for name in self.classes[number - back]}
        if number and self._is_same_turn(number, number - 1):
            out.add("same turn")
        before = frozenset().union(*self.classes[max(0, number - 6) : number])
        out |= {f"before {name}" for name in before}
        if not here:
            out |= {f"bare, before {name}" for name in before}
        if len(wording) < 12:
            out |= {f"short, before {name}" for name in before}
        if not _PRONOUNS.isdisjoint(wording):
            out |= {f"pronoun, before {name}" for name in before}
        near = here.union(*self.classes[max(0, number - 9) : number])
        if not any(name in near for name in ("@RUS", "@SANCTIONED")):
            out |= {"no target near"} | {f"no target near, {name}" for name in here}
            if self.turns[self.reads[number].sentence.turn].is_question:
                out.add("no target near, asked")
        return out

    def _of_what_is_answered(self, number: int) -> set[str]:
        """Classes of the question before an answer."""
        turn = self.reads[number].sentence.turn
        if self.turns[turn].is_question:
            return set()
        last = number - 1
        while last >= 0 and self.reads[last].sentence.turn == turn:
            last -= 1
        if last < 0 or not self.turns[self.reads[last].sentence.turn].is_question:
            return set()
        asked: frozenset[str] = frozenset()
        first = last
        while first >= 0 and last - first < 4 and self._is_same_turn(first, last):
            asked |= self.classes[first]
            first -= 1
        out = {f"answer {min(number - last, 3)} to {name}" for name in asked}
        if not self.classes[number]:
            out |= {f"bare answer to {name}" for name in asked}
        return out

    def _is_same_turn(self, one: int, other: int) -> bool:
        return self.reads[one].sentence.turn == self.reads[other].sentence.turn


def _of_words(wording: Sequence[str]) -> set[str]:
    single = set(wording)
    out = {f"word {name}" for name in single}
    out |= {f"pair {a} {b}" for a, b in pairwise(wording)}
    triples = list(zip(wording, wording[1:], wording[2:], strict=False))
    out |= {f"three {a} {b} {c}" for a, b, c in triples}
    out |= {f"gap {a} … {c}" for a, _, c in triples}
    for at, name in enumerate(wording):
        if name.startswith("@"):
            out |= {f"near {other} < {name}" for other in wording[max(0, at - _WIDTH) : at]}
            out |= {f"near {name} < {other}" for other in wording[at + 1 : at + 1 + _WIDTH]}
    out |= {f"with {name} {other}" for name in single & _MANY for other in single}
    return out


def around(mention: EconomyMention, text: str, *, reach: int = 3) -> tuple[list[str], list[str]]:
    """Stems of the words before and after a mention, nearest last and nearest first."""
    before = [stem(word) for word in _WORD.findall(text[max(0, mention.start - 40) : mention.start])]
    after = [stem(word) for word in _WORD.findall(text[mention.end : mention.end + 40])]
    return before[-reach:], after[:reach]
