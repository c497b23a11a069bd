"""Find economies and their firms in a text: names, capitals, leaders, adjectives."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from stopgap.codes.areas import areas
from stopgap_drafting.lexicon.patterns import pattern, words
from stopgap_drafting.lexicon.word_lists import grouped, table, word_list

SANCTIONED = frozenset({"RUS", "BLR", "IRN", "PRK", "SYR", "VEN", "CUB", "MMR"})
"""Economies that coalitions sanction: the likely target where two economies meet."""

COALITION = words(
    """USA GBR CAN AUS NZL JPN KOR TWN NOR CHE ISL EU DEU FRA ITA POL NLD BEL ESP SWE FIN DNK AUT CZE EST LVA LTU IRL PRT
    GRC SVK SVN HUN BGR ROU HRV LUX MLT CYP G7 NATO"""
)
"""Those that suspend trade; ``G7`` and ``NATO`` stand for their members."""

FRIENDS = frozenset({"UKR", "ISR", "TWN", "PSE"})
"""Parties whose arms and aid are no claim."""

_NAMES = {code: "|".join(row["words"] for row in rows) for code, rows in grouped(table("economies"), "code")}
"""Capitals, other cities and governments, leaders, peoples and adjectives; names come from the table of economies."""

_FIRMS = word_list("firms")
_MIDDLE = word_list("middle")


@dataclass(frozen=True)
class EconomyMention:
    """One economy, or its firms, in a text.

    Attributes:
        code: ISO3, ``EU``, ``G7``, ``NATO``; for firms that of their economy, ``THIRD`` or ``ANY``.
        start: First character.
        end: One past the last.
        firms: Whether the words name firms.
        possessive: Whether ``’s`` or ``'`` follows.
        words: As in the text.
    """

    code: str
    start: int
    end: int
    firms: bool
    possessive: bool
    words: str

    @property
    def actor(self) -> str:
        """The code of an actor: ``companies:XXX`` for firms."""
        code = "USA" if self.code in ("G7", "NATO") else self.code
        return f"companies:{code}" if self.firms else code


@cache
def _patterns() -> tuple[re.Pattern[str], dict[str, str]]:
    groups: dict[str, str] = {}
    alternatives: list[str] = []
    names = dict(_NAMES)
    for code, area in areas().items():
        if (
            area.kind != "economy"
            or code in ("GEO", "JEY", "REU", "CUW", "IMN")
            or area.exit_year is not None
            or len(area.name) < 4
        ):
            continue
        name = re.sub(r"\s*[(,].*$", "", area.name)
        names[code] = names[code] + "|" + re.escape(name) if code in names else re.escape(name)
    names["GEO"] = _NAMES["GEO"]
    for code, known in names.items():
        groups[f"E_{code}"] = code
        alternatives.append(f"(?P<E_{code}>{known})")
    latin = (
        r"(?<![\w@#/.-])(?=[A-Z\u00c0-\u024f]|administration|the\s+North)(?:"
        + "|".join(alternatives)
        + r")(?![\w@])(?P<possessive>[’']s?(?![\w]))?"
    )
    return pattern(latin, 0), groups


_FIRMS_AFTER = pattern(rf"[’']?s? ?{_MIDDLE}(?P<firms>{_FIRMS})\b", 0)
_FIRMS_BEFORE = pattern(word_list("firms before a place"))
_NUCLEAR_DEAL = pattern(r"[’']?s? (?:nuclear )?(?:deal|agreement|talks|nuclear program)\b")
_THIRD = pattern(
    rf"\b(?:third[- ]country {_MIDDLE}(?:{_FIRMS}|actors|enablers|suppliers|facilitators|channels)"
    rf"|(?:{_FIRMS}|targets) (?:in|from|based in|across|throughout) (?:the |various |several |\d+ )?(?:third|other|neighbou?ring|various|intermediary|countries|Gulf\b|Central Asia|(?:South )?Caucasus|Middle East|Balkans)(?: countries)?|third countries|neighbou?ring countries|third[- ]party countries|third parties|intermediary countries|"
    rf"third[- ]country)\b",
    re.I,
)
_STATES = pattern(
    r"third countries|neighbou?ring countries|third[- ]party countries|third parties|intermediary countries|(?:any|all|every|no)(?: other)? (?:countr(?:y|ies)|nations?|states?)|countries (?:that|who)|nobody|no one"
)
_ANY = pattern(word_list("firms of anywhere"), re.I)


_EXAMPLE = pattern(
    r"\b(?:be it|whether (?:it is|it's|they are|they're)?) ?in (?:\w+ or (?:in )?)?$|\b(?:be it|whether (?:it's )?)in [\w ]{3,20} or (?:in )?$"
)


@lru_cache(maxsize=512)
def codes_in(name: str) -> frozenset[str]:
    """Codes of the economies that a name names."""
    return frozenset(mention.code for mention in find_mentions(name))


def find_mentions(text: str) -> list[EconomyMention]:
    """Economies and firms named in a text, in order of place; of two that overlap, the longer."""
    known, groups = _patterns()
    found: list[EconomyMention] = []
    for match in known.finditer(text):
        group = (
            match.lastgroup
            if match.lastgroup != "possessive"
            else next(g for g, v in match.groupdict().items() if v and g != "possessive")
        )
        assert group is not None
        code = groups[group]
        end = match.end()
        words = match.group()
        firms = False
        if code == "IRN" and _NUCLEAR_DEAL.match(text, match.end()):
            continue
        if code not in ("G7", "NATO"):
            after = _FIRMS_AFTER.match(text, match.end())
            if after and not _break(text[match.end() : after.start("firms")]):
                firms, end = True, after.end()
            elif text.startswith("-based", match.end()) or _firms_before(text, match.start()):
                firms = True
        found.append(EconomyMention(code, match.start(), end, firms, match["possessive"] is not None, words))
    found = [m for m in found if not _EXAMPLE.search(text[max(0, m.start - 24) : m.start])]
    for pattern_any, code in ((_THIRD, "THIRD"), (_ANY, "ANY")):
        for match in pattern_any.finditer(text):
            named = any(m.firms and 0 <= m.start - match.end() < 24 and _firms_before(text, m.start) for m in found)
            if not named and not any(m.start < match.end() and match.start() < m.end for m in found):
                states = _STATES.fullmatch(match.group()) is not None
                found.append(
                    EconomyMention(
                        "THIRD" if states else code, match.start(), match.end(), not states, False, match.group()
                    )
                )
    found.sort(key=lambda m: (m.start, -(m.end - m.start)))
    out: list[EconomyMention] = []
    for mention in found:
        if out and mention.start < out[-1].end and mention.code != out[-1].code and not out[-1].firms:
            continue
        out.append(mention)
    return _joined(text, out)


_PLACING = frozenset(
    (
        "in",
        "from",
        "of",
        "within",
        "inside",
        "across",
        "throughout",
        "them",
        "including",
        "as",
        "like",
        "the",
        "mainland",
    )
)


def _firms_before(text: str, start: int) -> bool:
    """Whether ``companies in``, ``banks based in`` or the like stand right before a place."""
    before = text[max(0, start - 60) : start]
    last = before[-14:].split()
    return bool(last) and last[-1].lower() in _PLACING and _FIRMS_BEFORE.search(before) is not None


def _joined(text: str, found: list[EconomyMention]) -> list[EconomyMention]:
    """Firms named once for several economies (``traders in Kazakhstan and Kyrgyzstan``) count for each of them."""
    out = list(found)
    heads = {k for k, m in enumerate(out) if m.firms and _firms_before(text, m.start)}
    for k in range(1, len(out)):
        first, second = out[k - 1], out[k]
        between = re.sub(r"\(\d+\)", "", text[first.end : second.start])
        if (
            not re.fullmatch(r"(?i)[\s,]*(?:and|or|as well as|in|,|the|\s)*", between)
            or second.code in ("ANY", "THIRD")
            or first.code in ("ANY", "THIRD")
        ):
            continue
        if first.firms and not second.firms and not second.possessive and k - 1 in heads:
            out[k] = replace(second, firms=True)
            heads.add(k)
    for k in range(len(out) - 1, 0, -1):
        first, second = out[k - 1], out[k]
        between = text[first.end : second.start]
        if (
            second.firms
            and not first.firms
            and not first.possessive
            and re.fullmatch(r"(?i)(?:\s|,|-|–|and|or)*", between)
            and _FIRMS_AFTER.match(text, second.end)
            and first.code not in ("USA",)
        ):
            out[k - 1] = replace(first, firms=True)
    return out


def _break(between: str) -> bool:
    """Whether words between an adjective and ``companies`` part the two: a verb, a preposition, another clause."""
    return bool(
        re.search(
            r"[,;:—]|\b(?:to|from|by|with|for|of|in|on|at|is|are|was|were|has|have|had|and its|who|that|which|will|would|can|could|the|its|their|our|any|some|over|if|when|against|about)\b",
            between,
        )
    )
