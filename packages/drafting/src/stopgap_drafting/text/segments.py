"""Segment a text into speaker turns and sentences, with offsets into the original."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from stopgap_drafting.lexicon.patterns import has_han, words

_LINE_TAG = re.compile(
    r"(?m)^[ \t]*(?:\*\*|__)?(?P<tag>"
    r"[A-Z][A-Z’'.\-]*(?:[ \t]+(?:\([^)\n]{1,40}\)|[A-Z][A-Z’'.\-]*|(?:Mc|Mac|Mac|Le|De|La)[A-Z]+|and|of|the|,))*(?:[ \t]+\([^)\n]{1,60}\))?"
    r")(?:\*\*|__)?[ \t]*:(?:\*\*|__)?(?=\s)"
)
_Q_TAG = re.compile(
    r"(?m)^[ \t]*(?:\*\*)?(?P<tag>Q|QUESTION|Question|REPORTER|Reporter)(?:\*\*)?(?:[ \t]*:[ \t]*|[ \t\u00a0]{2,}|\n)(?:\*\*)?"
)
_LONE_Q = re.compile(r"(?m)^[ \t]*(?P<tag>Q)[ \u00a0](?=[A-Z(—–-])")
"""A questioner's mark with a single blank; a tag only where several stand in a text."""
_NAME_TAG = re.compile(
    r"(?m)(?:^|(?<=\n))[ \t]*(?:\*\*|__)?(?P<tag>[A-Z][\w’'.\-&/]+(?:[ \t]+(?:of|the|for|de|van|von|al|[A-Z][\w’'.\-&/]*)){0,6}(?:[ \t\n]+\([^)]{1,90}\))?)"
    r"(?:\*\*|__)?[ \t]*[:：](?:\*\*|__)?(?=[ \t\n])"
)
_HALL_TAG = re.compile(
    r"(?m)^[ \t]*\*\*(?P<tag>(?:The [A-Z][\w ]{2,60} \()?(?:Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Lord|Lady|Baroness)\.? [A-Z][\w’'.\- ]{2,50}\)?(?: \([^)\n]{2,60}\)){0,2})[ \t]*:?\*\*[ \t]*:?(?=\s)"
)
"""Who speaks in a parliament, in bold, with a constituency and a party in brackets."""
_ROLE_TAG = re.compile(
    r"(?m)^[ \t]*(?:\*\*)?(?P<tag>[A-Z]{2,5}/[A-Z]{2,5}|HRVP|Q\.|A\.)(?:\*\*)?[ \t]*:?[ \t]+(?=[A-Z“\"(])"
)
_CHINESE_TAG = re.compile(
    r"(?m)^[ \t\u3000]*(?:\*\*)?(?P<tag>[\u3400-\u9fffA-Za-z·《》]{1,24}(?:记者|记者问|社|台|报)?)(?:\*\*)?[：:](?:\*\*)?"
)
_NO_CHINESE_TAG = re.compile(
    r"(?:主席|议长|各位|尊敬的|女士们|同志们|朋友们)[\u3400-\u9fff]*|时间|地点|日期|来源|主持|编辑|责编|作者|出席|标题|主题|[\u3400-\u9fff]*(?:如下|指出|认为|表示|强调|回答|提问|说|称)"
)
"""Words before a colon that are whom one speaks to, a heading or a sentence, and no speaker."""
_AGENCIES = words(
    """afp ap reuters bloomberg cnn nbc abc cbs fox bbc cctv xinhua kyodo nhk ria tass sputnik yonhap dpa efe rtv itar
    cgtn npr pbs wsj phoenix nikkei politico axios voa rfe rferl ukrinform interfax rtve antara bernama vnexpress bild spiegel handelsblatt dw asahi mainichi yomiuri telesur anadolu aljazeera
    """
)
_AGENCY_WORDS = words("news agency daily times post review press tv radio television journal service network channel")
_TITLE_WORDS = words(
    "mr mr. mrs mrs. ms ms. dr dr. president secretary minister chancellor ambassador general admiral senator spokesperson "
    "spokesman spokeswoman moderator official reporter operator secretary-general commissioner premier director chairman governor vice prime foreign "
    "representative undersecretary assistant deputy"
)
_NOT_TAGS = words(
    "PRESENT NOTE PARTICIPANTS SUBJECT RE DATE FACT SHEET VIA TO FROM CC LOCATION TIME END WASHINGTON BACKGROUND SUMMARY UPDATE"
    " FACTSHEET READOUT STATEMENT"
)
_BEGINNINGS = words(
    "On In At With As For But And So Now To Of About Regarding Finally First Second Third Next Lastly One Also Then"
)
"""Words that begin a sentence before a colon, and no name."""
_ABBREVIATIONS = words(
    """mr mrs ms dr jr sr st gen sen rep gov lt col maj capt adm sgt prof hon rev amb sec vs etc inc ltd corp co no nos fig
    jan feb mar apr jun jul aug sep sept oct nov dec mt ft ave dept est approx u.s u.k u.n d.c e.u a.m p.m i.e e.g u.s.a p.r.c
    """
)
_SENTENCE_END = re.compile(r"[.!?…]+[\"”’')\]]*(?=\s|$)|[。！？；]+[”’」』）]*")
_MARKUP = re.compile(r"\\(?=[\[\]*#_.\-])|\*\*|(?<![\w])__|__(?![\w])|(?m:^[ \t]*>[ \t]?)|(?m:^[ \t]*#{1,6}(?=\s))")
_QUESTION_TAGS = frozenset({"q", "question", "reporter", "press", "questioner", "journalist"})


