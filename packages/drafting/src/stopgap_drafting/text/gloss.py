"""Gloss Chinese word for word in English, in Chinese word order.

At each place the longest word of ``gloss.csv`` gives way to plain English. Where none is known, characters are taken for a
name. Traditional characters are read as their simplified forms (``simplified.csv``).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from stopgap_drafting.lexicon.economies import find_mentions

_TITLE_MARKS = "《》〈〉"
HAN = "\u3400-\u9fff" + _TITLE_MARKS
"""Chinese, and the marks around titles, which add nothing."""
_SAYS = "表示|指出|强调|宣布|警告|声称|宣称|宣告|指责|透露|披露|证实|承认|否认|认为|写道|重申|呼吁|敦促|表态|坦言|补充|放话|扬言|说|称|讲|问"
_TIMES = "[昨今前当同][天日晚早]|日前|近日|近期|最近|此前|早前|早些时候|稍早|随后|刚刚|(?:上|本|这)?(?:周|星期)[一二三四五六日天末]?|上个?月[底初]?|本月[底初]?|去年底?|今年|月底|年底"
_ASIDE = re.compile(
    rf"(?:(?:{_TIMES}){{1,3}}(?:(?:在|于|就|对|向|接受|出席|访问)[{HAN}]{{1,22}}?)?|(?:在|于|就|对|向|接受|出席|访问)[{HAN}]{{1,22}}?)"
    rf"(?P<says>{_SAYS})(?![法辞词明])"
)
_CITING = re.compile(rf"(?:援引|引述|引用|转引)[{HAN}]{{1,22}}?(?P<says>{_SAYS}|报道)(?![法辞词明])")
"""Where, when, to whom and citing whom, between the one who says something and the verb: in commas in the gloss."""
_ACCORDING = re.compile(rf"据[{HAN}]{{2,18}}(?P<tells>报道|消息|透露|披露)$")
"""``According to …``; the verb after it adds nothing."""
_DOTS = "·‧・"
_NO_NAME = frozenset(
    _TITLE_MARKS + "的他她它我你您说称讲问在对向和与同是将不已就也曾又还都被把为于从由但而则等等其这那"
)
"""Characters that are words of their own, and hardly part of a name."""
_TITLE = re.compile(
    r"(?i)(?:president|minister|secretary|officials?|spokes\w+|advis[eo]r|senator|chancellor|general|ambassador|envoy|chair\w*|director|commissioner"
    r"|representative|lawmaker|expert|head|premier|leader|king|professor|analyst|researcher|reporter|correspondent|mr\.?|ms\.?)$"
)
_LONGEST_NAME = 14
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


def words_of(run: str) -> Iterator[tuple[str, int, int]]:
    """English, first character and one past the last of each word of a run of Chinese characters.

    The English is empty where a word adds nothing, and a comma before and after an aside (when, where and to whom somebody said something).
    """
    plain = run.translate(_simplified())
    asides = {
        place
        for form in (_ASIDE, _CITING)
        for found in form.finditer(plain)
        for place in (found.start(), found.start("says"))
    }
    according = _ACCORDING.search(plain)
    at, before = 0, ""
    while at < len(plain):
        if at and at in asides:
            yield ",", at, at
        english, end = _word_at(plain, at, before)
        is_owner = plain[end : end + 1] in ("《", "〈") and find_mentions(english) != []
        if is_owner or (according is not None and at == according.start("tells")):
            english = ""  # which land's paper it is adds nothing
        yield english, at, end
        at, before = end, english or before


def _word_at(plain: str, at: int, before: str) -> tuple[str, int]:
    """English of the word at a place, and one past its last character.

    Args:
        plain: Simplified characters.
        at: The place.
        before: English of the word before.
    """
    if plain[at] in _TITLE_MARKS:
        return "", at + 1
    length = _longest(plain, at)
    if length < 2 and _is_economy(plain, at):
        return _ALONE[plain[at]], at + 1
    if length == 0 or (length == 1 and _is_name(plain, at, before)):
        return _UNKNOWN, _name_end(plain, at)
    return _known()[0][plain[at : at + length]], at + length


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
    """Whether a character of :data:`_ALONE` stands for an economy there."""
    if plain[at] not in _ALONE:
        return False
    before, after = plain[at - 1 : at], plain[at + 1 : at + 2]
    is_paired = after in _ALONE and _longest(plain, at + 1) < 2
    return before in _LEADS or before in _ALONE or is_paired or after in _FOLLOWS


@cache
def _known() -> tuple[dict[str, str], int]:
    """English of each Chinese word, and the length of the longest."""
    text = (files("stopgap_drafting") / "data" / "gloss.csv").read_text("utf-8")
    known = {row[0]: row[1] for row in csv.reader(text.splitlines()[1:])}
    return known, max(map(len, known))


@cache
def _simplified() -> dict[int, str]:
    """Characters written in full, with their simplified forms."""
    text = (files("stopgap_drafting") / "data" / "simplified.csv").read_text("utf-8")
    return {ord(row[0]): row[1] for row in csv.reader(text.splitlines()[1:])}
