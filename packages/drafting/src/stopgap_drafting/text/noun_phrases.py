"""Find the noun phrase that is the subject of a reporting verb.

Without a parser: from the verb leftwards over auxiliaries, adverbs, asides and relative pronouns, then over a noun phrase to
the word that cannot belong to it. What is found is a source where its head can speak: an official, a ministry, a paper, a
people, a name.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from stopgap_drafting.lexicon.patterns import pattern, words
from stopgap_drafting.lexicon.word_lists import word_list, word_set

REACH = 300
"""Characters before a verb that are looked at."""
LONGEST = 4000
"""Characters of a sentence in which phrases are sought."""


class Phrase(NamedTuple):
    """Words of a text, and where they stand in it."""

    words: str
    start: int
    end: int


def _small(word: str) -> str:
    return word.lower().replace("’", "'")


class _Word(NamedTuple):
    text: str
    start: int
    end: int

    @property
    def small(self) -> str:
        return _small(self.text)


_WORD = re.compile(
    r"(?:U\.S\.|U\.K\.|U\.N\.|E\.U\.|[A-Z]\.(?=\s?[A-Z])|Mr\.|Ms\.|Mrs\.|Dr\.|Gen\.|Sen\.|Rep\.|Gov\.|St\.)"
    r"|[\w&]+(?:[’'.-][\w&]+)*[’']?|[^\w\s]"
)
_BESIDE_VERB = words(
    "have has had is are was were be been will would to also just already again then once too both all alike now himself herself itself "
    "themselves today yesterday tonight earlier later openly first could can may might did does do not never still only even long since ever "
    "keep keeps kept being 've 's last week month year this morning twice here there always basically actually both themselves"
)
_NO_ADVERBS = words("family ally italy only assembly")
_BOUNDS = word_set("words that bound a noun phrase")
_LINKS = words("of for in at from on with to close by out")
_ASIDE_MARKS = frozenset({",", "–", "—"})
_ENDS = frozenset({".", ";", ":", "?", "!", "“", "”"})
_DETERMINERS = words(
    "the a an our your their his her its my some several many two three four five another other one certain most each"
)
_BEGINS_ANOTHER = _LINKS | _DETERMINERS
_NO_NAMES = _BOUNDS | _LINKS | _BESIDE_VERB
_AFTER_HEAD = words("briefed familiar close involved there here back alike")
_LEAD = re.compile(
    r"[\s“\"’'—–]*(?:(?:And|But|So|Now|Well|Look|Today|Yesterday|Meanwhile|Separately|Earlier|Later|Then|Still)\b,?\s+){0,2}(?:(?:On|In|At|Last|This|During|After|Before|Earlier)\s[^,]{2,50},\s+)?"
)
_APPOSED = re.compile(r",\s+(?P<name>[A-Z][\w’'-]+(?:\s+[A-Z][\w’'.-]+){1,2}),")
_SOME = words("some many others one several both someone somebody everybody everyone")
_PEOPLES = frozenset(
    [
        "Ukrainians",
        "Chinese",
        "Russians",
        "Iranians",
        "Americans",
        "Germans",
        "Europeans",
        "Indians",
        "Turks",
        "Koreans",
        "British",
        "Brits",
        "French",
        "Japanese",
        "Israelis",
        "Kazakhs",
        "Kyrgyz",
        "Emiratis",
        "Saudis",
        "Dutch",
        "Poles",
        "Lithuanians",
        "Latvians",
        "Estonians",
        "Armenians",
        "Georgians",
        "Serbs",
        "Hungarians",
        "Belarusians",
        "Canadians",
        "Australians",
        "Italians",
        "Swiss",
        "Uzbeks",
        "Finns",
        "Norwegians",
        "Turkish",
    ]
)
_HEAD = pattern(word_list("heads of sources"))


def subject_of(text: str, verb: int) -> Phrase | None:
    """The noun phrase that is the subject of a verb of saying, or its pronoun.

    Args:
        text: A sentence.
        verb: Where the verb begins.

    Returns:
        The phrase with what hangs on it (``The panel of experts``); ``None`` where what stands before the verb cannot speak.
    """
    before = [_Word(m.group(), *m.span()) for m in _WORD.finditer(text, max(0, verb - REACH), verb)]
    at, is_relative, apposed = _skipped(before)
    if apposed is not None or at < 0:
        return apposed
    last = before[at]
    if last.text.endswith(("’s", "'s")) and all(each.small in _BESIDE_VERB for each in before[at + 1 :]):
        before[at] = last._replace(text=last.text[:-2], end=last.end - 2)
    pronoun = re.match(r"(?i)(he|she|they|it)(?=$|[’'](?:s|d|ve|re|ll)$)", before[at].text)
    if pronoun:
        return Phrase(pronoun.group(), before[at].start, before[at].start + pronoun.end())
    if before[at].small in _DETERMINERS:
        return None
    low = at
    while low >= 0 and (_may_belong(before[low]) or _joins(before, low)):
        low -= 1
    phrase = before[low + 1 : at + 1]
    if not phrase:
        return first_phrase(text) if before[at].small in ("and", "but") else None
    if low > 0 and before[low].small == "who" and len(phrase) <= 7:
        owner = low - 1
        while owner > 0 and before[owner].text == ",":
            owner -= 1
        if _can_speak(before[owner].text):
            return subject_of(text, before[owner].end)
    is_participle = text[verb : verb + 20].split()[0].endswith("ing")
    return _headed(text, phrase, is_relative=is_relative or is_participle)


def phrase_at(text: str, start: int, *, is_subject: bool = False) -> Phrase | None:
    """The noun phrase that begins at a place, if its head can speak (what follows ``according to``).

    Args:
        text: A sentence.
        start: Where the phrase begins.
        is_subject: Whether a verb may follow, which is left out.
    """
    after = [_Word(m.group(), *m.span()) for m in _WORD.finditer(text, start, start + REACH)]
    end = 0
    while end < len(after) and (
        _joins(after, end) or (_may_belong(after[end]) and not (end and after[end].small in _BESIDE_VERB))
    ):
        end += 1
    phrase = after[:end]
    while phrase and (phrase[-1].small in _BEGINS_ANOTHER or (is_subject and not _can_speak(phrase[-1].text))):
        phrase.pop()
    return _headed(text, phrase, is_relative=False) if phrase else None


@lru_cache(maxsize=64)
def phrases_in(text: str) -> tuple[Phrase, ...]:
    """Noun phrases of those who can speak, in order of place, each with the place or body that hangs on it."""
    tokens = [_Word(m.group(), *m.span()) for m in _WORD.finditer(text, 0, LONGEST)]
    out: list[Phrase] = []
    at = 0
    while at < len(tokens):
        end = _short_phrase(tokens, at)
        if end is None:
            at += 1
            continue
        while end + 1 < len(tokens) and tokens[end].small in ("of", "in", "for", "from", "at"):
            more = _short_phrase(tokens, end + 1)
            if more is None:
                break
            end = more
        if end < len(tokens) and tokens[end].small in ("there", "here"):
            end += 1
        start, stop = tokens[at].start, tokens[end - 1].end
        words = " ".join(text[start:stop].split())
        out.append(Phrase(re.sub(r"[’']s?$", "", words), start, stop))
        at = end
    return tuple(out)


def _short_phrase(tokens: list[_Word], at: int) -> int | None:
    """One past the head of the noun phrase that begins at a word, if it can speak; ``None`` if none begins there."""
    first = tokens[at]
    if first.small not in _DETERMINERS and not _is_head(first):
        return None
    end = None
    for k in range(at, min(at + 7, len(tokens))):
        word = tokens[k]
        if k > at and (not _may_belong(word) or word.small in _BEGINS_ANOTHER):
            break
        if _is_head(word) and word.small not in _DETERMINERS:
            end = k + 1
        elif end is not None and not any(_is_office(each) for each in tokens[k + 1 : k + 3]):
            break
    return end


def _is_head(word: _Word) -> bool:
    """Whether a word can be the head of who speaks; ``minister’s`` is one too."""
    return _is_office(word) or _is_name(word)


def _is_office(word: _Word) -> bool:
    return _HEAD.fullmatch(re.sub(r"[’']s?$", "", word.text)) is not None


def _is_name(word: _Word) -> bool:
    return word.text[:1].isupper() and word.small not in _NO_NAMES and word.text[0].isalpha()


def first_phrase(text: str) -> Phrase | None:
    """The noun phrase that a sentence begins with, or the name in apposition to it."""
    lead = _LEAD.match(text)
    found = phrase_at(text, lead.end() if lead else 0, is_subject=True)
    named = _APPOSED.match(text, found.end) if found is not None else None
    return Phrase(named["name"], *named.span("name")) if named else found


def _skipped(before: list[_Word]) -> tuple[int, bool, Phrase | None]:
    """Where the phrase ends, leaving out what stands between it and the verb; a name in apposition is the phrase itself."""
    at, is_relative = len(before) - 1, False
    while at >= 0:
        word = before[at]
        if (
            word.small in _BESIDE_VERB
            or (word.text.endswith("ly") and word.text.islower() and word.text not in _NO_ADVERBS)
            or word.text in ("’", "'")
        ):
            at -= 1
        elif word.small in ("who", "which", "that"):
            at, is_relative = at - 1, True
        elif word.text in _ASIDE_MARKS:
            opening = at - 1
            while opening >= 0 and before[opening].text not in _ASIDE_MARKS | _ENDS:
                opening -= 1
            if opening >= 0 and before[opening].text in _ASIDE_MARKS and at - opening > 1:
                aside = before[opening + 1 : at]
                if 2 <= len(aside) <= 4 and all(each.text[:1].isupper() for each in aside):
                    name = " ".join(each.text for each in aside)
                    return at, is_relative, Phrase(name, aside[0].start, aside[-1].end)
                at = opening - 1
            elif is_relative:
                at -= 1
            else:
                return -1, is_relative, None
        else:
            return at, is_relative, None
    return -1, is_relative, None


def _may_belong(word: _Word) -> bool:
    is_word = re.match(r"[\w&]", word.text) is not None or word.text in ("’", "'")
    return is_word and (word.small not in _BOUNDS or word.text in ("US", "IT"))


def _joins(before: list[_Word], at: int) -> bool:
    """Whether ``and`` joins two names or adjectives of peoples."""
    return (
        before[at].small == "and"
        and 0 < at < len(before) - 1
        and before[at - 1].text[:1].isupper()
        and before[at + 1].text[:1].isupper()
        and before[at - 1].small not in _BOUNDS
    )


def _can_speak(word: str) -> bool:
    """Whether a word can be the head of who speaks: an office, a body, a people, a name."""
    if word.endswith(("’s", "'s", "s’", "s'")):
        return False
    return bool(_HEAD.fullmatch(word)) or word in _PEOPLES or (word[:1].isupper() and _small(word) not in _BOUNDS)


def _headed(text: str, phrase: list[_Word], *, is_relative: bool) -> Phrase | None:
    """The part of a phrase from its head's determiner on, if its first part that can speak is no object of another."""
    parts: list[list[_Word]] = [[]]
    for word in phrase:
        if word.small in _LINKS:
            parts.append([])
        else:
            parts[-1].append(word)
    for number, part in enumerate(parts):
        if not part:
            if number:
                return None
            continue
        head = part[:-1] if len(part) > 1 and part[-1].small in _AFTER_HEAD else part
        is_some = len(head) == 1 and (
            head[0].small in ("someone", "somebody") or (head[0].small in _SOME and number + 1 < len(parts))
        )
        if not _can_speak(head[-1].text) and not is_some:
            continue
        first = max((k for k, word in enumerate(head) if k and word.small in _DETERMINERS), default=0)
        if number and not is_relative and not first:
            return None
        start, end = head[first].start, phrase[-1].end
        return Phrase(" ".join(text[start:end].split()), start, end)
    return None
