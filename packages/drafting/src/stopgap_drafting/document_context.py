"""Document context: the economy that a text is about, and the one that it speaks for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from stopgap_drafting.annotate import AnnotatedSentence
from stopgap_drafting.lexicon.economies import FRIENDS, SANCTIONED, find_mentions
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.sources.presidents import presidents
from stopgap_drafting.text.segments import Turn


def target_of_text(parts: Sequence[Turn], reads: Sequence[AnnotatedSentence]) -> str | None:
    """The sanctioned economy that an untagged statement of measures is about."""
    count: Counter[str] = Counter(m.code for read in reads for m in read.mentions if m.code in SANCTIONED)
    if not count:
        return None
    code, times = count.most_common(1)[0]
    least = 3 if not any(part.tag for part in parts) else max(4, len(reads) // 40)
    return code if times >= least and times >= 0.6 * sum(count.values()) else None


def home_of_text(head: str, parts: Sequence[Turn]) -> str | None:
    """The economy whose spokesman answers here, where it is China."""
    if re.search(r"(?i)Foreign Ministry Spokes|MFA\b|Ministry of Foreign Affairs of the People", head) or any(
        part.tag and re.search(r"Mao Ning|Lin Jian|Wang Wenbin|Zhao Lijian|Hua Chunying|Guo Jiakun", part.tag)
        for part in parts
    ):
        return "CHN"
    return None


_FOR_CHINA = pattern(
    r"\bthe Chinese side (?:firmly|always|has always|is willing|hopes?|will|on this|opposes?|urged?|noted|welcomes?|supports?|does not accept|expressed)\b"
)
_FEWEST_FOR_CHINA = 2


def home_of_gloss(answers: str) -> str | None:
    """The economy for which those who answer speak in a text read through a gloss, where it is China.

    Args:
        answers: What they say; all of a text without tags.
    """
    return "CHN" if len(_FOR_CHINA.findall(answers)) >= _FEWEST_FOR_CHINA else None


_STATESMAN = pattern(
    r"^(?:the )?(?:president|prime minister|chancellor|(?:foreign |defen[cs]e |finance |deputy )*minister|high representative|commissioner|ambassador|envoy)\b"
)
_OURS = pattern(
    rf"\b(?:{'|'.join(sorted({each.name for each in presidents()}))}|White House|Department of|Secretary|Treasury|National Security)\b",
    0,
)


def home_of_turn(turn: Turn, title: str, president: str | None) -> str | None:
    """The economy that a foreign statesman speaks for, where the title names one economy abroad alone.

    Args:
        turn: What is said.
        title: Of the text.
        president: What the text calls the President of the United States.
    """
    abroad = {m.code for m in find_mentions(title) if not m.firms and m.code not in FRIENDS | {"USA", "RUS"}}
    if len(abroad) != 1 or turn.is_question:
        return None
    tag = " ".join((turn.tag or "").split())
    if tag and president and president.split()[-1].lower() in tag.lower():
        return None
    named = _STATESMAN.match(tag) is not None
    is_theirs = _OURS.search(title) is None and re.search(r"(?i)interview|remarks|statement", title) is not None
    return next(iter(abroad)) if named or is_theirs else None