LONGEST = 1500
"""Characters of a sentence at most."""


@dataclass(frozen=True)
class Turn:
    """What one speaker says without a break.

    Attributes:
        tag: The speaker's tag as printed; ``None`` in a text without.
        is_question: Whether a questioner speaks.
        start: First character after the tag.
        end: One past the last character.
    """

    tag: str | None
    is_question: bool
    start: int
    end: int


@dataclass(frozen=True)
class Sentence:
    """One sentence.

    Attributes:
        start: First character in the text.
        end: One past the last.
        turn: Index of its turn.
        paragraph: Number of its paragraph, counted through the text.
        text: Its characters with line ends and markup as blanks: same length as ``end - start``.
        is_heading: Whether it stands alone without a full stop (a headline, a label).
        is_glossed: Whether it is the gloss of another language.
    """

    start: int
    end: int
    turn: int
    paragraph: int
    text: str
    is_heading: bool = False
    is_glossed: bool = False


def flatten(text: str) -> str:
    """The text with light markup as blanks of the same length; line ends stay."""
    return _MARKUP.sub(lambda found: " " * len(found.group()), text).replace("\u00a0", " ").replace("\t", " ")


def turns(text: str, start: int = 0) -> list[Turn]:
    """Turns of the text from an offset on; one without a tag where no speaker is marked.

    Args:
        text: The text as stored.
        start: Where its body begins (after front matter).
    """
    flat = flatten(text)
    marks: dict[int, tuple[int, str]] = {}
    for found in _Q_TAG.finditer(flat, start):
        marks[found.start()] = (found.end(), found["tag"])
    lone = list(_LONE_Q.finditer(flat, start))
    for found in lone if len(lone) > 1 else ():
        marks.setdefault(found.start(), (found.end(), found["tag"]))
    capitals = list(_LINE_TAG.finditer(flat, start))
    times = Counter(found["tag"].strip() for found in capitals)
    is_transcript = bool(marks) or any(_is_speaker(tag, number) for tag, number in times.items())
    for found in capitals:
        tag = found["tag"].strip()
        words = tag.split()
        if (
            len(tag) > 1
            and len(words) <= 9
            and words[0].strip(".:") not in _NOT_TAGS
            and len(tag) < 90
            and (_is_speaker(tag, times[tag]) or (is_transcript and len(words) < 4))
        ):
            marks.setdefault(found.start(), (found.end(), tag))
    for found in _HALL_TAG.finditer(text, start):
        marks.setdefault(found.start(), (found.end(), _in_hall(found["tag"])))
    role_tags = list(_ROLE_TAG.finditer(flat, start))
    for found in role_tags if len(role_tags) > 2 else ():
        marks.setdefault(found.start(), (found.end(), found["tag"].strip(".")))
    for position, end, tag in _name_tags(flat, start):
        marks.setdefault(position, (end, tag))
    for position, end, tag in _chinese_tags(flat, start):
        marks.setdefault(position, (end, tag))
    out: list[Turn] = []
    ordered = sorted(marks.items())
    first = ordered[0][0] if ordered else len(text)
    if flat[start:first].strip() or not ordered:
        out.append(Turn(None, False, start, first))
    for k, (_, (body, tag)) in enumerate(ordered):
        end = ordered[k + 1][0] if k + 1 < len(ordered) else len(text)
        out.append(Turn(tag, is_question_tag(tag), body, end))
    askers = _askers(text, out)
    return [replace(turn, is_question=True) if turn.tag in askers else turn for turn in out]


