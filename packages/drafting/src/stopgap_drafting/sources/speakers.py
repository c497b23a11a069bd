"""Find the speakers of a text: by tag, title, publisher and office."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.lexicon.word_lists import word_list
from stopgap_drafting.sources.presidents import President, foreign_leaders, president_on, presidents
from stopgap_drafting.text.segments import Turn

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = pattern(
    r"\b(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.? (?P<day>\d{1,2}),? (?P<year>20\d\d)\b"
)
_LETTERHEAD = re.compile(r"^[*_# ]*(?:The |THE )?(?:White House|WHITE HOUSE)[*_ ]*$", re.M)
_AT_THE_WHITE_HOUSE = pattern(
    r"\bwhite house\b|\bsenior administration official\b|\bBrady Press Briefing Room\b|\bAboard Air Force One\b"
)
_BY_PRESS_SECRETARY = pattern(
    r"\bpress (?:briefing|gaggle|call)s? by (?:principal |deputy |assistant )*(?:press secretary|national security advis[eo]r|NSC|NSA)\b"
)
_STYLED_AT_THE_WHITE_HOUSE = re.compile(r"M(?:R|S|RS)\. ")
"""How its transcripts call who speaks."""
_TITLE_SPEAKER = (
    pattern(
        r"^(?:readout|statement|summary) of (?P<who>(?:President|Vice President|Secretary|National Security Advisor|Prime Minister|Deputy Secretary|Under Secretary|Assistant Secretary|Chancellor|Ambassador)[\w .,'’-]*?)(?:'s)? (?:call|meeting|video|conversation|phone|bilateral|participation|trip|travel|secure|engagement|discussion)"
    ),
    pattern(
        r"^(?:[\w-]+ ){0,3}?(?:statement|declaration|communiqu[eé]) (?:of|by|from) (?P<who>(?:the )?(?:Allied |G-?7 |NATO |EU )?(?:leaders|foreign ministers|heads)[\w ,]*)"
    ),
    pattern(
        r"^(?:[\w-]+ ){0,3}?joint (?:[\w-]+ )?(?:statement|declaration|communiqu[eé])s? (?:of|by|from|between) (?P<who>[^:;–—]{4,120}?)(?: (?:on|at|in|after|following|regarding|concerning) (?:the |their |a )?\w|$)"
    ),
    pattern(
        r"^(?P<who>(?:the )?G-?7 (?:Leaders|Foreign Ministers|Finance Ministers)|NATO (?:Leaders|Allies)?|Quad Leaders)[\w ]*?'? (?:joint )?(?:statement|communiqu[eé]|declaration)"
    ),
    pattern(
        r"^(?:statement|remarks|opening remarks|keynote remarks|speech|address|op-ed|message|testimony|transcript|interview|as prepared)[\w ]*? (?:by|from|of|with) (?:the )?(?P<who>(?!Press )[A-Z][\w .,'’-]*?)(?: (?:on|at|in|before|after|during|following|to|regarding|for|and (?:President|Prime|Chancellor|NATO|Secretary|German|Japanese)|in Joint)\b|$)"
    ),
    pattern(
        r"^(?P<who>(?:President|Secretary|Minister|Treasury Secretary|Under Secretary|Deputy Secretary|High Representative|Prime Minister|Ambassador)[\w .'’-]*?)(?:'s)? (?:remarks|statement|speech|address|call|meeting)"
    ),
)
_HEAD = pattern(r"\s*(?:([A-Z][\w' ]{2,40}?) [—|–] |[A-Z][A-Za-z ,]{2,40}\((Reuters|AFP|AP|Bloomberg)\) [-—–])", 0)
_WIRE = re.compile(r"^[A-Z][A-Z/,. ]{3,60}[^\n(]{0,40}\(([A-Z][\w&. ]{1,30})\)\s*[-–—]", re.M)
_MASTHEAD = re.compile(
    r"^[*_]{0,2}([A-Z][\w&’'. ]{2,40}?) ?[*_]{0,2} ?[—–-] ?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b", re.M
)
_COLUMNIST = re.compile(r"\b(?:Opinion|Comment|Column)\b[^\n]{0,40}\bBy ([A-Z][\w’'.-]+(?: [A-Z][\w’'.-]+){1,3})")
_WE = re.compile(
    r"\bWe, (the (?:[^.\n;()]|\([A-Z]+\)){3,160}?),? (?:have|convened|gathered|gather|met|today|reaffirm|are|declare|welcome|recognize)"
)
_OFFICER = r"(?:President|Prime Minister|Premier|Chancellor|Secretary(?: General)?|Minister|Ambassador|High Representative|King|Crown Prince)"
_TWO = rf"(?P<who>{_OFFICER}(?:\s+[A-Z][\w.’'-]+|\s+(?:von|der|van|de|al)){{1,5}}(?:,?\s+(?:and\s+)?{_OFFICER}(?:\s+[A-Z][\w.’'-]+|\s+(?:von|der|van|de|al)){{1,5}})+)"
_JOINT = pattern(r"\bjoint\b|\bdeclaration\b|\bcommuniqu[eé]\b")
_NAMELESS = pattern(r"\bthe (?:president|prime minister|chancellor|king|minister)s?\b")
_SIGNED = pattern(rf"\b[Ss]tatement\s+(?:by|of|from|between)\s+{_TWO}", 0)
_MET = pattern(rf"{_TWO},?\s+(?:met|meet|held|convened|spoke|gathered|today|reaffirm)", 0)
_TOGETHER = pattern(r"\b(?:leaders|foreign ministers|finance ministers|defen[cs]e ministers|ministers)\b")
_DEPARTMENT = re.compile(r"(?:U\.S\. |US )?Department\s+of\s+(?:the\s+)?(?:Treasury|State|Commerce)")
_BUREAU = re.compile(r"^[*_]*U\.?S\.? DEPARTMENT OF [A-Z ]+, ([A-Z][A-Z ]{6,60}?)[*_]*$", re.M)
_SOURCE_LINE = pattern(r"^ *(?:source|sources|quelle|via)s?: ?(?P<who>[^;\n,]{2,60})", re.I | re.M)
_PRESIDENT = pattern(
    r"\bPresident(?: Joseph R\.| Joe| Donald J\.| Donald| Barack)? (?P<name>[A-Z][\w’'-]++)(?! (?:[A-Z][\w’'-]+ )?of (?!the United))",
    0,
)
_PRESIDENT_OF = pattern(
    r"\bPresident (?P<names>(?:[A-Z][\w’'-]+ ){0,2}?[A-Z][\w’'-]++),? of (?!the United)(?:the )?[A-Z]", 0
)
_SECRETARY = re.compile(
    r"(?<!Press\s)(?<!Deputy\s)(?<!Assistant\s)(?<!Under\s)\bSecretary\s+(?P<name>(?!General|of|for|and)[A-Z][\w’'-]+)"
)
_OFFICE_AFTER = pattern(
    r",? (?:the )?(?P<office>(?:U\.S\. |US |British |German |Russian |Chinese |Ukrainian )?(?:Secretary of (?:the )?\w+|Treasury Secretary|Foreign Minister|Prime Minister|spokes(?:person|man|woman) for (?:the )?[\w ]+?|National Security Advis[eo]r|Deputy [\w ]+?|Under ?[Ss]ecretary [\w ]+?|NATO Secretary General|Press Secretary|Special Envoy [\w ]+?))(?=[,.;:)]| said| told| in a)",
    0,
)
_OFFICE_BEFORE = pattern(word_list("office before a name"), 0)


MOST_NAMES = 60
"""Places in a text where a name is looked at for an office beside it."""


_CHINESE_MASTHEAD = re.compile(
    r"(?m)(?:^|[（(【])[ \u3000]*(?P<who>《[^》\n]{2,12}》|[\u3400-\u9fff]{2,8}?(?:社|之[音声聲]|[时時日晚][报報]|新[闻聞][网網]|[周週]刊|[电電][视視][台臺])|BBC|VOA)"
    r"(?=[^，。\n]{0,20}?(?:[记記]者|[电電]|[讯訊]|中文|特派|\d{4} ?年)|[ \u3000]*$)"
)
"""Whose report it is, where it begins: ``（中央社記者…``, ``美国之音中文部``, ``新华社莫斯科7月1日电``."""


@dataclass(frozen=True)
class Voices:
    """Who speaks in a text.

    Attributes:
        publisher: Whose text it is, for texts without tags; ``None`` where unknown.
        principal: Whom the title names as the one whose words or acts it tells; ``None`` where none.
        president: ``the President`` in this text; ``None`` where it does not say.
        secretary: ``the Secretary``; likewise.
        is_report: Whether it tells what others said (news, readout) and has no tags.
        presidents: Who held the Presidency of the United States when.
    """

    publisher: str | None
    principal: str | None
    president: str | None
    secretary: str | None
    is_report: bool
    presidents: tuple[President, ...] = field(default_factory=presidents)

    def was_president(self, name: str) -> bool:
        """Whether a name is that of one of those who held the Presidency."""
        return name in {f"President {each.name}" for each in self.presidents}


def _heading(text: str) -> str:
    """The first line of a text, where it reads as the title of a statement."""
    line = next((each for each in text[:600].splitlines() if each.strip(" *_#-")), "").strip(" *_#")
    named = re.search(
        r"(?i)\b(?:statement|declaration|communiqu[eé]|readout)s? (?:of|by|from|between)\b|[’']s (?:speech|remarks|statement|address)\b",
        line,
    )
    opens = re.match(
        r"(?i)(?:fact sheet|press (?:briefing|gaggle)|background (?:press|briefing)|on-the-record|remarks by|interview)\b",
        line,
    )
    if (named or opens) and len(line) < 180 and not line.endswith("."):
        return re.sub(r"^[^:]{3,80}: (?=Joint|Statement|Readout)", "", line)
    return ""


def find_voices(
    text: str, meta: Mapping[str, str], turns: list[Turn], holders: tuple[President, ...] | None = None
) -> Voices:
    """Who speaks in a text, by its title, its source line and what it calls the President.

    Args:
        text: The body of the text.
        meta: What the file says of itself.
        turns: What is said.
        holders: Who held the Presidency of the United States when; ``None``: by the table of the package.
    """
    holders = presidents() if holders is None else holders
    title = " ".join((meta.get("title") or _heading(text)).split())
    is_tagged = any(turn.tag for turn in turns)
    head = text[:1500]
    principal = _principal(title, head, meta, is_tagged=is_tagged)
    line = _SOURCE_LINE.search(text[:6000])
    if line and not is_tagged:
        publisher: str | None = line["who"].strip()
    else:
        publisher = _publisher(title, text, meta, is_tagged=is_tagged)
    day = meta.get("date") or _day_in(title + "\n" + head)
    president = _president(title, text, day, publisher, turns, holders)
    secretaries = Counter(m["name"] for m in _SECRETARY.finditer(text))
    secretary = f"Secretary {re.sub(r'[’]s?$', '', secretaries.most_common(1)[0][0])}" if secretaries else None
    is_report = not is_tagged and (
        re.match(r"(?i)readout|summary", title) is not None
        or line is not None
        or (principal is None and publisher not in ("White House", "Treasury Department", "State Department"))
    )
    return Voices(publisher, principal, president, secretary, is_report, holders)


def _principal(title: str, head: str, meta: Mapping[str, str], *, is_tagged: bool) -> str | None:
    """Whose words or acts a text tells: by its title, its first words, or its author.

    Args:
        title: Of the text.
        head: Its first words.
        meta: What the file says of itself.
        is_tagged: Whether it has tags of speakers.
    """
    titled = next(filter(None, (form.search(title) for form in _TITLE_SPEAKER)), None)
    principal = " ".join(titled["who"].split()).strip(" ,.") if titled else None
    if is_tagged:
        return principal
    if principal is None:
        owner = re.search(r"(?:^|: )(?P<who>[A-Z][\w .’'-]{2,50}?)[’']s (?:speech|remarks|address)\b", title)
        opening = next(filter(None, (owner, _WE.search(head), _COLUMNIST.search(head))), None)
        principal = " ".join(opening.group(1).split()).strip(" ,") if opening else None
    if _JOINT.search(title) and (principal is None or _NAMELESS.search(principal)):
        signed = _SIGNED.search(head) or _MET.search(head)
        together = _TOGETHER.search(title) or _TOGETHER.search(head)
        who = signed["who"] if signed else together.group() if together and principal is None else principal
        principal = " ".join(who.split()) if who else None
    author = " ".join((meta.get("author") or meta.get("byline") or "").split())
    if principal is None and author and not re.match(r"(?i)fact sheet|readout|press release", title):
        return re.sub(r"(?i)^by ", "", author)
    return principal


def _publisher(title: str, text: str, meta: Mapping[str, str], *, is_tagged: bool) -> str | None:
    """Whose text it is: by its address, its letterhead, its masthead, or what the file says.

    Args:
        title: Of the text.
        text: Its body.
        meta: What the file says of itself.
        is_tagged: Whether it has tags of speakers.
    """
    head = text[:1500]
    url = (meta.get("source_url") or meta.get("url") or "").lower()
    if "whitehouse" in url or re.search(r"(?i)^fact sheet", title) or _LETTERHEAD.search(head):
        return "White House"
    if "treasury.gov" in url:
        return "Treasury Department"
    if "state.gov" in url:
        return "State Department"
    if not is_tagged:
        if bureau := _BUREAU.search(head):
            return bureau.group(1).title().replace(" And ", " and ").replace(" Of ", " of ")
        if paper := _CHINESE_MASTHEAD.search(text[:300]):
            return str(paper["who"])
        if named := _HEAD.match(text[:400]) or _WIRE.search(head) or _MASTHEAD.search(text[:600]):
            return next(str(value) for value in named.groups() if value).strip()
        if named := _DEPARTMENT.search(title + " " + text[:500]):
            return " ".join(named.group().split())
    return meta.get("sitename") or meta.get("publisher") or None


def _day_in(text: str) -> str:
    """The first day that a text names, ``YYYY-MM-DD``; empty where none."""
    found = _DAY.search(text)
    if found is None:
        return ""
    month = _MONTHS.index(found["month"][:3].lower()) + 1
    return f"{found['year']}-{month:02}-{int(found['day']):02}"


def _president(
    title: str, text: str, date: str, publisher: str | None, turns: list[Turn], holders: tuple[President, ...]
) -> str | None:
    """``the President`` of a text: who is named so and leads no other land; at the White House, who was in office that day.

    Args:
        title: Of the text.
        text: Without its front matter.
        date: Of the text, ``YYYY-MM-DD``; empty where unknown.
        publisher: Whose text it is.
        turns: What is said.
        holders: Who held the Presidency when.
    """
    whole = title + "\n" + text
    abroad = foreign_leaders().union(*(m["names"].split() for m in _PRESIDENT_OF.finditer(whole)))
    names = Counter(re.sub(r"[’']s?$", "", m["name"]) for m in _PRESIDENT.finditer(whole))
    ours = [name for name, _ in names.most_common() if name not in abroad]
    head = title + " " + text[:1500]
    is_styled = any(turn.tag and _STYLED_AT_THE_WHITE_HOUSE.match(turn.tag) for turn in turns)
    if (
        publisher == "White House"
        or _AT_THE_WHITE_HOUSE.search(head)
        or (is_styled and _BY_PRESS_SECRETARY.search(head))
    ):
        holder = president_on(date, holders)
        if holder is not None and (holder in ours or not ours):
            return f"President {holder}"
    if ours:
        return f"President {ours[0]}"
    tags = {turn.tag for turn in turns if turn.tag}
    tagged = (each.name for each in holders if any(f"PRESIDENT {each.name.upper()}" in tag for tag in tags))
    return next((f"President {name}" for name in tagged), None)


def office_of(name: str, text: str, title: str) -> str | None:
    """The office of a speaker as the title or the text gives it."""
    bare = re.sub(r"(?i)^(?:mr|ms|mrs|dr)\.?\s+", "", name).strip()
    if not bare or len(bare) > 60:
        return None
    surname = bare.split()[-1]
    named = re.compile(rf"(?i)\b{re.escape(surname)}\b")
    for place in (title, text):
        for at in islice(named.finditer(place), MOST_NAMES):
            found = _OFFICE_BEFORE.search(place[max(0, at.start() - 160) : at.start()])
            found = found or _OFFICE_AFTER.match(place, at.end())
            if found:
                return " ".join(found["office"].split())
    head = re.match(
        r"(?i)(president|secretary(?: general)?|prime minister|vice president|chancellor|ambassador|foreign minister|treasury secretary)\b",
        bare,
    )
    return head.group().title() if head else None
