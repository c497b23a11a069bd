"""When two names, phrases or links of a chain are the same, by the rules of the guideline's scorer."""

from __future__ import annotations

import re

_ASKERS = frozenset(["q", "question", "questioner", "reporter", "journalist", "press"])
_UNNAMED = frozenset(["the", "a", "an", "unnamed", "unidentified"])
_TITLES = _UNNAMED | frozenset(
    ["mr", "mrs", "ms", "dr", "hon", "president", "secretary", "minister", "prime", "general"]
)
_POSSESSIVE = re.compile(r"['’]s\b")
_HAN = re.compile("[\u3400-\u9fff]")
_PUBLISHER = re.compile(r"(?:white house(?: transcript)?|prc mfa)\Z", re.I)


def words_in(value: object) -> list[str]:
    """Words, small, without possessives; ``U.S.`` is one."""
    if not value:
        return []
    return re.findall(r"\w+", _POSSESSIVE.sub("", str(value).casefold()).replace("u.s.", "us"))


def is_asker(name: object) -> bool:
    """Whether a name stands for one who asks, nobody in particular; so does no name."""
    return set(words_in(name)) - _UNNAMED <= _ASKERS


def same_name(one: object, other: object) -> bool:
    """Whether, titles aside, the words of one name are among those of the other."""
    if _is_chinese(one, other):
        return _one_in_other(*(re.sub(r"[\s《》“”\"]", "", str(each or "")) for each in (one, other)))
    if is_asker(one) or is_asker(other):
        return is_asker(one) and is_asker(other)
    first, second = _bare(one), _bare(other)
    return bool(first and second) and (first <= second or second <= first)


def may_be_named(label: object, name: str) -> bool:
    """Whether a name may be that of one whom a label calls by the office alone (``the President``: ``President Baden``)."""
    office = set(words_in(label)) - _UNNAMED
    return bool(office) and office <= _TITLES and office < set(words_in(name))


def same_phrase(one: object, other: object) -> bool:
    """Whether two phrases share half of the words of the shorter, or are both missing."""
    if not one or not other:
        return not one and not other
    if _is_chinese(one, other):
        return _one_in_other(str(one), str(other))
    first, second = set(words_in(one)), set(words_in(other))
    return bool(first and second) and 2 * len(first & second) >= min(len(first), len(second))


def same_link(one: object, other: object) -> bool:
    """Whether two links of a chain name one source; of names, what follows a comma (an office) is left aside."""
    first, second = (str(each).split(",", 1)[0] for each in (one, other))
    return same_name(first, second) or same_phrase(one, other)


def without_publisher(chain: list[str]) -> list[str]:
    """A chain without the one who merely prints a transcript, where more follows."""
    return chain[1:] if len(chain) > 1 and _PUBLISHER.match(chain[0].strip()) else chain


def _is_chinese(*values: object) -> bool:
    return any(_HAN.search(str(value or "")) for value in values)


def _one_in_other(one: str, other: str) -> bool:
    return bool(one and other) and (one in other or other in one)


def _bare(name: object) -> set[str]:
    words = set(words_in(name))
    return words - _TITLES or words