def _is_speaker(tag: str, times: int) -> bool:
    """Whether words in capitals before a colon are who speaks, not the heading of a paragraph."""
    return times > 1 or any(word.strip(".,()").lower() in _TITLE_WORDS for word in tag.split())


def _in_hall(tag: str) -> str:
    """The name in the tag of a parliament: in the brackets after an office, else before brackets."""
    named = re.match(r"The [^(]+\((?P<name>[^)]+)\)", tag)
    return " ".join((named["name"] if named else re.sub(r"\s*\(.*", "", tag)).split())


def _askers(text: str, parts: list[Turn]) -> set[str]:
    """Tags of those who ask, by what they say: three turns or more, and most of them end in a question mark."""
    said: dict[str, list[bool]] = {}
    for turn in parts:
        if turn.tag is not None:
            ends = text[turn.start : turn.end].rstrip(" \n\t*_”\"’')")[-1:]
            said.setdefault(turn.tag, []).append(ends in ("?", "？"))
    return {tag for tag, asks in said.items() if len(asks) > 2 and sum(asks) > 0.7 * len(asks)}


def is_question_tag(tag: str) -> bool:
    """Whether a tag is that of a questioner: ``Q``, ``QUESTION``, a news agency, ``…记者``."""
    words = re.findall(r"[\w’'.]+", tag.lower())
    if not words:
        return False
    bare = words[0].strip(".")
    return (
        bare in _QUESTION_TAGS
        or tag.endswith(("(question)", "问"))
        or "记者" in tag
        or bool(re.search(r"[\u3400-\u9fff](?:社|台|报|网)$", tag))
        or bare in _AGENCIES
        or any(word in _AGENCY_WORDS for word in words[1:])
    )


def _bare_tag(tag: str) -> str:
    """A tag without the office in brackets after it."""
    return re.sub(r"\s+\([^)]*\)$", "", " ".join(tag.split()))


def _name_tags(flat: str, start: int) -> Iterator[tuple[int, int, str]]:
    found = []
    for match in _NAME_TAG.finditer(flat, start):
        before = flat[max(0, match.start() - 2) : match.start()]
        if match.start() > start and before.strip(" \t") not in ("\n", "\n\n", "") and "\n" not in before:
            continue
        first, *others = _bare_tag(match["tag"]).split()
        if len(others) < 7 and first not in _BEGINNINGS:
            found.append((match.start(), match.end(), " ".join(match["tag"].split())))
    count = Counter(_bare_tag(tag) for _, _, tag in found)
    asked = sum(is_question_tag(tag) for _, _, tag in found) + len(list(_Q_TAG.finditer(flat, start))) >= 3
    for position, end, tag in found:
        lower = [word.lower() for word in _bare_tag(tag).split()]
        known = lower[0] in _TITLE_WORDS or is_question_tag(tag)
        own_paragraph = (
            position <= start
            or "\n\n" in re.sub(r"[ \t]", "", flat[max(0, position - 4) : position + 1])
            or position == 0
        )
        repeated = count[_bare_tag(tag)] >= 2 and (asked or len(lower) > 1) and len(lower) <= 4 and own_paragraph
        if known or repeated:
            yield position, end, tag
        elif asked and own_paragraph and len(lower) <= 4:
            yield position, end, f"{tag} (question)"


def _chinese_tags(flat: str, start: int) -> Iterator[tuple[int, int, str]]:
    found = [
        (m.start(), m.end(), m["tag"])
        for m in _CHINESE_TAG.finditer(flat, start)
        if has_han(m["tag"]) and not _NO_CHINESE_TAG.fullmatch(m["tag"])
    ]
    count = Counter(tag for _, _, tag in found)
    for position, end, tag in found:
        if (
            is_question_tag(tag)
            or (count[tag] >= 1 and len(tag) <= 5)
            or re.search(r"发言人|主持人|部长|总统|总理", tag)
        ):
            yield position, end, tag


def sentences(text: str, parts: list[Turn]) -> list[Sentence]:
    """Sentences of every turn, in order; none crosses a paragraph or a turn."""
    flat = flatten(text)
    out: list[Sentence] = []
    paragraph = 0
    for index, turn in enumerate(parts):
        for start, end in _paragraphs(flat, turn.start, turn.end):
            paragraph += 1
            body = flat[start:end].replace("\n", " ")
            cuts = list(_cuts(body))
            for a, b in cuts:
                piece = body[a:b]
                lone = len(cuts) == 1 and not re.search(r"[.!?…。！？:;,—-][\"”’')\]]*\s*$", piece)
                out.append(Sentence(start + a, start + b, index, paragraph, piece, lone and len(piece) < 200))
    return out


def _paragraphs(flat: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Pieces between blank lines; a bullet starts a new one."""
    position = start
    for gap in re.finditer(
        r"\n[ \t\u3000\u200b]*(?:\n[ \t\u3000\u200b]*)+|\n(?=[ \t]*(?:[-•*–·]|\d{1,2}[.)])[ \t]+)|\f", flat[start:end]
    ):
        if flat[position : start + gap.start()].strip():
            yield position, start + gap.start()
        position = start + gap.end()
    if flat[position:end].strip():
        yield position, end


def _cuts(body: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence of a paragraph, blanks and bullets left outside."""
    begin = 0
    for found in _SENTENCE_END.finditer(body):
        if found.group()[0] in ".…" and not _ends(body, found.start(), found.end()):
            continue
        yield from _short(body, begin, found.end())
        begin = found.end()
    yield from _short(body, begin, len(body))


def _short(body: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence; one longer than any that is spoken is cut at commas or blanks."""
    while end - start > LONGEST:
        cut = max(body.rfind(mark, start + LONGEST // 2, start + LONGEST) + 1 for mark in (", ", "，", "; "))
        cut = cut or body.rfind(" ", start + LONGEST // 2, start + LONGEST) + 1 or start + LONGEST
        yield from _trimmed(body, start, cut)
        start = cut
    yield from _trimmed(body, start, end)


def _ends(body: str, dot: int, end: int) -> bool:
    rest = body[end : end + 60].lstrip()
    if not rest:
        return True
    before = re.search(r"([\w.’']+)$", body[max(0, dot - 40) : dot])
    word = before[1].lower().strip(".’'") if before else ""
    following = rest.lstrip("“\"‘'(—– ")
    if following[:1].islower():
        return False
    if word in ("u.s", "u.k", "u.n", "e.u", "d.c", "u.s.a", "p.r.c", "a.m", "p.m"):
        return bool(
            re.match(
                r"(?:And|But|So|We|I|It|This|That|They|He|She|The|In|As|What|You|There|Our|These|Those|If|When|Look|Now)\b",
                following,
            )
        )
    if word in _ABBREVIATIONS:
        return False
    return not (
        len(word) == 1
        and word.isalpha()
        and body[dot] == "."
        and before is not None
        and before[1].isupper()
        and word != "i"
    )


def _trimmed(body: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = body[start:end]
    left = len(piece) - len(piece.lstrip(" \n\u200b\u3000"))
    bullet = re.match(r"(?:[-•*–·]|\d{1,2}[.)])\s+", piece[left:])
    if bullet:
        left += bullet.end()
    right = len(piece.rstrip(" \n\u200b\u3000"))
    if right > left:
        yield start + left, start + right
